/* One stream on its way into a channel: blocks of a track in, samples at the file's rate out, at their places. */
#ifndef CLI_AUDIO_VOICE_H
#define CLI_AUDIO_VOICE_H

#include "analyzer/audio/inband.h"
#include "analyzer/audio/resample.h"
#include "analyzer/audio/track.h"
#include "cli/audio_streams.h"
#include "cli/spool.h"

/* To be silent in a channel. */
struct audio_mask {
	unsigned channel;
	int64_t from_ns, to_ns;
};

struct audio_masks {
	struct audio_mask *all;
	size_t count;
};

/* Shared by the voices of a file. */
struct audio_target {
	struct spool channels[2];
	unsigned channel_count, rate;
	int64_t begin_ns; /* of sample 0 */
	int64_t max_samples;
	bool cut; /* more came than max_samples */
	bool mask_digits; /* looks for digits in the sound */
	struct audio_masks masks;
	struct err *err;
};

struct audio_voice {
	const struct audio_stream *stream;
	struct audio_target *target;
	unsigned channel;
	/* What runs without a jump: its place, and how much of it came in and went out. */
	bool running;
	unsigned run_rate;
	int64_t run_place, run_end_ns;
	uint64_t run_in, run_out;
	struct resample resample;
	struct inband *inband; /* NULL: digits do not matter */
	struct resample narrow;
	/* What came of it. */
	int64_t heard_ns, concealed_ns, paused_ns;
	struct track_counts counts;
	bool met; /* its packets were there */
};

/* False: err of the target. audio_voice_release() in any case. */
bool audio_voice_init(struct audio_voice *v, const struct audio_stream *stream,
                      struct audio_target *target, unsigned channel);
void audio_voice_release(struct audio_voice *v);

/* A track_sink whose context is the voice. */
bool audio_voice_block(void *voice, const struct track_block *block);
/* No more blocks. */
bool audio_voice_end(struct audio_voice *v);

/* False: out of memory. Beyond AUDIO_MAX_MASKS the newest one grows to take what is behind it: too much is silent rather than too little. */
#define AUDIO_MAX_MASKS 100000
bool audio_masks_add(struct audio_masks *m, struct audio_mask mask);
/* Makes them silent. */
bool audio_masks_apply(struct audio_target *t);

#endif
