/* reports/findings: which findings stand on the page and in the list, and in which order; beside a call. */
#include "base/mem.h"
#include "reports/findings.h"
#include "reports/report.h"
#include "reports/text_page.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <stdio.h>

Suite *suite_findings_report(void);

struct rows {
	const char *rule; /* "each": E01, E02 ... */
	const char *severity, *confidence;
	int occurrences,
	        count; /* so many rows, each with one occurrence less than the one before */
};

#define MAX_ROWS 4

/* `page`: rules in the order of their lines; +N: "... and N more of that rule"; *N: N more in the list only. */
static const struct {
	const char *name;
	struct rows rows[MAX_ROWS];
	const char *page;
} pages[] = {
	{ "none", { { 0 } }, "" },
	{ "errors, warnings, infos",
	  { { "H10", "info", "high", 50, 1 },
	    { "F1", "warning", "high", 20, 1 },
	    { "D9", "error", "low", 1, 1 } },
	  "D9? F1 H10" },
	{ "the most frequent first, however sure",
	  { { "D1", "error", "high", 2, 1 },
	    { "D9", "error", "low", 30, 1 },
	    { "D5", "error", "medium", 7, 1 } },
	  "D9? D5 D1" },
	{ "as often: the surer first",
	  { { "D1", "error", "medium", 2, 1 }, { "D9", "error", "high", 2, 1 } },
	  "D9 D1" },
	{ "three of a rule are no more than three",
	  { { "D1", "error", "high", 20, 3 } },
	  "D1 D1 D1" },
	{ "many of one rule",
	  { { "D1", "error", "high", 60, 38 }, { "G5", "error", "medium", 1, 1 } },
	  "D1 D1 D1 +35 G5" },
	{ "between others",
	  { { "D1", "error", "high", 60, 4 }, { "D9", "error", "medium", 59, 1 } },
	  "D1 D1 D9 D1 +1" },
	{ "attacks keep their places behind many errors",
	  { { "D1", "error", "high", 60, 9 },
	    { "each", "error", "high", 40, 20 },
	    { "H2", "warning", "medium", 2, 2 },
	    { "H9", "info", "low", 1, 1 } },
	  "D1 D1 D1 +6 E01 E02 E03 E04 E05 E06 E07 H2 H9? *14" },
};

#define COUNT(table) (int)(sizeof table / sizeof *table)

static void put(struct store *s, int64_t id, const struct rows *row, int i)
{
	struct err err = ERR_INIT;
	char rule[8], cause[32];

	if (strcmp(row->rule, "each") == 0)
		snprintf(rule, sizeof rule, "E%02d", i + 1);
	else
		snprintf(rule, sizeof rule, "%s", row->rule);
	snprintf(cause, sizeof cause, "cause %d", i);
	struct record_finding f = { .id = id,
		                    .run_id = 1,
		                    .rule = slice_str(rule),
		                    .name = SLICE_LIT("name"),
		                    .severity = slice_str(row->severity),
		                    .confidence = slice_str(row->confidence),
		                    .first_us = SAMPLE_START_US,
		                    .text = slice_str(cause),
		                    .noun = SLICE_LIT("calls"),
		                    .cause = slice_str(cause),
		                    .occurrences = row->occurrences - i };
	ck_assert_msg(store_finding(s, &f, &err), "%s", err.text);
}

static struct store *make(const struct rows *rows)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	int64_t id = 1;

	ck_assert_msg(s != NULL && sample_fill(s, &err), "%s", err.text);
	for (int r = MAX_ROWS - 1; r >= 0; r--) /* ids are no order */
		for (int i = 0; rows[r].rule && i < rows[r].count; i++)
			put(s, id++, &rows[r], i);
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	return s;
}

/* A line of the page as the tables above say it. */
static void add_line(struct text *out, const char *line)
{
	char rule[8];
	int n, id;

	if (sscanf(line, " ... and %d more of %7s", &n, rule) == 2)
		text_addf(out, " +%d", n);
	else if (sscanf(line, " ... and %d more: ", &n) == 1)
		text_addf(out, " *%d", n);
	else if (sscanf(line, "%d %*s %7s", &id, rule) == 2)
		text_addf(out, "%s%s%s", out->n ? " " : "", rule,
		          strstr(line, "(uncertain)") ? "?" : "");
}

static void read_lines(char *page, struct text *out)
{
	for (char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n"))
		add_line(out, line);
}

START_TEST(page_lists)
{
	struct store *s = make(pages[_i].rows);
	struct err err = ERR_INIT;
	struct records *r = records_of(store_handle(s), &err);
	struct text out, lines;
	struct page page = { .records = r, .out = &out };

	text_init(&out);
	text_init(&lines);
	ck_assert_msg(page_findings(&page, &err), "%s", err.text);
	ck_assert_int_eq(!strstr(text_cstr(&out), "milliwatt explain"), !*pages[_i].page);
	if (out.n)
		read_lines(out.p, &lines);
	ck_assert_msg(strcmp(text_cstr(&lines), pages[_i].page) == 0, "%s: %s", pages[_i].name,
	              text_cstr(&lines));
	text_release(&lines);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* The list has them all, in the same order. */
START_TEST(list_is_whole)
{
	static const struct rows rows[MAX_ROWS] = { { "H10", "info", "high", 50, 1 },
		                                    { "D1", "error", "high", 20, 15 },
		                                    { "G5", "error", "low", 19, 1 } };
	struct store *s = make(rows);
	struct err err = ERR_INIT;
	struct records *r = records_of(store_handle(s), &err);
	struct text out, lines;

	text_init(&out);
	text_init(&lines);
	ck_assert_msg(findings_list(r, &out, &err), "%s", err.text);
	read_lines(out.p, &lines);
	ck_assert_str_eq(text_cstr(&lines), "D1 D1 G5? D1 D1 D1 D1 D1 D1 D1 D1 D1 D1 D1 D1 D1 H10");
	text_release(&lines);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(list_of_nothing)
{
	static const struct rows none[MAX_ROWS] = { { 0 } };
	struct store *s = make(none);
	struct err err = ERR_INIT;
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert(findings_list(r, &out, &err));
	ck_assert_str_eq(text_cstr(&out),
	                 "nothing was found by the rules ('milliwatt rules' prints them)\n");
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* A call's findings: its cause in front, what the capture voids and attacks behind; each with its own sentence. */
START_TEST(beside_a_call)
{
	static const struct rows rows[MAX_ROWS] = { { "H5", "warning", "high", 9, 1 },
		                                    { "F1", "warning", "high", 9, 1 },
		                                    { "D9", "error", "medium", 9, 1 } };
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct text out;

	text_init(&out);
	ck_assert(sample_fill(s, &err));
	for (int i = 0; i < 3; i++) {
		struct record_occurrence o = { .finding_id = i + 1,
			                       .call_id = 2,
			                       .text = slice_str(i == 2 ? "of\033this call"
			                                                : "another") };
		put(s, i + 1, &rows[i], 0);
		ck_assert(store_occurrence(s, &o, &err));
	}
	ck_assert(store_kpi(s, 1, &err) && store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	ck_assert_msg(call_findings_text(r, 2, &out, &err), "%s", err.text);
	const char *d9 = strstr(text_cstr(&out), "error D9  of\\x1Bthis call"),
	           *f1 = strstr(text_cstr(&out), "warning F1  another"),
	           *h5 = strstr(text_cstr(&out), "warning H5  another");
	ck_assert_msg(d9 && f1 && h5 && d9 < f1 && f1 < h5, "%s", text_cstr(&out));
	text_reset(&out);
	ck_assert(call_findings_text(r, 1, &out, &err));
	ck_assert_uint_eq(out.n, 0);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(lack_of_memory)
{
	struct store *s = make(pages[COUNT(pages) - 1].rows);
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		struct records *r = records_of(store_handle(s), &err);
		struct text out;
		struct page page = { .records = r, .out = &out };
		text_init(&out);
		mem_fail_after(n);
		done = page_findings(&page, &err) && findings_list(r, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		text_release(&out);
		records_close(r);
	}
	store_free(s);
}
END_TEST

Suite *suite_findings_report(void)
{
	Suite *s = suite_create("findings_report");
	TCase *tc = tcase_create("findings_report");

	tcase_add_loop_test(tc, page_lists, 0, COUNT(pages));
	tcase_add_test(tc, list_is_whole);
	tcase_add_test(tc, list_of_nothing);
	tcase_add_test(tc, beside_a_call);
	tcase_add_test(tc, lack_of_memory);
	suite_add_tcase(s, tc);
	return s;
}
