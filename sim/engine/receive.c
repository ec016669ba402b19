/* Which step a message answers: forward over the optional ones to the first that must come, backward only over the optional ones that stand
 * together right before; what was seen already is answered again, not processed again. */
#include "dissectors/sip_header.h"
#include "sim/engine/call.h"

#include <stdio.h>

static bool regex_matches(const regex_t *regex, struct slice s)
{
	char buf[256];
	return regex && regexec(regex, slice_cstr(s, buf, sizeof buf), 0, NULL, 0) == 0;
}

static bool status_matches(const struct step *step, int status)
{
	char code[12];

	if (!step->regexp_match)
		return step->response == status;
	int n = snprintf(code, sizeof code, "%d", status);
	return regex_matches(step->regex, slice_of(code, (size_t)n));
}

/* A response belongs to a step when its CSeq method was sent before it, or its branch is that of the transaction named. */
static bool answers(const struct call *c, const struct step *step, int index,
                    const struct sip_msg *m)
{
	if (!status_matches(step, m->status))
		return false;
	if (step->response_txn != SCENARIO_NONE) {
		uint64_t hash = call_txn(c)[step->response_txn];
		return hash && hash == hash_slice(m->branch, 1);
	}
	return index == 0 || (c->play->methods_sent[index] & 1u << m->cseq_method) != 0;
}

static bool step_matches(const struct call *c, int index, const struct sip_msg *m)
{
	const struct step *step = &c->play->scenario->steps[index];

	if (step->kind != STEP_RECV || step->is_response == m->is_request)
		return false;
	if (!m->is_request)
		return answers(c, step, index, m);
	if (step->regexp_match)
		return regex_matches(step->regex, m->method_name);
	return step->method != SIP_METHOD_OTHER ? step->method == m->method
	                                        : slice_eq(step->request, m->method_name);
}

static int find_forward(const struct call *c, const struct sip_msg *m)
{
	const struct scenario *s = c->play->scenario;

	for (int i = c->step; (unsigned)i < s->step_count; i++) {
		if (step_matches(c, i, m))
			return i;
		if (s->steps[i].optional == OPTIONAL_NO)
			break;
	}
	return SCENARIO_NONE;
}

static int find_backward(const struct call *c, const struct sip_msg *m)
{
	const struct scenario *s = c->play->scenario;
	bool together = true;

	for (int i = c->step - 1; i >= 0; i--) {
		if (s->steps[i].optional == OPTIONAL_NO)
			together = false;
		if ((together || s->steps[i].optional == OPTIONAL_GLOBAL) && step_matches(c, i, m))
			return i;
	}
	return SCENARIO_NONE;
}

/* A final response of an earlier INVITE once more: its ACK was lost, it goes again (RFC 3261 13.2.2.4). A late provisional one does nothing. */
static bool answer_old(struct call *c, const struct sip_msg *m)
{
	const struct scenario *s = c->play->scenario;
	const char *why;

	if (m->is_request)
		return false;
	for (int i = c->step - 1; i >= 0; i--) {
		if (!step_matches(c, i, m))
			continue;
		if (m->status < 200)
			return true;
		if (m->cseq_method != SIP_INVITE)
			return true;
		for (int ack = i + 1; (unsigned)ack < s->step_count && ack <= c->step; ack++) {
			const struct step *step = &s->steps[ack];
			if (step->kind != STEP_SEND || step->message->method != SIP_ACK ||
			    step->message->is_response)
				continue;
			if (step->ack_txn != SCENARIO_NONE &&
			    step->ack_txn != s->steps[i].response_txn)
				continue;
			if (render_message(c, ack, &c->play->messages[ack], &c->station->out,
			                   &why)) {
				struct slice text = slice_of(c->station->out.p, c->station->out.n);
				if (call_transmit(c, text, "retransmission") == SEND_DONE)
					counter_add(&c->play->counters->steps[ack].retransmitted,
					            1);
			}
			return true;
		}
		return true;
	}
	return false;
}

/* The final response of an INVITE that has its ACK, other octets or not, from the same end: it must not pass for the answer to a later
 * request. */
static bool is_final_again(const struct call *c, const struct sip_msg *m)
{
	return !m->is_request && m->cseq_method == SIP_INVITE && m->status >= 200 && c->has_final &&
	       c->acked && slice_eq(m->to_tag, kept_slice(c->peer_tag));
}

/* --- what was seen before ----------------------------------------------------------------------------------------- */

static uint64_t message_hash(const struct call *c, const struct sip_msg *m)
{
	if (!c->station->config->loose_retransmission_check)
		return hash_slice(m->whole, 0);
	uint64_t hash = hash_slice(m->branch, m->cseq);
	return hash_mix(hash_slice(m->cseq_name, hash), (uint64_t)m->status + 1);
}

static bool seen_before(struct call *c, uint64_t hash)
{
	struct counters *k = c->play->counters;

	if (hash == c->answered_hash && c->sent) {
		if (call_lost(c, &c->play->scenario->steps[c->answered_step])) {
			counter_add(&k->steps[c->answered_step].lost, 1);
			return true;
		}
		counter_add(&k->steps[c->answered_step].received_again, 1);
		if (!c->answer_is_cut)
			call_resend_now(c, c->sent_step);
		return true;
	}
	if (hash != c->received_hash)
		return false;
	counter_add(&k->steps[c->received_step].received_again, 1);
	return true;
}

/* --- what a message leaves behind --------------------------------------------------------------------------------- */

static bool keep_routes(struct call *c, const struct sip_msg *m)
{
	struct call_extra *x = call_extra(c);
	struct station *s = c->station;
	struct text *list = &s->scratch[RENDER_DEPTH - 1];
	struct slice values[32];
	unsigned count = 0;

	if (!x)
		return false;
	for (unsigned i = 0; i < m->header_count; i++) {
		struct slice rest = m->headers[i].value, item;
		if (m->headers[i].id != SIP_H_RECORD_ROUTE)
			continue;
		while (count < 32 && sip_list_next(&rest, &item))
			values[count++] = item;
	}
	text_reset(list);
	for (unsigned i = 0; i < count; i++) {
		if (i)
			text_add(list, SLICE_LIT(", "));
		/* RFC 3261 12.1: as they stand for who was called, the other way round for who calls. */
		text_add(list, values[m->is_request ? i : count - 1 - i]);
	}
	struct slice contact = sip_addr_uri(sip_msg_value(m, SIP_H_CONTACT));
	bool ok = (!count || x->routes ||
	           kept_set(&s->kept, &x->routes, slice_of(text_cstr(list), list->n))) &&
	          (!contact.n || kept_set(&s->kept, &x->next_url, contact));
	if (!ok)
		call_fail(c, FAILURE_INTERNAL, "out of memory");
	return ok;
}

static bool keep_peer_tag(struct call *c, const struct sip_msg *m)
{
	struct slice tag = m->is_request ? m->from_tag : m->to_tag;

	if (!tag.p || (m->is_request && c->peer_tag) || slice_eq(tag, kept_slice(c->peer_tag)))
		return true;
	if (kept_set(&c->station->kept, &c->peer_tag, tag))
		return true;
	call_fail(c, FAILURE_INTERNAL, "out of memory");
	return false;
}

/* What is asked for later must be kept; within this turn the message itself is there. */
static bool keep_received(struct call *c, int index, const struct sip_msg *m)
{
	if (!c->play->keeps_last[index])
		return true;
	if (c->station->last_of == c->received)
		c->station->last_of = NULL;
	if (kept_set(&c->station->kept, &c->received, m->whole))
		return true;
	call_fail(c, FAILURE_INTERNAL, "out of memory");
	return false;
}

static void hung_up(struct call *c)
{
	c->is_invite = false; /* what answers it is not repeated */
	call_end_media(c);
}

/* The answer to an INVITE has its ACK: nobody needs its body again, and a live call keeps so much less. The names of its dialog stay. */
static void cut_answer(struct call *c)
{
	struct slice sent = kept_slice(c->sent);
	size_t end = slice_find_str(sent, "\r\n\r\n");

	if (end == SLICE_NPOS || end + 4 == sent.n || !slice_starts(sent, "SIP/2.0"))
		return;
	struct kept *cut = kept_new(&c->station->kept, slice_sub(sent, 0, end + 4));
	if (!cut)
		return; /* the whole will do */
	kept_free(&c->station->kept, c->sent);
	c->sent = cut;
	c->answer_is_cut = true;
}

static void note_state(struct call *c, const struct sip_msg *m)
{
	if (m->is_request) {
		if (m->method == SIP_INVITE)
			c->is_invite = true, c->acked = c->has_final = c->has_2xx = false;
		else if (m->method == SIP_ACK)
			c->acked = true, cut_answer(c);
		else if (m->method == SIP_BYE)
			hung_up(c);
		if (m->cseq > c->cseq && m->method != SIP_ACK && m->method != SIP_CANCEL)
			c->cseq = m->cseq;
		return;
	}
	if (m->cseq_method != SIP_INVITE)
		return;
	c->has_provisional |= m->status < 200;
	if (m->status >= 200) {
		c->has_final = true;
		c->has_2xx = m->status < 300;
		c->acked = false;
	}
}

/* Retransmission ends with what answers it: anything for an INVITE; of others only finals, a provisional one slows it down to T2 (RFC 3261
 * 17.1.2.2). A request that comes after what we sent answers too. */
static void quench(struct call *c, const struct sip_msg *m, int index)
{
	struct station *s = c->station;

	if (!wheel_timer_armed(&c->resend) || index <= c->sent_step)
		return;
	if (m->is_request && m->method != SIP_ACK && m->method != SIP_CANCEL &&
	    m->method != SIP_BYE && m->method != SIP_PRACK)
		return;
	if (m->is_request || c->is_invite || m->status >= 200) {
		call_stop_resending(c);
		return;
	}
	c->resend_ns = s->config->t2_ns ? s->config->t2_ns : 4 * NS_PER_S;
	wheel_arm(&s->loop->wheel, &c->resend, s->loop->now_ns + c->resend_ns);
}

static void count(struct call *c, const struct sip_msg *m, int index)
{
	struct counters *k = c->play->counters;
	unsigned class = m->is_request ? 0 : (unsigned)m->status / 100 % STATUS_CLASSES;

	counter_add(&k->steps[index].received, 1);
	counter_add(&k->status_in[class], 1);
	if (class && !(c->classes_seen & 1u << class)) {
		c->classes_seen |= (uint8_t)(1u << class);
		latency_add(&k->status_time[class], c->station->arrival->time_ns - c->intended_ns);
	}
}

/* --- the message -------------------------------------------------------------------------------------------------- */

static void go_on(struct call *c, int index)
{
	const struct step *step = &c->play->scenario->steps[index];
	bool jumps = step->next != SCENARIO_NONE &&
	             (step->test == SCENARIO_NONE || value_is_set(c, step->test));

	if (!step->advance_state)
		return;
	if (step->optional == OPTIONAL_NO || jumps) {
		if (c->state == CALL_PAUSED)
			counter_add(&c->play->counters->steps[c->step].left, 1);
		wheel_cancel(&c->station->loop->wheel, &c->timer);
		call_leave(c, index);
		return;
	}
	/* An optional one came: the wait goes on, its time begins anew. */
	if (c->state == CALL_WAITING) {
		wheel_cancel(&c->station->loop->wheel, &c->timer);
		call_run(c);
	}
}

static void take(struct call *c, const struct sip_msg *m, int index, uint64_t hash)
{
	const struct step *step = &c->play->scenario->steps[index];

	if (call_lost(c, step)) {
		counter_add(&c->play->counters->steps[index].lost, 1);
		return;
	}
	count(c, m, index);
	if (!keep_peer_tag(c, m))
		return;
	if (c->station->media && !step->ignoresdp && m->body.n)
		call_sdp(c, m->body, false);
	if (step->rrs && !keep_routes(c, m))
		return;
	if (step->auth && !call_take_challenge(c, m))
		return;
	note_state(c, m);
	quench(c, m, index);
	/* Where a message leaves the call where it is, the same again is another. */
	c->received_hash = step->advance_state ? hash : 0;
	c->received_step = index;
	call_bookkeeping(c, step);
	if (!keep_received(c, index, m))
		return;
	if (step->action_count) {
		switch (actions_run(c, step, m->whole)) {
		case ACTION_CALL_OVER: return;
		case ACTION_JUMPED:
			wheel_cancel(&c->station->loop->wheel, &c->timer);
			call_run(c);
			return;
		case ACTION_WAIT:
			if (c->state == CALL_RESOLVING)
				c->step = index; /* it is left when the name is known */
			return;
		case ACTION_GO_ON: break;
		}
	}
	go_on(c, index);
}

static bool is_paused(const struct call *c)
{
	return call_step(c)->kind == STEP_PAUSE;
}

void call_receive(struct call *c, const struct arrival *a)
{
	struct station *s = c->station;
	const struct sip_msg *m = &s->msg;

	if (c->state == CALL_CLOSING) {
		call_closing_receive(c, a);
		return;
	}
	if (s->config->pause_ignores_messages && is_paused(c) && !call_step(c)->is_timewait)
		return;
	if (call_is_own_answer(c, m))
		return;
	uint64_t hash = message_hash(c, m);
	if (seen_before(c, hash))
		return;
	if (is_final_again(c, m) && answer_old(c, m))
		return;
	int index = find_forward(c, m);
	if (index == SCENARIO_NONE)
		index = find_backward(c, m);
	if (index != SCENARIO_NONE)
		take(c, m, index, hash);
	else if (!answer_old(c, m))
		call_unexpected(c, a);
}

void call_receive_command(struct call *c, struct slice command)
{
	const struct scenario *s = c->play->scenario;
	const struct step *step = call_step(c);

	if (step->kind != STEP_RECV_CMD || c->state == CALL_CLOSING) {
		call_fail(
		        c, FAILURE_UNEXPECTED_MESSAGE,
		        "a command of the twin came while step %d of %.*s waits for something else",
		        c->step, SLICE_ARG(s->name));
		return;
	}
	counter_add(&c->play->counters->steps[c->step].received, 1);
	call_bookkeeping(c, step);
	if (!kept_set(&c->station->kept, &c->received, command)) {
		call_fail(c, FAILURE_INTERNAL, "out of memory");
		return;
	}
	c->station->last_of = NULL;
	int index = c->step;
	wheel_cancel(&c->station->loop->wheel, &c->timer);
	switch (actions_run(c, step, command)) {
	case ACTION_CALL_OVER: return;
	case ACTION_JUMPED: call_run(c); return;
	default: break;
	}
	call_leave(c, index);
}
