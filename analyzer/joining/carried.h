/* Legs that carry the same content: relays that give RTP another SSRC and other numbers leave the octets alone. A few packets of each
 * stream are marked by what is in them (content.h); two streams are one relayed if enough of these come in the same order, each within
 * half a second of going in. Content says who is who better than addresses do, so an SBC with one address on each side needs no address
 * in common, but more marks, and legs in the time and roles of a relayed call. Whoever has two that fit has none, and so has who hears
 * his own words again in his own leg (echo tests): what many play alike (load tests) joins nothing. */
#ifndef ANALYZER_JOINING_CARRIED_H
#define ANALYZER_JOINING_CARRIED_H

#include "analyzer/joining/leg_index.h"
#include "analyzer/streams/content.h"
#include "base/net.h"

struct carried_mark {
	struct leg_link link; /* first: by its hash, it leads back to it */
	struct carried *of;
	int64_t time_ns;
};

/* What is left of a stream of a closed leg. */
struct carried {
	struct carried *next;
	struct leg *leg;
	struct ip_addr src, dst;
	uint8_t receiver; /* enum party */
	unsigned count;
	struct carried_mark marks[CONTENT_MARKS]; /* in order of time */
};

/* The leg closes: its streams are still there. False: out of memory. */
bool carried_close(struct leg *leg);
/* Ties it to the legs that carry the same. False: out of memory. */
bool carried_judge(struct leg *leg);
/* The leg is going. */
void carried_leave(struct leg *leg);

#endif
