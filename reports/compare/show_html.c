/* A comparison as one page that needs nothing beside it. */
#include "reports/compare/curves.h"
#include "reports/compare/show.h"
#include "reports/html/page.h"
#include "reports/records/store.h"

#include <inttypes.h>

struct page {
	const struct comparison *c;
	struct text *out, line;
};

/* What was put together in p->line, escaped. */
static void flush(struct page *p)
{
	html_add(p->out, slice_of(p->line.p, p->line.n));
	p->out->failed |= p->line.failed;
	text_reset(&p->line);
}

static void add_badge(struct page *p, const struct row *r)
{
	static const char *const classes[ROW_VERDICTS] = { "plain", "bad", "good", "warn" };

	if (r->neutral)
		text_addf(p->out, "<span class=\"badge faint\">information</span>");
	else
		text_addf(p->out, "<span class=\"badge %s\">%s</span>", classes[r->verdict],
		          row_verdicts[r->verdict]);
}

static void add_side(struct page *p, const char *label, int side)
{
	text_addf(p->out, "<dt>%s</dt><dd>", label);
	text_addf(&p->line, "%s: ", p->c->names[side]);
	show_add_volume(&p->line, &p->c->sides[side].volume);
	flush(p);
	text_addf(p->out, "</dd>\n");
}

static void add_where(struct page *p, enum row_verdict verdict)
{
	if (!p->c->verdicts[verdict])
		return;
	text_addf(p->out, "<dt>%s</dt><dd>", row_verdicts[verdict]);
	show_add_where(&p->line, p->c, verdict);
	flush(p);
	text_addf(p->out, "</dd>\n");
}

static void add_head(struct page *p)
{
	static const char *const classes[ROW_VERDICTS] = { "note", "bad", "note", "warn" };
	struct html_head head = { .title = SLICE_LIT("Tonight against the baseline"),
		                  .root = "",
		                  .alone = true };

	html_begin(p->out, &head);
	text_addf(p->out, "<h1>Tonight against the baseline</h1>\n<p class=\"notice %s\"><strong>",
	          classes[show_verdict(p->c)]);
	show_add_headline(&p->line, p->c);
	flush(p);
	text_addf(p->out, "</strong></p>\n<dl class=\"kv\">\n");
	add_where(p, ROW_WORSE);
	add_where(p, ROW_BETTER);
	add_side(p, "Baseline", 0);
	add_side(p, "Tonight", 1);
	text_addf(p->out, "<dt>Noise</dt><dd>");
	show_add_noise(&p->line, p->c);
	flush(p);
	text_addf(p->out,
	          "</dd>\n<dt>Plots</dt><dd>how many of the calls (up) have no more than this "
	          "(across): the baseline dashed, tonight solid</dd>\n</dl>\n");
}

/* ---- what differs ---- */

static void add_blame(struct page *p, const struct row *r)
{
	if (!r->blame_count)
		return;
	text_addf(p->out, "<details><summary>%" PRId64 " that show it</summary><ul>\n",
	          r->blame_all);
	for (unsigned i = 0; i < r->blame_count; i++) {
		text_addf(p->out, "<li>");
		if (r->blame[i].call_id != RECORD_NULL)
			text_addf(p->out, "call %" PRId64 ": ", r->blame[i].call_id);
		html_add(p->out, r->blame[i].text);
		text_addf(p->out, "</li>\n");
	}
	if (r->blame_all > r->blame_count)
		text_addf(p->out, "<li>and %" PRId64 " more</li>\n", r->blame_all - r->blame_count);
	text_addf(p->out, "</ul></details>\n");
}

static void add_card(struct page *p, const struct row *r)
{
	text_addf(p->out, "<section class=\"card\"><h3>");
	add_badge(p, r);
	text_addf(p->out, " ");
	row_add_scope(&p->line, p->c, r);
	text_addf(&p->line, ": ");
	row_add_name(&p->line, p->c, r);
	flush(p);
	text_addf(p->out, "</h3>\n<p>");
	show_add_difference(&p->line, r);
	flush(p);
	text_addf(p->out, "</p>\n");
	curves_add_svg(p->out, r);
	text_addf(p->out, "<p class=\"soft tiny\">");
	show_add_test(&p->line, p->c, r);
	flush(p);
	text_addf(p->out, "</p>\n");
	add_blame(p, r);
	text_addf(p->out, "</section>\n");
}

static void add_cards(struct page *p, enum row_verdict verdict, const char *title)
{
	if (!p->c->verdicts[verdict])
		return;
	text_addf(p->out, "<h2>%s</h2>\n<div class=\"grid\">\n", title);
	for (size_t i = 0; i < p->c->count; i++)
		if (p->c->rows[i].verdict == verdict && !p->c->rows[i].neutral)
			add_card(p, &p->c->rows[i]);
	text_addf(p->out, "</div>\n");
}

/* ---- one side only ---- */

struct only {
	struct page *page;
	const char *kind;
	int side;
	unsigned *all, count;
};

static void add_only(void *context, struct slice name, int64_t count)
{
	struct only *o = context;
	struct page *p = o->page;

	if (!(*o->all)++)
		text_addf(p->out, "<section class=\"card\"><h2>On one side only</h2>"
		                  "<dl class=\"kv\">\n");
	if (o->count++)
		text_addf(p->out, ", ");
	else
		text_addf(p->out, "<dt>%s %s</dt><dd>", o->kind,
		          o->side ? "tonight" : "in the baseline");
	html_add(p->out, name);
	text_addf(p->out, " (%" PRId64 ")", count);
}

static void add_one_sided(struct page *p)
{
	unsigned all = 0;

	for (int side = 1; side >= 0; side--)
		for (int kind = 0; kind < KEPT_NAMES; kind++) {
			struct only o = { p, kept_names[kind], side, &all, 0 };
			show_only(p->c, (enum kept_name)kind, side, &o, add_only);
			text_addf(p->out, o.count ? "</dd>\n" : "");
		}
	text_addf(p->out, all ? "</dl></section>\n" : "");
}

/* ---- everything ---- */

static void add_cell(struct page *p, const struct row *r, double value)
{
	text_addf(p->out, "<td class=\"num\">");
	show_add_value(&p->line, r, value);
	flush(p);
	text_addf(p->out, "</td>");
}

static void add_line(struct page *p, const struct row *r)
{
	text_addf(p->out, "<tr><th scope=\"row\">");
	row_add_name(&p->line, p->c, r);
	flush(p);
	text_addf(p->out, "</th>");
	add_cell(p, r, r->middle.base);
	add_cell(p, r, r->middle.tonight);
	add_cell(p, r, r->tail.base);
	add_cell(p, r, r->tail.tonight);
	text_addf(p->out, "<td class=\"num\">%" PRIu32 " / %" PRIu32 "</td><td class=\"num\">",
	          r->units[0], r->units[1]);
	show_add_p(&p->line, r->adjusted);
	flush(p);
	text_addf(p->out, "</td><td>");
	add_badge(p, r);
	text_addf(p->out, "</td></tr>\n");
}

static void begin_table(struct page *p, const struct row *r)
{
	text_addf(p->out, "<section class=\"card\"><h2>");
	row_add_scope(&p->line, p->c, r);
	flush(p);
	text_addf(p->out,
	          "</h2>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"data\"><thead><tr>"
	          "<th scope=\"col\">Measure</th>"
	          "<th scope=\"col\" class=\"num\">Median or share, baseline</th>"
	          "<th scope=\"col\" class=\"num\">tonight</th>"
	          "<th scope=\"col\" class=\"num\">p95 (MOS: p05), baseline</th>"
	          "<th scope=\"col\" class=\"num\">tonight</th>"
	          "<th scope=\"col\" class=\"num\">Calls</th>"
	          "<th scope=\"col\" class=\"num\">p</th>"
	          "<th scope=\"col\">Verdict</th></tr></thead>\n<tbody>\n");
}

static void add_tables(struct page *p)
{
	const struct row *last = NULL;

	for (size_t i = 0; i < p->c->count && !p->out->failed; i++) {
		const struct row *r = &p->c->rows[i];
		if (!last || last->scope != r->scope || last->scope_number != r->scope_number) {
			text_addf(p->out, last ? "</tbody></table></div></section>\n" : "");
			begin_table(p, r);
		}
		last = r;
		add_line(p, r);
	}
	text_addf(p->out, last ? "</tbody></table></div></section>\n" : "");
}

/* The distributions of all calls, where they are not among what differs. */
static void add_plots(struct page *p)
{
	text_addf(p->out, "<h2>All calls</h2>\n<div class=\"grid\">\n");
	for (size_t i = 0; i < p->c->count && p->c->rows[i].scope == SCOPE_ALL; i++) {
		const struct row *r = &p->c->rows[i];
		if (r->curves[0] && r->verdict != ROW_WORSE && r->verdict != ROW_BETTER)
			add_card(p, r);
	}
	text_addf(p->out, "</div>\n");
}

bool comparison_html(const struct comparison *c, struct text *out, struct err *err)
{
	struct page p = { .c = c, .out = out };

	text_init(&p.line);
	add_head(&p);
	add_cards(&p, ROW_WORSE, "Worse");
	add_cards(&p, ROW_BETTER, "Better");
	add_one_sided(&p);
	add_plots(&p);
	add_tables(&p);
	html_end(out);
	text_release(&p.line);
	return !out->failed || err_memory(err, "the comparison");
}
