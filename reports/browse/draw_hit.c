/* A finding in a few rows: what happened, and what to do about it. */
#include "reports/browse/view.h"
#include "reports/rows.h"

static const char cause_sql[] =
        "SELECT f.severity, f.rule, o.text, f.suggestion, f.downgraded FROM finding_occurrences o "
        "JOIN findings f ON f.id = o.finding_id WHERE o.rowid = ?1";

bool draw_hit(struct browse *b, const struct hit *hit, size_t count, unsigned row, unsigned bottom,
              struct err *err)
{
	struct cells *c = &b->cells;
	struct query *q;
	unsigned x;

	if (!rows_first(b->records, cause_sql, hit->row, &q, err))
		return err->code == ERR_NONE;
	x = cells_putf(c, row, 0, c->columns, style_of_severity(query_text(q, 0)), "%.*s %.*s ",
	               SLICE_ARG(query_text(q, 0)), SLICE_ARG(query_text(q, 1)));
	row = draw_wrapped(c, row, row + 2 < bottom ? row + 2 : bottom, x, c->columns,
	                   query_text(q, 2), STYLE_PLAIN);
	if (row < bottom) {
		x = cells_putf(c, row, 0, c->columns, STYLE_BOLD, "do: ");
		row = draw_wrapped(c, row, row + 2 < bottom ? row + 2 : bottom, x, c->columns,
		                   query_text(q, 3), STYLE_PLAIN);
	}
	if (row < bottom && !query_is_null(q, 4)) {
		x = cells_putf(c, row, 0, c->columns, STYLE_DIM, "uncertain: ");
		cells_put(c, row++, x, c->columns, query_text(q, 4), STYLE_DIM);
	}
	query_free(q);
	if (count > 1 && row < bottom)
		cells_putf(c, row, 0, c->columns, STYLE_DIM, "and %zu more", count - 1);
	return true;
}
