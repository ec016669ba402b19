/* An adaptive jitter buffer: as deep as it takes that 99 of 100 packets come in time, between 20 and 200 ms.
 *
 * Its target is the 99th percentile of how far the last 500 packets (ten seconds at 20 ms) came behind the anchor, in steps of 1 ms. It
 * grows to the target at once, and shrinks towards it by 0.2 ms a packet (1 ms in 100 ms at 20 ms a packet), as receivers do that
 * stretch and squeeze speech. It starts with the 60 ms of the fixed one.
 *
 * Why this one: a percentile asks what the listener hears, lost speech, and one outlier does not cost a second of delay, as with
 * buffers that follow the peak; it needs no guess of a distribution, as the running mean plus four deviations does. Time is counted
 * in packets and what comes within 20 ms counts as 20, so that the packets that came later suffice to tell afterwards what it did
 * (trace.h). */
#ifndef ANALYZER_SCORE_ADAPTIVE_H
#define ANALYZER_SCORE_ADAPTIVE_H

#include <stdint.h>

#define ADAPTIVE_LEAST_MS 20
#define ADAPTIVE_MOST_MS  200
#define ADAPTIVE_START_MS 60
#define ADAPTIVE_WINDOW   500
#define ADAPTIVE_BINS     (ADAPTIVE_MOST_MS - ADAPTIVE_LEAST_MS + 2)

struct adaptive {
	double depth_ms;
	double sum_ms; /* of the depth at each packet */
	uint64_t packets;
	unsigned at; /* in `window` */
	unsigned beyond; /* packets of it that came later than ADAPTIVE_LEAST_MS */
	uint16_t count
	        [ADAPTIVE_BINS]; /* of those, by milliseconds beyond it, rounded up; the last one: more */
	uint8_t window[ADAPTIVE_WINDOW]; /* which of `count`; 0: in time */
};

void adaptive_init(struct adaptive *a);
/* So many packets came within ADAPTIVE_LEAST_MS. */
void adaptive_pass(struct adaptive *a, uint64_t packets);
/* One came so much behind the anchor; whether it was late is a matter of depth_ms before this. */
void adaptive_push(struct adaptive *a, double behind_ms);
/* The anchor was moved: what was seen so far is measured from another one. */
void adaptive_forget(struct adaptive *a);

#endif
