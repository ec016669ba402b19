/* What is to be run for a case, word by word, and what comes of it. */
#ifndef CLI_SUITE_PLAN_H
#define CLI_SUITE_PLAN_H

#include "cli/suite_words.h"

#define SUITE_MAX_STEPS 4
#define SUITE_OURS      "milliwatt" /* as first word: this very program */

struct suite_step {
	const char *what; /* 'the simulator' */
	const char *const *words; /* NULL ends them */
	const char *log; /* what it prints goes there, absolute */
	int64_t timeout_ns;
};

struct suite_plan {
	struct suite_step steps[SUITE_MAX_STEPS];
	size_t step_count;
	const char *database; /* that comes of it, or is there already */
	const char *other; /* of the second tap; NULL: there is none */
	double max_loss; /* between taps; NAN: none is judged */
	const char *capture; /* made beside; NULL: none */
	const char *no_capture; /* why there is none; NULL: nothing to say */
	uint32_t uses; /* bit i: needs the i-th process in the background */
};

/* `folder`: the case's own, absolute. `looking`: nothing will run now, files that other cases make may be missing. All lives in the arena.
 * False: err names the place in the file. */
bool suite_plan_case(const struct suite *s, const struct suite_case *c, const char *folder,
                     bool looking, struct arena *arena, struct suite_plan *out, struct err *err);
/* Only steps[0]. */
bool suite_plan_background(const struct suite *s, const struct suite_background *b,
                           const char *folder, struct arena *arena, struct suite_plan *out,
                           struct err *err);

/* Where the baseline is, absolute, in the arena; NULL: err. */
const char *suite_baseline_path(const struct suite *s, const struct suite_baseline *b,
                                struct arena *arena, struct err *err);

/* A step out of words, which are released. */
bool suite_plan_add(struct suite_plan *p, struct suite_words *w, const char *what,
                    const char *folder, const char *log, int64_t timeout_ns, struct err *err);

/* ---- of suite_plan_sim.c ---- */

enum suite_sim_kind { SIM_REAL, SIM_VIRTUAL, SIM_BACKGROUND };
/* "milliwatt sim" with the options of a mapping, and of a case those of defaults that it does not say. */
bool suite_sim_words(struct suite_words *w, const struct yaml_node *options,
                     enum suite_sim_kind kind, struct err *err);
/* As `milliwatt sim` itself would read them: are they right, and how large would a capture be? */
bool suite_sim_look(const struct suite_words *w, const struct yaml_node *options,
                    int64_t *capture_octets, struct err *err);

#endif
