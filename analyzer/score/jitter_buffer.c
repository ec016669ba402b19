#include "analyzer/score/jitter_buffer.h"

#include "base/duration.h"

static void anchor(struct jitter_buffer *b, int64_t arrival_ns, uint32_t timestamp)
{
	b->anchor_ns = arrival_ns;
	b->anchor_timestamp = timestamp;
	b->anchored = true;
}

/* The timestamp counts 32 bits: long before its distance from the anchor becomes ambiguous, the anchor moves after it by whole
 * seconds, which are whole ticks, so that nothing is rounded. */
static void follow(struct jitter_buffer *b, double ns_per_tick)
{
	uint32_t clock_hz = (uint32_t)(1e9 / ns_per_tick + 0.5);
	uint32_t seconds = clock_hz ? (1u << 30) / clock_hz : 0;

	b->anchor_timestamp += seconds * clock_hz;
	b->anchor_ns = duration_after(b->anchor_ns, seconds * NS_PER_S);
}

double buffer_push(struct jitter_buffer *b, int64_t arrival_ns, uint32_t timestamp,
                   double ns_per_tick)
{
	b->pushed++;
	if (!b->anchored) {
		anchor(b, arrival_ns, timestamp);
		return BUFFER_ANCHORED;
	}
	if ((int32_t)(timestamp - b->anchor_timestamp) >= 1 << 30)
		follow(b, ns_per_tick);
	double media_ns = (int32_t)(timestamp - b->anchor_timestamp) * ns_per_tick;
	return (double)duration_between(b->anchor_ns, arrival_ns) - media_ns;
}

void buffer_raise(struct jitter_buffer *b, int64_t ns)
{
	b->anchor_ns = duration_after(b->anchor_ns, ns);
}
