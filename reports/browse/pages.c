/* Pages that the other reports have too (summary, key figures, a finding explained), the help, a registration. */
#include "reports/browse/filter.h"
#include "reports/browse/page.h"
#include "reports/findings.h"
#include "reports/report.h"
#include "reports/rows.h"

#include <inttypes.h>

/* --- what other reports print ------------------------------------------------------------------------------------ */

typedef bool report_of(struct records *r, struct text *out, struct err *err);

static bool take(struct browse *b, report_of *report, struct text *out, struct err *err)
{
	struct text text;

	text_init(&text);
	bool ok = report(b->records, &text, err);
	if (ok)
		page_add_text(out, slice_of(text_cstr(&text), text.n));
	text_release(&text);
	return ok;
}

static bool build_summary(struct browse *b, struct reader *p, unsigned width, struct text *out,
                          struct err *err)
{
	(void)p;
	(void)width;
	return take(b, report_text, out, err);
}

static bool kpi(struct records *r, struct text *out, struct err *err)
{
	return report_kpi(r, false, out, err);
}

static bool build_figures(struct browse *b, struct reader *p, unsigned width, struct text *out,
                          struct err *err)
{
	(void)p;
	(void)width;
	return take(b, kpi, out, err);
}

static bool build_explain(struct browse *b, struct reader *p, unsigned width, struct text *out,
                          struct err *err)
{
	struct text text;

	(void)width;
	text_init(&text);
	bool ok = explain_text(b->records, p->ids[0], &text, err);
	if (ok)
		page_add_text(out, slice_of(text_cstr(&text), text.n));
	text_release(&text);
	return ok;
}

/* --- all columns of a row ---------------------------------------------------------------------------------------- */

static bool build_registration(struct browse *b, struct reader *p, unsigned width, struct text *out,
                               struct err *err)
{
	struct query *q;
	struct text line;

	(void)width;
	page_addf(out, PAGE_BOLD, "Registration %" PRId64, p->ids[0]);
	if (!rows_first(b->records, "SELECT * FROM registrations WHERE id = ?1", p->ids[0], &q,
	                err))
		return err->code == ERR_NONE;
	text_init(&line);
	for (int i = 0; i < query_columns(q); i++) {
		struct slice name = slice_str(query_column_name(q, i));
		if (query_is_null(q, i))
			continue;
		text_reset(&line);
		text_addf(&line, "  %-16.*s", SLICE_ARG(name));
		if (name.n > 3 && slice_eq_str(slice_from(name, name.n - 3), "_us"))
			rows_add_time(&line, query_int(q, i));
		else
			text_add(&line, query_text(q, i));
		page_add(out, PAGE_PLAIN, slice_of(text_cstr(&line), line.n));
	}
	query_free(q);
	bool ok = !line.failed || err_memory(err, "a page");
	text_release(&line);
	return ok;
}

/* --- help -------------------------------------------------------------------------------------------------------- */

static const char *const view_names[] = { "the calls",         "the streams",   "the findings",
	                                  "the registrations", "a call's flow", "a page of text",
	                                  "the columns" };

static const char *name_of_view(unsigned bit)
{
	unsigned i = 0;

	while (bit >> (i + 1))
		i++;
	return view_names[i];
}

static void add_bindings(struct text *out, unsigned view, bool everywhere)
{
	struct text names;

	text_init(&names);
	for (size_t i = 0; i < binding_count; i++) {
		const struct binding *one = &bindings[i];
		if (!(one->views & view) || everywhere != ((one->views | VIEW_COLUMNS) == VIEW_ALL))
			continue;
		text_reset(&names);
		keys_names(one, &names);
		page_addf(out, PAGE_PLAIN, "  %-18s %s", text_cstr(&names), one->help);
	}
	text_release(&names);
}

static const char filter_help[] =
        "\nThe filter\n"
        "  Words beside each other must all hold.\n"
        "  busy, failed ...   an outcome: answered busy no_answer cancelled rejected failed "
        "unauthorized incomplete in_progress; several: any of them\n"
        "  486, 4xx           a final status, or a class\n"
        "  mos<3.5            its worst stream is below\n"
        "  talk<6s, talk>5m   talked for less, for longer\n"
        "  number:+44         the caller or the callee begins with it; +44, 0044 and 44 are the "
        "same\n"
        "  caller: callee:    contains\n"
        "  peer: trunk:       an address, or address:port, that a leg came from or went to; its "
        "first INVITE went to\n"
        "  agent:\"Phone 7\"    a User-Agent or Server contains\n"
        "  finding:A1         a rule, its name, a finding's number, any\n"
        "  from:14:05 to:15:00  when it began (UTC)\n"
        "  anything else      stands in the caller, the callee, the Call-ID or the reason\n";

static const char colour_help[] =
        "\nSigns\n"
        "  > the row under the cursor; * marked; * and reverse: both\n"
        "  red: failed, errors, a MOS below 3.1; yellow: busy, cancelled, warnings, a MOS below "
        "3.6\n"
        "  Text from packets is never obeyed: control characters stand as \\x1B, what turns the "
        "direction of writing as \\u{202E}.\n";

static bool build_help(struct browse *b, struct reader *p, unsigned width, struct text *out,
                       struct err *err)
{
	(void)b;
	(void)width;
	(void)err;
	page_addf(out, PAGE_BOLD, "Keys in %s (those that sngrep has too are the same)",
	          name_of_view(p->of_view));
	add_bindings(out, p->of_view, false);
	page_addf(out, PAGE_PLAIN, " ");
	page_addf(out, PAGE_BOLD, "Keys everywhere");
	add_bindings(out, p->of_view, true);
	if (p->of_view == VIEW_CALLS)
		page_add_text(out, slice_str(filter_help));
	page_add_text(out, slice_str(colour_help));
	return true;
}

/* --- making them ------------------------------------------------------------------------------------------------- */

static struct view *view_of(struct reader *p)
{
	return p ? &p->view : NULL;
}

struct view *page_help_new(struct browse *b, unsigned view_bit, struct err *err)
{
	struct reader *p = page_new(build_help, ACTION_NONE, "keys.txt", NULL, 0, err);

	(void)b;
	if (p)
		p->of_view = view_bit;
	return view_of(p);
}

struct view *page_summary_new(struct browse *b, struct err *err)
{
	(void)b;
	return view_of(page_new(build_summary, ACTION_SUMMARY, "summary.txt", NULL, 0, err));
}

struct view *page_figures_new(struct browse *b, struct err *err)
{
	(void)b;
	return view_of(page_new(build_figures, ACTION_FIGURES, "figures.txt", NULL, 0, err));
}

struct view *page_explain_new(struct browse *b, int64_t finding, struct err *err)
{
	(void)b;
	return view_of(page_new(build_explain, ACTION_FINDINGS, "finding.txt", &finding, 1, err));
}

struct view *page_registration_new(struct browse *b, int64_t id, struct err *err)
{
	(void)b;
	return view_of(page_new(build_registration, ACTION_REGISTRATIONS, "registration.txt", &id,
	                        1, err));
}
