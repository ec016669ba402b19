/* D12: routing loops. A 482 or 483 says so; the same INVITE that reaches a host again and again with fewer Max-Forwards shows it. */
#include "analyzer/calls/event.h"
#include "analyzer/calls/leg.h"
#include "analyzer/findings/overload.h"
#include "analyzer/findings/state.h"

struct passing {
	struct lru_node node;
	uint64_t max_forwards; /* of the newest */
	uint32_t count;
	struct sighting first;
};

/* The hop that saw it first is where it ended; the others pass it on. */
bool loops_response(struct overload *o, const struct seen_message *m)
{
	const struct sip_origin *origin = m->ev->origin;
	int status = m->ev->msg->status;
	uint64_t hash = hash_mix(m->ev->call_hash, m->ev->msg->cseq);
	struct draft *d = &o->draft;
	struct sighting at = overload_sighting(m);
	uint64_t *mark = &o->marks[hash % OVERLOAD_MARKS];

	if (*mark == hash)
		return true;
	*mark = hash;
	draft_begin(d);
	text_addf(&d->cause, "%d from ", status);
	text_add_address(&d->cause, origin->src.addr);
	text_add_address(&d->text, origin->src.addr);
	text_addf(&d->text, " ended a %s with %d (frame %" PRIu64 "): ",
	          status == 483 ? "request that had passed too many hosts"
	                        : "request that came back",
	          status, at.frame);
	text_addf(&d->text, "it is routed in a circle");
	evidence_int(&d->evidence, "status", status);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_D12,
	                                         .call_id = overload_call(m),
	                                         .dialog_id = m->dialog_id,
	                                         .first = at });
}

static bool tell(struct overload *o, const struct passing *p, const struct seen_message *m)
{
	const struct sip_origin *origin = m->ev->origin;
	struct draft *d = &o->draft;
	struct sighting at = overload_sighting(m);

	draft_begin(d);
	text_addf(&d->cause, "the same INVITE passes ");
	text_add_address(&d->cause, origin->dst.addr);
	text_addf(&d->cause, " again and again");
	text_addf(&d->text, "one INVITE reached ");
	text_add_address(&d->text, origin->dst.addr);
	text_addf(&d->text,
	          " %u times, each time with fewer Max-Forwards (frame %" PRIu64 ", %" PRIu64
	          " left): it is routed in a circle",
	          p->count, at.frame, p->max_forwards);
	evidence_int(&d->evidence, "passes", p->count);
	evidence_int(&d->evidence, "threshold", (int64_t)o->set.passes);
	evidence_int(&d->evidence, "max_forwards", (int64_t)p->max_forwards);
	evidence_frame(&d->evidence, p->first);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_D12,
	                                         .call_id = overload_call(m),
	                                         .dialog_id = m->dialog_id,
	                                         .first = p->first,
	                                         .last = at });
}

/* NULL: out of memory. */
static struct passing *passing_of(struct overload *o, const struct seen_message *m)
{
	struct ip_addr at = m->ev->origin->dst.addr;
	uint64_t hash = hash_mix(hash_mix(m->ev->call_hash, m->ev->msg->cseq),
	                         hash_mix(at.word[0], at.word[1]));
	struct passing *p = lru_get(&o->passes, hash);

	if (p)
		return p;
	lru_drop(&o->passes, lru_full(&o->passes));
	p = lru_add(&o->passes, hash, sizeof *p);
	if (!p) {
		err_memory(o->draft.home->analysis->err, "the findings");
		return NULL;
	}
	p->first = overload_sighting(m);
	p->max_forwards = UINT64_MAX;
	/* The leg's first INVITE was not looked at: most come by once. */
	p->count = ip_addr_eq(m->leg->dst.addr, at);
	return p;
}

bool loops_request(struct overload *o, const struct seen_message *m)
{
	uint64_t left;
	struct passing *p;

	if (m->ev->method != SIP_INVITE || !m->leg || !m->leg->attempt.transaction_id ||
	    m->leg->attempt.transaction_id == m->transaction_id ||
	    m->leg->attempt.cseq != m->ev->msg->cseq ||
	    !slice_u64(sip_msg_value(m->ev->msg, SIP_H_MAX_FORWARDS), UINT32_MAX, &left))
		return true;
	p = passing_of(o, m);
	if (!p)
		return false;
	if (left >= p->max_forwards)
		return true;
	p->max_forwards = left;
	if ((double)++p->count > o->set.passes && (double)(p->count - 1) <= o->set.passes)
		return tell(o, p, m);
	return true;
}
