#include "sim/media/rate.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define HALF 24 /* zero crossings on each side */

/* Output sample i lies at input position i x from / to. With both divided by their common factor there are `to` different places between two
 * input samples, so many sets of weights. */
struct filter {
	unsigned from, to;
	int reach; /* input samples on each side */
	float *weights; /* to x (2 reach + 1) */
};

static unsigned common_factor(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static double weight(double x, double cutoff, double reach)
{
	double t = M_PI * x * cutoff;

	if (fabs(x) >= reach)
		return 0;
	/* Hann window */
	return cutoff * (x == 0 ? 1 : sin(t) / t) * (0.5 + 0.5 * cos(M_PI * x / reach));
}

static bool make(struct filter *f, unsigned from, unsigned to)
{
	unsigned factor = common_factor(from, to);
	/* A little below the lower of the two half rates. */
	double cutoff = 0.94 * (to < from ? (double)to / from : 1);

	f->from = from / factor;
	f->to = to / factor;
	f->reach = (int)ceil(HALF / cutoff);
	size_t width = 2 * (size_t)f->reach + 1;
	f->weights = mem_alloc(f->to * width * sizeof *f->weights);
	if (!f->weights)
		return false;
	for (unsigned phase = 0; phase < f->to; phase++)
		for (int k = -f->reach; k <= f->reach; k++)
			f->weights[phase * width + (size_t)(k + f->reach)] =
			        (float)weight(k - (double)phase / f->to, cutoff, f->reach);
	return true;
}

static int16_t at(const struct filter *f, const int16_t *samples, size_t count, uint64_t place)
{
	int64_t middle = (int64_t)(place / f->to);
	const float *w = f->weights + (place % f->to) * (2 * (size_t)f->reach + 1);
	float sum = 0;

	for (int64_t k = middle - f->reach; k <= middle + f->reach; k++, w++)
		if (k >= 0 && (size_t)k < count)
			sum += *w * samples[k];
	return (int16_t)lrintf(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

int16_t *rate_convert(const int16_t *samples, size_t count, unsigned from, unsigned to,
                      size_t *out_count)
{
	struct filter f;
	int16_t *out;

	*out_count = (size_t)((uint64_t)count * to / from);
	out = mem_alloc((*out_count + 1) * sizeof *out);
	if (!out)
		return NULL;
	if (from == to) {
		memcpy(out, samples, count * sizeof *out);
		return out;
	}
	if (!make(&f, from, to)) {
		mem_free(out);
		return NULL;
	}
	for (size_t i = 0; i < *out_count; i++)
		out[i] = at(&f, samples, count, (uint64_t)i * f.from);
	mem_free(f.weights);
	return out;
}
