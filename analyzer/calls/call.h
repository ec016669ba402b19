/* The attempt, Call-ID + From-tag of its first request, with all its dialogs: INVITE (a row of `calls`), and in the same shape the
 * dialogs that SUBSCRIBE and REFER open outside a call (no such row). It lives until it is over and quiet, in eviction time. */
#ifndef ANALYZER_CALLS_CALL_H
#define ANALYZER_CALLS_CALL_H

#include "analyzer/calls/dialog.h"
#include "analyzer/calls/event.h"
#include "analyzer/calls/offer_answer.h"
#include "analyzer/calls/outcome.h"
#include "analyzer/calls/transaction.h"
#include "base/arena.h"

#define CALL_LINGER_NS                                                                             \
	(2 *                                                                                       \
	 NS_PER_S) /* after the end: what crosses it on the way. Later copies find the call in `ended` */
#define CALL_REMEMBERED_NS (64 * NS_PER_S) /* there, for twice 64*T1 */
#define CALL_RETRY_NS                                                                              \
	(32 * NS_PER_S) /* after a challenge or redirection: the next try belongs to it */
#define CALL_RING_NS (300 * NS_PER_S) /* ringing, and nothing any more */
#define CALL_IDLE_NS (4 * 3600 * NS_PER_S) /* answered, no SIP and no RTP */
#define CALL_MEDIA_QUIET_NS                                                                        \
	(1 * NS_PER_S) /* an ended call waits until its media has been quiet for this */
#define CALL_MEDIA_WAIT_NS (600 * NS_PER_S) /* but no longer than this */

enum call_kind { CALL_INVITE, CALL_SUBSCRIBE, CALL_REFER };

struct calls;

/* The INVITE transactions of one try. Retries after 401, 407, 422, 3xx are new tries (higher CSeq) of the same attempt; copies
 * behind proxies are other transactions of the same try. What the first hop got is what the caller got. */
struct call_try {
	int64_t transaction_id; /* of the first hop */
	uint64_t via_hash; /* its branch and sent-by: a CANCEL with them is the caller's */
	uint32_t cseq;
	uint16_t final_status; /* first hop's, else the last one seen; 0: none */
	bool final_is_first_hop;
	bool responded; /* at least a 100 */
	bool cancelled, cancel_accepted;
	int64_t final_ns, cancel_final_ns;
	int64_t asked_evict_ns; /* last copy of the INVITE, or the CANCEL */
};

/* The newest INVITE that a party sent: where ACKs to its 2xx belong. */
struct call_invite {
	int64_t transaction_id;
	uint32_t cseq;
	bool has_sdp;
};

#define CALL_SEEN_ACKS 4
#define CALL_ROOM      352 /* the strings of an ordinary call */

struct call {
	struct timer timer; /* first: the timer leads back to its owner */
	struct list_node node; /* in order of use */
	struct calls *home;
	uint64_t hash, call_hash;
	/* Every string below, in `room` while there is some, then in `more`; each is set once, so it does not grow with the messages. */
	struct arena more;
	uint16_t room_used;
	enum call_kind kind;
	struct slice call_id, from_tag, from_uri, to_uri, caller_contact, caller_user_agent,
	        replaces;
	char transport[8];
	struct endpoint src, dst; /* of the first request */
	struct dialog first;
	struct dialog *answered; /* whose BYE ends the call: the first with a 2xx */
	unsigned dialog_count;
	struct call_media media; /* media.call_id is calls.id */
	int64_t first_ns, last_ns, start_ns, ring_ns, answer_ns, end_ns;
	int64_t touched_evict_ns, ended_evict_ns;
	struct call_try attempt;
	struct call_invite invite[2]; /* enum party */
	uint32_t acks[CALL_SEEN_ACKS];
	struct hold hold;
	char *reason; /* room for REASON_MAX among the strings, or NULL */
	uint16_t reason_n, q850_cause;
	bool reason_is_q850, reason_is_header, has_q850;
	bool established; /* 2xx seen, or it was running when the capture began */
	bool transferred;
	uint8_t acks_next;
	enum release hung_up;
	uint32_t expires_s; /* of a subscription */
	uint8_t room[CALL_ROOM];
};

/* The live one to which an in-dialog message belongs, by its From-tag or its To-tag; NULL if there is none. */
struct call *call_find(const struct calls *c, enum call_kind kind, const struct event *ev);
/* By From-tag only: for requests that open dialogs. */
struct call *call_find_attempt(const struct calls *c, enum call_kind kind, const struct event *ev);

/* A new one whose caller is the message's From; the idlest one makes room at CALLS_MAX. NULL: environment failed. */
struct call *call_new(struct calls *c, enum call_kind kind, const struct event *ev);

/* Finishes its streams, writes its rows, frees it (in any case). False: environment failed. */
bool call_close(struct call *call);
/* Frees it unwritten. */
void call_free(struct call *call);

/* Who sent this message. */
enum party call_party(const struct call *call, const struct event *ev);

/* Its dialog, by the callee's tag. `forming`: a tag not seen before opens a dialog (the placeholder takes the first tag). NULL:
 * environment failed. */
struct dialog *call_dialog(struct call *call, const struct event *ev, bool forming);

/* Every message: times, contacts, user agents. */
bool call_touch(struct call *call, struct dialog *d, const struct event *ev);

/* It is over (the linger begins), or going on after all. */
bool call_end(struct call *call, int64_t time_ns);
void call_go_on(struct call *call);
static inline bool call_is_over(const struct call *call)
{
	return call->end_ns != TIME_NONE;
}

/* True for a request without To-tag that starts anew where this one was. */
bool call_is_succeeded_by(const struct call *call, const struct event *ev);

/* The deadline has become earlier. */
bool call_rearm(struct call *call);

/* Remembers an ACK; true if it had been seen. */
bool call_seen_ack(struct call *call, const struct event *ev);

/* Reason header's text (RFC 3326; Q.850 before SIP), else the phrase of a failure. */
bool call_take_reason(struct call *call, const struct sip_msg *msg);
void call_forget_reason(struct call *call);

/* What is known for the verdict, now. */
struct outcome_facts call_facts(const struct call *call);

/* Writes `calls` and `dialogs` rows (call_rows.c). */
bool call_write_rows(const struct call *call);

/* Copies into the call's strings, cut at `max`, unless *out is set or `value` is empty. False: environment failed. */
bool call_keep(struct call *call, struct slice value, size_t max, struct slice *out);

/* Invariants. */
bool call_check(const struct call *call);

#endif
