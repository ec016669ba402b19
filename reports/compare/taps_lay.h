/* Marks of the same stream at two taps, beside each other: which packets both have, which one of them has alone, and how long each took.
 * taps_internal.h */
#ifndef REPORTS_COMPARE_TAPS_LAY_H
#define REPORTS_COMPARE_TAPS_LAY_H

#include "reports/compare/marks.h"
#include "reports/compare/taps_internal.h"

struct lay_blocks {
	struct mark_block *v;
	size_t count, capacity;
};

/* Room for two streams' marks, used again for each pair. All zero: none yet. */
struct lay {
	struct lay_blocks side[TAP_SIDES];
	int64_t shift; /* of B's block numbers, to be A's */
};
void lay_release(struct lay *l);

/* Reads both streams' marks and finds which numbers of one are which of the other: taps extend sequence numbers each from what it saw first.
 * `about_us`: B's clock less A's, to a minute. *same: they have packets in common at all. False: out of memory. */
bool lay_open(struct lay *l, const struct tap_stream *a, const struct tap_stream *b,
              double about_us, bool *same);

/* A block of either, with what the other has of the same numbers. Times: RECORD_NULL where the first packet did not come. */
struct lay_step {
	uint32_t came[TAP_SIDES];
	int64_t time_us[TAP_SIDES];
	int64_t number; /* of A's counting */
};
struct lay_walk {
	size_t at[TAP_SIDES];
};
/* False: the end. */
bool lay_next(const struct lay *l, struct lay_walk *w, struct lay_step *out);

#endif
