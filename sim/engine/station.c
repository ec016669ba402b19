/* The door of a station: what arrives finds its call, or makes one, or belongs to none. */
#include "sim/engine/call.h"

#include "base/mem.h"

/* --- making and ending -------------------------------------------------------------------------------------------- */

static bool wants_media(const struct station *s)
{
	const struct scenario *scenario = s->setup.scenario;

	return scenario->has_media || scenario->has_srtp || scenario->uses_auto_media_port ||
	       scenario->uses_rtpstream_port || s->config->media.play || s->config->media.digits ||
	       s->config->media.echo || s->config->media.port_per_call;
}

static bool init_plays(struct station *s, struct err *err)
{
	const struct scenario *const scenarios[PLAYS] = { s->setup.scenario, s->setup.out_of_call,
		                                          s->setup.receive_scenario };

	for (size_t i = 0; i < PLAYS; i++) {
		if (!scenarios[i])
			continue;
		if (!play_init(s, &s->plays[i], scenarios[i], err))
			return false;
		s->plays[i].is_main = i == PLAY_MAIN;
		if (i == PLAY_MAIN) {
			s->plays[i].counters = s->setup.counters;
			continue;
		}
		s->plays[i].counters = mem_zalloc(sizeof(struct counters));
		if (!s->plays[i].counters || !counters_init(s->plays[i].counters, scenarios[i]))
			return err_memory(err, "counters");
	}
	return true;
}

/* Every -key must be there before the first message, not in the middle of the run. */
static bool keys_known(const struct station *s, const struct scenario *scenario, struct err *err)
{
	for (unsigned i = 0; scenario && i < scenario->step_count; i++) {
		const struct template *t = scenario->steps[i].message;
		for (unsigned p = 0; t && p < t->piece_count; p++) {
			bool known = t->pieces[p].keyword != KEYWORD_GENERIC;
			for (size_t k = 0; !known && k < s->config->key_count; k++)
				known = slice_eq_str(t->pieces[p].text, s->config->keys[k].key);
			if (!known)
				return err_set(err, ERR_USAGE,
				               "%.*s:%u: [%.*s] is no keyword, and no -key gives "
				               "it a value",
				               SLICE_ARG(scenario->file), scenario->steps[i].line,
				               SLICE_ARG(t->pieces[p].text));
			if (t->pieces[p].keyword == KEYWORD_FIELD && !s->setup.injection)
				return err_set(err, ERR_USAGE,
				               "%.*s:%u: [field%d] needs an injection file (-inf "
				               "FILE, --inject FILE)",
				               SLICE_ARG(scenario->file), scenario->steps[i].line,
				               t->pieces[p].field);
		}
	}
	return true;
}

static bool init_services(struct station *s, struct err *err)
{
	const struct station_setup *setup = &s->setup;

	if (!wants_media(s))
		return true;
	s->media = media_new(setup->config, setup->scenario, setup->loop, setup->media_network,
	                     setup->tap, setup->worker, err);
	return s->media != NULL;
}

static void init_parts(struct station *s)
{
	arena_init(&s->arena, 16384);
	table_init(&s->calls);
	table_init(&s->field_templates);
	list_init(&s->live);
	kept_pools_init(&s->kept);
	dead_calls_init(&s->dead, s->config->dead_call_wait_ns);
	text_init(&s->out);
	for (size_t i = 0; i < RENDER_DEPTH; i++)
		text_init(&s->scratch[i]);
	s->fields = *s->setup.scenario;
	arena_init(&s->fields.arena, 16384);
	s->random = s->config->seed * 0x9E3779B97F4A7C15u + s->setup.worker +
	            (s->setup.scenario->role == SCENARIO_SERVER ? 77777u : 0);
}

struct station *station_new(const struct station_setup *setup, struct err *err)
{
	struct station *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(err, "a station");
		return NULL;
	}
	s->setup = *setup;
	s->config = setup->config;
	s->loop = setup->loop;
	init_parts(s);
	if (!init_plays(s, err) || !keys_known(s, setup->scenario, err) ||
	    !keys_known(s, setup->out_of_call, err) ||
	    !keys_known(s, setup->receive_scenario, err) || !init_services(s, err)) {
		station_free(s);
		return NULL;
	}
	return s;
}

void station_free(struct station *s)
{
	if (!s)
		return;
	while (!list_is_empty(&s->live))
		call_release((struct call *)(void *)s->live.next);
	if (s->media)
		media_free(s->media);
	if (s->twin)
		twin_free(s->twin);
	if (s->resolver)
		resolver_free(s->resolver);
	for (size_t i = 0; i < PLAYS; i++) {
		play_release(&s->plays[i]);
		if (i != PLAY_MAIN && s->plays[i].counters) {
			counters_release(s->plays[i].counters);
			mem_free(s->plays[i].counters);
		}
	}
	kept_pools_release(&s->kept);
	dead_calls_release(&s->dead);
	table_release(&s->calls);
	table_release(&s->field_templates);
	arena_release(&s->fields.arena);
	arena_release(&s->arena);
	text_release(&s->out);
	for (size_t i = 0; i < RENDER_DEPTH; i++)
		text_release(&s->scratch[i]);
	mem_free(s);
}

/* --- finding calls ------------------------------------------------------------------------------------------------ */

/* SIPp: what stands before /// in a Call-ID is decoration, so that one call may use several. */
uint64_t station_key(const struct station *s, struct slice call_id)
{
	if (!s->config->keep_call_id_slashes) {
		const uint8_t *p = call_id.n > 3 ? memmem(call_id.p, call_id.n, "///", 3) : NULL;
		if (p)
			call_id = slice_from(call_id, (size_t)(p - call_id.p) + 3);
	}
	return hash_slice(call_id, 0);
}

struct wanted {
	uint64_t key, remote_tag;
};

/* The Call-ID, and, where both know it, the peer's tag: a Call-ID alone is no dialog (RFC 3261 12). */
static bool is_wanted(const void *value, const void *key)
{
	const struct call *c = value;
	const struct wanted *w = key;

	return c->key == w->key &&
	       (!w->remote_tag || !c->remote_tag || c->remote_tag == w->remote_tag);
}

struct call *station_find(struct station *s, uint64_t key, uint64_t remote_tag)
{
	struct wanted w = { key, remote_tag };
	return table_get(&s->calls, key, is_wanted, &w);
}

bool call_keep_received(struct call *c)
{
	struct station *s = c->station;

	if (!s->msg_valid)
		return true;
	s->last_of = NULL;
	if (kept_set(&s->kept, &c->received, s->msg.whole))
		return true;
	call_fail(c, FAILURE_INTERNAL, "out of memory");
	return false;
}

#define MOST_STORY_OCTETS 65536

/* What a failed call's log will show: every message of it, in order. */
static void add_to_story(struct station *s, const struct call *c, bool sent, struct slice bytes,
                         const char *note)
{
	struct call_extra *x = c->extra;
	char when[40];

	if (!x || x->story.n > MOST_STORY_OCTETS)
		return;
	text_addf(&x->story, "%s step %d %s%s%s:\n",
	          clock_format_us(s->loop->now_ns / NS_PER_US, when, sizeof when), c->step,
	          sent ? "sent" : "received", note ? ", " : "", note ? note : "");
	text_add_terminal(&x->story, bytes);
	text_add(&x->story, SLICE_LIT("\n"));
}

void station_trace_message(struct station *s, const struct call *c, bool sent,
                           struct endpoint remote, struct slice bytes, const char *note)
{
	const struct trace *t = s->setup.trace;
	struct traced_call traced;

	if (t && t->keep_story && c)
		add_to_story(s, c, sent, bytes, note);
	if (!t || !t->message)
		return;
	if (c)
		traced = call_traced(c);
	struct traced_message m = {
		.time_ns = s->loop->now_ns,
		.sent = sent,
		.transport = s->config->transport,
		.local = c && c->channel ? c->channel->local : s->transport->local,
		.remote = remote,
		.bytes = bytes,
		.note = note,
		.call = c ? &traced : NULL,
	};
	t->message(t->context, &m);
}

/* --- what the run asks -------------------------------------------------------------------------------------------- */

static void run_init(struct station *s)
{
	const struct scenario *scenario = s->setup.scenario;

	if (!scenario->init_count || s->setup.worker != 0)
		return;
	struct play *play = &s->plays[PLAY_MAIN];
	struct call *c = pool_alloc(&play->calls, play->call_octets);
	if (!c)
		return;
	memset(c, 0, play->call_octets);
	c->station = s;
	c->play = play;
	list_append(&s->live, &c->node);
	s->live_count++;
	for (unsigned i = 0; i < scenario->init_count; i++)
		if (actions_run(c, &scenario->init[i], SLICE_NONE) == ACTION_CALL_OVER)
			return;
	call_release(c);
}

bool station_transport(struct station *s, struct transport *t, struct err *err)
{
	s->transport = t;
	for (size_t i = 0; i < PLAYS; i++)
		if (s->plays[i].scenario && !bake_play(s, &s->plays[i], err))
			return false;
	if (!station_open_twin(s, err))
		return false;
	run_init(s);
	return true;
}

bool station_call(struct station *s, int64_t intended_ns, unsigned user)
{
	struct counters *k = s->setup.counters;
	struct call *c;

	if (s->config->max_calls &&
	    atomic_load(&s->setup.control->calls_opened) >= s->config->max_calls)
		return false;
	c = call_new(s, &s->plays[PLAY_MAIN], SLICE_NONE, intended_ns, SCENARIO_CLIENT);
	if (!c) {
		counter_add(&k->fatal_errors, 1);
		return false;
	}
	c->user = user;
	counter_add(&k->calls_out, 1);
	int64_t lag = s->loop->now_ns - intended_ns;
	latency_add(&k->start_lag, lag);
	if (lag > 10 * NS_PER_MS)
		counter_add(&k->late_starts, 1);
	if (s->live_count > k->peak)
		counter_add(&k->peak, s->live_count - k->peak);
	s->msg_valid = false;
	call_run(c);
	return true;
}

void station_abort_calls(struct station *s)
{
	s->msg_valid = false;
	for (struct list_node *node = s->live.next, *next; node != &s->live; node = next) {
		struct call *c = (struct call *)(void *)node;
		next = node->next;
		if (c->state == CALL_CLOSING)
			continue;
		/* In <timewait> it is through: it only listens for what is late. */
		if (c->state == CALL_PAUSED && call_step(c)->is_timewait)
			call_succeed(c);
		else
			call_fail(c, FAILURE_STOPPED, "stopped");
	}
}

size_t station_live(const struct station *s)
{
	return s->live_count;
}

bool station_idle(const struct station *s)
{
	return s->live_count == 0 && s->closing_count == 0;
}

size_t station_call_bytes(const struct station *s)
{
	size_t calls = s->live_count + s->closing_count;
	return s->plays[PLAY_MAIN].call_octets + (calls ? s->kept.octets / calls : 0) +
	       2 * sizeof(struct table_slot);
}

const struct transport_counts *station_transport_counts(const struct station *s)
{
	return &s->transport->counts;
}

const struct media_counts *station_media_counts(const struct station *s)
{
	return s->media ? media_counts(s->media) : NULL;
}

bool station_check(const struct station *s)
{
	size_t live = 0, closing = 0, congested = 0;

	for (const struct list_node *node = s->live.next; node != &s->live; node = node->next) {
		const struct call *c = (const struct call *)(const void *)node;
		live += c->state != CALL_CLOSING;
		closing += c->state == CALL_CLOSING;
		congested += c->state == CALL_CONGESTED;
		if (c->station != s || !c->call_id)
			return false;
	}
	return table_check(&s->calls) && s->calls.count == live + closing &&
	       live == s->live_count && closing == s->closing_count && congested == s->congested;
}
