/* SIP messages -> transactions, dialogs, calls; written as rows when they end, evicted in capture time.
 *
 *   transaction.c  RFC 3261 17 by branch (RFC 2543 fallback); retransmissions; time-outs
 *   dialog.c       by Call-ID and both tags; forks apart; early, then confirmed
 *   leg.c          the attempt (Call-ID + From-tag of the first INVITE) and all its dialogs: life and death; leg_rows.c: its rows
 *   call.c         closed legs wait here for the others of their call; call_rows.c: the call's rows
 *   invite.c       what requests and responses do to a call; subscription.c: to SUBSCRIBE and REFER dialogs
 *   leg_trace.c    what happened within a leg, beside its state: sightings, copies, challenges, changes
 *   outcome.c      final status and circumstances -> how it ended, and who ended it
 *   offer_answer.c RFC 3264: offer or answer; hold
 *   ended.c        late messages of calls and transactions already written
 *   calls.c        the door: one message in, the rows out
 *
 * analyzer/joining/ finds which legs are one call; analyzer/registrations/ is about REGISTER, SUBSCRIBE, PUBLISH. */
#ifndef ANALYZER_CALLS_CALLS_H
#define ANALYZER_CALLS_CALLS_H

#include "analyzer/analysis.h"
#include "analyzer/capture/capture.h"
#include "analyzer/streams/streams.h"
#include "dissectors/packet.h"
#include "dissectors/sip_msg.h"

struct calls;

struct calls *calls_new(struct analysis *a,
                        struct streams *s); /* NULL: out of memory, a->err set */
void calls_free(struct calls *c); /* NULL allowed */

/* Where a message came from. */
struct sip_origin {
	int64_t capture_id; /* captures.id */
	uint64_t frame;
	int64_t file_offset, time_ns;
	struct endpoint src, dst;
	const char *transport; /* "UDP", "TCP" */
	uint64_t
	        first_frame; /* of its fragments or segments, in this capture; 0: it came in one packet */
	uint64_t stray_octets; /* TCP: between the message before and this one */
};

/* One indexed message: writes its `messages` row, moves its transaction, dialog and call, tells the streams module of its SDP.
 * False: environment failed. */
bool calls_message(struct calls *c, const struct sip_origin *origin, const struct sip_msg *msg);

/* End of capture: everything still open is written as it stands. */
bool calls_finish(struct calls *c);

struct calls_counts {
	uint64_t messages, transactions, dialogs, calls, evicted_at_limit;
	size_t live_calls, live_dialogs, live_transactions;
};
struct calls_counts calls_counts(const struct calls *c);

/* Invariants, for tests: every call and transaction is in its table, its list and in time for a timer, and the counts are right. */
bool calls_check(const struct calls *c);

/* Bounds of what is alive at once; beyond, the call idle for longest, the transaction whose time comes first, is closed and written
 * as it stands, and counted. */
#define CALLS_MAX                  262144
#define CALLS_MAX_TRANSACTIONS     524288
#define CALLS_MAX_DIALOGS_PER_CALL 64

#endif
