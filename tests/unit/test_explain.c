/* reports/explain: one finding as text and as JSON. */
#include "base/mem.h"
#include "reports/findings.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_explain(void);

#define T SAMPLE_START_US
/* As of the sample's call 3. */
#define HOSTILE SLICE_LIT("\033[31m\"x\"<b>\0\xff'\xc3\xa9")
/* Stored as UTF-8: NUL and what is none become U+FFFD. */
#define SHOWN "\\x1B[31m\"x\"<b>\xef\xbf\xbd\xef\xbf\xbd'\xc3\xa9"

static struct record_finding finding(int64_t id)
{
	return (struct record_finding){
		.id = id,
		.run_id = 1,
		.rule = SLICE_LIT("D9"),
		.name = SLICE_LIT("overload"),
		.severity = SLICE_LIT("error"),
		.confidence = SLICE_LIT("medium"),
		.text = SLICE_LIT("2 calls: 503 from 192.0.2.2"),
		.suggestion = SLICE_LIT("ask for fewer calls"),
		.cause = SLICE_LIT("503 from 192.0.2.2"),
		.noun = SLICE_LIT("calls"),
		.occurrences = 2,
		.calls = 2,
	};
}

/* 1: two calls; its frames 9, 2 and 200 in no order, the last one no message. 2: hostile, uncertain, of a rule that the run does not
 * have, without occurrences' evidence. 3: more calls than are listed. */
static bool put_findings(struct store *s, struct err *err)
{
	struct record_rule rule = {
		.run_id = 1,
		.rule = SLICE_LIT("D9"),
		.name = SLICE_LIT("overload"),
		.severity = SLICE_LIT("error"),
		.enabled = true,
		.section = SLICE_LIT("RFC 3261 21.5.4"),
		.meaning = SLICE_LIT("a server refuses in waves"),
		.disproof = SLICE_LIT("it was being restarted"),
		.settings = SLICE_LIT("{\"responses\": {\"value\": 5, \"unit\": \"\"}, \"window\": "
		                      "{\"value\": 60, \"unit\": \"s\"}, \"words\": {\"list\": "
		                      "[\"a\", \"b\"]}}"),
	};
	struct record_occurrence late = {
		.finding_id = 1,
		.call_id = 3,
		.capture_id = 1,
		.first_us = T + 2000000,
		.text = SLICE_LIT("the later one"),
		.evidence = SLICE_LIT("{\"responses\": 8, \"frames\": [4]}"),
	};
	struct record_occurrence first = late, hostile = late, other;
	struct record_finding one = finding(1), two = finding(2), three = finding(3);

	first.call_id = 2;
	first.first_us = T + 1000000;
	first.text = SLICE_LIT("192.0.2.2 refused the call (frame 9)");
	first.evidence =
	        SLICE_LIT("{\"responses\": 7, \"word\": \"a\\u001bb\", \"frames\": [9, 2, 200]}");
	two.rule = SLICE_LIT("X1");
	two.text = two.suggestion = two.downgraded = HOSTILE;
	two.confidence = SLICE_LIT("low");
	two.occurrences = 1;
	two.calls = 1;
	hostile.finding_id = 2;
	hostile.text = HOSTILE;
	hostile.evidence = SLICE_LIT("{\"frames\": [10]}");
	three.calls = 14;
	other = first;
	other.finding_id = 3;
	return store_rule(s, &rule, err) && store_finding(s, &one, err) &&
	       store_finding(s, &two, err) && store_finding(s, &three, err) &&
	       store_occurrence(s, &late, err) && store_occurrence(s, &first, err) &&
	       store_occurrence(s, &hostile, err) && store_occurrence(s, &other, err);
}

static struct store *sample;
static struct records *records;
static struct text out;

static void setup(void)
{
	struct err err = ERR_INIT;

	sample = sample_create(NULL, &err);
	ck_assert_msg(sample && sample_fill(sample, &err) && put_findings(sample, &err) &&
	                      store_finish(sample, T, &err),
	              "%s", err.text);
	records = records_of(store_handle(sample), &err);
	text_init(&out);
}

static void teardown(void)
{
	text_release(&out);
	records_close(records);
	store_free(sample);
}

static const struct {
	int64_t finding;
	const char *part;
} parts[] = {
	{ 1, "Finding 1: D9 overload, error\n\n  2 calls: 503 from 192.0.2.2\n  Confidence: "
	     "medium\n" },
	{ 1, "\nWhat was seen\n  the first   192.0.2.2 refused the call (frame 9)\n"
	     "  numbers     responses = 7, word = a\\x1Bb\n" },
	{ 1,
	  "\nPackets (capture:frame)\n  1:2       2023-11-14 22:13:20.050 UTC  192.0.2.1:5060 -> "
	  "192.0.2.2:5060\n              INVITE sip:bob@192.0.2.2 SIP/2.0\n"
	  "              SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv\n"
	  "  1:9       2023-11-14 22:13:21.100 UTC  192.0.2.2:5060 -> 192.0.2.1:5060\n" },
	{ 1, "\n  1:200     no SIP message\n\nThe rule\n  looks for   a server refuses in waves\n"
	     "  settings    responses = 5, window = 60 s, words = [\"a\",\"b\"]\n"
	     "  standard    RFC 3261 21.5.4\n  wrong if    it was being restarted\n"
	     "  do          ask for fewer calls\n\n2 calls\n" },
	{ 1, "\n2 calls\n  2023-11-14 22:13:21.000 UTC  alice            -> carol            " },
	{ 2, "Finding 2: X1 overload, error\n\n  " SHOWN "\n  Confidence: low, because " SHOWN
	     "\n\nWhat was seen\n\nPackets" },
	{ 2, "\n              SDP " SHOWN "\n\nThe rule\n  do          " SHOWN "\n\n1 call\n" },
	{ 3, "\n14 calls\n" },
	{ 3, "\n  ... and 13 more\n" },
};

START_TEST(text_says)
{
	struct err err = ERR_INIT;

	ck_assert_msg(explain_text(records, parts[_i].finding, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out), parts[_i].part) != NULL, "want: %s\nin:\n%s",
	              parts[_i].part, text_cstr(&out));
}
END_TEST

/* Each finding as text: nothing of it moves a cursor. */
START_TEST(text_is_escaped)
{
	struct err err = ERR_INIT;

	ck_assert(explain_text(records, _i, &out, &err));
	for (size_t i = 0; i < out.n; i++)
		ck_assert_msg((unsigned char)out.p[i] >= 32 || out.p[i] == '\n', "octet %d: %d",
		              (int)i, out.p[i]);
}
END_TEST

/* `path` in the document of a finding. */
static const struct {
	int64_t finding;
	const char *path, *value;
} members[] = {
	{ 1, "$.finding.id", "1" },
	{ 1, "$.finding.cause", "503 from 192.0.2.2" },
	{ 1, "$.rule.section", "RFC 3261 21.5.4" },
	{ 1, "$.messages[0].frame", "2" },
	{ 1, "$.messages[1].frame", "9" },
	{ 1, "$.messages[2]", "NULL" },
	{ 1, "$.occurrences[0].call_id", "2" },
	{ 1, "$.occurrences[1].text", "the later one" },
	{ 1, "$.occurrences[2]", "NULL" },
	{ 2, "$.rule", "NULL" },
	{ 2, "$.finding.confidence", "low" },
	{ 2, "$.messages[0].method", "IN\033VITE\xef\xbf\xbd" },
};

START_TEST(document)
{
	struct err err = ERR_INIT;

	ck_assert_msg(explain_json(records, members[_i].finding, &out, &err), "%s", err.text);
	struct query *q =
	        query_new(records, &err, "SELECT coalesce(json_extract(?1, ?2), 'NULL') || ''");
	query_bind_text(q, 1, slice_str(text_cstr(&out)));
	query_bind_text(q, 2, slice_str(members[_i].path));
	ck_assert_msg(query_step(q, &err), "%s: %s", err.text, text_cstr(&out));
	ck_assert_msg(slice_eq_str(query_text(q, 0), members[_i].value), "%s: %.*s",
	              members[_i].path, SLICE_ARG(query_text(q, 0)));
	query_free(q);
}
END_TEST

static const struct {
	const char *given, *shown; /* NULL: there is one */
} numbers[] = {
	{ "1", NULL },
	{ "003", NULL },
	{ "4", "4" },
	{ "0", "0" },
	{ "-1", "-1" },
	{ "", "" },
	{ "1x", "1x" },
	{ "D9", "D9" },
	{ "18446744073709551617", "18446744073709551617" }, /* 1 if it wrapped */
	{ "9223372036854775808", "9223372036854775808" },
	{ "\033[2J", "\\x1B[2J" },
	{ "1234567890123456789012345678901234567890123",
	  "1234567890123456789012345678901234567890" },
};

START_TEST(finding_is_looked_up)
{
	struct err err = ERR_INIT;
	int64_t id = -1;
	char wanted[160];
	bool found = explain_find(records, slice_str(numbers[_i].given), &id, &err);

	ck_assert_int_eq(found, !numbers[_i].shown);
	if (found) {
		ck_assert_int_eq(id, numbers[_i].given[0] == '0' ? 3 : 1);
		return;
	}
	snprintf(wanted, sizeof wanted,
	         "no finding '%s'; 'milliwatt report --findings DB' lists them", numbers[_i].shown);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.text, wanted);
}
END_TEST

START_TEST(lack_of_memory)
{
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		text_release(&out);
		text_init(&out);
		mem_fail_after(n);
		done = explain_text(records, 1, &out, &err) && explain_json(records, 1, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
	}
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof *table)

Suite *suite_explain(void)
{
	Suite *s = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, text_says, 0, COUNT(parts));
	tcase_add_loop_test(tc, text_is_escaped, 1, 4);
	tcase_add_loop_test(tc, document, 0, COUNT(members));
	tcase_add_loop_test(tc, finding_is_looked_up, 0, COUNT(numbers));
	tcase_add_test(tc, lack_of_memory);
	suite_add_tcase(s, tc);
	return s;
}
