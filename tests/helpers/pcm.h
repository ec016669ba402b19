/* Sound made for tests: sines, noise, speech by espeak-ng. Levels are dBov (a sine at full scale has -3.01). */
#ifndef TESTS_HELPERS_PCM_H
#define TESTS_HELPERS_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcm {
	int16_t *samples;
	size_t count, capacity;
	unsigned rate;
	uint64_t noise; /* state of the generator */
};

void pcm_init(struct pcm *p, unsigned rate);
void pcm_release(struct pcm *p);

struct pcm_sine {
	double hz, dbov;
	double am_depth, am_hz; /* amplitude modulation */
	double reversal_ms; /* the phase turns over every so often; 0: never */
};

void pcm_silence(struct pcm *p, double ms);
/* The sum of `n` sines; each is anew at phase 0. */
void pcm_sines(struct pcm *p, double ms, const struct pcm_sine *sines, unsigned n);
void pcm_sine(struct pcm *p, double ms, double hz, double dbov);
/* White noise (uniform) with this power. */
void pcm_noise(struct pcm *p, double ms, double dbov);
/* The same upon what is there. */
void pcm_add_noise(struct pcm *p, double dbov);
/* As G.711 u-law would change it (ITU-T G.711), there and back. */
void pcm_companded(struct pcm *p);
/* espeak-ng's voice says the text, at the file's rate of 22.05 kHz: *p is made anew at that rate. False: espeak-ng is not there. */
bool pcm_speech(struct pcm *p, const char *voice, const char *text);
/* Every sample times this factor, clipped. */
void pcm_scale(struct pcm *p, double factor);

#endif
