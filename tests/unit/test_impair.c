/* sim/transport/impair: what is said becomes settings or a sentence that helps, and what happens to many packets has the shares that were
 * asked for. Bounds are five standard errors: a seed that fails is a fault. */
#include "sim/transport/impair.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS 200000
#define GAP_NS  (20 * NS_PER_MS)

/* ---- settings ---- */

static const struct {
	const char *text;
	struct impair_config want;
} good[] = {
	{ "2%", { .loss = 0.02, .ge_k = 1 } },
	{ "0.02", { .loss = 0.02, .ge_k = 1 } },
	{ " Loss = 2 % ", { .loss = 0.02, .ge_k = 1 } },
	{ "loss=2%,ge=0.01:0.3,delay=20ms,jitter=10ms,reorder=1%,duplicate=0.5%,drift=50ppm",
	  { .loss = 0.02,
	    .ge_p = 0.01,
	    .ge_r = 0.3,
	    .ge_k = 1,
	    .delay_ns = 20 * NS_PER_MS,
	    .jitter_ns = 10 * NS_PER_MS,
	    .reorder = 0.01,
	    .duplicate = 0.005,
	    .drift_ppm = 50 } },
	{ "ge=1%:30%:10%", { .ge_p = 0.01, .ge_r = 0.3, .ge_h = 0.1, .ge_k = 1 } },
	{ "ge=1%:30%:0.1:99.5%", { .ge_p = 0.01, .ge_r = 0.3, .ge_h = 0.1, .ge_k = 0.995 } },
	{ "delay=1.5s, jitter=250us",
	  { .delay_ns = 1500 * NS_PER_MS, .jitter_ns = 250000, .ge_k = 1 } },
	{ "delay=0", { .ge_k = 1 } },
	{ "drift=-50", { .drift_ppm = -50, .ge_k = 1 } },
	{ "loss=100%", { .loss = 1, .ge_k = 1 } },
};

static void near(double a, double b)
{
	ck_assert_msg(fabs(a - b) < 1e-12, "%g is not %g", a, b);
}

START_TEST(settings_are_read)
{
	const struct impair_config *want = &good[_i].want;
	struct err err = ERR_INIT;
	struct impair_config c;

	ck_assert_msg(impair_parse(good[_i].text, &c, &err), "%s: %s", good[_i].text, err.text);
	near(c.loss, want->loss);
	near(c.ge_p, want->ge_p);
	near(c.ge_r, want->ge_r);
	near(c.ge_h, want->ge_h);
	near(c.ge_k, want->ge_k);
	near(c.reorder, want->reorder);
	near(c.duplicate, want->duplicate);
	near(c.drift_ppm, want->drift_ppm);
	ck_assert_int_eq(c.delay_ns, want->delay_ns);
	ck_assert_int_eq(c.jitter_ns, want->jitter_ns);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{ "2", "percentage (loss=2%)" },
	{ "loss=", "from 0% to 100%" },
	{ "loss=101%", "from 0% to 100%" },
	{ "loss=-1%", "from 0% to 100%" },
	{ "loss=nan", "from 0% to 100%" },
	{ "loss=0x1p-3", "from 0% to 100%" },
	{ "loss=2ms", "as 2% or 0.02" },
	{ "delay=20", "a unit (us, ms or s)" },
	{ "delay=61s", "at most 60 s" },
	{ "jitter=-1ms", "a unit (us, ms or s)" },
	{ "jitter=1e999s", "a unit (us, ms or s)" },
	{ "drift=50%", "parts per million" },
	{ "drift=1e6ppm", "at most 100000ppm" },
	{ "ge=1%", "p:r or p:r:h:k" },
	{ "ge=1%:0", "out of it with r" },
	{ "ge=1%:2%:3%:4%:5%", "p:r or p:r:h:k" },
	{ "ge=1%:200%", "from 0% to 100%" },
	{ "los=2%", "'los' is no impairment: loss, ge, delay" },
	{ "loss=2%,loss=3%", "loss is said twice" },
	{ "loss=2%,,delay=1ms", "nothing between two commas" },
	{ "", "or at all" },
	{ "loss=00000000000000000000000000000000000000000000000000000000000000001%", "too long" },
};

START_TEST(wrong_settings_are_told)
{
	struct err err = ERR_INIT;
	struct impair_config c;

	ck_assert_msg(!impair_parse(bad[_i].text, &c, &err), "%s is taken", bad[_i].text);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.text, bad[_i].says), "%s: %s", bad[_i].text, err.text);
}
END_TEST

START_TEST(nothing_asked_nothing_wanted)
{
	struct impair_config c = { 0 };
	struct err err = ERR_INIT;

	ck_assert(!impair_wanted(&c));
	ck_assert(impair_parse("loss=0%,delay=0ms", &c, &err));
	ck_assert(!impair_wanted(&c));
	ck_assert(impair_parse("drift=-1ppm", &c, &err));
	ck_assert(impair_wanted(&c));
}
END_TEST

/* ---- fates ---- */

/* Of PACKETS packets, GAP_NS apart. */
static struct impair_fate fates[PACKETS];

static void run(const char *text, uint64_t seed)
{
	struct err err = ERR_INIT;
	struct impair_config c;
	struct impair i;
	unsigned wrong = 0;

	ck_assert_msg(impair_parse(text, &c, &err), "%s", err.text);
	impair_init(&i, &c, seed);
	for (unsigned n = 0; n < PACKETS; n++) {
		int64_t now_ns = NS_PER_S + n * GAP_NS;
		impair_packet(&i, now_ns, &fates[n]);
		wrong += fates[n].out_ns[0] < now_ns || fates[n].out_ns[1] < fates[n].out_ns[0];
		wrong += fates[n].copies > 2 || fates[n].drop != (fates[n].copies == 0);
	}
	ck_assert_uint_eq(wrong, 0);
}

static void share_is(const char *what, double got, double want, double of)
{
	double reach = 5 * sqrt(want * (1 - want) / of);

	ck_assert_msg(fabs(got - want) <= reach, "%s: %g, wanted %g within %g", what, got, want,
	              reach);
}

static double dropped(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PACKETS; i++)
		n += fates[i].drop;
	return (double)n / PACKETS;
}

START_TEST(loss_has_its_share)
{
	static const double shares[] = { 0, 0.001, 0.02, 0.5, 1 };
	char text[32];

	for (unsigned i = 0; i < sizeof shares / sizeof *shares; i++) {
		snprintf(text, sizeof text, "loss=%g", shares[i]);
		run(text, 7 + i);
		share_is(text, dropped(), shares[i], PACKETS);
	}
}
END_TEST

/* Bursts: how many there are, and their length, which is geometric. */
static void count_bursts(unsigned *bursts, double *mean, double *variance)
{
	double sum = 0, squares = 0;
	unsigned length = 0;

	*bursts = 0;
	for (unsigned i = 0; i < PACKETS; i++) {
		if (fates[i].drop) {
			length++;
		} else if (length) {
			++*bursts;
			sum += length;
			squares += (double)length * length;
			length = 0;
		}
	}
	*mean = sum / *bursts;
	*variance = squares / *bursts - *mean * *mean;
}

/* Gilbert: lost share p/(p+r), mean burst 1/r with variance (1-r)/r^2, one burst each 1/p + 1/r packets. */
START_TEST(bursts_follow_p_and_r)
{
	static const double p = 0.01, r = 0.3;
	double mean, variance, deviation = sqrt(1 - r) / r;
	unsigned bursts;

	run("ge=1%:30%", 11);
	count_bursts(&bursts, &mean, &variance);
	ck_assert_msg(fabs(mean - 1 / r) < 5 * deviation / sqrt(bursts), "mean burst %g", mean);
	ck_assert_msg(fabs(variance / (deviation * deviation) - 1) < 0.25, "variance %g", variance);
	share_is("bursts", bursts / (double)PACKETS, 1 / (1 / p + 1 / r), PACKETS);
	ck_assert_msg(fabs(dropped() - p / (p + r)) < 0.003, "lost %g", dropped());
}
END_TEST

START_TEST(good_and_bad_states_lose_their_own_shares)
{
	double bad_share = 0.05 / 0.55;

	run("ge=5%:50%:20%:99%", 12);
	/* 1 - h in the bad state, 1 - k in the good one */
	double want = bad_share * 0.8 + (1 - bad_share) * 0.01;
	ck_assert_msg(fabs(dropped() - want) < 0.005, "lost %g, wanted %g", dropped(), want);
}
END_TEST

START_TEST(jitter_has_its_deviation)
{
	double sum = 0, squares = 0;

	/* Five deviations fit between two packets and into the delay: nothing queues, nothing is cut. */
	run("delay=20ms,jitter=3ms", 13);
	for (unsigned n = 0; n < PACKETS; n++) {
		double late = (double)(fates[n].out_ns[0] - NS_PER_S - n * GAP_NS);
		sum += late;
		squares += late * late;
	}
	double mean = sum / PACKETS, deviation = sqrt(squares / PACKETS - mean * mean);
	ck_assert_msg(fabs(mean - 20e6) < 5 * 3e6 / sqrt(PACKETS), "mean %g", mean);
	ck_assert_msg(fabs(deviation - 3e6) < 5 * 3e6 / sqrt(2.0 * PACKETS), "deviation %g",
	              deviation);
}
END_TEST

START_TEST(jitter_alone_never_overtakes)
{
	int64_t last_ns = 0;
	unsigned overtook = 0;

	run("jitter=60ms,loss=1%,duplicate=1%", 14);
	for (unsigned n = 0; n < PACKETS; n++) {
		if (fates[n].drop)
			continue;
		overtook += fates[n].out_ns[0] < last_ns;
		last_ns = fates[n].out_ns[1];
	}
	ck_assert_uint_eq(overtook, 0);
}
END_TEST

/* Packets that one sent after them left before, and by how many each was overtaken. */
static unsigned overtaken(unsigned *most)
{
	unsigned count = 0;

	*most = 0;
	for (unsigned n = 0; n + 8 < PACKETS; n++) {
		unsigned by = 0;
		for (unsigned k = 1; k <= 8; k++)
			by += fates[n + k].out_ns[0] < fates[n].out_ns[0];
		count += by > 0;
		*most = by > *most ? by : *most;
	}
	return count;
}

START_TEST(reorder_has_its_share)
{
	unsigned most;

	run("reorder=2%", 15);
	share_is("reordered", overtaken(&most) / (double)PACKETS, 0.02, PACKETS);
	ck_assert_uint_eq(most, 3);
	run("reorder=2%,delay=5ms,jitter=2ms", 15);
	share_is("reordered with jitter", overtaken(&most) / (double)PACKETS, 0.02, PACKETS);
}
END_TEST

START_TEST(duplicates_have_their_share)
{
	unsigned n = 0;

	run("duplicate=0.5%", 16);
	for (unsigned i = 0; i < PACKETS; i++)
		n += fates[i].copies == 2;
	share_is("duplicates", (double)n / PACKETS, 0.005, PACKETS);
}
END_TEST

START_TEST(same_seed_same_fate)
{
	static struct impair_fate before[PACKETS];

	run("loss=2%,ge=1%:30%,jitter=10ms,reorder=1%,duplicate=1%", 17);
	memcpy(before, fates, sizeof fates);
	run("loss=2%,ge=1%:30%,jitter=10ms,reorder=1%,duplicate=1%", 17);
	ck_assert_mem_eq(before, fates, sizeof fates);
	run("loss=2%,ge=1%:30%,jitter=10ms,reorder=1%,duplicate=1%", 18);
	ck_assert_mem_ne(before, fates, sizeof fates);
}
END_TEST

START_TEST(other_settings_change_no_loss)
{
	static bool lost[PACKETS];
	unsigned other = 0;

	run("loss=2%", 19);
	for (unsigned i = 0; i < PACKETS; i++)
		lost[i] = fates[i].drop;
	run("loss=2%,jitter=10ms,reorder=5%,duplicate=5%", 19);
	for (unsigned i = 0; i < PACKETS; i++)
		other += lost[i] != fates[i].drop;
	ck_assert_uint_eq(other, 0);
}
END_TEST

START_TEST(a_burst_at_one_time_is_reordered_too)
{
	struct err err = ERR_INIT;
	struct impair_config c;
	struct impair_fate fate;
	struct impair i;

	ck_assert(impair_parse("reorder=100%", &c, &err));
	impair_init(&i, &c, 1);
	for (unsigned n = 0; n < 100; n++)
		impair_packet(&i, 0, &fate);
	ck_assert_int_ge(fate.out_ns[0], NS_PER_MS);
	/* Long silence does not hold one for as long again. */
	impair_packet(&i, 3600 * NS_PER_S, &fate);
	ck_assert_int_le(fate.out_ns[0], 3601 * NS_PER_S);
}
END_TEST

START_TEST(a_fast_clock_shortens_and_a_slow_one_stretches)
{
	struct impair_config c = { .drift_ppm = 50 };

	ck_assert_int_eq(impair_clock_ns(&c, 0), 0);
	/* An hour of a clock that runs 50 ppm fast is over 180 ms early. */
	int64_t early = 3600 * NS_PER_S - impair_clock_ns(&c, 3600 * NS_PER_S);
	ck_assert_int_le(llabs(early - 180 * NS_PER_MS), 10 * NS_PER_US);
	c.drift_ppm = -50;
	early = 3600 * NS_PER_S - impair_clock_ns(&c, 3600 * NS_PER_S);
	ck_assert_int_le(llabs(early + 180 * NS_PER_MS), 10 * NS_PER_US);
	c.drift_ppm = 0;
	ck_assert_int_eq(impair_clock_ns(&c, INT64_MAX), INT64_MAX);
}
END_TEST

Suite *suite_impair(void)
{
	Suite *s = suite_create("impair");
	TCase *said = tcase_create("settings");
	TCase *fate = tcase_create("fates");

	tcase_add_loop_test(said, settings_are_read, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(said, wrong_settings_are_told, 0, sizeof bad / sizeof *bad);
	tcase_add_test(said, nothing_asked_nothing_wanted);
	tcase_add_test(fate, loss_has_its_share);
	tcase_add_test(fate, bursts_follow_p_and_r);
	tcase_add_test(fate, good_and_bad_states_lose_their_own_shares);
	tcase_add_test(fate, jitter_has_its_deviation);
	tcase_add_test(fate, jitter_alone_never_overtakes);
	tcase_add_test(fate, reorder_has_its_share);
	tcase_add_test(fate, duplicates_have_their_share);
	tcase_add_test(fate, same_seed_same_fate);
	tcase_add_test(fate, other_settings_change_no_loss);
	tcase_add_test(fate, a_burst_at_one_time_is_reordered_too);
	tcase_add_test(fate, a_fast_clock_shortens_and_a_slow_one_stretches);
	suite_add_tcase(s, said);
	suite_add_tcase(s, fate);
	return s;
}
