#include "reports/browse/frame.h"

#include "reports/browse/view.h"

#include <inttypes.h>

static const struct {
	enum action tab;
	const char *name, *brief;
} tabs[] = {
	{ ACTION_CALLS, "1 Calls", "1 Calls" },
	{ ACTION_FINDINGS, "2 Findings", "2 Find" },
	{ ACTION_STREAMS, "3 Streams", "3 Strm" },
	{ ACTION_REGISTRATIONS, "4 Registrations", "4 Reg" },
	{ ACTION_SUMMARY, "5 Summary", "5 Sum" },
	{ ACTION_FIGURES, "6 Figures", "6 Fig" },
};

#define TABS (sizeof tabs / sizeof *tabs)
/* All tabs in full, and something of the name. */
#define WIDE 96

static enum action lit_tab(const struct browse *b)
{
	for (unsigned i = b->depth; i-- > 0;)
		if (b->views[i]->tab)
			return b->views[i]->tab;
	return ACTION_CALLS;
}

static void draw_title(struct browse *b)
{
	struct cells *c = &b->cells;
	bool wide = c->columns >= WIDE;
	enum action lit = lit_tab(b);
	unsigned x = 0;

	cells_fill(c, 0, 0, c->columns, STYLE_REVERSE);
	for (size_t i = 0; i < TABS; i++) {
		bool is_lit = tabs[i].tab == lit;
		const char *name = wide ? tabs[i].name : tabs[i].brief;
		if (x + strlen(name) + 2 > c->columns && !is_lit)
			continue;
		x = cells_putf(c, 0, x, c->columns, is_lit ? STYLE_BOLD : (unsigned)STYLE_REVERSE,
		               is_lit ? "[%s]" : " %s ", name);
	}
	if (x + 2 < c->columns)
		cells_put_right(c, 0, x + 2, c->columns - 1, slice_str(b->name), STYLE_REVERSE);
}

/* "F2 Save" at x if it ends before `end`; returns the column behind it and a blank, or x. */
static unsigned draw_key(struct cells *c, const struct binding *one, unsigned x, unsigned end)
{
	struct text key;

	text_init(&key);
	keys_name(one->keys[0], &key);
	if (x + key.n + strlen(one->bar) + 1 <= end) {
		x = cells_put(c, c->rows - 1, x, end, slice_of(text_cstr(&key), key.n), STYLE_BOLD);
		x = cells_putf(c, c->rows - 1, x, end, STYLE_REVERSE, " %s", one->bar) + 1;
	}
	text_release(&key);
	return x;
}

/* As many keys as fit; the way back always does. */
static void draw_bar(struct browse *b)
{
	struct cells *c = &b->cells;
	unsigned bit = b->views[b->depth - 1]->kind->bit, x = 0;
	unsigned end = c->columns - (unsigned)strlen(b->place) - 1, back = 9;

	for (size_t i = 0; i < binding_count; i++) {
		const struct binding *one = &bindings[i];
		if ((one->views & bit) && one->bar)
			x = draw_key(c, one, x, one->action == ACTION_BACK ? end : end - back);
	}
	cells_put_right(c, c->rows - 1, end, c->columns, slice_str(b->place), STYLE_DIM);
}

static void draw_prompt(struct browse *b)
{
	struct cells *c = &b->cells;
	unsigned row = c->rows - 1;

	cells_fill(c, row - 1, 0, c->columns, STYLE_PLAIN);
	if (b->line.n)
		cells_put(c, row - 1, 0, c->columns, slice_of(b->line.p, b->line.n),
		          b->line_is_error ? STYLE_RED | STYLE_BOLD : STYLE_BOLD);
	else
		cells_put(c, row - 1, 0, c->columns, slice_str(b->prompt.hint), STYLE_DIM);
	prompt_draw(&b->prompt, c, row);
}

void frame_draw(struct browse *b)
{
	struct cells *c = &b->cells;

	draw_title(b);
	cells_fill(c, c->rows - 1, 0, c->columns, STYLE_PLAIN);
	if (b->prompt.kind)
		draw_prompt(b);
	else if (b->line.n)
		cells_put(c, c->rows - 1, 0, c->columns, slice_of(b->line.p, b->line.n),
		          b->line_is_error ? STYLE_RED | STYLE_BOLD : STYLE_BOLD);
	else
		draw_bar(b);
}

void frame_draw_too_small(struct browse *b)
{
	struct cells *c = &b->cells;

	cells_putf(c, 0, 0, c->columns, STYLE_PLAIN, "%ux%u is too small,", c->columns, c->rows);
	cells_putf(c, 1, 0, c->columns, STYLE_PLAIN, "%dx%d is enough", BROWSE_MIN_COLUMNS,
	           BROWSE_MIN_ROWS);
	cells_putf(c, 2, 0, c->columns, STYLE_PLAIN, "(q: back)");
}
