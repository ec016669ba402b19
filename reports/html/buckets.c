/* Calls over time. */
#include "reports/html/report_parts.h"

#define US_PER_S INT64_C(1000000)

static const int64_t widths_s[] = { 1,     2,     5,     10,    15,        30,        60,
	                            120,   300,   600,   900,   1800,      3600,      7200,
	                            14400, 21600, 43200, 86400, 7 * 86400, 30 * 86400 };

static int64_t floor_to(int64_t us, int64_t width)
{
	int64_t rest = us % width;

	return us - (rest < 0 ? rest + width : rest);
}

/* The narrowest width of those that people think in with which the whole fits. */
static void lay_out(struct buckets *b, int64_t first_us, int64_t last_us)
{
	size_t n = sizeof widths_s / sizeof *widths_s;

	for (size_t i = 0; i < n; i++) {
		b->width_us = widths_s[i] * US_PER_S;
		b->start_us = floor_to(first_us, b->width_us);
		int64_t count = (last_us - b->start_us) / b->width_us + 1;
		if (count <= BUCKETS_MAX || i == n - 1) {
			b->count = count < BUCKETS_MAX ? (size_t)count : BUCKETS_MAX;
			return;
		}
	}
}

static bool read_outcomes(struct buckets *b, struct records *r, struct err *err)
{
	struct query *q = query_new(
	        r, err,
	        "SELECT (coalesce(start_us, first_us) - ?1) / ?2, outcome, count(*) FROM calls "
	        "GROUP BY 1, 2");

	if (!q)
		return false;
	query_bind_int(q, 1, b->start_us);
	query_bind_int(q, 2, b->width_us);
	while (query_step(q, err)) {
		int64_t i = query_int(q, 0);
		struct bucket *to = &b->each[i < 0                   ? 0
		                             : i < (int64_t)b->count ? (size_t)i
		                                                     : b->count - 1];
		to->all += query_int(q, 2);
		for (size_t k = 0; k < SUMMARY_OUTCOMES; k++)
			if (slice_eq_str(query_text(q, 1), summary_outcomes[k]))
				to->calls[k] += query_int(q, 2);
	}
	query_free(q);
	return err->code == ERR_NONE;
}

static bool read_talks(struct numbers *begins, struct numbers *ends, struct records *r,
                       struct err *err)
{
	struct query *q =
	        query_new(r, err,
	                  "SELECT answer_us, coalesce(end_us, last_us) FROM calls WHERE answer_us "
	                  "IS NOT NULL AND coalesce(end_us, last_us) >= answer_us");
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = numbers_add(begins, query_int(q, 0), err) &&
		     numbers_add(ends, query_int(q, 1), err);
	query_free(q);
	return ok && err->code == ERR_NONE && numbers_sort(begins, err) && numbers_sort(ends, err);
}

/* A call that ends in the microsecond in which another begins makes room for it. */
static void count_at_once(struct buckets *b, const struct numbers *begins,
                          const struct numbers *ends)
{
	int64_t now = 0;
	size_t i = 0, k = 0;

	for (size_t n = 0; n < b->count; n++) {
		int64_t until = b->start_us + (int64_t)(n + 1) * b->width_us;
		int64_t most = now;
		while (i < begins->n && begins->v[i] < until) {
			for (; k < ends->n && ends->v[k] <= begins->v[i]; k++)
				now--;
			now++;
			i++;
			most = now > most ? now : most;
		}
		for (; k < ends->n && ends->v[k] < until; k++)
			now--;
		b->each[n].at_once = most;
	}
}

static bool read_at_once(struct buckets *b, struct records *r, struct err *err)
{
	struct numbers begins = { 0 }, ends = { 0 };
	bool ok = read_talks(&begins, &ends, r, err);

	if (ok)
		count_at_once(b, &begins, &ends);
	numbers_release(&begins);
	numbers_release(&ends);
	return ok;
}

bool buckets_read(struct buckets *b, struct records *r, struct err *err)
{
	int64_t first, last;

	*b = (struct buckets){ 0 };
	if (!rows_int(r, "SELECT min(coalesce(start_us, first_us)) FROM calls", 0, &first, err) ||
	    !rows_int(r, "SELECT max(coalesce(start_us, first_us)) FROM calls", 0, &last, err))
		return false;
	if (first == RECORD_NULL || last == RECORD_NULL)
		return true;
	lay_out(b, first, last);
	return read_outcomes(b, r, err) && read_at_once(b, r, err);
}
