/* --json: one object a line. {"type":"second", ...} each second, {"type":"end", ...} at the end; docs/simulator.md names every member. */
#ifndef CLI_SIM_JSON_H
#define CLI_SIM_JSON_H

#include "cli/sim_report.h"
#include "cli/sim_watch.h"

void sim_json_second(const struct sim_reading *r, const struct sim_second *s, struct text *out);
void sim_json_end(const struct sim_ended *e, struct text *out);

#endif
