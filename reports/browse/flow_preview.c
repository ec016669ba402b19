#include "reports/browse/flow_preview.h"

#include "base/clock.h"

#include <inttypes.h>

#define BESIDE_FROM  110 /* columns of the screen */
#define BELOW_FROM   8 /* rows that are to be shared */
#define STEP         6
#define LEAST_BESIDE 34 /* cells */
#define LEAST_LADDER 60

/* Two fifths of the screen, or what the lifelines leave of that; 0: too little. */
static unsigned width_beside(const struct flow *f, const struct cells *c)
{
	int ladder = (int)(FLOW_TIME_WIDTH + 2 + (f->legs > 1 ? 4 : 0) + 2 * FLOW_MARGIN +
	                   FLOW_MIN_GAP * (f->columns.count > 1 ? f->columns.count - 1 : 1));
	int all = (int)c->columns, width = all * 2 / 5;

	if (width > all - ladder - 1)
		width = all - ladder - 1;
	width += STEP * f->wider;
	if (all < BESIDE_FROM || all - ladder - 1 < LEAST_BESIDE)
		return 0;
	return (unsigned)(width < LEAST_BESIDE         ? LEAST_BESIDE
	                  : width > all - LEAST_LADDER ? all - LEAST_LADDER
	                                               : width);
}

struct preview preview_place(const struct flow *f, const struct cells *c, unsigned top,
                             unsigned bottom)
{
	struct preview p = { .is_on = f->preview, .top = top, .bottom = bottom };
	unsigned width = width_beside(f, c);
	int rows = (int)(bottom - top) / 3 + f->wider;

	p.beside = width > 0;
	if (p.beside) {
		p.x = c->columns - width;
	} else {
		rows = rows < 2                         ? 2
		       : rows > (int)(bottom - top) - 4 ? (int)(bottom - top) - 4
		                                        : rows;
		p.is_on = p.is_on && bottom - top >= BELOW_FROM;
		p.top = bottom - (unsigned)(rows < 0 ? 0 : rows);
	}
	return p;
}

/* "2026-01-31 14:05:06.789123 UTC, 0.123456 s after the event before" */
static unsigned draw_times(struct cells *c, const struct flow *f, const struct flow_event *e,
                           unsigned x, unsigned row)
{
	char buf[64];
	double since = 0;

	if (f->at.cursor)
		since = (double)(e->e.time_us - f->events[f->seen[f->at.cursor - 1]].e.time_us) /
		        1e6;
	clock_format_us(e->e.time_us, buf, sizeof buf);
	cells_putf(c, row++, x, c->columns, STYLE_PLAIN, "%s UTC  +%.6f s", buf, since);
	return row;
}

static unsigned draw_mark(struct cells *c, const struct flow *f, const struct flow_event *e,
                          unsigned x, unsigned row)
{
	const struct flow_event *mark = f->mark_count ? &f->events[f->marks[0]] : NULL;

	if (!mark || mark == e)
		return row;
	int64_t us = e->e.time_us - mark->e.time_us;
	cells_putf(c, row++, x, c->columns, STYLE_BOLD, "%.6f s %s the marked one",
	           (double)(us < 0 ? -us : us) / 1e6, us < 0 ? "before" : "after");
	return row;
}

static unsigned draw_facts(struct cells *c, const struct flow_event *e, unsigned x, unsigned row)
{
	bool is_message = e->e.kind == EVENT_MESSAGE;
	unsigned at = cells_put(c, row, x, c->columns, e->e.src, STYLE_PLAIN);

	at = cells_putf(c, row, at, c->columns, STYLE_PLAIN, " -> ");
	at = cells_put(c, row, at, c->columns, e->e.dst, STYLE_PLAIN);
	if (is_message)
		cells_putf(c, row, at, c->columns, STYLE_PLAIN, "  %.*s",
		           SLICE_ARG(e->e.transport));
	row++;
	at = x;
	if (e->e.frame >= 0)
		at = cells_putf(c, row, at, c->columns, STYLE_DIM, "frame %" PRId64 ":%" PRId64,
		                e->e.capture_id, e->e.frame);
	if (is_message)
		at = cells_putf(c, row, at, c->columns, STYLE_DIM, ", %" PRId64 " octets",
		                e->e.bytes);
	if (e->leg)
		at = cells_putf(c, row, at, c->columns, STYLE_DIM, "%sleg %" PRId64,
		                at > x ? ", " : "", e->leg);
	if (e->e.again)
		at = cells_putf(c, row, at, c->columns, STYLE_YELLOW, ", retransmitted");
	if (is_message && e->e.defects > 0)
		at = cells_putf(c, row, at, c->columns, STYLE_RED, ", malformed");
	return at > x ? row + 1 : row;
}

static void draw_text(struct cells *c, struct slice s, unsigned x, unsigned row, unsigned bottom)
{
	struct slice line;

	for (bool first = true; row < bottom && slice_line(&s, &line); first = false)
		if (line.n)
			row = draw_wrapped(c, row, bottom, x, c->columns, line,
			                   first ? STYLE_GREEN : STYLE_PLAIN);
		else
			row++;
}

/* The message as far as it is at hand without reading captures; *drawn: it was. */
static bool draw_message(struct browse *b, const struct flow_event *e, unsigned x, unsigned row,
                         unsigned bottom, bool *drawn, struct err *err)
{
	const struct message_texts *texts =
	        b->doors->texts ? b->doors->texts(b->doors->context, false, err) : NULL;
	struct text text;

	*drawn = false;
	if (!texts || texts->absent)
		return err->code == ERR_NONE;
	text_init(&text);
	bool ok = texts->of(texts->context, e->e.id, &text, err);
	if (ok && text.n) {
		draw_text(&b->cells, slice_of(text.p, text.n), x, row, bottom);
		*drawn = true;
	}
	text_release(&text);
	return ok;
}

static bool draw_content(struct browse *b, const struct flow_event *e, unsigned x, unsigned row,
                         unsigned bottom, struct err *err)
{
	struct cells *c = &b->cells;
	bool drawn = false;

	if (e->e.kind == EVENT_MESSAGE && !draw_message(b, e, x, row, bottom, &drawn, err))
		return false;
	if (drawn)
		return true;
	row = draw_wrapped(c, row, bottom, x, c->columns,
	                   e->e.kind == EVENT_MESSAGE ? e->e.first_line : e->e.label, STYLE_GREEN);
	row = draw_wrapped(c, row, bottom, x, c->columns, e->e.note, STYLE_PLAIN);
	if (row + 1 < bottom && e->e.kind == EVENT_MESSAGE)
		cells_putf(c, row + 1, x, c->columns, STYLE_DIM, "Enter: the whole message");
	if (row + 1 < bottom && (e->e.kind == EVENT_STREAM || e->e.kind == EVENT_STREAM_END))
		cells_putf(c, row + 1, x, c->columns, STYLE_DIM, "Enter: its quality over time");
	return true;
}

static void draw_border(struct cells *c, const struct preview *p)
{
	if (!p->beside) {
		for (unsigned x = 0; x < c->columns; x++)
			cells_put(c, p->top, x, x + 1, slice_str(c->utf8 ? "\u2500" : "-"),
			          STYLE_DIM);
		return;
	}
	for (unsigned row = p->top; row < p->bottom; row++) {
		cells_fill(c, row, p->x - 1, c->columns, STYLE_PLAIN);
		cells_put(c, row, p->x - 1, p->x, slice_str(c->utf8 ? "\u2502" : "|"), STYLE_DIM);
	}
}

bool preview_draw(struct browse *b, const struct flow *f, const struct preview *p, struct err *err)
{
	const struct flow_event *e = flow_current(f);
	struct cells *c = &b->cells;
	unsigned x = p->beside ? p->x + 1 : 0, row = p->beside ? p->top : p->top + 1;

	draw_border(c, p);
	if (!e || row >= p->bottom)
		return true;
	if (p->beside || p->bottom - row > 3) {
		row = draw_times(c, f, e, x, row);
		row = draw_mark(c, f, e, x, row);
		row = draw_facts(c, e, x, row);
		row += p->beside;
	} else {
		row = draw_mark(c, f, e, x, row);
	}
	return row >= p->bottom || draw_content(b, e, x, row, p->bottom, err);
}
