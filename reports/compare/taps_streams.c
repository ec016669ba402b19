/* Which streams are the same: in a matched call by SSRC and payload type, by sequence numbers where the SSRC was rewritten, by what is left
 * otherwise; outside of matched calls by an SSRC that no other stream has. */
#include "reports/compare/taps_internal.h"

#include "base/mem.h"

#include <stdlib.h>

#define APART_MOST_US INT64_C(60000000)

static bool add_pair(struct taps *t, uint32_t a, uint32_t b, uint32_t call)
{
	struct tap_stream *x = &t->side[TAP_A].streams[a], *y = &t->side[TAP_B].streams[b];

	if (!TAPS_ROOM(t->pairs, t->pair_room, t->pair_count))
		return false;
	x->partner = b;
	y->partner = a;
	t->pairs[t->pair_count++] = (struct taps_pair){
		.a = a,
		.b = b,
		.way = WAY_UNKNOWN,
		.call = x->from_callee < 2 || y->from_callee < 2 ? call : TAPS_NONE,
		.from_callee = (x->from_callee < 2 ? x->from_callee : y->from_callee) == 1,
		.difference_us = NAN,
	};
	return true;
}

/* ---- in a matched call ---- */

/* How alike two streams are that may be the same; 0: they are not. */
typedef int likeness(const struct taps *t, const struct tap_stream *x, const struct tap_stream *y);

static bool same_direction(const struct tap_stream *x, const struct tap_stream *y)
{
	return x->from_callee == y->from_callee || x->from_callee > 1 || y->from_callee > 1;
}

static bool at_once(const struct taps *t, const struct tap_stream *x, const struct tap_stream *y)
{
	int64_t slack = APART_MOST_US + t->rough.slack_us;

	return x->first_us + t->rough.us < y->last_us + slack &&
	       y->first_us < x->last_us + t->rough.us + slack;
}

/* By far the best: the very same addresses, then the same direction. A tap that sees both sides of a relay has the SSRC twice. */
static int by_ssrc(const struct taps *t, const struct tap_stream *x, const struct tap_stream *y)
{
	bool same_source = x->src_port == y->src_port && slice_eq(x->src_addr, y->src_addr),
	     same_target = x->dst_port == y->dst_port && slice_eq(x->dst_addr, y->dst_addr);

	if (x->ssrc != y->ssrc || x->payload_type != y->payload_type || !at_once(t, x, y))
		return 0;
	return 1 + same_direction(x, y) + 2 * same_source + 2 * same_target;
}

#define NEAR_NUMBER 16

static int by_numbers(const struct taps *t, const struct tap_stream *x, const struct tap_stream *y)
{
	if (x->first_number == RECORD_NULL || y->first_number == RECORD_NULL ||
	    !same_direction(x, y) || !at_once(t, x, y))
		return 0;
	int apart = abs((int16_t)(uint16_t)((uint64_t)x->first_number - (uint64_t)y->first_number));
	return apart <= NEAR_NUMBER ? 1 + NEAR_NUMBER - apart : 0;
}

/* What is left: the same direction and codec, most of the time at the same time. */
static int by_position(const struct taps *t, const struct tap_stream *x, const struct tap_stream *y)
{
	if (!same_direction(x, y) || !slice_ieq(x->codec, y->codec))
		return 0;
	int64_t from = x->first_us + t->rough.us, to = x->last_us + t->rough.us;
	int64_t both =
	        (to < y->last_us ? to : y->last_us) - (from > y->first_us ? from : y->first_us);
	int64_t shorter =
	        to - from < y->last_us - y->first_us ? to - from : y->last_us - y->first_us;
	both += t->rough.slack_us;
	return both > 0 && shorter >= 0
	               ? 1 + (int)(100 * (both < shorter ? both : shorter) / (shorter + 1))
	               : 0;
}

/* The best of what is free on both sides, again and again: calls have few streams. */
static bool pair_call(struct taps *t, uint32_t call, likeness *alike)
{
	struct tap *a = &t->side[TAP_A], *b = &t->side[TAP_B];
	const struct tap_call *x = &a->calls[call], *y = &b->calls[x->partner];

	for (;;) {
		int best = 0;
		uint32_t best_a = 0, best_b = 0;
		for (uint32_t i = x->stream; i < x->stream + x->streams; i++) {
			for (uint32_t j = y->stream; j < y->stream + y->streams; j++) {
				int like = a->streams[i].partner == TAPS_NONE &&
				                           b->streams[j].partner == TAPS_NONE
				                   ? alike(t, &a->streams[i], &b->streams[j])
				                   : 0;
				if (like > best) {
					best = like;
					best_a = i;
					best_b = j;
				}
			}
		}
		if (!best)
			return true;
		if (!add_pair(t, best_a, best_b, call))
			return false;
	}
}

#define MOST_STREAMS 64 /* of a call; those of longer ones are matched by SSRC alone */

static bool pair_calls(struct taps *t)
{
	const struct tap *a = &t->side[TAP_A], *b = &t->side[TAP_B];

	for (uint32_t i = 0; i < a->call_count; i++) {
		const struct tap_call *x = &a->calls[i];
		if (x->partner == TAPS_NONE || x->streams > MOST_STREAMS ||
		    b->calls[x->partner].streams > MOST_STREAMS)
			continue;
		if (!pair_call(t, i, by_ssrc) || !pair_call(t, i, by_numbers) ||
		    !pair_call(t, i, by_position))
			return false;
	}
	return true;
}

/* ---- all others ---- */

struct loose {
	uint64_t key;
	uint32_t stream;
};

static int by_key(const void *a, const void *b)
{
	const struct loose *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->stream < y->stream ? -1 : x->stream > y->stream;
}

static struct loose *loose_streams(const struct tap *t, uint32_t *count)
{
	struct loose *out = mem_alloc(((size_t)t->stream_count + 1) * sizeof *out);

	*count = 0;
	for (uint32_t i = 0; out && i < t->stream_count; i++) {
		const struct tap_stream *s = &t->streams[i];
		if (s->partner == TAPS_NONE)
			out[(*count)++] = (struct loose){
				(uint64_t)s->ssrc << 8 | (uint64_t)(s->payload_type & 0xff), i
			};
	}
	if (out && *count)
		qsort(out, *count, sizeof *out, by_key);
	return out;
}

static uint32_t run_of(const struct loose *v, uint32_t from, uint32_t count)
{
	uint32_t to = from;

	while (to < count && v[to].key == v[from].key)
		to++;
	return to - from;
}

static bool pair_loose(struct taps *t, const struct loose *a, uint32_t count_a,
                       const struct loose *b, uint32_t count_b)
{
	for (uint32_t i = 0, j = 0; i < count_a && j < count_b;) {
		if (a[i].key != b[j].key) {
			*(a[i].key < b[j].key ? &i : &j) += 1;
			continue;
		}
		uint32_t run_a = run_of(a, i, count_a), run_b = run_of(b, j, count_b);
		if (run_a == 1 && run_b == 1 &&
		    at_once(t, &t->side[TAP_A].streams[a[i].stream],
		            &t->side[TAP_B].streams[b[j].stream]) &&
		    !add_pair(t, a[i].stream, b[j].stream, TAPS_NONE))
			return false;
		i += run_a;
		j += run_b;
	}
	return true;
}

bool taps_match_streams(struct taps *t, struct err *err)
{
	uint32_t count_a = 0, count_b = 0;
	struct loose *a = NULL, *b = NULL;
	bool ok = pair_calls(t);

	if (ok) {
		a = loose_streams(&t->side[TAP_A], &count_a);
		b = loose_streams(&t->side[TAP_B], &count_b);
		ok = a && b && pair_loose(t, a, count_a, b, count_b);
	}
	mem_free(a);
	mem_free(b);
	return ok || err_memory(err, "the streams of two captures");
}
