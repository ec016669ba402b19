/* What happened within a leg, beside its state: where the messages that count were seen, how often they were repeated, what the
 * authentication, the redirections and the session timer did. invite.c and calls.c tell it; leg_rows.c and the findings read it. */
#ifndef ANALYZER_CALLS_LEG_TRACE_H
#define ANALYZER_CALLS_LEG_TRACE_H

#include "analyzer/calls/event.h"
#include "analyzer/findings/evidence.h"

struct leg;
struct dialog;
struct transaction;

#define LEG_TRACE_TARGETS                                                                          \
	6 /* redirected Request-URIs remembered; beyond, the oldest is forgotten */

/* The newest re-INVITE or UPDATE of a party. */
struct leg_change {
	struct sighting asked, final;
	int64_t transaction; /* 0: there was none */
	uint32_t cseq;
	uint16_t status; /* 0: no final response */
};

struct leg_trace {
	struct sighting invite; /* the first one */
	struct sighting response; /* the first one to it, 100 too */
	struct sighting challenge; /* the newest 401 or 407 to an INVITE */
	struct sighting final; /* the 2xx, or the newest refusal */
	struct sighting second_ok; /* the first 2xx of another fork */
	struct sighting ok_copy; /* the last copy of the 2xx */
	struct sighting ack; /* the first one to the 2xx */
	struct sighting ack_copy; /* the last one */
	struct sighting reliable, reliable_copy; /* the first 1xx with RSeq, its last copy */
	struct sighting prack;
	struct sighting cancel;
	struct sighting refresh; /* the newest 2xx that renewed the session */
	struct sighting bye, bye_copy, bye_final; /* of the BYE that ended it */
	struct sighting lost; /* the first 481 to a request within the running dialog */
	struct leg_change change[2]; /* enum party who asked */
	struct sighting glare[2]; /* enum party who asked: the newest 491 */
	int64_t glare_retry_ns[2]; /* its next change afterwards, TIME_NONE: none */
	struct sighting heard[2]; /* enum party: its newest message */
	struct ip_addr ack_next, ack_dst; /* where the repeated 2xx sends the ACK; where it went */
	int64_t ok_transaction, bye_transaction;
	uint32_t bye_cseq;
	uint32_t challenge_realm; /* hash of the newest challenge's realm */
	uint32_t targets[LEG_TRACE_TARGETS]; /* hashes of Request-URIs that were redirected */
	uint16_t attempts, challenges;
	uint16_t with_credentials; /* attempts that had some */
	uint16_t same_realm; /* challenges in a row by one realm */
	uint16_t redirects, too_small; /* 3xx, 422 */
	uint16_t invite_copies, ok_copies, bye_copies, reliable_copies;
	uint16_t answers; /* 2xx of different forks to the first sender */
	uint16_t bye_status, final_status;
	uint16_t glares[2];
	uint8_t target_next;
	uint8_t lost_method; /* enum sip_method */
	uint8_t last_change; /* enum party: whose is the newest */
	uint8_t ringback; /* the newest: 1 180 without a body, 2 183 with one */
	uint8_t ringback_changes; /* between them, at the first hop */
	bool answered_with_credentials; /* the newest challenge had been sent some */
	bool target_again; /* a redirection led back to where it came from */
	bool bye_crossed; /* the other side sent one too before it was answered */
	bool cancel_race; /* the caller's CANCEL and the 2xx crossed */
	bool referred; /* a REFER within it */
	bool ack_elsewhere; /* repeated, and its Request-URI is not where the 2xx says */
	bool ack_next_told, ack_missent; /* ack_next holds; the caller's ACK did not go there */
	bool needs_100rel; /* 420 or 421 about it */
};

struct sighting sighting_of(const struct event *ev);

/* What its Request-URI is remembered by. */
uint32_t leg_trace_target(const struct event *ev);

/* A new try of the INVITE, before its leg_try is begun. False: environment failed. */
bool leg_trace_try(struct leg *leg, const struct event *ev, const struct transaction *t);
/* A 1xx to it at the first hop: does it bring early media, or ask for ringing? */
void leg_trace_ringback(struct leg *leg, const struct event *ev);
/* The refusal of the newest try. */
void leg_trace_refusal(struct leg *leg, const struct event *ev);
/* A 2xx to the initial INVITE, after it counted. */
void leg_trace_success(struct leg *leg, struct dialog *d, const struct event *ev,
                       const struct transaction *t);
/* A re-INVITE or UPDATE, and its final response. */
void leg_trace_change(struct leg *leg, const struct event *ev, const struct transaction *t);
void leg_trace_change_end(struct leg *leg, struct dialog *d, const struct event *ev,
                          const struct transaction *t);
/* The BYE that ended the leg; any further one; the final response to one. */
void leg_trace_bye(struct leg *leg, const struct event *ev, const struct transaction *t);
void leg_trace_another_bye(struct leg *leg, const struct event *ev, const struct transaction *t);
void leg_trace_bye_end(struct leg *leg, const struct event *ev, const struct transaction *t);
/* Every message, before all of those; `copy`: a retransmission. */
void leg_trace_message(struct leg *leg, const struct dialog *d, const struct event *ev,
                       const struct transaction *t, bool copy);

/* The newest of both; `asked` is not set where there was none. */
const struct leg_change *leg_trace_change_of(const struct leg *leg);

/* Its BYE has no final response yet, and may get one. */
bool leg_trace_waits_for_bye(const struct leg *leg);

#endif
