/* The report as GitHub's and GitLab's Markdown, for the summary of a CI job: report.h. Both cut or refuse at 1 MB; rows and texts are
 * bounded so that the worst case stays far below. */
#include "reports/kpi_definitions.h"
#include "reports/markdown_internal.h"
#include "reports/report.h"

#include <inttypes.h>

#define MOST_DAMAGED "5"
#define MOST_NAME    200

/* Not inside a UTF-8 character. */
static struct slice cut(struct slice s, size_t most)
{
	if (s.n <= most)
		return s;
	while (most && (s.p[most] & 0xC0) == 0x80)
		most--;
	return slice_sub(s, 0, most);
}

void markdown_add_code(struct text *out, struct slice value, size_t most)
{
	struct slice shown = cut(value, most);

	if (!shown.n)
		text_addf(out, "-");
	else
		text_add_markdown_code(out, shown);
	text_addf(out, shown.n < value.n ? "…" : "");
}

void markdown_add_text(struct text *out, struct slice value, size_t most)
{
	struct slice shown = cut(value, most);

	text_add_markdown(out, shown);
	text_addf(out, shown.n < value.n ? "…" : "");
}

void markdown_add_real(struct text *out, struct query *q, int column, double scale, int decimals)
{
	if (query_is_null(q, column))
		text_addf(out, "-");
	else
		text_addf(out, "%.*f", decimals, query_real(q, column) * scale);
}

void markdown_add_command(struct markdown *m, const char *command, int64_t number)
{
	struct text line;

	text_init(&line);
	rows_add_command(&line, m->records, command);
	if (number != RECORD_NULL)
		text_addf(&line, " %" PRId64, number);
	text_add_markdown_code(m->out, slice_of(text_cstr(&line), line.n));
	m->out->failed |= line.failed;
	text_release(&line);
}

/* The database's name without its folders, which are of no use to who reads this elsewhere. */
static void add_title(struct markdown *m)
{
	const char *path = records_path(m->records), *slash = path ? strrchr(path, '/') : NULL;

	text_addf(m->out, "## Milliwatt report");
	if (path) {
		text_addf(m->out, ": ");
		markdown_add_code(m->out, slice_str(slash ? slash + 1 : path), MOST_NAME);
	}
	text_addf(m->out, "\n\n");
}

static void add_share(struct text *out, const char *name, double value)
{
	if (!isnan(value))
		text_addf(out, ", %s **%.1f %%**", name, value);
}

/* "**1204 calls**, ASR **97.3 %**, NER **99.1 %**; 1 h 02 min from 2026-11-21 02:00:00.000 UTC" */
static void add_headline(struct markdown *m)
{
	const struct summary *s = m->summary;

	text_addf(m->out, "**%" PRId64 " call%s**", s->calls, s->calls == 1 ? "" : "s");
	add_share(m->out, "ASR", s->asr);
	add_share(m->out, "NER", s->ner);
	if (s->mos_nb.count)
		text_addf(m->out, ", MOS of 95 %% of the streams **%.2f** or better",
		          s->mos_nb.p95);
	if (s->first_us != RECORD_NULL && s->last_us != RECORD_NULL) {
		text_addf(m->out, "; ");
		rows_add_duration(m->out, s->last_us - s->first_us);
		text_addf(m->out, " from ");
		rows_add_time(m->out, s->first_us);
	}
	text_addf(m->out, "\n\n");
}

static bool add_verdict(struct markdown *m, struct err *err)
{
	static const char sql[] =
	        "SELECT (SELECT count(*) FROM findings WHERE severity = 'error'), (SELECT count(*) "
	        "FROM findings WHERE severity = 'warning'), (SELECT count(DISTINCT o.call_id) FROM "
	        "finding_occurrences o JOIN findings f ON f.id = o.finding_id WHERE f.severity <> "
	        "'info')";
	struct query *q;

	if (!rows_first(m->records, sql, RECORD_NULL, &q, err))
		return err->code == ERR_NONE;
	int64_t errors = query_int(q, 0), warnings = query_int(q, 1), calls = query_int(q, 2);
	query_free(q);
	if (!errors && !warnings)
		text_addf(m->out, "✅ The rules found neither errors nor warnings.\n\n");
	else
		text_addf(m->out,
		          "%s The rules found **%" PRId64 " error%s** and %" PRId64
		          " warning%s, in %" PRId64 " call%s.\n\n",
		          errors ? "❌" : "⚠️", errors, errors == 1 ? "" : "s", warnings,
		          warnings == 1 ? "" : "s", calls, calls == 1 ? "" : "s");
	return true;
}

/* What the numbers below do not rest on. */
static bool add_warnings(struct markdown *m, struct err *err)
{
	static const char sql[] =
	        "SELECT path, coalesce(damage, 'damaged') FROM captures WHERE damaged_bytes > 0 OR "
	        "damage IS NOT NULL ORDER BY id LIMIT " MOST_DAMAGED;
	const struct summary *s = m->summary;
	struct query *q;

	if (!s->complete)
		text_addf(m->out, "> ⚠️ The run that wrote this did not come to its end.\n\n");
	if (s->truncated_packets)
		text_addf(m->out,
		          "> ⚠️ %" PRId64
		          " packets were captured shorter than on the wire (snap "
		          "length).\n\n",
		          s->truncated_packets);
	if (s->skipped_packets)
		text_addf(m->out, "> ⚠️ %" PRId64 " packets or blocks could not be read.\n\n",
		          s->skipped_packets);
	q = rows_query(m->records, sql, RECORD_NULL, err);
	if (!q)
		return false;
	while (query_step(q, err)) {
		text_addf(m->out, "> ⚠️ ");
		markdown_add_code(m->out, query_text(q, 0), MOST_NAME);
		text_addf(m->out, ": ");
		markdown_add_text(m->out, query_text(q, 1), MOST_NAME);
		text_addf(m->out, "\n\n");
	}
	return rows_end(q, m->out, err);
}

static void add_outcomes(struct markdown *m)
{
	const struct summary *s = m->summary;

	if (!s->calls)
		return;
	text_addf(m->out, "### Calls\n\n| Outcome | Calls | Share |\n|---|--:|--:|\n");
	for (int i = 0; i < SUMMARY_OUTCOMES; i++) {
		if (!s->by_outcome[i])
			continue;
		text_addf(m->out, "| ");
		for (const char *c = summary_outcomes[i]; *c; c++)
			text_addf(m->out, "%c", *c == '_' ? ' ' : *c);
		text_addf(m->out, " | %" PRId64 " | %.1f %% |\n", s->by_outcome[i],
		          100.0 * (double)s->by_outcome[i] / (double)s->calls);
	}
	text_addf(m->out, "| **all** | **%" PRId64 "** | |\n\n", s->calls);
}

static void add_figure(struct markdown *m, const char *name, struct query *q)
{
	const struct kpi_definition *d = kpi_definition_of(slice_str(name));
	double value = query_real(q, 0);

	text_addf(m->out, "| %s: %s%s | %.*f ", d->name, d->title,
	          strstr(name, "_P95") ? ", p95" : "",
	          value == floor(value) && fabs(value) < 1e15 ? 0 : 1, value);
	markdown_add_text(m->out, query_text(q, 1), 16);
	text_addf(m->out, " | %s%s%s |\n", d->numerator,
	          d->kind == KPI_TIMES ? " to "
	          : d->denominator     ? " / "
	                               : "",
	          d->denominator ? d->denominator : "");
}

/* Those that a trunk's contract speaks of; `report --kpi` has all. */
static bool add_figures(struct markdown *m, struct err *err)
{
	static const char *const names[] = { "ASR",       "NER",     "ISA",
		                             "ACD",       "PDD_P50", "PDD_P95",
		                             "SETUP_P95", "SDD_P95", "CONCURRENT_PEAK" };
	static const char sql[] =
	        "SELECT value, unit FROM kpi WHERE scope = 'all' AND name = ?1 AND value NOT NULL";
	struct query *q = query_new(m->records, err, sql);
	bool any = false;

	if (!q)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names && err->code == ERR_NONE; i++) {
		query_bind_text(q, 1, slice_str(names[i]));
		if (query_step(q, err)) {
			if (!any)
				text_addf(m->out, "### Key figures\n\n| Figure | Value | Of what "
				                  "|\n|---|--:|---|\n");
			add_figure(m, names[i], q);
			any = true;
		}
		query_reset(q);
	}
	text_addf(m->out, any ? "\n" : "");
	return rows_end(q, m->out, err);
}

static void add_foot(struct markdown *m)
{
	text_addf(m->out, "More: ");
	markdown_add_command(m, "report", RECORD_NULL);
	text_addf(m->out, ", as pages ");
	markdown_add_command(m, "report --html DIR", RECORD_NULL);
	text_addf(m->out, ".\n");
}

bool report_markdown(struct records *r, struct text *out, struct err *err)
{
	struct summary s;
	struct markdown m = { r, &s, out };

	if (!summary_read(&s, r, err))
		return false;
	add_title(&m);
	add_headline(&m);
	if (!add_verdict(&m, err) || !add_warnings(&m, err) || !markdown_findings(&m, err))
		return false;
	add_outcomes(&m);
	if (!markdown_failures(&m, err) || !add_figures(&m, err) || !markdown_trunks(&m, err) ||
	    !markdown_quality(&m, err) || !markdown_worst_streams(&m, err))
		return false;
	add_foot(&m);
	return out->failed ? err_memory(err, "the report") : true;
}
