/* The log-linear histogram against sorted values. */
#include "base/histogram.h"
#include "base/mem.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static struct histogram_pool pool;
static struct histogram h;

static void open_histogram(void)
{
	histogram_pool_init(&pool);
	ck_assert(histogram_init(&h, &pool));
}

static void close_histogram(void)
{
	ck_assert(histogram_pool_check(&pool));
	histogram_release(&h, &pool);
	ck_assert(histogram_pool_check(&pool));
	ck_assert_uint_eq(pool.promised, 0);
	histogram_pool_release(&pool);
}

START_TEST(histogram_empty_is_zero)
{
	ck_assert_double_eq(histogram_quantile(&h, 0.95), 0);
}
END_TEST

START_TEST(histogram_one_value)
{
	static const uint64_t values[] = { 0,   1,    63,    64,      127,          128,
		                           129, 5000, 65535, 1000000, HISTOGRAM_MAX };
	ck_assert(histogram_add(&h, &pool, values[_i]));
	for (int share = 0; share <= 100; share += 5) {
		double got = histogram_quantile(&h, share / 100.0), want = (double)values[_i];
		ck_assert_double_le(fabs(got - want), 0.01 * want);
	}
}
END_TEST

START_TEST(histogram_greatest_is_cut)
{
	ck_assert(histogram_add(&h, &pool, UINT64_MAX));
	ck_assert_double_le(fabs(histogram_quantile(&h, 1) / (double)HISTOGRAM_MAX - 1), 0.01);
}
END_TEST

START_TEST(histogram_quantiles_within_a_percent)
{
	enum { N = 5000 };
	static uint64_t values[N];
	uint64_t range = (uint64_t)100 << 2 * _i;

	srand((unsigned)_i + 1);
	for (int i = 0; i < N; i++) {
		values[i] = (uint64_t)rand() % range;
		ck_assert(histogram_add(&h, &pool, values[i]));
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
	for (int i = 0; i < 1000000; i++)
		ck_assert(histogram_add(&h, &pool, i % 10 ? 1000 : 50000));
	ck_assert_double_le(fabs(histogram_quantile(&h, 0.88) - 1000), 10);
	ck_assert_double_le(fabs(histogram_quantile(&h, 0.92) - 50000), 500);
}
END_TEST

/* Every page of its own number, whatever the order they are asked for in. */
START_TEST(histogram_keeps_its_counters_apart)
{
	static unsigned want[HISTOGRAM_COUNTERS];
	uint64_t seen = 0, total = 20000;

	srand((unsigned)_i + 1);
	for (uint64_t i = 0; i < total; i++) {
		uint16_t counter = (uint16_t)(rand() % HISTOGRAM_COUNTERS);
		ck_assert(histogram_count(&h, &pool, counter));
		want[counter]++;
	}
	for (const struct histogram_page *p = h.pages; p; p = p->next)
		for (unsigned i = 0; i < HISTOGRAM_PER_PAGE; i++) {
			unsigned counter = p->number * (unsigned)HISTOGRAM_PER_PAGE + i;
			unsigned here = counter < HISTOGRAM_COUNTERS ? want[counter] : 0;
			ck_assert_uint_eq(p->counters[i], here);
			seen += p->counters[i];
		}
	ck_assert_uint_eq(seen, total);
}
END_TEST

START_TEST(histogram_promise_is_kept)
{
	uint64_t before = mem_count();

	for (unsigned i = 0; i < HISTOGRAM_PROMISED; i++)
		ck_assert(histogram_count(&h, &pool, (uint16_t)(i * HISTOGRAM_PER_PAGE)));
	ck_assert_uint_eq(mem_count(), before);
	ck_assert_uint_eq(h.promised, 0);
	ck_assert_uint_eq(pool.promised, 0);
}
END_TEST

/* Many at once, until there are several slabs: no one's promise is used up by others, all comes back. */
START_TEST(histogram_pool_serves_many)
{
	enum { MANY = 300 };
	static struct histogram many[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		ck_assert(histogram_init(&many[i], &pool));
		for (unsigned k = 0; k < i % HISTOGRAM_PAGES; k++)
			ck_assert(histogram_add(&many[i], &pool, (uint64_t)k << k % 20));
		ck_assert(histogram_pool_check(&pool));
	}
	for (unsigned i = 0; i < MANY; i++)
		histogram_release(&many[i], &pool);
}
END_TEST

START_TEST(histogram_without_memory)
{
	struct histogram other;

	histogram_release(&h, &pool);
	histogram_pool_release(&pool);
	mem_fail_after(0);
	ck_assert(!histogram_init(&other, &pool));
	mem_fail_after(UINT64_MAX);
	ck_assert(histogram_pool_check(&pool));
	ck_assert(histogram_init(&h, &pool));

	/* The others' promises take all that is left; then it must ask for more. */
	while (pool.unused - pool.promised >= HISTOGRAM_PROMISED)
		ck_assert(histogram_init(&other, &pool));
	mem_fail_after(0);
	bool ok = true;
	unsigned pages = 0;
	while ((ok = histogram_count(&h, &pool, (uint16_t)(pages * HISTOGRAM_PER_PAGE))))
		pages++;
	mem_fail_after(UINT64_MAX);
	ck_assert(!ok);
	ck_assert_uint_ge(pages, HISTOGRAM_PROMISED);
	ck_assert_uint_lt(pages, 2 * HISTOGRAM_PROMISED);
	pool.promised = h.promised; /* the others are gone */
}
END_TEST

Suite *suite_histogram(void);
Suite *suite_histogram(void)
{
	Suite *s = suite_create("histogram");
	TCase *t = tcase_create("quantiles");

	tcase_add_checked_fixture(t, open_histogram, close_histogram);
	tcase_add_test(t, histogram_empty_is_zero);
	tcase_add_loop_test(t, histogram_one_value, 0, 11);
	tcase_add_test(t, histogram_greatest_is_cut);
	tcase_add_loop_test(t, histogram_quantiles_within_a_percent, 0, 8);
	tcase_add_test(t, histogram_halves_instead_of_overflowing);
	tcase_add_loop_test(t, histogram_keeps_its_counters_apart, 0, 3);
	tcase_add_test(t, histogram_promise_is_kept);
	tcase_add_test(t, histogram_pool_serves_many);
	tcase_add_test(t, histogram_without_memory);
	suite_add_tcase(s, t);
	return s;
}
