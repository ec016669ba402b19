/* When calls should begin: each kind of pace against what its rate adds up to, shares of workers, changes while it goes. */
#include "sim/engine/pace.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

Suite *suite_pace(void);

#define START INT64_C(1795000000000000000)

static int64_t ms_of(int64_t ns)
{
	return (ns - START + NS_PER_MS / 2) / NS_PER_MS;
}

/* The n-th call, from 1. */
static int64_t call_at(struct pace *p, unsigned n)
{
	while (n-- > 1)
		pace_took(p);
	return pace_next(p);
}

/* Calls until a time. */
static unsigned calls_until(struct pace *p, int64_t until_ns)
{
	unsigned n = 0;

	for (; pace_next(p) <= until_ns; n++)
		pace_took(p);
	return n;
}

static const struct {
	const char *name;
	struct pace_config config;
	unsigned n;
	int64_t ms; /* of the n-th call; -1: never */
} cases[] = {
	{ "one interval after the start", { .kind = PACE_CONSTANT, .rate = 10 }, 1, 100 },
	{ "no drift", { .kind = PACE_CONSTANT, .rate = 3 }, 30000, 10000000 },
	{ "no rate", { .kind = PACE_CONSTANT, .rate = 0 }, 1, -1 },
	{ "slow", { .kind = PACE_CONSTANT, .rate = 0.01 }, 2, 200000 },
	{ "users set their own pace", { .kind = PACE_CONCURRENT, .rate = 10, .users = 5 }, 1, -1 },
	/* 0 to 100 in 10 s: t^2 x 5 calls until t; 500 in the ramp, then 100 a second. */
	{ "ramp, first", { PACE_RAMP, 0, 100, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 }, 1, 447 },
	{ "ramp, half", { PACE_RAMP, 0, 100, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 }, 125, 5000 },
	{ "ramp, end", { PACE_RAMP, 0, 100, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 }, 500, 10000 },
	{ "ramp, behind", { PACE_RAMP, 0, 100, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 }, 700, 12000 },
	{ "ramp down", { PACE_RAMP, 100, 0, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 }, 499, 9553 },
	{ "ramp down, end", { PACE_RAMP, 100, 0, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 }, 501, -1 },
	/* 10, 20, 30, 30 ... a second, a second each: 10, 30, 60, 90 calls. */
	{ "steps 1", { PACE_STEPS, 10, 30, 10, NS_PER_S, 0, 0, 0, 0, 0 }, 10, 1000 },
	{ "steps 2", { PACE_STEPS, 10, 30, 10, NS_PER_S, 0, 0, 0, 0, 0 }, 20, 1500 },
	{ "steps 3", { PACE_STEPS, 10, 30, 10, NS_PER_S, 0, 0, 0, 0, 0 }, 60, 3000 },
	{ "steps top", { PACE_STEPS, 10, 30, 10, NS_PER_S, 0, 0, 0, 0, 0 }, 120, 5000 },
	{ "steps top, last", { PACE_STEPS, 10, 30, 10, NS_PER_S, 1, 0, 0, 0, 0 }, 59, 2967 },
	{ "steps top, over", { PACE_STEPS, 10, 30, 10, NS_PER_S, 1, 0, 0, 0, 0 }, 61, -1 },
	{ "steps from none", { PACE_STEPS, 0, 10, 10, NS_PER_S, 0, 0, 0, 0, 0 }, 1, 1100 },
	{ "steps without top", { PACE_STEPS, 1, 0, 1, NS_PER_S, 0, 0, 0, 0, 0 }, 5050, 100000 },
};

START_TEST(when_it_is_due)
{
	struct pace p;

	pace_init(&p, &cases[_i].config, 0, 1, 1, START);
	int64_t at = call_at(&p, cases[_i].n);
	if (cases[_i].ms < 0)
		ck_assert_msg(at == INT64_MAX, "%s: %lld ms", cases[_i].name, (long long)ms_of(at));
	else
		ck_assert_msg(llabs(ms_of(at) - cases[_i].ms) <= 1, "%s: %lld ms", cases[_i].name,
		              (long long)ms_of(at));
}
END_TEST

/* Workers together open the same calls at the same times as one alone would. */
START_TEST(shares)
{
	for (unsigned kind = 0; kind < sizeof cases / sizeof *cases; kind++) {
		struct pace one, of[3];
		pace_init(&one, &cases[kind].config, 0, 1, 1, START);
		for (unsigned i = 0; i < 3; i++)
			pace_init(&of[i], &cases[kind].config, i, 3, 1, START);
		for (unsigned n = 0; n < 300; n++) {
			int64_t wanted = pace_next(&one), got = pace_next(&of[n % 3]);
			ck_assert_msg(wanted == got || llabs(wanted - got) < 1000, "%s: call %u",
			              cases[kind].name, n);
			if (wanted == INT64_MAX)
				break;
			pace_took(&one);
			pace_took(&of[n % 3]);
		}
	}
}
END_TEST

START_TEST(poisson)
{
	struct pace_config c = { .kind = PACE_POISSON, .rate = 100 };
	double n = 0, sum = 0, square = 0;
	struct pace p;

	pace_init(&p, &c, (unsigned)_i, 4, 42, START);
	for (int64_t last = START; n < 100000; n++) {
		double gap = (double)(pace_next(&p) - last) / 1e9;
		ck_assert_double_ge(gap, 0);
		last = pace_next(&p);
		sum += gap;
		square += gap * gap;
		pace_took(&p);
	}
	/* Of an exponential distribution mean and standard deviation are the same: 1 / (100 / 4). */
	ck_assert_double_eq_tol(sum / n, 0.04, 0.0008);
	ck_assert_double_eq_tol(sqrt(square / n - sum / n * (sum / n)), 0.04, 0.0015);
}
END_TEST

START_TEST(rate_is_changed)
{
	struct pace_config c = { .kind = PACE_CONSTANT, .rate = 10 };
	struct pace p;

	pace_init(&p, &c, 0, 1, 1, START);
	ck_assert_int_eq(ms_of(pace_next(&p)), 100);
	/* After 50 ms half a call is owed: at 100 a second that takes 5 ms. */
	pace_set_rate(&p, 100, START + 50 * NS_PER_MS);
	ck_assert_int_eq(ms_of(pace_next(&p)), 55);
	ck_assert_double_eq(pace_rate(&p, START), 100);
	pace_set_rate(&p, 0, START + 50 * NS_PER_MS);
	ck_assert(pace_next(&p) == INT64_MAX);
	pace_set_rate(&p, 10, START + 1000 * NS_PER_MS);
	ck_assert_int_eq(ms_of(pace_next(&p)), 1050);
	/* Back to the configuration: nothing is lost, nothing made up. */
	pace_set_rate(&p, -1, START + 1000 * NS_PER_MS);
	ck_assert_int_eq(ms_of(pace_next(&p)), 1050);
	/* What is due stays due. */
	pace_set_rate(&p, 1, START + 2000 * NS_PER_MS);
	ck_assert_int_eq(ms_of(pace_next(&p)), 1050);
	pace_took(&p);
	ck_assert_int_eq(ms_of(pace_next(&p)), 2050);
}
END_TEST

START_TEST(pause_is_not_made_up_for)
{
	struct pace_config c = { .kind = PACE_CONSTANT, .rate = 10 };
	struct pace p;

	pace_init(&p, &c, 0, 1, 1, START);
	pace_shift(&p, START + 40 * NS_PER_MS, START + 10 * NS_PER_S);
	ck_assert_int_eq(ms_of(pace_next(&p)), 10060);
	ck_assert_uint_eq(calls_until(&p, START + 11 * NS_PER_S), 10);
}
END_TEST

START_TEST(rates_over_time)
{
	struct pace_config ramp = { PACE_RAMP, 0, 100, 0, 10 * NS_PER_S, 0, 0, 0, 0, 0 };
	struct pace p;

	pace_init(&p, &ramp, 0, 1, 1, START);
	ck_assert_double_eq_tol(pace_rate(&p, START + 5 * NS_PER_S), 50, 1e-6);
	ck_assert_double_eq_tol(pace_rate(&p, START + 50 * NS_PER_S), 100, 1e-6);
}
END_TEST

Suite *suite_pace(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("pace");

	tcase_add_loop_test(t, when_it_is_due, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, shares);
	tcase_add_loop_test(t, poisson, 0, 4);
	tcase_add_test(t, rate_is_changed);
	tcase_add_test(t, pause_is_not_made_up_for);
	tcase_add_test(t, rates_over_time);
	suite_add_tcase(s, t);
	return s;
}
