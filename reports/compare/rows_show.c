/* What is kept of a row for those who read it: its curves, and tonight's calls that show it. */
#include "base/mem.h"
#include "reports/compare/rows.h"
#include "reports/records/store.h"
#include "reports/rows.h"

#include <math.h>

/* ---- curves ---- */

static const struct curve *keep_curve(struct comparison *c, struct sample s)
{
	struct curve *curve = s.n ? arena_alloc(&c->arena, sizeof *curve) : NULL;

	for (size_t i = 0; curve && i < CURVE_POINTS; i++)
		curve->points[i] = s.values[i * (s.n - 1) / (CURVE_POINTS - 1)];
	return curve;
}

static bool keep_curves(struct comparison *c, struct row *r)
{
	for (int side = 0; side < 2; side++) {
		struct view v = row_view(r, &c->sides[side]);
		if (!gathering_take(&c->gathered[side], &v, r->metric))
			return false;
		r->curves[side] = keep_curve(c, c->gathered[side].sample);
		if (!r->curves[side])
			return false;
	}
	return true;
}

/* ---- calls ---- */

struct worst {
	struct row_blame kept[VERDICT_MAX_BLAME];
	unsigned count;
	int64_t all;
	int sign; /* 1: greater is worse */
};

static bool is_worse(const struct worst *w, const struct row_blame *a, const struct row_blame *b)
{
	if (a->value * w->sign > b->value * w->sign)
		return true;
	return !(a->value * w->sign < b->value * w->sign) && a->call_id < b->call_id;
}

/* In its place among the worst ones, if it is one of them. */
static void insert(struct worst *w, struct row_blame one)
{
	unsigned at = w->count;

	w->all++;
	while (at && is_worse(w, &one, &w->kept[at - 1]))
		at--;
	if (at == VERDICT_MAX_BLAME)
		return;
	if (w->count < VERDICT_MAX_BLAME)
		w->count++;
	memmove(&w->kept[at + 1], &w->kept[at], (w->count - at - 1) * sizeof w->kept[0]);
	w->kept[at] = one;
}

/* Beyond what the baseline has in 19 of 20; where that is not where they differ, beyond its middle. */
static void find_values(const struct row *r, const struct view *v, struct worst *w)
{
	const float *column = v->frame->columns[r->metric];
	double tail = r->tail.by * w->sign > 0 ? r->tail.base : r->middle.base;

	for (uint32_t i = 0; i < v->count; i++) {
		uint32_t unit = view_unit(v, i);
		double value = (double)column[unit];
		if (!isnan(value) && value * w->sign > tail * w->sign)
			insert(w, (struct row_blame){ .call_id = v->frame->calls[unit],
			                              .value = value });
	}
}

/* Of an outcome that there should be more of, those that have another. */
static void find_shares(const struct row *r, const struct view *v, struct worst *w)
{
	for (uint32_t i = 0; i < v->count; i++) {
		uint32_t unit = view_unit(v, i);
		if (share_counts(r, v->frame, unit) &&
		    share_has(r, v->frame, unit) == (row_bad_sign(r) > 0))
			insert(w, (struct row_blame){ .call_id = v->frame->calls[unit] });
	}
}

static void describe(struct comparison *c, const struct row *r, const struct row_blame *b,
                     struct query *q, struct text *out)
{
	if (query_is_null(q, 0) && query_is_null(q, 1)) {
		text_addf(out, "?");
	} else {
		text_add(out, query_text(q, 0));
		text_addf(out, " -> ");
		text_add(out, query_text(q, 1));
	}
	text_addf(out, ", ");
	if (!r->is_share) {
		metric_add_name(out, r->metric);
		text_addf(out, " %.*f%s%s", (int)row_decimals(r), b->value * row_factor(r),
		          *row_unit(r) ? " " : "", row_unit(r));
	} else if (row_bad_sign(r) > 0) {
		row_add_name(out, c, r);
	} else {
		text_addf(out, "outcome ");
		text_add(out, query_text(q, 2));
	}
}

static bool name_calls(struct comparison *c, const struct row *r, struct row_blame *blame,
                       unsigned count, struct records *tonight, struct err *err)
{
	struct query *q =
	        query_new(tonight, err, "SELECT caller, callee, outcome FROM calls WHERE id = ?1");
	struct text text;
	bool ok = q != NULL;

	text_init(&text);
	for (unsigned i = 0; ok && i < count; i++) {
		text_reset(&text);
		query_bind_int(q, 1, blame[i].call_id);
		if (blame[i].call_id != RECORD_NULL && query_step(q, err))
			describe(c, r, &blame[i], q, &text);
		else
			text_addf(&text, "of no call, %s",
			          r->is_share ? share_names[r->share]
			                      : metric_kind(r->metric)->name);
		query_reset(q);
		ok = err->code == ERR_NONE &&
		     ((!text.failed &&
		       arena_keep(&c->arena, slice_of(text.p, text.n), &blame[i].text)) ||
		      err_memory(err, "what is compared"));
	}
	text_release(&text);
	query_free(q);
	return ok;
}

static bool find_calls(struct comparison *c, struct row *r, struct records *tonight,
                       struct err *err)
{
	struct worst w = { .sign = row_bad_sign(r) };
	struct view v = row_view(r, &c->sides[1]);

	if (r->is_share)
		find_shares(r, &v, &w);
	else
		find_values(r, &v, &w);
	r->blame_all = w.all;
	if (!w.count)
		return true;
	r->blame = arena_alloc(&c->arena, w.count * sizeof *r->blame);
	if (!r->blame)
		return err_memory(err, "what is compared");
	memcpy(r->blame, w.kept, w.count * sizeof *r->blame);
	r->blame_count = w.count;
	return name_calls(c, r, r->blame, w.count, tonight, err);
}

bool rows_show(struct comparison *c, struct records *tonight, struct err *err)
{
	for (size_t i = 0; i < c->count; i++) {
		struct row *r = &c->rows[i];
		bool differs = r->verdict == ROW_WORSE || r->verdict == ROW_BETTER;
		if (!r->is_share && (differs || r->scope == SCOPE_ALL) && !keep_curves(c, r))
			return err_memory(err, "what is compared");
		if (r->verdict == ROW_WORSE && !find_calls(c, r, tonight, err))
			return false;
	}
	return true;
}
