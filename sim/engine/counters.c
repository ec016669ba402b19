#include "sim/engine/counters.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

static const struct failure_words {
	const char *name, *text;
} failure_words[FAILURES] = {
	[FAILURE_NONE] = { "none", "nothing failed" },
	[FAILURE_CANNOT_SEND] = { "cannot-send", "a message could not be sent" },
	[FAILURE_MAX_RETRANSMISSIONS] = { "max-udp-retransmissions",
	                                  "no answer after the last retransmission" },
	[FAILURE_TCP_CONNECT] = { "tcp-connect", "the connection could not be made" },
	[FAILURE_TCP_CLOSED] = { "tcp-closed", "the connection was closed" },
	[FAILURE_UNEXPECTED_MESSAGE] = { "unexpected-message",
	                                 "a message came that the scenario does not expect there" },
	[FAILURE_CALL_REJECTED] = { "call-rejected", "the call was rejected" },
	[FAILURE_COMMAND_NOT_SENT] = { "command-not-sent",
	                               "a command could not be sent to the twin" },
	[FAILURE_REGEXP_NO_MATCH] = { "regexp-no-match", "a regular expression did not match" },
	[FAILURE_REGEXP_MATCH] = { "regexp-match", "a regular expression matched that must not" },
	[FAILURE_REGEXP_NO_HEADER] = { "regexp-no-header", "the header to search in is not there" },
	[FAILURE_CONGESTION] = { "outbound-congestion", "the send buffer was full for too long" },
	[FAILURE_RECEIVE_TIMEOUT] = { "receive-timeout",
	                              "the expected message did not come in time" },
	[FAILURE_SEND_TIMEOUT] = { "send-timeout", "a message could not be sent in time" },
	[FAILURE_TEST_NO_MATCH] = { "test-no-match", "a test was not true" },
	[FAILURE_TEST_MATCH] = { "test-match", "a test was true that must not be" },
	[FAILURE_STRCMP_NO_MATCH] = { "strcmp-no-match", "two texts are not the same" },
	[FAILURE_STRCMP_MATCH] = { "strcmp-match", "two texts are the same that must not be" },
	[FAILURE_AUTHENTICATION] = { "authentication",
	                             "there was no challenge, or none that can be answered" },
	[FAILURE_MEDIA] = { "media", "media could not be sent or was not as it must be" },
	[FAILURE_STOPPED] = { "stopped", "it was stopped before its end" },
	[FAILURE_INTERNAL] = { "internal", "the simulator itself could not go on with it" },
};

const char *call_failure_name(enum call_failure f)
{
	return (unsigned)f < FAILURES ? failure_words[f].name : "unknown";
}

const char *call_failure_text(enum call_failure f)
{
	return (unsigned)f < FAILURES ? failure_words[f].text : "it is not known why";
}

void counters_reset(struct counters *c, const struct scenario *s)
{
	struct step_counters *steps = c->steps;
	struct latency *rtd = c->rtd;

	*c = (struct counters){ .steps = steps, .rtd = rtd };
	memset(steps, 0, s->step_count * sizeof *steps);
	latency_init(&c->call_length);
	latency_init(&c->start_lag);
	for (unsigned i = 0; i < STATUS_CLASSES; i++)
		latency_init(&c->status_time[i]);
	for (unsigned i = 0; i < s->rtd_count; i++)
		latency_init(&rtd[i]);
}

bool counters_init(struct counters *c, const struct scenario *s)
{
	*c = (struct counters){ 0 };
	c->steps = mem_alloc((s->step_count ? s->step_count : 1) * sizeof *c->steps);
	c->rtd = mem_alloc((s->rtd_count ? s->rtd_count : 1) * sizeof *c->rtd);
	if (!c->steps || !c->rtd) {
		counters_release(c);
		return false;
	}
	counters_reset(c, s);
	return true;
}

void counters_release(struct counters *c)
{
	mem_free(c->steps);
	mem_free(c->rtd);
	c->steps = NULL;
	c->rtd = NULL;
}

/* ---- totals ---- */

static void add_all(uint64_t *into, const uint64_t *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		into[i] += counter_read(&from[i]);
}

static void add_plain(struct counters *into, const struct counters *from)
{
#define ADD(field) into->field += counter_read(&from->field)
	ADD(calls_in);
	ADD(calls_out);
	ADD(ended);
	ADD(succeeded);
	ADD(failed);
	ADD(out_of_call);
	ADD(dead_call);
	ADD(retransmissions);
	ADD(auto_answered);
	ADD(warnings);
	ADD(fatal_errors);
	ADD(messages_in);
	ADD(messages_out);
	ADD(late_starts);
	ADD(digits_sent);
	ADD(media_failures);
#undef ADD
	uint64_t peak = counter_read(&from->peak);
	into->peak = peak > into->peak ? peak : into->peak;
	add_all(into->failures, from->failures, FAILURES);
	add_all(into->status_in, from->status_in, STATUS_CLASSES);
	add_all(into->named, from->named, SCENARIO_MAX_COUNTERS);
}

/* A writer may be between two of the three: good enough for a screen, exact at the end. */
static void add_moments(struct moments *into, const struct moments *from)
{
	into->count += counter_read(&from->count);
	into->sum += from->sum;
	into->square += from->square;
}

void counters_merge(struct counters *into, const struct counters *from, const struct scenario *s)
{
	_Static_assert(sizeof(struct step_counters) % sizeof(uint64_t) == 0, "only counters");
	const unsigned per_step = sizeof(struct step_counters) / sizeof(uint64_t);

	add_plain(into, from);
	for (unsigned i = 0; i < s->step_count; i++)
		add_all(&into->steps[i].sent, &from->steps[i].sent, per_step);
	for (unsigned i = 0; i < s->rtd_count; i++) {
		latency_merge(&into->rtd[i], &from->rtd[i]);
		add_moments(&into->rtd_moments[i], &from->rtd_moments[i]);
	}
	for (unsigned i = 0; i < STATUS_CLASSES; i++)
		latency_merge(&into->status_time[i], &from->status_time[i]);
	latency_merge(&into->call_length, &from->call_length);
	latency_merge(&into->start_lag, &from->start_lag);
	add_moments(&into->length_moments, &from->length_moments);
}

void moments_add(struct moments *m, int64_t ns)
{
	double us = (double)ns / NS_PER_US;

	counter_add(&m->count, 1);
	m->sum += us;
	m->square += us * us;
}
