#include "sim/engine/wheel.h"

#include <assert.h>
#include <string.h>

/* A timer lies in the level of the highest digit (of 8 bits) in which its tick differs from the current one, in the slot of that digit.
 * So all of a level's timers are due before all of the next level's, and a slot of a level is emptied downwards when its time begins. */

static uint64_t tick_of(int64_t due_ns)
{
	return due_ns < 0 ? 0 : (uint64_t)due_ns >> WHEEL_TICK_BITS;
}

static unsigned digit_of(uint64_t tick, unsigned level)
{
	return (unsigned)(tick >> (level * WHEEL_BITS)) & (WHEEL_SLOTS - 1);
}

static int64_t time_of(uint64_t tick)
{
	return (int64_t)(tick << WHEEL_TICK_BITS);
}

static bool before(const struct wheel_timer *a, const struct wheel_timer *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

void wheel_init(struct wheel *w, int64_t now_ns)
{
	memset(w, 0, sizeof *w);
	w->tick = tick_of(now_ns);
}

/* ---- lists ---- */

static void put_front(struct wheel_timer **head, struct wheel_timer *timer)
{
	timer->next = *head;
	if (timer->next)
		timer->next->link = &timer->next;
	timer->link = head;
	*head = timer;
}

/* `next` is a timer's first member: the link that points to a timer is the timer before it, but for the first. */
static struct wheel_timer *previous(struct wheel *w, struct wheel_timer *timer)
{
	return timer->link == &w->current ? NULL : (struct wheel_timer *)(void *)timer->link;
}

/* From the back: what is armed now is seldom due before what was armed already. */
static void put_current(struct wheel *w, struct wheel_timer *timer)
{
	struct wheel_timer *after = w->current_last;

	while (after && before(timer, after))
		after = previous(w, after);
	put_front(after ? &after->next : &w->current, timer);
	if (!timer->next)
		w->current_last = timer;
}

static struct wheel_timer *merge(struct wheel_timer *a, struct wheel_timer *b)
{
	struct wheel_timer *first = NULL, **end = &first;

	while (a && b) {
		struct wheel_timer **less = before(b, a) ? &b : &a;
		*end = *less;
		end = &(*less)->next;
		*less = *end;
	}
	*end = a ? a : b;
	return first;
}

/* By merging runs of 1, 2, 4 ...: runs[i] has 2^i timers or none. */
static struct wheel_timer *sort(struct wheel_timer *list)
{
	struct wheel_timer *runs[64] = { NULL };
	struct wheel_timer *all = NULL;

	while (list) {
		struct wheel_timer *run = list;
		unsigned i = 0;
		list = list->next;
		run->next = NULL;
		for (; runs[i]; i++) {
			run = merge(runs[i], run);
			runs[i] = NULL;
		}
		runs[i] = run;
	}
	for (unsigned i = 0; i < 64; i++)
		all = merge(runs[i], all);
	return all;
}

/* The slot whose time has come becomes the current list, which is empty. */
static void make_current(struct wheel *w, struct wheel_timer *list)
{
	struct wheel_timer **link = &w->current;

	assert(!w->current);
	*link = list->next ? sort(list) : list;
	for (struct wheel_timer *t = *link; t; t = t->next) {
		t->link = link;
		link = &t->next;
		w->current_last = t;
	}
}

/* ---- arming ---- */

static unsigned level_of(uint64_t difference)
{
	return (63u - (unsigned)__builtin_clzll(difference)) / WHEEL_BITS;
}

static void place(struct wheel *w, struct wheel_timer *timer)
{
	uint64_t tick = tick_of(timer->due_ns);

	if (tick <= w->tick) {
		put_current(w, timer);
		return;
	}
	unsigned level = level_of(tick ^ w->tick);
	if (level >= WHEEL_LEVELS) {
		put_front(&w->far, timer);
		return;
	}
	unsigned slot = digit_of(tick, level);
	put_front(&w->slots[level][slot], timer);
	w->occupied[level][slot / 64] |= UINT64_C(1) << (slot % 64);
}

/* A slot that lost its last timer is not looked at again. */
static void slot_emptied(struct wheel *w, struct wheel_timer **link)
{
	uintptr_t at = (uintptr_t)link - (uintptr_t)&w->slots[0][0];

	if (at >= sizeof w->slots)
		return;
	size_t slot = at / sizeof(struct wheel_timer *);
	w->occupied[slot / WHEEL_SLOTS][slot % WHEEL_SLOTS / 64] &= ~(UINT64_C(1) << (slot % 64));
}

static void take_out(struct wheel *w, struct wheel_timer *timer)
{
	if (timer == w->current_last)
		w->current_last = previous(w, timer);
	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	else
		slot_emptied(w, timer->link);
	timer->link = NULL;
	w->count--;
}

void wheel_arm(struct wheel *w, struct wheel_timer *timer, int64_t due_ns)
{
	assert(timer->fire);
	if (timer->link)
		take_out(w, timer);
	timer->due_ns = due_ns;
	timer->order = w->armed++;
	place(w, timer);
	w->count++;
}

void wheel_cancel(struct wheel *w, struct wheel_timer *timer)
{
	if (timer->link)
		take_out(w, timer);
}

/* ---- going on ---- */

/* The first occupied slot of a level after the current one; -1: none. */
static int next_slot(const struct wheel *w, unsigned level)
{
	unsigned from = digit_of(w->tick, level) + 1;

	for (unsigned word = from / 64; word < WHEEL_SLOTS / 64; word++) {
		uint64_t bits = w->occupied[level][word];
		if (word == from / 64)
			bits &= ~UINT64_C(0) << (from % 64);
		if (bits)
			return (int)(word * 64 + (unsigned)__builtin_ctzll(bits));
	}
	return -1;
}

static uint64_t slot_begins(const struct wheel *w, unsigned level, unsigned slot)
{
	unsigned shift = level * WHEEL_BITS;
	uint64_t above = w->tick >> (shift + WHEEL_BITS) << (shift + WHEEL_BITS);

	return above | (uint64_t)slot << shift;
}

static struct wheel_timer *take_slot(struct wheel *w, unsigned level, unsigned slot)
{
	struct wheel_timer *list = w->slots[level][slot];

	w->slots[level][slot] = NULL;
	w->occupied[level][slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	return list;
}

static void place_all(struct wheel *w, struct wheel_timer *list)
{
	while (list) {
		struct wheel_timer *timer = list;
		list = list->next;
		place(w, timer);
	}
}

static uint64_t far_begins(const struct wheel *w)
{
	int64_t least = INT64_MAX;

	for (const struct wheel_timer *t = w->far; t; t = t->next)
		if (t->due_ns < least)
			least = t->due_ns;
	return tick_of(least);
}

/* Nothing is left in the levels up to `last`: on to there. What lay beyond the levels may be within them now. */
static bool skip_to(struct wheel *w, uint64_t last)
{
	uint64_t to = last;

	if (w->far &&
	    w->tick >> (WHEEL_LEVELS * WHEEL_BITS) != last >> (WHEEL_LEVELS * WHEEL_BITS)) {
		struct wheel_timer *far = w->far;
		uint64_t first = far_begins(w);
		if (first < to)
			to = first;
		w->far = NULL;
		w->tick = to;
		place_all(w, far);
		return w->current != NULL;
	}
	w->tick = to;
	return false;
}

/* Goes on to the next slot that has timers, `last` at most; false: there is none. The current list is empty. */
static bool next_tick(struct wheel *w, uint64_t last)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		int slot = next_slot(w, level);
		if (slot < 0)
			continue;
		uint64_t begins = slot_begins(w, level, (unsigned)slot);
		if (begins > last)
			break;
		w->tick = begins;
		struct wheel_timer *list = take_slot(w, level, (unsigned)slot);
		if (level)
			place_all(w, list);
		else
			make_current(w, list);
		return true;
	}
	return w->tick < last && skip_to(w, last);
}

void wheel_advance(struct wheel *w, int64_t now_ns, int64_t *now)
{
	uint64_t last = tick_of(now_ns);

	for (;;) {
		struct wheel_timer *timer = w->current;
		if (!timer) {
			if (!next_tick(w, last))
				break;
			continue;
		}
		if (timer->due_ns > now_ns)
			break;
		take_out(w, timer);
		if (now && *now < timer->due_ns)
			*now = timer->due_ns;
		timer->fire(timer);
	}
}

/* ---- asking ---- */

static int64_t least_of(const struct wheel_timer *list)
{
	int64_t least = INT64_MAX;

	for (; list; list = list->next)
		if (list->due_ns < least)
			least = list->due_ns;
	return least;
}

int64_t wheel_next(const struct wheel *w, bool exact)
{
	if (w->current)
		return w->current->due_ns;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		int slot = next_slot(w, level);
		if (slot >= 0)
			return exact || !level ? least_of(w->slots[level][slot])
			                       : time_of(slot_begins(w, level, (unsigned)slot));
	}
	return least_of(w->far);
}

/* ---- invariants ---- */

static bool list_check(struct wheel_timer *const *link, size_t *count)
{
	for (; *link; link = &(*link)->next) {
		if ((*link)->link != link)
			return false;
		++*count;
	}
	return true;
}

static bool slot_check(const struct wheel *w, unsigned level, unsigned slot, size_t *count)
{
	bool occupied = w->occupied[level][slot / 64] >> (slot % 64) & 1;

	for (const struct wheel_timer *t = w->slots[level][slot]; t; t = t->next) {
		uint64_t tick = tick_of(t->due_ns);
		if (tick <= w->tick || level_of(tick ^ w->tick) != level ||
		    digit_of(tick, level) != slot)
			return false;
	}
	return occupied == (w->slots[level][slot] != NULL) &&
	       list_check(&w->slots[level][slot], count);
}

static bool current_check(const struct wheel *w)
{
	const struct wheel_timer *last = NULL;

	for (const struct wheel_timer *t = w->current; t; t = t->next) {
		if (last && !before(last, t))
			return false;
		last = t;
	}
	return last == w->current_last;
}

bool wheel_check(const struct wheel *w)
{
	size_t count = 0;

	for (unsigned level = 0; level < WHEEL_LEVELS; level++)
		for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++)
			if (!slot_check(w, level, slot, &count))
				return false;
	return current_check(w) && list_check(&w->current, &count) && list_check(&w->far, &count) &&
	       count == w->count;
}
