/* A worker: one thread with its own loop, transport, station and counters. Nothing of it is shared but the control. */
#ifndef SIM_ENGINE_WORKER_H
#define SIM_ENGINE_WORKER_H

#include "sim/engine/opener.h"

#include <pthread.h>

struct worker;

/* What all workers of a run have in common. */
struct run {
	struct sim_config *config;
	const struct scenario *scenario, *out_of_call, *receive_scenario;
	struct control control;
	struct opener_shared opening;
	struct shared_values *shared;
	struct injection *injection;
	const struct trace *trace;
	const struct truth *truth;
	bool server;
	int64_t started_ns;
	_Atomic unsigned running; /* workers that are not through */
	/* The main thread waits here between its ticks. */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

struct worker {
	struct run *run;
	unsigned number;
	pthread_t thread;
	bool started;
	struct loop loop;
	struct transport *transport;
	struct station *station;
	struct counters counters;
	struct opener opener;
	struct tap *tap;
	bool aborted; /* STOP_CALLS was obeyed */
	int64_t cpu_noted_ns;
	int64_t give_up_ns; /* then it is over, whatever lives */
	/* For the main thread. */
	_Atomic uint64_t live;
	_Atomic int64_t cpu_ns; /* of its thread */
};

/* Opens everything, starts nothing. False: err, nothing is left open. */
bool worker_init(struct worker *w, struct run *run, unsigned number, struct tap *tap,
                 struct err *err);
void worker_release(struct worker *w);
bool worker_start(struct worker *w, int64_t started_ns, struct err *err);
void worker_join(struct worker *w);

#endif
