/* Family F, NAT, ALG and transport, with D26 (connections that fail) and H12 (malformed messages). All state is bounded, and all
 * conclusions are drawn from what was seen of single requests, hosts and connections:
 *
 *   transport.c         who is told what, what is shared
 *   transport_silent.c  requests that nobody answers: F1 (by Via), F3 (by size), F6 (another server after silence), F8 (NAT closed)
 *   transport_nat.c     F1 (responses go elsewhere), F2 (ports that change), F4 (half-rewritten addresses), F8's bindings
 *   transport_tcp.c     F9 (framing), D26
 *   transport_media.c   F5 (one direction missing), F7 (TTL)
 *   malformed.c         H12 */
#ifndef ANALYZER_FINDINGS_TRANSPORT_H
#define ANALYZER_FINDINGS_TRANSPORT_H

#include "analyzer/calls/event.h"
#include "analyzer/calls/transaction.h"
#include "analyzer/findings/draft.h"
#include "analyzer/findings/lru.h"
#include "base/net.h"

/* Entries of each table; beyond, the one unused for longest is judged as it stands and leaves. */
#define TRANSPORT_MAX_ENTRIES 4096
#define TRANSPORT_PAIRS       1024 /* of hosts that answered lately; others take their place */
#define TRANSPORT_MAX_PORTS   8 /* to which SIP connections are watched */
#define TRANSPORT_TEXT_MAX    64

/* A request, from its second copy on, while there is no response; large ones from the first. */
struct silent {
	struct lru_node node; /* by transaction */
	struct sighting first, last;
	struct endpoint src, dst;
	int64_t request_ns;
	size_t octets;
	bool fragmented, large;
	bool elsewhere; /* its Via names another endpoint than it came from, and has no rport */
	char sent_by[TRANSPORT_TEXT_MAX];
	int64_t closed_ns; /* F8: how long the registered receiver had sent nothing, 0: not so */
	struct sighting registered, heard; /* F8: its registration, its last packet */
};

struct transport_settings {
	size_t large_octets; /* F3 */
	uint64_t churn_requests; /* F2 */
	double churn_ratio;
	int64_t span_ns; /* F5 */
	int64_t failover_ns; /* F6 */
	int ttl_hops, ttl_changes; /* F7 */
	int64_t quiet_ns; /* F8 */
	uint64_t repeats; /* F9 */
	uint64_t syns, failures; /* D26 */
	uint16_t ports[TRANSPORT_MAX_PORTS];
	unsigned port_count;
	uint64_t malformed; /* H12 */
	double malformed_ratio;
};

struct transport_faults {
	struct findings *findings;
	struct transport_settings set;
	struct lru silent; /* struct silent, by transaction */
	struct lru waiting; /* INVITEs among them, by Call-ID and sender */
	struct lru
	        elsewhere; /* responses that did not go where the request came from, by transaction */
	struct lru registrants; /* by Call-ID and registrar */
	struct lru bindings; /* registered behind a NAT, by endpoint */
	struct lru connections; /* by client and server */
	struct lru framing; /* by sender and fault */
	struct lru sources; /* of malformed messages, by address */
	uint64_t answered[TRANSPORT_PAIRS]; /* pairs of hosts with a request answered */
	/* Of the occurrence at hand. */
	struct text cause, text;
	struct evidence evidence;
};

/* What families.h knows. NULL: out of memory. */
struct transport_faults *transport_new(struct findings *f);
void transport_free(struct transport_faults *t); /* NULL allowed */
bool transport_finish(struct transport_faults *t);
bool transport_message(struct transport_faults *t, const struct seen_message *m);
bool transport_transaction(struct transport_faults *t, const struct transaction *tr);
bool transport_leg(struct transport_faults *t, const struct leg *leg);
bool transport_segment(struct transport_faults *t, const struct seen_segment *s);
bool transport_junk(struct transport_faults *t, const struct seen_junk *j);
bool transport_stream(struct transport_faults *t, const struct stream *st);
void transport_keepalive(struct transport_faults *t, const struct seen_junk *k);

/* --- among these files ------------------------------------------------------------------------------------------------ */

/* Room for one more; makes it by judging and dropping the first, for tables whose entries are judged when they leave. */
typedef bool transport_judge(struct transport_faults *t, const void *entry);
void *transport_add(struct transport_faults *t, struct lru *l, uint64_t hash, size_t bytes,
                    transport_judge *judge); /* judge NULL: not judged. NULL: failed, err set */
bool transport_judge_all(struct transport_faults *t, struct lru *l, transport_judge *judge);

/* Empties cause, text and evidence. */
void transport_begin(struct transport_faults *t);
/* findings_add() with cause, text and evidence filled in. */
bool transport_tell(struct transport_faults *t, struct occurrence o);

static inline struct sighting transport_sighting(const struct sip_origin *o)
{
	return (struct sighting){ o->capture_id, o->frame, o->time_ns };
}

bool silent_request(struct transport_faults *t, const struct seen_message *m);
bool silent_response(struct transport_faults *t, const struct seen_message *m);
bool silent_transaction(struct transport_faults *t, const struct transaction *tr);

bool nat_request(struct transport_faults *t, const struct seen_message *m);
bool nat_response(struct transport_faults *t, const struct seen_message *m);
bool nat_repeated(struct transport_faults *t, const struct seen_message *m);
void nat_heard(struct transport_faults *t, struct endpoint src, struct sighting at);
/* Its Via, without rport, sends responses to another endpoint than `src`; the sent-by that says so as text. */
bool nat_answers_elsewhere(const struct sip_msg *msg, struct endpoint src,
                           char sent_by[static TRANSPORT_TEXT_MAX]);
/* F8: fills closed_ns, registered and heard if the receiver's NAT may have closed. */
void nat_ask_binding(struct transport_faults *t, struct silent *s);
bool nat_finish(struct transport_faults *t);

bool tcp_message_seen(struct transport_faults *t, const struct seen_message *m);
bool tcp_finish(struct transport_faults *t);

bool malformed_message(struct transport_faults *t, const struct seen_message *m);
bool malformed_finish(struct transport_faults *t);

#endif
