/* The index of a suite: each case with its verdicts, and where its pages and its evidence are. */
#include "cli/suite_report.h"

#include "reports/html/page.h"

#include <inttypes.h>

static const char *badge(enum suite_result result)
{
	static const char *const kinds[SUITE_RESULTS] = { "good", "bad", "warn", "faint" };

	return kinds[result];
}

static void add_badge(enum suite_result result, struct text *out)
{
	text_addf(out, "<span class=\"badge %s\">%s</span>", badge(result),
	          suite_result_names[result]);
}

static void add_figure(const char *label, size_t value, struct text *out)
{
	text_addf(out,
	          "<div class=\"figure\"><p class=\"label\">%s</p><p class=\"value\">%zu</p>"
	          "</div>\n",
	          label, value);
}

static void add_link(const struct suite_run *r, const char *folder, const char *file,
                     const char *label, struct text *out)
{
	text_addf(out, "<a href=\"");
	text_add_html(out, slice_str(suite_relative(r, folder)));
	text_addf(out, "%s\">%s</a> ", file, label);
}

static void add_links(const struct suite_run *r, const struct suite_case_run *c, struct text *out)
{
	if (c->pages)
		add_link(r, c->folder, "/html/index.html", "report", out);
	if (c->judged.compared)
		add_link(r, c->folder, "/compare.html", "comparison", out);
	if (c->plan.step_count && c->attempt)
		add_link(r, c->folder, "/", "files", out);
	if (c->evidence)
		add_link(r, c->evidence, "/", "evidence", out);
}

static void add_row(const struct suite_run *r, const struct suite_case_run *c, struct text *out)
{
	const int64_t *n = c->verdicts.counts;

	text_addf(out, "<tr><td>");
	add_badge(c->result, out);
	text_addf(out, "</td><th scope=\"row\"><a href=\"#%s\">", c->of->slug);
	html_add(out, slice_str(c->of->name));
	text_addf(out, "</a>%s</th><td>%s</td><td class=\"num\">%" PRId64 "</td>",
	          c->flaky ? " <span class=\"badge warn\">only when run again</span>" : "",
	          suite_kind_names[c->of->kind], n[VERDICT_PASSED]);
	text_addf(out,
	          "<td class=\"num\">%" PRId64 "</td><td class=\"num\">%" PRId64
	          "</td><td class=\"num\">%.1f</td><td>",
	          n[VERDICT_FAILED], n[VERDICT_ERROR], c->seconds);
	add_links(r, c, out);
	text_addf(out, "</td></tr>\n");
}

static void add_table(const struct suite_run *r, struct text *out)
{
	text_addf(out, "<section class=\"card\"><h2>Cases</h2><div class=\"scroll\"><table "
	               "class=\"data\"><thead><tr><th scope=\"col\">Result</th><th "
	               "scope=\"col\">Case</th><th scope=\"col\">Kind</th><th scope=\"col\" "
	               "class=\"num\">Hold</th><th scope=\"col\" class=\"num\">Fall short</th><th "
	               "scope=\"col\" class=\"num\">Not judged</th><th scope=\"col\" "
	               "class=\"num\">Seconds</th><th scope=\"col\">Look at</th></tr></thead>"
	               "<tbody>\n");
	for (size_t i = 0; i < r->suite->case_count; i++)
		if (r->cases[i].chosen)
			add_row(r, &r->cases[i], out);
	text_addf(out, "</tbody></table></div></section>\n");
}

static bool add_case(const struct suite_run *r, const struct suite_case_run *c, struct text *out,
                     struct err *err)
{
	text_addf(out, "<section class=\"card\" id=\"%s\"><div class=\"head\"><h2>", c->of->slug);
	html_add(out, slice_str(c->of->name));
	text_addf(out, "</h2>");
	add_badge(c->result, out);
	text_addf(out, "<span>");
	add_links(r, c, out);
	text_addf(out, "</span></div>\n");
	for (size_t i = 0; i < c->plan.step_count && c->attempt; i++) {
		struct text command;
		text_init(&command);
		suite_words_say(c->plan.steps[i].words, &command);
		text_addf(out, "<p>");
		html_begin_command(out);
		html_add(out, slice_of(command.p, command.n));
		html_end_command(out);
		text_addf(out, "</p>\n");
		out->failed |= command.failed;
		text_release(&command);
	}
	text_addf(out, "<div class=\"scroll\">");
	bool ok = verdicts_html(&c->verdicts, NULL, out, err);
	text_addf(out, "</div></section>\n");
	return ok;
}

static void add_intro(const struct suite_run *r, struct text *out)
{
	text_addf(out, "<h1>");
	html_add(out, slice_str(r->suite->name));
	text_addf(out, "</h1>\n<p>");
	html_add_time(out, r->started_us);
	text_addf(out, ", %.0f s. ", r->seconds);
	suite_say_counts(r, out);
	text_addf(out, ".</p>\n");
	if (r->stopped_by)
		text_addf(out, "<p class=\"notice bad\">Interrupted: what is below is what there "
		               "was by then.</p>\n");
	text_addf(out, "<div class=\"figures\">\n");
	add_figure("hold", suite_run_count(r, SUITE_HOLDS), out);
	add_figure("fall short", suite_run_count(r, SUITE_SHORT), out);
	add_figure("not judged", suite_run_count(r, SUITE_NOT_JUDGED), out);
	add_figure("left out", suite_run_count(r, SUITE_LEFT_OUT), out);
	text_addf(out, "</div>\n");
}

bool suite_html_index(const struct suite_run *r, struct text *out, struct err *err)
{
	const struct html_head head = { .title = slice_str(r->suite->name),
		                        .root = "",
		                        .alone = true };
	bool ok = true;

	html_begin(out, &head);
	add_intro(r, out);
	add_table(r, out);
	for (size_t i = 0; i < r->suite->case_count && ok; i++)
		if (r->cases[i].chosen)
			ok = add_case(r, &r->cases[i], out, err);
	if (ok && r->background.first) {
		text_addf(out, "<section class=\"card\"><h2>Background</h2><div "
		               "class=\"scroll\">");
		ok = verdicts_html(&r->background, NULL, out, err);
		text_addf(out, "</div></section>\n");
	}
	html_end(out);
	return ok && (!out->failed || err_memory(err, "the report"));
}
