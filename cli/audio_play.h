/* A call's packets read again, its chosen streams decoded and laid into channels. */
#ifndef CLI_AUDIO_PLAY_H
#define CLI_AUDIO_PLAY_H

#include "cli/audio_voice.h"

struct audio_play {
	int64_t call_id; /* RECORD_NULL: none */
	struct audio_streams streams;
	struct audio_target target;
	struct audio_voice *voices; /* one for each stream that is to be heard */
	size_t voice_count;
	int64_t begin_us, samples; /* of the first sample; of every channel */
	int64_t heard_ns; /* of all voices */
};

struct audio_play_options {
	struct audio_wish wish;
	unsigned rate; /* 0: the highest of the streams' */
	bool mask_digits;
	bool progress;
	const char *output; /* must be none of the captures */
	const char *captures; /* the directory they lie in now; NULL: where they lay */
};

/* call_id RECORD_NULL: the stream of the wish, which is no call's. One channel with wish.stream, else the caller's and the callee's voice.
 * False: err. audio_play_release() in any case. */
bool audio_play(struct audio_play *p, struct records *r, int64_t call_id,
                const struct audio_play_options *options, struct err *err);
void audio_play_release(struct audio_play *p);

/* Several calls in one reading of their captures: each prepared, all read, each finished. Their targets keep `err`. Release each in any case. */
bool audio_play_prepare(struct audio_play *p, struct records *r, int64_t call_id,
                        const struct audio_play_options *options, struct err *err);
bool audio_play_read(struct audio_play *plays, size_t count, struct records *r,
                     const struct audio_play_options *options, struct err *err);
bool audio_play_finish(struct audio_play *p);

#endif
