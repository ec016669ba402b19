#include "analyzer/calls/call.h"

#include "analyzer/calls/state.h"
#include "analyzer/calls/subscription.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <assert.h>

#define MORE_CHUNK     480
#define MAX_URI        256
#define MAX_USER_AGENT 128
#define MAX_REPLACES   512
#define REASON_MAX     96

static bool out_of_memory(struct calls *c)
{
	return err_memory(c->analysis->err, "a call");
}

static uint64_t key_hash(enum call_kind kind, uint64_t call_hash, uint64_t tag_hash)
{
	return hash_mix(call_hash + kind, tag_hash);
}

struct key {
	const struct event *ev;
	enum call_kind kind;
	struct slice tag;
};

static bool equal(const void *value, const void *wanted)
{
	const struct call *call = value;
	const struct key *key = wanted;

	return call->kind == key->kind && call->call_hash == key->ev->call_hash &&
	       slice_eq(call->from_tag, key->tag) && slice_eq(call->call_id, key->ev->call_id);
}

static struct call *find(const struct calls *c, enum call_kind kind, const struct event *ev,
                         struct slice tag, uint64_t tag_hash)
{
	struct key key = { ev, kind, tag };
	return table_get(&c->table, key_hash(kind, ev->call_hash, tag_hash), equal, &key);
}

struct call *call_find_attempt(const struct calls *c, enum call_kind kind, const struct event *ev)
{
	return find(c, kind, ev, ev->from_tag, ev->from_hash);
}

struct call *call_find(const struct calls *c, enum call_kind kind, const struct event *ev)
{
	struct call *call = find(c, kind, ev, ev->from_tag, ev->from_hash);
	return call ? call : find(c, kind, ev, ev->to_tag, ev->to_hash);
}

static void *room_for(struct call *call, size_t n)
{
	void *room = call->room + call->room_used;

	if (n > (size_t)CALL_ROOM - call->room_used)
		return arena_alloc(&call->more, n);
	call->room_used = (uint16_t)(call->room_used + n);
	return room;
}

bool call_keep(struct call *call, struct slice value, size_t max, struct slice *out)
{
	if (out->p || !value.n)
		return true;
	value = slice_sub(value, 0, max);
	uint8_t *copy = room_for(call, value.n);
	if (!copy)
		return out_of_memory(call->home);
	memcpy(copy, value.p, value.n);
	*out = slice_of(copy, value.n);
	return true;
}

static bool keep_identity(struct call *call, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	struct slice caller_from = sip_addr_uri(msg->from), callee_to = sip_addr_uri(msg->to);

	return call_keep(call, ev->call_id, EVENT_MAX_CALL_ID, &call->call_id) &&
	       call_keep(call, ev->from_tag, EVENT_MAX_TAG, &call->from_tag) &&
	       call_keep(call, caller_from, MAX_URI, &call->from_uri) &&
	       call_keep(call, callee_to, MAX_URI, &call->to_uri) &&
	       call_keep(call, sip_msg_value(msg, SIP_H_REPLACES), MAX_REPLACES, &call->replaces);
}

static void init(struct call *call, struct calls *c, enum call_kind kind, const struct event *ev)
{
	const struct sip_origin *o = ev->origin;
	bool request = ev->msg->is_request;

	*call = (struct call){ .home = c, .kind = kind, .call_hash = ev->call_hash };
	list_init(&call->node);
	arena_init(&call->more, MORE_CHUNK);
	slice_cstr(slice_str(o->transport), call->transport, sizeof call->transport);
	call->src = request ? o->src : o->dst;
	call->dst = request ? o->dst : o->src;
	call->first_ns = call->last_ns = o->time_ns;
	call->start_ns = call->ring_ns = call->answer_ns = call->end_ns = TIME_NONE;
	call->attempt.final_ns = call->attempt.cancel_final_ns = TIME_NONE;
	call->touched_evict_ns = call->attempt.asked_evict_ns = c->analysis->now_ns;
	hold_init(&call->hold);
}

static struct call *owner_of_timer(struct timer *timer)
{
	return (struct call *)timer;
}

static void fire(struct timer *timer, void *context);

/* Ids come last: what failed leaves no hole in the numbering. */
static void give_ids(struct call *call)
{
	struct analysis *a = call->home->analysis;

	call_media_init(&call->media, call->kind == CALL_INVITE ? a->next_call++ : 0);
	call->media.end_ns = TIME_NONE;
	dialog_init(&call->first, a->next_dialog++);
	call->dialog_count = 1;
	call->home->counts.dialogs++;
	call->home->counts.live_dialogs++;
	call->home->counts.calls += call->kind == CALL_INVITE;
}

static bool make_room(struct calls *c)
{
	if (c->table.count < CALLS_MAX)
		return true;
	c->counts.evicted_at_limit++;
	return call_close((struct call *)((char *)c->all.next - offsetof(struct call, node)));
}

struct call *call_new(struct calls *c, enum call_kind kind, const struct event *ev)
{
	struct call *call;

	if (!make_room(c))
		return NULL;
	call = pool_alloc(&c->pool, sizeof *call);
	if (!call) {
		out_of_memory(c);
		return NULL;
	}
	init(call, c, kind, ev);
	call->timer.fire = fire;
	if (!keep_identity(call, ev) || !call_rearm(call)) {
		call_free(call);
		return NULL;
	}
	call->hash = key_hash(kind, ev->call_hash, ev->from_hash);
	if (!table_put(&c->table, call->hash, call)) {
		out_of_memory(c);
		call_free(call);
		return NULL;
	}
	list_append(&c->all, &call->node);
	give_ids(call);
	return call;
}

static void free_forks(struct call *call)
{
	for (struct dialog *d = call->first.next, *next; d; d = next) {
		next = d->next;
		mem_free(d);
	}
}

void call_free(struct call *call)
{
	struct calls *c = call->home;

	timers_cancel(&c->analysis->timers, &call->timer);
	table_remove(&c->table, call->hash, call);
	list_remove(&call->node);
	c->counts.live_dialogs -= call->dialog_count;
	free_forks(call);
	arena_release(&call->more);
	pool_free(&c->pool, call, sizeof *call);
}

bool call_close(struct call *call)
{
	struct calls *c = call->home;
	struct ended_entry entry = { .hash = call->call_hash, .dialog_id = call->first.id };
	bool ok = streams_close_call(c->streams, &call->media) && call_write_rows(call);

	if (ok && !ended_add(&c->ended, &entry, c->analysis->now_ns))
		ok = out_of_memory(c);
	call_free(call);
	return ok;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t ended_deadline(const struct call *call)
{
	bool retry = !call->established && outcome_invites_retry(call->attempt.final_status);
	int64_t due = call->ended_evict_ns + (retry ? CALL_RETRY_NS : CALL_LINGER_NS);
	int64_t limit = later(due, call->ended_evict_ns + CALL_MEDIA_WAIT_NS);

	if (call->media.last_packet_ns != TIME_NONE)
		due = later(due, call->media.last_packet_ns + CALL_MEDIA_QUIET_NS);
	return due < limit ? due : limit;
}

static int64_t invite_deadline(const struct call *call)
{
	int64_t active = later(call->touched_evict_ns, call->media.last_packet_ns);

	if (call->established)
		return active + CALL_IDLE_NS;
	/* 64*T1 without an answer (timer B, or RFC 3261 9.1 after a CANCEL), and then the linger. */
	if (call->attempt.cancelled || (!call->attempt.responded && call->start_ns != TIME_NONE))
		return call->attempt.asked_evict_ns + TRANSACTION_TIMEOUT_NS + CALL_LINGER_NS;
	if (call->attempt.final_status) /* of another hop only */
		return call->touched_evict_ns + TRANSACTION_TIMEOUT_NS + CALL_LINGER_NS;
	return active + CALL_RING_NS;
}

/* The BYE of one fork ended it, another fork that had answered too goes on. */
static bool lives_on(const struct call *call)
{
	return call->answered && dialog_is_open(call->answered);
}

static int64_t deadline(const struct call *call)
{
	if (call_is_over(call) && !lives_on(call))
		return ended_deadline(call);
	return call->kind == CALL_INVITE ? invite_deadline(call) : subscription_deadline(call);
}

bool call_rearm(struct call *call)
{
	if (!timers_arm(&call->home->analysis->timers, &call->timer, deadline(call)))
		return out_of_memory(call->home);
	return true;
}

/* Messages and packets do not move the timer; it asks here whether its time has really come. */
static void fire(struct timer *timer, void *context)
{
	struct call *call = owner_of_timer(timer);
	struct analysis *a = call->home->analysis;
	bool ok;

	(void)context;
	if (deadline(call) > a->now_ns) {
		ok = call_rearm(call);
	} else {
		if (call->kind != CALL_INVITE)
			subscription_run_out(call);
		ok = call_close(call);
	}
	if (!ok)
		analysis_fail(a);
}

enum party call_party(const struct call *call, const struct event *ev)
{
	bool from_caller = slice_eq(ev->from_tag, call->from_tag);
	return from_caller == ev->msg->is_request ? PARTY_CALLER : PARTY_CALLEE;
}

static struct dialog *fork_new(struct call *call, const struct event *ev)
{
	struct calls *c = call->home;
	struct dialog *d = mem_alloc(sizeof *d);

	if (!d) {
		out_of_memory(c);
		return NULL;
	}
	dialog_init(d, c->analysis->next_dialog++);
	d->forked_from = call->first.id;
	d->start_ns = ev->origin->time_ns;
	d->next = call->first.next;
	call->first.next = d;
	call->dialog_count++;
	c->counts.dialogs++;
	c->counts.live_dialogs++;
	return d;
}

struct dialog *call_dialog(struct call *call, const struct event *ev, bool forming)
{
	bool from_caller = slice_eq(ev->from_tag, call->from_tag);
	struct slice tag = from_caller ? ev->to_tag : ev->from_tag;
	struct dialog *d = tag.n ? dialog_find(&call->first, tag) : &call->first;

	if (d || !forming)
		return d ? d : &call->first;
	d = &call->first;
	if (d->to_tag.n) {
		if (call->dialog_count >= CALLS_MAX_DIALOGS_PER_CALL)
			return d;
		d = fork_new(call, ev);
	}
	return d && call_keep(call, tag, EVENT_MAX_TAG, &d->to_tag) ? d : NULL;
}

static bool keep_caller(struct call *call, struct slice contact, struct slice agent)
{
	return call_keep(call, contact, MAX_URI, &call->caller_contact) &&
	       call_keep(call, agent, MAX_USER_AGENT, &call->caller_user_agent);
}

static bool keep_callee(struct call *call, struct dialog *d, struct slice contact,
                        struct slice agent)
{
	return call_keep(call, contact, MAX_URI, &d->callee_contact) &&
	       call_keep(call, agent, MAX_USER_AGENT, &d->callee_user_agent);
}

/* Only dialogs have contacts: failures and 100s often come from someone between. */
static bool keep_ends(struct call *call, struct dialog *d, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	struct slice contact, agent;

	if (!msg->is_request && (msg->status < 101 || msg->status > 299 || !ev->to_tag.n))
		return true;
	contact = sip_msg_value(msg, SIP_H_CONTACT);
	agent = sip_msg_value(msg, SIP_H_USER_AGENT);
	if (!agent.p && !msg->is_request)
		agent = sip_msg_value(msg, SIP_H_SERVER);
	if (contact.p)
		contact = sip_addr_uri(contact);
	if (call_party(call, ev) == PARTY_CALLER)
		return keep_caller(call, contact, agent);
	return keep_callee(call, d, contact, agent);
}

bool call_touch(struct call *call, struct dialog *d, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;

	call->touched_evict_ns = call->home->analysis->now_ns;
	list_move_last(&call->home->all, &call->node);
	if (now < call->first_ns)
		call->first_ns = now;
	if (now > call->last_ns)
		call->last_ns = now;
	return keep_ends(call, d, ev);
}

bool call_end(struct call *call, int64_t time_ns)
{
	call->end_ns = call->media.end_ns = time_ns;
	call->ended_evict_ns = call->home->analysis->now_ns;
	return call_rearm(call);
}

void call_go_on(struct call *call)
{
	call->end_ns = call->media.end_ns = TIME_NONE;
}

bool call_is_succeeded_by(const struct call *call, const struct event *ev)
{
	if (!call_is_over(call))
		return false;
	if (call->established)
		return true;
	return ev->msg->cseq <= call->attempt.cseq ||
	       call->home->analysis->now_ns > call->ended_evict_ns + CALL_RETRY_NS;
}

bool call_seen_ack(struct call *call, const struct event *ev)
{
	uint32_t mark = (uint32_t)hash_mix(ev->via_hash, ev->msg->cseq) | 1;

	for (size_t i = 0; i < CALL_SEEN_ACKS; i++)
		if (call->acks[i] == mark)
			return true;
	call->acks[call->acks_next] = mark;
	call->acks_next = (uint8_t)((call->acks_next + 1) % CALL_SEEN_ACKS);
	return false;
}

static bool set_reason(struct call *call, struct slice text)
{
	if (!call->reason) {
		call->reason = room_for(call, REASON_MAX);
		if (!call->reason)
			return out_of_memory(call->home);
	}
	call->reason_n = (uint16_t)sip_unfold(text, call->reason, REASON_MAX);
	return true;
}

static bool take_reason_value(struct call *call, struct slice value)
{
	unsigned cause = 0;
	struct slice text = SLICE_NONE;
	bool is_q850 = sip_reason(value, "Q.850", &cause, &text);

	if (is_q850 && cause <= 127) {
		call->q850_cause = (uint16_t)cause;
		call->has_q850 = true;
	}
	if (!is_q850 && !sip_reason(value, "SIP", &cause, &text))
		return true;
	if (!text.n || (call->reason_is_q850 && !is_q850))
		return true;
	call->reason_is_q850 = is_q850;
	call->reason_is_header = true;
	return set_reason(call, text);
}

bool call_take_reason(struct call *call, const struct sip_msg *msg)
{
	const struct sip_header *h;

	for (unsigned n = 0; n < 4 && (h = sip_msg_header(msg, SIP_H_REASON, n)); n++)
		if (!take_reason_value(call, h->value))
			return false;
	if (call->reason_is_header || msg->status < 300 || !msg->reason_phrase.n)
		return true;
	return set_reason(call, msg->reason_phrase);
}

void call_forget_reason(struct call *call)
{
	call->reason_n = 0;
	call->reason_is_header = call->reason_is_q850 = call->has_q850 = false;
}

static bool try_timed_out(const struct call *call)
{
	int64_t now = call->home->analysis->now_ns;
	const struct call_try *t = &call->attempt;

	if (call->established || t->final_status)
		return false;
	if (!t->responded || t->cancelled)
		return now >= t->asked_evict_ns + TRANSACTION_TIMEOUT_NS;
	return now >= later(call->touched_evict_ns, call->media.last_packet_ns) + CALL_RING_NS;
}

struct outcome_facts call_facts(const struct call *call)
{
	const struct call_try *t = &call->attempt;
	bool timed_out = try_timed_out(call);

	return (struct outcome_facts){
		.start_seen = call->start_ns != TIME_NONE,
		.answered = call->answer_ns != TIME_NONE,
		.rang = call->ring_ns != TIME_NONE,
		.cancelled = t->cancelled,
		.cancel_accepted = t->cancel_final_ns != TIME_NONE || (t->responded && timed_out),
		.timed_out = timed_out,
		.ended = call_is_over(call),
		.final_status = t->final_status,
		.hung_up = call->hung_up,
	};
}

bool call_check(const struct call *call)
{
	unsigned n = 0;

	for (const struct dialog *d = &call->first; d; d = d->next)
		n++;
	return n == call->dialog_count && n <= CALLS_MAX_DIALOGS_PER_CALL && call->timer.place &&
	       (call->answer_ns == TIME_NONE || call->established) &&
	       (call->media.end_ns == call->end_ns) && call->reason_n < REASON_MAX;
}
