/* Running gnuplot: without a shell, with nothing in its environment but PATH, bounded in time and in what it says. */
#ifndef REPORTS_PLOT_PROCESS_H
#define REPORTS_PLOT_PROCESS_H

#include "base/err.h"
#include "base/text.h"

enum plot_end {
	PLOT_END_WELL, /* exit code 0 */
	PLOT_END_MISSING, /* there is no such program */
	PLOT_END_FAILED, /* another exit code, or a signal */
	PLOT_END_HUNG, /* it was killed after the time it had */
};

/* Further octets of what it says are dropped. */
#define PLOT_SAID_MAX 4096

/* Runs argv[0], looked for in PATH, in `folder`, and waits for its end. `said` gets what it wrote to stdout and stderr. False: the
 * environment fails (no pipe, no process, memory); err is set. */
bool plot_process(const char *folder, const char *const *argv, int timeout_ms, struct text *said,
                  enum plot_end *end, struct err *err);

#endif
