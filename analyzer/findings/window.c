#include "analyzer/findings/window.h"

#include <string.h>

static unsigned place(uint64_t slot)
{
	return (unsigned)(slot % WINDOW_SLOTS);
}

/* Rounded down; numbers of times before 1970 come before the others. */
static uint64_t slot_of(int64_t width_ns, int64_t time_ns)
{
	int64_t slot_ns = width_ns / WINDOW_SLOTS > 0 ? width_ns / WINDOW_SLOTS : 1;
	int64_t slot = time_ns / slot_ns - (time_ns % slot_ns < 0);

	return (uint64_t)slot ^ UINT64_C(1) << 63;
}

void window_move(struct window *w, int64_t width_ns, int64_t time_ns)
{
	uint64_t slot = slot_of(width_ns, time_ns);

	if (slot <= w->newest)
		return;
	if (slot - w->newest >= WINDOW_SLOTS)
		memset(w->counts, 0, sizeof w->counts);
	else
		for (uint64_t i = w->newest + 1; i <= slot; i++)
			w->counts[place(i)] = 0;
	w->newest = slot;
}

uint64_t window_add(struct window *w, int64_t width_ns, int64_t time_ns)
{
	uint64_t slot = slot_of(width_ns, time_ns);

	window_move(w, width_ns, time_ns);
	if (w->newest - slot >= WINDOW_SLOTS)
		slot = w->newest - (w->newest < WINDOW_SLOTS ? w->newest : WINDOW_SLOTS - 1);
	w->counts[place(slot)]++;
	return window_sum(w);
}

uint64_t window_sum(const struct window *w)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < WINDOW_SLOTS; i++)
		sum += w->counts[i];
	return sum;
}
