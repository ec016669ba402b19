/* A comparison for people at a terminal. */
#include "reports/compare/show.h"
#include "reports/records/store.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>

#define BLAMED_SHOWN 3

struct page {
	const struct comparison *c;
	struct text *out, line;
	bool colour;
};

/* What was put together in p->line, escaped. */
static void flush(struct page *p)
{
	text_add_terminal(p->out, slice_of(p->line.p, p->line.n));
	p->out->failed |= p->line.failed;
	text_reset(&p->line);
}

static void heading(struct page *p, const char *text)
{
	text_addf(p->out, p->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

static void add_side(struct page *p, const char *label, int side)
{
	text_addf(p->out, "%-10s ", label);
	text_addf(&p->line, "%s: ", p->c->names[side]);
	show_add_volume(&p->line, &p->c->sides[side].volume);
	flush(p);
	text_addf(p->out, "\n");
}

static void add_where(struct page *p, enum row_verdict verdict)
{
	if (!p->c->verdicts[verdict])
		return;
	text_addf(p->out, "%s: ", row_verdicts[verdict]);
	show_add_where(&p->line, p->c, verdict);
	flush(p);
	text_addf(p->out, "\n");
}

static void add_head(struct page *p)
{
	static const char *const colours[ROW_VERDICTS] = { "32", "31", "32", "33" };

	add_side(p, "Baseline", 0);
	add_side(p, "Tonight", 1);
	text_addf(p->out, "%-10s ", "Noise");
	show_add_noise(p->out, p->c);
	text_addf(p->out, "\n\n");
	if (p->colour)
		text_addf(p->out, "\033[1;%sm", colours[show_verdict(p->c)]);
	show_add_headline(p->out, p->c);
	text_addf(p->out, p->colour ? "\033[0m\n" : "\n");
	add_where(p, ROW_WORSE);
	add_where(p, ROW_BETTER);
}

static void add_blame(struct page *p, const struct row *r)
{
	for (unsigned i = 0; i < r->blame_count && i < BLAMED_SHOWN; i++) {
		text_addf(p->out, "      ");
		if (r->blame[i].call_id != RECORD_NULL)
			text_addf(p->out, "call %" PRId64 ": ", r->blame[i].call_id);
		text_add_terminal(p->out, r->blame[i].text);
		text_addf(p->out, "\n");
	}
	if (r->blame_all > BLAMED_SHOWN)
		text_addf(p->out, "      and %" PRId64 " more\n", r->blame_all - BLAMED_SHOWN);
	if (!r->blame_count || r->blame[0].call_id == RECORD_NULL)
		return;
	text_addf(p->out, "      milliwatt show ");
	rows_add_shell(p->out, p->c->names[1]);
	text_addf(p->out, " %" PRId64 "\n", r->blame[0].call_id);
}

static void add_row(struct page *p, const struct row *r)
{
	text_addf(p->out, "    ");
	row_add_name(&p->line, p->c, r);
	flush(p);
	text_addf(p->out, "\n      ");
	show_add_difference(p->out, r);
	text_addf(p->out, "\n      ");
	show_add_test(p->out, p->c, r);
	text_addf(p->out, "\n");
	if (r->why)
		text_addf(p->out, "      %s\n", r->why);
	add_blame(p, r);
}

/* Rows of a scope stand together. */
static void add_rows(struct page *p, enum row_verdict verdict, const char *title)
{
	const struct row *last = NULL;

	if (!p->c->verdicts[verdict])
		return;
	heading(p, title);
	for (size_t i = 0; i < p->c->count; i++) {
		const struct row *r = &p->c->rows[i];
		if (r->verdict != verdict || r->neutral)
			continue;
		if (!last || last->scope != r->scope || last->scope_number != r->scope_number) {
			text_addf(p->out, "  ");
			row_add_scope(&p->line, p->c, r);
			flush(p);
			text_addf(p->out, "\n");
		}
		last = r;
		add_row(p, r);
	}
}

static void add_too_few(struct page *p)
{
	if (!p->c->verdicts[ROW_TOO_FEW])
		return;
	heading(p, "Too few to tell");
	for (size_t i = 0; i < p->c->count; i++) {
		const struct row *r = &p->c->rows[i];
		if (r->verdict != ROW_TOO_FEW)
			continue;
		row_add_scope(&p->line, p->c, r);
		text_addf(&p->line, ": ");
		row_add_name(&p->line, p->c, r);
		text_addf(p->out, "  ");
		flush(p);
		text_addf(p->out, ", %" PRIu32 " against %" PRIu32 ": ", r->units[1], r->units[0]);
		show_add_difference(p->out, r);
		text_addf(p->out, "\n");
	}
}

/* ---- one side only ---- */

struct only {
	struct page *page;
	const char *title, *kind; /* title: NULL once it stands there */
	unsigned count;
};

static void add_only(void *context, struct slice name, int64_t count)
{
	struct only *o = context;
	struct page *p = o->page;

	if (o->title)
		heading(p, o->title);
	o->title = NULL;
	if (o->count++)
		text_addf(p->out, ", ");
	else
		text_addf(p->out, "  %-12s ", o->kind);
	text_add_terminal(p->out, name);
	text_addf(p->out, " (%" PRId64 ")", count);
}

static void add_side_only(struct page *p, int side, const char *title)
{
	struct only o = { .page = p, .title = title };

	for (int kind = 0; kind < KEPT_NAMES; kind++) {
		o.kind = kept_names[kind];
		o.count = 0;
		show_only(p->c, (enum kept_name)kind, side, &o, add_only);
		if (o.count)
			text_addf(p->out, "\n");
	}
}

/* ---- all calls at a glance ---- */

static void add_glance(struct page *p, const struct row *r)
{
	size_t start = p->out->n;

	text_addf(p->out, "  ");
	row_add_name(&p->line, p->c, r);
	flush(p);
	rows_pad(p->out, start, 36);
	const double values[] = { r->middle.base, r->tail.base, r->middle.tonight,
		                  r->tail.tonight };
	for (int i = 0; i < 4; i++) {
		show_add_value(&p->line, r, values[i]);
		text_addf(p->out, "%*s", p->line.n < 12 ? 12 - (int)p->line.n : 1, "");
		flush(p);
	}
	text_addf(p->out, "  %s\n", r->neutral ? "-" : row_verdicts[r->verdict]);
}

static void add_all(struct page *p)
{
	heading(p, "All calls");
	text_addf(p->out, "  %-34s%12s%12s%12s%12s  verdict\n", "", "baseline", "p95/p05",
	          "tonight", "p95/p05");
	for (size_t i = 0; i < p->c->count && p->c->rows[i].scope == SCOPE_ALL; i++)
		add_glance(p, &p->c->rows[i]);
}

bool comparison_text(const struct comparison *c, bool colour, struct text *out, struct err *err)
{
	struct page p = { .c = c, .out = out, .colour = colour };

	text_init(&p.line);
	add_head(&p);
	add_rows(&p, ROW_WORSE, "Worse");
	add_rows(&p, ROW_BETTER, "Better");
	add_too_few(&p);
	add_side_only(&p, 1, "Only tonight");
	add_side_only(&p, 0, "Only in the baseline");
	add_all(&p);
	text_release(&p.line);
	return !out->failed || err_memory(err, "the comparison");
}
