#include "analyzer/streams/jitter.h"

#include "base/duration.h"

enum jitter_step jitter_push(struct jitter *j, int64_t arrival_ns, uint32_t timestamp,
                             double ns_per_tick)
{
	enum jitter_step step = JITTER_REFERENCE;

	if (j->has_reference) {
		double change = (double)duration_between(j->last_arrival_ns, arrival_ns) -
		                (int32_t)(timestamp - j->last_timestamp) * ns_per_tick;
		double d = change < 0 ? -change : change;
		step = JITTER_MEASURED;
		if (d > JITTER_STEP_NS) {
			j->step_ns = change;
			if (d > JITTER_MAX_D_NS)
				return JITTER_JUMP;
			step = JITTER_STEP;
		}
		j->value_ns += (d - j->value_ns) / 16;
		j->sum_ns += j->value_ns;
		if (j->value_ns > j->max_ns)
			j->max_ns = j->value_ns;
		j->count++;
	}
	j->has_reference = true;
	j->last_arrival_ns = arrival_ns;
	j->last_timestamp = timestamp;
	return step;
}
