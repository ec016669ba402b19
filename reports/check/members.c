/* Going through the members of a selection, and naming the worst of them. Conditions are judged here, not in SQL: a number means the same
 * wherever it stands. */
#include "reports/check/check_internal.h"

#include <inttypes.h>

/* Each once, however many fields need it. */
static void add_joins(struct text *sql, const struct selection *s, const char *join)
{
	if (join)
		text_addf(sql, "%s", join);
	for (const struct condition *c = s->conditions; c; c = c->next) {
		bool seen = !c->field->join || c->field->join == join;
		for (const struct condition *d = s->conditions; d != c; d = d->next)
			seen |= d->field->join == c->field->join;
		if (!seen)
			text_addf(sql, "%s", c->field->join);
	}
}

bool members_open(struct check *k, struct members *m, const struct selection *s, const char *value,
                  const char *join)
{
	struct text sql;

	*m = (struct members){ .of = s };
	text_init(&sql);
	text_addf(&sql, "SELECT %s, %s, %s", s->of->key, s->of->call, value);
	for (const struct condition *c = s->conditions; c; c = c->next)
		text_addf(&sql, ", %s", c->field->sql);
	text_addf(&sql, " FROM %s", s->of->from);
	add_joins(&sql, s, join);
	text_addf(&sql, " ORDER BY 1");
	if (sql.failed)
		err_memory(k->err, "a query");
	else
		m->query = query_new(k->records, k->err, text_cstr(&sql));
	text_release(&sql);
	return m->query != NULL;
}

static bool is_among(const struct selection *s, int64_t call_id)
{
	size_t low = 0, high = s->id_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->ids[middle] < call_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->id_count && s->ids[low] == call_id;
}

static bool is_member(const struct members *m)
{
	int column = MEMBER_CONDITIONS;

	if (m->of->ids && !is_among(m->of, query_int(m->query, MEMBER_CALL)))
		return false;
	for (const struct condition *c = m->of->conditions; c; c = c->next, column++) {
		bool text = c->field->kind == KIND_TEXT || c->field->kind == KIND_DIGITS;
		if (!(text ? bound_holds_text(&c->bound, query_text(m->query, column))
		           : bound_holds(&c->bound, query_real(m->query, column))))
			return false;
	}
	return true;
}

bool members_next(struct check *k, struct members *m)
{
	while (query_step(m->query, k->err))
		if (is_member(m))
			return true;
	return false;
}

void members_close(struct members *m)
{
	query_free(m->query);
	m->query = NULL;
}

bool members_count(struct check *k, const struct selection *s, int64_t *count)
{
	struct members m;

	*count = 0;
	if (!members_open(k, &m, s, "NULL", NULL))
		return false;
	while (members_next(k, &m))
		++*count;
	members_close(&m);
	return k->err->code == ERR_NONE;
}

double badness_of(const struct bound *b, double value)
{
	if (isnan(value))
		return -1;
	switch (b->op) {
	case BOUND_GE:
	case BOUND_GT: return b->low - value;
	case BOUND_LE:
	case BOUND_LT: return value - b->low;
	case BOUND_WITHIN: return value < b->low ? b->low - value : value - b->high;
	default: return isnan(b->low) ? 0 : fabs(value - b->low);
	}
}

/* Equally bad ones in the order of their keys. */
void worst_add(struct worst *w, double badness, int64_t key)
{
	int at = w->kept;

	w->count++;
	while (at > 0 && w->members[at - 1].badness < badness)
		at--;
	if (at == VERDICT_MAX_BLAME)
		return;
	if (w->kept < VERDICT_MAX_BLAME)
		w->kept++;
	for (int i = w->kept - 1; i > at; i--)
		w->members[i] = w->members[i - 1];
	w->members[at] = (struct worst_member){ badness, key };
}

static void add_shown_value(struct text *out, struct query *q, int column, const struct field *f)
{
	text_addf(out, ", %s ", f->name);
	if (query_is_null(q, column)) {
		text_addf(out, "not observed");
	} else if (f->kind == KIND_TEXT || f->kind == KIND_DIGITS) {
		struct slice rest = query_text(q, column), word;
		for (bool first = true; slice_split(&rest, 0x1F, &word); first = false)
			text_addf(out, "%s%.*s", first ? "" : " | ", SLICE_ARG(word));
	} else {
		bound_add_value(out, f->kind, query_real(q, column), NULL);
	}
}

static bool blame_one(struct check *k, struct query *q, int64_t key, const struct field *f,
                      struct verdict *v)
{
	struct text text;

	query_reset(q);
	query_bind_int(q, 1, key);
	if (!query_step(q, k->err))
		return k->err->code == ERR_NONE;
	text_init(&text);
	text_add(&text, query_text(q, 1));
	if (f)
		add_shown_value(&text, q, 2, f);
	verdicts_blame(k->out, v, query_int(q, 0), slice_of(text_cstr(&text), text.n));
	k->out->failed |= text.failed;
	text_release(&text);
	return true;
}

bool worst_blame(struct check *k, const struct worst *w, const struct selection *s,
                 const struct field *f, struct verdict *v)
{
	struct text sql;
	struct query *q = NULL;
	bool ok = true;

	if (!w->kept)
		return true;
	text_init(&sql);
	text_addf(&sql, "SELECT %s, %s, %s FROM %s%s WHERE %s = ?1", s->of->call, s->of->shown,
	          f ? f->sql : "NULL", s->of->from, f && f->join ? f->join : "", s->of->key);
	if (sql.failed)
		ok = err_memory(k->err, "a query");
	else
		q = query_new(k->records, k->err, text_cstr(&sql));
	text_release(&sql);
	for (int i = 0; q && ok && i < w->kept; i++)
		ok = blame_one(k, q, w->members[i].key, f, v);
	query_free(q);
	v->blame_count = w->count;
	return ok && q;
}
