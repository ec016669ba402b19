/* Impairment on purpose, seeded: what happens to the next packet of one stream (or of one direction's messages). It decides, the caller
 * drops, delays and copies. No clock and no I/O: same seed, same fate. */
#ifndef SIM_TRANSPORT_IMPAIR_H
#define SIM_TRANSPORT_IMPAIR_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct impair_config {
	double loss; /* random, 0..1 */
	/* Gilbert-Elliott: from good to bad with p, back with r; lost with 1 - k in good, 1 - h in bad. p 0: off. */
	double ge_p, ge_r, ge_h, ge_k;
	int64_t delay_ns,
	        jitter_ns; /* jitter: normal, this is its standard deviation, never below no delay */
	double reorder; /* share of packets that are held back so long that one to three of the next overtake them */
	double duplicate; /* share of packets that leave twice, one copy right behind the other */
	double drift_ppm; /* of the sender's clock, greater 0: it runs fast. For who schedules: impair_clock_ns(); no packet's fate knows it */
};

/* "loss=2%,ge=0.01:0.3,delay=20ms,jitter=10ms,reorder=1%,duplicate=0.5%,drift=50ppm"; "2%" alone is loss, a share is said as 2% or 0.02,
 * ge as p:r, p:r:h or p:r:h:k (h 0, k 1 where not said). False: an err that says how it is written. */
bool impair_parse(const char *text, struct impair_config *out, struct err *err);
bool impair_wanted(const struct impair_config *c);

struct impair {
	struct impair_config config;
	uint64_t
	        state; /* of the random numbers: each packet takes one, so its luck is of the seed and its number alone */
	bool begun, bad; /* bad: Gilbert-Elliott */
	int64_t last_now_ns, gap_ns; /* gap: smoothed, between packets given */
	int64_t last_out_ns; /* without reorder packets do not overtake each other: jitter queues */
};

struct impair_fate {
	bool drop;
	unsigned copies; /* 1, or 2 where it is duplicated; 0 where it is dropped */
	int64_t out_ns[2]; /* when each leaves, >= now */
};

void impair_init(struct impair *i, const struct impair_config *c, uint64_t seed);
void impair_packet(struct impair *i, int64_t now_ns, struct impair_fate *out);

/* How long it really takes until a sender's drifting clock has gone on by own_ns: when his n-th packet is due is impair_clock_ns(c, n x ptime)
 * after the first. */
static inline int64_t impair_clock_ns(const struct impair_config *c, int64_t own_ns)
{
	if (__builtin_expect(c->drift_ppm == 0, 1))
		return own_ns;
	return (int64_t)((double)own_ns / (1 + c->drift_ppm * 1e-6));
}

/* SplitMix64: the random numbers of all that is seeded here. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* [0, 1) */
static inline double random_unit(uint64_t *state)
{
	return (double)(random_next(state) >> 11) * 0x1.0p-53;
}

#endif
