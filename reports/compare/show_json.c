/* A comparison as one JSON document: docs/compare.md has its fields. Numbers as in the records: ratios 0..1, ms. */
#include "reports/compare/show.h"
#include "reports/records/store.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>

#define JSON_VERSION 1

struct page {
	const struct comparison *c;
	struct text *out, line;
};

static void add_text(struct text *out, const char *key, struct slice value)
{
	text_addf(out, "\"%s\": \"", key);
	text_add_json(out, value);
	text_addf(out, "\"");
}

/* What was put together in p->line. */
static void add_line(struct page *p, const char *key)
{
	add_text(p->out, key, slice_of(p->line.p, p->line.n));
	p->out->failed |= p->line.failed;
	text_reset(&p->line);
}

static void add_real(struct text *out, const char *key, double value)
{
	text_addf(out, ", \"%s\": ", key);
	rows_add_json_real(out, value);
}

static void add_int(struct text *out, const char *key, int64_t value)
{
	if (value == RECORD_NULL)
		text_addf(out, ", \"%s\": null", key);
	else
		text_addf(out, ", \"%s\": %" PRId64, key, value);
}

static void add_side(struct page *p, const char *key, int side)
{
	const struct volume *v = &p->c->sides[side].volume;

	text_addf(p->out, "\t\"%s\": {", key);
	add_text(p->out, "name", slice_str(p->c->names[side]));
	add_int(p->out, "databases", v->databases);
	add_int(p->out, "calls", v->calls);
	add_int(p->out, "streams", v->streams);
	add_int(p->out, "registrations", v->registrations);
	add_int(p->out, "packets", v->packets);
	add_int(p->out, "first_us", v->first_us);
	add_int(p->out, "last_us", v->last_us);
	text_addf(p->out, "},\n");
}

static void add_difference(struct page *p, const char *key, const struct difference *d)
{
	text_addf(p->out, ", \"%s\": {\"base\": ", key);
	rows_add_json_real(p->out, d->base);
	add_real(p->out, "tonight", d->tonight);
	add_real(p->out, "difference", d->by);
	add_real(p->out, "low", d->interval.low);
	add_real(p->out, "high", d->interval.high);
	add_real(p->out, "limit", d->limit);
	add_real(p->out, "band", d->band);
	text_addf(p->out, "}");
}

static void add_tests(struct page *p, const struct row *r)
{
	add_real(p->out, "p", r->p);
	add_real(p->out, "p_holm", r->adjusted);
	if (r->is_share)
		return;
	add_real(p->out, "p_mann_whitney", r->p_ranks);
	add_real(p->out, "p_kolmogorov_smirnov", r->p_shape);
	add_real(p->out, "p_tail", r->p_tail);
	text_addf(p->out, ", \"superiority\": {\"value\": ");
	rows_add_json_real(p->out, r->effect.superiority);
	add_real(p->out, "low", r->effect.interval.low);
	add_real(p->out, "high", r->effect.interval.high);
	text_addf(p->out, "}");
}

static void add_calls(struct page *p, const struct row *r)
{
	add_int(p->out, "calls_beyond", r->blame_all);
	text_addf(p->out, ", \"calls\": [");
	for (unsigned i = 0; i < r->blame_count; i++) {
		text_addf(p->out, i ? ", {" : "{");
		add_text(p->out, "text", r->blame[i].text);
		add_int(p->out, "call_id", r->blame[i].call_id);
		if (!r->is_share)
			add_real(p->out, "value", r->blame[i].value);
		text_addf(p->out, "}");
	}
	text_addf(p->out, "]");
}

static void add_row(struct page *p, const struct row *r)
{
	text_addf(p->out, "\t\t{");
	row_add_scope(&p->line, p->c, r);
	add_line(p, "scope");
	text_addf(p->out, ", ");
	row_add_name(&p->line, p->c, r);
	add_line(p, "measure");
	text_addf(p->out, ", \"verdict\": \"%s\"",
	          r->neutral                  ? "information"
	          : r->verdict == ROW_TOO_FEW ? "too_few"
	                                      : row_verdicts[r->verdict]);
	text_addf(p->out, ", \"why\": ");
	text_addf(p->out, r->why ? "\"%s\"" : "null", r->why);
	for (int side = 0; side < 2; side++) {
		add_int(p->out, side ? "units_tonight" : "units_base", r->units[side]);
		if (r->is_share)
			add_int(p->out, side ? "hits_tonight" : "hits_base", r->hits[side]);
	}
	add_difference(p, r->is_share ? "share" : "median", &r->middle);
	if (!r->is_share)
		add_difference(p, show_tail(r), &r->tail);
	if (!isnan(r->mean.base))
		add_difference(p, "mean", &r->mean);
	add_tests(p, r);
	if (r->verdict == ROW_WORSE)
		add_calls(p, r);
	text_addf(p->out, "}");
}

struct only {
	struct text *out;
	unsigned count;
};

static void add_only(void *context, struct slice name, int64_t count)
{
	struct only *o = context;

	text_addf(o->out, o->count++ ? ", {" : "{");
	add_text(o->out, "name", name);
	add_int(o->out, "count", count);
	text_addf(o->out, "}");
}

static void add_one_sided(struct page *p, const char *key, int side)
{
	text_addf(p->out, ",\n\t\"%s\": {", key);
	for (int kind = 0; kind < KEPT_NAMES; kind++) {
		struct only o = { p->out, 0 };
		text_addf(p->out, "%s\"%s\": [", kind ? ", " : "", kept_names[kind]);
		show_only(p->c, (enum kept_name)kind, side, &o, add_only);
		text_addf(p->out, "]");
	}
	text_addf(p->out, "}");
}

static void add_head(struct page *p)
{
	const struct comparison *c = p->c;
	enum row_verdict v = show_verdict(c);

	text_addf(p->out, "{\n\t\"format\": \"milliwatt-compare\", \"version\": %d,\n",
	          JSON_VERSION);
	text_addf(p->out, "\t\"verdict\": \"%s\", \"worse\": %zu, \"better\": %zu, \"same\": %zu, ",
	          v == ROW_TOO_FEW ? "too_few" : row_verdicts[v], c->verdicts[ROW_WORSE],
	          c->verdicts[ROW_BETTER], c->verdicts[ROW_SAME]);
	text_addf(p->out, "\"too_few\": %zu,\n\t\"tests\": %zu, \"nights\": %zu",
	          c->verdicts[ROW_TOO_FEW], c->tested, c->nights);
	add_real(p->out, "alpha", c->limits.alpha);
	text_addf(p->out, ",\n");
	add_side(p, "base", 0);
	add_side(p, "tonight", 1);
}

bool comparison_json(const struct comparison *c, struct text *out, struct err *err)
{
	struct page p = { .c = c, .out = out };

	text_init(&p.line);
	add_head(&p);
	text_addf(out, "\t\"measures\": [");
	for (size_t i = 0; i < c->count && !out->failed; i++) {
		text_addf(out, i ? ",\n" : "\n");
		add_row(&p, &c->rows[i]);
	}
	text_addf(out, "\n\t]");
	add_one_sided(&p, "only_base", 0);
	add_one_sided(&p, "only_tonight", 1);
	text_addf(out, "\n}\n");
	text_release(&p.line);
	return !out->failed || err_memory(err, "the comparison");
}
