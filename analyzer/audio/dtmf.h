/* RFC 4733 digits of one stream, each exactly once, whatever is lost, repeated, reordered or segmented. Pure state machine: it is fed
 * telephone-event packets and time, and gives finished presses back. */
#ifndef ANALYZER_AUDIO_DTMF_H
#define ANALYZER_AUDIO_DTMF_H

#include "base/clock.h"
#include "dissectors/rtp_event.h"

struct dtmf_press {
	uint8_t event; /* RFC 4733 code; rtp_event_digit() gives the character */
	int64_t start_ns; /* capture time of the first packet seen of it */
	uint32_t timestamp; /* RTP timestamp of its start */
	uint64_t duration; /* RTP timestamp units, over all segments */
	uint8_t volume;
	unsigned packets, end_packets;
	bool start_lost, end_lost; /* first packets or every end packet missing */
};

struct dtmf_decoder {
	bool open;
	struct dtmf_press press; /* the open one */
	uint32_t segment_timestamp;
	uint64_t earlier_segments; /* units */
	uint32_t segment_duration;
	int64_t last_ns; /* capture time of the last packet of the open press */
	bool any_finished;
	uint32_t finished_timestamp, finished_segment; /* start and last segment of the newest finished press */
	uint8_t finished_event;
	int64_t finished_ns;
	unsigned late_or_repeated; /* packets of presses already given */
	unsigned malformed;
};

void dtmf_init(struct dtmf_decoder *d);

#define DTMF_MAX_OUT (RTP_EVENT_MAX + 1)

/* One packet with telephone-event payload. Gives the presses it finishes (0, 1, rarely more) in `out`, returns how many.
 * `timestamp` and `marker` are the RTP header's. */
unsigned dtmf_push(struct dtmf_decoder *d, int64_t time_ns, uint32_t timestamp, bool marker, struct slice payload,
		   struct dtmf_press out[static DTMF_MAX_OUT]);

/* When an open press must be given up for want of packets (TIME_NONE if none is open), and the giving up itself: true if *out was
 * given (end_lost). Late packets of it are then only counted. */
int64_t dtmf_deadline(const struct dtmf_decoder *d);
bool dtmf_expire(struct dtmf_decoder *d, int64_t now_ns, struct dtmf_press *out);
/* At the end of the stream. */
bool dtmf_finish(struct dtmf_decoder *d, struct dtmf_press *out);

#endif
