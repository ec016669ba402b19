/* The end of a simulation: what happened, in words and numbers, and the verdict. */
#ifndef CLI_SIM_REPORT_H
#define CLI_SIM_REPORT_H

#include "base/text.h"
#include "cli/sim_options.h"
#include "cli/sim_reasons.h"
#include "sim/sim.h"

/* Exit codes of `milliwatt sim`. */
enum sim_verdict {
	SIM_SUCCEEDED = 0,
	SIM_CALLS_FAILED = 1, /* or there were none */
	SIM_CANNOT_RUN = 2,
	SIM_LIMITED = 3, /* by this machine, not by the target */
	SIM_INTERRUPTED = 130,
};

struct sim_ended {
	const struct sim_options *options;
	const struct scenario *scenario;
	const struct sim_result *result;
	const struct sim_reasons *reasons; /* NULL: nobody noted them */
	uint64_t unrecorded; /* packets and calls that the recorder lost */
	double seconds;
};

enum sim_verdict sim_verdict(const struct sim_ended *e);
/* "failed", "succeeded" ...: for JSON and the database. */
const char *sim_verdict_name(enum sim_verdict v);
/* One sentence, without its end. */
void sim_report_verdict(const struct sim_ended *e, struct text *out);
void sim_report(const struct sim_ended *e, struct text *out);

/* Steps with their counts: of a scenario, a line each. */
void sim_report_steps(const struct scenario *s, const struct counters *c, struct text *out);

#endif
