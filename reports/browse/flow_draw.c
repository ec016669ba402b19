/* A flow as cells: names and lifelines, an arrow for each event in sight, the selected one in full. */
#include "reports/browse/flow.h"
#include "reports/browse/flow_preview.h"

#include "base/clock.h"
#include "reports/ladder_row.h"

#include <inttypes.h>
#include <stdio.h>

#define MIN_GAP 15u /* "407 INVITE" still fits on an arrow */
#define MAX_GAP 40u
#define NARROW  70u /* cells, in which times and names have less room */

struct place {
	unsigned top, bottom; /* rows of the arrows */
	unsigned end; /* cells that the ladder has */
	unsigned time, margin; /* cells of the time, of half a name */
	unsigned left, gap; /* first lifeline, room between two */
	unsigned first, count; /* columns in sight */
};

static const struct ladder_glyphs *glyphs_of(const struct cells *c)
{
	return c->utf8 ? &ladder_utf8 : &ladder_ascii;
}

/* --- where things stand ------------------------------------------------------------------------------------------ */

static void place_columns(const struct flow *f, struct place *p)
{
	unsigned room;

	p->time = p->end < NARROW ? 9 : FLOW_TIME_WIDTH;
	p->margin = p->end < NARROW ? 4 : FLOW_MARGIN;
	p->left = p->time + 2 + (f->legs > 1 ? 4 : 0) + p->margin;
	room = p->end > p->left + p->margin ? p->end - p->left - p->margin : 1;
	p->first = f->shift < f->columns.count ? f->shift : 0;
	p->count = f->columns.count - p->first;
	while (p->count > 1 && room / (p->count - 1) < FLOW_MIN_GAP)
		p->count--;
	p->gap = p->count > 1 ? room / (p->count - 1) : room;
	p->gap = p->gap > MAX_GAP ? MAX_GAP : p->gap;
}

static bool lifeline(const struct place *p, unsigned column, unsigned *x)
{
	if (column < p->first || column >= p->first + p->count)
		return false;
	*x = p->left + (column - p->first) * p->gap;
	return true;
}

static void draw_names(struct cells *c, const struct flow *f, const struct place *p, unsigned row)
{
	for (unsigned i = p->first; i < p->first + p->count; i++) {
		struct slice name = ladder_columns_short(&f->columns, i);
		unsigned x = 0, half, width = cells_width(c, name);
		if (width > p->gap - 1 && p->count > 1)
			width = p->gap - 1;
		lifeline(p, i, &x);
		half = width / 2 < x ? width / 2 : x;
		if (x - half + width > p->end)
			half = x + width - p->end;
		cells_put(c, row, x - half, x - half + width, name, STYLE_BOLD);
	}
	if (p->first)
		cells_putf(c, row, 1, p->time, STYLE_DIM, "<- %u more", p->first);
	if (p->first + p->count < f->columns.count)
		cells_putf(c, row, p->first ? 12 : 1, p->left, STYLE_DIM, "%u more ->",
		           f->columns.count - p->first - p->count);
}

/* --- one event --------------------------------------------------------------------------------------------------- */

static unsigned nth_colour(uint64_t n)
{
	static const unsigned colours[] = { STYLE_CYAN,  STYLE_YELLOW, STYLE_MAGENTA,
		                            STYLE_GREEN, STYLE_BLUE,   STYLE_RED };

	return colours[n % 6];
}

/* "INVITE" of "INVITE" and of "200 INVITE". */
static uint64_t method_number(struct slice label)
{
	uint64_t sum = 0;
	size_t space = slice_find(label, ' ');

	if (space != SLICE_NPOS)
		label = slice_from(label, space + 1);
	for (size_t i = 0; i < label.n; i++)
		sum = 31 * sum + label.p[i];
	return sum;
}

static unsigned style_of_event(const struct flow *f, const struct flow_event *e)
{
	switch (e->e.kind) {
	case EVENT_STREAM:
	case EVENT_STREAM_END: return STYLE_BLUE;
	case EVENT_DIGIT:
	case EVENT_TONE: return STYLE_MAGENTA;
	case EVENT_MESSAGE: break;
	}
	if (f->colour == FLOW_BY_LEG)
		return nth_colour((uint64_t)e->leg);
	if (f->colour == FLOW_BY_METHOD)
		return nth_colour(method_number(e->e.label));
	return e->e.method.p ? STYLE_CYAN : style_of_status(e->e.status);
}

static void draw_time(struct cells *c, const struct flow *f, const struct place *p, size_t at,
                      unsigned row)
{
	const struct flow_event *e = &f->events[f->seen[at]];
	int64_t since = f->time == FLOW_SINCE_START ? f->start_us
	                : at                        ? f->events[f->seen[at - 1]].e.time_us
	                                            : e->e.time_us;
	char buf[64];

	if (f->time == FLOW_OF_DAY) {
		clock_format_us(e->e.time_us, buf, sizeof buf);
		cells_put(c, row, 1, 1 + p->time,
		          strlen(buf) > 22 ? slice_of(buf + 11, p->time < 12 ? 8 : 12)
		                           : slice_str(buf),
		          STYLE_PLAIN);
	} else {
		snprintf(buf, sizeof buf, "%s%.*f", f->time == FLOW_SINCE_LAST ? "+" : "",
		         p->time < FLOW_TIME_WIDTH ? 3 : 6, (double)(e->e.time_us - since) / 1e6);
		cells_put_right(c, row, 1, 1 + p->time, slice_str(buf), STYLE_PLAIN);
	}
	if (f->legs > 1 && e->leg)
		cells_putf(c, row, p->time + 2, p->time + 5, STYLE_DIM, "%" PRId64, e->leg);
}

static void draw_lifelines(struct cells *c, const struct place *p, unsigned row)
{
	for (unsigned i = 0; i < p->count; i++)
		cells_put(c, row, p->left + i * p->gap, p->end, slice_str(glyphs_of(c)->lifeline),
		          STYLE_DIM);
}

/* In the middle of [x1, x2), blanks on either side where there is room for them. */
static void draw_label(struct cells *c, unsigned row, unsigned x1, unsigned x2, struct slice label,
                       unsigned style)
{
	unsigned room = x2 > x1 + 4 ? x2 - x1 - 4 : 0, width = cells_width(c, label);
	unsigned used = width < room ? width : room, at = x1 + 1 + (x2 - x1 - 1 - used) / 2;

	if (used + 2 <= room) {
		cells_put(c, row, at - 1, at, SLICE_LIT(" "), style);
		cells_put(c, row, at + used, at + used + 1, SLICE_LIT(" "), style);
	}
	cells_put(c, row, at, at + used, label, style | STYLE_BOLD);
}

static void draw_arrow(struct cells *c, unsigned row, unsigned from, unsigned to, bool is_double,
                       struct slice label, unsigned style)
{
	const struct ladder_glyphs *g = glyphs_of(c);
	unsigned low = from < to ? from : to, high = from < to ? to : from;

	for (unsigned x = low + 1; x < high; x++)
		cells_put(c, row, x, x + 1, slice_str(is_double ? g->double_line : g->line), style);
	if (from < to)
		cells_put(c, row, high - 1, high, slice_str(g->right), style);
	else
		cells_put(c, row, low + 1, low + 2, slice_str(g->left), style);
	draw_label(c, row, low, high, label, style);
}

/* An end is out of sight, or there is one column: in words. */
static void draw_listed(struct cells *c, const struct flow *f, const struct place *p, unsigned row,
                        const struct flow_event *e, struct slice label, unsigned style)
{
	unsigned x = p->left - p->margin;

	x = cells_put(c, row, x, p->end, ladder_columns_short(&f->columns, e->src), style);
	x = cells_putf(c, row, x, p->end, style, " %s ", glyphs_of(c)->right);
	x = cells_put(c, row, x, p->end, ladder_columns_short(&f->columns, e->dst), style);
	cells_put(c, row, x + 1, p->end, label, style | STYLE_BOLD);
}

static bool draw_event(struct cells *c, const struct flow *f, const struct place *p, unsigned row,
                       const struct flow_event *e, struct err *err)
{
	unsigned style = style_of_event(f, e), x1, x2;
	bool is_double = e->e.kind == EVENT_STREAM || e->e.kind == EVENT_STREAM_END;
	struct text label;

	text_init(&label);
	text_add(&label, e->e.label);
	text_addf(&label, e->e.again ? " (again)" : "");
	struct slice s = slice_of(text_cstr(&label), label.n);
	if (lifeline(p, e->src, &x1) && lifeline(p, e->dst, &x2)) {
		if (x1 != x2)
			draw_arrow(c, row, x1, x2, is_double, s, style);
		else
			cells_putf(c, row, x1 + 2, p->end, style, "%s %.*s", glyphs_of(c)->self,
			           SLICE_ARG(s));
	} else {
		draw_listed(c, f, p, row, e, s, style);
	}
	bool ok = !label.failed || err_memory(err, "a flow");
	text_release(&label);
	return ok;
}

/* Beside its left lifeline, or as far to the left of that as it needs to be seen whole. */
static void draw_note(struct cells *c, const struct place *p, unsigned row,
                      const struct flow_event *e)
{
	unsigned a = p->left, b = p->left, width = cells_width(c, e->e.note), x;

	lifeline(p, e->src, &a);
	lifeline(p, e->dst, &b);
	x = (a < b ? a : b) + 2;
	if (x + width > p->end)
		x = width + p->left < p->end ? p->end - width : p->left - p->margin;
	cells_put(c, row, x, p->end, e->e.note, STYLE_DIM);
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static unsigned height(const struct flow *f, size_t at)
{
	return f->notes && f->events[f->seen[at]].e.note.n ? 2 : 1;
}

/* The window so that the cursor's event stands in it whole. */
static void settle(struct flow *f, unsigned rows)
{
	unsigned sum = 0;
	size_t at;

	if (f->at.cursor >= f->seen_count)
		f->at.cursor = f->seen_count ? f->seen_count - 1 : 0;
	if (f->at.top > f->at.cursor)
		f->at.top = f->at.cursor;
	for (at = f->at.cursor + 1; at > f->at.top && f->seen_count; at--) {
		sum += height(f, at - 1);
		if (sum > rows)
			break;
	}
	if (f->seen_count && at > f->at.top)
		f->at.top = at < f->at.cursor ? at : f->at.cursor;
	for (at = f->at.top, sum = 0; at < f->seen_count; at++) /* no empty rows at the end */
		sum += height(f, at);
	while (f->at.top && sum + height(f, f->at.top - 1) <= rows)
		sum += height(f, --f->at.top);
}

static void draw_sign(struct cells *c, const struct flow *f, const struct place *p, unsigned row,
                      size_t at)
{
	bool is_current = at == f->at.cursor, marked = flow_is_marked(f, f->seen[at]);

	if (is_current)
		cells_style(c, row, 0, p->end, STYLE_REVERSE);
	cells_put(c, row, 0, 1,
	          slice_str(marked       ? "*"
	                    : is_current ? ">"
	                                 : " "),
	          (is_current ? STYLE_REVERSE : 0) | STYLE_BOLD);
}

static bool draw_events(struct cells *c, struct flow *f, const struct place *p, struct err *err)
{
	unsigned row = p->top;
	size_t at = f->at.top;

	for (; at < f->seen_count && row < p->bottom; at++) {
		const struct flow_event *e = &f->events[f->seen[at]];
		draw_lifelines(c, p, row);
		draw_time(c, f, p, at, row);
		if (!draw_event(c, f, p, row, e, err))
			return false;
		draw_sign(c, f, p, row++, at);
		if (height(f, at) == 2 && row < p->bottom) {
			draw_lifelines(c, p, row);
			draw_note(c, p, row++, e);
		}
	}
	f->view.page = (unsigned)(at - f->at.top) ? (unsigned)(at - f->at.top) : 1;
	return true;
}

static void draw_state(struct cells *c, const struct flow *f, unsigned row)
{
	const struct flow_event *e = flow_current(f);
	int64_t id = e ? e->call_id : f->calls[0];
	unsigned x = 0;
	char place[64];

	if (f->call_count > 1)
		x = cells_putf(c, row, 0, c->columns, STYLE_PLAIN, "%zu calls, ", f->call_count);
	for (size_t i = 0; i < f->call_count; i++)
		if (f->calls[i] == id) {
			x = cells_putf(c, row, x, c->columns, STYLE_PLAIN, "call %" PRId64 ": ",
			               id);
			x = cells_put(c, row, x, c->columns > x + 14 ? c->columns - 14 : x,
			              f->about[i], STYLE_BOLD);
		}
	if (f->only_leg)
		x = cells_putf(c, row, x, c->columns, STYLE_BOLD, ", leg %" PRId64 " alone",
		               f->only_leg);
	if (f->only_sdp)
		x = cells_putf(c, row, x, c->columns, STYLE_BOLD, ", SDP only");
	if (!f->media)
		x = cells_putf(c, row, x, c->columns, STYLE_BOLD, ", without media");
	if (f->more)
		x = cells_putf(c, row, x, c->columns, STYLE_YELLOW,
		               ", %" PRId64 " further events are not shown", f->more);
	snprintf(place, sizeof place, "%zu/%zu", f->seen_count ? f->at.cursor + 1 : 0,
	         f->seen_count);
	if (x + strlen(place) + 2 <= c->columns)
		cells_put_right(c, row, x + 2, c->columns, slice_str(place), STYLE_DIM);
}

bool flow_draw(struct browse *b, struct view *v, unsigned top, unsigned bottom, struct err *err)
{
	struct flow *f = (struct flow *)v;
	struct cells *c = &b->cells;
	struct preview preview = preview_place(f, c, top + 1, bottom);
	struct place p = { .top = top + 2, .bottom = bottom, .end = c->columns };

	if (preview.is_on && preview.beside)
		p.end = preview.x - 1;
	else if (preview.is_on)
		p.bottom = preview.top;
	draw_state(c, f, top);
	if (!f->count) {
		cells_putf(c, top + 2, 2, c->columns, STYLE_PLAIN,
		           "No messages and no streams of it are recorded.");
		return true;
	}
	place_columns(f, &p);
	draw_names(c, f, &p, top + 1);
	settle(f, p.bottom - p.top);
	if (!f->seen_count)
		cells_putf(c, p.top, 2, p.end, STYLE_PLAIN, "nothing of it is in sight: x D m");
	return draw_events(c, f, &p, err) && (!preview.is_on || preview_draw(b, f, &preview, err));
}
