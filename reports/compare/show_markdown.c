/* A comparison for a CI job's summary: what differs first, everything else folded away. */
#include "reports/compare/show.h"
#include "reports/records/store.h"
#include "reports/rows.h"

#include <inttypes.h>

#define BLAMED_SHOWN 5

struct page {
	const struct comparison *c;
	struct text *out, line;
};

static const char *const marks[ROW_VERDICTS] = { "✅", "❌", "🟢", "⚠️" };

/* What was put together in p->line, escaped. */
static void flush(struct page *p)
{
	text_add_markdown(p->out, slice_of(p->line.p, p->line.n));
	p->out->failed |= p->line.failed;
	text_reset(&p->line);
}

static void add_side(struct page *p, const char *label, int side)
{
	text_addf(p->out, "- **%s**: ", label);
	text_addf(&p->line, "%s: ", p->c->names[side]);
	show_add_volume(&p->line, &p->c->sides[side].volume);
	flush(p);
	text_addf(p->out, "\n");
}

static void add_where(struct page *p, enum row_verdict verdict)
{
	if (!p->c->verdicts[verdict])
		return;
	text_addf(p->out, "- **%s**: ", row_verdicts[verdict]);
	show_add_where(&p->line, p->c, verdict);
	flush(p);
	text_addf(p->out, "\n");
}

static void add_head(struct page *p)
{
	text_addf(p->out, "## %s Compared with the baseline: ", marks[show_verdict(p->c)]);
	show_add_headline(p->out, p->c);
	text_addf(p->out, "\n\n");
	add_where(p, ROW_WORSE);
	add_where(p, ROW_BETTER);
	add_side(p, "Baseline", 0);
	add_side(p, "Tonight", 1);
	text_addf(p->out, "- **Noise**: ");
	show_add_noise(p->out, p->c);
	text_addf(p->out, "\n");
}

static void add_cell(struct page *p, const struct row *r, double value)
{
	show_add_value(&p->line, r, value);
	text_addf(p->out, " ");
	flush(p);
	text_addf(p->out, " |");
}

static void add_row(struct page *p, const struct row *r)
{
	text_addf(p->out, "| %s %s | ", marks[r->verdict], row_verdicts[r->verdict]);
	row_add_scope(&p->line, p->c, r);
	flush(p);
	text_addf(p->out, " | ");
	row_add_name(&p->line, p->c, r);
	flush(p);
	text_addf(p->out, " |");
	add_cell(p, r, r->middle.base);
	add_cell(p, r, r->middle.tonight);
	add_cell(p, r, r->tail.base);
	add_cell(p, r, r->tail.tonight);
	text_addf(p->out, " ");
	show_add_p(p->out, r->adjusted);
	text_addf(p->out, " |\n");
}

static void begin_table(struct page *p)
{
	text_addf(p->out, "| Verdict | Of | Measure | Median or share, baseline | tonight | "
	                  "p95 (MOS: p05), baseline | tonight | p |\n"
	                  "|---|---|---|--:|--:|--:|--:|--:|\n");
}

static void add_rows(struct page *p, enum row_verdict verdict, const char *title)
{
	if (!p->c->verdicts[verdict])
		return;
	text_addf(p->out, "\n### %s\n\n", title);
	begin_table(p);
	for (size_t i = 0; i < p->c->count; i++)
		if (p->c->rows[i].verdict == verdict && !p->c->rows[i].neutral)
			add_row(p, &p->c->rows[i]);
}

static void add_call(struct page *p, const struct row_blame *b)
{
	text_addf(p->out, "  - ");
	if (b->call_id != RECORD_NULL)
		text_addf(p->out, "call %" PRId64 ": ", b->call_id);
	text_add_markdown(p->out, b->text);
	text_addf(p->out, "\n");
}

/* Which calls show what is worse. */
static void add_calls(struct page *p)
{
	if (!p->c->verdicts[ROW_WORSE])
		return;
	text_addf(p->out, "\n<details><summary>Calls that show it</summary>\n\n");
	for (size_t i = 0; i < p->c->count; i++) {
		const struct row *r = &p->c->rows[i];
		if (r->verdict != ROW_WORSE || !r->blame_count)
			continue;
		row_add_scope(&p->line, p->c, r);
		text_addf(&p->line, ", ");
		row_add_name(&p->line, p->c, r);
		text_addf(p->out, "- ");
		flush(p);
		text_addf(p->out, " (%" PRId64 ")\n", r->blame_all);
		for (unsigned b = 0; b < r->blame_count && b < BLAMED_SHOWN; b++)
			add_call(p, &r->blame[b]);
	}
	text_addf(p->out, "\n</details>\n");
}

struct only {
	struct page *page;
	const char *kind, *side;
	unsigned *all, count;
};

static void add_only(void *context, struct slice name, int64_t count)
{
	struct only *o = context;
	struct page *p = o->page;

	if (!(*o->all)++)
		text_addf(p->out, "\n### On one side only\n\n");
	if (o->count++)
		text_addf(p->out, ", ");
	else
		text_addf(p->out, "- %s %s: ", o->kind, o->side);
	text_add_markdown(p->out, name);
	text_addf(p->out, " (%" PRId64 ")", count);
}

static void add_one_sided(struct page *p)
{
	unsigned all = 0;

	for (int side = 1; side >= 0; side--)
		for (int kind = 0; kind < KEPT_NAMES; kind++) {
			struct only o = { p, kept_names[kind], side ? "tonight" : "in the baseline",
				          &all, 0 };
			show_only(p->c, (enum kept_name)kind, side, &o, add_only);
			text_addf(p->out, o.count ? "\n" : "");
		}
}

static void add_all(struct page *p)
{
	text_addf(p->out, "\n<details><summary>All calls</summary>\n\n");
	begin_table(p);
	for (size_t i = 0; i < p->c->count && p->c->rows[i].scope == SCOPE_ALL; i++)
		if (!p->c->rows[i].neutral)
			add_row(p, &p->c->rows[i]);
	text_addf(p->out, "\n</details>\n");
}

bool comparison_markdown(const struct comparison *c, struct text *out, struct err *err)
{
	struct page p = { .c = c, .out = out };

	text_init(&p.line);
	add_head(&p);
	add_rows(&p, ROW_WORSE, "Worse");
	add_calls(&p);
	add_rows(&p, ROW_BETTER, "Better");
	add_rows(&p, ROW_TOO_FEW, "Too few to tell");
	add_one_sided(&p);
	add_all(&p);
	text_release(&p.line);
	return !out->failed || err_memory(err, "the comparison");
}
