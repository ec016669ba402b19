/* The summary for people: report.h. */
#include "reports/report.h"
#include "reports/text_page.h"

#include <inttypes.h>

/* G.107 Annex B: below MOS 4.03 (R 80) some users are dissatisfied; such calls are worth a look. */
#define WORST_MOS      "4.03"
#define WORST_CALLS    "5"
#define WORST_STATUSES "8"

void page_heading(struct page *p, const char *title)
{
	text_addf(p->out, "\n%s%s%s", p->colour ? "\033[1m" : "", title,
	          p->colour ? "\033[0m" : "");
}

void page_add_cell(struct text *out, struct slice text, size_t width)
{
	size_t start = out->n;
	struct slice s = text.p ? text : SLICE_LIT("?");
	bool cut = s.n > width;

	if (cut) {
		/* Not inside a UTF-8 character. */
		for (s.n = width - 1; s.n && (s.p[s.n] & 0xC0) == 0x80;)
			s.n--;
	}
	text_add_terminal(out, s);
	if (cut)
		text_addf(out, "~");
	rows_pad(out, start, width);
}

void page_add_endpoint(struct text *out, struct query *q, int column, size_t width)
{
	struct slice address = query_text(q, column);
	bool v6 = slice_find(address, ':') != SLICE_NPOS;
	size_t start = out->n;

	text_addf(out, v6 ? "[" : "");
	text_add_terminal(out, address);
	text_addf(out, "%s:%" PRId64, v6 ? "]" : "", query_int(q, column + 1));
	rows_pad(out, start, width);
}

void page_add_real(struct text *out, struct query *q, int column, double scale, int width,
                   int decimals)
{
	if (query_is_null(q, column))
		text_addf(out, " %*s", width, "-");
	else
		text_addf(out, " %*.*f", width, decimals, query_real(q, column) * scale);
}

static void begin_warning(struct page *p)
{
	text_addf(p->out, "  %sWARNING%s ", p->colour ? "\033[31m" : "",
	          p->colour ? "\033[0m" : "");
}

static bool add_damage(struct page *p, struct err *err)
{
	struct query *q = rows_query(p->records,
	                             "SELECT path, damage, damaged_bytes FROM captures "
	                             "WHERE damaged_bytes > 0 OR damage IS NOT NULL ORDER BY id",
	                             RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		struct slice damage = query_text(q, 1);
		begin_warning(p);
		text_add_terminal(p->out, query_text(q, 0));
		text_addf(p->out, ": ");
		text_add_terminal(p->out, damage.p ? damage : SLICE_LIT("damaged"));
		text_addf(p->out, " (%" PRId64 " octets not read)\n", query_int(q, 2));
	}
	return rows_end(q, p->out, err);
}

static bool add_incomplete(struct page *p, struct err *err)
{
	struct query *q =
	        rows_query(p->records, "SELECT note FROM runs WHERE NOT complete ORDER BY id",
	                   RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		struct slice note = query_text(q, 0);
		begin_warning(p);
		if (note.p)
			text_add_terminal(p->out, note);
		else
			text_addf(p->out, "the run that wrote this did not come to its end");
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

void page_add_count(struct text *out, int64_t count, const char *one, const char *many)
{
	text_addf(out, "%" PRId64 " %s", count, count == 1 ? one : many);
}

static bool add_captures(struct page *p, const struct summary *s, struct err *err)
{
	text_addf(p->out, "\n  ");
	page_add_count(p->out, s->files, "file, ", "files, ");
	page_add_count(p->out, s->packets, "packet", "packets");
	if (s->first_us != RECORD_NULL && s->last_us != RECORD_NULL) {
		text_addf(p->out, ", ");
		rows_add_duration(p->out, s->last_us - s->first_us);
		text_addf(p->out, " from ");
		rows_add_time(p->out, s->first_us);
	}
	text_addf(p->out, "\n");
	if (!s->complete && !add_incomplete(p, err))
		return false;
	if (s->truncated_packets) {
		begin_warning(p);
		page_add_count(p->out, s->truncated_packets, "packet was", "packets were");
		text_addf(p->out, " captured shorter than on the wire (snap length)\n");
	}
	if (s->skipped_packets) {
		begin_warning(p);
		page_add_count(p->out, s->skipped_packets, "packet or block", "packets or blocks");
		text_addf(p->out, " could not be read\n");
	}
	return add_damage(p, err);
}

/* "no_answer" reads "no answer". */
static void add_outcome(struct text *out, const char *name)
{
	for (; *name; name++)
		text_addf(out, "%c", *name == '_' ? ' ' : *name);
}

static void add_figure(struct text *out, const char *name, double value, int decimals,
                       const char *unit)
{
	if (isnan(value))
		text_addf(out, "%s -", name);
	else
		text_addf(out, "%s %.*f %s", name, decimals, value, unit);
}

static void add_calls(struct page *p, const struct summary *s)
{
	struct text *out = p->out;

	text_addf(out, "\n  %-14s %8" PRId64 "\n", "all", s->calls);
	for (int i = 0; i < SUMMARY_OUTCOMES; i++) {
		if (!s->by_outcome[i])
			continue;
		size_t start = out->n;
		text_addf(out, "  ");
		add_outcome(out, summary_outcomes[i]);
		rows_pad(out, start, 16);
		text_addf(out, " %8" PRId64 " %7.1f %%\n", s->by_outcome[i],
		          100.0 * (double)s->by_outcome[i] / (double)s->calls);
	}
	if (!s->calls)
		return;
	text_addf(out, "  ");
	add_figure(out, "ASR", s->asr, 1, "%");
	add_figure(out, "   NER", s->ner, 1, "%");
	add_figure(out, "   ACD", s->acd_s, 1, "s");
	add_figure(out, "   PDD", s->pdd_p50_ms, 0, "ms");
	add_figure(out, " (p95", s->pdd_p95_ms, 0, "ms)");
	text_addf(out, "%s\n", isnan(s->pdd_p95_ms) ? ")" : "");
}

static void add_signalling(struct page *p, const struct summary *s)
{
	text_addf(p->out, "  ");
	page_add_count(p->out, s->messages, "SIP message", "SIP messages");
	text_addf(p->out, " (%" PRId64 " retransmitted), ", s->retransmissions);
	page_add_count(p->out, s->transactions, "transaction", "transactions");
	text_addf(p->out, " (%" PRId64 " timed out), ", s->timed_out);
	page_add_count(p->out, s->dialogs, "dialog\n", "dialogs\n");
}

static void add_distribution(struct text *out, const char *name, const struct distribution *d,
                             double scale, int decimals, const char *unit)
{
	if (!d->count)
		return;
	text_addf(out, "  %-14s %8" PRId64 " %9.*f %9.*f %9.*f%s%s\n", name, d->count, decimals,
	          d->p50 * scale, decimals, d->p95 * scale, decimals, d->worst * scale,
	          *unit ? " " : "", unit);
}

static void add_streams(struct page *p, const struct summary *s)
{
	struct text *out = p->out;

	text_addf(out, "\n  %" PRId64 " (%" PRId64 " of no call, %" PRId64 " encrypted), ",
	          s->streams, s->unbound, s->encrypted);
	page_add_count(out, s->stream_packets, "packet", "packets");
	text_addf(out, ", %" PRId64 " lost", s->lost);
	if (s->expected > 0)
		text_addf(out, " (%.2f %%)", 100.0 * (double)s->lost / (double)s->expected);
	text_addf(out, "\n");
	if (!s->streams)
		return;
	text_addf(out, "  %-14s %8s %9s %9s %9s\n", "", "streams", "p50", "p95", "worst");
	add_distribution(out, "loss", &s->loss, 100, 2, "%");
	add_distribution(out, "mean jitter", &s->jitter, 1, 2, "ms");
	add_distribution(out, "MOS narrowband", &s->mos_nb, 1, 2, "");
	add_distribution(out, "MOS wideband", &s->mos_wb, 1, 2, "");
	add_distribution(out, "MOS fullband", &s->mos_fb, 1, 2, "");
}

static void add_digits(struct page *p, const struct summary *s)
{
	const struct {
		int64_t count;
		const char *method;
	} methods[] = {
		{ s->digits_rfc4733, "RFC 4733" },
		{ s->digits_info, "INFO" },
		{ s->digits_inband, "in-band tones" },
		{ s->digits_kpml, "KPML" },
	};
	const char *separator = "";

	text_addf(p->out, "\n  %" PRId64 " (", s->digits);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (!methods[i].count)
			continue;
		text_addf(p->out, "%s%" PRId64 " by %s", separator, methods[i].count,
		          methods[i].method);
		separator = ", ";
	}
	text_addf(p->out, ")\n");
}

static bool add_low_mos(struct page *p, struct err *err)
{
	struct query *q = rows_query(
	        p->records,
	        "SELECT id, mos_min, caller, callee FROM calls WHERE mos_min < " WORST_MOS
	        " ORDER BY mos_min, id LIMIT " WORST_CALLS,
	        RECORD_NULL, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			page_heading(p, "Lowest MOS\n");
		text_addf(p->out, "  %4.2f  ", query_real(q, 1));
		page_add_cell(p->out, query_text(q, 2), 20);
		text_addf(p->out, " -> ");
		page_add_cell(p->out, query_text(q, 3), 20);
		text_addf(p->out, "  ");
		rows_add_show_command(p->out, p->records, query_int(q, 0));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

/* Grouped by final status; with min(id), SQLite takes the other columns from that row. */
static bool add_failures(struct page *p, struct err *err)
{
	struct query *q = rows_query(
	        p->records,
	        "SELECT final_status, reason, count(*), min(id) FROM calls WHERE outcome NOT IN "
	        "('answered', 'incomplete', 'in_progress') GROUP BY final_status "
	        "ORDER BY 3 DESC, 1 LIMIT " WORST_STATUSES,
	        RECORD_NULL, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			page_heading(p, "Not answered\n");
		size_t start = p->out->n;
		text_addf(p->out, "  %5" PRId64 " x ", query_int(q, 2));
		if (query_is_null(q, 0))
			text_addf(p->out, "no final response");
		else
			text_addf(p->out, "%" PRId64 " ", query_int(q, 0));
		if (!query_is_null(q, 0))
			page_add_cell(p->out,
			              query_is_null(q, 1) ? SLICE_LIT("") : query_text(q, 1), 34);
		rows_pad(p->out, start, 52);
		text_addf(p->out, "  ");
		rows_add_show_command(p->out, p->records, query_int(q, 3));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

static bool add_page(struct page *p, struct err *err)
{
	struct summary s;

	if (!summary_read(&s, p->records, err))
		return false;
	text_addf(p->out, "%sCaptures%s", p->colour ? "\033[1m" : "", p->colour ? "\033[0m" : "");
	if (!add_captures(p, &s, err))
		return false;
	page_heading(p, "Calls");
	add_calls(p, &s);
	add_signalling(p, &s);
	if (!page_findings(p, err) || !add_failures(p, err) || !page_trunks(p, err) ||
	    !page_registrations(p, err) || !page_subscriptions(p, err) || !page_requests(p, err))
		return false;
	page_heading(p, "RTP streams");
	add_streams(p, &s);
	if (s.digits) {
		page_heading(p, "Digits");
		add_digits(p, &s);
	}
	if (!page_audio(p, err) || !add_low_mos(p, err) || !page_one_way(p, &s, err) ||
	    !page_loose_streams(p, &s, err))
		return false;
	if (s.calls) {
		text_addf(p->out, "\nAs pages for a browser: ");
		rows_add_command(p->out, p->records, "report --html DIR");
		text_addf(p->out, "\n");
	}
	return true;
}

static bool write_page(struct records *r, bool colour, struct text *out, struct err *err)
{
	struct page p = { r, out, colour };

	if (!add_page(&p, err))
		return false;
	return out->failed ? err_memory(err, "the report") : true;
}

bool report_text(struct records *r, struct text *out, struct err *err)
{
	return write_page(r, false, out, err);
}

bool report_text_colour(struct records *r, struct text *out, struct err *err)
{
	return write_page(r, true, out, err);
}
