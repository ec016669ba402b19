/* Sound at any rate to another, 8 kHz for tones and digits: a windowed sinc, flat to three quarters of what the lower rate can hold; what
 * folds back to 8 kHz lies above all tones. At the same rate it passes as it is. */
#ifndef ANALYZER_AUDIO_RESAMPLE_H
#define ANALYZER_AUDIO_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESAMPLE_RATE 8000
#define RESAMPLE_HELD 2048
#define RESAMPLE_MAX  (RESAMPLE_HELD * 2) /* samples that one call gives at most */

/* All zero: nothing yet. Owns its kernel. */
struct resample {
	unsigned rate, to; /* of what comes in, and out */
	size_t room; /* how many to hold, so that no call gives too many */
	unsigned half; /* taps on either side */
	unsigned phases; /* places between two samples that the kernel is known for */
	double step, at; /* in input samples; at: of the next output sample, from held[0] on */
	float *kernel; /* phases x (2 * half + 1) */
	size_t held_count;
	float held[RESAMPLE_HELD];
};

void resample_release(struct resample *r);

/* What comes has this rate, what goes the other; 4000 to 192000. False: out of memory. */
bool resample_set_rates(struct resample *r, unsigned rate, unsigned to);
/* To RESAMPLE_RATE. */
bool resample_set_rate(struct resample *r, unsigned rate);

/* Takes what it can of *samples off; gives how many came out. Call it until *count is 0. */
size_t resample_push(struct resample *r, const int16_t **samples, size_t *count,
                     int16_t out[static RESAMPLE_MAX]);

#endif
