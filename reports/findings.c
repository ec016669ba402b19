/* Findings on the summary page and as a list. */
#include "reports/findings.h"
#include "reports/text_page.h"

#include <inttypes.h>

#define MOST_FINDINGS "12"
#define MOST_OF_RULE  "3"
#define MOST_SECURITY "6" /* findings of attacks that get their place before others */

/* What stands on the page: the most frequent findings of a rule, and at least one of each attack, which many lines of one rule must not
 * push out. `rest`: how many of a rule are left out, at the last one of it. */
static const char page_sql[] =
        "WITH ranked AS (SELECT *, row_number() OVER (ORDER BY " FINDINGS_ORDER ") AS place, "
        "row_number() OVER (PARTITION BY f.rule ORDER BY " FINDINGS_ORDER ") AS of_rule, "
        "count(*) OVER (PARTITION BY f.rule) AS all_of_rule FROM findings f), "
        "guarded AS (SELECT *, iif(of_rule = 1 AND (rule IN ('G4', 'G5') OR rule GLOB 'H*'), "
        "row_number() OVER (PARTITION BY of_rule = 1 AND (rule IN ('G4', 'G5') OR rule GLOB "
        "'H*') ORDER BY place), NULL) AS guard FROM ranked WHERE of_rule <= " MOST_OF_RULE "), "
        "chosen AS (SELECT * FROM guarded ORDER BY coalesce(guard <= " MOST_SECURITY
        ", 0) DESC, place LIMIT " MOST_FINDINGS ") "
        "SELECT id, severity, rule, text, confidence, iif(of_rule = " MOST_OF_RULE
        ", all_of_rule - of_rule, 0), suggestion FROM chosen ORDER BY place";

static void add_finding(struct text *out, struct query *q, bool colour)
{
	bool red = colour && slice_eq_str(query_text(q, 1), "error");

	text_addf(out, "%5" PRId64 "  %s", query_int(q, 0), red ? "\033[31m" : "");
	page_add_cell(out, query_text(q, 1), 7);
	text_addf(out, "%s  ", red ? "\033[0m" : "");
	page_add_cell(out, query_text(q, 2), 3);
	text_addf(out, " ");
	text_add_terminal(out, query_text(q, 3));
	text_addf(out, slice_eq_str(query_text(q, 4), "low") ? " (uncertain)\n" : "\n");
}

#define COLUMNS "SELECT f.id, f.severity, f.rule, f.text, f.confidence FROM findings f "

bool findings_list(struct records *r, struct text *out, struct err *err)
{
	struct query *q = rows_query(r, COLUMNS "ORDER BY " FINDINGS_ORDER, RECORD_NULL, err);
	size_t lines = 0;

	if (!q)
		return false;
	for (; query_step(q, err) && !out->failed; lines++)
		add_finding(out, q, false);
	if (!lines)
		text_addf(out, "nothing was found by the rules ('milliwatt rules' prints them)\n");
	return rows_end(q, out, err);
}

static void add_rest(struct page *p, int64_t rest)
{
	if (rest > 0) {
		text_addf(p->out, "  ... and ");
		page_add_count(p->out, rest, "more: ", "more: ");
		rows_add_command(p->out, p->records, "report --findings");
		text_addf(p->out, "\n");
	}
	text_addf(p->out, "  why, and in which packets: ");
	rows_add_command(p->out, p->records, "explain");
	text_addf(p->out, " NUMBER\n");
}

/* An error is there to be mended. */
static void add_fix(struct text *out, struct query *q)
{
	if (!slice_eq_str(query_text(q, 1), "error") || query_is_null(q, 6))
		return;
	text_addf(out, "                  do: ");
	text_add_terminal(out, query_text(q, 6));
	text_addf(out, "\n");
}

/* "Findings: 1 error and 5 warnings, in 7 of 13 calls" */
static bool add_heading(struct page *p, struct err *err)
{
	static const char sql[] =
	        "SELECT (SELECT count(*) FROM findings WHERE severity = 'error'), (SELECT count(*) "
	        "FROM findings WHERE severity = 'warning'), (SELECT count(DISTINCT o.call_id) FROM "
	        "finding_occurrences o JOIN findings f ON f.id = o.finding_id WHERE f.severity <> "
	        "'info'), (SELECT count(*) FROM calls)";
	struct query *q;

	if (!rows_first(p->records, sql, RECORD_NULL, &q, err))
		return false;
	page_heading(p, "Findings");
	if (query_int(q, 0) || query_int(q, 1)) {
		text_addf(p->out, ": ");
		page_add_count(p->out, query_int(q, 0), "error and ", "errors and ");
		page_add_count(p->out, query_int(q, 1), "warning", "warnings");
		text_addf(p->out, ", in %" PRId64 " of ", query_int(q, 2));
		page_add_count(p->out, query_int(q, 3), "call", "calls");
	}
	text_addf(p->out, "\n");
	query_free(q);
	return true;
}

static void add_rest_of_rule(struct text *out, struct query *q)
{
	text_addf(out, "                  ... and %" PRId64 " more of %.*s\n", query_int(q, 5),
	          SLICE_ARG(query_text(q, 2)));
}

bool page_findings(struct page *p, struct err *err)
{
	int64_t left;
	struct query *q;

	if (!rows_int(p->records, "SELECT count(*) FROM findings", RECORD_NULL, &left, err))
		return false;
	if (!left)
		return true;
	if (!add_heading(p, err))
		return false;
	q = rows_query(p->records, page_sql, RECORD_NULL, err);
	if (!q)
		return false;
	while (query_step(q, err) && !p->out->failed) {
		add_finding(p->out, q, p->colour);
		add_fix(p->out, q);
		if (query_int(q, 5))
			add_rest_of_rule(p->out, q);
		left -= 1 + query_int(q, 5);
	}
	add_rest(p, left);
	return rows_end(q, p->out, err);
}
