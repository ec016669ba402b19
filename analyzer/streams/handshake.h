/* DTLS between two endpoints: what they send each other as RTP from then on is SRTP (RFC 5764 section 5.1.2), whether or not an SDP was
 * captured that says so. */
#ifndef ANALYZER_STREAMS_HANDSHAKE_H
#define ANALYZER_STREAMS_HANDSHAKE_H

#include "base/net.h"

#include <stdbool.h>

#define HANDSHAKES_MAX 4096 /* pairs kept, by hash; another one with the same place takes it */

/* All zero: none. */
struct handshakes {
	uint64_t pairs[HANDSHAKES_MAX];
	bool any;
};

void handshake_note(struct handshakes *h, struct endpoint a, struct endpoint b);
bool handshake_seen(const struct handshakes *h, struct endpoint a, struct endpoint b);

#endif
