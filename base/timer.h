/* Timers in capture time: a heap ordered by (due, order of arming), so that equal times fire in a fixed order and a capture that jumps
 * by years costs no more than its timers. Timers live inside their owners; the heap holds copies of their keys, because their owners are
 * cold memory, and has four children per node, because then half as many of those that move have to be told their new place. */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t due_ns;
	size_t place; /* index in the heap + 1; 0 = not armed */
	void (*fire)(struct timer *timer, void *context);
};

struct timer_slot {
	int64_t due_ns;
	uint64_t order;
	struct timer *timer;
};

struct timers {
	struct timer_slot *heap;
	size_t count, capacity;
	uint64_t armed; /* how many arms so far: gives `order` */
};

void timers_init(struct timers *t);
void timers_release(struct timers *t);

/* Arms or re-arms. `timer->fire` must be set. False when out of memory. */
bool timers_arm(struct timers *t, struct timer *timer, int64_t due_ns);
void timers_cancel(struct timers *t, struct timer *timer);

/* Fires, in order, every timer due at or before now_ns; a timer is disarmed before it fires and may arm itself or others
 * again, or free its owner. */
void timers_advance(struct timers *t, int64_t now_ns, void *context);

/* When the next timer is due, INT64_MAX if none: lets the packet path skip the call. */
static inline int64_t timers_next(const struct timers *t)
{
	return t->count ? t->heap[0].due_ns : INT64_MAX;
}

bool timers_check(const struct timers *t);

#endif
