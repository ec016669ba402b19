/* The output of a track: how far it has come, and the blocks on their way to the sink. */
#ifndef ANALYZER_AUDIO_TIMELINE_H
#define ANALYZER_AUDIO_TIMELINE_H

#include "analyzer/audio/comfort_noise.h"
#include "analyzer/audio/track.h"

/* All zero but sink and context: nothing given yet, no rate. */
struct timeline {
	track_sink *sink;
	void *context;
	int64_t base_ns; /* time of the sample that `given` counts from */
	uint64_t given;
	uint64_t skip; /* samples to be left out, for it is ahead */
	unsigned rate; /* 0: none yet */
};

/* Of the next sample. */
int64_t timeline_end(const struct timeline *t);

/* The first one sets the beginning too. */
void timeline_set_rate(struct timeline *t, unsigned rate, int64_t begin_ns);

uint64_t timeline_samples(const struct timeline *t, int64_t ns);

/* n <= DECODER_MAX_SAMPLES. False as track_sink. */
bool timeline_give(struct timeline *t, const int16_t *samples, size_t n, enum track_origin origin);
/* n samples of silence, or of noise if it is on. */
bool timeline_hush(struct timeline *t, uint64_t n, enum track_origin origin,
                   struct comfort_noise *noise);
/* A pause until then; none if that is past. Not spelled out beyond TRACK_SPELLED_NS. */
bool timeline_pause(struct timeline *t, int64_t until_ns, struct comfort_noise *noise);

#endif
