/* What went wrong with one stream's packets, small enough to be kept in its record: which numbers were lost, and which packets came how
 * far behind their anchor (jitter_buffer.h). Any jitter buffer can be tried on it afterwards, without the capture (rescore.h).
 *
 * Only packets more than BUFFER_QUIET_NS (20 ms) behind are told: fixed buffers at least as deep, and the adaptive one, throw away no others.
 * When TRACE_IN_ROW packets in a row were, the network's delay (or the sender's clock) has moved for good, and from then on
 * delays are told from the least of them. That keeps the trace of a drifting stream short; a buffer for which it hides something is
 * told so (rescore.h: `exact`).
 *
 * Delays are in microseconds, rounded up: exact for depths of whole milliseconds where the capture's times are in microseconds.
 *
 * Octets: items of LEB128 numbers (7 bits each, the lowest first), numbers with a sign as zigzag. The low 3 bits of the first one say what:
 *
 *   0 hole      count; then the number of the first one
 *   1 filled    (nothing); then the number: it came after all, reordered
 *   2 behind    packets since the last one told; then its number, then by how many us
 *   3 anchored  the same, and since the last one told there was a new anchor
 *   4 segment   by how much it began before where it seemed to; then how many packets were expected: ends it
 *   5 clean     so many packets were expected, in segments without any of this
 *   6 end       packets that came after the last one told
 *
 * Sequence numbers are told as the distance from the one before (of a hole: its last one), which at first is where the segment seems to
 * begin. */
#ifndef ANALYZER_SCORE_TRACE_H
#define ANALYZER_SCORE_TRACE_H

#include "base/slice.h"

#define TRACE_IN_ROW 250 /* five seconds at 20 ms */
#define TRACE_MAX    (16u << 10) /* octets of one stream; what comes later is not told */

/* All of one run share this much; beyond, no trace grows any more. */
#define TRACES_MAX (256u << 20)

enum trace_kind {
	TRACE_HOLE,
	TRACE_FILLED,
	TRACE_BEHIND,
	TRACE_ANCHORED,
	TRACE_SEGMENT,
	TRACE_CLEAN,
	TRACE_END,
};

/* All zero: nothing told, no memory used. */
struct trace {
	uint8_t *octets;
	uint32_t n, capacity;
	bool begun; /* something is to be told of this segment */
	bool told; /* and was */
	bool full; /* not all was told */
	bool anchored; /* a new anchor since the last packet that was behind */
	bool failed; /* out of memory */
	int64_t origin, at; /* of this segment: its first number, the last one told */
	uint64_t lowered; /* the origin, since the segment begun */
	uint64_t before; /* packets expected in the segments before this one, */
	uint64_t covered; /* and in those that were told of */
	int64_t hole; /* one that is not yet told: it may be filled at once */
	uint32_t hole_count;
	uint32_t pushed; /* of the last packet that was behind */
	uint32_t in_row;
	uint64_t least_us; /* of those */
};

/* Where the stream stands: what a trace needs to know with each thing told. */
struct trace_place {
	int64_t first; /* of the segment */
	uint64_t before, through; /* packets expected in the segments before it, and in it too */
	size_t *used; /* octets that all traces have; of TRACES_MAX */
};

void trace_release(struct trace *t, size_t *used);

/* `count` numbers from `number` on have not come. */
void trace_hole(struct trace *t, const struct trace_place *p, int64_t number, uint32_t count);
/* This number came after all, or it stands before the first one (what is missing between those is a hole of its own). */
void trace_filled(struct trace *t, const struct trace_place *p, int64_t number);
/* The packet with this number, `pushed`-th of all (wraps), came so much behind the anchor, more than BUFFER_QUIET_NS. Returns by how many ns
 * the anchor is to be raised: 0 in the usual case. */
int64_t trace_behind(struct trace *t, const struct trace_place *p, int64_t number, uint32_t pushed,
                     double behind_ns);
/* The segment is over, `through` packets were expected up to its end. */
void trace_segment(struct trace *t, uint64_t through, size_t *used);
/* The stream is over, after its last trace_segment(). If nothing was told t->n stays 0. */
void trace_end(struct trace *t, uint64_t through, uint32_t pushed);

/* ---- reading ---- */

struct trace_item {
	enum trace_kind kind;
	uint64_t value; /* as above: what stands beside the kind */
	int64_t number; /* counted from where the segment seems to begin */
	uint64_t us; /* TRACE_BEHIND, TRACE_ANCHORED */
	uint64_t expected; /* TRACE_SEGMENT: from number -value on */
};

struct trace_reader {
	struct slice rest;
	int64_t at;
	bool broken; /* not a trace */
};

void trace_read(struct trace_reader *r, struct slice octets);
/* False: the end, or it is broken. */
bool trace_next(struct trace_reader *r, struct trace_item *out);

#endif
