/* Lines of an injection file that a scenario wrote while it ran: those put behind the last, and those put in place of others. The caller
 * holds a lock. */
#ifndef SIM_SCENARIO_INJECTION_WRITTEN_H
#define SIM_SCENARIO_INJECTION_WRITTEN_H

#include "base/table.h"
#include "sim/scenario/injection_index.h"

struct injection_written {
	uint32_t lines_read; /* those behind were inserted */
	struct slice *inserted; /* each one's octets are its own */
	uint32_t inserted_count, inserted_room;
	struct table replaced;
	struct injection_index index; /* of all lines as they are now */
	int index_field; /* -1: none */
	struct text scratch;
};

void injection_written_init(struct injection_written *w);
void injection_written_release(struct injection_written *w);

/* False: the line is as it was read. */
bool injection_written_line(const struct injection_written *w, uint32_t line, struct slice *out);

/* Behind the last. False: out of memory; nothing changed. */
bool injection_written_add(struct injection_written *w, struct slice text);

/* To replace a line in two steps, for its index needs the old text in between: make the new one (`now`: what the line says until then; false:
 * out of memory), then set it, which cannot fail. */
bool injection_written_make(struct injection_written *w, uint32_t line, struct slice now,
                            struct slice text, struct slice *made);
void injection_written_set(struct injection_written *w, uint32_t line, struct slice made);

#endif
