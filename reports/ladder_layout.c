/* Where the columns of a ladder on a terminal stand, and what they are called there. */
#include "reports/ladder_internal.h"

/* Time (12), frame (8) and the blanks behind each; the leg (3) where there are several. */
#define LEFT_WIDTH 22u
/* "407 INVITE" still fits on an arrow. */
#define MIN_GAP 15u
#define MAX_GAP 44u

void ladder_column_name(const struct ladder *l, unsigned index, struct text *out)
{
	if (l->names == LADDER_NAMES_WHOLE)
		text_add_terminal(out, l->columns.names[index]);
	else if (l->names == LADDER_NAMES_SHORT)
		text_add_terminal(out, ladder_columns_short(&l->columns, index));
	else if (index < 26)
		text_addf(out, "%c", 'A' + (int)index);
	else
		text_addf(out, "%c%u", 'A' + (int)index % 26, index / 26 + 1);
}

/* Room between lifelines so that all names stand beside each other; the last one stands to the right of its lifeline. */
static bool names_fit(struct ladder *l, unsigned room, unsigned gaps)
{
	unsigned longest = 0;

	for (unsigned i = 0; i < l->columns.count; i++) {
		text_reset(&l->scratch);
		ladder_column_name(l, i, &l->scratch);
		size_t width = rows_width(ladder_scratch(l));
		longest = width > longest ? (unsigned)(width < room ? width : room) : longest;
	}
	l->gap = (room - longest) / gaps;
	return l->gap >= MIN_GAP && l->gap >= longest + 2;
}

/* Decides between lifelines with names, with short names, with letters, and a plain list. */
void ladder_lay_out(struct ladder *l)
{
	unsigned gaps = l->columns.count > 1 ? l->columns.count - 1 : 1;

	l->left = l->legs > 1 ? LEFT_WIDTH + 4 : LEFT_WIDTH;
	unsigned room = l->width - l->left - 2;
	l->names = LADDER_NAMES_WHOLE;
	if (!names_fit(l, room, gaps)) {
		l->names = LADDER_NAMES_SHORT;
		if (!names_fit(l, room, gaps)) {
			l->names = LADDER_NAMES_LETTERS;
			l->gap = room / gaps;
		}
	}
	l->gap = l->gap > MAX_GAP ? MAX_GAP : l->gap;
	l->compact = l->gap < MIN_GAP;
}

void ladder_print_legend(struct ladder *l)
{
	struct ladder_row row;

	for (unsigned i = 0; i < l->columns.count && l->names == LADDER_NAMES_LETTERS; i++) {
		text_addf(l->out, "  ");
		ladder_column_name(l, i, l->out);
		text_addf(l->out, " = ");
		text_add_terminal(l->out, l->columns.names[i]);
		text_addf(l->out, "\n");
	}
	if (l->names == LADDER_NAMES_LETTERS)
		text_addf(l->out, "\n");
	ladder_row_init(&row, l->width);
	ladder_row_put(&row, 8, l->width, SLICE_LIT("time"));
	ladder_row_put(&row, 16, l->width, SLICE_LIT("frame"));
	if (l->legs > 1)
		ladder_row_put(&row, 22, l->width, SLICE_LIT("leg"));
	for (unsigned i = 0; i < l->columns.count && !l->compact; i++) {
		text_reset(&l->scratch);
		ladder_column_name(l, i, &l->scratch);
		ladder_row_put(&row, ladder_lifeline(l, i), l->width, ladder_scratch(l));
	}
	ladder_row_print(&row, l->out);
}
