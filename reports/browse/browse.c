#include "reports/browse/browse.h"

#include "reports/browse/frame.h"
#include "reports/browse/view.h"
#include "reports/records/store.h"

#include <stdarg.h>
#include <stdio.h>

/* --- the line at the bottom ------------------------------------------------------------------------------------- */

void browse_say(struct browse *b, const char *format, ...)
{
	char buf[600];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	text_reset(&b->line);
	text_addf(&b->line, "%s", buf);
	b->line_is_error = false;
}

void browse_say_error(struct browse *b, struct err *err)
{
	browse_say(b, "%s", err->text);
	b->line_is_error = true;
	*err = (struct err)ERR_INIT;
}

void browse_ask(struct browse *b, enum prompt_kind kind, const char *label, const char *hint,
                const char *text)
{
	prompt_open(&b->prompt, kind, label, hint, text);
}

/* --- the stack --------------------------------------------------------------------------------------------------- */

static struct view *top_of(const struct browse *b)
{
	return b->views[b->depth - 1];
}

static void pop(struct browse *b)
{
	struct view *v = b->views[--b->depth];

	b->views[b->depth] = NULL;
	v->kind->free(v);
}

bool browse_push(struct browse *b, struct view *v, struct err *err)
{
	if (!v)
		return err->code == ERR_NONE; /* nothing to show, and that was said */
	if (b->depth == BROWSE_DEPTH)
		pop(b);
	b->views[b->depth++] = v;
	return true;
}

static bool go_to(struct browse *b, enum action tab, struct err *err)
{
	struct view *v = NULL;

	if (tab == ACTION_STREAMS && top_of(b)->kind->bit == VIEW_FLOW)
		return top_of(b)->kind->act(b, top_of(b), tab, err);
	while (b->depth > 1)
		pop(b);
	switch (tab) {
	case ACTION_FINDINGS: v = list_findings_new(b, RECORD_NULL, err); break;
	case ACTION_STREAMS: v = list_streams_new(b, RECORD_NULL, err); break;
	case ACTION_REGISTRATIONS: v = list_registrations_new(b, err); break;
	case ACTION_SUMMARY: v = page_summary_new(b, err); break;
	case ACTION_FIGURES: v = page_figures_new(b, err); break;
	default: return true;
	}
	return browse_push(b, v, err);
}

static void go_back(struct browse *b)
{
	if (b->depth > 1)
		pop(b);
	else
		b->done = true;
}

/* --- the database ------------------------------------------------------------------------------------------------ */

static void note_file(struct browse *b)
{
	const char *path = records_path(b->records);

	b->has_seen = path && stat(path, &b->seen) == 0;
	b->told_changed = false;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Said once; what is shown stays that of the file that was opened. */
static void watch_file(struct browse *b)
{
	struct stat now;

	if (!b->has_seen || b->told_changed)
		return;
	if (stat(records_path(b->records), &now) != 0)
		browse_say(b, "the database '%s' is gone; what you see is what it held",
		           records_path(b->records));
	else if (!is_same_file(&now, &b->seen))
		browse_say(b, "the database was written anew; F5 reads it again");
	else
		return;
	b->told_changed = true;
}

static void forget_hits(struct browse *b)
{
	for (unsigned i = 0; i < HITS_KINDS; i++)
		if (b->has_hits[i])
			hits_release(&b->hits[i]);
	memset(b->has_hits, 0, sizeof b->has_hits);
}

const struct hits *browse_hits(struct browse *b, enum hits_of of, struct err *err)
{
	if (b->has_hits[of])
		return &b->hits[of];
	b->has_hits[of] = hits_load(&b->hits[of], b->records, of, err);
	if (!b->has_hits[of])
		hits_release(&b->hits[of]);
	return b->has_hits[of] ? &b->hits[of] : NULL;
}

static bool reload(struct browse *b, struct err *err)
{
	if (!b->doors->reopen)
		return err_set(err, ERR_USAGE, "there is no file to read again");
	struct records *r = b->doors->reopen(b->doors->context, err);
	if (!r)
		return false;
	for (unsigned i = b->depth; i-- > 1;)
		pop(b);
	struct records *old = b->records;
	bool owned = b->owned;
	forget_hits(b);
	b->records = r;
	b->owned = true;
	bool ok = top_of(b)->kind->reload(b, top_of(b), err);
	if (owned)
		records_close(old);
	note_file(b);
	if (ok)
		browse_say(b, "the database was read again");
	return ok;
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

static bool act(struct browse *b, enum action what, struct err *err)
{
	switch (what) {
	case ACTION_BACK: go_back(b); return true;
	case ACTION_QUIT: b->done = true; return true;
	case ACTION_REDRAW: b->redraw = true; return true;
	case ACTION_HELP: return browse_push(b, page_help_new(b, top_of(b)->kind->bit, err), err);
	case ACTION_RELOAD: return reload(b, err);
	case ACTION_CALLS:
	case ACTION_FINDINGS:
	case ACTION_STREAMS:
	case ACTION_REGISTRATIONS:
	case ACTION_SUMMARY:
	case ACTION_FIGURES: return go_to(b, what, err);
	default: return top_of(b)->kind->act(b, top_of(b), what, err);
	}
}

static void say_unknown(struct browse *b, int key)
{
	struct text name;

	text_init(&name);
	keys_name(key, &name);
	browse_say(b, "%s does nothing here; F1 or h shows what does", text_cstr(&name));
	text_release(&name);
}

static bool answer(struct browse *b, int key, struct err *err)
{
	struct prompt typed;

	switch (prompt_key(&b->prompt, key)) {
	case PROMPT_GOES_ON: return true;
	case PROMPT_GIVEN_UP: b->prompt.kind = PROMPT_NONE; return true;
	case PROMPT_DONE: break;
	}
	typed = b->prompt;
	b->prompt.kind = PROMPT_NONE;
	if (top_of(b)->kind->answer(b, top_of(b), typed.kind, typed.text, err))
		return true;
	if (err->code == ERR_USAGE && b->prompt.kind == PROMPT_NONE)
		b->prompt = typed; /* to be put right */
	return false;
}

void browse_key(struct browse *b, int key)
{
	struct err err = ERR_INIT;
	bool ok = true;

	if (key == KEYS_RESIZE || key == KEYS_NONE)
		return;
	text_reset(&b->line);
	b->line_is_error = false;
	if (b->prompt.kind) {
		ok = answer(b, key, &err);
	} else {
		const struct binding *found = keys_find(top_of(b)->kind->bit, key);
		if (found)
			ok = act(b, found->action, &err);
		else
			say_unknown(b, key);
		if (ok && !b->line.n)
			watch_file(b);
	}
	if (!ok)
		browse_say_error(b, &err);
}

/* --- life -------------------------------------------------------------------------------------------------------- */

bool browse_open(struct browse *b, struct records *r, const char *name, const char *filter,
                 const struct browse_doors *doors, bool utf8, struct err *err)
{
	*b = (struct browse){ .records = r, .name = name, .doors = doors };
	cells_init(&b->cells, utf8);
	text_init(&b->line);
	note_file(b);
	return browse_push(b, list_calls_new(b, filter, err), err);
}

void browse_release(struct browse *b)
{
	while (b->depth)
		pop(b);
	forget_hits(b);
	if (b->owned)
		records_close(b->records);
	cells_release(&b->cells);
	text_release(&b->line);
}

bool browse_draw(struct browse *b, unsigned rows, unsigned columns, struct err *err)
{
	struct err failed = ERR_INIT;

	if (!cells_clear(&b->cells, rows, columns, err))
		return false;
	if (rows < BROWSE_MIN_ROWS || columns < BROWSE_MIN_COLUMNS) {
		frame_draw_too_small(b);
		return true;
	}
	b->place[0] = '\0';
	if (!top_of(b)->kind->draw(b, top_of(b), 1, rows - 1, &failed))
		browse_say_error(b, &failed);
	frame_draw(b);
	return true;
}

void browse_draw_busy(struct browse *b, const char *text)
{
	unsigned row = b->cells.rows - 1;

	cells_fill(&b->cells, row, 0, b->cells.columns, STYLE_PLAIN);
	cells_put(&b->cells, row, 0, b->cells.columns, slice_str(text), STYLE_BOLD);
}
