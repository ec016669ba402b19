/* What capture_clock.c, capture_steps.c and capture_date.c share: the capture's clock. */
#ifndef ANALYZER_FINDINGS_CAPTURE_CLOCK_H
#define ANALYZER_FINDINGS_CAPTURE_CLOCK_H

#include "analyzer/findings/capture_faults.h"

#define CLOCK_TICK_VALUES 16

struct transit;

/* It was set: `at` the first packet behind. */
struct clock_step {
	struct sighting at;
	int64_t by_ns;
	size_t streams; /* that show it; 0: only frames that go back */
};

struct clock_watch {
	struct timer timer; /* first: the timer leads back to its owner */
	struct capture_faults *k;
	const struct streams *owner;
	/* K7 */
	int64_t back_ns;
	size_t streams;
	double share;
	struct transit *transits; /* changes of transit times of late */
	size_t transit_count, transit_capacity;
	struct clock_step steps[CAPTURE_MAX_CLOCK_STEPS];
	size_t step_count;
	/* K8 */
	struct lru senders;
	bool skew_known;
	double skew_ppm;
	/* K9 */
	uint64_t quantum_ns;
	struct {
		uint64_t samples, equal, divisor;
		unsigned distinct;
		uint64_t values[CLOCK_TICK_VALUES]; /* different steps; beyond, no more are kept */
		bool fine; /* nothing to see any more */
	} tick;
	/* K6 */
	struct lru hosts;
	struct sighting too_early, latest;
};

/* Streams (0: frames alone) show that the clock was set; those that are near the same step are one. */
void clock_add_step(struct clock_watch *c, struct sighting at, int64_t by_ns, size_t streams);
/* capture_steps.c: of the timer. */
void clock_judge_on_time(struct timer *timer, void *context);

/* The most values that lie within `spread`, and the middle one of them; sorts them. */
struct alike {
	size_t n;
	double value;
};
struct alike clock_alike(double *values, size_t n, double spread);

/* Seconds since the epoch of a SIP-date (RFC 3261 20.17); false if it is none. */
bool date_parse(struct slice text, int64_t *seconds);

void date_times(struct clock_watch *c, struct sighting at);
bool date_finish(struct clock_watch *c, const struct capture_view *view);

#endif
