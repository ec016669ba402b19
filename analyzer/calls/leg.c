#include "analyzer/calls/leg.h"

#include "analyzer/calls/state.h"
#include "analyzer/calls/subscription.h"
#include "analyzer/findings/findings.h"
#include "analyzer/joining/relayed.h"
#include "analyzer/joining/transfer.h"
#include "analyzer/streams/listening.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <assert.h>

#define MORE_CHUNK     480
#define MAX_URI        256
#define MAX_USER_AGENT 128
#define MAX_REPLACES   512
#define MAX_WARNING    192
#define REASON_MAX     96

static bool out_of_memory(struct calls *c)
{
	return err_memory(c->analysis->err, "a leg of a call");
}

static uint64_t key_hash(enum leg_kind kind, uint64_t call_hash, uint64_t tag_hash)
{
	return hash_mix(call_hash + kind, tag_hash);
}

/* Requests of the callee have the caller's tag in To. */
void leg_prefetch(const struct calls *c, const struct event *ev)
{
	table_prefetch(&c->table, key_hash(LEG_INVITE, ev->call_hash, ev->from_hash));
	if (ev->to_tag.n && ev->msg->is_request)
		table_prefetch(&c->table, key_hash(LEG_INVITE, ev->call_hash, ev->to_hash));
}

struct key {
	const struct event *ev;
	enum leg_kind kind;
	struct slice tag;
};

static bool equal(const void *value, const void *wanted)
{
	const struct leg *leg = value;
	const struct key *key = wanted;

	return leg->kind == key->kind && leg->call_hash == key->ev->call_hash &&
	       slice_eq(leg->from_tag, key->tag) && slice_eq(leg->call_id, key->ev->call_id);
}

static struct leg *find(const struct calls *c, enum leg_kind kind, const struct event *ev,
                        struct slice tag, uint64_t tag_hash)
{
	struct key key = { ev, kind, tag };
	return table_get(&c->table, key_hash(kind, ev->call_hash, tag_hash), equal, &key);
}

struct leg *leg_find_attempt(const struct calls *c, enum leg_kind kind, const struct event *ev)
{
	return find(c, kind, ev, ev->from_tag, ev->from_hash);
}

struct leg *leg_find(const struct calls *c, enum leg_kind kind, const struct event *ev)
{
	struct leg *leg = find(c, kind, ev, ev->from_tag, ev->from_hash);
	return leg ? leg : find(c, kind, ev, ev->to_tag, ev->to_hash);
}

static void *room_for(struct leg *leg, size_t n)
{
	void *room = leg->room + leg->room_used;

	if (n > (size_t)LEG_ROOM - leg->room_used)
		return arena_alloc(&leg->more, n);
	leg->room_used = (uint16_t)(leg->room_used + n);
	return room;
}

bool leg_keep(struct leg *leg, struct slice value, size_t max, struct slice *out)
{
	if (out->p || !value.n)
		return true;
	value = slice_sub(value, 0, max);
	uint8_t *copy = room_for(leg, value.n);
	if (!copy)
		return out_of_memory(leg->home);
	memcpy(copy, value.p, value.n);
	*out = slice_of(copy, value.n);
	return true;
}

static bool keep_identity(struct leg *leg, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	struct slice caller_from = sip_addr_uri(msg->from), callee_to = sip_addr_uri(msg->to);

	return leg_keep(leg, ev->call_id, EVENT_MAX_CALL_ID, &leg->call_id) &&
	       leg_keep(leg, ev->from_tag, EVENT_MAX_TAG, &leg->from_tag) &&
	       leg_keep(leg, caller_from, MAX_URI, &leg->from_uri) &&
	       leg_keep(leg, callee_to, MAX_URI, &leg->to_uri) &&
	       leg_keep(leg, sip_msg_value(msg, SIP_H_REPLACES), MAX_REPLACES, &leg->replaces);
}

static void init(struct leg *leg, struct calls *c, enum leg_kind kind, const struct event *ev)
{
	const struct sip_origin *o = ev->origin;
	bool request = ev->msg->is_request;

	*leg = (struct leg){ .home = c, .kind = kind, .call_hash = ev->call_hash };
	list_init(&leg->node);
	arena_init(&leg->more, MORE_CHUNK);
	slice_cstr(slice_str(o->transport), leg->transport, sizeof leg->transport);
	leg->src = request ? o->src : o->dst;
	leg->dst = request ? o->dst : o->src;
	leg->first_ns = leg->last_ns = o->time_ns;
	leg->start_ns = leg->ring_ns = leg->answer_ns = leg->end_ns = TIME_NONE;
	leg->attempt.final_ns = leg->attempt.cancel_final_ns = TIME_NONE;
	leg->touched_evict_ns = leg->attempt.asked_evict_ns = c->analysis->now_ns;
	hold_init(&leg->hold);
}

static struct leg *owner_of_timer(struct timer *timer)
{
	return (struct leg *)timer;
}

static void fire(struct timer *timer, void *context);

/* Ids come last: what failed leaves no hole in the numbering. */
static void give_ids(struct leg *leg)
{
	struct analysis *a = leg->home->analysis;

	call_media_init(&leg->media, leg->kind == LEG_INVITE ? a->next_call++ : 0);
	leg->media.presses = &leg->presses;
	leg->media.end_ns = TIME_NONE;
	dialog_init(&leg->first, a->next_dialog++);
	leg->dialog_count = 1;
	leg->home->counts.dialogs++;
	leg->home->counts.live_dialogs++;
	leg->home->counts.calls += leg->kind == LEG_INVITE;
}

static bool make_room(struct calls *c)
{
	if (c->table.count < CALLS_MAX)
		return true;
	c->counts.evicted_at_limit++;
	return leg_close((struct leg *)((char *)c->all.next - offsetof(struct leg, node)));
}

struct leg *leg_new(struct calls *c, enum leg_kind kind, const struct event *ev)
{
	struct leg *leg;

	if (!make_room(c))
		return NULL;
	leg = pool_alloc(&c->pool, sizeof *leg);
	if (!leg) {
		out_of_memory(c);
		return NULL;
	}
	init(leg, c, kind, ev);
	leg->timer.fire = fire;
	if (!keep_identity(leg, ev) || !leg_rearm(leg)) {
		leg_free(leg);
		return NULL;
	}
	leg->hash = key_hash(kind, ev->call_hash, ev->from_hash);
	if (!table_put(&c->table, leg->hash, leg)) {
		out_of_memory(c);
		leg_free(leg);
		return NULL;
	}
	list_append(&c->all, &leg->node);
	give_ids(leg);
	return leg;
}

static void free_forks(struct leg *leg)
{
	for (struct dialog *d = leg->first.next, *next; d; d = next) {
		next = d->next;
		mem_free(d);
	}
}

static void leave_the_live(struct leg *leg)
{
	struct calls *c = leg->home;

	if (leg->phase != LEG_LIVE)
		return;
	timers_cancel(&c->analysis->timers, &leg->timer);
	table_remove(&c->table, leg->hash, leg);
}

void leg_free(struct leg *leg)
{
	struct calls *c = leg->home;

	leave_the_live(leg);
	c->waiting.count -= leg->phase != LEG_LIVE;
	list_remove(&leg->node);
	c->counts.live_dialogs -= leg->dialog_count;
	correlate_leave(leg);
	transfer_free_all(leg);
	free_forks(leg);
	press_list_release(&leg->presses);
	arena_release(&leg->more);
	pool_free(&c->pool, leg, sizeof *leg);
}

bool leg_close(struct leg *leg)
{
	struct calls *c = leg->home;
	struct ended_entry entry = { .hash = leg->call_hash, .dialog_id = leg->first.id };
	table_prefetch(&c->table, leg->hash);
	bool ok = relayed_close(leg) && findings_media(c->analysis->findings, leg);

	struct listened_leg listened = { leg->media.call_id, leg->first.id, leg->answer_ns,
		                         leg->end_ns };

	ok = streams_close_call(c->streams, &leg->media) && ok &&
	     listening_leg(c->analysis->listening, &leg->media, &listened) &&
	     findings_leg(c->analysis->findings, leg);
	leg->verdict = leg_facts(leg);
	if (ok && !ended_add(&c->ended, &entry, c->analysis->now_ns))
		ok = out_of_memory(c);
	if (ok && leg->kind != LEG_SUBSCRIBE) {
		leave_the_live(leg);
		list_remove(&leg->node);
		return waiting_add(&c->waiting, leg);
	}
	ok = ok && leg_write_dialogs(leg, RECORD_NULL);
	leg_free(leg);
	return ok;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t ended_deadline(const struct leg *leg)
{
	bool retry = !leg->established && outcome_invites_retry(leg->attempt.final_status);
	int64_t due = leg->ended_evict_ns + (retry ? LEG_RETRY_NS : LEG_LINGER_NS);
	int64_t limit = later(due, leg->ended_evict_ns + LEG_MEDIA_WAIT_NS);

	if (leg_trace_waits_for_bye(leg))
		due = leg->ended_evict_ns + TRANSACTION_TIMEOUT_NS + LEG_LINGER_NS;
	if (leg->media.last_packet_ns != TIME_NONE)
		due = later(due, leg->media.last_packet_ns + LEG_MEDIA_QUIET_NS);
	return due < limit ? due : limit;
}

static int64_t invite_deadline(const struct leg *leg)
{
	int64_t active = later(leg->touched_evict_ns, leg->media.last_packet_ns);

	if (leg->established)
		return active + LEG_IDLE_NS;
	/* 64*T1 without an answer (timer B, or RFC 3261 9.1 after a CANCEL), and then the linger. */
	if (leg->attempt.cancelled || (!leg->attempt.responded && leg->start_ns != TIME_NONE))
		return leg->attempt.asked_evict_ns + TRANSACTION_TIMEOUT_NS + LEG_LINGER_NS;
	if (leg->attempt.final_status) /* of another hop only */
		return leg->touched_evict_ns + TRANSACTION_TIMEOUT_NS + LEG_LINGER_NS;
	return active + LEG_RING_NS;
}

/* The BYE of one fork ended it, another fork that had answered too goes on. */
static bool lives_on(const struct leg *leg)
{
	return leg->answered && dialog_is_open(leg->answered);
}

static int64_t deadline(const struct leg *leg)
{
	if (leg_is_over(leg) && !lives_on(leg))
		return ended_deadline(leg);
	return leg->kind == LEG_INVITE ? invite_deadline(leg) : subscription_deadline(leg);
}

bool leg_rearm(struct leg *leg)
{
	if (!timers_arm(&leg->home->analysis->timers, &leg->timer, deadline(leg)))
		return out_of_memory(leg->home);
	return true;
}

/* Messages and packets do not move the timer; it asks here whether its time has really come. */
static void fire(struct timer *timer, void *context)
{
	struct leg *leg = owner_of_timer(timer);
	struct analysis *a = leg->home->analysis;
	bool ok;

	(void)context;
	if (deadline(leg) > a->now_ns) {
		ok = leg_rearm(leg);
	} else {
		mem_prefetch(leg, sizeof *leg);
		if (leg->kind != LEG_INVITE)
			subscription_run_out(leg);
		leg->given_up = true;
		ok = leg_close(leg);
	}
	if (!ok)
		analysis_fail(a);
}

enum party leg_party(const struct leg *leg, const struct event *ev)
{
	bool from_caller = slice_eq(ev->from_tag, leg->from_tag);
	return from_caller == ev->msg->is_request ? PARTY_CALLER : PARTY_CALLEE;
}

static struct dialog *fork_new(struct leg *leg, const struct event *ev)
{
	struct calls *c = leg->home;
	struct dialog *d = mem_alloc(sizeof *d);

	if (!d) {
		out_of_memory(c);
		return NULL;
	}
	dialog_init(d, c->analysis->next_dialog++);
	d->forked_from = leg->first.id;
	d->start_ns = ev->origin->time_ns;
	d->next = leg->first.next;
	leg->first.next = d;
	leg->dialog_count++;
	c->counts.dialogs++;
	c->counts.live_dialogs++;
	return d;
}

struct dialog *leg_dialog(struct leg *leg, const struct event *ev, bool forming)
{
	bool from_caller = slice_eq(ev->from_tag, leg->from_tag);
	struct slice tag = from_caller ? ev->to_tag : ev->from_tag;
	struct dialog *d = tag.n ? dialog_find(&leg->first, tag) : &leg->first;

	if (d || !forming)
		return d ? d : &leg->first;
	d = &leg->first;
	if (d->to_tag.n) {
		if (leg->dialog_count >= CALLS_MAX_DIALOGS_PER_CALL)
			return d;
		d = fork_new(leg, ev);
	}
	return d && leg_keep(leg, tag, EVENT_MAX_TAG, &d->to_tag) ? d : NULL;
}

static bool keep_caller(struct leg *leg, struct slice contact, struct slice agent)
{
	return leg_keep(leg, contact, MAX_URI, &leg->caller_contact) &&
	       leg_keep(leg, agent, MAX_USER_AGENT, &leg->caller_user_agent);
}

static bool keep_callee(struct leg *leg, struct dialog *d, struct slice contact, struct slice agent)
{
	return leg_keep(leg, contact, MAX_URI, &d->callee_contact) &&
	       leg_keep(leg, agent, MAX_USER_AGENT, &d->callee_user_agent);
}

/* Only dialogs have contacts: failures and 100s often come from someone between. */
static bool keep_ends(struct leg *leg, struct dialog *d, const struct event *ev)
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
	if (leg_party(leg, ev) == PARTY_CALLER)
		return keep_caller(leg, contact, agent);
	return keep_callee(leg, d, contact, agent);
}

bool leg_touch(struct leg *leg, struct dialog *d, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;

	leg->touched_evict_ns = leg->home->analysis->now_ns;
	list_move_last(&leg->home->all, &leg->node);
	if (now < leg->first_ns)
		leg->first_ns = now;
	if (now > leg->last_ns)
		leg->last_ns = now;
	return keep_ends(leg, d, ev);
}

bool leg_end(struct leg *leg, int64_t time_ns)
{
	leg->end_ns = leg->media.end_ns = time_ns;
	leg->ended_evict_ns = leg->home->analysis->now_ns;
	return leg_rearm(leg);
}

void leg_go_on(struct leg *leg)
{
	leg->end_ns = leg->media.end_ns = TIME_NONE;
}

bool leg_is_succeeded_by(const struct leg *leg, const struct event *ev)
{
	if (!leg_is_over(leg))
		return false;
	if (leg->established)
		return true;
	return ev->msg->cseq <= leg->attempt.cseq ||
	       leg->home->analysis->now_ns > leg->ended_evict_ns + LEG_RETRY_NS;
}

bool leg_seen_ack(struct leg *leg, const struct event *ev)
{
	uint32_t mark = (uint32_t)hash_mix(ev->via_hash, ev->msg->cseq) | 1;

	for (size_t i = 0; i < LEG_SEEN_ACKS; i++)
		if (leg->acks[i] == mark)
			return true;
	leg->acks[leg->acks_next] = mark;
	leg->acks_next = (uint8_t)((leg->acks_next + 1) % LEG_SEEN_ACKS);
	return false;
}

static bool set_reason(struct leg *leg, struct slice text)
{
	if (!leg->reason) {
		leg->reason = room_for(leg, REASON_MAX);
		if (!leg->reason)
			return out_of_memory(leg->home);
	}
	leg->reason_n = (uint16_t)sip_unfold(text, leg->reason, REASON_MAX);
	return true;
}

static bool take_reason_value(struct leg *leg, struct slice value)
{
	unsigned cause = 0;
	struct slice text = SLICE_NONE;
	bool is_q850 = sip_reason(value, "Q.850", &cause, &text);

	if (is_q850 && cause <= 127) {
		leg->q850_cause = (uint16_t)cause;
		leg->has_q850 = true;
	}
	if (!is_q850 && !sip_reason(value, "SIP", &cause, &text))
		return true;
	if (!text.n || (leg->reason_is_q850 && !is_q850))
		return true;
	leg->reason_is_q850 = is_q850;
	leg->reason_is_header = true;
	return set_reason(leg, text);
}

bool leg_take_reason(struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_header *h;

	bool may_warn = msg->status == 403 || msg->status == 488 || msg->status == 606;

	if (may_warn &&
	    !leg_keep(leg, sip_msg_value(msg, SIP_H_WARNING), MAX_WARNING, &leg->warning))
		return false;
	for (unsigned n = 0; n < 4 && (h = sip_msg_header(msg, SIP_H_REASON, n)); n++)
		if (!take_reason_value(leg, h->value))
			return false;
	if (leg->reason_is_header || msg->status < 300 || !msg->reason_phrase.n)
		return true;
	return set_reason(leg, msg->reason_phrase);
}

void leg_forget_reason(struct leg *leg)
{
	leg->reason_n = 0;
	leg->reason_is_header = leg->reason_is_q850 = leg->has_q850 = false;
}

bool leg_timed_out(const struct leg *leg)
{
	int64_t now = leg->home->analysis->now_ns;
	const struct leg_try *t = &leg->attempt;

	if (leg->established || t->final_status)
		return false;
	if (!t->responded || t->cancelled)
		return now >= t->asked_evict_ns + TRANSACTION_TIMEOUT_NS;
	return now >= later(leg->touched_evict_ns, leg->media.last_packet_ns) + LEG_TIMER_C_NS;
}

static bool is_open(const struct leg *leg)
{
	if (leg_is_over(leg))
		return lives_on(leg);
	if (leg->established)
		return true;
	return !leg->attempt.final_status && leg->attempt.cancel_final_ns == TIME_NONE &&
	       !(leg->phase == LEG_LIVE ? leg_timed_out(leg) : leg->verdict.timed_out);
}

enum leg_cut leg_cut(const struct leg *leg)
{
	bool start = leg->start_ns == TIME_NONE, end = !leg->given_up && is_open(leg);

	return (enum leg_cut)((start ? LEG_CUT_START : LEG_WHOLE) |
	                      (end ? LEG_CUT_END : LEG_WHOLE));
}

/* When both hang up at once, 481 to one of the BYEs is no failure: the other one has ended the dialog. */
enum leg_disconnect leg_disconnect(const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;

	if (!sighting_is_set(t->bye))
		return DISCONNECT_NONE;
	if (t->bye_status)
		return t->bye_status / 100 == 2 || (t->bye_status == 481 && t->bye_crossed)
		               ? DISCONNECT_COMPLETED
		               : DISCONNECT_FAILED;
	return leg->home->analysis->now_ns >= leg->ended_evict_ns + TRANSACTION_TIMEOUT_NS
	               ? DISCONNECT_FAILED
	               : DISCONNECT_NONE;
}

struct outcome_facts leg_facts(const struct leg *leg)
{
	const struct leg_try *t = &leg->attempt;
	bool timed_out = leg_timed_out(leg);

	return (struct outcome_facts){
		.start_seen = leg->start_ns != TIME_NONE,
		.answered = leg->answer_ns != TIME_NONE,
		.rang = leg->ring_ns != TIME_NONE,
		.cancelled = t->cancelled,
		.cancel_accepted = t->cancel_final_ns != TIME_NONE || (t->responded && timed_out),
		.timed_out = timed_out,
		.ended = leg_is_over(leg),
		.final_status = t->final_status,
		.hung_up = leg->hung_up,
	};
}

bool leg_check(const struct leg *leg)
{
	unsigned n = 0;

	for (const struct dialog *d = &leg->first; d; d = d->next)
		n++;
	return n == leg->dialog_count && n <= CALLS_MAX_DIALOGS_PER_CALL &&
	       (leg->timer.place != 0) == (leg->phase == LEG_LIVE) &&
	       (leg->answer_ns == TIME_NONE || leg->established) &&
	       (leg->media.end_ns == leg->end_ns) && leg->reason_n < REASON_MAX;
}
