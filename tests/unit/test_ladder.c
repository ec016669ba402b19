/* reports/ladder: whole ladders, word for word, wide, narrow, and of hostile texts. */
#include "base/mem.h"
#include "reports/ladder.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <stdio.h>

static const char expected_l1[] =
        "Call 1: alice -> bob\n"
        "  outcome   answered, final status 200 (OK), Q.850 cause 16\n"
        "  start     2023-11-14 22:13:20.000 UTC\n"
        "  ringing   +0.200 s\n"
        "  answered  +2.000 s\n"
        "  ended     +9.000 s by caller, 7.000 s of talk\n"
        "  legs      1, held for 1.5 s, lowest MOS 3.20\n"
        "  Call-ID   one@192.0.2.1\n"
        "\n"
        "        time    frame 192.0.2.1:5060                 192.0.2.2:5060                 "
        "198.51.100.9\n"
        "    0.000000      1:1 |----------- INVITE ---------->|                              |\n"
        "                      | SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv                 |\n"
        "    0.050000      1:2 |----------- INVITE ---------->|                              |\n"
        "                      | retransmitted, SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv  |\n"
        "    0.100000      1:3 |<-------- 100 INVITE ---------|                              |\n"
        "    2.000000      1:4 |<-------- 200 INVITE ---------|                              |\n"
        "                      | SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv                 |\n"
        "    2.010000      1:5 |------------ ACK ------------>|                              |\n"
        "    2.020000          |======== RTP PCMU #1 ========>|                              |\n"
        "                      | 345 packets, 1.15 % lost, jitter 1.1 ms, MOS 4.02 nb        |\n"
        "    2.020000          |                              |======== RTP PCMU #2 ========>|\n"
        "                      |                         345 packets, 0.00 % lost, jitter 1.1 ms, "
        "MOS 3.20 nb\n"
        "    4.000000          |----------- DTMF 5 ---------->|                              |\n"
        "                      | rfc4733, 100 ms              |                              |\n"
        "    4.500000          |<---------- DTMF # -----------|                              |\n"
        "                      | info, its end was not seen   |                              |\n"
        "    8.980000          |========= end of #1 =========>|                              |\n"
        "    8.980000          |                              |========= end of #2 =========>|\n"
        "    9.000000      1:6 |------------ BYE ------------>|                              |\n"
        "    9.100000      1:7 |<--------- 200 BYE -----------|                              |\n"
        "\n"
        "Streams\n"
        "  #    sender from -> to                             codec     packets lost %  late "
        "jitter    max   MOS\n"
        "  1    caller 192.0.2.1:4000 -> 192.0.2.2:6000       PCMU          345   1.15     1    "
        "1.1    4.2  4.02 nb\n"
        "  2    callee 192.0.2.2:6000 -> 198.51.100.9:4000    PCMU          345   0.00     1    "
        "1.1    4.2  3.20 nb\n";

static const char expected_l1n[] = "Call 1: alice -> bob\n"
                                   "  outcome   answered, final status 200 (OK), Q.850 cause 16\n"
                                   "  start     2023-11-14 22:13:20.000 UTC\n"
                                   "  ringing   +0.200 s\n"
                                   "  answered  +2.000 s\n"
                                   "  ended     +9.000 s by caller, 7.000 s of talk\n"
                                   "  legs      1, held for 1.5 s, lowest MOS 3.20\n"
                                   "  Call-ID   one@192.0.2.1\n"
                                   "\n"
                                   "  A = 192.0.2.1:5060\n"
                                   "  B = 192.0.2.2:5060\n"
                                   "  C = 198.51.100.9\n"
                                   "\n"
                                   "        time    frame A                 B                 C\n"
                                   "    0.000000      1:1 |---- INVITE ---->|                 |\n"
                                   "                      | SDP offer PCMU PCMA 192.0.2.1:4000 ~\n"
                                   "    0.050000      1:2 |---- INVITE ---->|                 |\n"
                                   "                      | retransmitted, SDP offer PCMU PCMA ~\n"
                                   "    0.100000      1:3 |<- 100 INVITE ---|                 |\n"
                                   "    2.000000      1:4 |<- 200 INVITE ---|                 |\n"
                                   "                      | SDP offer PCMU PCMA 192.0.2.1:4000 ~\n"
                                   "    2.010000      1:5 |------ ACK ----->|                 |\n"
                                   "    2.020000          |== RTP PCMU #1 =>|                 |\n"
                                   "                      | 345 packets, 1.15 % lost, jitter 1.~\n"
                                   "    2.020000          |                 |== RTP PCMU #2 =>|\n"
                                   "                      | 345 packets, 0.00 % lost, jitter 1.~\n"
                                   "    4.000000          |---- DTMF 5 ---->|                 |\n"
                                   "                      | rfc4733, 100 ms |                 |\n"
                                   "    4.500000          |<--- DTMF # -----|                 |\n"
                                   "                      | info, its end was not seen        |\n"
                                   "    8.980000          |=== end of #1 ==>|                 |\n"
                                   "    8.980000          |                 |=== end of #2 ==>|\n"
                                   "    9.000000      1:6 |------ BYE ----->|                 |\n"
                                   "    9.100000      1:7 |<--- 200 BYE ----|                 |\n"
                                   "\n"
                                   "Streams\n"
                                   "  #    sender from -> to                             codec     "
                                   "packets lost %  late jitter    max   MOS\n"
                                   "  1    caller 192.0.2.1:4000 -> 192.0.2.2:6000       PCMU      "
                                   "    345   1.15     1    1.1    4.2  4.02 nb\n"
                                   "  2    callee 192.0.2.2:6000 -> 198.51.100.9:4000    PCMU      "
                                   "    345   0.00     1    1.1    4.2  3.20 nb\n";

static const char expected_l3[] =
        "Call 3: \\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9 -> "
        "\\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\n"
        "  outcome   failed, final status 503 "
        "(\\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9)\n"
        "  start     2023-11-14 22:13:21.000 UTC\n"
        "  ended     +0.100 s by callee\n"
        "  legs      1\n"
        "  Call-ID   \\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\n"
        "\n"
        "        time    frame 192.0.2.1:5060                              192.0.2.2:5060\n"
        "    0.000000     1:10 |--------------- IN\\x1BVITE\xEF\xBF\xBD -------------->|\n"
        "                      | SDP \\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9            "
        "        |\n";

static const char expected_lj[] =
        "{\n"
        "\t\"call\": {\"id\": 3, \"run_id\": 1, \"sip_call_id\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"caller\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"callee\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"first_us\": "
        "1700000001000000, \"last_us\": 1700000001100000, \"start_us\": 1700000001000000, "
        "\"ring_us\": null, \"answer_us\": null, \"end_us\": 1700000001100000, \"setup_ms\": null, "
        "\"pdd_ms\": null, \"talk_ms\": null, \"outcome\": \"failed\", \"final_status\": 503, "
        "\"reason\": \"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"q850_cause\": "
        "null, \"released_by\": \"callee\", \"leg_count\": 1, \"mos_min\": null, \"transferred\": "
        "0, \"held_ms\": 0, \"cut\": null, \"trying_ms\": null, "
        "\"disconnect_ms\": null, \"disconnect\": null, \"attempts\": 1, "
        "\"challenges\": 0, \"username\": null, \"realm\": null, \"holds\": 0, "
        "\"extra_answers\": 0, \"cancel_race\": 0},\n"
        "\t\"dialogs\": [\n"
        "\t\t{\"id\": 3, \"run_id\": 1, \"call_id\": 3, \"sip_call_id\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"kind\": \"invite\", "
        "\"state\": \"failed\", \"from_uri\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"from_tag\": \"a1\", "
        "\"to_uri\": \"sip:bob@192.0.2.2\", \"to_tag\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"caller_contact\": null, "
        "\"callee_contact\": null, \"caller_user_agent\": \"Phone 1.0\", \"callee_user_agent\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"src\": "
        "\"192.0.2.1:5060\", \"dst\": \"192.0.2.2:5060\", \"transport\": \"UDP\", \"start_us\": "
        "1700000001000000, \"answer_us\": null, \"end_us\": 1700000001100000, \"forked_from\": "
        "null, \"replaces\": null, \"first_message\": null, \"last_message\": null, \"ring_us\": "
        "null, \"final_status\": 503, \"won\": null, "
        "\"session_expires_s\": null, \"refresher\": null, \"refreshes\": null}\n"
        "\t],\n"
        "\t\"edges\": [],\n"
        "\t\"transfers\": [],\n"
        "\t\"messages\": [\n"
        "\t\t{\"id\": 10, \"capture_id\": 1, \"frame\": 10, \"time_us\": 1700000001000000, "
        "\"file_offset\": 24, \"src\": \"192.0.2.1:5060\", \"dst\": \"192.0.2.2:5060\", "
        "\"transport\": \"UDP\", \"first_line\": \"INVITE sip:bob@192.0.2.2 SIP/2.0\", \"method\": "
        "\"IN\\u001BVITE\xEF\xBF\xBD\", \"status\": null, \"cseq\": 1, \"cseq_method\": "
        "\"IN\\u001BVITE\xEF\xBF\xBD\", \"sip_call_id\": \"one@192.0.2.1\", \"transaction_id\": 1, "
        "\"dialog_id\": 3, \"bytes\": 400, \"has_sdp\": 1, \"retransmission\": 0, \"sdp\": "
        "\"\\u001B[31m\\\"x\\\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\", \"defects\": 0, "
        "\"first_frame\": null}\n"
        "\t],\n"
        "\t\"streams\": [],\n"
        "\t\"dtmf\": [],\n"
        "\t\"digits\": [],\n"
        "\t\"stream_audio\": [],\n"
        "\t\"tones\": [],\n"
        "\t\"call_audio\": [],\n"
        "\t\"findings\": []\n"
        "}\n";

static const struct {
	const char *name;
	int64_t call;
	struct ladder_style style;
	const char *expected;
} ladders[] = {
	{ "wide", 1, { 100, true }, expected_l1 },
	{ "narrow", 1, { 60, true }, expected_l1n },
	{ "narrower than can be", 1, { 1, true }, expected_l1n },
	{ "hostile", 3, { 100, true }, expected_l3 },
};

/* Alice calls through a B2BUA, whose second leg is captured before the first (another clock), and forks to Bob and Carol. Bob hands
 * Alice over to Dave. */
static const struct {
	int64_t dialog, time_us;
	const char *src, *dst;
	int status;
	const char *method;
} joined_messages[] = {
	{ 2, 0, "192.0.2.9:5060", "192.0.2.2:5060", 0, "INVITE" },
	{ 1, 1000, "192.0.2.1:5060", "192.0.2.9:5060", 0, "INVITE" },
	{ 3, 2000, "192.0.2.9:5060", "192.0.2.3:5060", 0, "INVITE" },
	{ 2, 3000, "192.0.2.2:5060", "192.0.2.9:5060", 200, "INVITE" },
	{ 1, 4000, "192.0.2.9:5060", "192.0.2.1:5060", 200, "INVITE" },
	/* From the callee's side: changes nothing of the order. */
	{ 2, 5000, "192.0.2.2:5060", "192.0.2.9:5060", 0, "INVITE" },
	{ 1, 6000, "192.0.2.9:5060", "192.0.2.1:5060", 0, "REFER" },
	{ 4, 7000, "192.0.2.1:5060", "192.0.2.4:5062", 0, "INVITE" },
};

static struct record_dialog joined_dialog(int64_t id)
{
	static const char *const call_ids[] = { "a@x", "b@x", "b@x", "d@x" };
	static const char *const tags[] = { "a1", "p1", "p1", "a2" };
	static const int64_t starts[] = { 1000, 0, 2000, 7000 };
	static const char *const ends[] = { "192.0.2.1:5060", "192.0.2.9:5060", "192.0.2.2:5060",
		                            "192.0.2.3:5060", "192.0.2.4:5062" };
	static const int from[] = { 0, 1, 1, 0 }, to[] = { 1, 2, 3, 4 };

	return (struct record_dialog){
		.id = id,
		.run_id = 1,
		.call_id = 1,
		.sip_call_id = slice_str(call_ids[id - 1]),
		.kind = SLICE_LIT("invite"),
		.state = id == 3 ? SLICE_LIT("cancelled") : SLICE_LIT("confirmed"),
		.from_uri = SLICE_LIT("sip:alice@x"),
		.from_tag = slice_str(tags[id - 1]),
		.to_uri = id == 4 ? SLICE_LIT("sip:dave@x") : SLICE_LIT("sip:bob@x"),
		.src = slice_str(ends[from[id - 1]]),
		.dst = slice_str(ends[to[id - 1]]),
		.start_us = SAMPLE_START_US + starts[id - 1],
		.answer_us = id == 1 ? SAMPLE_START_US + 4000 : RECORD_NULL,
		.end_us = RECORD_NULL,
		.forked_from = RECORD_NULL,
		.first_message = 1,
		.last_message = 8,
		.ring_us = RECORD_NULL,
		.final_status = id == 3 ? 487 : 200,
		.won = id == 2   ? 1
		       : id == 3 ? 0
		                 : RECORD_NULL,
		.session_expires_s = id == 1 ? 1800 : RECORD_NULL,
		.refresher = id == 1 ? SLICE_LIT("uac") : SLICE_NONE,
		.refreshes = id == 1 ? 2 : RECORD_NULL,
	};
}

static void put_joined_rows(struct store *s, struct err *err)
{
	struct record_call call = sample_call(1);
	struct record_edge edges[] = {
		{ 1, 2, 1, SLICE_LIT("session-id"), 100,
		  SLICE_LIT("ab30317f1a784dc48ff824d0d3715d86") },
		{ 1, 1, 4, SLICE_LIT("refer"), 95, SLICE_LIT("sip:dave@x") },
	};
	struct record_transfer transfer = {
		.id = 1,
		.run_id = 1,
		.call_id = 1,
		.dialog_id = 1,
		.kind = SLICE_LIT("blind"),
		.refer_to = SLICE_LIT("sip:dave@x"),
		.time_us = SAMPLE_START_US + 6000,
		.end_us = RECORD_NULL,
		.status = 202,
		.notify_status = 200,
		.outcome = SLICE_LIT("completed"),
	};

	call.leg_count = 3;
	call.transferred = true;
	call.holds = 2;
	call.challenges = 1;
	call.attempts = 2;
	call.username = SLICE_LIT("alice");
	call.realm = SLICE_LIT("x");
	call.cut = SLICE_LIT("end");
	ck_assert(store_call(s, &call, err) && store_edge(s, &edges[0], err) &&
	          store_edge(s, &edges[1], err) && store_transfer(s, &transfer, err));
	for (int64_t id = 1; id <= 4; id++) {
		struct record_dialog d = joined_dialog(id);
		ck_assert(store_dialog(s, &d, err));
	}
}

static struct store *joined_call(void)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_stream stream = sample_stream(1);

	put_joined_rows(s, &err);
	for (size_t i = 0; i < sizeof joined_messages / sizeof *joined_messages; i++) {
		struct record_message m = sample_message((int64_t)i + 1);
		m.time_us += joined_messages[i].time_us;
		m.dialog_id = joined_messages[i].dialog;
		m.src = slice_str(joined_messages[i].src);
		m.dst = slice_str(joined_messages[i].dst);
		m.cseq_method = slice_str(joined_messages[i].method);
		m.method = joined_messages[i].status ? SLICE_NONE : m.cseq_method;
		m.status = joined_messages[i].status ? joined_messages[i].status : RECORD_NULL;
		ck_assert(store_message(s, &m, &err));
	}
	ck_assert(store_stream(s, &stream, &err) && store_finish(s, 1, &err));
	return s;
}

static const char expected_joined[] =
        "        time    frame leg 192.0.2.1:5060     192.0.2.9:5060     192.0.2.2:5060     "
        "192.0.2.3:5060     192.0.2.4:5062\n"
        "    0.000000      1:1   1 |                  |----- INVITE ---->|                  |      "
        " "
        "           |\n"
        "    0.001000      1:2   2 |----- INVITE ---->|                  |                  |      "
        " "
        "           |\n"
        "    0.002000      1:3   1 |                  |-------------- INVITE -------------->|      "
        " "
        "           |\n";

static const char expected_below[] =
        "Legs\n"
        "    1  sip:alice@x -> sip:bob@x, 192.0.2.9:5060 -> 192.0.2.2:5060\n"
        "        confirmed (200), began +0.000 s, 2 dialogs\n"
        "        Call-ID b@x\n"
        "    2  sip:alice@x -> sip:bob@x, 192.0.2.1:5060 -> 192.0.2.9:5060\n"
        "        confirmed (200), began +0.001 s, answered +0.004 s\n"
        "        Call-ID a@x\n"
        "        session timer 1800 s, refreshed by the uac, 2 times\n"
        "    3  sip:alice@x -> sip:dave@x, 192.0.2.1:5060 -> 192.0.2.4:5062\n"
        "        confirmed (200), began +0.007 s\n"
        "        Call-ID d@x\n"
        "\n"
        "Why they are one call\n"
        "    1 and 2   session-id   100  ab30317f1a784dc48ff824d0d3715d86\n"
        "    2 and 3   refer         95  sip:dave@x\n"
        "\n"
        "Transfers\n"
        "  +0.006 s  blind to sip:dave@x: completed, answered with 202, last told 200 (leg 2)\n"
        "\n"
        "Streams\n"
        "  leg   #    sender from -> to ";

static const struct {
	unsigned width;
	const char *part;
} joined_widths[] = {
	{ 120, expected_joined },
	{ 120, expected_below },
	{ 120, "  cut       its end lies behind the capture\n"
	       "  user      alice of x (challenges 1, attempts 2)\n"
	       "  legs      3, transferred, held 2 times for 1.5 s, lowest MOS 3.20\n" },
	{ 400, "frame leg 192.0.2.1:5060                              192.0.2.9:5060 " },
	{ 104,
	  "frame leg 192.0.2.1       192.0.2.9       192.0.2.2       192.0.2.3       192.0.2.4\n" },
	{ 90, "  A = 192.0.2.1:5060\n  B = 192.0.2.9:5060\n  C = 192.0.2.2:5060\n" },
	{ 60, "    0.007000      1:8   3 A --> E  INVITE\n" },
};

START_TEST(legs_in_one_ladder)
{
	struct err err = ERR_INIT;
	struct store *s = joined_call();
	struct records *r = records_of(store_handle(s), &err);
	struct ladder_style style = { joined_widths[_i].width, true };
	struct text out;

	text_init(&out);
	ck_assert_msg(ladder_text(r, 1, &style, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out), joined_widths[_i].part) != NULL, "want:\n%s\nin:\n%s",
	              joined_widths[_i].part, text_cstr(&out));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static bool draw(struct records *r, int index, struct text *out, struct err *err)
{
	return ladder_text(r, ladders[index].call, &ladders[index].style, out, err);
}

START_TEST(ladder_of_the_sample)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert_msg(draw(r, _i, &out, &err), "%s", err.text);
	ck_assert_msg(strcmp(text_cstr(&out), ladders[_i].expected) == 0, "%s: got:\n%s\nwant:\n%s",
	              ladders[_i].name, text_cstr(&out), ladders[_i].expected);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(utf8_lines)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct ladder_style style = { 100, false };
	struct text out;

	text_init(&out);
	ck_assert(ladder_text(r, 2, &style, &out, &err));
	ck_assert_msg(strstr(text_cstr(&out), " │◄────────────── 486 INVITE ────────────────│\n"),
	              "%s", text_cstr(&out));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(json_of_one_call)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert(ladder_json(r, 3, &out, &err));
	ck_assert_str_eq(text_cstr(&out), expected_lj);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static const struct {
	const char *call;
	int64_t id; /* 0: an error */
	const char *text;
} searches[] = {
	{ "1", 1, NULL },
	{ "3", 3, NULL },
	{ "two@192.0.2.1", 2, NULL },
	{ "01", 0, "there is no call '01'; 'milliwatt show DB' lists the calls" },
	{ "1x", 0, "there is no call '1x'; 'milliwatt show DB' lists the calls" },
	{ "4", 0, "there is no call '4'; 'milliwatt show DB' lists the calls" },
	{ "", 0, "there is no call ''; 'milliwatt show DB' lists the calls" },
	{ "' OR 1 --", 0, "there is no call '' OR 1 --'; 'milliwatt show DB' lists the calls" },
	{ "\033[2J", 0, "there is no call '\\x1B[2J'; 'milliwatt show DB' lists the calls" },
	{ "99999999999999999999", 0,
	  "there is no call '99999999999999999999'; 'milliwatt show DB' lists the calls" },
};

START_TEST(call_is_found)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	int64_t id = 0;

	ck_assert_int_eq(ladder_find(r, slice_str(searches[_i].call), &id, &err),
	                 searches[_i].id != 0);
	if (searches[_i].id)
		ck_assert_int_eq(id, searches[_i].id);
	else
		ck_assert_str_eq(err.text, searches[_i].text);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(call_that_is_not_there)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct ladder_style style = { 100, true };
	struct text out;

	text_init(&out);
	ck_assert(!ladder_text(r, 77, &style, &out, &err));
	ck_assert_str_eq(err.text, "there is no call '77'; 'milliwatt show DB' lists the calls");
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* `endpoints` hosts in a chain, `messages` messages. */
static struct store *crowd(int endpoints, int messages)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_call call = sample_call(1);
	struct record_dialog d = { .id = 1,
		                   .run_id = 1,
		                   .call_id = 1,
		                   .kind = SLICE_LIT("invite"),
		                   .forked_from = RECORD_NULL,
		                   .start_us = RECORD_NULL,
		                   .answer_us = RECORD_NULL,
		                   .end_us = RECORD_NULL };
	char src[32], dst[32];

	ck_assert(store_call(s, &call, &err) && store_dialog(s, &d, &err));
	for (int i = 0; i < messages; i++) {
		struct record_message m = sample_message(i + 1);
		snprintf(src, sizeof src, "10.0.0.%d:5060", i % endpoints);
		snprintf(dst, sizeof dst, "10.0.0.%d:5060", (i + 1) % endpoints);
		m.time_us += i;
		m.src = slice_str(src);
		m.dst = slice_str(dst);
		ck_assert(store_message(s, &m, &err));
	}
	ck_assert(store_finish(s, 1, &err));
	return s;
}

static const struct {
	int endpoints, messages;
	const char *part;
} crowds[] = {
	{ 1, 1, "    0.000000      1:1 | @ INVITE\n" },
	{ 6, 6, "    0.000001      1:2 |              |--- INVITE -->|" },
	{ 8, 8, "    0.000006      1:7 G --> H  INVITE\n" },
	{ 30, 30, "    0.000028     1:29 C2 --> D2  INVITE\n" },
	{ 200, 200, "  L3 = others\n" },
	{ 3, 10100, "  ... and 100 more\n" },
};

START_TEST(many_endpoints_and_messages)
{
	struct err err = ERR_INIT;
	struct store *s = crowd(crowds[_i].endpoints, crowds[_i].messages);
	struct records *r = records_of(store_handle(s), &err);
	struct ladder_style style = { 100, true };
	struct text out;

	text_init(&out);
	ck_assert_msg(ladder_text(r, 1, &style, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out), crowds[_i].part) != NULL, "want %s in:\n%.3000s",
	              crowds[_i].part, text_cstr(&out));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static void survives_no_memory(struct store *s, int64_t call, const struct ladder_style *style,
                               const char *part)
{
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		struct text out;
		ck_assert_uint_lt(n, 1000);
		text_init(&out);
		mem_fail_after(n);
		struct records *r = records_of(store_handle(s), &err);
		done = r && ladder_text(r, call, style, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		ck_assert(!done || strstr(text_cstr(&out), part) != NULL);
		records_close(r);
		text_release(&out);
	}
	store_free(s);
}

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;

	survives_no_memory(sample_store(NULL, &err), ladders[_i].call, &ladders[_i].style,
	                   ladders[_i].expected);
}
END_TEST

START_TEST(allocation_n_fails_with_legs)
{
	struct ladder_style style = { 120, true };

	survives_no_memory(joined_call(), 1, &style, expected_below);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_ladder(void);
Suite *suite_ladder(void)
{
	Suite *suite = suite_create("ladder");
	TCase *tcase = tcase_create("ladder");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, ladder_of_the_sample, 0, COUNT(ladders));
	tcase_add_loop_test(tcase, legs_in_one_ladder, 0, COUNT(joined_widths));
	tcase_add_test(tcase, utf8_lines);
	tcase_add_test(tcase, json_of_one_call);
	tcase_add_loop_test(tcase, call_is_found, 0, COUNT(searches));
	tcase_add_test(tcase, call_that_is_not_there);
	tcase_add_loop_test(tcase, many_endpoints_and_messages, 0, COUNT(crowds));
	tcase_add_loop_test(tcase, allocation_n_fails, 0, COUNT(ladders));
	tcase_add_test(tcase, allocation_n_fails_with_legs);
	suite_add_tcase(suite, tcase);
	return suite;
}
