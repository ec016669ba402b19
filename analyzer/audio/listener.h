/* One stream's ears: the blocks of its track (track.h) go to level meter, frames, tones and digits. What tones and digits were heard is kept
 * until the stream ends, LISTENER_TONES and LISTENER_DIGITS at most. */
#ifndef ANALYZER_AUDIO_LISTENER_H
#define ANALYZER_AUDIO_LISTENER_H

#include "analyzer/audio/inband.h"
#include "analyzer/audio/levels.h"
#include "analyzer/audio/resample.h"
#include "analyzer/audio/speech_level.h"
#include "analyzer/audio/tones.h"
#include "analyzer/audio/track.h"

#define LISTENER_TONES  64
#define LISTENER_DIGITS 256

struct listener {
	struct speech_level speech;
	struct levels levels;
	struct resample narrow;
	struct tones tones;
	struct inband *inband;
	double ms[3]; /* by enum track_origin */
	struct heard_tone *heard;
	struct inband_digit *digits;
	unsigned heard_count, heard_capacity, digit_count, digit_capacity;
};

/* NULL: out of memory. `spectrum` is borrowed. */
struct listener *listener_new(const struct spectrum *spectrum);
void listener_free(struct listener *l); /* NULL allowed */

/* False: out of memory. */
bool listener_block(struct listener *l, const struct track_block *block);
/* Nothing follows: the last tone and digit are complete. */
bool listener_finish(struct listener *l);

#endif
