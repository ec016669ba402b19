#include "analyzer/findings/digit_faults.h"

#include "analyzer/calls/call.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define REFUSED 400

struct digit_faults *digit_faults_new(struct findings *f)
{
	struct digit_faults *d = mem_zalloc(sizeof *d);

	if (!d) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	draft_init(&d->draft, f);
	d->set.least_ms = draft_number(&d->draft, RULE_C8, "least");
	d->set.stretch = draft_number(&d->draft, RULE_C8, "stretch");
	d->set.tones = (unsigned)draft_number(&d->draft, RULE_C8, "tones");
	return d;
}

void digit_faults_free(struct digit_faults *d)
{
	if (!d)
		return;
	draft_release(&d->draft);
	mem_free(d);
}

/* ---- telling ---- */

void tally_add(struct tally *t, const struct press *p)
{
	if (!t->count++)
		t->first = p->first;
	t->last = p->last;
}

void digit_faults_who(struct text *t, const struct leg *leg, enum party sender)
{
	text_addf(t, "the %s ", sender == PARTY_CALLER ? "caller" : "callee");
	text_add_address(t, leg_address(leg, sender == PARTY_CALLER));
}

bool digit_faults_tell(struct digit_faults *d, const struct leg *leg, const struct tally *t,
                       const char *weak)
{
	evidence_int(&d->draft.evidence, "presses", t->count);
	evidence_int(&d->draft.evidence, "of", t->all);
	evidence_frame(&d->draft.evidence, t->first);
	evidence_frame(&d->draft.evidence, t->last);
	return draft_add_leg(
	        &d->draft, leg,
	        (struct occurrence){
	                .rule = RULE_C8, .first = t->first, .last = t->last, .weak = weak });
}

/* ---- kinds of presses on one leg ---- */

static bool is_not_negotiated(const struct press *p)
{
	return p->lint & PRESS_NOT_NEGOTIATED;
}

static bool is_of_other_type(const struct press *p)
{
	return p->lint & PRESS_OTHER_TYPE;
}

static bool has_no_end(const struct press *p)
{
	return p->lint & PRESS_NO_END;
}

static bool is_wrong_duration(const struct press *p)
{
	return p->lint & PRESS_WRONG_DURATION;
}

static bool is_unreliable(const struct press *p)
{
	return p->method == PRESS_INBAND && p->lint & PRESS_UNRELIABLE;
}

/* What each is called: as a cause, in front of who does it, and in a sentence, behind "3 of 5 digits of the caller 192.0.2.10". */
static const struct kind {
	bool (*is)(const struct press *p);
	const char *cause, *text;
} kinds[] = {
	{ is_not_negotiated, "telephone-events that the receiver's SDP does not have, from",
	  "are telephone-events, and the receiver's SDP has none: it takes them for audio or drops "
	  "them" },
	{ is_of_other_type, "telephone-events of another payload type than the receiver's, from",
	  "are telephone-events of another payload type than the receiver's SDP says" },
	{ has_no_end, "telephone-events without end packet, from",
	  "have no end packet, though nothing was lost: a receiver waits, or hears one long "
	  "digit" },
	{ is_wrong_duration, "telephone-events of a wrong duration, from",
	  "say half or double of the time they took: milliseconds instead of timestamp units, or "
	  "not counted on" },
	{ is_unreliable, "digits as tones behind a compressing codec, from",
	  "are tones behind a codec that bends them: a receiver may miss or mistake them" },
};

struct of_leg {
	const struct seen_presses *all;
	unsigned place;
	const struct leg *leg;
	enum party sender; /* in this leg */
	unsigned count; /* presses on it */
};

static bool is_on(const struct of_leg *l, const struct pressed *p)
{
	return p->leg == l->place && !p->leaked;
}

static bool tell_kind(struct digit_faults *d, const struct of_leg *l, const struct tally *t,
                      const char *cause, const char *text, const char *weak)
{
	draft_begin(&d->draft);
	text_addf(&d->draft.cause, "%s ", cause);
	text_add_address(&d->draft.cause, leg_address(l->leg, l->sender == PARTY_CALLER));
	text_addf(&d->draft.text, "%u of %u digits of ", t->count, t->all);
	digit_faults_who(&d->draft.text, l->leg, l->sender);
	text_addf(&d->draft.text, " %s", text);
	return digit_faults_tell(d, l->leg, t, weak);
}

static bool judge_kind(struct digit_faults *d, const struct of_leg *l, const struct kind *kind)
{
	struct tally t = { .all = l->count };

	for (unsigned i = 0; i < l->all->count; i++)
		if (is_on(l, &l->all->all[i]) && kind->is(l->all->all[i].press))
			tally_add(&t, l->all->all[i].press);
	return !t.count || tell_kind(d, l, &t, kind->cause, kind->text, NULL);
}

/* ---- INFO refused ---- */

static bool is_refused(const struct press *p, unsigned status)
{
	return p->method == PRESS_INFO && p->status >= REFUSED && (!status || p->status == status);
}

static bool judge_refused(struct digit_faults *d, const struct of_leg *l)
{
	struct tally t = { .all = l->count };
	unsigned status = 0;

	for (unsigned i = 0; i < l->all->count; i++) {
		const struct press *p = l->all->all[i].press;
		if (!is_on(l, &l->all->all[i]) || !is_refused(p, status))
			continue;
		status = p->status;
		tally_add(&t, p);
	}
	if (!t.count)
		return true;
	draft_begin(&d->draft);
	text_addf(&d->draft.cause, "digits in INFO refused with %u by ", status);
	text_add_address(&d->draft.cause, leg_address(l->leg, l->sender != PARTY_CALLER));
	text_addf(&d->draft.text, "%u of %u digits of ", t.count, t.all);
	digit_faults_who(&d->draft.text, l->leg, l->sender);
	text_addf(&d->draft.text, " were sent in INFO requests, and refused with %u", status);
	evidence_int(&d->draft.evidence, "status", status);
	return digit_faults_tell(d, l->leg, &t, NULL);
}

/* ---- too short ---- */

static bool is_whole_event(const struct press *p)
{
	return p->method == PRESS_EVENT && !p->start_lost && !p->end_lost;
}

/* By timestamps, in which the network has no say; NAN: not of one stream. */
static double pause_ms(const struct press *a, const struct press *b)
{
	if (!is_whole_event(a) || !is_whole_event(b) || a->stream_id != b->stream_id ||
	    !a->clock_hz)
		return (double)NAN;
	int32_t ticks = (int32_t)(b->timestamp - a->timestamp);
	return (double)ticks * 1e3 / a->clock_hz - a->duration_ms;
}

static void take_least(struct tally *t, double ms, double least, const struct press *p)
{
	if (!(ms >= 0 && ms < least))
		return;
	t->value = !t->count || ms < t->value ? ms : t->value;
	tally_add(t, p);
}

static bool tell_short(struct digit_faults *d, const struct of_leg *l, const struct tally *t,
                       bool pauses)
{
	char text[160];

	if (!t->count)
		return true;
	snprintf(text, sizeof text,
	         pauses ? "follow a pause of less than %g ms (%.0f ms at least): a receiver may "
	                  "take two for one"
	                : "last less than %g ms (%.0f ms at least): a receiver may miss them",
	         d->set.least_ms, t->value);
	return tell_kind(d, l, t,
	                 pauses ? "pauses between digits too short, from"
	                        : "digits too short, from",
	                 text, NULL);
}

static bool judge_lengths(struct digit_faults *d, const struct of_leg *l)
{
	struct tally presses = { .all = l->count }, pauses = presses;
	const struct press *before = NULL;

	for (unsigned i = 0; i < l->all->count; i++) {
		const struct press *p = l->all->all[i].press;
		if (!is_on(l, &l->all->all[i]) || p->method != PRESS_EVENT)
			continue;
		if (is_whole_event(p) && !(p->lint & PRESS_WRONG_DURATION))
			take_least(&presses, p->duration_ms, d->set.least_ms, p);
		if (before)
			take_least(&pauses, pause_ms(before, p), d->set.least_ms, p);
		before = p;
	}
	return tell_short(d, l, &presses, false) && tell_short(d, l, &pauses, true);
}

/* ---- by two ways at once, or by the wrong one ---- */

/* A receiver that takes both reads it twice. KPML only tells what was pressed. */
static bool is_twice(const struct of_leg *l, unsigned i)
{
	const struct pressed *p = &l->all->all[i];

	if (p->leg != l->place || p->winner == PRESSED_NONE || p->press->method == PRESS_EVENT ||
	    p->press->method == PRESS_KPML)
		return false;
	for (unsigned k = 0; k < l->all->count; k++) {
		const struct pressed *o = &l->all->all[k];
		if (o->leg == l->place && o->winner == p->winner && o->press->method == PRESS_EVENT)
			return true;
	}
	return false;
}

static bool judge_twice(struct digit_faults *d, const struct of_leg *l, enum press_method method)
{
	struct tally t = { .all = l->count };

	for (unsigned i = 0; i < l->all->count; i++)
		if (l->all->all[i].press->method == method && is_twice(l, i))
			tally_add(&t, l->all->all[i].press);
	if (!t.count)
		return true;
	return tell_kind(d, l, &t,
	                 method == PRESS_INFO ? "digits as telephone-event and INFO, from"
	                                      : "digits as telephone-event and tone, from",
	                 method == PRESS_INFO
	                         ? "come as telephone-event and as INFO: they may be read twice"
	                         : "come as telephone-event and as tone: they may be read twice",
	                 NULL);
}

static bool judge_tones(struct digit_faults *d, const struct of_leg *l)
{
	const struct call_media *m = &l->leg->media;
	struct tally t = { .all = l->count };

	if (!m->events_said[PARTY_CALLER] || !m->events_said[PARTY_CALLEE])
		return true;
	for (unsigned i = 0; i < l->all->count; i++) {
		const struct pressed *p = &l->all->all[i];
		if (!is_on(l, p))
			continue;
		if (p->press->method != PRESS_INBAND)
			return true;
		tally_add(&t, p->press);
	}
	return t.count < d->set.tones ||
	       tell_kind(d, l, &t, "digits as tones though telephone-event was negotiated, from",
	                 "are tones in the audio only, though both sides negotiated "
	                 "telephone-event: a receiver that listens for events misses them",
	                 NULL);
}

/* ---- all ---- */

static unsigned count_on(const struct of_leg *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->all->count; i++)
		n += is_on(l, &l->all->all[i]);
	return n;
}

static bool judge_leg(struct digit_faults *d, const struct of_leg *l)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && ok; i++)
		ok = judge_kind(d, l, &kinds[i]);
	return ok && judge_refused(d, l) && judge_lengths(d, l) && judge_twice(d, l, PRESS_INFO) &&
	       judge_twice(d, l, PRESS_INBAND) && judge_tones(d, l);
}

static bool find_sender(struct of_leg *l)
{
	for (unsigned i = 0; i < l->all->count; i++) {
		if (l->all->all[i].leg != l->place)
			continue;
		l->sender = (enum party)l->all->all[i].press->sender;
		return true;
	}
	return false;
}

bool digit_faults_presses(struct digit_faults *d, const struct seen_presses *s)
{
	if (!draft_enabled(&d->draft, RULE_C8))
		return true;
	for (unsigned i = 0; i < s->call->count; i++) {
		struct of_leg l = { .all = s, .place = i, .leg = s->call->legs[i] };
		if (!find_sender(&l))
			continue;
		l.count = count_on(&l);
		if (!judge_leg(d, &l))
			return false;
	}
	return digit_faults_legs(d, s);
}
