/* Quantiles with intervals, what differs between nights, and many tests at once. */
#include "base/mem.h"
#include "reports/compare/statistic.h"

#include <math.h>
#include <stdlib.h>

/* The greatest k with P(X < k) <= alpha of X ~ Bin(n, q): the k-th value is a lower limit. 0: there is none. */
static int64_t lower_rank(int64_t n, double q, double alpha)
{
	int64_t low = 0, high = n;

	while (low < high) {
		int64_t middle = high - (high - low) / 2;
		if (statistic_binomial(middle - 1, n, q) <= alpha)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

struct quantile statistic_quantile(struct sample s, double q, double alpha)
{
	int64_t n = (int64_t)s.n;

	if (!n)
		return (struct quantile){ NAN, { -INFINITY, INFINITY } };
	int64_t rank = (int64_t)ceil(q * (double)n);
	int64_t low = lower_rank(n, q, alpha / 2);
	int64_t high = n + 1 - lower_rank(n, 1 - q, alpha / 2); /* the same from above */
	rank = rank < 1 ? 1 : rank;
	return (struct quantile){ s.values[rank - 1],
		                  { low < 1 ? -INFINITY : s.values[low - 1],
		                    high > n ? INFINITY : s.values[high - 1] } };
}

/* The mean, and the square of its standard error. */
static double mean_of(struct sample s, double *error)
{
	double n = (double)s.n, sum = 0, squares = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += (double)s.values[i];
	for (size_t i = 0; i < s.n; i++)
		squares += ((double)s.values[i] - sum / n) * ((double)s.values[i] - sum / n);
	*error = squares / ((n - 1) * n);
	return sum / n;
}

struct mean_difference statistic_means(struct sample x, struct sample y, double alpha)
{
	struct mean_difference d = { NAN, NAN, { -INFINITY, INFINITY } };
	double of_x, of_y;

	if (!x.n || !y.n)
		return d;
	d.x = mean_of(x, &of_x);
	d.y = mean_of(y, &of_y);
	if (x.n < 2 || y.n < 2)
		return d;
	double df = (of_x + of_y) * (of_x + of_y) /
	            (of_x * of_x / ((double)x.n - 1) + of_y * of_y / ((double)y.n - 1));
	double half =
	        of_x + of_y > 0 ? statistic_t_quantile(1 - alpha / 2, df) * sqrt(of_x + of_y) : 0;
	d.interval = (struct interval){ d.y - d.x - half, d.y - d.x + half };
	return d;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double statistic_median(double *values, size_t n)
{
	if (!n)
		return NAN;
	qsort(values, n, sizeof *values, by_value);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

double statistic_deviation(double *values, size_t n)
{
	static const double few[] = {
		0, 0, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107
	};
	double middle = statistic_median(values, n);

	if (n < 2)
		return NAN;
	for (size_t i = 0; i < n; i++)
		values[i] = fabs(values[i] - middle);
	double count = (double)n, factor = n < 10 ? few[n] : count / (count - 0.8);
	return 1.4826 * factor * statistic_median(values, n);
}

struct ranked {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->p < y->p || x->p > y->p)
		return x->p < y->p ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

bool statistic_holm(double *p, size_t n)
{
	struct ranked *order = mem_alloc((n ? n : 1) * sizeof *order);
	size_t count = 0;
	double most = 0;

	if (!order)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isnan(p[i]))
			order[count++] = (struct ranked){ p[i], i };
	qsort(order, count, sizeof *order, by_p);
	for (size_t i = 0; i < count; i++) {
		most = fmax(most, order[i].p * (double)(count - i));
		p[order[i].at] = fmin(1, most);
	}
	mem_free(order);
	return true;
}
