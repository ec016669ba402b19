#include "sim/sipp/stat_values.h"

#include <math.h>

const char *const stat_reason_names[STAT_REASONS] = {
	"CannotSendMessage",   "MaxUDPRetrans",     "TcpConnect",         "TcpClosed",
	"UnexpectedMessage",   "CallRejected",      "CmdNotSent",         "RegexpDoesntMatch",
	"RegexpShouldntMatch", "RegexpHdrNotFound", "OutboundCongestion", "TimeoutOnRecv",
	"TimeoutOnSend",       "TestDoesntMatch",   "TestShouldntMatch",  "StrcmpDoesntMatch",
	"StrcmpShouldntMatch",
};

const char *const stat_event_names[STAT_EVENTS] = {
	"OutOfCallMsgs", "DeadCallMsgs", "Retransmissions", "AutoAnswered",
	"Warnings",      "FatalErrors",  "WatchdogMajor",   "WatchdogMinor",
};

/* SIPp's reasons are our first ones in the same order; what it has no column for is what it calls rejected: by an error of our own. */
static unsigned reason_of(enum call_failure f)
{
	if (f >= FAILURE_CANNOT_SEND && f <= FAILURE_STRCMP_MATCH)
		return (unsigned)f - FAILURE_CANNOT_SEND;
	return FAILURE_CALL_REJECTED - FAILURE_CANNOT_SEND;
}

unsigned stat_bounds(unsigned count)
{
	return count < STAT_MOST_BOUNDS ? count : STAT_MOST_BOUNDS;
}

static void buckets_take(struct stat_buckets *b, const struct latency *l, const unsigned *bounds_ms,
                         unsigned count)
{
	uint64_t before = 0;

	count = stat_bounds(count);
	for (unsigned i = 0; i < count; i++) {
		uint64_t below = latency_count_below(l, (uint64_t)bounds_ms[i] * 1000);
		b->below[i] = below > before ? below - before : 0;
		before = below > before ? below : before;
	}
	b->below[count] = l->count > before ? l->count - before : 0;
}

void stat_values_take(struct stat_values *v, const struct sim_reading *reading,
                      const struct scenario *s)
{
	const struct counters *c = &reading->counters;

	*v = (struct stat_values){ .at_ns = reading->now_ns,
		                   .in = c->calls_in,
		                   .out = c->calls_out,
		                   .succeeded = c->succeeded,
		                   .failed = c->failed,
		                   .live = reading->live,
		                   .events = { c->out_of_call, c->dead_call, c->retransmissions,
		                               c->auto_answered, c->warnings, c->fatal_errors } };
	for (unsigned f = FAILURE_NONE + 1; f < FAILURES; f++)
		v->reasons[reason_of((enum call_failure)f)] += c->failures[f];
	for (unsigned i = 0; i < s->counter_count; i++)
		v->named[i] = c->named[i];
	for (unsigned i = 0; i < s->rtd_count; i++) {
		v->rtd[i] = c->rtd_moments[i];
		buckets_take(&v->rtd_buckets[i], &c->rtd[i], s->response_bounds_ms,
		             s->response_bound_count);
	}
	v->length = c->length_moments;
	buckets_take(&v->length_buckets, &c->call_length, s->length_bounds_ms,
	             s->length_bound_count);
}

bool stat_rtd_used(const struct scenario *s, unsigned rtd)
{
	const uint64_t bit = (uint64_t)1 << rtd;

	for (unsigned i = 0; i < s->step_count; i++)
		if ((s->steps[i].start_rtd | s->steps[i].stop_rtd) & bit)
			return true;
	return false;
}

static struct moments between(const struct moments *now, const struct moments *before)
{
	if (!before)
		return *now;
	return (struct moments){ now->count - before->count, now->sum - before->sum,
		                 now->square - before->square };
}

double moments_mean_us(const struct moments *now, const struct moments *before)
{
	struct moments m = between(now, before);

	return m.count ? m.sum / (double)m.count : 0;
}

double moments_deviation_us(const struct moments *now, const struct moments *before)
{
	struct moments m = between(now, before);

	if (!m.count)
		return 0;
	double mean = m.sum / (double)m.count;
	double variance = m.square / (double)m.count - mean * mean;
	return variance > 0 ? sqrt(variance) : 0;
}

double stat_call_rate(const struct stat_values *now, const struct stat_values *before)
{
	double seconds = (double)(now->at_ns - before->at_ns) / (double)NS_PER_S;

	return seconds > 0 ? (double)(now->in + now->out - before->in - before->out) / seconds : 0;
}
