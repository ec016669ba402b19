/* index.html: what happened, in one page. */
#include "reports/html/report_parts.h"
#include "reports/kpi_definitions.h"

#include <inttypes.h>
#include <math.h>

static bool add_damaged(struct work *w, struct err *err)
{
	struct query *q = rows_query(w->records,
	                             "SELECT path, damage, damaged_bytes FROM captures WHERE "
	                             "damaged_bytes > 0 OR damage IS NOT NULL ORDER BY id LIMIT 10",
	                             0, err);

	if (!q)
		return false;
	while (query_step(q, err) && !w->out.failed) {
		text_addf(&w->out,
		          "<p class=\"notice bad\"><strong>Damaged capture:</strong> <code>");
		html_add_column(&w->out, q, 0);
		text_addf(&w->out, "</code>: ");
		if (query_is_null(q, 1))
			text_addf(&w->out, "damaged");
		else
			html_add_column(&w->out, q, 1);
		text_addf(&w->out, " (");
		add_count(&w->out, query_int(q, 2));
		text_addf(&w->out, " octets not read). What it held is missing below.</p>\n");
	}
	return rows_end(q, &w->out, err);
}

static bool add_unfinished(struct work *w, struct err *err)
{
	struct query *q =
	        rows_query(w->records,
	                   "SELECT note FROM runs WHERE NOT complete ORDER BY id LIMIT 10", 0, err);

	if (!q)
		return false;
	while (query_step(q, err) && !w->out.failed) {
		text_addf(&w->out, "<p class=\"notice bad\"><strong>Incomplete:</strong> ");
		if (query_is_null(q, 0))
			text_addf(&w->out, "the run that wrote this did not come to its end.");
		else
			html_add_column(&w->out, q, 0);
		text_addf(&w->out, "</p>\n");
	}
	return rows_end(q, &w->out, err);
}

static void add_notice_count(struct work *w, int64_t count, const char *one, const char *many)
{
	if (!count)
		return;
	text_addf(&w->out, "<p class=\"notice warn\">");
	add_count(&w->out, count);
	text_addf(&w->out, " %s</p>\n", count == 1 ? one : many);
}

/* All that makes the rest doubtful comes first. */
static bool add_notices(struct work *w, struct err *err)
{
	const struct summary *s = &w->summary;

	if (!s->complete && !add_unfinished(w, err))
		return false;
	if (s->damaged_files && !add_damaged(w, err))
		return false;
	add_notice_count(w, s->damaged_files > 10 ? s->damaged_files - 10 : 0,
	                 "further capture is damaged.", "further captures are damaged.");
	add_notice_count(w, s->truncated_packets,
	                 "packet was captured shorter than on the wire (snap length): texts and "
	                 "sound beyond are missing.",
	                 "packets were captured shorter than on the wire (snap length): texts and "
	                 "sound beyond are missing.");
	if (w->plots_absent) {
		text_addf(&w->out, "<p class=\"notice note\"><strong>No plots:</strong> ");
		html_add(&w->out, slice_str(w->plots_absent));
		text_addf(&w->out, ". The numbers are below all the same.</p>\n");
	}
	add_notice_count(w, s->skipped_packets, "packet or block could not be read.",
	                 "packets or blocks could not be read.");
	return true;
}

static void add_source(struct work *w)
{
	const struct summary *s = &w->summary;
	const char *path = records_path(w->records);

	text_addf(&w->out, "<p class=\"lead\">");
	if (path) {
		text_addf(&w->out, "<code>");
		html_add(&w->out, slice_str(path));
		text_addf(&w->out, "</code>: ");
	}
	add_count(&w->out, s->files);
	text_addf(&w->out, s->files == 1 ? " capture, " : " captures, ");
	add_count(&w->out, s->packets);
	text_addf(&w->out, " packets");
	if (s->first_us != RECORD_NULL && s->last_us != RECORD_NULL) {
		text_addf(&w->out, ", ");
		rows_add_duration(&w->out, s->last_us - s->first_us);
		text_addf(&w->out, " from ");
		html_add_time(&w->out, s->first_us);
	}
	text_addf(&w->out, "</p>\n");
}

static void begin_figure(struct text *out, const char *label)
{
	text_addf(out, "<div class=\"figure\"><p class=\"label\">%s</p><p class=\"value\">", label);
}

static void end_figure(struct text *out, const char *definition)
{
	text_addf(out, "<details><summary>Definition</summary><p>");
	html_add(out, slice_str(definition));
	text_addf(out, "</p></details></div>\n");
}

static void add_count_figure(struct text *out, const char *label, int64_t count,
                             const char *definition)
{
	begin_figure(out, label);
	add_count(out, count);
	text_addf(out, "</p>");
	end_figure(out, definition);
}

/* "answered / attempts (ITU-T E.411)" of the key figures' own table. */
static void add_definition(struct text *out, const struct kpi_definition *d)
{
	text_addf(out, "<details><summary>Definition</summary><p>");
	html_add(out, slice_str(d->title));
	text_addf(out, ": %s", d->kind == KPI_TIMES ? "from " : "");
	html_add(out, slice_str(d->numerator));
	if (d->denominator) {
		text_addf(out, d->kind == KPI_TIMES ? " to " : " / ");
		html_add(out, slice_str(d->denominator));
	}
	if (d->source) {
		text_addf(out, " (");
		html_add(out, slice_str(d->source));
		text_addf(out, ")");
	}
	text_addf(out, "</p></details></div>\n");
}

static bool add_kpi_figure(struct work *w, const char *label, const char *name, int decimals,
                           struct err *err)
{
	struct query *q = query_new(w->records, err,
	                            "SELECT value, unit, numerator, denominator FROM kpi WHERE "
	                            "scope = 'all' AND name = ?1 ORDER BY run_id LIMIT 1");
	const struct kpi_definition *d = kpi_definition_of(slice_str(name));

	if (!q)
		return false;
	query_bind_text(q, 1, slice_str(name));
	if (d && query_step(q, err)) {
		begin_figure(&w->out, label);
		html_add_real(&w->out, query_real(q, 0), decimals);
		text_addf(&w->out, " <span class=\"unit\">");
		html_add(&w->out, query_text(q, 1));
		text_addf(&w->out, "</span></p><p class=\"more\">");
		if (d->kind == KPI_RATIO && !query_is_null(q, 2)) {
			add_count(&w->out, query_int(q, 2));
			text_addf(&w->out, " / ");
		}
		if (d->kind != KPI_COUNT && !query_is_null(q, 3)) {
			text_addf(&w->out, d->kind == KPI_TIMES ? "of " : "");
			add_count(&w->out, query_int(q, 3));
		}
		text_addf(&w->out, "</p>");
		add_definition(&w->out, d);
	}
	query_free(q);
	return err->code == ERR_NONE;
}

static void add_mos_figure(struct work *w)
{
	static const struct {
		enum quantity which;
		const char *label;
	} scales[] = { { QUANTITY_MOS_NB, "MOS narrowband, 95 %" },
		       { QUANTITY_MOS_WB, "MOS wideband, 95 %" },
		       { QUANTITY_MOS_FB, "MOS fullband, 95 %" } };

	for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
		const struct numbers *v = &w->quantities[scales[i].which];
		if (!v->n)
			continue;
		size_t rank = (size_t)ceil(.95 * (double)v->n);
		begin_figure(&w->out, scales[i].label);
		text_addf(&w->out, "%.2f</p><p class=\"more\">median %.2f, worst %.2f</p>",
		          (double)v->v[v->n - rank] / 1e4, (double)numbers_at(v, .5) / 1e4,
		          (double)v->v[0] / 1e4);
		end_figure(
		        &w->out,
		        "Listening quality by the E-model (ITU-T G.107, G.107.1, G.107.2) as each "
		        "stream's loss, jitter and codec let expect it: 95 % of the streams are "
		        "no worse. The scales of narrowband, wideband and fullband do not "
		        "compare.");
	}
}

static void add_loss_figure(struct work *w)
{
	const struct summary *s = &w->summary;

	if (s->expected <= 0)
		return;
	begin_figure(&w->out, "RTP lost");
	text_addf(&w->out, "%.2f <span class=\"unit\">%%</span></p><p class=\"more\">",
	          100.0 * (double)s->lost / (double)s->expected);
	add_count(&w->out, s->lost);
	text_addf(&w->out, " of ");
	add_count(&w->out, s->expected);
	text_addf(&w->out, "</p>");
	end_figure(&w->out,
	           "Packets of all RTP streams that the sequence numbers say were sent and "
	           "the capture does not have (RFC 3550 A.3), duplicates counted once.");
}

static bool add_figures(struct work *w, struct err *err)
{
	text_addf(&w->out, "<section class=\"figures\" aria-label=\"Headline numbers\">\n");
	add_count_figure(&w->out, "Calls", w->summary.calls,
	                 "Calls in the capture, whatever came of them; the legs of a call through "
	                 "proxies and B2BUAs are one call.");
	if (!add_kpi_figure(w, "Answered (ASR)", "ASR", 1, err) ||
	    !add_kpi_figure(w, "Network effective (NER)", "NER", 1, err) ||
	    !add_kpi_figure(w, "Call duration, mean", "ACD", 1, err) ||
	    !add_kpi_figure(w, "Post-dial delay, 95 %", "PDD_P95", 0, err) ||
	    !add_kpi_figure(w, "Concurrent calls, highest", "CONCURRENT_PEAK", 0, err))
		return false;
	add_mos_figure(w);
	add_loss_figure(w);
	text_addf(&w->out, "</section>\n");
	return true;
}

static const char *const fills[SUMMARY_OUTCOMES] = {
	"good", "warn", "warn", "plain", "bad", "bad", "bad", "faint", "faint",
};

/* One bar of all calls, and the numbers under it. */
static void add_mix(struct work *w)
{
	const struct summary *s = &w->summary;
	struct text *out = &w->out;
	double x = 0;

	text_addf(out, "<svg class=\"mix\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
	               "aria-hidden=\"true\">");
	for (int i = 0; i < SUMMARY_OUTCOMES; i++) {
		double width = 1000.0 * (double)s->by_outcome[i] / (double)s->calls;
		if (s->by_outcome[i])
			text_addf(out,
			          "<rect class=\"%s-fill\" x=\"%.2f\" y=\"0\" width=\"%.2f\" "
			          "height=\"10\"/>",
			          fills[i], x, width > 3 ? width - 1.5 : width);
		x += width;
	}
	text_addf(out, "</svg>\n");
}

static void add_outcomes(struct work *w)
{
	static const char *const headings[] = { "Outcome", ">Calls", ">Share", NULL };
	const struct summary *s = &w->summary;

	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"outcomes\"><h2 "
	                   "id=\"outcomes\">Outcomes</h2>\n");
	add_mix(w);
	begin_table(&w->out, "What came of the calls; each row leads to them");
	add_headings(&w->out, headings);
	for (int i = 0; i < SUMMARY_OUTCOMES; i++) {
		if (!s->by_outcome[i])
			continue;
		text_addf(&w->out, "<tr><th scope=\"row\"><a href=\"calls.html#outcome=%s\">",
		          summary_outcomes[i]);
		html_add_badge(&w->out, slice_str(summary_outcomes[i]));
		text_addf(&w->out, "</a></th>");
		add_count_cell(&w->out, s->by_outcome[i]);
		text_addf(&w->out, "<td class=\"num\">%.1f %%</td></tr>\n",
		          100.0 * (double)s->by_outcome[i] / (double)s->calls);
	}
	end_table(&w->out);
	text_addf(&w->out, "</section>\n");
}

static bool add_trunks(struct work *w, struct err *err)
{
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"trunks\"><div "
	                   "class=\"head\"><h2 id=\"trunks\">Trunks</h2><a class=\"tiny\" "
	                   "href=\"figures.html\">all trunks, and every figure with its "
	                   "definition</a></div>\n");
	if (!trunks_add_table(w, 12, err))
		return false;
	text_addf(&w->out, "</section>\n");
	return true;
}

static bool add_calls_part(struct work *w, struct err *err)
{
	if (!w->summary.calls) {
		text_addf(&w->out,
		          "<p class=\"notice note\">There are no calls in this database: no INVITE "
		          "was seen in what it was made from.</p>\n");
		return true;
	}
	text_addf(&w->out, "<div class=\"grid\">\n");
	add_outcomes(w);
	if (!overview_add_failures(w, err))
		return false;
	text_addf(&w->out, "</div>\n");
	return true;
}

bool overview_write(struct work *w, struct err *err)
{
	work_begin_page(w, "Overview", "overview", "");
	text_addf(&w->out, "<h1>What happened</h1>\n");
	add_source(w);
	if (!add_notices(w, err) || !add_figures(w, err) || !overview_add_findings(w, err) ||
	    !add_calls_part(w, err))
		return false;
	overview_add_time(w);
	if (!overview_add_simulation(w, err))
		return false;
	overview_add_quality(w);
	if (!overview_add_streams(w, err))
		return false;
	if (w->summary.calls && (!add_trunks(w, err) || !quantities_add_table(w, err)))
		return false;
	return work_write_page(w, "index.html", err);
}
