/* Which call a stream belongs to, in which direction. */
#include "tests/helpers/stream_case.h"

#include <check.h>
#include <stdio.h>

START_TEST(early_media_is_bound_by_the_offer)
{
	struct lab_flow f = lab_flow(B, A, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A));
	lab_send(&lab, &f);
	end_lab();
	ck_assert_int_eq(one("packets"), 1);
	expect_text("SELECT direction FROM streams", "callee_to_caller");
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE r_factor IS NULL "
	                               "AND mos_lq IS NULL AND mos_cq IS NULL"),
	                 1);
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

/* UDPTL as numbers from 0x8000 up: the second octet counts on, the next ones are lengths and contents. */
static void send_udptl(unsigned n)
{
	struct lab_flow f = lab_flow(A, B, 0xc0018000);

	for (unsigned i = 0; i < n; i++) {
		f.payload_type = (uint8_t)(i & 0x7f);
		f.seq = 0x14c0;
		f.timestamp = 0x01800000;
		f.ssrc = 0xc0018000 + i / 10;
		lab_send(&lab, &f);
		f.time_ns += 30 * NS_PER_MS;
	}
}

static const struct withdrawal {
	const char *name, *lines;
} withdrawals[] = {
	{ "same port", "m=image 6000 udptl t38\r\n" },
	{ "another port in its place", "m=image 6010 udptl t38\r\n" },
	{ "port 0", "m=audio 0 RTP/AVP 0\r\nm=image 6010 udptl t38\r\n" },
	{ "behind it", "m=audio 0 RTP/AVP 0\r\nm=image 6000 udptl t38\r\n" },
};

/* What is announced no more is not believed at once, but real audio is, and belongs to the call. */
START_TEST(fax_is_no_stream)
{
	struct lab_flow f = lab_flow(A, B, 1), late = lab_flow(A, B, 2);
	char text[300];

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 10);
	snprintf(text, sizeof text, "v=0\r\nc=IN IP4 198.51.100.2\r\n%s", withdrawals[_i].lines);
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, text));
	send_udptl(60);
	end_lab();
	ck_assert_msg(lab_int(&lab, "SELECT count(*) FROM streams") == 1, "%s",
	              withdrawals[_i].name);
	close_lab();

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, text));
	lab_run(&lab, &f, 2);
	ck_assert_uint_eq(call_one.stream_count, 0);
	lab_run(&lab, &f, 8);
	ck_assert_uint_eq(call_one.stream_count, 1);
	lab_send(&lab, &late);
	ck_assert_uint_eq(call_one.stream_count, 1);
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	ck_assert_uint_eq(call_one.stream_count, 2);
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(packets) FROM streams WHERE call_id = 1"), 11);
	close_lab();
}
END_TEST

#define FORK_1 "198.51.100.31:7000"
#define FORK_2 "198.51.100.32:7100"

/* The caller's endpoint is said once, in the first dialog; `_i`: media before or after the SDP. */
START_TEST(forks_are_told_apart_by_the_callee)
{
	static const char *const froms[] = { FORK_1, FORK_2, A }, *const tos[] = { A, A, FORK_2 };
	struct lab_flow f;

	open_lab();
	ck_assert(lab_sdp_of(&lab, &call_one, 1, PARTY_CALLER, SDP_A));
	for (int turn = 0; turn < 2; turn++) {
		for (uint32_t i = 0; i < 3 && turn == _i; i++) {
			f = lab_flow(froms[i], tos[i], i + 1);
			lab_run(&lab, &f, 10);
		}
		if (turn == 1)
			break;
		ck_assert(lab_sdp_of(&lab, &call_one, 1, PARTY_CALLEE,
		                     SDP_TO("198.51.100.31", "7000", "0", "")));
		ck_assert(lab_sdp_of(&lab, &call_one, 2, PARTY_CALLEE,
		                     SDP_TO("198.51.100.32", "7100", "0", "")));
	}
	end_lab();
	expect_text(
	        "SELECT group_concat(dialog_id) FROM (SELECT dialog_id FROM streams ORDER BY ssrc)",
	        "1,2,2");
	close_lab();
}
END_TEST

/* A re-INVITE in the second dialog makes the caller's endpoint known there too: the first fork's stream stays with the first. */
START_TEST(forks_stay_apart_after_a_re_invite)
{
	struct lab_flow one_fork = lab_flow(FORK_1, A, 1),
	                other_port = lab_flow("198.51.100.32:9", A, 2);

	open_lab();
	ck_assert(lab_sdp_of(&lab, &call_one, 1, PARTY_CALLER, SDP_A));
	ck_assert(lab_sdp_of(&lab, &call_one, 1, PARTY_CALLEE,
	                     SDP_TO("198.51.100.31", "7000", "0", "")));
	ck_assert(lab_sdp_of(&lab, &call_one, 2, PARTY_CALLEE,
	                     SDP_TO("198.51.100.32", "7100", "0", "")));
	lab_run(&lab, &one_fork, 10);
	ck_assert(lab_sdp_of(&lab, &call_one, 2, PARTY_CALLER, SDP_A));
	lab_run(&lab, &one_fork, 10);
	lab_run(&lab, &other_port, 10);
	end_lab();
	expect_text(
	        "SELECT group_concat(dialog_id) FROM (SELECT dialog_id FROM streams ORDER BY ssrc)",
	        "1,2");
	close_lab();
}
END_TEST

Suite *suite_bind(void);
Suite *suite_bind(void)
{
	Suite *s = suite_create("bind");
	TCase *t = tcase_create("bind");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, early_media_is_bound_by_the_offer);
	tcase_add_test(t, symmetric_nat_is_bound_by_source);
	tcase_add_test(t, source_binding_yields_to_destination);
	tcase_add_test(t, port_used_again_by_a_later_call);
	tcase_add_test(t, candidates_and_encryption);
	tcase_add_test(t, same_ssrc_both_ways_is_two_streams);
	tcase_add_test(t, many_calls_at_one_endpoint);
	tcase_add_test(t, bounds_of_one_call_hold);
	tcase_add_loop_test(t, fax_is_no_stream, 0, sizeof withdrawals / sizeof withdrawals[0]);
	tcase_add_loop_test(t, forks_are_told_apart_by_the_callee, 0, 2);
	tcase_add_test(t, forks_stay_apart_after_a_re_invite);
	suite_add_tcase(s, t);
	return s;
}
