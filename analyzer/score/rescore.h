/* What would have played with another jitter buffer: a trace (trace.h) read again through a receiver (receiver.h). */
#ifndef ANALYZER_SCORE_RESCORE_H
#define ANALYZER_SCORE_RESCORE_H

#include "analyzer/score/burst.h"
#include "analyzer/score/receiver.h"
#include "base/err.h"

struct rescored {
	uint64_t expected, lost, late; /* of the part that the trace is of */
	struct burst burst;
	double depth_ms; /* the mean delay that the buffer adds */
	/* The analyzer itself would have counted the same. False: the trace hides packets that this buffer may throw away, because it is
	 * less deep than BUFFER_QUIET_NS or since the delay moved for good (they are taken to be in time). */
	bool exact;
};

/* An absent trace is one of a stream of which there was nothing to tell: `packets` were expected. False: out of memory, or the octets are
 * no trace; err is set. */
bool rescore(struct slice trace, uint64_t packets, struct buffer_setting setting,
             struct rescored *out, struct err *err);

#endif
