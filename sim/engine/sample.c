/* Numbers drawn from the distributions that <pause> and <sample> name. */
#include "sim/engine/call.h"

#include <math.h>

static double normal(uint64_t *random)
{
	double u = 1 - random_unit(random), v = random_unit(random);
	return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); below 1 by the power of a uniform number. */
static double gamma_sample(double k, uint64_t *random)
{
	if (k <= 0)
		return 0;
	if (k < 1)
		return gamma_sample(k + 1, random) * pow(1 - random_unit(random), 1 / k);
	double d = k - 1.0 / 3, c = 1 / sqrt(9 * d);
	for (int tries = 0; tries < 1000; tries++) {
		double x = normal(random), v = 1 + c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		double u = 1 - random_unit(random);
		if (log(u) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
	return d;
}

/* Knuth's product for small means, the normal approximation above. */
static double poisson_sample(double mean, uint64_t *random)
{
	if (mean > 500)
		return floor(fmax(0, mean + sqrt(mean) * normal(random) + 0.5));
	double limit = exp(-mean), product = 1, n = -1;
	do {
		product *= 1 - random_unit(random);
		n++;
	} while (product > limit);
	return n;
}

static double negbin(double n, double p, uint64_t *random)
{
	if (p <= 0 || p > 1)
		return 0;
	return poisson_sample(gamma_sample(n, random) * (1 - p) / p, random);
}

double distribution_sample(const struct distribution *d, uint64_t *random)
{
	double u = 1 - random_unit(random); /* (0, 1] */

	switch (d->kind) {
	case DISTRIBUTION_FIXED: return d->a;
	case DISTRIBUTION_UNIFORM: return d->a + (d->b - d->a) * random_unit(random);
	case DISTRIBUTION_NORMAL: return d->a + d->b * normal(random);
	case DISTRIBUTION_LOGNORMAL: return exp(d->a + d->b * normal(random));
	case DISTRIBUTION_EXPONENTIAL: return -d->a * log(u);
	case DISTRIBUTION_WEIBULL: return d->b > 0 ? d->a * pow(-log(u), 1 / d->b) : 0;
	case DISTRIBUTION_PARETO: return d->a > 0 ? d->b / pow(u, 1 / d->a) : 0;
	case DISTRIBUTION_GPARETO:
		return fabs(d->a) < 1e-12 ? d->c - d->b * log(u)
		                          : d->c + d->b * (pow(u, -d->a) - 1) / d->a;
	case DISTRIBUTION_GAMMA: return gamma_sample(d->a, random) * d->b;
	case DISTRIBUTION_NEGBIN: return negbin(d->a, d->b, random);
	}
	return 0;
}
