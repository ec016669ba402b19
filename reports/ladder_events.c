/* The events of a call in order of time: an arrow each, or a line where there are too many ends for lifelines. */
#include "reports/ladder_internal.h"

#include <inttypes.h>
#include <stdio.h>

static void begin_row(const struct ladder *l, struct ladder_row *row)
{
	ladder_row_init(row, l->width);
	for (unsigned i = 0; i < l->columns.count && !l->compact; i++)
		ladder_row_put(row, ladder_lifeline(l, i), l->width,
		               slice_str(l->glyphs->lifeline));
}

static void put_time(struct ladder *l, struct ladder_row *row, const struct call_event *e)
{
	char buf[72], frame[48] = "";

	if (e->frame != RECORD_NULL && e->capture_id != RECORD_NULL)
		snprintf(frame, sizeof frame, "%" PRId64 ":%" PRId64, e->capture_id, e->frame);
	int n = snprintf(buf, sizeof buf, "%12.6f %8s", (double)(e->time_us - l->start_us) / 1e6,
	                 frame);

	if (l->legs > 1 && n > 0 && e->leg != RECORD_NULL)
		n += snprintf(buf + n, sizeof buf - (size_t)n, " %3" PRId64, e->leg);

	ladder_row_put(row, 0, l->left - 1, slice_of(buf, n > 0 ? (size_t)n : 0));
}

static void put_scratch(struct ladder *l, struct slice s)
{
	text_reset(&l->scratch);
	text_add_terminal(&l->scratch, s);
}

/* What stands below an event, into the scratch text; empty if there is nothing to say. */
static void put_note(struct ladder *l, const struct call_event *e)
{
	text_reset(&l->scratch);
	if (e->again)
		text_addf(&l->scratch, "retransmitted%s", e->note.p ? ", " : "");
	text_add_terminal(&l->scratch, e->note);
}

/* Beside its lifeline, or as far to the left of that as it needs to be seen whole. */
static unsigned note_place(const struct ladder *l, unsigned column)
{
	size_t width = rows_width(ladder_scratch(l));
	unsigned x = ladder_lifeline(l, column) + 2, least = l->left + 2;

	if (x + width <= l->width)
		return x;
	return width + least < l->width ? l->width - (unsigned)width : least;
}

/* The arrow, and the note in a line of its own below it. */
static void print_lifelines(struct ladder *l, const struct call_event *e, unsigned src,
                            unsigned dst)
{
	bool is_double = e->kind == EVENT_STREAM || e->kind == EVENT_STREAM_END;
	struct ladder_row row;

	begin_row(l, &row);
	put_time(l, &row, e);
	put_scratch(l, e->label);
	ladder_row_arrow(&row, ladder_lifeline(l, src), ladder_lifeline(l, dst), is_double,
	                 ladder_scratch(l), l->glyphs);
	ladder_row_print(&row, l->out);
	put_note(l, e);
	if (!l->scratch.n)
		return;
	begin_row(l, &row);
	ladder_row_put(&row, note_place(l, src < dst ? src : dst), l->width, ladder_scratch(l));
	ladder_row_print(&row, l->out);
}

static void print_listed(struct ladder *l, const struct call_event *e, unsigned src, unsigned dst)
{
	bool is_double = e->kind == EVENT_STREAM || e->kind == EVENT_STREAM_END;
	const char *line = is_double ? l->glyphs->double_line : l->glyphs->line;
	struct ladder_row row;

	begin_row(l, &row);
	put_time(l, &row, e);
	text_reset(&l->scratch);
	ladder_column_name(l, src, &l->scratch);
	text_addf(&l->scratch, " %s%s%s ", line, line, l->glyphs->right);
	ladder_column_name(l, dst, &l->scratch);
	text_addf(&l->scratch, "  ");
	text_add_terminal(&l->scratch, e->label);
	ladder_row_put(&row, l->left, l->width, ladder_scratch(l));
	ladder_row_print(&row, l->out);
	put_note(l, e);
	if (!l->scratch.n)
		return;
	begin_row(l, &row);
	ladder_row_put(&row, l->left + 2, l->width, ladder_scratch(l));
	ladder_row_print(&row, l->out);
}

static void print_event(struct ladder *l, const struct call_event *e)
{
	unsigned src, dst;

	ladder_columns_of(&l->columns, e, false, &src);
	ladder_columns_of(&l->columns, e, true, &dst);
	if (l->compact)
		print_listed(l, e, src, dst);
	else
		print_lifelines(l, e, src, dst);
}

bool ladder_print_events(struct ladder *l, struct err *err)
{
	if (!ladder_columns_make(&l->columns, &l->events, &l->arena, err))
		return false;
	if (l->columns.count == 0) {
		text_addf(l->out, "  (no messages and no streams of it are recorded)\n");
		return true;
	}
	ladder_lay_out(l);
	ladder_print_legend(l);
	for (size_t i = 0; i < l->events.count && !l->out->failed; i++)
		print_event(l, &l->events.all[i]);
	if (l->events.more)
		text_addf(l->out, "  ... and %" PRId64 " more\n", l->events.more);
	return true;
}
