/* The comparison for machines: one object, "schema": "milliwatt-taps/1". docs/taps.md */
#include "reports/compare/taps_words.h"
#include "reports/rows.h"

#include <inttypes.h>

#define MOST_STREAMS 100000 /* of `streams`; those that lost most are in `worst` */

static void add_string(struct text *out, const char *name, struct slice s)
{
	text_addf(out, "\"%s\": ", name);
	if (!s.p) {
		text_addf(out, "null");
		return;
	}
	text_addf(out, "\"");
	text_add_json(out, s);
	text_addf(out, "\"");
}

static void add_ints(struct text *out, const char *const *names, const int64_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_addf(out, i ? ", " : "");
		rows_json_int(out, names[i], values[i]);
	}
}

static void add_side(struct text *out, const struct taps *t, enum tap_side side)
{
	static const char *const names[] = { "calls",          "calls_alone", "calls_outside",
		                             "ambiguous",      "streams",     "streams_alone",
		                             "streams_outside" };
	const struct tap *tap = &t->side[side];
	const int64_t values[] = { tap->call_count,         t->alone[side],
		                   t->outside[side],        t->ambiguous[side],
		                   tap->stream_count,       t->streams_alone[side],
		                   t->streams_outside[side] };

	text_addf(out, "\t\"%s\": {", side == TAP_A ? "a" : "b");
	add_string(out, "name", slice_str(t->names[side]));
	text_addf(out, ", ");
	add_ints(out, names, values, 7);
	text_addf(out, ", \"marks\": %s},\n", tap->marks ? "true" : "false");
}

static void add_clock(struct text *out, const struct taps_clock *c)
{
	text_addf(out,
	          "\t\"clock\": {\"known\": %s, \"both_ways\": %s, \"source\": \"%s\", "
	          "\"contradictory\": %s, ",
	          c->known ? "true" : "false", c->both_ways ? "true" : "false",
	          c->by_rtp ? "rtp" : "sip", c->contradictory ? "true" : "false");
	rows_json_int(out, "at_us", c->known ? (int64_t)c->at_us : RECORD_NULL);
	text_addf(out, ", ");
	rows_json_real(out, "offset_ms", c->known ? c->offset_us / 1e3 : NAN);
	text_addf(out, ", ");
	rows_json_real(out, "uncertainty_ms", c->known ? c->uncertainty_us / 1e3 : NAN);
	text_addf(out, ", ");
	rows_json_real(out, "drift_ppm", c->known ? c->drift_ppm : NAN);
	text_addf(out, ", ");
	rows_json_real(out, "drift_uncertainty_ppm", c->known ? c->drift_uncertainty_ppm : NAN);
	text_addf(out, "},\n");
}

static void add_transit(struct text *out, const struct taps_transit *x)
{
	text_addf(out, "\"transit\": ");
	if (!x->count) {
		text_addf(out, "null");
		return;
	}
	text_addf(out, "{\"packets\": %" PRId64 ", ", x->count);
	rows_json_real(out, "least_ms", x->least_ms);
	text_addf(out, ", ");
	rows_json_real(out, "p50_ms", x->median_ms);
	text_addf(out, ", ");
	rows_json_real(out, "p95_ms", x->p95_ms);
	text_addf(out, ", ");
	rows_json_real(out, "most_ms", x->most_ms);
	text_addf(out, ", ");
	rows_json_real(out, "p95_less_p5_ms", x->spread_ms);
	text_addf(out, ", ");
	rows_json_real(out, "jitter_ms", x->jitter_ms);
	text_addf(out, "}");
}

static void add_flow(struct text *out, const struct taps *t, enum tap_way way)
{
	static const char *const names[] = { "streams",     "packets",      "packets_second",
		                             "lost_before", "lost_between", "only_second",
		                             "outside",     "bursts",       "longest_burst" };
	const struct taps_flow *f = &t->flows[way];
	const int64_t values[] = { f->streams,     f->first,        f->second,
		                   f->lost_before, f->lost_between, f->only_second,
		                   f->outside,     f->bursts,       f->longest_burst };

	text_addf(out, "\t\"%s\": {", way == WAY_A_TO_B ? "a_to_b" : "b_to_a");
	add_ints(out, names, values, 9);
	text_addf(out, ", ");
	rows_json_real(out, "loss_ratio", taps_flow_loss(f));
	text_addf(out, ", ");
	add_transit(out, &f->transit);
	text_addf(out, ",\n\t\t\"over_time\": [");
	const char *comma = "";
	for (int i = 0; i < TAPS_BINS; i++) {
		if (!f->bins[i].packets)
			continue;
		text_addf(out,
		          "%s{\"start_us\": %" PRId64 ", \"packets\": %" PRId64
		          ", \"lost\": %" PRId64 "}",
		          comma, t->bins_from_us + (int64_t)(t->bin_us * i), f->bins[i].packets,
		          f->bins[i].lost);
		comma = ", ";
	}
	text_addf(out, "]},\n");
}

static void add_stream(struct text *out, const struct taps *t, const struct taps_pair *p)
{
	static const char *const names[] = { "a",
		                             "b",
		                             "call",
		                             "ssrc_a",
		                             "ssrc_b",
		                             "packets",
		                             "packets_second",
		                             "lost_before",
		                             "lost_between",
		                             "only_second",
		                             "outside",
		                             "bursts",
		                             "longest_burst" };
	const struct tap_stream *x = &t->side[TAP_A].streams[p->a],
	                        *y = &t->side[TAP_B].streams[p->b];
	const int64_t values[] = { x->id,
		                   y->id,
		                   x->call == TAPS_NONE ? RECORD_NULL
		                                        : t->side[TAP_A].calls[x->call].id,
		                   x->ssrc,
		                   y->ssrc,
		                   p->first,
		                   p->second,
		                   p->lost_before,
		                   p->lost_between,
		                   p->only_second,
		                   p->outside,
		                   p->bursts,
		                   p->longest_burst };

	text_addf(out, "{\"way\": \"%s\", ", p->way == WAY_A_TO_B ? "a_to_b" : "b_to_a");
	add_ints(out, names, values, 13);
	text_addf(out, ", \"counted\": \"%s\", \"renumbered\": %s, ",
	          p->by_marks && !p->partial ? "by_packet" : "by_number",
	          p->renumbered ? "true" : "false");
	add_transit(out, &p->transit);
	text_addf(out, "}");
}

static void add_streams(struct text *out, const struct taps *t)
{
	text_addf(out, "\t\"streams\": [");
	for (size_t i = 0; i < t->pair_count && i < MOST_STREAMS; i++) {
		text_addf(out, i ? ",\n\t\t" : "\n\t\t");
		add_stream(out, t, &t->pairs[i]);
	}
	text_addf(out, "],\n");
}

static void add_calls(struct text *out, const struct taps *t)
{
	const char *comma = "";

	text_addf(out, "\t\"matched\": %" PRId64 ", \"same_call_id\": %" PRId64 ",\n\t\"calls\": [",
	          t->matched, t->same_call_id);
	for (uint32_t i = 0; i < t->side[TAP_A].call_count; i++) {
		const struct tap_call *x = &t->side[TAP_A].calls[i];
		if (x->partner == TAPS_NONE)
			continue;
		text_addf(out, "%s[%" PRId64 ", %" PRId64 "]", comma, x->id,
		          t->side[TAP_B].calls[x->partner].id);
		comma = ", ";
	}
	text_addf(out, "],\n");
}

static void add_messages(struct text *out, const struct taps *t)
{
	static const char *const names[] = { "both",          "only_first",   "only_second",
		                             "again_first",   "again_second", "example_first",
		                             "example_second" };

	text_addf(out, "\t\"messages\": [");
	for (unsigned i = 0; i < t->kind_count; i++) {
		const struct taps_kind *k = &t->kinds[i];
		const int64_t values[] = { k->both,          k->only_first,   k->only_second,
			                   k->again_first,   k->again_second, k->example_first,
			                   k->example_second };
		text_addf(out, "%s{", i ? ",\n\t\t" : "\n\t\t");
		add_string(out, "method", k->method);
		text_addf(out, ", ");
		rows_json_int(out, "status", k->status);
		text_addf(out, ", \"way\": \"%s\", \"hop_by_hop\": %s, ",
		          k->way == WAY_A_TO_B ? "a_to_b" : "b_to_a", k->hop ? "true" : "false");
		add_ints(out, names, values, 7);
		text_addf(out, ", ");
		rows_json_real(out, "transit_p50_ms", taps_values_quantile(&k->transit_ms, 0.5));
		text_addf(out, ", ");
		rows_json_real(out, "transit_p95_ms", taps_values_quantile(&k->transit_ms, 0.95));
		text_addf(out, "}");
	}
	text_addf(out, "],\n");
}

static void add_rewrites(struct text *out, const struct taps *t)
{
	text_addf(out, "\t\"fields\": [");
	for (unsigned i = 0; i < t->field_count; i++) {
		const struct taps_field *x = &t->fields[i];
		text_addf(out,
		          "%s{\"field\": \"%s\", \"compared\": %" PRId64 ", \"changed\": %" PRId64
		          ", \"different\": %" PRId64 "}",
		          i ? ", " : "", x->field, x->compared, x->changed, x->different);
	}
	text_addf(out, "],\n\t\"rewrites\": [");
	for (size_t i = 0; i < t->rewrite_count; i++) {
		const struct taps_rewrite *r = &t->rewrites[i];
		text_addf(out, "%s{\"field\": \"%s\", ", i ? ",\n\t\t" : "\n\t\t", r->field);
		add_string(out, "from", r->from);
		text_addf(out, ", ");
		add_string(out, "to", r->to);
		text_addf(out, ", \"calls\": %" PRId64 ", \"example\": %" PRId64 "}", r->calls,
		          r->example);
	}
	text_addf(out, "],\n");
}

static void add_headers(struct text *out, const struct taps *t)
{
	static const char *const names[] = { "compared", "added", "removed",
		                             "changed",  "alike", "example" };

	text_addf(out,
	          "\t\"texts\": {\"calls\": %" PRId64 ", \"messages\": %" PRId64
	          ", \"reordered\": %" PRId64 ", ",
	          t->text_calls, t->text_messages, t->reordered);
	add_string(out, "absent", t->text_absent);
	text_addf(out, "},\n\t\"headers\": [");
	for (size_t i = 0; i < t->header_count; i++) {
		const struct taps_header *h = &t->headers[i];
		const int64_t values[] = { h->compared, h->added, h->removed,
			                   h->changed,  h->alike, h->example };
		text_addf(out, "%s{", i ? ",\n\t\t" : "\n\t\t");
		add_string(out, "message", h->kind);
		text_addf(out, ", ");
		add_string(out, "header", h->name);
		text_addf(out, ", ");
		add_ints(out, names, values, 6);
		text_addf(out, ", ");
		add_string(out, "from", h->from);
		text_addf(out, ", ");
		add_string(out, "to", h->to);
		text_addf(out, "}");
	}
	text_addf(out, "]\n");
}

bool taps_json(const struct taps *t, struct text *out, struct err *err)
{
	text_addf(out, "{\n\t\"schema\": \"milliwatt-taps/1\",\n");
	add_side(out, t, TAP_A);
	add_side(out, t, TAP_B);
	add_calls(out, t);
	add_clock(out, &t->clock);
	add_flow(out, t, WAY_A_TO_B);
	add_flow(out, t, WAY_B_TO_A);
	add_streams(out, t);
	add_messages(out, t);
	add_rewrites(out, t);
	add_headers(out, t);
	text_addf(out, "}\n");
	return !out->failed || err_memory(err, "the report");
}
