/* What a simulation would do: --dry-run. */
#ifndef CLI_SIM_PLAN_H
#define CLI_SIM_PLAN_H

#include "base/text.h"
#include "cli/sim_options.h"
#include "sim/scenario/scenario.h"

/* peer: NULL but in a virtual run. */
void sim_say_plan(const struct sim_options *o, const struct scenario *scenario,
                  const struct scenario *peer, struct text *out);

#endif
