/* The key figures: with their definitions, per trunk, per minute. report.h */
#include "base/clock.h"
#include "reports/kpi_definitions.h"
#include "reports/report.h"
#include "reports/text_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_TRUNK_LINES  "100"
#define MAX_MINUTE_LINES "240"

/* Of every run in the database there is one row of a name: databases have one run. */
static const char all_sql[] = "SELECT value, unit, numerator, denominator FROM kpi WHERE scope = "
                              "'all' AND name = ?1";

/* "66.67", and no decimals where there cannot be any. */
static void add_value(struct text *out, double value, int width)
{
	if (isnan(value))
		text_addf(out, "%*s", width, "-");
	else if (value == floor(value) && fabs(value) < 1e15)
		text_addf(out, "%*.0f", width, value);
	else
		text_addf(out, "%*.*f", width, fabs(value) < 1 ? 4 : 2, value);
}

static bool find_figure(struct page *p, const char *name, struct query **q, struct err *err)
{
	*q = query_new(p->records, err, all_sql);
	if (!*q)
		return false;
	query_bind_text(*q, 1, slice_str(name));
	if (query_step(*q, err))
		return true;
	query_free(*q);
	*q = NULL;
	return false;
}

static void add_source(struct text *out, const struct kpi_definition *d)
{
	if (d->source)
		text_addf(out, " (%s)", d->source);
	text_addf(out, "\n");
}

static void add_fraction(struct text *out, struct query *q, enum kpi_kind kind)
{
	size_t start = out->n;

	if (kind == KPI_RATIO && !query_is_null(q, 2))
		text_addf(out, " %" PRId64 " / %" PRId64, query_int(q, 2), query_int(q, 3));
	else if (kind == KPI_RATIO && !query_is_null(q, 3))
		text_addf(out, " of %" PRId64, query_int(q, 3));
	rows_pad(out, start, 20);
}

/* "  ASR               50 %     5 / 10              Answer-seizure ratio: answered / attempts (ITU-T E.411)" */
static bool add_figure(struct page *p, const struct kpi_definition *d, struct err *err)
{
	struct query *q;

	if (!find_figure(p, d->name, &q, err))
		return err->code == ERR_NONE;
	text_addf(p->out, "  %-16s", d->name);
	add_value(p->out, query_real(q, 0), 9);
	text_addf(p->out, " %-3.*s", SLICE_ARG(query_text(q, 1)));
	add_fraction(p->out, q, d->kind);
	text_addf(p->out, " %s: %s", d->title, d->numerator);
	if (d->denominator)
		text_addf(p->out, " / %s", d->denominator);
	add_source(p->out, d);
	query_free(q);
	return true;
}

static bool add_figures(struct page *p, struct err *err)
{
	text_addf(p->out, "%sKey figures%s\n", p->colour ? "\033[1m" : "",
	          p->colour ? "\033[0m" : "");
	for (size_t i = 0; i < KPI_DEFINITIONS; i++)
		if (kpi_definitions[i].kind != KPI_TIMES &&
		    !add_figure(p, &kpi_definitions[i], err))
			return false;
	return true;
}

/* One of NAME_MIN ... NAME_MAX; the first one brings the count and the unit along. */
static bool add_time(struct page *p, const char *name, const char *suffix, bool first,
                     struct err *err)
{
	struct query *q;
	char full[48];

	snprintf(full, sizeof full, "%s_%s", name, suffix);
	if (!find_figure(p, full, &q, err))
		return err->code == ERR_NONE;
	if (first)
		text_addf(p->out, " %8" PRId64 " %-2.*s", query_int(q, 3),
		          SLICE_ARG(query_text(q, 1)));
	add_value(p->out, query_real(q, 0), 10);
	query_free(q);
	return true;
}

static bool add_times(struct page *p, struct err *err)
{
	static const char *const suffixes[] = { "MIN", "MEAN", "P50", "P90", "P95", "P99", "MAX" };

	page_heading(p, "Times");
	text_addf(p->out, "\n  %-11s %7s %2s%10s%10s%10s%10s%10s%10s%10s\n", "", "count", "", "min",
	          "mean", "p50", "p90", "p95", "p99", "max");
	for (size_t i = 0; i < KPI_DEFINITIONS; i++) {
		const struct kpi_definition *d = &kpi_definitions[i];
		if (d->kind != KPI_TIMES)
			continue;
		text_addf(p->out, "  %-10s", d->name);
		for (size_t j = 0; j < 7; j++)
			if (!add_time(p, d->name, suffixes[j], j == 0, err))
				return false;
		text_addf(p->out, "\n             %s: from %s to %s", d->title, d->numerator,
		          d->denominator);
		add_source(p->out, d);
	}
	return true;
}

/* A column of the table of scopes: a figure of each, by its name in `kpi`. */
struct cell {
	const char *title, *figure;
	int width, decimals;
};

#define CUT "cut" /* no figure: CUT_START and CUT_END */

static const struct cell trunk_cells[] = {
	{ "calls", "ATTEMPTS_MERGED", 8, 0 },
	{ "cut", CUT, 6, 0 },
	{ "ASR %", "ASR", 7, 1 },
	{ "NER %", "NER", 7, 1 },
	{ "SER %", "SER", 7, 1 },
	{ "SCR %", "SCR", 7, 1 },
	{ "ISA %", "ISA", 7, 1 },
	{ "ACD s", "ACD", 8, 1 },
	{ "PDD p50", "PDD_P50", 8, 0 },
	{ "p95 ms", "PDD_P95", 8, 0 },
	{ "AST p50", "SETUP_P50", 8, 0 },
	{ "SDD p95", "SDD_P95", 8, 0 },
	{ "CPS", "CPS_MEAN", 8, 2 },
	{ "erlang", "ERLANG", 8, 2 },
};

static const struct cell minute_cells[] = {
	{ "calls", "ATTEMPTS_MERGED", 8, 0 },
	{ "cut", CUT, 6, 0 },
	{ "ASR %", "ASR", 7, 1 },
	{ "NER %", "NER", 7, 1 },
	{ "ISA %", "ISA", 7, 1 },
	{ "ACD s", "ACD", 8, 1 },
	{ "PDD p50", "PDD_P50", 8, 0 },
	{ "p95 ms", "PDD_P95", 8, 0 },
	{ "CPS max", "CPS_MAX", 8, 0 },
	{ "at once", "CONCURRENT_PEAK", 8, 0 },
};

static void add_value_of(struct text *sql, const char *name)
{
	text_addf(sql, "max(CASE name WHEN '%s' THEN value END)", name);
}

/* Scopes "KIND:..." a line each: what stands behind the colon (as it is, or as a number), and the cells. */
static struct query *scopes_query(struct records *r, const char *kind, const char *first,
                                  const struct cell *cells, size_t count, const char *order,
                                  struct err *err)
{
	struct text sql;
	struct query *q = NULL;

	text_init(&sql);
	text_addf(&sql, "SELECT %s", first);
	for (size_t i = 0; i < count; i++) {
		bool cut = strcmp(cells[i].figure, CUT) == 0;
		text_addf(&sql, ", ");
		add_value_of(&sql, cut ? "CUT_START" : cells[i].figure);
		text_addf(&sql, "%s", cut ? " + " : "");
		if (cut)
			add_value_of(&sql, "CUT_END");
	}
	text_addf(&sql,
	          " FROM kpi WHERE scope >= '%s:' AND scope < '%s;' GROUP BY scope ORDER BY %s",
	          kind, kind, order);
	if (sql.failed)
		err_memory(err, "the report");
	else
		q = rows_query(r, text_cstr(&sql), RECORD_NULL, err);
	text_release(&sql);
	return q;
}

static void add_titles(struct page *p, const char *first, int width, const struct cell *cells,
                       size_t count)
{
	text_addf(p->out, "\n  %-*s", width, first);
	for (size_t i = 0; i < count; i++)
		text_addf(p->out, "%*s", cells[i].width, cells[i].title);
	text_addf(p->out, "\n");
}

static void add_cells(struct page *p, struct query *q, const struct cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int column = (int)i + 1;
		if (query_is_null(q, column))
			text_addf(p->out, "%*s", cells[i].width, "-");
		else
			text_addf(p->out, "%*.*f", cells[i].width, cells[i].decimals,
			          query_real(q, column));
	}
	text_addf(p->out, "\n");
}

/* How many more scopes of this kind there are than lines. */
static bool add_more(struct page *p, const char *sql, int64_t shown, struct err *err)
{
	int64_t all;

	if (!rows_int(p->records, sql, RECORD_NULL, &all, err))
		return false;
	if (all > shown)
		text_addf(p->out, "  ... and %" PRId64 " more; --json has them all\n", all - shown);
	return true;
}

#define COUNT_TRUNKS                                                                               \
	"SELECT count(DISTINCT scope) FROM kpi WHERE scope >= 'trunk:' AND scope < 'trunk;'"

static bool add_trunks(struct page *p, struct err *err)
{
	size_t count = sizeof trunk_cells / sizeof *trunk_cells;
	struct query *q = scopes_query(p->records, "trunk", "substr(scope, 7)", trunk_cells, count,
	                               "2 DESC, 1 LIMIT " MAX_TRUNK_LINES, err);
	int64_t lines = 0;

	if (!q)
		return false;
	for (; query_step(q, err); lines++) {
		if (!lines) {
			page_heading(p, "Per trunk");
			text_addf(p->out, ": legs, by the address that their first INVITE went to");
			add_titles(p, "", 24, trunk_cells, count);
		}
		text_addf(p->out, "  ");
		page_add_cell(p->out, query_text(q, 0), 24);
		add_cells(p, q, trunk_cells, count);
	}
	return rows_end(q, p->out, err) && add_more(p, COUNT_TRUNKS, lines, err);
}

#define PAGE_TRUNKS 5

/* What a contract speaks of; the first columns of `report --kpi` have the rest. */
static const struct cell page_cells[] = {
	{ "calls", "ATTEMPTS_MERGED", 8, 0 },
	{ "ASR %", "ASR", 7, 1 },
	{ "NER %", "NER", 7, 1 },
	{ "ACD s", "ACD", 8, 1 },
	{ "PDD p50", "PDD_P50", 8, 0 },
	{ "p95 ms", "PDD_P95", 8, 0 },
};

bool page_trunks(struct page *p, struct err *err)
{
	size_t count = sizeof page_cells / sizeof *page_cells;
	int64_t all, lines = 0;

	if (!rows_int(p->records, COUNT_TRUNKS, RECORD_NULL, &all, err))
		return false;
	if (all < 2)
		return true;
	struct query *q = scopes_query(p->records, "trunk", "substr(scope, 7)", page_cells, count,
	                               "2 DESC, 1", err);
	if (!q)
		return false;
	page_heading(p, "Trunks");
	add_titles(p, "", 24, page_cells, count);
	for (; lines < PAGE_TRUNKS && query_step(q, err); lines++) {
		text_addf(p->out, "  ");
		page_add_cell(p->out, query_text(q, 0), 24);
		add_cells(p, q, page_cells, count);
	}
	if (all > lines) {
		text_addf(p->out, "  ... and ");
		page_add_count(p->out, all - lines, "more: ", "more: ");
		rows_add_command(p->out, p->records, "report --kpi");
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

/* "2026-01-01 00:07" */
static void add_minute(struct text *out, int64_t us)
{
	char buf[40];

	clock_format_us(us, buf, sizeof buf);
	text_addf(out, "  %-24.16s", buf);
}

static bool add_minutes(struct page *p, struct err *err)
{
	size_t count = sizeof minute_cells / sizeof *minute_cells;
	struct query *q = scopes_query(p->records, "minute", "CAST(substr(scope, 8) AS INTEGER)",
	                               minute_cells, count, "1 LIMIT " MAX_MINUTE_LINES, err);
	int64_t lines = 0;

	if (!q)
		return false;
	for (; query_step(q, err); lines++) {
		if (!lines) {
			page_heading(p, "Per minute");
			text_addf(p->out, " (UTC): calls by the minute in which they began");
			add_titles(p, "", 24, minute_cells, count);
		}
		add_minute(p->out, query_int(q, 0));
		add_cells(p, q, minute_cells, count);
	}
	return rows_end(q, p->out, err) &&
	       add_more(
	               p,
	               "SELECT count(DISTINCT scope) FROM kpi WHERE scope >= 'minute:' AND scope < "
	               "'minute;'",
	               lines, err);
}

bool report_kpi(struct records *r, bool colour, struct text *out, struct err *err)
{
	struct page p = { r, out, colour };

	if (!add_figures(&p, err) || !add_times(&p, err) || !add_trunks(&p, err) ||
	    !add_minutes(&p, err))
		return false;
	text_addf(out,
	          "\n- means that there was nothing to divide by. Calls that the capture's edges "
	          "cut are in CUT_START and\nCUT_END only. Times are those of the place where the "
	          "capture was made.\n");
	return out->failed ? err_memory(err, "the report") : true;
}

static void add_json_text(struct text *out, const char *key, const char *value, const char *end)
{
	text_addf(out, "\"%s\": ", key);
	if (value) {
		text_addf(out, "\"");
		text_add_json(out, slice_str(value));
		text_addf(out, "\"%s", end);
	} else {
		text_addf(out, "null%s", end);
	}
}

static void add_json_definitions(struct text *out)
{
	static const char *const kinds[] = { "count", "ratio", "times" };

	text_addf(out, "\t\"definitions\": [");
	for (size_t i = 0; i < KPI_DEFINITIONS; i++) {
		const struct kpi_definition *d = &kpi_definitions[i];
		text_addf(out, "%s\n\t\t{", i ? "," : "");
		add_json_text(out, "name", d->name, ", ");
		add_json_text(out, "kind", kinds[d->kind], ", ");
		add_json_text(out, "title", d->title, ", ");
		add_json_text(out, d->kind == KPI_TIMES ? "from" : "numerator", d->numerator, ", ");
		add_json_text(out, d->kind == KPI_TIMES ? "to" : "denominator", d->denominator,
		              ", ");
		add_json_text(out, "source", d->source, "}");
	}
	text_addf(out, "\n\t]\n}\n");
}

bool report_kpi_json(struct records *r, struct text *out, struct err *err)
{
	text_addf(out,
	          "{\n\t\"format\": \"" REPORT_KPI_FORMAT
	          "\",\n\t\"version\": %d,\n\t\"schema\": %d,\n\t\"kpi\": ",
	          REPORT_JSON_VERSION, RECORDS_SCHEMA_VERSION);
	if (!rows_json_array(r,
	                     "SELECT scope, name, value, unit, numerator, denominator FROM kpi "
	                     "ORDER BY run_id, scope, rowid",
	                     RECORD_NULL, 1, out, err))
		return false;
	text_addf(out, ",\n");
	add_json_definitions(out);
	return out->failed ? err_memory(err, "the report") : true;
}
