/* The columns of a ladder: which ends a call's events have, callers left of whom they call. */
#ifndef REPORTS_LADDER_COLUMNS_H
#define REPORTS_LADDER_COLUMNS_H

#include "reports/call_events.h"

/* Endpoints beyond share the last column, "others". */
#define LADDER_MAX_COLUMNS 64

struct ladder_columns {
	struct slice
	        names[LADDER_MAX_COLUMNS]; /* "192.0.2.1:5060", or an address alone for media */
	unsigned count;
};

/* Names are kept in the arena. False: memory, err. */
bool ladder_columns_make(struct ladder_columns *c, const struct call_events *events,
                         struct arena *arena, struct err *err);

/* The column of an event's source, or of its destination; false: it has none of its own, and the last one stands for it. */
bool ladder_columns_of(const struct ladder_columns *c, const struct call_event *e, bool of_dst,
                       unsigned *index);

/* The address alone, where no other column has the same one. */
struct slice ladder_columns_short(const struct ladder_columns *c, unsigned index);

#endif
