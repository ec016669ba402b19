/* RFC 3550 jitter and the clock skew beside it. */
#include "analyzer/streams/jitter.h"
#include "analyzer/streams/skew.h"
#include "base/clock.h"

#include <check.h>
#include <math.h>

static const int delays_ms[] = {
	0, 0, 3, 1, 12, 8, 30, 14, 0, 0, 45, 38, 20, 2, 0, 61, 41, 21, 1, 0
};

static struct jitter run_vector(int64_t start_ns, uint32_t first_timestamp)
{
	struct jitter j = { 0 };

	for (int i = 0; i < 20; i++)
		jitter_push(&j, start_ns + (20 * i + delays_ms[i]) * NS_PER_MS,
		            first_timestamp + 160 * (uint32_t)i, 125000);
	return j;
}

START_TEST(jitter_vector)
{
	struct jitter j = run_vector(0, 0);

	ck_assert_double_eq_tol(j.value_ns / 1e6, 11.6677, 0.00005);
	ck_assert_uint_eq(j.count, 19);
	ck_assert_double_ge(j.max_ns, j.value_ns);
}
END_TEST

START_TEST(jitter_knows_no_dates)
{
	static const int64_t starts[] = { -NS_PER_S * 1000, INT64_C(1763691307123456789),
		                          INT64_MAX - NS_PER_S };
	struct jitter a = run_vector(0, 0), b = run_vector(starts[_i], UINT32_MAX - 500);

	ck_assert(a.value_ns == b.value_ns && a.sum_ns == b.sum_ns && a.max_ns == b.max_ns);
}
END_TEST

START_TEST(jitter_of_an_even_stream_is_nothing)
{
	static const struct {
		uint32_t clock_hz, step;
		double step_ns;
	} clocks[] = { { 8000, 160, 20e6 },
		       { 11025, 221, 221e9 / 11025 },
		       { 44100, 882, 20e6 },
		       { 48000, 960, 20e6 } };
	struct jitter j = { 0 };

	for (int i = 0; i < 5000; i++)
		jitter_push(&j, (int64_t)llround(i * clocks[_i].step_ns),
		            (uint32_t)i * clocks[_i].step, 1e9 / clocks[_i].clock_hz);
	ck_assert_double_lt(j.max_ns, 2);
}
END_TEST

START_TEST(jitter_jump_changes_nothing)
{
	struct jitter j = { 0 };

	ck_assert_int_eq(jitter_push(&j, 0, 1000, 125000), JITTER_REFERENCE);
	ck_assert_int_eq(jitter_push(&j, 21 * NS_PER_MS, 1160, 125000), JITTER_MEASURED);
	struct jitter before = j;
	ck_assert_int_eq(jitter_push(&j, 40 * NS_PER_MS, 3001320, 125000), JITTER_JUMP);
	ck_assert_double_eq(j.step_ns, 19e6 - 3000160 * 125e3);
	before.step_ns = j.step_ns;
	ck_assert_mem_eq(&before, &j, sizeof j);
	jitter_restart(&j);
	ck_assert_double_eq(j.value_ns, 0);
	ck_assert_int_eq(jitter_push(&j, 40 * NS_PER_MS, 3001320, 125000), JITTER_REFERENCE);
	ck_assert_uint_eq(j.count, 1);
}
END_TEST

/* A sender that is fast by so many parts in a million, with 3 ms of noise. */
START_TEST(skew_is_found)
{
	static const int ppms[] = { 0, 50, -200, 1000 };
	double ns_per_tick = 125000 / (1 + ppms[_i] / 1e6);
	struct skew k = { 0 };

	for (int i = 0; i < 300; i++)
		skew_push(&k, (int64_t)(i * 5120 * ns_per_tick) + i % 7 * NS_PER_MS / 2,
		          UINT32_MAX - 90000 + (uint32_t)i * 5120, 125000);
	skew_restart(&k);
	ck_assert_double_eq_tol(skew_ppm(&k), ppms[_i], 2);
}
END_TEST

START_TEST(skew_needs_a_minute)
{
	struct skew k = { 0 };

	for (int i = 0; i < 90; i++)
		skew_push(&k, i * 640 * NS_PER_MS, (uint32_t)i * 5120, 125000);
	skew_restart(&k);
	ck_assert(isnan(skew_ppm(&k)));
}
END_TEST

Suite *suite_jitter(void);
Suite *suite_jitter(void)
{
	Suite *s = suite_create("jitter");
	TCase *t = tcase_create("jitter and skew");

	tcase_add_test(t, jitter_vector);
	tcase_add_loop_test(t, jitter_knows_no_dates, 0, 3);
	tcase_add_loop_test(t, jitter_of_an_even_stream_is_nothing, 0, 4);
	tcase_add_test(t, jitter_jump_changes_nothing);
	tcase_add_loop_test(t, skew_is_found, 0, 4);
	tcase_add_test(t, skew_needs_a_minute);
	suite_add_tcase(s, t);
	return s;
}
