/* So many of so many: intervals and Fisher's exact test. */
#include "reports/compare/statistic.h"

#include <math.h>

struct interval statistic_wilson(int64_t k, int64_t n, double z)
{
	double count = (double)n, p, middle, half;

	if (n <= 0)
		return (struct interval){ 0, 1 };
	p = (double)k / count;
	middle = (p + z * z / (2 * count)) / (1 + z * z / count);
	half = z * sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count);
	return (struct interval){ k == 0 ? 0 : middle - half, k == n ? 1 : middle + half };
}

struct interval statistic_difference(double x, struct interval of_x, double y, struct interval of_y)
{
	double d = y - x;

	return (struct interval){ d - hypot(y - of_y.low, of_x.high - x),
		                  d + hypot(of_y.high - y, x - of_x.low) };
}

struct interval statistic_newcombe(int64_t k1, int64_t n1, int64_t k2, int64_t n2, double z)
{
	if (n1 <= 0 || n2 <= 0)
		return (struct interval){ -1, 1 };
	return statistic_difference((double)k1 / (double)n1, statistic_wilson(k1, n1, z),
	                            (double)k2 / (double)n2, statistic_wilson(k2, n2, z));
}

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* Steps from `from` by `step` to the end of the range, and adds up the tables no more likely than `chance`. `p` is that of `from`. */
static double sum_unlikely(double p, int64_t from, int64_t step, int64_t end,
                           const double margins[3], double chance)
{
	double sum = 0, k1 = margins[0], n1 = margins[1], n2 = margins[2];

	for (int64_t at = from;; at += step) {
		double a = (double)at;
		if (p <= chance)
			sum += p;
		if (at == end || p < 1e-320)
			break;
		if (step > 0) /* the chance of a + 1 over that of a */
			p *= (k1 - a) * (n1 - a) / ((a + 1) * (n2 - k1 + a + 1));
		else
			p *= a * (n2 - k1 + a) / ((k1 - a + 1) * (n1 - a + 1));
	}
	return sum;
}

/* The hypergeometric distribution of the first count, from its mode outwards, so that the ratios never underflow on the way. */
double statistic_fisher(int64_t k1, int64_t n1, int64_t k2, int64_t n2)
{
	int64_t hits = k1 + k2, all = n1 + n2;
	int64_t low = hits > n2 ? hits - n2 : 0, high = hits < n1 ? hits : n1;
	double margins[3] = { (double)hits, (double)n1, (double)n2 };

	if (n1 <= 0 || n2 <= 0 || low == high)
		return 1;
	int64_t mode = (int64_t)(((double)hits + 1) * ((double)n1 + 1) / ((double)all + 2));
	mode = mode < low ? low : mode > high ? high : mode;
	double whole = log_choose((double)all, (double)hits);
	double at_mode = exp(log_choose((double)n1, (double)mode) +
	                     log_choose((double)n2, (double)(hits - mode)) - whole);
	double here = exp(log_choose((double)n1, (double)k1) + log_choose((double)n2, (double)k2) -
	                  whole) *
	              (1 + 1e-7); /* equals are no more likely, whatever their last digits */
	double sum = sum_unlikely(at_mode, mode, 1, high, margins, here);
	if (mode > low) {
		double a = (double)mode;
		double below = at_mode * a * ((double)n2 - margins[0] + a) /
		               ((margins[0] - a + 1) * ((double)n1 - a + 1));
		sum += sum_unlikely(below, mode - 1, -1, low, margins, here);
	}
	return sum < 1 ? sum : 1;
}
