/* BurstR, bursts and gaps over patterns: '.' played, 'x' lost, 'l' late, '|' end of a segment. */
#include "analyzer/score/burst.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define D5  "....."
#define D10 ".........."
#define D20 D10 D10
#define D40 D20 D20

static struct burst burst_of(const char *pattern, uint64_t *expected)
{
	struct burst b = { 0 };
	int64_t first = 1000, number = first;

	for (const char *p = pattern; *p; p++) {
		if (*p == '|') {
			burst_segment(&b, first, number - 1);
			first = number += 200000; /* another segment, far away */
			continue;
		}
		burst_next(&b, *p != 'x', *p == 'l', first, number++);
		++*expected;
	}
	burst_segment(&b, first, number - 1);
	return b;
}

struct burst_case {
	const char *name, *pattern;
	double ratio;
	uint64_t bad, runs, longest_lost;
};

static const struct burst_case cases[] = {
	{ "nothing", "", 1, 0, 0, 0 },
	{ "clean", D40, 1, 0, 0, 0 },
	{ "five in a row of a hundred", D40 D10 "xxxxx" D40 D5, 4.75, 5, 1, 5 },
	{ "four single ones", "....x....x....x....x....", 1, 4, 4, 1 },
	{ "below five means nothing", D40 "xxxx" D40, 1, 4, 1, 4 },
	{ "five single ones", D40 "x....x....x....x....x....", 1, 5, 5, 1 },
	{ "late is as bad as lost", D40 D10 "lxllx" D40 D5, 4.75, 5, 1, 1 },
	{ "longest counts lost only", D40 "xxlxxxl" D40, 7 * (1 - 7.0 / 87), 7, 1, 3 },
	{ "a segment ends a run", D40 "xxx|xxx" D40, 3 * (1 - 6.0 / 86), 6, 2, 3 },
	{ "all lost but one", ".xxxxxxxxx", 1, 9, 1, 9 },
};

START_TEST(burst_pattern)
{
	const struct burst_case *c = &cases[_i];
	uint64_t expected = 0;
	struct burst b = burst_of(c->pattern, &expected);

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
		burst_bad(&one, 0, 30 + i, 1, true);
	burst_bad(&many, 0, 30, 300, true);
	burst_bad(&many, 0, 330, 0, true);
	burst_bad(&many, 0, 330, 400, true);
	burst_segment(&one, 0, 800);
	burst_segment(&many, 0, 800);
	ck_assert_uint_eq(one.runs, many.runs);
	ck_assert_uint_eq(one.longest_lost, 700);
	ck_assert_uint_eq(many.longest_lost, 700);
	struct burst_gap a = burst_gaps(&one), b = burst_gaps(&many);
	ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

/* The vectors of RFC 3611 appendix A.2's own arithmetic, 20 ms a packet. */
struct a2_case {
	const char *pattern;
	unsigned c11, c13, c14, c22, c23, c33;
	int burst_density, burst_ms, gap_density, gap_ms; /* densities of 256 */
};

#define L4 "x....x....x....x....x...."
static const struct a2_case a2_cases[] = {
	{ D40 D10 "xxxxx" D40 D5, 50, 1, 0, 0, 0, 4, 255, 100, 0, 1020 },
	{ D20 "....x" D20 "....x" D20 "....x" D20 "....x" D20, 96, 1, 3, 0, 0, 0, 255, 20, 7,
	  2000 },
	{ D40 L4 D20 D10 D5, 40, 1, 0, 12, 4, 0, 60, 420, 0, 820 },
};

START_TEST(burst_vectors_of_appendix_a2)
{
	const struct a2_case *c = &a2_cases[_i];
	uint64_t expected = 0;
	struct burst b = burst_of(c->pattern, &expected);
	struct burst_gap g = burst_gaps_a2(&b);

	ck_assert_uint_eq(b.c11, c->c11);
	ck_assert_uint_eq(b.c13, c->c13);
	ck_assert_uint_eq(b.c14, c->c14);
	ck_assert_uint_eq(b.c22, c->c22);
	ck_assert_uint_eq(b.c23, c->c23);
	ck_assert_uint_eq(b.c33, c->c33);
	ck_assert_int_eq((int)(256 * g.burst_density), c->burst_density);
	ck_assert_int_eq((int)(256 * g.gap_density), c->gap_density);
	ck_assert_int_eq((int)(20 * g.burst_packets + 0.5), c->burst_ms);
	ck_assert_int_eq((int)(20 * g.gap_packets + 0.5), c->gap_ms);
}
END_TEST

/* By the definitions of section 4.7.2, counted by hand. */
struct gap_case {
	const char *name, *pattern;
	uint64_t bursts, gaps;
	double burst_density, burst_packets, gap_density, gap_packets;
};

static const struct gap_case gap_cases[] = {
	{ "nothing", "", 0, 0, 0, 0, 0, 0 },
	{ "clean", D40, 0, 1, 0, 0, 0, 40 },
	{ "a lone first loss is in a gap", D20 "x" D20, 0, 1, 0, 0, 1 / 41.0, 41 },
	{ "the very first one lost", "x" D20, 0, 1, 0, 0, 1 / 21.0, 21 },
	{ "near the beginning, alone", ".....x" D20, 0, 1, 0, 0, 1 / 26.0, 26 },
	{ "near the end, alone", D20 "x....", 0, 1, 0, 0, 1 / 25.0, 25 },
	{ "one burst in the middle", D40 D10 "xxxxx" D40 D5, 1, 2, 1, 5, 0, 95 / 2.0 },
	{ "two that are 15 apart are a burst", D20 "x" D10 D5 "x" D20, 1, 2, 2 / 17.0, 17, 0, 20 },
	{ "two that are 16 apart are not", D20 "x" D10 D5 ".x" D20, 0, 1, 0, 0, 2 / 58.0, 58 },
	{ "it begins with a burst", "xx" D40, 1, 1, 1, 2, 0, 40 },
	{ "and one alone before a burst", "x" D20 "xx" D20, 1, 2, 1, 2, 1 / 41.0, 41 / 2.0 },
	{ "near the beginning, a burst", "...x.x" D20, 1, 2, 2 / 3.0, 3, 0, 23 / 2.0 },
	{ "it ends with a burst", D40 "x.x", 1, 1, 2 / 3.0, 3, 0, 40 },
	{ "nothing but a burst", "xx", 1, 0, 1, 2, 0, 0 },
	{ "late counts too", D20 "xl" D20, 1, 2, 1, 2, 0, 20 },
	{ "two bursts", D20 "xx" D20 "x.x" D20 "x" D20, 2, 3, 4 / 5.0, 2.5, 1 / 81.0, 27 },
	{ "over a restart",
	  D20 "xx|" D10 "....."
	      "x" D20,
	  1, 2, 3 / 18.0, 18, 0, 20 },
	{ "good ones on both sides of it",
	  D20 "xx......"
	      "|" D10 "x" D20,
	  1, 2, 1, 2, 1 / 57.0, 57 / 2.0 },
};

START_TEST(burst_and_gap_by_definition)
{
	const struct gap_case *c = &gap_cases[_i];
	uint64_t expected = 0;
	struct burst b = burst_of(c->pattern, &expected);
	struct burst_gap g = burst_gaps(&b);

	ck_assert_msg(g.bursts == c->bursts && g.gaps == c->gaps, "%s: %d bursts, %d gaps", c->name,
	              (int)g.bursts, (int)g.gaps);
	ck_assert_msg(fabs(g.burst_density - c->burst_density) < 1e-12, "%s: %f", c->name,
	              g.burst_density);
	ck_assert_msg(fabs(g.burst_packets - c->burst_packets) < 1e-12, "%s: %f", c->name,
	              g.burst_packets);
	ck_assert_msg(fabs(g.gap_density - c->gap_density) < 1e-12, "%s: %f", c->name,
	              g.gap_density);
	ck_assert_msg(fabs(g.gap_packets - c->gap_packets) < 1e-12, "%s: %f", c->name,
	              g.gap_packets);
	/* Nothing is left out. */
	double all = (double)g.bursts * g.burst_packets + (double)g.gaps * g.gap_packets;
	ck_assert_msg(fabs(all - (double)expected) < 1e-9, "%s: %f", c->name, all);
}
END_TEST

Suite *suite_burst(void);
Suite *suite_burst(void)
{
	Suite *s = suite_create("burst");
	TCase *t = tcase_create("runs");

	tcase_add_loop_test(t, burst_pattern, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(t, burst_many_at_once_is_one_by_one);
	tcase_add_loop_test(t, burst_vectors_of_appendix_a2, 0,
	                    (int)(sizeof a2_cases / sizeof *a2_cases));
	tcase_add_loop_test(t, burst_and_gap_by_definition, 0,
	                    (int)(sizeof gap_cases / sizeof *gap_cases));
	suite_add_tcase(s, t);
	return s;
}
