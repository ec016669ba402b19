#include "base/histogram.h"

#include <math.h>

static unsigned octave_of(uint64_t value)
{
	return value < HISTOGRAM_SUB ? 0 : (unsigned)(63 - __builtin_clzll(value)) - 6;
}

/* From 64 on: counter 64 * (octave + 1) + the six bits behind the leading one. */
static unsigned counter_of(uint64_t value)
{
	unsigned octave = octave_of(value);
	return octave * HISTOGRAM_SUB + (unsigned)(value >> octave);
}

static double middle_of(unsigned counter)
{
	if (counter < 2 * HISTOGRAM_SUB)
		return counter;
	unsigned octave = counter / HISTOGRAM_SUB - 1;
	uint64_t low = (uint64_t)(counter - octave * HISTOGRAM_SUB) << octave;
	return (double)low + (double)(((uint64_t)1 << octave) - 1) / 2;
}

static void halve(struct histogram *h)
{
	for (unsigned i = 0; i < HISTOGRAM_COUNTERS; i++)
		h->counters[i] = (uint16_t)(h->counters[i] / 2 + h->counters[i] % 2);
}

void histogram_add(struct histogram *h, uint64_t value)
{
	unsigned i = counter_of(value < HISTOGRAM_MAX ? value : HISTOGRAM_MAX);

	if (h->counters[i] == UINT16_MAX)
		halve(h);
	h->counters[i]++;
}

double histogram_quantile(const struct histogram *h, double share)
{
	uint64_t total = 0, seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_COUNTERS; i++)
		total += h->counters[i];
	double wanted = ceil(share * (double)total);
	for (unsigned i = 0; i < HISTOGRAM_COUNTERS; i++) {
		seen += h->counters[i];
		if (seen && (double)seen >= wanted)
			return middle_of(i);
	}
	return 0;
}
