/* reports/calls_filter, calls_list: which calls an option lets through, in which order, in which form. */
#include "base/mem.h"
#include "reports/calls_list.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <stdio.h>

#define T SAMPLE_START_US

static const struct {
	const char *caller, *callee, *outcome, *src, *dst, *agent, *callee_agent;
	int status, at_s, talk_ms; /* -1: NULL */
	double mos;
	const char *rule;
} rows[] = {
	{ "+442079460001", "1001", "answered", "192.0.2.1:5060", "192.0.2.2:5060", "Phone 1.0",
	  "PBX 7", 200, 0, 7000, 3.2, "D1" },
	{ "1001", "00442079460002", "busy", "192.0.2.1:5060", "192.0.2.20:5060", "Phone 2.0", NULL,
	  486, 60, -1, NAN, NULL },
	{ "100%", "a_b", "failed", "[2001:db8::1]:5060", "[2001:db8::2]:5060", "50% off", NULL, 503,
	  120, -1, NAN, "E12" },
	{ "442079460009", "anonymous", "answered", "192.0.2.2:5070", "192.0.2.1:5060", "Gate\\way",
	  NULL, 200, 180, 90000, 4.1, NULL },
	{ "\033[2J", "axb", "cancelled", "192.0.2.9:5060", "192.0.2.2:5080", NULL, NULL, 487, 240,
	  -1, NAN, NULL },
};

#define ROWS (int)(sizeof rows / sizeof *rows)

static void put_row(struct store *s, int i, struct err *err)
{
	struct record_call c = sample_call(i + 1);
	struct record_dialog d = { .id = i + 1,
		                   .run_id = 1,
		                   .call_id = i + 1,
		                   .kind = SLICE_LIT("invite"),
		                   .forked_from = RECORD_NULL,
		                   .answer_us = RECORD_NULL,
		                   .src = slice_str(rows[i].src),
		                   .dst = slice_str(rows[i].dst) };

	c.caller = slice_str(rows[i].caller);
	c.callee = slice_str(rows[i].callee);
	c.outcome = slice_str(rows[i].outcome);
	c.final_status = rows[i].status;
	c.start_us = c.first_us = T + rows[i].at_s * INT64_C(1000000);
	c.talk_ms = rows[i].talk_ms < 0 ? (double)NAN : rows[i].talk_ms;
	c.mos_min = rows[i].mos;
	d.caller_user_agent = rows[i].agent ? slice_str(rows[i].agent) : SLICE_NONE;
	d.callee_user_agent = rows[i].callee_agent ? slice_str(rows[i].callee_agent) : SLICE_NONE;
	ck_assert(store_call(s, &c, err) && store_dialog(s, &d, err));
}

static void put_finding(struct store *s, int i, struct err *err)
{
	struct record_finding f = { .id = 10 + i,
		                    .run_id = 1,
		                    .rule = slice_str(rows[i].rule),
		                    .name = SLICE_LIT("auth-loop"),
		                    .severity = SLICE_LIT("error"),
		                    .confidence = SLICE_LIT("high"),
		                    .text = SLICE_LIT("x") };
	struct record_occurrence o = { .finding_id = 10 + i,
		                       .call_id = i + 1,
		                       .text = SLICE_LIT("x") };

	if (i)
		f.name = SLICE_LIT("cut-at-limit");
	ck_assert(store_finding(s, &f, err) && store_occurrence(s, &o, err));
}

static struct store *make_store(void)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < ROWS; i++) {
		put_row(s, i, &err);
		if (rows[i].rule)
			put_finding(s, i, &err);
	}
	ck_assert_msg(store_finish(s, 1, &err), "%s", err.text);
	return s;
}

#define TEXT(member, text) .member = { (const uint8_t *)(text), sizeof(text) - 1 }
/* What calls_filter_init() sets. */
#define ANY                                                                                        \
	.min_talk_ms = NAN, .max_talk_ms = NAN, .mos_below = NAN, .from_us = RECORD_NULL,          \
	.to_us = RECORD_NULL

static const struct {
	const char *name;
	struct calls_filter filter;
	const char *ids;
} cases[] = {
	{ "everything, by time", { ANY }, "1 2 3 4 5" },
	{ "caller, part of it", { ANY, TEXT(caller, "0794600") }, "1 4" },
	{ "callee, any case", { ANY, TEXT(callee, "ANON") }, "4" },
	{ "% is a character", { ANY, TEXT(caller, "%") }, "3" },
	{ "_ is one too", { ANY, TEXT(callee, "a_b") }, "3" },
	{ "so is a backslash", { ANY, TEXT(user_agent, "e\\w") }, "4" },
	{ "SQL is text", { ANY, TEXT(caller, "' OR 1 --") }, "" },
	{ "number with +", { ANY, TEXT(number, "+4420") }, "1 2 4" },
	{ "number with 00", { ANY, TEXT(number, "0044207946000") }, "1 2 4" },
	{ "number without", { ANY, TEXT(number, "442079460002") }, "2" },
	{ "number, either side", { ANY, TEXT(number, "100") }, "1 2 3" },
	{ "number is a prefix", { ANY, TEXT(number, "2079") }, "" },
	{ "status", { ANY, .status_from = 486, .status_to = 486 }, "2" },
	{ "status class", { ANY, .status_from = 400, .status_to = 499 }, "2 5" },
	{ "one outcome", { ANY, .outcomes = 1 }, "1 4" },
	{ "several", { ANY, .outcomes = 2 | 1 << 5 }, "2 3" },
	{ "long calls",
	  { .min_talk_ms = 7000,
	    .max_talk_ms = NAN,
	    .mos_below = NAN,
	    .from_us = RECORD_NULL,
	    .to_us = RECORD_NULL },
	  "1 4" },
	{ "short ones",
	  { .min_talk_ms = NAN,
	    .max_talk_ms = 7000,
	    .mos_below = NAN,
	    .from_us = RECORD_NULL,
	    .to_us = RECORD_NULL },
	  "1" },
	{ "MOS",
	  { .min_talk_ms = NAN,
	    .max_talk_ms = NAN,
	    .mos_below = 4,
	    .from_us = RECORD_NULL,
	    .to_us = RECORD_NULL },
	  "1" },
	{ "peer, both ways, any port", { ANY, TEXT(peer, "192.0.2.2") }, "1 4 5" },
	{ "peer with port", { ANY, TEXT(peer, "192.0.2.2:5070") }, "4" },
	{ "peer, IPv6", { ANY, TEXT(peer, "2001:db8::1") }, "3" },
	{ "peer, IPv6 in brackets", { ANY, TEXT(peer, "[2001:db8::1]") }, "3" },
	{ "peer, IPv6 with port", { ANY, TEXT(peer, "[2001:db8::2]:5060") }, "3" },
	{ "trunk: where it went", { ANY, TEXT(trunk, "192.0.2.1") }, "4" },
	{ "user agent of the callee", { ANY, TEXT(user_agent, "pbx") }, "1" },
	{ "user agent with %", { ANY, TEXT(user_agent, "50%") }, "3" },
	{ "from",
	  { .min_talk_ms = NAN,
	    .max_talk_ms = NAN,
	    .mos_below = NAN,
	    .from_us = T + 180000000,
	    .to_us = RECORD_NULL },
	  "4 5" },
	{ "to",
	  { .min_talk_ms = NAN,
	    .max_talk_ms = NAN,
	    .mos_below = NAN,
	    .from_us = RECORD_NULL,
	    .to_us = T + 60000000 },
	  "1 2" },
	{ "any finding", { ANY, TEXT(finding, "any") }, "1 3" },
	{ "a rule", { ANY, TEXT(finding, "e12") }, "3" },
	{ "a rule by name", { ANY, TEXT(finding, "auth-loop") }, "1" },
	{ "a rule is not a prefix", { ANY, TEXT(finding, "D") }, "" },
	{ "a finding", { ANY, TEXT(finding, "12") }, "3" },
	{ "ids", { ANY, TEXT(ids, "[5,2,77]") }, "2 5" },
	{ "no ids", { ANY, TEXT(ids, "[]") }, "" },
	{ "all must hold",
	  { ANY, TEXT(number, "44"), .outcomes = 1, TEXT(peer, "192.0.2.2") },
	  "1 4" },
	{ "by duration, longest first",
	  { ANY, .sort = CALLS_BY_DURATION, .reverse = true },
	  "4 1 2 3 5" },
	{ "by MOS, worst first, none last", { ANY, .sort = CALLS_BY_MOS }, "1 4 2 3 5" },
	{ "by status", { ANY, .sort = CALLS_BY_STATUS }, "1 4 2 5 3" },
	{ "latest first", { ANY, .reverse = true }, "5 4 3 2 1" },
	{ "the first two", { ANY, .limit = 2 }, "1 2" },
};

START_TEST(filters)
{
	struct err err = ERR_INIT;
	struct store *s = make_store();
	struct records *r = records_of(store_handle(s), &err);
	struct text out, ids;
	int64_t matched;

	text_init(&out);
	text_init(&ids);
	ck_assert_msg(calls_list(r, &cases[_i].filter, CALLS_CSV, 0, &out, &matched, &err),
	              "%s: %s", cases[_i].name, err.text);
	struct slice rest = slice_of(out.p, out.n), line, id;
	ck_assert(slice_line(&rest, &line) && slice_starts(line, "id,start,caller,"));
	while (slice_line(&rest, &line) && slice_split(&line, ',', &id))
		text_addf(&ids, "%s%.*s", ids.n ? " " : "", SLICE_ARG(id));
	ck_assert_msg(strcmp(text_cstr(&ids), cases[_i].ids) == 0, "%s: got %s, want %s",
	              cases[_i].name, text_cstr(&ids), cases[_i].ids);
	ck_assert_int_eq(matched,
	                 cases[_i].filter.limit ? ROWS : (int)(strlen(cases[_i].ids) + 1) / 2);
	text_release(&ids);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static const struct {
	enum calls_format format;
	unsigned width;
	const char *part;
} forms[] = {
	{ CALLS_TABLE, 200,
	  "     1  2023-11-14 22:13:20  +442079460001             1001                      "
	  "answered   "
	  "     200    0.20      7.0  3.20  D1\n" },
	{ CALLS_TABLE, 80,
	  "     1  22:13:20  +44207946~  1001        answered          7.0  3.20  D1\n" },
	{ CALLS_TABLE, 1,
	  "     3  22:15:20  100%        a_b         failed              -     -  E12\n" },
	{ CALLS_TABLE, 200, "\\x1B[2J" },
	{ CALLS_TABLE, 200, "2 of 5 calls\n" },
	/* A spreadsheet must not take a number for a formula. */
	{ CALLS_CSV, 0,
	  "\r\n1,2023-11-14T22:13:20.000000Z,\"'+442079460001\",1001,answered,200,OK,200,2000,7000,"
	  "3.2,"
	  "1,caller,,D1," },
	{ CALLS_JSON, 0,
	  "{\"id\": 2, \"start\": \"2023-11-14T22:14:20.000000Z\", \"caller\": \"1001\", " },
	{ CALLS_JSON, 0, "\"caller\": \"\\u001B[2J\"" },
	{ CALLS_JSON, 0, "\n\t],\n\t\"matched\": 5\n}\n" },
};

START_TEST(forms_of_the_list)
{
	struct err err = ERR_INIT;
	struct store *s = make_store();
	struct records *r = records_of(store_handle(s), &err);
	struct calls_filter f;
	struct text out;

	calls_filter_init(&f);
	if (strstr(forms[_i].part, "2 of 5"))
		f.outcomes = 1;
	text_init(&out);
	ck_assert(calls_list(r, &f, forms[_i].format, forms[_i].width, &out, NULL, &err));
	ck_assert_msg(strstr(text_cstr(&out), forms[_i].part) != NULL, "want: %s\nin:\n%s",
	              forms[_i].part, text_cstr(&out));
	ck_assert_ptr_null(strchr(text_cstr(&out), '\033') && forms[_i].format != CALLS_CSV
	                           ? text_cstr(&out)
	                           : NULL);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	struct store *s = make_store();
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct text out;
		ck_assert_uint_lt(n, 200);
		err.code = ERR_NONE;
		text_init(&out);
		mem_fail_after(n);
		struct records *r = records_of(store_handle(s), &err);
		done = r && calls_list(r, &cases[_i].filter, (enum calls_format)(_i % 3), 100, &out,
		                       NULL, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		records_close(r);
		text_release(&out);
	}
	store_free(s);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_calls_list(void);
Suite *suite_calls_list(void)
{
	Suite *suite = suite_create("calls_list");
	TCase *tcase = tcase_create("calls_list");

	tcase_add_loop_test(tcase, filters, 0, COUNT(cases));
	tcase_add_loop_test(tcase, forms_of_the_list, 0, COUNT(forms));
	tcase_add_loop_test(tcase, allocation_n_fails, 0, COUNT(cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
