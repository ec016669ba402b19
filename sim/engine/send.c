/* Sending, and sending again: retransmission by RFC 3261 17 (timers A, E, G) where the scenario asks for it, over UDP. */
#include "sim/engine/keywords.h"

#define T1_NS              (500 * NS_PER_MS)
#define INVITE_RESENDS     5 /* as SIPp: 0.5 + 1 + 2 + ... 16 s, RFC 3261's 64 x T1 */
#define NON_INVITE_RESENDS 7

bool call_open_channel(struct call *c)
{
	struct station *s = c->station;
	struct ip_addr local = { { 0, 0 } };
	struct err err = ERR_INIT;
	struct endpoint to = s->config->sending_address.port ? s->config->sending_address : c->peer;

	if (s->config->sockets == SOCKETS_PER_ADDRESS && s->setup.injection && c->extra &&
	    c->extra->lines) {
		struct text *field = &s->scratch[s->depth++ % (RENDER_DEPTH - 1)];
		text_reset(field);
		injection_field(s->setup.injection, 0, c->extra->lines[0], s->config->ip_field,
		                field);
		if (!ip_addr_parse(slice_trim(slice_of(text_cstr(field), field->n)), &local)) {
			call_fail(c, FAILURE_CANNOT_SEND,
			          "'%s' in field %d of the injection file is no address (-t ui)",
			          text_cstr(field), s->config->ip_field);
			return false;
		}
	}
	c->channel = s->transport->ops->open(s->transport, to, local, &err);
	if (!c->channel) {
		call_fail(c,
		          s->config->transport == SIM_UDP ? FAILURE_CANNOT_SEND
		                                          : FAILURE_TCP_CONNECT,
		          "%s", err.text);
		return false;
	}
	return true;
}

/* lost=, -lost: a message that is not sent, or that we act as if it had not come. */
bool call_lost(struct call *c, const struct step *step)
{
	double percent = step && step->lost_percent >= 0 ? step->lost_percent
	                                                 : c->station->config->lost_percent;
	return percent > 0 && random_unit(&c->station->random) * 100 < percent;
}

static struct endpoint destination(const struct call *c)
{
	const struct sim_config *config = c->station->config;
	return config->sending_address.port && c->role == SCENARIO_CLIENT ? config->sending_address
	                                                                  : c->peer;
}

enum send_result call_transmit(struct call *c, struct slice message, const char *note)
{
	struct station *s = c->station;

	s->transport->sequence = c->number;
	enum send_result r =
	        c->channel ? channel_send(c->channel, destination(c), message) : SEND_FAILED;

	if (__builtin_expect(r != SEND_DONE, 0))
		return r;
	c->messages_sent++;
	counter_add(&c->play->counters->messages_out, 1);
	if (__builtin_expect(s->setup.trace != NULL, 0))
		station_trace_message(s, c, true, destination(c), message, note);
	return SEND_DONE;
}

static enum sent_what send_text(struct call *c, struct slice message)
{
	switch (call_transmit(c, message, NULL)) {
	case SEND_DONE: return SENT_DONE;
	case SEND_FULL: return SENT_WAIT;
	case SEND_FAILED: break;
	}
	call_fail(c, FAILURE_CANNOT_SEND, "the socket does not take it");
	return SENT_FAILED;
}

/* --- again -------------------------------------------------------------------------------------------------------- */

void call_stop_resending(struct call *c)
{
	wheel_cancel(&c->station->loop->wheel, &c->resend);
}

static int most_resends(const struct call *c)
{
	const struct sim_config *config = c->station->config;
	int invite = config->max_invite_retransmissions, other = config->max_retransmissions;

	if (c->is_invite)
		return invite >= 0 ? invite : INVITE_RESENDS;
	return other >= 0 ? other : NON_INVITE_RESENDS;
}

static void count_again(struct call *c, int step)
{
	counter_add(&c->play->counters->retransmissions, 1);
	if (step >= 0 && (unsigned)step < c->play->scenario->step_count)
		counter_add(&c->play->counters->steps[step].retransmitted, 1);
}

void call_resend_now(struct call *c, int step)
{
	if (!c->sent)
		return;
	if (call_lost(c, &c->play->scenario->steps[c->sent_step])) {
		c->messages_dropped++;
		count_again(c, step);
		return;
	}
	if (call_transmit(c, kept_slice(c->sent), "retransmission") == SEND_DONE)
		count_again(c, step);
}

/* Timers A and E of RFC 3261 17.1: an INVITE doubles without end, others and answers up to T2. */
static void next_interval(struct call *c)
{
	int64_t t2 = c->station->config->t2_ns ? c->station->config->t2_ns : 4 * NS_PER_S;

	c->resend_ns *= 2;
	if (!c->is_invite && c->resend_ns > t2)
		c->resend_ns = t2;
}

void call_resend(struct wheel_timer *timer)
{
	struct call *c = (struct call *)((char *)timer - offsetof(struct call, resend));
	struct station *s = c->station;

	s->msg_valid = false;
	if (c->resends >= most_resends(c)) {
		if (c->state == CALL_CLOSING) {
			call_release(c);
			return;
		}
		call_fail(c, FAILURE_MAX_RETRANSMISSIONS,
		          "no answer to %d retransmissions of '%.*s'", c->resends,
		          (int)slice_sub(kept_slice(c->sent), 0,
		                         slice_find(kept_slice(c->sent), '\r'))
		                  .n,
		          (const char *)c->sent->p);
		return;
	}
	c->resends++;
	next_interval(c);
	wheel_arm(&s->loop->wheel, &c->resend, s->loop->now_ns + c->resend_ns);
	call_resend_now(c, c->sent_step);
}

static int64_t first_interval(const struct call *c, const struct step *step)
{
	const struct sim_config *config = c->station->config;

	if (config->no_retransmission || config->transport != SIM_UDP)
		return 0;
	if (step->retrans_ms > 0)
		return (int64_t)step->retrans_ms * NS_PER_MS;
	if (!config->follow_rfc3261)
		return 0;
	/* The transaction layer's duty: requests but ACK, and finals of INVITE, which only the UAS core repeats (13.3.1.4). */
	const struct template *t = step->message;
	bool wanted = t->is_response ? t->status >= 200 && c->is_invite : t->method != SIP_ACK;
	return wanted ? config->t1_ns ? config->t1_ns : T1_NS : 0;
}

/* --- a step ------------------------------------------------------------------------------------------------------- */

/* The branch that our message carries, for start_txn and ack_txn: whatever the scenario wrote. */
static uint64_t branch_hash(struct slice message)
{
	size_t at = slice_ifind_str(message, "branch=");

	if (at == SLICE_NPOS)
		return 0;
	struct slice rest = slice_from(message, at + 7);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != ';' && rest.p[n] != ',' && !ascii_is_lws(rest.p[n]))
		n++;
	return hash_slice(slice_sub(rest, 0, n), 1);
}

static void look_at_sdp(struct call *c, struct slice message)
{
	struct station *s = c->station;

	if (slice_find_str(message, "\r\n\r\n") + 4 >= message.n)
		return;
	s->last_of = NULL;
	if (sip_msg_parse(message, &s->last) == PARSE_OK && s->last.body.n)
		call_sdp(c, s->last.body, true);
}

/* What of a message sent changes the state by which we would hang up. */
static void note_state(struct call *c, const struct template *t, struct slice message)
{
	if (t->is_response) {
		if (t->status >= 200 && c->is_invite)
			c->has_final = true, c->has_2xx = t->status < 300;
		return;
	}
	enum sip_method method = t->method;
	if (method == SIP_INVITE) {
		c->is_invite = true;
		c->acked = c->has_final = c->has_provisional = c->has_2xx = false;
		c->invite_step = c->step;
	} else if (method == SIP_ACK) {
		c->acked = true;
	} else if (method != SIP_CANCEL && method != SIP_PRACK) {
		c->is_invite = false;
	}
	if (method == SIP_BYE)
		call_end_media(c);
	(void)message;
}

static bool dropped(struct call *c, const struct step *step)
{
	if (!call_lost(c, step))
		return false;
	counter_add(&c->play->counters->steps[c->step].lost, 1);
	c->messages_dropped++;
	return true;
}

/* What may have to go again is kept: a request while it is unanswered, an answer as long as its request may come again. */
static bool keep_sent(struct call *c, struct slice message)
{
	if (!kept_set(&c->station->kept, &c->sent, message)) {
		call_fail(c, FAILURE_INTERNAL, "out of memory");
		return false;
	}
	c->sent_step = c->step;
	c->answer_is_cut = false;
	c->answered_hash = c->received_hash;
	c->answered_step = c->received_step;
	return true;
}

static void start_resending(struct call *c, const struct step *step)
{
	int64_t interval = first_interval(c, step);

	if (!interval)
		return;
	c->resends = 0;
	c->resend_ns = interval;
	wheel_arm(&c->station->loop->wheel, &c->resend, c->station->loop->now_ns + interval);
}

static bool takes_cseq(const struct template *t)
{
	return !t->is_response && t->method != SIP_ACK && t->method != SIP_CANCEL;
}

enum sent_what call_send_step(struct call *c, const struct step *step)
{
	struct station *s = c->station;
	const char *why;

	if (takes_cseq(step->message))
		c->cseq++;
	if (!c->channel && !call_open_channel(c))
		return SENT_FAILED;
	if (!render_message(c, c->step, &c->play->messages[c->step], &s->out, &why)) {
		call_fail(c, FAILURE_INTERNAL, "line %u: %s", step->line, why);
		return SENT_FAILED;
	}
	struct slice message = slice_of(s->out.p, s->out.n);
	if (s->media)
		look_at_sdp(c, message);
	note_state(c, step->message, message);
	bool drop = dropped(c, step);
	enum sent_what sent = drop ? SENT_DONE : send_text(c, message);
	if (sent == SENT_WAIT && takes_cseq(step->message))
		c->cseq--; /* it is rendered again */
	if (sent != SENT_DONE)
		return sent;
	if (step->start_txn != SCENARIO_NONE)
		call_txn(c)[step->start_txn] = branch_hash(message);
	if (!drop)
		counter_add(&c->play->counters->steps[c->step].sent, 1);
	if (!keep_sent(c, message))
		return SENT_FAILED;
	start_resending(c, step);
	return SENT_DONE;
}
