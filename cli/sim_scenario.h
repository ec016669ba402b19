/* The scenario that an option names: a file, or an embedded one. */
#ifndef CLI_SIM_SCENARIO_H
#define CLI_SIM_SCENARIO_H

#include "base/err.h"
#include "sim/config.h"
#include "sim/scenario/scenario.h"

/* Names of `config->keys` are what else may stand in brackets. What lint calls loud goes to stderr. NULL: err. */
struct scenario *sim_scenario_load(const char *name, const struct sim_config *config,
                                   struct err *err);

#endif
