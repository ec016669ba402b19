/* RFC 4733 digits of one stream, each exactly once, whatever is lost, repeated, reordered or segmented. Pure state machine: it is fed
 * telephone-event packets and time, and gives finished presses back.
 *
 *     packets  E0 E0 E0 E1 E1 E1   E0 E0 ...            one press, then the next
 *              |<-- open -->|      |<-- open
 *                         given at the third E1, at the next press, at the deadline or at dtmf_finish()
 *
 * A press that saw E stays open for its copies, so that end_packets tells how many came; what arrives after it was given is only
 * counted. All presses and packets add up: every event report taken is in the `packets` of exactly one press or in late_or_repeated. */
#ifndef ANALYZER_AUDIO_DTMF_H
#define ANALYZER_AUDIO_DTMF_H

#include "base/clock.h"
#include "dissectors/rtp_event.h"

struct dtmf_press {
	uint8_t event; /* RFC 4733 code; rtp_event_digit() gives the character */
	int64_t start_ns, last_ns; /* capture times of the first and the newest packet seen of it */
	int64_t end_ns; /* of the first packet with E; TIME_NONE: none */
	uint32_t timestamp; /* RTP timestamp of its start */
	uint64_t duration; /* RTP timestamp units, over all segments */
	uint8_t volume;
	unsigned packets, end_packets;
	unsigned segments; /* RFC 4733 2.5.1.3: 1, more for presses over 65535 units */
	bool start_lost, end_lost; /* first packets or every end packet missing */
	/* Things to tell about the sender. */
	bool missing_marker;
	bool reserved_bit; /* R was set */
	bool zero_prefix; /* four zero octets before the event */
	bool timestamp_moved; /* it should stand still during a press: pieces were joined again */
	unsigned markers; /* packets with the marker bit: one is right */
	unsigned grown; /* how often a packet said a longer duration than those before */
};

struct dtmf_decoder {
	uint32_t clock_hz;
	bool open;
	struct dtmf_press press; /* the open one */
	uint32_t segment_timestamp;
	uint64_t earlier_segments; /* units */
	uint32_t segment_duration; /* beyond 65535 if the sender's counter wrapped */
	int64_t last_ns; /* capture time of the last packet of the open press */
	uint32_t end_timestamp; /* newest timestamp of an end packet, where those move */
	bool timestamps_move; /* this sender moved them during a press before */
	bool any_finished;
	uint32_t finished_timestamp,
	        finished_segment; /* start and last segment of the newest finished press */
	uint32_t finished_end,
	        finished_end_timestamp; /* where it ended; newest timestamp of an end packet of it */
	uint8_t finished_event;
	int64_t finished_ns;
	unsigned late_or_repeated; /* reports of presses already given */
	unsigned malformed;
};

/* Clock 8000, what nearly every rtpmap says; dtmf_set_clock() when it says something else (0 is ignored). */
void dtmf_init(struct dtmf_decoder *d);
void dtmf_set_clock(struct dtmf_decoder *d, uint32_t clock_hz);

#define DTMF_MAX_OUT (RTP_EVENT_MAX + 1)

/* A press without a packet for so long is over. */
#define DTMF_GIVE_UP_NS NS_PER_S

/* One packet with telephone-event payload. Gives the presses it finishes (0, 1, rarely more) in `out`, returns how many.
 * `timestamp` and `marker` are the RTP header's. */
unsigned dtmf_push(struct dtmf_decoder *d, int64_t time_ns, uint32_t timestamp, bool marker,
                   struct slice payload, struct dtmf_press out[static DTMF_MAX_OUT]);

/* The same of a redundant block (RFC 2198) at the timestamp that its offset leads to: what it repeats is no packet of the press, what was
 * lost is filled in. */
unsigned dtmf_push_repeated(struct dtmf_decoder *d, int64_t time_ns, uint32_t timestamp,
                            struct slice payload, struct dtmf_press out[static DTMF_MAX_OUT]);

/* When an open press must be given up for want of packets (TIME_NONE if none is open), and the giving up itself: true if *out was
 * given (end_lost if no end was seen). Late packets of it are then only counted. dtmf_push() gives up by itself what is overdue, so
 * calling dtmf_expire() early or never changes when presses come out, not which. */
int64_t dtmf_deadline(const struct dtmf_decoder *d);
bool dtmf_expire(struct dtmf_decoder *d, int64_t now_ns, struct dtmf_press *out);
/* At the end of the stream. */
bool dtmf_finish(struct dtmf_decoder *d, struct dtmf_press *out);

/* The decoder's invariant, for asserts and tests. */
bool dtmf_check(const struct dtmf_decoder *d);

#endif
