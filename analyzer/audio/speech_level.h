/* Active speech level and activity, ITU-T P.56 method B: an envelope (two exponential smoothings of 30 ms) is compared with 15 thresholds
 * 6 dB apart, each with a hangover of 200 ms; the active level is where it stands 15.9 dB above the threshold that gave it.
 *
 * dBov (ITU-T G.100.1): 0 is the power of a square wave at full scale, a sine at full scale has -3.01. Any sample rate, which may
 * change on the way. No memory of its own. */
#ifndef ANALYZER_AUDIO_SPEECH_LEVEL_H
#define ANALYZER_AUDIO_SPEECH_LEVEL_H

#include <stddef.h>
#include <stdint.h>

#define SPEECH_THRESHOLDS 15
#define SPEECH_MARGIN_DB  15.9

/* All zero: nothing heard yet. */
struct speech_level {
	unsigned rate;
	unsigned step, until_step; /* thresholds are looked at every millisecond */
	double keep; /* weight of the past in the smoothing */
	double first, envelope;
	double energy; /* squares of samples, over time in seconds */
	double seconds;
	uint64_t active_ms[SPEECH_THRESHOLDS]; /* above 2^i, hangover included */
	unsigned hangover_ms[SPEECH_THRESHOLDS]; /* that is left */
};

struct speech_activity {
	double active_dbov; /* NAN: nothing but silence */
	double mean_dbov; /* over the whole time; NAN likewise */
	double activity; /* 0..1; NAN: no time at all */
};

void speech_push(struct speech_level *s, const int16_t *samples, size_t count, unsigned rate);
struct speech_activity speech_measure(const struct speech_level *s);

/* Of a mean square of samples; -INFINITY for 0. */
double dbov_of(double mean_square);

#endif
