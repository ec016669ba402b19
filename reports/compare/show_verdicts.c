/* A comparison as assertions, for JUnit and exit codes. */
#include "reports/compare/show.h"
#include "reports/rows.h"

#include <math.h>

struct writer {
	const struct comparison *c;
	struct verdicts *out;
	struct text scope, name, text;
};

static void keep(struct writer *w, struct slice *to)
{
	verdicts_say(w->out, to, "%s", text_cstr(&w->text));
	w->out->failed |= w->text.failed;
	text_reset(&w->text);
}

/* "median 12 ms, p95 30 ms" */
static void add_values(struct text *out, const struct row *r, bool tonight)
{
	text_addf(out, "%s ", show_middle(r));
	show_add_value(out, r, tonight ? r->middle.tonight : r->middle.base);
	if (r->is_share)
		return;
	text_addf(out, ", %s ", show_tail(r));
	show_add_value(out, r, tonight ? r->tail.tonight : r->tail.base);
	if (isnan(r->mean.base))
		return;
	text_addf(out, ", mean ");
	show_add_value(out, r, tonight ? r->mean.tonight : r->mean.base);
}

static void add_row(struct writer *w, const struct row *r)
{
	static const enum verdict_result results[ROW_VERDICTS] = {
		[ROW_SAME] = VERDICT_PASSED,
		[ROW_WORSE] = VERDICT_FAILED,
		[ROW_BETTER] = VERDICT_PASSED,
		[ROW_TOO_FEW] = VERDICT_SKIPPED,
	};

	text_reset(&w->scope);
	text_reset(&w->name);
	row_add_scope(&w->scope, w->c, r);
	row_add_name(&w->name, w->c, r);
	w->out->failed |= w->scope.failed || w->name.failed;
	struct verdict *v = verdicts_add(w->out, slice_of(w->scope.p, w->scope.n),
	                                 slice_of(w->name.p, w->name.n), results[r->verdict]);
	text_addf(&w->text, "as the baseline: ");
	add_values(&w->text, r, false);
	keep(w, &v->expected);
	add_values(&w->text, r, true);
	keep(w, &v->actual);
	text_addf(&w->text, "%s%s%s: ", row_verdicts[r->verdict], r->why ? ", " : "",
	          r->why ? r->why : "");
	show_add_difference(&w->text, r);
	text_addf(&w->text, "\n");
	show_add_test(&w->text, w->c, r);
	keep(w, &v->note);
	for (unsigned i = 0; i < r->blame_count; i++)
		verdicts_blame(w->out, v, r->blame[i].call_id, r->blame[i].text);
	v->blame_count = r->blame_all;
}

/* An empty night must not pass for a good one. */
static void add_error(struct writer *w)
{
	struct verdict *v = verdicts_add(w->out, SLICE_LIT("all"), SLICE_LIT("enough to compare"),
	                                 VERDICT_ERROR);

	text_addf(&w->text, "at least %d calls or streams on each side", COMPARE_LEAST_UNITS);
	keep(w, &v->expected);
	for (int side = 0; side < 2; side++) {
		text_addf(&w->text, side ? "; tonight " : "baseline ");
		show_add_volume(&w->text, &w->c->sides[side].volume);
	}
	keep(w, &v->actual);
	text_addf(&w->text, "nothing could be told of any measure");
	keep(w, &v->note);
}

bool comparison_verdicts(const struct comparison *c, struct verdicts *out, struct err *err)
{
	struct writer w = { .c = c, .out = out };

	text_init(&w.scope);
	text_init(&w.name);
	text_init(&w.text);
	if (show_verdict(c) == ROW_TOO_FEW)
		add_error(&w);
	for (size_t i = 0; i < c->count; i++)
		if (!c->rows[i].neutral)
			add_row(&w, &c->rows[i]);
	text_release(&w.scope);
	text_release(&w.name);
	text_release(&w.text);
	return !out->failed || err_memory(err, "the comparison");
}
