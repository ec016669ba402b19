/* The events of a call in order of time, from one query: an arrow each, or a line where there are too many ends for lifelines. */
#include "reports/ladder_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum event_kind { EVENT_MESSAGE, EVENT_STREAM, EVENT_DIGIT, EVENT_STREAM_END, EVENT_TONE };

/* The SIP ends that a stream's sender and receiver most likely are. */
#define SIP_ENDS(direction)                                                                        \
	"CASE " direction                                                                          \
	" WHEN 'caller_to_callee' THEN d.src WHEN 'callee_to_caller' THEN d.dst END, "             \
	"CASE " direction                                                                          \
	" WHEN 'caller_to_callee' THEN d.dst WHEN 'callee_to_caller' THEN d.src END "

#define STREAM_NAME    "'RTP ' || coalesce(s.codec, 'PT ' || s.payload_type, '?') || ' #' || s.id"
#define LEG_OF(dialog) "(SELECT n FROM leg WHERE id = " dialog ") "

/* clang-format off */
static const char message_events[] = WITH_CALL_MESSAGES ", " LEGS
	"SELECT m.time_us, 0, m.id, m.src, m.dst, "
	"iif(m.status IS NULL, coalesce(m.method, m.cseq_method, '?'), m.status || coalesce(' ' || m.cseq_method, '')), "
	"'SDP ' || m.sdp, m.capture_id || ':' || m.frame, m.retransmission, NULL, NULL, " LEG_OF("m.dialog_id")
	"FROM m ";

static const char media_events[] =
	"SELECT s.first_us, 1, s.id, s.src_addr, s.dst_addr, " STREAM_NAME ", "
	"s.packets || ' packets' || iif(s.loss_ratio IS NULL, '', printf(', %.2f %% lost', 100 * s.loss_ratio)) || "
	"iif(s.jitter_mean_ms IS NULL, '', printf(', jitter %.1f ms', s.jitter_mean_ms)) || "
	"iif(s.mos_lq IS NULL, '', printf(', MOS %.2f', s.mos_lq) || coalesce(' ' || s.mos_scale, '')), "
	"NULL, 0, " SIP_ENDS("s.direction") ", " LEG_OF("s.dialog_id")
	"FROM streams s LEFT JOIN dialogs d ON d.id = s.dialog_id WHERE s.call_id = ?1 "
	"UNION ALL SELECT s.last_us, 3, s.id, s.src_addr, s.dst_addr, 'end of #' || s.id, NULL, NULL, 0, "
	SIP_ENDS("s.direction") ", " LEG_OF("s.dialog_id")
	"FROM streams s LEFT JOIN dialogs d ON d.id = s.dialog_id WHERE s.call_id = ?1 "
	"UNION ALL SELECT t.time_us, 2, t.id, s.src_addr, s.dst_addr, 'DTMF ' || t.digit, "
	"t.method || iif(t.duration_ms IS NULL, '', printf(', %.0f ms', t.duration_ms)) || "
	"iif(t.level_dbm0 IS NULL, '', printf(', %.0f dBm0', t.level_dbm0)) || "
	"iif(t.start_lost, ', its start was not seen', '') || iif(t.end_lost, ', its end was not seen', '') || "
	"coalesce(', ' || t.lint, '') || iif(t.status >= 300, ', answered with ' || t.status, '') || "
	"CASE WHEN t.press_id IS NULL THEN ', not counted' WHEN t.press_id = t.id THEN '' ELSE ', the same press' END, "
	"t.capture_id || ':' || t.first_frame, 0, "
	SIP_ENDS("coalesce(t.direction, s.direction)") ", " LEG_OF("d.id")
	"FROM dtmf t LEFT JOIN streams s ON s.id = t.stream_id LEFT JOIN dialogs d ON d.id = "
	"coalesce(s.dialog_id, t.dialog_id, (SELECT min(id) FROM dialogs WHERE call_id = ?1)) WHERE t.call_id = ?1 "
	"UNION ALL SELECT h.time_us, 4, s.id, s.src_addr, s.dst_addr, replace(h.tone, '_', ' '), "
	"printf('heard in #%d: %s%.1f dBov, %.2f s', s.id, coalesce(h.plan || ', ', ''), h.level_dbov, h.duration_ms / 1e3) || "
	"iif(h.bursts > 1, ', ' || h.bursts || ' bursts', ''), NULL, 0, " SIP_ENDS("s.direction") ", " LEG_OF("s.dialog_id")
	"FROM tones h JOIN streams s ON s.id = h.stream_id LEFT JOIN dialogs d ON d.id = s.dialog_id WHERE h.call_id = ?1 ";
/* clang-format on */

static void begin_row(const struct ladder *l, struct ladder_row *row)
{
	ladder_row_init(row, l->width);
	for (unsigned i = 0; i < l->column_count && !l->compact; i++)
		ladder_row_put(row, ladder_lifeline(l, i), l->width,
		               slice_str(l->glyphs->lifeline));
}

static void put_time(struct ladder *l, struct ladder_row *row, struct query *q)
{
	char buf[72];
	int n = snprintf(buf, sizeof buf, "%12.6f %8.*s",
	                 (double)(query_int(q, COL_TIME) - l->start_us) / 1e6,
	                 SLICE_ARG(query_text(q, COL_FRAME)));

	if (l->legs > 1 && n > 0 && !query_is_null(q, COL_LEG))
		n += snprintf(buf + n, sizeof buf - (size_t)n, " %3" PRId64, query_int(q, COL_LEG));

	ladder_row_put(row, 0, l->left - 1, slice_of(buf, n > 0 ? (size_t)n : 0));
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
	size_t width = rows_width(ladder_scratch(l));
	unsigned x = ladder_lifeline(l, column) + 2, least = l->left + 2;

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
	ladder_row_arrow(&row, ladder_lifeline(l, src), ladder_lifeline(l, dst), is_double,
	                 ladder_scratch(l), l->glyphs);
	ladder_row_print(&row, l->out);
	put_note(l, q);
	if (!l->scratch.n)
		return;
	begin_row(l, &row);
	ladder_row_put(&row, note_place(l, src < dst ? src : dst), l->width, ladder_scratch(l));
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
	ladder_column_name(l, src, &l->scratch);
	text_addf(&l->scratch, " %s%s%s ", line, line, l->glyphs->right);
	ladder_column_name(l, dst, &l->scratch);
	text_addf(&l->scratch, "  ");
	text_add_terminal(&l->scratch, query_text(q, COL_LABEL));
	ladder_row_put(&row, l->left, l->width, ladder_scratch(l));
	ladder_row_print(&row, l->out);
	put_note(l, q);
	if (!l->scratch.n)
		return;
	begin_row(l, &row);
	ladder_row_put(&row, l->left + 2, l->width, ladder_scratch(l));
	ladder_row_print(&row, l->out);
}

static void print_event(struct ladder *l, struct query *q)
{
	unsigned src, dst;

	ladder_column_of(l, q, COL_SRC, &src);
	ladder_column_of(l, q, COL_DST, &dst);
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

/* Who calls whom, hop by hop. */
static const char invites[] = WITH_CALL_MESSAGES
        "SELECT src, dst FROM m WHERE method = 'INVITE' ORDER BY time_us, id LIMIT 10000";

static bool make_columns(struct ladder *l, struct err *err)
{
	return ladder_collect_columns(l, "", message_events, err) &&
	       ladder_order_columns(l, invites, err) &&
	       ladder_collect_columns(l, "WITH " LEGS, media_events, err);
}

bool ladder_print_events(struct ladder *l, struct err *err)
{
	if (!make_columns(l, err))
		return false;
	if (l->column_count == 0) {
		text_addf(l->out, "  (no messages and no streams of it are recorded)\n");
		return true;
	}
	ladder_lay_out(l);
	ladder_print_legend(l);
	return draw_events(l, err);
}
