/* A run as SIPp's user sees it: files, screens, keys. What sim_run() calls between the calls. */
#ifndef SIM_SIPP_SESSION_H
#define SIM_SIPP_SESSION_H

#include "sim/sim.h"
#include "sim/sipp/inputs.h"
#include "sim/sipp/stat_file.h"
#include "sim/sipp/traces.h"

#include <signal.h>

struct sipp_session {
	const struct sipp_settings *settings;
	const struct sim_setup *setup; /* its config changes as the run begins */
	const struct scenario *scenario;
	struct traces traces;
	struct inputs inputs;
	struct steering steering;
	struct stat_form form;
	struct log_file stat, counts, codes;
	bool stat_open, counts_open, codes_open;
	struct stat_values *start, *now, *before_row,
	        *screen_base; /* those of the file's and the screen's last period */
	int64_t next_row_ns, next_screen_ns;
	char last_error[TRACES_ERROR]; /* as of this tick */
	bool started, on_terminal;
	bool timed_out; /* -timeout, which SIPp's users know as a graceful end */
	volatile sig_atomic_t dump_wanted; /* USR2 */
};

/* NULL: err. Borrows all it is given until sipp_session_close(). setup->config.process_id is set. */
struct sipp_session *sipp_session_open(const struct sipp_settings *settings,
                                       const struct sim_setup *setup, struct err *err);
/* Right before the run: its response times are dated from here. */
struct sim_hooks sipp_session_hooks(struct sipp_session *s);
/* The last screens, to the terminal or whatever standard output is, and to the screen file. */
void sipp_session_last_screens(struct sipp_session *s, const struct sim_reading *reading);
/* Into the error log: the run could not begin. In the background nobody else hears of it. */
void sipp_session_fatal(struct sipp_session *s, const struct err *err);
/* False: err, a file that could not be written. `s` is gone. NULL allowed. */
bool sipp_session_close(struct sipp_session *s, struct err *err);

#endif
