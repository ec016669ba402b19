/* The telephone-event side of one stream: packets in, `dtmf` rows out. A digit pressed before its stream is believed, or before an SDP
 * says whose it is, is held until then. */
#ifndef ANALYZER_STREAMS_DIGITS_H
#define ANALYZER_STREAMS_DIGITS_H

#include "analyzer/analysis.h"
#include "analyzer/audio/dtmf.h"
#include "dissectors/rtp.h"

#define DIGITS_HELD                                                                                \
	16 /* of an accepted stream without a call, the oldest is written when there are more */

struct stream;

struct digit {
	int64_t start_ns;
	double duration_ms;
	char character;
	bool complete;
};

struct digits {
	struct stream *stream;
	struct dtmf_decoder decoder;
	struct timer timer; /* gives up the open press */
	int64_t eviction_offset_ns; /* eviction time - packet time, at the last event packet */
	uint32_t clock_hz;
	uint32_t placed_timestamp; /* of the newest press: where */
	int64_t placed_ns; /* it began by the audio's timeline, TIME_NONE: unknown */
	unsigned held;
	struct digit hold[DIGITS_HELD]; /* oldest first */
};

void digits_init(struct digits *d, struct stream *st);
bool digits_push(struct stream *st, struct analysis *a, int64_t time_ns, uint32_t timestamp,
                 bool marker, struct slice payload);
/* The stream was accepted and bound: what was held goes out. */
bool digits_release_held(struct stream *st, struct analysis *a);
/* The stream ends. */
bool digits_finish(struct stream *st, struct analysis *a);

#endif
