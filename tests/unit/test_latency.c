/* Durations counted: within 1.6 %, mergeable, subtractable. */
#include "sim/stats/latency.h"

#include <check.h>

Suite *suite_latency(void);

static const struct {
	int64_t ns;
	uint64_t us;
} values[] = {
	{ -5, 0 },
	{ 999, 0 },
	{ 1000, 1 },
	{ 63000, 63 },
	{ 127000, 127 },
	{ 1000000, 1000 },
	{ 20000000, 20000 },
	{ INT64_C(3600000000000), UINT64_C(3600000000) },
	{ INT64_MAX, (UINT64_C(64) << LATENCY_OCTAVES) - 1 },
};

START_TEST(one_value)
{
	struct latency l;
	uint64_t us = values[_i].us;

	latency_init(&l);
	ck_assert_uint_eq(latency_quantile_us(&l, 0.5), 0);
	latency_add(&l, values[_i].ns);
	ck_assert_uint_eq(l.count, 1);
	ck_assert_uint_eq(l.max_us, us);
	ck_assert_uint_eq(l.min_us, us);
	uint64_t median = latency_quantile_us(&l, 0.5);
	ck_assert_uint_le(median, us);
	ck_assert_uint_ge(median, us - us / 64);
}
END_TEST

START_TEST(quantiles)
{
	struct latency l;

	latency_init(&l);
	for (int64_t us = 1; us <= 100000; us++)
		latency_add(&l, us * 1000);
	for (int percent = 1; percent <= 100; percent++) {
		double wanted = percent * 1000;
		double got = (double)latency_quantile_us(&l, percent / 100.0);
		ck_assert_double_eq_tol(got, wanted, wanted * 0.016 + 1);
	}
	ck_assert_double_eq_tol(latency_mean_us(&l), 50000.5, 0.001);
}
END_TEST

START_TEST(merged_and_taken_apart)
{
	struct latency a, b, both, since;

	latency_init(&a);
	latency_init(&b);
	for (int64_t us = 1; us <= 1000; us++) {
		latency_add(&a, us * 1000);
		latency_add(&b, (us + 5000) * 1000);
	}
	both = a;
	latency_merge(&both, &b);
	ck_assert_uint_eq(both.count, 2000);
	ck_assert_uint_eq(both.min_us, 1);
	ck_assert_uint_eq(both.max_us, 6000);
	latency_since(&since, &both, &a);
	ck_assert_uint_eq(since.count, 1000);
	ck_assert_uint_eq(since.sum_us, b.sum_us);
	ck_assert_uint_eq(latency_quantile_us(&since, 0.5), latency_quantile_us(&b, 0.5));
	ck_assert_double_eq_tol((double)since.min_us, 5001, 5001 * 0.016);
	latency_init(&b);
	latency_merge(&both, &b); /* nothing */
	ck_assert_uint_eq(both.min_us, 1);
}
END_TEST

Suite *suite_latency(void)
{
	Suite *s = suite_create("latency");
	TCase *t = tcase_create("latency");

	tcase_add_loop_test(t, one_value, 0, sizeof values / sizeof *values);
	tcase_add_test(t, quantiles);
	tcase_add_test(t, merged_and_taken_apart);
	suite_add_tcase(s, t);
	return s;
}
