/* The comparison for people: text, Markdown, HTML. */
#include "base/clock.h"
#include "reports/compare/taps_form.h"
#include "reports/compare/taps_words.h"
#include "reports/rows.h"

#include <inttypes.h>

#define WORST_STREAMS 15
#define MOST_KINDS    40
#define MOST_HEADERS  60
#define MOST_PATTERNS 5 /* of a field */

/* ---- calls ---- */

static void add_side(struct taps_form *f, const struct taps *t, enum tap_side side)
{
	const char *path = t->names[side];

	text_addf(&f->line, "%c: ", side == TAP_A ? 'A' : 'B');
	text_add(&f->line, slice_str(path ? path : "a capture"));
	text_addf(&f->line, ", %" PRIu32 " calls, %" PRIu32 " RTP streams",
	          t->side[side].call_count, t->side[side].stream_count);
	taps_form_paragraph(f, false);
}

static void add_alone(struct taps_form *f, const struct taps *t, enum tap_side side)
{
	char name = side == TAP_A ? 'A' : 'B';

	if (t->alone[side]) {
		text_addf(&f->line,
		          "%" PRId64 " calls were seen at %c only, while the other capture was "
		          "running",
		          t->alone[side], name);
		taps_form_paragraph(f, true);
	}
	if (t->outside[side]) {
		text_addf(&f->line, "%" PRId64 " calls began while only %c's capture was running",
		          t->outside[side], name);
		taps_form_paragraph(f, false);
	}
	if (t->ambiguous[side]) {
		text_addf(&f->line,
		          "%" PRId64 " calls of %c are alike to more than one call of the other: "
		          "they are left out, not guessed",
		          t->ambiguous[side], name);
		taps_form_paragraph(f, false);
	}
}

static void add_calls(struct taps_form *f, const struct taps *t)
{
	add_side(f, t, TAP_A);
	add_side(f, t, TAP_B);
	taps_form_heading(f, "Calls");
	text_addf(&f->line,
	          "%" PRId64 " calls are the same at both taps: %" PRId64
	          " by their Call-ID, %" PRId64 " by what else they have in common",
	          t->matched, t->same_call_id, t->matched - t->same_call_id);
	taps_form_paragraph(f, false);
	if (!t->rough.known && t->side[TAP_A].call_count && t->side[TAP_B].call_count) {
		text_addf(&f->line, "Nothing tells how far the clocks are apart before calls are "
		                    "matched: they were taken to be right within 2 s");
		taps_form_paragraph(f, false);
	}
	add_alone(f, t, TAP_A);
	add_alone(f, t, TAP_B);
}

/* ---- clock, streams ---- */

static void add_way(struct taps_form *f, enum tap_way way)
{
	text_addf(&f->line, "%s", taps_way_text(way));
	taps_form_cell(f);
}

static void add_loss(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = {
		"way",          ">streams",      ">packets at the first",
		">lost before", ">lost between", ">%",
		">bursts",      ">longest",      ">at the second only"
	};

	taps_form_table(f, titles, 9);
	for (int way = 0; way < 2; way++) {
		const struct taps_flow *flow = &t->flows[way];
		add_way(f, (enum tap_way)way);
		taps_form_int(f, flow->streams);
		taps_form_int(f, flow->first);
		taps_form_int(f, flow->lost_before);
		taps_form_int(f, flow->lost_between);
		taps_form_real(f, 100 * taps_flow_loss(flow), 3);
		taps_form_int(f, flow->bursts);
		taps_form_int(f, flow->longest_burst);
		taps_form_int(f, flow->only_second);
	}
	taps_form_end_table(f);
}

static void add_transit(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = { "way",       ">packets timed",
		                              ">least ms", ">p50",
		                              ">p95",      ">most",
		                              ">p95 - p5", ">jitter (RFC 3550)" };

	taps_form_table(f, titles, 8);
	for (int way = 0; way < 2; way++) {
		const struct taps_transit *x = &t->flows[way].transit;
		add_way(f, (enum tap_way)way);
		taps_form_int(f, x->count);
		taps_form_real(f, x->least_ms, 3);
		taps_form_real(f, x->median_ms, 3);
		taps_form_real(f, x->p95_ms, 3);
		taps_form_real(f, x->most_ms, 3);
		taps_form_real(f, x->spread_ms, 3);
		taps_form_real(f, x->jitter_ms, 3);
	}
	taps_form_end_table(f);
}

static void add_only_here(struct taps_form *f, const struct taps *t)
{
	for (int side = 0; side < TAP_SIDES; side++) {
		if (!t->streams_alone[side])
			continue;
		text_addf(&f->line,
		          "%" PRId64 " streams were seen at %c only, while the other "
		          "capture was running",
		          t->streams_alone[side], side == TAP_A ? 'A' : 'B');
		taps_form_paragraph(f, true);
	}
	int64_t outside = t->flows[0].outside + t->flows[1].outside;
	int64_t missed = t->flows[0].only_second + t->flows[1].only_second;
	if (outside) {
		text_addf(&f->line,
		          "%" PRId64 " packets came while only one of the captures was "
		          "running: they are not counted",
		          outside);
		taps_form_paragraph(f, false);
	}
	if (missed) {
		text_addf(&f->line,
		          "%" PRId64 " packets were seen at the second tap and not at the "
		          "first: the first capture missed them",
		          missed);
		taps_form_paragraph(f, false);
	}
}

static void add_streams(struct taps_form *f, const struct taps *t)
{
	taps_form_heading(f, "RTP between the taps");
	text_addf(&f->line, "%zu streams are the same at both taps", t->pair_count);
	taps_form_paragraph(f, false);
	add_only_here(f, t);
	taps_add_missing_marks(&f->line, t);
	if (f->line.n)
		taps_form_paragraph(f, false);
	if (!t->pair_count)
		return;
	add_loss(f, t);
	if (t->flows[0].transit.count + t->flows[1].transit.count) {
		taps_form_heading(f, "What the way takes");
		add_transit(f, t);
	}
}

static void add_worst(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = { ">call",    "from -> to", "way",      "stream",
		                              ">packets", ">lost",      ">%",       ">longest",
		                              ">p50 ms",  ">jitter",    "worst 5 s" };
	const struct taps_pair *worst[WORST_STREAMS];
	size_t n = taps_worst(t, worst, WORST_STREAMS);

	if (!n)
		return;
	taps_form_heading(f, "Streams that lost most between the taps (calls as A numbers them)");
	taps_form_table(f, titles, 11);
	for (size_t i = 0; i < n; i++) {
		const struct taps_pair *p = worst[i];
		const struct tap_stream *s = &t->side[TAP_A].streams[p->a];
		taps_form_int(f, s->call == TAPS_NONE ? RECORD_NULL
		                                      : t->side[TAP_A].calls[s->call].id);
		if (s->call != TAPS_NONE)
			taps_add_parties(&f->line, t, s->call);
		taps_form_cell(f);
		add_way(f, p->way);
		taps_add_endpoints(&f->line, s);
		taps_form_cell(f);
		taps_form_int(f, p->first);
		taps_form_int(f, p->lost_between);
		taps_form_real(f, 100 * taps_pair_loss(p), 2);
		taps_form_int(f, p->longest_burst);
		taps_form_real(f, p->transit.count ? p->transit.median_ms : NAN, 3);
		taps_form_real(f, p->transit.count ? p->transit.jitter_ms : NAN, 3);
		if (p->worst_lost) {
			text_addf(&f->line, "%" PRId64 " of %" PRId64 " at ", p->worst_lost,
			          p->worst_packets);
			rows_add_time(&f->line, p->worst_us);
		}
		taps_form_cell(f);
	}
	taps_form_end_table(f);
}

static void add_over_time(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = { "from (A's clock)", ">A -> B", ">lost", ">%",
		                              ">B -> A",          ">lost",   ">%" };

	if (!(t->bin_us > 0) || t->flows[0].lost_between + t->flows[1].lost_between == 0)
		return;
	taps_form_heading(f, "Loss between the taps over time");
	taps_form_table(f, titles, 7);
	for (int i = 0; i < TAPS_BINS; i++) {
		const struct taps_bin *x = &t->flows[0].bins[i], *y = &t->flows[1].bins[i];
		if (!x->packets && !y->packets)
			continue;
		rows_add_time(&f->line, t->bins_from_us + (int64_t)(t->bin_us * i));
		taps_form_cell(f);
		taps_form_int(f, x->packets);
		taps_form_int(f, x->lost);
		taps_form_real(f, x->packets ? 100.0 * (double)x->lost / (double)x->packets : NAN,
		               2);
		taps_form_int(f, y->packets);
		taps_form_int(f, y->lost);
		taps_form_real(f, y->packets ? 100.0 * (double)y->lost / (double)y->packets : NAN,
		               2);
	}
	taps_form_end_table(f);
}

/* ---- messages ---- */

static void add_messages(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = { "message",
		                              "way",
		                              ">at both",
		                              ">vanished",
		                              ">made between",
		                              ">again at the first",
		                              ">again at the second",
		                              ">p50 ms",
		                              ">p95",
		                              "for instance" };

	taps_form_heading(f, "Messages between the taps");
	text_addf(&f->line, "Vanished: seen at the first tap of the way only. Made between: at the "
	                    "second only. Those with * go from hop to hop (100, challenges, ACK, "
	                    "CANCEL): that they are not passed on means nothing.");
	taps_form_paragraph(f, false);
	taps_form_table(f, titles, 10);
	for (unsigned i = 0; i < t->kind_count && i < MOST_KINDS; i++) {
		const struct taps_kind *k = &t->kinds[i];
		int64_t example = k->only_first ? k->example_first : k->example_second;
		taps_add_kind(&f->line, k);
		text_addf(&f->line, k->hop ? " *" : "");
		taps_form_cell(f);
		add_way(f, k->way);
		taps_form_int(f, k->both);
		taps_form_int(f, k->only_first);
		taps_form_int(f, k->only_second);
		taps_form_int(f, k->again_first);
		taps_form_int(f, k->again_second);
		taps_form_real(f, taps_values_quantile(&k->transit_ms, 0.5), 3);
		taps_form_real(f, taps_values_quantile(&k->transit_ms, 0.95), 3);
		if (example != RECORD_NULL)
			text_addf(&f->line, "call %" PRId64, example);
		taps_form_cell(f);
	}
	taps_form_end_table(f);
	for (int side = 0; side < TAP_SIDES; side++) {
		if (!t->side[side].more_messages)
			continue;
		text_addf(&f->line, "%c has more messages than are compared",
		          side == TAP_A ? 'A' : 'B');
		taps_form_paragraph(f, false);
	}
}

/* ---- rewritten ---- */

/* A field that is another in each call, or nearly: the patterns say nothing. */
static bool has_patterns(const struct taps_field *x)
{
	return x->different && (x->different <= MOST_PATTERNS || 4 * x->different <= x->changed);
}

static void add_value(struct taps_form *f, struct slice value)
{
	text_add(&f->line, value.p ? value.n ? value : SLICE_LIT("(empty)") : SLICE_LIT("(none)"));
	taps_form_cell(f);
}

static void add_counts(struct taps_form *f, int64_t calls, int64_t of)
{
	text_addf(&f->line, "%" PRId64 " of %" PRId64, calls, of);
	taps_form_cell(f);
}

static void add_patterns(struct taps_form *f, const struct taps *t, const struct taps_field *x)
{
	unsigned shown = 0;

	for (size_t i = 0; i < t->rewrite_count && shown < MOST_PATTERNS; i++) {
		const struct taps_rewrite *r = &t->rewrites[i];
		if (strcmp(r->field, x->field) != 0)
			continue;
		shown++;
		text_addf(&f->line, "%s", x->field);
		taps_form_cell(f);
		add_value(f, r->from);
		add_value(f, r->to);
		add_counts(f, r->calls, x->compared);
		taps_form_int(f, r->example);
	}
}

static bool anything_changed(const struct taps *t)
{
	for (unsigned i = 0; i < t->field_count; i++)
		if (t->fields[i].changed)
			return true;
	return false;
}

static void add_rewrites(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = { "what", "at A", "at B", "calls", ">for instance" };

	taps_form_heading(f, "Rewritten between the taps");
	if (!anything_changed(t)) {
		text_addf(&f->line, "Nothing that the records know of");
		taps_form_paragraph(f, false);
		return;
	}
	taps_form_table(f, titles, 5);
	for (unsigned i = 0; i < t->field_count; i++) {
		const struct taps_field *x = &t->fields[i];
		if (!x->changed)
			continue;
		if (has_patterns(x)) {
			add_patterns(f, t, x);
			continue;
		}
		text_addf(&f->line, "%s", x->field);
		taps_form_cell(f);
		text_addf(&f->line, x->different ? "%" PRId64 " different ones" : "another",
		          x->different);
		taps_form_cell(f);
		taps_form_cell(f);
		add_counts(f, x->changed, x->compared);
		taps_form_cell(f);
	}
	taps_form_end_table(f);
	if (t->rewrites_beyond) {
		text_addf(&f->line, "%" PRId64 " further ones are not told apart",
		          t->rewrites_beyond);
		taps_form_paragraph(f, false);
	}
}

static void add_header_rows(struct taps_form *f, const struct taps *t)
{
	static const char *const titles[] = { "header", "message",  ">in so many",
		                              ">added", ">removed", ">changed",
		                              ">alike", "at A",     "at B" };
	size_t shown = 0;

	taps_form_table(f, titles, 9);
	for (size_t i = 0; i < t->header_count && shown < MOST_HEADERS; i++) {
		const struct taps_header *h = &t->headers[i];
		if (h->added + h->removed + h->changed == 0)
			continue;
		shown++;
		text_add(&f->line, h->name);
		taps_form_cell(f);
		text_add(&f->line, h->kind);
		taps_form_cell(f);
		taps_form_int(f, h->compared);
		taps_form_int(f, h->added);
		taps_form_int(f, h->removed);
		taps_form_int(f, h->changed);
		taps_form_int(f, h->changed ? h->alike : RECORD_NULL);
		text_add(&f->line, h->from);
		taps_form_cell(f);
		text_add(&f->line, h->to);
		taps_form_cell(f);
	}
	taps_form_end_table(f);
}

static bool headers_differ(const struct taps *t)
{
	for (size_t i = 0; i < t->header_count; i++)
		if (t->headers[i].added + t->headers[i].removed + t->headers[i].changed)
			return true;
	return false;
}

static void add_headers(struct taps_form *f, const struct taps *t)
{
	taps_form_heading(f, "Headers");
	if (t->text_absent.p) {
		text_addf(&f->line, "Headers are compared as far as the records know them: ");
		text_add(&f->line, t->text_absent);
		taps_form_paragraph(f, false);
		return;
	}
	text_addf(&f->line,
	          "%" PRId64 " messages of %" PRId64 " calls were compared header by "
	          "header, A's with B's",
	          t->text_messages, t->text_calls);
	taps_form_paragraph(f, false);
	if (t->reordered) {
		text_addf(&f->line, "In %" PRId64 " of them headers stand in another order",
		          t->reordered);
		taps_form_paragraph(f, false);
	}
	if (headers_differ(t)) {
		add_header_rows(f, t);
	} else {
		text_addf(&f->line, "No header differs");
		taps_form_paragraph(f, false);
	}
}

static bool write_report(const struct taps *t, enum taps_form_kind kind, bool colour,
                         struct text *out, struct err *err)
{
	struct taps_form f;

	taps_form_begin(&f, kind, colour, "Two taps of the same calls", out);
	add_calls(&f, t);
	taps_form_heading(&f, "Clocks");
	taps_add_clock(&f.line, t);
	taps_form_paragraph(&f, t->clock.contradictory);
	add_streams(&f, t);
	add_worst(&f, t);
	add_over_time(&f, t);
	if (t->matched) {
		add_messages(&f, t);
		add_rewrites(&f, t);
		add_headers(&f, t);
	}
	return taps_form_end(&f, err);
}

bool taps_text(const struct taps *t, bool colour, struct text *out, struct err *err)
{
	return write_report(t, TAPS_TEXT, colour, out, err);
}

bool taps_markdown(const struct taps *t, struct text *out, struct err *err)
{
	return write_report(t, TAPS_MARKDOWN, false, out, err);
}

bool taps_html(const struct taps *t, struct text *out, struct err *err)
{
	return write_report(t, TAPS_HTML, false, out, err);
}
