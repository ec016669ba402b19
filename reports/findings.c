/* Findings on the summary page and as a list. */
#include "reports/findings.h"
#include "reports/text_page.h"

#include <inttypes.h>

#define MOST_FINDINGS "12"

static void add_finding(struct text *out, struct query *q)
{
	text_addf(out, "%5" PRId64 "  ", query_int(q, 0));
	page_add_cell(out, query_text(q, 1), 7);
	text_addf(out, "  ");
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
		add_finding(out, q);
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

/* Errors and warnings; what is only worth knowing is in the list. */
bool page_findings(struct page *p, struct err *err)
{
	int64_t all, shown = 0;
	struct query *q;

	if (!rows_int(p->records, "SELECT count(*) FROM findings", RECORD_NULL, &all, err))
		return false;
	if (!all)
		return true;
	q = rows_query(p->records,
	               COLUMNS "WHERE f.severity <> 'info' ORDER BY " FINDINGS_ORDER
	                       " LIMIT " MOST_FINDINGS,
	               RECORD_NULL, err);
	if (!q)
		return false;
	page_heading(p, "Findings\n");
	for (; query_step(q, err) && !p->out->failed; shown++)
		add_finding(p->out, q);
	add_rest(p, all - shown);
	return rows_end(q, p->out, err);
}
