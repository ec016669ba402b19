/* From differences to words. A difference is one when chance does not explain it (Holm over all rows), its interval has zero outside, and
 * it is at least what matters, and more than nights differ by anyway. */
#include "base/mem.h"
#include "reports/compare/rows.h"

#include <math.h>

static double threshold(const struct difference *d)
{
	return isnan(d->band) ? d->limit : fmax(d->limit, d->band);
}

/* 1: more than matters, -1: less, 0: neither, or not for certain. */
static int direction(const struct difference *d)
{
	if (isnan(d->by) || fabs(d->by) < threshold(d) || !(fabs(d->by) > 0))
		return 0;
	if (d->by > 0)
		return d->interval.low > 0 ? 1 : 0;
	return d->interval.high < 0 ? -1 : 0;
}

static void say(struct row *r, enum row_verdict verdict, const char *why)
{
	r->verdict = verdict;
	r->why = why;
}

/* It would matter, were it not for what nights do. */
static bool is_within(const struct difference *d)
{
	return d->band > d->limit && fabs(d->by) >= d->limit; /* neither of NAN */
}

static void judge_certain(struct row *r)
{
	int middle = direction(&r->middle) * row_bad_sign(r);
	int tail = direction(&r->tail) * row_bad_sign(r);
	int mean = direction(&r->mean) * row_bad_sign(r);

	if (middle > 0 || tail > 0 || mean > 0)
		say(r, ROW_WORSE, NULL);
	else if (middle < 0 || tail < 0 || mean < 0)
		say(r, ROW_BETTER, NULL);
	else if (is_within(&r->middle) || is_within(&r->tail) || is_within(&r->mean))
		say(r, ROW_SAME, "no more than nights differ by anyway");
	else
		say(r, ROW_SAME, "certain, but less than what matters");
}

static void judge(const struct comparison *c, struct row *r)
{
	if (r->neutral)
		say(r, ROW_SAME, "information, not judged");
	else if (r->units[0] < COMPARE_LEAST_UNITS || r->units[1] < COMPARE_LEAST_UNITS)
		say(r, ROW_TOO_FEW, "fewer than 8 on a side");
	else if (r->adjusted <= c->limits.alpha)
		judge_certain(r);
	else if (fabs(r->middle.by) >= threshold(&r->middle) && fabs(r->middle.by) > 0)
		say(r, ROW_TOO_FEW, "it would matter, but chance does as much with so few");
	else
		say(r, ROW_SAME, NULL);
}

static bool adjust(struct comparison *c)
{
	double *p = mem_alloc((c->count ? c->count : 1) * sizeof *p);
	bool ok = p != NULL;

	for (size_t i = 0; ok && i < c->count; i++) {
		const struct row *r = &c->rows[i];
		bool few = r->units[0] < COMPARE_LEAST_UNITS || r->units[1] < COMPARE_LEAST_UNITS;
		p[i] = r->neutral || few ? NAN : r->p;
		c->tested += isnan(p[i]) ? 0 : 1;
	}
	ok = ok && statistic_holm(p, c->count);
	for (size_t i = 0; ok && i < c->count; i++)
		c->rows[i].adjusted = p[i];
	mem_free(p);
	return ok;
}

bool rows_judge(struct comparison *c, struct err *err)
{
	if (!adjust(c))
		return err_memory(err, "what is compared");
	for (size_t i = 0; i < c->count; i++) {
		judge(c, &c->rows[i]);
		c->verdicts[c->rows[i].verdict] += c->rows[i].neutral ? 0 : 1;
	}
	return true;
}
