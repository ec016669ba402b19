#include "analyzer/findings/transport.h"

#include "analyzer/findings/state.h"
#include "base/mem.h"

static void read_ports(struct transport_settings *set, struct slice list)
{
	struct slice item;
	uint64_t port;

	while (slice_split(&list, ',', &item) && set->port_count < TRANSPORT_MAX_PORTS)
		if (slice_u64(slice_trim(item), UINT16_MAX, &port))
			set->ports[set->port_count++] = (uint16_t)port;
}

static void read_settings(struct transport_settings *set, const struct rules *r)
{
	set->large_octets = (size_t)rules_number(r, RULE_F3, "octets");
	set->churn_requests = (uint64_t)rules_number(r, RULE_F2, "requests");
	set->churn_ratio = rules_number(r, RULE_F2, "ratio");
	set->span_ns = (int64_t)(rules_number(r, RULE_F5, "span") * (double)NS_PER_S);
	set->failover_ns = (int64_t)(rules_number(r, RULE_F6, "delay") * (double)NS_PER_S);
	set->ttl_hops = (int)rules_number(r, RULE_F7, "hops");
	set->ttl_changes = (int)rules_number(r, RULE_F7, "changes");
	set->quiet_ns = (int64_t)(rules_number(r, RULE_F8, "quiet") * (double)NS_PER_S);
	set->repeats = (uint64_t)rules_number(r, RULE_F9, "repeats");
	set->syns = (uint64_t)rules_number(r, RULE_D26, "syns");
	set->failures = (uint64_t)rules_number(r, RULE_D26, "failures");
	read_ports(set, rules_list(r, RULE_D26, "ports"));
	set->malformed = (uint64_t)rules_number(r, RULE_H12, "messages");
	set->malformed_ratio = rules_number(r, RULE_H12, "ratio");
}

struct transport_faults *transport_new(struct findings *f)
{
	struct transport_faults *t = mem_zalloc(sizeof *t);

	if (!t) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	t->findings = f;
	read_settings(&t->set, f->rules);
	lru_init(&t->silent, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->waiting, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->elsewhere, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->registrants, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->bindings, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->connections, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->framing, TRANSPORT_MAX_ENTRIES);
	lru_init(&t->sources, TRANSPORT_MAX_ENTRIES);
	text_init(&t->cause);
	text_init(&t->text);
	evidence_init(&t->evidence);
	return t;
}

void transport_free(struct transport_faults *t)
{
	if (!t)
		return;
	lru_release(&t->silent);
	lru_release(&t->waiting);
	lru_release(&t->elsewhere);
	lru_release(&t->registrants);
	lru_release(&t->bindings);
	lru_release(&t->connections);
	lru_release(&t->framing);
	lru_release(&t->sources);
	text_release(&t->cause);
	text_release(&t->text);
	evidence_release(&t->evidence);
	mem_free(t);
}

bool transport_finish(struct transport_faults *t)
{
	return nat_finish(t) && tcp_finish(t) && malformed_finish(t);
}

bool transport_message(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	const struct sip_msg *msg = m->ev->msg;

	if ((msg->defects || !lru_is_empty(&t->sources)) && !malformed_message(t, m))
		return false;
	if (o->transport[0] != 'U')
		return tcp_message_seen(t, m);
	if (!lru_is_empty(&t->bindings))
		nat_heard(t, o->src, transport_sighting(o));
	if (!m->transaction)
		return true;
	if (m->retransmission && !nat_repeated(t, m))
		return false;
	if (msg->is_request)
		return silent_request(t, m) && nat_request(t, m);
	return silent_response(t, m) && nat_response(t, m);
}

bool transport_transaction(struct transport_faults *t, const struct transaction *tr)
{
	return silent_transaction(t, tr);
}

void transport_keepalive(struct transport_faults *t, const struct seen_junk *k)
{
	if (!lru_is_empty(&t->bindings))
		nat_heard(t, k->src, k->at);
}

void *transport_add(struct transport_faults *t, struct lru *l, uint64_t hash, size_t bytes,
                    transport_judge *judge)
{
	void *full = lru_full(l), *entry;

	if (full && judge && !judge(t, full))
		return NULL;
	lru_drop(l, full);
	entry = lru_add(l, hash, bytes);
	if (!entry)
		err_memory(t->findings->analysis->err, "the findings");
	return entry;
}

bool transport_judge_all(struct transport_faults *t, struct lru *l, transport_judge *judge)
{
	void *entry;

	while ((entry = lru_first(l))) {
		if (!judge(t, entry))
			return false;
		lru_drop(l, entry);
	}
	return true;
}

void transport_begin(struct transport_faults *t)
{
	text_reset(&t->cause);
	text_reset(&t->text);
	evidence_reset(&t->evidence);
}

bool transport_tell(struct transport_faults *t, struct occurrence o)
{
	if (t->cause.failed || t->text.failed || t->evidence.text.failed)
		return err_memory(t->findings->analysis->err, "the findings");
	o.cause = slice_of(text_cstr(&t->cause), t->cause.n);
	o.text = slice_of(text_cstr(&t->text), t->text.n);
	o.evidence = &t->evidence;
	return findings_add(t->findings, &o);
}
