/* From rows to scopes: whole run, trunks, minutes. */
#include "reports/records/kpi.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

#define MINUTE_US   INT64_C(60000000)
#define SECOND_US   INT64_C(1000000)
#define MINUTE_SEED 0x6d696e75746573u

#define OF_ALL    ((1u << KPI_MEASURES) - 1)
#define OF_TRUNK  (1u << KPI_PDD | 1u << KPI_SETUP | 1u << KPI_SDD)
#define OF_MINUTE (1u << KPI_PDD)

void kpi_init(struct kpi *k)
{
	*k = (struct kpi){ .first_us = RECORD_NULL,
		           .last_us = RECORD_NULL,
		           .calls_first_us = RECORD_NULL,
		           .calls_last_us = RECORD_NULL,
		           .others.address = SLICE_LIT("others") };
	table_init(&k->trunks);
	table_init(&k->minutes);
	arena_init(&k->arena, 64u << 10);
	histogram_pool_init(&k->pool);
}

static void release_scope(struct kpi *k, struct kpi_scope *s)
{
	for (unsigned m = 0; m < KPI_MEASURES; m++)
		kpi_distribution_release(&s->measures[m], &k->pool);
}

void kpi_release(struct kpi *k)
{
	struct kpi_minute *minute;
	struct kpi_trunk *trunk;

	for (size_t at = 0; (minute = table_next(&k->minutes, &at));)
		release_scope(k, &minute->scope);
	for (size_t at = 0; (trunk = table_next(&k->trunks, &at));)
		release_scope(k, &trunk->scope);
	release_scope(k, &k->all);
	release_scope(k, &k->others.scope);
	table_release(&k->minutes);
	table_release(&k->trunks);
	mem_free(k->sessions);
	arena_release(&k->arena);
	histogram_pool_release(&k->pool);
}

static void widen(int64_t *first_us, int64_t *last_us, int64_t from_us, int64_t to_us)
{
	if (from_us == RECORD_NULL || to_us == RECORD_NULL)
		return;
	if (*first_us == RECORD_NULL || from_us < *first_us)
		*first_us = from_us;
	if (*last_us == RECORD_NULL || to_us > *last_us)
		*last_us = to_us;
}

void kpi_capture(struct kpi *k, const struct record_capture *r)
{
	if (r->packets)
		widen(&k->first_us, &k->last_us, r->first_us, r->last_us);
}

/* Any value has one. */
static int64_t minute_start(int64_t us)
{
	int64_t rest = us % MINUTE_US;

	if (rest < 0)
		rest += MINUTE_US;
	return us < INT64_MIN + rest ? INT64_MIN : us - rest;
}

static bool minute_equal(const void *value, const void *key)
{
	return ((const struct kpi_minute *)value)->start_us == *(const int64_t *)key;
}

/* True and NULL beyond the bound; false when out of memory. */
static bool minute_of(struct kpi *k, int64_t us, struct kpi_minute **out)
{
	int64_t start_us = minute_start(us);
	uint64_t hash = hash_mix((uint64_t)start_us, MINUTE_SEED);
	struct kpi_minute *m = k->last_minute;

	if (!m || m->start_us != start_us)
		m = table_get(&k->minutes, hash, minute_equal, &start_us);
	if (!m && k->minutes.count < KPI_MINUTES) {
		m = arena_zalloc(&k->arena, sizeof *m);
		if (!m || !table_put(&k->minutes, hash, m))
			return false;
		m->start_us = start_us;
	}
	if (m)
		k->last_minute = m;
	*out = m;
	return true;
}

static void note_start(struct kpi *k, struct kpi_minute *m, int64_t start_us)
{
	k->starts++;
	if (!m)
		return;
	uint16_t *second = &m->seconds[(start_us - m->start_us) / SECOND_US];
	m->starts++;
	*second = (uint16_t)(*second + (*second < UINT16_MAX));
}

/* Beyond the bound they only count: the peak cannot be told any more. */
static bool note_session(struct kpi *k, int64_t from_us, int64_t to_us)
{
	if (k->session_count == k->session_room && k->session_room < KPI_SESSIONS) {
		size_t room = k->session_room ? 2 * k->session_room : 256;
		struct kpi_session *grown = mem_resize(k->sessions, room * sizeof *grown);
		if (!grown)
			return false;
		k->sessions = grown;
		k->session_room = room;
	}
	if (k->session_count < KPI_SESSIONS)
		k->sessions[k->session_count] = (struct kpi_session){ from_us, to_us };
	k->session_count++;
	return true;
}

static int64_t at_least_one(int64_t n)
{
	return n > 1 ? n : 1;
}

static struct kpi_attempt attempt_of(const struct record_call *r)
{
	bool answered = slice_eq_str(r->outcome, "answered");
	bool cut_both = slice_eq_str(r->cut, "both");
	/* Something between refused a change with 481 or 408 (RFC 3261 12.2.1.2): over, without BYE. */
	bool inferred = answered && !r->disconnect.p && slice_eq_str(r->released_by, "network");

	return (struct kpi_attempt){
		.start_us = r->start_us,
		.ring_us = r->ring_us,
		.answer_us = r->answer_us,
		.end_us = r->end_us,
		.trying_ms = r->trying_ms,
		.disconnect_ms = r->disconnect_ms,
		.status = r->final_status,
		.bids = at_least_one(r->attempts - r->challenges),
		.answered = answered,
		.timed_out = r->final_status == RECORD_NULL && slice_eq_str(r->outcome, "failed"),
		.cut_start = cut_both || slice_eq_str(r->cut, "start") ||
		             slice_eq_str(r->outcome, "incomplete"),
		.cut_end = cut_both || slice_eq_str(r->cut, "end") ||
		           slice_eq_str(r->outcome, "in_progress"),
		.bye_completed = answered && slice_eq_str(r->disconnect, "completed"),
		.bye_failed = inferred || (answered && slice_eq_str(r->disconnect, "failed")),
	};
}

bool kpi_call(struct kpi *k, const struct record_call *r)
{
	struct kpi_attempt a = attempt_of(r);
	bool has_start = r->start_us != RECORD_NULL;
	int64_t end_us = a.cut_end ? INT64_MAX : r->end_us == RECORD_NULL ? r->last_us : r->end_us;
	struct kpi_minute *m = NULL;

	widen(&k->calls_first_us, &k->calls_last_us, r->first_us, r->last_us);
	if (!minute_of(k, has_start ? r->start_us : r->first_us, &m))
		return false;
	if (has_start)
		note_start(k, m, r->start_us);
	if (r->answer_us != RECORD_NULL && end_us > r->answer_us &&
	    !note_session(k, r->answer_us, end_us))
		return false;
	k->minutes_left_out += !m;
	return kpi_scope_add(&k->all, &a, OF_ALL, &k->pool) &&
	       (!m || kpi_scope_add(&m->scope, &a, OF_MINUTE, &k->pool));
}

/* "192.0.2.1:5060" and "[2001:db8::1]:5060" without the port. */
static struct slice address_of(struct slice endpoint)
{
	size_t n = endpoint.n;

	if (n && endpoint.p[0] == '[') {
		size_t end = slice_find(endpoint, ']');
		return end == SLICE_NPOS ? endpoint : slice_sub(endpoint, 1, end - 1);
	}
	while (n && endpoint.p[n - 1] != ':')
		n--;
	return n ? slice_sub(endpoint, 0, n - 1) : endpoint;
}

static bool trunk_equal(const void *value, const void *key)
{
	return slice_eq(((const struct kpi_trunk *)value)->address, *(const struct slice *)key);
}

static struct kpi_trunk *trunk_of(struct kpi *k, struct slice address)
{
	uint64_t hash = hash_slice(address, 0);
	struct kpi_trunk *t = table_get(&k->trunks, hash, trunk_equal, &address);

	if (t)
		return t;
	if (k->trunks.count == KPI_TRUNKS)
		return &k->others;
	t = arena_zalloc(&k->arena, sizeof *t);
	if (!t || !arena_keep(&k->arena, address, &t->address) || !table_put(&k->trunks, hash, t))
		return NULL;
	return t;
}

bool kpi_finish_leg(struct kpi *k)
{
	struct kpi_attempt *a = &k->leg;

	if (!k->leg_dialog)
		return true;
	k->leg_dialog = 0;
	struct kpi_trunk *t = trunk_of(k, slice_str(k->leg_address));
	return t && kpi_scope_add(&t->scope, a, OF_TRUNK, &k->pool);
}

/* A fork of the leg: whoever answered first, answered. */
static void merge_fork(struct kpi_attempt *a, const struct record_dialog *r)
{
	if (r->ring_us != RECORD_NULL && (a->ring_us == RECORD_NULL || r->ring_us < a->ring_us))
		a->ring_us = r->ring_us;
	if (r->answer_us == RECORD_NULL || (a->answered && a->answer_us <= r->answer_us))
		return;
	a->answered = true;
	a->answer_us = r->answer_us;
	a->end_us = r->end_us;
	a->status = r->final_status;
	a->timed_out = false;
	a->cut_end = r->end_us == RECORD_NULL;
}

static struct kpi_attempt attempt_of_leg(const struct record_dialog *r)
{
	bool answered = r->answer_us != RECORD_NULL;
	bool failed = slice_eq_str(r->state, "failed");
	bool over = failed || slice_eq_str(r->state, "cancelled");

	return (struct kpi_attempt){
		.start_us = r->start_us,
		.ring_us = r->ring_us,
		.answer_us = r->answer_us,
		.end_us = r->end_us,
		.trying_ms = NAN,
		.disconnect_ms = r->disconnect_ms,
		.status = r->final_status,
		.bids = 1,
		.answered = answered,
		.timed_out = failed && r->final_status == RECORD_NULL,
		.cut_start = r->start_us == RECORD_NULL,
		.cut_end = answered ? r->end_us == RECORD_NULL : !over,
		.bye_completed = slice_eq_str(r->disconnect, "completed"),
	};
}

bool kpi_dialog(struct kpi *k, const struct record_dialog *r)
{
	if (!slice_eq_str(r->kind, "invite"))
		return true;
	if (r->forked_from != RECORD_NULL) {
		if (r->forked_from == k->leg_dialog)
			merge_fork(&k->leg, r);
		return true;
	}
	if (!kpi_finish_leg(k))
		return false;
	k->leg = attempt_of_leg(r);
	k->leg_dialog = r->id;
	slice_cstr(address_of(r->dst), k->leg_address, sizeof k->leg_address);
	return true;
}

/* RFC 6076 4.2: final 4xx but challenges, 5xx, 6xx, or none within timer F. */
static bool is_ineffective(const struct record_registration *r)
{
	int64_t status = r->final_status;

	if (slice_eq_str(r->outcome, "timed_out"))
		return true;
	return status >= 400 && status != 401 && status != 402 && status != 407;
}

bool kpi_registration(struct kpi *k, const struct record_registration *r)
{
	struct kpi_registrations *n = &k->registrations;
	bool succeeded =
	        slice_eq_str(r->outcome, "registered") || slice_eq_str(r->outcome, "refreshed");
	bool binds =
	        !slice_eq_str(r->outcome, "unregistered") && !slice_eq_str(r->outcome, "queried");

	if (!r->outcome.p || slice_eq_str(r->outcome, "in_progress")) {
		n->cut++;
		return true;
	}
	n->attempts++;
	n->ineffective += is_ineffective(r);
	n->bindings += binds;
	n->succeeded += succeeded;
	n->active += succeeded && r->ended_us == RECORD_NULL;
	if (!succeeded || isnan(r->delay_ms))
		return true;
	if (r->delay_ms < 0) {
		k->all.clock_errors++;
		return true;
	}
	return kpi_measure_add(&k->all, KPI_RRD, (int64_t)(r->delay_ms * 1000 + 0.5), &k->pool);
}
