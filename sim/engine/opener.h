/* Opens calls of one station when the pace says so, or as many as there are users; knows when there will be none any more. */
#ifndef SIM_ENGINE_OPENER_H
#define SIM_ENGINE_OPENER_H

#include "sim/engine/pace.h"
#include "sim/engine/station.h"

/* What all openers of a run share. */
struct opener_shared {
	struct control *control;
	const struct sim_config *config;
	_Atomic uint64_t opened; /* of config.max_calls */
};

struct opener {
	struct opener_shared *shared;
	struct station *station;
	struct pace pace;
	unsigned share, shares;
	double rate_seen; /* control.rate as last looked at */
	int64_t paused_ns; /* since when; TIME_NONE: it goes on */
	int64_t held_ns; /* the last time that max_concurrent held a call back */
	bool exhausted; /* max_calls are open, or the pace is through */
	/* users: ids that have no call now */
	unsigned *idle_users, idle_count, users_made, users_room;
	/* How late calls were opened that nothing but we held back; and how many by more than 10 ms. */
	struct latency lag;
	uint64_t late;
};

#define OPENER_LATE_NS (10 * NS_PER_MS)

bool opener_init(struct opener *o, struct opener_shared *shared, struct station *station,
                 unsigned share, int64_t start_ns, struct err *err);
void opener_release(struct opener *o);
/* Opens what is due, a few calls at most so that answers are heard meanwhile; returns when to come again. */
int64_t opener_run(struct opener *o, int64_t now_ns);
/* station_setup.call_over */
void opener_user_free(void *opener, unsigned user);

#endif
