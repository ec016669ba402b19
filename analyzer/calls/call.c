/* Closed legs on their way to becoming a call. */
#include "analyzer/calls/call.h"

#include "analyzer/calls/state.h"
#include "base/mem.h"

#include <stdlib.h>

#define ASKED_AGAIN   2
#define OVERLAP_NS    (NS_PER_S / 2)
#define LOOK_LATER_NS (NS_PER_S / 10) /* so that several go at once */

static struct leg *first_of(const struct list_node *head)
{
	return list_is_empty(head) ? NULL : leg_of_node(head->next);
}

static void fire(struct timer *timer, void *context);

void waiting_init(struct waiting *w, struct calls *c)
{
	*w = (struct waiting){ .home = c, .timer.fire = fire };
	list_init(&w->judging);
	list_init(&w->holding);
	list_init(&w->settled);
}

static struct leg *oldest(const struct waiting *w)
{
	struct leg *leg = first_of(&w->settled);

	leg = leg ? leg : first_of(&w->holding);
	return leg ? leg : first_of(&w->judging);
}

void waiting_release(struct waiting *w)
{
	struct leg *leg;

	while ((leg = oldest(w)))
		leg_free(leg);
	timers_cancel(&w->home->analysis->timers, &w->timer);
}

/* ---- the legs of a call ---- */

/* A value can be a constant that somebody configured: it joins only what was there at the same time. */
static bool overlap(const struct leg *a, const struct leg *b)
{
	return a->first_ns <= b->last_ns + OVERLAP_NS && b->first_ns <= a->last_ns + OVERLAP_NS;
}

bool call_joins(const struct clue *clue, const struct leg *a, const struct leg *b)
{
	if (a == b || clue->is_void)
		return false;
	if (clue->reason == CLUE_SESSION_ID &&
	    !correlate_sessions_agree(a->relations.session, b->relations.session))
		return false;
	return !clue->in_table || overlap(a, b);
}

/* False: more legs than a call may have. */
static bool meet(struct call *call, struct leg *leg, uint32_t round)
{
	if (leg->gathered == round)
		return true;
	leg->gathered = round;
	if (call->count == CALL_MAX_LEGS)
		return false;
	call->legs[call->count++] = leg;
	call->complete = call->complete && leg->phase == LEG_SETTLED;
	return true;
}

/* From leg to leg along their clues. False: more than a call may have; `call` has some of them. */
static bool gather(struct waiting *w, struct leg *leg, struct call *call)
{
	uint32_t round = ++w->rounds;
	bool ok = true;

	*call = (struct call){ .complete = true };
	meet(call, leg, round);
	for (unsigned i = 0; i < call->count && ok; i++)
		for (struct clue_use *u = call->legs[i]->clues; u && ok; u = u->next_of_leg)
			for (struct clue_use *o = u->clue->uses; o && ok; o = o->next_of_clue)
				if (call_joins(u->clue, call->legs[i], o->leg))
					ok = meet(call, o->leg, round);
	return ok;
}

static int compare_text(struct slice a, struct slice b)
{
	int order = memcmp(a.n ? (const void *)a.p : "", b.n ? (const void *)b.p : "",
	                   a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* A REFER outside of a call comes after the call that it asked for. */
static int compare(const void *left, const void *right)
{
	const struct leg *a = *(const struct leg *const *)left,
	                 *b = *(const struct leg *const *)right;
	int64_t a_ns = a->start_ns == TIME_NONE ? a->first_ns : a->start_ns;
	int64_t b_ns = b->start_ns == TIME_NONE ? b->first_ns : b->start_ns;
	int order;

	if (a->kind != b->kind)
		return a->kind == LEG_INVITE ? -1 : 1;
	if (a_ns != b_ns)
		return a_ns < b_ns ? -1 : 1;
	order = compare_text(a->call_id, b->call_id);
	return order ? order : compare_text(a->from_tag, b->from_tag);
}

static void put_in_order(struct call *call)
{
	qsort(call->legs, call->count, sizeof(struct leg *), compare);
	for (unsigned i = 0; i < call->count; i++)
		call->legs[i]->place = (uint8_t)i;
}

/* Written or not, its legs are gone afterwards. */
static bool end(struct call *call)
{
	put_in_order(call);
	bool ok = call_write_rows(call);

	for (unsigned i = 0; i < call->count; i++)
		leg_free(call->legs[i]);
	return ok;
}

static bool end_alone(struct leg *leg)
{
	struct call call = { .legs = { leg }, .count = 1, .complete = true };

	return end(&call);
}

/* What joins so many is no call: all of these stay apart. */
static bool part(struct call *call)
{
	bool ok = true;

	for (unsigned i = 0; i < call->count; i++)
		clue_leave_all(&call->legs[i]->home->correlation.clues, call->legs[i]);
	for (unsigned i = 0; i < call->count; i++)
		if (call->legs[i]->phase == LEG_SETTLED)
			ok = end_alone(call->legs[i]) && ok;
	return ok;
}

static bool settle(struct waiting *w, struct leg *leg)
{
	struct call call;

	leg->phase = LEG_SETTLED;
	list_move_last(&w->settled, &leg->node);
	if (!leg->clues)
		return end_alone(leg);
	if (!gather(w, leg, &call))
		return part(&call);
	return !call.complete || end(&call);
}

/* A clue that has become void joins nothing any more, and nobody comes to tell those who wait for it: some of them are asked at a time. */
static bool ask_again(struct waiting *w)
{
	struct leg *leg;
	bool ok = true;

	for (unsigned i = 0; i < ASKED_AGAIN && ok && (leg = first_of(&w->settled)); i++)
		ok = settle(w, leg);
	return ok;
}

static bool judge(struct waiting *w, struct leg *leg)
{
	leg->phase = LEG_HOLDING;
	list_move_last(&w->holding, &leg->node);
	return correlate_judge(leg);
}

/* ---- time ---- */

static bool arm(struct waiting *w)
{
	const struct leg *judged = first_of(&w->judging), *held = first_of(&w->holding);
	int64_t due = INT64_MAX;

	if (judged)
		due = judged->closed_evict_ns + CALL_JUDGE_NS;
	if (held && held->closed_evict_ns + CALL_HOLD_NS < due)
		due = held->closed_evict_ns + CALL_HOLD_NS;
	if (due == INT64_MAX ||
	    timers_arm(&w->home->analysis->timers, &w->timer, due + LOOK_LATER_NS))
		return true;
	return err_memory(w->home->analysis->err, "timers");
}

/* The leg behind it was last touched seconds ago, and is likely to be next. */
static void prefetch_next(const struct list_node *head, const struct leg *leg)
{
	if (leg->node.next != head)
		mem_prefetch(leg_of_node(leg->node.next), sizeof *leg);
}

/* All that are due are judged before any of them settles: equal times have no order. */
static bool advance(struct waiting *w, int64_t now_ns)
{
	struct leg *leg;
	bool ok = true;

	while (ok && (leg = first_of(&w->judging)) &&
	       leg->closed_evict_ns <= now_ns - CALL_JUDGE_NS)
		ok = judge(w, leg);
	while (ok && (leg = first_of(&w->holding)) &&
	       leg->closed_evict_ns <= now_ns - CALL_HOLD_NS) {
		prefetch_next(&w->holding, leg);
		ok = settle(w, leg);
	}
	return ok;
}

static void fire(struct timer *timer, void *context)
{
	struct waiting *w = (struct waiting *)(void *)timer;
	struct analysis *a = w->home->analysis;

	(void)context;
	if (!advance(w, a->now_ns) || !ask_again(w) || !arm(w))
		analysis_fail(a);
}

static bool make_room(struct waiting *w)
{
	if (w->count < CALLS_MAX)
		return true;
	w->home->counts.evicted_at_limit++;
	return end_alone(oldest(w));
}

bool waiting_add(struct waiting *w, struct leg *leg)
{
	bool ok = make_room(w);

	leg->phase = LEG_JUDGING;
	leg->closed_evict_ns = w->home->analysis->now_ns;
	list_append(&w->judging, &leg->node);
	w->count++;
	return ok && (w->timer.place || arm(w));
}

bool waiting_finish(struct waiting *w)
{
	bool ok = advance(w, INT64_MAX);

	while (ok && !list_is_empty(&w->settled))
		ok = settle(w, first_of(&w->settled));
	return ok;
}

/* ---- invariants ---- */

static bool list_check(const struct list_node *head, enum leg_phase phase, size_t *n,
                       size_t *dialogs)
{
	int64_t closed_ns = INT64_MIN;

	for (const struct list_node *node = head->next; node != head; node = node->next) {
		const struct leg *leg = leg_of_node(node);
		if (leg->phase != phase || !leg_check(leg))
			return false;
		if (phase != LEG_SETTLED && leg->closed_evict_ns < closed_ns)
			return false;
		closed_ns = leg->closed_evict_ns;
		*dialogs += leg->dialog_count;
		++*n;
	}
	return true;
}

bool waiting_check(const struct waiting *w, size_t *dialogs)
{
	size_t n = 0;

	return list_check(&w->judging, LEG_JUDGING, &n, dialogs) &&
	       list_check(&w->holding, LEG_HOLDING, &n, dialogs) &&
	       list_check(&w->settled, LEG_SETTLED, &n, dialogs) && n == w->count &&
	       (w->timer.place || (list_is_empty(&w->judging) && list_is_empty(&w->holding)));
}
