/* The fixed jitter buffer on the jitter vector of docs/scores.md. */
#include "analyzer/score/jitter_buffer.h"

#include <check.h>
#include <stdio.h>

static const int delays_ms[] = {
	0, 0, 3, 1, 12, 8, 30, 14, 0, 0, 45, 38, 20, 2, 0, 61, 41, 21, 1, 0
};
enum { PACKETS = sizeof delays_ms / sizeof delays_ms[0] };

struct buffer_case {
	int depth_ms;
	unsigned late;
	const char *which; /* packets that are late, NULL: not told */
};

static const struct buffer_case cases[] = {
	{ 10, 9, " 4 6 7 10 11 12 15 16 17" },
	{ 20, 6, " 6 10 11 15 16 17" },
	{ 30, 4, NULL },
	{ 40, 3, NULL },
	{ 50, 1, " 15" },
	{ 60, 1, " 15" },
	{ 80, 0, "" },
};

static unsigned run_vector(int64_t start_ns, uint32_t first_timestamp, int depth_ms, char *which)
{
	struct jitter_buffer b = { 0 };
	unsigned late = 0;

	for (int i = 0; i < PACKETS; i++) {
		int64_t arrival = start_ns + (20 * i + delays_ms[i]) * NS_PER_MS;
		if (buffer_push(&b, arrival, first_timestamp + 160 * (uint32_t)i, 125000,
		                depth_ms * NS_PER_MS)) {
			late++;
			which += sprintf(which, " %d", i);
		}
	}
	return late;
}

START_TEST(buffer_vector)
{
	static const int64_t starts[] = { 0, INT64_C(1700000000123456789), -5 * NS_PER_S };
	const struct buffer_case *c = &cases[_i];

	for (int s = 0; s < 3; s++) {
		char which[200] = "";
		/* The second run wraps the timestamp. */
		ck_assert_uint_eq(
		        run_vector(starts[s], s == 1 ? UINT32_MAX - 1000 : 7, c->depth_ms, which),
		        c->late);
		if (c->which)
			ck_assert_str_eq(which, c->which);
	}
}
END_TEST

START_TEST(buffer_anchors_anew_after_ten_late)
{
	struct jitter_buffer b = { 0 };
	unsigned late = 0;

	for (int i = 0; i < 100; i++) {
		int64_t arrival = 20 * i * NS_PER_MS + (i >= 50 ? 200 * NS_PER_MS : 0);
		late += buffer_push(&b, arrival, 160u * (uint32_t)i, 125000, BUFFER_DEPTH_NS);
	}
	ck_assert_uint_eq(late, 10);
}
END_TEST

START_TEST(buffer_restart_takes_a_new_anchor)
{
	struct jitter_buffer b = { 0 };

	ck_assert(!buffer_push(&b, 0, 0, 125000, BUFFER_DEPTH_NS));
	ck_assert(buffer_push(&b, 100 * NS_PER_MS, 160, 125000, BUFFER_DEPTH_NS));
	buffer_restart(&b);
	ck_assert(!buffer_push(&b, 120 * NS_PER_MS, 320, 125000, BUFFER_DEPTH_NS));
	ck_assert(!buffer_push(&b, 140 * NS_PER_MS, 480, 125000, BUFFER_DEPTH_NS));
}
END_TEST

/* 60 hours at 48 kHz: the timestamp goes round more than twice. */
START_TEST(buffer_follows_the_timestamp_for_days)
{
	struct jitter_buffer b = { 0 };

	for (int64_t i = 0; i < 60 * 3600; i++)
		ck_assert(!buffer_push(&b, i * NS_PER_S + (i % 2) * 59 * NS_PER_MS,
		                       (uint32_t)(i * 48000), 1e9 / 48000, BUFFER_DEPTH_NS));
	ck_assert(buffer_push(&b, 60 * 3600 * NS_PER_S + 61 * NS_PER_MS,
	                      (uint32_t)(INT64_C(60) * 3600 * 48000), 1e9 / 48000,
	                      BUFFER_DEPTH_NS));
}
END_TEST

Suite *suite_jitter_buffer(void);
Suite *suite_jitter_buffer(void)
{
	Suite *s = suite_create("jitter_buffer");
	TCase *t = tcase_create("fixed");

	tcase_add_loop_test(t, buffer_vector, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(t, buffer_anchors_anew_after_ten_late);
	tcase_add_test(t, buffer_restart_takes_a_new_anchor);
	tcase_add_test(t, buffer_follows_the_timestamp_for_days);
	suite_add_tcase(s, t);
	return s;
}
