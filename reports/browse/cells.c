#include "reports/browse/cells.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#define MAX_MARKS 2 /* that one character may carry: more would overflow its line */

/* One character as it is shown: its octets, and how many cells they take. */
struct glyph {
	char text[14];
	unsigned width; /* 0: combines with the one before */
	size_t taken; /* octets of the text it came from */
};

void cells_init(struct cells *c, bool utf8)
{
	*c = (struct cells){ .utf8 = utf8 };
}

void cells_release(struct cells *c)
{
	mem_free(c->at);
	cells_init(c, c->utf8);
}

static unsigned bring_within(unsigned n, unsigned most)
{
	return n < 1 ? 1 : n > most ? most : n;
}

bool cells_clear(struct cells *c, unsigned rows, unsigned columns, struct err *err)
{
	rows = bring_within(rows, CELLS_MAX_ROWS);
	columns = bring_within(columns, CELLS_MAX_COLUMNS);
	size_t count = (size_t)rows * columns;

	if (count > c->room) {
		struct cell *at = mem_resize(c->at, count * sizeof *at);
		if (!at)
			return err_memory(err, "the picture");
		c->at = at;
		c->room = count;
	}
	c->rows = rows;
	c->columns = columns;
	for (size_t i = 0; i < count; i++)
		c->at[i] = (struct cell){ .text = " " };
	return true;
}

/* --- characters ------------------------------------------------------------------------------------------------ */

static uint32_t code_of(struct slice s, size_t n)
{
	uint32_t code = n == 1 ? s.p[0] : s.p[0] & (0x7Fu >> n);

	for (size_t i = 1; i < n; i++)
		code = code << 6 | (s.p[i] & 0x3Fu);
	return code;
}

/* UAX #9: marks, embeddings, overrides and isolates, which change the order in which a line is read. */
static bool turns_direction(uint32_t code)
{
	return code == 0x061C || code == 0x200E || code == 0x200F ||
	       (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/* Joiners, variation selectors, soft hyphens: of no width, and no mark on a letter either. */
static bool is_invisible(uint32_t code)
{
	return code == 0xAD || (code >= 0x200B && code <= 0x200D) || code == 0x2060 ||
	       (code >= 0xFE00 && code <= 0xFE0F) || code == 0xFEFF ||
	       (code >= 0xE0000 && code <= 0xE0FFF) || (code >= 0x1160 && code <= 0x11FF);
}

/* The character at the front of `s`, which is not empty. */
static struct glyph glyph_of(struct slice s)
{
	struct glyph g = { .taken = utf8_length(s) };
	uint32_t code = g.taken ? code_of(s, g.taken) : 0;
	int width = g.taken ? wcwidth((wchar_t)code) : -1;

	if (!g.taken || code < 0x20 || (code >= 0x7F && code < 0xA0)) {
		g.taken = 1;
		g.width = (unsigned)snprintf(g.text, sizeof g.text, "\\x%02X", s.p[0]);
	} else if (code < 0x80) {
		g.text[0] = (char)code;
		g.width = 1;
	} else if (width < 0 || width > 2 || turns_direction(code) || is_invisible(code)) {
		g.width = (unsigned)snprintf(g.text, sizeof g.text, "\\u{%X}", code);
	} else {
		memcpy(g.text, s.p, g.taken);
		g.width = (unsigned)width;
	}
	return g;
}

static bool is_escape(const struct glyph *g)
{
	return g->width > 2 && g->text[0] == '\\';
}

unsigned cells_width(const struct cells *c, struct slice s)
{
	unsigned width = 0;

	(void)c;
	while (s.n) {
		struct glyph g = glyph_of(s);
		width += g.width;
		s = slice_from(s, g.taken);
	}
	return width;
}

size_t cells_fit(const struct cells *c, struct slice s, unsigned width, unsigned *used)
{
	size_t taken = 0;

	(void)c;
	for (*used = 0; taken < s.n;) {
		struct glyph g = glyph_of(slice_from(s, taken));
		if (*used + g.width > width && taken)
			break;
		*used += g.width;
		taken += g.taken;
	}
	return taken;
}

/* --- putting --------------------------------------------------------------------------------------------------- */

static struct cell *cell_at(struct cells *c, unsigned row, unsigned x)
{
	return &c->at[(size_t)row * c->columns + x];
}

static void set(struct cells *c, unsigned row, unsigned x, const char *text, unsigned style)
{
	struct cell *cell = cell_at(c, row, x);

	snprintf(cell->text, sizeof cell->text, "%s", text);
	cell->style = (uint8_t)style;
	cell->marks = 0;
}

/* Half of a wide character alone is nothing: what its other half would stand in becomes a blank. */
static void part_wide(struct cells *c, unsigned row, unsigned x)
{
	if (x < c->columns && !cell_at(c, row, x)->text[0]) {
		set(c, row, x, " ", cell_at(c, row, x)->style);
		set(c, row, x - 1, " ", cell_at(c, row, x - 1)->style);
	}
}

static void add_mark(struct cells *c, unsigned row, unsigned x, const struct glyph *g)
{
	struct cell *cell;

	if (x && !cell_at(c, row, x - 1)->text[0])
		x--;
	cell = cell_at(c, row, x - 1);
	if (cell->marks == MAX_MARKS || strlen(cell->text) + strlen(g->text) >= sizeof cell->text)
		return;
	strcat(cell->text, g->text);
	cell->marks++;
}

static void put_glyph(struct cells *c, unsigned row, unsigned x, const struct glyph *g,
                      unsigned style)
{
	part_wide(c, row, x);
	part_wide(c, row, x + g->width);
	if (is_escape(g)) {
		for (unsigned i = 0; i < g->width; i++)
			set(c, row, x + i, (const char[]){ g->text[i], '\0' }, style);
		return;
	}
	set(c, row, x, g->text, style);
	if (g->width == 2)
		set(c, row, x + 1, "", style);
}

const char *cells_cut_mark(const struct cells *c)
{
	return c->utf8 ? "\u2026" : "~";
}

/* Does what is left, from `g` on, fit? Looked at only where it becomes narrow. */
static bool rest_fits(const struct cells *c, struct slice s, unsigned room)
{
	unsigned used;

	return cells_fit(c, s, room, &used) == s.n && used <= room;
}

unsigned cells_put(struct cells *c, unsigned row, unsigned x, unsigned end, struct slice s,
                   unsigned style)
{
	unsigned first = x;

	if (end > c->columns)
		end = c->columns;
	if (row >= c->rows)
		return x;
	while (s.n && x < end) {
		struct glyph g = glyph_of(s);
		if (x + g.width + 1 > end && !rest_fits(c, s, end - x)) {
			part_wide(c, row, x);
			part_wide(c, row, x + 1);
			set(c, row, x, cells_cut_mark(c), style);
			return x + 1;
		}
		if (g.width)
			put_glyph(c, row, x, &g, style);
		else if (x > first)
			add_mark(c, row, x, &g);
		x += g.width;
		s = slice_from(s, g.taken);
	}
	return x;
}

unsigned cells_putf(struct cells *c, unsigned row, unsigned x, unsigned end, unsigned style,
                    const char *format, ...)
{
	char buf[500];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	return n < 0 ? x : cells_put(c, row, x, end, slice_str(buf), style);
}

void cells_put_right(struct cells *c, unsigned row, unsigned x, unsigned end, struct slice s,
                     unsigned style)
{
	unsigned width = cells_width(c, s);

	cells_put(c, row, x + width < end ? end - width : x, end, s, style);
}

void cells_style(struct cells *c, unsigned row, unsigned x, unsigned end, unsigned style)
{
	if (end > c->columns)
		end = c->columns;
	for (; row < c->rows && x < end; x++) {
		struct cell *cell = cell_at(c, row, x);
		if (style & STYLE_COLOURS)
			cell->style &= (uint8_t)~STYLE_COLOURS;
		cell->style = (uint8_t)(cell->style | style);
	}
}

void cells_fill(struct cells *c, unsigned row, unsigned x, unsigned end, unsigned style)
{
	if (end > c->columns)
		end = c->columns;
	if (row >= c->rows || x >= end)
		return;
	part_wide(c, row, x);
	part_wide(c, row, end);
	for (; x < end; x++)
		set(c, row, x, " ", style);
}

const char *cells_block(const struct cells *c, unsigned eighths)
{
	static const char *const blocks[] = { " ",      "\u2581", "\u2582", "\u2583", "\u2584",
		                              "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const ascii[] = { " ", ".", ".", ":", ":", "|", "|", "#", "#" };

	return (c->utf8 ? blocks : ascii)[eighths < 9 ? eighths : 8];
}

void cells_dump(const struct cells *c, struct text *out)
{
	for (unsigned row = 0; row < c->rows; row++) {
		unsigned end = c->columns;
		const struct cell *line = &c->at[(size_t)row * c->columns];
		while (end && strcmp(line[end - 1].text, " ") == 0)
			end--;
		for (unsigned x = 0; x < end; x++)
			text_addf(out, "%s", line[x].text);
		text_addf(out, "\n");
	}
}
