/* The RTP streams, of all or of one call. */
#include "reports/browse/list.h"

#include <inttypes.h>

static const struct list_column columns[] = {
	{ "stream", LIST_INT, 6, 0, 0, false, "s.id" },
	{ "call", LIST_INT, 6, 0, 7, false, "s.call_id" },
	{ "start", LIST_CLOCK, 8, 12, 9, false, "s.first_us" },
	{ "from", LIST_TEXT, 14, 28, 0, false, "s.src_addr" },
	{ "to", LIST_TEXT, 14, 28, 1, false, "s.dst_addr" },
	{ "sender", LIST_TEXT, 6, 0, 8, false, "s.direction" },
	{ "codec", LIST_TEXT, 6, 10, 5, false, "s.codec" },
	{ "packets", LIST_INT, 8, 0, 6, false, "s.packets" },
	{ "lost %", LIST_PERCENT, 7, 0, 2, false, "s.loss_ratio" },
	{ "late", LIST_INT, 6, 0, 10, false, "s.late" },
	{ "jitter", LIST_MS, 7, 0, 4, false, "s.jitter_mean_ms" },
	{ "max gap", LIST_MS, 8, 0, 11, false, "s.max_delta_ms" },
	{ "MOS", LIST_MOS, 5, 0, 3, false, "s.mos_lq" },
	{ "findings", LIST_RULES, 8, 16, 7, false, NULL },
	{ "SSRC", LIST_TEXT, 10, 0, 12, true, "s.ssrc" },
	{ "seconds", LIST_SECONDS, 8, 0, 13, true, "s.last_us - s.first_us" },
};

#define ADDRESS(side)                                                                              \
	"iif(instr(s." side "_addr, ':'), '[' || s." side "_addr || ']', s." side                  \
	"_addr) || ':' || s." side "_port"

static const char row_sql[] = "SELECT s.id, s.call_id, s.first_us, " ADDRESS("src") ", " ADDRESS(
        "dst") ", CASE s.direction WHEN 'caller_to_callee' THEN 'caller' WHEN "
               "'callee_to_caller' THEN 'callee' END, coalesce(s.codec, 'PT ' || "
               "s.payload_type), s.packets, s.loss_ratio, s.late, s.jitter_mean_ms, "
               "s.max_delta_ms, s.mos_lq, NULL, printf('0x%08x', s.ssrc), (s.last_us - "
               "s.first_us) / 1e3 FROM streams s WHERE s.id = ?1";

/* What is wrong with it, in words. */
static bool details(struct browse *b, struct list *l, int64_t id, unsigned row, unsigned bottom,
                    struct err *err)
{
	size_t count;
	const struct hit *hit = hits_find(l->hits, id, &count);

	cells_fill(&b->cells, row, 0, b->cells.columns, STYLE_PLAIN);
	if (count)
		return draw_hit(b, hit, count, row, bottom, err);
	cells_putf(&b->cells, row, 0, b->cells.columns, STYLE_DIM, "nothing was found in it");
	return true;
}

static bool open(struct browse *b, struct list *l, int64_t id, struct err *err)
{
	(void)l;
	return browse_push(b, page_stream_new(b, id, err), err);
}

static bool open_call(struct browse *b, int64_t id, struct err *err)
{
	int64_t call;

	if (!rows_int(b->records, "SELECT call_id FROM streams WHERE id = ?1", id, &call, err))
		return false;
	if (call != RECORD_NULL)
		return browse_push(b, flow_new(b, &call, 1, err), err);
	browse_say(b, "stream %" PRId64 " belongs to no call that was seen", id);
	return true;
}

static bool act(struct browse *b, struct list *l, enum action what, bool *known, struct err *err)
{
	*known = what == ACTION_OF_CALL;
	if (!*known || list_current(l) == RECORD_NULL)
		return true;
	return open_call(b, list_current(l), err);
}

static const struct list_kind kind = {
	.view = { VIEW_STREAMS, list_act, list_draw, list_answer, list_reload, list_free },
	.one = "stream",
	.many = "streams",
	.none = "There are no RTP streams here.",
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.sort = 2,
	.has_hits = true,
	.hits_of = HITS_OF_STREAMS,
	.row_sql = row_sql,
	.count_sql = "SELECT count(*) FROM streams",
	.from = "streams s WHERE (?1 IS NULL OR s.call_id = ?1)",
	.id = "s.id",
	.match = "(" ADDRESS("src") " || ' ' || " ADDRESS(
	        "dst") " || ' ' || coalesce(s.codec, '') || "
	               "printf(' 0x%08x', s.ssrc)) LIKE ?2 ESCAPE '\\'",
	.hint = "a part of an address, a codec, an SSRC as 0x1234abcd",
	.detail_rows = 4,
	.details = details,
	.open = open,
	.act = act,
};

struct view *list_streams_new(struct browse *b, int64_t call_id, struct err *err)
{
	struct list *l = list_new(b, &kind, ACTION_STREAMS, call_id, "", err);

	return l ? &l->view : NULL;
}
