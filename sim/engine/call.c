/* A call's life: it runs from step to step until it has to wait, and ends well, badly, or by somebody's wish. */
#include "sim/engine/call.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define MOST_STEPS_AT_ONCE 100000 /* steps without waiting: more is a loop that waits for nothing */

static void on_timer(struct wheel_timer *timer);

static struct kept *make_call_id(struct station *s, uint64_t number)
{
	struct text *out = &s->scratch[s->depth++ % (RENDER_DEPTH - 1)];
	const char *format = s->config->call_id_format ? s->config->call_id_format : "%u-%p@%s";
	char address[IP_ADDR_TEXT];
	uint64_t a = random_next(&s->random), b = random_next(&s->random);

	text_reset(out);
	switch (s->config->call_id_kind) {
	case CALL_ID_UUID:
		text_addf(out, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		          (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		          (unsigned)(b >> 48 & 0x3fff) | 0x8000,
		          (unsigned long long)(b & 0xffffffffffff));
		break;
	case CALL_ID_UUID_COMPACT:
		text_addf(out, "%08x%04x4%03x%04x%012llx", (unsigned)(a >> 32),
		          (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		          (unsigned)(b >> 48 & 0x3fff) | 0x8000,
		          (unsigned long long)(b & 0xffffffffffff));
		break;
	case CALL_ID_RANDOM:
		text_addf(out, "%016llx%08x", (unsigned long long)a, (unsigned)b);
		break;
	case CALL_ID_TIMESTAMP:
		text_addf(out, "%lld-%llu", (long long)(s->loop->now_ns / NS_PER_US),
		          (unsigned long long)number);
		break;
	case CALL_ID_TEXT:
		for (const char *f = format; *f; f++) {
			if (f[0] != '%' || !f[1]) {
				text_add(out, slice_of(f, 1));
				continue;
			}
			switch (*++f) {
			case 'u': text_addf(out, "%llu", (unsigned long long)number); break;
			case 'p': text_addf(out, "%lld", (long long)s->config->process_id); break;
			case 's':
				text_add(out,
				         slice_of(address, ip_addr_format(s->transport->local.addr,
				                                          address)));
				break;
			default: text_add(out, slice_of(f, 1)); break;
			}
		}
	}
	return out->failed ? NULL : kept_new(&s->kept, slice_of(text_cstr(out), out->n));
}

static struct call_extra *make_extra(struct call *c)
{
	return c->extra ? c->extra : (c->extra = mem_zalloc(sizeof *c->extra));
}

/* Each injection file gives a new call a line. */
static bool take_lines(struct call *c)
{
	struct injection *injection = c->station->setup.injection;
	size_t files = injection ? injection_files(injection) : 0;

	if (!files)
		return true;
	struct call_extra *x = make_extra(c);
	if (!x || !(x->lines = mem_alloc(files * sizeof *x->lines)))
		return false;
	for (size_t i = 0; i < files; i++)
		x->lines[i] = injection_line(injection, i, c->user);
	return true;
}

static uint64_t take_number(struct station *s)
{
	return atomic_fetch_add(&s->setup.control->calls_opened, 1) + 1;
}

struct call *call_new(struct station *s, struct play *play, struct slice call_id,
                      int64_t intended_ns, enum scenario_role role)
{
	struct call *c = pool_alloc(&play->calls, play->call_octets);

	if (!c)
		return NULL;
	memset(c, 0, play->call_octets);
	c->station = s;
	c->play = play;
	c->number = play->is_main ? take_number(s) : ++play->counters->calls_in;
	c->call_id = call_id.p ? kept_new(&s->kept, call_id) : make_call_id(s, c->number);
	if (!c->call_id) {
		pool_free(&play->calls, c, play->call_octets);
		return NULL;
	}
	c->role = (uint8_t)role;
	c->timer.fire = on_timer;
	c->resend.fire = call_resend;
	c->started_ns = s->loop->now_ns;
	c->intended_ns = intended_ns;
	c->sent_step = c->failed_step = c->invite_step = -1;
	c->peer = role == SCENARIO_CLIENT ? s->config->target : (struct endpoint){ 0 };
	c->cseq = s->config->base_cseq ? s->config->base_cseq - 1 : 0;
	for (unsigned i = 0; i < play->scenario->rtd_count; i++)
		call_rtd(c)[i] = intended_ns;
	c->key = station_key(s, kept_slice(c->call_id));
	list_append(&s->live, &c->node);
	s->live_count++;
	bool story = s->setup.trace && s->setup.trace->keep_story;
	if (!table_put(&s->calls, c->key, c) || !take_lines(c) || (story && !make_extra(c))) {
		c->in_table = true;
		call_release(c);
		return NULL;
	}
	c->in_table = true;
	return c;
}

struct call_extra *call_extra(struct call *c)
{
	if (!make_extra(c))
		call_fail(c, FAILURE_INTERNAL, "out of memory");
	return c->extra;
}

static void release_extra(struct call *c)
{
	struct call_extra *x = c->extra;
	struct kept_pools *k = &c->station->kept;

	if (!x)
		return;
	if (x->is_resolving)
		resolver_cancel(c->station->resolver, &x->resolving);
	kept_free(k, x->routes);
	kept_free(k, x->next_url);
	kept_free(k, x->challenge);
	text_release(&x->story);
	mem_free(x->lines);
	mem_free(x);
}

void call_release(struct call *c)
{
	struct station *s = c->station;
	struct kept_pools *k = &s->kept;

	if (s->last_of == c->received)
		s->last_of = NULL;
	if (c->state == CALL_CONGESTED)
		s->congested--;
	if (c->state == CALL_CLOSING)
		s->closing_count--;
	else
		s->live_count--;
	wheel_cancel(&s->loop->wheel, &c->timer);
	wheel_cancel(&s->loop->wheel, &c->resend);
	if (c->in_table)
		table_remove(&s->calls, c->key, c);
	list_remove(&c->node);
	if (c->media)
		media_call_free(c->media, NULL);
	values_release(c);
	release_extra(c);
	channel_release(c->channel);
	kept_free(k, c->call_id);
	kept_free(k, c->sent);
	kept_free(k, c->received);
	kept_free(k, c->peer_tag);
	pool_free(&c->play->calls, c, c->play->call_octets);
}

size_t call_octets(const struct call *c)
{
	return c->play->call_octets + (c->extra ? sizeof *c->extra : 0);
}

struct traced_call call_traced(const struct call *c)
{
	return (struct traced_call){ c->number, kept_slice(c->call_id), c->started_ns, c->step };
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

static void tell_truth(struct call *c, const struct media_truth *media, struct slice why)
{
	const struct truth *truth = c->station->setup.truth;
	struct truth_call row = {
		.sip_call_id = kept_slice(c->call_id),
		.scenario = c->play->scenario->name,
		.role = (enum scenario_role)c->role,
		.intended_ns = c->intended_ns,
		.started_ns = c->started_ns,
		.ended_ns = c->station->loop->now_ns,
		.outcome = c->failure ? "failed" : "succeeded",
		.failed_step = c->failed_step,
		.failure = (enum call_failure)c->failure,
		.failure_text = why,
		.messages_sent = c->messages_sent,
		.messages_dropped = c->messages_dropped,
		.rtp_sent = media->rtp_sent,
		.rtp_dropped = media->rtp_dropped,
		.rtp_duplicated = media->rtp_duplicated,
		.rtp_received = media->rtp_received,
		.digits_sent = slice_str(media->digits),
	};
	truth->call(truth->context, c->station->setup.worker, &row);
}

static void add_moment(struct moments *m, int64_t ns)
{
	double us = (double)ns / NS_PER_US;

	counter_add(&m->count, 1);
	m->sum += us;
	m->square += us * us;
}

/* The call is over for the statistics. */
static void settle(struct call *c, struct slice why)
{
	struct station *s = c->station;
	struct counters *k = c->play->counters;
	struct media_truth media = { 0 };
	int64_t length = s->loop->now_ns - c->started_ns;

	c->counted = true;
	if (c->media)
		media_call_free(c->media, &media);
	c->media = NULL;
	if (!c->failure && media.check_failed) {
		c->failure = FAILURE_MEDIA;
		why = SLICE_LIT("the rtp check failed: what came back is not what was sent");
		atomic_store(&s->setup.control->exit_code, 253); /* SIPp's */
	}
	counter_add(&k->ended, 1);
	counter_add(c->failure ? &k->failed : &k->succeeded, 1);
	if (c->failure)
		counter_add(&k->failures[(unsigned)c->failure], 1);
	latency_add(&k->call_length, length);
	add_moment(&k->length_moments, length);
	if (s->setup.truth && c->play->is_main)
		tell_truth(c, &media, why);
	if (c->play->is_main)
		atomic_fetch_add(&s->setup.control->calls_ended, 1);
	if (s->setup.call_over)
		s->setup.call_over(s->setup.call_over_context, c->user);
	dead_calls_add(&s->dead, c->key, s->loop->now_ns);
}

void call_succeed(struct call *c)
{
	if (!c->counted)
		settle(c, SLICE_NONE);
	call_release(c);
}

static void trace_failure(struct call *c, struct slice why)
{
	const struct trace *t = c->station->setup.trace;
	struct traced_call traced = call_traced(c);

	if (!t)
		return;
	if (t->error)
		t->error(t->context, c->station->loop->now_ns, &traced, why);
	if (t->story && c->extra && c->extra->story.n)
		t->story(t->context, c->station->loop->now_ns, &traced,
		         slice_of(text_cstr(&c->extra->story), c->extra->story.n));
}

void call_fail(struct call *c, enum call_failure failure, const char *format, ...)
{
	char why[512];
	va_list args;

	if (c->state == CALL_CLOSING) {
		call_release(c);
		return;
	}
	if (c->state == CALL_CONGESTED) {
		c->station->congested--;
		c->state = CALL_RUNNING;
	}
	va_start(args, format);
	int n = vsnprintf(why, sizeof why, format, args);
	va_end(args);
	size_t length = n < 0 ? 0 : (size_t)n < sizeof why ? (size_t)n : sizeof why - 1;
	c->failure = (int8_t)failure;
	c->failed_step = c->step;
	if ((unsigned)c->step < c->play->scenario->step_count)
		counter_add(&c->play->counters->steps[c->step].failed, 1);
	trace_failure(c, slice_of(why, length));
	settle(c, slice_of(why, length));
	call_close(c);
}

/* A dialog that still stands is ended, as the behaviours allow. */
void call_close(struct call *c)
{
	struct station *s = c->station;

	bool can_send = c->channel && c->failure != FAILURE_CANNOT_SEND &&
	                c->failure != FAILURE_TCP_CONNECT && c->failure != FAILURE_TCP_CLOSED;
	if (can_send && (s->config->behaviours & BEHAVIOUR_BYE) && c->play->is_main)
		call_hang_up(c);
	else
		call_release(c);
}

void call_warn(struct call *c, const char *format, ...)
{
	const struct trace *t = c->station->setup.trace;
	struct traced_call traced = call_traced(c);
	char text[512];
	va_list args;

	counter_add(&c->play->counters->warnings, 1);
	if (!t || !t->error)
		return;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	t->error(t->context, c->station->loop->now_ns, &traced,
	         slice_of(text, n < 0                     ? 0
	                        : (size_t)n < sizeof text ? (size_t)n
	                                                  : sizeof text - 1));
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static void stop_rtds(struct call *c, const struct step *step)
{
	struct counters *k = c->play->counters;
	const struct trace *t = c->station->setup.trace;
	int64_t now = c->station->loop->now_ns;
	uint64_t *done = call_rtd_done(c);

	for (unsigned i = 0; i < c->play->scenario->rtd_count; i++) {
		if (!(step->stop_rtd >> i & 1) || (*done >> i & 1))
			continue;
		int64_t took = now - call_rtd(c)[i];
		latency_add(&k->rtd[i], took);
		add_moment(&k->rtd_moments[i], took);
		if (t && t->response_time)
			t->response_time(t->context, now, (int)i, took);
		if (!(step->repeat_rtd >> i & 1))
			*done |= UINT64_C(1) << i;
	}
}

void call_bookkeeping(struct call *c, const struct step *step)
{
	if (step->counter != SCENARIO_NONE)
		counter_add(&c->play->counters->named[step->counter], 1);
	if (step->stop_rtd)
		stop_rtds(c, step);
	if (!step->start_rtd)
		return;
	for (unsigned i = 0; i < c->play->scenario->rtd_count; i++)
		if (step->start_rtd >> i & 1)
			call_rtd(c)[i] = c->station->loop->now_ns;
	*call_rtd_done(c) &= ~step->start_rtd;
}

static void advance(struct call *c, int index)
{
	const struct step *step = &c->play->scenario->steps[index];
	bool jump = step->next != SCENARIO_NONE &&
	            (step->test == SCENARIO_NONE || value_is_set(c, step->test)) &&
	            (step->chance >= 1 || random_unit(&c->station->random) < step->chance);

	c->step = jump ? step->next : index + 1;
}

void call_goto(struct call *c, int step)
{
	c->step = step;
	call_run(c);
}

void call_leave(struct call *c, int step)
{
	advance(c, step);
	call_run(c);
}

static bool skipped(struct call *c, const struct step *step)
{
	return step->condexec != SCENARIO_NONE &&
	       value_is_set(c, step->condexec) == step->condexec_inverse;
}

/* The time a recv waits: its own, or, where it is optional, the first that one behind it says, up to the one that must come. */
static int64_t wait_ns(struct call *c)
{
	const struct scenario *s = c->play->scenario;

	for (unsigned i = (unsigned)c->step; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (step->kind != STEP_RECV && step->kind != STEP_RECV_CMD)
			break;
		if (step->timeout_variable != SCENARIO_NONE)
			return (int64_t)(value_number(c, step->timeout_variable) * NS_PER_MS);
		if (step->timeout_ms >= 0)
			return (int64_t)step->timeout_ms * NS_PER_MS;
		if (step->optional == OPTIONAL_NO)
			break;
	}
	return c->station->config->receive_timeout_ns;
}

static void wait_for_message(struct call *c)
{
	int64_t wait = wait_ns(c);

	c->state = CALL_WAITING;
	if (wait > 0)
		wheel_arm(&c->station->loop->wheel, &c->timer, c->station->loop->now_ns + wait);
}

static int64_t pause_ns(struct call *c, const struct step *step)
{
	double ms = 0;

	if (step->pause_default)
		return c->station->config->pause_ns;
	if (step->pause_media)
		return c->media ? media_call_remaining_ns(c->media) : 0;
	if (step->pause_variable != SCENARIO_NONE)
		ms = value_number(c, step->pause_variable);
	else
		ms = distribution_sample(&step->duration, &c->station->random);
	return !(ms > 0) ? 0 : ms > 1e12 ? (int64_t)1e12 * NS_PER_MS : (int64_t)(ms * NS_PER_MS);
}

static void pause(struct call *c, int64_t ns)
{
	c->state = CALL_PAUSED;
	wheel_arm(&c->station->loop->wheel, &c->timer, c->station->loop->now_ns + ns);
}

static void congested(struct call *c, const struct step *step)
{
	struct station *s = c->station;
	int64_t wait = step->timeout_ms >= 0 ? (int64_t)step->timeout_ms * NS_PER_MS
	                                     : s->config->send_timeout_ns;

	if (s->msg_valid && !call_keep_received(c))
		return;
	c->state = CALL_CONGESTED;
	s->congested++;
	if (wait > 0 && !wheel_timer_armed(&c->timer))
		wheel_arm(&s->loop->wheel, &c->timer, s->loop->now_ns + wait);
}

static bool start_media(struct call *c, const struct step *step)
{
	struct err err = ERR_INIT;

	/* Answered: we acknowledged, or, as the one called, the ACK came. */
	if (!c->media || c->media_answered || !c->acked || !c->has_2xx ||
	    (step->kind == STEP_SEND && step->message->method != SIP_ACK))
		return true;
	c->media_answered = true;
	if (media_call_answered(c->media, &err))
		return true;
	call_fail(c, FAILURE_MEDIA, "%s", err.text);
	return false;
}

enum went { WENT_ON, WENT_WAIT, WENT_OVER };

static enum went after(struct call *c, const struct step *step, struct slice text)
{
	int index = c->step;

	call_bookkeeping(c, step);
	if (step->action_count) {
		switch (actions_run(c, step, text)) {
		case ACTION_CALL_OVER: return WENT_OVER;
		case ACTION_JUMPED: return WENT_ON;
		case ACTION_WAIT: return WENT_WAIT;
		case ACTION_GO_ON: break;
		}
	}
	advance(c, index);
	return WENT_ON;
}

static enum went run_send(struct call *c, const struct step *step)
{
	struct station *s = c->station;

	switch (call_send_step(c, step)) {
	case SENT_WAIT: congested(c, step); return WENT_WAIT;
	case SENT_FAILED: return WENT_OVER;
	case SENT_DONE: break;
	}
	if (c->media && !start_media(c, step))
		return WENT_OVER;
	return after(c, step, slice_of(s->out.p, s->out.n));
}

static enum went run_command(struct call *c, const struct step *step)
{
	struct station *s = c->station;
	const char *why;

	if (!render_message(c, c->step, &c->play->messages[c->step], &s->out, &why)) {
		call_fail(c, FAILURE_INTERNAL, "line %u: %s", step->line, why);
		return WENT_OVER;
	}
	if (!s->twin || !twin_send(s->twin, step->peer, slice_of(s->out.p, s->out.n))) {
		call_fail(c, FAILURE_COMMAND_NOT_SENT, "line %u: the twin is not there",
		          step->line);
		return WENT_OVER;
	}
	counter_add(&c->play->counters->steps[c->step].sent, 1);
	return after(c, step, SLICE_NONE);
}

static enum went run_pause(struct call *c, const struct step *step)
{
	int64_t ns = pause_ns(c, step);
	int index = c->step;

	counter_add(&c->play->counters->steps[index].sessions, 1);
	call_bookkeeping(c, step);
	if (step->action_count && actions_run(c, step, SLICE_NONE) == ACTION_CALL_OVER)
		return WENT_OVER;
	if (c->media && !start_media(c, step))
		return WENT_OVER;
	c->step = index;
	if (ns > 0) {
		pause(c, ns);
		return WENT_WAIT;
	}
	counter_add(&c->play->counters->steps[index].left, 1);
	advance(c, index);
	return WENT_ON;
}

static enum went run_step(struct call *c, const struct step *step)
{
	switch (step->kind) {
	case STEP_SEND: return run_send(c, step);
	case STEP_SEND_CMD: return run_command(c, step);
	case STEP_PAUSE: return run_pause(c, step);
	case STEP_NOP: return after(c, step, SLICE_NONE);
	case STEP_RECV:
		if (c->media && !start_media(c, step))
			return WENT_OVER;
		wait_for_message(c);
		return WENT_WAIT;
	case STEP_RECV_CMD: wait_for_message(c); return WENT_WAIT;
	}
	return WENT_WAIT;
}

void call_run(struct call *c)
{
	unsigned steps = 0;

	c->state = CALL_RUNNING;
	while ((unsigned)c->step < c->play->scenario->step_count) {
		const struct step *step = call_step(c);
		if (++steps > MOST_STEPS_AT_ONCE) {
			call_fail(c, FAILURE_INTERNAL,
			          "line %u: %u steps without waiting for anything: a loop without "
			          "an end",
			          step->line, steps);
			return;
		}
		if (skipped(c, step))
			advance(c, c->step);
		else if (run_step(c, step) != WENT_ON)
			return;
	}
	call_succeed(c);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void receive_timeout(struct call *c)
{
	const struct step *step = call_step(c);

	counter_add(&c->play->counters->steps[c->step].timeouts, 1);
	const struct scenario *s = c->play->scenario;
	for (unsigned i = (unsigned)c->step; i < s->step_count && s->steps[i].kind == STEP_RECV;
	     i++) {
		if (s->steps[i].ontimeout != SCENARIO_NONE) {
			call_goto(c, s->steps[i].ontimeout);
			return;
		}
		if (s->steps[i].optional == OPTIONAL_NO)
			break;
	}
	call_fail(c, FAILURE_RECEIVE_TIMEOUT,
	          "line %u: nothing of what was waited for came in time", step->line);
}

static void on_timer(struct wheel_timer *timer)
{
	struct call *c = (struct call *)((char *)timer - offsetof(struct call, timer));
	struct station *s = c->station;

	s->msg_valid = false;
	switch ((enum call_state)c->state) {
	case CALL_PAUSED:
		counter_add(&c->play->counters->steps[c->step].left, 1);
		call_leave(c, c->step);
		break;
	case CALL_WAITING: receive_timeout(c); break;
	case CALL_CONGESTED:
		call_fail(c, FAILURE_SEND_TIMEOUT, "the send buffer had no room in time");
		break;
	case CALL_CLOSING: call_release(c); break;
	case CALL_RUNNING:
	case CALL_RESOLVING: break;
	}
}
