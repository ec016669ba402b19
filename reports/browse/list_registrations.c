/* The registration attempts. */
#include "reports/browse/list.h"

static const struct list_column columns[] = {
	{ "number", LIST_INT, 6, 0, 5, false, "g.id" },
	{ "start", LIST_CLOCK, 8, 12, 4, false, "g.time_us" },
	{ "who", LIST_TEXT, 14, 40, 0, false, "g.aor" },
	{ "outcome", LIST_OUTCOME, 12, 0, 0, false, "g.outcome" },
	{ "status", LIST_STATUS, 7, 0, 1, false, "g.final_status" },
	{ "delay s", LIST_SECONDS2, 8, 0, 7, false, "g.delay_ms" },
	{ "for s", LIST_INT, 7, 0, 3, false, "g.expires_s" },
	{ "asked again", LIST_INT, 12, 0, 9, true, "g.challenges" },
	{ "contact", LIST_TEXT, 12, 40, 6, false, "g.contact" },
	{ "registrar", LIST_TEXT, 10, 30, 8, false, "g.registrar" },
	{ "phone", LIST_TEXT, 10, 30, 10, true, "g.user_agent" },
	{ "ended by", LIST_TEXT, 12, 0, 11, true, "g.ended_by" },
};

static const char row_sql[] =
        "SELECT g.id, g.time_us, g.aor, g.outcome, g.final_status, g.delay_ms, g.expires_s, "
        "g.challenges, g.contact, g.registrar, g.user_agent, g.ended_by FROM registrations g WHERE "
        "g.id = ?1";

static bool details(struct browse *b, struct list *l, int64_t id, unsigned row, unsigned bottom,
                    struct err *err)
{
	struct cells *c = &b->cells;
	struct query *q;

	(void)l;
	(void)bottom;
	cells_fill(c, row, 0, c->columns, STYLE_PLAIN);
	if (!rows_first(
	            b->records,
	            "SELECT coalesce(src, '?') || ' -> ' || coalesce(dst, '?') || coalesce(' by ' "
	            "|| transport, '') || coalesce(', ' || reason, '') || coalesce(', ' || "
	            "user_agent, '') FROM registrations WHERE id = ?1",
	            id, &q, err))
		return err->code == ERR_NONE;
	cells_put(c, row, 0, c->columns, query_text(q, 0), STYLE_BOLD);
	query_free(q);
	return true;
}

static bool open(struct browse *b, struct list *l, int64_t id, struct err *err)
{
	(void)l;
	return browse_push(b, page_registration_new(b, id, err), err);
}

static const struct list_kind kind = {
	.view = { VIEW_REGISTRATIONS, list_act, list_draw, list_answer, list_reload, list_free },
	.one = "registration",
	.many = "registrations",
	.none = "There are no REGISTER requests in these captures.",
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.sort = 1,
	.row_sql = row_sql,
	.count_sql = "SELECT count(*) FROM registrations",
	.from = "registrations g WHERE (?1 IS NULL OR 1)",
	.id = "g.id",
	.match = "(coalesce(g.aor, '') || ' ' || coalesce(g.contact, '') || ' ' || "
	         "coalesce(g.outcome, '') || ' ' || coalesce(g.final_status, '') || ' ' || "
	         "coalesce(g.src, '') || ' ' || coalesce(g.user_agent, '')) LIKE ?2 ESCAPE '\\'",
	.hint = "a part of the number, of an address, of the outcome, a status, a phone's name",
	.detail_rows = 1,
	.details = details,
	.open = open,
};

struct view *list_registrations_new(struct browse *b, struct err *err)
{
	struct list *l = list_new(b, &kind, ACTION_REGISTRATIONS, RECORD_NULL, "", err);

	return l ? &l->view : NULL;
}
