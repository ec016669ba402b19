/* Clocks of codecs, jitter, late packets, intervals and scores of whole streams. */
#include "tests/helpers/stream_case.h"

#include <check.h>

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

Suite *suite_stream_scores(void);
Suite *suite_stream_scores(void)
{
	Suite *s = suite_create("stream_scores");
	TCase *t = tcase_create("stream_scores");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, opus_runs_at_48_kHz);
	tcase_add_test(t, unknown_clock_has_no_jitter_and_no_score);
	tcase_add_test(t, late_sdp_explains_and_binds);
	tcase_add_test(t, receiver_decides_the_payload_type);
	tcase_add_test(t, codec_change_restarts_the_reference);
	tcase_add_test(t, late_packets_and_scores);
	tcase_add_test(t, intervals_follow_the_wall_clock);
	tcase_add_loop_test(t, ended_early_is_told, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
