/* Was it the target that was slow, or we? What the generator knows of itself, held against bars. */
#ifndef SIM_ENGINE_HEALTH_H
#define SIM_ENGINE_HEALTH_H

#include "sim/sim.h"

/* Calls that begin later than this after their time, more than one in a hundred of them, are not the load that was asked for. */
#define HEALTH_LAG_NS (10 * NS_PER_MS)
/* A loop that did not look for longer takes a late answer for a lost one: half of RFC 3261's T1. */
#define HEALTH_STALL_NS (250 * NS_PER_MS)

/* Sets limited and why from the rest. */
void health_judge(struct sim_health *h);

#endif
