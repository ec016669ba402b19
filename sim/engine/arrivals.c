/* What arrives at a station finds its call, or makes one, or belongs to none; and what connections and refusals do to calls. */
#include "sim/engine/call.h"

#define REFUSED_EVERY_NS                                                                           \
	(100 * NS_PER_MS) /* how often refusals are looked into: each look walks all calls */

bool station_accepts_calls(const struct station *s)
{
	const struct control *control = s->setup.control;

	if (atomic_load(&control->stop) != STOP_NO)
		return false;
	return !s->config->max_calls || atomic_load(&control->calls_opened) < s->config->max_calls;
}

/* Which scenario takes a request that no call waits for. */
static struct play *play_for(struct station *s, const struct sip_msg *m)
{
	if (!m->is_request || m->method == SIP_ACK)
		return NULL;
	/* Within a dialog that was: late, no new call. */
	if (m->to_tag.p && dead_calls_has(&s->dead, station_key(s, m->call_id), s->loop->now_ns))
		return NULL;
	if (s->setup.scenario->role == SCENARIO_SERVER &&
	    s->setup.scenario->twin != TWIN_RECEIVES_FIRST)
		return station_accepts_calls(s) ? &s->plays[PLAY_MAIN] : NULL;
	if (s->plays[PLAY_RECEIVE].scenario)
		return &s->plays[PLAY_RECEIVE];
	return s->plays[PLAY_OUT_OF_CALL].scenario ? &s->plays[PLAY_OUT_OF_CALL] : NULL;
}

static void count_created(struct station *s, struct play *play)
{
	struct counters *k = play->counters;

	if (play->is_main)
		counter_add(&k->calls_in, 1);
	if (s->live_count > k->peak)
		counter_add(&k->peak, s->live_count - k->peak);
}

static struct call *incoming(struct station *s, struct play *play, const struct arrival *a)
{
	struct call *c = call_new(s, play, s->msg.call_id, s->loop->now_ns, SCENARIO_SERVER);

	if (!c) {
		counter_add(&play->counters->fatal_errors, 1);
		return NULL;
	}
	c->peer = a->from;
	c->channel = channel_keep(a->channel);
	c->remote_tag = s->msg.from_tag.p ? hash_slice(s->msg.from_tag, 0) : 0;
	count_created(s, play);
	/* Whatever stands before the first recv runs now. */
	if (call_step(c)->kind != STEP_RECV) {
		uint64_t key = c->key, number = c->number;
		call_run(c);
		c = station_find(s, key, 0);
		return c && c->number == number ? c : NULL;
	}
	c->state = CALL_WAITING;
	return c;
}

static bool answers_out_of_call(const struct station *s)
{
	const struct sip_msg *m = &s->msg;
	return s->config->answer_in_dialog && m->is_request &&
	       (m->method == SIP_OPTIONS || m->method == SIP_NOTIFY || m->method == SIP_INFO ||
	        m->method == SIP_UPDATE);
}

static void belongs_to_none(struct station *s, const struct arrival *a)
{
	struct counters *k = s->setup.counters;
	bool dead = dead_calls_has(&s->dead, station_key(s, s->msg.call_id), s->loop->now_ns);

	if (answers_out_of_call(s)) {
		counter_add(&k->auto_answered, 1);
		station_answer_statelessly(s, a, 200);
		return;
	}
	/* A BYE again, whose 200 was lost: the call is gone, the answer is known. */
	if (dead && s->msg.is_request && s->msg.method == SIP_BYE)
		station_answer_statelessly(s, a, 200);
	counter_add(dead ? &k->dead_call : &k->out_of_call, 1);
	if (s->setup.trace)
		station_trace_message(s, NULL, false, a->from, a->bytes,
		                      dead ? "dead call" : "out of call");
}

static bool takes_request(const struct step *step, const struct sip_msg *m)
{
	char name[256];

	if (step->is_response)
		return false;
	if (step->regexp_match)
		return step->regex &&
		       regexec(step->regex, slice_cstr(m->method_name, name, sizeof name), 0, NULL,
		               0) == 0;
	return step->method != SIP_METHOD_OTHER ? step->method == m->method
	                                        : slice_eq(step->request, m->method_name);
}

/* Could this request be the first of a call? */
static bool begins_call(const struct play *play, const struct sip_msg *m)
{
	const struct scenario *s = play->scenario;

	for (unsigned i = 0; i < s->step_count && s->steps[i].kind != STEP_SEND; i++) {
		const struct step *step = &s->steps[i];
		if (step->kind != STEP_RECV)
			continue;
		if (takes_request(step, m))
			return true;
		if (step->optional == OPTIONAL_NO)
			return false;
	}
	return false;
}

/* A request with another From tag is another dialog (RFC 3261 12), and a call of its own if the scenario can begin with it. Otherwise it
 * belongs to the call that has the Call-ID: many a scenario registers and calls in one. */
static struct call *call_of_message(struct station *s)
{
	const struct sip_msg *m = &s->msg;
	uint64_t key = station_key(s, m->call_id);
	bool first = m->is_request && m->from_tag.p && !m->to_tag.p;
	uint64_t tag = first ? hash_slice(m->from_tag, 0) : 0;
	struct call *c = station_find(s, key, tag);

	if (c || !tag)
		return c;
	struct play *play = play_for(s, m);
	return play && begins_call(play, m) ? NULL : station_find(s, key, 0);
}

static void station_message(void *context, const struct arrival *a)
{
	struct station *s = context;
	struct counters *k = s->setup.counters;

	counter_add(&k->messages_in, 1);
	if (sip_msg_parse(a->bytes, &s->msg) != PARSE_OK || !s->msg.call_id.n) {
		counter_add(&k->out_of_call, 1);
		if (s->setup.trace)
			station_trace_message(s, NULL, false, a->from, a->bytes, "not SIP");
		return;
	}
	struct call *c = call_of_message(s);
	if (!c) {
		struct play *play = play_for(s, &s->msg);
		/* -aa: a keep-alive is answered, and opens no call that would wait for ever. */
		if (play && answers_out_of_call(s) && !begins_call(play, &s->msg))
			play = NULL;
		c = play ? incoming(s, play, a) : NULL;
		if (!c) {
			if (!play)
				belongs_to_none(s, a);
			return;
		}
	}
	if (s->setup.trace)
		station_trace_message(s, c, false, a->from, a->bytes, NULL);
	if (!c->peer.port)
		c->peer = a->from;
	s->arrival = a;
	s->msg_valid = true;
	call_receive(c, a);
	s->msg_valid = false;
	s->arrival = NULL;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

/* Where there is one connection for all, the transport made it again as often as it may; else the next message of the call makes one. */
static bool reconnects(const struct call *c, bool was_connected)
{
	const struct sim_config *config = c->station->config;

	return was_connected && config->max_reconnect != 0 && !config->reconnect_close &&
	       config->sockets != SOCKETS_ONE && c->role == SCENARIO_CLIENT &&
	       c->state != CALL_CLOSING;
}

/* From the youngest, and no more than hold it: the connection of one call among many is soon found. */
static void station_closed(void *context, struct channel *channel, bool was_connected,
                           const char *why)
{
	struct station *s = context;

	for (struct list_node *node = s->live.prev, *prev; channel->references && node != &s->live;
	     node = prev) {
		struct call *c = (struct call *)(void *)node;
		prev = node->prev;
		if (c->channel != channel)
			continue;
		bool goes_on = reconnects(c, was_connected);
		c->channel = NULL;
		channel_release(channel);
		/* It only waits for what comes late, and nothing can any more. */
		if (c->state == CALL_PAUSED && call_step(c)->is_timewait)
			call_succeed(c);
		else if (!goes_on)
			call_fail(c, was_connected ? FAILURE_TCP_CLOSED : FAILURE_TCP_CONNECT, "%s",
			          why);
	}
}

/* Nobody listens there: by RFC 3261 18.4 a failure of what was sent. As SIPp, who sends again may still find somebody, and only who would wait for
 * ever has waited long enough. */
static void station_refused(void *context, struct channel *channel, struct endpoint to,
                            const char *why)
{
	struct station *s = context;
	int64_t now = s->loop->now_ns;

	(void)channel;
	if (now - s->refused_ns < REFUSED_EVERY_NS && s->refused_ns)
		return;
	s->refused_ns = now;
	for (struct list_node *node = s->live.next, *next; node != &s->live; node = next) {
		struct call *c = (struct call *)(void *)node;
		next = node->next;
		bool sends_again = wheel_timer_armed(&c->resend);
		bool over = s->config->follow_rfc3261
		                    ? sends_again
		                    : !sends_again && !wheel_timer_armed(&c->timer);
		if (c->state == CALL_WAITING && over && endpoint_eq(c->peer, to))
			call_fail(c, FAILURE_CANNOT_SEND, "%s", why);
	}
}

static void station_writable(void *context, struct channel *channel)
{
	struct station *s = context;

	for (struct list_node *node = s->live.next, *next; s->congested && node != &s->live;
	     node = next) {
		struct call *c = (struct call *)(void *)node;
		next = node->next;
		if (c->state != CALL_CONGESTED || c->channel != channel)
			continue;
		s->congested--;
		c->state = CALL_RUNNING;
		wheel_cancel(&s->loop->wheel, &c->timer);
		call_run(c);
	}
}

struct transport_events station_events(struct station *s)
{
	return (struct transport_events){ s, station_message, station_closed, station_refused,
		                          station_writable };
}
