/* Legs whose media are one: both offer the same place to receive (a B2BUA that leaves the SDP alone), or the RTP that goes into one
 * comes out of the other with its SSRC and numbers (a relay). Looked for among legs that INVITEs tie in time and place, or streams of
 * which one goes where the other comes from; whoever has two that fit has none. Relays that rewrite SSRC and numbers: carried.h. */
#ifndef ANALYZER_JOINING_RELAYED_H
#define ANALYZER_JOINING_RELAYED_H

#include "analyzer/joining/leg_index.h"
#include "base/net.h"

#define RELAYED_MAX_PRINTS 8 /* streams of a leg that are remembered */

/* What is left of a stream of a closed leg. */
struct media_print {
	struct leg_link link; /* first: by SSRC and payload type, it leads back to it */
	struct media_print *next;
	uint64_t packets;
	uint32_t ssrc;
	uint16_t first_number;
	uint8_t payload_type;
	struct ip_addr src, dst;
	int64_t first_ns, last_ns;
};

/* The leg closes: its streams and media ends are still there. False: environment failed. */
bool relayed_close(struct leg *leg);
/* The streams of the other leg have closed too. */
bool relayed_judge(struct leg *leg);
/* The leg is going. */
void relayed_leave(struct leg *leg);

#endif
