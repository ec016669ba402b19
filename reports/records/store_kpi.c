/* The run's key figures, from its calls in one pass. Definitions: ITU-T E.411 (ASR), E.425 (NER). Calls whose beginning or end is not
 * in the capture are left out everywhere; a zero denominator gives NULL, never 0 or 100. */
#include "reports/records/store_internal.h"

#include "base/mem.h"
#include "reports/records/query.h"

#include <stdlib.h>

struct figures {
	int64_t calls, answered, effective, talks;
	double talk_ms;
	double *delays_ms; /* of `delays` calls; 8 octets each, where the call's row takes hundreds */
	size_t delays, room;
};

/* In order of id: a sum of reals depends on its order. */
static const char calls_sql[] =
        "SELECT outcome = 'answered', final_status, ring_us, talk_ms, pdd_ms, setup_ms FROM calls "
        "WHERE run_id = ?1 AND outcome NOT IN ('incomplete', 'in_progress') ORDER BY id";
enum { COL_ANSWERED, COL_STATUS, COL_RING, COL_TALK, COL_PDD, COL_SETUP };

/* E.425: the network did its part, that is answer, user busy, ring no answer, terminal reject; 487 counts when it had rung. */
static bool is_effective(struct query *q)
{
	switch (query_int(q, COL_STATUS)) {
	case 480:
	case 486:
	case 600:
	case 603:
	case 606:
	case 607: return true;
	case 487: return !query_is_null(q, COL_RING);
	default: return false;
	}
}

/* INVITE to the first 18x, or to the 2xx where nothing rang. */
static double delay_of(struct query *q, bool answered)
{
	if (!query_is_null(q, COL_PDD))
		return query_real(q, COL_PDD);
	return answered ? query_real(q, COL_SETUP) : NAN;
}

static bool keep_delay(struct figures *f, double delay_ms, struct err *err)
{
	if (f->delays == f->room) {
		size_t room = f->room ? 2 * f->room : 1024;
		double *grown = mem_resize(f->delays_ms, room * sizeof *grown);
		if (!grown)
			return err_memory(err, "the key figures");
		f->delays_ms = grown;
		f->room = room;
	}
	f->delays_ms[f->delays++] = delay_ms;
	return true;
}

/* Negative times are steps of the clock, and NAN is not >= 0. */
static bool count_call(struct figures *f, struct query *q, struct err *err)
{
	bool answered = query_int(q, COL_ANSWERED);
	double talk_ms = answered ? query_real(q, COL_TALK) : NAN;
	double delay_ms = delay_of(q, answered);

	f->calls++;
	f->answered += answered;
	f->effective += answered || is_effective(q);
	if (talk_ms >= 0) {
		f->talks++;
		f->talk_ms += talk_ms;
	}
	return !(delay_ms >= 0) || keep_delay(f, delay_ms, err);
}

static bool count_calls(struct store *s, int64_t run_id, struct figures *f, struct err *err)
{
	struct records *records = records_of(store_handle(s), err);
	struct query *q = records ? query_new(records, err, calls_sql) : NULL;
	bool ok = q != NULL;

	if (q)
		query_bind_int(q, 1, run_id);
	while (ok && query_step(q, err))
		ok = count_call(f, q, err);
	query_free(q);
	records_close(records);
	return ok && err->code == ERR_NONE;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* By nearest rank: the ceil(n * p / 100)-th. */
static double percentile(const struct figures *f, size_t percent)
{
	return f->delays ? f->delays_ms[(f->delays * percent + 99) / 100 - 1] : NAN;
}

/* 0 / 0 is NAN, which is NULL. */
static double ratio(double numerator, int64_t denominator)
{
	return denominator ? numerator / (double)denominator : NAN;
}

static bool write_figures(struct store *s, int64_t run_id, const struct figures *f, struct err *err)
{
	int64_t talk_s = (int64_t)round(f->talk_ms / 1000), delays = (int64_t)f->delays;
	const struct record_kpi rows[] = {
		{ run_id, SLICE_LIT("all"), SLICE_LIT("ASR"),
		  ratio(100.0 * (double)f->answered, f->calls), SLICE_LIT("%"), f->answered,
		  f->calls },
		{ run_id, SLICE_LIT("all"), SLICE_LIT("NER"),
		  ratio(100.0 * (double)f->effective, f->calls), SLICE_LIT("%"), f->effective,
		  f->calls },
		/* 2xx to BYE. The numerator is in whole seconds. */
		{ run_id, SLICE_LIT("all"), SLICE_LIT("ACD"), ratio(f->talk_ms / 1000, f->talks),
		  SLICE_LIT("s"), talk_s, f->talks },
		{ run_id, SLICE_LIT("all"), SLICE_LIT("PDD_P50"), percentile(f, 50),
		  SLICE_LIT("ms"), RECORD_NULL, delays },
		{ run_id, SLICE_LIT("all"), SLICE_LIT("PDD_P95"), percentile(f, 95),
		  SLICE_LIT("ms"), RECORD_NULL, delays },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!store_row(s, TABLE_KPI, &rows[i], err))
			return false;
	return store_flush(s, err);
}

bool store_kpi(struct store *s, int64_t run_id, struct err *err)
{
	struct figures f = { 0 };
	bool ok = store_flush(s, err) && count_calls(s, run_id, &f, err);

	if (f.delays)
		qsort(f.delays_ms, f.delays, sizeof *f.delays_ms, by_size);
	ok = ok && write_figures(s, run_id, &f, err);
	mem_free(f.delays_ms);
	return ok;
}
