/* The calls. */
#include "reports/browse/filter.h"
#include "reports/browse/list.h"

#include <inttypes.h>
#include <math.h>

/* In this order: enum calls_sort of each, CALLS_SORTS for none. */
static const struct list_column columns[] = {
	{ "call", LIST_INT, 6, 0, 0, false, NULL },
	{ "date", LIST_DATE, 10, 0, 10, true, "" },
	{ "start", LIST_CLOCK, 8, 12, 6, false, "" },
	{ "caller", LIST_TEXT, 8, 26, 0, false, "" },
	{ "callee", LIST_TEXT, 8, 26, 0, false, "" },
	{ "outcome", LIST_OUTCOME, 12, 0, 0, false, "" },
	{ "status", LIST_STATUS, 7, 0, 5, false, "" },
	{ "PDD s", LIST_SECONDS2, 6, 0, 8, false, "" },
	{ "setup s", LIST_SECONDS2, 8, 0, 11, true, "" },
	{ "talk s", LIST_SECONDS, 8, 0, 4, false, "" },
	{ "MOS", LIST_MOS, 5, 0, 2, false, "" },
	{ "legs", LIST_INT, 5, 0, 9, false, "" },
	{ "findings", LIST_RULES, 8, 24, 3, false, NULL },
	{ "ended by", LIST_TEXT, 8, 0, 12, true, NULL },
	{ "reason", LIST_TEXT, 10, 40, 13, true, NULL },
	{ "Call-ID", LIST_TEXT, 16, 60, 14, true, NULL },
};

static const enum calls_sort sorts[] = {
	CALLS_SORTS,     CALLS_BY_START,    CALLS_BY_START,  CALLS_BY_CALLER,
	CALLS_BY_CALLEE, CALLS_BY_OUTCOME,  CALLS_BY_STATUS, CALLS_BY_PDD,
	CALLS_BY_SETUP,  CALLS_BY_DURATION, CALLS_BY_MOS,    CALLS_BY_LEGS,
};

static const char row_sql[] =
        "SELECT c.id, coalesce(c.start_us, c.first_us), coalesce(c.start_us, c.first_us), "
        "c.caller, c.callee, c.outcome, c.final_status, c.pdd_ms, c.setup_ms, c.talk_ms, "
        "c.mos_min, c.leg_count, NULL, c.released_by, c.reason, c.sip_call_id FROM calls c WHERE "
        "c.id = ?1";

static struct query *ids(struct browse *b, const struct list *l, struct err *err)
{
	struct filter f;

	if (!filter_parse(&f, l->filter, b->records, err))
		return NULL;
	f.calls.sort = sorts[l->sort];
	f.calls.reverse = l->reverse;
	return calls_filter_query(&f.calls, b->records, "SELECT c.id FROM calls c", err);
}

/* --- what is known of the call under the cursor ------------------------------------------------------------------ */

/* "alice -> bob: answered 200 OK, 7.0 s of talk, ended by the caller, 2 legs" */
static bool describe(struct browse *b, int64_t id, struct text *out, struct err *err)
{
	struct query *q;

	if (!rows_first(
	            b->records,
	            "SELECT coalesce(caller, '?'), coalesce(callee, '?'), outcome, "
	            "coalesce(' ' || final_status, '') || coalesce(' ' || reason, ''), talk_ms, "
	            "released_by, leg_count, sip_call_id, cut FROM calls WHERE id = ?1",
	            id, &q, err))
		return err->code == ERR_NONE;
	struct slice s[4] = { query_text(q, 0), query_text(q, 1), query_text(q, 2),
		              query_text(q, 3) };
	text_add(out, s[0]);
	text_addf(out, " -> ");
	text_add(out, s[1]);
	text_addf(out, ": ");
	text_add(out, s[2]);
	text_add(out, s[3]);
	if (!query_is_null(q, 4))
		text_addf(out, ", %.1f s of talk", query_real(q, 4) / 1e3);
	if (!query_is_null(q, 5) && !slice_eq_str(query_text(q, 5), "unknown"))
		text_addf(out, ", ended by the %.*s", SLICE_ARG(query_text(q, 5)));
	if (query_int(q, 6) > 1)
		text_addf(out, ", %" PRId64 " legs", query_int(q, 6));
	if (!query_is_null(q, 8))
		text_addf(out, ", cut by the capture");
	text_addf(out, "  ");
	text_add(out, query_text(q, 7));
	return rows_end(q, out, err);
}

static bool details(struct browse *b, struct list *l, int64_t id, unsigned row, unsigned bottom,
                    struct err *err)
{
	size_t count;
	const struct hit *hit = hits_find(l->hits, id, &count);
	struct text line;

	cells_fill(&b->cells, row, 0, b->cells.columns, STYLE_PLAIN);
	text_init(&line);
	bool ok = describe(b, id, &line, err);
	if (ok && (row + 1 < bottom || !count))
		cells_put(&b->cells, row++, 0, b->cells.columns, slice_of(text_cstr(&line), line.n),
		          STYLE_BOLD);
	text_release(&line);
	if (!ok || row >= bottom)
		return ok;
	if (count)
		return draw_hit(b, hit, count, row, bottom, err);
	cells_putf(&b->cells, row, 0, b->cells.columns, STYLE_DIM, "nothing was found in it");
	return true;
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

/* Those marked, else the current one. */
static const int64_t *chosen(const struct list *l, size_t *count)
{
	*count = l->mark_count ? l->mark_count : l->count ? 1 : 0;
	return l->mark_count ? l->marks : l->ids + l->at.cursor;
}

static bool open_flow(struct browse *b, struct list *l, int64_t id, struct err *err)
{
	size_t count;
	const int64_t *calls = chosen(l, &count);

	(void)id;
	if (count > FLOW_MAX_CALLS) {
		browse_say(b, "%zu calls are marked; a flow shows up to %d together (u: no marks)",
		           count, FLOW_MAX_CALLS);
		return true;
	}
	return browse_push(b, flow_new(b, calls, count, err), err);
}

static bool act(struct browse *b, struct list *l, enum action what, bool *known, struct err *err)
{
	size_t count;
	const int64_t *calls = chosen(l, &count);

	if (!count) {
		browse_say(b, "there is no call in this list");
		return true;
	}
	switch (what) {
	case ACTION_EXTENDED: return open_flow(b, l, list_current(l), err);
	case ACTION_RAW: return browse_push(b, page_messages_new(b, calls, count, err), err);
	case ACTION_OF_CALL: return browse_push(b, list_findings_new(b, list_current(l), err), err);
	case ACTION_SAVE: browse_ask_save(b, calls, count); return true;
	default: *known = false; return true;
	}
}

static const struct list_kind kind = {
	.view = { VIEW_CALLS, list_act, list_draw, list_answer, list_reload, list_free },
	.one = "call",
	.many = "calls",
	.none = "There are no calls in these captures. 4: registrations, 3: streams, 5: what there "
	        "is.",
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.sort = 2,
	.has_hits = true,
	.row_sql = row_sql,
	.count_sql = "SELECT count(*) FROM calls",
	.ids = ids,
	.hint = filter_hint,
	.detail_rows = 5,
	.details = details,
	.open = open_flow,
	.act = act,
};

struct view *list_calls_new(struct browse *b, const char *filter, struct err *err)
{
	struct list *l = list_new(b, &kind, ACTION_CALLS, RECORD_NULL, filter, err);

	return l ? &l->view : NULL;
}
