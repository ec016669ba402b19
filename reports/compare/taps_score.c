#include "reports/compare/taps_internal.h"

#include <stdlib.h>

#define MOST_LEGS    8
#define MOST_STREAMS 8

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool same(struct slice a, struct slice b)
{
	return a.n && slice_eq(a, b);
}

/* ---- what a B2BUA makes anew, or leaves ---- */

static int score_legs(const struct tap *a, const struct tap *b, const struct tap_call *x,
                      const struct tap_call *y)
{
	bool call_id = false, from_tag = false, to_tag = false;

	for (uint32_t i = 0; i < lesser(x->legs, MOST_LEGS); i++) {
		for (uint32_t j = 0; j < lesser(y->legs, MOST_LEGS); j++) {
			const struct tap_leg *p = &a->legs[x->leg + i], *q = &b->legs[y->leg + j];
			call_id = call_id || same(p->sip_call_id, q->sip_call_id);
			from_tag = from_tag || same(p->from_tag, q->from_tag);
			to_tag = to_tag || same(p->to_tag, q->to_tag);
		}
	}
	return 100 * call_id + 30 * from_tag + 20 * to_tag;
}

static int score_edges(const struct tap *a, const struct tap *b, const struct tap_call *x,
                       const struct tap_call *y)
{
	for (uint32_t i = 0; i < lesser(x->edges, MOST_LEGS); i++)
		for (uint32_t j = 0; j < lesser(y->edges, MOST_LEGS); j++)
			if (same(a->edges[x->edge + i].value, b->edges[y->edge + j].value))
				return 60;
	return 0;
}

/* ---- streams ---- */

static bool near_number(int64_t a, int64_t b, int most)
{
	return abs((int16_t)(uint16_t)((uint64_t)a - (uint64_t)b)) <= most;
}

#define FIRST_NEAR 8
#define LAST_NEAR  64

/* The same numbers from beginning to end: one chance in 65,536 for two others, times that they are as long. */
static bool same_numbers(const struct tap_stream *p, const struct tap_stream *q)
{
	return p->first_number != RECORD_NULL && q->first_number != RECORD_NULL &&
	       p->from_callee == q->from_callee &&
	       near_number(p->first_number, q->first_number, FIRST_NEAR) &&
	       near_number(p->last_number, q->last_number, LAST_NEAR);
}

static int score_streams(const struct tap *a, const struct tap *b, const struct tap_call *x,
                         const struct tap_call *y)
{
	int ssrcs = 0, numbers = 0;
	bool endpoint = false;

	for (uint32_t i = 0; i < lesser(x->streams, MOST_STREAMS); i++) {
		for (uint32_t j = 0; j < lesser(y->streams, MOST_STREAMS); j++) {
			const struct tap_stream *p = &a->streams[x->stream + i],
			                        *q = &b->streams[y->stream + j];
			bool ssrc =
			        p->ssrc == q->ssrc && p->ssrc && p->payload_type == q->payload_type;
			ssrcs += ssrc;
			numbers += same_numbers(p, q);
			endpoint = endpoint ||
			           (p->dst_port == q->dst_port && same(p->dst_addr, q->dst_addr));
		}
	}
	return (ssrcs > 0) * 50 + (ssrcs > 1) * 20 + (numbers > 0) * 25 + (numbers > 1) * 25 +
	       endpoint * 10;
}

/* ---- people and times ---- */

static int score_numbers(const struct tap_call *x, const struct tap_call *y)
{
	static const int callee[] = { -10, 8, 15 }, caller[] = { -5, 5, 10 };
	int score = 0;

	if (x->callee.n && y->callee.n)
		score += callee[taps_numbers_alike(x->callee, y->callee)];
	if (x->caller.n && y->caller.n)
		score += caller[taps_numbers_alike(x->caller, y->caller)];
	return score;
}

/* What people did took as long at both taps, whatever the clocks say. */
static int score_span(int64_t from_x, int64_t to_x, int64_t from_y, int64_t to_y)
{
	if (from_x == RECORD_NULL || to_x == RECORD_NULL || from_y == RECORD_NULL ||
	    to_y == RECORD_NULL)
		return 0;
	int64_t difference = llabs((to_x - from_x) - (to_y - from_y));
	return difference <= 50000 ? 4 : difference <= 500000 ? 0 : -10;
}

static int score_course(const struct tap_call *x, const struct tap_call *y)
{
	return score_span(x->start_us, x->ring_us, y->start_us, y->ring_us) +
	       score_span(x->start_us, x->answer_us, y->start_us, y->answer_us) +
	       score_span(x->answer_us, x->end_us, y->answer_us, y->end_us) +
	       (slice_eq(x->outcome, y->outcome) ? 4 : -6);
}

static int score_time(const struct tap_call *x, const struct tap_call *y,
                      const struct taps_rough *rough)
{
	int64_t off = llabs(y->start_us - x->start_us - rough->us) - rough->slack_us;

	if (off <= 50000)
		return 20;
	if (off <= 250000)
		return 15;
	if (off <= 1000000)
		return 8;
	return off <= 5000000 ? 3 : -20;
}

int taps_score(const struct tap *a, const struct tap *b, uint32_t call_a, uint32_t call_b,
               const struct taps_rough *rough)
{
	const struct tap_call *x = &a->calls[call_a], *y = &b->calls[call_b];
	int score = score_legs(a, b, x, y) + score_edges(a, b, x, y) + score_streams(a, b, x, y) +
	            score_numbers(x, y);

	return rough ? score + score_course(x, y) + score_time(x, y, rough) : score;
}
