#include "reports/calls_list.h"

#include "base/clock.h"
#include "reports/report.h"
#include "reports/text_page.h"

#include <inttypes.h>
#include <string.h>

#define MIN_WIDTH   80
#define WIDE        110 /* below, the date, the status and the PDD make room for the numbers */
#define WIDE_FIXED  85 /* all columns but caller and callee */
#define SLIM_FIXED  59
#define RULES_WIDTH 8
#define MAX_PARTY   24

/* Columns by name in CSV and JSON. */
static const char select_calls[] =
        "SELECT c.id, strftime('%Y-%m-%dT%H:%M:%S', coalesce(c.start_us, c.first_us) / 1000000, "
        "'unixepoch') || printf('.%06dZ', coalesce(c.start_us, c.first_us) % 1000000) AS start, "
        "c.caller, c.callee, c.outcome, c.final_status, c.reason, c.pdd_ms, c.setup_ms, c.talk_ms, "
        "c.mos_min, c.leg_count, c.released_by, c.cut, g.rules AS findings, c.sip_call_id, "
        "coalesce(c.start_us, c.first_us) AS start_us FROM calls c LEFT JOIN (SELECT call_id, "
        "group_concat(rule, ' ') AS rules FROM (SELECT DISTINCT o.call_id, f.rule FROM "
        "finding_occurrences o JOIN findings f ON f.id = o.finding_id WHERE o.call_id IS NOT NULL "
        "ORDER BY 1, 2) GROUP BY call_id) g ON g.call_id = c.id";
enum {
	COL_ID,
	COL_START,
	COL_CALLER,
	COL_CALLEE,
	COL_OUTCOME,
	COL_STATUS,
	COL_REASON,
	COL_PDD,
	COL_SETUP,
	COL_TALK,
	COL_MOS,
	COL_LEGS,
	COL_RELEASED_BY,
	COL_CUT,
	COL_RULES,
	COL_SIP_CALL_ID,
	COL_START_US
};

struct table_style {
	bool wide;
	int start, party; /* columns */
};

static struct table_style style_for(unsigned columns)
{
	bool wide = columns >= WIDE;
	int width = columns < MIN_WIDTH ? MIN_WIDTH : (int)columns;
	int party = (width - (wide ? WIDE_FIXED : SLIM_FIXED)) / 2;

	return (struct table_style){ wide, wide ? 19 : 8, party > MAX_PARTY ? MAX_PARTY : party };
}

static void add_title(const struct table_style *w, struct text *out)
{
	text_addf(out, "%6s  %-*s  %-*s  %-*s  %-12s", "call", w->start, "start", w->party,
	          "caller", w->party, "callee", "outcome");
	if (w->wide)
		text_addf(out, " %6s %7s", "status", "PDD s");
	text_addf(out, " %8s %5s  findings\n", "talk s", "MOS");
}

/* "2026-01-31 14:05:06", or the time of day alone. */
static void add_start(struct query *q, const struct table_style *w, struct text *out)
{
	char buf[40];

	clock_format_us(query_int(q, COL_START_US), buf, sizeof buf);
	text_addf(out, "  %-*.*s  ", w->start, w->start,
	          w->wide || strlen(buf) < 12 ? buf : buf + 11);
}

static void add_status(struct query *q, struct text *out)
{
	if (query_is_null(q, COL_STATUS))
		text_addf(out, " %6s", "-");
	else
		text_addf(out, " %6d", (int)query_int(q, COL_STATUS));
}

static void add_line(struct query *q, const struct table_style *w, struct text *out)
{
	text_addf(out, "%6" PRId64, query_int(q, COL_ID));
	add_start(q, w, out);
	page_add_cell(out, query_text(q, COL_CALLER), (size_t)w->party);
	text_addf(out, "  ");
	page_add_cell(out, query_text(q, COL_CALLEE), (size_t)w->party);
	text_addf(out, "  ");
	page_add_cell(out, query_text(q, COL_OUTCOME), 12);
	if (w->wide) {
		add_status(q, out);
		page_add_real(out, q, COL_PDD, 1e-3, 7, 2);
	}
	page_add_real(out, q, COL_TALK, 1e-3, 8, 1);
	page_add_real(out, q, COL_MOS, 1, 5, 2);
	if (!query_is_null(q, COL_RULES)) {
		text_addf(out, "  ");
		page_add_cell(out, query_text(q, COL_RULES), RULES_WIDTH);
		while (out->n && out->p[out->n - 1] == ' ')
			out->p[--out->n] = '\0';
	}
	text_addf(out, "\n");
}

static void add_csv_value(struct query *q, int column, struct text *out)
{
	switch (query_type(q, column)) {
	case QUERY_NULL: break;
	case QUERY_REAL: rows_add_json_real(out, query_real(q, column)); break;
	default: text_add_csv(out, query_text(q, column)); break;
	}
}

static void add_csv(struct query *q, bool title, struct text *out)
{
	for (int i = 0; i < query_columns(q); i++) {
		text_addf(out, i ? "," : "");
		if (title)
			text_addf(out, "%s", query_column_name(q, i));
		else
			add_csv_value(q, i, out);
	}
	text_addf(out, "\r\n"); /* RFC 4180 */
}

static void add_head(struct query *q, enum calls_format format, const struct table_style *w,
                     struct text *out)
{
	switch (format) {
	case CALLS_TABLE: add_title(w, out); break;
	case CALLS_CSV: add_csv(q, true, out); break;
	case CALLS_JSON: text_addf(out, "{\n\t\"calls\": ["); break;
	}
}

static void add_call(struct query *q, enum calls_format format, const struct table_style *w,
                     bool first, struct text *out)
{
	switch (format) {
	case CALLS_TABLE: add_line(q, w, out); break;
	case CALLS_CSV: add_csv(q, false, out); break;
	case CALLS_JSON:
		text_addf(out, "%s\n\t\t", first ? "" : ",");
		rows_json_object(q, out);
		break;
	}
}

/* Says so where calls were left out. */
static bool add_tail(struct records *r, enum calls_format format, int64_t matched, int64_t printed,
                     struct text *out, struct err *err)
{
	int64_t all;

	if (format == CALLS_JSON)
		text_addf(out, "\n\t],\n\t\"matched\": %" PRId64 "\n}\n", matched);
	if (format != CALLS_TABLE)
		return true;
	if (!rows_int(r, "SELECT count(*) FROM calls", RECORD_NULL, &all, err))
		return false;
	if (!all)
		text_addf(out, "no calls in these captures\n");
	else if (matched < all || printed < matched)
		text_addf(out, "%" PRId64 " of %" PRId64 " calls%s\n", matched, all,
		          printed < matched ? "; --limit left some out" : "");
	return true;
}

bool calls_list(struct records *r, const struct calls_filter *f, enum calls_format format,
                unsigned width, struct text *out, int64_t *matched, struct err *err)
{
	struct query *q = calls_filter_query(f, r, select_calls, err);
	struct table_style w = style_for(width);
	int64_t found = 0, printed = 0;

	if (!q)
		return false;
	add_head(q, format, &w, out);
	for (; query_step(q, err) && !out->failed; found++)
		if (!f->limit || printed < f->limit)
			add_call(q, format, &w, printed++ == 0, out);
	if (matched)
		*matched = found;
	return rows_end(q, out, err) && add_tail(r, format, found, printed, out, err) &&
	       (!out->failed || err_memory(err, "the list of calls"));
}

bool report_calls(struct records *r, struct text *out, struct err *err)
{
	struct calls_filter all;

	calls_filter_init(&all);
	return calls_list(r, &all, CALLS_TABLE, CALLS_DEFAULT_WIDTH, out, NULL, err);
}
