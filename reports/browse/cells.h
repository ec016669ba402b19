/* A picture of a terminal: rows of cells, each a character and a style. Views draw into it, screen.c shows it, tests read it.
 *
 * Everything that is put is escaped here: control bytes and broken UTF-8 as \xNN, what has no width of its own or turns the direction of
 * writing (U+202E and the like) as \u{202E}. A wide character takes two cells, marks combine with the character before. Whether a
 * character can be shown is asked of wcwidth(), so of the locale; without UTF-8 in it all others than ASCII are escaped. */
#ifndef REPORTS_BROWSE_CELLS_H
#define REPORTS_BROWSE_CELLS_H

#include "base/err.h"
#include "base/text.h"

#define CELLS_MAX_ROWS    500
#define CELLS_MAX_COLUMNS 1000

/* Bits of a style; one colour at most. */
enum cell_style {
	STYLE_PLAIN = 0,
	STYLE_BOLD = 1,
	STYLE_DIM = 2,
	STYLE_REVERSE = 4,
	STYLE_UNDERLINE = 8,
	STYLE_RED = 16,
	STYLE_YELLOW = 32,
	STYLE_GREEN = 48,
	STYLE_CYAN = 64,
	STYLE_BLUE = 80,
	STYLE_MAGENTA = 96,
	STYLE_COLOURS = 112 /* mask */
};

struct cell {
	char text[14]; /* UTF-8; "": the right half of the wide one before */
	uint8_t style;
	uint8_t marks; /* that combine */
};

struct cells {
	struct cell *at; /* rows * columns */
	unsigned rows, columns;
	size_t room;
	bool utf8; /* line drawing, blocks */
};

void cells_init(struct cells *c, bool utf8);
void cells_release(struct cells *c);
/* Blank, of this size (brought between 1 and the maximum). False: memory. */
bool cells_clear(struct cells *c, unsigned rows, unsigned columns, struct err *err);

/* Puts `s` into cells x up to `end`, exclusive; cut with a mark where it does not fit. Returns the column behind. Outside of the picture
 * nothing happens. */
unsigned cells_put(struct cells *c, unsigned row, unsigned x, unsigned end, struct slice s,
                   unsigned style);
/* What we say ourselves; at most 500 octets. */
unsigned cells_putf(struct cells *c, unsigned row, unsigned x, unsigned end, unsigned style,
                    const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Ends at `end`. */
void cells_put_right(struct cells *c, unsigned row, unsigned x, unsigned end, struct slice s,
                     unsigned style);
/* Adds the bits to what is there; a colour replaces one. */
void cells_style(struct cells *c, unsigned row, unsigned x, unsigned end, unsigned style);
/* Blanks of a style. */
void cells_fill(struct cells *c, unsigned row, unsigned x, unsigned end, unsigned style);

/* Cells that cells_put() would take. */
unsigned cells_width(const struct cells *c, struct slice s);
/* How much of the front of `s` fits into `width` cells, at least one character of a text that is not empty; *used is the cells it takes. */
size_t cells_fit(const struct cells *c, struct slice s, unsigned width, unsigned *used);

const char *cells_cut_mark(const struct cells *c);
/* A column of so many eighths, 0..8, as a character one cell high. */
const char *cells_block(const struct cells *c, unsigned eighths);

/* As lines without trailing blanks; for tests. */
void cells_dump(const struct cells *c, struct text *out);

#endif
