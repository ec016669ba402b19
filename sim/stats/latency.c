#include "sim/stats/latency.h"

#include <math.h>
#include <string.h>

#define SUB     (1u << LATENCY_SUB_BITS)
#define HIGHEST (((uint64_t)SUB << LATENCY_OCTAVES) - 1)

void latency_init(struct latency *l)
{
	memset(l, 0, sizeof *l);
	l->min_us = UINT64_MAX;
}

/* Below 64: a counter each. From there on an octave has 64: the six bits behind the leading one. */
static unsigned counter_of(uint64_t us)
{
	if (us < SUB)
		return (unsigned)us;
	unsigned octave = 63u - (unsigned)__builtin_clzll(us) - LATENCY_SUB_BITS;
	return octave * SUB + (unsigned)(us >> octave);
}

static uint64_t middle_of(unsigned counter)
{
	if (counter < 2 * SUB)
		return counter;
	unsigned octave = counter / SUB - 1;
	uint64_t low = (uint64_t)(counter - octave * SUB) << octave;
	return low + (((uint64_t)1 << octave) - 1) / 2;
}

void latency_add(struct latency *l, int64_t ns)
{
	uint64_t us = ns < 0 ? 0 : (uint64_t)ns / 1000;

	if (us > HIGHEST)
		us = HIGHEST;
	l->counters[counter_of(us)]++;
	l->count++;
	l->sum_us += us;
	if (us > l->max_us)
		l->max_us = us;
	if (us < l->min_us)
		l->min_us = us;
}

void latency_merge(struct latency *into, const struct latency *from)
{
	if (!from->count)
		return;
	into->count += from->count;
	into->sum_us += from->sum_us;
	if (from->max_us > into->max_us)
		into->max_us = from->max_us;
	if (from->min_us < into->min_us)
		into->min_us = from->min_us;
	for (unsigned i = 0; i < LATENCY_COUNTERS; i++)
		into->counters[i] += from->counters[i];
}

/* Extremes are known to a counter only. */
static void find_extremes(struct latency *l, uint64_t most_us)
{
	for (unsigned i = 0; i < LATENCY_COUNTERS; i++) {
		if (!l->counters[i])
			continue;
		uint64_t middle = middle_of(i);
		if (l->min_us == UINT64_MAX)
			l->min_us = middle;
		l->max_us = middle < most_us ? middle : most_us;
	}
}

void latency_since(struct latency *out, const struct latency *now, const struct latency *before)
{
	struct latency since;

	latency_init(&since);
	since.count = now->count - before->count;
	since.sum_us = now->sum_us - before->sum_us;
	for (unsigned i = 0; i < LATENCY_COUNTERS; i++)
		since.counters[i] = now->counters[i] - before->counters[i];
	find_extremes(&since, now->max_us);
	*out = since;
}

uint64_t latency_quantile_us(const struct latency *l, double share)
{
	uint64_t total = 0, seen = 0;

	for (unsigned i = 0; i < LATENCY_COUNTERS; i++)
		total += l->counters[i];
	double wanted = ceil(share * (double)total);
	for (unsigned i = 0; i < LATENCY_COUNTERS && total; i++) {
		seen += l->counters[i];
		if (l->counters[i] && (double)seen >= wanted) {
			uint64_t middle = middle_of(i);
			return middle < l->max_us ? middle : l->max_us;
		}
	}
	return 0;
}

double latency_mean_us(const struct latency *l)
{
	return l->count ? (double)l->sum_us / (double)l->count : 0;
}

uint64_t latency_count_below(const struct latency *l, uint64_t us)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < LATENCY_COUNTERS && middle_of(i) < us; i++)
		below += l->counters[i];
	return below;
}
