/* Offer and answer, RFC 3264 / 3261 13.2.1: which of the two an SDP is, what it says in one line, and how long a call was on hold. */
#ifndef ANALYZER_CALLS_OFFER_ANSWER_H
#define ANALYZER_CALLS_OFFER_ANSWER_H

#include "analyzer/streams/streams.h"
#include "base/text.h"
#include "dissectors/sdp.h"
#include "dissectors/sip_msg.h"

enum sdp_role { SDP_ROLE_NONE, SDP_ROLE_OFFER, SDP_ROLE_ANSWER };

/* `request_had_sdp`: the request that a response answers brought an SDP, or is not known; for PRACK: the INVITE did. */
enum sdp_role sdp_role_of(bool is_request, enum sip_method method, bool request_had_sdp);

/* "offer PCMU PCMA telephone-event 192.0.2.1:4000 sendrecv", several media separated by ", ". */
void sdp_summary(const struct sdp *sdp, enum sdp_role role, struct text *out);

/* All media of it that are not rejected are on hold (RFC 3264 8.4). */
bool sdp_says_hold(const struct sdp *sdp);
/* Its owner means to send. */
bool sdp_sends(const struct sdp *sdp);

/* The union of the times in which either side holds, from the answer on. An offer that is refused never counted: what it changed is
 * put back (RFC 3261 14.1). */
#define HOLD_SPANS 4 /* finished ones that are remembered; of more, the last is replaced */

struct hold_span {
	int64_t from_ns, until_ns;
};

struct hold {
	bool by[2]; /* enum party: the newest SDP of that side says hold */
	bool counting; /* the call is answered */
	int64_t since_ns; /* TIME_NONE while nobody holds */
	int64_t total_ns; /* finished holds */
	unsigned count; /* holds begun */
	bool offer_sends; /* the newest offer; if it does not, an answer that does not receive is no hold, it has no choice */
	bool offer_open;
	enum party offer_party;
	uint32_t offer_cseq;
	struct hold_span spans[HOLD_SPANS];
	unsigned span_count, before_span_count;
	bool before_by;
	int64_t before_since_ns, before_total_ns;
	unsigned before_count;
};

void hold_init(struct hold *h);
void hold_start(struct hold *h, int64_t time_ns); /* answered */
bool hold_now(const struct hold *h);
void hold_sdp(struct hold *h, enum party party, bool says_hold, int64_t time_ns);
/* Before the SDP of a re-INVITE or UPDATE; copies of the same request on another hop change nothing. */
void hold_offer(struct hold *h, enum party party, uint32_t cseq);
/* Its final response. */
void hold_offer_end(struct hold *h, enum party party, uint32_t cseq, bool accepted);
/* Somebody held at some moment between the two, as far as is remembered. */
bool hold_within(const struct hold *h, int64_t from_ns, int64_t until_ns);
int64_t hold_total_ns(const struct hold *h, int64_t end_ns);

#endif
