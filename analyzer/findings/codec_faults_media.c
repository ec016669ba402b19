/* C1 to C3 and C7: what the RTP carries, against what was agreed. */
#include "analyzer/findings/codec_faults.h"
#include "base/duration.h"

#include <inttypes.h>

/* ---- C1 ---- */

static bool takes(const struct media_end *end, uint8_t payload_type)
{
	for (unsigned i = 0; i < end->format_count; i++)
		if (end->formats[i].payload_type == payload_type)
			return true;
	return false;
}

static bool said_by(const struct call_media *m, enum party party, uint8_t payload_type)
{
	for (const struct media_end *end = m->ends; end; end = end->next)
		if (end->party == party && takes(end, payload_type))
			return true;
	return false;
}

static bool is_in_use(const struct stream *st, unsigned i)
{
	return st->cold->format == i;
}

static uint64_t packets_of(const struct stream *st, unsigned i)
{
	return stream_format(st, i)->packets +
	       (is_in_use(st, i) ? st->taken - st->cold->taken_before_format : 0);
}

static int64_t last_of(const struct stream *st, unsigned i)
{
	return is_in_use(st, i) ? st->last_ns : stream_format(st, i)->last_ns;
}

/* Its audio type that the receiver never asked for, in use when the answer had long arrived; FORMATS_MAX: none. */
static unsigned unnegotiated(const struct codec_faults *f, const struct audio_call *c,
                             const struct stream *st)
{
	for (unsigned i = 0; i < st->cold->format_count; i++) {
		const struct payload_format *p = stream_format(st, i);
		if (p->role != PAYLOAD_ROLE_EVENT && p->role != PAYLOAD_ROLE_COMFORT_NOISE &&
		    (double)packets_of(st, i) >= f->packets &&
		    duration_between(c->begin_ns, last_of(st, i)) > f->settle_ns &&
		    !said_by(st->media, (enum party)st->cold->receiver, p->payload_type))
			return i;
	}
	return FORMATS_MAX;
}

static bool tell_type(struct codec_faults *f, const struct audio_call *c, const struct stream *st,
                      unsigned i)
{
	struct draft *d = &f->draft;
	enum party receiver = (enum party)st->cold->receiver;
	const struct payload_format *p = stream_format(st, i);
	struct slice name = format_name(p);

	draft_begin(d);
	text_addf(&d->cause, "payload type %u to ", p->payload_type);
	text_add_address(&d->cause, st->key.dst);
	text_addf(&d->cause, " is not in its SDP");
	audio_say_name(&d->text, c->leg, party_other(receiver));
	text_addf(&d->text, " sends payload type %u", p->payload_type);
	if (name.n) {
		text_addf(&d->text, " (");
		text_add_terminal(&d->text, name);
		text_addf(&d->text, ")");
	}
	text_addf(&d->text, " in %" PRIu64 " packets, and the SDP of ", packets_of(st, i));
	audio_say_name(&d->text, c->leg, receiver);
	text_addf(&d->text, " takes only ");
	say_codecs(&d->text, c->to[receiver].end);
	if (said_by(st->media, party_other(receiver), p->payload_type))
		text_addf(&d->text, ": it is a number of the sender's own SDP");
	evidence_int(&d->evidence, "payload_type", p->payload_type);
	evidence_int(&d->evidence, "packets", (int64_t)packets_of(st, i));
	evidence_real(&d->evidence, "threshold", f->packets);
	return audio_add(d, c, (struct occurrence){ .rule = RULE_C1, .stream_id = st->cold->id });
}

bool judge_payload_types(struct codec_faults *f, const struct audio_call *c)
{
	if (c->leg->answer_ns == TIME_NONE)
		return true;
	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call) {
		unsigned i;
		if (!audio_is(st) || !c->to[st->cold->receiver].end)
			continue;
		i = unnegotiated(f, c, st);
		if (i < FORMATS_MAX && !tell_type(f, c, st, i))
			return false;
	}
	return true;
}

/* ---- C2 ---- */

bool judge_sizes(struct codec_faults *f, const struct audio_call *c)
{
	struct draft *d = &f->draft;

	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call) {
		const struct size_check *s = &st->cold->sizes;
		uint32_t clock_hz = stream_clock_hz(st);
		struct slice name = format_name(stream_format(st, st->cold->audio));
		if (!audio_is(st) || !s->impossible || (double)s->seen < f->samples ||
		    (double)s->impossible < f->impossible * s->seen)
			continue;
		draft_begin(d);
		text_addf(&d->cause, "payload sizes that no ");
		text_add_terminal(&d->cause, name);
		text_addf(&d->cause, " has, from ");
		text_add_address(&d->cause, st->key.src);
		text_addf(&d->text, "the RTP of ");
		audio_say_name(&d->text, c->leg, party_other((enum party)st->cold->receiver));
		text_addf(&d->text, " says payload type %u (", s->payload_type);
		text_add_terminal(&d->text, name);
		text_addf(&d->text, ") and carries %" PRIu32 " octets", s->octets);
		if (clock_hz && st->step_ticks)
			text_addf(&d->text, " each %g ms", st->step_ticks * 1e3 / clock_hz);
		text_addf(&d->text, ", which that codec cannot have: something else is in it");
		evidence_int(&d->evidence, "octets", s->octets);
		evidence_int(&d->evidence, "payload_type", s->payload_type);
		evidence_int(&d->evidence, "samples", s->seen);
		evidence_int(&d->evidence, "impossible", s->impossible);
		if (!audio_add(d, c,
		               (struct occurrence){ .rule = RULE_C2, .stream_id = st->cold->id }))
			return false;
	}
	return true;
}

/* ---- C3 ---- */

/* From packet to packet, by its timestamps; 0: not known. */
static double measured_ms(const struct stream *st)
{
	uint32_t clock_hz = st ? stream_clock_hz(st) : 0;

	return clock_hz && st->taken >= AUDIO_LEAST_PACKETS ? st->step_ticks * 1e3 / clock_hz : 0;
}

static bool differs(const struct codec_faults *f, double x, double y)
{
	return x > y + f->tolerance_ms || y > x + f->tolerance_ms;
}

static bool tell_ptime(struct codec_faults *f, const struct audio_call *c, enum party receiver,
                       const char *what, double said_ms)
{
	struct draft *d = &f->draft;
	const struct stream *st = c->to[receiver].main;
	double ms = measured_ms(st);

	draft_begin(d);
	text_addf(&d->cause, "packets of %g ms instead of %g ms from ", ms, said_ms);
	text_add_address(&d->cause, st->key.src);
	audio_say_name(&d->text, c->leg, party_other(receiver));
	text_addf(&d->text, " sends packets of %g ms, %s %g ms", ms, what, said_ms);
	evidence_real(&d->evidence, "measured_ms", ms);
	evidence_real(&d->evidence, "said_ms", said_ms);
	evidence_real(&d->evidence, "tolerance_ms", f->tolerance_ms);
	return audio_add(d, c, (struct occurrence){ .rule = RULE_C3, .stream_id = st->cold->id });
}

bool judge_ptime(struct codec_faults *f, const struct audio_call *c)
{
	double ms[2] = { measured_ms(c->to[0].main), measured_ms(c->to[1].main) };
	bool told = false;

	for (unsigned party = 0; party < 2; party++) {
		const struct media_end *end = c->to[party].end;
		bool over =
		        end && end->maxptime_ms && ms[party] > end->maxptime_ms + f->tolerance_ms;
		if (!end || !(ms[party] > 0) ||
		    (!over && (!end->ptime_ms || !differs(f, ms[party], end->ptime_ms))))
			continue;
		told = true;
		if (!tell_ptime(f, c, (enum party)party,
		                over ? "more than the receiver's a=maxptime of"
		                     : "and the receiver's SDP asks for a=ptime of",
		                over ? end->maxptime_ms : end->ptime_ms))
			return false;
	}
	if (told || !(ms[0] > 0) || !(ms[1] > 0) || !differs(f, ms[0], ms[1]))
		return true;
	return tell_ptime(f, c, ms[0] > ms[1] ? PARTY_CALLER : PARTY_CALLEE, "and gets such of",
	                  ms[0] > ms[1] ? ms[1] : ms[0]);
}

/* ---- C7 ---- */

bool judge_flips(struct codec_faults *f, const struct audio_call *c)
{
	struct draft *d = &f->draft;

	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call) {
		double span_s = audio_seconds(duration_between(st->cold->first_ns, st->last_ns));
		unsigned flips = st->cold->flips;
		if (!audio_is(st) || (double)flips < f->flips ||
		    (double)flips * 60 < f->flips * span_s)
			continue;
		draft_begin(d);
		text_addf(&d->cause, "codec changes to and fro from ");
		text_add_address(&d->cause, st->key.src);
		audio_say_name(&d->text, c->leg, party_other((enum party)st->cold->receiver));
		text_addf(&d->text, " changes the codec %u times in %.0f s, among", flips, span_s);
		for (unsigned i = 0; i < st->cold->format_count; i++) {
			const struct payload_format *p = stream_format(st, i);
			if (p->role != PAYLOAD_ROLE_AUDIO)
				continue;
			text_addf(&d->text, " %u ", p->payload_type);
			text_add_terminal(&d->text, format_name(p));
		}
		evidence_int(&d->evidence, "changes", flips);
		evidence_real(&d->evidence, "seconds", span_s);
		evidence_real(&d->evidence, "threshold_per_minute", f->flips);
		if (!audio_add(d, c,
		               (struct occurrence){ .rule = RULE_C7, .stream_id = st->cold->id }))
			return false;
	}
	return true;
}
