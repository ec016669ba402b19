/* A1, A2, A4, A5 and A16: nothing arrives. */
#include "analyzer/findings/media_path.h"
#include "analyzer/findings/signalling.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <inttypes.h>

/* ---- A4: what explains it ---- */

static bool comes_in(const struct stream *st, enum party party)
{
	return audio_is(st) && (enum party)st->cold->receiver == party &&
	       !ip_addr_is_private(st->key.dst);
}

bool media_is_hidden(const struct audio_call *c, enum party party)
{
	const struct leg *leg = c->leg;

	if (!sighting_is_set(leg->said[party].hidden_at))
		return false;
	for (const struct stream *st = leg->media.streams; st; st = st->cold->next_in_call)
		if (comes_in(st, party))
			return false;
	return true;
}

static void say_hidden(struct text *t, const struct audio_call *c, enum party party)
{
	const struct said *s = &c->leg->said[party];

	text_addf(t, "the SDP of ");
	audio_say_name(t, c->leg, party);
	text_addf(t, " asks for audio at ");
	audio_say_endpoint(t, s->hidden);
	text_addf(t, ", which is private, though it comes from ");
	text_add_address(t, s->outside);
	text_addf(t, " (frame %" PRIu64 ")", s->hidden_at.frame);
}

bool judge_hidden(struct media_path *m, const struct audio_call *c)
{
	struct draft *d = &m->draft;

	if (c->talk_s < m->span_s || c->held || !(c->to[0].packets || c->to[1].packets))
		return true;
	for (unsigned party = 0; party < 2; party++) {
		const struct said *s = &c->leg->said[party];
		if (!media_is_hidden(c, (enum party)party) || !c->to[party].wanted)
			continue;
		draft_begin(d);
		text_addf(&d->cause, "private address in SDP from ");
		text_add_address(&d->cause, s->outside);
		say_hidden(&d->text, c, (enum party)party);
		text_addf(&d->text, ", and in %.0f s nothing reached ", c->talk_s);
		audio_say_name(&d->text, c->leg, (enum party)party);
		text_addf(&d->text, " anywhere else");
		evidence_int(&d->evidence, "packets_to_private_address",
		             (int64_t)c->to[party].packets);
		evidence_real(&d->evidence, "talk_s", c->talk_s);
		evidence_real(&d->evidence, "threshold", m->span_s);
		evidence_frame(&d->evidence, s->hidden_at);
		if (!audio_add(d, c, (struct occurrence){ .rule = RULE_A4, .first = s->hidden_at }))
			return false;
	}
	return true;
}

/* ---- A1 ---- */

/* The one who is heard speaks in pauses: the other one may have nothing to say. */
static const char *why_weak(const struct media_path *m, const struct audio_call *c,
                            enum party silent)
{
	const struct stream *st = c->to[silent].main;

	if (st && st->ticks && (double)st->silent_ticks > m->silence * (double)st->ticks)
		return "silence is suppressed in the other direction: the silent party may be "
		       "muted";
	return c->weak;
}

static void explain_silence(struct media_path *m, const struct audio_call *c, enum party deaf)
{
	struct text *t = &m->draft.text;
	const struct refused_flow *r = media_refused(m, c, party_other(deaf));

	if (media_is_hidden(c, deaf)) {
		text_addf(t, "; ");
		say_hidden(t, c, deaf);
		text_addf(t, ": A4");
	}
	if (r && !r->is_rtcp) {
		text_addf(t, "; ");
		text_add_address(t, r->reporter);
		text_addf(t, " says: %s (frame %" PRIu64 "): A6", media_reason(r->said.reason),
		          r->first.frame);
		evidence_frame(&m->draft.evidence, r->first);
	}
}

/* `deaf` hears nothing, and sends. */
static bool tell_one_way(struct media_path *m, const struct audio_call *c, enum party deaf)
{
	struct draft *d = &m->draft;
	enum party silent = party_other(deaf);
	const struct audio_way *heard = &c->to[silent];

	draft_begin(d);
	text_addf(&d->cause, "no audio from ");
	text_add_address(&d->cause, audio_place(c, silent).addr);
	audio_say_party(&d->text, c, silent);
	text_addf(&d->text, " sent no audio for %.0f s, while ", c->talk_s);
	audio_say_party(&d->text, c, deaf);
	text_addf(&d->text, " sent %" PRIu64 " packets: one-way audio, ", heard->packets);
	audio_say_name(&d->text, c->leg, deaf);
	text_addf(&d->text, " hears nothing");
	evidence_int(&d->evidence, "packets", (int64_t)heard->packets);
	evidence_real(&d->evidence, "threshold", m->packets);
	evidence_int(&d->evidence, "packets_back", 0);
	evidence_real(&d->evidence, "talk_s", c->talk_s);
	evidence_real(&d->evidence, "least_talk_s", m->span_s);
	explain_silence(m, c, deaf);
	return audio_add(d, c,
	                 (struct occurrence){ .rule = RULE_A1,
	                                      .stream_id = heard->main ? heard->main->cold->id : 0,
	                                      .weak = why_weak(m, c, silent) });
}

static bool judge_one_way(struct media_path *m, const struct audio_call *c)
{
	for (unsigned deaf = 0; deaf < 2; deaf++)
		if (!c->to[deaf].packets && c->to[deaf].wanted &&
		    (double)c->to[!deaf].packets >= m->packets && c->talk_s >= m->span_s)
			return tell_one_way(m, c, (enum party)deaf);
	return true;
}

/* ---- A2, A16 ---- */

struct pending_silence {
	struct sighting answer, bye;
	int64_t call_id, dialog_id;
	struct endpoint place[2];
	double talk_s;
	const char *weak;
};

static struct pending_silence silence_of(const struct audio_call *c)
{
	const struct leg *leg = c->leg;
	struct occurrence o = { .rule = RULE_A2 };

	draft_place(leg, &o);
	return (struct pending_silence){
		.answer = sighting_is_set(leg->trace.final) ? leg->trace.final
		                                            : leg->trace.heard[PARTY_CALLER],
		.bye = leg->trace.bye,
		.call_id = o.call_id,
		.dialog_id = o.dialog_id,
		.place = { audio_place(c, PARTY_CALLER), audio_place(c, PARTY_CALLEE) },
		.talk_s = c->talk_s,
		.weak = c->weak ? c->weak : o.weak,
	};
}

static const char *few_have_media(const struct media_path *m)
{
	return m->without_media > 9 * m->with_media ? "the capture shows media of few calls only"
	                                            : NULL;
}

static bool tell_silence(struct media_path *m, const struct pending_silence *p)
{
	struct draft *d = &m->draft;

	draft_begin(d);
	text_addf(&d->cause, "no audio at all between ");
	text_add_address(&d->cause, p->place[0].addr);
	text_addf(&d->cause, " and ");
	text_add_address(&d->cause, p->place[1].addr);
	text_addf(&d->text,
	          "In %.0f s after the answer (frame %" PRIu64 ") no audio passed between ",
	          p->talk_s, p->answer.frame);
	audio_say_endpoint(&d->text, p->place[0]);
	text_addf(&d->text, " and ");
	audio_say_endpoint(&d->text, p->place[1]);
	text_addf(&d->text, ", in neither direction, though RTP of other calls was captured");
	evidence_real(&d->evidence, "talk_s", p->talk_s);
	evidence_real(&d->evidence, "threshold", m->silent_span_s);
	evidence_frame(&d->evidence, p->answer);
	evidence_frame(&d->evidence, p->bye);
	return draft_add(d, (struct occurrence){ .rule = RULE_A2,
	                                         .call_id = p->call_id,
	                                         .dialog_id = p->dialog_id,
	                                         .first = p->answer,
	                                         .last = p->bye,
	                                         .weak = p->weak ? p->weak : few_have_media(m) });
}

static bool keep_pending(struct media_path *m, const struct pending_silence *p)
{
	if (!m->pending)
		m->pending = mem_alloc(MEDIA_MAX_PENDING * sizeof *m->pending);
	if (!m->pending)
		return err_memory(findings_analysis(m->draft.home)->err, "the findings");
	if (m->pending_count < MEDIA_MAX_PENDING)
		m->pending[m->pending_count++] = *p;
	return true;
}

static bool note_silence(struct media_path *m, const struct audio_call *c)
{
	struct pending_silence p = silence_of(c);

	if (!m->without_media++ || p.answer.time_ns < m->first_answer.time_ns)
		m->first_answer = p.answer;
	if (p.answer.time_ns >= m->last_answer.time_ns || m->without_media == 1)
		m->last_answer = p.answer;
	return m->rtp_seen ? tell_silence(m, &p) : keep_pending(m, &p);
}

static bool tell_not_captured(struct media_path *m)
{
	struct draft *d = &m->draft;

	draft_begin(d);
	text_addf(&d->cause, "no media was captured");
	text_addf(&d->text,
	          "%" PRIu64
	          " answered %s, and not one RTP packet in the capture: the media pass elsewhere, "
	          "and nothing can be said of how the calls sounded",
	          m->without_media, m->without_media == 1 ? "call" : "calls");
	evidence_int(&d->evidence, "calls", (int64_t)m->without_media);
	evidence_int(&d->evidence, "rtp_packets", 0);
	evidence_frame(&d->evidence, m->first_answer);
	return draft_add(d, (struct occurrence){ .rule = RULE_A16,
	                                         .first = m->first_answer,
	                                         .last = m->last_answer });
}

bool silence_finish(struct media_path *m)
{
	if (m->without_media && !m->rtp_seen)
		return tell_not_captured(m);
	for (unsigned i = 0; i < m->pending_count; i++)
		if (!tell_silence(m, &m->pending[i]))
			return false;
	return true;
}

bool judge_silence(struct media_path *m, const struct audio_call *c)
{
	const struct audio_way *to = c->to;

	if (c->held || c->leg->media.elsewhere)
		return true;
	if (to[PARTY_CALLER].packets || to[PARTY_CALLEE].packets) {
		m->with_media++;
		return judge_one_way(m, c);
	}
	if (c->talk_s < m->silent_span_s || !to[PARTY_CALLER].wanted || !to[PARTY_CALLEE].wanted)
		return true;
	return note_silence(m, c);
}

/* ---- A5 ---- */

/* A Contact that is private, of a party whose messages come from a public address. */
static bool has_private_contact(struct slice contact, struct ip_addr from)
{
	struct ip_addr host;

	return contact.p && ip_addr_parse(sip_uri_host(contact), &host) &&
	       ip_addr_is_private(host) && !ip_addr_is_private(from);
}

static struct slice contact_of(const struct leg *leg, enum party party)
{
	const struct dialog *d = leg->winner ? leg->winner : &leg->first;

	return party == PARTY_CALLER ? leg->caller_contact : d->callee_contact;
}

static bool tell_contact(struct media_path *m, const struct audio_call *c, enum party party,
                         const char *what, struct sighting at)
{
	struct draft *d = &m->draft;
	const struct leg *leg = c->leg;

	draft_begin(d);
	text_addf(&d->cause, "private Contact from ");
	text_add_address(&d->cause, leg_address(leg, party == PARTY_CALLER));
	text_addf(&d->text, "The Contact of ");
	audio_say_name(&d->text, leg, party);
	text_addf(&d->text, " is ");
	text_add_quoted(&d->text, slice_sub(contact_of(leg, party), 0, 80));
	text_addf(&d->text, ", a private address, though the messages come from ");
	text_add_address(&d->text, leg_address(leg, party == PARTY_CALLER));
	text_addf(&d->text, ": %s (frame %" PRIu64 ")", what, at.frame);
	evidence_text(&d->evidence, "contact", slice_sub(contact_of(leg, party), 0, 200));
	evidence_frame(&d->evidence, at);
	return audio_add(d, c, (struct occurrence){ .rule = RULE_A5, .last = at });
}

bool judge_contact(struct media_path *m, const struct audio_call *c)
{
	const struct leg *leg = c->leg;
	enum party other;

	if (leg_lacks_ack(&m->draft, leg) &&
	    has_private_contact(contact_of(leg, PARTY_CALLEE), leg->dst.addr))
		return tell_contact(m, c, PARTY_CALLEE,
		                    "its 200 was repeated, and the ACK did not reach it",
		                    leg->trace.ok_copy);
	if (leg_disconnect(leg) != DISCONNECT_FAILED || leg->trace.bye_status)
		return true;
	other = leg->hung_up == RELEASE_CALLER ? PARTY_CALLEE : PARTY_CALLER;
	if (!has_private_contact(contact_of(leg, other), leg_address(leg, other == PARTY_CALLER)))
		return true;
	return tell_contact(m, c, other, "the BYE to it got no answer", leg->trace.bye);
}
