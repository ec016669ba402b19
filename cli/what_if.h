/* A stream scored again under other circumstances, from its record alone. */
#ifndef CLI_WHAT_IF_H
#define CLI_WHAT_IF_H

#include "cli/stream_facts.h"

struct what_if {
	bool has_buffer, has_plc, has_delay, no_bursts;
	struct buffer_setting buffer;
	bool plc; /* does a G.711 receiver conceal what is missing? */
	double delay_ms; /* of the network, one way */
	const struct codec *codec; /* NULL: the one it had */
};

struct what_if_side {
	struct buffer_setting buffer;
	struct score_input in;
	struct score score;
	struct burst_gap bursts;
};

struct what_if_result {
	struct what_if_side before, after; /* before: as recorded */
	bool exact; /* the analyzer would have counted the same with this buffer */
};

bool what_if(const struct what_if *w, const struct stream_facts *f, struct what_if_result *out,
             struct err *err);

#endif
