/* What the SDPs of one party say beside where media goes: whether each that differs is a new version (RFC 4566 section 5.2, RFC 3264
 * section 8), and whether it names an address that nobody outside can reach. Of one hop only, the first that brought one: behind a
 * relay the same SDP reads otherwise. */
#ifndef ANALYZER_CALLS_SAID_H
#define ANALYZER_CALLS_SAID_H

#include "analyzer/calls/event.h"
#include "analyzer/findings/evidence.h"

struct said {
	struct sighting at; /* the newest; unset: none yet */
	struct endpoint src, dst; /* of that hop */
	uint64_t body, version; /* hashes of the newest, of its o= line's user, id and version */
	int64_t dialog_id; /* of the newest */
	struct sighting same_version[2]; /* the first two that differ under one version */
	struct sighting
	        hidden_at; /* audio at a private address, sent from a public one, without ICE; unset: it is not */
	struct endpoint hidden;
	struct ip_addr outside; /* where that SDP came from */
	unsigned defects; /* enum sdp_defect of the first one that has any */
	struct sighting defects_at;
};

/* A new one of the party: an offer or an answer, no copy. */
void said_note(struct said *s, const struct event *ev, int64_t dialog_id, const struct sdp *sdp,
               struct slice body);

#endif
