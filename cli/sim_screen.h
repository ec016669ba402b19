/* The live screen of a simulation on a terminal, and its keys. Drawn on stderr; keys come from stdin. Nothing where either is none. */
#ifndef CLI_SIM_SCREEN_H
#define CLI_SIM_SCREEN_H

#include "base/text.h"
#include "cli/sim_options.h"
#include "sim/sim.h"

#include <termios.h>

struct sim_second;

struct sim_screen {
	const struct sim_options *options;
	const struct scenario *scenario;
	bool on, steps, paused; /* steps: with their counts */
	unsigned lines; /* drawn last time */
	struct termios before; /* of the terminal */
};

/* Where stdin and stderr are a terminal, and the options do not say otherwise. */
void sim_screen_open(struct sim_screen *s, const struct sim_options *options,
                     const struct scenario *scenario);
void sim_screen_close(struct sim_screen *s); /* the terminal is as it was; what was drawn is gone */
void sim_screen_draw(struct sim_screen *s, const struct sim_reading *r,
                     const struct sim_second *second);
/* Keys that came meanwhile. True: there was one that means something. */
bool sim_screen_keys(struct sim_screen *s, const struct sim_reading *r, struct control *control);

/* One key. False: it means nothing. */
bool sim_screen_key(struct sim_screen *s, char key, const struct sim_reading *r,
                    struct control *control);
void sim_screen_text(const struct sim_screen *s, const struct sim_reading *r,
                     const struct sim_second *second, struct text *out);
/* Of `all`, what a window of so many rows and columns holds; its last row stays free. Returns how many lines that are. */
unsigned sim_screen_fit(struct slice all, unsigned rows, unsigned columns, struct text *out);

#endif
