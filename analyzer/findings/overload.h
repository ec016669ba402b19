/* Family D, of servers over time: overload and server errors (D9, D11; overload.c), Retry-After (D10; backoff.c), loops (D12; loops.c),
 * copies (D15; storm.c). Servers are addresses that requests go to and answers come from. All tables have bounds; where one is full, what
 * was unused for longest is forgotten. */
#ifndef ANALYZER_FINDINGS_OVERLOAD_H
#define ANALYZER_FINDINGS_OVERLOAD_H

#include "analyzer/findings/draft.h"
#include "analyzer/findings/lru.h"
#include "analyzer/findings/window.h"

#define OVERLOAD_MAX_SERVERS 4096
#define OVERLOAD_MAX_BACKOFFS                                                                      \
	1024 /* pairs of a server and a client that it sent away for a while */
#define OVERLOAD_MAX_PASSES 4096 /* INVITEs that come by more than once */
#define OVERLOAD_KEPT       16 /* refusals kept until there are enough of them */
#define OVERLOAD_MARKS      256

/* One refusal that does not make a wave yet. */
struct refusal {
	int64_t call_id, dialog_id;
	struct sighting at;
	struct ip_addr client;
	uint16_t status;
	uint8_t method; /* enum sip_method */
};

struct refusals {
	struct window window;
	struct refusal kept[OVERLOAD_KEPT];
	unsigned count; /* at most OVERLOAD_KEPT; the oldest leaves */
};

struct server {
	struct lru_node node;
	struct ip_addr addr;
	struct window finals, requests, copies;
	struct refusals busy, errors; /* 503; 500, 502, 504 */
	int64_t retry_after_ns; /* when it last gave one; TIME_NONE */
	int64_t storm_until_ns; /* told already, up to then */
};

/* The settings, asked for once. */
struct overload_settings {
	int64_t busy_window_ns, error_window_ns, storm_window_ns, grace_ns;
	double busy_responses, busy_ratio, error_responses;
	double storm_ratio, storm_requests, invite_copies, other_copies;
	double passes;
};

struct overload {
	struct draft draft;
	struct overload_settings set;
	struct lru servers, backoffs, passes;
	struct server *last; /* found last */
	uint64_t marks
	        [OVERLOAD_MARKS]; /* refusals told already at a hop before: of Call-ID, CSeq and status */
};

struct overload *overload_new(struct findings *f); /* NULL: out of memory, err set */
void overload_free(struct overload *o); /* NULL allowed */
/* Every message. False: environment failed. */
bool overload_message(struct overload *o, const struct seen_message *m);

/* Internal to these files. */
struct server *overload_server(struct overload *o, struct ip_addr addr); /* NULL: out of memory */
struct sighting overload_sighting(const struct seen_message *m);
int64_t overload_call(const struct seen_message *m);
bool backoff_refusal(struct overload *o, struct server *s, const struct seen_message *m);
bool backoff_request(struct overload *o, const struct seen_message *m);
bool loops_response(struct overload *o, const struct seen_message *m);
bool loops_request(struct overload *o, const struct seen_message *m);
bool storm_request(struct overload *o, const struct seen_message *m);

#endif
