/* From what the command line says to what can be run: everything between options and the first packet. */
#ifndef SIM_SIPP_SETUP_H
#define SIM_SIPP_SETUP_H

#include "base/err.h"
#include "sim/scenario/sipp_xml.h"
#include "sim/sim.h"
#include "sim/sipp/settings.h"

/* SIPp's exit codes. */
enum sipp_exit {
	SIPP_EXIT_OK = 0, /* calls, and none failed */
	SIPP_EXIT_FAILED = 1, /* a call failed, or the command line is wrong */
	SIPP_EXIT_INTERNAL = 97, /* by a command of the scenario, or by -timeout without a call */
	SIPP_EXIT_NO_CALLS = 99, /* no calls; also after help, version, -sd, -bg */
	SIPP_EXIT_RTP_CHECK = 253,
	SIPP_EXIT_BIND = 254,
	SIPP_EXIT_FATAL = 255,
};

/* What follows from several options together goes into s->config. */
bool sipp_settings_finish(struct sipp_settings *s, struct err *err);

/* Are the files of -inf there? */
bool sipp_files_check(const struct sipp_settings *s, struct err *err);

struct sipp_scenarios {
	struct scenario *main, *out_of_call, *receive; /* the latter two may be NULL */
};
/* Reads them; notes that are loud go to `notes`, where it is not NULL. */
bool sipp_scenarios_read(const struct sipp_settings *s, struct sipp_scenarios *out,
                         struct text *notes, struct err *err);
void sipp_scenarios_free(struct sipp_scenarios *scenarios);

/* Host names to addresses. May block. */
bool sipp_addresses_resolve(struct sipp_settings *s, struct err *err);

/* A port that is free, into config->local.port: the one that was asked for, or from 5060 on. False: err; *in_use: the one asked for is, else
 * the address is none of ours. */
bool sipp_port_choose(struct sim_config *config, bool *in_use, struct err *err);

/* How a run ended, in SIPp's codes. */
int sipp_exit_code(const struct sim_result *result);

#endif
