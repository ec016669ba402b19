/* The telephone-event side of one stream: packets in, presses out (press.h). A digit pressed before its stream is believed, or before an SDP
 * says whose it is, is held until then. */
#ifndef ANALYZER_STREAMS_DIGITS_H
#define ANALYZER_STREAMS_DIGITS_H

#include "analyzer/analysis.h"
#include "analyzer/audio/dtmf.h"
#include "analyzer/streams/press.h"
#include "dissectors/rtp.h"

#define DIGITS_HELD                                                                                \
	16 /* of an accepted stream without a call, the oldest is written when there are more */

struct stream;

struct digits {
	struct stream *stream;
	struct dtmf_decoder decoder;
	struct timer timer; /* gives up the open press */
	int64_t eviction_offset_ns; /* eviction time - packet time, at the last event packet */
	uint32_t clock_hz;
	uint8_t payload_type; /* of the newest event packet */
	uint32_t placed_timestamp; /* of the newest press: where */
	int64_t placed_ns; /* it began by the audio's timeline, TIME_NONE: unknown */
	unsigned held;
	struct press hold[DIGITS_HELD]; /* oldest first */
	/* Of the open press: its packets, and what the stream had lost and taken when they came. */
	struct sighting first, last;
	uint64_t lost_before, taken_last;
};

void digits_init(struct digits *d, struct stream *st);
bool digits_push(struct stream *st, struct analysis *a, int64_t time_ns, uint32_t timestamp,
                 bool marker, struct slice payload);
/* A redundant block of a packet, RFC 2198, at the timestamp its offset leads to. Before the packet's primary block. */
bool digits_push_repeated(struct stream *st, struct analysis *a, int64_t time_ns,
                          uint32_t timestamp, struct slice payload);
/* One that was heard in the audio: method, start_ns, duration_ms, level_dbm0, digit, lint, start_lost and end_lost are set, the rest is
 * filled in here. */
bool digits_heard(struct stream *st, struct analysis *a, const struct press *heard);
/* The stream was accepted and bound: what was held goes out. */
bool digits_release_held(struct stream *st, struct analysis *a);
/* The stream ends. */
bool digits_finish(struct stream *st, struct analysis *a);

#endif
