#include "analyzer/calls/transaction.h"

#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <assert.h>

#define MAX_BRANCH 256
#define MAX_METHOD 32

/* Ours is one key for both rules of RFC 3261 17.2.3. The Call-ID and the CSeq number are the same in all messages of a transaction,
 * so they cost nothing where branches are unique and keep apart what careless senders (constant branches, RFC 2543) would
 * mix. From-tag and Via stand in for the rest of the RFC 2543 rule; the Request-URI cannot, responses do not have it. */
struct key {
	uint64_t hash;
	struct slice call_id, branch;
	uint32_t cseq;
};

static struct key key_of(const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	enum sip_method method = msg->cseq_method == SIP_ACK ? SIP_INVITE : msg->cseq_method;
	uint64_t h = hash_slice(msg->branch, ev->call_hash);

	h = hash_slice(msg->sent_by, h);
	h = hash_slice(msg->from_tag, h);
	if (method == SIP_METHOD_OTHER)
		h = hash_slice(msg->cseq_name, h);
	return (struct key){
		.hash = hash_mix(h, (uint64_t)msg->cseq << 8 | method),
		.call_id = ev->call_id,
		.branch = slice_sub(msg->branch, 0, MAX_BRANCH),
		.cseq = msg->cseq,
	};
}

static struct slice call_id_of(const struct transaction *t)
{
	return slice_of(t->text, t->call_id_n);
}

static struct slice branch_of(const struct transaction *t)
{
	return slice_of(t->text + t->call_id_n, t->branch_n);
}

static struct slice method_of(const struct transaction *t)
{
	if (t->method == SIP_METHOD_OTHER)
		return slice_of(t->text + t->call_id_n + t->branch_n, t->method_n);
	return slice_str(sip_method_name((enum sip_method)t->method));
}

static bool equal(const void *value, const void *wanted)
{
	const struct transaction *t = value;
	const struct key *key = wanted;

	return t->cseq == key->cseq && slice_eq(branch_of(t), key->branch) &&
	       slice_eq(call_id_of(t), key->call_id);
}

void transactions_init(struct transactions *ts, struct analysis *a)
{
	*ts = (struct transactions){ .analysis = a };
	table_init(&ts->table);
	list_init(&ts->all);
}

/* The node's owner. */
static struct transaction *owner(struct list_node *node)
{
	return (struct transaction *)((char *)node - offsetof(struct transaction, node));
}

static void forget(struct transactions *ts, struct transaction *t)
{
	timers_cancel(&ts->analysis->timers, &t->timer);
	table_remove(&ts->table, t->hash, t);
	list_remove(&t->node);
	mem_free(t);
}

void transactions_release(struct transactions *ts)
{
	while (!list_is_empty(&ts->all))
		forget(ts, owner(ts->all.next));
	table_release(&ts->table);
}

static int64_t or_null(int64_t us)
{
	return us == TIME_NONE ? RECORD_NULL : us;
}

static bool write_row(struct transactions *ts, const struct transaction *t)
{
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_transaction r = {
		.id = t->id,
		.run_id = ts->analysis->run_id,
		.dialog_id = t->dialog_id ? t->dialog_id : RECORD_NULL,
		.sip_call_id = call_id_of(t),
		.method = method_of(t),
		.branch = t->branch_n ? branch_of(t) : SLICE_NONE,
		.cseq = t->cseq,
		.src = slice_of(src, endpoint_format(t->src, src)),
		.dst = slice_of(dst, endpoint_format(t->dst, dst)),
		.request_us = or_null(clock_us(t->request_ns)),
		.first_response_us = or_null(clock_us(t->first_response_ns)),
		.final_us = or_null(clock_us(t->final_ns)),
		.final_status = t->final_status ? t->final_status : RECORD_NULL,
		.retransmissions = t->retransmissions,
		.timed_out = t->timed_out,
		.auth_attempt = t->auth_attempt,
	};
	return store_transaction(ts->analysis->store, &r, ts->analysis->err);
}

/* Written or not, it is gone afterwards. */
static bool end(struct transactions *ts, struct transaction *t)
{
	bool ok = write_row(ts, t);
	forget(ts, t);
	return ok;
}

bool transactions_finish(struct transactions *ts)
{
	bool ok = true;

	while (ok && !list_is_empty(&ts->all))
		ok = end(ts, owner(ts->all.next));
	return ok;
}

static bool is_settled(const struct transaction *t)
{
	return t->final_status || t->timed_out;
}

/* An INVITE that rings may do so for long. */
static bool is_proceeding(const struct transaction *t)
{
	return t->method == SIP_INVITE && t->first_response_ns != TIME_NONE && !is_settled(t);
}

static int64_t deadline(const struct transaction *t)
{
	return t->since_evict_ns + (is_proceeding(t) ? TRANSACTION_PROCEEDING_NS : TRANSACTION_TIMEOUT_NS);
}

static bool arm(struct transactions *ts, struct transaction *t)
{
	if (!timers_arm(&ts->analysis->timers, &t->timer, deadline(t)))
		return err_memory(ts->analysis->err, "timers");
	return true;
}

/* The timer is not moved by every message; it asks here whether its time has really come. */
static void fire(struct timer *timer, void *context)
{
	struct transaction *t = (struct transaction *)timer;
	struct transactions *ts = t->home;
	bool ok;

	(void)context;
	if (deadline(t) > ts->analysis->now_ns) {
		ok = arm(ts, t);
	} else if (!is_settled(t)) {
		t->timed_out = true;
		t->since_evict_ns = ts->analysis->now_ns;
		ok = arm(ts, t);
	} else {
		ok = end(ts, t);
	}
	if (!ok)
		analysis_fail(ts->analysis);
}

static void put_text(struct transaction *t, const struct event *ev, const struct key *key)
{
	struct slice name = slice_sub(ev->msg->cseq_name, 0, t->method_n);
	uint8_t *at = t->text;

	if (t->call_id_n)
		memcpy(at, key->call_id.p, t->call_id_n);
	at += t->call_id_n;
	if (t->branch_n)
		memcpy(at, key->branch.p, t->branch_n);
	at += t->branch_n;
	if (t->method_n)
		memcpy(at, name.p, t->method_n);
}

static struct transaction *new_transaction(const struct event *ev, const struct key *key)
{
	enum sip_method method = ev->msg->cseq_method;
	size_t name = method == SIP_METHOD_OTHER ? slice_sub(ev->msg->cseq_name, 0, MAX_METHOD).n : 0;
	struct transaction *t = mem_zalloc(sizeof *t + key->call_id.n + key->branch.n + name);

	if (!t)
		return NULL;
	t->timer.fire = fire;
	t->hash = key->hash;
	t->method = (uint8_t)method;
	t->cseq = key->cseq;
	t->call_id_n = (uint16_t)key->call_id.n;
	t->branch_n = (uint16_t)key->branch.n;
	t->method_n = (uint16_t)name;
	t->request_ns = t->first_response_ns = t->final_ns = TIME_NONE;
	put_text(t, ev, key);
	return t;
}

static bool make_room(struct transactions *ts)
{
	if (ts->table.count < CALLS_MAX_TRANSACTIONS)
		return true;
	ts->evicted_at_limit++;
	return end(ts, owner(ts->all.next));
}

static struct transaction *create(struct transactions *ts, const struct event *ev, const struct key *key)
{
	struct transaction *t;

	if (!make_room(ts))
		return NULL;
	t = new_transaction(ev, key);
	if (!t || !table_put(&ts->table, key->hash, t)) {
		mem_free(t);
		err_memory(ts->analysis->err, "a SIP transaction");
		return NULL;
	}
	t->home = ts;
	t->since_evict_ns = ts->analysis->now_ns;
	t->src = ev->msg->is_request ? ev->origin->src : ev->origin->dst;
	t->dst = ev->msg->is_request ? ev->origin->dst : ev->origin->src;
	list_append(&ts->all, &t->node);
	if (!arm(ts, t)) {
		forget(ts, t);
		return NULL;
	}
	t->id = ts->analysis->next_transaction++;
	ts->created++;
	return t;
}

static bool take_request(struct transactions *ts, struct transaction *t, const struct event *ev,
			 struct transaction_step *step)
{
	const struct sip_msg *msg = ev->msg;

	if (msg->method == SIP_ACK) {
		step->retransmission = t->ack_seen;
		t->ack_seen = true;
	} else if (transaction_request_seen(t)) {
		step->retransmission = true;
		if (t->timed_out && !t->final_status) { /* longer timers than the RFC's: not given up yet */
			t->timed_out = false;
			t->since_evict_ns = ts->analysis->now_ns;
			return arm(ts, t);
		}
	} else {
		t->request_ns = ev->origin->time_ns;
		t->initial = !msg->to_tag.n;
		t->auth_attempt = sip_msg_header(msg, SIP_H_AUTHORIZATION, 0) ||
				  sip_msg_header(msg, SIP_H_PROXY_AUTHORIZATION, 0);
	}
	return true;
}

/* What makes two responses copies of each other. Finals: status and To-tag (a fork's 200 is another response). A reliable 1xx: its
 * RSeq (RFC 3262). Other 1xx are repeated on purpose (RFC 3261 13.3.1.1), so only the very same octets are a copy. */
static uint32_t response_mark(const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	uint64_t status = (uint64_t)(unsigned)msg->status;
	struct slice rseq;

	if (msg->status >= 200)
		return (uint32_t)hash_slice(ev->to_tag, status) | 1;
	rseq = sip_msg_value(msg, SIP_H_RSEQ);
	if (rseq.n)
		return (uint32_t)hash_slice(rseq, hash_slice(ev->to_tag, status)) | 1;
	return (uint32_t)hash_slice(msg->whole, status) | 1;
}

/* True if it had been seen; remembers it otherwise. */
static bool seen_before(struct transaction *t, uint32_t mark)
{
	for (size_t i = 0; i < TRANSACTION_SEEN; i++)
		if (t->seen[i] == mark)
			return true;
	t->seen[t->seen_next] = mark;
	t->seen_next = (uint8_t)((t->seen_next + 1) % TRANSACTION_SEEN);
	return false;
}

static bool take_response(struct transactions *ts, struct transaction *t, const struct event *ev,
			  struct transaction_step *step)
{
	int64_t now = ev->origin->time_ns;
	int status = ev->msg->status;

	step->retransmission = seen_before(t, response_mark(ev));
	if (t->first_response_ns == TIME_NONE)
		t->first_response_ns = now;
	if (status < 200 || status > 699 || t->final_status)
		return true;
	step->first_final = true;
	t->final_status = (uint16_t)status;
	t->final_ns = now;
	t->since_evict_ns = ts->analysis->now_ns;
	return arm(ts, t);
}

static bool has_key(const struct sip_msg *msg)
{
	return msg->call_id.p && msg->cseq_name.p && msg->via.p;
}

bool transactions_message(struct transactions *ts, const struct event *ev, struct transaction **out,
			  struct transaction_step *step)
{
	struct key key;
	struct transaction *t;
	bool ok;

	*step = (struct transaction_step){ 0 };
	*out = NULL;
	if (!has_key(ev->msg))
		return true;
	key = key_of(ev);
	t = table_get(&ts->table, key.hash, equal, &key);
	if (!t) {
		if (ev->msg->cseq_method == SIP_ACK || ev->msg->method == SIP_ACK)
			return true;
		t = create(ts, ev, &key);
		if (!t)
			return false;
		step->created = true;
	}
	list_move_last(&ts->all, &t->node);
	ok = ev->msg->is_request ? take_request(ts, t, ev, step) : take_response(ts, t, ev, step);
	if (is_proceeding(t))
		t->since_evict_ns = ts->analysis->now_ns;
	t->retransmissions += step->retransmission;
	*out = t;
	return ok;
}

bool transactions_check(const struct transactions *ts)
{
	size_t n = 0;

	for (struct list_node *node = ts->all.next; node != &ts->all; node = node->next) {
		const struct transaction *t = owner(node);
		if (t->home != ts || !t->timer.place || (t->final_status && t->final_ns == TIME_NONE))
			return false;
		n++;
	}
	return n == ts->table.count && n <= CALLS_MAX_TRANSACTIONS && table_check(&ts->table);
}
