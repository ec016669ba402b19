/* Inside of sim_run(): sim.c (the run, from its addresses to its end), sim_reading.c (totals over workers, health). */
#ifndef SIM_SIM_PARTS_H
#define SIM_SIM_PARTS_H

#include "sim/engine/health.h"
#include "sim/engine/search.h"
#include "sim/engine/worker.h"

#define MOST_WORKERS 256

/* What stood on the counters when a period began. */
struct health_mark {
	int64_t at_ns, longest_turn_ns;
	struct latency lag;
	struct transport_counts transport;
	uint64_t late_starts, media_skipped, media_overflow;
	int64_t cpu_ns[MOST_WORKERS];
};

/* What the main thread has. */
struct simulation {
	struct run run;
	struct worker *workers;
	unsigned worker_count; /* that are set up */
	const struct sim_hooks *hooks;
	struct sim_result *result;
	int64_t tick_ns;
	struct search search;
	struct health_mark start_mark, search_mark;
};

/* SIPp's rule for calls at once, 3 x rate x duration of a call; of calls shorter than a second too 3 s of calls, so that an answer that
 * tarries does not hold back others. */
uint64_t sim_most_at_once(const struct run *r, double rate);

/* `out` has counters already (counters_init()). */
void sim_take_reading(struct simulation *m, struct sim_reading *out);
void health_mark(struct simulation *m, struct health_mark *mark, int64_t now_ns);
void health_since(struct simulation *m, const struct health_mark *mark, int64_t now_ns,
                  struct sim_health *out);

#endif
