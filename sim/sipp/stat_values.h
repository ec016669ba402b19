/* What the statistics file and the statistics screen show of a reading: totals since the start. Two of them give a period. */
#ifndef SIM_SIPP_STAT_VALUES_H
#define SIM_SIPP_STAT_VALUES_H

#include "sim/sim.h"

/* The columns Failed..., in SIPp's order. */
#define STAT_REASONS 17
extern const char *const stat_reason_names[STAT_REASONS];
/* Those that come as one (P) and (C) pair each behind the reasons: OutOfCallMsgs ... WatchdogMinor. */
#define STAT_EVENTS 8
extern const char *const stat_event_names[STAT_EVENTS];

#define STAT_MOST_BOUNDS 64 /* of one repartition; further ones are not shown */

struct stat_buckets {
	uint64_t below[STAT_MOST_BOUNDS + 1]; /* the last: the rest */
};

struct stat_values {
	int64_t at_ns;
	uint64_t in, out, succeeded, failed, live;
	uint64_t reasons[STAT_REASONS], events[STAT_EVENTS], named[SCENARIO_MAX_COUNTERS];
	struct moments rtd[SCENARIO_MAX_RTD], length;
	struct stat_buckets rtd_buckets[SCENARIO_MAX_RTD], length_buckets;
};

void stat_values_take(struct stat_values *v, const struct sim_reading *reading,
                      const struct scenario *scenario);

/* SIPp knows a response time only where a step starts or ends it. */
bool stat_rtd_used(const struct scenario *scenario, unsigned rtd);
/* Of what is in `now` and was not in `before` (NULL: since the start); microseconds; 0 without any. */
double moments_mean_us(const struct moments *now, const struct moments *before);
double moments_deviation_us(const struct moments *now, const struct moments *before);
/* Calls begun a second between the two. */
double stat_call_rate(const struct stat_values *now, const struct stat_values *before);
/* How many bounds a repartition shows. */
unsigned stat_bounds(unsigned count);

#endif
