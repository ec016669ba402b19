/* Digits without SDP: recognizes telephone-event behind a dynamic payload type by its shape. Payloads of four octets, events up to 16,
 * and at least three packets that share a timestamp while the duration grows. Keeps what came before it was sure. */
#ifndef ANALYZER_STREAMS_EVENT_GUESS_H
#define ANALYZER_STREAMS_EVENT_GUESS_H

#include "dissectors/rtp.h"

#define EVENT_GUESS_PACKETS 3
#define EVENT_GUESS_KEPT    8

struct event_packet {
	int64_t time_ns;
	uint32_t timestamp;
	bool marker;
	uint8_t payload[4];
};

/* All zero: nothing seen. Judges one payload type at a time. */
struct event_guess {
	uint32_t refused[4]; /* payload types with a payload that cannot be events, one bit each */
	uint8_t payload_type;
	uint8_t alike; /* packets in a row of one timestamp with no shrinking duration */
	bool grown;
	uint16_t duration;
	uint32_t timestamp;
	unsigned kept;
	struct event_packet packets[EVENT_GUESS_KEPT]; /* oldest first */
};

/* One packet of an unexplained dynamic type; true once it is telephone-event, g->packets holds it and its forerunners. */
bool event_guess_push(struct event_guess *g, int64_t time_ns, const struct rtp_packet *rtp);

#endif
