/* Columns from the events' endpoints, then all events in order of time from one query. */
#include "reports/ladder_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* Time (12), frame (8) and the blanks behind each. */
#define LEFT_WIDTH 22u
/* "407 INVITE" still fits on an arrow. */
#define MIN_GAP 15u
#define MAX_GAP 44u

enum event_kind { EVENT_MESSAGE, EVENT_STREAM, EVENT_DIGIT, EVENT_STREAM_END };

/* Columns of the events query. */
enum {
	COL_TIME,
	COL_KIND,
	COL_ID,
	COL_SRC,
	COL_DST,
	COL_LABEL,
	COL_NOTE,
	COL_FRAME,
	COL_AGAIN,
	COL_SIP_SRC,
	COL_SIP_DST
};

/* The SIP ends that a stream's sender and receiver most likely are. */
#define SIP_ENDS(direction)                                                                        \
	"CASE " direction                                                                          \
	" WHEN 'caller_to_callee' THEN d.src WHEN 'callee_to_caller' THEN d.dst END, "             \
	"CASE " direction                                                                          \
	" WHEN 'caller_to_callee' THEN d.dst WHEN 'callee_to_caller' THEN d.src END "

#define STREAM_NAME "'RTP ' || coalesce(s.codec, 'PT ' || s.payload_type, '?') || ' #' || s.id"

static const char message_events[] = WITH_CALL_MESSAGES
        "SELECT m.time_us, 0, m.id, m.src, m.dst, "
        "iif(m.status IS NULL, coalesce(m.method, m.cseq_method, '?'), m.status || coalesce(' ' || "
        "m.cseq_method, '')), "
        "'SDP ' || m.sdp, m.capture_id || ':' || m.frame, m.retransmission, NULL, NULL "
        "FROM m ";

static const char media_events[] =
        "SELECT s.first_us, 1, s.id, s.src_addr, s.dst_addr, " STREAM_NAME ", "
        "s.packets || ' packets' || iif(s.loss_ratio IS NULL, '', printf(', %.2f %% lost', "
        "100 * s.loss_ratio)) || "
        "iif(s.jitter_mean_ms IS NULL, '', printf(', jitter %.1f ms', s.jitter_mean_ms)) || "
        "iif(s.mos_lq IS NULL, '', printf(', MOS %.2f', s.mos_lq) || coalesce(' ' || "
        "s.mos_scale, '')), "
        "NULL, 0, " SIP_ENDS(
                "s.direction") "FROM streams s LEFT JOIN dialogs d ON d.id = s.dialog_id "
                               "WHERE s.call_id = ?1 "
                               "UNION ALL SELECT s.last_us, 3, s.id, s.src_addr, s.dst_addr, "
                               "'end of #' || s.id, NULL, NULL, 0, " SIP_ENDS(
                                       "s.direction") "FROM streams s LEFT JOIN dialogs d ON "
                                                      "d.id = s.dialog_id WHERE s.call_id = "
                                                      "?1 "
                                                      "UNION ALL SELECT t.time_us, 2, t.id, "
                                                      "s.src_addr, s.dst_addr, 'DTMF ' || "
                                                      "t.digit, "
                                                      "t.method || iif(t.duration_ms IS NULL, "
                                                      "'', printf(', %.0f ms', "
                                                      "t.duration_ms)) || "
                                                      "iif(t.complete, '', ', its end was not "
                                                      "seen'), NULL, 0, " SIP_ENDS(
                                                              "coalesce(t.direction, "
                                                              "s.direction)") "FROM dtmf t "
                                                                              "LEFT JOIN "
                                                                              "streams s ON "
                                                                              "s.id = "
                                                                              "t.stream_id "
                                                                              "LEFT JOIN "
                                                                              "dialogs d ON "
                                                                              "d.id = "
                                                                              "coalesce(s."
                                                                              "dialog_id, "
                                                                              "(SELECT "
                                                                              "min(id) FROM "
                                                                              "dialogs WHERE "
                                                                              "call_id = ?1)) "
                                                                              "WHERE "
                                                                              "t.call_id = "
                                                                              "?1 ";

/* "192.0.2.1" of "192.0.2.1:5060", "2001:db8::1" of "[2001:db8::1]:5060", a bare address as it is. */
static struct slice address_of(struct slice endpoint)
{
	size_t close = slice_find(endpoint, ']');
	size_t first = slice_find(endpoint, ':');

	if (endpoint.n && endpoint.p[0] == '[' && close != SLICE_NPOS)
		return slice_sub(endpoint, 1, close - 1);
	if (first != SLICE_NPOS && slice_find(slice_from(endpoint, first + 1), ':') == SLICE_NPOS)
		return slice_sub(endpoint, 0, first);
	return endpoint;
}

static bool find_column(const struct ladder *l, struct slice name, unsigned *index)
{
	for (*index = 0; *index < l->column_count; ++*index)
		if (slice_eq(l->columns[*index], name))
			return true;
	return false;
}

/* Media goes to the SIP end of its party if that has the same address, else to the first end that has. */
static bool find_media_column(const struct ladder *l, struct slice address, struct slice sip_end,
                              unsigned *index)
{
	if (!address.p) /* a digit by INFO has no stream */
		return sip_end.p && find_column(l, sip_end, index);
	if (sip_end.p && slice_eq(address_of(sip_end), address) && find_column(l, sip_end, index))
		return true;
	for (*index = 0; *index < l->column_count; ++*index)
		if (slice_eq(address_of(l->columns[*index]), address))
			return true;
	return false;
}

static bool add_column(struct ladder *l, struct slice name, struct err *err)
{
	if (l->column_count == LADDER_MAX_COLUMNS)
		return true;
	if (l->column_count == LADDER_MAX_COLUMNS - 1)
		name = SLICE_LIT("others");
	if (!arena_keep(&l->arena, name.p ? name : SLICE_LIT("?"), &l->columns[l->column_count]))
		return err_memory(err, "a ladder");
	l->column_count++;
	return true;
}

/* The column of an event's end; the last one, "others", for what has no column of its own. */
static bool column_of(const struct ladder *l, struct query *q, int which, unsigned *index)
{
	struct slice end = query_text(q, which);
	bool found = query_int(q, COL_KIND) == EVENT_MESSAGE
	                     ? find_column(l, end, index)
	                     : find_media_column(
	                               l, end, query_text(q, which - COL_SRC + COL_SIP_SRC), index);

	if (!found)
		*index = l->column_count - 1;
	return found;
}

static bool collect_columns(struct ladder *l, const char *events, struct err *err)
{
	struct text sql;
	text_init(&sql);
	text_addf(&sql, "%s ORDER BY 1, 2, 3 LIMIT %d", events, LADDER_MAX_EVENTS);
	struct query *q =
	        sql.failed ? NULL : rows_query(l->records, text_cstr(&sql), l->call_id, err);
	bool ok = q != NULL || (sql.failed && err_memory(err, "a query"));
	unsigned index;

	while (ok && query_step(q, err))
		for (int which = COL_SRC; which <= COL_DST && ok; which++)
			if (query_text(q, which).p && !column_of(l, q, which, &index))
				ok = add_column(l, query_text(q, which), err);
	query_free(q);
	text_release(&sql);
	return ok && err->code == ERR_NONE;
}

static void column_name(const struct ladder *l, unsigned index, struct text *out)
{
	if (!l->letters)
		text_add_terminal(out, l->columns[index]);
	else if (index < 26)
		text_addf(out, "%c", 'A' + (int)index);
	else
		text_addf(out, "%c%u", 'A' + (int)index % 26, index / 26 + 1);
}

/* Decides between lifelines with names, lifelines with letters, and a plain list. */
static void lay_out(struct ladder *l)
{
	unsigned gaps = l->column_count > 1 ? l->column_count - 1 : 1;
	unsigned room = l->width - LEFT_WIDTH - 2, longest = 0;

	for (unsigned i = 0; i < l->column_count; i++) {
		text_reset(&l->scratch);
		text_add_terminal(&l->scratch, l->columns[i]);
		size_t width = rows_width(slice_of(l->scratch.p, l->scratch.n));
		longest = width > longest ? (unsigned)(width < room ? width : room) : longest;
	}
	l->gap = (room - longest) / gaps; /* the last name stands to the right of its lifeline */
	l->letters = l->gap < MIN_GAP || l->gap < longest + 2;
	if (l->letters)
		l->gap = room / gaps;
	l->gap = l->gap > MAX_GAP ? MAX_GAP : l->gap;
	l->compact = l->gap < MIN_GAP;
}

static unsigned lifeline(const struct ladder *l, unsigned column)
{
	return LEFT_WIDTH + column * l->gap;
}

static void begin_row(const struct ladder *l, struct ladder_row *row)
{
	ladder_row_init(row, l->width);
	for (unsigned i = 0; i < l->column_count && !l->compact; i++)
		ladder_row_put(row, lifeline(l, i), l->width, slice_str(l->glyphs->lifeline));
}

static struct slice scratch_slice(const struct ladder *l)
{
	return slice_of(text_cstr(&l->scratch), l->scratch.n);
}

static void print_legend(struct ladder *l)
{
	struct ladder_row row;

	for (unsigned i = 0; i < l->column_count && l->letters; i++) {
		text_addf(l->out, "  ");
		column_name(l, i, l->out);
		text_addf(l->out, " = ");
		text_add_terminal(l->out, l->columns[i]);
		text_addf(l->out, "\n");
	}
	if (l->letters)
		text_addf(l->out, "\n");
	ladder_row_init(&row, l->width);
	ladder_row_put(&row, 8, l->width, SLICE_LIT("time"));
	ladder_row_put(&row, 16, l->width, SLICE_LIT("frame"));
	for (unsigned i = 0; i < l->column_count && !l->compact; i++) {
		text_reset(&l->scratch);
		column_name(l, i, &l->scratch);
		ladder_row_put(&row, lifeline(l, i), l->width, scratch_slice(l));
	}
	ladder_row_print(&row, l->out);
}

static void put_time(struct ladder *l, struct ladder_row *row, struct query *q)
{
	char buf[48];
	int n = snprintf(buf, sizeof buf, "%12.6f %8.*s",
	                 (double)(query_int(q, COL_TIME) - l->start_us) / 1e6,
	                 SLICE_ARG(query_text(q, COL_FRAME)));

	ladder_row_put(row, 0, LEFT_WIDTH - 1, slice_of(buf, n > 0 ? (size_t)n : 0));
}

static void put_scratch(struct ladder *l, struct slice s)
{
	text_reset(&l->scratch);
	text_add_terminal(&l->scratch, s);
}

/* What stands below an event, into the scratch text; empty if there is nothing to say. */
static void put_note(struct ladder *l, struct query *q)
{
	text_reset(&l->scratch);
	if (query_int(q, COL_AGAIN) == 1)
		text_addf(&l->scratch, "retransmitted%s", query_is_null(q, COL_NOTE) ? "" : ", ");
	text_add_terminal(&l->scratch, query_text(q, COL_NOTE));
}

/* Beside its lifeline, or as far to the left of that as it needs to be seen whole. */
static unsigned note_place(const struct ladder *l, unsigned column)
{
	size_t width = rows_width(scratch_slice(l));
	unsigned x = lifeline(l, column) + 2, least = LEFT_WIDTH + 2;

	if (x + width <= l->width)
		return x;
	return width + least < l->width ? l->width - (unsigned)width : least;
}

/* The arrow, and the note in a line of its own below it. */
static void print_lifelines(struct ladder *l, struct query *q, unsigned src, unsigned dst)
{
	bool is_double = query_int(q, COL_KIND) == EVENT_STREAM ||
	                 query_int(q, COL_KIND) == EVENT_STREAM_END;
	struct ladder_row row;

	begin_row(l, &row);
	put_time(l, &row, q);
	put_scratch(l, query_text(q, COL_LABEL));
	ladder_row_arrow(&row, lifeline(l, src), lifeline(l, dst), is_double, scratch_slice(l),
	                 l->glyphs);
	ladder_row_print(&row, l->out);
	put_note(l, q);
	if (!l->scratch.n)
		return;
	begin_row(l, &row);
	ladder_row_put(&row, note_place(l, src < dst ? src : dst), l->width, scratch_slice(l));
	ladder_row_print(&row, l->out);
}

static void print_listed(struct ladder *l, struct query *q, unsigned src, unsigned dst)
{
	bool is_double = query_int(q, COL_KIND) == EVENT_STREAM ||
	                 query_int(q, COL_KIND) == EVENT_STREAM_END;
	const char *line = is_double ? l->glyphs->double_line : l->glyphs->line;
	struct ladder_row row;

	begin_row(l, &row);
	put_time(l, &row, q);
	text_reset(&l->scratch);
	column_name(l, src, &l->scratch);
	text_addf(&l->scratch, " %s%s%s ", line, line, l->glyphs->right);
	column_name(l, dst, &l->scratch);
	text_addf(&l->scratch, "  ");
	text_add_terminal(&l->scratch, query_text(q, COL_LABEL));
	ladder_row_put(&row, LEFT_WIDTH, l->width, scratch_slice(l));
	ladder_row_print(&row, l->out);
	put_note(l, q);
	if (!l->scratch.n)
		return;
	begin_row(l, &row);
	ladder_row_put(&row, LEFT_WIDTH + 2, l->width, scratch_slice(l));
	ladder_row_print(&row, l->out);
}

static void print_event(struct ladder *l, struct query *q)
{
	unsigned src, dst;

	column_of(l, q, COL_SRC, &src);
	column_of(l, q, COL_DST, &dst);
	if (l->compact)
		print_listed(l, q, src, dst);
	else
		print_lifelines(l, q, src, dst);
}

static bool draw_events(struct ladder *l, struct err *err)
{
	struct text sql;
	text_init(&sql);
	text_addf(&sql, "%s UNION ALL %s ORDER BY 1, 2, 3", message_events, media_events);
	struct query *q =
	        sql.failed ? NULL : rows_query(l->records, text_cstr(&sql), l->call_id, err);
	bool ok = q != NULL || (sql.failed && err_memory(err, "a query"));
	int64_t count = 0;

	while (ok && query_step(q, err) && !l->out->failed)
		if (++count <= LADDER_MAX_EVENTS)
			print_event(l, q);
	if (count > LADDER_MAX_EVENTS)
		text_addf(l->out, "  ... and %" PRId64 " more\n", count - LADDER_MAX_EVENTS);
	query_free(q);
	text_release(&sql);
	return ok && err->code == ERR_NONE;
}

bool ladder_print_events(struct ladder *l, struct err *err)
{
	if (!collect_columns(l, message_events, err) || !collect_columns(l, media_events, err))
		return false;
	if (l->column_count == 0) {
		text_addf(l->out, "  (no messages and no streams of it are recorded)\n");
		return true;
	}
	lay_out(l);
	print_legend(l);
	return draw_events(l, err);
}
