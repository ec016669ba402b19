/* Findings and the calls behind them: counted last, because legs that turn out to be one call are one. */
#include "reports/records/store_internal.h"

/* An occurrence of no call counts for itself where the noun is "calls". */
static const char count_sql[] =
        "UPDATE findings SET calls = n.calls, "
        "text = CASE WHEN occurrences = 1 THEN text ELSE "
        "iif(noun = 'calls', n.calls + n.alone, occurrences) || ' ' || "
        "iif(noun = 'calls' AND n.calls + n.alone = 1, 'call', noun) || ': ' || text END "
        "FROM (SELECT finding_id, count(DISTINCT call_id) AS calls, "
        "count(*) - count(call_id) AS alone FROM finding_occurrences GROUP BY finding_id) AS n "
        "WHERE findings.id = n.finding_id";

/* Where all occurrences turn out to be of one call. */
static const char one_call_sql[] =
        "UPDATE findings SET call_id = (SELECT max(call_id) FROM finding_occurrences WHERE "
        "finding_id = findings.id) WHERE call_id IS NULL AND calls = 1 AND NOT EXISTS (SELECT 1 "
        "FROM finding_occurrences WHERE finding_id = findings.id AND call_id IS NULL)";

bool store_count_findings(struct store *s, struct err *err)
{
	return store_exec(s, count_sql, err) && store_exec(s, one_call_sql, err);
}
