/* Counters: a name and a sentence for every failure, totals over workers, memory that runs out. And the control. */
#include "base/mem.h"
#include "sim/engine/control.h"
#include "sim/engine/counters.h"

#include <check.h>
#include <string.h>

Suite *suite_counters(void);

static const struct scenario scenario = { .step_count = 3, .rtd_count = 2 };

START_TEST(words)
{
	for (unsigned i = 0; i < FAILURES; i++) {
		const char *name = call_failure_name((enum call_failure)i);
		ck_assert_str_ne(name, "");
		ck_assert_uint_gt(strlen(call_failure_text((enum call_failure)i)), 10);
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(name, call_failure_name((enum call_failure)k));
	}
	ck_assert_str_eq(call_failure_name(FAILURES), "unknown");
	ck_assert_str_eq(call_failure_name(FAILURE_MAX_RETRANSMISSIONS), "max-udp-retransmissions");
}
END_TEST

/* Something everywhere. */
static void fill(struct counters *c, uint64_t n)
{
	counter_add(&c->calls_out, n);
	counter_add(&c->failed, 2 * n);
	counter_add(&c->peak, n);
	counter_add(&c->failures[FAILURE_MEDIA], 3 * n);
	counter_add(&c->status_in[4], 4 * n);
	counter_add(&c->named[SCENARIO_MAX_COUNTERS - 1], 5 * n);
	counter_add(&c->steps[2].sent, 6 * n);
	counter_add(&c->steps[2].left, 7 * n);
	for (uint64_t i = 0; i < n; i++) {
		latency_add(&c->rtd[1], (int64_t)n * 1000);
		latency_add(&c->call_length, 5000);
		latency_add(&c->status_time[2], 1000);
	}
	c->rtd_moments[1] = (struct moments){ n, (double)n, (double)(n * n) };
	c->length_moments = (struct moments){ n, 5.0 * (double)n, 25.0 * (double)n };
}

START_TEST(totals)
{
	struct counters a, b, sum;

	ck_assert(counters_init(&a, &scenario));
	ck_assert(counters_init(&b, &scenario));
	ck_assert(counters_init(&sum, &scenario));
	fill(&a, 10);
	fill(&b, 100);
	for (int round = 0; round < 2; round++) { /* the second begins anew */
		counters_reset(&sum, &scenario);
		counters_merge(&sum, &a, &scenario);
		counters_merge(&sum, &b, &scenario);
		ck_assert_uint_eq(sum.calls_out, 110);
		ck_assert_uint_eq(sum.failed, 220);
		ck_assert_uint_eq(sum.peak, 100); /* not at the same time */
		ck_assert_uint_eq(sum.failures[FAILURE_MEDIA], 330);
		ck_assert_uint_eq(sum.status_in[4], 440);
		ck_assert_uint_eq(sum.named[SCENARIO_MAX_COUNTERS - 1], 550);
		ck_assert_uint_eq(sum.steps[2].sent, 660);
		ck_assert_uint_eq(sum.steps[2].left, 770);
		ck_assert_uint_eq(sum.steps[1].sent, 0);
		ck_assert_uint_eq(sum.rtd[1].count, 110);
		ck_assert_uint_eq(sum.rtd[1].min_us, 10);
		ck_assert_uint_eq(sum.rtd[0].count, 0);
		ck_assert_uint_eq(sum.call_length.count, 110);
		ck_assert_uint_eq(sum.status_time[2].count, 110);
		ck_assert_uint_eq(sum.rtd_moments[1].count, 110);
		ck_assert_double_eq(sum.rtd_moments[1].square, 10100);
		ck_assert_double_eq(sum.length_moments.sum, 550);
	}
	counters_release(&a);
	counters_release(&b);
	counters_release(&sum);
}
END_TEST

START_TEST(without_memory)
{
	struct counters c;

	for (uint64_t n = 0; n < 2; n++) {
		mem_fail_after(n);
		ck_assert(!counters_init(&c, &scenario));
		mem_fail_after(UINT64_MAX);
		ck_assert_ptr_null(c.steps);
		ck_assert_ptr_null(c.rtd);
	}
	const struct scenario nothing = { 0 };
	ck_assert(counters_init(&c, &nothing));
	counters_release(&c);
}
END_TEST

/* How it ends only gets sooner. */
START_TEST(stopping)
{
	struct control c;

	control_init(&c, -1, 7, 3);
	ck_assert_int_eq(atomic_load(&c.stop), STOP_NO);
	ck_assert_uint_eq(atomic_load(&c.max_concurrent), 7);
	ck_assert_uint_eq(atomic_load(&c.users), 3);
	control_stop(&c, STOP_CALLS);
	control_stop(&c, STOP_GRACEFUL);
	ck_assert_int_eq(atomic_load(&c.stop), STOP_CALLS);
	control_stop(&c, STOP_NOW);
	ck_assert_int_eq(atomic_load(&c.stop), STOP_NOW);
}
END_TEST

Suite *suite_counters(void)
{
	Suite *s = suite_create("counters");
	TCase *t = tcase_create("counters");

	tcase_add_test(t, words);
	tcase_add_test(t, totals);
	tcase_add_test(t, without_memory);
	tcase_add_test(t, stopping);
	suite_add_tcase(s, t);
	return s;
}
