#include "analyzer/streams/moments.h"

#include "analyzer/analysis.h"
#include "base/duration.h"

static struct moment now(const struct analysis *a, int64_t time_ns)
{
	return (struct moment){ time_ns, a->capture_id, a->frame };
}

void moments_hole(struct bad_moments *m, const struct analysis *a, int64_t time_ns,
                  uint32_t missing)
{
	if (missing <= m->missing)
		return;
	m->missing = missing;
	m->hole = now(a, time_ns);
}

void moments_late(struct bad_moments *m, const struct analysis *a, int64_t time_ns)
{
	int64_t age_ns = duration_between(m->window.time_ns, time_ns);

	if (!m->window_count || age_ns < 0 || age_ns >= MOMENTS_LATE_WINDOW) {
		m->window = now(a, time_ns);
		m->window_count = 0;
	}
	if (++m->window_count > m->late_count) {
		m->late_count = m->window_count;
		m->late = m->window;
	}
}

void moments_spike(struct bad_moments *m, const struct analysis *a, int64_t time_ns,
                   int64_t longer_ns)
{
	unsigned newest = (m->spikes + MOMENTS_SPIKES - 1) % MOMENTS_SPIKES;
	int64_t rest_ns = m->spikes ? duration_between(m->spike_ns[newest], time_ns) : 0;

	if (longer_ns > m->worst_spike_ns)
		m->worst_spike_ns = longer_ns;
	if (m->spikes && rest_ns >= 0 && rest_ns < MOMENTS_SPIKE_REST)
		return;
	if (!m->spikes)
		m->spike = now(a, time_ns);
	m->spike_ns[m->spikes++ % MOMENTS_SPIKES] = time_ns;
}

unsigned moments_spikes(const struct bad_moments *m)
{
	return m->spikes < MOMENTS_SPIKES ? m->spikes : MOMENTS_SPIKES;
}

int64_t moments_spike_at(const struct bad_moments *m, unsigned i)
{
	unsigned oldest = m->spikes < MOMENTS_SPIKES ? 0 : m->spikes % MOMENTS_SPIKES;

	return m->spike_ns[(oldest + i) % MOMENTS_SPIKES];
}
