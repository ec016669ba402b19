/* reports/html: the pages of a database, also of one whose texts want to be markup, of an empty one, of a large one. */
#include "base/mem.h"
#include "reports/html/html_report.h"
#include "reports/html/report_parts.h"
#include "tests/helpers/markup.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"
#include "tests/helpers/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_html_report(void);

#define T SAMPLE_START_US
/* Would end a script element, an attribute, a text, and be a script. */
#define HOSTILE                                                                                    \
	SLICE_LIT("</script><script>owned()</script>\"'><img src=x onerror=owned()>\xff\0&lt;")

static struct temp_dir dir;
static char root[100];

static void setup(void)
{
	temp_dir_make(&dir);
	snprintf(root, sizeof root, "%s/report", dir.path);
	setenv("PATH", "", 1); /* without gnuplot: tests of it are plot's */
}

static void teardown(void)
{
	tree_remove(dir.path);
}

static bool put_finding(struct store *s, int64_t id, const char *severity, int64_t call,
                        struct slice text, struct err *err)
{
	struct record_finding f = {
		.id = id,
		.run_id = 1,
		.rule = SLICE_LIT("D9"),
		.name = text,
		.severity = slice_str(severity),
		.confidence = SLICE_LIT("medium"),
		.call_id = call,
		.dialog_id = RECORD_NULL,
		.stream_id = RECORD_NULL,
		.text = text,
		.suggestion = text,
		.cause = text,
		.noun = SLICE_LIT("calls"),
		.occurrences = 1,
		.calls = 1,
		.downgraded = text,
	};
	struct record_occurrence o = {
		.finding_id = id,
		.call_id = call,
		.dialog_id = RECORD_NULL,
		.stream_id = RECORD_NULL,
		.registration_id = RECORD_NULL,
		.capture_id = 1,
		.first_us = T,
		.last_us = T,
		.text = text,
		.evidence = SLICE_LIT("{\"</script><script>owned()\": \"<script>owned()\", "
		                      "\"frames\": [1, \"<script>owned()\"]}"),
	};

	return store_finding(s, &f, err) && store_occurrence(s, &o, err);
}

static bool put_simulation(struct store *s, struct err *err)
{
	struct record_sim_step step = { 1, HOSTILE, 0, HOSTILE, 1, 2, 3, 4, 5, 6, 7 };
	struct record_sim_call call = { .run_id = 1,
		                        .sip_call_id = HOSTILE,
		                        .scenario = HOSTILE,
		                        .role = SLICE_LIT("caller"),
		                        .started_us = T,
		                        .outcome = SLICE_LIT("failed"),
		                        .failed_step = 3,
		                        .failure = HOSTILE,
		                        .failure_text = HOSTILE };
	struct record_sim_interval interval = { 1, T, 1, 2, 3, 4, 5, 10, 20, 30 };

	if (!store_sim_step(s, &step, err) || !store_sim_call(s, &call, err))
		return false;
	for (int i = 0; i < 300; i++) {
		interval.start_us = T + i * INT64_C(1000000);
		if (!store_sim_interval(s, &interval, err))
			return false;
	}
	return true;
}

/* Whatever a packet or a file name can say. */
static bool put_hostile(struct store *s, struct err *err)
{
	struct record_call call = sample_call(4);
	struct record_stream stream = sample_stream(9);
	struct record_dialog dialog = { .id = 9,
		                        .run_id = 1,
		                        .call_id = 4,
		                        .sip_call_id = HOSTILE,
		                        .kind = SLICE_LIT("invite"),
		                        .state = HOSTILE,
		                        .dst = HOSTILE,
		                        .src = HOSTILE,
		                        .start_us = T,
		                        .answer_us = T,
		                        .end_us = T,
		                        .forked_from = RECORD_NULL };
	struct record_capture capture = { .id = 2,
		                          .run_id = 1,
		                          .path = HOSTILE,
		                          .format = HOSTILE,
		                          .damage = HOSTILE,
		                          .damaged_bytes = 1 };
	struct record_rule rule = { .run_id = 1,
		                    .rule = SLICE_LIT("D9"),
		                    .name = HOSTILE,
		                    .severity = SLICE_LIT("error"),
		                    .enabled = true,
		                    .section = HOSTILE,
		                    .meaning = HOSTILE,
		                    .disproof = HOSTILE,
		                    .settings = SLICE_LIT("{\"<script>owned()\": {\"value\": "
		                                          "\"<script>owned()\", \"unit\": "
		                                          "\"<script>owned()\"}}") };

	call.caller = call.callee = call.sip_call_id = call.reason = HOSTILE;
	call.outcome = SLICE_LIT("rejected");
	call.final_status = 603;
	stream.call_id = 4;
	stream.codec = HOSTILE;
	stream.mos_lq = 1.5;
	return store_call(s, &call, err) && store_stream(s, &stream, err) &&
	       store_dialog(s, &dialog, err) && store_capture(s, &capture, err) &&
	       store_rule(s, &rule, err) && put_finding(s, 1, "error", 4, HOSTILE, err) &&
	       put_finding(s, 2, "info", 1, SLICE_LIT("a note"), err) &&
	       put_finding(s, 3, "warning", RECORD_NULL, SLICE_LIT("of no call"), err) &&
	       put_simulation(s, err) && store_incomplete(s, HOSTILE, err);
}

static struct store *hostile_store(struct err *err)
{
	struct store *s = sample_create(NULL, err);

	if (s && sample_fill(s, err) && put_hostile(s, err) && store_join(s, err) &&
	    store_kpi(s, 1, err) && store_finish(s, T + 20000000, err))
		return s;
	store_free(s);
	return NULL;
}

static bool write_report(struct store *s, struct html_outcome *outcome, struct err *err)
{
	struct html_options options = { .pages = 0, .plots = 0 };
	struct records *r = records_of(store_handle(s), err);
	bool ok = r && html_report(r, root, &options, outcome, err);

	if (r)
		records_close(r);
	return ok;
}

static struct text page(const char *name)
{
	char path[200];
	struct text t;

	text_init(&t);
	snprintf(path, sizeof path, "%s/%s", root, name);
	ck_assert_msg(tree_read(path, &t), "no page %s", name);
	return t;
}

static struct slice slice_of_text(const struct text *t)
{
	return slice_of(text_cstr(t), t->n);
}

static bool has(const struct text *t, const char *part)
{
	return slice_find_str(slice_of_text(t), part) != SLICE_NPOS;
}

static size_t count_of(const struct text *t, const char *part)
{
	size_t count = 0;

	for (const char *p = text_cstr(t); (p = strstr(p, part)); p++)
		count++;
	return count;
}

static bool ends_with(struct slice s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && slice_eq_str(slice_from(s, s.n - n), end);
}

/* All pages are well formed; scripts in them are ours by name, or data. */
static int check_pages(void)
{
	struct text list;
	struct slice name;
	int pages = 0;

	text_init(&list);
	tree_list(root, &list);
	for (struct slice rest = slice_of_text(&list); slice_line(&rest, &name);) {
		char buf[160];
		if (!ends_with(name, ".html"))
			continue;
		struct text t = page(slice_cstr(name, buf, sizeof buf));
		const char *fault = markup_fault(slice_of_text(&t));
		ck_assert_msg(!fault, "%s: %s", buf, fault);
		ck_assert_uint_eq(
		        count_of(&t, "<script"),
		        1 + count_of(&t, "<script type=\"application/json\" id=\"calls-data\">"));
		ck_assert_uint_eq(count_of(&t, "report.js\"></script>"), 1);
		ck_assert(!has(&t, "<img src=x"));
		ck_assert(!has(&t, " style=\""));
		ck_assert_uint_eq(count_of(&t, "<h1"), 1);
		ck_assert_uint_eq(count_of(&t, "Content-Security-Policy"), 1);
		text_release(&t);
		pages++;
	}
	text_release(&list);
	return pages;
}

START_TEST(test_hostile)
{
	struct err err = ERR_INIT;
	struct html_outcome outcome;
	struct store *s = hostile_store(&err);

	ck_assert_msg(s && write_report(s, &outcome, &err), "%s", err.text);
	store_free(s);
	/* index, calls, findings, figures, three findings */
	ck_assert_int_eq(check_pages(), 7);
	ck_assert_int_eq(outcome.calls, 4);
	ck_assert_int_eq(outcome.pages, 0);
	ck_assert_ptr_nonnull(outcome.plots_absent);
	struct text calls = page("calls.html");
	ck_assert(has(&calls, "\\u003c/script>\\u003cscript>owned()"));
	ck_assert(has(&calls, "&lt;/script&gt;&lt;script&gt;owned()"));
	text_release(&calls);
}
END_TEST

/* Of the hostile database: what must be on the overview. */
static const char *const said[] = {
	"<strong>Incomplete:</strong> &lt;/script&gt;",
	"<strong>Damaged capture:</strong> <code>a.pcap</code>: record length 4194304 at offset "
	"5340 "
	"(120 octets not read)",
	"<strong>Damaged capture:</strong> <code>&lt;/script&gt;",
	"3 packets were captured shorter than on the wire",
	"1 packet or block could not be read",
	"<strong>No plots:</strong>",
	"Answered (ASR)</p><p class=\"value\">25.0 <span class=\"unit\">%</span></p><p "
	"class=\"more\">1 / 4</p>",
	"Answer-seizure ratio: answered / attempts (ITU-T E.411)",
	"MOS narrowband, 95 %</p><p class=\"value\">1.50",
	"href=\"findings/1.html\"",
	"<span class=\"badge good\">answered</span>",
	"href=\"calls.html#outcome=answered\"",
	"href=\"calls.html#status=486&amp;outcome=not-answered\">486</a> Busy Here",
	"Calls that the scenarios count as failed",
	"Steps of the scenarios",
	"<td class=\"num\">1.50</td><td>nb</td><td class=\"num\">1.15</td>",
	"href=\"calls.html#trunk=192.0.2.2\"",
	"<th scope=\"row\">MOS, narrowband <span class=\"soft\">LQ</span></th><td "
	"class=\"num\">3</td>",
	"<th scope=\"row\">Post-dial delay <span class=\"soft\">ms</span></th>",
};

START_TEST(test_overview)
{
	struct err err = ERR_INIT;
	struct html_outcome outcome;
	struct store *s = hostile_store(&err);

	ck_assert_msg(s && write_report(s, &outcome, &err), "%s", err.text);
	store_free(s);
	struct text t = page("index.html");
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		ck_assert_msg(has(&t, said[i]), "not there: %s", said[i]);
	text_release(&t);
	t = page("findings/3.html");
	ck_assert(has(&t, "Outside of calls"));
	ck_assert(has(&t, "milliwatt explain DB 3"));
	text_release(&t);
	t = page("figures.html");
	ck_assert(has(&t, "Network effectiveness ratio"));
	ck_assert(has(&t, "from BYE to its 2xx"));
	text_release(&t);
}
END_TEST

START_TEST(test_empty)
{
	struct err err = ERR_INIT;
	struct html_outcome outcome;
	struct store *s = sample_create(NULL, &err);

	ck_assert(s && store_kpi(s, 1, &err) && store_finish(s, T, &err));
	ck_assert_msg(write_report(s, &outcome, &err), "%s", err.text);
	store_free(s);
	ck_assert_int_eq(check_pages(), 4);
	struct text t = page("index.html");
	ck_assert(has(&t, "There are no calls in this database"));
	ck_assert(has(&t, "The rules found nothing."));
	ck_assert(!has(&t, "nan"));
	ck_assert(!has(&t, "Worst streams"));
	ck_assert(!has(&t, "Simulation"));
	text_release(&t);
	t = page("calls.html");
	ck_assert(has(&t, "\"calls\":[],"));
	text_release(&t);
}
END_TEST

static struct store *large_store(int64_t calls, struct err *err)
{
	struct store *s = sample_create(NULL, err);
	struct record_call c = sample_call(1);
	bool ok = s != NULL;
	char number[32];

	for (int64_t i = 1; ok && i <= calls; i++) {
		c.id = i;
		snprintf(number, sizeof number, "+1555%07d", (int)i);
		c.caller = slice_str(number);
		c.start_us = c.first_us = T + i * 100000;
		ok = store_call(s, &c, err);
	}
	if (ok && store_kpi(s, 1, err) && store_finish(s, T, err))
		return s;
	store_free(s);
	return NULL;
}

/* Every call is in the data and on one of the pages; the overview does not grow with them. */
START_TEST(test_large)
{
	struct err err = ERR_INIT;
	struct html_outcome outcome;
	struct store *s = large_store(10001, &err);

	ck_assert_msg(s && write_report(s, &outcome, &err), "%s", err.text);
	store_free(s);
	struct text t = page("index.html");
	ck_assert_uint_lt(t.n, 60000);
	text_release(&t);
	t = page("calls.html");
	ck_assert_uint_eq(count_of(&t, "\"one@192.0.2.1\""), 10001);
	ck_assert_uint_eq(count_of(&t, "<tr id=\"c"), 500);
	ck_assert_uint_lt(t.n, 10001 * 100 + 200000);
	text_release(&t);
	t = page("calls-21.html");
	ck_assert_uint_eq(count_of(&t, "<tr id=\"c"), 1);
	ck_assert(has(&t, "+15550010001"));
	ck_assert(has(&t, "<a href=\"calls-20.html\">Back</a>"));
	text_release(&t);
	ck_assert_int_eq(outcome.calls, 10001);
	/* index, calls, findings, figures, calls-2 ... calls-21 */
	ck_assert_int_eq(check_pages(), 24);
}
END_TEST

/* Findings first, then what was not answered, then the lowest score; notes count for nothing. */
static const struct {
	int64_t pages, plots;
	const char *chosen, *drawn;
} choices[] = {
	{ 10, 10, "1 2 3 4 ", "1 2 3 4 " },
	{ 4, 1, "1 2 3 4 ", "4 " },
	{ 1, 5, "4 ", "4 " },
	{ 2, 0, "2 4 ", "" },
	{ 3, 2, "2 3 4 ", "2 4 " },
	{ 0, 0, "", "" },
};

static void expect_numbers(const struct numbers *n, const char *expected)
{
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < n->n; i++)
		text_addf(&t, "%d ", (int)n->v[i]);
	ck_assert_str_eq(text_cstr(&t), expected);
	text_release(&t);
}

START_TEST(test_chosen)
{
	struct err err = ERR_INIT;
	struct store *s = hostile_store(&err);
	struct records *r = records_of(store_handle(s), &err);
	struct html_options options = { .pages = choices[_i].pages, .plots = choices[_i].plots };
	struct work *w = mem_zalloc(sizeof *w);

	w->records = r;
	w->options = &options;
	ck_assert(summary_read(&w->summary, r, &err) && chosen_calls(w, &err));
	expect_numbers(&w->chosen, choices[_i].chosen);
	expect_numbers(&w->drawn, choices[_i].drawn);
	numbers_release(&w->chosen);
	numbers_release(&w->drawn);
	mem_free(w);
	records_close(r);
	store_free(s);
}
END_TEST

/* Ten calls a second, of which each talks for 7 s from 2 s after its beginning: 70 at once. */
START_TEST(test_buckets)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_call c = sample_call(1);
	struct buckets b;

	for (int i = 0; i < 600; i++) {
		c.id = i + 1;
		c.start_us = c.first_us = T + i * INT64_C(100000);
		c.answer_us = c.start_us + 2000000;
		c.end_us = c.last_us = c.start_us + 9000000;
		ck_assert(store_call(s, &c, &err));
	}
	ck_assert(store_finish(s, T, &err));
	struct records *r = records_of(store_handle(s), &err);
	ck_assert(buckets_read(&b, r, &err));
	ck_assert_uint_eq(b.count, 60);
	ck_assert_int_eq(b.width_us, 1000000);
	ck_assert_int_eq(b.start_us, T);
	ck_assert_int_eq(b.each[0].all, 10);
	ck_assert_int_eq(b.each[59].calls[0], 10);
	ck_assert_int_eq(b.each[1].at_once, 0);
	ck_assert_int_eq(b.each[2].at_once, 10);
	ck_assert_int_eq(b.each[30].at_once, 70);
	records_close(r);
	store_free(s);
}
END_TEST

/* A clock that was years off, and times before 1970. */
START_TEST(test_far_apart)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_call c = sample_call(1);
	struct buckets b;
	int64_t all = 0;

	c.start_us = c.first_us = -2000000000000000;
	ck_assert(store_call(s, &c, &err));
	c.id = 2;
	c.start_us = c.first_us = 4000000000000000;
	ck_assert(store_call(s, &c, &err) && store_finish(s, T, &err));
	struct records *r = records_of(store_handle(s), &err);
	ck_assert(buckets_read(&b, r, &err));
	ck_assert_uint_eq(b.count, BUCKETS_MAX);
	for (size_t i = 0; i < b.count; i++)
		all += b.each[i].all;
	ck_assert_int_eq(all, 2);
	records_close(r);
	struct html_outcome outcome;
	ck_assert_msg(write_report(s, &outcome, &err), "%s", err.text);
	store_free(s);
}
END_TEST

START_TEST(test_memory)
{
	struct err err = ERR_INIT;
	struct html_outcome outcome;
	struct store *s = hostile_store(&err);
	struct shortage shortage = { 0 };

	ck_assert_ptr_nonnull(s);
	shortage_watch(&shortage);
	ck_assert(write_report(s, &outcome, &err));
	shortage_plan(&shortage);
	while (shortage_next(&shortage)) {
		err = (struct err)ERR_INIT;
		bool ok = write_report(s, &outcome, &err);
		shortage_over();
		ck_assert_msg(!ok && err.code == ERR_MEMORY, "allocation %lu: %d %s",
		              shortage_at(&shortage), ok, err.text);
	}
	shortage_release(&shortage);
	store_free(s);
}
END_TEST

/* A database that cannot be read leaves the folder as it was. */
START_TEST(test_unreadable)
{
	struct err err = ERR_INIT;
	struct html_outcome outcome;
	struct store *s = hostile_store(&err);

	ck_assert(write_report(s, &outcome, &err));
	store_free(s);
	const char *path = temp_dir_path(&dir, "broken.db");
	s = sample_store(path, &err);
	ck_assert_ptr_nonnull(s);
	store_free(s);
	struct records *r = records_open(path, &err);
	ck_assert_ptr_nonnull(r);
	FILE *f = fopen(path, "r+b");
	ck_assert(f && fseek(f, 4096, SEEK_SET) == 0);
	for (int i = 0; i < 200000; i++)
		fputc('x', f);
	fclose(f);
	struct html_options options = { .pages = 0 };
	ck_assert(!html_report(r, root, &options, &outcome, &err));
	ck_assert_int_eq(err.code, ERR_DATABASE);
	records_close(r);
	ck_assert_int_eq(check_pages(), 7);
}
END_TEST

static const struct {
	const char *page;
	bool sound;
} markups[] = {
	{ "<!doctype html><p class=\"a\">x<br>y</p>", true },
	{ "<p><b></p></b>", false },
	{ "<p", false },
	{ "<p>", false },
	{ "<p a=b c></p>", true },
	{ "<p a=></p>", false },
	{ "<table><tbody><tr><th>a<td>b<tr><td>c</table>", false },
	{ "<table><tbody><tr><th>a<td>b<tr><td>c</tbody></table>", true },
	{ "<dl><dt>a<dd>b<dt>c<dd>d</dl>", true },
	{ "<tr><td><b>a<td>b</tr>", false },
	{ "<p a=b'c></p>", false },
	{ "<p a=b=c></p>", false },
	{ "<p a=\"<\"></p>", false },
	{ "<p a=\"1\" a=\"2\"></p>", false },
	{ "a < b", false },
	{ "<script>if (a < b) </script>", true },
	{ "<script>", false },
	{ "<svg><rect x=\"1\"/></svg>", true },
};

START_TEST(test_markup)
{
	const char *fault = markup_fault(slice_str(markups[_i].page));

	ck_assert_int_eq(!fault, markups[_i].sound);
}
END_TEST

Suite *suite_html_report(void)
{
	Suite *s = suite_create("html_report");
	TCase *t = tcase_create("html_report");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_hostile);
	tcase_add_test(t, test_overview);
	tcase_add_test(t, test_empty);
	tcase_add_test(t, test_large);
	tcase_add_loop_test(t, test_chosen, 0, sizeof choices / sizeof *choices);
	tcase_add_test(t, test_buckets);
	tcase_add_test(t, test_far_apart);
	tcase_add_test(t, test_memory);
	tcase_add_test(t, test_unreadable);
	tcase_add_loop_test(t, test_markup, 0, sizeof markups / sizeof *markups);
	suite_add_tcase(s, t);
	return s;
}
