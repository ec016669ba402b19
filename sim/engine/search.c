#include "sim/engine/search.h"

#include <stdio.h>
#include <string.h>

#define SETTLE_MOST_NS NS_PER_S
/* Calls of a rate that was too high: 64 x T1 until the last gives up, and as long again. */
#define DRAIN_MOST_NS (65 * NS_PER_S)
/* Of the calls that a window should begin. */
#define OPENED_LEAST 0.97

void search_init(struct search *s, const struct pace_config *c, double max_rate, int64_t now_ns)
{
	*s = (struct search){ .phase = SEARCH_SETTLES,
		              .most = max_rate,
		              .precision = c->search_precision > 0 ? c->search_precision : 0.02,
		              .window_ns =
		                      c->search_window_ns > 0 ? c->search_window_ns : 5 * NS_PER_S,
		              .since_ns = now_ns };
	s->tried = c->rate > 0 ? c->rate : 1;
	if (max_rate > 0 && s->tried > max_rate)
		s->tried = max_rate;
	s->rate = s->tried;
}

static void enter(struct search *s, enum search_phase phase, const struct search_facts *f)
{
	s->phase = phase;
	s->since_ns = f->now_ns;
	s->opened = f->opened;
	s->failed = f->failed;
	s->retransmissions = f->retransmissions;
	s->marked = true;
	s->rate = phase == SEARCH_DRAINS || phase == SEARCH_OVER ? 0 : s->tried;
}

static bool over(struct search *s, const struct search_facts *f)
{
	s->result.highest_rate = s->good;
	s->result.failing_rate = s->bad;
	if (!s->bad)
		snprintf(s->result.why, sizeof s->result.why,
		         "nothing failed up to %.6g calls/s, beyond which it was not to go",
		         s->good);
	enter(s, SEARCH_OVER, f);
	return true;
}

/* ---- what happened at a rate ---- */

/* False: this rate goes well so far. */
static bool went_wrong(const struct search *s, const struct search_facts *f, char why[static 256])
{
	unsigned long long failed = f->failed - s->failed;
	unsigned long long again = f->retransmissions - s->retransmissions;
	double seconds = (double)(f->now_ns - s->since_ns) / (double)NS_PER_S;
	int n = 0;

	if (failed)
		n = snprintf(why, 256, "%llu call%s failed within %.1f s", failed,
		             failed == 1 ? "" : "s", seconds);
	else if (again)
		n = snprintf(why, 256, "%llu message%s had to be repeated within %.1f s", again,
		             again == 1 ? "" : "s", seconds);
	else if (f->most_live && f->live >= f->most_live)
		n = snprintf(why, 256, "calls piled up: %llu at once", (unsigned long long)f->live);
	if (f->health.limited)
		snprintf(why + n, 256 - (size_t)n, "%sthe generator was the limit: %.150s",
		         n ? "; " : "", f->health.why);
	return n > 0 || f->health.limited;
}

static bool too_few(const struct search *s, const struct search_facts *f, char why[static 256])
{
	double seconds = (double)(f->now_ns - s->since_ns) / (double)NS_PER_S;
	double wanted = s->tried * seconds, got = (double)(f->opened - s->opened);

	if (got >= wanted * OPENED_LEAST - 2)
		return false;
	snprintf(why, 256, "only %.0f of %.0f calls could be opened within %.1f s", got, wanted,
	         seconds);
	return true;
}

/* ---- which one is next ---- */

static bool near_enough(const struct search *s)
{
	return s->good > 0 && s->bad > 0 && s->bad - s->good <= s->good * s->precision;
}

static bool go_on(struct search *s, const struct search_facts *f, enum search_phase phase)
{
	if (near_enough(s) || (s->most > 0 && s->good >= s->most))
		return over(s, f);
	if (!s->bad)
		s->tried = s->good * 2;
	else if (!s->good)
		s->tried = s->bad / 2;
	else
		s->tried = (s->good + s->bad) / 2;
	if (s->most > 0 && s->tried > s->most)
		s->tried = s->most;
	if (s->tried < SEARCH_LEAST_RATE)
		return over(s, f);
	enter(s, phase, f);
	return false;
}

static bool failed_at(struct search *s, const struct search_facts *f, const char *why)
{
	s->bad = s->tried;
	memcpy(s->result.why, why, sizeof s->result.why);
	return go_on(s, f, SEARCH_DRAINS);
}

bool search_look(struct search *s, const struct search_facts *f)
{
	int64_t took = f->now_ns - s->since_ns;
	int64_t settle = s->window_ns / 4 < SETTLE_MOST_NS ? s->window_ns / 4 : SETTLE_MOST_NS;
	char why[256] = "";

	switch (s->phase) {
	case SEARCH_OVER: return true;
	case SEARCH_DRAINS:
		if (f->live && took < DRAIN_MOST_NS)
			return false;
		enter(s, SEARCH_SETTLES, f);
		return false;
	case SEARCH_SETTLES:
	case SEARCH_MEASURES: break;
	}
	if (went_wrong(s, f, why))
		return failed_at(s, f, why);
	if (s->phase == SEARCH_SETTLES) {
		if (took >= settle)
			enter(s, SEARCH_MEASURES, f);
		return false;
	}
	if (took < s->window_ns)
		return false;
	if (too_few(s, f, why))
		return failed_at(s, f, why);
	s->good = s->tried;
	return go_on(s, f, SEARCH_SETTLES);
}
