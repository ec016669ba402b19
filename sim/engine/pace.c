#include "sim/engine/pace.h"

#include "sim/transport/impair.h"

#include <math.h>

/* Rates are added up over time: the next call of ours is due when as many calls of all workers have become due as there are workers. So
 * one walk along the curve of the rate serves all kinds. */

/* ---- the curve ---- */

static double top_s(const struct pace_config *c)
{
	double steps = c->step != 0 ? ceil((c->rate_to - c->rate) / c->step) : 0;

	return (steps > 0 ? steps + 1 : 1) * (double)c->period_ns / 1e9;
}

static double step_rate(const struct pace_config *c, double number)
{
	double rate = c->rate + number * c->step;

	if (c->rate_to > 0 && (c->step > 0 ? rate > c->rate_to : rate < c->rate_to))
		rate = c->rate_to;
	return rate > 0 ? rate : 0;
}

static double rate_at(const struct pace *p, double at_s)
{
	const struct pace_config *c = &p->config;
	double period = (double)c->period_ns / 1e9;

	if (p->override_rate >= 0)
		return p->override_rate;
	if (c->kind == PACE_RAMP && period > 0)
		return at_s >= period ? c->rate_to
		                      : c->rate + (c->rate_to - c->rate) * at_s / period;
	if (c->kind == PACE_STEPS && period > 0)
		return step_rate(c, floor(at_s / period));
	return c->kind == PACE_CONCURRENT ? 0 : c->rate;
}

/* How long until `calls` are due from from_s on, where the rate goes from `rate` to `rate_to` in a straight line within `length` s; beyond
 * that, -1, and *calls is what is left. */
static double along(double rate, double rate_to, double length, double *calls)
{
	double slope = length < INFINITY ? (rate_to - rate) / length : 0;
	double all = length < INFINITY ? (rate + rate_to) / 2 * length : INFINITY;

	if (rate <= 0 && slope <= 0)
		all = 0;
	if (*calls > all) {
		*calls -= all;
		return -1;
	}
	if (slope == 0)
		return *calls / rate;
	/* Calls until t: rate t + slope t^2 / 2. The form that does not lose digits where the slope is small. */
	double root = sqrt(fmax(0, rate * rate + 2 * slope * *calls));
	return rate + root > 0 ? 2 * *calls / (rate + root) : length;
}

/* The straight part of the curve that begins at from_s: its end, and the rates at both its ends. */
static double straight_part(const struct pace *p, double from_s, double *rate, double *rate_to)
{
	const struct pace_config *c = &p->config;
	double period = (double)c->period_ns / 1e9;

	*rate = *rate_to = rate_at(p, from_s);
	if (p->override_rate >= 0 || period <= 0)
		return INFINITY;
	if (c->kind == PACE_RAMP && from_s < period) {
		*rate_to = c->rate_to;
		return period;
	}
	/* A step that changes nothing any more has no end. */
	double next = (floor(from_s / period) + 1) * period;
	if (c->kind == PACE_STEPS && next > from_s && c->step != 0 &&
	    (c->rate_to <= 0 || step_rate(c, floor(from_s / period)) != c->rate_to))
		return next;
	return INFINITY;
}

#define MOST_PARTS 100000 /* of steps without any rate */

/* When `calls` more are due after from_s; INFINITY and *calls left where the rate stays 0. */
static double walk(const struct pace *p, double from_s, double *calls)
{
	for (unsigned i = 0; i < MOST_PARTS; i++) {
		double rate, rate_to;
		double end = straight_part(p, from_s, &rate, &rate_to);
		if (end == INFINITY && rate <= 0)
			return INFINITY;
		double took = along(rate, rate_to, end - from_s, calls);
		if (took >= 0)
			return from_s + took;
		from_s = end;
	}
	return INFINITY;
}

/* Calls that become due between two times. */
static double due_between(const struct pace *p, double from_s, double to_s)
{
	double sum = 0;

	while (from_s < to_s) {
		double rate, rate_to;
		double end = straight_part(p, from_s, &rate, &rate_to);
		double until = fmin(end, to_s);
		double there = end == INFINITY ? rate
		                               : rate + (rate_to - rate) * (until - from_s) /
		                                                 (end - from_s);
		sum += (rate + there) / 2 * (until - from_s);
		from_s = until;
	}
	return sum;
}

/* ---- the calls ---- */

static double next_amount(struct pace *p)
{
	if (p->config.kind != PACE_POISSON)
		return p->shares;
	return -log(1 - random_unit(&p->random)) * p->shares;
}

static void go_on(struct pace *p, double from_s, double calls)
{
	p->owed = calls;
	p->next_s = walk(p, from_s, &p->owed);
	p->finished = p->config.kind == PACE_STEPS && p->config.quit_at_top &&
	              p->override_rate < 0 && p->config.rate_to > 0 &&
	              p->next_s > top_s(&p->config) + 1e-6;
}

void pace_init(struct pace *p, const struct pace_config *config, unsigned share, unsigned shares,
               uint64_t seed, int64_t start_ns)
{
	*p = (struct pace){ .config = *config,
		            .share = share,
		            .shares = shares,
		            .random = seed ^ (UINT64_C(0xA5A5A5A5) * (share + 1)),
		            .started_ns = start_ns,
		            .override_rate = -1 };
	go_on(p, 0, config->kind == PACE_POISSON ? next_amount(p) : share + 1);
}

int64_t pace_next(const struct pace *p)
{
	double ns = p->next_s * 1e9;

	if (p->finished || ns >= (double)(INT64_MAX / 2))
		return INT64_MAX;
	return p->started_ns + (int64_t)ns;
}

void pace_took(struct pace *p)
{
	go_on(p, p->next_s, next_amount(p));
}

void pace_set_rate(struct pace *p, double rate, int64_t now_ns)
{
	double now_s = (double)(now_ns - p->started_ns) / 1e9;
	double owed = p->owed;

	if (rate < 0)
		rate = -1;
	if (rate == p->override_rate)
		return;
	if (p->next_s <= now_s) { /* due already */
		p->override_rate = rate;
		return;
	}
	if (p->next_s < INFINITY)
		owed = due_between(p, now_s, p->next_s);
	p->override_rate = rate;
	go_on(p, now_s, owed);
}

void pace_shift(struct pace *p, int64_t from_ns, int64_t now_ns)
{
	double now_s = (double)(now_ns - p->started_ns) / 1e9;
	double from_s = (double)(from_ns - p->started_ns) / 1e9;

	if (p->next_s == INFINITY)
		return;
	go_on(p, now_s, p->next_s > from_s ? due_between(p, from_s, p->next_s) : 0);
}

double pace_rate(const struct pace *p, int64_t now_ns)
{
	return rate_at(p, (double)(now_ns - p->started_ns) / 1e9);
}
