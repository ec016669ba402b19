/* Comfort noise, RFC 3389: white noise of the level that the sender measured. Its spectrum (the octets behind the level) is left alone. */
#ifndef ANALYZER_AUDIO_COMFORT_NOISE_H
#define ANALYZER_AUDIO_COMFORT_NOISE_H

#include "base/slice.h"

/* All zero: silence. */
struct comfort_noise {
	bool on;
	int amplitude; /* samples are within plus and minus this */
	uint32_t state;
};

/* A payload of it; an empty one says nothing. */
void comfort_noise_set(struct comfort_noise *c, struct slice payload);
void comfort_noise_fill(struct comfort_noise *c, int16_t *out, size_t n);

#endif
