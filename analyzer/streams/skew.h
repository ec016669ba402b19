/* How fast the sender's media clock runs against the capture's clock: least squares over sparse samples of (arrival time, arrival -
 * media time) of one segment. Positive: the sender is fast. */
#ifndef ANALYZER_STREAMS_SKEW_H
#define ANALYZER_STREAMS_SKEW_H

#include <stdbool.h>
#include <stdint.h>

#define SKEW_MIN_S       60 /* shorter says nothing */
#define SKEW_MIN_SAMPLES 16

/* All zero: nothing seen. */
struct skew {
	bool begun, known;
	int64_t first_ns, last_ns;
	uint32_t last_timestamp;
	int64_t ticks; /* media time from the segment's first sample to its last */
	double n, x, y, xx, xy, yy; /* sums; x in s, y in us */
	double best_ppm, best_s, best_residual_ms; /* of the longest segment so far */
};

void skew_push(struct skew *k, int64_t arrival_ns, uint32_t timestamp, double ns_per_tick);
/* The segment ends: judges it. */
void skew_restart(struct skew *k);
/* After skew_restart(): ppm of the longest segment, NAN if none was long enough. */
double skew_ppm(const struct skew *k);
/* Likewise: how far its samples are from that straight line (root of the mean square), ms. */
double skew_residual_ms(const struct skew *k);

#endif
