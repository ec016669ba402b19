/* The streams module as a whole: defects with known truth, binding, digits, reports. */
#include "base/mem.h"
#include "tests/helpers/stream_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define A "192.0.2.1:4000"
#define B "198.51.100.2:6000"
#define SDP_TO(addr, port, formats, more)                                                          \
	"v=0\r\no=- 1 1 IN IP4 " addr "\r\ns=-\r\nc=IN IP4 " addr "\r\nt=0 0\r\nm=audio " port     \
	" RTP/AVP " formats "\r\n" more
#define EVENTS "a=rtpmap:101 telephone-event/8000\r\n"
#define SDP_A  SDP_TO("192.0.2.1", "4000", "0 8 101", EVENTS)
#define SDP_B  SDP_TO("198.51.100.2", "6000", "0 101", EVENTS)

static struct stream_lab lab;
static struct call_media call_one, call_two;

static void open_lab(void)
{
	ck_assert(stream_lab_open(&lab));
	call_media_init(&call_one, 1);
	call_media_init(&call_two, 2);
	lab.analysis.now_ns = INT64_C(1700000000) * NS_PER_S;
}

static void end_lab(void)
{
	ck_assert_msg(streams_close_call(lab.streams, &call_one), "%s", lab.err.text);
	ck_assert_msg(streams_close_call(lab.streams, &call_two), "%s", lab.err.text);
	ck_assert_msg(streams_finish(lab.streams), "%s", lab.err.text);
	struct streams_counts c = streams_counts(lab.streams);
	ck_assert_uint_eq(c.live + c.probation, 0);
	ck_assert_uint_eq(c.accepted, c.written);
	ck_assert_uint_eq(c.created, c.written + c.probation_dropped);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams"), (int64_t)c.written);
	/* What holds for every stream, always. */
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE packets + lost <> "
	                               "expected OR longest_loss > lost"),
	                 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams s WHERE (packets, lost, "
	                               "coalesce(late, 0)) <> "
	                               "(SELECT sum(packets), sum(lost), coalesce(sum(late), 0) "
	                               "FROM stream_intervals i "
	                               "WHERE i.stream_id = s.id)"),
	                 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM stream_intervals WHERE lost < 0 OR "
	                               "packets < 0 OR late < 0"),
	                 0);
}

static void close_lab(void)
{
	stream_lab_close(&lab);
}

static int64_t one(const char *column)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT %s FROM streams", column);
	return lab_int(&lab, sql);
}

static double one_real(const char *column)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT %s FROM streams", column);
	return lab_real(&lab, sql);
}

static void expect_text(const char *sql, const char *want)
{
	char got[100];
	lab_text(&lab, sql, got, sizeof got);
	ck_assert_str_eq(got, want);
}

/* ---- defects ---- */

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

/* ---- codecs ---- */

START_TEST(opus_runs_at_48_kHz)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE,
	                  SDP_TO("198.51.100.2", "6000", "111", "a=rtpmap:111 opus/48000/2\r\n")));
	f.payload_type = 111;
	f.step_ticks = 960;
	lab_run(&lab, &f, 500);
	end_lab();
	expect_text("SELECT codec FROM streams", "opus");
	ck_assert_int_eq(one("clock_hz"), 48000);
	ck_assert_double_eq_tol(one_real("ptime_ms"), 20, 1e-9);
	ck_assert_double_le(one_real("jitter_max_ms"), 1e-5);
	ck_assert_int_eq(one("mos_estimated"), 1);
	close_lab();
}
END_TEST

START_TEST(unknown_clock_has_no_jitter_and_no_score)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	f.payload_type = 111;
	f.step_ticks = 960;
	lab_run(&lab, &f, 500);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE packets = 500 AND lost "
	                               "= 0 AND codec IS NULL AND clock_hz IS NULL "
	                               "AND jitter_max_ms IS NULL AND late IS NULL AND mos_lq IS "
	                               "NULL AND ptime_ms IS NULL AND call_id IS NULL "
	                               "AND direction IS NULL AND payload_type = 111"),
	                 1);
	close_lab();
}
END_TEST

START_TEST(late_sdp_explains_and_binds)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	f.payload_type = 97;
	f.step_ticks = 960;
	lab_run(&lab, &f, 100);
	lab_press(&lab, &f, 101, 7, 5);
	ck_assert(lab_sdp(
	        &lab, &call_one, PARTY_CALLEE,
	        SDP_TO("198.51.100.2", "6000", "97 101",
	               "a=rtpmap:97 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n")));
	lab_run(&lab, &f, 200);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE call_id = 1 AND "
	                               "dialog_id = 1 AND codec = 'opus' AND packets = 308 "
	                               "AND jitter_max_ms < 0.001 AND late = 0 AND direction = "
	                               "'caller_to_callee'"),
	                 1);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE call_id = 1 AND digit = "
	                               "'7' AND direction = 'caller_to_callee'"),
	                 1);
	close_lab();
}
END_TEST

START_TEST(receiver_decides_the_payload_type)
{
	struct lab_flow f = lab_flow(A, B, 1), g = lab_flow(B, A, 2);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER,
	                  SDP_TO("192.0.2.1", "4000", "96", "a=rtpmap:96 iLBC/8000\r\n")));
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE,
	                  SDP_TO("198.51.100.2", "6000", "96", "a=rtpmap:96 speex/16000\r\n")));
	f.payload_type = g.payload_type = 96;
	f.step_ticks = 320;
	lab_run(&lab, &f, 50);
	lab_run(&lab, &g, 50);
	end_lab();
	expect_text("SELECT codec FROM streams WHERE direction = 'caller_to_callee'", "speex");
	expect_text("SELECT codec FROM streams WHERE direction = 'callee_to_caller'", "iLBC");
	ck_assert_int_eq(lab_int(&lab, "SELECT max(clock_hz) FROM streams"), 16000);
	close_lab();
}
END_TEST

START_TEST(codec_change_restarts_the_reference)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(
	        lab_sdp(&lab, &call_one, PARTY_CALLEE,
	                SDP_TO("198.51.100.2", "6000", "0 111", "a=rtpmap:111 opus/48000/2\r\n")));
	lab_run(&lab, &f, 100);
	f.payload_type = 111;
	f.timestamp += 999999;
	f.step_ticks = 960;
	lab_run(&lab, &f, 300);
	end_lab();
	expect_text("SELECT codec FROM streams", "opus");
	ck_assert_int_eq(one("segments"), 1);
	ck_assert_int_eq(one("payload_type"), 111);
	ck_assert_double_le(one_real("jitter_max_ms"), 1e-5);
	close_lab();
}
END_TEST

/* ---- scores ---- */

START_TEST(late_packets_and_scores)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	for (int i = 0; i < 1000; i++) {
		struct lab_flow g = f;
		if (i % 100 == 50)
			g.time_ns += 100 * NS_PER_MS;
		lab_send(&lab, &g);
		lab_skip(&f);
	}
	end_lab();
	ck_assert_int_eq(one("late"), 10);
	ck_assert_int_eq(one("lost"), 0);
	ck_assert_double_eq_tol(one_real("mos_lq"), 4.3282,
	                        0.0005); /* G.711 with concealment, 1 % */
	ck_assert_double_eq_tol(one_real("burst_r"), 1, 1e-9);
	ck_assert_double_eq_tol(one_real("delay_ms"), 80, 1e-9);
	expect_text("SELECT delay_source FROM streams", "assumed");
	expect_text("SELECT mos_scale FROM streams", "nb");
	ck_assert_double_eq(call_one.mos_min, one_real("mos_lq"));
	ck_assert_int_eq(one("dscp"), 46);
	ck_assert_int_eq(one("mos_estimated"), 0);
	close_lab();
}
END_TEST

START_TEST(intervals_follow_the_wall_clock)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	f.time_ns += 3 * NS_PER_S;
	lab_run(&lab, &f, 99);
	struct lab_flow held = f; /* lost in the first interval, comes in the second */
	lab_skip(&f);
	lab_skip(&f);
	lab_run(&lab, &f, 20);
	held.time_ns = f.time_ns;
	lab_send(&lab, &held);
	lab_run(&lab, &f, 900);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT start_us FROM stream_intervals ORDER BY start_us"),
	                 INT64_C(1700000000000000));
	ck_assert_int_eq(
	        lab_int(&lab,
	                "SELECT count(*) FROM stream_intervals WHERE start_us % 5000000 <> 0"),
	        0);
	ck_assert_int_eq(
	        lab_int(&lab, "SELECT packets FROM stream_intervals ORDER BY start_us LIMIT 1"),
	        99);
	ck_assert_int_eq(one("lost"), 1);
	ck_assert_int_eq(one("reordered"), 1);
	close_lab();
}
END_TEST

START_TEST(ended_early_is_told)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 50);
	if (_i != 0)
		call_one.end_ns = f.time_ns + (_i == 1 ? 1 : 10) * NS_PER_S;
	call_one.held = _i == 3;
	end_lab();
	static const int64_t want[] = { RECORD_NULL, 0, 1, 0 };
	ck_assert_int_eq(one("ended_early"), want[_i]);
	close_lab();
}
END_TEST

/* ---- binding ---- */

START_TEST(early_media_is_bound_by_the_offer)
{
	struct lab_flow f = lab_flow(B, A, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A));
	lab_send(&lab, &f);
	end_lab();
	ck_assert_int_eq(one("packets"), 1);
	expect_text("SELECT direction FROM streams", "callee_to_caller");
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE jitter_max_ms IS NULL "
	                               "AND max_delta_ms IS NULL"),
	                 1);
	close_lab();
}
END_TEST

START_TEST(symmetric_nat_is_bound_by_source)
{
	struct lab_flow in = lab_flow("203.0.113.9:31000", B, 1),
	                out = lab_flow(B, "203.0.113.9:31000", 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_TO("10.0.0.5", "4000", "0", "")));
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &in, 10);
	lab_run(&lab, &out, 10);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE call_id = 1"), 2);
	expect_text("SELECT direction FROM streams WHERE src_port = 6000", "callee_to_caller");
	expect_text("SELECT direction FROM streams WHERE dst_port = 6000", "caller_to_callee");
	close_lab();
}
END_TEST

START_TEST(source_binding_yields_to_destination)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A));
	lab_run(&lab, &f, 10);
	ck_assert(lab_sdp(&lab, &call_two, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 10);
	end_lab();
	ck_assert_int_eq(one("call_id"), 2);
	close_lab();
}
END_TEST

START_TEST(port_used_again_by_a_later_call)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A));
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 100);
	call_one.end_ns = f.time_ns;
	ck_assert(lab_sdp(&lab, &call_two, PARTY_CALLER, SDP_TO("192.0.2.77", "4000", "0", "")));
	lab_run(&lab, &f, 5);
	ck_assert(lab_sdp(&lab, &call_two, PARTY_CALLEE, SDP_B));
	f.seq = 9;
	lab_run(&lab, &f, 50);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT packets FROM streams WHERE call_id = 1"), 105);
	ck_assert_int_eq(lab_int(&lab, "SELECT packets FROM streams WHERE call_id = 2"), 50);
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(lost) FROM streams"), 0);
	close_lab();
}
END_TEST

START_TEST(candidates_and_encryption)
{
	struct lab_flow f = lab_flow(A, "198.51.100.77:7000", 1);

	open_lab();
	ck_assert(lab_sdp(
	        &lab, &call_one, PARTY_CALLEE,
	        "v=0\r\nc=IN IP4 198.51.100.2\r\nm=audio 6000 UDP/TLS/RTP/SAVPF 0 101\r\n" EVENTS
	        "a=candidate:1 1 UDP 2130706431 198.51.100.77 7000 typ host\r\n"));
	lab_run(&lab, &f, 10);
	lab_press(&lab, &f, 101, 3, 5);
	end_lab();
	ck_assert_int_eq(one("encrypted"), 1);
	ck_assert_int_eq(one("call_id"), 1);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf"), 0);
	close_lab();
}
END_TEST

START_TEST(same_ssrc_both_ways_is_two_streams)
{
	struct lab_flow f = lab_flow(A, B, 5), g = lab_flow(B, A, 5);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A));
	for (int i = 0; i < 50; i++) {
		lab_run(&lab, &f, 1);
		lab_run(&lab, &g, 1);
	}
	end_lab();
	ck_assert_int_eq(
	        lab_int(&lab, "SELECT count(*) FROM streams WHERE packets = 50 AND call_id = 1"),
	        2);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(DISTINCT direction) FROM streams"), 2);
	close_lab();
}
END_TEST

START_TEST(many_calls_at_one_endpoint)
{
	enum { CALLS = 3000 };
	static struct call_media calls[CALLS];
	struct lab_flow f = lab_flow(A, B, 0);

	open_lab();
	for (int i = 0; i < CALLS; i++) {
		call_media_init(&calls[i], 10 + i);
		ck_assert(lab_sdp(&lab, &calls[i], PARTY_CALLER, SDP_A));
		ck_assert(lab_sdp(&lab, &calls[i], PARTY_CALLEE, SDP_B));
		ck_assert_uint_eq(calls[i].end_count, 2);
		ck_assert(lab_sdp(&lab, &calls[i], PARTY_CALLEE, SDP_B));
		ck_assert_uint_eq(calls[i].end_count, 2);
		f.ssrc = (uint32_t)i;
		lab_run(&lab, &f, 2);
	}
	for (int i = 0; i < CALLS; i++)
		ck_assert(streams_close_call(lab.streams, &calls[i]));
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(DISTINCT call_id) FROM streams"), CALLS);
	close_lab();
}
END_TEST

START_TEST(bounds_of_one_call_hold)
{
	struct lab_flow f = lab_flow(A, B, 0);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	for (unsigned i = 0; i < STREAMS_MAX_PER_CALL + 100; i++) {
		f.ssrc = i;
		lab_run(&lab, &f, 1);
		ck_assert_uint_le(call_one.stream_count, STREAMS_MAX_PER_CALL);
	}
	for (int i = 0; i < 200; i++) {
		char text[400];
		snprintf(text, sizeof text, SDP_TO("198.51.100.2", "%d", "0", ""), 6000 + 2 * i);
		ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, text));
		ck_assert_uint_le(call_one.end_count, STREAMS_MAX_ENDS_PER_CALL);
	}
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE call_id = 1"),
	                 STREAMS_MAX_PER_CALL + 100);
	close_lab();
}
END_TEST

/* ---- acceptance ---- */

START_TEST(noise_is_not_accepted)
{
	struct lab_flow f = lab_flow(A, B, 0);

	open_lab();
	switch (_i) {
	case 0: /* zeros after a first octet 0x80, as games send */
		for (int i = 0; i < 50; i++, f.time_ns += f.step_ns) {
			f.seq = 0;
			f.timestamp = 0;
			lab_send(&lab, &f);
		}
		break;
	case 1: /* random everything */
		for (int i = 0; i < 300; i++, f.time_ns += f.step_ns) {
			f.ssrc = 7;
			f.seq = (uint16_t)rand();
			f.timestamp = (uint32_t)rand() * 3u;
			lab_send(&lab, &f);
		}
		break;
	case 2: /* RTCP-like and unassigned types */
		f.ssrc = 7;
		f.payload_type = 72;
		lab_run(&lab, &f, 20);
		f.payload_type = 50;
		lab_run(&lab, &f, 20);
		break;
	case 3: /* two packets only */
		f.ssrc = 7;
		lab_run(&lab, &f, 2);
		break;
	case 4: /* every packet its own SSRC, many of them */
		for (unsigned i = 1; i < 2 * STREAMS_MAX_PROBATION; i++, f.time_ns += 1000) {
			f.ssrc = i;
			lab_send(&lab, &f);
			ck_assert_uint_le(streams_counts(lab.streams).probation,
			                  STREAMS_MAX_PROBATION);
		}
		break;
	default: break;
	}
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams"), 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM stream_intervals"), 0);
	close_lab();
}
END_TEST

START_TEST(lossy_stream_is_accepted_in_the_end)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	for (int i = 0; i < 12; i++) {
		lab_run(&lab, &f, 1);
		lab_skip(&f);
	}
	end_lab();
	ck_assert_int_eq(one("packets"), 12);
	ck_assert_int_eq(one("lost"), 11);
	close_lab();
}
END_TEST

START_TEST(idle_orphans_are_written)
{
	struct lab_flow f = lab_flow(A, B, 1), g = lab_flow(B, A, 2);

	open_lab();
	lab_run(&lab, &f, 50);
	lab_run(&lab, &g, 2);
	lab_pass(&lab, f.time_ns + 12 * NS_PER_S);
	ck_assert_uint_eq(streams_counts(lab.streams).probation, 0);
	ck_assert_uint_eq(streams_counts(lab.streams).live, 1);
	lab_pass(&lab, f.time_ns + 61 * NS_PER_S);
	ck_assert_uint_eq(streams_counts(lab.streams).live, 0);
	ck_assert_int_eq(one("packets"), 50);
	end_lab();
	close_lab();
}
END_TEST

/* ---- digits ---- */

START_TEST(digits_with_and_without_sdp)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	if (_i == 0)
		ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	if (_i != 2)
		lab_run(&lab, &f, 20);
	for (uint8_t e = 1; e <= 12; e++) {
		lab_press(&lab, &f, 101, e % 12, 6);
		if (_i != 2)
			lab_run(&lab, &f, 10);
		else
			f.time_ns += 200 * NS_PER_MS, f.timestamp += 1600;
	}
	end_lab();
	expect_text("SELECT group_concat(digit, '') FROM (SELECT digit FROM dtmf ORDER BY time_us)",
	            "123456789*#0");
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE complete = 1 AND "
	                               "duration_ms = 120.0 AND method = 'rfc4733'"),
	                 12);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE call_id = 1"),
	                 _i == 0 ? 12 : 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE stream_id = 1"), 12);
	if (_i == 2)
		expect_text("SELECT codec FROM streams", "telephone-event");
	close_lab();
}
END_TEST

START_TEST(digit_without_end_is_given_by_time)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 5);
	f.payload_type = 101;
	for (uint8_t i = 1; i < 5; i++) {
		uint8_t payload[4] = { 9, 10, 0, (uint8_t)(40 * i) };
		lab_send_payload(&lab, &f, slice_of(payload, 4));
		f.seq++;
		f.time_ns += f.step_ns;
	}
	lab_pass(&lab, f.time_ns + 3 * NS_PER_S);
	ck_assert_int_eq(
	        lab_int(&lab, "SELECT count(*) FROM dtmf WHERE digit = '9' AND complete = 0"), 1);
	end_lab();
	close_lab();
}
END_TEST

/* ---- RTCP ---- */

static size_t put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
	return 4;
}

static struct slice sender_report(uint8_t *p, uint32_t ssrc, uint64_t ntp)
{
	size_t n = put32(p, 0x80c80006);

	n += put32(p + n, ssrc);
	n += put32(p + n, (uint32_t)(ntp >> 32));
	n += put32(p + n, (uint32_t)ntp);
	n += put32(p + n, 1);
	n += put32(p + n, 2);
	n += put32(p + n, 3);
	return slice_of(p, n);
}

static struct slice receiver_report(uint8_t *p, uint32_t reporter, uint32_t source, uint32_t lsr,
                                    uint32_t dlsr)
{
	size_t n = put32(p, 0x81c90007);

	n += put32(p + n, reporter);
	n += put32(p + n, source);
	n += put32(p + n, 64u << 24 | 7);
	n += put32(p + n, 1234);
	n += put32(p + n, 80);
	n += put32(p + n, lsr);
	n += put32(p + n, dlsr);
	return slice_of(p, n);
}

/* 0: odd ports, 1: multiplexed, 2: a=rtcp says another port, 3: all twice from a mirror. */
START_TEST(reports_find_their_streams)
{
	static const char *const from[] = { "192.0.2.1:4001", A, "192.0.2.1:4500",
		                            "192.0.2.1:4001" };
	static const char *const to[] = { "198.51.100.2:6001", B, "198.51.100.2:6500",
		                          "198.51.100.2:6001" };
	struct lab_flow f = lab_flow(A, B, 1), g = lab_flow(B, A, 2);
	uint8_t buf[100];

	open_lab();
	ck_assert(
	        lab_sdp(&lab, &call_one, PARTY_CALLEE,
	                _i == 2 ? SDP_TO("198.51.100.2", "6000", "0", "a=rtcp:6500\r\n") : SDP_B));
	lab_run(&lab, &f, 50);
	lab_run(&lab, &g, 50);
	for (int copies = _i == 3 ? 2 : 1; copies; copies--)
		ck_assert(lab_rtcp(&lab, f.time_ns + 1000 * copies, from[_i], to[_i],
		                   sender_report(buf, 1, UINT64_C(0x0000123456780000))));
	for (int copies = _i == 3 ? 2 : 1; copies; copies--)
		ck_assert(lab_rtcp(&lab, f.time_ns + 1600 * NS_PER_MS, to[_i], from[_i],
		                   receiver_report(buf, 2, 1, 0x12345678, 3 << 15)));
	struct streams_counts c = streams_counts(lab.streams);
	ck_assert_uint_eq(c.rtcp_packets, _i == 3 ? 4 : 2);
	ck_assert_uint_eq(c.rtcp_unmatched, 0);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM rtcp_reports"), 1);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM rtcp_reports r JOIN streams s ON s.id "
	                               "= r.stream_id WHERE s.ssrc = 1 AND "
	                               "reporter_ssrc = 2 AND source_ssrc = 1 AND fraction_lost = "
	                               "0.25 AND cumulative_lost = 7 AND jitter_ms = 10.0"),
	                 1);
	ck_assert_double_eq_tol(lab_real(&lab, "SELECT rtt_ms FROM rtcp_reports"), 100, 0.01);
	expect_text("SELECT delay_source FROM streams WHERE ssrc = 1", "rtcp");
	ck_assert_double_eq_tol(lab_real(&lab, "SELECT delay_ms FROM streams WHERE ssrc = 1"), 130,
	                        0.01);
	close_lab();
}
END_TEST

START_TEST(reports_of_strangers_are_counted_only)
{
	uint8_t buf[100];

	open_lab();
	ck_assert(lab_rtcp(&lab, 1, A, B, receiver_report(buf, 2, 1, 0, 0)));
	ck_assert_uint_eq(streams_counts(lab.streams).rtcp_unmatched, 1);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM rtcp_reports"), 0);
	close_lab();
}
END_TEST

/* ---- properties ---- */

/* Loss, duplicates, reordering and restarts with known truth, in sequences of any length. */
START_TEST(random_streams_equal_truth)
{
	struct lab_flow f = lab_flow(A, B, 3);
	int64_t packets = 0, lost = 0, duplicates = 0, reordered = 0, segments = 1;

	open_lab();
	srand((unsigned)_i);
	f.seq = (uint16_t)rand();
	f.timestamp = (uint32_t)rand() * 2u;
	lab_run(&lab, &f, 5);
	packets += 5;
	for (int k = 0; k < 3000; k++) {
		struct lab_flow g = f;
		int what = rand() % 100;
		if (what < 3) {
			int n = 1 + rand() % 8;
			for (int i = 0; i < n; i++)
				lab_skip(&f);
			lost += n;
		} else if (what < 6) {
			g.time_ns += NS_PER_MS;
			lab_skip(&f);
			lab_send(&lab, &f);
			g.time_ns = f.time_ns + NS_PER_MS;
			lab_send(&lab, &g);
			lab_skip(&f);
			reordered++;
			packets += 2;
		} else if (what < 9) {
			lab_send(&lab, &f);
			lab_send(&lab, &f);
			lab_skip(&f);
			packets++;
			duplicates++;
			continue;
		} else if (what == 9 && rand() % 10 == 0) {
			f.seq = (uint16_t)(f.seq + 5000 + rand() % 50000);
			f.timestamp += (uint32_t)rand();
			lab_run(&lab, &f, 2);
			packets += 2;
			segments++;
			continue;
		}
		lab_run(&lab, &f, 1);
		packets++;
	}
	end_lab();
	ck_assert_int_eq(one("packets"), packets);
	ck_assert_int_eq(one("lost"), lost);
	ck_assert_int_eq(one("duplicates"), duplicates);
	ck_assert_int_eq(one("reordered"), reordered);
	ck_assert_int_eq(one("segments"), segments);
	ck_assert_int_eq(one("ignored"), 0);
	close_lab();
}
END_TEST

/* Anything at all: invariants hold, nothing is read that should not be. */
START_TEST(random_input_keeps_the_invariants)
{
	static const char *const ends[] = { A, B, "192.0.2.9:9000", "192.0.2.9:9002" };
	static const char *const sdps[] = {
		SDP_A, SDP_B, SDP_TO("192.0.2.9", "9000", "0 97", "a=rtpmap:97 opus/48000\r\n"),
		SDP_TO("192.0.2.9", "9002", "97", "a=rtpmap:97 telephone-event/8000\r\n")
	};
	struct lab_flow f = lab_flow(A, B, 0);

	open_lab();
	srand((unsigned)_i + 100);
	for (int k = 0; k < 20000; k++) {
		uint8_t payload[8];
		for (int i = 0; i < 8; i++)
			payload[i] = (uint8_t)(rand() % 12);
		f.src = lab_endpoint(ends[rand() % 4]);
		f.dst = lab_endpoint(ends[rand() % 4]);
		f.ssrc = (uint32_t)rand() % 3;
		f.seq = (uint16_t)(rand() % 20 ? f.seq + rand() % 3 : rand());
		f.timestamp += rand() % 50 ? 160u : (uint32_t)rand();
		f.payload_type = (uint8_t)(rand() % 5 ? 0 : rand() % 128);
		f.time_ns += rand() % 500 ? 20 * NS_PER_MS : (rand() % 200 - 50) * NS_PER_S;
		ck_assert(lab_send_payload(&lab, &f, slice_of(payload, (size_t)(rand() % 9))));
		struct call_media *m = rand() % 2 ? &call_one : &call_two;
		if (rand() % 50 == 0)
			ck_assert(lab_sdp(&lab, m, (enum party)(rand() % 2), sdps[rand() % 4]));
		if (rand() % 300 == 0)
			m->end_ns = f.time_ns;
		if (rand() % 600 == 0) {
			ck_assert(streams_close_call(lab.streams, m));
			call_media_init(m, m->call_id);
		}
	}
	streams_close_call(lab.streams, &call_one);
	streams_close_call(lab.streams, &call_two);
	end_lab();
	close_lab();
}
END_TEST

/* Every allocation fails once: an error comes out, or all is well; nothing leaks. */
static bool scenario(void)
{
	struct lab_flow f = lab_flow(A, B, 1), g = lab_flow(B, A, 2);
	uint8_t buf[100];

	call_media_init(&call_one, 1);
	return stream_lab_open(&lab) && lab_run(&lab, &f, 5) && lab_press(&lab, &f, 101, 3, 5) &&
	       lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A) && lab_run(&lab, &g, 5) &&
	       lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B) && lab_run(&lab, &f, 600) &&
	       lab_press(&lab, &f, 101, 4, 5) &&
	       lab_rtcp(&lab, f.time_ns, B, A, receiver_report(buf, 2, 1, 0, 0)) &&
	       streams_close_call(lab.streams, &call_one) && streams_finish(lab.streams);
}

START_TEST(out_of_memory_is_an_error)
{
	uint64_t before = mem_count();

	ck_assert(scenario());
	close_lab();
	uint64_t total = mem_count() - before;
	ck_assert_uint_ge(total, 10);
	for (uint64_t n = 0; n < total; n++) {
		mem_fail_after(n);
		bool ok = scenario();
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(ok || lab.err.code == ERR_MEMORY, "allocation %lu: %s",
		              (unsigned long)n, lab.err.text);
		ck_assert_msg(!ok, "allocation %lu of %lu was not missed", (unsigned long)n,
		              (unsigned long)total);
		close_lab();
	}
}
END_TEST

START_TEST(known_stream_allocates_nothing)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 500); /* the store has made room for interval rows */
	uint64_t before = mem_count();
	lab_run(&lab, &f, 500);
	ck_assert_uint_eq(mem_count(), before);
	end_lab();
	close_lab();
}
END_TEST

Suite *suite_streams(void);
Suite *suite_streams(void)
{
	Suite *s = suite_create("streams");
	TCase *t = tcase_create("streams");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, defect_is_measured, 0, DEFECTS);
	tcase_add_loop_test(t, defect_is_measured_without_sdp, 0, DEFECTS);
	tcase_add_test(t, times_may_be_shifted);
	tcase_add_test(t, ssrc_change_is_two_streams);
	tcase_add_test(t, hold_and_resume_is_one_row);
	tcase_add_test(t, opus_runs_at_48_kHz);
	tcase_add_test(t, unknown_clock_has_no_jitter_and_no_score);
	tcase_add_test(t, late_sdp_explains_and_binds);
	tcase_add_test(t, receiver_decides_the_payload_type);
	tcase_add_test(t, codec_change_restarts_the_reference);
	tcase_add_test(t, late_packets_and_scores);
	tcase_add_test(t, intervals_follow_the_wall_clock);
	tcase_add_loop_test(t, ended_early_is_told, 0, 4);
	tcase_add_test(t, early_media_is_bound_by_the_offer);
	tcase_add_test(t, symmetric_nat_is_bound_by_source);
	tcase_add_test(t, source_binding_yields_to_destination);
	tcase_add_test(t, port_used_again_by_a_later_call);
	tcase_add_test(t, candidates_and_encryption);
	tcase_add_test(t, same_ssrc_both_ways_is_two_streams);
	tcase_add_test(t, many_calls_at_one_endpoint);
	tcase_add_test(t, bounds_of_one_call_hold);
	tcase_add_loop_test(t, noise_is_not_accepted, 0, 5);
	tcase_add_test(t, lossy_stream_is_accepted_in_the_end);
	tcase_add_test(t, idle_orphans_are_written);
	tcase_add_loop_test(t, digits_with_and_without_sdp, 0, 3);
	tcase_add_test(t, digit_without_end_is_given_by_time);
	tcase_add_loop_test(t, reports_find_their_streams, 0, 4);
	tcase_add_test(t, reports_of_strangers_are_counted_only);
	tcase_add_loop_test(t, random_streams_equal_truth, 0, 20);
	tcase_add_loop_test(t, random_input_keeps_the_invariants, 0, 5);
	tcase_add_test(t, out_of_memory_is_an_error);
	tcase_add_test(t, known_stream_allocates_nothing);
	suite_add_tcase(s, t);
	return s;
}
