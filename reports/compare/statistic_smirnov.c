/* Kolmogorov-Smirnov of two samples, and Fisher's test of their tails: differences that leave the middle where it was. */
#include "base/mem.h"
#include "reports/compare/statistic.h"

#include <math.h>

static size_t past(struct sample s, size_t at, float value)
{
	while (at < s.n && !(s.values[at] > value))
		at++;
	return at;
}

/* The next greater value of both; both counters go behind it. False at the end. */
static bool step(struct sample x, struct sample y, size_t *i, size_t *j)
{
	if (*i == x.n && *j == y.n)
		return false;
	float value = *j == y.n || (*i < x.n && x.values[*i] < y.values[*j]) ? x.values[*i]
	                                                                     : y.values[*j];
	*i = past(x, *i, value);
	*j = past(y, *j, value);
	return true;
}

/* The distance times n m: a whole number. */
static int64_t whole_distance(struct sample x, struct sample y)
{
	int64_t most = 0;

	for (size_t i = 0, j = 0; step(x, y, &i, &j);) {
		int64_t d = (int64_t)i * (int64_t)y.n - (int64_t)j * (int64_t)x.n;
		d = d < 0 ? -d : d;
		most = d > most ? d : most;
	}
	return most;
}

double statistic_smirnov_distance(struct sample x, struct sample y)
{
	if (!x.n || !y.n)
		return NAN;
	return (double)whole_distance(x, y) / ((double)x.n * (double)y.n);
}

/* reached[j]: of all orders of i and j values, the share that has the distance somewhere on its way. Only behind a run of equal values
 * is a distance one of the samples: `ends` says at which i + j there is such an end. (Nikiforov 1994; Schroeer and Trenkler 1995.) */
static double reach(struct sample x, struct sample y, int64_t distance, const bool *ends,
                    double *reached)
{
	int64_t n = (int64_t)x.n, m = (int64_t)y.n;

	for (int64_t i = 0; i <= n; i++)
		for (int64_t j = 0; j <= m; j++) {
			int64_t d = i * m - j * n;
			if (ends[i + j] && (d < 0 ? -d : d) >= distance)
				reached[j] = 1;
			else if (i + j == 0)
				reached[j] = 0;
			else
				reached[j] = ((i ? (double)i * reached[j] : 0) +
				              (j ? (double)j * reached[j - 1] : 0)) /
				             (double)(i + j);
		}
	return reached[m];
}

static bool exact(struct sample x, struct sample y, int64_t distance, double *p)
{
	double *reached = mem_zalloc((y.n + 1) * sizeof *reached);
	bool *ends = mem_zalloc((x.n + y.n + 1) * sizeof *ends);
	bool ok = reached && ends;

	if (ok) {
		for (size_t i = 0, j = 0; step(x, y, &i, &j);)
			ends[i + j] = true;
		*p = reach(x, y, distance, ends, reached);
	}
	mem_free(reached);
	mem_free(ends);
	return ok;
}

/* Smirnov's limit, 2 (exp(-2 l^2) - exp(-8 l^2) + ...). */
static double limit_of(double distance, double n, double m)
{
	double l = distance * sqrt(n * m / (n + m)), sum = 0;

	if (l < 0.2)
		return 1;
	for (int k = 1; k <= 100; k++) {
		double term = exp(-2 * k * k * l * l);
		sum += k % 2 ? term : -term;
		if (term < 1e-18)
			break;
	}
	return fmin(1, 2 * sum);
}

bool statistic_smirnov(struct sample x, struct sample y, double *p)
{
	*p = NAN;
	if (!x.n || !y.n)
		return true;
	int64_t distance = whole_distance(x, y);
	if (!distance) {
		*p = 1;
		return true;
	}
	if (x.n * y.n <= STATISTIC_EXACT_SMIRNOV)
		return exact(x, y, distance, p);
	*p = limit_of(statistic_smirnov_distance(x, y), (double)x.n, (double)y.n);
	return true;
}

static size_t count_beyond(struct sample s, float value, bool above)
{
	size_t low = 0, high = s.n;

	while (low < high) { /* the first that is greater; below: the first that is not smaller */
		size_t middle = low + (high - low) / 2;
		if (s.values[middle] < value || (above && !(s.values[middle] > value)))
			low = middle + 1;
		else
			high = middle;
	}
	return above ? s.n - low : low;
}

double statistic_tail_test(struct sample x, struct sample y, double share, bool above)
{
	if (!x.n || !y.n)
		return NAN;
	size_t rank = (size_t)ceil(share * (double)(x.n + y.n)), i = 0, j = 0;
	while (i + j + 1 < (rank ? rank : 1)) { /* the merge, up to the one of that rank */
		if (j == y.n || (i < x.n && x.values[i] < y.values[j]))
			i++;
		else
			j++;
	}
	float value =
	        j == y.n || (i < x.n && x.values[i] < y.values[j]) ? x.values[i] : y.values[j];
	return statistic_fisher((int64_t)count_beyond(x, value, above), (int64_t)x.n,
	                        (int64_t)count_beyond(y, value, above), (int64_t)y.n);
}
