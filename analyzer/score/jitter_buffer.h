/* What a receiver's jitter buffer of fixed depth would have discarded: a packet that comes after its playing time is late.
 *
 * Playing times hang on an anchor, the arrival of one packet plus the depth, and follow the RTP clock from there. The anchor is set
 * anew where a receiver would do so unheard: at a new segment, at the start of a talkspurt, and after ten late packets in a row. */
#ifndef ANALYZER_SCORE_JITTER_BUFFER_H
#define ANALYZER_SCORE_JITTER_BUFFER_H

#include "base/clock.h"

#include <stdbool.h>

#define BUFFER_DEPTH_NS    (60 * NS_PER_MS) /* the buffer behind `late` */
#define BUFFER_LATE_IN_ROW 10

/* All zero: no anchor. */
struct jitter_buffer {
	int64_t anchor_ns; /* arrival of the packet it hangs on */
	uint32_t anchor_timestamp;
	uint16_t late_in_row;
	bool anchored;
};

/* The next packet anchors anew. */
static inline void buffer_restart(struct jitter_buffer *b)
{
	b->anchored = false;
}

/* One packet in order of arrival; true if it is late. ns_per_tick: of its RTP clock, > 0. */
bool buffer_push(struct jitter_buffer *b, int64_t arrival_ns, uint32_t timestamp,
                 double ns_per_tick, int64_t depth_ns);

#endif
