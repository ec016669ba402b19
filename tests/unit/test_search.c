/* The search of the highest rate against a target of known capacity; and what the generator says about itself. */
#include "sim/engine/health.h"
#include "sim/engine/search.h"

#include <check.h>
#include <math.h>
#include <string.h>

Suite *suite_search(void);

enum weakness { FAILS, REPEATS, PILES_UP, IS_US, OPENS_FEW };

/* A target that takes so many calls a second, and what happens beyond. */
struct target {
	double capacity;
	enum weakness weakness;
	double owed; /* calls: parts of one */
};

static void pass(struct search_facts *f, struct target *t, double rate, int64_t ns)
{
	bool beyond = rate > t->capacity;

	f->now_ns += ns;
	t->owed += rate * (double)ns / 1e9 * (beyond && t->weakness == OPENS_FEW ? 0.8 : 1);
	f->opened += (uint64_t)t->owed;
	t->owed -= floor(t->owed);
	f->live = rate > 0 ? 10 : f->live / 2;
	if (beyond && t->weakness == FAILS)
		f->failed++;
	if (beyond && t->weakness == REPEATS)
		f->retransmissions += 3;
	if (beyond && t->weakness == PILES_UP)
		f->live = f->most_live;
	f->health.start_lag_p99_ns = beyond && t->weakness == IS_US ? 40 * NS_PER_MS : NS_PER_MS;
	health_judge(&f->health);
}

static struct sim_search_result search(struct target *t, double from, double most, double *highest)
{
	struct pace_config c = { .rate = from,
		                 .search_precision = 0.02,
		                 .search_window_ns = 2 * NS_PER_S };
	struct search_facts f = { .now_ns = 1, .most_live = 1000 };
	struct search s;

	*highest = 0;
	search_init(&s, &c, most, f.now_ns);
	for (unsigned i = 0; i < 100000; i++) {
		if (s.rate > *highest)
			*highest = s.rate;
		pass(&f, t, s.rate, 100 * NS_PER_MS);
		if (search_look(&s, &f))
			return s.result;
	}
	ck_abort_msg("the search does not end");
	return s.result;
}

static const struct {
	struct target target;
	double from, most;
	const char *why;
} cases[] = {
	{ { 1000, FAILS, 0 }, 10, 0, "1 call failed within 0.1 s" },
	{ { 1000, REPEATS, 0 }, 10, 0, "3 messages had to be repeated within 0.1 s" },
	{ { 1000, PILES_UP, 0 }, 10, 0, "calls piled up: 1000 at once" },
	{ { 1000, IS_US, 0 },
	  10,
	  0,
	  "the generator was the limit: calls began late: start lag p99 40 ms (bar 10 ms)" },
	{ { 1000, OPENS_FEW, 0 }, 10, 0, "calls could be opened" },
	{ { 1000, FAILS, 0 }, 5000, 0, "failed" }, /* from above */
	{ { 3, FAILS, 0 }, 700, 0, "failed" },
	{ { 47123, FAILS, 0 }, 100, 100000, "failed" },
};

START_TEST(finds_the_capacity)
{
	double capacity = cases[_i].target.capacity, highest;
	struct target t = cases[_i].target;
	struct sim_search_result r = search(&t, cases[_i].from, cases[_i].most, &highest);

	ck_assert_double_le(r.highest_rate, capacity);
	ck_assert_double_ge(r.highest_rate, capacity * 0.97);
	ck_assert_double_gt(r.failing_rate, capacity);
	ck_assert_msg(strstr(r.why, cases[_i].why) != NULL, "%s", r.why);
}
END_TEST

START_TEST(never_beyond_the_limit)
{
	struct target t = { 1e9, FAILS, 0 };
	double highest;
	struct sim_search_result r = search(&t, 10, 777, &highest);

	ck_assert_double_eq(r.highest_rate, 777);
	ck_assert_double_eq(r.failing_rate, 0);
	ck_assert_double_eq(highest, 777);
	ck_assert_ptr_nonnull(strstr(r.why, "777"));
}
END_TEST

START_TEST(nothing_goes)
{
	struct target t = { 0, FAILS, 0 };
	double highest;
	struct sim_search_result r = search(&t, 10, 0, &highest);

	ck_assert_double_eq(r.highest_rate, 0);
	ck_assert_double_gt(r.failing_rate, 0);
	ck_assert_ptr_nonnull(strstr(r.why, "failed"));
}
END_TEST

static const struct {
	struct sim_health health;
	const char *why; /* NULL: fine */
} healths[] = {
	{ { .start_lag_p99_ns = 10 * NS_PER_MS, .cpu_share = 1, .late_starts = 5 }, NULL },
	{ { .start_lag_p99_ns = 48 * NS_PER_MS, .socket_overflow = 1204 },
	  "calls began late: start lag p99 48 ms (bar 10 ms), 1204 datagrams lost in our own "
	  "receive buffer" },
	{ { .longest_stall_ns = 300 * NS_PER_MS, .cpu_share = 0.99 },
	  "the event loop stood still for 300 ms (bar 250 ms), the busiest worker used 99 % of "
	  "its core" },
	{ { .ports_exhausted = 1, .files_exhausted = 2 },
	  "1 times no local port was free, 2 times no file descriptor was free" },
	{ { .send_full = 3, .tap_dropped = 4 },
	  "3 messages found our own send buffer full, 4 packets that the recorder did not keep "
	  "up with" },
};

START_TEST(judges_itself)
{
	struct sim_health h = healths[_i].health;

	health_judge(&h);
	ck_assert_int_eq(h.limited, healths[_i].why != NULL);
	ck_assert_str_eq(h.why, healths[_i].why ? healths[_i].why : "");
	health_judge(&h); /* again is the same */
	ck_assert_str_eq(h.why, healths[_i].why ? healths[_i].why : "");
}
END_TEST

Suite *suite_search(void)
{
	Suite *s = suite_create("search");
	TCase *t = tcase_create("search");

	tcase_add_loop_test(t, finds_the_capacity, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, never_beyond_the_limit);
	tcase_add_test(t, nothing_goes);
	tcase_add_loop_test(t, judges_itself, 0, sizeof healths / sizeof *healths);
	suite_add_tcase(s, t);
	return s;
}
