/* Key figures per trunk, a line each. */
#include "reports/html/report_parts.h"
#include "reports/kpi_definitions.h"

#include <inttypes.h>
#include <stdio.h>

struct cell {
	const char *title, *figure; /* its name in `kpi` */
	int decimals;
};

static const struct cell cells[] = {
	{ "Calls", "ATTEMPTS_MERGED", 0 },
	{ "ASR %", "ASR", 1 },
	{ "NER %", "NER", 1 },
	{ "SER %", "SER", 1 },
	{ "ISA %", "ISA", 1 },
	{ "ACD s", "ACD", 1 },
	{ "Short %", "SHORT_CALLS", 1 },
	{ "PDD p50", "PDD_P50", 0 },
	{ "p95 ms", "PDD_P95", 0 },
	{ "Setup p50", "SETUP_P50", 0 },
	{ "p95 ms", "SETUP_P95", 0 },
	{ "CPS", "CPS_MEAN", 2 },
	{ "Erlang", "ERLANG", 2 },
};
#define CELLS (sizeof cells / sizeof *cells)

static struct query *trunks_query(struct records *r, int64_t most, struct err *err)
{
	struct query *q = NULL;
	struct text sql;

	text_init(&sql);
	text_addf(&sql, "SELECT substr(scope, 7)");
	for (size_t i = 0; i < CELLS; i++)
		text_addf(&sql, ", max(CASE name WHEN '%s' THEN value END)", cells[i].figure);
	text_addf(&sql, " FROM kpi WHERE scope >= 'trunk:' AND scope < 'trunk;' GROUP BY scope "
	                "ORDER BY 2 DESC, 1 LIMIT ?1");
	if (sql.failed)
		err_memory(err, "the report");
	else
		q = rows_query(r, text_cstr(&sql), most, err);
	text_release(&sql);
	return q;
}

/* The abbreviation with its words, for those who do not live with it. */
static void add_cell_headings(struct text *out)
{
	text_addf(out, "<thead><tr><th scope=\"col\">Trunk</th>");
	for (size_t i = 0; i < CELLS; i++) {
		const struct kpi_definition *d = kpi_definition_of(slice_str(cells[i].figure));
		text_addf(out, "<th scope=\"col\" class=\"num\"><abbr title=\"");
		html_add(out, slice_str(d ? d->title : ""));
		text_addf(out, "\">%s</abbr></th>", cells[i].title);
	}
	text_addf(out, "</tr></thead>\n<tbody>\n");
}

static void add_row(struct work *w, struct query *q)
{
	struct text *out = &w->out;

	text_addf(out, "<tr><th scope=\"row\" class=\"mono\">");
	if (slice_eq_str(query_text(q, 0), "others")) {
		text_addf(out, "others");
	} else {
		text_addf(out, "<a href=\"calls.html#trunk=");
		add_uri(out, query_text(q, 0));
		text_addf(out, "\">");
		html_add(out, query_text(q, 0));
		text_addf(out, "</a>");
	}
	text_addf(out, "</th>");
	for (size_t i = 0; i < CELLS; i++)
		add_real_cell(out, q, (int)i + 1, 1, cells[i].decimals);
	text_addf(out, "</tr>\n");
}

static bool add_rest(struct work *w, int64_t shown, struct err *err)
{
	int64_t all;

	if (!rows_int(w->records,
	              "SELECT count(DISTINCT scope) FROM kpi WHERE scope >= 'trunk:' AND scope < "
	              "'trunk;'",
	              0, &all, err))
		return false;
	if (all > shown) {
		text_addf(&w->out, "<p class=\"soft\">... and ");
		add_count(&w->out, all - shown);
		text_addf(&w->out, " more with fewer calls.</p>\n");
	}
	return true;
}

bool trunks_add_table(struct work *w, int64_t most, struct err *err)
{
	struct query *q = trunks_query(w->records, most, err);
	int64_t rows = 0;

	if (!q)
		return false;
	begin_table(&w->out, "Legs by the address that their first INVITE went to, those with most "
	                     "calls first; each leads to its calls");
	add_cell_headings(&w->out);
	for (; query_step(q, err) && !w->out.failed; rows++)
		add_row(w, q);
	end_table(&w->out);
	return rows_end(q, &w->out, err) && add_rest(w, rows, err);
}
