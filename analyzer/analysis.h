/* What every stateful stage of one analysis shares: capture time and its timers, the store, the run, the numbering of rows. One per
 * run; the pipeline owns it. */
#ifndef ANALYZER_ANALYSIS_H
#define ANALYZER_ANALYSIS_H

#include "analyzer/media_settings.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/timer.h"
#include "reports/records/store.h"

struct findings;
struct audio_sink;
struct listening;

struct analysis {
	struct store *store;
	int64_t run_id;
	struct timers timers; /* in eviction time: see now_ns */
	/* Eviction time: follows the packets' time forwards, never backwards, and through a forward jump of over an hour by ten seconds
	 * only (one frame with a broken date must not end every call). Measurements use the packets' own times. */
	int64_t now_ns;
	struct err *
	        err; /* the first failure of the environment; functions that return false have set it */
	/* The packet at hand, for those that are told of it without its place. */
	int64_t capture_id;
	uint64_t frame;
	bool failed; /* set with err by timers, which cannot return it */
	int64_t interval_ns; /* length of stream_intervals rows */
	struct media_settings media;
	struct listening *listening; /* NULL: media.listen is off */
	const struct audio_sink *audio; /* NULL: nobody listens, nothing is decoded */
	/* Next ids, from 1. */
	int64_t next_call, next_dialog, next_transaction, next_message, next_stream, next_rtcp,
	        next_dtmf, next_registration, next_subscription, next_transfer;
	const char *correlate; /* headers that join legs; NULL: CORRELATE_HEADERS */
	struct findings *findings; /* NULL: nobody looks for any (tests of single stages) */
};

/* Records a failure that a timer met; err must be set already. */
static inline void analysis_fail(struct analysis *a)
{
	a->failed = true;
}

#endif
