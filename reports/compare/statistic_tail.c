/* Tails of the distributions, far out too: with many comparisons a p value of 1e-9 must mean it. */
#include "reports/compare/statistic.h"

#include <math.h>

#define MOST_TERMS 100000
#define CLOSE      1e-15
#define TINY       1e-300

double statistic_normal_tail(double z)
{
	return 0.5 * erfc(z / sqrt(2));
}

/* A quantile by bisection of a function that falls with x: exact enough, and nothing to get wrong. */
double statistic_normal_quantile(double p)
{
	double low = -40, high = 40;

	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;
		if (statistic_normal_tail(middle) > 1 - p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* P(a, x) as a power series, for x < a + 1 (Abramowitz and Stegun 6.5.29). */
static double gamma_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int n = 1; n < MOST_TERMS && term > sum * CLOSE; n++) {
		term *= x / (a + n);
		sum += term;
	}
	return sum * exp(a * log(x) - x - lgamma(a));
}

/* Q(a, x) as a continued fraction, for x >= a + 1 (Abramowitz and Stegun 6.5.31), by Lentz's method. */
static double gamma_fraction(double a, double x)
{
	double b = x + 1 - a, c = 1 / TINY, d = 1 / b, value = d;

	for (int n = 1; n < MOST_TERMS; n++) {
		double factor = -n * (n - a);
		b += 2;
		d = factor * d + b;
		c = b + factor / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		value *= d * c;
		if (fabs(d * c - 1) < CLOSE)
			break;
	}
	return value * exp(a * log(x) - x - lgamma(a));
}

double statistic_gamma_tail(double shape, double x)
{
	if (!(x > 0))
		return 1;
	return x < shape + 1 ? 1 - gamma_series(shape, x) : gamma_fraction(shape, x);
}

static double no_less(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* Abramowitz and Stegun 26.5.8, by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / no_less(1 - (a + b) * x / (a + 1)), value = d;

	for (int m = 1; m < MOST_TERMS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / no_less(1 + even * d);
		c = no_less(1 + even / c);
		value *= d * c;
		d = 1 / no_less(1 + odd * d);
		c = no_less(1 + odd / c);
		value *= d * c;
		if (fabs(d * c - 1) < CLOSE)
			break;
	}
	return value;
}

double statistic_beta(double a, double b, double x)
{
	if (!(x > 0))
		return 0;
	if (!(x < 1))
		return 1;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double statistic_binomial(int64_t k, int64_t n, double p)
{
	if (k < 0)
		return 0;
	if (k >= n)
		return 1;
	return statistic_beta((double)(n - k), (double)k + 1, 1 - p);
}

double statistic_t_quantile(double p, double df)
{
	double low = 0, high = 1e6;

	for (int i = 0; i < 200; i++) {
		double t = (low + high) / 2;
		double tail = statistic_beta(df / 2, 0.5, df / (df + t * t)) / 2;
		if (tail > 1 - p)
			low = t;
		else
			high = t;
	}
	return (low + high) / 2;
}
