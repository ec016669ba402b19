#include "analyzer/audio/spectrum.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

#define POINTS  1024
#define HALF    (POINTS / 2)
#define LOBE    4 /* bins of a sine's main lobe on either side: 31 Hz */
#define LOWEST  13 /* bins: 102 Hz, above hum */
#define HIGHEST 461 /* 3602 Hz */

struct complex_float {
	float re, im;
};

struct spectrum {
	float window[SPECTRUM_SAMPLES];
	double scale; /* from the sum of a lobe's bins to a mean square */
	struct complex_float turn[HALF]; /* e^(-2 pi i k / POINTS) */
	unsigned short reversed[HALF];
};

struct spectrum *spectrum_new(void)
{
	struct spectrum *s = mem_zalloc(sizeof *s);
	double squares = 0;

	if (!s)
		return NULL;
	for (unsigned i = 0; i < SPECTRUM_SAMPLES; i++) {
		double w = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / SPECTRUM_SAMPLES);
		s->window[i] = (float)w;
		squares += w * w;
	}
	s->scale = 2 / (POINTS * squares);
	for (unsigned k = 0; k < HALF; k++) {
		s->turn[k].re = (float)cos(2 * M_PI * k / POINTS);
		s->turn[k].im = (float)-sin(2 * M_PI * k / POINTS);
	}
	for (unsigned i = 1; i < HALF; i++)
		s->reversed[i] = (unsigned short)(s->reversed[i / 2] / 2 + (i % 2 ? HALF / 2 : 0));
	return s;
}

void spectrum_free(struct spectrum *s)
{
	mem_free(s);
}

/* In place, HALF points whose order is bit-reversed already. */
static void transform(const struct spectrum *s, struct complex_float *x)
{
	for (unsigned size = 2; size <= HALF; size *= 2) {
		unsigned step = POINTS / size;
		for (unsigned start = 0; start < HALF; start += size) {
			struct complex_float *a = x + start, *b = a + size / 2;
			for (unsigned k = 0; k < size / 2; k++) {
				struct complex_float w = s->turn[k * step];
				float re = b[k].re * w.re - b[k].im * w.im;
				float im = b[k].re * w.im + b[k].im * w.re;
				b[k] = (struct complex_float){ a[k].re - re, a[k].im - im };
				a[k] = (struct complex_float){ a[k].re + re, a[k].im + im };
			}
		}
	}
}

/* Even samples were the real parts, odd ones the imaginary parts: their spectra apart, and together again. */
static void power_spectrum(const struct spectrum *s, const struct complex_float *x, float *power)
{
	power[0] = 0;
	for (unsigned k = 1; k < HALF; k++) {
		struct complex_float a = x[k], b = x[HALF - k], w = s->turn[k];
		float even_re = (a.re + b.re) / 2, even_im = (a.im - b.im) / 2;
		float odd_re = (a.im + b.im) / 2, odd_im = (b.re - a.re) / 2;
		float re = even_re + odd_re * w.re - odd_im * w.im;
		float im = even_im + odd_re * w.im + odd_im * w.re;
		power[k] = re * re + im * im;
	}
}

static unsigned strongest(const float *power, unsigned not_from, unsigned not_to)
{
	unsigned best = 0;

	for (unsigned k = LOWEST; k <= HIGHEST; k++)
		if ((k < not_from || k > not_to) && power[k] > power[best] &&
		    power[k] >= power[k - 1] && power[k] >= power[k + 1])
			best = k;
	return best;
}

static double peak_hz(const float *power, unsigned k)
{
	double before = log(power[k - 1] + 1e-9), at = log(power[k] + 1e-9),
	       after = log(power[k + 1] + 1e-9);
	double bend = before - 2 * at + after;
	double shift = bend < 0 ? (before - after) / (2 * bend) : 0;

	return (k + shift) * SPECTRUM_RATE / POINTS;
}

static double sum(const float *power, unsigned from, unsigned to)
{
	double all = 0;

	for (unsigned k = from; k <= to && k < HALF; k++)
		all += power[k];
	return all;
}

static void find_peaks(const struct spectrum *s, const float *power, struct spectrum_peaks *out)
{
	unsigned a = strongest(power, 0, 0), b = a ? strongest(power, a - LOBE, a + LOBE) : 0;
	unsigned low = a < b ? a : b, high = a < b ? b : a;
	unsigned between = low && high - low <= 2 * LOBE ? (low + high) / 2 : high;

	if (!a)
		return;
	out->hz[0] = peak_hz(power, a);
	out->power[0] = s->scale * sum(power, a == high && between < high ? between + 1 : a - LOBE,
	                               a == low && between < high ? between : a + LOBE);
	if (!b)
		return;
	out->hz[1] = peak_hz(power, b);
	out->power[1] = s->scale * sum(power, b == high && between < high ? between + 1 : b - LOBE,
	                               b == low && between < high ? between : b + LOBE);
}

void spectrum_look(const struct spectrum *s, const float samples[SPECTRUM_SAMPLES],
                   struct spectrum_peaks *out)
{
	struct complex_float x[HALF];
	float power[HALF];

	memset(x, 0, sizeof x);
	for (unsigned i = 0; i < SPECTRUM_SAMPLES / 2; i++) {
		x[s->reversed[i]].re = samples[2 * i] * s->window[2 * i];
		x[s->reversed[i]].im = samples[2 * i + 1] * s->window[2 * i + 1];
	}
	transform(s, x);
	power_spectrum(s, x, power);
	memset(out, 0, sizeof *out);
	out->total = s->scale * sum(power, LOWEST, HIGHEST);
	find_peaks(s, power, out);
}
