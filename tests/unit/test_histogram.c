/* The log-linear histogram against sorted values. */
#include "base/histogram.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static struct histogram h;

START_TEST(histogram_empty_is_zero)
{
	h = (struct histogram){ 0 };
	ck_assert_double_eq(histogram_quantile(&h, 0.95), 0);
}
END_TEST

START_TEST(histogram_one_value)
{
	static const uint64_t values[] = { 0,   1,    63,    64,      127,          128,
		                           129, 5000, 65535, 1000000, HISTOGRAM_MAX };
	h = (struct histogram){ 0 };
	histogram_add(&h, values[_i]);
	for (int share = 0; share <= 100; share += 5) {
		double got = histogram_quantile(&h, share / 100.0), want = (double)values[_i];
		ck_assert_double_le(fabs(got - want), 0.01 * want);
	}
}
END_TEST

START_TEST(histogram_greatest_is_cut)
{
	h = (struct histogram){ 0 };
	histogram_add(&h, UINT64_MAX);
	ck_assert_double_le(fabs(histogram_quantile(&h, 1) / (double)HISTOGRAM_MAX - 1), 0.01);
}
END_TEST

START_TEST(histogram_quantiles_within_a_percent)
{
	enum { N = 5000 };
	static uint64_t values[N];
	uint64_t range = (uint64_t)100 << 2 * _i;

	srand((unsigned)_i + 1);
	h = (struct histogram){ 0 };
	for (int i = 0; i < N; i++) {
		values[i] = (uint64_t)rand() % range;
		histogram_add(&h, values[i]);
	}
	qsort(values, N, sizeof values[0], by_value);
	for (int percent = 1; percent <= 100; percent++) {
		double want = (double)values[N * percent / 100 - 1];
		double got = histogram_quantile(&h, percent / 100.0);
		ck_assert_double_le(fabs(got - want), 0.01 * want + 0.5);
	}
}
END_TEST

START_TEST(histogram_halves_instead_of_overflowing)
{
	h = (struct histogram){ 0 };
	for (int i = 0; i < 1000000; i++)
		histogram_add(&h, i % 10 ? 1000 : 50000);
	ck_assert_double_le(fabs(histogram_quantile(&h, 0.88) - 1000), 10);
	ck_assert_double_le(fabs(histogram_quantile(&h, 0.92) - 50000), 500);
}
END_TEST

Suite *suite_histogram(void);
Suite *suite_histogram(void)
{
	Suite *s = suite_create("histogram");
	TCase *t = tcase_create("quantiles");

	tcase_add_test(t, histogram_empty_is_zero);
	tcase_add_loop_test(t, histogram_one_value, 0, 11);
	tcase_add_test(t, histogram_greatest_is_cut);
	tcase_add_loop_test(t, histogram_quantiles_within_a_percent, 0, 8);
	tcase_add_test(t, histogram_halves_instead_of_overflowing);
	suite_add_tcase(s, t);
	return s;
}
