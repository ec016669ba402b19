/* A call runs from step to step until it has to wait: for a message, a time, room in a buffer, a name. */
#include "sim/engine/call.h"

#define MOST_STEPS_AT_ONCE 100000 /* steps without waiting: more is a loop that waits for nothing */

/* A message counts from when it came, not from when we came to it. */
static int64_t step_time(const struct call *c, const struct step *step)
{
	const struct station *s = c->station;
	return step->kind == STEP_RECV && s->arrival ? s->arrival->time_ns : s->loop->now_ns;
}

static void stop_rtds(struct call *c, const struct step *step)
{
	struct counters *k = c->play->counters;
	const struct trace *t = c->station->setup.trace;
	int64_t now = step_time(c, step);
	uint64_t *done = call_rtd_done(c);

	for (unsigned i = 0; i < c->play->scenario->rtd_count; i++) {
		if (!(step->stop_rtd >> i & 1) || (*done >> i & 1))
			continue;
		int64_t took = now - call_rtd(c)[i];
		latency_add(&k->rtd[i], took);
		moments_add(&k->rtd_moments[i], took);
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
			call_rtd(c)[i] = step_time(c, step);
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

void call_end_media(struct call *c)
{
	const struct media_config *config = &c->station->config->media;
	struct err err = ERR_INIT;

	if (c->media && (config->play || config->digits))
		media_call_act(c->media, MEDIA_STOP, SLICE_NONE, &err);
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

void call_timer(struct wheel_timer *timer)
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
