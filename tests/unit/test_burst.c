/* BurstR over patterns: '.' played, 'x' lost, 'l' late, '|' end of a segment. */
#include "analyzer/score/burst.h"

#include <check.h>
#include <math.h>
#include <string.h>

struct burst_case {
	const char *name, *pattern;
	double ratio;
	uint64_t bad, runs, longest_lost;
};

#define D10 ".........."
#define D40 D10 D10 D10 D10

static const struct burst_case cases[] = {
	{ "nothing", "", 1, 0, 0, 0 },
	{ "clean", D40, 1, 0, 0, 0 },
	{ "five in a row of a hundred", D40 D10 "xxxxx" D40 ".....", 4.75, 5, 1, 5 },
	{ "four single ones", "....x....x....x....x....", 1, 4, 4, 1 },
	{ "below five means nothing", D40 "xxxx" D40, 1, 4, 1, 4 },
	{ "five single ones", D40 "x....x....x....x....x....", 1, 5, 5, 1 },
	{ "late is as bad as lost", D40 D10 "lxllx" D40 ".....", 4.75, 5, 1, 1 },
	{ "longest counts lost only", D40 "xxlxxxl" D40, 7 * (1 - 7.0 / 87), 7, 1, 3 },
	{ "a segment ends a run", D40 "xxx|xxx" D40, 3 * (1 - 6.0 / 86), 6, 2, 3 },
	{ "all lost but one", ".xxxxxxxxx", 1, 9, 1, 9 },
};

START_TEST(burst_pattern)
{
	const struct burst_case *c = &cases[_i];
	struct burst b = { 0 };
	uint64_t expected = 0;

	for (const char *p = c->pattern; *p; p++) {
		if (*p == '|')
			burst_end(&b);
		else
			burst_next(&b, *p != 'x', *p == 'l');
		expected += *p != '|';
	}
	burst_end(&b);
	ck_assert_msg(fabs(burst_ratio(&b, expected) - c->ratio) < 1e-9, "%s: %f", c->name,
	              burst_ratio(&b, expected));
	ck_assert_uint_eq(b.bad, c->bad);
	ck_assert_uint_eq(b.runs, c->runs);
	ck_assert_uint_eq(b.longest_lost, c->longest_lost);
}
END_TEST

START_TEST(burst_many_at_once_is_one_by_one)
{
	struct burst one = { 0 }, many = { 0 };

	for (int i = 0; i < 700; i++)
		burst_lost(&one, 1);
	burst_lost(&many, 300);
	burst_lost(&many, 0);
	burst_lost(&many, 400);
	ck_assert_mem_eq(&one, &many, sizeof one);
}
END_TEST

Suite *suite_burst(void);
Suite *suite_burst(void)
{
	Suite *s = suite_create("burst");
	TCase *t = tcase_create("runs");

	tcase_add_loop_test(t, burst_pattern, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(t, burst_many_at_once_is_one_by_one);
	suite_add_tcase(s, t);
	return s;
}
