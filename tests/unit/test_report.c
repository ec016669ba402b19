/* reports/text, json, summary: the page for people and the document for programs, word for word. */
#include "base/mem.h"
#include "reports/report.h"
#include "reports/rows.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>

static const char expected_text[] =
        "Captures\n"
        "  1 file, 800 packets, 9.100 s from 2023-11-14 22:13:20.000 UTC\n"
        "  WARNING 3 packets were captured shorter than on the wire (snap length)\n"
        "  WARNING 1 packet or block could not be read\n"
        "  WARNING a.pcap: record length 4194304 at offset 5340 (120 octets not read)\n"
        "\n"
        "Calls\n"
        "  all                   3\n"
        "  answered              1    33.3 %\n"
        "  busy                  1    33.3 %\n"
        "  failed                1    33.3 %\n"
        "  ASR 33.3 %   NER 66.7 %   ACD 7.0 s   PDD 200 ms (p95 200 ms)\n"
        "  10 SIP messages (1 retransmitted), 3 transactions (1 timed out), 4 dialogs\n"
        "\n"
        "Not answered\n"
        "      1 x 486 Busy Here                               milliwatt show DB 2\n"
        "      1 x 503 \\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9                      "
        "milliwatt show DB 3\n"
        "\n"
        "Other requests\n"
        "  BYE                   1: 1 x 200\n"
        "  OPTIONS               1: 1 timed out\n"
        "\n"
        "RTP streams\n"
        "  3 (1 of no call, 1 encrypted), 1035 packets, 8 lost (0.76 %)\n"
        "                  streams       p50       p95     worst\n"
        "  loss                  3      1.15      1.15      1.15 %\n"
        "  mean jitter           2      1.12      1.12      1.12 ms\n"
        "  MOS narrowband        2      4.02      3.20      3.20\n"
        "\n"
        "Digits\n"
        "  2 (1 by RFC 4733, 1 by INFO)\n"
        "\n"
        "Lowest MOS\n"
        "  3.20  alice                -> bob                   milliwatt show DB 1\n"
        "\n"
        "Streams of no call, the worst first\n"
        "  from                    to                    codec       loss % jitter ms  MOS\n"
        "  [2001:db8::1]:4000    > 192.0.2.2:6000        ?              1.15         -     -\n"
        "\n"
        "As pages for a browser: milliwatt report --html DIR DB\n";

static const char expected_calls[] =
        "  call  start                caller             callee             outcome      status   "
        "PDD s   talk s   MOS  findings\n"
        "     1  2023-11-14 22:13:20  alice              bob                answered        200    "
        "0.20      7.0  3.20\n"
        "     2  2023-11-14 22:13:21  alice              carol              busy            486    "
        "   -        -     -\n"
        "     3  2023-11-14 22:13:21  \\x1B[31m\"x\"<b>\xEF\xBF\xBD~   "
        "\\x1B[31m\"x\"<b>\xEF\xBF\xBD~   failed          503       -        -     -\n";

static const char expected_streams[] =
        "  call  start                        from                   to                     codec  "
        "      packets  loss %  jitter ms   MOS\n"
        "     1  2023-11-14 22:13:22.020 UTC  192.0.2.1:4000         192.0.2.2:6000         PCMU   "
        "          345    1.15       1.12  4.02\n"
        "     1  2023-11-14 22:13:22.020 UTC  192.0.2.2:6000         198.51.100.9:4000      PCMU   "
        "          345    0.00       1.12  3.20\n"
        "     -  2023-11-14 22:13:22.020 UTC  [2001:db8::1]:4000     192.0.2.2:6000         ?      "
        "          345    1.15          -     -\n";

static const char expected_json[] =
        "{\n"
        "\t\"format\": \"milliwatt-report\",\n"
        "\t\"version\": 1,\n"
        "\t\"schema\": 3,\n"
        "\t\"runs\": [\n"
        "\t\t{\"id\": 1, \"kind\": \"capture\", \"command\": \"analyze a.pcap\", \"version\": "
        "\"0.1\", \"started_us\": 1699999999999990, \"finished_us\": 1700000020000000, "
        "\"complete\": 1, \"mask_dtmf\": 0, "
        "\"jitter_buffer\": \"fixed:60\", \"assumed_delay_ms\": null, \"note\": null}\n"
        "\t],\n"
        "\t\"captures\": [\n"
        "\t\t{\"id\": 1, \"run_id\": 1, \"path\": \"a.pcap\", \"format\": \"pcap\", \"bytes\": "
        "60000, \"packets\": 800, \"first_us\": 1700000000000000, \"last_us\": 1700000009100000, "
        "\"damaged_bytes\": 120, \"truncated_packets\": 3, \"skipped_packets\": 1, \"damage\": "
        "\"record length 4194304 at offset 5340\", \"dropped_packets\": null}\n"
        "\t],\n"
        "\t\"complete\": true,\n"
        "\t\"totals\": {\n"
        "\t\t\"files\": 1,\n"
        "\t\t\"packets\": 800,\n"
        "\t\t\"first_us\": 1700000000000000,\n"
        "\t\t\"last_us\": 1700000009100000,\n"
        "\t\t\"damaged_files\": 1,\n"
        "\t\t\"truncated_packets\": 3,\n"
        "\t\t\"skipped_packets\": 1,\n"
        "\t\t\"calls\": 3,\n"
        "\t\t\"calls_audio_one_direction\": 0,\n"
        "\t\t\"calls_without_rtp\": 0,\n"
        "\t\t\"messages\": 10,\n"
        "\t\t\"retransmissions\": 1,\n"
        "\t\t\"transactions\": 3,\n"
        "\t\t\"transactions_timed_out\": 1,\n"
        "\t\t\"dialogs\": 4,\n"
        "\t\t\"streams\": 3,\n"
        "\t\t\"streams_of_no_call\": 1,\n"
        "\t\t\"streams_encrypted\": 1,\n"
        "\t\t\"rtp_packets\": 1035,\n"
        "\t\t\"rtp_lost\": 8,\n"
        "\t\t\"digits\": 2,\n"
        "\t\t\"digits_rfc4733\": 1,\n"
        "\t\t\"digits_info\": 1,\n"
        "\t\t\"digits_inband\": 0,\n"
        "\t\t\"digits_kpml\": 0\n"
        "\t},\n"
        "\t\"calls_by_outcome\": {\"answered\": 1, \"busy\": 1, \"no_answer\": 0, \"cancelled\": "
        "0, \"rejected\": 0, \"failed\": 1, \"unauthorized\": 0, \"incomplete\": 0, "
        "\"in_progress\": 0},\n"
        "\t\"quality\": {\n"
        "\t\t\"loss_ratio_all\": 0.007640878701050621,\n"
        "\t\t\"loss_ratio\": {\"streams\": 3, \"p50\": 0.011461318051575931, \"p95\": "
        "0.011461318051575931, \"worst\": 0.011461318051575931},\n"
        "\t\t\"jitter_mean_ms\": {\"streams\": 2, \"p50\": 1.125, \"p95\": 1.125, \"worst\": "
        "1.125},\n"
        "\t\t\"mos_nb\": {\"streams\": 2, \"p50\": 4.02, \"p95\": 3.2, \"worst\": 3.2},\n"
        "\t\t\"mos_wb\": {\"streams\": 0, \"p50\": null, \"p95\": null, \"worst\": null},\n"
        "\t\t\"mos_fb\": {\"streams\": 0, \"p50\": null, \"p95\": null, \"worst\": null}\n"
        "\t},\n"
        "\t\"requests\": [\n"
        "\t\t{\"method\": \"BYE\", \"status\": 200, \"timed_out\": 0, \"count\": 1},\n"
        "\t\t{\"method\": \"OPTIONS\", \"status\": null, \"timed_out\": 1, \"count\": 1}\n"
        "\t],\n"
        "\t\"stream_audio\": [],\n"
        "\t\"tones\": [],\n"
        "\t\"call_audio\": [],\n"
        "\t\"findings\": [],\n"
        "\t\"calls\": [\n"
        "\t\t{\"id\": 1, \"run_id\": 1, \"sip_call_id\": \"one@192.0.2.1\", \"caller\": \"alice\", "
        "\"callee\": \"bob\", \"first_us\": 1700000000000000, \"last_us\": 1700000009100000, "
        "\"start_us\": 1700000000000000, \"ring_us\": 1700000000200000, \"answer_us\": "
        "1700000002000000, \"end_us\": 1700000009000000, \"setup_ms\": 2000, \"pdd_ms\": 200, "
        "\"talk_ms\": 7000, \"outcome\": \"answered\", \"final_status\": 200, \"reason\": \"OK\", "
        "\"q850_cause\": 16, \"released_by\": \"caller\", \"leg_count\": 1, \"mos_min\": 3.2, "
        "\"transferred\": 0, \"held_ms\": 1500, \"cut\": null, \"trying_ms\": 100, "
        "\"disconnect_ms\": 100, \"disconnect\": \"completed\", \"attempts\": 1, "
        "\"challenges\": 0, \"username\": null, \"realm\": null, \"holds\": 1, "
        "\"extra_answers\": 0, \"cancel_race\": 0},\n"
        "\t\t{\"id\": 2, \"run_id\": 1, \"sip_call_id\": \"two@192.0.2.1\", \"caller\": \"alice\", "
        "\"callee\": \"carol\", \"first_us\": 1700000001000000, \"last_us\": 1700000001100000, "
        "\"start_us\": 1700000001000000, \"ring_us\": null, \"answer_us\": null, \"end_us\": "
        "1700000001100000, \"setup_ms\": null, \"pdd_ms\": null, \"talk_ms\": null, \"outcome\": "
        "\"busy\", \"final_status\": 486, \"reason\": \"Busy Here\", \"q850_cause\": null, "
        "\"released_by\": \"callee\", \"leg_count\": 1, \"mos_min\": null, \"transferred\": 0, "
        "\"held_ms\": 0, \"cut\": null, \"trying_ms\": null, "
        "\"disconnect_ms\": null, \"disconnect\": null, \"attempts\": 1, "
        "\"challenges\": 0, \"username\": null, \"realm\": null, \"holds\": 0, "
        "\"extra_answers\": 0, \"cancel_race\": 0},\n"
        "\t\t{\"id\": 3, \"run_id\": 1, \"sip_call_id\": "
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
        "\"extra_answers\": 0, \"cancel_race\": 0}\n"
        "\t]\n"
        "}\n";

typedef bool view(struct records *r, struct text *out, struct err *err);

/* All but the key figures: test_kpi and test_kpi_report look at those. */
static void take_out_kpi(struct text *out)
{
	char *from = out->n ? strstr(out->p, "\t\"kpi\": [") : NULL;
	char *to = from ? strstr(from, "\n\t],\n") : NULL;

	if (to)
		memmove(from, to + 5, strlen(to + 5) + 1);
}

static void expect_view(struct records *r, view *write, const char *expected)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	ck_assert_msg(write(r, &out, &err), "%s", err.text);
	take_out_kpi(&out);
	ck_assert_msg(strcmp(text_cstr(&out), expected) == 0, "got:\n%s\nwant:\n%s",
	              text_cstr(&out), expected);
	text_release(&out);
}

static const struct {
	const char *name;
	view *write;
	const char *expected;
} views[] = {
	{ "text", report_text, expected_text },
	{ "calls", report_calls, expected_calls },
	{ "streams", report_streams, expected_streams },
	{ "json", report_json, expected_json },
};

START_TEST(views_of_the_sample)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	struct records *r = records_of(store_handle(s), &err);
	expect_view(r, views[_i].write, views[_i].expected);
	records_close(r);
	store_free(s);
}
END_TEST

/* Nothing in the capture: no division by zero, no table of nothing. */
START_TEST(empty_run)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	ck_assert(store_kpi(s, 1, &err) && store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	expect_view(r, report_text,
	            "Captures\n"
	            "  0 files, 0 packets\n"
	            "\n"
	            "Calls\n"
	            "  all                   0\n"
	            "  0 SIP messages (0 retransmitted), 0 transactions (0 timed out), 0 dialogs\n"
	            "\n"
	            "RTP streams\n"
	            "  0 (0 of no call, 0 encrypted), 0 packets, 0 lost\n");
	records_close(r);
	store_free(s);
}
END_TEST

/* Calls of the page's audio section: which streams a call has, and what is said of it. */
static const struct {
	const char *name;
	double talk_ms, held_ms;
	const char *ways[2]; /* of its streams; NULL: no stream, "?": of unknown direction */
	int64_t last_after_answer_us;
	int one_way, without_rtp;
} audio_cases[] = {
	{ "both directions", 7000, 0, { "caller_to_callee", "callee_to_caller" }, 1000000, 0, 0 },
	{ "the caller only", 7000, 0, { "caller_to_callee" }, 1000000, 1, 0 },
	{ "the callee only, two streams",
	  7000,
	  0,
	  { "callee_to_caller", "callee_to_caller" },
	  1000000,
	  1,
	  0 },
	{ "held", 7000, 1, { "caller_to_callee" }, 1000000, 0, 0 },
	{ "short", 2999, 0, { "caller_to_callee" }, 1000000, 0, 0 },
	{ "one of unknown direction", 7000, 0, { "caller_to_callee", "?" }, 1000000, 0, 0 },
	{ "early media only", 7000, 0, { "callee_to_caller" }, -1, 0, 0 },
	{ "nothing", 7000, 0, { NULL }, 0, 0, 1 },
	{ "nothing, short", 2999, 0, { NULL }, 0, 0, 0 },
};

static void put_audio_case(struct store *s, int i, struct err *err)
{
	struct record_call call = sample_call(1);
	struct record_stream stream = sample_stream(1);

	call.talk_ms = audio_cases[i].talk_ms;
	call.held_ms = audio_cases[i].held_ms;
	ck_assert(store_call(s, &call, err));
	for (int k = 0; k < 2 && audio_cases[i].ways[k]; k++) {
		const char *way = audio_cases[i].ways[k];
		stream.id = 1 + k;
		stream.direction = way[0] == '?' ? SLICE_NONE : slice_str(way);
		stream.last_us = call.answer_us + audio_cases[i].last_after_answer_us;
		ck_assert(store_stream(s, &stream, err));
	}
	stream.id = 3; /* RTP elsewhere */
	stream.call_id = stream.dialog_id = RECORD_NULL;
	ck_assert(store_stream(s, &stream, err));
}

START_TEST(missing_audio)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct text out;

	put_audio_case(s, _i, &err);
	ck_assert(store_kpi(s, 1, &err) && store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	text_init(&out);
	ck_assert_msg(report_text(r, &out, &err), "%s", err.text);
	const char *one_way = strstr(text_cstr(&out), "1 answered call of 3 s or longer, never on "
	                                              "hold: audio seen in one direction only\n");
	const char *without = strstr(
	        text_cstr(&out), "1 answered call of 3 s or longer: no RTP stream belongs to it\n");
	ck_assert_msg(!one_way == !audio_cases[_i].one_way, "%s:\n%s", audio_cases[_i].name,
	              text_cstr(&out));
	ck_assert_msg(!without == !audio_cases[_i].without_rtp, "%s:\n%s", audio_cases[_i].name,
	              text_cstr(&out));
	ck_assert_msg(!one_way || strstr(one_way, "milliwatt show DB 1\n"), "%s", text_cstr(&out));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* Hostile method names: the page stays a page. */
START_TEST(many_methods)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct text out;

	for (int64_t i = 0; i < 400; i++) {
		char name[16];
		snprintf(name, sizeof name, "M%d\033", (int)i / 20);
		struct record_transaction t = { .id = i + 1,
			                        .run_id = 1,
			                        .dialog_id = RECORD_NULL,
			                        .sip_call_id = SLICE_LIT("x"),
			                        .method = slice_str(name),
			                        .final_status = 400 + i % 20 };
		ck_assert(store_transaction(s, &t, &err));
	}
	ck_assert(store_kpi(s, 1, &err) && store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	text_init(&out);
	ck_assert_msg(report_text(r, &out, &err), "%s", err.text);
	const char *section = strstr(text_cstr(&out), "Other requests\n");
	ck_assert_msg(section && strstr(section, "M0\\x1B               20: 1 x 400, 1 x 401, 1 x "
	                                         "402, 1 x 403, ...\n"),
	              "%s", text_cstr(&out));
	ck_assert_msg(strstr(section, "...\n  ...\n\nRTP streams"), "%s", section);
	ck_assert_ptr_null(strchr(section, '\033'));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(colour_only_when_asked)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert(report_text_colour(r, &out, &err));
	ck_assert_msg(strstr(text_cstr(&out), "\033[1mCaptures\033[0m\n") != NULL, "%s",
	              text_cstr(&out));
	ck_assert_msg(strstr(text_cstr(&out), "\033[31mWARNING\033[0m a.pcap") != NULL, "%s",
	              text_cstr(&out));
	ck_assert_ptr_null(strstr(text_cstr(&out), "\033[31m\"x\""));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* The command that the page gives can be pasted: the database's name is one word of shell. */
START_TEST(command_names_the_database)
{
	struct err err = ERR_INIT;
	struct temp_dir dir;
	struct text out;

	temp_dir_make(&dir);
	const char *path = temp_dir_path(&dir, "it's a.db");
	store_free(sample_store(path, &err));
	struct records *r = records_open(path, &err);
	ck_assert_msg(r != NULL, "%s", err.text);
	text_init(&out);
	ck_assert(report_text(r, &out, &err));
	ck_assert_msg(strstr(text_cstr(&out), "/it'\\''s a.db' 1\n") != NULL, "%s",
	              text_cstr(&out));
	text_release(&out);
	records_close(r);
	temp_dir_remove(&dir);
}
END_TEST

static const struct {
	const char *word, *shell;
} words[] = {
	{ "a.db", "a.db" },
	{ "/x/y-1.db", "/x/y-1.db" },
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" },
	{ "$(reboot)", "'$(reboot)'" },
	{ "-rf", "./'-rf'" },
	{ "a\nb", "$'a\\012b'" },
	{ "\033'\\\xff", "$'\\033\\'\\\\\\377'" },
	{ "caf\xc3\xa9", "'caf\xc3\xa9'" },
};

START_TEST(shell_words)
{
	struct text out;

	text_init(&out);
	rows_add_shell(&out, words[_i].word);
	ck_assert_str_eq(text_cstr(&out), words[_i].shell);
	text_release(&out);
}
END_TEST

static const struct {
	int64_t us;
	const char *text;
} durations[] = {
	{ RECORD_NULL, "-" },          { 0, "0.000 s" },
	{ 59999400, "59.999 s" },      { 60000000, "1 min 00 s" },
	{ 3599000000, "59 min 59 s" }, { 7500000000, "2 h 05 min" },
};

START_TEST(duration_texts)
{
	struct text out;

	text_init(&out);
	rows_add_duration(&out, durations[_i].us);
	ck_assert_str_eq(text_cstr(&out), durations[_i].text);
	text_release(&out);
}
END_TEST

/* Every allocation fails once: an error, or (for text) never half a report said to be whole. */
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
		done = r && views[_i].write(r, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		take_out_kpi(&out);
		ck_assert(!done || strcmp(text_cstr(&out), views[_i].expected) == 0);
		records_close(r);
		text_release(&out);
	}
	store_free(s);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_report(void);
Suite *suite_report(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("report");

	tcase_add_loop_test(tcase, views_of_the_sample, 0, COUNT(views));
	tcase_add_test(tcase, empty_run);
	tcase_add_loop_test(tcase, missing_audio, 0, COUNT(audio_cases));
	tcase_add_test(tcase, many_methods);
	tcase_add_test(tcase, colour_only_when_asked);
	tcase_add_test(tcase, command_names_the_database);
	tcase_add_loop_test(tcase, shell_words, 0, COUNT(words));
	tcase_add_loop_test(tcase, duration_texts, 0, COUNT(durations));
	tcase_add_loop_test(tcase, allocation_n_fails, 0, COUNT(views));
	suite_add_tcase(suite, tcase);
	return suite;
}
