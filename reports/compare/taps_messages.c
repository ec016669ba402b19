/* Messages of the same calls: by who sent the request, method, CSeq and status; branches and tags may be others. */
#include "reports/compare/taps_internal.h"

#include "base/mem.h"

#include <stdlib.h>

#define MOST_OF_CALL 8192 /* messages of both sides; those of longer calls are not compared */

/* A message with what it is matched by. */
struct keyed {
	const struct tap_message *m;
	int64_t cseq; /* counted from the same request at both taps */
	enum tap_side side;
	bool asked_by_callee; /* whose request it is, or answers */
};

/* ---- what is the same ---- */

static int compare_slices(struct slice a, struct slice b)
{
	int order = memcmp(a.n ? a.p : (const uint8_t *)"", b.n ? b.p : (const uint8_t *)"",
	                   a.n < b.n ? a.n : b.n);

	return order ? order : a.n < b.n ? -1 : a.n > b.n;
}

static int compare_ints(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_keys(const struct keyed *x, const struct keyed *y)
{
	int order = (int)x->asked_by_callee - (int)y->asked_by_callee;

	if (!order)
		order = compare_slices(x->m->method, y->m->method);
	if (!order)
		order = compare_ints(x->cseq, y->cseq);
	return order ? order : compare_ints(x->m->status, y->m->status);
}

static int in_order(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = compare_keys(x, y);

	if (!order)
		order = (int)x->side - (int)y->side;
	if (!order)
		order = compare_ints(x->m->time_us, y->m->time_us);
	return order ? order : compare_ints(x->m->id, y->m->id);
}

/* ---- CSeq ---- */

static bool is_final_success(const struct tap_message *m)
{
	return m->status >= 200 && m->status < 300 && slice_eq_str(m->method, "INVITE");
}

/* A B2BUA counts on its own: from the request that was answered with 2xx, else from the first one. */
static int64_t base_of(const struct tap *t, const struct tap_call *call, bool callee)
{
	int64_t least = INT64_MAX, answered = INT64_MAX;

	for (uint32_t i = call->message; i < call->message + call->messages; i++) {
		const struct tap_message *m = &t->messages[i];
		bool asked_by_callee = m->from_callee != (m->status != RECORD_NULL);
		if (asked_by_callee != callee || m->cseq == RECORD_NULL)
			continue;
		least = m->cseq < least ? m->cseq : least;
		if (is_final_success(m) && m->cseq < answered)
			answered = m->cseq;
	}
	return answered < INT64_MAX ? answered : least < INT64_MAX ? least : 0;
}

static size_t add_keyed(struct keyed *out, const struct tap *t, const struct tap_call *call,
                        enum tap_side side, bool renumbered)
{
	int64_t base[2] = { 0, 0 };

	if (renumbered) {
		base[0] = base_of(t, call, false);
		base[1] = base_of(t, call, true);
	}
	for (uint32_t i = 0; i < call->messages; i++) {
		const struct tap_message *m = &t->messages[call->message + i];
		bool by_callee = m->from_callee != (m->status != RECORD_NULL);
		int64_t cseq = m->cseq == RECORD_NULL ? 0 : m->cseq;
		out[i] = (struct keyed){ m, (int64_t)((uint64_t)cseq - (uint64_t)base[by_callee]),
			                 side, by_callee };
	}
	return call->messages;
}

/* ---- every message of a call ---- */

static void count_copy(struct taps_seen *seen, const struct keyed *k)
{
	seen->copies[k->side]++;
	seen->again[k->side] += k->m->again;
	if (k->side == TAP_A && !seen->first)
		seen->first = k->m;
	if (k->side == TAP_B && !seen->other)
		seen->other = k->m;
}

static bool visit_call(const struct taps *t, uint32_t call, struct keyed *room,
                       taps_visit_message *visit, void *context)
{
	const struct tap *a = &t->side[TAP_A], *b = &t->side[TAP_B];
	const struct tap_call *x = &a->calls[call], *y = &b->calls[x->partner];
	bool renumbered = !slice_eq(x->sip_call_id, y->sip_call_id);
	size_t n = add_keyed(room, a, x, TAP_A, renumbered);

	n += add_keyed(room + n, b, y, TAP_B, renumbered);
	qsort(room, n, sizeof *room, in_order);
	for (size_t i = 0; i < n;) {
		struct taps_seen seen = { 0 };
		size_t from = i;
		for (; i < n && compare_keys(&room[from], &room[i]) == 0; i++)
			count_copy(&seen, &room[i]);
		if (!visit(context, call, &seen))
			return false;
	}
	return true;
}

bool taps_each_message(const struct taps *t, taps_visit_message *visit, void *context,
                       struct err *err)
{
	const struct tap *a = &t->side[TAP_A], *b = &t->side[TAP_B];
	struct keyed *room = mem_alloc(MOST_OF_CALL * sizeof *room);
	bool ok = room != NULL;

	for (uint32_t i = 0; ok && i < a->call_count; i++) {
		uint32_t partner = a->calls[i].partner;
		uint64_t n = partner == TAPS_NONE
		                     ? 0
		                     : (uint64_t)a->calls[i].messages + b->calls[partner].messages;
		if (n && n <= MOST_OF_CALL)
			ok = visit_call(t, i, room, visit, context);
	}
	mem_free(room);
	if (!ok && err->code == ERR_NONE)
		err_memory(err, "the messages of two captures");
	return ok;
}

/* RFC 3261 16.7 (100), 16.10 (CANCEL), 17.1.1.3 (ACK to what is no 2xx), 22.3 (challenges of proxies). */
bool taps_is_end_to_end(const struct tap_message *m)
{
	bool answer = m->status != RECORD_NULL;

	if (slice_eq_str(m->method, "CANCEL") || slice_eq_str(m->method, "ACK"))
		return false;
	return !answer ||
	       (m->status != 100 && m->status != 401 && m->status != 407 && m->status != 487);
}

/* ---- kinds ---- */

struct kinds {
	struct taps *t;
};

static struct taps_kind *kind_of(struct taps *t, const struct tap_message *m, enum tap_way way)
{
	for (unsigned i = 0; i < t->kind_count; i++) {
		struct taps_kind *k = &t->kinds[i];
		if (k->status == m->status && k->way == way && slice_eq(k->method, m->method))
			return k;
	}
	struct taps_kind *k = &t->kinds[t->kind_count < TAPS_KINDS ? t->kind_count++ : TAPS_KINDS];
	if (k == &t->kinds[TAPS_KINDS])
		return k;
	*k = (struct taps_kind){ .method = m->method,
		                 .status = m->status,
		                 .way = way,
		                 .hop = !taps_is_end_to_end(m),
		                 .example_first = RECORD_NULL,
		                 .example_second = RECORD_NULL };
	return k;
}

static bool take_both(struct taps *t, struct taps_kind *k, const struct taps_seen *seen)
{
	double difference = (double)(seen->other->time_us - seen->first->time_us);
	double offset = taps_clock_offset(&t->clock, (double)seen->first->time_us);

	k->both++;
	if (!t->clock.known)
		return true;
	return taps_values_add(&k->transit_ms,
	                       (k->way == WAY_A_TO_B ? difference - offset : offset - difference) /
	                               1e3);
}

static bool take_message(void *context, uint32_t call, const struct taps_seen *seen)
{
	struct taps *t = ((struct kinds *)context)->t;
	const struct tap_message *m = seen->first ? seen->first : seen->other;
	enum tap_way way = m->from_callee ? way_back(t->ways[call]) : t->ways[call];
	enum tap_side first = way == WAY_A_TO_B ? TAP_A : TAP_B;
	struct taps_kind *k = kind_of(t, m, way);
	int64_t id = t->side[TAP_A].calls[call].id;

	k->again_first += seen->again[first];
	k->again_second += seen->again[first == TAP_A ? TAP_B : TAP_A];
	if (seen->first && seen->other)
		return take_both(t, k, seen);
	if ((first == TAP_A) == (seen->first != NULL)) {
		if (!k->only_first++)
			k->example_first = id;
	} else if (!k->only_second++) {
		k->example_second = id;
	}
	return true;
}

/* Requests before their answers, as calls go. */
static int by_use(const void *a, const void *b)
{
	const struct taps_kind *x = a, *y = b;
	int64_t n_x = x->both + x->only_first + x->only_second,
	        n_y = y->both + y->only_first + y->only_second;

	if (n_x != n_y)
		return n_x > n_y ? -1 : 1;
	int order = compare_slices(x->method, y->method);
	if (!order)
		order = compare_ints(x->status, y->status);
	return order ? order : (int)x->way - (int)y->way;
}

bool taps_match_messages(struct taps *t, struct err *err)
{
	struct kinds kinds = { t };

	t->kinds = arena_zalloc(&t->arena, (TAPS_KINDS + 1) * sizeof *t->kinds);
	if (!t->kinds)
		return err_memory(err, "the messages of two captures");
	if (!taps_each_message(t, take_message, &kinds, err))
		return false;
	qsort(t->kinds, t->kind_count, sizeof *t->kinds, by_use);
	for (unsigned i = 0; i < t->kind_count; i++)
		taps_values_sort(&t->kinds[i].transit_ms);
	return true;
}
