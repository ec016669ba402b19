#include "analyzer/audio/resample.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

#define REACH      6 /* samples at the lower of both rates, on either side */
#define PHASES_MAX 1024 /* exact for all usual rates; others take the nearest */

void resample_release(struct resample *r)
{
	mem_free(r->kernel);
	memset(r, 0, sizeof *r);
}

/* A sinc that cuts at half the lower rate, in a Hann window; t in samples at that rate. */
static double kernel_at(double t)
{
	double x = M_PI * t;

	if (fabs(t) >= REACH)
		return 0;
	return (fabs(x) < 1e-9 ? 1 : sin(x) / x) * (0.5 + 0.5 * cos(M_PI * t / REACH));
}

/* Phase p lies p / phases behind the sample in the middle. */
static void make_phase(struct resample *r, unsigned phase)
{
	unsigned taps = 2 * r->half + 1;
	float *out = r->kernel + (size_t)phase * taps;
	double wide = r->step > 1 ? r->step : 1, sum = 0;

	for (unsigned i = 0; i < taps; i++) {
		double distance = (double)i - r->half - (double)phase / r->phases;
		out[i] = (float)kernel_at(distance / wide);
		sum += out[i];
	}
	for (unsigned i = 0; i < taps; i++)
		out[i] = (float)(out[i] / sum);
}

static unsigned common_divisor(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

bool resample_set_rate(struct resample *r, unsigned rate)
{
	return resample_set_rates(r, rate, RESAMPLE_RATE);
}

bool resample_set_rates(struct resample *r, unsigned rate, unsigned to)
{
	if (rate == r->rate && to == r->to)
		return true;
	resample_release(r);
	r->rate = rate;
	r->to = to;
	r->step = (double)rate / to;
	r->half = (unsigned)ceil(REACH * (r->step > 1 ? r->step : 1));
	r->phases = to / common_divisor(rate, to);
	if (r->phases > PHASES_MAX)
		r->phases = PHASES_MAX;
	r->room = (size_t)(RESAMPLE_MAX * r->step) + 2 * r->half;
	if (r->room > RESAMPLE_HELD)
		r->room = RESAMPLE_HELD;
	r->kernel = mem_alloc(sizeof *r->kernel * r->phases * (2 * r->half + 1));
	if (!r->kernel)
		return false;
	for (unsigned i = 0; i < r->phases; i++)
		make_phase(r, i);
	/* The first sample stands in the middle of the kernel. */
	r->held_count = r->half;
	r->at = r->half;
	return true;
}

static int16_t sample_here(const struct resample *r)
{
	double at = r->at +
	            1e-9; /* less than any phase: what adds up wrongly does not fall short of one */
	unsigned taps = 2 * r->half + 1, middle = (unsigned)at;
	unsigned phase = (unsigned)((at - middle) * r->phases);
	const float *kernel = r->kernel + (size_t)phase * taps, *x = r->held + middle - r->half;
	float sum = 0;

	for (unsigned i = 0; i < taps; i++)
		sum += kernel[i] * x[i];
	return (int16_t)lrintf(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

/* What no output sample needs any more. */
static void drop_old(struct resample *r)
{
	size_t old = (size_t)r->at - r->half;

	if (old > r->held_count)
		old = r->held_count;
	r->held_count -= old;
	memmove(r->held, r->held + old, r->held_count * sizeof r->held[0]);
	r->at -= (double)old;
}

static size_t pass(const int16_t **samples, size_t *count, int16_t *out)
{
	size_t n = *count < RESAMPLE_MAX ? *count : RESAMPLE_MAX;

	memcpy(out, *samples, n * sizeof *out);
	*samples += n;
	*count -= n;
	return n;
}

size_t resample_push(struct resample *r, const int16_t **samples, size_t *count,
                     int16_t out[static RESAMPLE_MAX])
{
	size_t given = 0;

	if (r->rate == r->to)
		return pass(samples, count, out);
	drop_old(r);
	while (*count && r->held_count < r->room) {
		r->held[r->held_count++] = *(*samples)++;
		--*count;
	}
	for (; r->at + r->half < (double)r->held_count - 1; r->at += r->step)
		out[given++] = sample_here(r);
	return given;
}
