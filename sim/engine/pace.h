/* When the next call should begin: intended times, whatever the machine manages. Pure: one per worker, its share of the whole. */
#ifndef SIM_ENGINE_PACE_H
#define SIM_ENGINE_PACE_H

#include "sim/config.h"

struct pace {
	struct pace_config config;
	unsigned share, shares; /* worker of workers: rates are divided, phases shifted */
	uint64_t random;
	int64_t started_ns;
	double next_s; /* since the start; INFINITY: none for now */
	double owed; /* where there is no rate: calls (of all workers) until the next of ours */
	double override_rate; /* < 0: none */
	bool finished; /* quit_at_top */
};

void pace_init(struct pace *p, const struct pace_config *config, unsigned share, unsigned shares,
               uint64_t seed, int64_t start_ns);
/* The intended time of the next call; INT64_MAX: none for now (rate 0, closed model). The first comes one interval after the start. */
int64_t pace_next(const struct pace *p);
/* It was opened (or given up): the one after. */
void pace_took(struct pace *p);
/* A key or the search sets the rate; < 0: back to the config. Calls that are due are not lost, those to come follow the new rate. */
void pace_set_rate(struct pace *p, double rate, int64_t now_ns);
/* Nobody called from from_ns until now: what would have been due meanwhile is not made up for. */
void pace_shift(struct pace *p, int64_t from_ns, int64_t now_ns);
/* Of all workers. */
double pace_rate(const struct pace *p, int64_t now_ns);

#endif
