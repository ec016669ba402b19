/* Against qsort(), and when memory runs out. */
#include "base/mem.h"
#include "base/sort.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static const struct {
	size_t n;
	uint64_t mask; /* which bits differ */
} cases[] = {
	{ 0, ~UINT64_C(0) },  { 1, ~UINT64_C(0) },    { 2, ~UINT64_C(0) },
	{ 48, ~UINT64_C(0) }, { 49, ~UINT64_C(0) },   { 1000, ~UINT64_C(0) },
	{ 1000, 0 },          { 1000, 0xFF },         { 1000, 0xFF00FF },
	{ 1000, 0xF },        { 5000, 0x3FFFFFFFFF }, { 300, UINT64_C(1) << 63 },
};

static void fill(int64_t *values, size_t n, uint64_t mask)
{
	uint64_t state = 88172645463325252;

	for (size_t i = 0; i < n; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		values[i] = (int64_t)((state & mask) | (0x0102030405060708 & ~mask));
	}
}

START_TEST(as_qsort)
{
	static int64_t values[5000], expected[5000];
	size_t n = cases[_i].n;

	fill(values, n, cases[_i].mask);
	memcpy(expected, values, sizeof values);
	qsort(expected, n, sizeof *expected, ascending);
	ck_assert(sort_int64(values, n));
	ck_assert_int_eq(memcmp(values, expected, n * sizeof *values), 0);
	ck_assert(sort_int64(values, n)); /* sorted already */
	ck_assert_int_eq(memcmp(values, expected, n * sizeof *values), 0);
}
END_TEST

START_TEST(out_of_memory)
{
	static int64_t values[1000], before[1000];

	fill(values, 1000, ~UINT64_C(0));
	memcpy(before, values, sizeof values);
	mem_fail_after(0);
	ck_assert(!sort_int64(values, 1000));
	mem_fail_after(UINT64_MAX);
	ck_assert_int_eq(memcmp(values, before, sizeof values), 0);
}
END_TEST

Suite *suite_sort(void)
{
	Suite *s = suite_create("sort");
	TCase *t = tcase_create("sort");

	tcase_add_loop_test(t, as_qsort, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, out_of_memory);
	suite_add_tcase(s, t);
	return s;
}
