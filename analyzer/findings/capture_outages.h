/* What capture_outages.c (the timeline of holes) and capture_window.c (what holes of one window mean) share. */
#ifndef ANALYZER_FINDINGS_CAPTURE_OUTAGES_H
#define ANALYZER_FINDINGS_CAPTURE_OUTAGES_H

#include "analyzer/findings/capture_faults.h"

#define OUTAGES_MAX_SILENCES 64

struct hole {
	int64_t told_ns; /* eviction time */
	int64_t start_ns, end_ns; /* last packet before, first behind */
	int64_t stream_id, call_id, dialog_id, number;
	struct pair hosts;
	struct sighting at; /* of the first packet behind */
	uint32_t span, missing; /* numbers from `number` on; how many have not come by now */
	size_t group; /* place of the stream's first hole in the same window */
	bool judged;
};

struct silence {
	int64_t from_ns, to_ns;
};

/* K1 in the making. */
struct loss {
	bool open, certain;
	int64_t from_ns, to_ns;
	struct sighting first, last;
	size_t streams, active, host_pairs;
};

struct outages {
	struct timer timer; /* first: the timer leads back to its owner */
	struct capture_faults *k;
	const struct streams *streams;
	struct hole *holes; /* a queue, in the order in which they were told */
	size_t count, capacity;
	uint32_t taken; /* how many have left it */
	struct census census; /* the last one of this judgement, if `censuses` */
	unsigned censuses;
	struct silence silences[OUTAGES_MAX_SILENCES]; /* others take their place */
	size_t silence_count;
	struct silence lost[CAPTURE_MAX_INTERVALS];
	size_t lost_count;
	struct loss loss;
};

/* Judges holes of different streams that began within one window, in order of their start. False: the environment failed. */
bool window_judge(struct outages *o, const struct hole *holes, size_t n);
/* K1 of the last windows, if any, as it stands. */
bool window_tell_loss(struct outages *o);

#endif
