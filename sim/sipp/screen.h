/* The screens: what SIPp's keys 1 to 9 show, in a layout of our own that keeps SIPp's labels, for scripts look for them. */
#ifndef SIM_SIPP_SCREEN_H
#define SIM_SIPP_SCREEN_H

#include "base/text.h"
#include "sim/sipp/settings.h"
#include "sim/sipp/stat_values.h"

enum screen_kind {
	SCREEN_SCENARIO = 1,
	SCREEN_STATISTICS,
	SCREEN_REPARTITION,
	SCREEN_VARIABLES,
	SCREEN_TDM,
	SCREEN_REPARTITION_2, /* of the second response time; up to 9: of the fifth */
	SCREEN_LAST = 9
};

struct screen_view {
	const struct sipp_settings *settings;
	const struct sim_config *config; /* as it runs: addresses found */
	const struct scenario *scenario;
	const struct sim_reading *reading;
	const struct stat_values *now, *before, *start; /* before: of the screen's period */
	double rate; /* of -r, as the keys have it */
	unsigned users;
	uint64_t limit; /* 0: none */
	bool paused, show_hidden;
	const char *last_error; /* ""; printable */
	const char *footer; /* what the last line says */
};

void screen_add(struct text *out, const struct screen_view *v, enum screen_kind kind);
/* Those that say something here: for the file at the end. */
void screen_add_all(struct text *out, const struct screen_view *v);

#endif
