/* H4 and H7: what a source does when it begins calls. */
#include "analyzer/calls/event.h"
#include "analyzer/calls/leg.h"
#include "analyzer/findings/attack.h"
#include "analyzer/findings/state.h"
#include "dissectors/sip_header.h"

#define BASELINE_WINDOWS 3 /* as many quiet windows there must have been to compare with */
#define SHORTEST_NUMBER  3
#define LONGEST_NUMBER   18

/* Calls per window before this one; NAN while too little was seen. */
static double baseline(const struct attack *a, const struct source *s, uint64_t now_calls,
                       int64_t now)
{
	double windows =
	        (double)duration_between(s->first_call_ns, now) / (double)a->set.burst_window_ns -
	        1;

	return windows < BASELINE_WINDOWS ? (double)NAN
	                                  : (double)(s->calls_in_all - now_calls) / windows;
}

static bool tell_burst(struct attack *a, struct source *s, const struct seen_message *m,
                       uint64_t calls, double before)
{
	struct draft *d = &a->draft;
	struct sighting at = attack_sighting(m);
	double window_s = (double)a->set.burst_window_ns / (double)NS_PER_S;

	s->burst_told_until_ns = duration_after(at.time_ns, a->set.burst_window_ns);
	draft_begin(d);
	text_addf(&d->cause, "calls in bursts from ");
	text_add_address(&d->cause, s->addr);
	text_add_address(&d->text, s->addr);
	text_addf(&d->text, " began %" PRIu64 " calls within %.0f s (up to frame %" PRIu64 ")",
	          calls, window_s, at.frame);
	if (!isnan(before))
		text_addf(&d->text, ", and %.1f in as long before", before);
	evidence_int(&d->evidence, "calls", (int64_t)calls);
	evidence_real(&d->evidence, "before", before);
	evidence_int(&d->evidence, "threshold", (int64_t)a->set.burst_calls);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){
	                            .rule = RULE_H4,
	                            .noun = "times",
	                            .first = at,
	                            .weak = isnan(before) ? "no quieter time of this source is in "
	                                                    "the capture to compare with"
	                                                  : NULL });
}

static bool count_burst(struct attack *a, struct source *s, const struct seen_message *m)
{
	int64_t now = m->ev->origin->time_ns;
	uint64_t calls = window_add(&s->calls, a->set.burst_window_ns, now);
	double before;

	s->calls_in_all++;
	if (s->first_call_ns == TIME_NONE)
		s->first_call_ns = now;
	if ((double)calls < a->set.burst_least ||
	    (s->burst_told_until_ns != TIME_NONE && now < s->burst_told_until_ns))
		return true;
	before = baseline(a, s, calls, now);
	if ((double)calls <= a->set.burst_calls &&
	    (isnan(before) || (double)calls <= a->set.burst_factor * before))
		return true;
	return tell_burst(a, s, m, calls, before);
}

static bool tell_run(struct attack *a, struct source *s, const struct seen_message *m)
{
	struct draft *d = &a->draft;
	struct sighting at = attack_sighting(m);

	s->run_told = true;
	draft_begin(d);
	text_addf(&d->cause, "consecutive numbers");
	text_add_address(&d->text, s->addr);
	text_addf(&d->text,
	          " called consecutive numbers up to %" PRIu64 " (frames %" PRIu64 " to %" PRIu64
	          ")",
	          s->number, s->run_first.frame, at.frame);
	evidence_int(&d->evidence, "numbers", s->run);
	evidence_int(&d->evidence, "threshold", (int64_t)a->set.run_numbers);
	evidence_frame(&d->evidence, s->run_first);
	evidence_frame(&d->evidence, at);
	return draft_add(d,
	                 (struct occurrence){ .rule = RULE_H7, .first = s->run_first, .last = at });
}

/* Told once a source: a run that goes on is the same one. */
static bool count_run(struct attack *a, struct source *s, const struct seen_message *m)
{
	struct slice user = sip_uri_user(sip_addr_uri(m->ev->msg->to));
	struct sighting at = attack_sighting(m);
	uint64_t number;

	if (user.n && user.p[0] == '+')
		user = slice_from(user, 1);
	if (s->run_told || user.n < SHORTEST_NUMBER || user.n > LONGEST_NUMBER ||
	    !slice_u64(user, UINT64_MAX, &number) || (s->run && number == s->number))
		return true;
	if (s->run && number == s->number + 1 &&
	    duration_between(s->run_first.time_ns, at.time_ns) <= a->set.run_window_ns) {
		s->run++;
	} else {
		s->run = 1;
		s->run_first = at;
	}
	s->number = number;
	return (double)s->run < a->set.run_numbers || tell_run(a, s, m);
}

/* An INVITE without To-tag; tries of a call that has begun already are not counted. */
bool attack_call_begins(struct attack *a, struct source *s, const struct seen_message *m)
{
	if (m->leg && (m->leg->attempt.transaction_id != m->transaction_id ||
	               m->leg->start_ns != m->ev->origin->time_ns))
		return true;
	return count_burst(a, s, m) && count_run(a, s, m);
}
