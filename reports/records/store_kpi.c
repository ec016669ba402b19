/* The run's key figures, from its calls. Definitions: ITU-T E.411 (ASR), E.425 (NER). Calls whose beginning or end is not in the
 * capture are left out everywhere; a zero denominator gives NULL, never 0 or 100. */
#include "reports/records/store_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define COUNTED \
	"WITH counted AS (SELECT * FROM calls WHERE run_id = %1$" PRId64 \
	" AND outcome NOT IN ('incomplete', 'in_progress')) "

/* E.411: answered of all attempts. */
static const char asr[] =
	COUNTED "INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'ASR', 100.0 * a / nullif(n, 0), '%%', a, n FROM "
		"(SELECT count(*) AS n, count(*) FILTER (WHERE outcome = 'answered') AS a FROM counted)";

/* E.425: the network did its part: answer, user busy, ring no answer, terminal reject. 487 counts when it had rung. */
static const char ner[] =
	COUNTED "INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'NER', 100.0 * a / nullif(n, 0), '%%', a, n FROM "
		"(SELECT count(*) AS n, count(*) FILTER (WHERE outcome = 'answered' "
		"OR final_status IN (480, 486, 600, 603, 606, 607) "
		"OR (final_status = 487 AND ring_us IS NOT NULL)) AS a FROM counted)";

/* Answer to BYE; the numerator is in whole seconds. */
static const char acd[] =
	COUNTED "INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'ACD', ms / 1000.0 / nullif(n, 0), 's', "
		"CAST(round(ms / 1000.0) AS INTEGER), n FROM (SELECT count(talk_ms) AS n, total(talk_ms) AS ms "
		"FROM counted WHERE outcome = 'answered' AND talk_ms >= 0)";

/* INVITE to the first 18x, or to the 2xx where nothing rang. Nearest rank; negative delays are clock steps. */
static const char pdd[] =
	COUNTED ", delays AS (SELECT coalesce(pdd_ms, iif(outcome = 'answered', setup_ms, NULL)) AS ms FROM counted), "
		"ranked AS (SELECT ms, row_number() OVER (ORDER BY ms) AS rank, count(*) OVER () AS n "
		"FROM delays WHERE ms >= 0) "
		"INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'PDD_P%2$d', "
		"(SELECT ms FROM ranked WHERE rank = (n * %2$d + 99) / 100), 'ms', NULL, (SELECT count(*) FROM ranked)";

static bool run(struct store *s, const char *format, int64_t run_id, int percent, struct err *err)
{
	char sql[1024];
	int n = snprintf(sql, sizeof sql, format, run_id, percent);

	if (n < 0 || (size_t)n >= sizeof sql)
		return err_set(err, ERR_DATABASE, "a key figure's SQL is too long");
	return store_exec(s, sql, err);
}

bool store_kpi(struct store *s, int64_t run_id, struct err *err)
{
	return store_flush(s, err) && run(s, asr, run_id, 0, err) && run(s, ner, run_id, 0, err) &&
	       run(s, acd, run_id, 0, err) && run(s, pdd, run_id, 50, err) && run(s, pdd, run_id, 95, err);
}
