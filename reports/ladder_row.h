/* One line of a ladder as terminal cells: lifelines, an arrow, text over them. */
#ifndef REPORTS_LADDER_ROW_H
#define REPORTS_LADDER_ROW_H

#include "base/text.h"
#include "reports/ladder.h"

struct ladder_glyphs {
	const char *lifeline, *line, *double_line, *left, *right, *self;
};
extern const struct ladder_glyphs ladder_ascii, ladder_utf8;

/* Each cell one character: its UTF-8 octets and a NUL. */
struct ladder_row {
	char cells[LADDER_MAX_WIDTH][5];
	unsigned width;
};

void ladder_row_init(struct ladder_row *row, unsigned width);
/* `s` has been through text_add_terminal(). Cut with "~" where it would pass `end` (or the width). */
void ladder_row_put(struct ladder_row *row, unsigned x, unsigned end, struct slice s);
/* From lifeline x1 to lifeline x2, the label in the middle. */
void ladder_row_arrow(struct ladder_row *row, unsigned x1, unsigned x2, bool is_double,
                      struct slice label, const struct ladder_glyphs *g);
/* Without trailing blanks, with a newline. */
void ladder_row_print(const struct ladder_row *row, struct text *out);

#endif
