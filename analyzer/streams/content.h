/* What a stream carries, in a few marks: relays may give RTP another SSRC, other numbers and another clock, but who leaves the octets
 * alone can be known by them. Marked are packets chosen by what is in them, so that both sides of a relay choose the same ones,
 * whenever either begins or ends: of those whose first octets pass a mask, the CONTENT_MARKS with the least hash of these octets. Their
 * number costs nothing per packet and does not grow with the stream.
 *
 * Nothing is told by what many streams carry alike: silence and the digital milliwatt (periodic within 8 octets), short packets (events,
 * comfort noise, G.723.1 silence), and what a stream carries twice (tones, looped music). */
#ifndef ANALYZER_STREAMS_CONTENT_H
#define ANALYZER_STREAMS_CONTENT_H

#include "base/slice.h"

#include <stdbool.h>
#include <string.h>

#define CONTENT_MARKS      16
#define CONTENT_MIN_OCTETS 20

struct content_mark {
	uint64_t hash; /* of all octets */
	int64_t time_ns; /* arrival */
	uint32_t rank; /* those with the least are kept */
	bool repeated; /* came twice: says nothing */
};

struct content {
	unsigned count;
	unsigned last; /* once it is full: the one to give up first */
	struct content_mark marks[CONTENT_MARKS];
};

/* The one test that every packet pays for: three low bits of the first octets are 0. So one packet of speech in 8, of G.711's silence
 * (0xff, 0x7f, 0xd5, 0x55) none. */
static inline bool content_is_chosen(struct slice payload)
{
	static const uint8_t low_bits[8] = { 0, 1, 0, 1, 0, 0, 1, 0 };
	uint64_t word, mask;

	if (payload.n < CONTENT_MIN_OCTETS)
		return false;
	memcpy(&word, payload.p, sizeof word);
	memcpy(&mask, low_bits, sizeof mask);
	return !(word & mask);
}

/* A chosen one. */
void content_push(struct content *c, int64_t time_ns, struct slice payload);

#endif
