/* The summary for people: report.h. */
#include "reports/report.h"
#include "reports/summary.h"

#include <inttypes.h>
#include <stdio.h>

/* G.107 Annex B: below MOS 4.03 (R 80) some users are dissatisfied; such calls are worth a look. */
#define WORST_MOS     "4.03"
#define WORST_CALLS   "5"
#define WORST_STATUSES "8"

struct page {
	struct records *records;
	struct text *out;
	bool colour;
};

static void style_heading(struct page *p, const char *title)
{
	text_addf(p->out, "\n%s%s%s", p->colour ? "\033[1m" : "", title, p->colour ? "\033[0m" : "");
}

static void begin_warning(struct page *p)
{
	text_addf(p->out, "  %sWARNING%s ", p->colour ? "\033[31m" : "", p->colour ? "\033[0m" : "");
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

static void add_count(struct text *out, int64_t count, const char *one, const char *many)
{
	text_addf(out, "%" PRId64 " %s", count, count == 1 ? one : many);
}

static bool add_captures(struct page *p, const struct summary *s, struct err *err)
{
	text_addf(p->out, "\n  ");
	add_count(p->out, s->files, "file, ", "files, ");
	add_count(p->out, s->packets, "packet", "packets");
	if (s->first_us != RECORD_NULL && s->last_us != RECORD_NULL) {
		text_addf(p->out, ", ");
		rows_add_duration(p->out, s->last_us - s->first_us);
		text_addf(p->out, " from ");
		rows_add_time(p->out, s->first_us);
	}
	text_addf(p->out, "\n");
	if (!s->complete) {
		begin_warning(p);
		text_addf(p->out, "the run that wrote this did not come to its end\n");
	}
	if (s->truncated_packets) {
		begin_warning(p);
		add_count(p->out, s->truncated_packets, "packet was", "packets were");
		text_addf(p->out, " captured shorter than on the wire (snap length)\n");
	}
	if (s->skipped_packets) {
		begin_warning(p);
		add_count(p->out, s->skipped_packets, "packet or block", "packets or blocks");
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

static void add_figure(struct text *out, const char *name, double value, int decimals, const char *unit)
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
	add_count(p->out, s->messages, "SIP message", "SIP messages");
	text_addf(p->out, " (%" PRId64 " retransmitted), ", s->retransmissions);
	add_count(p->out, s->transactions, "transaction", "transactions");
	text_addf(p->out, " (%" PRId64 " timed out), ", s->timed_out);
	add_count(p->out, s->dialogs, "dialog\n", "dialogs\n");
}

static void add_distribution(struct text *out, const char *name, const struct distribution *d, double scale,
			     int decimals, const char *unit)
{
	if (!d->count)
		return;
	text_addf(out, "  %-14s %8" PRId64 " %9.*f %9.*f %9.*f%s%s\n", name, d->count, decimals, d->p50 * scale,
		  decimals, d->p95 * scale, decimals, d->worst * scale, *unit ? " " : "", unit);
}

static void add_streams(struct page *p, const struct summary *s)
{
	struct text *out = p->out;

	text_addf(out, "\n  %" PRId64 " (%" PRId64 " of no call, %" PRId64 " encrypted), ", s->streams, s->unbound,
		  s->encrypted);
	add_count(out, s->stream_packets, "packet", "packets");
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
	};
	const char *separator = "";

	text_addf(p->out, "\n  %" PRId64 " (", s->digits);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (!methods[i].count)
			continue;
		text_addf(p->out, "%s%" PRId64 " by %s", separator, methods[i].count, methods[i].method);
		separator = ", ";
	}
	text_addf(p->out, ")\n");
}

/* A party for a table cell: escaped, at most `width` columns. */
static void add_party(struct text *out, struct slice party, size_t width)
{
	size_t start = out->n;
	struct slice s = party.p ? party : SLICE_LIT("?");
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

static bool add_low_mos(struct page *p, struct err *err)
{
	struct query *q = rows_query(p->records,
				     "SELECT id, mos_min, caller, callee FROM calls WHERE mos_min < " WORST_MOS
				     " ORDER BY mos_min, id LIMIT " WORST_CALLS,
				     RECORD_NULL, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			style_heading(p, "Lowest MOS\n");
		text_addf(p->out, "  %4.2f  ", query_real(q, 1));
		add_party(p->out, query_text(q, 2), 20);
		text_addf(p->out, " -> ");
		add_party(p->out, query_text(q, 3), 20);
		text_addf(p->out, "  ");
		rows_add_show_command(p->out, p->records, query_int(q, 0));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

/* Grouped by final status; with min(id), SQLite takes the other columns from that row. */
static bool add_failures(struct page *p, struct err *err)
{
	struct query *q = rows_query(p->records,
				     "SELECT final_status, reason, count(*), min(id) FROM calls WHERE outcome NOT IN "
				     "('answered', 'incomplete', 'in_progress') GROUP BY final_status "
				     "ORDER BY 3 DESC, 1 LIMIT " WORST_STATUSES,
				     RECORD_NULL, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			style_heading(p, "Not answered\n");
		size_t start = p->out->n;
		text_addf(p->out, "  %5" PRId64 " x ", query_int(q, 2));
		if (query_is_null(q, 0))
			text_addf(p->out, "no final response");
		else
			text_addf(p->out, "%" PRId64 " ", query_int(q, 0));
		if (!query_is_null(q, 0))
			add_party(p->out, query_is_null(q, 1) ? SLICE_LIT("") : query_text(q, 1), 34);
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
	style_heading(p, "Calls");
	add_calls(p, &s);
	add_signalling(p, &s);
	style_heading(p, "RTP streams");
	add_streams(p, &s);
	if (s.digits) {
		style_heading(p, "Digits");
		add_digits(p, &s);
	}
	return add_low_mos(p, err) && add_failures(p, err);
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

static void add_call_line(struct query *q, struct text *out)
{
	char status[8] = "-", mos[8] = "-";

	if (!query_is_null(q, 5))
		snprintf(status, sizeof status, "%d", (int)query_int(q, 5) % 10000);
	if (!query_is_null(q, 7))
		snprintf(mos, sizeof mos, "%.2f", query_real(q, 7));
	text_addf(out, "%6" PRId64 "  ", query_int(q, 0));
	rows_add_time(out, query_int(q, 1));
	text_addf(out, "  ");
	add_party(out, query_text(q, 2), 18);
	text_addf(out, "  ");
	add_party(out, query_text(q, 3), 18);
	text_addf(out, "  ");
	add_party(out, query_text(q, 4), 12);
	text_addf(out, " %6s ", status);
	if (query_is_null(q, 6))
		text_addf(out, "%9s", "-");
	else
		text_addf(out, "%9.1f", query_real(q, 6) / 1000);
	text_addf(out, " %5s\n", mos);
}

bool report_calls(struct records *r, struct text *out, struct err *err)
{
	struct query *q = rows_query(r,
				     "SELECT id, coalesce(start_us, first_us), caller, callee, outcome, final_status, "
				     "talk_ms, mos_min FROM calls ORDER BY 2, 1",
				     RECORD_NULL, err);
	if (!q)
		return false;
	text_addf(out, "%6s  %-27s  %-18s  %-18s  %-12s %6s %9s %5s\n", "call", "start", "caller", "callee", "outcome",
		  "status", "talk s", "MOS");
	size_t lines = 0;
	for (; query_step(q, err) && !out->failed; lines++)
		add_call_line(q, out);
	if (!lines)
		text_addf(out, "no calls in these captures\n");
	return rows_end(q, out, err);
}
