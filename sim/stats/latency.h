/* A histogram of durations after HdrHistogram's idea: 1 us to 1 hour, each value within 1.6 % (64 counters an octave), quantiles to p99.99, mergeable
 * by adding. Fixed memory, no allocation; one writer, others may read meanwhile (a reading is then off by what was being added). */
#ifndef SIM_STATS_LATENCY_H
#define SIM_STATS_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#define LATENCY_SUB_BITS 6
#define LATENCY_OCTAVES  27
#define LATENCY_COUNTERS ((LATENCY_OCTAVES + 1) << LATENCY_SUB_BITS)

struct latency {
	uint64_t count, sum_us, max_us;
	uint64_t min_us; /* UINT64_MAX without any */
	uint32_t counters[LATENCY_COUNTERS]; /* of microseconds */
};

void latency_init(struct latency *l);
void latency_add(struct latency *l,
                 int64_t ns); /* below 0 counts as 0, beyond the top as the top */
void latency_merge(struct latency *into, const struct latency *from);
/* what is in `now` and was not in `before` */
void latency_since(struct latency *out, const struct latency *now, const struct latency *before);
/* us, middle of its counter but never beyond max; 0 without values */
uint64_t latency_quantile_us(const struct latency *l, double share);
double latency_mean_us(const struct latency *l);
/* How many are shorter; exact to the width of a counter, 1.6 % of `us`. */
uint64_t latency_count_below(const struct latency *l, uint64_t us);

#endif
