#include "reports/summary.h"

#include <stdio.h>

const char *const summary_outcomes[SUMMARY_OUTCOMES] = {
	"answered", "busy",         "no_answer",  "cancelled",   "rejected",
	"failed",   "unauthorized", "incomplete", "in_progress",
};

/* One row of integers into as many places. */
static bool read_ints(struct records *r, const char *sql, int64_t *const *places, int count,
                      struct err *err)
{
	struct query *q;

	if (!rows_first(r, sql, RECORD_NULL, &q, err))
		return err->code == ERR_NONE;
	for (int i = 0; i < count && i < query_columns(q); i++)
		*places[i] = query_int(q, i);
	query_free(q);
	return true;
}

#define READ_INTS(r, sql, err, ...)                                                                \
	read_ints(r, sql, (int64_t *[]){ __VA_ARGS__ },                                            \
	          (int)(sizeof((int64_t *[]){ __VA_ARGS__ }) / sizeof(int64_t *)), err)

static bool read_captures(struct summary *s, struct records *r, struct err *err)
{
	int64_t unfinished = 0;
	bool ok = READ_INTS(r, "SELECT count(*) FILTER (WHERE NOT complete) FROM runs", err,
	                    &unfinished) &&
	          READ_INTS(r,
	                    "SELECT count(*), coalesce(sum(bytes), 0), coalesce(sum(packets), 0), "
	                    "min(first_us), "
	                    "max(last_us), count(*) FILTER (WHERE damaged_bytes > 0 OR damage IS "
	                    "NOT NULL), "
	                    "coalesce(sum(truncated_packets), 0), coalesce(sum(skipped_packets), "
	                    "0) FROM captures",
	                    err, &s->files, &s->bytes, &s->packets, &s->first_us, &s->last_us,
	                    &s->damaged_files, &s->truncated_packets, &s->skipped_packets);

	s->complete = unfinished == 0;
	return ok;
}

static bool read_calls(struct summary *s, struct records *r, struct err *err)
{
	struct query *q = rows_query(r, "SELECT outcome, count(*) FROM calls GROUP BY outcome",
	                             RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		s->calls += query_int(q, 1);
		for (int i = 0; i < SUMMARY_OUTCOMES; i++)
			if (slice_eq_str(query_text(q, 0), summary_outcomes[i]))
				s->by_outcome[i] = query_int(q, 1);
	}
	query_free(q);
	return err->code == ERR_NONE;
}

static bool read_kpi(struct summary *s, struct records *r, struct err *err)
{
	const struct {
		const char *name;
		double *place;
	} figures[] = {
		{ "ASR", &s->asr },
		{ "NER", &s->ner },
		{ "ACD", &s->acd_s },
		{ "PDD_P50", &s->pdd_p50_ms },
		{ "PDD_P95", &s->pdd_p95_ms },
	};
	size_t count = sizeof figures / sizeof *figures;
	struct query *q =
	        rows_query(r, "SELECT name, value FROM kpi WHERE scope = 'all'", RECORD_NULL, err);

	if (!q)
		return false;
	for (size_t i = 0; i < count; i++)
		*figures[i].place = NAN;
	while (query_step(q, err))
		for (size_t i = 0; i < count; i++)
			if (slice_eq_str(query_text(q, 0), figures[i].name))
				*figures[i].place = query_real(q, 1);
	query_free(q);
	return err->code == ERR_NONE;
}

static bool read_signalling(struct summary *s, struct records *r, struct err *err)
{
	return READ_INTS(r, "SELECT count(*), coalesce(sum(retransmission), 0) FROM messages", err,
	                 &s->messages, &s->retransmissions) &&
	       READ_INTS(r, "SELECT count(*), coalesce(sum(timed_out), 0) FROM transactions", err,
	                 &s->transactions, &s->timed_out) &&
	       READ_INTS(r, "SELECT count(*) FROM dialogs", err, &s->dialogs);
}

/* Counts, then walks the sorted values once; `order` puts the best first. */
static bool read_distribution(struct distribution *d, struct records *r, const char *column,
                              const char *where, const char *order, struct err *err)
{
	char sql[256];

	*d = (struct distribution){ 0, NAN, NAN, NAN };
	snprintf(sql, sizeof sql, "SELECT count(*) FROM streams WHERE %s IS NOT NULL%s", column,
	         where);
	if (!rows_int(r, sql, RECORD_NULL, &d->count, err) || d->count == 0)
		return err->code == ERR_NONE;
	snprintf(sql, sizeof sql, "SELECT %s FROM streams WHERE %s IS NOT NULL%s ORDER BY 1 %s",
	         column, column, where, order);
	struct query *q = rows_query(r, sql, RECORD_NULL, err);
	if (!q)
		return false;
	for (int64_t rank = 1; query_step(q, err); rank++) {
		double value = query_real(q, 0);
		if (rank == (d->count * 50 + 99) / 100)
			d->p50 = value;
		if (rank == (d->count * 95 + 99) / 100)
			d->p95 = value;
		d->worst = value;
	}
	query_free(q);
	return err->code == ERR_NONE;
}

static bool read_streams(struct summary *s, struct records *r, struct err *err)
{
	return READ_INTS(r,
	                 "SELECT count(*), count(*) FILTER (WHERE call_id IS NULL), "
	                 "coalesce(sum(encrypted), 0), "
	                 "coalesce(sum(packets), 0), coalesce(sum(expected), 0), "
	                 "coalesce(sum(lost), 0) FROM streams",
	                 err, &s->streams, &s->unbound, &s->encrypted, &s->stream_packets,
	                 &s->expected, &s->lost) &&
	       read_distribution(&s->loss, r, "loss_ratio", "", "ASC", err) &&
	       read_distribution(&s->jitter, r, "jitter_mean_ms", "", "ASC", err) &&
	       read_distribution(&s->mos_nb, r, "mos_lq", " AND mos_scale = 'nb'", "DESC", err) &&
	       read_distribution(&s->mos_wb, r, "mos_lq", " AND mos_scale = 'wb'", "DESC", err) &&
	       read_distribution(&s->mos_fb, r, "mos_lq", " AND mos_scale = 'fb'", "DESC", err);
}

static bool read_audio(struct summary *s, struct records *r, struct err *err)
{
	return READ_INTS(r, "SELECT count(*) FROM (" SUMMARY_ONE_WAY_SQL ")", err, &s->one_way) &&
	       (!s->streams ||
	        READ_INTS(r,
	                  "SELECT count(*) FROM calls WHERE outcome = 'answered' AND talk_ms >= "
	                  "3000 AND "
	                  "NOT EXISTS (SELECT 1 FROM streams WHERE call_id = calls.id)",
	                  err, &s->without_rtp));
}

static bool read_digits(struct summary *s, struct records *r, struct err *err)
{
	return READ_INTS(r,
	                 "SELECT count(*) FILTER (WHERE press_id = id), count(*) FILTER (WHERE "
	                 "method = 'rfc4733'), "
	                 "count(*) FILTER (WHERE method = 'info'), count(*) FILTER (WHERE method = "
	                 "'inband'), count(*) FILTER (WHERE method = 'kpml') FROM dtmf",
	                 err, &s->digits, &s->digits_rfc4733, &s->digits_info, &s->digits_inband,
	                 &s->digits_kpml);
}

bool summary_read(struct summary *s, struct records *r, struct err *err)
{
	*s = (struct summary){ 0 };
	return read_captures(s, r, err) && read_calls(s, r, err) && read_kpi(s, r, err) &&
	       read_signalling(s, r, err) && read_streams(s, r, err) && read_audio(s, r, err) &&
	       read_digits(s, r, err);
}
