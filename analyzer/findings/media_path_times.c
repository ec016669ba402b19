/* A9 to A11 and A15: audio that comes late, ends early, stands still, or does not come back after a hold. */
#include "analyzer/findings/media_path.h"
#include "base/duration.h"

#include <inttypes.h>

/* ---- A9 ---- */

static bool tell_late(struct media_path *m, const struct audio_call *c, enum party party)
{
	struct draft *d = &m->draft;
	const struct audio_way *w = &c->to[party];
	double late_s = audio_seconds(duration_between(c->begin_ns, w->first_ns));

	draft_begin(d);
	text_addf(&d->cause, "late audio from ");
	text_add_address(&d->cause, audio_place(c, party_other(party)).addr);
	text_addf(&d->text, "the first audio of ");
	audio_say_party(&d->text, c, party_other(party));
	text_addf(&d->text, " came %.1f s after the answer (frame %" PRIu64 "): ", late_s,
	          c->leg->trace.final.frame);
	audio_say_name(&d->text, c->leg, party);
	text_addf(&d->text, " misses the first words");
	evidence_real(&d->evidence, "after_answer_ms", late_s * 1e3);
	evidence_real(&d->evidence, "threshold_ms", m->late_ms);
	return audio_add(
	        d, c,
	        (struct occurrence){ .rule = RULE_A9,
	                             .stream_id = w->main ? w->main->cold->id : 0,
	                             .weak = w->pauses ? "silence is suppressed in this direction"
	                                               : NULL });
}

bool judge_late(struct media_path *m, const struct audio_call *c)
{
	int64_t due_ns = duration_after(c->begin_ns, (int64_t)(m->late_ms * (double)NS_PER_MS));

	if (c->leg->answer_ns == TIME_NONE)
		return true;
	for (unsigned party = 0; party < 2; party++) {
		const struct audio_way *w = &c->to[party];
		if (!w->packets || !w->wanted || w->first_ns <= due_ns ||
		    hold_within(&c->leg->hold, c->begin_ns, w->first_ns))
			continue;
		if (!tell_late(m, c, (enum party)party))
			return false;
	}
	return true;
}

/* ---- A10 ---- */

static bool tell_early_end(struct media_path *m, const struct audio_call *c, enum party party)
{
	struct draft *d = &m->draft;
	const struct audio_way *w = &c->to[party], *other = &c->to[!party];
	double before_s = audio_seconds(duration_between(w->last_ns, other->last_ns));
	double left_s = audio_seconds(duration_between(w->last_ns, c->end_ns));

	draft_begin(d);
	text_addf(&d->cause, "audio ends early from ");
	text_add_address(&d->cause, audio_place(c, party_other(party)).addr);
	text_addf(&d->text, "the audio of ");
	audio_say_party(&d->text, c, party_other(party));
	text_addf(&d->text,
	          " ended %.1f s before the BYE (frame %" PRIu64 ") and %.1f s before that of ",
	          left_s, c->leg->trace.bye.frame, before_s);
	audio_say_name(&d->text, c->leg, party);
	text_addf(&d->text, ", who heard nothing from then on");
	evidence_real(&d->evidence, "before_the_other_s", before_s);
	evidence_real(&d->evidence, "before_the_end_s", left_s);
	evidence_real(&d->evidence, "threshold_s", m->early_s);
	return audio_add(d, c,
	                 (struct occurrence){ .rule = RULE_A10,
	                                      .stream_id = w->main ? w->main->cold->id : 0 });
}

static bool is_steady(const struct audio_way *w)
{
	return w->packets >= AUDIO_LEAST_PACKETS && w->wanted && !w->pauses;
}

bool judge_early_end(struct media_path *m, const struct audio_call *c)
{
	const struct audio_way *to = c->to;
	enum party party = to[0].last_ns < to[1].last_ns ? PARTY_CALLER : PARTY_CALLEE;
	double before_s, left_s;

	if (c->held || !leg_is_over(c->leg) || !is_steady(&to[0]) || !is_steady(&to[1]))
		return true;
	before_s = audio_seconds(duration_between(to[party].last_ns, to[!party].last_ns));
	left_s = audio_seconds(duration_between(to[party].last_ns, c->end_ns));
	if (before_s <= m->early_s || left_s <= m->early_s ||
	    before_s <= m->early_ratio * c->talk_s)
		return true;
	return tell_early_end(m, c, party);
}

/* ---- A11 ---- */

/* The longest of a stream that nothing explains; NULL: none. */
static const struct stream_gap *longest_gap(const struct media_path *m, const struct audio_call *c,
                                            const struct stream *st)
{
	const struct stream_gaps *g = st->cold->gaps;
	const struct stream_gap *found = NULL;

	for (unsigned i = 0; g && i < g->kept; i++) {
		const struct stream_gap *gap = &g->gaps[i];
		if (gap->from_ns < c->begin_ns || gap->end.time_ns > c->end_ns ||
		    audio_seconds(gap_length_ns(gap)) <= m->gap_s ||
		    hold_within(&c->leg->hold, gap->from_ns, gap->end.time_ns) ||
		    audio_goes_on(st, gap->from_ns, gap->end.time_ns))
			continue;
		if (!found || gap_length_ns(gap) > gap_length_ns(found))
			found = gap;
	}
	return found;
}

static bool tell_gap(struct media_path *m, const struct audio_call *c, const struct stream *st,
                     const struct stream_gap *gap)
{
	struct draft *d = &m->draft;
	enum party party = (enum party)st->cold->receiver;
	struct sighting end = { gap->end.capture_id, gap->end.frame, gap->end.time_ns };
	double gap_s = audio_seconds(gap_length_ns(gap));

	draft_begin(d);
	text_addf(&d->cause, gap->missing ? "audio is lost for a while from "
	                                  : "audio stops for a while from ");
	text_add_address(&d->cause, st->key.src);
	audio_say_name(&d->text, c->leg, party);
	text_addf(&d->text, " heard nothing of ");
	audio_say_party(&d->text, c, party_other(party));
	text_addf(&d->text, " for %.1f s, from %.1f s after the answer to frame %" PRIu64 ": ",
	          gap_s, audio_seconds(duration_between(c->begin_ns, gap->from_ns)), end.frame);
	if (gap->missing)
		text_addf(&d->text,
		          "%" PRIu32
		          " packets are missing: the network lost them, or they went elsewhere",
		          gap->missing);
	else
		text_addf(&d->text, "no packet is missing, the sender stopped");
	evidence_real(&d->evidence, "gap_s", gap_s);
	evidence_real(&d->evidence, "threshold_s", m->gap_s);
	evidence_int(&d->evidence, "missing", gap->missing);
	evidence_int(&d->evidence, "gaps", st->cold->gaps->count);
	evidence_frame(&d->evidence, end);
	return audio_add(d, c,
	                 (struct occurrence){
	                         .rule = RULE_A11,
	                         .stream_id = st->cold->id,
	                         .first = end,
	                         .last = end,
	                         .weak = gap->marker && !gap->missing
	                                         ? "a marker says that the sender meant the pause"
	                                         : NULL,
	                 });
}

bool judge_gaps(struct media_path *m, const struct audio_call *c)
{
	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call) {
		const struct stream_gap *gap;
		if (!audio_is(st) || !st->cold->gaps || st->taken < AUDIO_LEAST_PACKETS ||
		    audio_pauses(st) || !c->to[st->cold->receiver].wanted)
			continue;
		gap = longest_gap(m, c, st);
		if (gap && !tell_gap(m, c, st, gap))
			return false;
	}
	return true;
}

/* ---- A15 ---- */

#define AFTER_HOLD_NS (1 * NS_PER_S) /* what was on its way when the hold began */

static bool is_silent_since(const struct audio_call *c, int64_t since_ns)
{
	int64_t until_ns = duration_after(since_ns, AFTER_HOLD_NS);

	return c->to[0].last_ns <= until_ns && c->to[1].last_ns <= until_ns;
}

/* A change asked for while it was on hold, and refused or not answered; NULL: none. */
static const struct leg_change *failed_resume(const struct leg *leg)
{
	const struct leg_change *change = leg_trace_change_of(leg);

	if (!change || !sighting_is_set(change->asked) ||
	    change->asked.time_ns <= leg->hold.since_ns || change->status / 100 == 2)
		return NULL;
	return change;
}

bool judge_hold(struct media_path *m, const struct audio_call *c)
{
	struct draft *d = &m->draft;
	const struct leg *leg = c->leg;
	const struct hold *h = &leg->hold;
	const struct leg_change *resume;
	double held_s;

	if (!leg_is_over(leg) || !hold_now(h) || h->since_ns == TIME_NONE ||
	    !is_silent_since(c, h->since_ns))
		return true;
	held_s = audio_seconds(duration_between(h->since_ns, c->end_ns));
	if (held_s <= m->hold_s)
		return true;
	resume = failed_resume(leg);
	draft_begin(d);
	text_addf(&d->cause, resume ? "resume failed: hold by " : "hold never released by ");
	text_add_address(&d->cause, leg_address(leg, h->by[PARTY_CALLER]));
	audio_say_name(&d->text, leg, h->by[PARTY_CALLER] ? PARTY_CALLER : PARTY_CALLEE);
	text_addf(&d->text,
	          " put the call on hold %.0f s before its end (BYE in frame %" PRIu64 ")", held_s,
	          leg->trace.bye.frame);
	if (resume && resume->status)
		text_addf(&d->text, "; the change in frame %" PRIu64 " was refused with %u",
		          resume->asked.frame, resume->status);
	else if (resume)
		text_addf(&d->text, "; the change in frame %" PRIu64 " got no answer",
		          resume->asked.frame);
	text_addf(&d->text, ": no audio came any more");
	evidence_real(&d->evidence, "held_s", held_s);
	evidence_real(&d->evidence, "threshold_s", m->hold_s);
	if (resume)
		evidence_frame(&d->evidence, resume->asked);
	return audio_add(
	        d, c,
	        (struct occurrence){
	                .rule = RULE_A15,
	                .weak = resume ? NULL
	                               : "no resume was tried: they may have hung up on hold",
	        });
}
