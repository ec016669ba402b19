/* What the receiver of a stream says it misses (RFC 3550 6.4.1) against what the capture misses, report by report. What one of them misses
 * and the other has not yet heard of may stand in the next report: only then is it held against it. */
#ifndef ANALYZER_STREAMS_FAR_LOSS_H
#define ANALYZER_STREAMS_FAR_LOSS_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: no report yet. */
struct far_loss {
	bool begun;
	int64_t expected, ours, theirs; /* as they stood at the last report */
	int64_t owed; /* what the capture missed before it, and the receiver has not said it misses too */
	/* Sums over the reports. */
	int64_t sum_expected, sum_ours, sum_theirs;
	int64_t received; /* packets that the capture misses and the receiver does not */
};

/* A report block about the stream. expected, ours: the stream's totals as captured. */
void far_loss_push(struct far_loss *l, int64_t expected, int64_t ours, int64_t cumulative_lost);

#endif
