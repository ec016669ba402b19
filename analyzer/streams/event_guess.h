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
	uint8_t kept;
};

/* One packet of an unexplained dynamic type: may it be an event? Most types are refused at their first packet. */
bool event_guess_looks(struct event_guess *g, const struct rtp_packet *rtp);

/* One that may be. True once it is telephone-event: packets[0 .. g->kept - 1] are its forerunners and itself, oldest first. */
bool event_guess_push(struct event_guess *g, struct event_packet packets[static EVENT_GUESS_KEPT],
                      int64_t time_ns, const struct rtp_packet *rtp);

#endif
