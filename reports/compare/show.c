#include "reports/compare/show.h"

#include "reports/records/store.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>

enum row_verdict show_verdict(const struct comparison *c)
{
	if (c->verdicts[ROW_WORSE])
		return ROW_WORSE;
	if (c->verdicts[ROW_BETTER])
		return ROW_BETTER;
	return c->verdicts[ROW_SAME] ? ROW_SAME : ROW_TOO_FEW;
}

void show_add_headline(struct text *out, const struct comparison *c)
{
	size_t all = 0;

	for (int v = 0; v < ROW_VERDICTS; v++)
		all += c->verdicts[v];
	text_addf(out, "%s: of %zu measures %zu worse, %zu better, %zu same, %zu too few to tell",
	          row_verdicts[show_verdict(c)], all, c->verdicts[ROW_WORSE],
	          c->verdicts[ROW_BETTER], c->verdicts[ROW_SAME], c->verdicts[ROW_TOO_FEW]);
}

void show_add_where(struct text *out, const struct comparison *c, enum row_verdict verdict)
{
	bool any = false;
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct row *r = &c->rows[i], *next = i + 1 < c->count ? r + 1 : NULL;
		count += r->verdict == verdict && !r->neutral;
		if (next && next->scope == r->scope && next->scope_number == r->scope_number)
			continue;
		if (count) {
			text_addf(out, any ? ", " : "");
			row_add_scope(out, c, r);
			text_addf(out, " (%zu)", count);
			any = true;
		}
		count = 0;
	}
}

static void add_count(struct text *out, int64_t n, const char *noun)
{
	text_addf(out, "%" PRId64 " %s%s", n, noun, n == 1 ? "" : "s");
}

void show_add_volume(struct text *out, const struct volume *v)
{
	add_count(out, v->calls, "call");
	text_addf(out, ", ");
	add_count(out, v->streams, "stream");
	if (v->registrations) {
		text_addf(out, ", ");
		add_count(out, v->registrations, "registration");
	}
	if (v->first_us == RECORD_NULL)
		return;
	text_addf(out, ", from ");
	rows_add_time(out, v->first_us);
	text_addf(out, ", ");
	rows_add_duration(out, v->last_us - v->first_us);
}

void show_add_noise(struct text *out, const struct comparison *c)
{
	if (c->nights >= COMPARE_LEAST_NIGHTS)
		text_addf(out, "learned from %zu baselines", c->nights);
	else
		text_addf(out,
		          "of sampling only: what nights differ by anyway is learned from %d "
		          "baselines or more (--baseline-dir)",
		          COMPARE_LEAST_NIGHTS);
}

static void add_number(struct text *out, const struct row *r, double value, const char *format)
{
	value *= row_factor(r);
	double unit = pow(10, -(double)row_decimals(r));

	if (fabs(value) < unit / 2)
		value = 0; /* and not -0.00 */
	text_addf(out, format, (int)row_decimals(r), value);
}

void show_add_value(struct text *out, const struct row *r, double value)
{
	if (isnan(value)) {
		text_addf(out, "-");
		return;
	}
	add_number(out, r, value, "%.*f");
	if (*row_unit(r))
		text_addf(out, " %s", row_unit(r));
}

void show_add_change(struct text *out, const struct row *r, double value)
{
	if (isfinite(value))
		add_number(out, r, value, "%+.*f");
	else
		text_addf(out, isnan(value) ? "-" : "?");
}

const char *show_middle(const struct row *r)
{
	return r->is_share ? "share" : "median";
}

const char *show_tail(const struct row *r)
{
	return row_bad_sign(r) < 0 ? "p05" : "p95";
}

static void add_one(struct text *out, const struct row *r, const char *name,
                    const struct difference *d)
{
	text_addf(out, "%s ", name);
	show_add_value(out, r, d->base);
	text_addf(out, " -> ");
	show_add_value(out, r, d->tonight);
	text_addf(out, " (");
	show_add_change(out, r, d->by);
	text_addf(out, ", 95 %%: ");
	show_add_change(out, r, d->interval.low);
	text_addf(out, " to ");
	show_add_change(out, r, d->interval.high);
	text_addf(out, ")");
}

void show_add_difference(struct text *out, const struct row *r)
{
	add_one(out, r, show_middle(r), &r->middle);
	if (r->is_share) {
		text_addf(out, ", %" PRIu32 " of %" PRIu32 " -> %" PRIu32 " of %" PRIu32,
		          r->hits[0], r->units[0], r->hits[1], r->units[1]);
		return;
	}
	text_addf(out, "; ");
	add_one(out, r, show_tail(r), &r->tail);
	if (isnan(r->mean.base))
		return;
	text_addf(out, "; ");
	add_one(out, r, "mean", &r->mean);
}

void show_add_p(struct text *out, double p)
{
	if (isnan(p))
		text_addf(out, "-");
	else if (p < 1e-300)
		text_addf(out, "< 1e-300");
	else
		text_addf(out, p < 0.001 ? "%.1e" : "%.3f", p);
}

void show_add_test(struct text *out, const struct comparison *c, const struct row *r)
{
	text_addf(out, "p ");
	show_add_p(out, r->adjusted);
	text_addf(out, " after Holm's correction for %zu tests (", c->tested);
	if (r->is_share) {
		text_addf(out, "Fisher ");
		show_add_p(out, r->p);
		text_addf(out, ")");
		return;
	}
	text_addf(out, "Mann-Whitney ");
	show_add_p(out, r->p_ranks);
	text_addf(out, ", Kolmogorov-Smirnov ");
	show_add_p(out, r->p_shape);
	text_addf(out, ", tail ");
	show_add_p(out, r->p_tail);
	text_addf(out, "); tonight is greater in %.0f %% of pairs", 100 * r->effect.superiority);
	if (isfinite(r->effect.interval.low))
		text_addf(out, " (95 %%: %.0f to %.0f)", 100 * r->effect.interval.low,
		          100 * r->effect.interval.high);
}

static int by_name(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* The next name behind `last`; false: there is none. */
static bool next_only(const struct comparison *c, enum kept_name kind, int side,
                      const struct slice *last, uint16_t *next)
{
	const struct names *names = &c->vocabulary.names[kind];
	bool any = false;

	for (uint16_t i = 0; i < names->count; i++) {
		bool only = c->sides[side].met[kind][i] && !c->sides[!side].met[kind][i];
		if (!only || (last && by_name(names->list[i], *last) <= 0))
			continue;
		if (!any || by_name(names->list[i], names->list[*next]) < 0)
			*next = i;
		any = true;
	}
	return any;
}

size_t show_only(const struct comparison *c, enum kept_name kind, int side, void *context,
                 void (*each)(void *context, struct slice name, int64_t count))
{
	const struct slice *last = NULL;
	uint16_t next = 0;
	size_t n = 0;

	while (next_only(c, kind, side, last, &next)) {
		last = &c->vocabulary.names[kind].list[next];
		each(context, *last, c->sides[side].met[kind][next]);
		n++;
	}
	return n;
}
