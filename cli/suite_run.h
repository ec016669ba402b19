/* A suite while it runs: cases as states, children as descriptors, one poll(2) for all. */
#ifndef CLI_SUITE_RUN_H
#define CLI_SUITE_RUN_H

#include "cli/suite_bundle.h"

enum suite_result {
	SUITE_HOLDS,
	SUITE_SHORT, /* it falls short */
	SUITE_NOT_JUDGED, /* it could not be run, or not be judged */
	SUITE_LEFT_OUT, /* it was not run, and why is known */
	SUITE_RESULTS
};
extern const char *const suite_result_names[SUITE_RESULTS];

enum suite_stage {
	STAGE_WAITS,
	STAGE_RUNS, /* its steps, one after the other */
	STAGE_AFTER, /* pages and evidence */
	STAGE_OVER,
};

struct suite_case_run {
	const struct suite_case *of;
	bool chosen;
	enum suite_stage stage;
	enum suite_result result;
	unsigned attempt; /* from 1 */
	const char *slug; /* of this attempt: names of its folders */
	const char *folder, *evidence; /* absolute; evidence: NULL until there is a bundle */
	struct arena arena;
	struct suite_plan plan, after;
	struct suite_child child;
	size_t step;
	struct suite_ended ended[SUITE_MAX_STEPS];
	size_t ended_count;
	struct verdicts verdicts;
	struct suite_judged judged;
	struct suite_bundle bundle;
	bool bundled, pages, kept; /* kept: as tonight's baseline */
	bool flaky; /* it fell short, and held when it was run again */
	struct text earlier; /* what came of the attempts before, a line each */
	int64_t started_ns;
	double seconds;
};

struct suite_background_run {
	const struct suite_background *of;
	struct suite_plan plan;
	struct suite_child child;
	bool wanted, up, over, asked; /* asked: to end */
	struct suite_ended ended;
};

struct suite_options {
	const char *output; /* absolute */
	unsigned jobs;
	const char *const *only; /* names and tags; NULL ends them; NULL: all */
	bool quiet;
};

struct suite_run {
	struct suite *suite;
	struct suite_options options;
	struct arena arena;
	struct suite_case_run *cases;
	size_t chosen; /* how many */
	struct suite_background_run backgrounds[SUITE_MAX_BACKGROUND];
	struct verdicts background; /* did they stay up? */
	int signals; /* signalfd(2) of SIGINT, SIGTERM, SIGHUP; -1: none */
	int stopped_by; /* 0: nothing did */
	bool terminal, live; /* stderr is one; a line of it is what happens now */
	int64_t started_us, started_ns;
	double seconds;
};

/* Marks the cases that are wanted. False: err, also where a name is none. */
bool suite_run_init(struct suite_run *r, struct suite *s, const struct suite_options *options,
                    struct err *err);
void suite_run_release(struct suite_run *r);

/* To its end, whatever becomes of cases. False: err, nothing could be run. */
bool suite_run_all(struct suite_run *r, struct err *err);
/* 0, 1, 2; 128 + the signal that stopped it. */
int suite_run_exit_code(const struct suite_run *r);
size_t suite_run_count(const struct suite_run *r, enum suite_result result);

/* ---- cases: suite_case_run.c ---- */

/* The case is now under way, or over at once. */
void suite_case_begin(struct suite_run *r, struct suite_case_run *c);
/* Its child is over. */
void suite_case_go_on(struct suite_run *r, struct suite_case_run *c);
/* Without being run. */
void suite_case_leave_out(struct suite_run *r, struct suite_case_run *c, enum suite_result result,
                          const char *why);

/* ---- background: suite_background.c ---- */

/* Ports that are to be chosen. Sets them in the suite. */
bool suite_ports_choose(struct suite *s, struct err *err);
/* Starts those that are wanted and waits until they listen. False: err; or somebody stopped the suite. */
bool suite_background_start(struct suite_run *r, struct err *err);
/* Its child is over. */
void suite_background_over(struct suite_run *r, struct suite_background_run *b);
/* Ends them all. */
void suite_background_end(struct suite_run *r);

/* ---- signals: suite_run.c ---- */

/* Reads what came, without waiting; the first one tells all children to stop. */
void suite_run_signals(struct suite_run *r);

/* ---- what a person sees: suite_console.c ---- */

void suite_console_case(struct suite_run *r, const struct suite_case_run *c);
void suite_console_say(struct suite_run *r, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* The line of what happens now, on a terminal alone. */
void suite_console_live(struct suite_run *r);
void suite_console_clear(struct suite_run *r);

#endif
