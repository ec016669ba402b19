/* Which calls get a page of their own, and plots: those that one will want to see. */
#include "reports/html/report_parts.h"

/* With findings first (notes are none to look for), then what was not answered, then by the lowest score. */
#define BY_INTEREST                                                                                \
	"SELECT c.id FROM calls c LEFT JOIN (SELECT DISTINCT o.call_id AS call_id FROM "           \
	"finding_occurrences o JOIN findings f ON f.id = o.finding_id WHERE f.severity <> 'info' " \
	"AND o.call_id IS NOT NULL) n ON n.call_id = c.id ORDER BY n.call_id IS NULL, c.outcome "  \
	"IN ('answered', 'incomplete', 'in_progress'), c.mos_min IS NULL, c.mos_min, c.id LIMIT "  \
	"?1"

static bool choose(struct work *w, const char *sql, int64_t most, struct numbers *out,
                   struct err *err)
{
	struct query *q = rows_query(w->records, sql, most, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = numbers_add(out, query_int(q, 0), err);
	query_free(q);
	return ok && err->code == ERR_NONE && numbers_sort(out, err);
}

bool chosen_calls(struct work *w, struct err *err)
{
	bool all = w->summary.calls <= w->options->pages;
	int64_t plots =
	        w->options->plots < w->options->pages ? w->options->plots : w->options->pages;

	if (!choose(w, all ? "SELECT id FROM calls" : BY_INTEREST, w->options->pages, &w->chosen,
	            err))
		return false;
	return plots <= 0 || w->summary.streams == 0 ||
	       choose(w, BY_INTEREST, plots, &w->drawn, err);
}
