/* A whole simulation: workers, their stations, the pace, the end. What both doors call. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/engine/control.h"
#include "sim/engine/counters.h"
#include "sim/engine/trace.h"
#include "sim/media/media.h"
#include "sim/transport/tap.h"
#include "sim/transport/transport.h"
#include "sim/truth.h"

/* What the generator found out about itself (issue: "the generator, not the target, was the limit"). */
struct sim_health {
	int64_t start_lag_p99_ns, longest_stall_ns;
	uint64_t late_starts, socket_overflow, send_full, ports_exhausted, files_exhausted,
	        tap_dropped, media_skipped, media_overflow;
	double cpu_share; /* of the busiest worker's core, 0..1 */
	bool limited; /* it was */
	char why[256]; /* "start lag p99 48 ms (bar 10 ms), 1,204 datagrams lost in our own receive buffer" */
};

/* A reading while it runs and at the end: totals over workers. Borrows the scenario. */
struct sim_reading {
	int64_t now_ns, started_ns;
	double target_rate; /* as of now */
	uint64_t live;
	struct counters counters; /* counters_release(). peak: of several workers as seen at the ticks, of one exact */
	struct transport_counts transport;
	struct media_counts media;
	struct latency media_late; /* media.late points here, where there is media */
	struct sim_health health;
	bool stopping;
};

struct sim_hooks {
	void *context;
	/* Called on the main thread, every tick_ns (100 ms if 0) and once at the end. */
	void (*tick)(void *context, const struct sim_reading *reading, struct control *control);
	int64_t tick_ns;
	const struct trace *trace;
	const struct truth *truth;
	/* One tap per worker; NULL: none. */
	struct tap *(*tap)(void *context, unsigned worker);
};

struct sim_search_result { /* of --until-failure */
	double highest_rate, failing_rate; /* sustained; first that was not; 0: none */
	char why[256]; /* what happened at failing_rate */
};

struct sim_result {
	struct sim_reading last; /* counters_release(&last.counters) */
	struct sim_search_result search;
	bool timed_out, interrupted;
	int exit_code; /* control.exit_code */
	char note[256];
};

struct sim_setup {
	struct sim_config config; /* target, local are filled in where the door left them open */
	const struct scenario *scenario, *out_of_call, *receive_scenario; /* borrows */
};

/* Runs it to its end. False: err, nothing was sent. `setup` is changed: what was found out stands in config. */
bool sim_run(struct sim_setup *setup, const struct sim_hooks *hooks, struct sim_result *result,
             struct err *err);
/* 2026-01-01 00:00:00 UTC: a virtual run is the same whenever it is made. */
#define SIM_VIRTUAL_START_NS (INT64_C(1767225600) * NS_PER_S)

/* Both sides in memory and simulated time, on the calling thread. `a` is the one that calls: the tap (of worker 0) hears what it sends and
 * receives, so each packet once; ticks read it. Truth comes from both, as of worker 0. */
bool sim_run_virtual(struct sim_setup *a, struct sim_setup *b, const struct sim_hooks *hooks,
                     struct sim_result *result_a, struct sim_result *result_b, struct err *err);

/* For signal handlers and keys: the control of the run that is going on; NULL: none. */
struct control *sim_control(void);
/* Who runs one says so at its beginning, and NULL at its end. */
void sim_control_set(struct control *control);

#endif
