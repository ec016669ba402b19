/* SIP transactions as a third party sees them, RFC 3261 section 17: one per hop, matched by the top Via's branch and sent-by with
 * the CSeq (17.2.3). An ACK to a 2xx is no transaction and belongs to none. Rows are written when a transaction is done with:
 * 32 s after its final response or its time-out, so that late copies still find it. */
#ifndef ANALYZER_CALLS_TRANSACTION_H
#define ANALYZER_CALLS_TRANSACTION_H

#include "analyzer/calls/event.h"
#include "base/list.h"
#include "base/table.h"

#define TRANSACTION_TIMEOUT_NS (32 * NS_PER_S) /* 64*T1: timers B, D, F, H, J */
#define TRANSACTION_PROCEEDING_NS (300 * NS_PER_S) /* an INVITE with only 1xx: timer C, generously */
#define TRANSACTION_SEEN 6 /* responses remembered to know their copies */

struct transactions;

/* Times `*_ns` are the packets' own, those ending in `_evict_ns` eviction time (analysis.h). */
struct transaction {
	struct timer timer; /* first: the timer leads back to its owner */
	struct list_node node; /* in order of use */
	struct transactions *home;
	uint64_t hash;
	int64_t id;
	int64_t dialog_id; /* 0: none */
	int64_t request_ns, first_response_ns, final_ns;
	int64_t since_evict_ns; /* what it waits for now, it waits for since then: a response, more of them, its late copies */
	struct endpoint src, dst; /* of the request */
	uint32_t seen[TRANSACTION_SEEN];
	uint32_t cseq, retransmissions;
	uint16_t final_status; /* 0: none */
	uint16_t call_id_n, branch_n, method_n;
	uint8_t method, seen_next;
	bool ack_seen, timed_out, auth_attempt;
	bool initial; /* the request had no To-tag */
	bool has_sdp; /* the request brought one: an offer */
	uint8_t text[]; /* Call-ID, branch, and the method's name if it is none of ours */
};

struct transactions {
	struct analysis *analysis;
	struct table table;
	struct list_node all; /* idle for longest first */
	uint64_t created, evicted_at_limit;
};

/* What the message was to its transaction. */
struct transaction_step {
	bool created;
	bool retransmission;
	bool first_final;
};

void transactions_init(struct transactions *ts, struct analysis *a);
/* Forgets everything unwritten. */
void transactions_release(struct transactions *ts);

/* Moves the transaction of this message; *out is NULL where there is none (ACK to a 2xx, headers missing). False: environment failed. */
bool transactions_message(struct transactions *ts, const struct event *ev, struct transaction **out,
			  struct transaction_step *step);

/* Writes everything still open as it stands. */
bool transactions_finish(struct transactions *ts);

/* Invariants: every transaction is in the table, the list and the timers. */
bool transactions_check(const struct transactions *ts);

static inline bool transaction_request_seen(const struct transaction *t)
{
	return t->request_ns != TIME_NONE;
}

#endif
