/* What goes wrong on the way, with known truth: each defect is measured as what it is, with and without SDP. */
#include "tests/helpers/stream_case.h"

#include <check.h>
#include <stdlib.h>

static void clean(struct lab_flow *f)
{
	lab_run(&lab, f, 500);
}

static void one_digit(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	lab_press(&lab, f, 101, 5, 10);
	lab_run(&lab, f, 237);
}

/* Every 20th packet is lost, the one after it is sent twice. */
static void lost_and_duplicated(struct lab_flow *f)
{
	for (int i = 0; i < 525; i++) {
		if (i % 20 == 10 && i < 500) {
			lab_skip(f);
			continue;
		}
		lab_send(&lab, f);
		if (i % 20 == 11 && i < 500)
			lab_send(&lab, f);
		lab_skip(f);
	}
}

static void late_duplicates(struct lab_flow *f)
{
	for (int i = 0; i < 500; i++) {
		lab_send(&lab, f);
		if (i % 20 == 15) {
			struct lab_flow old = *f;
			old.seq = (uint16_t)(old.seq - 5);
			old.timestamp -= 5 * 160;
			lab_send(&lab, &old);
		}
		lab_skip(f);
	}
}

static void seq_restart(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	f->seq = (uint16_t)(f->seq + 20000);
	lab_run(&lab, f, 250);
}

static void timestamp_restart(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	f->timestamp += 3000000;
	lab_run(&lab, f, 250);
}

static void both_restart(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	f->timestamp -= 3000000;
	f->seq = (uint16_t)(f->seq - 20000);
	lab_run(&lab, f, 250);
}

/* Places keep their times, packets change them. */
static void pairs_swapped(struct lab_flow *f)
{
	for (int i = 0; i < 500; i += 2) {
		struct lab_flow first = *f, second = *f;
		lab_skip(&second);
		if (i % 50 == 48) {
			int64_t at = first.time_ns;
			first.time_ns = second.time_ns;
			second.time_ns = at;
			lab_send(&lab, &second);
			lab_send(&lab, &first);
		} else {
			lab_send(&lab, &first);
			lab_send(&lab, &second);
		}
		lab_skip(f);
		lab_skip(f);
	}
}

static void first_pair_swapped(struct lab_flow *f)
{
	struct lab_flow first = *f;

	lab_skip(f);
	lab_send(&lab, f);
	first.time_ns = f->time_ns + 1;
	lab_send(&lab, &first);
	lab_skip(f);
	lab_run(&lab, f, 498);
}

static void silence(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	f->time_ns += 2 * NS_PER_S;
	f->timestamp += 16000;
	f->marker = true;
	lab_send(&lab, f);
	f->marker = false;
	lab_skip(f);
	lab_run(&lab, f, 249);
}

static void wraps_with_ten_lost(struct lab_flow *f)
{
	f->seq = 65300;
	f->timestamp = UINT32_MAX - 40000;
	lab_run(&lab, f, 230);
	for (int i = 0; i < 10; i++)
		lab_skip(f);
	lab_run(&lab, f, 260);
}

static void clock_11025(struct lab_flow *f)
{
	f->payload_type = 16;
	f->step_ticks = 441;
	f->step_ns = 40 * NS_PER_MS;
	lab_run(&lab, f, 500);
}

static void mirrored(struct lab_flow *f)
{
	for (int i = 0; i < 500; i++) {
		lab_send(&lab, f);
		f->time_ns += 3000;
		lab_send(&lab, f);
		f->time_ns -= 3000;
		lab_skip(f);
	}
}

static void g722(struct lab_flow *f)
{
	f->payload_type = 9;
	lab_run(&lab, f, 500);
}

static void stray(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	struct lab_flow far = *f;
	far.seq = (uint16_t)(far.seq + 30000);
	lab_send(&lab, &far);
	lab_run(&lab, f, 250);
}

static void hold_of_ten_minutes(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	f->time_ns += 600 * NS_PER_S;
	lab_run(&lab, f, 250);
}

static void empty_payloads(struct lab_flow *f)
{
	f->octets = 0;
	lab_run(&lab, f, 500);
}

static void comfort_noise(struct lab_flow *f)
{
	lab_run(&lab, f, 250);
	f->payload_type = 13;
	f->octets = 1;
	lab_send(&lab, f);
	lab_skip(f);
	f->payload_type = 0;
	f->octets = 160;
	f->time_ns += 1980 * NS_PER_MS;
	f->timestamp += 15840;
	lab_run(&lab, f, 249);
}

struct defect {
	const char *name;
	void (*send)(struct lab_flow *f);
	int64_t packets, lost, duplicates, reordered, late, segments, ignored;
	double jitter_max_ms; /* at most */
	double silence_ratio; /* -1: not asked */
};

static const struct defect defects[] = {
	{ "clean", clean, 500, 0, 0, 0, 0, 1, 0, 0, 0 },
	{ "one RFC 4733 digit", one_digit, 500, 0, 0, 0, 0, 1, 0, 0, 0 },
	{ "25 lost, 25 duplicated", lost_and_duplicated, 500, 25, 25, 0, 0, 1, 0, 0, 0 },
	{ "late duplicates", late_duplicates, 500, 0, 25, 0, 0, 1, 0, 0, 0 },
	{ "seq + 20000", seq_restart, 500, 0, 0, 0, 0, 2, 0, 0, 0 },
	{ "ts + 3000000", timestamp_restart, 500, 0, 0, 0, 0, 2, 0, 0, 0 },
	{ "seq and ts restart backwards", both_restart, 500, 0, 0, 0, 0, 2, 0, 0, 0 },
	{ "every 50th pair swapped", pairs_swapped, 500, 0, 0, 10, 0, 1, 0, 6.5, 0 },
	{ "first pair swapped", first_pair_swapped, 500, 0, 0, 1, 0, 1, 0, 3, 0 },
	{ "2 s of silence", silence, 500, 0, 0, 0, 0, 1, 0, 0, 2.0 / 11.98 },
	{ "wraps with 10 lost", wraps_with_ten_lost, 490, 10, 0, 0, 0, 1, 0, 0, -1 },
	{ "DVI4 at 11025 Hz", clock_11025, 500, 0, 0, 0, 0, 1, 0, 1e-5, 0 },
	{ "mirrored", mirrored, 500, 0, 500, 0, 0, 1, 0, 0, 0 },
	{ "G.722", g722, 500, 0, 0, 0, 0, 1, 0, 0, 0 },
	{ "stray", stray, 500, 0, 0, 0, 0, 1, 1, 0, 0 },
	{ "hold of ten minutes", hold_of_ten_minutes, 500, 0, 0, 0, 0, 2, 0, 0, 0 },
	{ "empty payloads", empty_payloads, 500, 0, 0, 0, 0, 1, 0, 0, 0 },
	{ "comfort noise", comfort_noise, 500, 0, 0, 0, 0, 1, 0, 0, 2.0 / 11.96 },
};
enum { DEFECTS = sizeof defects / sizeof defects[0] };

static void expect_defect(const struct defect *d)
{
	ck_assert_msg(lab_int(&lab, "SELECT count(*) FROM streams") == 1, "%s: not one stream",
	              d->name);
	static const char *const columns[] = { "packets", "lost",     "duplicates", "reordered",
		                               "late",    "segments", "ignored" };
	const int64_t want[] = { d->packets, d->lost,     d->duplicates, d->reordered,
		                 d->late,    d->segments, d->ignored };
	for (int i = 0; i < 7; i++)
		ck_assert_msg(one(columns[i]) == want[i], "%s: %s is %ld", d->name, columns[i],
		              (long)one(columns[i]));
	ck_assert_msg(one_real("jitter_max_ms") <= d->jitter_max_ms, "%s: jitter %f", d->name,
	              one_real("jitter_max_ms"));
	ck_assert_double_le(one_real("jitter_p95_ms"), one_real("jitter_max_ms"));
	if (d->silence_ratio >= 0)
		ck_assert_msg(fabs(one_real("silence_ratio") - d->silence_ratio) < 0.005,
		              "%s: silence %f", d->name, one_real("silence_ratio"));
}

START_TEST(defect_is_measured)
{
	const struct defect *d = &defects[_i];
	struct lab_flow f = lab_flow(A, B, 0x11223344);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	d->send(&f);
	end_lab();
	expect_defect(d);
	ck_assert_int_eq(one("call_id"), 1);
	close_lab();
}
END_TEST

START_TEST(defect_is_measured_without_sdp)
{
	const struct defect *d = &defects[_i];
	struct lab_flow f = lab_flow(A, B, 0x11223344);

	open_lab();
	d->send(&f);
	end_lab();
	/* After the hold an orphan is idle for too long: two rows. */
	if (d->send != hold_of_ten_minutes)
		expect_defect(d);
	close_lab();
}
END_TEST

/* The same packets at any other time give the same numbers. */
START_TEST(times_may_be_shifted)
{
	static const int64_t shifts[] = { 0, 35 * NS_PER_S, INT64_C(-1600000000) * NS_PER_S,
		                          INT64_C(4000000000) * NS_PER_S };
	static const char sql[] = "SELECT printf('%d %d %d %d %.9f %.9f %.9f %.9f %.6f %s', "
	                          "packets, lost, reordered, late, jitter_max_ms, "
	                          "jitter_mean_ms, jitter_p95_ms, max_delta_ms, mos_lq, (last_us - "
	                          "first_us)) FROM streams";
	char want[300] = "", got[300];

	for (int i = 0; i < 4; i++) {
		struct lab_flow f = lab_flow(A, B, 9);
		open_lab();
		lab.analysis.now_ns = INT64_MIN / 2;
		srand(5);
		f.time_ns += shifts[i];
		for (int k = 0; k < 2000; k++) {
			struct lab_flow g = f;
			g.time_ns += rand() % 70 * NS_PER_MS;
			if (rand() % 20)
				lab_send(&lab, &g);
			lab_skip(&f);
		}
		end_lab();
		lab_text(&lab, sql, i ? got : want, sizeof got);
		if (i)
			ck_assert_str_eq(got, want);
		close_lab();
	}
}
END_TEST

START_TEST(ssrc_change_is_two_streams)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 250);
	f.ssrc = 2;
	f.seq = 40000;
	f.timestamp = 77;
	lab_run(&lab, &f, 250);
	call_one.end_ns = f.time_ns;
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE lost = 0 AND packets = "
	                               "250 AND jitter_max_ms = 0"),
	                 2);
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(ended_early) FROM streams"), 0);
	close_lab();
}
END_TEST

START_TEST(hold_and_resume_is_one_row)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A));
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 100);
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_TO("0.0.0.0", "6000", "0", "")));
	f.time_ns += 600 * NS_PER_S;
	lab_pass(&lab, f.time_ns);
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 100);
	end_lab();
	ck_assert_int_eq(one("packets"), 200);
	ck_assert_int_eq(one("lost"), 0);
	ck_assert_double_eq_tol(one_real("max_delta_ms"), 600020, 0.001);
	close_lab();
}
END_TEST

Suite *suite_stream_defects(void);
Suite *suite_stream_defects(void)
{
	Suite *s = suite_create("stream_defects");
	TCase *t = tcase_create("stream_defects");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, defect_is_measured, 0, DEFECTS);
	tcase_add_loop_test(t, defect_is_measured_without_sdp, 0, DEFECTS);
	tcase_add_test(t, times_may_be_shifted);
	tcase_add_test(t, ssrc_change_is_two_streams);
	tcase_add_test(t, hold_and_resume_is_one_row);
	suite_add_tcase(s, t);
	return s;
}
