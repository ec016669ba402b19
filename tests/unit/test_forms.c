/* reports/markdown, report_verdicts, table_csv: forms of the report for CI jobs and spreadsheets. */
#include "base/mem.h"
#include "reports/report.h"
#include "reports/rows.h"
#include "reports/table_csv.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

#define T       SAMPLE_START_US
#define HOSTILE SLICE_LIT("\033[31m|`<b>@all\0\xff\r\n# \xc3\xa9")

static struct store *sample;
static struct records *records;
static struct text out;
static struct err err;

static struct record_rule rule(const char *id)
{
	return (struct record_rule){
		.run_id = 1,
		.rule = slice_str(id),
		.name = SLICE_LIT("overload"),
		.severity = SLICE_LIT("error"),
		.enabled = true,
		.section = SLICE_LIT("RFC 3261 21.5.4"),
		.meaning = SLICE_LIT("a server refuses in waves"),
	};
}

static struct record_finding finding(int64_t id, const char *of, const char *severity)
{
	return (struct record_finding){
		.id = id,
		.run_id = 1,
		.rule = slice_str(of),
		.name = SLICE_LIT("overload"),
		.severity = slice_str(severity),
		.confidence = SLICE_LIT("high"),
		.call_id = RECORD_NULL,
		.dialog_id = RECORD_NULL,
		.stream_id = RECORD_NULL,
		.first_frame = 2,
		.last_frame = 9,
		.first_us = T,
		.last_us = T,
		.text = SLICE_LIT("503 from 10.1.0.7"),
		.suggestion = SLICE_LIT("raise the limit"),
		.cause = SLICE_LIT("503"),
		.noun = SLICE_LIT("calls"),
		.occurrences = 1,
		.calls = id,
		.capture_id = RECORD_NULL,
		.last_capture_id = RECORD_NULL,
	};
}

static bool put_occurrences(int64_t of, int count)
{
	struct record_occurrence o = {
		.finding_id = of,
		.call_id = 1,
		.capture_id = RECORD_NULL,
		.first_us = T,
		.text = SLICE_LIT("refused (frame 9)"),
	};

	for (int i = 0; i < count; i++)
		if (!store_occurrence(sample, &o, &err))
			return false;
	return true;
}

static bool put_findings(void)
{
	struct record_rule d1 = rule("D1"), d2 = rule("D2"), d3 = rule("D3"), d4 = rule("D4"),
	                   off = rule("D5"), b1 = rule("B1");
	struct record_finding bad = finding(7, "D1", "error"), worn = finding(2, "D2", "warning"),
	                      doubtful = finding(3, "D3", "error"),
	                      known = finding(9, "D2", "info");

	off.enabled = false;
	d4.obstacle = SLICE_LIT("the capture shows one direction only");
	bad.occurrences = 30;
	bad.text = bad.suggestion = HOSTILE;
	doubtful.downgraded = SLICE_LIT("the capture lost packets");
	doubtful.confidence = SLICE_LIT("low");
	return store_rule(sample, &d1, &err) && store_rule(sample, &d2, &err) &&
	       store_rule(sample, &d3, &err) && store_rule(sample, &d4, &err) &&
	       store_rule(sample, &off, &err) && store_rule(sample, &b1, &err) &&
	       store_finding(sample, &bad, &err) && store_finding(sample, &worn, &err) &&
	       store_finding(sample, &doubtful, &err) && store_finding(sample, &known, &err) &&
	       put_occurrences(7, 30) && put_occurrences(2, 1) && put_occurrences(3, 1);
}

static void setup(void)
{
	err = (struct err)ERR_INIT;
	sample = sample_create(NULL, &err);
	ck_assert_msg(sample && sample_fill(sample, &err) && put_findings() &&
	                      store_kpi(sample, 1, &err) && store_finish(sample, T, &err),
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

/* --- verdicts ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool warnings_fail;
	enum verdict_result result;
	const char *note; /* a part of it */
} verdict_cases[] = {
	{ "D1 overload", false, VERDICT_FAILED,
	  "looks for: a server refuses in waves (RFC 3261 21.5.4)\nWhat to do: " },
	{ "D2 overload", false, VERDICT_PASSED, "looks for" },
	{ "D2 overload", true, VERDICT_FAILED, "What to do: raise the limit" },
	{ "D3 overload", true, VERDICT_SKIPPED, "the capture lost packets\n1 uncertain found" },
	{ "D4 overload", false, VERDICT_SKIPPED, "the capture shows one direction only" },
	{ "D5 overload", false, VERDICT_RESULTS, NULL }, /* not in force: no case */
	{ "B1 overload", false, VERDICT_PASSED, "looks for" },
};

static const struct verdict *verdict_named(const struct verdicts *v, const char *name)
{
	for (const struct verdict *one = v->first; one; one = one->next)
		if (slice_eq_str(one->name, name))
			return one;
	return NULL;
}

START_TEST(rules_become_test_cases)
{
	struct verdicts v;

	verdicts_init(&v, "rules", NULL);
	ck_assert_msg(report_verdicts(records, verdict_cases[_i].warnings_fail, &v, &err), "%s",
	              err.text);
	const struct verdict *one = verdict_named(&v, verdict_cases[_i].name);
	ck_assert_int_eq(one ? one->result : VERDICT_RESULTS, verdict_cases[_i].result);
	if (one) {
		ck_assert_msg(slice_find_str(one->note, verdict_cases[_i].note) != SLICE_NPOS,
		              "%.*s", SLICE_ARG(one->note));
		ck_assert(slice_eq_str(one->group, "rules"));
	}
	verdicts_release(&v);
}
END_TEST

START_TEST(calls_to_blame_are_named_and_counted)
{
	struct verdicts v;

	verdicts_init(&v, "rules", NULL);
	ck_assert(report_verdicts(records, false, &v, &err));
	const struct verdict *one = verdict_named(&v, "D1 overload");
	ck_assert(slice_eq_str(one->expected, "none"));
	ck_assert(slice_eq_str(one->actual, "1 in 30 places"));
	ck_assert_int_eq(one->blame_count, 30);
	ck_assert_int_eq(one->blame->call_id, 1);
	ck_assert(slice_eq_str(one->blame->text, "refused (frame 9)"));
	verdicts_release(&v);
}
END_TEST

/* Without RTP nobody knows how it was; without SIP nothing at all but about the capture. */
START_TEST(empty_captures_skip)
{
	struct err none = ERR_INIT;
	struct store *s = sample_create(NULL, &none);
	struct record_rule b1 = rule("B1"), d1 = rule("D1"), k1 = rule("K1");
	struct verdicts v;

	ck_assert(store_rule(s, &b1, &none) && store_rule(s, &d1, &none) &&
	          store_rule(s, &k1, &none) && store_finish(s, T, &none));
	struct records *r = records_of(store_handle(s), &none);
	verdicts_init(&v, "rules", NULL);
	ck_assert(report_verdicts(r, false, &v, &none));
	ck_assert_int_eq(v.counts[VERDICT_SKIPPED], 2);
	ck_assert(slice_eq_str(verdict_named(&v, "B1 overload")->note,
	                       "there is no RTP in the captures"));
	ck_assert(slice_eq_str(verdict_named(&v, "D1 overload")->note,
	                       "there is no SIP in the captures"));
	ck_assert_int_eq(verdict_named(&v, "K1 overload")->result, VERDICT_PASSED);
	verdicts_release(&v);
	records_close(r);
	store_free(s);
}
END_TEST

/* --- Markdown ------------------------------------------------------------------------------------------------------- */

static const char *const markdown_parts[] = {
	"## Milliwatt report\n\n**3 calls**, ASR **33.3 %**, NER **66.7 %**, MOS of 95 % of the "
	"streams **3.20** or "
	"better; 9.100 s from 2023-11-14 22:13:20.000 UTC\n\n",
	"❌ The rules found **2 errors** and 1 warning, in 1 call.\n\n",
	"> ⚠️ 3 packets were captured shorter than on the wire (snap length).\n\n",
	"> ⚠️ `a.pcap`: record length 4194304 at offset 5340\n\n",
	/* What hits most calls first; what is only worth knowing last. */
	"| 7 | **error** | D1 overload | "
	"\\x1B&#91;31m&#124;&#96;&#60;b&#62;<span>&#64;</span>all\xEF\xBF\xBD\xEF\xBF\xBD  # "
	"\xc3\xa9 | "
	"\\x1B&#91;31m&#124;&#96;&#60;b&#62;<span>&#64;</span>all\xEF\xBF\xBD\xEF\xBF\xBD  # "
	"\xc3\xa9 | "
	"`milliwatt explain DB 7` |\n"
	"| 3 | **error** | D3 overload | 503 from 10.1.0.7 (uncertain: the capture lost packets) | "
	"raise the limit | "
	"`milliwatt explain DB 3` |\n"
	"| 2 | warning | D2 overload | 503 from 10.1.0.7 | raise the limit | `milliwatt explain DB "
	"2` |\n"
	"| 9 | info | D2 overload | 503 from 10.1.0.7 | raise the limit | `milliwatt explain DB 9` "
	"|\n\n",
	"| answered | 1 | 33.3 % |\n| busy | 1 | 33.3 % |\n| failed | 1 | 33.3 % |\n| **all** | "
	"**3** | |\n",
	"| 1 | 486 `Busy Here` | `milliwatt show DB 2` |\n"
	"| 1 | 503 `\\x1B[31m\"x\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xc3\xa9` | `milliwatt show DB 3` "
	"|\n",
	"| ASR: Answer-seizure ratio | 33.3 % | answered / attempts |\n",
	"| `192.0.2.2` | 3 | 33.3 | 66.7 |",
	"| Loss | 3 | 1.15 % | 1.15 % | 1.15 % |\n",
	"| 3.20 | 0.00 | 1.1 | `PCMU` | `192.0.2.2:6000` → `198.51.100.9:4000` | `milliwatt show "
	"DB 1` |\n",
};

START_TEST(markdown_says)
{
	ck_assert_msg(report_markdown(records, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out), markdown_parts[_i]) != NULL, "%s", text_cstr(&out));
}
END_TEST

START_TEST(markdown_is_quiet_where_nothing_was)
{
	struct err none = ERR_INIT;
	struct store *s = sample_create(NULL, &none);

	ck_assert(store_finish(s, T, &none));
	struct records *r = records_of(store_handle(s), &none);
	ck_assert(report_markdown(r, &out, &none));
	ck_assert_str_eq(
	        text_cstr(&out),
	        "## Milliwatt report\n\n**0 calls**\n\n"
	        "✅ The rules found neither errors nor warnings.\n\n\n"
	        "More: `milliwatt report DB`, as pages `milliwatt report --html DIR DB`.\n");
	records_close(r);
	store_free(s);
}
END_TEST

/* --- text ------------------------------------------------------------------------------------------------------------ */

START_TEST(text_counts_findings_and_says_what_to_do)
{
	ck_assert_msg(report_text(records, &out, &err), "%s", err.text);
	const char *page = text_cstr(&out);
	ck_assert_msg(strstr(page, "\nFindings: 2 errors and 1 warning, in 1 of 3 calls\n") != NULL,
	              "%s", page);
	ck_assert_ptr_nonnull(strstr(page, "    3  error    D3  503 from 10.1.0.7 (uncertain)\n"
	                                   "                  do: raise the limit\n"));
	ck_assert_ptr_nonnull(strstr(page, "    2  warning  D2  503 from 10.1.0.7\n    9  info "));
	ck_assert_ptr_null(strstr(page, "\033"));
	text_reset(&out);
	ck_assert(report_text_colour(records, &out, &err));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "    3  \033[31merror  \033[0m  D3 "));
}
END_TEST

/* --- CSV -------------------------------------------------------------------------------------------------------------- */

struct pieces {
	size_t count, longest, octets;
	size_t fail_at; /* the piece that cannot be written; 0: none */
};

static bool gather(void *context, struct slice octets, struct err *e)
{
	struct pieces *p = context;

	p->count++;
	p->octets += octets.n;
	p->longest = octets.n > p->longest ? octets.n : p->longest;
	if (p->fail_at == p->count)
		return err_set(e, ERR_IO, "full");
	if (p->octets < 200000)
		text_add(&out, octets);
	return true;
}

START_TEST(table_as_csv)
{
	struct pieces p = { 0 };

	ck_assert_msg(table_csv(records, SLICE_LIT("calls"), gather, &p, &err), "%s", err.text);
	ck_assert_uint_eq(p.count, 1);
	ck_assert_msg(slice_starts(slice_str(text_cstr(&out)), "id,run_id,sip_call_id,caller,"),
	              "%s", out.p);
	ck_assert_ptr_nonnull(strstr(out.p, "\r\n1,1,one@192.0.2.1,alice,bob,1700000000000000,"));
	/* NUL and broken UTF-8 are U+FFFD; what was not observed is nothing. */
	ck_assert_ptr_nonnull(
	        strstr(out.p, "\"\033[31m\"\"x\"\"<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\""));
	ck_assert_ptr_nonnull(strstr(out.p, ",busy,486,Busy Here,,callee,"));
	ck_assert(memcmp(out.p + out.n - 2, "\r\n", 2) == 0);
}
END_TEST

/* Formulas are defused in texts; numbers stay numbers, and an empty text is one. */
START_TEST(spreadsheets_run_nothing)
{
	struct err none = ERR_INIT;
	struct store *s = sample_create(NULL, &none);
	struct record_call c = sample_call(1);
	struct pieces p = { 0 };

	c.caller = SLICE_LIT("=HYPERLINK(\"http://x\",\"y\")");
	c.callee = SLICE_LIT("-1+1");
	c.reason = SLICE_LIT("");
	c.setup_ms = -5;
	ck_assert(store_call(s, &c, &none) && store_finish(s, T, &none));
	struct records *r = records_of(store_handle(s), &none);
	ck_assert(table_csv(r, SLICE_LIT("calls"), gather, &p, &none));
	ck_assert_msg(strstr(text_cstr(&out),
	                     ",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",\"'-1+1\",") != NULL,
	              "%s", text_cstr(&out));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), ",-5,200,7000,answered,200,\"\",16,"));
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(long_tables_go_in_pieces)
{
	struct err none = ERR_INIT;
	struct store *s = sample_create(NULL, &none);
	struct record_message m = sample_message(1);
	struct pieces p = { 0 }, full = { .fail_at = 3 };

	for (m.id = 1; m.id <= 20000; m.id++)
		ck_assert(store_message(s, &m, &none));
	ck_assert(store_finish(s, T, &none));
	struct records *r = records_of(store_handle(s), &none);
	ck_assert(table_csv(r, SLICE_LIT("messages"), gather, &p, &none));
	ck_assert_uint_gt(p.octets, 2000000);
	ck_assert_uint_lt(p.longest, 70000);
	ck_assert(!table_csv(r, SLICE_LIT("messages"), gather, &full, &none));
	ck_assert_str_eq(none.text, "full");
	ck_assert_uint_eq(full.count, 3);
	records_close(r);
	store_free(s);
}
END_TEST

static const char *const no_tables[] = {
	"", "call", "calls\"", "calls; DROP TABLE calls", "sqlite_schema", "CALLS"
};

START_TEST(no_such_table)
{
	struct pieces p = { 0 };

	ck_assert(!table_csv(records, slice_str(no_tables[_i]), gather, &p, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.text,
	                     "'; give one of call_audio, call_digits, calls, captures, ") != NULL,
	              "%s", err.text);
	ck_assert_uint_eq(p.count, 0);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------------------------------ */

static bool make_markdown(struct records *r, struct err *e)
{
	return report_markdown(r, &out, e);
}

static bool make_junit(struct records *r, struct err *e)
{
	struct verdicts v;

	verdicts_init(&v, "rules", NULL);
	bool ok = report_verdicts(r, true, &v, e) && verdicts_junit(&v, &out, e);
	verdicts_release(&v);
	return ok;
}

static bool make_csv(struct records *r, struct err *e)
{
	struct pieces p = { 0 };

	return table_csv(r, SLICE_LIT("findings"), gather, &p, e);
}

static bool (*const makers[])(struct records *, struct err *) = { make_markdown, make_junit,
	                                                          make_csv };

START_TEST(allocation_n_fails)
{
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		ck_assert_uint_lt(n, 5000);
		err = (struct err)ERR_INIT;
		text_release(&out);
		mem_fail_after(n);
		done = makers[_i](records, &err) && !out.failed;
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || out.failed || err.code == ERR_MEMORY,
		              "allocation %" PRIu64 ": %s", n, err.text);
	}
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_forms(void);
Suite *suite_forms(void)
{
	Suite *s = suite_create("forms");
	TCase *t = tcase_create("forms");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, rules_become_test_cases, 0, COUNT(verdict_cases));
	tcase_add_test(t, calls_to_blame_are_named_and_counted);
	tcase_add_test(t, empty_captures_skip);
	tcase_add_loop_test(t, markdown_says, 0, COUNT(markdown_parts));
	tcase_add_test(t, markdown_is_quiet_where_nothing_was);
	tcase_add_test(t, text_counts_findings_and_says_what_to_do);
	tcase_add_test(t, table_as_csv);
	tcase_add_test(t, spreadsheets_run_nothing);
	tcase_add_test(t, long_tables_go_in_pieces);
	tcase_add_loop_test(t, no_such_table, 0, COUNT(no_tables));
	tcase_add_loop_test(t, allocation_n_fails, 0, COUNT(makers));
	suite_add_tcase(s, t);
	return s;
}
