/* Which rows there are, and what they are of. */
#include "reports/compare/rows.h"

#include "base/mem.h"
#include "reports/records/store.h"

#include <math.h>

const char *const row_verdicts[ROW_VERDICTS] = { "same", "worse", "better", "too few to tell" };

/* ---- of one row ---- */

static enum frame_kind frame_of(const struct row *r)
{
	if (r->is_share ? r->share == SHARE_REGISTRATION : r->metric == METRIC_REGISTER)
		return FRAME_REGISTRATIONS;
	return r->scope == SCOPE_TRUNK ? FRAME_LEGS : FRAME_CALLS;
}

struct view row_view(const struct row *r, const struct population *side)
{
	const struct frame *f = &side->frames[frame_of(r)];

	return r->scope == SCOPE_ALL ? frame_all(f) : frame_scope(f, r->scope_number);
}

void row_add_scope(struct text *out, const struct comparison *c, const struct row *r)
{
	if (r->scope == SCOPE_ALL) {
		text_addf(out, "all");
		return;
	}
	enum kept_name kind = r->scope == SCOPE_TRUNK ? KEPT_TRUNK : KEPT_SCENARIO;
	text_addf(out, r->scope == SCOPE_TRUNK ? "trunk:" : "scenario:");
	text_add(out, c->vocabulary.names[kind].list[r->scope_number]);
}

void row_add_name(struct text *out, const struct comparison *c, const struct row *r)
{
	if (!r->is_share) {
		metric_add_name(out, r->metric);
		return;
	}
	text_addf(out, "%s ", share_names[r->share]);
	switch (r->share) {
	case SHARE_OUTCOME: text_addf(out, "%s", frame_outcomes[r->which]); break;
	case SHARE_STATUS: text_addf(out, "%u", (unsigned)r->which); break;
	case SHARE_FINDING: text_add(out, c->vocabulary.names[KEPT_RULE].list[r->which]); break;
	default: text_addf(out, "failed"); break;
	}
}

double row_factor(const struct row *r)
{
	return r->is_share ? 100 : metric_kind(r->metric)->factor;
}

const char *row_unit(const struct row *r)
{
	return r->is_share ? "%" : metric_kind(r->metric)->unit;
}

unsigned row_decimals(const struct row *r)
{
	return r->is_share ? 2 : metric_kind(r->metric)->decimals;
}

int row_bad_sign(const struct row *r)
{
	if (!r->is_share)
		return metric_kind(r->metric)->less_is_worse ? -1 : 1;
	bool good = (r->share == SHARE_OUTCOME && r->which == OUTCOME_ANSWERED) ||
	            (r->share == SHARE_STATUS && r->which >= 200 && r->which < 300);
	return good ? -1 : 1;
}

/* ---- shares ---- */

bool share_counts(const struct row *r, const struct frame *f, uint32_t unit)
{
	switch (r->share) {
	case SHARE_OUTCOME: return f->outcomes[unit] != OUTCOME_CUT;
	case SHARE_STATUS: return f->statuses[unit] >= 200;
	case SHARE_FINDING: return f->calls[unit] != RECORD_NULL;
	default: return true;
	}
}

/* The first hit that is no less: those of a rule stand together, in order of their units. */
static size_t find_hit(const struct frame *f, uint16_t rule, uint32_t unit)
{
	int64_t key = (int64_t)((uint64_t)rule << 32 | unit);
	size_t low = 0, high = f->hit_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (f->hits[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_hit(const struct frame *f, uint16_t rule, uint32_t unit)
{
	size_t at = find_hit(f, rule, unit);

	return at < f->hit_count && f->hits[at] == (int64_t)((uint64_t)rule << 32 | unit);
}

/* Without a look at every unit. */
static uint32_t count_hits(const struct view *v, uint16_t rule)
{
	const struct frame *f = v->frame;
	size_t end = find_hit(f, (uint16_t)(rule + 1), 0);
	uint32_t n = 0;

	for (size_t i = find_hit(f, rule, 0); i < end; i++)
		n += !v->units ||
		     (v->count && f->scopes[(uint32_t)f->hits[i]] == f->scopes[v->units[0]]);
	return n;
}

bool share_has(const struct row *r, const struct frame *f, uint32_t unit)
{
	switch (r->share) {
	case SHARE_OUTCOME: return f->outcomes[unit] == r->which;
	case SHARE_STATUS: return f->statuses[unit] == r->which;
	case SHARE_FINDING: return is_hit(f, r->which, unit);
	default: return f->outcomes[unit] == OUTCOME_FAILED;
	}
}

void share_count(const struct row *r, const struct view *v, uint32_t *units, uint32_t *hits)
{
	*units = *hits = 0;
	for (uint32_t i = 0; i < v->count; i++) {
		uint32_t unit = view_unit(v, i);
		if (!share_counts(r, v->frame, unit))
			continue;
		++*units;
		*hits += r->share != SHARE_FINDING && share_has(r, v->frame, unit);
	}
	if (r->share == SHARE_FINDING)
		*hits = count_hits(v, r->which);
}

/* ---- all of them ---- */

static struct row *add(struct comparison *c, struct row row)
{
	if (c->count == c->room) {
		size_t room = c->room ? c->room * 2 : 64;
		struct row *rows = mem_resize(c->rows, room * sizeof *rows);
		if (!rows)
			return NULL;
		c->rows = rows;
		c->room = room;
	}
	row.p = row.adjusted = row.p_ranks = row.p_shape = row.p_tail = NAN;
	row.middle.band = row.tail.band = row.mean.band = NAN;
	c->rows[c->count] = row;
	return &c->rows[c->count++];
}

static bool has_value(const struct view *v, enum metric m)
{
	const float *column = v->frame->columns[m];

	for (uint32_t i = 0; column && i < v->count; i++)
		if (!isnan(column[view_unit(v, i)]))
			return true;
	return false;
}

static bool collect_metrics(struct comparison *c, struct row scope)
{
	for (int m = 0; m < METRICS; m++) {
		if (m == METRIC_REGISTER && scope.scope != SCOPE_ALL)
			continue;
		struct row r = scope;
		r.metric = (enum metric)m;
		struct view base = row_view(&r, &c->sides[0]);
		struct view tonight = row_view(&r, &c->sides[1]);
		if (has_value(&base, r.metric) && has_value(&tonight, r.metric) && !add(c, r))
			return false;
	}
	return true;
}

/* A row where either side has any of it. */
static bool collect_share(struct comparison *c, struct row r)
{
	for (int side = 0; side < 2; side++) {
		struct view v = row_view(&r, &c->sides[side]);
		share_count(&r, &v, &r.units[side], &r.hits[side]);
	}
	if (!r.units[0] || !r.units[1] || !(r.hits[0] || r.hits[1]))
		return true;
	return add(c, r) != NULL;
}

/* Which final statuses there are in a scope. */
static void mark_statuses(const struct view *v, bool *seen)
{
	for (uint32_t i = 0; i < v->count; i++)
		seen[v->frame->statuses[view_unit(v, i)]] = true;
}

static bool collect_statuses(struct comparison *c, struct row r)
{
	bool seen[FRAME_STATUSES] = { false };

	r.share = SHARE_STATUS;
	for (int side = 0; side < 2; side++) {
		struct view v = row_view(&r, &c->sides[side]);
		mark_statuses(&v, seen);
	}
	for (uint16_t s = 200; s < FRAME_STATUSES; s++) {
		r.which = s;
		if (seen[s] && !collect_share(c, r))
			return false;
	}
	return true;
}

static bool collect_findings(struct comparison *c, struct row r)
{
	r.share = SHARE_FINDING;
	for (uint16_t rule = 0; rule < c->vocabulary.names[KEPT_RULE].count; rule++) {
		r.which = rule;
		r.neutral = c->vocabulary.info[rule];
		if (!collect_share(c, r))
			return false;
	}
	return true;
}

static bool collect_shares(struct comparison *c, struct row r)
{
	r.is_share = true;
	r.share = SHARE_OUTCOME;
	for (uint16_t o = 0; o < OUTCOME_CUT; o++) {
		r.which = o;
		if (!collect_share(c, r))
			return false;
	}
	if (!collect_statuses(c, r) || !collect_findings(c, r))
		return false;
	r.share = SHARE_REGISTRATION;
	r.which = 0;
	return r.scope != SCOPE_ALL || collect_share(c, r);
}

static bool collect_scope(struct comparison *c, enum scope scope, uint16_t number)
{
	struct row r = { .scope = scope, .scope_number = number };

	return collect_shares(c, r) && collect_metrics(c, r);
}

/* All of a database's calls in one scope: it would say what `all` says. */
static bool is_all(const struct comparison *c, enum kept_name kind)
{
	enum frame_kind frame = kind == KEPT_TRUNK ? FRAME_LEGS : FRAME_CALLS;

	if (c->vocabulary.names[kind].count != 1)
		return false;
	for (int side = 0; side < 2; side++) {
		const struct population *p = &c->sides[side];
		uint32_t all = p->frames[FRAME_CALLS].count;
		if (p->frames[frame].count != all || p->frames[frame].starts[1] != all)
			return false;
	}
	return true;
}

static bool collect_scopes(struct comparison *c, enum scope scope, enum kept_name kind)
{
	if (is_all(c, kind))
		return true;
	for (uint16_t i = 0; i < c->vocabulary.names[kind].count; i++)
		if (!collect_scope(c, scope, i))
			return false;
	return true;
}

bool rows_collect(struct comparison *c, struct err *err)
{
	return (collect_scope(c, SCOPE_ALL, 0) && collect_scopes(c, SCOPE_TRUNK, KEPT_TRUNK) &&
	        collect_scopes(c, SCOPE_SCENARIO, KEPT_SCENARIO)) ||
	       err_memory(err, "what is compared");
}
