/* Where keys come from: the terminal, or what is piped in, and the control port (UDP). Asked now and then; never waits. */
#ifndef SIM_SIPP_INPUTS_H
#define SIM_SIPP_INPUTS_H

#include "base/err.h"
#include "sim/sipp/steering.h"

#include <termios.h>

struct inputs {
	bool keyboard; /* standard input is read */
	bool raw; /* the terminal was changed: `before` brings it back */
	struct termios before;
	int control_fd; /* -1: none */
	uint16_t control_port;
};

/* A control port that cannot be had is an error only where it was asked for (-cp); without, the next 60 are tried, then none is open. */
bool inputs_open(struct inputs *i, const struct sipp_settings *settings, struct err *err);
/* Gives all that has arrived to `steering`. What is wrong with it is added to `out`, a line each. */
void inputs_read(struct inputs *i, struct steering *steering, struct text *out);
void inputs_close(struct inputs *i);

#endif
