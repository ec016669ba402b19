/* A run of the SIPp door, from what the command line said to the exit code. */
#ifndef CLI_SIPP_RUN_H
#define CLI_SIPP_RUN_H

#include "sim/sipp/setup.h"

/* Addresses and ports are found. `command` is what the records say of it. What goes wrong is told on standard error. Returns SIPp's exit code. */
int sipp_run(const struct sipp_settings *s, const struct sipp_scenarios *scenarios,
             struct slice command, struct err *err);

#endif
