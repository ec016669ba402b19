/* How a call ends: well, badly, or by somebody's wish; and who is told. */
#include "sim/engine/call.h"

#include <stdarg.h>
#include <stdio.h>

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
		.rtp_unseen = media->rtp_unseen,
		.rtp_duplicated = media->rtp_duplicated,
		.rtp_received = media->rtp_received,
		.digits_sent = slice_str(media->digits),
	};
	truth->call(truth->context, c->station->setup.worker, &row);
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
	moments_add(&k->length_moments, length);
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
