/* Where a stream stood still for a second or more. Most never do, so this is allocated with the first gap. */
#ifndef ANALYZER_STREAMS_GAPS_H
#define ANALYZER_STREAMS_GAPS_H

#include "base/duration.h"

#include <stdbool.h>

#define GAPS_KEPT     4 /* the longest ones */
#define GAPS_LEAST_NS NS_PER_S

/* A packet's place in the capture. */
struct packet_mark {
	int64_t time_ns, capture_id;
	uint64_t frame;
};

struct stream_gap {
	int64_t from_ns; /* arrival of the packet before */
	struct packet_mark end; /* the packet behind it */
	uint32_t missing; /* sequence numbers that did not come; 0: the sender stopped */
	bool marker; /* of the packet behind it */
};

/* All zero: none. */
struct stream_gaps {
	unsigned count; /* all there were */
	unsigned kept;
	struct stream_gap gaps[GAPS_KEPT]; /* in no order */
};

void gaps_add(struct stream_gaps *g, const struct stream_gap *gap);

static inline int64_t gap_length_ns(const struct stream_gap *gap)
{
	return duration_between(gap->from_ns, gap->end.time_ns);
}

#endif
