/* The page's sections about registrations and subscriptions. */
#include "reports/rows.h"
#include "reports/text_page.h"

#include <inttypes.h>

#define MOST_FAILING "5"
#define MOST_EVENTS  "8"
#define MAX_NAME     64

/* "12 registered, 3 timed out" */
static bool add_outcomes(struct page *p, bool *any, struct err *err)
{
	struct query *q = rows_query(p->records,
	                             "SELECT count(*), replace(outcome, '_', ' ') FROM "
	                             "registrations GROUP BY outcome ORDER BY 1 DESC, 2",
	                             RECORD_NULL, err);

	if (!q)
		return false;
	for (*any = false; query_step(q, err); *any = true) {
		if (!*any)
			page_heading(p, "Registrations\n");
		text_addf(p->out, *any ? ", " : "  ");
		text_addf(p->out, "%" PRId64 " ", query_int(q, 0));
		text_add_terminal(p->out, query_text(q, 1));
	}
	if (*any)
		text_addf(p->out, "\n");
	return rows_end(q, p->out, err);
}

/* Who fails most, and with what. */
static bool add_failing(struct page *p, struct err *err)
{
	struct query *q = rows_query(
	        p->records,
	        "SELECT count(*), coalesce(username, aor), final_status, realm FROM registrations "
	        "WHERE outcome IN ('unauthorized', 'rejected', 'failed', 'timed_out') "
	        "GROUP BY 2, 3, 4 ORDER BY 1 DESC, 2, 3 LIMIT " MOST_FAILING,
	        RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		size_t start = p->out->n;
		text_addf(p->out, "  %5" PRId64 " x ", query_int(q, 0));
		if (query_is_null(q, 2))
			text_addf(p->out, "no final response");
		else
			text_addf(p->out, "%" PRId64, query_int(q, 2));
		rows_pad(p->out, start, 28);
		text_addf(p->out, "  ");
		text_add_terminal(p->out, slice_sub(query_text(q, 1), 0, MAX_NAME));
		if (!query_is_null(q, 3)) {
			text_addf(p->out, ", realm ");
			text_add_terminal(p->out, slice_sub(query_text(q, 3), 0, MAX_NAME));
		}
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

bool page_registrations(struct page *p, struct err *err)
{
	bool any;

	return add_outcomes(p, &any, err) && (!any || add_failing(p, err));
}

bool page_subscriptions(struct page *p, struct err *err)
{
	struct query *q = rows_query(
	        p->records,
	        "SELECT count(*), kind, event, replace(state, '_', ' '), sum(notifies) FROM "
	        "subscriptions GROUP BY 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4 LIMIT " MOST_EVENTS,
	        RECORD_NULL, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			page_heading(p, "Subscriptions\n");
		size_t start = p->out->n;
		text_addf(p->out, "  %5" PRId64 " x ", query_int(q, 0));
		text_add_terminal(p->out, query_text(q, 1));
		text_addf(p->out, " ");
		text_add_terminal(p->out, slice_sub(query_text(q, 2), 0, MAX_NAME));
		rows_pad(p->out, start, 40);
		text_addf(p->out, "  ");
		text_add_terminal(p->out, query_text(q, 3));
		if (query_int(q, 4))
			text_addf(p->out, ", %" PRId64 " NOTIFY", query_int(q, 4));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}
