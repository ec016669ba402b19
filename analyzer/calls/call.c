/* Closed legs on their way to becoming a call. */
#include "analyzer/calls/call.h"

#include "analyzer/calls/state.h"

#define LOOK_LATER_NS (NS_PER_S / 10) /* so that several go at once */

static struct leg *leg_of(const struct list_node *node)
{
	return (struct leg *)(void *)((char *)(uintptr_t)node - offsetof(struct leg, node));
}

static struct leg *first_of(const struct list_node *head)
{
	return list_is_empty(head) ? NULL : leg_of(head->next);
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

static void gather(struct leg *leg, struct call *call)
{
	*call = (struct call){ .legs = { leg }, .count = 1, .complete = true };
}

/* Written or not, its legs are gone afterwards. */
static bool end(const struct call *call)
{
	bool ok = call_write_rows(call);

	for (unsigned i = 0; i < call->count; i++)
		leg_free(call->legs[i]);
	return ok;
}

static bool settle(struct waiting *w, struct leg *leg)
{
	struct call call;

	leg->phase = LEG_SETTLED;
	list_move_last(&w->settled, &leg->node);
	gather(leg, &call);
	return !call.complete || end(&call);
}

static bool judge(struct waiting *w, struct leg *leg)
{
	leg->phase = LEG_HOLDING;
	list_move_last(&w->holding, &leg->node);
	return true;
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

/* All that are due are judged before any of them settles: equal times have no order. */
static bool advance(struct waiting *w, int64_t now_ns)
{
	struct leg *leg;
	bool ok = true;

	while (ok && (leg = first_of(&w->judging)) &&
	       leg->closed_evict_ns <= now_ns - CALL_JUDGE_NS)
		ok = judge(w, leg);
	while (ok && (leg = first_of(&w->holding)) && leg->closed_evict_ns <= now_ns - CALL_HOLD_NS)
		ok = settle(w, leg);
	return ok;
}

static void fire(struct timer *timer, void *context)
{
	struct waiting *w = (struct waiting *)(void *)timer;
	struct analysis *a = w->home->analysis;

	(void)context;
	if (!advance(w, a->now_ns) || !arm(w))
		analysis_fail(a);
}

static bool make_room(struct waiting *w)
{
	struct call call;

	if (w->count < CALLS_MAX)
		return true;
	w->home->counts.evicted_at_limit++;
	gather(oldest(w), &call);
	return end(&call);
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
	return advance(w, INT64_MAX);
}

/* ---- invariants ---- */

static bool list_check(const struct list_node *head, enum leg_phase phase, size_t *n,
                       size_t *dialogs)
{
	int64_t closed_ns = INT64_MIN;

	for (const struct list_node *node = head->next; node != head; node = node->next) {
		const struct leg *leg = leg_of(node);
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
