/* What keys and commands do to a run. Pure: what they ask of others stands in `asked` until somebody does it. */
#ifndef SIM_SIPP_STEERING_H
#define SIM_SIPP_STEERING_H

#include "base/text.h"
#include "sim/engine/control.h"
#include "sim/sipp/screen.h"
#include "sim/sipp/settings.h"

enum steering_asked {
	ASKED_SCREEN_DUMP = 1, /* key s, USR2 */
	ASKED_DUMP_TASKS = 2,
	ASKED_DUMP_VARIABLES = 4,
	ASKED_RESET_STATS = 8,
	ASKED_TRACE = 16, /* `log` to `log_on` */
	ASKED_REDRAW = 32,
};

#define STEERING_COMMAND 256

struct steering {
	const struct sipp_settings *settings;
	struct control *control; /* NULL until the run has begun */
	double rate; /* calls in a period of -rp */
	double rate_scale;
	unsigned users; /* 0: -users is not given */
	bool calls; /* a client: the limit of calls at once follows the rate where -l is not given */
	double call_seconds; /* length of a call as -d gives it */
	enum screen_kind screen;
	bool show_hidden;
	unsigned asked; /* enum steering_asked */
	enum sipp_log log;
	bool log_on;
	/* command mode of the keyboard */
	bool typing;
	char command[STEERING_COMMAND];
	size_t command_length;
};

void steering_init(struct steering *s, const struct sipp_settings *settings);
/* One key; in command mode what is typed until the line ends. False: *out says what was wrong. */
bool steering_key(struct steering *s, char key, struct text *out);
/* "set rate 10", without the c in front. False: *out says why not. */
bool steering_command(struct steering *s, struct slice line, struct text *out);
/* A datagram of the control port: a key, or c and a command. */
bool steering_datagram(struct steering *s, struct slice bytes, struct text *out);

#endif
