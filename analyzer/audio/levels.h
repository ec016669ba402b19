/* What one stream sounded like, in frames of 20 ms on the capture's timeline: the level of each, and from them noise floor, dead air,
 * talkspurts (ITU-T P.59: pauses of less than 200 ms belong to the spurt) and first audio. Peak and clipping besides.
 *
 * A byte a frame, 180 kB an hour; LEVELS_MAX_FRAMES at most: what comes later counts for peak and clipping only. */
#ifndef ANALYZER_AUDIO_LEVELS_H
#define ANALYZER_AUDIO_LEVELS_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEVELS_FRAME_NS    (20 * NS_PER_MS)
#define LEVELS_MAX_FRAMES  (4u * 3600 * 50) /* four hours */
#define LEVELS_DEAD_DBOV   (-60.0)
#define LEVELS_DEAD_FRAMES 100 /* two seconds below that are dead air */
#define LEVELS_LEAST_DBOV (-50.0) /* whatever the level of the rest, less is no speech */

/* All zero: nothing yet. Owns its levels. */
struct levels {
	int64_t start_ns; /* of the first frame */
	uint8_t *levels; /* 0: nothing was sent, else 200 + 2 * dBov */
	size_t count, capacity;
	double squares; /* of the frame being filled */
	unsigned held; /* samples in it */
	unsigned fill; /* in 1/50 sample: the rate closes it */
	bool pause; /* it holds nothing but what was not sent */
	unsigned run; /* samples at full scale in a row, up to now */
	uint64_t samples, clipped;
	int peak;
};

void levels_release(struct levels *s);

/* The next block; `sent`: it was sent (false: a pause of discontinuous transmission). Where the time went on without sound, frames of
 * nothing stand in. False: out of memory. */
bool levels_push(struct levels *s, int64_t time_ns, const int16_t *samples, size_t count,
                 unsigned rate, bool sent);

struct level_facts {
	double noise_dbov; /* median of the frames between talkspurts; NAN: none */
	double peak_dbov; /* NAN: no samples, or all 0 */
	double clipped_ratio; /* of the samples: in runs of three or more at full scale; NAN: no samples */
	unsigned dead_spans; /* of 2 s or more below -60 dBov */
	int64_t dead_ns, longest_dead_ns; /* in such spans */
	int64_t quiet_ns; /* below -60 dBov, of what was sent */
	int64_t first_ns; /* the first talkspurt begins; TIME_NONE: there is none */
	int64_t active_ns; /* in talkspurts */
};

/* threshold_dbov: a frame above it is active; NAN, or less than LEVELS_LEAST_DBOV: that. */
struct level_facts levels_measure(const struct levels *s, double threshold_dbov);

/* A talkspurt in frames; all zero: before the first. */
struct talkspurt {
	size_t from, to; /* to: the first one after it */
};
/* The next one; false: there is none. */
bool levels_next_spurt(const struct levels *s, double threshold_dbov, struct talkspurt *spurt);

#endif
