/* Timers by the hundred thousand, most of them cancelled before they fire: a hierarchical wheel, O(1) to arm and to cancel. The slot that is
 * due next is kept in order of time and of arming, so timers fire exactly in that order and never early: a run in virtual time is the same
 * every time. Timers live inside their owners. */
#ifndef SIM_ENGINE_WHEEL_H
#define SIM_ENGINE_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wheel_timer {
	struct wheel_timer *next, **link; /* `next` first; link: NULL when not armed */
	int64_t due_ns;
	uint64_t order;
	void (*fire)(struct wheel_timer *timer);
};

#define WHEEL_BITS      8 /* slots of a level: 256 */
#define WHEEL_SLOTS     (1u << WHEEL_BITS)
#define WHEEL_LEVELS    5
#define WHEEL_TICK_BITS 18 /* 0.26 ms: a slot of the first level */

struct wheel {
	struct wheel_timer *slots[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t occupied[WHEEL_LEVELS][WHEEL_SLOTS / 64];
	struct wheel_timer *current; /* due within the current tick or before, in order */
	struct wheel_timer *current_last; /* NULL: none */
	struct wheel_timer *far; /* beyond the last level */
	uint64_t tick; /* the current one */
	uint64_t armed; /* how many arms so far: gives `order` */
	size_t count;
};

void wheel_init(struct wheel *w, int64_t now_ns);
/* Arms or re-arms; `fire` must be set. */
void wheel_arm(struct wheel *w, struct wheel_timer *timer, int64_t due_ns);
void wheel_cancel(struct wheel *w, struct wheel_timer *timer);
static inline bool wheel_timer_armed(const struct wheel_timer *timer)
{
	return timer->link != NULL;
}
/* Fires all that are due at or before now_ns, in order; *now (may be NULL) follows each one's due time in virtual time. */
void wheel_advance(struct wheel *w, int64_t now_ns, int64_t *now);
/* When the next is due, or a time not after it at which to look again; INT64_MAX: none. exact: its very time, which may take a look at
 * every timer of one slot. What is due within the next 256 ticks is exact in any case. */
int64_t wheel_next(const struct wheel *w, bool exact);
bool wheel_check(const struct wheel *w);

#endif
