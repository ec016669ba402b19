/* What the simulator alone knows: what it meant, sent, dropped on purpose, and when it gave up. Rows of sim_calls, sim_steps, sim_intervals
 * (records.md): whoever records implements this; calls come from workers' threads. */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "base/slice.h"
#include "sim/engine/counters.h"

struct truth_call {
	struct slice sip_call_id;
	struct slice scenario;
	enum scenario_role role;
	int64_t intended_ns, started_ns, ended_ns;
	const char *outcome; /* 'succeeded', 'failed' */
	int failed_step; /* -1: none */
	enum call_failure failure;
	struct slice failure_text; /* one sentence; may be absent */
	uint64_t messages_sent, messages_dropped; /* dropped: by impairment or lost= */
	uint64_t rtp_sent, rtp_dropped, rtp_duplicated,
	        rtp_received; /* rtp_sent: given to the network, dropped ones not among them, both of duplicates */
	uint64_t rtp_unseen; /* of rtp_dropped: no receiver could miss them (media.h) */
	struct slice digits_sent;
};

struct truth {
	void *context;
	void (*call)(void *context, unsigned worker, const struct truth_call *call);
};

#endif
