/* Which legs are one call: what their INVITEs say of each other, what REFER asks for, and, when a leg is over, what it did at the same
 * time as another. Everything found becomes a clue (clue.h); call.c follows them. Better apart than wrongly joined: what could be read
 * in two ways joins nothing.
 *
 *   correlate.c    what an INVITE names: Replaces, Join, Session-ID, correlation headers, icid, Call-IDs made of others
 *   transfer.c     REFER and the INVITE that follows from it
 *   mirrored.c     no header at all: same numbers, events mirrored
 *   relayed.c      the same media in both: offered places, SSRCs; carried.c: the same content
 *
 * Nearly all legs are a call of their own, and most captures show nobody in the middle. So there is no index of legs until something is
 * seen that could join two: a host that gets INVITEs and sends them, or a header that names another call. */
#ifndef ANALYZER_JOINING_CORRELATE_H
#define ANALYZER_JOINING_CORRELATE_H

#include "analyzer/calls/event.h"
#include "analyzer/joining/clue.h"
#include "analyzer/joining/leg_index.h"

#define CORRELATE_MAX_HEADERS 16
#define CORRELATE_HOSTS       512 /* remembered; beyond half of them the index is made anyway */

/* Of headers whose value is another leg's Call-ID, or the same in all legs. Cisco-Guid, Av-Global-Session-ID, X-Genesys-CallUUID and
 * X-BroadWorks-Correlation-Info are what those vendors' products send. */
#define CORRELATE_HEADERS                                                                          \
	"X-CID, X-Call-ID, X-CallID, X-Correlation-ID, X-BroadWorks-Correlation-Info, "            \
	"Cisco-Guid, Av-Global-Session-ID, X-Genesys-CallUUID"

struct correlate_host {
	struct ip_addr addr;
	bool used, sends, gets; /* INVITEs that open a leg */
};

struct correlation {
	bool indexed;
	struct leg_index by_call_id; /* by what stands before the @ */
	struct leg_index by_number; /* by the number called */
	struct leg_index by_ssrc; /* what is left of streams, relayed.h */
	struct leg_index by_content; /* carried.h */
	struct clues clues;
	struct slice headers[CORRELATE_MAX_HEADERS];
	unsigned header_count;
	unsigned host_count;
	struct correlate_host hosts[CORRELATE_HOSTS];
	struct list_node refers; /* whose INVITE may still come, oldest first */
	unsigned refers_open; /* among `refers` */
	uint32_t refer_count; /* so far: gives their numbers */
};

/* A leg's part of it. */
struct leg_relations {
	struct leg_link by_call_id, by_number;
	uint64_t session[2]; /* hashes of the Session-ID's halves, in no order; 0: unknown */
	struct ip_addr far; /* where the newest hop of the INVITE went */
	uint32_t caused_by; /* number of the REFER */
	uint8_t crowded; /* sides, up and down, on which several offered the same place to receive */
	bool asked; /* correlate_invite() has been here */
};

/* `headers`: names apart by commas, NULL: CORRELATE_HEADERS; borrowed. */
void correlate_init(struct correlation *co, const char *headers);
/* Every leg has left. */
void correlate_release(struct correlation *co);

/* The INVITE that opens the leg; copies on further hops come here too. False: environment failed. */
bool correlate_invite(struct leg *leg, const struct event *ev);
/* A response to it: the other half of a Session-ID. */
bool correlate_response(struct leg *leg, const struct event *ev);
/* Its facts and those of its mirrored legs are complete. */
bool correlate_judge(struct leg *leg);
/* It is going. */
void correlate_leave(struct leg *leg);

/* Session-IDs that agree: one half shared, the others the same or unknown on a side (RFC 7989 section 6). */
bool correlate_sessions_agree(const uint64_t a[2], const uint64_t b[2]);

/* Value of Replaces or Join, or of Replaces in a Refer-To: call-id;to-tag=x;from-tag=y. */
struct triple {
	struct slice call_id, to_tag, from_tag;
};
struct triple triple_of(struct slice value);

/* The leg, live or waiting, that has this dialog; NULL if there is none. */
struct leg *correlate_dialog(struct calls *c, const struct triple *t);

/* Makes the index if there is none yet. */
bool correlate_index(struct calls *c);

/* `down` may be the other side of a B2BUA that got `up`: it comes from where `up` went, within `window_ns` after it. */
bool correlate_follows(const struct leg *up, const struct leg *down, int64_t window_ns);

/* Numbers, or users, as people write them: same last 7 to 9 digits, or the same text. Hash: equal ones have the same; 0: none. */
bool number_same(struct slice user, struct slice other);
uint64_t number_hash(struct slice user);

/* mirrored.c */
bool mirrored_judge(struct leg *leg);

#endif
