/* The statistics behind `compare`: tests that assume nothing about the shape of a distribution and are right with ties, and intervals for
 * what they find. Deterministic, nothing is drawn at random. No allocation but where said; NAN where there is nothing to say. */
#ifndef REPORTS_COMPARE_STATISTIC_H
#define REPORTS_COMPARE_STATISTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- distributions (statistic_tail.c) ---- */

double statistic_normal_tail(double z); /* P(Z > z) */
double statistic_normal_quantile(double p); /* of 0 < p < 1 */
double statistic_gamma_tail(double shape,
                            double x); /* regularised upper incomplete gamma, Q(shape, x) */
double statistic_beta(double a, double b, double x); /* regularised incomplete beta, I_x(a, b) */
double statistic_t_quantile(double p, double df); /* of p >= 0.5 */
/* P(X <= k) of n draws with chance p; 0 for k < 0. */
double statistic_binomial(int64_t k, int64_t n, double p);

/* ---- counts (statistic_counts.c) ---- */

struct interval {
	double low, high; /* infinite: open on that side */
};

/* k of n. Wilson's score interval (1927) without continuity correction; z: standard normal quantile of its level. n of 0: 0 to 1. */
struct interval statistic_wilson(int64_t k, int64_t n, double z);
/* of k2/n2 - k1/n1: Newcombe's (1998) hybrid of two Wilson intervals, his method 10. */
struct interval statistic_newcombe(int64_t k1, int64_t n1, int64_t k2, int64_t n2, double z);
/* Fisher's exact test of k1 of n1 against k2 of n2, two-sided: the sum over all tables that are no more likely than this one. */
double statistic_fisher(int64_t k1, int64_t n1, int64_t k2, int64_t n2);

/* ---- two samples in ascending order (statistic_ranks.c, statistic_smirnov.c) ---- */

struct sample {
	const float *values; /* ascending, finite */
	size_t n;
};

/* What the second sample's ranks say. */
struct rank_effect {
	double superiority; /* P(X < Y) + P(X = Y) / 2, estimated: 0.5 is none (Brunner and Munzel's relative effect) */
	struct interval
	        interval; /* Brunner and Munzel (2000), Welch-Satterthwaite degrees of freedom */
};

/* alpha: 0.05 for a 95 % interval. */
struct rank_effect statistic_superiority(struct sample x, struct sample y, double alpha);
/* Wilcoxon-Mann-Whitney, two-sided, in its permutation distribution with midranks for ties: exact up to STATISTIC_EXACT_RANKS values of
 * both, else with its exact mean, variance and skewness as a Pearson type III distribution (Mielke and Berry): rare values and samples of
 * unequal size make it too skew for the normal distribution. 1 where all are equal. */
#define STATISTIC_EXACT_RANKS 32
double statistic_mann_whitney(struct sample x, struct sample y);

/* Greatest distance of the two distribution functions. */
double statistic_smirnov_distance(struct sample x, struct sample y);
/* Kolmogorov-Smirnov: the chance of that distance or more. Exact and conditional on the ties while n m is up to STATISTIC_EXACT_SMIRNOV,
 * else Smirnov's limit, which ties make conservative. False: out of memory. */
#define STATISTIC_EXACT_SMIRNOV 250000
bool statistic_smirnov(struct sample x, struct sample y, double *p);

/* Are more (or fewer) of y beyond the `share` quantile of both together? Fisher's exact test; the quantile is the same for every
 * permutation of the values, so the test is one. `above`: beyond is greater. */
double statistic_tail_test(struct sample x, struct sample y, double share, bool above);

/* ---- quantiles (statistic_quantile.c) ---- */

struct quantile {
	double value; /* the least value that a share q does not exceed */
	struct interval
	        interval; /* by order statistics, of any distribution: open where n is too small to close it */
};
struct quantile statistic_quantile(struct sample s, double q, double alpha);
/* Of a difference y - x of independent estimates (MOVER: Zou and Donner 2008). */
struct interval statistic_difference(double x, struct interval of_x, double y,
                                     struct interval of_y);

struct mean_difference {
	double x, y; /* means */
	struct interval interval; /* of y - x: Welch (1947); open for fewer than two values */
};
struct mean_difference statistic_means(struct sample x, struct sample y, double alpha);

/* Median; sorts. NAN of none. */
double statistic_median(double *values, size_t n);
/* Between-night deviation from a few values: 1.4826 times the median absolute deviation, with the factors for few values of Croux and
 * Rousseeuw (1992). Sorts. NAN of fewer than two. */
double statistic_deviation(double *values, size_t n);

/* Holm (1979): the p values of a family adjusted, in place, for its size; NAN is left and counts for nothing. False: out of memory. */
bool statistic_holm(double *p, size_t n);

#endif
