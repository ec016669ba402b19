/* How many in the last so many seconds of capture time, in ten slots: never counts what is older than the window, and surely what lies
 * within its newest nine tenths. */
#ifndef ANALYZER_FINDINGS_WINDOW_H
#define ANALYZER_FINDINGS_WINDOW_H

#include "base/duration.h"

#define WINDOW_SLOTS 10

struct window {
	uint64_t newest; /* number of its newest slot; 0 and all counts 0 at first */
	uint32_t counts[WINDOW_SLOTS];
};

/* Brings it up to `time_ns`; width_ns > 0 is always the same for one window. What lies before it is taken for its oldest slot. */
void window_move(struct window *w, int64_t width_ns, int64_t time_ns);
/* One more; gives the sum. */
uint64_t window_add(struct window *w, int64_t width_ns, int64_t time_ns);
uint64_t window_sum(const struct window *w);

#endif
