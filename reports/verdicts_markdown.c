/* Verdicts for a CI job's summary: what falls short first, with the calls to blame; what holds is folded away. */
#include "reports/records/store.h"
#include "reports/verdicts_internal.h"

#include <inttypes.h>

static void add_cell(struct text *out, struct slice s)
{
	text_addf(out, " ");
	text_add_markdown(out, s);
	text_addf(out, " |");
}

static void add_row(const struct verdict *one, struct text *out)
{
	static const char *const marks[VERDICT_RESULTS] = { "✅ holds", "❌ falls short",
		                                            "⚠️ not judged", "⏭️ skipped" };

	text_addf(out, "| %s |", marks[one->result]);
	text_addf(out, " ");
	text_add_markdown(out, one->group);
	text_addf(out, one->group.n ? ": " : "");
	text_add_markdown(out, one->name);
	text_addf(out, " |");
	add_cell(out, one->expected);
	add_cell(out, one->actual);
	text_addf(out, "\n");
}

static bool any(const struct verdicts *v, bool bad)
{
	for (const struct verdict *one = v->first; one; one = one->next)
		if (verdict_is_bad(one) == bad)
			return true;
	return false;
}

static void add_table(const struct verdicts *v, bool bad, struct text *out)
{
	text_addf(out, "| Result | Assertion | Expected | Found |\n|---|---|---|---|\n");
	for (const struct verdict *one = v->first; one; one = one->next)
		if (verdict_is_bad(one) == bad)
			add_row(one, out);
}

/* In backticks, more of them than the text has in a row. */
static void add_code(struct slice s, struct text *out)
{
	size_t most = 0, row = 0;

	for (size_t i = 0; i < s.n; i++) {
		row = s.p[i] == '`' ? row + 1 : 0;
		most = row > most ? row : most;
	}
	for (size_t i = 0; i <= most; i++)
		text_addf(out, "`");
	text_addf(out, most ? " " : "");
	text_add_terminal(out, s);
	text_addf(out, most ? " " : "");
	for (size_t i = 0; i <= most; i++)
		text_addf(out, "`");
}

static void add_calls(const struct verdicts *v, const struct verdict *one, struct text *out)
{
	struct text command;

	for (const struct verdict_blame *b = one->blame; b; b = b->next) {
		text_addf(out, "- ");
		if (b->call_id != RECORD_NULL)
			text_addf(out, "call %" PRId64 ": ", b->call_id);
		text_add_markdown(out, b->text);
		text_addf(out, "\n");
	}
	if (verdict_more_blame(one))
		text_addf(out, "- and %" PRId64 " more\n", verdict_more_blame(one));
	text_init(&command);
	if (verdict_add_command(v, one, &command)) {
		text_addf(out, "\nTo see it: ");
		add_code(slice_of(command.p, command.n), out);
		text_addf(out, "\n");
	}
	out->failed |= command.failed;
	text_release(&command);
}

static void add_details(const struct verdicts *v, const struct verdict *one, struct text *out)
{
	struct slice note = one->note;

	if (!one->note.n && !one->blame)
		return;
	text_addf(out, "\n#### ");
	text_add_markdown(out, one->name);
	if (one->file.p) {
		text_addf(out, " (");
		text_add_markdown(out, one->file);
		text_addf(out, one->line ? ":%u)" : ")", one->line);
	}
	text_addf(out, "\n\n");
	for (struct slice line; slice_line(&note, &line);) {
		text_add_markdown(out, line);
		text_addf(out, "\n");
	}
	text_addf(out, one->note.n ? "\n" : "");
	add_calls(v, one, out);
}

bool verdicts_markdown(const struct verdicts *v, struct text *out, struct err *err)
{
	text_addf(out, "## ");
	text_add_markdown(out, v->title);
	text_addf(out, "\n\n");
	verdicts_add_counts(v, out);
	text_addf(out, "\n\n");
	if (any(v, true)) {
		add_table(v, true, out);
		for (const struct verdict *one = v->first; one; one = one->next)
			if (verdict_is_bad(one))
				add_details(v, one, out);
		text_addf(out, "\n");
	}
	if (any(v, false)) {
		text_addf(out, "<details><summary>What holds</summary>\n\n");
		add_table(v, false, out);
		text_addf(out, "\n</details>\n");
	}
	return verdicts_end(v, out, err);
}
