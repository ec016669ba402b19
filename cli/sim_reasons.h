/* Why calls failed, in the words of whoever saw it: the first few that differ. Told by several workers, read when they are over. */
#ifndef CLI_SIM_REASONS_H
#define CLI_SIM_REASONS_H

#include "base/text.h"
#include "sim/engine/trace.h"

#include <pthread.h>

#define SIM_REASONS     4
#define SIM_REASON_TEXT 400

struct sim_reason {
	uint64_t calls;
	char text[SIM_REASON_TEXT];
};

struct sim_reasons {
	struct trace trace; /* for sim_hooks */
	pthread_mutex_t lock;
	unsigned count;
	struct sim_reason reasons[SIM_REASONS];
};

void sim_reasons_init(struct sim_reasons *r);
void sim_reasons_release(struct sim_reasons *r);
/* A line each. */
void sim_reasons_say(const struct sim_reasons *r, struct text *out);

#endif
