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
