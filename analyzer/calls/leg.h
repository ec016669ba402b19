/* A leg of a call: the attempt, Call-ID + From-tag of its first request, with all its dialogs: INVITE (a row of `calls`), and in the same shape the
 * dialogs that SUBSCRIBE and REFER open outside a call (no such row). It lives until it is over and quiet, in eviction time. */
#ifndef ANALYZER_CALLS_LEG_H
#define ANALYZER_CALLS_LEG_H

#include "analyzer/calls/dialog.h"
#include "analyzer/calls/event.h"
#include "analyzer/calls/leg_trace.h"
#include "analyzer/calls/offer_answer.h"
#include "analyzer/calls/outcome.h"
#include "analyzer/calls/said.h"
#include "analyzer/calls/transaction.h"
#include "analyzer/joining/correlate.h"
#include "analyzer/streams/press.h"
#include "base/arena.h"

#define LEG_LINGER_NS                                                                              \
	(2 *                                                                                       \
	 NS_PER_S) /* after the end: what crosses it on the way. Later copies find the call in `ended` */
#define LEG_REMEMBERED_NS (64 * NS_PER_S) /* there, for twice 64*T1 */
#define LEG_RETRY_NS                                                                               \
	(32 * NS_PER_S) /* after a challenge or redirection: the next try belongs to it */
#define LEG_RING_NS    (300 * NS_PER_S) /* ringing, and nothing any more */
#define LEG_TIMER_C_NS (180 * NS_PER_S) /* RFC 3261 16.6: by then a proxy has given it up */
#define LEG_IDLE_NS    (4 * 3600 * NS_PER_S) /* answered, no SIP and no RTP */
#define LEG_MEDIA_QUIET_NS                                                                         \
	(1 * NS_PER_S) /* an ended call waits until its media has been quiet for this */
#define LEG_MEDIA_WAIT_NS (600 * NS_PER_S) /* but no longer than this */

enum leg_kind { LEG_INVITE, LEG_SUBSCRIBE, LEG_REFER };

/* Messages find only the live; the others wait for the rest of their call (call.h). */
enum leg_phase { LEG_LIVE, LEG_JUDGING, LEG_HOLDING, LEG_SETTLED };

struct calls;

/* The INVITE transactions of one try. Retries after 401, 407, 422, 3xx are new tries (higher CSeq) of the same attempt; copies
 * behind proxies are other transactions of the same try. What the first hop got is what the caller got. */
struct leg_try {
	int64_t transaction_id; /* of the first hop */
	uint64_t via_hash; /* its branch and sent-by: a CANCEL with them is the caller's */
	uint32_t cseq;
	uint32_t uri_hash; /* of its Request-URI */
	uint16_t final_status; /* first hop's, else the last one seen; 0: none */
	bool final_is_first_hop;
	bool responded; /* at least a 100 */
	bool cancelled, cancel_accepted;
	bool with_credentials;
	int64_t final_ns, cancel_final_ns;
	int64_t asked_evict_ns; /* last copy of the INVITE, or the CANCEL */
};

/* The newest INVITE that a party sent: where ACKs to its 2xx belong. */
struct leg_invite {
	int64_t transaction_id;
	uint32_t cseq;
	bool has_sdp;
};

/* Who was seen to send: struct leg's seen_from. */
enum leg_seen {
	LEG_SEEN_CALLER = 1 << 0,
	LEG_SEEN_CALLEE = 1 << 1,
	LEG_SEEN_IN_DIALOG = 1 << 2, /* a request within the dialog, so there was an answer */
};

#define LEG_SEEN_ACKS 4
#define LEG_ROOM      352 /* the strings of an ordinary call */

struct leg {
	struct timer timer; /* first: the timer leads back to its owner */
	struct list_node node; /* of the live, in order of use; of those that wait, see call.h */
	struct calls *home;
	uint64_t hash, call_hash;
	/* Every message and every look at the deadline reads these: they stand together, in few cache lines. */
	enum leg_kind kind;
	enum leg_phase phase;
	bool established; /* 2xx seen, or it was running when the capture began */
	bool transferred;
	bool given_up; /* nothing came any more for as long as it may take */
	uint8_t acks_next;
	uint8_t seen_from; /* enum leg_seen */
	int64_t first_ns, last_ns, start_ns, ring_ns, answer_ns, end_ns;
	int64_t touched_evict_ns, ended_evict_ns, closed_evict_ns;
	struct dialog *answered; /* whose BYE ends the call: the first with a 2xx */
	struct dialog *winner; /* the last one that was `answered` */
	struct leg_try attempt;
	/* Every string below, in `room` while there is some, then in `more`; each is set once, so it does not grow with the messages. */
	struct arena more;
	uint16_t room_used;
	struct slice call_id, from_tag, from_uri, to_uri, caller_contact, caller_user_agent,
	        replaces, join, username, realm; /* username, realm: of the first credentials */
	struct slice warning; /* of the first 403, 488 or 606 that has one */
	struct slice event; /* of a subscription to the digits of a call (kpml): which one */
	char transport[8];
	struct endpoint src, dst; /* of the first request */
	struct dialog first;
	unsigned dialog_count;
	struct call_media media; /* media.call_id is calls.id */
	struct press_list presses; /* digits of both parties */
	struct outcome_facts verdict; /* when it was closed */
	struct clue_use *clues; /* what it has in common with other legs */
	struct transfer *transfers;
	struct media_print *prints; /* of its streams, when it is closed */
	struct carried *carried; /* likewise, what was in them */
	struct leg_relations relations;
	uint32_t gathered; /* number of the last call.c look at its call that met it */
	uint8_t transfer_count;
	uint8_t place; /* in its call, while that is looked at */
	struct leg_invite invite[2]; /* enum party */
	uint32_t acks[LEG_SEEN_ACKS];
	struct hold hold;
	struct leg_trace trace;
	struct said said[2]; /* enum party */
	char *reason; /* room for REASON_MAX among the strings, or NULL */
	uint16_t reason_n, q850_cause;
	bool reason_is_q850, reason_is_header, has_q850;
	enum release hung_up;
	uint32_t expires_s; /* of a subscription */
	uint8_t room[LEG_ROOM];
};

static inline struct leg *leg_of_node(const struct list_node *node)
{
	return (struct leg *)(void *)((char *)(uintptr_t)node - offsetof(struct leg, node));
}

/* The message's leg will be looked for, most likely a call's. */
void leg_prefetch(const struct calls *c, const struct event *ev);

/* The live one to which an in-dialog message belongs, by its From-tag or its To-tag; NULL if there is none. */
struct leg *leg_find(const struct calls *c, enum leg_kind kind, const struct event *ev);
/* By From-tag only: for requests that open dialogs. */
struct leg *leg_find_attempt(const struct calls *c, enum leg_kind kind, const struct event *ev);

/* A new one whose caller is the message's From; the idlest one makes room at CALLS_MAX. NULL: environment failed. */
struct leg *leg_new(struct calls *c, enum leg_kind kind, const struct event *ev);

/* Finishes its streams and takes it from the live: what kept an INVITE or a REFER waits for the other legs of its call, anything else is
 * written and freed. False: environment failed. */
bool leg_close(struct leg *leg);
/* Frees it unwritten. */
void leg_free(struct leg *leg);

/* Who sent this message. */
enum party leg_party(const struct leg *leg, const struct event *ev);

/* Its dialog, by the callee's tag. `forming`: a tag not seen before opens a dialog (the placeholder takes the first tag). NULL:
 * environment failed. */
struct dialog *leg_dialog(struct leg *leg, const struct event *ev, bool forming);

/* Every message: times, contacts, user agents. */
bool leg_touch(struct leg *leg, struct dialog *d, const struct event *ev);

/* It is over (the linger begins), or going on after all. */
bool leg_end(struct leg *leg, int64_t time_ns);
void leg_go_on(struct leg *leg);
static inline bool leg_is_over(const struct leg *leg)
{
	return leg->end_ns != TIME_NONE;
}

/* True for a request without To-tag that starts anew where this one was. */
bool leg_is_succeeded_by(const struct leg *leg, const struct event *ev);

/* The deadline has become earlier. */
bool leg_rearm(struct leg *leg);

/* Remembers an ACK; true if it had been seen. */
bool leg_seen_ack(struct leg *leg, const struct event *ev);

/* Reason header's text (RFC 3326; Q.850 before SIP), else the phrase of a failure. */
bool leg_take_reason(struct leg *leg, const struct sip_msg *msg);
void leg_forget_reason(struct leg *leg);

/* No final response within the time it may take: 64*T1 of silence, or timer C while it rang. */
bool leg_timed_out(const struct leg *leg);

enum leg_cut { LEG_WHOLE, LEG_CUT_START, LEG_CUT_END, LEG_CUT_BOTH };
/* What the capture's edge hides of it, when it closes. What was given up for lack of messages has not been cut. */
enum leg_cut leg_cut(const struct leg *leg);

/* How its BYE fared; NONE: there was none, or the capture ended before its time was up. */
enum leg_disconnect { DISCONNECT_NONE, DISCONNECT_COMPLETED, DISCONNECT_FAILED };
enum leg_disconnect leg_disconnect(const struct leg *leg);

/* What is known for the verdict, now. */
struct outcome_facts leg_facts(const struct leg *leg);

/* A closed leg as a call of its own; texts borrow from it (leg_rows.c). */
struct record_call leg_call_record(const struct leg *leg);
/* Writes the `dialogs` rows of a closed leg. call_id: RECORD_NULL outside a call. */
bool leg_write_dialogs(const struct leg *leg, int64_t call_id);

/* Copies into the call's strings, cut at `max`, unless *out is set or `value` is empty. False: environment failed. */
bool leg_keep(struct leg *leg, struct slice value, size_t max, struct slice *out);

/* Invariants. */
bool leg_check(const struct leg *leg);

#endif
