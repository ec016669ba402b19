/* A call's life in a station: which step a message answers, what is sent again and when it stops, how calls end that do not go well. */
#include "base/mem.h"
#include "tests/helpers/station_lab.h"

#include <check.h>

Suite *suite_station(void);

static struct station_lab lab;

#define HEADERS                                                                                    \
	"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"                       \
	"From: <sip:a@[local_ip]>;tag=[call_number]\nTo: "                                         \
	"<sip:b@[remote_ip]:[remote_port]>[peer_tag_param]\nCall-ID: [call_id]\n"
#define SEND(attributes, method, cseq)                                                             \
	"<send " attributes "><![CDATA[\n" method " sip:b@[remote_ip] SIP/2.0\n" HEADERS           \
	"CSeq: " cseq " " method "\nContent-Length: [len]\n\n]]></send>"
#define INVITE           SEND("retrans=\"500\"", "INVITE", "1")
#define ACK              SEND("", "ACK", "1")
#define BYE              SEND("retrans=\"500\"", "BYE", "2")
#define RECV(status)     "<recv response=\"" status "\"/>"
#define OPTIONAL(status) "<recv response=\"" status "\" optional=\"true\"/>"
#define REPLY(status, attributes)                                                                  \
	"<send " attributes "><![CDATA[\nSIP/2.0 " status                                          \
	" Lab\n[last_Via:]\n[last_From:]\n[last_To:];tag=B\n[last_Call-ID:]\n"                     \
	"[last_CSeq:]\nContact: <sip:b@[local_ip]>\nContent-Length: 0\n\n]]></send>"
#define UAC                                                                                        \
	INVITE OPTIONAL("100") OPTIONAL("180") RECV("200") ACK                                     \
	        "<pause milliseconds=\"1000\"/>" BYE RECV("200")
#define UAS                                                                                        \
	"<recv request=\"INVITE\"/>" REPLY("180", "") REPLY(                                       \
	        "200",                                                                             \
	        "retrans=\"500\"") "<recv request=\"ACK\"/><recv request=\"BYE\"/>" REPLY("200",   \
	                                                                                  "")

static void open_lab(const char *steps)
{
	ck_assert_msg(station_lab_open(&lab, steps), "%s", lab.err.text);
}

static void begin(void)
{
	station_lab_prepare(&lab);
}

static void end(void)
{
	ck_assert(!lab.station || station_check(lab.station));
	station_lab_release(&lab);
}

START_TEST(a_call_from_end_to_end)
{
	open_lab(UAC);
	ck_assert(station_lab_call(&lab));
	ck_assert_str_eq(station_lab_line(&lab, 0), "INVITE sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 0, "Via"),
	                 "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1-1-0");
	ck_assert_str_eq(station_lab_header(&lab, 0, "Call-ID"), "1-1@192.0.2.10");
	station_lab_answer(&lab, -1, 180, "B", NULL);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_str_eq(station_lab_line(&lab, 1), "ACK sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 1, "To"), "<sip:b@192.0.2.20:5060>;tag=B");
	station_lab_pass(&lab, 0.99);
	ck_assert_uint_eq(lab.sent_count, 2);
	station_lab_pass(&lab, 0.02);
	ck_assert_str_eq(station_lab_line(&lab, 2), "BYE sip:b@192.0.2.20 SIP/2.0");
	station_lab_answer(&lab, -1, 200, "B", NULL);
	ck_assert(station_idle(lab.station));
	ck_assert_uint_eq(lab.counters.succeeded, 1);
	ck_assert_str_eq(text_cstr(&lab.truths), "succeeded -1 none\n");
	ck_assert_uint_le(station_call_bytes(lab.station), 1024);
}
END_TEST

/* 0.5, 1.5, 3.5, 7.5, 15.5 s, and at 31.5 s it is given up: 64 x T1 (RFC 3261 17.1.1.2). */
START_TEST(an_invite_goes_again_until_it_is_given_up)
{
	static const double at[] = { 0.5, 1.5, 3.5, 7.5, 15.5 };

	open_lab(UAC);
	station_lab_call(&lab);
	double now = 0;
	for (unsigned i = 0; i < 5; i++) {
		station_lab_pass(&lab, at[i] - now - 0.01);
		ck_assert_uint_eq(lab.sent_count, 1 + i);
		station_lab_pass(&lab, 0.02);
		now = at[i] + 0.01;
		ck_assert_uint_eq(lab.sent_count, 2 + i);
		ck_assert_str_eq(lab.sent[1 + i].p, lab.sent[0].p);
	}
	station_lab_pass(&lab, 31.4 - now);
	ck_assert(!station_idle(lab.station));
	station_lab_pass(&lab, 0.2);
	ck_assert(station_idle(lab.station));
	ck_assert_uint_eq(lab.counters.failures[FAILURE_MAX_RETRANSMISSIONS], 1);
	ck_assert_uint_eq(lab.counters.retransmissions, 5);
	ck_assert_uint_eq(lab.counters.steps[0].retransmitted, 5);
}
END_TEST

START_TEST(a_provisional_answer_ends_retransmission_of_invite_only)
{
	open_lab(SEND("retrans=\"500\"", "OPTIONS", "1") OPTIONAL("100") RECV("200"));
	station_lab_call(&lab);
	station_lab_answer(&lab, -1, 100, NULL, NULL);
	station_lab_pass(&lab, 3.9);
	ck_assert_uint_eq(lab.sent_count, 1); /* RFC 3261 17.1.2.2: every T2 from now on */
	station_lab_pass(&lab, 0.2);
	ck_assert_uint_eq(lab.sent_count, 2);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_uint_eq(lab.counters.succeeded, 1);
}
END_TEST

START_TEST(what_comes_again_is_answered_again)
{
	open_lab(UAS);
	station_lab_request(&lab, "INVITE", "c1", 1, NULL, "i");
	ck_assert_uint_eq(lab.sent_count, 2);
	station_lab_request(&lab, "INVITE", "c1", 1, NULL, "i");
	ck_assert_uint_eq(lab.sent_count, 3);
	ck_assert_str_eq(station_lab_line(&lab, 2), "SIP/2.0 200 Lab");
	ck_assert_uint_eq(lab.counters.steps[0].received, 1);
	ck_assert_uint_eq(lab.counters.steps[0].received_again, 1);
	station_lab_request(&lab, "ACK", "c1", 1, "B", "a");
	station_lab_pass(&lab, 10);
	ck_assert_uint_eq(lab.sent_count, 3); /* the ACK ended the 200s */
	ck_assert_uint_le(station_call_bytes(lab.station), 1024);
	station_lab_request(&lab, "BYE", "c1", 2, "B", "b");
	ck_assert_uint_eq(lab.counters.succeeded, 1);
	/* Its 200 was lost: the call is gone, the BYE is answered all the same. */
	station_lab_request(&lab, "BYE", "c1", 2, "B", "b");
	ck_assert_uint_eq(lab.counters.dead_call, 1);
	ck_assert_str_eq(station_lab_line(&lab, 4), "SIP/2.0 200 OK");
	ck_assert_uint_eq(lab.counters.calls_in, 1);
}
END_TEST

START_TEST(a_200_again_gets_its_ack_again)
{
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_uint_eq(lab.sent_count, 2);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_uint_eq(lab.sent_count, 3);
	ck_assert_str_eq(station_lab_line(&lab, 2), "ACK sip:b@192.0.2.20 SIP/2.0");
	ck_assert_uint_eq(lab.counters.retransmissions, 1);
	station_lab_pass(
	        &lab,
	        1.1); /* BYE is out: a late 200 of the INVITE, other octets, is acknowledged still */
	station_lab_answer(&lab, 0, 200, "B", "X-Late: 1\n");
	ck_assert_str_eq(station_lab_line(&lab, 4), "ACK sip:b@192.0.2.20 SIP/2.0");
	ck_assert_uint_eq(lab.counters.failed, 0);
}
END_TEST

START_TEST(an_unexpected_refusal_is_acknowledged)
{
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 486, "B", NULL);
	ck_assert_uint_eq(lab.counters.failures[FAILURE_UNEXPECTED_MESSAGE], 1);
	ck_assert_str_eq(station_lab_line(&lab, 1), "ACK sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 1, "Via"),
	                 "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1-1-0");
	ck_assert_str_eq(station_lab_header(&lab, 1, "CSeq"), "1 ACK");
	ck_assert(station_idle(lab.station));
	ck_assert_str_eq(text_cstr(&lab.errors),
	                 "line 12: while waiting for '100' came 'SIP/2.0 486 Lab'\n");
}
END_TEST

/* Ringing: CANCEL; its 200 changes nothing, the 487 is acknowledged (RFC 3261 9.1). */
START_TEST(a_ringing_call_is_cancelled)
{
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 180, "B", NULL);
	station_abort_calls(lab.station);
	ck_assert_str_eq(station_lab_line(&lab, 1), "CANCEL sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 1, "Via"),
	                 "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1-1-0");
	ck_assert_uint_eq(station_live(lab.station), 0);
	ck_assert(!station_idle(lab.station));
	station_lab_answer(&lab, 1, 200, "B", NULL);
	ck_assert(!station_idle(lab.station));
	station_lab_answer(&lab, 0, 487, "B", NULL);
	ck_assert_str_eq(station_lab_line(&lab, 2), "ACK sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 2, "To"), "<sip:b@192.0.2.20:5060>;tag=B");
	ck_assert(station_idle(lab.station));
	ck_assert_uint_eq(lab.counters.failures[FAILURE_STOPPED], 1);
}
END_TEST

/* The answer and the CANCEL cross: ACK, BYE. */
START_TEST(an_answer_that_crosses_the_cancel_is_ended)
{
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 180, "B", NULL);
	station_abort_calls(lab.station);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_str_eq(station_lab_line(&lab, 2), "ACK sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_line(&lab, 3), "BYE sip:b@192.0.2.20 SIP/2.0");
	station_lab_answer(&lab, 3, 200, "B", NULL);
	ck_assert(station_idle(lab.station));
}
END_TEST

START_TEST(an_answered_call_is_ended_by_bye)
{
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	station_abort_calls(lab.station);
	ck_assert_str_eq(station_lab_line(&lab, 2), "BYE sip:b@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 2, "To"), "<sip:b@192.0.2.20:5060>;tag=B");
	station_lab_pass(&lab, 0.6);
	ck_assert_str_eq(station_lab_line(&lab, 3),
	                 "BYE sip:b@192.0.2.20 SIP/2.0"); /* lost: again */
	station_lab_pass(&lab, 5);
	ck_assert(station_idle(lab.station)); /* nobody answers: not for ever */
}
END_TEST

START_TEST(who_only_waits_for_what_is_late_is_through)
{
	open_lab(UAS "<timewait milliseconds=\"4000\"/>");
	station_lab_request(&lab, "INVITE", "c1", 1, NULL, "i");
	station_lab_request(&lab, "ACK", "c1", 1, "B", "a");
	station_lab_request(&lab, "BYE", "c1", 2, "B", "b");
	ck_assert_uint_eq(station_live(lab.station), 1);
	station_abort_calls(lab.station);
	ck_assert(station_idle(lab.station));
	ck_assert_uint_eq(lab.counters.succeeded, 1);
}
END_TEST

START_TEST(the_one_called_hangs_up_too)
{
	open_lab(UAS);
	station_lab_request(&lab, "INVITE", "c1", 1, NULL, "i");
	station_lab_request(&lab, "ACK", "c1", 1, "B", "a");
	station_abort_calls(lab.station);
	ck_assert_str_eq(station_lab_line(&lab, 2), "BYE sip:a@192.0.2.20 SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 2, "From"), "<sip:b@192.0.2.10>;tag=B");
	ck_assert_str_eq(station_lab_header(&lab, 2, "To"), "<sip:a@192.0.2.20>;tag=A");
	station_lab_answer(&lab, 2, 200, NULL, NULL);
	ck_assert(station_idle(lab.station));
}
END_TEST

START_TEST(no_behaviours_no_words)
{
	lab.config.behaviours = 0;
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 486, "B", NULL);
	ck_assert_uint_eq(lab.sent_count, 1);
	ck_assert_uint_eq(lab.counters.failed, 0); /* SIPp's -nd: the call goes on */
	station_lab_answer(&lab, 0, 200, "B", NULL);
	station_abort_calls(lab.station);
	ck_assert_uint_eq(lab.sent_count, 2); /* the scenario's own ACK */
	ck_assert(station_idle(lab.station));
}
END_TEST

START_TEST(an_unexpected_bye_is_answered)
{
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	station_lab_request(&lab, "BYE", "1-1@192.0.2.10", 1, "1", "b");
	ck_assert_str_eq(station_lab_line(&lab, 2), "SIP/2.0 200 OK");
	ck_assert_uint_eq(lab.sent_count, 3);
	ck_assert_uint_eq(lab.counters.failures[FAILURE_UNEXPECTED_MESSAGE], 1);
	ck_assert(station_idle(lab.station));
}
END_TEST

START_TEST(optional_ones_backward_stand_together)
{
	open_lab(INVITE OPTIONAL("100") OPTIONAL("180") "<recv response=\"183\"/>" OPTIONAL("181")
	                 RECV("200"));
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 183, "B", NULL);
	station_lab_answer(&lab, 0, 181, "B", NULL);
	ck_assert_uint_eq(lab.counters.steps[4].received, 1);
	station_lab_answer(
	        &lab, 0, 180, "B",
	        NULL); /* behind the mandatory 183: an old provisional one, does nothing */
	ck_assert_uint_eq(lab.counters.failed, 0);
	ck_assert_uint_eq(lab.counters.steps[2].received, 0);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_uint_eq(lab.counters.succeeded, 1);
}
END_TEST

START_TEST(a_response_belongs_to_what_was_sent_before)
{
	open_lab(SEND("", "OPTIONS", "1") RECV("200") SEND("", "MESSAGE", "2") RECV("200"));
	station_lab_call(&lab);
	station_lab_put(&lab, "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.10;branch=x\nFrom: "
	                      "<sip:a@b>;tag=1\nTo: <sip:b@b>;tag=B\n"
	                      "Call-ID: 1-1@192.0.2.10\nCSeq: 1 MESSAGE\nContent-Length: 0\n\n");
	ck_assert_uint_eq(lab.counters.failures[FAILURE_UNEXPECTED_MESSAGE], 1);
}
END_TEST

/* The same Call-ID, another caller's tag: another dialog, another call (RFC 3261 12). */
START_TEST(a_call_id_alone_is_no_call)
{
	open_lab(UAS);
	station_lab_request(&lab, "INVITE", "c1", 1, NULL, "i");
	station_lab_put(&lab, "INVITE sip:b@192.0.2.10 SIP/2.0\nVia: SIP/2.0/UDP "
	                      "192.0.2.21;branch=z9hG4bKj\nFrom: <sip:z@192.0.2.21>;tag=Z\n"
	                      "To: <sip:b@192.0.2.10>\nCall-ID: c1\nCSeq: 1 INVITE\nContact: "
	                      "<sip:z@192.0.2.21>\nContent-Length: 0\n\n");
	ck_assert_uint_eq(lab.counters.calls_in, 2);
	ck_assert_uint_eq(station_live(lab.station), 2);
	ck_assert_uint_eq(lab.counters.failed, 0);
}
END_TEST

START_TEST(time_runs_out)
{
	open_lab(INVITE OPTIONAL(
	        "100") "<recv response=\"200\" timeout=\"2000\" ontimeout=\"late\"/>" ACK
	               "<label id=\"late\"/>"
	               "<nop><action><log message=\"late [call_number]\"/></action></nop>");
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 100, NULL, NULL);
	station_lab_pass(&lab, 1.9);
	ck_assert_uint_eq(station_live(lab.station), 1);
	station_lab_pass(&lab, 0.2);
	ck_assert_str_eq(text_cstr(&lab.log), "late 1\n");
	ck_assert_uint_eq(lab.counters.succeeded, 1);
}
END_TEST

START_TEST(a_timeout_without_a_label_fails)
{
	lab.config.receive_timeout_ns = NS_PER_S;
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 180, "B", NULL);
	station_lab_pass(&lab, 1.1);
	ck_assert_uint_eq(lab.counters.failures[FAILURE_RECEIVE_TIMEOUT], 1);
	ck_assert_str_eq(station_lab_line(&lab, 1), "CANCEL sip:b@192.0.2.20 SIP/2.0");
}
END_TEST

START_TEST(variables_tests_and_jumps)
{
	open_lab("<nop><action><assign assign_to=\"n\" value=\"0\"/></action></nop><label "
	         "id=\"again\"/>"
	         "<nop><action><add assign_to=\"n\" value=\"1\"/><test assign_to=\"more\" "
	         "variable=\"n\" compare=\"less_than\" value=\"3\"/>"
	         "<log message=\"n [$n]\"/></action></nop>"
	         "<nop next=\"again\" test=\"more\"/>" SEND("", "OPTIONS", "1") RECV("200"));
	station_lab_call(&lab);
	ck_assert_str_eq(text_cstr(&lab.log), "n 1.000000\nn 2.000000\nn 3.000000\n");
	ck_assert_uint_eq(lab.sent_count, 1);
}
END_TEST

START_TEST(a_loop_without_waiting_ends)
{
	open_lab(SEND("", "OPTIONS", "1") "<label id=\"on\"/><nop next=\"on\"/>" RECV("200"));
	station_lab_call(&lab);
	ck_assert_uint_eq(lab.counters.failures[FAILURE_INTERNAL], 1);
}
END_TEST

START_TEST(what_is_last_is_kept_over_a_pause)
{
	open_lab("<recv request=\"INVITE\"/><pause milliseconds=\"100\"/>" REPLY(
	        "200", "") "<recv request=\"ACK\"/>");
	station_lab_request(&lab, "INVITE", "c1", 7, NULL, "i");
	station_lab_request(&lab, "INVITE", "c2", 9, NULL, "j");
	station_lab_pass(&lab, 0.2);
	ck_assert_str_eq(station_lab_header(&lab, 0, "CSeq"), "7 INVITE");
	ck_assert_str_eq(station_lab_header(&lab, 0, "Via"),
	                 "SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKi");
	ck_assert_str_eq(station_lab_header(&lab, 1, "CSeq"), "9 INVITE");
	ck_assert_str_eq(station_lab_header(&lab, 1, "To"), "<sip:b@192.0.2.10>;tag=B");
}
END_TEST

START_TEST(a_full_buffer_waits_for_room)
{
	open_lab(UAC);
	lab.next_result = SEND_FULL;
	station_lab_call(&lab);
	ck_assert_uint_eq(lab.sent_count, 0);
	lab.next_result = SEND_DONE;
	lab.transport.events.writable(lab.transport.events.context, &lab.channel);
	ck_assert_uint_eq(lab.sent_count, 1);
	ck_assert_str_eq(station_lab_header(&lab, 0, "CSeq"), "1 INVITE");
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_uint_eq(lab.sent_count, 2);
}
END_TEST

START_TEST(a_refused_port_ends_who_would_wait_for_ever)
{
	open_lab(SEND("", "OPTIONS", "1") RECV("200"));
	station_lab_call(&lab);
	lab.transport.events.refused(lab.transport.events.context, &lab.channel, lab.config.target,
	                             "nobody listens there");
	ck_assert_uint_eq(lab.counters.failures[FAILURE_CANNOT_SEND], 1);
	ck_assert(station_idle(lab.station));
}
END_TEST

START_TEST(a_closed_connection_ends_its_calls)
{
	lab.config.transport = SIM_TCP;
	open_lab(UAC);
	station_lab_call(&lab);
	station_lab_call(&lab);
	lab.transport.events.closed(lab.transport.events.context, &lab.channel, false, "refused");
	ck_assert_uint_eq(lab.counters.failures[FAILURE_TCP_CONNECT], 2);
	ck_assert(station_idle(lab.station));
}
END_TEST

/* What had all its messages is no failure when the connection is closed. */
START_TEST(timewait_ends_with_its_connection)
{
	lab.config.transport = SIM_TCP;
	open_lab(SEND("", "OPTIONS", "1") RECV("200") "<timewait milliseconds=\"4000\"/>");
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	lab.transport.events.closed(lab.transport.events.context, &lab.channel, true, "closed");
	ck_assert(station_idle(lab.station));
	ck_assert_uint_eq(lab.counters.succeeded, 1);
	ck_assert_uint_eq(lab.counters.failed, 0);
}
END_TEST

START_TEST(routes_are_followed)
{
	open_lab(INVITE "<recv response=\"200\" rrs=\"true\"/><send><![CDATA[\nACK [next_url] "
	                "SIP/2.0\n" HEADERS
	                "[routes]\nCSeq: 1 ACK\nContent-Length: 0\n\n]]></send>");
	station_lab_call(&lab);
	station_lab_answer(&lab, 0, 200, "B",
	                   "Record-Route: <sip:p2;lr>\nRecord-Route: <sip:p1;lr>\nContact: \"B\" "
	                   "<sip:b@198.51.100.9:5070;x=y>\n");
	ck_assert_str_eq(station_lab_line(&lab, 1), "ACK sip:b@198.51.100.9:5070;x=y SIP/2.0");
	ck_assert_str_eq(station_lab_header(&lab, 1, "Route"), "<sip:p1;lr>, <sip:p2;lr>");
}
END_TEST

START_TEST(a_transaction_is_told_by_its_branch)
{
	open_lab(SEND("start_txn=\"one\"", "OPTIONS", "1")
	                 SEND("start_txn=\"two\"", "OPTIONS",
	                      "2") "<recv response=\"200\" response_txn=\"two\"/><recv "
	                           "response=\"200\" response_txn=\"one\"/>");
	station_lab_call(&lab);
	ck_assert_uint_eq(lab.sent_count, 2);
	station_lab_answer(&lab, 1, 200, "B", NULL);
	station_lab_answer(&lab, 0, 200, "B", NULL);
	ck_assert_uint_eq(lab.counters.succeeded, 1);
}
END_TEST

START_TEST(rubbish_is_counted)
{
	open_lab(UAS);
	station_lab_put(&lab, "this is no SIP\n\n");
	station_lab_put(&lab, "SIP/2.0 200 OK\nCall-ID: nobody\n\n");
	station_lab_request(&lab, "ACK", "nobody", 1, NULL, "x");
	ck_assert_uint_eq(lab.counters.out_of_call, 3);
	ck_assert_uint_eq(lab.counters.calls_in, 0);
}
END_TEST

/* Whichever allocation fails, calls end, nothing is lost, nothing leaks. */
START_TEST(any_allocation_may_fail)
{
	for (uint64_t n = 0; n < 400; n++) {
		struct station_lab *l = &lab;
		station_lab_release(l);
		station_lab_prepare(l);
		mem_fail_after(n);
		if (station_lab_open(l, UAC)) {
			station_lab_call(l);
			station_lab_answer(l, 0, 200, "B", NULL);
			station_lab_pass(l, 1.1);
			station_lab_answer(l, -1, 200, "B", NULL);
		}
		mem_fail_after(UINT64_MAX);
		if (l->station)
			ck_assert(station_check(l->station));
	}
}
END_TEST

Suite *suite_station(void)
{
	Suite *s = suite_create("station");
	TCase *t = tcase_create("station");

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_call_from_end_to_end);
	tcase_add_test(t, an_invite_goes_again_until_it_is_given_up);
	tcase_add_test(t, a_provisional_answer_ends_retransmission_of_invite_only);
	tcase_add_test(t, what_comes_again_is_answered_again);
	tcase_add_test(t, a_200_again_gets_its_ack_again);
	tcase_add_test(t, an_unexpected_refusal_is_acknowledged);
	tcase_add_test(t, a_ringing_call_is_cancelled);
	tcase_add_test(t, an_answer_that_crosses_the_cancel_is_ended);
	tcase_add_test(t, an_answered_call_is_ended_by_bye);
	tcase_add_test(t, who_only_waits_for_what_is_late_is_through);
	tcase_add_test(t, the_one_called_hangs_up_too);
	tcase_add_test(t, no_behaviours_no_words);
	tcase_add_test(t, an_unexpected_bye_is_answered);
	tcase_add_test(t, optional_ones_backward_stand_together);
	tcase_add_test(t, a_response_belongs_to_what_was_sent_before);
	tcase_add_test(t, a_call_id_alone_is_no_call);
	tcase_add_test(t, time_runs_out);
	tcase_add_test(t, a_timeout_without_a_label_fails);
	tcase_add_test(t, variables_tests_and_jumps);
	tcase_add_test(t, a_loop_without_waiting_ends);
	tcase_add_test(t, what_is_last_is_kept_over_a_pause);
	tcase_add_test(t, a_full_buffer_waits_for_room);
	tcase_add_test(t, a_refused_port_ends_who_would_wait_for_ever);
	tcase_add_test(t, a_closed_connection_ends_its_calls);
	tcase_add_test(t, timewait_ends_with_its_connection);
	tcase_add_test(t, routes_are_followed);
	tcase_add_test(t, a_transaction_is_told_by_its_branch);
	tcase_add_test(t, rubbish_is_counted);
	tcase_add_test(t, any_allocation_may_fail);
	suite_add_tcase(s, t);
	return s;
}
