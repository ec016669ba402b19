#include "reports/call_events.h"

#include "base/mem.h"
#include "reports/call_cursor.h"
#include "reports/call_messages.h"

#include <inttypes.h>
#include <stdio.h>

/* --- queries --------------------------------------------------------------------------------------------------- */

/* clang-format off */
#define MESSAGE_COLUMNS                                                                            \
	"m.time_us, m.id, m.src, m.dst, m.method, m.status, m.cseq_method, m.sdp, m.capture_id, m.frame, m.retransmission, "  \
	"m.dialog_id, m.has_sdp, m.transport, m.first_line, m.bytes, m.defects "

static const char messages_of_one[] = WITH_CALL_MESSAGES
	"SELECT ?1, " MESSAGE_COLUMNS "FROM m ORDER BY m.time_us, m.id";

static const char messages_of_all[] =
	"SELECT d.call_id, " MESSAGE_COLUMNS "FROM messages m JOIN dialogs d ON d.id = m.dialog_id "
	"WHERE d.call_id IS NOT NULL ORDER BY 1, 2, 3";

/* The SIP ends that a stream's sender and receiver most likely are. */
#define SIP_ENDS(direction)                                                                        \
	"CASE " direction                                                                          \
	" WHEN 'caller_to_callee' THEN d.src WHEN 'callee_to_caller' THEN d.dst END, "             \
	"CASE " direction                                                                          \
	" WHEN 'caller_to_callee' THEN d.dst WHEN 'callee_to_caller' THEN d.src END "

#define STREAM_NAME  "'RTP ' || coalesce(s.codec, 'PT ' || s.payload_type, '?') || ' #' || s.id"
/* ?1 is NULL for all calls. */
#define WANTED(of)   "WHERE " of ".call_id = coalesce(?1, " of ".call_id) "

static const char media[] =
	"WITH first_dialog AS MATERIALIZED (SELECT call_id, min(id) AS id FROM dialogs WHERE call_id IS NOT NULL GROUP BY 1) "
	"SELECT s.call_id, s.first_us, 1, s.id, s.src_addr, s.dst_addr, " STREAM_NAME ", "
	"s.packets || ' packets' || iif(s.loss_ratio IS NULL, '', printf(', %.2f %% lost', 100 * s.loss_ratio)) || "
	"iif(s.jitter_mean_ms IS NULL, '', printf(', jitter %.1f ms', s.jitter_mean_ms)) || "
	"iif(s.mos_lq IS NULL, '', printf(', MOS %.2f', s.mos_lq) || coalesce(' ' || s.mos_scale, '')), "
	"NULL, NULL, " SIP_ENDS("s.direction") ", s.dialog_id "
	"FROM streams s LEFT JOIN dialogs d ON d.id = s.dialog_id " WANTED("s")
	"UNION ALL SELECT s.call_id, s.last_us, 3, s.id, s.src_addr, s.dst_addr, 'end of #' || s.id, NULL, NULL, NULL, "
	SIP_ENDS("s.direction") ", s.dialog_id "
	"FROM streams s LEFT JOIN dialogs d ON d.id = s.dialog_id " WANTED("s")
	"UNION ALL SELECT t.call_id, t.time_us, 2, t.id, s.src_addr, s.dst_addr, 'DTMF ' || t.digit, "
	"t.method || iif(t.duration_ms IS NULL, '', printf(', %.0f ms', t.duration_ms)) || "
	"iif(t.level_dbm0 IS NULL, '', printf(', %.0f dBm0', t.level_dbm0)) || "
	"iif(t.start_lost, ', its start was not seen', '') || iif(t.end_lost, ', its end was not seen', '') || "
	"coalesce(', ' || t.lint, '') || iif(t.status >= 300, ', answered with ' || t.status, '') || "
	"CASE WHEN t.press_id IS NULL THEN ', not counted' WHEN t.press_id = t.id THEN '' ELSE ', the same press' END, "
	"t.capture_id, t.first_frame, " SIP_ENDS("coalesce(t.direction, s.direction)") ", d.id "
	"FROM dtmf t LEFT JOIN streams s ON s.id = t.stream_id LEFT JOIN first_dialog f ON f.call_id = t.call_id "
	"LEFT JOIN dialogs d ON d.id = coalesce(s.dialog_id, t.dialog_id, f.id) " WANTED("t")
	"UNION ALL SELECT h.call_id, h.time_us, 4, s.id, s.src_addr, s.dst_addr, replace(h.tone, '_', ' '), "
	"printf('heard in #%d: %s%.1f dBov, %.2f s', s.id, coalesce(h.plan || ', ', ''), h.level_dbov, h.duration_ms / 1e3) || "
	"iif(h.bursts > 1, ', ' || h.bursts || ' bursts', ''), NULL, NULL, " SIP_ENDS("s.direction") ", s.dialog_id "
	"FROM tones h JOIN streams s ON s.id = h.stream_id LEFT JOIN dialogs d ON d.id = s.dialog_id " WANTED("h")
	"ORDER BY 1, 2, 3, 4";

static const char legs_of_one[] = "WITH " LEGS "SELECT call_id, id, n FROM leg ORDER BY n";
static const char legs_of_all[] = "WITH " LEGS_OF_ALL "SELECT call_id, id, n FROM leg ORDER BY call_id, n";
/* clang-format on */

/* --- reading --------------------------------------------------------------------------------------------------- */

struct call_events_reader {
	struct call_cursor messages, media, legs;
	struct call_event *events; /* CALL_EVENTS_MAX at most, by table: messages, then media */
	size_t room;
	int64_t *dialogs; /* of the call at hand: id, leg */
	size_t dialog_room;
};

static bool open_all(struct call_events_reader *e, struct records *r, int64_t call_id,
                     struct err *err)
{
	bool one = call_id != RECORD_NULL;

	return call_cursor_open(&e->messages, r, one ? messages_of_one : messages_of_all, call_id,
	                        err) &&
	       call_cursor_open(&e->media, r, media, call_id, err) &&
	       call_cursor_open(&e->legs, r, one ? legs_of_one : legs_of_all, call_id, err);
}

static struct call_events_reader *reader_new(struct records *r, int64_t call_id, struct err *err)
{
	struct call_events_reader *e = mem_zalloc(sizeof *e);

	if (!e)
		err_memory(err, "the events of a call");
	else if (open_all(e, r, call_id, err))
		return e;
	call_events_reader_free(e);
	return NULL;
}

struct call_events_reader *call_events_reader_new(struct records *r, struct err *err)
{
	return reader_new(r, RECORD_NULL, err);
}

void call_events_reader_free(struct call_events_reader *e)
{
	if (!e)
		return;
	call_cursor_close(&e->messages);
	call_cursor_close(&e->media);
	call_cursor_close(&e->legs);
	mem_free(e->events);
	mem_free(e->dialogs);
	mem_free(e);
}

static bool keep(struct arena *a, struct query *q, int column, struct slice *out)
{
	return arena_keep(a, query_text(q, column), out);
}

static bool label_message(struct call_event *e, struct slice cseq_method, struct arena *arena)
{
	char number[24] = "";

	if (e->status == RECORD_NULL)
		return arena_keep(arena,
		                  e->method.p     ? e->method
		                  : cseq_method.p ? cseq_method
		                                  : SLICE_LIT("?"),
		                  &e->label);
	int n = snprintf(number, sizeof number, "%" PRId64 "%s", e->status,
	                 cseq_method.p ? " " : "");
	char *p = arena_alloc(arena, (size_t)n + cseq_method.n + 1);
	if (!p)
		return false;
	memcpy(p, number, (size_t)n);
	if (cseq_method.n)
		memcpy(p + n, cseq_method.p, cseq_method.n);
	e->label = slice_of(p, (size_t)n + cseq_method.n);
	return true;
}

static bool note_sdp(struct call_event *e, struct slice sdp, struct arena *arena)
{
	if (!sdp.p)
		return true;
	char *p = arena_alloc(arena, 4 + sdp.n);
	if (!p)
		return false;
	memcpy(p, "SDP ", 4);
	if (sdp.n)
		memcpy(p + 4, sdp.p, sdp.n);
	e->note = slice_of(p, 4 + sdp.n);
	return true;
}

static bool read_message(struct query *q, struct call_event *e, struct arena *arena)
{
	*e = (struct call_event){
		.kind = EVENT_MESSAGE,
		.time_us = query_int(q, 1),
		.id = query_int(q, 2),
		.status = query_int(q, 6),
		.capture_id = query_int(q, 9),
		.frame = query_int(q, 10),
		.again = query_int(q, 11) == 1,
		.dialog_id = query_int(q, 12),
		.has_sdp = query_int(q, 13) == 1,
		.bytes = query_int(q, 16),
		.defects = query_int(q, 17),
	};
	return keep(arena, q, 3, &e->src) && keep(arena, q, 4, &e->dst) &&
	       keep(arena, q, 5, &e->method) && label_message(e, query_text(q, 7), arena) &&
	       note_sdp(e, query_text(q, 8), arena) && keep(arena, q, 14, &e->transport) &&
	       keep(arena, q, 15, &e->first_line);
}

static bool read_media(struct query *q, struct call_event *e, struct arena *arena)
{
	*e = (struct call_event){
		.kind = (enum call_event_kind)query_int(q, 2),
		.time_us = query_int(q, 1),
		.id = query_int(q, 3),
		.status = RECORD_NULL,
		.capture_id = query_int(q, 8),
		.frame = query_int(q, 9),
		.dialog_id = query_int(q, 12),
	};
	return keep(arena, q, 4, &e->src) && keep(arena, q, 5, &e->dst) &&
	       keep(arena, q, 6, &e->label) && keep(arena, q, 7, &e->note) &&
	       keep(arena, q, 10, &e->sip_src) && keep(arena, q, 11, &e->sip_dst);
}

/* Room for one more of `count`, in steps of doubling. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	size_t more = *room ? 2 * *room : 64;
	void *p = mem_resize(array, more * size);
	if (p)
		*room = more;
	return p;
}

typedef bool read_event(struct query *q, struct call_event *e, struct arena *arena);

/* Behind those that are there; each table gives CALL_EVENTS_MAX at most, the rest is counted. */
static bool read_rows(struct call_events_reader *reader, struct call_cursor *c, int64_t call_id,
                      read_event *read, struct arena *arena, struct call_events *out,
                      struct err *err)
{
	size_t most = out->count + CALL_EVENTS_MAX;

	while (call_cursor_next(c, call_id, err)) {
		if (out->count == most) {
			out->more++;
			continue;
		}
		void *grown =
		        grow(reader->events, out->count, &reader->room, sizeof *reader->events);
		if (!grown)
			return err_memory(err, "the events of a call");
		reader->events = grown;
		if (!read(c->q, &reader->events[out->count], arena))
			return err_memory(err, "the events of a call");
		out->count++;
	}
	return err->code == ERR_NONE;
}

/* --- legs ------------------------------------------------------------------------------------------------------ */

static bool read_legs(struct call_events_reader *reader, int64_t call_id, size_t *count,
                      struct call_events *out, struct err *err)
{
	*count = 0;
	while (call_cursor_next(&reader->legs, call_id, err)) {
		void *grown = grow(reader->dialogs, *count, &reader->dialog_room,
		                   2 * sizeof *reader->dialogs);
		if (!grown)
			return err_memory(err, "the legs of a call");
		reader->dialogs = grown;
		int64_t *d = &reader->dialogs[2 * (*count)++];
		d[0] = query_int(reader->legs.q, 1);
		d[1] = out->legs = query_int(reader->legs.q, 2);
	}
	return err->code == ERR_NONE;
}

static int64_t leg_of(const struct call_events_reader *reader, size_t count, int64_t dialog_id)
{
	for (size_t i = 0; i < count; i++)
		if (reader->dialogs[2 * i] == dialog_id)
			return reader->dialogs[2 * i + 1];
	return RECORD_NULL;
}

/* Events of one dialog often follow each other. */
static void number_legs(const struct call_events_reader *reader, size_t dialogs,
                        struct call_events *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct call_event *e = &reader->events[i];
		if (i && e->dialog_id == e[-1].dialog_id)
			e->leg = e[-1].leg;
		else
			e->leg = leg_of(reader, dialogs, e->dialog_id);
	}
}

/* --- both together --------------------------------------------------------------------------------------------- */

static bool is_before(const struct call_event *a, const struct call_event *b)
{
	if (a->time_us != b->time_us)
		return a->time_us < b->time_us;
	return a->kind != b->kind ? a->kind < b->kind : a->id < b->id;
}

/* Messages and media, each in order. */
static bool merge(const struct call_events_reader *reader, size_t messages, struct arena *arena,
                  struct call_events *out, struct err *err)
{
	size_t all = out->count, i = 0, k = messages;

	out->count = all < CALL_EVENTS_MAX ? all : CALL_EVENTS_MAX;
	out->more += (int64_t)(all - out->count);
	out->all = arena_alloc(arena, out->count * sizeof *out->all + 1);
	if (!out->all)
		return err_memory(err, "the events of a call");
	for (size_t n = 0; n < out->count; n++) {
		bool is_message = k == all || (i < messages &&
		                               is_before(&reader->events[i], &reader->events[k]));
		out->all[n] = reader->events[is_message ? i++ : k++];
	}
	return true;
}

bool call_events_read(struct call_events_reader *reader, int64_t call_id, struct arena *arena,
                      struct call_events *out, struct err *err)
{
	size_t dialogs, messages;

	*out = (struct call_events){ 0 };
	if (!read_legs(reader, call_id, &dialogs, out, err) ||
	    !read_rows(reader, &reader->messages, call_id, read_message, arena, out, err))
		return false;
	messages = out->count;
	if (!read_rows(reader, &reader->media, call_id, read_media, arena, out, err))
		return false;
	number_legs(reader, dialogs, out);
	return merge(reader, messages, arena, out, err);
}

bool call_events_load(struct call_events *out, struct records *r, int64_t call_id,
                      struct arena *arena, struct err *err)
{
	struct call_events_reader *reader = reader_new(r, call_id, err);
	bool ok = reader && call_events_read(reader, call_id, arena, out, err);

	call_events_reader_free(reader);
	return ok;
}
