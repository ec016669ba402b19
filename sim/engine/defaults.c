/* What no scenario says: the answer to an unexpected BYE, the end of a call that is given up. A dialog is never left standing: CANCEL before the
 * answer, ACK and BYE behind it (RFC 3261 9.1, 15). The messages are made out of what we sent last, which has all the dialog's names. */
#include "sim/engine/made.h"

#define CLOSING_NS (5 * NS_PER_S) /* how long an end of ours waits for its answer */
#define CLOSING_T1 (500 * NS_PER_MS)

/* --- hanging up --------------------------------------------------------------------------------------------------- */

static bool default_text(struct call *c, enum default_message which, struct slice *out)
{
	const struct template *t = c->play->scenario->defaults[which];
	const char *why;

	return t && render_text(c, t, out, &why);
}

static void send_made(struct call *c, enum default_message which, struct text *made)
{
	struct slice own;

	if (default_text(c, which, &own))
		call_transmit(c, own, "default");
	else if (!made->failed)
		call_transmit(c, slice_of(made->p, made->n), "default");
}

/* Sends it, keeps it to be sent again, and waits for its answer. */
static void close_with(struct call *c, enum call_closing what, enum default_message which,
                       struct text *made)
{
	struct station *s = c->station;
	struct slice own, text = slice_of(made->p, made->n);

	if (default_text(c, which, &own))
		text = own;
	call_stop_resending(c);
	if (made->failed || call_transmit(c, text, "default") != SEND_DONE ||
	    (what == CLOSING_BYE && !kept_set(&s->kept, &c->sent, text))) {
		call_release(c);
		return;
	}
	s->live_count--;
	s->closing_count++;
	c->state = CALL_CLOSING;
	c->closing = (uint8_t)what;
	wheel_arm(&s->loop->wheel, &c->timer, s->loop->now_ns + CLOSING_NS);
	if (what == CLOSING_BYE && s->config->transport == SIM_UDP &&
	    !s->config->no_retransmission) {
		c->resends = 0;
		c->is_invite = false;
		c->resend_ns = CLOSING_T1;
		wheel_arm(&s->loop->wheel, &c->resend, s->loop->now_ns + CLOSING_T1);
	}
}

static void hang_up_caller(struct call *c, const struct sip_msg *m)
{
	struct text *out = &c->station->out;
	bool was_invite = m->is_request && m->method == SIP_INVITE;

	if (!m->is_request || m->method == SIP_BYE || m->method == SIP_CANCEL ||
	    !(c->is_invite || c->has_2xx)) {
		call_release(c);
		return;
	}
	if (c->has_2xx) {
		if (!c->acked && was_invite) {
			made_within_dialog(c, m, "ACK", m->cseq, NULL, SLICE_NONE, out);
			send_made(c, DEFAULT_ACK2, out);
			m = made_from(c);
		}
		made_within_dialog(c, m, "BYE", c->cseq + 1, NULL, SLICE_NONE, out);
		close_with(c, CLOSING_BYE, DEFAULT_BYE, out);
	} else if (c->has_final && was_invite) {
		if (!c->acked) {
			made_like_invite(c, m, "ACK", true, out);
			send_made(c, DEFAULT_ACK, out);
		}
		call_release(c);
	} else if (c->has_provisional && was_invite) {
		made_like_invite(c, m, "CANCEL", false, out);
		close_with(c, CLOSING_CANCEL, DEFAULT_CANCEL, out);
	} else {
		call_release(c);
	}
}

static void hang_up_callee(struct call *c, const struct sip_msg *m)
{
	struct text *out = &c->station->out;
	bool answered_invite = !m->is_request && m->cseq_method == SIP_INVITE;

	if (!answered_invite) {
		call_release(c);
	} else if (m->status >= 200 && m->status < 300) {
		made_within_dialog(c, m, "BYE", c->cseq + 1, NULL, SLICE_NONE, out);
		close_with(c, CLOSING_BYE, DEFAULT_BYE, out);
	} else {
		if (m->status < 200) {
			made_refusal(m, 480, "Temporarily Unavailable", out);
			if (!out->failed)
				call_transmit(c, slice_of(out->p, out->n), "default");
		}
		call_release(c);
	}
}

void call_hang_up(struct call *c)
{
	const struct sip_msg *m;

	c->station->msg_valid = false;
	m = made_from(c);
	if (!m)
		call_release(c);
	else if (c->role == SCENARIO_CLIENT)
		hang_up_caller(c, m);
	else
		hang_up_callee(c, m);
}

void call_closing_receive(struct call *c, const struct arrival *a)
{
	struct station *s = c->station;
	const struct sip_msg *m = &s->msg;
	struct text *out = &s->out;

	if (m->is_request) {
		if (m->method == SIP_BYE || m->method == SIP_CANCEL)
			station_answer_statelessly(s, a, 200);
		return;
	}
	if (c->closing == CLOSING_BYE && m->cseq_method == SIP_BYE && m->status >= 200) {
		call_release(c);
		return;
	}
	if (c->closing != CLOSING_CANCEL || m->cseq_method != SIP_INVITE || m->status < 200)
		return;
	/* The INVITE's end: refused, as asked, or answered all the same (RFC 3261 9.1). */
	struct slice tag = m->to_tag;
	if (tag.p)
		kept_set(&s->kept, &c->peer_tag, tag);
	bool answered = m->status < 300;
	const struct sip_msg *invite = made_from(c);
	if (!invite || !answered) {
		if (invite) {
			made_like_invite(c, invite, "ACK", true, out);
			send_made(c, DEFAULT_ACK, out);
		}
		call_release(c);
		return;
	}
	made_within_dialog(c, invite, "ACK", invite->cseq, NULL, SLICE_NONE, out);
	send_made(c, DEFAULT_ACK2, out);
	invite = made_from(c);
	made_within_dialog(c, invite, "BYE", c->cseq + 1, NULL, SLICE_NONE, out);
	s->closing_count--;
	s->live_count++;
	close_with(c, CLOSING_BYE, DEFAULT_BYE, out);
}

void station_answer_statelessly(struct station *s, const struct arrival *a, int status)
{
	made_answer(&s->msg, status, &s->out);
	if (s->out.failed)
		return;
	struct slice bytes = slice_of(s->out.p, s->out.n);
	if (channel_send(a->channel, a->from, bytes) == SEND_DONE && s->setup.trace)
		station_trace_message(s, NULL, true, a->from, bytes, "automatic answer");
}

/* --- unexpected messages ------------------------------------------------------------------------------------------ */

/* The label _unexp.main, where the scenario has one: it takes the message, and may go back with jump and pauserestore. */
static bool jump_to_handler(struct call *c, const struct arrival *a)
{
	const struct scenario *s = c->play->scenario;
	struct station *station = c->station;

	if (s->unexpected_step == SCENARIO_NONE || c->jumped_unexpected)
		return false;
	if (s->unexpected_return != SCENARIO_NONE)
		value_set_number(c, s->unexpected_return, c->step);
	if (s->unexpected_pause != SCENARIO_NONE) {
		int64_t left =
		        c->state == CALL_PAUSED ? c->timer.due_ns - station->loop->now_ns : 0;
		value_set_number(c, s->unexpected_pause, left > 0 ? (double)left / NS_PER_MS : 0);
	}
	if (!call_keep_received(c))
		return true;
	wheel_cancel(&station->loop->wheel, &c->timer);
	c->step = s->unexpected_step;
	uint64_t key = c->key, number = c->number;
	call_run(c);
	/* It may have ended meanwhile: whoever still waits for a message gets this one. */
	c = station_find(station, key, 0);
	if (c && c->number == number && c->state == CALL_WAITING) {
		c->jumped_unexpected = true;
		call_receive(c, a);
		c = station_find(station, key, 0);
		if (c && c->number == number)
			c->jumped_unexpected = false;
	}
	return true;
}

static bool answers_itself(const struct call *c, const struct sip_msg *m)
{
	if (!m->is_request)
		return false;
	if (slice_eq_str(m->method_name, "PING"))
		return (c->station->config->behaviours & BEHAVIOUR_PING_REPLY) != 0;
	/* Digits by INFO belong to the media that a call of ours has. */
	if (m->method == SIP_INFO && c->media &&
	    slice_ifind_str(m->content_type, "dtmf") != SLICE_NPOS)
		return true;
	return c->station->config->answer_in_dialog &&
	       (m->method == SIP_INFO || m->method == SIP_NOTIFY || m->method == SIP_OPTIONS ||
	        m->method == SIP_UPDATE);
}

void call_unexpected(struct call *c, const struct arrival *a)
{
	struct station *s = c->station;
	const struct sip_msg *m = &s->msg;
	const struct trace *t = s->setup.trace;

	if (call_step(c)->kind == STEP_PAUSE && call_step(c)->is_timewait)
		return; /* late traffic: what timewait is for */
	if (jump_to_handler(c, a))
		return;
	if (answers_itself(c, m)) {
		counter_add(&c->play->counters->auto_answered, 1);
		station_answer_statelessly(s, a, 200);
		return;
	}
	counter_add(&c->play->counters->steps[c->step].unexpected, 1);
	if (t && t->unexpected_code && !m->is_request)
		t->unexpected_code(t->context, s->loop->now_ns, kept_slice(c->call_id), m->status);
	bool ends = m->is_request && (m->method == SIP_BYE || m->method == SIP_CANCEL);
	if (ends && (s->config->behaviours & BEHAVIOUR_BYE)) {
		station_answer_statelessly(s, a, 200);
		c->has_2xx = c->is_invite = false; /* the dialog is over: nothing to end */
		call_stop_resending(c);
		kept_free(&s->kept, c->sent);
		c->sent = NULL;
	} else if (!(s->config->behaviours & BEHAVIOUR_ABORT_UNEXPECTED)) {
		call_warn(c, "'%.*s' was not expected; the call goes on", SLICE_ARG(m->first_line));
		return;
	}
	if (!m->is_request && m->cseq_method == SIP_INVITE && m->status >= 200) {
		c->has_final = true;
		c->has_2xx = m->status < 300;
		c->acked = false;
	}
	if (!m->is_request && m->to_tag.p)
		kept_set(&s->kept, &c->peer_tag, m->to_tag);
	const struct step *step = call_step(c);
	struct text name;
	text_init(&name);
	step_print(c->play->scenario, (unsigned)c->step, &name);
	call_fail(c, FAILURE_UNEXPECTED_MESSAGE, "line %u: while waiting for '%s' came '%.*s'",
	          step->line, text_cstr(&name), SLICE_ARG(m->first_line));
	text_release(&name);
}
