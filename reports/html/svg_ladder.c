/* The ladder of a call as SVG: endpoints side by side, an arrow per SIP message, streams as bars along the lifeline of their sender, digits and
 * tones as marks, all on one axis of time, in the order in which it happened. */
#include "reports/html/call_page.h"

#include <inttypes.h>

/* Pixels. Left of the first lifeline stand time, frame, leg. */
#define MARGIN       96
#define HEAD         34 /* names */
#define ROW          24
#define NOTE         14
#define END_ROW      17
#define GAP_ROW      22
#define LETTER       7.3 /* of a monospaced letter of 12 px */
#define SMALL_LETTER 6.7 /* of the notes, 11 px */
#define LANES        6 /* bars beside each other */
#define LANE         8

/* Streams that end so close together are one row. */
#define ENDS_US   100000
#define MOST_ENDS 8

/* A pause this long is marked. */
#define GAP_US 1000000

/* So many rows, and the names stand below too. */
#define LONG_LADDER 45

struct bar {
	int64_t stream_id;
	unsigned column, lane;
	bool to_right, open;
	int from_y;
};

struct drawing {
	struct call_page *p;
	struct text *out;
	unsigned gap;
	int left; /* where the first lifeline stands */
	int y, width;
	size_t drawn; /* events */
	size_t messages; /* of these, so far: their texts are numbered likewise */
	struct bar bars[CALL_PAGE_MAX_STREAMS];
	size_t bar_count;
};

static int lifeline(const struct drawing *d, unsigned column)
{
	return d->left + (int)(column * d->gap);
}

static void add_number(struct text *out, const char *before, int64_t value)
{
	text_add(out, slice_str(before));
	html_add_int(out, value);
}

/* The text in `room` letters; what is cut away is marked. */
static void add_cut(struct text *out, struct slice s, size_t room)
{
	size_t n = 0, letters = 0;

	while (n < s.n && letters < room) {
		size_t length = utf8_length(slice_from(s, n));
		n += length ? length : 1;
		letters += length && s.p[n - length] >= 0x20 ? 1 : 4; /* "\x1B" */
	}
	html_add(out, slice_sub(s, 0, n));
	if (n < s.n)
		html_lit(out, "\xE2\x80\xA6");
}

/* --- what an event looks like ---------------------------------------------------------------------------------- */

/* Requests, provisional answers, success, redirection and challenges, failures; media; digits and tones. */
static const char *class_of(const struct call_event *e)
{
	if (e->kind == EVENT_STREAM)
		return "s";
	if (e->kind == EVENT_STREAM_END)
		return "x";
	if (e->kind != EVENT_MESSAGE)
		return "d";
	if (e->status == RECORD_NULL)
		return "q";
	if (e->status == 401 || e->status == 407 || (e->status >= 300 && e->status < 400))
		return "w";
	return e->status < 200 ? "p" : e->status < 300 ? "g" : "b";
}

/* An INVITE or UPDATE, or its answer, that puts the other side on hold: RFC 3264 8.4. */
static bool is_hold(const struct call_event *e)
{
	return e->kind == EVENT_MESSAGE && e->has_sdp &&
	       (slice_find_str(e->note, "sendonly") != SLICE_NPOS ||
	        slice_find_str(e->note, "inactive") != SLICE_NPOS);
}

/* Rows are groups of their own: their y is 0 at the arrow. The style puts labels above it and notes below. */
static void add_arrow(struct drawing *d, int x1, int x2)
{
	struct text *out = d->out;

	add_number(out, "<path d=\"M", x1);
	if (x1 == x2) {
		html_lit(out, " 0h26v7h-25m6-4l-6 4 6 4\"/>");
	} else {
		add_number(out, " 0H", x2);
		text_add(out,
		         x1 < x2 ? SLICE_LIT("m-7-4l7 4-7 4\"/>") : SLICE_LIT("m7-4l-7 4 7 4\"/>"));
	}
}

static void add_label(struct drawing *d, const struct call_event *e, int x1, int x2)
{
	struct text *out = d->out;
	int low = x1 < x2 ? x1 : x2, distance = x1 < x2 ? x2 - x1 : x1 - x2;
	size_t room = (size_t)((distance ? distance : (int)d->gap) / LETTER) - 4;

	add_number(out, "<text x=", low + (distance ? distance : 68) / 2);
	html_lit(out, ">");
	if (e->again)
		html_lit(out, "again: ");
	add_cut(out, e->label, room > 7 && e->again ? room - 7 : room);
	if (is_hold(e))
		html_lit(out, " (hold)");
	html_lit(out, "</text>");
}

/* What goes without saying is not said: media that flow both ways (RFC 3264 6.1), packets that the stream's card counts. */
static struct slice short_note(const struct call_event *e)
{
	size_t comma = e->kind == EVENT_STREAM ? slice_find_str(e->note, ", ") : SLICE_NPOS;
	size_t both = e->kind == EVENT_MESSAGE ? slice_find_str(e->note, " sendrecv") : SLICE_NPOS;

	if (comma != SLICE_NPOS)
		return slice_from(e->note, comma + 2);
	if (both != SLICE_NPOS && both + 9 == e->note.n)
		return slice_sub(e->note, 0, both);
	return e->note;
}

/* Beside the bars that stand right of a lifeline. */
static int beside_bars(const struct drawing *d, int x)
{
	int most = 6;

	for (size_t i = 0; i < d->bar_count; i++) {
		const struct bar *b = &d->bars[i];
		int right = 14 + (int)b->lane * LANE;
		if (b->open && b->to_right && lifeline(d, b->column) == x && right > most)
			most = right;
	}
	return x + most;
}

static void add_note(struct drawing *d, struct slice note, int x)
{
	struct text *out = d->out;
	size_t letters = note.n, room = (size_t)((double)(d->width - d->left) / SMALL_LETTER);

	if (letters > room)
		letters = room;
	int least = d->width - (int)((double)letters * SMALL_LETTER) - 4;
	int at = beside_bars(d, x);
	add_number(out, "<text x=", at > least && least > d->left - 60 ? least : at);
	html_lit(out, ">");
	add_cut(out, note, room);
	html_lit(out, "</text>");
}

/* Time, frame and leg at the left, in columns of a text with fixed letters. */
static void add_margin(struct drawing *d, const struct call_event *e)
{
	struct text *out = d->out;

	html_lit(out, "<text>");
	size_t start = out->n;
	html_add_fixed(out, (double)(e->time_us - d->p->start_us) / 1e6, 3);
	if (e->frame != RECORD_NULL && e->capture_id != RECORD_NULL) {
		rows_pad(out, start, 9);
		html_add_frame(out, e->capture_id, e->frame);
	}
	if (d->p->events.legs > 1 && e->leg != RECORD_NULL) {
		rows_pad(out, start, 18);
		add_number(out, " leg ", e->leg);
	}
	html_lit(out, "</text>");
}

/* --- bars of streams ------------------------------------------------------------------------------------------- */

static unsigned free_lane(const struct drawing *d, unsigned column, bool to_right)
{
	for (unsigned lane = 0; lane < LANES; lane++) {
		bool taken = false;
		for (size_t i = 0; i < d->bar_count; i++)
			taken |= d->bars[i].open && d->bars[i].column == column &&
			         d->bars[i].to_right == to_right && d->bars[i].lane == lane;
		if (!taken)
			return lane;
	}
	return LANES - 1;
}

static int bar_x(const struct drawing *d, const struct bar *b)
{
	int offset = 7 + (int)b->lane * LANE;

	return lifeline(d, b->column) + (b->to_right ? offset : -offset);
}

static void open_bar(struct drawing *d, int64_t stream_id, unsigned src, unsigned dst)
{
	if (d->bar_count == CALL_PAGE_MAX_STREAMS)
		return;
	bool to_right = src <= dst;
	struct bar b = { stream_id, src, free_lane(d, src, to_right), to_right, true, d->y };
	d->bars[d->bar_count++] = b;
}

static void draw_bar(struct drawing *d, struct bar *b)
{
	b->open = false;
	add_number(d->out, "<path class=v d=\"M", bar_x(d, b));
	add_number(d->out, " ", b->from_y);
	add_number(d->out, "v", d->y > b->from_y ? d->y - b->from_y : 1);
	html_lit(d->out, "\"/>\n");
}

static void close_bar(struct drawing *d, int64_t stream_id)
{
	for (size_t i = 0; i < d->bar_count; i++)
		if (d->bars[i].open && d->bars[i].stream_id == stream_id)
			draw_bar(d, &d->bars[i]);
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static int row_height(const struct call_event *e)
{
	if (e->kind == EVENT_STREAM_END)
		return END_ROW;
	return e->note.n ? ROW + NOTE : ROW;
}

/* How many events the row of number i has: streams that end within a tenth of a second share one. */
static size_t row_length(const struct drawing *d, size_t i)
{
	const struct call_event *all = d->p->events.all;
	size_t n = 1;

	while (all[i].kind == EVENT_STREAM_END && i + n < d->drawn && n < MOST_ENDS &&
	       all[i + n].kind == EVENT_STREAM_END && all[i + n].time_us - all[i].time_us < ENDS_US)
		n++;
	return n;
}

static int gap_before(const struct call_events *events, size_t i)
{
	return i && events->all[i].time_us - events->all[i - 1].time_us >= GAP_US ? GAP_ROW : 0;
}

static void add_gap(struct drawing *d, int64_t us)
{
	struct text *out = d->out;

	add_number(out, "<path class=z d=\"M96 ", d->y + 11);
	add_number(out, "H", d->width - 4);
	add_number(out, "\"/><text class=t y=\"", d->y + 15);
	html_lit(out, "\">");
	if (us < 60000000) {
		html_add_fixed(out, (double)us / 1e6, 1);
		html_lit(out, " s later");
	} else {
		rows_add_duration(out, us);
		html_lit(out, " later");
	}
	html_lit(out, "</text>\n");
	d->y += GAP_ROW;
}

/* A click leads to a message's text, to a stream's card. */
static bool begin_event(struct drawing *d, const struct call_event *e)
{
	struct text *out = d->out;
	bool is_message = e->kind == EVENT_MESSAGE;
	bool linked =
	        is_message || (e->kind == EVENT_STREAM && d->bar_count < CALL_PAGE_MAX_STREAMS);

	if (linked)
		add_number(out, is_message ? "<a href=#m" : "<a href=#s",
		           is_message ? (int64_t)++d->messages : e->id);
	text_add(out, linked ? SLICE_LIT(" class=") : SLICE_LIT("<g class="));
	text_addf(out, e->again ? "\"%s r\"" : "%s", class_of(e));
	add_number(out, " transform=translate(0,", d->y);
	html_lit(out, ")>");
	return linked;
}

static void draw_event(struct drawing *d, const struct call_event *e)
{
	unsigned src, dst;

	ladder_columns_of(&d->p->columns, e, false, &src);
	ladder_columns_of(&d->p->columns, e, true, &dst);
	int x1 = lifeline(d, src), x2 = lifeline(d, dst);
	d->y += ROW - 5;
	bool linked = begin_event(d, e);
	add_margin(d, e);
	add_arrow(d, x1, x2);
	add_label(d, e, x1, x2);
	if (e->kind == EVENT_STREAM)
		open_bar(d, e->id, src, dst);
	if (e->note.n)
		add_note(d, short_note(e), x1 < x2 ? x1 : x2);
	text_add(d->out, linked ? SLICE_LIT("</a>\n") : SLICE_LIT("</g>\n"));
	d->y += row_height(e) - (ROW - 5);
}

/* Streams that end together have a row together: `count` events from e on. */
static void draw_ends(struct drawing *d, const struct call_event *e, size_t count)
{
	struct text *out = d->out;
	unsigned src, leftmost = d->p->columns.count - 1;

	d->y += END_ROW / 2;
	add_number(out, "<g class=x transform=translate(0,", d->y);
	html_lit(out, ")>");
	add_margin(d, e);
	html_lit(out, "<path d=\"");
	for (size_t i = 0; i < count; i++) {
		ladder_columns_of(&d->p->columns, &e[i], false, &src);
		leftmost = src < leftmost ? src : leftmost;
		add_number(out, "M", lifeline(d, src) - 8);
		html_lit(out, " 0h16");
	}
	add_number(out, "\"/><text x=", lifeline(d, leftmost) + 14);
	html_lit(out, ">end of");
	for (size_t i = 0; i < count; i++)
		add_number(out, i ? ", #" : " #", e[i].id);
	html_lit(out, "</text></g>\n");
	for (size_t i = 0; i < count; i++)
		close_bar(d, e[i].id);
	d->y += END_ROW - END_ROW / 2;
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static void lay_out(struct drawing *d)
{
	unsigned n = d->p->columns.count;

	d->left = d->p->events.legs > 1 ? 190 : 154;
	d->gap = n <= 2 ? 560 : n == 3 ? 390 : n == 4 ? 260 : n <= 8 ? 200 : 170;
	d->width = lifeline(d, n - 1) + MARGIN + (n == 1 ? 120 : 0);
	d->drawn =
	        d->p->events.count < CALL_PAGE_MAX_DRAWN ? d->p->events.count : CALL_PAGE_MAX_DRAWN;
}

static int height_of(const struct drawing *d)
{
	int height = HEAD + 10;

	for (size_t i = 0; i < d->drawn; i += row_length(d, i))
		height += row_height(&d->p->events.all[i]) + gap_before(&d->p->events, i);
	return d->drawn > LONG_LADDER ? height + 20 : height;
}

static void add_names(struct drawing *d, int y)
{
	const struct ladder_columns *c = &d->p->columns;
	size_t room = (size_t)((d->gap - 8) / LETTER);

	for (unsigned i = 0; i < c->count; i++) {
		struct slice name = c->names[i];
		if (name.n > room)
			name = ladder_columns_short(c, i);
		add_number(d->out, "<text class=o x=", lifeline(d, i));
		add_number(d->out, " y=", y);
		html_lit(d->out, ">");
		add_cut(d->out, name, room);
		html_lit(d->out, "</text>");
	}
	html_lit(d->out, "\n");
}

static void add_lifelines(struct drawing *d, int height)
{
	html_lit(d->out, "<path class=k d=\"");
	for (unsigned i = 0; i < d->p->columns.count; i++) {
		add_number(d->out, "M", lifeline(d, i));
		add_number(d->out, " 24V", height - 4);
	}
	html_lit(d->out, "\"/>\n");
}

static void draw(struct drawing *d)
{
	const struct call_events *events = &d->p->events;
	int height = height_of(d);

	text_addf(d->out,
	          "<div class=lad tabindex=0><svg class=ladder width=%d "
	          "height=%d role=group "
	          "aria-label=Ladder>\n",
	          d->width, height);
	add_names(d, 16);
	add_lifelines(d, d->drawn > LONG_LADDER ? height - 16 : height);
	d->y = HEAD;
	for (size_t i = 0, n; i < d->drawn && !d->out->failed; i += n) {
		n = row_length(d, i);
		if (gap_before(events, i))
			add_gap(d, events->all[i].time_us - events->all[i - 1].time_us);
		if (events->all[i].kind == EVENT_STREAM_END)
			draw_ends(d, &events->all[i], n);
		else
			draw_event(d, &events->all[i]);
	}
	for (size_t i = 0; i < d->bar_count; i++)
		if (d->bars[i].open)
			draw_bar(d, &d->bars[i]);
	if (d->drawn > LONG_LADDER)
		add_names(d, height - 4);
	html_lit(d->out, "</svg></div>\n");
}

bool call_page_ladder(struct call_page *p, struct err *err)
{
	struct drawing d = { .p = p, .out = p->out };

	(void)err;
	if (!p->columns.count)
		return true;
	call_begin_section(p, "ladder", "What happened");
	lay_out(&d);
	draw(&d);
	if (p->columns.count == LADDER_MAX_COLUMNS)
		html_lit(p->out, "<p class=soft>There are more endpoints than columns: the "
		                 "last one stands for all others.</p>\n");
	call_add_more(p, p->events.more + (int64_t)(p->events.count - d.drawn), "events");
	call_end_section(p);
	return true;
}
