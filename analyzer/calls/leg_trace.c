#include "analyzer/calls/leg_trace.h"

#include "analyzer/calls/leg.h"
#include "dissectors/sip_grammar.h"
#include "dissectors/sip_header.h"

#define MAX_USERNAME 128

struct sighting sighting_of(const struct event *ev)
{
	const struct sip_origin *o = ev->origin;
	return (struct sighting){ o->capture_id, o->frame, o->time_ns };
}

static void see_first(struct sighting *s, const struct event *ev)
{
	if (!sighting_is_set(*s))
		*s = sighting_of(ev);
}

static void count(uint16_t *n)
{
	*n = (uint16_t)(*n + (*n < UINT16_MAX));
}

static uint32_t short_hash(struct slice s)
{
	return (uint32_t)(hash_slice(s, 0) >> 32) | 1;
}

/* ---- tries of the INVITE ---- */

static bool keep_credentials(struct leg *leg, const struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, SIP_H_PROXY_AUTHORIZATION);
	struct sip_grammar_auth auth;

	if (leg->username.p)
		return true;
	if (!value.p)
		value = sip_msg_value(msg, SIP_H_AUTHORIZATION);
	if (!value.p || !sip_grammar_authorization(value, &auth))
		return true;
	return leg_keep(leg, slice_str(auth.username), MAX_USERNAME, &leg->username) &&
	       leg_keep(leg, slice_str(auth.realm), MAX_USERNAME, &leg->realm);
}

uint32_t leg_trace_target(const struct event *ev)
{
	return short_hash(ev->msg->request_uri);
}

/* A Request-URI that a 3xx had sent the caller away from, asked again. Where there was no redirection (a retry with credentials) it
 * may well be the same. */
static void note_target(struct leg *leg, const struct event *ev)
{
	struct leg_trace *t = &leg->trace;
	int status = leg->attempt.final_status;
	uint32_t hash = leg_trace_target(ev);

	if (status >= 300 && status < 400) {
		t->targets[t->target_next] = leg->attempt.uri_hash;
		t->target_next = (uint8_t)((t->target_next + 1) % LEG_TRACE_TARGETS);
	}
	for (unsigned i = 0; t->redirects && i < LEG_TRACE_TARGETS; i++)
		t->target_again = t->target_again || t->targets[i] == hash;
}

bool leg_trace_try(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	count(&leg->trace.attempts);
	note_target(leg, ev);
	if (!t->auth_attempt)
		return true;
	count(&leg->trace.with_credentials);
	return keep_credentials(leg, ev->msg);
}

/* The value of one parameter in `Digest name="value", name=value`. */
static struct slice challenge_param(struct slice value, const char *name)
{
	struct slice rest = value, item;
	size_t blank = slice_find(value, ' ');

	if (blank != SLICE_NPOS)
		rest = slice_from(value, blank);
	while (sip_list_next(&rest, &item)) {
		size_t equals = slice_find(item, '=');
		if (equals != SLICE_NPOS &&
		    slice_ieq_str(slice_trim(slice_sub(item, 0, equals)), name))
			return slice_trim(slice_from(item, equals + 1));
	}
	return SLICE_NONE;
}

/* RFC 3261 22.2. A chain of proxies challenges once each, every one with its own realm; `stale` asks for the same password with a
 * new nonce and refuses nothing. */
static void note_challenge(struct leg *leg, const struct event *ev)
{
	struct leg_trace *t = &leg->trace;
	struct slice value =
	        sip_msg_value(ev->msg, ev->msg->status == 407 ? SIP_H_PROXY_AUTHENTICATE
	                                                      : SIP_H_WWW_AUTHENTICATE);
	uint32_t realm = short_hash(challenge_param(value, "realm"));

	count(&t->challenges);
	t->challenge = sighting_of(ev);
	t->answered_with_credentials = leg->attempt.with_credentials;
	if (slice_ieq_str(challenge_param(value, "stale"), "true"))
		return;
	if (realm != t->challenge_realm)
		t->same_realm = 0;
	t->challenge_realm = realm;
	count(&t->same_realm);
}

static bool is_about_100rel(const struct sip_msg *msg)
{
	return sip_list_has(sip_msg_value(msg, SIP_H_UNSUPPORTED), "100rel") ||
	       sip_list_has(sip_msg_value(msg, SIP_H_REQUIRE), "100rel");
}

void leg_trace_ringback(struct leg *leg, const struct event *ev)
{
	struct leg_trace *t = &leg->trace;
	bool with_body = ev->msg->body.n > 0;
	uint8_t now = 0;

	if (ev->msg->status == 180 && !with_body)
		now = 1;
	else if (ev->msg->status == 183 && with_body)
		now = 2;
	if (!now)
		return;
	if (t->ringback && t->ringback != now && t->ringback_changes < UINT8_MAX)
		t->ringback_changes++;
	t->ringback = now;
}

void leg_trace_refusal(struct leg *leg, const struct event *ev)
{
	struct leg_trace *t = &leg->trace;
	int status = ev->msg->status;

	t->final = sighting_of(ev);
	t->final_status = (uint16_t)status;
	if (status == 401 || status == 407)
		note_challenge(leg, ev);
	else if (status < 400)
		count(&t->redirects);
	else if (status == 422)
		count(&t->too_small);
	else if (status == 420 || status == 421)
		t->needs_100rel = is_about_100rel(ev->msg);
}

/* ---- session timer, RFC 4028 ---- */

/* As the 2xx says it; `uac` and `uas` are those of its request (section 9), told here of the one that began the dialog. */
static void take_session_expires(struct dialog *d, const struct event *ev, bool caller_asked)
{
	struct slice value = sip_msg_value(ev->msg, SIP_H_SESSION_EXPIRES), who;
	uint64_t seconds;

	d->session_expires_s = 0;
	d->refresher = REFRESHER_NONE;
	if (!value.p || !slice_u64(slice_trim(slice_sub(value, 0, slice_find(value, ';'))),
	                           INT32_MAX, &seconds))
		return;
	d->session_expires_s = (uint32_t)seconds;
	who = sip_param(value, "refresher");
	if (slice_ieq_str(who, "uac"))
		d->refresher = caller_asked ? REFRESHER_UAC : REFRESHER_UAS;
	else if (slice_ieq_str(who, "uas"))
		d->refresher = caller_asked ? REFRESHER_UAS : REFRESHER_UAC;
}

void leg_trace_success(struct leg *leg, struct dialog *d, const struct event *ev,
                       const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;

	if (!trace->ok_transaction) {
		trace->ok_transaction = t->id;
		trace->final = sighting_of(ev);
		trace->final_status = (uint16_t)ev->msg->status;
	}
	if (d->final_status / 100 != 2) {
		d->final_status = (uint16_t)ev->msg->status;
		take_session_expires(d, ev, true);
	}
	/* Behind a server that makes a dialog of its own of it, the same answer has another tag: only what came to the sender
	 * of the first INVITE is one more answer. */
	if (d->answers || !ip_addr_eq(t->src, leg->src.addr))
		return;
	d->answers = true;
	count(&trace->answers);
	if (trace->answers == 2)
		trace->second_ok = sighting_of(ev);
}

const struct leg_change *leg_trace_change_of(const struct leg *leg)
{
	return &leg->trace.change[leg->trace.last_change];
}

void leg_trace_change(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;
	enum party party = leg_party(leg, ev);
	struct leg_change *change = &trace->change[party];

	if (!t || (change->transaction && change->cseq == ev->msg->cseq))
		return; /* behind a proxy; the first hop's stays */
	*change = (struct leg_change){ .asked = sighting_of(ev),
		                       .transaction = t->id,
		                       .cseq = ev->msg->cseq };
	trace->last_change = (uint8_t)party;
	if (trace->glares[party] && trace->glare_retry_ns[party] == TIME_NONE)
		trace->glare_retry_ns[party] = ev->origin->time_ns;
}

static void note_glare(struct leg *leg, const struct event *ev, enum party asked)
{
	leg->trace.glare[asked] = sighting_of(ev);
	leg->trace.glare_retry_ns[asked] = TIME_NONE;
	count(&leg->trace.glares[asked]);
}

static enum party who_asked(const struct leg *leg, const struct event *response)
{
	return leg_party(leg, response) == PARTY_CALLER ? PARTY_CALLEE : PARTY_CALLER;
}

static void note_lost(struct leg *leg, const struct event *ev)
{
	if (sighting_is_set(leg->trace.lost))
		return;
	leg->trace.lost = sighting_of(ev);
	leg->trace.lost_method = (uint8_t)ev->method;
}

void leg_trace_change_end(struct leg *leg, struct dialog *d, const struct event *ev,
                          const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;
	int status = ev->msg->status;
	enum party asked = who_asked(leg, ev);
	struct leg_change *change = &trace->change[asked];
	uint32_t mark = ev->msg->cseq << 1 | (asked == PARTY_CALLEE);

	if (t && t->id == change->transaction && !change->status) {
		change->final = sighting_of(ev);
		change->status = (uint16_t)status;
		if (status == 491)
			note_glare(leg, ev, asked);
	}
	if (status == 481 && leg->established && !sighting_is_set(trace->bye))
		note_lost(leg, ev);
	if (status >= 300 || !leg->established || (d->refreshes && d->refresh_mark == mark))
		return;
	take_session_expires(d, ev, asked == PARTY_CALLER);
	if (!d->session_expires_s)
		return;
	d->refresh_mark = mark;
	count(&d->refreshes);
	trace->refresh = sighting_of(ev);
}

/* ---- the end ---- */

void leg_trace_bye(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;

	trace->bye = sighting_of(ev);
	trace->bye_copy = trace->bye_final = (struct sighting){ 0 };
	trace->bye_transaction = t ? t->id : 0;
	trace->bye_cseq = ev->msg->cseq;
	trace->bye_status = trace->bye_copies = 0;
	trace->bye_crossed = false;
}

static bool is_challenge(int status)
{
	return status == 401 || status == 407;
}

/* The same side again, with credentials; or the other side, before it heard of it. */
void leg_trace_another_bye(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;
	enum release by = leg_party(leg, ev) == PARTY_CALLER ? RELEASE_CALLER : RELEASE_CALLEE;

	if (!sighting_is_set(trace->bye) || !t)
		return;
	if (by != leg->hung_up) {
		trace->bye_crossed = trace->bye_crossed || !trace->bye_status;
	} else if (ev->msg->cseq > trace->bye_cseq && is_challenge(trace->bye_status)) {
		trace->bye_transaction = t->id;
		trace->bye_cseq = ev->msg->cseq;
		trace->bye_status = 0;
	}
}

void leg_trace_bye_end(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;

	if (!t || t->id != trace->bye_transaction || trace->bye_status)
		return;
	trace->bye_status = (uint16_t)ev->msg->status;
	trace->bye_final = sighting_of(ev);
	if (trace->bye_status == 481 && !trace->bye_crossed)
		note_lost(leg, ev);
}

bool leg_trace_waits_for_bye(const struct leg *leg)
{
	return leg->trace.bye_transaction && !leg->trace.bye_status;
}

/* ---- every message ---- */

/* The answer that counts, or a copy of it. */
static bool is_our_ok(const struct leg *leg, const struct event *ev, const struct transaction *t)
{
	return t && t->id == leg->trace.ok_transaction && ev->method == SIP_INVITE &&
	       ev->msg->status / 100 == 2;
}

static unsigned port_of(struct slice uri)
{
	unsigned port = sip_uri_port(uri);
	return port ? port : 5060;
}

static bool same_place(struct slice uri, struct slice contact)
{
	return slice_ieq(sip_uri_host(uri), sip_uri_host(contact)) &&
	       port_of(uri) == port_of(contact) &&
	       slice_eq(sip_uri_user(uri), sip_uri_user(contact));
}

/* RFC 3261 12.1.2: the caller's route set is the Record-Route of the 2xx backwards, so its last value is the next hop. */
static struct slice next_hop_uri(const struct sip_msg *msg, struct slice contact)
{
	const struct sip_header *h;
	struct slice last = SLICE_NONE, item;

	for (unsigned n = 0; (h = sip_msg_header(msg, SIP_H_RECORD_ROUTE, n)); n++)
		for (struct slice rest = h->value; sip_list_next(&rest, &item);)
			last = item;
	return last.p ? sip_addr_uri(last) : contact;
}

/* Host names are left to DNS, and private addresses to the NAT between: neither tells where the ACK has to go. */
static void note_next_hop(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	struct leg_trace *trace = &leg->trace;
	struct slice host = sip_uri_host(next_hop_uri(ev->msg, d->callee_contact));

	trace->ack_next_told =
	        ip_addr_parse(host, &trace->ack_next) && !ip_addr_is_any(trace->ack_next) &&
	        (!ip_addr_is_private(trace->ack_next) || ip_addr_is_private(leg->dst.addr));
}

/* As the caller sent it: further hops are the proxies' matter. */
static void note_ack_way(struct leg *leg, const struct event *ev)
{
	struct leg_trace *trace = &leg->trace;
	const struct sip_origin *o = ev->origin;

	if (!trace->ack_next_told || !ip_addr_eq(o->src.addr, leg->src.addr))
		return;
	trace->ack_missent = !ip_addr_eq(o->dst.addr, trace->ack_next);
	trace->ack_dst = o->dst.addr;
}

/* RFC 3261 12.2.1.1, of loose routes: the Request-URI is the Contact of the 2xx, whatever the way there. */
static void note_ack(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	struct leg_trace *trace = &leg->trace;

	see_first(&trace->ack, ev);
	trace->ack_copy = sighting_of(ev);
	if (trace->ok_copies && d->callee_contact.n)
		trace->ack_elsewhere = !same_place(ev->msg->request_uri, d->callee_contact);
	if (trace->ok_copies)
		note_ack_way(leg, ev);
}

static void note_request_copy(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;

	if (ev->method == SIP_INVITE && t->id == leg->attempt.transaction_id) {
		count(&trace->invite_copies);
	} else if (ev->method == SIP_BYE && t->id == trace->bye_transaction) {
		count(&trace->bye_copies);
		trace->bye_copy = sighting_of(ev);
	}
}

static void note_response_copy(struct leg *leg, const struct dialog *d, const struct event *ev,
                               const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;

	if (is_our_ok(leg, ev, t) && (d == leg->answered || !leg->answered)) {
		if (!trace->ok_copies)
			note_next_hop(leg, d, ev);
		count(&trace->ok_copies);
		trace->ok_copy = sighting_of(ev);
	} else if (ev->method == SIP_INVITE && ev->msg->status < 200 &&
	           sighting_is_set(trace->reliable) && sip_msg_header(ev->msg, SIP_H_RSEQ, 0)) {
		count(&trace->reliable_copies);
		trace->reliable_copy = sighting_of(ev);
	}
}

static void note_request(struct leg *leg, const struct event *ev)
{
	struct leg_trace *trace = &leg->trace;

	switch (ev->method) {
	case SIP_INVITE:
		if (!ev->msg->to_tag.n)
			see_first(&trace->invite, ev);
		return;
	case SIP_CANCEL: see_first(&trace->cancel, ev); return;
	case SIP_PRACK: see_first(&trace->prack, ev); return;
	case SIP_REFER: trace->referred = true; return;
	default: return;
	}
}

static void note_response(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_trace *trace = &leg->trace;

	if (ev->method != SIP_INVITE)
		return;
	if (t && t->id == leg->attempt.transaction_id && trace->attempts == 1)
		see_first(&trace->response, ev);
	if (ev->msg->status > 100 && ev->msg->status < 200 && !sighting_is_set(trace->reliable) &&
	    !leg->established && sip_msg_header(ev->msg, SIP_H_RSEQ, 0))
		trace->reliable = sighting_of(ev);
}

void leg_trace_message(struct leg *leg, const struct dialog *d, const struct event *ev,
                       const struct transaction *t, bool copy)
{
	leg->trace.heard[leg_party(leg, ev)] = sighting_of(ev);
	if (ev->msg->method == SIP_ACK) {
		if (!t && ev->msg->cseq == leg->attempt.cseq &&
		    (d == leg->answered || !leg->answered))
			note_ack(leg, d, ev);
	} else if (!copy) {
		if (ev->msg->is_request)
			note_request(leg, ev);
		else
			note_response(leg, ev, t);
	} else if (t) {
		if (ev->msg->is_request)
			note_request_copy(leg, ev, t);
		else
			note_response_copy(leg, d, ev, t);
	}
}
