/* The tables of the Markdown report whose rows come from packets. */
#include "reports/findings.h"
#include "reports/markdown_internal.h"

#include <inttypes.h>

/* Together with what a row may have of text, at most some 300 KB. */
#define MOST_FINDINGS "50"
#define MOST_STREAMS  "10"
#define MOST_TRUNKS   "50"
#define MOST_STATUSES "10"
#define MOST_TEXT     400
#define MOST_WORD     80

static void begin_finding(struct markdown *m, struct query *q)
{
	struct slice severity = query_text(q, 1);
	bool bad = slice_eq_str(severity, "error");

	text_addf(m->out, "| %" PRId64 " | %s", query_int(q, 6), bad ? "**" : "");
	markdown_add_text(m->out, severity, MOST_WORD);
	text_addf(m->out, "%s | ", bad ? "**" : "");
	markdown_add_text(m->out, query_text(q, 2), MOST_WORD);
	text_addf(m->out, " ");
	markdown_add_text(m->out, query_text(q, 3), MOST_WORD);
	text_addf(m->out, " | ");
}

/* "| 214 | **error** | D9 overload | 503 from 10.1.0.7 (uncertain) | slow down | `milliwatt explain x.db 3` |" */
static void add_finding(struct markdown *m, struct query *q)
{
	begin_finding(m, q);
	markdown_add_text(m->out, query_text(q, 4), MOST_TEXT);
	if (slice_eq_str(query_text(q, 5), "low")) {
		text_addf(m->out, " (uncertain");
		if (!query_is_null(q, 8)) {
			text_addf(m->out, ": ");
			markdown_add_text(m->out, query_text(q, 8), MOST_TEXT);
		}
		text_addf(m->out, ")");
	}
	text_addf(m->out, " | ");
	if (query_is_null(q, 7))
		text_addf(m->out, "-");
	else
		markdown_add_text(m->out, query_text(q, 7), MOST_TEXT);
	text_addf(m->out, " | ");
	markdown_add_command(m, "explain", query_int(q, 0));
	text_addf(m->out, " |\n");
}

/* What hits most calls first; what is only worth knowing, last. */
bool markdown_findings(struct markdown *m, struct err *err)
{
	static const char sql[] =
	        "SELECT f.id, f.severity, f.rule, f.name, f.text, f.confidence, f.calls, "
	        "f.suggestion, f.downgraded, count(*) OVER () FROM findings f ORDER BY f.severity "
	        "= "
	        "'info', f.calls DESC, " FINDINGS_ORDER ", f.id LIMIT " MOST_FINDINGS;
	struct query *q = rows_query(m->records, sql, RECORD_NULL, err);
	int64_t shown = 0, all = 0;

	if (!q)
		return false;
	for (; query_step(q, err) && !m->out->failed; shown++) {
		if (!shown)
			text_addf(m->out,
			          "### Findings, by calls hit\n\n| Calls | Severity | Rule | "
			          "What was found | What to do | Why |\n"
			          "|--:|---|---|---|---|---|\n");
		all = query_int(q, 9);
		add_finding(m, q);
	}
	if (all > shown) {
		text_addf(m->out, "\n... and %" PRId64 " more: ", all - shown);
		markdown_add_command(m, "report --findings", RECORD_NULL);
		text_addf(m->out, "\n");
	}
	text_addf(m->out, shown ? "\n" : "");
	return rows_end(q, m->out, err);
}

static void add_distribution(struct text *out, const char *name, const struct distribution *d,
                             double scale, const char *unit)
{
	if (d->count)
		text_addf(out, "| %s | %" PRId64 " | %.2f%s | %.2f%s | %.2f%s |\n", name, d->count,
		          d->p50 * scale, unit, d->p95 * scale, unit, d->worst * scale, unit);
}

bool markdown_quality(struct markdown *m, struct err *err)
{
	const struct summary *s = m->summary;

	(void)err;
	if (!s->streams)
		return true;
	text_addf(m->out,
	          "### RTP streams\n\n%" PRId64 " stream%s, %" PRId64 " packets, %" PRId64 " lost",
	          s->streams, s->streams == 1 ? "" : "s", s->stream_packets, s->lost);
	if (s->expected > 0)
		text_addf(m->out, " (%.2f %%)", 100.0 * (double)s->lost / (double)s->expected);
	text_addf(m->out,
	          ".\n\n|  | Streams | Half are no worse than | 95 %% are no worse than | Worst "
	          "|\n|---|--:|--:|--:|--:|\n");
	add_distribution(m->out, "Loss", &s->loss, 100, " %");
	add_distribution(m->out, "Mean jitter", &s->jitter, 1, " ms");
	add_distribution(m->out, "MOS, narrowband", &s->mos_nb, 1, "");
	add_distribution(m->out, "MOS, wideband", &s->mos_wb, 1, "");
	add_distribution(m->out, "MOS, fullband", &s->mos_fb, 1, "");
	text_addf(m->out, "\n");
	return true;
}

static void add_endpoint(struct text *out, struct query *q, int column)
{
	struct slice address = query_text(q, column);
	bool v6 = slice_find(address, ':') != SLICE_NPOS;
	struct text whole;

	text_init(&whole);
	text_addf(&whole, v6 ? "[" : "");
	text_add(&whole, address);
	text_addf(&whole, "%s:%" PRId64, v6 ? "]" : "", query_int(q, column + 1));
	markdown_add_code(out, slice_of(text_cstr(&whole), whole.n), MOST_WORD);
	out->failed |= whole.failed;
	text_release(&whole);
}

static void add_stream(struct markdown *m, struct query *q)
{
	text_addf(m->out, "| ");
	markdown_add_real(m->out, q, 0, 1, 2);
	text_addf(m->out, " | ");
	markdown_add_real(m->out, q, 1, 100, 2);
	text_addf(m->out, " | ");
	markdown_add_real(m->out, q, 2, 1, 1);
	text_addf(m->out, " | ");
	markdown_add_code(m->out, query_text(q, 3), MOST_WORD);
	text_addf(m->out, " | ");
	add_endpoint(m->out, q, 4);
	text_addf(m->out, " → ");
	add_endpoint(m->out, q, 6);
	text_addf(m->out, " | ");
	if (query_is_null(q, 8))
		text_addf(m->out, "of no call");
	else
		markdown_add_command(m, "show", query_int(q, 8));
	text_addf(m->out, " |\n");
}

bool markdown_worst_streams(struct markdown *m, struct err *err)
{
	static const char sql[] =
	        "SELECT mos_lq, loss_ratio, jitter_mean_ms, codec, src_addr, src_port, dst_addr, "
	        "dst_port, call_id FROM streams WHERE mos_lq NOT NULL ORDER BY mos_lq, loss_ratio "
	        "DESC, id LIMIT " MOST_STREAMS;
	struct query *q = rows_query(m->records, sql, RECORD_NULL, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			text_addf(m->out,
			          "### Worst streams\n\n| MOS | Loss %% | Jitter ms | Codec | "
			          "From → to | Call |\n|--:|--:|--:|---|---|---|\n");
		add_stream(m, q);
	}
	text_addf(m->out, "\n");
	return rows_end(q, m->out, err);
}

/* A figure of each trunk, by its name in `kpi`. */
#define FIGURE(name) ", max(CASE name WHEN '" name "' THEN value END)"

bool markdown_trunks(struct markdown *m, struct err *err)
{
	static const char sql[] = "SELECT substr(scope, 7)" FIGURE("ATTEMPTS_MERGED") FIGURE("ASR")
	        FIGURE("NER") FIGURE("ACD") FIGURE("PDD_P50") FIGURE("PDD_P95")
	                FIGURE("ERLANG") ", count(*) OVER () FROM kpi WHERE scope >= 'trunk:' AND "
	                                 "scope < 'trunk;' "
	                                 "GROUP BY scope ORDER BY 2 DESC, 1 LIMIT " MOST_TRUNKS;
	static const int decimals[] = { 0, 1, 1, 1, 0, 0, 2 };
	struct query *q = rows_query(m->records, sql, RECORD_NULL, err);
	int64_t shown = 0, all = 0;

	if (!q)
		return false;
	for (; query_step(q, err); shown++) {
		if (!shown)
			text_addf(m->out,
			          "### Trunks\n\nLegs, by the address that their first INVITE "
			          "went to.\n\n| Trunk | Calls | ASR %% | NER %% | ACD s | PDD "
			          "p50 ms | PDD p95 ms | Erlang |\n"
			          "|---|--:|--:|--:|--:|--:|--:|--:|\n");
		all = query_int(q, 8);
		text_addf(m->out, "| ");
		markdown_add_code(m->out, query_text(q, 0), MOST_WORD);
		for (int i = 0; i < 7; i++) {
			text_addf(m->out, " | ");
			markdown_add_real(m->out, q, i + 1, 1, decimals[i]);
		}
		text_addf(m->out, " |\n");
	}
	if (all > shown) {
		text_addf(m->out, "\n... and %" PRId64 " more: ", all - shown);
		markdown_add_command(m, "report --kpi", RECORD_NULL);
		text_addf(m->out, "\n");
	}
	text_addf(m->out, shown ? "\n" : "");
	return rows_end(q, m->out, err);
}

/* Grouped by final status; with min(id), SQLite takes the other columns from that row. */
bool markdown_failures(struct markdown *m, struct err *err)
{
	static const char sql[] =
	        "SELECT final_status, reason, count(*), min(id) FROM calls WHERE outcome NOT IN "
	        "('answered', 'incomplete', 'in_progress') GROUP BY final_status ORDER BY 3 DESC, "
	        "1 "
	        "LIMIT " MOST_STATUSES;
	struct query *q = rows_query(m->records, sql, RECORD_NULL, err);
	bool any = false;

	if (!q)
		return false;
	for (; query_step(q, err); any = true) {
		if (!any)
			text_addf(m->out, "### Not answered\n\n| Calls | Final response | One of "
			                  "them |\n|--:|---|---|\n");
		text_addf(m->out, "| %" PRId64 " | ", query_int(q, 2));
		if (query_is_null(q, 0))
			text_addf(m->out, "none");
		else
			text_addf(m->out, "%" PRId64 " ", query_int(q, 0));
		if (!query_is_null(q, 0) && !query_is_null(q, 1))
			markdown_add_code(m->out, query_text(q, 1), MOST_WORD);
		text_addf(m->out, " | ");
		markdown_add_command(m, "show", query_int(q, 3));
		text_addf(m->out, " |\n");
	}
	text_addf(m->out, any ? "\n" : "");
	return rows_end(q, m->out, err);
}
