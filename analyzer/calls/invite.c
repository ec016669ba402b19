#include "analyzer/calls/invite.h"

#include "analyzer/calls/state.h"

void invite_asked_again(struct leg *leg)
{
	leg->attempt.asked_evict_ns = leg->home->analysis->now_ns;
}

/* A higher CSeq: the caller tries again after a challenge, a redirection, a refusal. What the last try got does not count. */
static bool next_try(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	if (!leg_trace_try(leg, ev, t))
		return false;
	leg->attempt = (struct leg_try){
		.transaction_id = t->id,
		.via_hash = ev->via_hash,
		.cseq = ev->msg->cseq,
		.uri_hash = leg_trace_target(ev),
		.with_credentials = t->auth_attempt,
		.final_ns = TIME_NONE,
		.cancel_final_ns = TIME_NONE,
	};
	invite_asked_again(leg);
	leg_forget_reason(leg);
	leg_go_on(leg);
	if (leg->first.state == DIALOG_FAILED) {
		leg->first.state = DIALOG_TRYING;
		leg->first.end_ns = TIME_NONE;
		leg->first.final_status = 0;
	}
	return leg_rearm(leg);
}

/* `t` is NULL without CSeq: it asks, and cannot be told from another try. */
static bool initial_invite(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	int64_t now = ev->origin->time_ns;

	if (leg->start_ns == TIME_NONE || now < leg->start_ns)
		leg->start_ns = leg->first.start_ns = now;
	if (!t) {
		invite_asked_again(leg);
		return leg_rearm(leg);
	}
	if (leg->answer_ns != TIME_NONE)
		return true;
	if (!leg->attempt.transaction_id || ev->msg->cseq > leg->attempt.cseq)
		return next_try(leg, ev, t);
	return true;
}

/* Only the caller's own CANCEL; a proxy's to one of its branches is judged by what the caller got. */
static bool cancel(struct leg *leg, const struct event *ev)
{
	struct leg_try *t = &leg->attempt;

	if (t->via_hash && t->via_hash != ev->via_hash)
		return true;
	if (leg->established) {
		leg->trace.cancel_race = leg->trace.cancel_race || t->final_is_first_hop;
		return true;
	}
	t->cancelled = true;
	invite_asked_again(leg);
	return leg_take_reason(leg, ev->msg) && leg_rearm(leg);
}

static struct dialog *another_confirmed(struct leg *leg)
{
	for (struct dialog *d = &leg->first; d; d = d->next)
		if (d->state == DIALOG_CONFIRMED)
			return d;
	return NULL;
}

/* RFC 3261 15: the first BYE ends the dialog, whatever it is answered. Another dialog that a fork's 2xx confirmed may live on. */
static bool bye(struct leg *leg, struct dialog *d, const struct event *ev,
                const struct transaction *t)
{
	enum party party = leg_party(leg, ev);
	bool before_answer = !leg->established;

	if (d->bye_seen) {
		leg_trace_another_bye(leg, ev, t);
		return true;
	}
	d->bye_seen = true;
	if (dialog_is_open(d))
		dialog_end(d, DIALOG_TERMINATED, ev->origin->time_ns);
	if (before_answer) { /* of an early dialog: its INVITE gets a 487 */
		leg->attempt.cancelled = leg->attempt.cancelled || party == PARTY_CALLER;
		return leg_take_reason(leg, ev->msg);
	}
	if (leg->answered && leg->answered != d)
		return true;
	leg->answered = another_confirmed(leg);
	if (leg->answered)
		leg->winner = leg->answered;
	leg_trace_bye(leg, ev, t);
	leg->hung_up = party == PARTY_CALLER ? RELEASE_CALLER : RELEASE_CALLEE;
	return leg_take_reason(leg, ev->msg) && leg_end(leg, ev->origin->time_ns);
}

static bool is_session_change(const struct event *ev)
{
	return (ev->method == SIP_INVITE || ev->method == SIP_UPDATE) && ev->msg->to_tag.n;
}

static void note_invite(struct leg *leg, const struct event *ev, const struct transaction *t)
{
	struct leg_invite *i = &leg->invite[leg_party(leg, ev)];

	if (i->transaction_id && i->cseq == ev->msg->cseq)
		return; /* behind a proxy; the first hop's stays */
	*i = (struct leg_invite){ t->id, ev->msg->cseq, t->has_sdp };
}

bool invite_request(struct leg *leg, struct dialog *d, const struct event *ev,
                    const struct transaction *t)
{
	if (is_session_change(ev) && leg->established) {
		hold_offer(&leg->hold, leg_party(leg, ev), ev->msg->cseq);
		leg_trace_change(leg, ev, t);
	}
	switch (ev->method) {
	case SIP_INVITE:
		if (t)
			note_invite(leg, ev, t);
		return ev->msg->to_tag.n || initial_invite(leg, ev, t);
	case SIP_CANCEL: return cancel(leg, ev);
	case SIP_BYE: return bye(leg, d, ev, t);
	default: return true;
	}
}

static void provisional(struct leg *leg, struct dialog *d, const struct event *ev)
{
	int status = ev->msg->status;
	int64_t now = ev->origin->time_ns;

	if (leg->established)
		return;
	if ((status == 180 || status == 183) && leg->ring_ns == TIME_NONE)
		leg->ring_ns = now;
	if ((status == 180 || status == 183) && ev->to_tag.n && d->ring_ns == TIME_NONE)
		d->ring_ns = now;
	if (status > 100 && ev->to_tag.n && d->state == DIALOG_TRYING)
		d->state = DIALOG_EARLY;
}

static void success(struct leg *leg, struct dialog *d, const struct event *ev,
                    const struct transaction *t)
{
	int64_t now = ev->origin->time_ns;
	bool first_hop = leg->attempt.transaction_id == t->id;

	if (d->answer_ns == TIME_NONE)
		d->answer_ns = now;
	if (d->state < DIALOG_CONFIRMED || d->state == DIALOG_FAILED) {
		d->state = DIALOG_CONFIRMED;
		d->end_ns = TIME_NONE;
	}
	/* Which fork's answer the caller got, the first hop says, even if the 2xx of others came by elsewhere before. */
	if (first_hop && !leg->attempt.final_is_first_hop && !leg_is_over(leg))
		leg->answered = d;
	leg->attempt.final_is_first_hop = leg->attempt.final_is_first_hop || first_hop;
	leg_trace_success(leg, d, ev, t);
	leg->trace.cancel_race = leg->trace.cancel_race || (first_hop && leg->attempt.cancelled);
	if (leg->answered)
		leg->winner = leg->answered;
	if (leg->answer_ns != TIME_NONE)
		return;
	leg->answer_ns = now;
	leg->established = true;
	leg->answered = leg->winner = d;
	leg->attempt.final_status = (uint16_t)ev->msg->status;
	leg->attempt.final_ns = now;
	leg_forget_reason(leg);
	leg_go_on(leg);
	hold_start(&leg->hold, now);
}

/* The try is over. A 487 after the caller's CANCEL or early BYE is a cancelled dialog, anything else a failed one. */
static bool fail(struct leg *leg, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;
	bool cancelled = leg->attempt.cancelled && ev->msg->status == 487;

	for (struct dialog *d = &leg->first; d; d = d->next) {
		if (dialog_is_open(d))
			d->final_status = (uint16_t)ev->msg->status;
		dialog_end(d, cancelled ? DIALOG_CANCELLED : DIALOG_FAILED, now);
	}
	return leg_end(leg, now);
}

/* One fork's, which a proxy may keep to itself: that early dialog is over, the call goes on (RFC 3261 16.7). */
static void fork_failure(struct dialog *d, const struct event *ev)
{
	bool cancelled = ev->msg->status == 487;

	if (d->state != DIALOG_EARLY || !slice_ieq(d->to_tag, ev->to_tag))
		return;
	d->final_status = (uint16_t)ev->msg->status;
	dialog_end(d, cancelled ? DIALOG_CANCELLED : DIALOG_FAILED, ev->origin->time_ns);
}

static bool failure(struct leg *leg, struct dialog *d, const struct event *ev,
                    const struct transaction *t)
{
	struct leg_try *attempt = &leg->attempt;
	bool first_hop = !attempt->transaction_id || attempt->transaction_id == t->id;

	if (!first_hop && ev->msg->cseq >= attempt->cseq)
		fork_failure(d, ev);
	/* A slow branch of an earlier try says nothing about this one; nor does anything after the first hop's final. */
	if (leg->established || ev->msg->cseq < attempt->cseq || attempt->final_is_first_hop)
		return true;
	attempt->final_status = (uint16_t)ev->msg->status;
	attempt->final_ns = ev->origin->time_ns;
	attempt->final_is_first_hop = first_hop;
	if (first_hop)
		leg_trace_refusal(leg, ev);
	if (!attempt->cseq)
		attempt->cseq = ev->msg->cseq;
	if (!leg_take_reason(leg, ev->msg))
		return false;
	return first_hop ? fail(leg, ev) : leg_rearm(leg);
}

static bool initial_response(struct leg *leg, struct dialog *d, const struct event *ev,
                             const struct transaction *t)
{
	int status = ev->msg->status;

	if (ev->msg->cseq >= leg->attempt.cseq)
		leg->attempt.responded = true;
	if (status < 200) {
		provisional(leg, d, ev);
		if (t->id == leg->attempt.transaction_id)
			leg_trace_ringback(leg, ev);
		return true;
	}
	if (status < 300) {
		success(leg, d, ev, t);
		return true;
	}
	return failure(leg, d, ev, t);
}

/* RFC 3261 14.1, 12.2.1.2: a refused change leaves the session as it was, except that 481 and 408 end the dialog. */
static bool change_response(struct leg *leg, struct dialog *d, const struct event *ev,
                            const struct transaction *t)
{
	int status = ev->msg->status;
	enum party sender = leg_party(leg, ev) == PARTY_CALLER ? PARTY_CALLEE : PARTY_CALLER;

	if (status < 200)
		return true;
	leg_trace_change_end(leg, d, ev, t);
	hold_offer_end(&leg->hold, sender, ev->msg->cseq, status < 300);
	if (status != 481 && status != 408)
		return true;
	dialog_end(d, DIALOG_TERMINATED, ev->origin->time_ns);
	if (leg_is_over(leg) || !leg->established || (leg->answered && leg->answered != d))
		return true;
	return leg_end(leg, ev->origin->time_ns);
}

static void cancel_response(struct leg *leg, const struct event *ev)
{
	struct leg_try *t = &leg->attempt;

	if (t->cancelled && t->via_hash == ev->via_hash && ev->msg->status / 100 == 2 &&
	    t->cancel_final_ns == TIME_NONE)
		t->cancel_final_ns = ev->origin->time_ns;
}

bool invite_response(struct leg *leg, struct dialog *d, const struct event *ev,
                     const struct transaction *t)
{
	bool initial = t && (transaction_request_seen(t) ? t->initial : !leg->established);

	switch (ev->method) {
	case SIP_INVITE:
		return initial ? initial_response(leg, d, ev, t) : change_response(leg, d, ev, t);
	case SIP_UPDATE: return change_response(leg, d, ev, t);
	case SIP_CANCEL: cancel_response(leg, ev); return true;
	case SIP_BYE:
		if (ev->msg->status < 200)
			return true;
		leg_trace_bye_end(leg, ev, t);
		return leg_rearm(leg); /* it waits no more */
	case SIP_REFER:
		if (ev->msg->status / 100 == 2)
			leg->transferred = true;
		return true;
	default: return true;
	}
}

void invite_begin_in_the_middle(struct leg *leg, const struct event *ev)
{
	if (!ev->msg->is_request) /* to its INVITE: the responses say what becomes of it */
		return;
	leg->established = true;
	leg->first.state = DIALOG_CONFIRMED;
	hold_start(&leg->hold, ev->origin->time_ns);
}
