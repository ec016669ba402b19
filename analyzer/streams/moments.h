/* A stream's bad moments: when it lost most, when most of it came late, and when packets took much longer than the ones before.
 * Allocated with the first of them; most streams have none. */
#ifndef ANALYZER_STREAMS_MOMENTS_H
#define ANALYZER_STREAMS_MOMENTS_H

#include "base/clock.h"

#include <stdbool.h>

struct analysis;

#define MOMENTS_SPIKES      64 /* the newest ones */
#define MOMENTS_SPIKE_NS    (40 * NS_PER_MS) /* longer in transit than the packet before by so much */
#define MOMENTS_SPIKE_REST  (300 * NS_PER_MS) /* what follows sooner belongs to the same spike */
#define MOMENTS_LATE_WINDOW NS_PER_S

struct moment {
	int64_t time_ns, capture_id;
	uint64_t frame;
};

struct bad_moments {
	struct moment hole; /* the packet behind the longest hole that was open for a while */
	uint32_t missing;
	struct moment late; /* the first late packet of the worst second, */
	uint32_t late_count; /* how many were late then, */
	struct moment window; /* and of the second that runs */
	uint32_t window_count;
	uint32_t spikes; /* all there were */
	int64_t spike_ns[MOMENTS_SPIKES]; /* times; [spikes % MOMENTS_SPIKES] is the oldest */
	int64_t worst_spike_ns; /* how much longer */
	struct moment spike; /* the first one */
};

void moments_hole(struct bad_moments *m, const struct analysis *a, int64_t time_ns,
                  uint32_t missing);
void moments_late(struct bad_moments *m, const struct analysis *a, int64_t time_ns);
void moments_spike(struct bad_moments *m, const struct analysis *a, int64_t time_ns,
                   int64_t longer_ns);

/* How many spikes are kept; the i-th of them, oldest first. */
unsigned moments_spikes(const struct bad_moments *m);
int64_t moments_spike_at(const struct bad_moments *m, unsigned i);

#endif
