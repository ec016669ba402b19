/* C8 between the legs of a call: digits that a server in the middle swallows, or makes longer or shorter. */
#include "analyzer/findings/digit_faults.h"

#include "analyzer/calls/call.h"

#include <math.h>
#include <stdlib.h>

#define DIFFERENCE_MS 40 /* a relay that sends at its own pace may be off by a packet or two */
#define FEW           2

/* ---- lost ---- */

/* Another conversation than the one before: what is pressed there is nothing to this one. */
static bool is_handed_over(const struct call *call)
{
	for (unsigned i = 0; i < call->count; i++)
		if (call->legs[i]->kind != LEG_INVITE || call->legs[i]->transferred ||
		    call->legs[i]->transfers || call->legs[i]->replaces.n)
			return true;
	return false;
}

static bool has_press_of(const struct seen_presses *s, unsigned place, unsigned winner)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->all[i].leg == place && s->all[i].winner == winner)
			return true;
	return false;
}

static bool has_event_on(const struct seen_presses *s, unsigned place)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->all[i].leg == place && s->all[i].press->method == PRESS_EVENT)
			return true;
	return false;
}

/* Would a press of this sender show on this leg? Media from there is captured, events are negotiated, and nothing hides them. */
static bool shows_digits(const struct seen_presses *s, unsigned place, enum party sender)
{
	const struct call_media *m = &s->call->legs[place]->media;
	enum party receiver = sender == PARTY_CALLER ? PARTY_CALLEE : PARTY_CALLER;

	return m->heard[receiver].packets > 0 && m->events_said[receiver] &&
	       (!m->secured || has_event_on(s, place));
}

static bool was_there(const struct leg *leg, int64_t time_ns)
{
	return leg->start_ns != TIME_NONE && leg->start_ns <= time_ns &&
	       (leg->end_ns == TIME_NONE || time_ns < leg->end_ns);
}

struct lost {
	const struct leg *from, *to;
	enum party sender;
	struct tally before, after; /* the answer */
};

static void count_lost(const struct seen_presses *s, unsigned from, unsigned to, struct lost *lost)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct pressed *p = &s->all[i];
		if (p->winner != i || !has_press_of(s, from, i) ||
		    !was_there(lost->to, p->press->start_ns))
			continue;
		bool early = lost->from->answer_ns == TIME_NONE ||
		             p->press->start_ns < lost->from->answer_ns;
		struct tally *t = early ? &lost->before : &lost->after;
		t->all++;
		if (!has_press_of(s, to, i))
			tally_add(t, p->press);
	}
}

static bool tell_lost(struct digit_faults *d, const struct lost *lost, const struct tally *t,
                      bool early)
{
	struct draft *draft = &d->draft;
	bool caller = lost->sender == PARTY_CALLER;

	if (!t->count)
		return true;
	draft_begin(draft);
	text_addf(&draft->cause, "%s ",
	          early ? "digits before the answer not relayed by" : "digits not relayed by");
	text_add_address(&draft->cause, leg_address(lost->to, caller));
	text_addf(&draft->text, "%u of %u digits that ", t->count, t->all);
	digit_faults_who(&draft->text, lost->from, lost->sender);
	text_addf(&draft->text, " pressed%s do not go on to ", early ? " before the answer" : "");
	text_add_address(&draft->text, leg_address(lost->to, !caller));
	evidence_int(&draft->evidence, "dialog", lost->from->first.id);
	evidence_int(&draft->evidence, "other_dialog", lost->to->first.id);
	return digit_faults_tell(d, lost->to, t,
	                         t->count < FEW && t->all < FEW
	                                 ? "the server between may keep a digit for itself"
	                                 : NULL);
}

/* The way to go from a party's own leg: the caller's digits go towards later ones. */
static bool judge_lost(struct digit_faults *d, const struct seen_presses *s)
{
	const struct call *call = s->call;
	bool caller = s->party == PARTY_CALLER, ok = true;

	if (call->count < 2 || is_handed_over(call))
		return true;
	for (unsigned n = 0; n + 1 < call->count && ok; n++) {
		unsigned from = caller ? n : call->count - 1 - n, to = caller ? n + 1 : from - 1;
		struct lost lost = { call->legs[from], call->legs[to], s->party, { 0 }, { 0 } };
		if (!shows_digits(s, to, s->party))
			continue;
		count_lost(s, from, to, &lost);
		ok = tell_lost(d, &lost, &lost.before, true) &&
		     tell_lost(d, &lost, &lost.after, false);
	}
	return ok;
}

/* ---- stretched ---- */

static bool is_whole(const struct press *p)
{
	return p->method == PRESS_EVENT && !p->start_lost && !p->end_lost && p->duration_ms > 0;
}

static bool is_stretched(const struct digit_faults *d, const struct press *a, const struct press *b)
{
	double least = fmin(a->duration_ms, b->duration_ms),
	       most = fmax(a->duration_ms, b->duration_ms);

	return is_whole(a) && is_whole(b) && most > (1 + d->set.stretch) * least &&
	       most - least > DIFFERENCE_MS;
}

static const struct pressed *event_of(const struct seen_presses *s, unsigned place, unsigned winner)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->all[i].leg == place && s->all[i].winner == winner &&
		    s->all[i].press->method == PRESS_EVENT)
			return &s->all[i];
	return NULL;
}

static bool judge_pair(struct digit_faults *d, const struct seen_presses *s, unsigned from,
                       unsigned to)
{
	struct draft *draft = &d->draft;
	const struct leg *leg = s->call->legs[to];
	const struct press *worst = NULL, *other = NULL;
	struct tally t = { 0 };

	for (unsigned i = 0; i < s->count; i++) {
		const struct pressed *a = event_of(s, from, i), *b = event_of(s, to, i);
		if (!a || !b)
			continue;
		t.all++;
		if (!is_stretched(d, a->press, b->press))
			continue;
		tally_add(&t, b->press);
		worst = worst ? worst : a->press;
		other = other ? other : b->press;
	}
	if (!t.count)
		return true;
	draft_begin(draft);
	text_addf(&draft->cause, "duration of digits changed by ");
	text_add_address(&draft->cause, leg_address(leg, s->party == PARTY_CALLER));
	text_addf(&draft->text, "%u of %u digits of ", t.count, t.all);
	digit_faults_who(&draft->text, s->call->legs[from], s->party);
	text_addf(&draft->text, " go on with another duration, %.0f ms instead of %.0f ms",
	          other->duration_ms, worst->duration_ms);
	evidence_real(&draft->evidence, "duration_ms", worst->duration_ms);
	evidence_real(&draft->evidence, "other_duration_ms", other->duration_ms);
	evidence_real(&draft->evidence, "threshold", d->set.stretch);
	return digit_faults_tell(d, leg, &t, NULL);
}

bool digit_faults_legs(struct digit_faults *d, const struct seen_presses *s)
{
	bool caller = s->party == PARTY_CALLER;
	unsigned count = s->call->count;

	for (unsigned n = 0; n + 1 < count; n++) {
		unsigned from = caller ? n : count - 1 - n, to = caller ? n + 1 : from - 1;
		if (!judge_pair(d, s, from, to))
			return false;
	}
	return judge_lost(d, s);
}
