#include "analyzer/calls/transaction.h"

#include "analyzer/findings/findings.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <assert.h>

#define MAX_BRANCH 256
#define MAX_METHOD 32
#define POOLED                                                                                     \
	(sizeof(struct transaction) +                                                              \
	 96) /* a Call-ID and a branch of 48 octets each: nearly all are shorter */

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
	uint64_t h = hash_mix(hash_mix(ev->call_hash, ev->via_hash), ev->from_hash);

	if (method == SIP_METHOD_OTHER)
		h = hash_slice(msg->cseq_name, h);
	return (struct key){
		.hash = hash_mix(h, (uint64_t)msg->cseq << 8 | method),
		.call_id = ev->call_id,
		.branch = slice_sub(msg->branch, 0, MAX_BRANCH),
		.cseq = msg->cseq,
	};
}

static const uint8_t *text_of(const struct transaction *t)
{
	return (const uint8_t *)(t + 1);
}

static struct slice call_id_of(const struct transaction *t)
{
	return slice_of(text_of(t), t->call_id_n);
}

static struct slice branch_of(const struct transaction *t)
{
	return slice_of(text_of(t) + t->call_id_n, t->branch_n);
}

static struct slice method_of(const struct transaction *t)
{
	if (t->method == SIP_METHOD_OTHER)
		return slice_of(text_of(t) + t->call_id_n + t->branch_n, t->method_n);
	return slice_str(sip_method_name((enum sip_method)t->method));
}

static bool equal(const void *value, const void *wanted)
{
	const struct transaction *t = value;
	const struct key *key = wanted;

	return t->cseq == key->cseq && slice_eq(branch_of(t), key->branch) &&
	       slice_eq(call_id_of(t), key->call_id);
}

static void fire(struct timer *timer, void *context);

void transactions_init(struct transactions *ts, struct analysis *a)
{
	*ts = (struct transactions){ .analysis = a, .timer.fire = fire };
	pool_init(&ts->pool, POOLED);
	table_init(&ts->table);
	for (size_t i = 0; i < TRANSACTION_WAITS; i++)
		list_init(&ts->waiting[i]);
	ended_init(&ts->written, TRANSACTION_TIMEOUT_NS / NS_PER_S);
}

static void release(struct transactions *ts, struct transaction *t)
{
	pool_free(&ts->pool, t, sizeof *t + t->call_id_n + t->branch_n + t->method_n);
}

static void forget(struct transactions *ts, struct transaction *t)
{
	table_remove(&ts->table, t->hash, t);
	list_remove(&t->node);
	release(ts, t);
}

static struct transaction *first_of(const struct list_node *waiting)
{
	return list_is_empty(waiting) ? NULL : (struct transaction *)(void *)waiting->next;
}

static int64_t deadline(const struct transaction *t)
{
	static const int64_t patience_ns[TRANSACTION_WAITS] = {
		[WAIT_RESPONSE] = TRANSACTION_TIMEOUT_NS,
		[WAIT_FINAL] = TRANSACTION_PROCEEDING_NS,
		[WAIT_COPIES] = TRANSACTION_COPIES_NS,
		[WAIT_LATE] = TRANSACTION_TIMEOUT_NS,
	};
	return t->since_evict_ns + patience_ns[t->wait];
}

/* When to look at it: what is only to be written may wait a little, so that several go at once. */
static int64_t look(const struct transaction *t)
{
	return deadline(t) + (t->wait == WAIT_COPIES || t->wait == WAIT_LATE ? NS_PER_S / 10 : 0);
}

/* The one to look at first; NULL if there is none. */
static struct transaction *next_due(const struct transactions *ts)
{
	struct transaction *next = NULL;

	for (size_t i = 0; i < TRANSACTION_WAITS; i++) {
		struct transaction *t = first_of(&ts->waiting[i]);
		if (t && (!next || look(t) < look(next)))
			next = t;
	}
	return next;
}

void transactions_release(struct transactions *ts)
{
	struct transaction *t;

	while ((t = next_due(ts)))
		forget(ts, t);
	timers_cancel(&ts->analysis->timers, &ts->timer);
	table_release(&ts->table);
	pool_release(&ts->pool);
	ended_release(&ts->written);
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
		.src = slice_of(src,
		                endpoint_format((struct endpoint){ t->src, t->src_port }, src)),
		.dst = slice_of(dst,
		                endpoint_format((struct endpoint){ t->dst, t->dst_port }, dst)),
		.request_us = or_null(clock_us(t->request_ns)),
		.first_response_us = or_null(clock_us(t->first_response_ns)),
		.final_us = or_null(clock_us(t->final_ns)),
		.final_status = t->final_status ? t->final_status : RECORD_NULL,
		.retransmissions = t->retransmissions,
		.timed_out = t->timed_out,
		.auth_attempt = t->auth_attempt,
	};
	return findings_transaction(ts->analysis->findings, t) &&
	       store_transaction(ts->analysis->store, &r, ts->analysis->err);
}

static uint32_t short_mark(uint32_t mark)
{
	return mark >> (32 - ENDED_MARK_BITS);
}

static bool remember(struct transactions *ts, const struct transaction *t)
{
	struct ended_entry entry = {
		.hash = t->hash,
		.id = t->id,
		.dialog_id = t->dialog_id,
		.mark = short_mark(t->final_mark) & ENDED_MARK_MASK,
		.request_seen = transaction_request_seen(t),
		.ack_seen = t->ack_seen,
		.initial = t->initial,
		.has_sdp = t->has_sdp,
	};
	if (!ended_add(&ts->written, &entry, ts->analysis->now_ns))
		return err_memory(ts->analysis->err, "SIP transactions");
	return true;
}

/* Written or not, it is gone afterwards. */
static bool end(struct transactions *ts, struct transaction *t)
{
	bool ok = write_row(ts, t) && remember(ts, t);
	forget(ts, t);
	return ok;
}

/* At the end of the capture: it rang for so long that a proxy would have given up, though we would have waited a little more. */
static bool is_given_up(const struct transactions *ts, const struct transaction *t)
{
	return t->wait == WAIT_FINAL &&
	       ts->analysis->now_ns >= t->since_evict_ns + TRANSACTION_TIMER_C_NS;
}

bool transactions_finish(struct transactions *ts)
{
	struct transaction *t;
	bool ok = true;

	while (ok && (t = next_due(ts))) {
		t->timed_out = t->timed_out || is_given_up(ts, t);
		ok = write_row(ts, t);
		forget(ts, t);
	}
	return ok;
}

static enum transaction_wait wait_of(const struct transaction *t)
{
	if (t->final_status)
		return WAIT_COPIES;
	if (t->timed_out)
		return WAIT_LATE;
	return t->method == SIP_INVITE && t->first_response_ns != TIME_NONE ? WAIT_FINAL
	                                                                    : WAIT_RESPONSE;
}

static bool arm(struct transactions *ts, int64_t due_ns)
{
	if (!timers_arm(&ts->analysis->timers, &ts->timer, due_ns))
		return err_memory(ts->analysis->err, "timers");
	return true;
}

/* To the end of its list, from now on. */
static bool wait_from_now(struct transactions *ts, struct transaction *t,
                          enum transaction_wait wait)
{
	t->wait = (uint8_t)wait;
	t->since_evict_ns = ts->analysis->now_ns;
	list_move_last(&ts->waiting[wait], &t->node);
	return (ts->timer.place && ts->timer.due_ns <= look(t)) || arm(ts, look(t));
}

/* After a message. Ringing and copies prolong the wait, copies of a request that nobody answers do not. */
static bool wait_on(struct transactions *ts, struct transaction *t)
{
	enum transaction_wait wait = wait_of(t);

	if (wait == t->wait && wait != WAIT_FINAL && wait != WAIT_COPIES)
		return true;
	return wait_from_now(ts, t, wait);
}

/* The one behind it was last touched seconds ago, and is likely to be next. */
static void prefetch_next(const struct transactions *ts, const struct transaction *t)
{
	table_prefetch(&ts->table, t->hash);
	if (t->node.next != &ts->waiting[t->wait])
		mem_prefetch(t->node.next, POOLED);
}

static bool time_is_up(struct transactions *ts, struct transaction *t)
{
	if (t->wait == WAIT_COPIES || t->wait == WAIT_LATE)
		return end(ts, t);
	t->timed_out = true;
	return wait_from_now(ts, t, WAIT_LATE);
}

/* Messages do not move the timer; it asks here whose time has really come. */
static void fire(struct timer *timer, void *context)
{
	struct transactions *ts = (struct transactions *)(void *)timer;
	struct transaction *t;
	bool ok = true;

	(void)context;
	for (size_t i = 0; i < TRANSACTION_WAITS; i++)
		while (ok && (t = first_of(&ts->waiting[i])) &&
		       deadline(t) <= ts->analysis->now_ns) {
			prefetch_next(ts, t);
			ok = time_is_up(ts, t);
		}
	t = next_due(ts);
	if (!ok || (t && !arm(ts, look(t))))
		analysis_fail(ts->analysis);
}

static void put_text(struct transaction *t, const struct event *ev, const struct key *key)
{
	struct slice name = slice_sub(ev->msg->cseq_name, 0, t->method_n);
	uint8_t *at = (uint8_t *)(t + 1);

	if (t->call_id_n)
		memcpy(at, key->call_id.p, t->call_id_n);
	at += t->call_id_n;
	if (t->branch_n)
		memcpy(at, key->branch.p, t->branch_n);
	at += t->branch_n;
	if (t->method_n)
		memcpy(at, name.p, t->method_n);
}

static struct transaction *new_transaction(struct transactions *ts, const struct event *ev,
                                           const struct key *key)
{
	enum sip_method method = ev->msg->cseq_method;
	size_t name =
	        method == SIP_METHOD_OTHER ? slice_sub(ev->msg->cseq_name, 0, MAX_METHOD).n : 0;
	struct transaction *t =
	        pool_alloc(&ts->pool, sizeof *t + key->call_id.n + key->branch.n + name);

	if (!t)
		return NULL;
	*t = (struct transaction){ 0 };
	list_init(&t->node);
	t->hash = key->hash;
	t->method = (uint8_t)method;
	t->cseq = key->cseq;
	t->call_id_n = (uint16_t)key->call_id.n;
	t->branch_n = (uint16_t)key->branch.n;
	t->method_n = (uint8_t)name;
	t->request_ns = t->first_response_ns = t->final_ns = t->answer_ns = TIME_NONE;
	put_text(t, ev, key);
	return t;
}

static bool make_room(struct transactions *ts)
{
	if (ts->table.count < CALLS_MAX_TRANSACTIONS)
		return true;
	ts->evicted_at_limit++;
	return end(ts, next_due(ts));
}

static struct transaction *create(struct transactions *ts, const struct event *ev,
                                  const struct key *key)
{
	const struct sip_origin *o = ev->origin;
	bool request = ev->msg->is_request;
	struct transaction *t;

	if (!make_room(ts))
		return NULL;
	t = new_transaction(ts, ev, key);
	if (!t || !table_put(&ts->table, key->hash, t)) {
		if (t)
			release(ts, t);
		err_memory(ts->analysis->err, "a SIP transaction");
		return NULL;
	}
	t->src = request ? o->src.addr : o->dst.addr;
	t->dst = request ? o->dst.addr : o->src.addr;
	t->src_port = request ? o->src.port : o->dst.port;
	t->dst_port = request ? o->dst.port : o->src.port;
	if (!wait_from_now(ts, t, WAIT_RESPONSE)) {
		forget(ts, t);
		return NULL;
	}
	t->id = ts->analysis->next_transaction++;
	ts->created++;
	return t;
}

/* RFC 3261 17.1.1.2: any response ends the copies of an INVITE; 17.1.2.2: only the final one those of other requests. */
static void note_answer(struct transaction *t, const struct event *ev)
{
	if (t->answer_ns != TIME_NONE || (t->method != SIP_INVITE && ev->msg->status < 200))
		return;
	t->capture_id = ev->origin->capture_id;
	t->answer_frame = ev->origin->frame;
	t->answer_ns = ev->origin->time_ns;
}

static void note_copy(struct transaction *t, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;

	if (t->answer_ns == TIME_NONE || now < t->answer_ns + TRANSACTION_CROSSING_NS)
		return;
	t->copies_after_answer = (uint8_t)(t->copies_after_answer + (t->copies_after_answer < 255));
	t->copy_frame = ev->origin->frame;
	t->copy_ns = now;
}

static void take_request(struct transaction *t, const struct event *ev,
                         struct transaction_step *step)
{
	const struct sip_msg *msg = ev->msg;

	if (msg->method == SIP_ACK) {
		step->retransmission = t->ack_seen;
		t->ack_seen = true;
	} else if (transaction_request_seen(t)) {
		step->retransmission = true;
		note_copy(t, ev);
		if (!t->final_status)
			t->timed_out = false; /* longer timers than the RFC's: not given up yet */
	} else {
		t->request_ns = ev->origin->time_ns;
		t->request_frame = ev->origin->frame;
		if (t->answer_ns == TIME_NONE)
			t->capture_id = ev->origin->capture_id;
		t->initial = !msg->to_tag.n;
		t->auth_attempt = sip_msg_header(msg, SIP_H_AUTHORIZATION, 0) ||
		                  sip_msg_header(msg, SIP_H_PROXY_AUTHORIZATION, 0);
	}
}

#define MARK(hash) ((uint32_t)((hash) >> 32) | 1u << 31) /* never 0, nor are its upper bits */

/* What makes two responses copies of each other. Finals: status and To-tag (a fork's 200 is another response). A reliable 1xx: its
 * RSeq (RFC 3262). Other 1xx are repeated on purpose (RFC 3261 13.3.1.1), so only the very same octets are a copy. */
static uint32_t response_mark(const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	uint64_t status = (uint64_t)(unsigned)msg->status;
	struct slice rseq;

	if (msg->status >= 200)
		return MARK(hash_mix(ev->to_hash, status));
	rseq = sip_msg_value(msg, SIP_H_RSEQ);
	if (rseq.n)
		return MARK(hash_slice(rseq, hash_mix(ev->to_hash, status)));
	return MARK(hash_slice(msg->whole, 0));
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

static void take_response(struct transaction *t, const struct event *ev,
                          struct transaction_step *step)
{
	int64_t now = ev->origin->time_ns;
	int status = ev->msg->status;
	uint32_t mark = response_mark(ev);

	step->retransmission = seen_before(t, mark);
	note_answer(t, ev);
	if (t->first_response_ns == TIME_NONE)
		t->first_response_ns = now;
	if (status < 200 || status > 699)
		return;
	t->final_mark = mark;
	if (t->final_status)
		return;
	step->first_final = true;
	t->final_status = (uint16_t)status;
	t->final_ns = now;
}

/* Requests and provisional responses so late are copies; finals may be those of another fork. */
static bool is_late_copy(struct ended_entry *e, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	uint32_t mark;
	bool known;

	if (msg->is_request) {
		known = msg->method == SIP_ACK ? e->ack_seen : e->request_seen;
		e->ack_seen |= msg->method == SIP_ACK;
		e->request_seen |= msg->method != SIP_ACK;
		return known;
	}
	if (msg->status < 200)
		return true;
	mark = short_mark(response_mark(ev));
	known = e->mark == mark;
	e->mark = mark & ENDED_MARK_MASK;
	return known;
}

/* Its row is written: nothing that happens to the stand-in is kept. NULL if this belongs to none of those. */
static struct transaction *find_written(struct transactions *ts, const struct key *key,
                                        const struct event *ev, struct transaction_step *step)
{
	struct ended_entry *e = ended_find(&ts->written, key->hash, ts->analysis->now_ns);

	if (!e)
		return NULL;
	ts->late = (struct transaction){
		.hash = key->hash,
		.id = e->id,
		.dialog_id = e->dialog_id,
		.cseq = key->cseq,
		.method = (uint8_t)ev->msg->cseq_method,
		.request_ns = e->request_seen ? ev->origin->time_ns : TIME_NONE,
		.answer_ns = TIME_NONE,
		.initial = e->initial,
		.has_sdp = e->has_sdp,
	};
	step->retransmission = is_late_copy(e, ev);
	return &ts->late;
}

/* Without Via it is matched like one without branch, by what else there is (RFC 3261 17.2.3). */
static bool has_key(const struct sip_msg *msg)
{
	return msg->call_id.p && msg->cseq_name.p;
}

static bool move(struct transactions *ts, struct transaction *t, const struct event *ev,
                 struct transaction_step *step)
{
	if (ev->msg->is_request)
		take_request(t, ev, step);
	else
		take_response(t, ev, step);
	t->retransmissions += step->retransmission;
	return wait_on(ts, t);
}

bool transactions_message(struct transactions *ts, const struct event *ev, struct transaction **out,
                          struct transaction_step *step)
{
	struct key key;

	*step = (struct transaction_step){ 0 };
	*out = NULL;
	if (!has_key(ev->msg))
		return true;
	key = key_of(ev);
	ended_prefetch(&ts->written, key.hash);
	*out = table_get(&ts->table, key.hash, equal, &key);
	if (*out)
		return move(ts, *out, ev, step);
	*out = find_written(ts, &key, ev, step);
	if (*out || ev->msg->cseq_method == SIP_ACK || ev->msg->method == SIP_ACK)
		return true;
	*out = create(ts, ev, &key);
	step->created = true;
	return *out && move(ts, *out, ev, step);
}

static bool list_check(const struct transactions *ts, enum transaction_wait wait, size_t *n)
{
	const struct list_node *head = &ts->waiting[wait];
	int64_t since = INT64_MIN;

	for (const struct list_node *node = head->next; node != head; node = node->next) {
		const struct transaction *t = (const struct transaction *)(const void *)node;
		if (t->wait != wait || wait_of(t) != wait || t->since_evict_ns < since)
			return false;
		if (!ts->timer.place || ts->timer.due_ns > look(t))
			return false;
		if (t->final_status && t->final_ns == TIME_NONE)
			return false;
		since = t->since_evict_ns;
		++*n;
	}
	return true;
}

bool transactions_check(const struct transactions *ts)
{
	size_t n = 0;

	for (unsigned i = 0; i < TRANSACTION_WAITS; i++)
		if (!list_check(ts, (enum transaction_wait)i, &n))
			return false;
	return n == ts->table.count && n <= CALLS_MAX_TRANSACTIONS && table_check(&ts->table) &&
	       ended_check(&ts->written);
}
