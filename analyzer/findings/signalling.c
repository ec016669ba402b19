#include "analyzer/findings/signalling.h"

#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <inttypes.h>

/* A registration that met 423. */
struct too_small {
	uint64_t call_hash;
	unsigned count;
	struct sighting first;
};

struct signalling {
	struct draft draft;
	struct auth_faults *auth;
	struct silent_hops *hops;
	struct numbers *numbers;
	struct too_small too_small[SIGNALLING_MAX_TOO_SMALL];
	unsigned too_small_next;
};

struct signalling *signalling_new(struct findings *f)
{
	struct signalling *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	draft_init(&s->draft, f);
	s->auth = auth_faults_new(&s->draft);
	s->hops = silent_hops_new(&s->draft);
	s->numbers = numbers_new(&s->draft);
	if (!s->auth || !s->hops || !s->numbers) {
		err_memory(findings_analysis(f)->err, "the findings");
		signalling_free(s);
		return NULL;
	}
	return s;
}

void signalling_free(struct signalling *s)
{
	if (!s)
		return;
	auth_faults_free(s->auth);
	silent_hops_free(s->hops);
	numbers_free(s->numbers);
	draft_release(&s->draft);
	mem_free(s);
}

/* ---- D16: requests repeated though answered ---- */

static bool judge_repeated(struct draft *d, const struct seen_message *m)
{
	const struct transaction *t = m->transaction;
	const struct sip_origin *o = m->ev->origin;
	struct sighting answer = { t->capture_id, t->answer_frame, t->answer_ns };
	struct sighting copy = sighting_of(m->ev);
	struct occurrence occurrence = {
		.rule = RULE_D16, .dialog_id = m->dialog_id, .first = answer, .last = copy
	};

	draft_begin(d);
	text_addf(&d->cause, "responses of ");
	text_add_address(&d->cause, o->dst.addr);
	text_addf(&d->cause, " do not reach ");
	text_add_address(&d->cause, o->src.addr);
	text_add_address(&d->text, o->src.addr);
	text_addf(&d->text, " repeats its %s (frame %" PRIu64 ") though ",
	          sip_method_name(m->ev->method), copy.frame);
	text_add_address(&d->text, o->dst.addr);
	text_addf(&d->text, " had answered it (frame %" PRIu64 ")", answer.frame);
	evidence_int(&d->evidence, "copies", t->copies_after_answer);
	evidence_real(&d->evidence, "threshold", draft_number(d, RULE_D16, "copies"));
	evidence_frame(&d->evidence, answer);
	evidence_frame(&d->evidence, copy);
	return m->leg ? draft_add_leg(d, m->leg, occurrence) : draft_add(d, occurrence);
}

/* Told once, with the copy that reaches the threshold. */
static bool note_copy(struct draft *d, const struct seen_message *m)
{
	const struct transaction *t = m->transaction;

	if (!t || !t->copies_after_answer || m->ev->msg->method == SIP_ACK ||
	    t->copies_after_answer != (unsigned)draft_number(d, RULE_D16, "copies"))
		return true;
	return judge_repeated(d, m);
}

/* ---- D24 of registrations: 423 ---- */

static struct too_small *too_small_of(struct signalling *s, uint64_t call_hash)
{
	struct too_small *t;

	for (size_t i = 0; i < SIGNALLING_MAX_TOO_SMALL; i++)
		if (s->too_small[i].call_hash == call_hash && s->too_small[i].count)
			return &s->too_small[i];
	t = &s->too_small[s->too_small_next];
	s->too_small_next = (s->too_small_next + 1) % SIGNALLING_MAX_TOO_SMALL;
	*t = (struct too_small){ .call_hash = call_hash };
	return t;
}

static bool note_too_small(struct signalling *s, const struct seen_message *m)
{
	struct too_small *t = too_small_of(s, m->ev->call_hash);
	struct draft *d = &s->draft;
	struct sighting now = sighting_of(m->ev);

	if (!t->count++)
		t->first = now;
	if (t->count != (unsigned)draft_number(d, RULE_D24, "refusals"))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "423 to ");
	text_add_address(&d->cause, m->ev->origin->dst.addr);
	text_add_address(&d->text, m->ev->origin->dst.addr);
	text_addf(
	        &d->text,
	        " was told %u times that the expiry it asks for is too short (423, frames %" PRIu64
	        " and %" PRIu64 ")",
	        t->count, t->first.frame, now.frame);
	evidence_int(&d->evidence, "refusals", t->count);
	evidence_real(&d->evidence, "threshold", draft_number(d, RULE_D24, "refusals"));
	evidence_frame(&d->evidence, t->first);
	evidence_frame(&d->evidence, now);
	return draft_add(d,
	                 (struct occurrence){ .rule = RULE_D24, .first = t->first, .last = now });
}

bool signalling_message(struct signalling *s, const struct seen_message *m)
{
	if (m->ev->msg->is_request)
		return !m->retransmission ||
		       (note_copy(&s->draft, m) && silent_hops_copy(s->hops, m));
	silent_hops_response(s->hops, m);
	if (m->ev->msg->status < 400)
		return true;
	if (m->ev->msg->status == 423 && !m->retransmission && !note_too_small(s, m))
		return false;
	return auth_faults_message(s->auth, m);
}

static bool judge_number(struct signalling *s, const struct leg *leg)
{
	unsigned status = leg->attempt.final_status;

	if (!leg->established && (status == 404 || status == 484 || status == 604))
		return numbers_refused(s->numbers, leg);
	return (!leg->established && leg->ring_ns == TIME_NONE) || numbers_reached(s->numbers, leg);
}

bool signalling_leg(struct signalling *s, const struct leg *leg)
{
	if (leg->kind != LEG_INVITE)
		return true;
	return auth_faults_leg(s->auth, leg) && judge_number(s, leg) &&
	       judge_setup(&s->draft, leg, s->hops) && judge_dialog(&s->draft, leg);
}

bool signalling_transaction(struct signalling *s, const struct transaction *t)
{
	return silent_hops_transaction(s->hops, t);
}

bool signalling_registration(struct signalling *s, const struct record_registration *r)
{
	return auth_faults_registration(s->auth, r);
}

bool signalling_finish(struct signalling *s)
{
	return auth_faults_finish(s->auth) && numbers_finish(s->numbers);
}
