/* Reports of the far ends find the streams they speak of. */
#include "tests/helpers/stream_case.h"

#include <check.h>

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

Suite *suite_stream_rtcp(void);
Suite *suite_stream_rtcp(void)
{
	Suite *s = suite_create("stream_rtcp");
	TCase *t = tcase_create("stream_rtcp");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, reports_find_their_streams, 0, 4);
	tcase_add_test(t, reports_of_strangers_are_counted_only);
	suite_add_tcase(s, t);
	return s;
}
