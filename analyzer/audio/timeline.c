#include "analyzer/audio/timeline.h"

#include "base/duration.h"

static int64_t duration_of(const struct timeline *t, uint64_t samples)
{
	return (int64_t)((unsigned __int128)samples * (uint64_t)NS_PER_S / t->rate);
}

int64_t timeline_end(const struct timeline *t)
{
	return duration_after(t->base_ns, duration_of(t, t->given));
}

void timeline_set_rate(struct timeline *t, unsigned rate, int64_t begin_ns)
{
	if (t->rate == rate)
		return;
	t->base_ns = t->rate ? timeline_end(t) : begin_ns;
	t->given = t->skip = 0;
	t->rate = rate;
}

uint64_t timeline_samples(const struct timeline *t, int64_t ns)
{
	return ns > 0 ? (uint64_t)(((unsigned __int128)ns * t->rate + NS_PER_S / 2) / NS_PER_S) : 0;
}

bool timeline_give(struct timeline *t, const int16_t *samples, size_t n, enum track_origin origin)
{
	size_t skipped = t->skip < n ? (size_t)t->skip : n;

	t->skip -= skipped;
	if (skipped == n)
		return true;
	struct track_block block = {
		.time_ns = timeline_end(t),
		.rate = t->rate,
		.samples = samples + skipped,
		.count = n - skipped,
		.origin = origin,
	};
	t->given += block.count;
	return t->sink(t->context, &block);
}

#define PIECE 960

bool timeline_hush(struct timeline *t, uint64_t n, enum track_origin origin,
                   struct comfort_noise *noise)
{
	int16_t samples[PIECE] = { 0 };

	while (n) {
		size_t count = n < PIECE ? (size_t)n : PIECE;
		if (noise->on)
			comfort_noise_fill(noise, samples, count);
		if (!timeline_give(t, samples, count, origin))
			return false;
		n -= count;
	}
	return true;
}

bool timeline_pause(struct timeline *t, int64_t until_ns, struct comfort_noise *noise)
{
	int64_t pause_ns = duration_between(timeline_end(t), until_ns);

	if (pause_ns <= TRACK_SPELLED_NS)
		return timeline_hush(t, timeline_samples(t, pause_ns), TRACK_PAUSE, noise);
	t->base_ns = until_ns;
	t->given = t->skip = 0;
	return true;
}
