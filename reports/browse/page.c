#include "reports/browse/page.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define MOST_LABEL 30

/* --- building ---------------------------------------------------------------------------------------------------- */

void page_add(struct text *out, enum page_style style, struct slice s)
{
	text_addf(out, "%c", (int)style);
	text_add_terminal(out, s);
	text_addf(out, "\n");
}

void page_addf(struct text *out, enum page_style style, const char *format, ...)
{
	char buf[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	page_add(out, style, slice_str(buf));
}

void page_add_text(struct text *out, struct slice s)
{
	struct slice line;

	while (slice_line(&s, &line)) {
		bool heading = line.n && line.p[0] != ' ';
		text_addf(out, "%c", heading ? PAGE_BOLD : PAGE_PLAIN);
		text_add(out, line);
		text_addf(out, "\n");
	}
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

static unsigned style_of(uint8_t octet)
{
	switch (octet) {
	case PAGE_BOLD: return STYLE_BOLD;
	case PAGE_DIM: return STYLE_DIM;
	case PAGE_RED: return STYLE_RED;
	case PAGE_YELLOW: return STYLE_YELLOW;
	case PAGE_GREEN: return STYLE_GREEN;
	default: return STYLE_PLAIN;
	}
}

static bool keep_line(struct reader *p, struct page_line line, struct err *err)
{
	if (p->line_count == PAGE_MAX_LINES)
		return true;
	if (p->line_count == p->line_room) {
		size_t room = p->line_room ? 2 * p->line_room : 256;
		void *grown = mem_resize(p->lines, room * sizeof *p->lines);
		if (!grown)
			return err_memory(err, "a page");
		p->lines = grown;
		p->line_room = room;
	}
	p->lines[p->line_count++] = line;
	return true;
}

/* Where a line goes on: under the value of "label      value", else a little further in than it began. */
static unsigned indent_of(struct slice s, unsigned width)
{
	unsigned n = 0, gap = 0;

	while (n < s.n && s.p[n] == ' ')
		n++;
	for (unsigned i = n; i < s.n && i < MOST_LABEL && i < width / 3; i++) {
		gap = s.p[i] == ' ' ? gap + 1 : 0;
		if (gap >= 2 && i + 1 < s.n && s.p[i + 1] != ' ')
			return i + 1;
	}
	return n + 2 < width / 2 ? n + 2 : 0;
}

static bool wrap_line(struct browse *b, struct reader *p, size_t from, struct slice s,
                      unsigned width, struct err *err)
{
	unsigned style = style_of(s.n ? s.p[0] : PAGE_PLAIN), indent = 0;
	unsigned next;
	size_t skip = 0, n;

	s = slice_from(s, 1);
	from++;
	next = indent_of(s, width);
	do {
		n = wrap_length(&b->cells, s, width - indent, &skip);
		if (!keep_line(p, (struct page_line){ from, n, style, indent }, err))
			return false;
		from += n + skip;
		s = slice_from(s, n + skip);
		indent = next;
	} while (s.n);
	return true;
}

static bool wrap(struct browse *b, struct reader *p, unsigned width, struct err *err)
{
	struct slice rest = slice_of(text_cstr(&p->text), p->text.n), line;

	p->line_count = 0;
	while (slice_split(&rest, '\n', &line) && (line.n || rest.p))
		if (!wrap_line(b, p, (size_t)(line.p - (const uint8_t *)p->text.p), line, width,
		               err))
			return false;
	return true;
}

/* In place where the place was, by share of the lines. */
static bool build(struct browse *b, struct reader *p, unsigned width, struct err *err)
{
	size_t before = p->line_count, top = p->at.cursor;

	text_reset(&p->text);
	p->line_count = 0;
	p->width = 0;
	if (!p->build(b, p, width, &p->text, err))
		return false;
	if (p->text.failed)
		return err_memory(err, "a page");
	if (!wrap(b, p, width, err))
		return false;
	p->width = width;
	p->found = SIZE_MAX;
	p->at.cursor = before ? top * p->line_count / before : 0;
	return true;
}

/* --- searching --------------------------------------------------------------------------------------------------- */

static struct slice line_text(const struct reader *p, size_t i)
{
	return slice_of(p->text.p + p->lines[i].from, p->lines[i].n);
}

static void search(struct browse *b, struct reader *p, bool back)
{
	size_t n = p->line_count, from = p->found < n ? p->found : p->at.cursor;

	if (!p->search[0]) {
		browse_say(b, "/ looks for a text first");
		return;
	}
	for (size_t i = p->found < n ? 1 : 0; i <= n && n; i++) {
		size_t at = (from + (back ? n - i % n : i)) % n;
		if (slice_ifind_str(line_text(p, at), p->search) == SLICE_NPOS)
			continue;
		p->found = at;
		p->at.cursor = at > 2 ? at - 2 : 0;
		return;
	}
	browse_say(b, "'%.80s' does not stand here", p->search);
}

/* --- saving ------------------------------------------------------------------------------------------------------ */

static bool save(struct browse *b, struct reader *p, enum prompt_kind kind, const char *path,
                 struct err *err)
{
	struct slice rest = slice_of(text_cstr(&p->text), p->text.n), line;
	struct stat st;
	struct text out;

	if (!path[0])
		return true;
	if (kind == PROMPT_SAVE && stat(path, &st) == 0) {
		browse_ask(b, PROMPT_REPLACE,
		           "Replace:", "there is such a file: Enter replaces it, Esc leaves it",
		           path);
		return true;
	}
	text_init(&out);
	while (slice_split(&rest, '\n', &line) && (line.n || rest.p)) {
		text_add(&out, slice_from(line, 1));
		text_addf(&out, "\n");
	}
	bool ok = (!out.failed || err_memory(err, "the text")) &&
	          b->doors->save_text(b->doors->context, &out, path, err);
	text_release(&out);
	if (ok)
		browse_say(b, "written to %s", path);
	return ok;
}

/* --- the view ---------------------------------------------------------------------------------------------------- */

static bool answer(struct browse *b, struct view *v, enum prompt_kind kind, const char *text,
                   struct err *err)
{
	struct reader *p = (struct reader *)v;

	if (kind != PROMPT_SEARCH)
		return save(b, p, kind, text, err);
	snprintf(p->search, sizeof p->search, "%s", text);
	p->found = SIZE_MAX;
	if (text[0])
		search(b, p, false);
	return true;
}

static bool act(struct browse *b, struct view *v, enum action what, struct err *err)
{
	struct reader *p = (struct reader *)v;

	(void)err;
	if (scroll_act(&p->at, what, p->line_count, 1)) { /* by lines */
		unsigned by =
		        what == ACTION_PAGE_UP || what == ACTION_PAGE_DOWN ? v->page : v->page / 2;
		bool up = what == ACTION_PAGE_UP || what == ACTION_HALF_UP;
		if (what == ACTION_PAGE_UP || what == ACTION_PAGE_DOWN || what == ACTION_HALF_UP ||
		    what == ACTION_HALF_DOWN)
			for (unsigned i = 1; i < by; i++)
				scroll_act(&p->at, up ? ACTION_UP : ACTION_DOWN, p->line_count, 1);
		return true;
	}
	switch (what) {
	case ACTION_SEARCH:
		browse_ask(b, PROMPT_SEARCH, "Search:", "a text; n goes on, N goes back",
		           p->search);
		break;
	case ACTION_NEXT:
	case ACTION_PREVIOUS: search(b, p, what == ACTION_PREVIOUS); break;
	case ACTION_SAVE:
		if (b->doors->save_text)
			browse_ask(b, PROMPT_SAVE, "Save to:", "a file for this text", p->file);
		else
			browse_say(b, "files cannot be written here");
		break;
	default: break;
	}
	return true;
}

static bool draw(struct browse *b, struct view *v, unsigned top, unsigned bottom, struct err *err)
{
	struct reader *p = (struct reader *)v;
	struct cells *c = &b->cells;
	size_t last;

	v->page = bottom - top;
	if (p->width != c->columns && !build(b, p, c->columns, err))
		return false;
	last = p->line_count > v->page ? p->line_count - v->page : 0;
	if (p->at.cursor > last)
		p->at.cursor = last;
	if (last)
		snprintf(b->place, sizeof b->place, "%zu %%", 100 * p->at.cursor / last);
	for (unsigned i = 0; i < v->page && p->at.cursor + i < p->line_count; i++) {
		const struct page_line *line = &p->lines[p->at.cursor + i];
		cells_put(c, top + i, line->indent, c->columns, line_text(p, p->at.cursor + i),
		          line->style);
		if (p->at.cursor + i == p->found)
			cells_style(c, top + i, 0, c->columns, STYLE_REVERSE);
	}
	return true;
}

static void page_free(struct view *v)
{
	struct reader *p = (struct reader *)v;

	text_release(&p->text);
	mem_free(p->lines);
	mem_free(p->ids);
	mem_free(p);
}

static const struct view_kind kind = {
	.bit = VIEW_PAGE, .act = act, .draw = draw, .answer = answer, .free = page_free
};

struct reader *page_new(bool (*make)(struct browse *b, struct reader *p, unsigned width,
                                     struct text *out, struct err *err),
                        enum action tab, const char *file, const int64_t *ids, size_t id_count,
                        struct err *err)
{
	struct reader *p = mem_zalloc(sizeof *p);

	if (!p || !(p->ids = mem_alloc((id_count + 1) * sizeof *ids))) {
		mem_free(p);
		err_memory(err, "a page");
		return NULL;
	}
	if (id_count)
		memcpy(p->ids, ids, id_count * sizeof *ids);
	p->view = (struct view){ .kind = &kind, .tab = tab, .page = 20 };
	p->build = make;
	p->file = file;
	p->id_count = id_count;
	p->found = SIZE_MAX;
	text_init(&p->text);
	return p;
}
