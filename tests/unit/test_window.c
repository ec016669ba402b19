#include "analyzer/findings/window.h"

#include <check.h>

Suite *suite_window(void);

/* A window of 10 s has slots of 1 s. Times in ms; `sum` after the last one. */
static const struct {
	const char *name;
	int64_t times[8];
	unsigned count;
	uint64_t sum;
} cases[] = {
	{ "all at once", { 5000, 5000, 5000 }, 3, 3 },
	{ "within nine tenths", { 5000, 9000, 14000 }, 3, 3 },
	{ "the first is out", { 5000, 9000, 15000 }, 3, 2 },
	{ "just before it is out", { 5000, 14999 }, 2, 2 },
	{ "a long silence", { 5000, 6000, 500000 }, 3, 1 },
	{ "out of order", { 9000, 5000, 9000 }, 3, 3 },
	{ "older than the window counts as its oldest", { 50000, 1000 }, 2, 2 },
	{ "and leaves first", { 50000, 1000, 51000 }, 3, 2 },
	{ "far in the future and back", { 1000, INT64_MAX / 1000000, 1000 }, 3, 2 },
	{ "before the epoch", { -20000, 5000 }, 2, 1 },
};

START_TEST(sums)
{
	struct window w = { 0 };
	uint64_t sum = 0;

	for (unsigned i = 0; i < cases[_i].count; i++)
		sum = window_add(&w, 10 * NS_PER_S, cases[_i].times[i] * NS_PER_MS);
	ck_assert_msg(sum == cases[_i].sum, "%s: %llu", cases[_i].name, (unsigned long long)sum);
}
END_TEST

START_TEST(moves_without_counting)
{
	struct window w = { 0 };

	window_add(&w, 10 * NS_PER_S, 5 * NS_PER_S);
	window_move(&w, 10 * NS_PER_S, 14 * NS_PER_S);
	ck_assert_uint_eq(window_sum(&w), 1);
	window_move(&w, 10 * NS_PER_S, 15 * NS_PER_S);
	ck_assert_uint_eq(window_sum(&w), 0);
}
END_TEST

Suite *suite_window(void)
{
	Suite *s = suite_create("window");
	TCase *tc = tcase_create("window");

	tcase_add_loop_test(tc, sums, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tc, moves_without_counting);
	suite_add_tcase(s, tc);
	return s;
}
