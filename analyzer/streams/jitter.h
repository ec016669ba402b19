/* Interarrival jitter, RFC 3550 section 6.4.1 and A.8, over capture time: D = |change of transit time|, J += (D - J) / 16, in order of
 * arrival, in nanoseconds and without rounding to clock ticks. */
#ifndef ANALYZER_STREAMS_JITTER_H
#define ANALYZER_STREAMS_JITTER_H

#include <stdbool.h>
#include <stdint.h>

/* No network delays by this much more or less from one packet to the next: the sender's timestamps (or the capture's clock) were set
 * anew. */
#define JITTER_MAX_D_NS 5e9
/* More than this is worth a look: all streams at once are the capture's clock (findings/capture_steps.c). */
#define JITTER_STEP_NS 10e6

/* All zero: nothing seen. */
struct jitter {
	double value_ns;
	double sum_ns, max_ns; /* over the value after each packet that has a D */
	uint64_t count; /* of those */
	int64_t last_arrival_ns;
	uint32_t last_timestamp;
	bool has_reference;
	double step_ns; /* D with its sign, of the last JITTER_STEP or JITTER_JUMP */
};

enum jitter_step {
	JITTER_REFERENCE, /* first of a segment: no D yet */
	JITTER_MEASURED,
	JITTER_STEP, /* measured, D beyond JITTER_STEP_NS */
	JITTER_JUMP, /* D beyond JITTER_MAX_D_NS: nothing was changed but step_ns, the caller decides */
};

/* ns_per_tick: of the packet's RTP clock, > 0. */
enum jitter_step jitter_push(struct jitter *j, int64_t arrival_ns, uint32_t timestamp,
                             double ns_per_tick);

/* A new segment: the value starts at 0 again, and the next packet is its reference. Sum, max and count go on. */
static inline void jitter_restart(struct jitter *j)
{
	j->value_ns = 0;
	j->has_reference = false;
}

/* Another RTP clock: the next packet is a new reference, the value stays. */
static inline void jitter_forget_reference(struct jitter *j)
{
	j->has_reference = false;
}

#endif
