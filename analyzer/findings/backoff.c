/* D10: new requests to a server before its Retry-After is over (RFC 3261 21.5.4). */
#include "analyzer/calls/event.h"
#include "analyzer/findings/overload.h"
#include "analyzer/findings/state.h"

#define LONGEST_S 86400 /* of a Retry-After that is believed */

struct backoff {
	struct lru_node node;
	struct sighting refusal;
	int64_t until_ns;
	uint32_t seconds;
};

static uint64_t key(struct ip_addr client, struct ip_addr server)
{
	return hash_mix(hash_mix(client.word[0], client.word[1]),
	                hash_mix(server.word[0], server.word[1]));
}

/* Digits, before a comment or parameters. */
static bool retry_after(const struct sip_msg *msg, uint64_t *s)
{
	struct slice value = sip_msg_value(msg, SIP_H_RETRY_AFTER);
	size_t n = 0;

	while (n < value.n && ascii_is_digit(value.p[n]))
		n++;
	return slice_u64(slice_sub(value, 0, n), LONGEST_S, s) && *s > 0;
}

bool backoff_refusal(struct overload *o, struct server *s, const struct seen_message *m)
{
	const struct sip_origin *origin = m->ev->origin;
	uint64_t hash = key(origin->dst.addr, s->addr), wait_s;
	struct backoff *b;

	if (!retry_after(m->ev->msg, &wait_s))
		return true;
	s->retry_after_ns = origin->time_ns;
	b = lru_get(&o->backoffs, hash);
	if (!b) {
		lru_drop(&o->backoffs, lru_full(&o->backoffs));
		b = lru_add(&o->backoffs, hash, sizeof *b);
		if (!b)
			return err_memory(o->draft.home->analysis->err, "the findings");
	}
	b->refusal = overload_sighting(m);
	b->seconds = (uint32_t)wait_s;
	b->until_ns = duration_after(origin->time_ns, (int64_t)wait_s * NS_PER_S);
	return true;
}

static bool tell(struct overload *o, const struct backoff *b, const struct seen_message *m)
{
	const struct sip_origin *origin = m->ev->origin;
	struct draft *d = &o->draft;
	struct sighting at = overload_sighting(m);
	double after_s =
	        (double)duration_between(b->refusal.time_ns, at.time_ns) / (double)NS_PER_S;

	draft_begin(d);
	text_addf(&d->cause, "Retry-After of ");
	text_add_address(&d->cause, origin->dst.addr);
	text_addf(&d->cause, " ignored by ");
	text_add_address(&d->cause, origin->src.addr);
	text_add_address(&d->text, origin->src.addr);
	text_addf(&d->text, " sent ");
	text_add_terminal(&d->text, slice_sub(m->ev->msg->method_name, 0, 32));
	text_addf(&d->text, " (frame %" PRIu64 ") to ", at.frame);
	text_add_address(&d->text, origin->dst.addr);
	text_addf(&d->text, " %.1f s after its 503 (frame %" PRIu64 ") with Retry-After %u",
	          after_s, b->refusal.frame, b->seconds);
	evidence_real(&d->evidence, "after_s", after_s);
	evidence_int(&d->evidence, "retry_after_s", b->seconds);
	evidence_frame(&d->evidence, b->refusal);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_D10,
	                                         .call_id = overload_call(m),
	                                         .dialog_id = m->dialog_id,
	                                         .first = b->refusal,
	                                         .last = at });
}

bool backoff_request(struct overload *o, const struct seen_message *m)
{
	const struct sip_origin *origin = m->ev->origin;
	struct backoff *b;

	if (lru_is_empty(&o->backoffs) || m->ev->method == SIP_CANCEL)
		return true;
	b = lru_get(&o->backoffs, key(origin->src.addr, origin->dst.addr));
	if (!b || origin->time_ns <= b->refusal.time_ns)
		return true;
	if (duration_between(origin->time_ns, b->until_ns) > o->set.grace_ns)
		return tell(o, b, m);
	if (origin->time_ns >= b->until_ns)
		lru_drop(&o->backoffs, b);
	return true;
}
