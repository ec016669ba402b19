#include "analyzer/findings/codec_faults.h"

#include "analyzer/findings/state.h"
#include "base/mem.h"

#include <inttypes.h>

static void read_settings(struct codec_faults *c, const struct rules *r)
{
	c->packets = rules_number(r, RULE_C1, "packets");
	c->settle_ns = (int64_t)(rules_number(r, RULE_C1, "settle") * (double)NS_PER_S);
	c->samples = rules_number(r, RULE_C2, "samples");
	c->impossible = rules_number(r, RULE_C2, "ratio");
	c->tolerance_ms = rules_number(r, RULE_C3, "tolerance");
	c->flips = rules_number(r, RULE_C7, "changes");
	c->alternations = rules_number(r, RULE_C13, "alternations");
	c->early_packets = rules_number(r, RULE_C13, "packets");
}

struct codec_faults *codec_faults_new(struct findings *f)
{
	struct codec_faults *c = mem_zalloc(sizeof *c);

	if (!c) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	draft_init(&c->draft, f);
	read_settings(c, f->rules);
	return c;
}

void codec_faults_free(struct codec_faults *c)
{
	if (!c)
		return;
	draft_release(&c->draft);
	mem_free(c);
}

void say_codecs(struct text *t, const struct media_end *end)
{
	for (unsigned i = 0; i < end->format_count && i < 8; i++) {
		const struct end_format *f = &end->formats[i];
		text_addf(t, i ? ", " : "");
		if (f->name_n)
			text_add_terminal(t, slice_of(f->name, f->name_n));
		else
			text_addf(t, "%u", f->payload_type);
	}
}

/* ---- C4 ---- */

/* What was refused, by whom: the INVITE, or the newest change; false: nothing was, for its media. */
struct refusal {
	struct sighting asked, final;
	enum party by;
	unsigned status;
};

static bool is_about_media(unsigned status)
{
	return status == 488 || status == 606;
}

static bool find_refusal(const struct leg *leg, struct refusal *out)
{
	if (!leg->established && is_about_media(leg->attempt.final_status)) {
		*out = (struct refusal){ leg->trace.invite, leg->trace.final, PARTY_CALLEE,
			                 leg->attempt.final_status };
		return true;
	}
	for (unsigned party = 0; party < 2; party++) {
		const struct leg_change *change = &leg->trace.change[party];
		if (!is_about_media(change->status))
			continue;
		*out = (struct refusal){ change->asked, change->final,
			                 party_other((enum party)party), change->status };
		return true;
	}
	return false;
}

static const struct media_end *newest_of(const struct call_media *m, enum party party)
{
	for (const struct media_end *end = m->ends; end; end = end->next)
		if (end->party == party && !end->is_video)
			return end;
	return NULL;
}

/* 304 media type, 305 media format, 306 attribute not understood (RFC 3261 section 20.43). */
static bool warns_of_media(struct slice warning)
{
	static const char *const codes[] = { "304", "305", "306" };
	struct slice code = slice_sub(slice_trim(warning), 0, 3);

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (slice_eq_str(code, codes[i]))
			return true;
	return false;
}

static bool has_format(const struct media_end *end, const struct end_format *wanted)
{
	for (unsigned i = 0; i < end->format_count; i++) {
		const struct end_format *f = &end->formats[i];
		bool named = f->name_n && wanted->name_n;
		if (named ? slice_ieq(slice_of(f->name, f->name_n),
		                      slice_of(wanted->name, wanted->name_n))
		          : f->payload_type == wanted->payload_type)
			return true;
	}
	return false;
}

/* Telephone-event and comfort noise are no codecs. */
static bool is_codec(const struct end_format *f)
{
	struct slice name = slice_of(f->name, f->name_n);

	return !slice_ieq_str(name, "telephone-event") && !slice_ieq_str(name, "CN");
}

static bool is_disjoint(const struct media_end *x, const struct media_end *y)
{
	for (unsigned i = 0; i < x->format_count; i++)
		if (is_codec(&x->formats[i]) && has_format(y, &x->formats[i]))
			return false;
	return true;
}

/* The offer, and what the one who refused had agreed to before. */
static bool say_offer(struct text *t, const struct leg *leg, enum party refuser)
{
	const struct media_end *offer = newest_of(&leg->media, party_other(refuser)),
	                       *before = newest_of(&leg->media, refuser);
	bool disjoint = offer && before && is_disjoint(offer, before);

	if (!offer)
		return false;
	text_addf(t, "; offered: ");
	say_codecs(t, offer);
	text_addf(t, offer->encrypted ? " with SRTP" : " without encryption");
	if (before) {
		text_addf(t, "; %s before: ", disjoint ? "nothing of it was agreed" : "agreed");
		say_codecs(t, before);
		text_addf(t, before->encrypted ? " with SRTP" : " without encryption");
	}
	return disjoint || (before && before->encrypted != offer->encrypted);
}

static bool judge_refused_offer(struct codec_faults *f, const struct audio_call *c)
{
	struct draft *d = &f->draft;
	const struct leg *leg = c->leg;
	struct refusal r;
	bool certain;

	if (!find_refusal(leg, &r))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "%u from ", r.status);
	text_add_address(&d->cause, leg_address(leg, r.by == PARTY_CALLER));
	audio_say_name(&d->text, leg, r.by);
	text_addf(&d->text,
	          " refuses the media of the %s (frame %" PRIu64 ") with %u (frame %" PRIu64 ")",
	          leg->established ? "change" : "INVITE", r.asked.frame, r.status, r.final.frame);
	certain = warns_of_media(leg->warning);
	if (leg->warning.n) {
		text_addf(&d->text, ", warning ");
		text_add_terminal(&d->text, slice_sub(slice_trim(leg->warning), 0, 100));
		evidence_text(&d->evidence, "warning", leg->warning);
	}
	certain |= say_offer(&d->text, leg, r.by);
	evidence_int(&d->evidence, "status", r.status);
	evidence_frame(&d->evidence, r.asked);
	evidence_frame(&d->evidence, r.final);
	return draft_add_leg(
	        d, leg,
	        (struct occurrence){
	                .rule = RULE_C4, .first = r.asked, .last = r.final, .certain = certain });
}

/* ---- C11 ---- */

static void say_defects(struct text *t, unsigned defects)
{
	static const struct {
		unsigned bit;
		const char *what;
	} names[] = {
		{ SDP_DEFECT_VERSION, "no v=0 at the front" },
		{ SDP_DEFECT_ORIGIN, "no o= line of six parts" },
		{ SDP_DEFECT_NAME, "no s= line" },
		{ SDP_DEFECT_TIME, "no t= line" },
		{ SDP_DEFECT_CONNECTION, "a medium without c= line" },
		{ SDP_DEFECT_MEDIA, "an m= line without port, protocol or format" },
		{ SDP_DEFECT_CUT, "a body shorter than its Content-Length" },
	};
	bool any = false;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(defects & names[i].bit))
			continue;
		text_addf(t, "%s%s", any ? ", " : "", names[i].what);
		any = true;
	}
}

static bool judge_malformed(struct codec_faults *f, const struct audio_call *c)
{
	struct draft *d = &f->draft;

	for (unsigned party = 0; party < 2; party++) {
		const struct said *s = &c->leg->said[party];
		if (!s->defects)
			continue;
		draft_begin(d);
		text_addf(&d->cause, "malformed SDP from ");
		text_add_address(&d->cause, s->src.addr);
		text_addf(&d->text, "the SDP of ");
		audio_say_name(&d->text, c->leg, (enum party)party);
		text_addf(&d->text, " in frame %" PRIu64 " has ", s->defects_at.frame);
		say_defects(&d->text, s->defects);
		evidence_int(&d->evidence, "defects", s->defects);
		evidence_frame(&d->evidence, s->defects_at);
		if (!draft_add_leg(d, c->leg,
		                   (struct occurrence){ .rule = RULE_C11, .first = s->defects_at }))
			return false;
	}
	return true;
}

/* ---- C12 ---- */

static bool judge_versions(struct codec_faults *f, const struct audio_call *c)
{
	struct draft *d = &f->draft;

	for (unsigned party = 0; party < 2; party++) {
		const struct said *s = &c->leg->said[party];
		if (!sighting_is_set(s->same_version[0]))
			continue;
		draft_begin(d);
		text_addf(&d->cause, "changed SDP under the same version from ");
		text_add_address(&d->cause, s->src.addr);
		text_addf(&d->text, "the SDPs of ");
		audio_say_name(&d->text, c->leg, (enum party)party);
		text_addf(&d->text,
		          " in frames %" PRIu64 " and %" PRIu64
		          " differ, and their o= lines say the same version: the receiver may "
		          "ignore the second",
		          s->same_version[0].frame, s->same_version[1].frame);
		evidence_frame(&d->evidence, s->same_version[0]);
		evidence_frame(&d->evidence, s->same_version[1]);
		if (!draft_add_leg(d, c->leg,
		                   (struct occurrence){ .rule = RULE_C12,
		                                        .first = s->same_version[0],
		                                        .last = s->same_version[1] }))
			return false;
	}
	return true;
}

/* ---- C13 ---- */

/* Audio to the caller before the answer, or before the call came to nothing. */
static bool is_early(const struct codec_faults *f, const struct leg *leg, const struct stream *st)
{
	return audio_is(st) && (enum party)st->cold->receiver == PARTY_CALLER &&
	       (double)st->taken >= f->early_packets &&
	       (leg->answer_ns == TIME_NONE || st->cold->first_ns < leg->answer_ns);
}

static bool same_source(const struct stream *x, const struct stream *y)
{
	return x->key.sport == y->key.sport && ip_addr_eq(x->key.src, y->key.src);
}

static const struct stream *first_early(const struct codec_faults *f, const struct leg *leg,
                                        const struct stream *beside)
{
	const struct stream *first = NULL;

	for (const struct stream *st = leg->media.streams; st; st = st->cold->next_in_call)
		if (is_early(f, leg, st) && (!first || audio_before(st, first)) &&
		    (!beside ||
		     (!same_source(st, beside) && ip_addr_eq(st->key.dst, beside->key.dst) &&
		      st->key.dport == beside->key.dport)))
			first = st;
	return first;
}

static bool judge_early(struct codec_faults *f, const struct audio_call *c)
{
	struct draft *d = &f->draft;
	const struct leg *leg = c->leg;
	const struct stream *one = first_early(f, leg, NULL),
	                    *two = one ? first_early(f, leg, one) : NULL;
	bool both = two != NULL;

	if (!one || (!both && leg->trace.ringback_changes < f->alternations))
		return true;
	draft_begin(d);
	text_addf(&d->cause, both ? "early media of several sources to "
	                          : "early media and ringing alternate for ");
	text_add_address(&d->cause, leg->src.addr);
	if (both) {
		text_addf(&d->text, "before the answer ");
		text_add_address(&d->text, one->key.src);
		text_addf(&d->text, " and ");
		text_add_address(&d->text, two->key.src);
		text_addf(&d->text, " both send early media to ");
		audio_say_name(&d->text, leg, PARTY_CALLER);
		text_addf(&d->text, ": the callee was forked");
	} else {
		text_addf(&d->text,
		          "180 without SDP and 183 with SDP took turns %u times while early media "
		          "came to ",
		          leg->trace.ringback_changes);
		audio_say_name(&d->text, leg, PARTY_CALLER);
	}
	text_addf(&d->text, "; which ringback is heard is left to chance");
	evidence_int(&d->evidence, "alternations", leg->trace.ringback_changes);
	evidence_int(&d->evidence, "sources", both ? 2 : 1);
	evidence_frame(&d->evidence, leg->trace.invite);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_C13,
	                                          .stream_id = one->cold->id,
	                                          .first = leg->trace.invite,
	                                          .last = leg->trace.final });
}

/* ---- the door ---- */

bool codec_faults_media(struct codec_faults *f, const struct leg *leg)
{
	struct audio_call c;

	if (leg->kind != LEG_INVITE)
		return true;
	audio_call_of(leg, &c);
	return judge_refused_offer(f, &c) && judge_malformed(f, &c) && judge_versions(f, &c) &&
	       judge_early(f, &c) && judge_payload_types(f, &c) && judge_sizes(f, &c) &&
	       judge_ptime(f, &c) && judge_flips(f, &c);
}
