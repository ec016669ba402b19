/* The strongest one or two sines in 100 ms of audio at 8 kHz: a Hann window, 1024 points of FFT, peaks between the bins by a parabola
 * through their logarithms. Exact to 1 Hz from 25 dB above noise on; sines at least 40 Hz apart are told apart. */
#ifndef ANALYZER_AUDIO_SPECTRUM_H
#define ANALYZER_AUDIO_SPECTRUM_H

#define SPECTRUM_RATE    8000
#define SPECTRUM_SAMPLES 800

/* Tables only: one for all who listen. */
struct spectrum;

/* NULL: out of memory. */
struct spectrum *spectrum_new(void);
void spectrum_free(struct spectrum *s); /* NULL allowed */

/* Mean squares, in the samples' units. */
struct spectrum_peaks {
	double hz[2], power[2]; /* strongest first */
	double total; /* of everything from 100 to 3600 Hz */
};

void spectrum_look(const struct spectrum *s, const float samples[SPECTRUM_SAMPLES],
                   struct spectrum_peaks *out);

#endif
