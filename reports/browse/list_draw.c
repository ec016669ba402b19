/* A list as cells: which columns fit and how wide, the rows in sight, what is known of the current one. */
#include "reports/browse/list.h"

#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct layout {
	unsigned columns[LIST_MAX_COLUMNS], widths[LIST_MAX_COLUMNS];
	unsigned count;
};

static bool is_right(enum list_format f)
{
	return f == LIST_INT || f == LIST_SECONDS || f == LIST_SECONDS2 || f == LIST_MS ||
	       f == LIST_PERCENT || f == LIST_MOS || f == LIST_STATUS;
}

/* --- layout ------------------------------------------------------------------------------------------------------ */

static unsigned total(const struct layout *w)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < w->count; i++)
		sum += w->widths[i] + (i ? 1 : 0);
	return sum;
}

static void leave_out(struct layout *w, unsigned i)
{
	w->count--;
	for (; i < w->count; i++) {
		w->columns[i] = w->columns[i + 1];
		w->widths[i] = w->widths[i + 1];
	}
}

/* 0: never left out. */
static unsigned rank_of(const struct list *l, unsigned column)
{
	unsigned rank = l->kind->columns[column].rank;

	return l->asked[column] && rank ? 1 : rank;
}

/* The least important column, but the first: leaves it out. False: there is none. */
static bool leave_out_one(const struct list *l, struct layout *w)
{
	unsigned worst = 0;

	for (unsigned i = 1; i < w->count; i++)
		if (rank_of(l, w->columns[i]) > (worst ? rank_of(l, w->columns[worst]) : 0))
			worst = i;
	if (worst)
		leave_out(w, worst);
	return worst != 0;
}

/* What is left goes to those that can use it, a cell each in turn. */
static void grow(const struct list *l, struct layout *w, unsigned room)
{
	for (bool any = true; any && room;) {
		any = false;
		for (unsigned i = 0; i < w->count && room; i++)
			if (w->widths[i] < l->kind->columns[w->columns[i]].most) {
				w->widths[i]++;
				room--;
				any = true;
			}
	}
}

/* The first column is the row's number, always whole. */
static unsigned width_of(const struct list *l, unsigned column)
{
	unsigned digits = 1, width = l->kind->columns[column].width;

	for (int64_t n = l->greatest; n > 9 && column == 0; n /= 10)
		digits++;
	return digits > width ? digits : width;
}

/* Those asked for, without those of `gone` behind the first, as many as fit. */
static struct layout choose(const struct list *l, const struct layout *gone, unsigned gone_count,
                            unsigned width)
{
	struct layout w = { .count = 0 };

	for (unsigned i = 0; i < l->kind->column_count; i++) {
		bool left = !l->shown[l->order[i]];
		for (unsigned k = 1; k <= gone_count && k < gone->count; k++)
			left |= gone->columns[k] == l->order[i];
		if (left)
			continue;
		w.columns[w.count] = l->order[i];
		w.widths[w.count++] = width_of(l, l->order[i]);
	}
	while (total(&w) > width && leave_out_one(l, &w))
		;
	return w;
}

/* Moved to the right, the first ones in sight make room for others. */
static struct layout lay_out(struct list *l, unsigned width)
{
	struct layout w = choose(l, NULL, 0, width);

	l->most_shift = w.count > 2 ? w.count - 2 : 0;
	if (l->shift > l->most_shift)
		l->shift = l->most_shift;
	if (l->shift) {
		struct layout unmoved = w;
		w = choose(l, &unmoved, l->shift, width);
	}
	if (total(&w) < width)
		grow(l, &w, width - total(&w));
	return w;
}

/* --- values ------------------------------------------------------------------------------------------------------ */

static void put_number(struct cells *c, unsigned row, unsigned x, unsigned end, double value,
                       double scale, int decimals, unsigned style)
{
	char buf[64];

	snprintf(buf, sizeof buf, "%.*f", decimals, value * scale);
	cells_put_right(c, row, x, end, slice_str(isnan(value) ? "-" : buf), style);
}

static void put_time(struct cells *c, unsigned row, unsigned x, unsigned end, int64_t us, bool date)
{
	char buf[64];

	clock_format_us(us, buf, sizeof buf);
	if (strlen(buf) < 23)
		cells_put(c, row, x, end, SLICE_LIT("-"), STYLE_PLAIN);
	else
		cells_put(c, row, x, end,
		          date ? slice_of(buf, 10) : slice_of(buf + 11, end - x < 12 ? 8 : 12),
		          STYLE_PLAIN);
}

static void put_rules(struct cells *c, unsigned row, unsigned x, unsigned end, const struct list *l,
                      int64_t id)
{
	size_t count;
	const struct hit *hit = hits_find(l->hits, id, &count);

	for (size_t i = 0; i < count && x < end; i++) {
		const struct hit_finding *f = &l->hits->findings[hit[i].finding];
		bool again = false;
		for (size_t k = 0; k < i; k++)
			again |= slice_eq(l->hits->findings[hit[k].finding].rule, f->rule);
		if (!again)
			x = cells_put(c, row, x, end, f->rule, style_of_severity(f->severity)) + 1;
	}
}

static void put_value(struct cells *c, unsigned row, unsigned x, unsigned end, struct query *q,
                      int column, enum list_format format)
{
	struct slice s = query_text(q, column);
	unsigned style = STYLE_PLAIN;

	switch (format) {
	case LIST_DATE: put_time(c, row, x, end, query_int(q, column), true); return;
	case LIST_CLOCK: put_time(c, row, x, end, query_int(q, column), false); return;
	case LIST_SECONDS:
		put_number(c, row, x, end, query_real(q, column), 1e-3, 1, style);
		return;
	case LIST_SECONDS2:
		put_number(c, row, x, end, query_real(q, column), 1e-3, 2, style);
		return;
	case LIST_MS: put_number(c, row, x, end, query_real(q, column), 1, 1, style); return;
	case LIST_PERCENT: put_number(c, row, x, end, query_real(q, column), 100, 2, style); return;
	case LIST_MOS:
		put_number(c, row, x, end, query_real(q, column), 1, 2,
		           style_of_mos(query_real(q, column)));
		return;
	case LIST_OUTCOME: style = style_of_outcome(s); break;
	case LIST_SEVERITY: style = style_of_severity(s); break;
	case LIST_STATUS: style = style_of_status(query_int(q, column)); break;
	default: break;
	}
	if (!s.p)
		s = SLICE_LIT("-");
	if (is_right(format))
		cells_put_right(c, row, x, end, s, style);
	else
		cells_put(c, row, x, end, s, style);
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static void draw_heads(struct cells *c, const struct list *l, const struct layout *w, unsigned row)
{
	unsigned x = 1;

	for (unsigned i = 0; i < w->count; i++) {
		const struct list_column *column = &l->kind->columns[w->columns[i]];
		unsigned end = x + w->widths[i];
		char name[40];
		snprintf(name, sizeof name, "%s%s", column->name,
		         w->columns[i] != l->sort ? ""
		         : c->utf8                ? (l->reverse ? "\u25BC" : "\u25B2")
		                                  : (l->reverse ? "v" : "^"));
		if (is_right(column->format))
			cells_put_right(c, row, x, end, slice_str(name), STYLE_BOLD);
		else
			cells_put(c, row, x, end, slice_str(name), STYLE_BOLD);
		x = end + 1;
	}
	cells_style(c, row, 0, c->columns, STYLE_UNDERLINE);
}

static bool draw_row(struct browse *b, struct list *l, const struct layout *w, unsigned row,
                     int64_t id, struct err *err)
{
	struct cells *c = &b->cells;
	unsigned x = 1;

	query_reset(l->row);
	query_bind_int(l->row, 1, id);
	if (!query_step(l->row, err)) {
		query_reset(l->row);
		return err->code == ERR_NONE;
	}
	for (unsigned i = 0; i < w->count; i++) {
		enum list_format format = l->kind->columns[w->columns[i]].format;
		unsigned end = x + w->widths[i];
		if (format == LIST_RULES)
			put_rules(c, row, x, end, l, id);
		else
			put_value(c, row, x, end, l->row, (int)w->columns[i], format);
		x = end + 1;
	}
	query_reset(l->row); /* no lock is left on the file */
	return true;
}

static void draw_sign(struct cells *c, const struct list *l, unsigned row, size_t at)
{
	bool is_current = at == l->at.cursor, marked = list_is_marked(l, l->ids[at]);

	if (marked)
		cells_style(c, row, 0, c->columns, STYLE_BOLD);
	if (is_current)
		cells_style(c, row, 0, c->columns, STYLE_REVERSE);
	cells_put(c, row, 0, 1,
	          slice_str(marked       ? "*"
	                    : is_current ? ">"
	                                 : " "),
	          is_current ? STYLE_REVERSE : STYLE_BOLD);
}

static bool draw_rows(struct browse *b, struct list *l, const struct layout *w, unsigned top,
                      unsigned bottom, struct err *err)
{
	if (!l->row)
		l->row = query_new(b->records, err, l->kind->row_sql);
	if (!l->row)
		return false;
	for (unsigned row = top; row < bottom; row++) {
		size_t at = l->at.top + (row - top);
		if (at >= l->count)
			break;
		if (!draw_row(b, l, w, row, l->ids[at], err))
			return false;
		draw_sign(&b->cells, l, row, at);
	}
	return true;
}

/* "1200 of 20000 calls: mos<3.5 · 3 marked" on the left, the place in the list on the right. */
static void draw_state(struct cells *c, const struct list *l, unsigned row)
{
	unsigned x = 0, end = c->columns;
	char place[64];

	if (l->filter[0])
		x = cells_putf(c, row, x, end, STYLE_BOLD, "%zu of %" PRId64 " %s: %s", l->count,
		               l->all, l->kind->many, l->filter);
	else
		x = cells_putf(c, row, x, end, STYLE_PLAIN, "%zu %s", l->count,
		               l->count == 1 ? l->kind->one : l->kind->many);
	if (l->of_id != RECORD_NULL)
		x = cells_putf(c, row, x, end, STYLE_PLAIN, " of call %" PRId64, l->of_id);
	if (l->mark_count)
		x = cells_putf(c, row, x, end, STYLE_BOLD, ", %zu marked", l->mark_count);
	snprintf(place, sizeof place, "%zu/%zu", l->count ? l->at.cursor + 1 : 0, l->count);
	if (x + strlen(place) + 2 <= end)
		cells_put_right(c, row, x + 2, end, slice_str(place), STYLE_DIM);
}

/* Half of the window at most, nothing in a small one. */
static unsigned detail_rows(const struct list *l, unsigned rows)
{
	unsigned spare = rows > 10 ? (rows - 10) / 2 + 1 : rows > 7;

	return spare < l->kind->detail_rows ? spare : l->kind->detail_rows;
}

static bool draw_details(struct browse *b, struct list *l, unsigned row, unsigned bottom,
                         struct err *err)
{
	if (list_current(l) == RECORD_NULL || row >= bottom)
		return true;
	return l->kind->details(b, l, list_current(l), row, bottom, err);
}

bool list_draw(struct browse *b, struct view *v, unsigned top, unsigned bottom, struct err *err)
{
	struct list *l = (struct list *)v;
	struct cells *c = &b->cells;
	struct layout w = lay_out(l, c->columns - 2);
	unsigned details = detail_rows(l, bottom - top), end = bottom - details;

	draw_state(c, l, top);
	draw_heads(c, l, &w, top + 1);
	v->page = end - (top + 2);
	scroll_settle(&l->at, l->count, v->page);
	if (!l->count)
		draw_wrapped(c, top + 3, end, 2, c->columns,
		             slice_str(l->filter[0]
		                               ? "nothing passes the filter; F9 or l takes it away"
		                               : l->kind->none),
		             STYLE_PLAIN);
	if (l->kind->has_hits && !(l->hits = browse_hits(b, l->kind->hits_of, err)))
		return false;
	return draw_rows(b, l, &w, top + 2, end, err) && draw_details(b, l, end, bottom, err);
}
