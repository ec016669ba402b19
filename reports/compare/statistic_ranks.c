/* Two samples by their ranks: which one tends to the greater values, and could that be chance? */
#include "reports/compare/statistic.h"

#include <math.h>

/* A run of equal values in both together: `x` of the one and `y` of the other, behind `before_x` and `before_y` smaller ones. */
struct tie {
	size_t x, y, before_x, before_y;
};

static size_t run_of(struct sample s, size_t at, float value)
{
	size_t n = at;

	while (n < s.n && !(s.values[n] > value))
		n++;
	return n - at;
}

/* The next run; start with a zeroed one. False at the end. */
static bool next_tie(struct sample x, struct sample y, struct tie *t)
{
	size_t i = t->before_x + t->x, j = t->before_y + t->y;

	if (i == x.n && j == y.n)
		return false;
	float value =
	        j == y.n || (i < x.n && x.values[i] < y.values[j]) ? x.values[i] : y.values[j];
	*t = (struct tie){ run_of(x, i, value), run_of(y, j, value), i, j };
	return true;
}

/* Mean rank of the run in both together, from 1. */
static double midrank(const struct tie *t)
{
	return (double)(t->before_x + t->before_y) + (double)(t->x + t->y + 1) / 2;
}

struct rank_effect statistic_superiority(struct sample x, struct sample y, double alpha)
{
	struct rank_effect e = { NAN, { -INFINITY, INFINITY } };
	double n = (double)x.n, m = (double)y.n, sum = 0, of_x = 0, of_y = 0;

	if (!x.n || !y.n)
		return e;
	for (struct tie t = { 0 }; next_tie(x, y, &t);)
		sum += (double)t.y * ((double)t.before_x + (double)t.x / 2);
	e.superiority = sum / (n * m);
	/* How many of the other sample lie below, over its size: means p and 1 - p. */
	for (struct tie t = { 0 }; next_tie(x, y, &t);) {
		double below_x = ((double)t.before_y + (double)t.y / 2) / m - (1 - e.superiority);
		double below_y = ((double)t.before_x + (double)t.x / 2) / n - e.superiority;
		of_x += (double)t.x * below_x * below_x;
		of_y += (double)t.y * below_y * below_y;
	}
	if (x.n < 2 || y.n < 2 || of_x + of_y <= 0)
		return e;
	of_x /= (n - 1) * n;
	of_y /= (m - 1) * m;
	double df = (of_x + of_y) * (of_x + of_y) / (of_x * of_x / (n - 1) + of_y * of_y / (m - 1));
	double half = statistic_t_quantile(1 - alpha / 2, df) * sqrt(of_x + of_y);
	e.interval =
	        (struct interval){ fmax(e.superiority - half, 0), fmin(e.superiority + half, 1) };
	return e;
}

/* ---- Mann-Whitney ---- */

/* The sum of the smaller sample's midranks, times two, is a whole number. */
#define MOST_SUM    (STATISTIC_EXACT_RANKS * (STATISTIC_EXACT_RANKS + 1))
#define MOST_CHOSEN (STATISTIC_EXACT_RANKS / 2)

/* All ways to choose so many of the ranks are equally likely: how many have a sum at least as far from its mean? */
static double exact_p(const unsigned *doubled, size_t count, size_t chosen, unsigned sum)
{
	double ways[MOST_CHOSEN + 1][MOST_SUM + 1] = { { 1 } }, far = 0, all = 0;
	double mean = (double)chosen * (double)(count + 1);

	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1 < chosen ? i + 1 : chosen; k; k--)
			for (unsigned s = MOST_SUM; s >= doubled[i]; s--)
				ways[k][s] += ways[k - 1][s - doubled[i]];
	for (unsigned s = 0; s <= MOST_SUM; s++) {
		all += ways[chosen][s];
		if (fabs(s - mean) >= fabs(sum - mean))
			far += ways[chosen][s];
	}
	return far / all;
}

static double exact_mann_whitney(struct sample x, struct sample y)
{
	unsigned doubled[STATISTIC_EXACT_RANKS], sum = 0;
	size_t count = 0;
	bool of_y = y.n < x.n;

	for (struct tie t = { 0 }; next_tie(x, y, &t);) {
		unsigned rank = (unsigned)(2 * midrank(&t));
		sum += rank * (unsigned)(of_y ? t.y : t.x);
		for (size_t i = 0; i < t.x + t.y; i++)
			doubled[count++] = rank;
	}
	return exact_p(doubled, count, of_y ? y.n : x.n, sum);
}

/* P(T >= t) of a distribution with mean 0, variance 1 and this skewness: a gamma distribution, moved and perhaps mirrored. */
static double pearson_tail(double t, double skewness)
{
	if (fabs(skewness) < 1e-6)
		return statistic_normal_tail(t);
	double shape = 4 / (skewness * skewness);
	double x = shape + t * sqrt(shape) * (skewness > 0 ? 1 : -1);
	double above = statistic_gamma_tail(shape, x);

	return skewness > 0 ? above : 1 - above;
}

static double approximate_mann_whitney(struct sample x, struct sample y)
{
	double n = (double)x.n, m = (double)y.n, all = n + m, mean = (all + 1) / 2;
	double sum = 0, squares = 0, cubes = 0;

	for (struct tie t = { 0 }; next_tie(x, y, &t);) {
		double d = midrank(&t) - mean, count = (double)(t.x + t.y);
		sum += (double)t.y * d;
		squares += count * d * d;
		cubes += count * d * d * d;
	}
	if (squares <= 0)
		return 1;
	/* Moments of a sum of m of N values drawn without replacement. */
	double variance = n * m / (all * (all - 1)) * squares;
	double third = n * m * (n - m) / (all * (all - 1) * (all - 2)) * cubes;
	double skewness = third / (variance * sqrt(variance));
	double t = sum / sqrt(variance);
	double tail = t > 0 ? pearson_tail(t, skewness) : pearson_tail(-t, -skewness);

	return fmin(1, 2 * fmax(tail, 0));
}

double statistic_mann_whitney(struct sample x, struct sample y)
{
	if (!x.n || !y.n)
		return NAN;
	if (x.n + y.n <= STATISTIC_EXACT_RANKS)
		return exact_mann_whitney(x, y);
	return approximate_mann_whitney(x, y);
}
