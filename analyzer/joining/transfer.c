#include "analyzer/joining/transfer.h"

#include "analyzer/calls/state.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"
#include "dissectors/sipfrag.h"

#define MAX_URI      256
#define MAX_REPLACES 512

static bool out_of_memory(struct leg *leg)
{
	return err_memory(leg->home->analysis->err, "a transfer");
}

static struct transfer *oldest_of(const struct correlation *co)
{
	return list_is_empty(&co->refers) ? NULL : (struct transfer *)(void *)co->refers.next;
}

static void wait_no_more(struct correlation *co, struct transfer *t)
{
	if (!list_is_empty(&t->waiting))
		co->refers_open--;
	list_remove(&t->waiting);
}

/* ---- REFER ---- */

static uint8_t hex_value(uint8_t c)
{
	c = ascii_lower(c);
	return ascii_is_digit(c)      ? (uint8_t)(c - '0')
	       : c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10)
	                              : 16;
}

/* RFC 3261 19.1.1: %3B is a semicolon. What is no escape stays as it is. */
static size_t unescape(struct slice s, uint8_t out[static MAX_REPLACES])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < MAX_REPLACES; i++) {
		bool escape = s.p[i] == '%' && i + 2 < s.n && hex_value(s.p[i + 1]) < 16 &&
		              hex_value(s.p[i + 2]) < 16;
		if (!escape) {
			out[n++] = s.p[i];
			continue;
		}
		out[n++] = (uint8_t)(hex_value(s.p[i + 1]) << 4 | hex_value(s.p[i + 2]));
		i += 2;
	}
	return n;
}

/* A header inside of a URI: ...?Replaces=value&... */
static struct slice uri_header(struct slice uri, const char *name)
{
	size_t at = slice_find(uri, '?');
	struct slice rest = at == SLICE_NPOS ? SLICE_NONE : slice_from(uri, at + 1), item;

	while (rest.n && slice_split(&rest, '&', &item)) {
		size_t equals = slice_find(item, '=');
		if (equals != SLICE_NPOS && slice_ieq_str(slice_sub(item, 0, equals), name))
			return slice_from(item, equals + 1);
	}
	return SLICE_NONE;
}

static struct transfer *find(const struct leg *leg, uint32_t cseq, bool by_caller)
{
	for (struct transfer *t = leg->transfers; t; t = t->next)
		if (t->cseq == cseq && t->by_caller == by_caller)
			return t;
	return NULL;
}

static void went_to(struct transfer *t, struct ip_addr host)
{
	for (unsigned i = 0; i < t->host_count; i++)
		if (ip_addr_eq(t->hosts[i], host))
			return;
	if (t->host_count < TRANSFER_HOSTS)
		t->hosts[t->host_count++] = host;
}

/* The other call that an attended transfer joins. */
static bool joins_other(struct transfer *t)
{
	struct calls *c = t->leg->home;
	struct triple triple = triple_of(t->replaces);
	struct leg *other;

	if (!t->replaces.n)
		return true;
	if (!correlate_index(c))
		return false;
	other = correlate_dialog(c, &triple);
	if (other && !clue_tie(&c->correlation.clues, CLUE_REPLACES, triple.call_id, t->leg, other))
		return out_of_memory(t->leg);
	return true;
}

static bool keep_texts(struct transfer *t, const struct sip_msg *msg)
{
	uint8_t replaces[MAX_REPLACES];
	struct slice to = sip_addr_uri(sip_msg_value(msg, SIP_H_REFER_TO));
	size_t n = unescape(uri_header(to, "Replaces"), replaces);

	return leg_keep(t->leg, to, MAX_URI, &t->refer_to) &&
	       leg_keep(t->leg, sip_addr_uri(sip_msg_value(msg, SIP_H_REFERRED_BY)), MAX_URI,
	                &t->referred_by) &&
	       leg_keep(t->leg, sip_addr_uri(msg->from), MAX_URI, &t->referrer) &&
	       leg_keep(t->leg, slice_of(replaces, n), MAX_REPLACES, &t->replaces);
}

static void wait_for_invite(struct transfer *t)
{
	struct correlation *co = &t->leg->home->correlation;

	if (co->refers_open == TRANSFER_MAX_OPEN)
		wait_no_more(co, oldest_of(co));
	list_append(&co->refers, &t->waiting);
	co->refers_open++;
}

static bool begin(struct leg *leg, const struct dialog *d, const struct event *ev, bool by_caller)
{
	struct transfer *t;

	if (leg->transfer_count >= TRANSFER_MAX_PER_LEG)
		return true;
	t = mem_zalloc(sizeof *t);
	if (!t)
		return out_of_memory(leg);
	list_init(&t->waiting);
	t->leg = leg;
	t->cseq = ev->msg->cseq;
	t->by_caller = by_caller;
	t->dialog_id = d->id;
	t->time_ns = ev->origin->time_ns;
	t->end_ns = TIME_NONE;
	t->since_evict_ns = leg->home->analysis->now_ns;
	t->number = ++leg->home->correlation.refer_count;
	t->next = leg->transfers;
	leg->transfers = t;
	leg->transfer_count++;
	went_to(t, ev->origin->dst.addr);
	wait_for_invite(t);
	return keep_texts(t, ev->msg) && joins_other(t);
}

static bool refer(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	bool by_caller = leg_party(leg, ev) == PARTY_CALLER;
	struct transfer *t = find(leg, ev->msg->cseq, by_caller);

	if (!t)
		return begin(leg, d, ev, by_caller);
	went_to(t, ev->origin->dst.addr);
	return true;
}

static void answer(struct leg *leg, const struct event *ev)
{
	struct transfer *t = find(leg, ev->msg->cseq, leg_party(leg, ev) == PARTY_CALLEE);

	if (!t || ev->msg->status < 200 || (t->status && t->status < 300))
		return;
	t->status = (uint16_t)ev->msg->status;
	t->end_ns = t->status >= 300 ? ev->origin->time_ns : TIME_NONE;
}

/* RFC 3515 2.4.6: the id is the REFER's CSeq, and left out where it is the dialog's only one. */
static struct transfer *reported(struct leg *leg, const struct event *ev)
{
	struct slice event = sip_msg_value(ev->msg, SIP_H_EVENT), id = sip_param(event, "id");
	uint64_t cseq;

	if (!slice_istarts(event, "refer"))
		return NULL;
	if (slice_u64(id, UINT32_MAX, &cseq))
		return find(leg, (uint32_t)cseq, leg_party(leg, ev) == PARTY_CALLEE);
	for (struct transfer *t = leg->transfers; t; t = t->next)
		if (t->by_caller == (leg_party(leg, ev) == PARTY_CALLEE))
			return t;
	return NULL;
}

static void notify(struct leg *leg, const struct event *ev)
{
	struct transfer *t = reported(leg, ev);
	int status = t ? sipfrag_status(ev->msg->content_type, ev->msg->body) : 0;

	if (!status || t->notify_status >= 200)
		return;
	t->notify_status = (uint16_t)status;
	if (status >= 200)
		t->end_ns = ev->origin->time_ns;
}

bool transfer_message(struct leg *leg, const struct dialog *d, const struct event *ev)
{
	if (ev->method == SIP_REFER) {
		if (ev->msg->is_request)
			return refer(leg, d, ev);
		answer(leg, ev);
	} else if (ev->msg->is_request) {
		notify(leg, ev);
	}
	return true;
}

void transfer_free_all(struct leg *leg)
{
	while (leg->transfers) {
		struct transfer *t = leg->transfers;
		leg->transfers = t->next;
		wait_no_more(&leg->home->correlation, t);
		mem_free(t);
	}
}

/* ---- the INVITE that follows ---- */

static struct slice user_or_host(struct slice uri)
{
	struct slice user = sip_uri_user(uri);
	return user.n ? user : sip_uri_host(uri);
}

static bool comes_from(const struct transfer *t, struct ip_addr host)
{
	for (unsigned i = 0; i < t->host_count; i++)
		if (ip_addr_eq(t->hosts[i], host))
			return true;
	return false;
}

static bool says_referrer(const struct transfer *t, const struct event *ev)
{
	struct slice by = user_or_host(sip_addr_uri(sip_msg_value(ev->msg, SIP_H_REFERRED_BY)));

	return by.n && (slice_eq(by, user_or_host(t->referred_by)) ||
	                slice_eq(by, user_or_host(t->referrer)));
}

/* 0: it does not ask for this INVITE. */
static unsigned fit_of(const struct transfer *t, const struct leg *leg, const struct event *ev)
{
	struct slice asked = user_or_host(t->refer_to), called = user_or_host(ev->msg->request_uri);
	bool from_there = comes_from(t, ev->origin->src.addr), by = says_referrer(t, ev);
	int64_t after_ns = ev->origin->time_ns - t->time_ns;

	if (t->leg == leg || after_ns < 0 || after_ns > TRANSFER_WAIT_NS || t->status >= 300 ||
	    !asked.n || !slice_eq(asked, called) || (!from_there && !by))
		return 0;
	return 1u + from_there + by + (t->replaces.n && slice_eq(t->replaces, leg->replaces));
}

static void forget_old(struct correlation *co, int64_t now_ns)
{
	struct transfer *t;

	while ((t = oldest_of(co)) && now_ns - t->since_evict_ns > TRANSFER_WAIT_NS + NS_PER_S)
		wait_no_more(co, t);
}

/* The one that asks for it best; of one leg the newest, and none where two legs do alike. */
static struct transfer *cause_of(const struct correlation *co, const struct leg *leg,
                                 const struct event *ev)
{
	struct transfer *best = NULL;
	unsigned best_fit = 0;
	bool twice = false;

	for (const struct list_node *n = co->refers.next; n != &co->refers; n = n->next) {
		struct transfer *t = (struct transfer *)(void *)(uintptr_t)n;
		unsigned fit = fit_of(t, leg, ev);
		if (!fit || fit < best_fit)
			continue;
		twice = fit == best_fit && best->leg != t->leg;
		best_fit = fit;
		best = t;
	}
	return twice ? NULL : best;
}

bool transfer_invite(struct leg *leg, const struct event *ev)
{
	struct correlation *co = &leg->home->correlation;
	struct transfer *t;

	if (list_is_empty(&co->refers))
		return true;
	forget_old(co, leg->home->analysis->now_ns);
	t = cause_of(co, leg, ev);
	if (!t)
		return true;
	leg->relations.caused_by = t->number;
	if (!clue_tie(&co->clues, CLUE_REFER, t->refer_to, t->leg, leg))
		return out_of_memory(leg);
	return true;
}

/* ---- rows ---- */

bool transfer_is_takeover(const struct leg *leg)
{
	return leg->replaces.n && leg->answer_ns != TIME_NONE;
}

/* The leg that a REFER led to; the earliest if there are several, after a challenge or a failure. */
static const struct leg *caused(const struct call *call, const struct transfer *t)
{
	for (unsigned i = 0; i < call->count; i++)
		if (call->legs[i]->relations.caused_by == t->number)
			return call->legs[i];
	return NULL;
}

static const char *outcome_of_refer(const struct transfer *t, const struct leg *next)
{
	if (t->status >= 300)
		return "refused";
	if (t->notify_status >= 300)
		return "failed";
	if (t->notify_status >= 200 || (next && next->answer_ns != TIME_NONE))
		return "completed";
	return next && next->attempt.final_status >= 300 ? "failed" : "pending";
}

static int64_t status_or_null(unsigned status)
{
	return status ? (int64_t)status : RECORD_NULL;
}

static int64_t us_or_null(int64_t ns)
{
	return ns == TIME_NONE ? RECORD_NULL : clock_us(ns);
}

static bool write_refer(const struct call *call, const struct transfer *t, int64_t call_id)
{
	struct analysis *a = t->leg->home->analysis;
	struct triple triple = triple_of(t->replaces);
	struct record_transfer r = {
		.id = a->next_transfer++,
		.run_id = a->run_id,
		.call_id = call_id,
		.dialog_id = t->dialog_id,
		.kind = t->replaces.n ? SLICE_LIT("attended") : SLICE_LIT("blind"),
		.refer_to = t->refer_to,
		.referred_by = t->referred_by,
		.replaces = triple.call_id.n ? triple.call_id : SLICE_NONE,
		.time_us = clock_us(t->time_ns),
		.end_us = us_or_null(t->end_ns),
		.status = status_or_null(t->status),
		.notify_status = status_or_null(t->notify_status),
		.outcome = slice_str(outcome_of_refer(t, caused(call, t))),
	};
	return store_transfer(a->store, &r, a->err);
}

/* An INVITE with Replaces or Join of its own: pick-up, park, a conference. */
static bool write_invite(const struct leg *leg, const char *kind, struct slice value,
                         int64_t call_id)
{
	struct analysis *a = leg->home->analysis;
	bool answered = leg->answer_ns != TIME_NONE, failed = leg->attempt.final_status >= 300;
	struct record_transfer r = {
		.id = a->next_transfer++,
		.run_id = a->run_id,
		.call_id = call_id,
		.dialog_id = leg->first.id,
		.kind = slice_str(kind),
		.replaces = triple_of(value).call_id,
		.time_us = clock_us(leg->start_ns),
		.end_us = us_or_null(answered ? leg->answer_ns : leg->attempt.final_ns),
		.status = status_or_null(leg->attempt.final_status),
		.notify_status = RECORD_NULL,
		.outcome = answered ? SLICE_LIT("completed")
		           : failed ? SLICE_LIT("refused")
		                    : SLICE_LIT("pending"),
	};
	return store_transfer(a->store, &r, a->err);
}

static bool is_explained(const struct call *call, const struct leg *leg)
{
	if (leg->relations.caused_by)
		return true;
	for (unsigned i = 0; i < call->count; i++)
		for (const struct transfer *t = call->legs[i]->transfers; t; t = t->next)
			if (t->replaces.n && slice_eq(triple_of(t->replaces).call_id,
			                              triple_of(leg->replaces).call_id))
				return true;
	return false;
}

/* In order of coming. */
static bool write_refers(const struct call *call, const struct leg *leg, int64_t call_id)
{
	for (uint32_t from = 0;;) {
		const struct transfer *next = NULL;
		for (const struct transfer *t = leg->transfers; t; t = t->next)
			if (t->number > from && (!next || t->number < next->number))
				next = t;
		if (!next)
			return true;
		if (!write_refer(call, next, call_id))
			return false;
		from = next->number;
	}
}

bool transfer_write_rows(const struct call *call, int64_t call_id)
{
	for (unsigned i = 0; i < call->count; i++) {
		const struct leg *leg = call->legs[i];
		bool opens = leg->start_ns != TIME_NONE;
		if (!write_refers(call, leg, call_id))
			return false;
		if (opens && leg->replaces.n && !is_explained(call, leg) &&
		    !write_invite(leg, "replaces", leg->replaces, call_id))
			return false;
		if (opens && leg->join.n && !leg->relations.caused_by &&
		    !write_invite(leg, "join", leg->join, call_id))
			return false;
	}
	return true;
}
