/* figures.html: every key figure with its definition, the times, the trunks, the minutes. */
#include "reports/html/report_parts.h"
#include "reports/kpi_definitions.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_TRUNKS  500
#define MOST_MINUTES "720"

/* What people read: three figures behind the point where it is small, none where it is large. */
static void add_value(struct text *out, double value)
{
	html_add_real(out, value,
	              value == floor(value) || fabs(value) >= 1000 ? 0
	              : fabs(value) < 1                            ? 4
	                                                           : 2);
}

static void add_definition(struct text *out, const struct kpi_definition *d)
{
	text_addf(out, "<td class=\"wrap\">%s", d->kind == KPI_TIMES ? "from " : "");
	html_add(out, slice_str(d->numerator));
	if (d->denominator) {
		text_addf(out, d->kind == KPI_TIMES ? " to " : " / ");
		html_add(out, slice_str(d->denominator));
	}
	if (d->source) {
		text_addf(out, " <span class=\"soft\">(");
		html_add(out, slice_str(d->source));
		text_addf(out, ")</span>");
	}
	text_addf(out, "</td>");
}

static void add_name(struct text *out, const struct kpi_definition *d)
{
	text_addf(out, "<tr><th scope=\"row\">%s<br><span class=\"mono soft tiny\">%s</span></th>",
	          d->title, d->name);
}

#define FIGURE                                                                                     \
	"SELECT value, unit, numerator, denominator FROM kpi WHERE scope = 'all' AND name = ?1 "   \
	"LIMIT 1"

static bool add_figure_row(struct work *w, struct query *q, const struct kpi_definition *d,
                           struct err *err)
{
	struct text *out = &w->out;

	query_reset(q);
	query_bind_text(q, 1, slice_str(d->name));
	if (!query_step(q, err))
		return err->code == ERR_NONE;
	add_name(out, d);
	text_addf(out, "<td class=\"num\">");
	add_value(out, query_real(q, 0));
	text_addf(out, " ");
	html_add(out, query_text(q, 1));
	text_addf(out, "</td><td class=\"num soft\">");
	if (d->kind == KPI_RATIO && !query_is_null(q, 2)) {
		add_count(out, query_int(q, 2));
		text_addf(out, " / ");
	}
	if (d->kind == KPI_RATIO && !query_is_null(q, 3))
		add_count(out, query_int(q, 3));
	text_addf(out, "</td>");
	add_definition(out, d);
	text_addf(out, "</tr>\n");
	return true;
}

static bool add_figures(struct work *w, struct err *err)
{
	static const char *const headings[] = { "Figure", ">Value", ">Of", "Definition", NULL };
	struct query *q = query_new(w->records, err, FIGURE);
	bool ok = q != NULL;

	if (!q)
		return false;
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"figures\"><h2 "
	                   "id=\"figures\">Key figures</h2>\n");
	begin_table(&w->out, "Over all of the capture. Calls that its edges cut are in no ratio");
	add_headings(&w->out, headings);
	for (size_t i = 0; ok && i < KPI_DEFINITIONS; i++)
		if (kpi_definitions[i].kind != KPI_TIMES)
			ok = add_figure_row(w, q, &kpi_definitions[i], err);
	query_free(q);
	end_table(&w->out);
	text_addf(&w->out, "</section>\n");
	return ok;
}

static bool add_time_row(struct work *w, struct query *q, const struct kpi_definition *d,
                         struct err *err)
{
	static const char *const suffixes[] = { "MIN", "MEAN", "P50", "P90", "P95", "P99", "MAX" };
	char name[48];

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(name, sizeof name, "%s_%s", d->name, suffixes[i]);
		query_reset(q);
		query_bind_text(q, 1, slice_str(name));
		bool there = query_step(q, err);
		if (err->code != ERR_NONE || (!there && !i))
			return err->code == ERR_NONE;
		if (!i) {
			add_name(&w->out, d);
			add_count_cell(&w->out, query_is_null(q, 3) ? 0 : query_int(q, 3));
			text_addf(&w->out, "<td>");
			html_add_column(&w->out, q, 1);
			text_addf(&w->out, "</td>");
		}
		text_addf(&w->out, "<td class=\"num\">");
		add_value(&w->out, there ? query_real(q, 0) : NAN);
		text_addf(&w->out, "</td>");
	}
	add_definition(&w->out, d);
	text_addf(&w->out, "</tr>\n");
	return true;
}

static bool add_times(struct work *w, struct err *err)
{
	static const char *const headings[] = { "Time",  ">Of",  "Unit",       ">min",
		                                ">mean", ">p50", ">p90",       ">p95",
		                                ">p99",  ">max", "Definition", NULL };
	struct query *q = query_new(w->records, err, FIGURE);
	bool ok = q != NULL;

	if (!q)
		return false;
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"times\"><h2 "
	                   "id=\"times\">Times</h2>\n");
	begin_table(&w->out, "As they passed at the place where the capture was made");
	add_headings(&w->out, headings);
	for (size_t i = 0; ok && i < KPI_DEFINITIONS; i++)
		if (kpi_definitions[i].kind == KPI_TIMES)
			ok = add_time_row(w, q, &kpi_definitions[i], err);
	query_free(q);
	end_table(&w->out);
	text_addf(&w->out, "</section>\n");
	return ok;
}

#define OF(name) ", max(CASE name WHEN '" name "' THEN value END)"

static bool add_minutes(struct work *w, struct err *err)
{
	static const char *const headings[] = { "Minute",   ">Calls",   ">ASR %",   ">NER %",
		                                ">ISA %",   ">ACD s",   ">PDD p50", ">p95 ms",
		                                ">CPS max", ">At once", NULL };
	struct query *q = rows_query(
	        w->records,
	        "SELECT CAST(substr(scope, 8) AS INTEGER)" OF("ATTEMPTS_MERGED") OF("ASR") OF("NER")
	                OF("ISA") OF("ACD") OF("PDD_P50") OF("PDD_P95") OF("CPS_MAX")
	                        OF("CONCURRENT_PEAK") " FROM kpi WHERE scope >= 'minute:' AND "
	                                              "scope < 'minute;' GROUP BY scope ORDER BY "
	                                              "1 LIMIT " MOST_MINUTES,
	        0, err);
	static const int decimals[] = { 0, 1, 1, 1, 1, 0, 0, 0, 0 };

	if (!q)
		return false;
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"minutes\"><h2 "
	                   "id=\"minutes\">Minutes</h2>\n");
	begin_table(&w->out,
	            "Calls by the minute (UTC) in which they began; the first " MOST_MINUTES
	            " minutes that have any");
	add_headings(&w->out, headings);
	while (query_step(q, err) && !w->out.failed) {
		text_addf(&w->out, "<tr><th scope=\"row\" class=\"nowrap\">");
		html_add_time(&w->out, query_int(q, 0));
		text_addf(&w->out, "</th>");
		for (int i = 0; i < 9; i++)
			add_real_cell(&w->out, q, i + 1, 1, decimals[i]);
		text_addf(&w->out, "</tr>\n");
	}
	end_table(&w->out);
	text_addf(&w->out, "</section>\n");
	return rows_end(q, &w->out, err);
}

bool figures_write(struct work *w, struct err *err)
{
	work_begin_page(w, "Figures", "figures", "");
	text_addf(&w->out, "<h1>Figures</h1>\n<section class=\"card\" "
	                   "aria-labelledby=\"trunks\"><h2 id=\"trunks\">Trunks</h2>\n");
	if (!trunks_add_table(w, MOST_TRUNKS, err))
		return false;
	text_addf(&w->out, "</section>\n");
	return add_figures(w, err) && add_times(w, err) && add_minutes(w, err) &&
	       work_write_page(w, "figures.html", err);
}
