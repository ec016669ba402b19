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

static bool before(const struct timer *a, const struct timer *b)
{
	return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->order < b->order);
}

static void put(struct timers *t, size_t i, struct timer *timer)
{
	t->heap[i] = timer;
	timer->place = i + 1;
}

static void sift_up(struct timers *t, size_t i)
{
	struct timer *moving = t->heap[i];

	while (i && before(moving, t->heap[(i - 1) / 2])) {
		put(t, i, t->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(t, i, moving);
}

static void sift_down(struct timers *t, size_t i)
{
	struct timer *moving = t->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= t->count)
			break;
		if (child + 1 < t->count && before(t->heap[child + 1], t->heap[child]))
			child++;
		if (!before(t->heap[child], moving))
			break;
		put(t, i, t->heap[child]);
		i = child;
	}
	put(t, i, moving);
}

bool timers_arm(struct timers *t, struct timer *timer, int64_t due_ns)
{
	if (!timer->place) {
		if (t->count == t->capacity) {
			size_t capacity = t->capacity ? 2 * t->capacity : 64;
			struct timer **heap = mem_resize(t->heap, capacity * sizeof *heap);
			if (!heap)
				return false;
			t->heap = heap;
			t->capacity = capacity;
		}
		put(t, t->count++, timer);
	}
	timer->due_ns = due_ns;
	timer->order = t->armed++;
	sift_up(t, timer->place - 1);
	sift_down(t, timer->place - 1);
	return true;
}

void timers_cancel(struct timers *t, struct timer *timer)
{
	if (!timer->place)
		return;
	size_t i = timer->place - 1;
	struct timer *last = t->heap[--t->count];
	timer->place = 0;
	if (last == timer)
		return;
	put(t, i, last);
	sift_up(t, i);
	sift_down(t, last->place - 1);
}

void timers_advance(struct timers *t, int64_t now_ns, void *context)
{
	while (t->count && t->heap[0]->due_ns <= now_ns) {
		struct timer *timer = t->heap[0];
		timers_cancel(t, timer);
		timer->fire(timer, context);
	}
}

bool timers_check(const struct timers *t)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->heap[i]->place != i + 1)
			return false;
		if (i && before(t->heap[i], t->heap[(i - 1) / 2]))
			return false;
	}
	return true;
}
