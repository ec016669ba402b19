#include "tests/helpers/pcm.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pcm_init(struct pcm *p, unsigned rate)
{
	*p = (struct pcm){ .rate = rate, .noise = 1 };
}

void pcm_release(struct pcm *p)
{
	free(p->samples);
	p->samples = NULL;
}

static int16_t *grow(struct pcm *p, size_t more)
{
	if (p->count + more > p->capacity) {
		p->capacity = 2 * (p->count + more);
		p->samples = realloc(p->samples, p->capacity * sizeof *p->samples);
		assert(p->samples);
	}
	p->count += more;
	return p->samples + p->count - more;
}

static size_t samples_of(const struct pcm *p, double ms)
{
	return (size_t)lround(ms * p->rate / 1e3);
}

static int16_t clip(double x)
{
	return (int16_t)lround(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

void pcm_silence(struct pcm *p, double ms)
{
	size_t n = samples_of(p, ms);

	if (n)
		memset(grow(p, n), 0, n * sizeof(int16_t));
}

static double sine_at(const struct pcm_sine *s, double t)
{
	double amplitude = 32768 * sqrt(2) * pow(10, s->dbov / 20);
	double am = 1 + s->am_depth * sin(2 * M_PI * s->am_hz * t);
	bool turned = s->reversal_ms > 0 && (long)(t * 1e3 / s->reversal_ms) % 2;

	return amplitude * am * sin(2 * M_PI * s->hz * t) * (turned ? -1 : 1);
}

void pcm_sines(struct pcm *p, double ms, const struct pcm_sine *sines, unsigned n)
{
	size_t count = samples_of(p, ms);
	int16_t *out = grow(p, count);

	for (size_t i = 0; i < count; i++) {
		double x = 0;
		for (unsigned k = 0; k < n; k++)
			x += sine_at(&sines[k], (double)i / p->rate);
		out[i] = clip(x);
	}
}

void pcm_sine(struct pcm *p, double ms, double hz, double dbov)
{
	pcm_sines(p, ms, &(struct pcm_sine){ .hz = hz, .dbov = dbov }, 1);
}

/* Knuth's MMIX generator; -1..1. */
static double random_unit(struct pcm *p)
{
	p->noise = p->noise * 6364136223846793005u + 1442695040888963407u;
	return (double)(p->noise >> 11) / 4503599627370496.0 - 1;
}

static double noise_amplitude(double dbov)
{
	return 32768 * sqrt(3) * pow(10, dbov / 20);
}

void pcm_noise(struct pcm *p, double ms, double dbov)
{
	size_t n = samples_of(p, ms);
	int16_t *out = grow(p, n);

	for (size_t i = 0; i < n; i++)
		out[i] = clip(noise_amplitude(dbov) * random_unit(p));
}

void pcm_add_noise(struct pcm *p, double dbov)
{
	for (size_t i = 0; i < p->count; i++)
		p->samples[i] = clip(p->samples[i] + noise_amplitude(dbov) * random_unit(p));
}

/* Segments of 16 steps, each segment's steps twice as large; 14 bits. */
static int16_t companded(int x)
{
	int magnitude = (x < 0 ? -x : x) / 4 + 33, segment = 0;

	if (magnitude > 8191)
		magnitude = 8191;
	while (magnitude >> (segment + 6))
		segment++;
	magnitude = (magnitude >> (segment + 1) << (segment + 1)) + (1 << segment);
	return (int16_t)((x < 0 ? -1 : 1) * 4 * (magnitude - 33));
}

void pcm_companded(struct pcm *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->samples[i] = companded(p->samples[i]);
}

void pcm_scale(struct pcm *p, double factor)
{
	for (size_t i = 0; i < p->count; i++)
		p->samples[i] = clip(p->samples[i] * factor);
}

bool pcm_speech(struct pcm *p, const char *voice, const char *text)
{
	char command[2000];
	int16_t block[4096];
	size_t n;

	pcm_init(p, 22050);
	/* A WAV header of 44 octets goes before the samples. */
	snprintf(command, sizeof command, "espeak-ng -v %s --stdout '%s' 2>/dev/null", voice, text);
	FILE *f = popen(command, "r");
	if (!f)
		return false;
	bool header = fread(block, 1, 44, f) == 44;
	while (header && (n = fread(block, sizeof *block, 4096, f)) > 0)
		memcpy(grow(p, n), block, n * sizeof *block);
	return pclose(f) == 0 && p->count;
}
