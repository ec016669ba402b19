/* H8 and H11: media that does not fit the answer. */
#include "analyzer/calls/leg.h"
#include "analyzer/findings/attack.h"
#include "analyzer/findings/state.h"
#include "analyzer/streams/bind.h"

/* --- H8: false answer ----------------------------------------------------------------------------------------------- */

/* The caller's own media shows that the capture point sees media at all, and that the call was up. */
bool attack_false_answer(struct attack *a, const struct leg *leg)
{
	const struct call_media *m = &leg->media;
	uint64_t sent = m->heard[PARTY_CALLEE].packets;
	struct draft *d = &a->draft;
	double talk_s;

	if (leg->answer_ns == TIME_NONE || !leg_is_over(leg) || m->heard[PARTY_CALLER].packets ||
	    (double)sent < a->set.false_packets || leg->hold.count || m->held ||
	    duration_between(leg->answer_ns, leg->end_ns) < a->set.false_least_ns)
		return true;
	talk_s = (double)duration_between(leg->answer_ns, leg->end_ns) / (double)NS_PER_S;
	draft_begin(d);
	text_addf(&d->cause, "answered and silent from ");
	text_add_address(&d->cause, leg->dst.addr);
	text_addf(&d->text, "answered by ");
	text_add_address(&d->text, leg->dst.addr);
	text_addf(&d->text,
	          " for %.1f s (200 in frame %" PRIu64 "): the caller sent %" PRIu64
	          " RTP packets, and not one came back",
	          talk_s, leg->trace.final.frame, sent);
	evidence_real(&d->evidence, "talk_s", talk_s);
	evidence_int(&d->evidence, "packets_from_caller", (int64_t)sent);
	evidence_int(&d->evidence, "packets_from_callee", 0);
	evidence_frame(&d->evidence, leg->trace.final);
	evidence_frame(&d->evidence, leg->trace.bye);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_H8,
	                                          .first = leg->trace.final,
	                                          .last = leg->trace.bye });
}

/* --- H11: RTP injection --------------------------------------------------------------------------------------------- */

static bool is_audio(const struct attack *a, const struct stream *st)
{
	return st->accepted && !st->cold->is_video && (double)st->taken >= a->set.injected_packets;
}

/* Some party of the call said that it has media there. */
static bool is_announced(const struct call_media *m, struct ip_addr addr)
{
	for (const struct media_end *end = m->ends; end; end = end->next)
		for (unsigned i = 0; i < end->place_count; i++)
			if (end->places[i].at && ip_addr_eq(end->places[i].at->endpoint.addr, addr))
				return true;
	return false;
}

static int64_t overlap_ns(const struct stream *x, const struct stream *y)
{
	int64_t from =
	        x->cold->first_ns > y->cold->first_ns ? x->cold->first_ns : y->cold->first_ns;
	int64_t to = x->last_ns < y->last_ns ? x->last_ns : y->last_ns;

	return to > from ? duration_between(from, to) : 0;
}

static bool tell_injection(struct attack *a, const struct leg *leg, const struct stream *own,
                           const struct stream *other)
{
	struct draft *d = &a->draft;
	double overlap_s = (double)overlap_ns(own, other) / (double)NS_PER_S;

	draft_begin(d);
	text_addf(&d->cause, "RTP of a second source, ");
	text_add_address(&d->cause, other->key.src);
	text_add_address(&d->text, other->key.src);
	text_addf(&d->text, " sent %" PRIu64 " RTP packets to ", other->taken);
	text_add_address(&d->text, other->key.dst);
	text_addf(&d->text, ":%u for %.1f s while ", other->key.dport, overlap_s);
	text_add_address(&d->text, own->key.src);
	text_addf(&d->text,
	          " did, and no SDP of the call names it (call answered in frame %" PRIu64 ")",
	          leg->trace.final.frame);
	evidence_real(&d->evidence, "overlap_s", overlap_s);
	evidence_int(&d->evidence, "packets", (int64_t)other->taken);
	evidence_int(&d->evidence, "ssrc", other->key.ssrc);
	evidence_int(&d->evidence, "other_ssrc", own->key.ssrc);
	evidence_frame(&d->evidence, leg->trace.final);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_H11,
	                                          .stream_id = other->cold->id,
	                                          .first = leg->trace.final });
}

/* A stream from an announced address, at the same time to the same place. */
static const struct stream *rightful(const struct attack *a, const struct call_media *m,
                                     const struct stream *st)
{
	for (const struct stream *own = m->streams; own; own = own->cold->next_in_call)
		if (own != st && is_audio(a, own) && own->key.dport == st->key.dport &&
		    ip_addr_eq(own->key.dst, st->key.dst) &&
		    !ip_addr_eq(own->key.src, st->key.src) && is_announced(m, own->key.src) &&
		    overlap_ns(own, st) >= a->set.overlap_ns)
			return own;
	return NULL;
}

bool attack_media(struct attack *a, const struct leg *leg)
{
	const struct call_media *m = &leg->media;
	const struct stream *own;

	if (leg->kind != LEG_INVITE || !m->streams || !m->streams->cold->next_in_call)
		return true;
	for (const struct stream *st = m->streams; st; st = st->cold->next_in_call) {
		if (!is_audio(a, st) || is_announced(m, st->key.src))
			continue;
		own = rightful(a, m, st);
		if (own && !tell_injection(a, leg, own, st))
			return false;
	}
	return true;
}
