/* One or two tones of constant level: test tones, and the pairs of Q.23. */
#include "base/clock.h"
#include "base/mem.h"
#include "sim/media/source.h"

#include <math.h>

static double sine(double hz, size_t at, unsigned rate)
{
	/* The phase is reduced first: far into a long tone it stays as exact as at its beginning. */
	double turns = hz * (double)at / rate;

	return sin(2 * M_PI * (turns - floor(turns)));
}

int16_t *sound_tone(const struct sound *sound, unsigned rate, size_t *count, struct err *err)
{
	bool two = sound->hz[1] > 0;
	/* The level of all together: each of two is 3.01 dB lower. */
	double peak = level_peak(sound->level_dbm0 - (two ? 3.01 : 0));
	int16_t *samples = mem_alloc((*count + 1) * sizeof *samples);

	if (!samples) {
		err_memory(err, "a tone");
		return NULL;
	}
	for (size_t i = 0; i < *count; i++) {
		double v = peak * sine(sound->hz[0], i, rate);
		if (two)
			v += peak * sine(sound->hz[1], i, rate);
		samples[i] = (int16_t)lrint(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
	}
	return samples;
}
