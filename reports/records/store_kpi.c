/* The run's key figures, from its calls. Definitions: ITU-T E.411 (ASR), E.425 (NER). Calls whose beginning or end is not in the
 * capture are left out everywhere; a zero denominator gives NULL, never 0 or 100. */
#include "reports/records/store_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* One pass over the wide calls table; all figures are made from this narrow copy. The delay is INVITE to the first 18x, or to the
 * 2xx where nothing rang; negative ones are steps of the clock. NER, E.425: the network did its part, that is answer, user busy,
 * ring no answer, terminal reject; 487 counts when it had rung. */
static const char counted[] =
	"CREATE TEMP TABLE counted AS SELECT outcome = 'answered' AS answered, talk_ms, "
	"coalesce(pdd_ms, iif(outcome = 'answered', setup_ms, NULL)) AS delay_ms, "
	"outcome = 'answered' OR coalesce(final_status IN (480, 486, 600, 603, 606, 607), 0) "
	"OR (coalesce(final_status, 0) = 487 AND ring_us IS NOT NULL) AS effective "
	"FROM calls WHERE run_id = %1$" PRId64 " AND outcome NOT IN ('incomplete', 'in_progress')";

static const char ratios[] =
	"INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'ASR', 100.0 * total(answered) / nullif(count(*), 0), '%%', "
	"CAST(total(answered) AS INTEGER), count(*) FROM counted;"
	"INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'NER', 100.0 * total(effective) / nullif(count(*), 0), '%%', "
	"CAST(total(effective) AS INTEGER), count(*) FROM counted;"
	/* 2xx to BYE. The numerator is in whole seconds. */
	"INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'ACD', total(talk_ms) / 1000 / nullif(count(*), 0), 's', "
	"CAST(round(total(talk_ms) / 1000) AS INTEGER), count(*) FROM counted WHERE answered AND talk_ms >= 0;"
	/* In order of delay, so that the rowid is the rank. */
	"CREATE TEMP TABLE ranked AS SELECT delay_ms FROM counted WHERE delay_ms >= 0 ORDER BY 1";

/* Percentiles by nearest rank: the ceil(n * p / 100)-th. */
static const char pdd[] = "INSERT INTO kpi SELECT %1$" PRId64 ", 'all', 'PDD_P%2$d', "
			  "(SELECT delay_ms FROM ranked WHERE rowid = (n * %2$d + 99) / 100), 'ms', NULL, n "
			  "FROM (SELECT count(*) AS n FROM ranked)";

static const char clean_up[] = "DROP TABLE temp.counted; DROP TABLE temp.ranked";

static bool run(struct store *s, const char *format, int64_t run_id, int percent, struct err *err)
{
	char sql[1536];
	int n = snprintf(sql, sizeof sql, format, run_id, percent);

	if (n < 0 || (size_t)n >= sizeof sql)
		return err_set(err, ERR_DATABASE, "a key figure's SQL is too long");
	return store_exec(s, sql, err);
}

bool store_kpi(struct store *s, int64_t run_id, struct err *err)
{
	return store_flush(s, err) && run(s, counted, run_id, 0, err) && run(s, ratios, run_id, 0, err) &&
	       run(s, pdd, run_id, 50, err) && run(s, pdd, run_id, 95, err) && store_exec(s, clean_up, err);
}
