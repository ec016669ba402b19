/* Something that measures as speech does, the same every time: a voice of pulses and noise through three formants, in syllables, words and
 * pauses. Its active level (ITU-T P.56) is what is asked for. */
#include "base/mem.h"
#include "sim/media/source.h"
#include "sim/transport/impair.h"

#include <math.h>

#define SEED UINT64_C(0x6d696c6c69776174)

struct resonator { /* a pair of poles */
	double a1, a2, gain, y1, y2;
};

struct voice {
	unsigned rate;
	uint64_t random;
	double pitch_hz, pitch_phase;
	struct resonator formants[3];
	bool noisy; /* an unvoiced syllable */
	size_t left, length; /* samples of the syllable, or of the pause */
	unsigned syllables; /* still to come in this talkspurt */
	bool pausing;
};

static double between(struct voice *v, double low, double high)
{
	return low + (high - low) * random_unit(&v->random);
}

static void tune(struct resonator *r, double hz, double width_hz, unsigned rate)
{
	double radius = exp(-M_PI * width_hz / rate);

	r->a1 = 2 * radius * cos(2 * M_PI * hz / rate);
	r->a2 = -radius * radius;
	r->gain = 1 - radius;
}

static double resonate(struct resonator *r, double x)
{
	double y = r->gain * x + r->a1 * r->y1 + r->a2 * r->y2;

	r->y2 = r->y1;
	r->y1 = y;
	return y;
}

static void begin_syllable(struct voice *v)
{
	v->pausing = false;
	v->syllables--;
	v->noisy = random_unit(&v->random) < 0.2;
	v->length = v->left = (size_t)(between(v, 0.12, 0.28) * v->rate);
	v->pitch_hz = between(v, 105, 150);
	tune(&v->formants[0], between(v, 300, 800), 80, v->rate);
	tune(&v->formants[1], between(v, 900, 2200), 110, v->rate);
	tune(&v->formants[2], between(v, 2300, 3100), 160, v->rate);
}

static void begin_pause(struct voice *v)
{
	v->pausing = true;
	v->length = v->left = (size_t)(between(v, 0.35, 0.95) * v->rate);
	v->syllables = 5 + (unsigned)(random_next(&v->random) % 6);
}

/* Pulses of the pitch, or noise. */
static double excitation(struct voice *v)
{
	if (v->noisy)
		return 0.5 * (random_unit(&v->random) * 2 - 1);
	v->pitch_phase += v->pitch_hz / v->rate;
	if (v->pitch_phase < 1)
		return 0.02 * (random_unit(&v->random) * 2 - 1);
	v->pitch_phase -= 1;
	return 6;
}

static double next_sample(struct voice *v)
{
	double x, envelope;

	if (!v->left && !v->syllables)
		begin_pause(v);
	else if (!v->left)
		begin_syllable(v);
	v->left--;
	if (v->pausing)
		return 0;
	x = excitation(v);
	x = resonate(&v->formants[0], x) + 0.6 * resonate(&v->formants[1], x) +
	    0.3 * resonate(&v->formants[2], x);
	envelope = sin(M_PI * ((double)v->left + 0.5) / (double)v->length);
	return x * (0.15 + 0.85 * envelope);
}

/* dBm0 is 6.15 dB below dBov, the level of a square wave as loud as can be (G.711: a sine of 3.14 dBm0 is the loudest). */
static double rms_of(double dbm0)
{
	return level_peak(dbm0) / sqrt(2);
}

int16_t *sound_speech(const struct sound *sound, unsigned rate, size_t *count, struct err *err)
{
	struct voice v = { .rate = rate, .random = SEED, .syllables = 7 };
	double *raw = mem_alloc((*count + 1) * sizeof *raw), sum = 0, factor;
	int16_t *samples = mem_alloc((*count + 1) * sizeof *samples);
	size_t active = 0;

	if (!raw || !samples) {
		mem_free(raw);
		mem_free(samples);
		err_memory(err, "speech");
		return NULL;
	}
	for (size_t i = 0; i < *count; i++) {
		raw[i] = next_sample(&v);
		sum += raw[i] * raw[i];
		active += !v.pausing;
	}
	factor = sum > 0 ? rms_of(sound->level_dbm0) / sqrt(sum / (double)active) : 0;
	for (size_t i = 0; i < *count; i++) {
		double s = raw[i] * factor;
		samples[i] = (int16_t)lrint(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
	}
	mem_free(raw);
	return samples;
}
