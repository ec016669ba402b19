/* What the rules found, by the calls it hit; and what calls failed with. */
#include "reports/findings.h"
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_FINDINGS 15
#define MOST_STATUSES "10"

/* Notes tell and accuse nobody: behind the rest, whatever they hit. */
#define BY_CALLS                                                                                   \
	"SELECT f.id, f.severity, f.rule, f.name, f.text, f.suggestion, f.calls, f.occurrences, "  \
	"f.noun, f.confidence, f.downgraded FROM findings f ORDER BY f.severity = 'info', "        \
	"f.calls DESC, " FINDINGS_ORDER ", f.id LIMIT ?1"

/* "1 stream", "2 streams": nouns of rules are plurals. */
static void add_noun(struct text *out, struct slice noun, int64_t count)
{
	if (count == 1 && noun.n > 1 && noun.p[noun.n - 1] == 's')
		noun.n--;
	html_add(out, noun);
}

static void add_hits(struct text *out, struct query *q)
{
	bool has_calls = query_int(q, 6) > 0;
	int64_t count = query_int(q, has_calls ? 6 : 7);

	text_addf(out, "<td class=\"num\">");
	add_count(out, count);
	text_addf(out, "</td><td class=\"soft\">");
	add_noun(out, has_calls ? SLICE_LIT("calls") : query_text(q, 8), count);
	text_addf(out, "</td>");
}

static void add_row(struct work *w, struct query *q)
{
	struct text *out = &w->out;
	int64_t id = query_int(q, 0);

	text_addf(out, "<tr>");
	add_hits(out, q);
	text_addf(out, "<td>");
	html_add_badge(out, query_text(q, 1));
	text_addf(out, "</td><td class=\"wrap\"><a href=\"");
	findings_add_address(out, id);
	text_addf(out, "\">");
	html_add(out, query_text(q, 4));
	text_addf(out, "</a> <span class=\"soft tiny\">");
	html_add(out, query_text(q, 2));
	text_addf(out, " ");
	html_add(out, query_text(q, 3));
	if (slice_eq_str(query_text(q, 9), "low"))
		text_addf(out, ", uncertain");
	text_addf(out, "</span>");
	if (!query_is_null(q, 5)) {
		text_addf(out, "<br><span class=\"do\">");
		html_add(out, query_text(q, 5));
		text_addf(out, "</span>");
	}
	text_addf(out, "</td></tr>\n");
}

bool findings_add_table(struct work *w, int64_t most, struct err *err)
{
	static const char *const headings[] = { ">Hit", "", "Severity",
		                                "What was found, and what to do", NULL };
	struct query *q = rows_query(w->records, BY_CALLS, most, err);

	if (!q)
		return false;
	text_addf(&w->out, "<div class=\"findings\">");
	begin_table(&w->out,
	            "Findings of one cause are one row, by the calls that it hit; notes last");
	add_headings(&w->out, headings);
	while (query_step(q, err) && !w->out.failed)
		add_row(w, q);
	end_table(&w->out);
	text_addf(&w->out, "</div>\n");
	return rows_end(q, &w->out, err);
}

bool overview_add_findings(struct work *w, struct err *err)
{
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"findings\"><div "
	                   "class=\"head\"><h2 id=\"findings\">Findings</h2>");
	if (w->findings > MOST_FINDINGS) {
		text_addf(&w->out, "<a class=\"tiny\" href=\"findings.html\">all ");
		add_count(&w->out, w->findings);
		text_addf(&w->out, "</a>");
	}
	text_addf(&w->out, "</div>\n");
	if (!w->findings)
		text_addf(&w->out, "<p>The rules found nothing.</p>\n");
	else if (!findings_add_table(w, MOST_FINDINGS, err))
		return false;
	text_addf(&w->out, "</section>\n");
	return true;
}

static void add_status_row(struct work *w, struct query *q)
{
	struct text *out = &w->out;
	char label[40];

	text_addf(out, "<tr>");
	add_count_cell(out, query_int(q, 2));
	text_addf(out, "<td class=\"wrap\"><a href=\"calls.html#status=");
	if (query_is_null(q, 0)) {
		text_addf(out, "none&amp;outcome=failed\">no final response</a>");
	} else {
		text_addf(out, "%" PRId64 "&amp;outcome=not-answered\">%" PRId64 "</a> ",
		          query_int(q, 0), query_int(q, 0));
		html_add_column(out, q, 1);
	}
	text_addf(out, "</td><td class=\"nowrap\">");
	snprintf(label, sizeof label, "call %" PRId64, query_int(q, 3));
	work_add_call_link(w, "", query_int(q, 3), label);
	text_addf(out, "</td></tr>\n");
}

/* With min(id), SQLite takes the other columns from that row. */
bool overview_add_failures(struct work *w, struct err *err)
{
	static const char *const headings[] = { ">Calls", "Final response", "The first", NULL };
	struct query *q = rows_query(
	        w->records,
	        "SELECT final_status, reason, count(*), min(id) FROM calls WHERE outcome NOT IN "
	        "('answered', 'incomplete', 'in_progress') GROUP BY final_status ORDER BY 3 DESC, "
	        "1 "
	        "LIMIT " MOST_STATUSES,
	        0, err);
	bool any = false;

	if (!q)
		return false;
	while (query_step(q, err) && !w->out.failed) {
		if (!any) {
			text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"failures\">"
			                   "<h2 id=\"failures\">Not answered</h2>\n");
			begin_table(&w->out, "Calls that nobody answered, by what they ended with");
			add_headings(&w->out, headings);
		}
		any = true;
		add_status_row(w, q);
	}
	if (any) {
		end_table(&w->out);
		text_addf(&w->out, "</section>\n");
	}
	return rows_end(q, &w->out, err);
}
