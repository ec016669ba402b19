/* Fixed, adaptive and no jitter buffer: the jitter vector of docs/scores.md, and what each does by itself. */
#include "analyzer/score/adaptive.h"
#include "analyzer/score/jitter_buffer.h"
#include "analyzer/score/receiver.h"
#include "base/mem.h"

#include <check.h>
#include <stdio.h>

static const int delays_ms[] = {
	0, 0, 3, 1, 12, 8, 30, 14, 0, 0, 45, 38, 20, 2, 0, 61, 41, 21, 1, 0
};
enum { PACKETS = sizeof delays_ms / sizeof delays_ms[0] };

struct buffer_case {
	unsigned depth_ms;
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

/* One receiver and the packets it hears of. */
struct rig {
	struct jitter_buffer buffer;
	struct receiver receiver;
	struct buffer_setting setting;
};

static bool push(struct rig *r, int64_t arrival_ns, uint32_t timestamp, double ns_per_tick)
{
	double behind = buffer_push(&r->buffer, arrival_ns, timestamp, ns_per_tick);
	bool late = false;

	if (behind == BUFFER_ANCHORED)
		receiver_restart(&r->receiver);
	else
		ck_assert(receiver_push(&r->receiver, r->setting, r->buffer.pushed, behind, &late));
	return late;
}

static unsigned run_vector(int64_t start_ns, uint32_t first_timestamp, unsigned depth_ms,
                           char *which)
{
	struct rig r = { .setting = { BUFFER_FIXED, depth_ms } };
	unsigned late = 0;

	for (int i = 0; i < PACKETS; i++) {
		int64_t arrival = start_ns + (20 * i + delays_ms[i]) * NS_PER_MS;
		if (push(&r, arrival, first_timestamp + 160 * (uint32_t)i, 125000)) {
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
	struct rig r = { 0 };
	unsigned late = 0;

	for (int i = 0; i < 100; i++) {
		int64_t arrival = 20 * i * NS_PER_MS + (i >= 50 ? 200 * NS_PER_MS : 0);
		late += push(&r, arrival, 160u * (uint32_t)i, 125000);
	}
	ck_assert_uint_eq(late, 10);
}
END_TEST

START_TEST(buffer_restart_takes_a_new_anchor)
{
	struct rig r = { 0 };

	ck_assert(!push(&r, 0, 0, 125000));
	ck_assert(push(&r, 100 * NS_PER_MS, 160, 125000));
	buffer_restart(&r.buffer);
	ck_assert(!push(&r, 120 * NS_PER_MS, 320, 125000));
	ck_assert(!push(&r, 140 * NS_PER_MS, 480, 125000));
}
END_TEST

/* 60 hours at 48 kHz: the timestamp goes round more than twice. */
START_TEST(buffer_follows_the_timestamp_for_days)
{
	struct rig r = { 0 };

	for (int64_t i = 0; i < 60 * 3600; i++)
		ck_assert(!push(&r, i * NS_PER_S + (i % 2) * 59 * NS_PER_MS, (uint32_t)(i * 48000),
		                1e9 / 48000));
	ck_assert(push(&r, 60 * 3600 * NS_PER_S + 61 * NS_PER_MS,
	               (uint32_t)(INT64_C(60) * 3600 * 48000), 1e9 / 48000));
}
END_TEST

START_TEST(without_a_buffer_nothing_is_late)
{
	struct rig r = { .setting = { .mode = BUFFER_NONE } };

	push(&r, 0, 0, 125000);
	for (int i = 1; i < 50; i++)
		ck_assert(!push(&r, i * NS_PER_S, 160u * (uint32_t)i, 125000));
	ck_assert_double_eq(receiver_depth_ms(&r.receiver, r.setting, r.buffer.pushed), 0);
}
END_TEST

/* ---- adaptive ---- */

/* `count` packets of 20 ms that come so much behind. */
static unsigned run(struct rig *r, unsigned *number, unsigned count, double behind_ms)
{
	unsigned late = 0;

	for (unsigned i = 0; i < count; i++, ++*number)
		late += push(r, (int64_t)*number * 20 * NS_PER_MS + (int64_t)(behind_ms * 1e6),
		             160 * *number, 125000);
	return late;
}

START_TEST(adaptive_shrinks_to_its_least)
{
	struct rig r = { .setting = { .mode = BUFFER_ADAPTIVE } };
	unsigned n = 0;

	/* 60 ms at the first packet, 0.2 ms less at each one: 200 packets to 20 ms. */
	ck_assert_uint_eq(run(&r, &n, 100, 0), 0);
	ck_assert_uint_eq(run(&r, &n, 1, 39.5), 0);
	ck_assert_uint_eq(run(&r, &n, 99, 0), 0);
	ck_assert_double_eq_tol(receiver_depth_ms(&r.receiver, r.setting, 200), 60 - 0.2 * 199 / 2,
	                        1e-9);
	ck_assert_uint_eq(run(&r, &n, 800, 0), 0);
	ck_assert_uint_eq(run(&r, &n, 1, 20.5), 1);
	ck_assert_double_eq_tol(receiver_depth_ms(&r.receiver, r.setting, 1001),
	                        (200 * (60 - 0.2 * 199 / 2) + 801 * 20) / 1001, 1e-9);
	receiver_release(&r.receiver);
}
END_TEST

START_TEST(adaptive_grows_when_more_than_one_in_a_hundred_is_late)
{
	struct rig r = { .setting = { .mode = BUFFER_ADAPTIVE } };
	unsigned n = 0, late;

	run(&r, &n, 1000, 0);
	/* Five of 500 may be late: the sixth makes it grow, at once and as far as needed. */
	for (late = 0; late < 6; run(&r, &n, 20, 0))
		late += run(&r, &n, 1, 100);
	ck_assert_uint_eq(run(&r, &n, 1, 96), 0);
	ck_assert_uint_eq(run(&r, &n, 1, 100.5), 1);
	/* They leave the window: 500 packets later it is as it was, 80 ms shrink in 400. */
	run(&r, &n, 1000, 0);
	ck_assert_uint_eq(run(&r, &n, 1, 21), 1);
	receiver_release(&r.receiver);
}
END_TEST

START_TEST(adaptive_stays_within_its_bounds)
{
	struct rig r = { .setting = { .mode = BUFFER_ADAPTIVE } };
	unsigned n = 0, late = 0;

	run(&r, &n, 500, 0);
	for (int i = 0; i < 100; i++) {
		run(&r, &n, 4, 0);
		late += run(&r, &n, 1, 500);
	}
	ck_assert_uint_eq(late, 100);
	ck_assert_uint_eq(run(&r, &n, 1, 200), 0);
	ck_assert_uint_eq(run(&r, &n, 1, 200.5), 1);
	receiver_release(&r.receiver);
}
END_TEST

/* Told of everything, or of late packets only: the same. */
START_TEST(adaptive_needs_only_what_is_behind)
{
	struct buffer_setting setting = { .mode = BUFFER_ADAPTIVE };
	struct receiver all = { 0 }, some = { 0 };
	uint32_t seed = 7;

	for (uint32_t i = 1; i <= 20000; i++) {
		bool a = false, b = false;
		seed = seed * 1664525 + 1013904223;
		double behind = seed >> 30 ? (seed >> 20) % 20 : (seed >> 8) % 250;
		ck_assert(receiver_push(&all, setting, i, behind * 1e6, &a));
		if (behind > 20)
			ck_assert(receiver_push(&some, setting, i, behind * 1e6, &b));
		ck_assert(a == b);
	}
	ck_assert_double_eq_tol(receiver_depth_ms(&all, setting, 20000),
	                        receiver_depth_ms(&some, setting, 20000), 1e-9);
	receiver_release(&all);
	receiver_release(&some);
}
END_TEST

/* ---- settings ---- */

static const struct {
	const char *text, *name; /* NULL: refused */
} settings[] = {
	{ "none", "none" },
	{ "adaptive", "adaptive" },
	{ "fixed:60", "fixed:60" },
	{ "fixed:2000", "fixed:2000" },
	{ "40", "fixed:40" },
	{ "fixed:0", NULL },
	{ "fixed:2001", NULL },
	{ "fixed:", NULL },
	{ "fixed:60ms", NULL },
	{ "fixed", NULL },
	{ "", NULL },
	{ "None", NULL },
	{ "-1", NULL },
};

START_TEST(settings_read_and_named)
{
	struct buffer_setting s;
	char buf[BUFFER_SETTING_NAME];
	bool ok = buffer_setting_parse(slice_str(settings[_i].text), &s);

	ck_assert_msg(ok == (settings[_i].name != NULL), "%s", settings[_i].text);
	if (ok)
		ck_assert_str_eq(buffer_setting_name(s, buf), settings[_i].name);
	ck_assert_str_eq(buffer_setting_name((struct buffer_setting){ 0 }, buf), "fixed:60");
}
END_TEST

START_TEST(adaptive_without_memory_says_so)
{
	struct receiver r = { 0 };
	bool late;

	mem_fail_after(0);
	ck_assert(!receiver_push(&r, (struct buffer_setting){ .mode = BUFFER_ADAPTIVE }, 1, 5e7,
	                         &late));
	mem_fail_after(UINT64_MAX);
	receiver_release(&r);
}
END_TEST

Suite *suite_jitter_buffer(void);
Suite *suite_jitter_buffer(void)
{
	Suite *s = suite_create("jitter_buffer");
	TCase *t = tcase_create("fixed"), *a = tcase_create("adaptive");

	tcase_add_loop_test(t, buffer_vector, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(t, buffer_anchors_anew_after_ten_late);
	tcase_add_test(t, buffer_restart_takes_a_new_anchor);
	tcase_add_test(t, buffer_follows_the_timestamp_for_days);
	tcase_add_test(t, without_a_buffer_nothing_is_late);
	suite_add_tcase(s, t);
	tcase_add_test(a, adaptive_shrinks_to_its_least);
	tcase_add_test(a, adaptive_grows_when_more_than_one_in_a_hundred_is_late);
	tcase_add_test(a, adaptive_stays_within_its_bounds);
	tcase_add_test(a, adaptive_needs_only_what_is_behind);
	tcase_add_loop_test(a, settings_read_and_named, 0,
	                    (int)(sizeof settings / sizeof *settings));
	tcase_add_test(a, adaptive_without_memory_says_so);
	suite_add_tcase(s, a);
	return s;
}
