/* What all views share: moving in them, wrapping, colours. */
#include "reports/browse/view.h"

#include <math.h>

void scroll_settle(struct scroll *s, size_t count, unsigned page)
{
	if (!page)
		page = 1;
	if (s->cursor >= count)
		s->cursor = count ? count - 1 : 0;
	if (s->top > s->cursor)
		s->top = s->cursor;
	if (s->cursor >= s->top + page)
		s->top = s->cursor - page + 1;
	if (s->top + page > count)
		s->top = count > page ? count - page : 0;
}

static void move(struct scroll *s, bool up, size_t by, size_t count)
{
	if (up)
		s->cursor -= by < s->cursor ? by : s->cursor;
	else if (count)
		s->cursor = by < count - 1 - s->cursor ? s->cursor + by : count - 1;
}

bool scroll_act(struct scroll *s, enum action what, size_t count, unsigned page)
{
	if (!page)
		page = 1;
	switch (what) {
	case ACTION_UP: move(s, true, 1, count); break;
	case ACTION_DOWN: move(s, false, 1, count); break;
	case ACTION_PAGE_UP: move(s, true, page, count); break;
	case ACTION_PAGE_DOWN: move(s, false, page, count); break;
	case ACTION_HALF_UP: move(s, true, (page + 1) / 2, count); break;
	case ACTION_HALF_DOWN: move(s, false, (page + 1) / 2, count); break;
	case ACTION_FIRST: s->cursor = 0; break;
	case ACTION_LAST: s->cursor = count ? count - 1 : 0; break;
	default: return false;
	}
	scroll_settle(s, count, page);
	return true;
}

size_t wrap_length(const struct cells *c, struct slice s, unsigned width, size_t *skip)
{
	unsigned used;
	size_t n = cells_fit(c, s, width, &used), at = n;

	*skip = 0;
	if (n == s.n)
		return n;
	while (at && s.p[at] != ' ')
		at--;
	if (!at) /* one long word: broken where the line ends */
		return n;
	while (at + *skip < s.n && s.p[at + *skip] == ' ')
		++*skip;
	return at;
}

unsigned draw_wrapped(struct cells *c, unsigned row, unsigned bottom, unsigned x, unsigned end,
                      struct slice s, unsigned style)
{
	size_t skip;

	for (; s.n && row < bottom && x < end; row++) {
		size_t n = row + 1 == bottom ? s.n : wrap_length(c, s, end - x, &skip);
		cells_put(c, row, x, end, slice_sub(s, 0, n), style);
		s = n == s.n ? SLICE_NONE : slice_from(s, n + skip);
	}
	return row;
}

unsigned style_of_outcome(struct slice outcome)
{
	if (slice_eq_str(outcome, "answered") || slice_eq_str(outcome, "registered") ||
	    slice_eq_str(outcome, "refreshed"))
		return STYLE_GREEN;
	if (slice_eq_str(outcome, "failed") || slice_eq_str(outcome, "rejected") ||
	    slice_eq_str(outcome, "unauthorized") || slice_eq_str(outcome, "timed_out"))
		return STYLE_RED;
	if (slice_eq_str(outcome, "busy") || slice_eq_str(outcome, "no_answer") ||
	    slice_eq_str(outcome, "cancelled"))
		return STYLE_YELLOW;
	return STYLE_PLAIN;
}

unsigned style_of_severity(struct slice severity)
{
	return slice_eq_str(severity, "error")     ? STYLE_RED | STYLE_BOLD
	       : slice_eq_str(severity, "warning") ? STYLE_YELLOW
	                                           : STYLE_CYAN;
}

/* ITU-T G.107 annex B: below 3.6 many users are dissatisfied, below 3.1 nearly all. */
unsigned style_of_mos(double mos)
{
	return isnan(mos) || mos >= 3.6 ? STYLE_PLAIN : mos >= 3.1 ? STYLE_YELLOW : STYLE_RED;
}

unsigned style_of_status(int64_t status)
{
	if (status < 200)
		return STYLE_PLAIN;
	if (status == 401 || status == 407 || (status >= 300 && status < 400)) /* part of the way */
		return STYLE_YELLOW;
	return status >= 400 ? STYLE_RED : STYLE_GREEN;
}
