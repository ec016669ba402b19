/* What the parts of a ladder share: ladder.c (finding, order of the page), ladder_layout.c, ladder_events.c (arrows),
 * ladder_tables.c, ladder_legs.c and ladder_sound.c (what stands above and below). Nobody else includes this. */
#ifndef REPORTS_LADDER_INTERNAL_H
#define REPORTS_LADDER_INTERNAL_H

#include "reports/call_messages.h"
#include "reports/ladder.h"
#include "reports/ladder_columns.h"
#include "reports/ladder_row.h"
#include "reports/rows.h"

enum ladder_names {
	LADDER_NAMES_WHOLE,
	LADDER_NAMES_SHORT, /* without ports where the address alone is clear */
	LADDER_NAMES_LETTERS, /* A, B, ... and a legend says what they are */
};

struct ladder {
	struct records *records;
	int64_t call_id, start_us;
	struct text *out;
	const struct ladder_glyphs *glyphs;
	unsigned width, gap, left; /* `left`: where the first lifeline stands */
	bool compact; /* too many endpoints for lifelines: names in front of every event instead */
	enum ladder_names names;
	int64_t legs; /* how many; with one alone, no leg is numbered */
	struct call_events events;
	struct ladder_columns columns;
	struct arena arena;
	struct text scratch;
};

/* Each prints its part; false: err is set. The header comes first: it knows when the call began. */
bool ladder_print_header(struct ladder *l, struct err *err);
bool ladder_print_events(struct ladder *l, struct err *err);
bool ladder_print_streams(struct ladder *l, struct err *err);
bool ladder_print_sound(struct ladder *l, struct err *err);

bool ladder_print_legs(struct ladder *l, struct err *err);

/* ladder_layout.c: lays the columns out, and prints their names. */
void ladder_lay_out(struct ladder *l);
void ladder_print_legend(struct ladder *l);
void ladder_column_name(const struct ladder *l, unsigned index, struct text *out);

static inline unsigned ladder_lifeline(const struct ladder *l, unsigned column)
{
	return l->left + column * l->gap;
}

static inline struct slice ladder_scratch(const struct ladder *l)
{
	return slice_of(text_cstr(&l->scratch), l->scratch.n);
}

/* Sets err: there is no such call, and how to list those there are. Always false. */
bool ladder_no_call(struct records *r, struct slice call, struct err *err);

#endif
