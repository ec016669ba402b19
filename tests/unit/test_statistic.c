/* reports/compare/statistic*: each statistic against values that others published. */
#include "base/mem.h"
#include "reports/compare/statistic.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(array)  (sizeof(array) / sizeof *(array))
#define SAMPLE(array) ((struct sample){ array, COUNT(array) })

static void is_near(double got, double want, double within)
{
	ck_assert_msg(fabs(got - want) <= within, "%.12g, not %.12g", got, want);
}

START_TEST(tails_as_in_tables)
{
	/* Abramowitz and Stegun, tables 26.1, 26.5, 26.7, 26.10 */
	is_near(statistic_normal_tail(1.96), 0.02499790, 1e-8);
	is_near(statistic_normal_tail(6) / 9.865876e-10, 1, 1e-6);
	is_near(statistic_normal_quantile(0.975), 1.959964, 1e-6);
	is_near(statistic_normal_quantile(0.9995), 3.290527, 1e-6);
	is_near(statistic_gamma_tail(0.5, 3.841459 / 2), 0.05, 1e-7); /* chi-square, 1 degree */
	is_near(statistic_gamma_tail(1, 13.815511 / 2), 0.001, 1e-9);
	is_near(statistic_gamma_tail(5, 18.307038 / 2), 0.05, 1e-8);
	is_near(statistic_gamma_tail(5, 2.558212 / 2), 0.99, 1e-7);
	is_near(statistic_gamma_tail(3, 0), 1, 0);
	is_near(statistic_t_quantile(0.975, 10), 2.228139, 1e-6);
	is_near(statistic_t_quantile(0.995, 1), 63.656741, 1e-4);
	is_near(statistic_t_quantile(0.975, 1e6), 1.959966, 1e-5);
	is_near(statistic_binomial(2, 10, 0.5), 56.0 / 1024, 1e-14);
	is_near(statistic_binomial(0, 20, 0.05), pow(0.95, 20), 1e-14);
	is_near(statistic_binomial(-1, 20, 0.05), 0, 0);
	is_near(statistic_binomial(20, 20, 0.05), 1, 0);
	is_near(statistic_beta(2, 3, 0.4), 0.5248, 1e-12);
}
END_TEST

/* Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3. */
static const struct {
	int64_t k, n;
	double low, high;
} wilson_cases[] = {
	{ 81, 263, 0.2553, 0.3662 },
	{ 15, 148, 0.0624, 0.1605 },
	{ 0, 20, 0, 0.1611 },
	{ 1, 29, 0.0061, 0.1718 },
	{ 20, 20, 0.8389, 1 }, /* 0 of 20, mirrored */
	{ 0, 0, 0, 1 },
};

START_TEST(wilson_as_published)
{
	struct interval i = statistic_wilson(wilson_cases[_i].k, wilson_cases[_i].n, 1.959964);

	is_near(i.low, wilson_cases[_i].low, 5e-5);
	is_near(i.high, wilson_cases[_i].high, 5e-5);
}
END_TEST

/* Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10: first minus second. */
static const struct {
	int64_t k1, n1, k2, n2;
	double low, high;
} newcombe_cases[] = {
	{ 56, 70, 48, 80, 0.0524, 0.3339 }, { 9, 10, 3, 10, 0.1705, 0.8090 },
	{ 6, 7, 2, 7, 0.0582, 0.8062 },     { 5, 56, 0, 29, -0.0381, 0.1926 },
	{ 0, 10, 0, 20, -0.1611, 0.2775 },  { 0, 10, 0, 10, -0.2775, 0.2775 },
	{ 10, 10, 0, 20, 0.6791, 1 },       { 10, 10, 0, 10, 0.6075, 1 },
};

START_TEST(newcombe_as_published)
{
	struct interval i =
	        statistic_newcombe(newcombe_cases[_i].k2, newcombe_cases[_i].n2,
	                           newcombe_cases[_i].k1, newcombe_cases[_i].n1, 1.959964);

	is_near(i.low, newcombe_cases[_i].low, 1e-4);
	is_near(i.high, newcombe_cases[_i].high, 1e-4);
}
END_TEST

static const struct {
	int64_t k1, n1, k2, n2;
	double p, within;
} fisher_cases[] = {
	{ 3, 4, 1, 4, 34.0 / 70, 1e-12 }, /* the lady tasting tea: Fisher 1935 */
	{ 2, 17, 10, 13, 0.0005367,
	  5e-8 }, /* convictions of twins: Fisher 1962, as R's fisher.test */
	{ 10, 13, 2, 17, 0.0005367, 5e-8 }, /* and the other way round */
	{ 0, 5, 0, 7, 1, 0 },
	{ 5, 5, 7, 7, 1, 0 },
	{ 0, 0, 3, 7, 1, 0 },
	{ 5, 5, 0, 5, 2.0 / 252, 1e-12 }, /* 2 / C(10, 5) */
	{ 0, 2, 20, 20, 1.0 / 231,
	  1e-12 }, /* 1 / C(22, 2): nothing is as unlikely on the other side */
	{ 50000, 100000, 50000, 100000, 1, 1e-6 },
	{ 1000000, 2000000, 0, 2000000, 0, 0 },
};

START_TEST(fisher_as_published)
{
	is_near(statistic_fisher(fisher_cases[_i].k1, fisher_cases[_i].n1, fisher_cases[_i].k2,
	                         fisher_cases[_i].n2),
	        fisher_cases[_i].p, fisher_cases[_i].within);
}
END_TEST

/* Shoulder tip pain on the third day after surgery: Brunner and Munzel, Biometrical Journal 42 (2000) 17-25; the values
 * of R's lawstat and brunnermunzel packages. */
static const float pain_y[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 4 };
static const float pain_n[] = { 1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5 };

START_TEST(superiority_as_published)
{
	struct rank_effect e = statistic_superiority(SAMPLE(pain_y), SAMPLE(pain_n), 0.05);

	is_near(e.superiority, 0.788961, 1e-6);
	is_near(e.interval.low, 0.5952169, 1e-6);
	is_near(e.interval.high, 0.9827052, 1e-6);
}
END_TEST

START_TEST(superiority_of_little)
{
	static const float one[] = { 3 }, equal[] = { 2, 2, 2 };
	struct rank_effect e = statistic_superiority(SAMPLE(one), SAMPLE(equal), 0.05);

	is_near(e.superiority, 0, 0);
	ck_assert(isinf(e.interval.low) && isinf(e.interval.high));
	e = statistic_superiority(SAMPLE(equal), SAMPLE(equal), 0.05);
	is_near(e.superiority, 0.5, 0);
	ck_assert(isinf(e.interval.low));
	ck_assert(
	        isnan(statistic_superiority(SAMPLE(one), (struct sample){ 0 }, 0.05).superiority));
}
END_TEST

/* Permeability of the chorioamnion: Hollander and Wolfe (1973) p. 69; one-sided exact p 0.1272 in R's wilcox.test. */
START_TEST(mann_whitney_as_published)
{
	static const float at_term[] = { 0.73f, 0.80f, 0.83f, 1.04f, 1.38f,
		                         1.45f, 1.46f, 1.64f, 1.89f, 1.91f };
	static const float early[] = { 0.74f, 0.88f, 0.90f, 1.15f, 1.21f };

	/* 382 of the 3003 ways to choose 5 of 15 */
	is_near(statistic_mann_whitney(SAMPLE(at_term), SAMPLE(early)), 2 * 0.1272061, 1e-6);
	is_near(statistic_mann_whitney(SAMPLE(early), SAMPLE(at_term)), 2 * 0.1272061, 1e-6);
}
END_TEST

START_TEST(mann_whitney_of_ties)
{
	static const float low[] = { 0, 0, 0 }, high[] = { 0, 1, 1 }, all[] = { 7, 7, 7, 7 };
	float many[100] = { 0 }, more[100] = { 0 };

	/* Of 20 ways to choose 3 of 0 0 0 0 1 1, 4 have both ones: 4 with the sum of `high`, and 4 as far on the other side */
	is_near(statistic_mann_whitney(SAMPLE(low), SAMPLE(high)), 8.0 / 20, 1e-12);
	is_near(statistic_mann_whitney(SAMPLE(all), SAMPLE(low)), 1.0 / 35, 1e-12);
	is_near(statistic_mann_whitney(SAMPLE(all), SAMPLE(all)), 1, 1e-12);
	is_near(statistic_mann_whitney(SAMPLE(many), SAMPLE(more)), 1, 0);
	ck_assert(isnan(statistic_mann_whitney(SAMPLE(many), (struct sample){ 0 })));
}
END_TEST

/* 0 in all but a few: then the rank sum says no more than how many of the few are in y, and that is hypergeometric. The normal
 * approximation says 1e-23 to the first of these. */
static const struct {
	size_t n, m, few, in_y;
} rare_cases[] = {
	{ 2000, 100, 5, 5 }, { 2000, 200, 10, 6 }, { 400, 400, 20, 20 },
	{ 400, 400, 12, 2 }, { 100, 2000, 6, 3 },  { 10000, 500, 40, 10 },
};

static double hypergeometric_tail(double n, double m, double few, double in_y)
{
	double sum = 0, mean = few * m / (n + m);

	for (double k = 0; k <= few; k++) {
		bool beyond = in_y > mean ? k >= in_y : k <= in_y;
		if (beyond && few - k <= n && k <= m)
			sum += exp(lgamma(few + 1) - lgamma(k + 1) - lgamma(few - k + 1) +
			           lgamma(n + m - few + 1) - lgamma(m - k + 1) -
			           lgamma(n - few + k + 1) - lgamma(n + m + 1) + lgamma(n + 1) +
			           lgamma(m + 1));
	}
	return sum;
}

START_TEST(mann_whitney_of_rare_values)
{
	static float x[10000], y[10000];
	size_t n = rare_cases[_i].n, m = rare_cases[_i].m, few = rare_cases[_i].few,
	       in_y = rare_cases[_i].in_y;

	for (size_t i = 0; i < n; i++)
		x[i] = i >= n - (few - in_y);
	for (size_t i = 0; i < m; i++)
		y[i] = i >= m - in_y;
	double want = 2 * hypergeometric_tail((double)n, (double)m, (double)few, (double)in_y);
	double got = statistic_mann_whitney((struct sample){ x, n }, (struct sample){ y, m });
	/* Too great is a loss of power (the tail's test has it), too small would be a false alarm. */
	ck_assert_msg(got > want / 2 && got < want * 100, "%g, not %g", got, want);
}
END_TEST

/* n = m = 10, untied: Massey, Annals of Mathematical Statistics 23 (1952) 435-441, table 1. */
START_TEST(smirnov_as_published)
{
	static const struct {
		int distance; /* tenths */
		double p;
	} table[] = { { 4, 0.41752 }, { 5, 0.16782 }, { 6, 0.05245 },   { 7, 0.01234 },
		      { 8, 0.00206 }, { 9, 0.00022 }, { 10, 0.0000108 } };
	float x[10], y[10];
	double p;

	for (int i = 0; i < 10; i++) {
		x[i] = (float)i;
		y[i] = (float)(i + table[_i].distance) - 0.5f;
	}
	is_near(statistic_smirnov_distance(SAMPLE(x), SAMPLE(y)), table[_i].distance / 10.0, 1e-12);
	ck_assert(statistic_smirnov(SAMPLE(x), SAMPLE(y), &p));
	is_near(p, table[_i].p, 5.1e-6);
}
END_TEST

START_TEST(smirnov_of_ties)
{
	static const float low[] = { 0, 0, 0 }, high[] = { 0, 1, 1 };
	double p;

	/* The distance is known behind the zeros only, where it is 2/3 for the 8 of 20 ways with both ones on one side. */
	ck_assert(statistic_smirnov(SAMPLE(low), SAMPLE(high), &p));
	is_near(p, 8.0 / 20, 1e-12);
	ck_assert(statistic_smirnov(SAMPLE(low), SAMPLE(low), &p));
	is_near(p, 1, 0);
	ck_assert(statistic_smirnov(SAMPLE(low), (struct sample){ 0 }, &p));
	ck_assert(isnan(p));
}
END_TEST

/* Smirnov's table: the limit is exceeded at 1.36 with 0.0495, at 1.63 with 0.0098 (Annals of Mathematical Statistics 19 (1948) 279). */
START_TEST(smirnov_of_many)
{
	enum { N = 20000 };
	static float x[N], y[N];
	double p, steps[] = { 272, 326 }, want[] = { 0.049486, 0.009846 };

	for (int i = 0; i < N; i++) {
		x[i] = (float)i;
		y[i] = (float)i + (float)steps[_i] - 0.5f; /* sqrt(n / 2) / n is 1 / 200 */
	}
	ck_assert(statistic_smirnov(SAMPLE(x), SAMPLE(y), &p));
	is_near(p, want[_i], 2e-6);
}
END_TEST

START_TEST(tails_are_counted)
{
	float x[100], y[100];

	for (int i = 0; i < 100; i++) {
		x[i] = (float)i;
		y[i] = i < 90 ? (float)i : 200;
	}
	/* The 190th of both is 99: none of x and 10 of y lie beyond. 2 * C(190, 90) / C(200, 100) */
	is_near(statistic_tail_test(SAMPLE(x), SAMPLE(y), 0.95, true),
	        statistic_fisher(0, 100, 10, 100), 1e-12);
	is_near(statistic_tail_test(SAMPLE(x), SAMPLE(y), 0.05, false), 1, 0);
	is_near(statistic_tail_test(SAMPLE(x), SAMPLE(x), 0.95, true), 1, 1e-9);
	ck_assert(isnan(statistic_tail_test(SAMPLE(x), (struct sample){ 0 }, 0.95, true)));
}
END_TEST

/* Conover, Practical Nonparametric Statistics (1999), table A3; also the sign test's confidence ranks. */
START_TEST(quantiles_with_their_ranks)
{
	float x[100];

	for (int i = 0; i < 100; i++)
		x[i] = (float)(i + 1);
	struct quantile q = statistic_quantile((struct sample){ x, 10 }, 0.5, 0.05);
	is_near(q.value, 5, 0);
	is_near(q.interval.low, 2, 0);
	is_near(q.interval.high, 9, 0);
	q = statistic_quantile((struct sample){ x, 20 }, 0.5, 0.05);
	is_near(q.interval.low, 6, 0);
	is_near(q.interval.high, 15, 0);
	q = statistic_quantile((struct sample){ x, 5 }, 0.5, 0.05); /* 2 / 32 is too much */
	ck_assert(isinf(q.interval.low) && isinf(q.interval.high));
	q = statistic_quantile((struct sample){ x, 71 }, 0.95, 0.05); /* 0.95^71 = 0.0262 */
	ck_assert(isinf(q.interval.high));
	q = statistic_quantile((struct sample){ x, 72 }, 0.95, 0.05); /* 0.95^72 = 0.0249 */
	is_near(q.interval.high, 72, 0);
	q = statistic_quantile((struct sample){ 0 }, 0.5, 0.05);
	ck_assert(isnan(q.value) && isinf(q.interval.low));
}
END_TEST

/* By hand: means 3 and 6, squared standard errors 2.5 / 5 and 10 / 5; Welch (1947) gives 2.5^2 / (0.5^2 / 4 + 2^2 / 4) = 5.882
 * degrees of freedom, and t(0.975, 5.882) lies between the 2.4469 of 6 and the 2.5706 of 5 degrees in any table. */
START_TEST(means_after_welch)
{
	static const float a[] = { 1, 2, 3, 4, 5 }, b[] = { 2, 4, 6, 8, 10 };
	struct mean_difference d = statistic_means(SAMPLE(a), SAMPLE(b), 0.05);

	is_near(d.x, 3, 1e-12);
	is_near(d.y, 6, 1e-12);
	is_near((d.interval.high + d.interval.low) / 2, 3, 1e-9);
	double t = (d.interval.high - d.interval.low) / 2 / sqrt(2.5);
	ck_assert(t > 2.4469 && t < 2.5706);
	ck_assert(isnan(statistic_means(SAMPLE(a), (struct sample){ 0 }, 0.05).x));
	d = statistic_means((struct sample){ a, 1 }, SAMPLE(b), 0.05);
	ck_assert(isinf(d.interval.low));
}
END_TEST

START_TEST(deviations_of_few)
{
	double three[] = { 4, 1, 2 }, ten[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 1000 }, one[] = { 3 };

	ck_assert(isnan(statistic_median(three, 0)));
	is_near(statistic_deviation(three, 3), 1.4826 * 1.495,
	        1e-12); /* of 0 1 2 the median is 1 */
	is_near(statistic_deviation(ten, 10), 1.4826 * (10 / 9.2) * 2.5, 1e-12);
	ck_assert(isnan(statistic_deviation(one, 1)));
}
END_TEST

START_TEST(holm_by_hand)
{
	double p[] = { 0.01, NAN, 0.04, 0.03, 0.005 }, want[] = { 0.03, 0, 0.06, 0.06, 0.02 };

	ck_assert(statistic_holm(p, COUNT(p)));
	for (size_t i = 0; i < COUNT(p); i++)
		if (i == 1)
			ck_assert(isnan(p[i]));
		else
			is_near(p[i], want[i], 1e-12);
	ck_assert(statistic_holm(p, 0));
}
END_TEST

START_TEST(memory_runs_out)
{
	static const float x[] = { 1, 2, 3 }, y[] = { 2, 3, 4 };
	double p = 0.5;

	for (uint64_t n = 0; n < 2; n++) {
		mem_fail_after(n);
		ck_assert(!statistic_smirnov(SAMPLE(x), SAMPLE(y), &p));
	}
	mem_fail_after(0);
	ck_assert(!statistic_holm(&p, 1));
	mem_fail_after(UINT64_MAX);
}
END_TEST

Suite *suite_statistic(void);
Suite *suite_statistic(void)
{
	Suite *s = suite_create("statistic");
	TCase *t = tcase_create("statistic");

	tcase_add_test(t, tails_as_in_tables);
	tcase_add_loop_test(t, wilson_as_published, 0, (int)COUNT(wilson_cases));
	tcase_add_loop_test(t, newcombe_as_published, 0, (int)COUNT(newcombe_cases));
	tcase_add_loop_test(t, fisher_as_published, 0, (int)COUNT(fisher_cases));
	tcase_add_test(t, superiority_as_published);
	tcase_add_test(t, superiority_of_little);
	tcase_add_test(t, mann_whitney_as_published);
	tcase_add_test(t, mann_whitney_of_ties);
	tcase_add_loop_test(t, mann_whitney_of_rare_values, 0, (int)COUNT(rare_cases));
	tcase_add_loop_test(t, smirnov_as_published, 0, 7);
	tcase_add_test(t, smirnov_of_ties);
	tcase_add_loop_test(t, smirnov_of_many, 0, 2);
	tcase_add_test(t, tails_are_counted);
	tcase_add_test(t, quantiles_with_their_ranks);
	tcase_add_test(t, means_after_welch);
	tcase_add_test(t, deviations_of_few);
	tcase_add_test(t, holm_by_hand);
	tcase_add_test(t, memory_runs_out);
	suite_add_tcase(s, t);
	return s;
}
