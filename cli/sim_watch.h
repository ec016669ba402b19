/* What looks at a simulation while it runs, from the main thread: a row of the records each second, and whoever else wants to see it. */
#ifndef CLI_SIM_WATCH_H
#define CLI_SIM_WATCH_H

#include "cli/record.h"
#include "cli/sim_metrics.h"
#include "cli/sim_options.h"
#include "cli/sim_screen.h"
#include "sim/sim.h"

/* What happened within the last second. */
struct sim_second {
	int64_t start_ns, end_ns;
	uint64_t started, ended, failed, retransmissions;
	uint64_t answers; /* in `answer` */
	double answer_p50_ms, answer_p99_ms; /* first request to first answer; NAN: none */
};

struct sim_watch {
	const struct sim_options *options;
	const struct scenario *scenario;
	struct recorder *recorder; /* NULL: nothing is recorded */
	int64_t second_ns; /* when the one that runs began; TIME_NONE: not yet */
	struct sim_second before; /* totals at its beginning */
	struct sim_second last; /* the one that was over last */
	bool redraw; /* a key has changed something: the next reading shows it */
	struct latency answers[STATUS_CLASSES];
	struct sim_screen screen;
	struct metrics *metrics; /* NULL: nobody may ask */
	struct text line; /* of --json */
	bool unread; /* whoever read --json has gone: calls end as with Ctrl-C */
};

/* Opens --metrics; the screen comes with the first tick, when there is a run that signals can end. False: err. sim_watch_close() in any
 * case. */
bool sim_watch_open(struct sim_watch *w, const struct sim_options *options,
                    const struct scenario *scenario, struct err *err);
/* The terminal is as it was. The recorder is not its own. */
void sim_watch_close(struct sim_watch *w);
/* What is left of a second at the end. */
void sim_watch_end(struct sim_watch *w, const struct sim_reading *reading);
/* Of sim_hooks. */
void sim_watch_tick(struct sim_watch *w, const struct sim_reading *reading,
                    struct control *control);

#endif
