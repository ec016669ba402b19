#include "reports/browse/list.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- ids --------------------------------------------------------------------------------------------------------- */

static void add_pattern(struct text *out, const char *s)
{
	text_addf(out, "%%");
	for (; *s; s++)
		text_addf(out, "%s%c", *s == '%' || *s == '_' || *s == '\\' ? "\\" : "", *s);
	text_addf(out, "%%");
}

/* What has no value comes last either way. */
static struct query *ids_query(struct browse *b, const struct list *l, struct err *err)
{
	const struct list_kind *k = l->kind;
	const char *sort = k->columns[l->sort].sort;
	struct text sql, pattern;
	struct query *q = NULL;

	text_init(&sql);
	text_init(&pattern);
	text_addf(&sql, "SELECT %s FROM %s AND (?2 IS NULL OR %s) ORDER BY %s IS NULL, %s%s, %s",
	          k->id, k->from, k->match, sort, sort, l->reverse ? " DESC" : "", k->id);
	if (l->filter[0])
		add_pattern(&pattern, l->filter);
	if (sql.failed || pattern.failed)
		err_memory(err, "a query");
	else
		q = query_new(b->records, err, text_cstr(&sql));
	if (q) {
		query_bind_int(q, 1, l->of_id);
		query_bind_text(q, 2, l->filter[0] ? slice_of(pattern.p, pattern.n) : SLICE_NONE);
	}
	text_release(&sql);
	text_release(&pattern);
	return q;
}

static bool keep_id(struct list *l, int64_t id, struct err *err)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		void *grown = mem_resize(l->ids, room * sizeof *l->ids);
		if (!grown)
			return err_memory(err, "the list");
		l->ids = grown;
		l->room = room;
	}
	l->ids[l->count++] = id;
	if (id > l->greatest)
		l->greatest = id;
	return true;
}

static void go_to_id(struct list *l, int64_t id)
{
	l->at.cursor = 0;
	for (size_t i = 0; i < l->count; i++)
		if (l->ids[i] == id) {
			l->at.cursor = i;
			break;
		}
	scroll_settle(&l->at, l->count, l->view.page);
}

bool list_fill(struct browse *b, struct list *l, struct err *err)
{
	int64_t current = list_current(l);
	struct query *q = l->kind->ids ? l->kind->ids(b, l, err) : ids_query(b, l, err);

	if (!q)
		return false;
	bool ok = true;
	for (l->count = 0; ok && query_step(q, err);)
		ok = keep_id(l, query_int(q, 0), err);
	query_free(q);
	if (!l->filter[0])
		l->all = (int64_t)l->count;
	go_to_id(l, current);
	return ok && err->code == ERR_NONE;
}

int64_t list_current(const struct list *l)
{
	return l->at.cursor < l->count ? l->ids[l->at.cursor] : RECORD_NULL;
}

/* --- marks ------------------------------------------------------------------------------------------------------- */

static size_t mark_place(const struct list *l, int64_t id)
{
	size_t at = 0;

	while (at < l->mark_count && l->marks[at] < id)
		at++;
	return at;
}

bool list_is_marked(const struct list *l, int64_t id)
{
	size_t at = mark_place(l, id);

	return at < l->mark_count && l->marks[at] == id;
}

static void mark(struct browse *b, struct list *l)
{
	int64_t id = list_current(l);
	size_t at = mark_place(l, id);

	if (id == RECORD_NULL)
		return;
	if (list_is_marked(l, id)) {
		memmove(l->marks + at, l->marks + at + 1,
		        (--l->mark_count - at) * sizeof *l->marks);
	} else if (l->mark_count == LIST_MAX_MARKS) {
		browse_say(b, "%d marked are as many as there can be; u takes all marks away",
		           LIST_MAX_MARKS);
		return;
	} else {
		memmove(l->marks + at + 1, l->marks + at,
		        (l->mark_count++ - at) * sizeof *l->marks);
		l->marks[at] = id;
	}
	scroll_act(&l->at, ACTION_DOWN, l->count, l->view.page);
}

/* --- sorting ----------------------------------------------------------------------------------------------------- */

/* The next column in sight that can be sorted by, in the order shown. */
static bool next_sort(const struct list *l, bool right, unsigned *sort)
{
	unsigned n = l->kind->column_count, place = 0;

	while (place < n && l->order[place] != l->sort)
		place++;
	for (unsigned i = 1; i <= n; i++) {
		unsigned column = l->order[(place + (right ? i : n - i % n)) % n];
		if (l->shown[column] && l->kind->columns[column].sort && column != l->sort) {
			*sort = column;
			return true;
		}
	}
	return false;
}

static bool sort_by(struct browse *b, struct list *l, unsigned column, bool reverse,
                    struct err *err)
{
	l->sort = column;
	l->reverse = reverse;
	if (!list_fill(b, l, err))
		return false;
	browse_say(b, "sorted by %s, %s first", l->kind->columns[column].name,
	           reverse ? "largest" : "smallest");
	return true;
}

/* --- filter ------------------------------------------------------------------------------------------------------ */

static bool set_filter(struct browse *b, struct list *l, const char *text, struct err *err)
{
	char before[sizeof l->filter];

	memcpy(before, l->filter, sizeof before);
	snprintf(l->filter, sizeof l->filter, "%s", text);
	if (list_fill(b, l, err)) {
		browse_say(b, "%zu of %" PRId64 " %s", l->count, l->all, l->kind->many);
		return true;
	}
	memcpy(l->filter, before, sizeof before);
	return false;
}

bool list_answer(struct browse *b, struct view *v, enum prompt_kind kind, const char *text,
                 struct err *err)
{
	struct list *l = (struct list *)v;
	int64_t id = list_current(l);

	if (kind == PROMPT_FILTER)
		return set_filter(b, l, text, err);
	return browse_answer_save(b, kind, l->mark_count ? l->marks : &id,
	                          l->mark_count ? l->mark_count : id != RECORD_NULL, text, err);
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

static void shift(struct browse *b, struct list *l, bool right)
{
	if (right && l->shift < l->most_shift)
		l->shift++;
	else if (!right && l->shift)
		l->shift--;
	else
		browse_say(b, right ? "there is nothing further to the right"
		                    : "this is the left end");
}

static bool open_current(struct browse *b, struct list *l, struct err *err)
{
	int64_t id = list_current(l);

	if (id != RECORD_NULL)
		return l->kind->open(b, l, id, err);
	browse_say(b, "there is nothing in this list to open");
	return true;
}

static bool sort_aside(struct browse *b, struct list *l, bool right, struct err *err)
{
	unsigned column;

	if (next_sort(l, right, &column))
		return sort_by(b, l, column, l->reverse, err);
	browse_say(b, "there is no other column to sort by");
	return true;
}

static bool unfilter(struct browse *b, struct list *l, struct err *err)
{
	if (l->filter[0])
		return set_filter(b, l, "", err);
	browse_say(b, "there is no filter");
	return true;
}

bool list_act(struct browse *b, struct view *v, enum action what, struct err *err)
{
	struct list *l = (struct list *)v;
	bool known = true;

	if (scroll_act(&l->at, what, l->count, v->page))
		return true;
	switch (what) {
	case ACTION_LEFT:
	case ACTION_RIGHT: shift(b, l, what == ACTION_RIGHT); return true;
	case ACTION_OPEN: return open_current(b, l, err);
	case ACTION_MARK: mark(b, l); return true;
	case ACTION_UNMARK: l->mark_count = 0; return true;
	case ACTION_SORT_LEFT:
	case ACTION_SORT_RIGHT: return sort_aside(b, l, what == ACTION_SORT_RIGHT, err);
	case ACTION_SORT_TURN: return sort_by(b, l, l->sort, !l->reverse, err);
	case ACTION_COLUMNS: return browse_push(b, list_columns_new(l, err), err);
	case ACTION_UNFILTER: return unfilter(b, l, err);
	case ACTION_FILTER:
		browse_ask(b, PROMPT_FILTER, "Filter:", l->kind->hint, l->filter);
		return true;
	default: return !l->kind->act || l->kind->act(b, l, what, &known, err);
	}
}

/* --- life -------------------------------------------------------------------------------------------------------- */

bool list_reload(struct browse *b, struct view *v, struct err *err)
{
	struct list *l = (struct list *)v;

	query_free(l->row);
	l->row = NULL;
	l->hits = NULL;
	return list_fill(b, l, err);
}

void list_free(struct view *v)
{
	struct list *l = (struct list *)v;

	query_free(l->row);
	mem_free(l->ids);
	mem_free(l);
}

/* With a filter from the start, all are only counted. */
static bool fill_first(struct browse *b, struct list *l, const char *filter, struct err *err)
{
	snprintf(l->filter, sizeof l->filter, "%s", filter);
	return (!filter[0] ||
	        rows_int(b->records, l->kind->count_sql, RECORD_NULL, &l->all, err)) &&
	       list_fill(b, l, err);
}

struct list *list_new(struct browse *b, const struct list_kind *kind, enum action tab,
                      int64_t of_id, const char *filter, struct err *err)
{
	struct list *l = mem_zalloc(sizeof *l);

	if (!l) {
		err_memory(err, "a list");
		return NULL;
	}
	l->view = (struct view){ .kind = &kind->view, .tab = tab, .page = 20 };
	l->kind = kind;
	l->of_id = of_id;
	l->sort = kind->sort;
	l->reverse = kind->reverse;
	for (unsigned i = 0; i < kind->column_count; i++) {
		l->order[i] = i;
		l->shown[i] = !kind->columns[i].hidden;
	}
	if (fill_first(b, l, filter, err))
		return l;
	list_free(&l->view);
	return NULL;
}
