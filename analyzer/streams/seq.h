/* RTP sequence numbers, RFC 3550 A.1 and A.3, for one who watches: every packet counts (no probation), and a hole is lost until its
 * packet comes after all.
 *
 *                    window: the last 128 numbers, one bit each
 *   base ............ [1 1 1 0 1 1 1 1 1 1 1 0 1 1]           packets + lost == expected, always
 *   first of segment                              max
 *
 * A number behind max by less than MAX_MISORDER is a duplicate (bit set) or reordered (bit clear). One ahead by less than MAX_DROPOUT
 * leaves a hole. Anything else is far: it waits, and if one near it comes next, both begin a new segment (the sender restarted; RFC
 * 3550 A.1 asks for its very successor, and loses the first packets of a restart that the network reorders); else it was a stray. Numbers leave the window for good, and burst.h hears of them in order. */
#ifndef ANALYZER_STREAMS_SEQ_H
#define ANALYZER_STREAMS_SEQ_H

#include "analyzer/score/burst.h"

#define SEQ_MAX_DROPOUT  3000
#define SEQ_MAX_MISORDER 100
#define SEQ_WINDOW       128
#define SEQ_RESTART_NEAR 16

enum seq_kind {
	SEQ_FIRST,
	SEQ_NEXT, /* max + 1 */
	SEQ_GAP, /* ahead, `missing` numbers before it have not come */
	SEQ_REORDERED, /* fills a hole, or stands before the first one */
	SEQ_DUPLICATE,
	SEQ_FAR, /* waits: the caller keeps this packet until the next push */
	SEQ_RESTART, /* begins a new segment together with the one that waits: see seq_restarted_at() */
};

struct seq_step {
	enum seq_kind kind;
	uint32_t missing; /* how many numbers became lost by it (SEQ_RESTART: between the two) */
	int64_t number; /* extended over wraps and segments: grows with the sequence */
};

/* All zero: nothing seen. */
struct seq {
	unsigned __int128 came, late; /* bit i: of number max - i */
	int64_t max, base; /* extended */
	uint64_t packets; /* of all segments */
	uint32_t segments;
	uint16_t waiting; /* the number that waits */
	bool has_waiting;
	struct burst burst; /* the rest is only touched when something is wrong */
	uint64_t lost; /* of all segments */
	uint64_t duplicates, reordered, ignored;
};

struct seq_step seq_push(struct seq *s, uint16_t number);

/* After SEQ_RESTART: the extended number of the packet that waited. It came first, but may stand behind the other. */
static inline int64_t seq_restarted_at(const struct seq *s, const struct seq_step *second)
{
	return second->number == s->max ? s->base : s->max;
}

/* The packet of this extended number came too late to be played. */
void seq_mark_late(struct seq *s, int64_t number);

/* A restart that shows in the timestamps only: the numbers go on. */
void seq_new_segment(struct seq *s);

/* No more packets: what waits was a stray, and the window goes to s->burst. */
void seq_finish(struct seq *s);

static inline uint64_t seq_expected(const struct seq *s)
{
	return s->packets + s->lost;
}

/* Invariants, for tests. */
bool seq_check(const struct seq *s);

#endif
