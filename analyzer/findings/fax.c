#include "analyzer/findings/fax.h"

#include "analyzer/calls/leg.h"
#include "analyzer/findings/audio_call.h"
#include "analyzer/findings/state.h"
#include "base/duration.h"
#include "base/mem.h"

struct fax_faults *fax_faults_new(struct findings *f)
{
	struct fax_faults *x = mem_zalloc(sizeof *x);

	if (!x) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	draft_init(&x->draft, f);
	lru_init(&x->calls, FAX_MAX_CALLS);
	lru_init(&x->ends, FAX_MAX_ENDS);
	x->wait_s = rules_number(f->rules, RULE_C9, "wait");
	return x;
}

void fax_faults_free(struct fax_faults *x)
{
	if (!x)
		return;
	lru_release(&x->calls);
	lru_release(&x->ends);
	draft_release(&x->draft);
	mem_free(x);
}

/* ---- what is said and sent ---- */

static uint64_t call_hash(const struct leg *leg)
{
	return hash_mix((uint64_t)leg->media.call_id, 38);
}

static uint64_t end_hash(struct endpoint e)
{
	return endpoint_hash(e);
}

static bool remember_end(struct fax_faults *x, uint64_t call, struct endpoint at)
{
	uint64_t hash = end_hash(at);
	struct fax_end *e = lru_get(&x->ends, hash);

	if (!e) {
		lru_drop(&x->ends, lru_full(&x->ends));
		e = lru_add(&x->ends, hash, sizeof *e);
	}
	if (e)
		e->call = call;
	return e != NULL;
}

/* The T.38 that this SDP takes; NULL: none. Most bodies have no image at all, and need no parsing to know that. */
static const struct sdp_session_media *image_in(struct fax_faults *x, struct slice body)
{
	if (!body.n || !memmem(body.p, body.n, "m=image", 7) ||
	    sdp_parse(body, &x->sdp) != PARSE_OK)
		return NULL;
	for (unsigned i = 0; i < x->sdp.media_count; i++)
		if (slice_ieq_str(x->sdp.media[i].type, "image") && x->sdp.media[i].port)
			return &x->sdp.media[i];
	return NULL;
}

static bool take_image(struct fax_faults *x, const struct leg *leg,
                       const struct sdp_session_media *image)
{
	return !image->has_addr ||
	       remember_end(x, call_hash(leg), (struct endpoint){ image->addr, image->port });
}

static struct sighting here(const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	return (struct sighting){ o->capture_id, o->frame, o->time_ns };
}

static bool asks(struct fax_faults *x, const struct seen_message *m)
{
	const struct sdp_session_media *image = image_in(x, m->ev->msg->body);
	struct fax_call *c = image ? lru_get(&x->calls, call_hash(m->leg)) : NULL;

	if (!image || m->leg->answer_ns == TIME_NONE)
		return true;
	if (!c) {
		lru_drop(&x->calls, lru_full(&x->calls));
		c = lru_add(&x->calls, call_hash(m->leg), sizeof *c);
	} else if (c->cseq == m->ev->msg->cseq) {
		return true; /* on another hop */
	}
	if (!c)
		return false;
	*c = (struct fax_call){ .node = c->node,
		                .asked = here(m),
		                .asker = m->ev->origin->src,
		                .asked_of = m->ev->origin->dst,
		                .cseq = m->ev->msg->cseq };
	return take_image(x, m->leg, image);
}

/* Challenges and glare are followed by the same question again. */
static bool is_interim(int status)
{
	return status < 200 || status == 401 || status == 407 || status == 491;
}

static bool answers(struct fax_faults *x, const struct seen_message *m)
{
	struct fax_call *c = lru_get(&x->calls, call_hash(m->leg));
	const struct sdp_session_media *image;

	if (!c || c->cseq != m->ev->msg->cseq || c->status || is_interim(m->ev->msg->status))
		return true;
	c->status = m->ev->msg->status;
	c->final = here(m);
	image = c->status < 300 ? image_in(x, m->ev->msg->body) : NULL;
	c->agreed = image != NULL;
	return !image || take_image(x, m->leg, image);
}

bool fax_faults_message(struct fax_faults *x, const struct seen_message *m)
{
	bool ok = true;

	if (m->ev->method != SIP_INVITE || !m->leg || m->leg->kind != LEG_INVITE)
		return true;
	if (m->ev->msg->is_request)
		ok = asks(x, m);
	else if (!lru_is_empty(&x->calls))
		ok = answers(x, m);
	return ok || err_memory(findings_analysis(x->draft.home)->err, "the findings");
}

void fax_faults_datagram(struct fax_faults *x, struct endpoint dst)
{
	struct fax_end *e = lru_is_empty(&x->ends) ? NULL : lru_get(&x->ends, end_hash(dst));
	struct fax_call *c = e ? lru_get(&x->calls, e->call) : NULL;

	if (c)
		c->datagrams++;
}

/* ---- C9 ---- */

static bool tell_t38(struct fax_faults *x, const struct leg *leg, const struct fax_call *c,
                     const char *weak)
{
	const struct media_tones *t = &leg->media.tones;
	struct draft *d = &x->draft;

	text_addf(&d->cause, " by ");
	text_add_address(&d->cause, c->asked_of.addr);
	evidence_int(&d->evidence, "status", c->status);
	evidence_int(&d->evidence, "t38_datagrams", (int64_t)c->datagrams);
	evidence_int(&d->evidence, "fax_tones", t->fax[PARTY_CALLER] | t->fax[PARTY_CALLEE]);
	evidence_frame(&d->evidence, c->asked);
	evidence_frame(&d->evidence, c->final);
	return draft_add_leg(d, leg,
	                     (struct occurrence){
	                             .rule = RULE_C9,
	                             .first = c->asked,
	                             .last = sighting_is_set(c->final) ? c->final : c->asked,
	                             .weak = weak,
	                     });
}

static void say_asked(struct text *t, const struct fax_call *c)
{
	text_addf(t, "%s", "a re-INVITE of ");
	text_add_address(t, c->asker.addr);
	text_addf(t, " asks for T.38 (frame %" PRIu64 "), and ", c->asked.frame);
	text_add_address(t, c->asked_of.addr);
}

static bool judge_refusal(struct fax_faults *x, const struct leg *leg, const struct fax_call *c)
{
	struct draft *d = &x->draft;

	draft_begin(d);
	say_asked(&d->text, c);
	if (c->status < 300) {
		text_addf(&d->cause, "T.38 left out of the answer");
		text_addf(&d->text, " answers %d without it", c->status);
	} else {
		text_addf(&d->cause, "T.38 refused with %d", c->status);
		text_addf(&d->text, " refuses it with %d", c->status);
	}
	text_addf(&d->text, " (frame %" PRIu64 "): the fax stays in the audio", c->final.frame);
	return tell_t38(x, leg, c, NULL);
}

static bool judge_no_answer(struct fax_faults *x, const struct leg *leg, const struct fax_call *c)
{
	struct draft *d = &x->draft;

	if (!leg_is_over(leg) ||
	    audio_seconds(duration_between(c->asked.time_ns, leg->end_ns)) < x->wait_s)
		return true;
	draft_begin(d);
	say_asked(&d->text, c);
	text_addf(&d->text, " never answers");
	text_addf(&d->cause, "T.38 not answered");
	return tell_t38(x, leg, c, NULL);
}

static bool judge_nothing_sent(struct fax_faults *x, const struct leg *leg,
                               const struct fax_call *c)
{
	struct draft *d = &x->draft;
	double left_s = audio_seconds(duration_between(c->final.time_ns, leg->end_ns));

	if (c->datagrams || !leg_is_over(leg) || left_s < x->wait_s)
		return true;
	draft_begin(d);
	say_asked(&d->text, c);
	text_addf(&d->text,
	          " agrees (frame %" PRIu64 "), but no T.38 came to either side in the %.1f s left",
	          c->final.frame, left_s);
	text_addf(&d->cause, "T.38 agreed, none sent");
	evidence_real(&d->evidence, "left_s", left_s);
	evidence_real(&d->evidence, "threshold_s", x->wait_s);
	return tell_t38(x, leg, c,
	                leg->media.sent[PARTY_CALLER] || leg->media.sent[PARTY_CALLEE]
	                        ? NULL
	                        : "no RTP of the call was captured either");
}

static bool judge_t38(struct fax_faults *x, const struct leg *leg, const struct fax_call *c)
{
	if (!c->status)
		return judge_no_answer(x, leg, c);
	return c->agreed ? judge_nothing_sent(x, leg, c) : judge_refusal(x, leg, c);
}

/* ---- C10 ---- */

/* What leaves the samples as they are; of an unknown codec nobody can say. */
static bool carries_fax(const struct codec *codec)
{
	static const char *const names[] = { "PCMU", "PCMA", "L16", "CLEARMODE", "L8" };

	for (size_t i = 0; codec && i < sizeof names / sizeof *names; i++)
		if (strcmp(codec->name, names[i]) == 0)
			return true;
	return !codec;
}

static bool judge_codec(struct fax_faults *x, const struct leg *leg, enum party sender)
{
	const struct media_tones *t = &leg->media.tones;
	const struct codec *codec = t->fax_codec[sender];
	struct draft *d = &x->draft;

	if (!t->fax[sender] || carries_fax(codec))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "fax over %s", codec->name);
	audio_say_name(&d->text, leg, sender);
	text_addf(&d->text,
	          " sends fax tones (%s%s%s) over %s, and nobody goes over to T.38 or G.711",
	          t->fax[sender] & FAX_CNG ? "CNG" : "",
	          t->fax[sender] == (FAX_CNG | FAX_CED) ? ", " : "",
	          t->fax[sender] & FAX_CED ? "CED" : "", codec->name);
	evidence_text(&d->evidence, "codec", slice_str(codec->name));
	evidence_real(&d->evidence, "tone_at_s",
	              audio_seconds(duration_between(leg->first_ns, t->fax_ns)));
	evidence_frame(&d->evidence, leg->trace.final);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_C10, .first = leg->trace.final });
}

/* Whether or not anything is wrong with it. */
static bool record_t38(const struct fax_faults *x, const struct leg *leg, const struct fax_call *c)
{
	struct analysis *a = findings_analysis(x->draft.home);
	char asker[ENDPOINT_TEXT];
	struct record_t38 r = {
		.call_id = leg->media.call_id,
		.dialog_id = id_or_null(leg->winner ? leg->winner->id : leg->first.id),
		.asked_us = clock_us(c->asked.time_ns),
		.asked_by = slice_of(asker, endpoint_format(c->asker, asker)),
		.status = c->status ? c->status : RECORD_NULL,
		.agreed = c->agreed,
		.datagrams = (int64_t)c->datagrams,
	};

	return store_t38(a->store, &r, a->err);
}

bool fax_faults_leg(struct fax_faults *x, const struct leg *leg)
{
	struct fax_call *c;

	if (leg->kind != LEG_INVITE)
		return true;
	c = lru_is_empty(&x->calls) ? NULL : lru_get(&x->calls, call_hash(leg));
	bool ok = !c || (record_t38(x, leg, c) && judge_t38(x, leg, c));
	if (ok && leg->media.tones.fax_ns != TIME_NONE && !(c && c->agreed))
		ok = judge_codec(x, leg, PARTY_CALLER) && judge_codec(x, leg, PARTY_CALLEE);
	lru_drop(&x->calls, c);
	return ok;
}
