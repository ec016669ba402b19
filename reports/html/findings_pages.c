/* findings.html, and a page for each finding: what was seen, by which rule, what to do, which calls. */
#include "reports/findings.h"
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* Beyond, findings are in the list with the command that explains them. */
#define MOST_PAGES  2000
#define MOST_LISTED 5000
#define MOST_CALLS  "500"
#define MOST_OTHERS "50"

/* The occurrence that stands for the finding. */
#define FIRST_OCCURRENCE                                                                           \
	"(SELECT * FROM finding_occurrences WHERE finding_id = ?1 ORDER BY first_us IS NULL, "     \
	"first_us, text LIMIT 1)"

bool findings_has_page(int64_t id)
{
	return id >= 0 && id <= MOST_PAGES;
}

void findings_add_address(struct text *out, int64_t id)
{
	if (findings_has_page(id))
		text_addf(out, "findings/%" PRId64 ".html", id);
	else
		text_addf(out, "findings.html");
}

static void add_pair(struct text *out, const char *name, struct query *q, int column)
{
	if (query_is_null(q, column) || !query_text(q, column).n)
		return;
	text_addf(out, "<dt>%s</dt><dd>", name);
	html_add_column(out, q, column);
	text_addf(out, "</dd>\n");
}

/* "responses = 7, window = 60 s" of rows name, value, unit. */
static bool add_numbers(struct work *w, const char *name, const char *sql, int64_t id,
                        struct err *err)
{
	struct query *q = rows_query(w->records, sql, id, err);
	struct text *out = &w->out;
	bool any = false;

	if (!q)
		return false;
	while (query_step(q, err) && !out->failed) {
		if (!any)
			text_addf(out, "<dt>%s</dt><dd>", name);
		text_addf(out, any ? "<br>" : "");
		html_add(out, query_text(q, 0));
		text_addf(out, " = <span class=\"mono\">");
		html_add(out, query_text(q, 1));
		text_addf(out, "</span> ");
		html_add(out, query_text(q, 2));
		any = true;
	}
	text_addf(out, any ? "</dd>\n" : "");
	return rows_end(q, out, err);
}

static bool add_rule(struct work *w, struct query *q, struct err *err)
{
	int64_t id = query_int(q, 0);
	struct text *out = &w->out;

	text_addf(out, "<div class=\"grid\"><section class=\"card\"><h2>What was seen</h2><dl "
	               "class=\"kv\">\n");
	add_pair(out, "the first", q, 7);
	if (!add_numbers(w, "numbers",
	                 "SELECT e.key, e.value, '' FROM " FIRST_OCCURRENCE
	                 " o, json_each(o.evidence) e WHERE e.key <> 'frames'",
	                 id, err) ||
	    !add_numbers(
	            w, "frames",
	            "SELECT 'capture ' || o.capture_id, (SELECT group_concat(value, ', ') FROM "
	            "(SELECT value FROM json_each(o.evidence, '$.frames') LIMIT 40)), '' FROM "
	            "" FIRST_OCCURRENCE " o WHERE json_array_length(o.evidence, '$.frames') > 0",
	            id, err))
		return false;
	add_pair(out, "wrong if", q, 11);
	text_addf(out, "</dl></section><section class=\"card\"><h2>The rule</h2><dl "
	               "class=\"kv\">\n");
	add_pair(out, "looks for", q, 9);
	add_pair(out, "standard", q, 10);
	if (!add_numbers(
	            w, "settings",
	            "SELECT s.key, coalesce(json_extract(s.value, '$.value'), "
	            "json_extract(s.value, '$.list')), nullif(json_extract(s.value, '$.unit'), "
	            "'ratio') FROM findings f JOIN rules r ON r.run_id = f.run_id AND r.rule = "
	            "f.rule, json_each(r.settings) s WHERE f.id = ?1",
	            id, err))
		return false;
	text_addf(out, "</dl></section></div>\n");
	return true;
}

/* As a word for a shell. */
static void add_database(struct work *w)
{
	const char *path = records_path(w->records);
	struct text word;

	text_init(&word);
	rows_add_shell(&word, path ? path : "DB");
	html_add(&w->out, slice_of(text_cstr(&word), word.n));
	w->out.failed = w->out.failed || word.failed;
	text_release(&word);
}

static void add_call_row(struct work *w, struct query *q)
{
	struct text *out = &w->out;
	char label[24];

	snprintf(label, sizeof label, "%" PRId64, query_int(q, 0));
	text_addf(out, "<tr><td class=\"num\">");
	work_add_call_link(w, "../", query_int(q, 0), label);
	text_addf(out, "</td><td class=\"nowrap\">");
	html_add_time(out, query_int(q, 5));
	text_addf(out, "</td><td class=\"wrap\">");
	html_add_column(out, q, 1);
	text_addf(out, " &rarr; ");
	html_add_column(out, q, 2);
	text_addf(out, "</td><td>");
	html_add_badge(out, query_text(q, 3));
	text_addf(out, " ");
	if (!query_is_null(q, 4))
		html_add_column(out, q, 4);
	text_addf(out, "</td><td class=\"num\">");
	html_add_real(out, query_real(q, 6), 2);
	text_addf(out, "</td></tr>\n");
}

static bool add_calls(struct work *w, int64_t id, int64_t calls, struct err *err)
{
	static const char *const headings[] = { ">Call",   "Began", "From - to",
		                                "Outcome", ">MOS",  NULL };
	struct query *q = rows_query(
	        w->records,
	        "SELECT c.id, c.caller, c.callee, c.outcome, c.final_status, coalesce(c.start_us, "
	        "c.first_us), c.mos_min FROM calls c WHERE c.id IN (SELECT call_id FROM "
	        "finding_occurrences WHERE finding_id = ?1) ORDER BY 1 LIMIT " MOST_CALLS,
	        id, err);
	int64_t rows = 0;

	if (!q)
		return false;
	for (; query_step(q, err) && !w->out.failed; rows++) {
		if (!rows) {
			text_addf(&w->out,
			          "<section class=\"card\" aria-labelledby=\"calls\"><div "
			          "class=\"head\"><h2 id=\"calls\">Calls</h2><a class=\"tiny\" "
			          "href=\"../calls.html#finding=%" PRId64
			          "\">all of them, to search</a></div>\n",
			          id);
			begin_table(&w->out, "Calls that it hit, at most " MOST_CALLS " of them");
			add_headings(&w->out, headings);
		}
		add_call_row(w, q);
	}
	if (rows) {
		end_table(&w->out);
		if (calls > rows) {
			text_addf(&w->out, "<p class=\"soft\">... and ");
			add_count(&w->out, calls - rows);
			text_addf(&w->out, " more:</p>");
			html_begin_command(&w->out);
			text_addf(&w->out, "milliwatt calls --finding %" PRId64 " ", id);
			add_database(w);
			html_end_command(&w->out);
		}
		text_addf(&w->out, "</section>\n");
	}
	return rows_end(q, &w->out, err);
}

/* Where it happened outside of calls: registrations, streams of none, peers. */
static bool add_others(struct work *w, int64_t id, struct err *err)
{
	struct query *q = rows_query(
	        w->records,
	        "SELECT text, first_us FROM finding_occurrences WHERE finding_id = ?1 AND "
	        "call_id IS NULL ORDER BY first_us, text LIMIT " MOST_OTHERS,
	        id, err);
	static const char *const headings[] = { "When", "What", NULL };
	bool any = false;

	if (!q)
		return false;
	while (query_step(q, err) && !w->out.failed) {
		if (!any) {
			text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"others\"><h2 "
			                   "id=\"others\">Outside of calls</h2>\n");
			begin_table(&w->out, "At most " MOST_OTHERS " of them");
			add_headings(&w->out, headings);
		}
		any = true;
		text_addf(&w->out, "<tr><td class=\"nowrap\">");
		html_add_time(&w->out, query_int(q, 1));
		text_addf(&w->out, "</td><td class=\"wrap\">");
		html_add_column(&w->out, q, 0);
		text_addf(&w->out, "</td></tr>\n");
	}
	if (any) {
		end_table(&w->out);
		text_addf(&w->out, "</section>\n");
	}
	return rows_end(q, &w->out, err);
}

static void add_explain(struct work *w, int64_t id)
{
	html_begin_command(&w->out);
	text_addf(&w->out, "milliwatt explain ");
	add_database(w);
	text_addf(&w->out, " %" PRId64, id);
	html_end_command(&w->out);
}

static void add_heading(struct work *w, struct query *q)
{
	struct text *out = &w->out;

	text_addf(out, "<p class=\"crumbs\"><a href=\"../findings.html\">Findings</a></p>\n<h1>");
	html_add(out, query_text(q, 4));
	text_addf(out, "</h1>\n<p class=\"lead\">");
	html_add_badge(out, query_text(q, 3));
	text_addf(out, " ");
	html_add(out, query_text(q, 1));
	text_addf(out, " ");
	html_add(out, query_text(q, 2));
	text_addf(out, ", confidence ");
	html_add(out, query_text(q, 5));
	if (!query_is_null(q, 12)) {
		text_addf(out, ", because ");
		html_add(out, query_text(q, 12));
	}
	text_addf(out, "</p>\n");
	if (!query_is_null(q, 6)) {
		text_addf(out, "<p class=\"notice note\"><strong>To do:</strong> ");
		html_add(out, query_text(q, 6));
		text_addf(out, "</p>\n");
	}
}

static bool write_finding(struct work *w, struct query *q, struct err *err)
{
	char title[64], name[48];
	int64_t id = query_int(q, 0);

	snprintf(title, sizeof title, "Finding %" PRId64, id);
	work_begin_page(w, title, "findings", "../");
	add_heading(w, q);
	if (!add_rule(w, q, err) || !add_calls(w, id, query_int(q, 8), err) ||
	    !add_others(w, id, err))
		return false;
	add_explain(w, id);
	snprintf(name, sizeof name, "findings/%" PRId64 ".html", id);
	return work_write_page(w, name, err);
}

static bool write_pages(struct work *w, struct err *err)
{
	struct query *q = rows_query(
	        w->records,
	        "SELECT f.id, f.rule, f.name, f.severity, f.text, f.confidence, f.suggestion, "
	        "(SELECT "
	        "o.text FROM finding_occurrences o WHERE o.finding_id = f.id ORDER BY o.first_us "
	        "IS "
	        "NULL, o.first_us, o.text LIMIT 1), f.calls, r.meaning, r.section, r.disproof, "
	        "f.downgraded FROM findings f LEFT JOIN rules r ON r.run_id = f.run_id AND r.rule "
	        "= "
	        "f.rule WHERE f.id BETWEEN 0 AND ?1 ORDER BY f.id",
	        MOST_PAGES, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = write_finding(w, q, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

bool findings_write(struct work *w, struct err *err)
{
	if (!write_pages(w, err))
		return false;
	work_begin_page(w, "Findings", "findings", "");
	text_addf(&w->out,
	          "<h1>Findings</h1>\n<section class=\"card\" aria-label=\"All findings\">");
	if (!w->findings)
		text_addf(&w->out, "<p>The rules found nothing.</p>\n");
	else if (!findings_add_table(w, MOST_LISTED, err))
		return false;
	if (w->findings > MOST_LISTED) {
		text_addf(&w->out, "<p class=\"soft\">Only the first ");
		add_count(&w->out, MOST_LISTED);
		text_addf(&w->out, " of ");
		add_count(&w->out, w->findings);
		text_addf(&w->out, " are here.</p>\n");
	}
	text_addf(&w->out, "</section>\n");
	return work_write_page(w, "findings.html", err);
}
