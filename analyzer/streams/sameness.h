/* Does a stream say the same again and again? Of few sampled payloads, the one that comes most often (Boyer-Moore), how often, and what it is:
 * one octet throughout is silence (0xff and 0x7f of u-law, 0xd5 and 0x55 of A-law, and whatever else stands still); more in a row is told by
 * its first octets. */
#ifndef ANALYZER_STREAMS_SAMENESS_H
#define ANALYZER_STREAMS_SAMENESS_H

#include "base/slice.h"

#include <stdbool.h>

#define SAMENESS_HEAD  16 /* octets: two turns of 1 kHz in G.711 */
#define SAMENESS_LEAST 4 /* shorter payloads are what discontinuous transmission sends */

/* All zero: nothing seen. */
struct sameness {
	uint64_t hash;
	uint32_t samples, same, votes; /* same: equal to the candidate, since it is one */
	uint8_t octet; /* the candidate's first */
	bool constant; /* all its octets are that one */
	uint8_t head_n, head[SAMENESS_HEAD];
};

void sameness_push(struct sameness *s, struct slice payload);

/* 0..1; 0 before the first sample. */
static inline double sameness_ratio(const struct sameness *s)
{
	return s->samples ? (double)s->same / s->samples : 0;
}

/* The candidate holds sound, were it G.711: its first octets are louder than -60 dBov. */
bool sameness_is_loud(const struct sameness *s, bool alaw);

#endif
