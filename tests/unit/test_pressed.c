#include "analyzer/joining/pressed.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 16

/* "METHOD LEG DIGIT@MS" with e, i, k, b (event, INFO, KPML, tone in the band), durations of 100 ms but "/MS"; and what counts: the digits
 * in order, then which press counts for which, - for none. */
static const struct {
	const char *name, *presses, *digits, *winners;
	bool mismatch;
} cases[] = {
	{ "one method", "e1 1@0 e1 1@140 e1 2@300", "112", "0 1 2", false },
	{ "event and tone within 250 ms", "e1 1@0 b1 1@250", "1", "0 0", false },
	{ "beyond", "e1 1@0 b1 1@251", "1", "0 -", false },
	{ "event and INFO within 1 s", "e1 1@0 i1 1@1000", "1", "0 0", false },
	{ "beyond, an INFO of its own", "e1 1@0 i1 1@1001", "11", "0 1", false },
	{ "INFO before the event: the event counts", "i1 1@0 e1 1@400", "1", "1 1", false },
	{ "INFO, KPML, tone", "b1 5@0 k1 5@10 i1 5@20", "5", "2 2 2", false },
	{ "another digit", "e1 1@0 b1 2@10", "1", "0 -", false },
	{ "twice by each", "e1 7@0 b1 7@20 e1 7@200 b1 7@230", "77", "0 0 2 2", false },
	{ "the nearer one", "e1 7@0 e1 7@200 i1 7@220", "77", "0 1 1", true },
	{ "late, and in order", "e1 7@0 e2 7@380 e1 7@400 e2 7@780", "77", "0 0 2 2", false },
	{ "tones saw more", "e1 1@0 b1 1@20 b1 2@500 e1 3@1000 b1 3@1020", "123", "0 0 2 3 3",
	  true },
	{ "events saw more: a tone apart is speech", "e1 1@0 b1 9@700 e1 2@1000", "12", "0 - 2",
	  true },
	{ "what the other leg alone saw", "e1 1@0 e2 1@20 e1 2@500 e2 2@520 e2 3@1500", "123",
	  "0 0 2 2 4", true },
	{ "INFO alone saw it, at another time", "e1 1@0 e1 2@200 e1 3@400 i1 4@2000", "1234",
	  "0 1 2 3", true },
	{ "a mistake about a press", "e1 1@0 e1 2@500 i1 8@600", "12", "0 1 -", true },
	{ "spans are judged apart", "e1 1@0 b1 1@10 b1 2@200 e1 3@4000 b1 3@4010", "123",
	  "0 0 2 3 3", true },
	{ "leaks beside an event", "b1 1/30@0 e1 1@20 b1 1/40@150", "1", "1 1 1", false },
	{ "longer than a leak", "e1 1@0 b1 1/41@10 b1 1/41@180", "11", "0 0 2", true },
	{ "a leak of another digit", "e1 1@0 b1 2/30@10", "1", "0 -", false },
	{ "one leg after the other", "e1 1@0 e1 2@500 e2 3@2000 e2 4@2500", "1234", "0 1 2 3",
	  false },
	{ "three legs", "e1 1@0 i2 1@300 e3 1@350", "1", "0 0 0", false },
};

static enum press_method method_of(char c)
{
	return c == 'e'   ? PRESS_EVENT
	       : c == 'i' ? PRESS_INFO
	       : c == 'k' ? PRESS_KPML
	                  : PRESS_INBAND;
}

static unsigned parse(const char *text, struct press *presses, struct pressed *all)
{
	unsigned n = 0;

	while (*text) {
		char method = *text++;
		unsigned leg = (unsigned)strtoul(text, (char **)(uintptr_t)&text, 10);
		char digit = *++text;
		double duration = 100;
		text++;
		if (*text == '/')
			duration = strtod(text + 1, (char **)(uintptr_t)&text);
		int64_t ms = strtoll(text + 1, (char **)(uintptr_t)&text, 10);
		ck_assert_uint_lt(n, MOST);
		presses[n] = (struct press){ .method = (uint8_t)method_of(method),
			                     .digit = digit,
			                     .duration_ms = duration,
			                     .start_ns = (1000 + ms) * NS_PER_MS };
		all[n] = (struct pressed){ .press = &presses[n], .leg = (uint8_t)leg };
		n++;
		text += *text == ' ';
	}
	return n;
}

static void say(const struct pressed *all, unsigned n, char digits[static MOST + 1], char *winners)
{
	size_t count = 0;

	for (unsigned i = 0; i < n; i++) {
		const char *space = i ? " " : "";
		if (all[i].winner == i)
			digits[count++] = all[i].press->digit;
		if (all[i].winner == PRESSED_NONE)
			winners += sprintf(winners, "%s-", space);
		else
			winners += sprintf(winners, "%s%u", space, all[i].winner);
	}
	digits[count] = '\0';
}

START_TEST(reconciled)
{
	struct press presses[MOST];
	struct pressed all[MOST];
	char digits[MOST + 1], winners[MOST * 4];
	unsigned n = parse(cases[_i].presses, presses, all);
	bool mismatch = false;

	ck_assert(pressed_reconcile(all, n));
	say(all, n, digits, winners);
	for (unsigned i = 0; i < n; i++)
		mismatch |= all[i].mismatch;
	ck_assert_msg(strcmp(digits, cases[_i].digits) == 0, "%s: %s", cases[_i].name, digits);
	ck_assert_msg(strcmp(winners, cases[_i].winners) == 0, "%s: %s", cases[_i].name, winners);
	ck_assert_msg(mismatch == cases[_i].mismatch, "%s: mismatch", cases[_i].name);
}
END_TEST

/* However many, and in whatever order they come: each counts once, and the same ones do. */
START_TEST(many)
{
	enum { N = 700 };
	static struct press presses[2 * N];
	static struct pressed all[2 * N];
	unsigned counted = 0;

	for (unsigned i = 0; i < N; i++) {
		presses[i] = (struct press){ .start_ns = i * 100 * NS_PER_MS,
			                     .duration_ms = 50,
			                     .digit = "0123456789"[i % 10] };
		presses[N + i] = presses[i];
		presses[N + i].method = PRESS_INBAND;
		presses[N + i].start_ns += 30 * NS_PER_MS;
	}
	for (unsigned i = 0; i < 2 * N; i++)
		all[i] = (struct pressed){ .press = &presses[(i * 3) % (2 * N)] };
	ck_assert(pressed_reconcile(all, 2 * N));
	for (unsigned i = 0; i < 2 * N; i++) {
		ck_assert_uint_ne(all[i].winner, PRESSED_NONE);
		ck_assert_int_eq(all[all[i].winner].press->method, PRESS_EVENT);
		ck_assert_int_eq(all[all[i].winner].press->digit, all[i].press->digit);
		counted += all[i].winner == i;
	}
	ck_assert_uint_eq(counted, N);
}
END_TEST

Suite *suite_pressed(void)
{
	Suite *s = suite_create("pressed");
	TCase *t = tcase_create("pressed");

	tcase_add_loop_test(t, reconciled, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	return s;
}
