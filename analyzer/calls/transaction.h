/* SIP transactions as a third party sees them, RFC 3261 section 17: one per hop, matched by the top Via's branch and sent-by with
 * the CSeq (17.2.3). An ACK to a 2xx is no transaction and belongs to none.
 *
 * A row is written when a transaction is done with. After the final response that is TRANSACTION_COPIES_NS after its last message: copies
 * come at most T2 = 4 s apart (17.1.1.2, 17.1.2.2, 17.2.1; the 2xx of an INVITE likewise, 13.3.1.4), so a chain of them keeps it alive
 * as long as it lasts. What comes later still finds its id in `written`, for TRANSACTION_TIMEOUT_NS, and is known for a copy if it is one;
 * the row's count of retransmissions then lacks it, the `messages` row tells it. */
#ifndef ANALYZER_CALLS_TRANSACTION_H
#define ANALYZER_CALLS_TRANSACTION_H

#include "analyzer/calls/ended.h"
#include "analyzer/calls/event.h"
#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"

#define TRANSACTION_TIMEOUT_NS (32 * NS_PER_S) /* 64*T1: timers B, D, F, H, J */
#define TRANSACTION_PROCEEDING_NS                                                                  \
	(300 * NS_PER_S) /* an INVITE with only 1xx: timer C, generously */
#define TRANSACTION_TIMER_C_NS (180 * NS_PER_S) /* RFC 3261 16.6: what a proxy waits at least */
#define TRANSACTION_COPIES_NS  (5 * NS_PER_S) /* more than T2 */
#define TRANSACTION_SEEN       6 /* responses remembered to know their copies */

/* What it waits for; each has its own time, so those that wait for the same stand in the order in which their time comes. */
enum transaction_wait {
	WAIT_RESPONSE, /* final, or any of an INVITE */
	WAIT_FINAL, /* an INVITE that rings */
	WAIT_COPIES, /* of its final response or the request */
	WAIT_LATE, /* timed out: a late final response */
	TRANSACTION_WAITS,
};

/* Times `*_ns` are the packets' own, those ending in `_evict_ns` eviction time (analysis.h). */
struct transaction {
	struct list_node node; /* among those that wait for the same */
	uint64_t hash;
	int64_t id;
	int64_t dialog_id; /* 0: none */
	int64_t request_ns, first_response_ns, final_ns;
	int64_t since_evict_ns; /* what it waits for, it waits for since then */
	struct ip_addr src, dst; /* of the request */
	uint16_t src_port, dst_port;
	uint32_t seen[TRANSACTION_SEEN];
	uint32_t final_mark; /* the newest final's, as in `seen` */
	uint32_t cseq, retransmissions;
	uint16_t final_status; /* 0: none */
	uint16_t call_id_n, branch_n;
	uint8_t method_n, method, seen_next;
	uint8_t wait; /* enum transaction_wait */
	bool ack_seen, timed_out, auth_attempt;
	bool initial; /* the request had no To-tag */
	bool has_sdp; /* the request brought one: an offer */
	uint8_t copies_after_answer; /* of the request, well after a response that should have ended them */
	int64_t capture_id; /* of the request's frame, then of the response's; 0: none yet */
	uint64_t request_frame; /* its first copy */
	uint64_t answer_frame, copy_frame; /* that response; the last of those copies */
	int64_t answer_ns, copy_ns;
	/* Behind it in memory: Call-ID, branch, and the method's name if it is none of ours. */
};

struct transactions {
	struct timer
	        timer; /* first: the timer leads back to its owner; due with the first of all, or before */
	struct analysis *analysis;
	struct pool pool; /* of those with texts of ordinary length */
	struct table table;
	struct list_node waiting[TRANSACTION_WAITS]; /* each in the order of since_evict_ns */
	struct ended written;
	struct transaction
	        late; /* stands in for one in `written` that the message at hand belongs to */
	uint64_t created, evicted_at_limit;
};

#define TRANSACTION_CROSSING_NS                                                                    \
	(300 * NS_PER_MS) /* a copy this soon after the response may have crossed it */

/* What the message was to its transaction. */
struct transaction_step {
	bool created;
	bool retransmission;
	bool first_final;
};

void transactions_init(struct transactions *ts, struct analysis *a);
/* Forgets everything unwritten. */
void transactions_release(struct transactions *ts);

/* Moves the transaction of this message; *out is NULL where there is none (ACK to a 2xx, headers missing), and valid until the next
 * message. False: environment failed. */
bool transactions_message(struct transactions *ts, const struct event *ev, struct transaction **out,
                          struct transaction_step *step);

/* Writes everything still open as it stands. */
bool transactions_finish(struct transactions *ts);

/* Invariants: every transaction is in the table and in its list, in order, and the timer comes in time. */
bool transactions_check(const struct transactions *ts);

static inline bool transaction_request_seen(const struct transaction *t)
{
	return t->request_ns != TIME_NONE;
}

#endif
