#include "analyzer/calls/invite.h"

#include "analyzer/calls/state.h"

void invite_asked_again(struct call *call)
{
	call->attempt.asked_evict_ns = call->home->analysis->now_ns;
}

/* A higher CSeq: the caller tries again after a challenge, a redirection, a refusal. What the last try got does not count. */
static bool next_try(struct call *call, const struct event *ev, const struct transaction *t)
{
	call->attempt = (struct call_try){
		.transaction_id = t->id,
		.via_hash = ev->via_hash,
		.cseq = ev->msg->cseq,
		.final_ns = TIME_NONE,
		.cancel_final_ns = TIME_NONE,
	};
	invite_asked_again(call);
	call_forget_reason(call);
	call_go_on(call);
	if (call->first.state == DIALOG_FAILED) {
		call->first.state = DIALOG_TRYING;
		call->first.end_ns = TIME_NONE;
	}
	return call_rearm(call);
}

/* `t` is NULL without CSeq: it asks, and cannot be told from another try. */
static bool initial_invite(struct call *call, const struct event *ev, const struct transaction *t)
{
	int64_t now = ev->origin->time_ns;

	if (call->start_ns == TIME_NONE || now < call->start_ns)
		call->start_ns = call->first.start_ns = now;
	if (!t) {
		invite_asked_again(call);
		return call_rearm(call);
	}
	if (call->answer_ns != TIME_NONE)
		return true;
	if (!call->attempt.transaction_id || ev->msg->cseq > call->attempt.cseq)
		return next_try(call, ev, t);
	return true;
}

/* Only the caller's own CANCEL; a proxy's to one of its branches is judged by what the caller got. */
static bool cancel(struct call *call, const struct event *ev)
{
	struct call_try *t = &call->attempt;

	if (call->established || (t->via_hash && t->via_hash != ev->via_hash))
		return true;
	t->cancelled = true;
	invite_asked_again(call);
	return call_take_reason(call, ev->msg) && call_rearm(call);
}

static struct dialog *another_confirmed(struct call *call)
{
	for (struct dialog *d = &call->first; d; d = d->next)
		if (d->state == DIALOG_CONFIRMED)
			return d;
	return NULL;
}

/* RFC 3261 15: the first BYE ends the dialog, whatever it is answered. Another dialog that a fork's 2xx confirmed may live on. */
static bool bye(struct call *call, struct dialog *d, const struct event *ev)
{
	enum party party = call_party(call, ev);
	bool before_answer = !call->established;

	if (d->bye_seen)
		return true;
	d->bye_seen = true;
	if (dialog_is_open(d))
		dialog_end(d, DIALOG_TERMINATED, ev->origin->time_ns);
	if (before_answer) { /* of an early dialog: its INVITE gets a 487 */
		call->attempt.cancelled = call->attempt.cancelled || party == PARTY_CALLER;
		return call_take_reason(call, ev->msg);
	}
	if (call->answered && call->answered != d)
		return true;
	call->answered = another_confirmed(call);
	call->hung_up = party == PARTY_CALLER ? RELEASE_CALLER : RELEASE_CALLEE;
	return call_take_reason(call, ev->msg) && call_end(call, ev->origin->time_ns);
}

static bool is_session_change(const struct event *ev)
{
	return (ev->method == SIP_INVITE || ev->method == SIP_UPDATE) && ev->msg->to_tag.n;
}

static void note_invite(struct call *call, const struct event *ev, const struct transaction *t)
{
	struct call_invite *i = &call->invite[call_party(call, ev)];

	if (i->transaction_id && i->cseq == ev->msg->cseq)
		return; /* behind a proxy; the first hop's stays */
	*i = (struct call_invite){ t->id, ev->msg->cseq, t->has_sdp };
}

bool invite_request(struct call *call, struct dialog *d, const struct event *ev,
                    const struct transaction *t)
{
	if (is_session_change(ev) && call->established)
		hold_offer(&call->hold, call_party(call, ev), ev->msg->cseq);
	switch (ev->method) {
	case SIP_INVITE:
		if (t)
			note_invite(call, ev, t);
		return ev->msg->to_tag.n || initial_invite(call, ev, t);
	case SIP_CANCEL: return cancel(call, ev);
	case SIP_BYE: return bye(call, d, ev);
	default: return true;
	}
}

static void provisional(struct call *call, struct dialog *d, const struct event *ev)
{
	int status = ev->msg->status;
	int64_t now = ev->origin->time_ns;

	if (call->established)
		return;
	if ((status == 180 || status == 183) && call->ring_ns == TIME_NONE)
		call->ring_ns = now;
	if (status > 100 && ev->to_tag.n && d->state == DIALOG_TRYING)
		d->state = DIALOG_EARLY;
}

static void success(struct call *call, struct dialog *d, const struct event *ev,
                    const struct transaction *t)
{
	int64_t now = ev->origin->time_ns;
	bool first_hop = call->attempt.transaction_id == t->id;

	if (d->answer_ns == TIME_NONE)
		d->answer_ns = now;
	if (d->state < DIALOG_CONFIRMED || d->state == DIALOG_FAILED) {
		d->state = DIALOG_CONFIRMED;
		d->end_ns = TIME_NONE;
	}
	/* Which fork's answer the caller got, the first hop says, even if the 2xx of others came by elsewhere before. */
	if (first_hop && !call->attempt.final_is_first_hop && !call_is_over(call))
		call->answered = d;
	call->attempt.final_is_first_hop = call->attempt.final_is_first_hop || first_hop;
	if (call->answer_ns != TIME_NONE)
		return;
	call->answer_ns = now;
	call->established = true;
	call->answered = d;
	call->attempt.final_status = (uint16_t)ev->msg->status;
	call->attempt.final_ns = now;
	call_forget_reason(call);
	call_go_on(call);
	hold_start(&call->hold, now);
}

/* The try is over. A 487 after the caller's CANCEL or early BYE is a cancelled dialog, anything else a failed one. */
static bool fail(struct call *call, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;
	bool cancelled = call->attempt.cancelled && ev->msg->status == 487;

	for (struct dialog *d = &call->first; d; d = d->next)
		dialog_end(d, cancelled ? DIALOG_CANCELLED : DIALOG_FAILED, now);
	return call_end(call, now);
}

static bool failure(struct call *call, const struct event *ev, const struct transaction *t)
{
	struct call_try *attempt = &call->attempt;
	bool first_hop = !attempt->transaction_id || attempt->transaction_id == t->id;

	/* A slow branch of an earlier try says nothing about this one; nor does anything after the first hop's final. */
	if (call->established || ev->msg->cseq < attempt->cseq || attempt->final_is_first_hop)
		return true;
	attempt->final_status = (uint16_t)ev->msg->status;
	attempt->final_ns = ev->origin->time_ns;
	attempt->final_is_first_hop = first_hop;
	if (!attempt->cseq)
		attempt->cseq = ev->msg->cseq;
	if (!call_take_reason(call, ev->msg))
		return false;
	return first_hop ? fail(call, ev) : call_rearm(call);
}

static bool initial_response(struct call *call, struct dialog *d, const struct event *ev,
                             const struct transaction *t)
{
	int status = ev->msg->status;

	if (ev->msg->cseq >= call->attempt.cseq)
		call->attempt.responded = true;
	if (status < 200) {
		provisional(call, d, ev);
		return true;
	}
	if (status < 300) {
		success(call, d, ev, t);
		return true;
	}
	return failure(call, ev, t);
}

/* RFC 3261 14.1, 12.2.1.2: a refused change leaves the session as it was, except that 481 and 408 end the dialog. */
static bool change_response(struct call *call, struct dialog *d, const struct event *ev)
{
	int status = ev->msg->status;
	enum party sender = call_party(call, ev) == PARTY_CALLER ? PARTY_CALLEE : PARTY_CALLER;

	if (status < 200)
		return true;
	hold_offer_end(&call->hold, sender, ev->msg->cseq, status < 300);
	if (status != 481 && status != 408)
		return true;
	dialog_end(d, DIALOG_TERMINATED, ev->origin->time_ns);
	if (call_is_over(call) || !call->established || (call->answered && call->answered != d))
		return true;
	return call_end(call, ev->origin->time_ns);
}

static void cancel_response(struct call *call, const struct event *ev)
{
	struct call_try *t = &call->attempt;

	if (t->cancelled && t->via_hash == ev->via_hash && ev->msg->status / 100 == 2 &&
	    t->cancel_final_ns == TIME_NONE)
		t->cancel_final_ns = ev->origin->time_ns;
}

bool invite_response(struct call *call, struct dialog *d, const struct event *ev,
                     const struct transaction *t)
{
	bool initial = t && (transaction_request_seen(t) ? t->initial : !call->established);

	switch (ev->method) {
	case SIP_INVITE:
		return initial ? initial_response(call, d, ev, t) : change_response(call, d, ev);
	case SIP_UPDATE: return change_response(call, d, ev);
	case SIP_CANCEL: cancel_response(call, ev); return true;
	case SIP_REFER:
		if (ev->msg->status / 100 == 2)
			call->transferred = true;
		return true;
	default: return true;
	}
}

void invite_begin_in_the_middle(struct call *call, const struct event *ev)
{
	if (!ev->msg->is_request) /* to its INVITE: the responses say what becomes of it */
		return;
	call->established = true;
	call->first.state = DIALOG_CONFIRMED;
	hold_start(&call->hold, ev->origin->time_ns);
}
