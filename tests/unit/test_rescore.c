/* Traces by themselves: what is written is read, bounds hold, and anything may stand in a database. */
#include "analyzer/score/rescore.h"
#include "analyzer/score/trace.h"
#include "base/mem.h"

#include <check.h>
#include <math.h>

static size_t used;

static struct trace_place place(uint64_t expected)
{
	return (struct trace_place){ .first = 1000, .through = expected, .used = &used };
}

static struct rescored again(const struct trace *t, unsigned depth_ms)
{
	struct err err = ERR_INIT;
	struct rescored r;

	ck_assert_msg(rescore(slice_of(t->octets, t->n), 0,
	                      (struct buffer_setting){ BUFFER_FIXED, depth_ms }, &r, &err),
	              "%s", err.text);
	return r;
}

START_TEST(what_is_written_is_read)
{
	struct trace_place p = place(100);
	struct trace t = { 0 };

	trace_hole(&t, &p, 1010, 5);
	trace_filled(&t, &p, 1012);
	trace_behind(&t, &p, 1012, 50, 45.0004e6);
	trace_behind(&t, &p, 1060, 51, 20.001e6);
	trace_hole(&t, &p, 1070, 1);
	trace_filled(&t, &p, 1070); /* at once: nobody needs to know */
	trace_segment(&t, 100, &used);
	trace_end(&t, 100, 96);
	/* hole 5 at +10; filled at -2; behind, gap 49, at 0, 45001 us; behind, gap 0, at +48, 20001 us; segment of 100; end 45. */
	static const uint8_t want[] = { 5 << 3, 20, 1,    3,    0x8a, 3, 0,   0xc9, 0xdf, 2,
		                        2,      96, 0xa1, 0x9c, 1,    4, 100, 0xee, 2 };
	ck_assert_uint_eq(t.n, sizeof want);
	ck_assert_mem_eq(t.octets, want, sizeof want);
	struct rescored r = again(&t, 40);
	ck_assert(r.exact && r.expected == 100 && r.lost == 4 && r.late == 1);
	ck_assert_uint_eq(r.burst.runs, 1);
	r = again(&t, 46);
	ck_assert(r.exact && r.lost == 4 && r.late == 0 && r.burst.runs == 2);
	r = again(&t, 20);
	ck_assert(r.exact && r.late == 2);
	ck_assert(!again(&t, 19).exact);
	trace_release(&t, &used);
	ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST(what_is_too_much_is_left_out)
{
	struct trace t = { 0 };
	struct trace_place p;

	for (uint64_t i = 1; i < 40000; i++) {
		p = place(2 * i);
		trace_hole(&t, &p, 1000 + 2 * (int64_t)i - 1, 1);
		ck_assert_uint_le(t.n, TRACE_MAX);
	}
	trace_segment(&t, 80000, &used);
	trace_end(&t, 80000, 40000);
	ck_assert(t.full && !t.failed);
	ck_assert_uint_le(t.capacity, TRACE_MAX);
	struct rescored r = again(&t, 60);
	ck_assert_uint_gt(r.expected, 8000);
	ck_assert_uint_lt(r.expected, 80000);
	ck_assert_uint_le(r.expected - 2 * r.lost, 2);
	trace_release(&t, &used);
}
END_TEST

START_TEST(all_traces_together_are_bounded)
{
	struct trace t = { 0 };
	struct trace_place p = place(10);

	used = TRACES_MAX;
	trace_hole(&t, &p, 1003, 1);
	trace_hole(&t, &p, 1005, 1);
	ck_assert(t.full && !t.octets && t.n == 0);
	trace_segment(&t, 10, &used);
	trace_end(&t, 10, 9);
	ck_assert_uint_eq(t.n, 0);
	trace_release(&t, &used);
	used = 0;
}
END_TEST

START_TEST(without_memory_it_says_so)
{
	struct trace t = { 0 };
	struct trace_place p = place(10);

	mem_fail_after(0);
	trace_hole(&t, &p, 1003, 1);
	ck_assert(!t.failed); /* it may be filled at once */
	trace_hole(&t, &p, 1005, 1);
	mem_fail_after(UINT64_MAX);
	ck_assert(t.failed);
	trace_segment(&t, 10, &used);
	trace_end(&t, 10, 9);
	ck_assert_uint_eq(t.n, 0);
	trace_release(&t, &used);
}
END_TEST

/* A database may hold anything. */
START_TEST(hostile_octets_end_well)
{
	static const char *const settings[] = { "20", "60", "none", "adaptive" };
	uint32_t seed = (uint32_t)_i + 1;
	uint8_t octets[200];
	unsigned broken = 0;

	for (int i = 0; i < 3000; i++) {
		struct err err = ERR_INIT;
		struct buffer_setting s;
		struct rescored r;
		for (size_t k = 0; k < sizeof octets; k++) {
			seed = seed * 1664525 + 1013904223;
			octets[k] = (uint8_t)(seed >> 24 & (seed & 0x10000 ? 0xff : 0x7f));
		}
		ck_assert(buffer_setting_parse(slice_str(settings[i % 4]), &s));
		broken += !rescore(slice_of(octets, (size_t)i % sizeof octets), 7, s, &r, &err);
		burst_gaps(&r.burst);
		burst_gaps_a2(&r.burst);
	}
	ck_assert_uint_gt(broken, 0);
}
END_TEST

START_TEST(rescore_without_memory_says_so)
{
	static const uint8_t octets[] = { 5 << 3, 20, 4, 100, 6 };
	struct err err = ERR_INIT;
	struct rescored r;

	mem_fail_after(0);
	ck_assert(!rescore(slice_of(octets, sizeof octets), 0, (struct buffer_setting){ 0 }, &r,
	                   &err));
	mem_fail_after(UINT64_MAX);
	ck_assert_int_eq(err.code, ERR_MEMORY);
}
END_TEST

Suite *suite_rescore(void);
Suite *suite_rescore(void)
{
	Suite *s = suite_create("rescore");
	TCase *t = tcase_create("trace");

	tcase_add_test(t, what_is_written_is_read);
	tcase_add_test(t, what_is_too_much_is_left_out);
	tcase_add_test(t, all_traces_together_are_bounded);
	tcase_add_test(t, without_memory_it_says_so);
	tcase_add_loop_test(t, hostile_octets_end_well, 0, 4);
	tcase_add_test(t, rescore_without_memory_says_so);
	suite_add_tcase(s, t);
	return s;
}
