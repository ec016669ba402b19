/* Verdicts as a table of a page. */
#include "reports/records/store.h"
#include "reports/verdicts_internal.h"

#include <inttypes.h>

static void add_cell(struct text *out, struct slice s)
{
	text_addf(out, "<td>");
	if (s.p)
		text_add_html(out, s);
	else
		text_addf(out, "<span aria-label=\"nothing\">-</span>");
	text_addf(out, "</td>");
}

static void add_call(const struct verdict_blame *b,
                     void (*call_link)(struct text *out, int64_t call_id), struct text *out)
{
	bool link = call_link && b->call_id != RECORD_NULL;

	text_addf(out, "<li>");
	if (link) {
		text_addf(out, "<a href=\"");
		call_link(out, b->call_id);
		text_addf(out, "\">");
	}
	if (b->call_id != RECORD_NULL)
		text_addf(out, "call %" PRId64, b->call_id);
	text_addf(out, link ? "</a>" : "");
	text_addf(out, b->call_id != RECORD_NULL ? ": " : "");
	text_add_html(out, b->text);
	text_addf(out, "</li>");
}

static void add_details(const struct verdict *one,
                        void (*call_link)(struct text *out, int64_t call_id), struct text *out)
{
	struct slice note = one->note;

	for (struct slice line; one->note.n && slice_line(&note, &line);) {
		text_addf(out, "<p>");
		text_add_html(out, line);
		text_addf(out, "</p>");
	}
	if (one->file.p) {
		text_addf(out, "<p class=\"where\">");
		text_add_html(out, one->file);
		text_addf(out, one->line ? ":%u</p>" : "</p>", one->line);
	}
	if (!one->blame)
		return;
	text_addf(out, "<ul>");
	for (const struct verdict_blame *b = one->blame; b; b = b->next)
		add_call(b, call_link, out);
	if (verdict_more_blame(one))
		text_addf(out, "<li>and %" PRId64 " more</li>", verdict_more_blame(one));
	text_addf(out, "</ul>");
}

static void add_row(const struct verdict *one, void (*call_link)(struct text *out, int64_t call_id),
                    struct text *out)
{
	static const char *const words[VERDICT_RESULTS] = { "holds", "falls short", "not judged",
		                                            "skipped" };
	/* Of reports/html/style.css. */
	static const char *const kinds[VERDICT_RESULTS] = { "good", "bad", "warn", "faint" };

	text_addf(out,
	          "<tr class=\"verdict-%s\"><td><span class=\"badge %s\">%s</span></td>"
	          "<th scope=\"row\">",
	          verdict_word(one->result), kinds[one->result], words[one->result]);
	if (one->group.n) {
		text_addf(out, "<span class=\"group soft\">");
		text_add_html(out, one->group);
		text_addf(out, ":</span> ");
	}
	text_add_html(out, one->name);
	text_addf(out, "</th>");
	add_cell(out, one->expected);
	add_cell(out, one->actual);
	text_addf(out, "<td>");
	add_details(one, call_link, out);
	text_addf(out, "</td></tr>\n");
}

bool verdicts_html(const struct verdicts *v, void (*call_link)(struct text *out, int64_t call_id),
                   struct text *out, struct err *err)
{
	text_addf(out, "<p class=\"verdict-counts\">");
	verdicts_add_counts(v, out);
	text_addf(out, "</p>\n<table class=\"verdicts\"><thead><tr><th scope=\"col\">Result</th>"
	               "<th scope=\"col\">Assertion</th><th scope=\"col\">Expected</th>"
	               "<th scope=\"col\">Found</th><th scope=\"col\">Why, and which calls</th>"
	               "</tr></thead>\n<tbody>\n");
	for (int bad = 1; bad >= 0; bad--)
		for (const struct verdict *one = v->first; one; one = one->next)
			if (verdict_is_bad(one) == bad)
				add_row(one, call_link, out);
	text_addf(out, "</tbody></table>\n");
	return verdicts_end(v, out, err);
}
