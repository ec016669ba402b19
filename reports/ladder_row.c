#include "reports/ladder_row.h"

#include "reports/rows.h"

const struct ladder_glyphs ladder_ascii = { "|", "-", "=", "<", ">", "@" };
const struct ladder_glyphs ladder_utf8 = { "\u2502", "\u2500", "\u2550",
	                                   "\u25C4", "\u25BA", "\u21BA" };

static void set_cell(struct ladder_row *row, unsigned x, struct slice character)
{
	if (x < row->width && character.n < sizeof row->cells[x])
		slice_cstr(character, row->cells[x], sizeof row->cells[x]);
}

void ladder_row_init(struct ladder_row *row, unsigned width)
{
	row->width = width < LADDER_MAX_WIDTH ? width : LADDER_MAX_WIDTH;
	for (unsigned x = 0; x < row->width; x++)
		set_cell(row, x, SLICE_LIT(" "));
}

void ladder_row_put(struct ladder_row *row, unsigned x, unsigned end, struct slice s)
{
	if (end > row->width)
		end = row->width;
	for (; s.n && x < end; x++) {
		size_t n = utf8_length(s);
		if (n == 0)
			return; /* not escaped: our own mistake, drawn as nothing */
		bool last = x + 1 == end && s.n > n;
		set_cell(row, x, last ? SLICE_LIT("~") : slice_sub(s, 0, n));
		s = slice_from(s, n);
	}
}

void ladder_row_arrow(struct ladder_row *row, unsigned x1, unsigned x2, bool is_double,
                      struct slice label, const struct ladder_glyphs *g)
{
	unsigned low = x1 < x2 ? x1 : x2, high = x1 < x2 ? x2 : x1;

	if (low == high) {
		ladder_row_put(row, low + 2, row->width, slice_str(g->self));
		ladder_row_put(row, low + 4, row->width, label);
		return;
	}
	for (unsigned x = low + 1; x < high; x++)
		set_cell(row, x, slice_str(is_double ? g->double_line : g->line));
	if (x1 < x2)
		set_cell(row, high - 1, slice_str(g->right));
	else
		set_cell(row, low + 1, slice_str(g->left));
	unsigned room = high - low - 1; /* a line cell stays on either side, and the head */
	room = room > 4 ? room - 4 : 0;
	size_t width = rows_width(label);
	unsigned used = width < room ? (unsigned)width : room;
	unsigned at = low + 1 + (high - low - 1 - used) / 2;
	bool roomy = used + 2 <= room; /* then a blank on either side reads better */
	if (roomy) {
		set_cell(row, at - 1, SLICE_LIT(" "));
		set_cell(row, at + used, SLICE_LIT(" "));
	}
	ladder_row_put(row, at, at + used, label);
}

void ladder_row_print(const struct ladder_row *row, struct text *out)
{
	unsigned end = row->width;

	while (end && row->cells[end - 1][0] == ' ')
		end--;
	for (unsigned x = 0; x < end; x++)
		text_add(out, slice_str(row->cells[x]));
	text_addf(out, "\n");
}
