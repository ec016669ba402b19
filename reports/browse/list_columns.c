/* Which columns a list shows, in which order: over the list it belongs to, which it changes at once. */
#include "reports/browse/list.h"

#include "base/mem.h"

struct chooser {
	struct view view;
	struct list *list; /* below on the stack, so it lives longer */
	struct scroll at;
};

static void swap(struct chooser *v, size_t a, size_t with)
{
	unsigned *order = v->list->order, kept = order[a];

	order[a] = order[with];
	order[with] = kept;
	v->at.cursor = with;
}

static bool act(struct browse *b, struct view *view, enum action what, struct err *err)
{
	struct chooser *v = (struct chooser *)view;
	unsigned n = v->list->kind->column_count;
	size_t at = v->at.cursor;

	(void)err;
	if (scroll_act(&v->at, what, n, view->page))
		return true;
	if (what == ACTION_MARK && at == 0 && v->list->order[0] == 0)
		browse_say(b, "the first column always stays");
	else if (what == ACTION_MARK)
		v->list->asked[v->list->order[at]] = v->list->shown[v->list->order[at]] ^= true;
	else if (what == ACTION_MOVE_UP && at > 1)
		swap(v, at, at - 1);
	else if (what == ACTION_MOVE_DOWN && at > 0 && at + 1 < n)
		swap(v, at, at + 1);
	else if (what == ACTION_OPEN)
		browse_key(b, KEYS_ESCAPE);
	else
		browse_say(b, "it cannot go further");
	return true;
}

static bool draw(struct browse *b, struct view *view, unsigned top, unsigned bottom,
                 struct err *err)
{
	struct chooser *v = (struct chooser *)view;
	const struct list_kind *k = v->list->kind;
	struct cells *c = &b->cells;

	(void)err;
	cells_putf(c, top, 0, c->columns, STYLE_BOLD, "Columns of the %s, from left to right",
	           k->many);
	view->page = bottom - top - 2;
	scroll_settle(&v->at, k->column_count, view->page);
	for (unsigned i = 0; i < view->page && v->at.top + i < k->column_count; i++) {
		size_t at = v->at.top + i;
		unsigned column = v->list->order[at], row = top + 2 + i;
		cells_putf(c, row, 0, c->columns, STYLE_PLAIN, "%s [%s] %s",
		           at == v->at.cursor ? ">" : " ", v->list->shown[column] ? "x" : " ",
		           k->columns[column].name);
		if (at == v->at.cursor)
			cells_style(c, row, 0, c->columns, STYLE_REVERSE);
	}
	return true;
}

static void chooser_free(struct view *v)
{
	mem_free(v);
}

static const struct view_kind kind = {
	.bit = VIEW_COLUMNS, .act = act, .draw = draw, .free = chooser_free
};

struct view *list_columns_new(struct list *l, struct err *err)
{
	struct chooser *v = mem_zalloc(sizeof *v);

	if (!v) {
		err_memory(err, "the columns");
		return NULL;
	}
	v->view = (struct view){ .kind = &kind, .page = 10 };
	v->list = l;
	return &v->view;
}
