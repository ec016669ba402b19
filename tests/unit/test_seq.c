/* RTP sequence accounting: named sequences, and random ones whose truth is known. */
#include "analyzer/streams/seq.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct seq_case {
	const char *name;
	const char *numbers; /* "5-9 11 10": in order of arrival; "5x3": three times */
	uint64_t packets, lost, duplicates, reordered, ignored;
	uint32_t segments;
	uint64_t longest_lost;
};

static const struct seq_case cases[] = {
	{ "clean", "1000-1499", 500, 0, 0, 0, 0, 1, 0 },
	{ "RFC 3550 across the wrap", "65533-65535 0 1 3", 6, 1, 0, 0, 0, 1, 1 },
	{ "single hole", "1-10 12-20", 19, 1, 0, 0, 0, 1, 1 },
	{ "hole filled late", "1-10 12-20 11", 20, 0, 0, 1, 0, 1, 0 },
	{ "duplicate right away", "1-5 5 6-9", 9, 0, 1, 0, 0, 1, 0 },
	{ "duplicate of a reordered one", "1 2 4 3 3 5", 5, 0, 1, 1, 0, 1, 0 },
	{ "duplicates never hide loss", "1-10 20-30 20-28", 21, 9, 9, 0, 0, 1, 9 },
	{ "swapped at the start", "11 10 12-20", 11, 0, 0, 1, 0, 1, 0 },
	{ "far swapped at the start", "20 10 21-30 11-15", 17, 4, 0, 6, 0, 1, 4 },
	{ "behind by 99 is reordered", "1-200 300 201 301", 203, 98, 0, 1, 0, 1, 98 },
	{ "behind by 100 is a stray", "1-200 301 201 302", 202, 100, 0, 0, 1, 1, 100 },
	{ "hole of 2998", "1 2 3001-3010", 12, 2998, 0, 0, 0, 1, 2998 },
	{ "jump of 2999 is loss", "1 3000 3001", 3, 2998, 0, 0, 0, 1, 2998 },
	{ "jump of 3000 is a restart", "1-9 3009-3018", 19, 0, 0, 0, 0, 2, 0 },
	{ "restart far ahead", "1000-1249 21250-21499", 500, 0, 0, 0, 0, 2, 0 },
	{ "restart far behind", "40000-40009 5-14", 20, 0, 0, 0, 0, 2, 0 },
	{ "restart over the wrap", "100-109 65535 0-9", 21, 0, 0, 0, 0, 2, 0 },
	{ "mirrored restart", "1x2 2x2 3x2 9000x2 9001x2 9002x2", 6, 0, 6, 0, 0, 2, 0 },
	{ "loss before and after a restart", "1-10 12-20 9000 9001 9004", 22, 3, 0, 0, 0, 2, 2 },
	{ "swapped restart", "1-10 9001 9000 9002-9009", 20, 0, 0, 1, 0, 2, 0 },
	{ "scrambled restart", "1-10 9003 9000 9002 9001 9004", 15, 0, 0, 3, 0, 2, 0 },
	{ "restart with its second packet lost", "1-10 9000 9002 9003", 13, 1, 0, 0, 0, 2, 1 },
	{ "lone stray", "1-10 40000 11-20", 20, 0, 0, 0, 1, 1, 0 },
	{ "two strays that are not neighbours", "1-10 40000 50000 11-20", 20, 0, 0, 0, 2, 1, 0 },
	{ "stray at the end", "1-10 40000", 10, 0, 0, 0, 1, 1, 0 },
	{ "restart again and again", "1-3 9000-9002 20000-20002 1-3", 12, 0, 0, 0, 0, 4, 0 },
	{ "one packet", "7", 1, 0, 0, 0, 0, 1, 0 },
	{ "same packet for ever", "7x50", 1, 0, 49, 0, 0, 1, 0 },
};

static void push_token(struct seq *s, const char *token)
{
	char *rest;
	long first = strtol(token, &rest, 10), last = first, times = 1;

	if (*rest == '-')
		last = strtol(rest + 1, &rest, 10);
	if (*rest == 'x')
		times = strtol(rest + 1, &rest, 10);
	for (long n = first; n <= last; n++)
		for (long k = 0; k < times; k++) {
			seq_push(s, (uint16_t)n);
			ck_assert(seq_check(s));
		}
}

START_TEST(seq_named)
{
	const struct seq_case *c = &cases[_i];
	struct seq s = { 0 };
	char text[200], *save = NULL;

	strcpy(text, c->numbers);
	for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save))
		push_token(&s, t);
	seq_finish(&s);
	ck_assert_msg(s.packets == c->packets, "%s: packets %lu", c->name,
	              (unsigned long)s.packets);
	ck_assert_msg(s.lost == c->lost, "%s: lost %lu", c->name, (unsigned long)s.lost);
	ck_assert_msg(s.duplicates == c->duplicates, "%s: duplicates %lu", c->name,
	              (unsigned long)s.duplicates);
	ck_assert_msg(s.reordered == c->reordered, "%s: reordered %lu", c->name,
	              (unsigned long)s.reordered);
	ck_assert_msg(s.ignored == c->ignored, "%s: ignored %lu", c->name,
	              (unsigned long)s.ignored);
	ck_assert_msg(s.segments == c->segments, "%s: segments %u", c->name, s.segments);
	ck_assert_msg(s.burst.longest_lost == c->longest_lost, "%s: longest %lu", c->name,
	              (unsigned long)s.burst.longest_lost);
	ck_assert_msg(s.burst.bad == s.lost, "%s: burst has %lu", c->name,
	              (unsigned long)s.burst.bad);
}
END_TEST

/* Truth of a random stream: what arrived in which order, of which numbers. */
enum { N = 4000, REACH = 60 };

struct truth {
	bool came[N];
	uint64_t packets, duplicates, reordered, lost;
};

/* Order of arrival: i + a random delay of up to REACH places; some are lost, some sent twice. */
static int make_arrivals(int *order, int loss_percent, int reorder_percent)
{
	static int place[N], bucket[N + REACH + 1];
	int n = 0;

	memset(bucket, 0, sizeof bucket);
	for (int i = 0; i < N; i++)
		place[i] = rand() % 100 < loss_percent      ? -1
		           : rand() % 100 < reorder_percent ? i + rand() % REACH
		                                            : i;
	for (int at = 0; at < N + REACH; at++)
		for (int i = at > REACH ? at - REACH : 0; i <= at && i < N; i++)
			if (place[i] == at)
				for (int k = rand() % 20 == 0 ? 2 : 1; k; k--)
					order[n++] = i;
	return n;
}

START_TEST(seq_random_equals_truth)
{
	static int order[4 * N];
	static struct truth t;
	struct seq s = { 0 };
	int first = N, last = -1, highest = -1;

	srand((unsigned)_i);
	t = (struct truth){ .packets = 0 };
	int n = make_arrivals(order, _i % 30, _i / 2 % 40);
	uint16_t offset = (uint16_t)rand();
	for (int k = 0; k < n; k++) {
		int i = order[k];
		struct seq_step step = seq_push(&s, (uint16_t)(offset + i));
		ck_assert(seq_check(&s));
		if (t.came[i]) {
			t.duplicates++;
			ck_assert_int_eq(step.kind, SEQ_DUPLICATE);
			continue;
		}
		t.came[i] = true;
		t.packets++;
		t.reordered += i < highest;
		highest = i > highest ? i : highest;
		first = i < first ? i : first;
		last = i > last ? i : last;
	}
	seq_finish(&s);
	t.lost = (uint64_t)(last - first + 1) - t.packets;
	ck_assert_uint_eq(s.packets, t.packets);
	ck_assert_uint_eq(s.lost, t.lost);
	ck_assert_uint_eq(s.duplicates, t.duplicates);
	ck_assert_uint_eq(s.reordered, t.reordered);
	ck_assert_uint_eq(s.ignored, 0);
	ck_assert_uint_eq(s.burst.bad, t.lost);
	uint64_t longest = 0, run = 0;
	for (int i = first; i <= last; i++) {
		run = t.came[i] ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	ck_assert_uint_eq(s.burst.longest_lost, longest);
}
END_TEST

START_TEST(seq_any_numbers_keep_the_invariants)
{
	struct seq s = { 0 };

	srand((unsigned)_i + 77);
	for (int i = 0; i < 20000; i++) {
		uint16_t n =
		        (uint16_t)(rand() % 4 ? (uint64_t)s.max + (uint64_t)(rand() % 400) - 200
		                              : (uint64_t)rand());
		struct seq_step step = seq_push(&s, n);
		ck_assert(seq_check(&s));
		if (step.kind != SEQ_DUPLICATE && step.kind != SEQ_FAR && rand() % 5 == 0)
			seq_mark_late(&s, step.number);
	}
	uint64_t packets = s.packets;
	seq_finish(&s);
	ck_assert_uint_ge(s.burst.bad, s.lost);
	ck_assert_uint_le(s.burst.bad, s.lost + packets);
}
END_TEST

START_TEST(seq_late_packets_are_bursts)
{
	struct seq s = { 0 };

	for (uint16_t i = 0; i < 400; i++) {
		struct seq_step step = seq_push(&s, (uint16_t)(65500 + i));
		if (i >= 100 && i < 106)
			seq_mark_late(&s, step.number);
	}
	seq_finish(&s);
	ck_assert_uint_eq(s.burst.bad, 6);
	ck_assert_uint_eq(s.burst.runs, 1);
	ck_assert_uint_eq(s.burst.longest_lost, 0);
}
END_TEST

Suite *suite_seq(void);
Suite *suite_seq(void)
{
	Suite *s = suite_create("seq");
	TCase *t = tcase_create("sequence");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, seq_named, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_loop_test(t, seq_random_equals_truth, 0, 60);
	tcase_add_loop_test(t, seq_any_numbers_keep_the_invariants, 0, 5);
	tcase_add_test(t, seq_late_packets_are_bursts);
	suite_add_tcase(s, t);
	return s;
}
