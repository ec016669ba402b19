/* What was found, grouped by cause: of all, or of one call. */
#include "reports/browse/list.h"
#include "reports/findings.h"

#include <inttypes.h>
#include <stdio.h>

static const struct list_column columns[] = {
	{ "number", LIST_INT, 6, 0, 0, false, "f.id" },
	/* As on the page of text: errors first, then what was seen most often. */
	{ "severity", LIST_SEVERITY, 9, 0, 1, false,
	  FINDINGS_BY_SEVERITY " * 1000000000000 - f.occurrences" },
	{ "rule", LIST_TEXT, 4, 0, 0, false,
	  "printf('%s%04d', substr(f.rule, 1, 1), substr(f.rule, 2))" },
	{ "calls", LIST_INT, 6, 0, 2, false, "f.calls" },
	{ "seen", LIST_INT, 6, 0, 3, false, "f.occurrences" },
	{ "what", LIST_TEXT, 16, 400, 0, false, "f.text" },
	{ "confidence", LIST_TEXT, 11, 0, 5, false, FINDINGS_BY_CONFIDENCE },
	{ "first", LIST_CLOCK, 8, 12, 6, true, "f.first_us" },
	{ "name", LIST_TEXT, 16, 24, 4, true, "f.name" },
};

static const char row_sql[] = "SELECT f.id, f.severity, f.rule, f.calls, f.occurrences, f.text, "
                              "f.confidence, f.first_us, f.name FROM findings f WHERE f.id = ?1";

static bool details(struct browse *b, struct list *l, int64_t id, unsigned row, unsigned bottom,
                    struct err *err)
{
	struct cells *c = &b->cells;
	unsigned half = row + (bottom - row + 1) / 2, x;
	struct query *q;

	(void)l;
	cells_fill(c, row, 0, c->columns, STYLE_PLAIN);
	if (!rows_first(b->records,
	                "SELECT f.severity, f.name, f.text, f.suggestion, f.downgraded FROM "
	                "findings f WHERE f.id = ?1",
	                id, &q, err))
		return err->code == ERR_NONE;
	x = cells_putf(c, row, 0, c->columns, style_of_severity(query_text(q, 0)), "%.*s ",
	               SLICE_ARG(query_text(q, 1)));
	row = draw_wrapped(c, row, half, x, c->columns, query_text(q, 2), STYLE_PLAIN);
	x = cells_putf(c, row, 0, row < bottom ? c->columns : 0, STYLE_BOLD, "do: ");
	row = draw_wrapped(c, row, bottom, x, c->columns, query_text(q, 3), STYLE_PLAIN);
	if (row < bottom && !query_is_null(q, 4)) {
		x = cells_putf(c, row, 0, c->columns, STYLE_DIM, "uncertain: ");
		cells_put(c, row, x, c->columns, query_text(q, 4), STYLE_DIM);
	}
	query_free(q);
	return true;
}

static bool open(struct browse *b, struct list *l, int64_t id, struct err *err)
{
	char filter[40];
	int64_t calls;

	(void)l;
	if (!rows_int(b->records, "SELECT calls FROM findings WHERE id = ?1", id, &calls, err))
		return false;
	if (calls > 0) {
		snprintf(filter, sizeof filter, "finding:%" PRId64, id);
		return browse_push(b, list_calls_new(b, filter, err), err);
	}
	browse_say(b, "it was found outside of calls: this is why it was found");
	return browse_push(b, page_explain_new(b, id, err), err);
}

static bool act(struct browse *b, struct list *l, enum action what, bool *known, struct err *err)
{
	*known = what == ACTION_OF_CALL;
	if (!*known || list_current(l) == RECORD_NULL)
		return true;
	return browse_push(b, page_explain_new(b, list_current(l), err), err);
}

static const struct list_kind kind = {
	.view = { VIEW_FINDINGS, list_act, list_draw, list_answer, list_reload, list_free },
	.one = "finding",
	.many = "findings",
	.none = "Nothing was found by the rules ('milliwatt rules' prints what they look for).",
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.sort = 1,
	.row_sql = row_sql,
	.count_sql = "SELECT count(*) FROM findings",
	.from = "findings f WHERE (?1 IS NULL OR f.id IN (SELECT finding_id FROM "
	        "finding_occurrences WHERE call_id = ?1))",
	.id = "f.id",
	.match = "(f.rule || ' ' || f.name || ' ' || f.severity || ' ' || f.text) LIKE ?2 ESCAPE "
	         "'\\'",
	.hint = "a rule, a severity, a part of its text",
	.detail_rows = 5,
	.details = details,
	.open = open,
	.act = act,
};

struct view *list_findings_new(struct browse *b, int64_t call_id, struct err *err)
{
	struct list *l = list_new(b, &kind, ACTION_FINDINGS, call_id, "", err);

	return l ? &l->view : NULL;
}
