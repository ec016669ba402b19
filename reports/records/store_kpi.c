/* The run's key figures at its end: what kpi.h counted on the way, and what only a query can tell. */
#include "reports/records/store_internal.h"

#include "reports/records/query.h"

/* False answer supervision: answered, talked for 3 s or longer, and nothing from the callee's side within 10 s. Only calls of which some
 * RTP was seen can tell. A stream of unknown direction speaks for the callee. */
static const char silent_sql[] =
        "SELECT count(*), coalesce(sum(silent), 0) FROM (SELECT NOT max(s.direction IS NOT "
        "'caller_to_callee' AND s.last_us > c.answer_us AND s.first_us <= c.answer_us + 10000000) "
        "AS "
        "silent FROM streams s JOIN calls c ON c.id = s.call_id WHERE c.run_id = ?1 AND c.outcome "
        "= "
        "'answered' AND c.talk_ms >= 3000 AND c.cut IS NULL GROUP BY s.call_id)";

static bool count_silent(struct store *s, int64_t run_id, int64_t *silent, int64_t *heard,
                         struct err *err)
{
	struct records *records = records_of(store_handle(s), err);
	struct query *q = records ? query_new(records, err, silent_sql) : NULL;
	bool ok = q != NULL;

	if (q)
		query_bind_int(q, 1, run_id);
	ok = ok && query_step(q, err);
	if (ok) {
		*heard = query_int(q, 0);
		*silent = query_int(q, 1);
	}
	query_free(q);
	records_close(records);
	return ok;
}

bool store_kpi(struct store *s, int64_t run_id, struct err *err)
{
	int64_t silent = 0, heard = 0;

	if (!store_flush(s, err) ||
	    (s->kpi.has_call_streams && !count_silent(s, run_id, &silent, &heard, err)))
		return false;
	return kpi_write(&s->kpi, s, run_id, silent, heard, err) && store_flush(s, err);
}
