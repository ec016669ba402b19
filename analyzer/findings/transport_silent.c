/* Requests over UDP that nobody answers, and what of them tells why: the Via leads elsewhere (F1), they are large and fragmented (F3), the
 * receiver's NAT has closed (F8); and the wait until the next server is tried (F6). */
#include "analyzer/findings/transport.h"

#include "analyzer/calls/leg.h"

/* An INVITE without response that has been repeated: F6 waits for it at another server. */
struct waiting_invite {
	struct lru_node node; /* by Call-ID and sender */
	int64_t transaction_id, request_ns;
	struct endpoint dst;
	struct sighting first;
	bool answered;
};

static uint64_t transaction_hash(int64_t id)
{
	return hash_mix((uint64_t)id, 1);
}

static uint64_t invite_hash(const struct event *ev)
{
	return hash_mix(ev->call_hash, endpoint_hash(ev->origin->src));
}

static uint64_t pair_hash(struct ip_addr src, struct ip_addr dst)
{
	return hash_mix(hash_mix(src.word[0], src.word[1]), hash_mix(dst.word[0], dst.word[1]));
}

/* Of this request; unknown for one whose row is written already. */
static struct sighting first_copy(const struct seen_message *m)
{
	const struct transaction *t = m->transaction;

	if (t->request_frame)
		return (struct sighting){ t->capture_id, t->request_frame, t->request_ns };
	return transport_sighting(m->ev->origin);
}

static struct silent *silent_new(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	const struct sip_msg *msg = m->ev->msg;
	struct silent *s =
	        transport_add(t, &t->silent, transaction_hash(m->transaction->id), sizeof *s, NULL);

	if (!s)
		return NULL;
	s->last = transport_sighting(o);
	s->first = first_copy(m);
	if (m->created && o->first_frame)
		s->first.frame = o->first_frame;
	s->src = o->src;
	s->dst = o->dst;
	s->request_ns = m->transaction->request_ns;
	s->octets = msg->whole.n;
	s->fragmented = o->first_frame != 0;
	s->large = s->octets > t->set.large_octets;
	s->elsewhere = nat_answers_elsewhere(msg, o->src, s->sent_by);
	nat_ask_binding(t, s);
	return s;
}

static bool wait_for_failover(struct transport_faults *t, const struct seen_message *m)
{
	uint64_t hash = invite_hash(m->ev);
	struct waiting_invite *w = lru_get(&t->waiting, hash);

	if (w && w->transaction_id == m->transaction->id)
		return true;
	if (!w)
		w = transport_add(t, &t->waiting, hash, sizeof *w, NULL);
	if (!w)
		return false;
	w->transaction_id = m->transaction->id;
	w->request_ns = m->transaction->request_ns;
	w->dst = m->ev->origin->dst;
	w->first = first_copy(m);
	w->answered = false;
	return true;
}

static bool tell_failover(struct transport_faults *t, const struct seen_message *m,
                          const struct waiting_invite *w)
{
	const struct sip_origin *o = m->ev->origin;
	double delay_s = (double)(o->time_ns - w->request_ns) / (double)NS_PER_S;

	transport_begin(t);
	text_addf(&t->cause, "%s", "fail-over from ");
	text_add_endpoint(&t->cause, w->dst);
	text_addf(&t->text, "%s", "");
	text_add_endpoint(&t->text, o->src);
	text_addf(&t->text, " tried ");
	text_add_endpoint(&t->text, o->dst);
	text_addf(&t->text, " (frame %llu) only %.1f s after the INVITE that ",
	          (unsigned long long)o->frame, delay_s);
	text_add_endpoint(&t->text, w->dst);
	text_addf(&t->text, " did not answer");
	evidence_real(&t->evidence, "delay_s", delay_s);
	evidence_real(&t->evidence, "threshold_s", (double)t->set.failover_ns / (double)NS_PER_S);
	evidence_frame(&t->evidence, w->first);
	evidence_frame(&t->evidence, transport_sighting(o));
	return transport_tell(t, (struct occurrence){
	                                 .rule = RULE_F6,
	                                 .call_id = m->leg ? m->leg->media.call_id : 0,
	                                 .dialog_id = m->dialog_id,
	                                 .first = w->first,
	                                 .last = transport_sighting(o),
	                         });
}

/* A new INVITE of a call whose last one was never answered. */
static bool look_for_failover(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	struct waiting_invite *w = lru_get(&t->waiting, invite_hash(m->ev));

	if (!w || w->answered || endpoint_eq(w->dst, o->dst) ||
	    o->time_ns - w->request_ns < t->set.failover_ns)
		return true;
	bool ok = tell_failover(t, m, w);
	lru_drop(&t->waiting, w);
	return ok;
}

bool silent_request(struct transport_faults *t, const struct seen_message *m)
{
	const struct transaction *tr = m->transaction;
	const struct sip_msg *msg = m->ev->msg;
	struct silent *s = NULL;

	if (m->created && msg->method == SIP_INVITE && !lru_is_empty(&t->waiting) &&
	    !look_for_failover(t, m))
		return false;
	if (msg->method == SIP_ACK || tr->first_response_ns != TIME_NONE || !tr->src_port)
		return true;
	if (m->created)
		return msg->whole.n <= t->set.large_octets || silent_new(t, m);
	if (!m->retransmission)
		return true;
	s = lru_get(&t->silent, transaction_hash(tr->id));
	if (!s)
		s = silent_new(t, m);
	if (!s)
		return false;
	s->last = transport_sighting(m->ev->origin);
	return msg->method != SIP_INVITE || wait_for_failover(t, m);
}

bool silent_response(struct transport_faults *t, const struct seen_message *m)
{
	struct waiting_invite *w;

	if (lru_is_empty(&t->waiting) || m->ev->method != SIP_INVITE)
		return true;
	/* The sender of the request is whom the transaction remembers. */
	const struct transaction *tr = m->transaction;
	struct endpoint asker = { tr->src, tr->src_port };
	w = lru_get(&t->waiting, hash_mix(m->ev->call_hash, endpoint_hash(asker)));
	if (w && w->transaction_id == tr->id)
		w->answered = true;
	return true;
}

static bool tell(struct transport_faults *t, const struct transaction *tr, const struct silent *s,
                 enum rule_id rule, const char *weak)
{
	evidence_int(&t->evidence, "copies", (int64_t)tr->retransmissions + 1);
	evidence_frame(&t->evidence, s->first);
	evidence_frame(&t->evidence, s->last);
	return transport_tell(t, (struct occurrence){
	                                 .rule = rule,
	                                 .dialog_id = tr->dialog_id,
	                                 .first = s->first,
	                                 .last = s->last,
	                                 .weak = weak,
	                         });
}

static void say_request(struct transport_faults *t, const struct transaction *tr,
                        const struct silent *s)
{
	text_addf(&t->text, "%s ", sip_method_name((enum sip_method)tr->method));
	text_addf(&t->text, "from ");
	text_add_endpoint(&t->text, s->src);
	text_addf(&t->text, " to ");
	text_add_endpoint(&t->text, s->dst);
	text_addf(&t->text,
	          " (frame %llu, %u copies) was not answered: ", (unsigned long long)s->first.frame,
	          tr->retransmissions + 1);
}

static bool tell_via(struct transport_faults *t, const struct transaction *tr,
                     const struct silent *s)
{
	transport_begin(t);
	text_addf(&t->cause, "%s", "no rport in requests from ");
	text_add_address(&t->cause, s->src.addr);
	say_request(t, tr, s);
	text_addf(&t->text, "%s", "responses go to ");
	text_add_terminal(&t->text, slice_str(s->sent_by));
	text_addf(&t->text, ", which its Via names without rport");
	evidence_text(&t->evidence, "via", slice_str(s->sent_by));
	return tell(t, tr, s, RULE_F1, "no response was captured, so none is known to be lost");
}

static bool tell_large(struct transport_faults *t, const struct transaction *tr,
                       const struct silent *s)
{
	transport_begin(t);
	text_addf(&t->cause, "%s", "large requests to ");
	text_add_address(&t->cause, s->dst.addr);
	say_request(t, tr, s);
	text_addf(&t->text, "it has %zu octets%s, and short requests to that host are answered",
	          s->octets, s->fragmented ? " in several fragments" : "");
	evidence_int(&t->evidence, "octets", (int64_t)s->octets);
	evidence_int(&t->evidence, "threshold", (int64_t)t->set.large_octets);
	evidence_int(&t->evidence, "fragmented", s->fragmented);
	return tell(t, tr, s, RULE_F3,
	            s->fragmented ? NULL : "the capture does not show that it was fragmented");
}

static bool tell_closed(struct transport_faults *t, const struct transaction *tr,
                        const struct silent *s)
{
	transport_begin(t);
	text_addf(&t->cause, "%s", "no keep-alive from ");
	text_add_address(&t->cause, s->dst.addr);
	say_request(t, tr, s);
	text_addf(&t->text,
	          "it is registered behind a NAT (frame %llu) and had sent nothing for %.0f s",
	          (unsigned long long)s->registered.frame, (double)s->closed_ns / (double)NS_PER_S);
	evidence_real(&t->evidence, "quiet_s", (double)s->closed_ns / (double)NS_PER_S);
	evidence_real(&t->evidence, "threshold_s", (double)t->set.quiet_ns / (double)NS_PER_S);
	evidence_frame(&t->evidence, s->registered);
	evidence_frame(&t->evidence, s->heard);
	return tell(t, tr, s, RULE_F8, NULL);
}

static bool judge_silent(struct transport_faults *t, const struct transaction *tr,
                         const struct silent *s)
{
	uint64_t pair = pair_hash(s->src.addr, s->dst.addr);
	bool short_ones_work = t->answered[pair % TRANSPORT_PAIRS] == pair;

	if (s->closed_ns && !tell_closed(t, tr, s))
		return false;
	if (s->elsewhere && !tell_via(t, tr, s))
		return false;
	return !(s->large && short_ones_work) || tell_large(t, tr, s);
}

bool silent_transaction(struct transport_faults *t, const struct transaction *tr)
{
	struct silent *s =
	        lru_is_empty(&t->silent) ? NULL : lru_get(&t->silent, transaction_hash(tr->id));
	bool answered = tr->first_response_ns != TIME_NONE, ok = true;

	/* That a large one was answered says nothing of short ones. */
	if (answered && !(s && s->large)) {
		uint64_t pair = pair_hash(tr->src, tr->dst);
		t->answered[pair % TRANSPORT_PAIRS] = pair;
	}
	if (!s)
		return true;
	if (!answered && tr->timed_out)
		ok = judge_silent(t, tr, s);
	lru_drop(&t->silent, s);
	return ok;
}
