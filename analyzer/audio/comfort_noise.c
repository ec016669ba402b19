#include "analyzer/audio/comfort_noise.h"

#include <math.h>

/* The level is in -dBov: 0 is a square wave of full scale, an RMS of 32768. Uniform noise within plus and minus A has an RMS of A / sqrt(3). */
void comfort_noise_set(struct comfort_noise *c, struct slice payload)
{
	if (!payload.n)
		return;
	double amplitude = 32768 * sqrt(3) * pow(10, -(payload.p[0] & 0x7f) / 20.0);
	c->amplitude = amplitude < INT16_MAX ? (int)(amplitude + 0.5) : INT16_MAX;
	c->on = true;
}

/* The same noise for the same stream: the generator of Numerical Recipes, whose upper bits are good enough to hear. */
void comfort_noise_fill(struct comfort_noise *c, int16_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		c->state = c->state * 1664525u + 1013904223u;
		out[i] = (int16_t)(((int64_t)(int32_t)c->state * c->amplitude) >> 31);
	}
}
