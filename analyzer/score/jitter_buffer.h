/* How far behind its playing time a packet comes, in order of arrival.
 *
 * Playing times hang on an anchor, the arrival of one packet, and follow the RTP clock from there. The anchor is set anew where a
 * receiver would do so unheard: at a new segment and at the start of a talkspurt. What a buffer of some depth makes of it is
 * receiver.h's; this is what every packet goes through. */
#ifndef ANALYZER_SCORE_JITTER_BUFFER_H
#define ANALYZER_SCORE_JITTER_BUFFER_H

#include "base/clock.h"

#include <math.h>
#include <stdbool.h>

/* What buffer_push() says of a packet that everything after it hangs on. */
#define BUFFER_ANCHORED INFINITY

/* All zero: no anchor. */
struct jitter_buffer {
	int64_t anchor_ns; /* arrival of the packet it hangs on */
	double quiet_ns; /* up to here nobody needs to hear of it; the caller's */
	uint32_t anchor_timestamp;
	uint32_t pushed; /* packets so far; wraps */
	bool anchored;
};

/* The next packet anchors anew. */
static inline void buffer_restart(struct jitter_buffer *b)
{
	b->anchored = false;
}

/* By how many ns the packet comes after the anchor's own delay, negative if before. ns_per_tick: of its RTP clock, > 0. */
double buffer_push(struct jitter_buffer *b, int64_t arrival_ns, uint32_t timestamp,
                   double ns_per_tick);

/* From now on delays are told from an anchor that came so much later. */
void buffer_raise(struct jitter_buffer *b, int64_t ns);

#endif
