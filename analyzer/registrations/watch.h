/* Interest in events, and their publication, as rows of `subscriptions`: SUBSCRIBE (RFC 6665) and the implicit subscription of REFER
 * (RFC 3515) inside and outside of calls, one per notifier (forks are further ones); PUBLISH (RFC 3903); and NOTIFYs that nobody
 * asked for, counted by who sends them to whom. Legs and dialogs know nothing of these: here is only what they were about.
 *
 *   watch.c           life, tables, rows
 *   watch_messages.c  SUBSCRIBE, REFER, NOTIFY
 *   publication.c     PUBLISH */
#ifndef ANALYZER_REGISTRATIONS_WATCH_H
#define ANALYZER_REGISTRATIONS_WATCH_H

#include "analyzer/calls/event.h"
#include "analyzer/calls/transaction.h"
#include "base/arena.h"

#define WATCHES_MAX     65536 /* beyond, the one quiet for longest is written as it stands */
#define WATCH_MAX_FORKS 64 /* of one SUBSCRIBE; NOTIFYs of more are not counted */
#define WATCH_LINGER_NS                                                                            \
	(34 *                                                                                      \
	 NS_PER_S) /* refused: the next try; ended: last NOTIFYs; ran out: a refresh under way */
#define WATCH_QUIET_NS  (3600 * NS_PER_S) /* nobody said how long it lasts */
#define WATCH_MAX_TRIES 8

enum watch_kind { WATCH_SUBSCRIBE, WATCH_REFER, WATCH_PUBLISH, WATCH_UNASKED };
enum watch_state {
	WATCH_ASKING,
	WATCH_REFUSED,
	WATCH_TIMED_OUT,
	WATCH_PENDING, /* Subscription-State: pending */
	WATCH_ACTIVE,
	WATCH_TERMINATED,
};

/* Times `*_ns` are the packets' own, those ending in `_evict_ns` eviction time (analysis.h). */
struct watch {
	struct timer timer; /* first: the timer leads back to its owner */
	struct list_node node; /* quiet for longest first */
	struct watches *home;
	uint64_t hash; /* of Call-ID and the asker's tag, or of what WATCH_UNASKED is counted by */
	uint64_t etag_hash; /* of a publication's resource and entity tag; 0: none */
	struct arena strings;
	struct slice call_id, asker_tag, notifier_tag, event, event_id, resource, asker, reason;
	struct endpoint src, dst;
	int64_t id, dialog_id;
	int64_t start_ns, end_ns, until_ns; /* until_ns TIME_NONE: not known */
	int64_t since_evict_ns, patience_ns;
	uint32_t cseq, notify_cseq; /* of the newest request, of the newest NOTIFY */
	uint32_t refer_cseq; /* REFER's: the id of its events */
	uint32_t asked_s, expires_s, notifies, refreshes;
	uint16_t final_status, last_status;
	uint8_t tries;
	enum watch_kind kind;
	enum watch_state state;
	bool has_expires, has_asked, established, waits; /* waits: for the answer to `cseq` */
	bool root; /* of its forks: what the request itself began */
	uint8_t forks;
};

struct watches {
	struct analysis *analysis;
	struct pool pool;
	struct table table, etags;
	struct list_node all;
	uint64_t evicted_at_limit;
};

void watches_init(struct watches *ws, struct analysis *a);
/* Forgets everything unwritten. */
void watches_release(struct watches *ws);

/* A SUBSCRIBE, REFER, NOTIFY or PUBLISH, or a response to one. `dialog_id` 0: none. False: environment failed. */
bool watches_message(struct watches *ws, const struct event *ev, const struct transaction *t,
                     bool retransmission, int64_t dialog_id);

/* End of capture: writes everything as it stands. */
bool watches_finish(struct watches *ws);

/* Invariants. */
bool watches_check(const struct watches *ws);

/* --- between the files --------------------------------------------------------------------------------------------------- */

bool publication_message(struct watches *ws, const struct event *ev);

/* One whose asker is the sender of `ev`, or its receiver for a NOTIFY. NULL: environment failed. */
struct watch *watch_new(struct watches *ws, enum watch_kind kind, const struct event *ev,
                        uint64_t hash);
/* Copies, cut at `max`, unless *out is set or `value` is empty. */
bool watch_keep(struct watch *w, struct slice value, size_t max, struct slice *out);
/* Waits so long from now on, and stands last. */
bool watch_wait(struct watch *w, int64_t patience_ns);
/* As long as it was granted from `time_ns` on. */
bool watch_granted(struct watch *w, int64_t time_ns, uint32_t expires_s);
/* It is over. `reason` is kept. */
bool watch_end(struct watch *w, enum watch_state state, struct slice reason, int64_t time_ns);
/* A failure of the request that opens it: the next try may go on with it. */
bool watch_refused(struct watch *w, int status, int64_t time_ns);
/* Another try of it. */
bool watch_goes_on(const struct watch *w, const struct event *ev);
bool watch_ask(struct watch *w, const struct event *ev);

#endif
