/* What the parts of a ladder share: ladder.c (finding, order of the page), ladder_events.c (columns, arrows), ladder_tables.c (what
 * stands above and below). Nobody else includes this. */
#ifndef REPORTS_LADDER_INTERNAL_H
#define REPORTS_LADDER_INTERNAL_H

#include "base/arena.h"
#include "reports/call_messages.h"
#include "reports/ladder.h"
#include "reports/ladder_row.h"
#include "reports/rows.h"

struct ladder {
	struct records *records;
	int64_t call_id, start_us;
	struct text *out;
	const struct ladder_glyphs *glyphs;
	unsigned width, gap;
	bool compact; /* too many endpoints for lifelines: names in front of every event instead */
	bool letters; /* columns are named A, B, ... and a legend says what they are */
	struct slice
	        columns[LADDER_MAX_COLUMNS]; /* "192.0.2.1:5060", or an address alone for media */
	unsigned column_count;
	struct arena arena;
	struct text scratch;
};

/* Each prints its part; false: err is set. The header comes first: it knows when the call began. */
bool ladder_print_header(struct ladder *l, struct err *err);
bool ladder_print_events(struct ladder *l, struct err *err);
bool ladder_print_streams(struct ladder *l, struct err *err);

/* Sets err: there is no such call, and how to list those there are. Always false. */
bool ladder_no_call(struct records *r, struct slice call, struct err *err);

#endif
