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
        "\t\"dtmf\": []\n"
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

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct text out;
		ck_assert_uint_lt(n, 1000);
		err.code = ERR_NONE;
		text_init(&out);
		mem_fail_after(n);
		struct records *r = records_of(store_handle(s), &err);
		done = r && draw(r, _i, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		ck_assert(!done || strcmp(text_cstr(&out), ladders[_i].expected) == 0);
		records_close(r);
		text_release(&out);
	}
	store_free(s);
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
	tcase_add_test(tcase, utf8_lines);
	tcase_add_test(tcase, json_of_one_call);
	tcase_add_loop_test(tcase, call_is_found, 0, COUNT(searches));
	tcase_add_test(tcase, call_that_is_not_there);
	tcase_add_loop_test(tcase, many_endpoints_and_messages, 0, COUNT(crowds));
	tcase_add_loop_test(tcase, allocation_n_fails, 0, COUNT(ladders));
	suite_add_tcase(suite, tcase);
	return suite;
}
