/* D7 behind the caller's hop: a proxy sends the INVITE on, again and again, and nobody answers it. */
#include "analyzer/findings/lru.h"
#include "analyzer/findings/signalling.h"
#include "base/mem.h"

#include <inttypes.h>

#define CALL_HOPS 4 /* repeated hops of a call at once; beyond, no more are told */

struct hop {
	int64_t transaction_id; /* 0: none */
	struct ip_addr src, dst;
	struct sighting first, last; /* its INVITE and the newest copy */
	unsigned copies; /* both counted */
};

/* The hops of one call whose INVITE is repeated, behind the caller's own. */
struct call_hops {
	struct lru_node node; /* by dialog */
	int64_t call_id, dialog_id;
	struct ip_addr caller;
	struct hop hops[CALL_HOPS];
};

struct silent_hops {
	struct draft *draft;
	struct lru calls;
};

struct silent_hops *silent_hops_new(struct draft *d)
{
	struct silent_hops *s = mem_zalloc(sizeof *s);

	if (!s)
		return NULL;
	s->draft = d;
	lru_init(&s->calls, SIGNALLING_MAX_HOPS);
	return s;
}

void silent_hops_free(struct silent_hops *s)
{
	if (!s)
		return;
	lru_release(&s->calls);
	mem_free(s);
}

static uint64_t dialog_hash(int64_t dialog_id)
{
	return hash_mix((uint64_t)dialog_id, 1);
}

static struct call_hops *call_of(struct silent_hops *s, int64_t dialog_id)
{
	return lru_is_empty(&s->calls) ? NULL : lru_get(&s->calls, dialog_hash(dialog_id));
}

static struct call_hops *add_call(struct silent_hops *s, const struct seen_message *m)
{
	struct call_hops *c;

	lru_drop(&s->calls, lru_full(&s->calls));
	c = lru_add(&s->calls, dialog_hash(m->dialog_id), sizeof *c);
	if (!c)
		return NULL;
	c->call_id = m->leg->media.call_id;
	c->dialog_id = m->dialog_id;
	c->caller = leg_address(m->leg, true);
	return c;
}

/* transaction_id 0: a free place. NULL: there is none. */
static struct hop *hop_of(struct call_hops *c, int64_t transaction_id)
{
	for (size_t i = 0; i < CALL_HOPS; i++)
		if (c->hops[i].transaction_id == transaction_id)
			return &c->hops[i];
	return NULL;
}

static void forget(struct silent_hops *s, struct call_hops *c, struct hop *hop)
{
	*hop = (struct hop){ 0 };
	for (size_t i = 0; i < CALL_HOPS; i++)
		if (c->hops[i].transaction_id)
			return;
	lru_drop(&s->calls, c);
}

static void note_copy(struct call_hops *c, const struct seen_message *m)
{
	const struct transaction *t = m->transaction;
	struct hop *hop = hop_of(c, t->id);

	if (!hop && (hop = hop_of(c, 0)))
		*hop = (struct hop){
			.transaction_id = t->id,
			.src = t->src,
			.dst = t->dst,
			.first = { t->capture_id, t->request_frame, t->request_ns },
			.copies = 1,
		};
	if (!hop)
		return;
	hop->last = sighting_of(m->ev);
	hop->copies++;
}

bool silent_hops_copy(struct silent_hops *s, const struct seen_message *m)
{
	const struct transaction *t = m->transaction;
	struct call_hops *c;

	if (!t || !m->leg || m->ev->msg->method != SIP_INVITE || !t->initial ||
	    t->first_response_ns != TIME_NONE || t->id == m->leg->attempt.transaction_id ||
	    m->leg->kind != LEG_INVITE)
		return true;
	c = call_of(s, m->dialog_id);
	if (!c && !(c = add_call(s, m)))
		return err_memory(findings_analysis(s->draft->home)->err, "the findings");
	note_copy(c, m);
	return true;
}

void silent_hops_response(struct silent_hops *s, const struct seen_message *m)
{
	struct call_hops *c;
	struct hop *hop;

	if (lru_is_empty(&s->calls) || m->ev->method != SIP_INVITE || !m->transaction)
		return;
	c = call_of(s, m->transaction->dialog_id);
	hop = c ? hop_of(c, m->transaction->id) : NULL;
	if (hop)
		forget(s, c, hop);
}

/* `refused` NULL: the call went on without this hop, or ended otherwise. */
static bool tell(struct draft *d, const struct call_hops *c, const struct hop *hop,
                 const struct leg *refused)
{
	draft_begin(d);
	text_addf(&d->cause, "no response from ");
	text_add_address(&d->cause, hop->dst);
	text_add_address(&d->text, hop->dst);
	text_addf(&d->text, " never answered the INVITE that ");
	text_add_address(&d->text, hop->src);
	text_addf(&d->text, " sent%s (frames %" PRIu64 " to %" PRIu64 ")",
	          ip_addr_eq(hop->src, c->caller) ? "" : " on", hop->first.frame, hop->last.frame);
	if (refused) {
		text_addf(&d->text, "; so the caller got 408 (frame %" PRIu64 ")",
		          refused->trace.final.frame);
		evidence_int(&d->evidence, "status", 408);
		evidence_frame(&d->evidence, refused->trace.final);
	}
	evidence_int(&d->evidence, "copies", hop->copies);
	evidence_int(&d->evidence, "timer_b_s", TRANSACTION_TIMEOUT_NS / NS_PER_S);
	evidence_frame(&d->evidence, hop->first);
	evidence_frame(&d->evidence, hop->last);
	return draft_add(d, (struct occurrence){ .rule = RULE_D7,
	                                         .call_id = c->call_id,
	                                         .dialog_id = c->dialog_id,
	                                         .first = hop->first,
	                                         .last = hop->last });
}

bool silent_hops_transaction(struct silent_hops *s, const struct transaction *t)
{
	struct call_hops *c;
	struct hop *hop;
	bool ok = true;

	if (lru_is_empty(&s->calls) || t->method != SIP_INVITE)
		return true;
	c = call_of(s, t->dialog_id);
	hop = c ? hop_of(c, t->id) : NULL;
	if (!hop)
		return true;
	if (t->timed_out && t->first_response_ns == TIME_NONE &&
	    hop->copies >= draft_number(s->draft, RULE_D7, "copies"))
		ok = tell(s->draft, c, hop, NULL);
	forget(s, c, hop);
	return ok;
}

/* Looked up again for each hop: with the last one the call is forgotten. */
bool silent_hops_refused(struct silent_hops *s, const struct leg *leg, bool *explained)
{
	*explained = false;
	for (const struct dialog *fork = &leg->first; fork; fork = fork->next)
		for (size_t i = 0; i < CALL_HOPS; i++) {
			struct call_hops *c = call_of(s, fork->id);
			if (!c)
				break;
			if (!c->hops[i].transaction_id)
				continue;
			if (!tell(s->draft, c, &c->hops[i], leg))
				return false;
			*explained = true;
			forget(s, c, &c->hops[i]);
		}
	return true;
}
