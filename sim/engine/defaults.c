/* What no scenario says: the answer to an unexpected BYE, the end of a call that is given up. A dialog is never left standing: CANCEL before the
 * answer, ACK and BYE behind it (RFC 3261 9.1, 15). The messages are made out of what we sent last, which has all the dialog's names. */
#include "dissectors/sip_header.h"
#include "sim/engine/keywords.h"

#define CLOSING_NS (5 * NS_PER_S) /* how long an end of ours waits for its answer */
#define CLOSING_T1 (500 * NS_PER_MS)

/* --- making messages ---------------------------------------------------------------------------------------------- */

static void line(struct text *out, const char *name, struct slice value)
{
	text_addf(out, "%s: ", name);
	text_add(out, value);
	text_add(out, SLICE_LIT("\r\n"));
}

static void copy_all(struct text *out, const struct sip_msg *m, enum sip_header_id id,
                     const char *name)
{
	const struct sip_header *h;

	for (unsigned i = 0; (h = sip_msg_header(m, id, i)); i++)
		line(out, name, h->value);
}

static void own_branch(const struct call *c, struct text *out)
{
	text_addf(out, "Via: SIP/2.0/%s ", transport_name(c->station->config->transport));
	char buf[ENDPOINT_TEXT];
	text_add(out, slice_of(buf, endpoint_format(c->channel->local, buf)));
	text_addf(out, ";branch=z9hG4bK-%lld-%llu-end%u\r\n",
	          (long long)c->station->config->process_id, (unsigned long long)c->number,
	          (unsigned)c->cseq);
}

static void to_of(const struct call *c, const struct sip_msg *m, struct text *out)
{
	text_add(out, SLICE_LIT("To: "));
	text_add(out, m->to);
	if (!m->to_tag.p && c->peer_tag) {
		text_add(out, SLICE_LIT(";tag="));
		text_add(out, kept_slice(c->peer_tag));
	}
	text_add(out, SLICE_LIT("\r\n"));
}

static void finish(struct text *out, uint32_t cseq, const char *method)
{
	text_addf(out, "CSeq: %u %s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
	          (unsigned)cseq, method);
}

/* CANCEL, and the ACK of a refusal: the INVITE's own Via and CSeq (RFC 3261 9.1, 17.1.1.3). */
static void like_invite(struct call *c, const struct sip_msg *invite, const char *method,
                        bool with_peer_tag, struct text *out)
{
	text_reset(out);
	text_addf(out, "%s ", method);
	text_add(out, invite->request_uri);
	text_add(out, SLICE_LIT(" SIP/2.0\r\n"));
	line(out, "Via", invite->via);
	line(out, "From", invite->from);
	if (with_peer_tag)
		to_of(c, invite, out);
	else
		line(out, "To", invite->to);
	line(out, "Call-ID", invite->call_id);
	copy_all(out, invite, SIP_H_ROUTE, "Route");
	finish(out, invite->cseq, method);
}

/* A request within the dialog that our request `m` belongs to. */
static void within_dialog(struct call *c, const struct sip_msg *m, const char *method,
                          uint32_t cseq, struct text *out)
{
	text_reset(out);
	text_addf(out, "%s ", method);
	text_add(out,
	         c->extra && c->extra->next_url ? kept_slice(c->extra->next_url) : m->request_uri);
	text_add(out, SLICE_LIT(" SIP/2.0\r\n"));
	own_branch(c, out);
	line(out, "From", m->from);
	to_of(c, m, out);
	line(out, "Call-ID", m->call_id);
	if (c->extra && c->extra->routes)
		line(out, "Route", kept_slice(c->extra->routes));
	else
		copy_all(out, m, SIP_H_ROUTE, "Route");
	finish(out, cseq, method);
}

/* The one called hangs up: From and To change places, the peer is whom the answer went to. */
static void bye_of_callee(struct call *c, const struct sip_msg *m, struct text *out)
{
	text_reset(out);
	text_add(out, SLICE_LIT("BYE "));
	text_add(out, c->extra && c->extra->next_url ? kept_slice(c->extra->next_url)
	                                             : sip_addr_uri(m->from));
	text_add(out, SLICE_LIT(" SIP/2.0\r\n"));
	own_branch(c, out);
	line(out, "From", m->to);
	line(out, "To", m->from);
	line(out, "Call-ID", m->call_id);
	copy_all(out, m, SIP_H_RECORD_ROUTE, "Route");
	finish(out, c->cseq + 1, "BYE");
}

/* A final answer made of a provisional one of ours. */
static void refuse(const struct sip_msg *m, int status, const char *reason, struct text *out)
{
	text_reset(out);
	text_addf(out, "SIP/2.0 %d %s\r\n", status, reason);
	copy_all(out, m, SIP_H_VIA, "Via");
	line(out, "From", m->from);
	line(out, "To", m->to);
	line(out, "Call-ID", m->call_id);
	text_addf(out, "CSeq: %u INVITE\r\nContent-Length: 0\r\n\r\n", (unsigned)m->cseq);
}

/* --- hanging up --------------------------------------------------------------------------------------------------- */

/* The index of what we sent last; NULL: nothing that helps. */
static const struct sip_msg *sent_message(struct call *c)
{
	struct station *s = c->station;

	s->last_of = NULL;
	if (!c->sent || sip_msg_parse(kept_slice(c->sent), &s->last) != PARSE_OK)
		return NULL;
	return &s->last;
}

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
		call_send_text(c, own, c->step, "default");
	else if (!made->failed)
		call_send_text(c, slice_of(made->p, made->n), c->step, "default");
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
	if (made->failed || call_send_text(c, text, c->step, "default") != SENT_DONE ||
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
			within_dialog(c, m, "ACK", m->cseq, out);
			send_made(c, DEFAULT_ACK2, out);
			m = sent_message(c);
		}
		within_dialog(c, m, "BYE", c->cseq + 1, out);
		close_with(c, CLOSING_BYE, DEFAULT_BYE, out);
	} else if (c->has_final && was_invite) {
		if (!c->acked) {
			like_invite(c, m, "ACK", true, out);
			send_made(c, DEFAULT_ACK, out);
		}
		call_release(c);
	} else if (c->has_provisional && was_invite) {
		like_invite(c, m, "CANCEL", false, out);
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
		bye_of_callee(c, m, out);
		close_with(c, CLOSING_BYE, DEFAULT_BYE, out);
	} else {
		if (m->status < 200) {
			refuse(m, 480, "Temporarily Unavailable", out);
			if (!out->failed)
				call_send_text(c, slice_of(out->p, out->n), c->step, "default");
		}
		call_release(c);
	}
}

void call_hang_up(struct call *c)
{
	const struct sip_msg *m;

	c->station->msg_valid = false;
	m = sent_message(c);
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
	const struct sip_msg *invite = sent_message(c);
	if (!invite || !answered) {
		if (invite) {
			like_invite(c, invite, "ACK", true, out);
			send_made(c, DEFAULT_ACK, out);
		}
		call_release(c);
		return;
	}
	within_dialog(c, invite, "ACK", invite->cseq, out);
	send_made(c, DEFAULT_ACK2, out);
	invite = sent_message(c);
	within_dialog(c, invite, "BYE", c->cseq + 1, out);
	s->closing_count--;
	s->live_count++;
	close_with(c, CLOSING_BYE, DEFAULT_BYE, out);
}

/* --- answers of our own ------------------------------------------------------------------------------------------- */

static const char *reason_of(int status)
{
	return status == 200   ? "OK"
	       : status == 481 ? "Call/Transaction Does Not Exist"
	       : status == 486 ? "Busy Here"
	                       : "Unavailable";
}

void station_answer_statelessly(struct station *s, const struct arrival *a, int status)
{
	const struct sip_msg *m = &s->msg;
	struct text *out = &s->out;

	text_reset(out);
	text_addf(out, "SIP/2.0 %d %s\r\n", status, reason_of(status));
	copy_all(out, m, SIP_H_VIA, "Via");
	copy_all(out, m, SIP_H_RECORD_ROUTE, "Record-Route");
	line(out, "From", m->from);
	text_add(out, SLICE_LIT("To: "));
	text_add(out, m->to);
	if (!m->to_tag.p)
		text_addf(out, ";tag=milliwatt-%llx",
		          (unsigned long long)hash_slice(m->call_id, m->cseq));
	text_add(out, SLICE_LIT("\r\n"));
	line(out, "Call-ID", m->call_id);
	text_addf(out, "CSeq: %u ", (unsigned)m->cseq);
	text_add(out, m->cseq_name);
	text_add(out, SLICE_LIT("\r\nContent-Length: 0\r\n\r\n"));
	if (out->failed)
		return;
	struct slice bytes = slice_of(out->p, out->n);
	if (channel_send(a->channel, a->from, bytes) == SEND_DONE && s->setup.trace)
		station_trace_message(s, NULL, true, a->from, bytes, "automatic answer", -1);
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
