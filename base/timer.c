#include "base/timer.h"

#include "base/mem.h"

void timers_init(struct timers *t)
{
	*t = (struct timers){ 0 };
}

void timers_release(struct timers *t)
{
	mem_free(t->heap);
	timers_init(t);
}

#define CHILDREN 4

static bool before(const struct timer_slot *a, const struct timer_slot *b)
{
	return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->order < b->order);
}

static void put(struct timers *t, size_t i, struct timer_slot slot)
{
	t->heap[i] = slot;
	slot.timer->place = i + 1;
}

static void sift_up(struct timers *t, size_t i, struct timer_slot moving)
{
	while (i && before(&moving, &t->heap[(i - 1) / CHILDREN])) {
		put(t, i, t->heap[(i - 1) / CHILDREN]);
		i = (i - 1) / CHILDREN;
	}
	put(t, i, moving);
}

/* The first child of `i` in order; count if it has none. */
static size_t least_child(const struct timers *t, size_t i)
{
	size_t least = CHILDREN * i + 1, end = least + CHILDREN;

	if (least >= t->count)
		return t->count;
	if (end > t->count)
		end = t->count;
	for (size_t child = least + 1; child < end; child++)
		if (before(&t->heap[child], &t->heap[least]))
			least = child;
	return least;
}

static void sift_down(struct timers *t, size_t i, struct timer_slot moving)
{
	for (;;) {
		size_t child = least_child(t, i);
		if (child == t->count || !before(&t->heap[child], &moving))
			break;
		put(t, i, t->heap[child]);
		i = child;
	}
	put(t, i, moving);
}

/* Puts it where it belongs, from the free or outdated slot i on. */
static void settle(struct timers *t, size_t i, struct timer_slot slot)
{
	if (i && before(&slot, &t->heap[(i - 1) / CHILDREN]))
		sift_up(t, i, slot);
	else
		sift_down(t, i, slot);
}

static bool grow(struct timers *t)
{
	size_t capacity = t->capacity ? 2 * t->capacity : 64;
	struct timer_slot *heap = mem_resize(t->heap, capacity * sizeof *heap);

	if (!heap)
		return false;
	t->heap = heap;
	t->capacity = capacity;
	return true;
}

bool timers_arm(struct timers *t, struct timer *timer, int64_t due_ns)
{
	if (!timer->place) {
		if (t->count == t->capacity && !grow(t))
			return false;
		timer->place = ++t->count;
	}
	timer->due_ns = due_ns;
	settle(t, timer->place - 1, (struct timer_slot){ due_ns, t->armed++, timer });
	return true;
}

void timers_cancel(struct timers *t, struct timer *timer)
{
	if (!timer->place)
		return;
	size_t i = timer->place - 1;
	struct timer_slot last = t->heap[--t->count];
	timer->place = 0;
	if (last.timer != timer)
		settle(t, i, last);
}

void timers_advance(struct timers *t, int64_t now_ns, void *context)
{
	while (t->count && t->heap[0].due_ns <= now_ns) {
		struct timer *timer = t->heap[0].timer;
		timers_cancel(t, timer);
		timer->fire(timer, context);
	}
}

bool timers_check(const struct timers *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct timer_slot *slot = &t->heap[i];
		if (slot->timer->place != i + 1 || slot->timer->due_ns != slot->due_ns)
			return false;
		if (i && before(slot, &t->heap[(i - 1) / CHILDREN]))
			return false;
	}
	return true;
}
