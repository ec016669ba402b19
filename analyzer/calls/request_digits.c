#include "analyzer/calls/request_digits.h"

#include "analyzer/calls/state.h"
#include "dissectors/dtmf_info.h"
#include "dissectors/kpml.h"
#include "dissectors/mime.h"

#define MAX_EVENT    512
#define AGAIN_NS     (5 * NS_PER_S) /* with credentials, after a challenge */
#define UNAUTHORIZED 401
#define PROXY_AUTH   407

/* ---- the list ---- */

static struct press *find_request(struct leg *leg, const struct press *like)
{
	for (unsigned i = leg->presses.count; i > 0; i--) {
		struct press *p = &leg->presses.items[i - 1];
		if (p->method == like->method && p->cseq == like->cseq &&
		    p->dialog_id == like->dialog_id && p->sender == like->sender)
			return p;
	}
	return NULL;
}

static bool was_challenged(const struct press *p, const struct press *now)
{
	return (p->status == UNAUTHORIZED || p->status == PROXY_AUTH) && p->method == now->method &&
	       p->sender == now->sender && p->dialog_id == now->dialog_id &&
	       p->digit == now->digit && now->start_ns - p->start_ns <= AGAIN_NS;
}

/* The press that this request asks for again. */
static struct press *find_challenged(struct leg *leg, const struct press *now)
{
	for (unsigned i = leg->presses.count; i > 0; i--)
		if (was_challenged(&leg->presses.items[i - 1], now))
			return &leg->presses.items[i - 1];
	return NULL;
}

static struct press press_of(enum press_method method, const struct leg *leg, int64_t dialog_id,
                             const struct event *ev, enum party sender)
{
	struct sighting at = sighting_of(ev);

	(void)leg;
	return (struct press){
		.method = (uint8_t)method,
		.start_ns = ev->origin->time_ns,
		.duration_ms = (double)NAN,
		.wall_ms = (double)NAN,
		.level_dbm0 = (double)NAN,
		.dialog_id = dialog_id,
		.first = at,
		.last = at,
		.cseq = ev->msg->cseq,
		.sender = (uint8_t)sender,
	};
}

/* All digits of one request. */
static bool take(struct leg *leg, struct press p, const char *digits, unsigned n)
{
	struct analysis *a = leg->home->analysis;
	struct press *before;

	if (find_request(leg, &p))
		return true; /* another hop's */
	for (unsigned i = 0; i < n; i++) {
		p.digit = digits[i];
		before = find_challenged(leg, &p);
		if (before) {
			before->cseq = p.cseq;
			before->status = 0;
			before->last = p.last;
		} else if (!press_take(a, &leg->presses, leg->media.call_id, &p)) {
			return false;
		}
	}
	return true;
}

/* RFC 3261 8.2.2: what it says of the request; a 2xx of one hop is not taken back by another's copy. */
static void answered(struct leg *leg, const struct press *like, int status)
{
	for (unsigned i = leg->presses.count; i > 0; i--) {
		struct press *p = &leg->presses.items[i - 1];
		if (p->method == like->method && p->cseq == like->cseq &&
		    p->dialog_id == like->dialog_id && p->sender == like->sender &&
		    p->status / 100 != 2)
			p->status = (uint16_t)status;
	}
}

/* ---- INFO ---- */

static bool info_request(struct leg *leg, const struct press *p, const struct sip_msg *msg)
{
	struct dtmf_info info;
	struct press press = *p;

	if (!msg->body.n || dtmf_info_parse(msg->content_type, msg->body, &info) != PARSE_OK)
		return true;
	press.duration_ms = info.has_duration ? (double)info.duration_ms : (double)NAN;
	return take(leg, press, &info.digit, 1);
}

static enum party other_party(enum party p)
{
	return p == PARTY_CALLER ? PARTY_CALLEE : PARTY_CALLER;
}

/* Who sent the request that this message is, or answers. */
static enum party requester(const struct leg *leg, const struct event *ev)
{
	enum party sender = leg_party(leg, ev);

	return ev->msg->is_request ? sender : other_party(sender);
}

static bool info(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	struct press p = press_of(PRESS_INFO, leg, d->id, ev, requester(leg, ev));

	if (ev->msg->is_request)
		return info_request(leg, &p, ev->msg);
	if (ev->msg->status >= 200)
		answered(leg, &p, ev->msg->status);
	return true;
}

/* ---- KPML ---- */

/* The call that a subscription of its own listens to; NULL: none that is known. */
static struct leg *target_of(const struct leg *subscription)
{
	struct kpml_target target;
	struct event ev = { 0 };

	if (!kpml_target_of(subscription->event, &target) || !target.call_id.n)
		return NULL;
	ev.call_id = slice_sub(target.call_id, 0, EVENT_MAX_CALL_ID);
	ev.call_hash = hash_slice(target.call_id, 0);
	ev.from_tag = target.local_tag;
	ev.to_tag = target.remote_tag;
	ev.from_hash = hash_slice(ev.from_tag, 0);
	ev.to_hash = hash_slice(ev.to_tag, 0);
	return leg_find(subscription->home, LEG_INVITE, &ev);
}

/* The user agent that reports digits is the one they were pressed at. */
static enum party presser(const struct leg *call, const struct event *ev)
{
	struct ip_addr at = ev->msg->is_request ? ev->origin->src.addr : ev->origin->dst.addr;

	return ip_addr_eq(at, call->dst.addr) && !ip_addr_eq(at, call->src.addr) ? PARTY_CALLEE
	                                                                         : PARTY_CALLER;
}

static bool kpml_request(struct leg *call, const struct press *p, const struct sip_msg *msg)
{
	struct slice body =
	        mime_part(msg->content_type, msg->body, "application/kpml-response+xml");
	struct kpml_response r;

	if (!body.n || kpml_parse(body, &r) != PARSE_OK)
		return true;
	return take(call, *p, r.digits, r.count);
}

static bool kpml(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	bool within = leg->kind == LEG_INVITE;
	struct leg *call = within ? leg : target_of(leg);

	if (!call)
		return true;
	struct press p = press_of(PRESS_KPML, call, within ? d->id : call->first.id, ev,
	                          within ? requester(leg, ev) : presser(call, ev));
	if (ev->msg->is_request)
		return kpml_request(call, &p, ev->msg);
	if (ev->msg->status >= 200)
		answered(call, &p, ev->msg->status);
	return true;
}

bool request_digits(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	switch (ev->method) {
	case SIP_INFO: return leg->kind != LEG_INVITE || info(leg, d, ev);
	case SIP_SUBSCRIBE:
		if (leg->kind != LEG_SUBSCRIBE || !ev->msg->is_request || leg->event.n)
			return true;
		struct slice event = sip_msg_value(ev->msg, SIP_H_EVENT);
		return !slice_istarts(event, "kpml") ||
		       leg_keep(leg, event, MAX_EVENT, &leg->event);
	case SIP_NOTIFY:
		if (leg->kind == LEG_INVITE || leg->event.n)
			return kpml(leg, d, ev);
		return true;
	default: return true;
	}
}
