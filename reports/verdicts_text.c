/* Verdicts for people at a terminal, and what the forms share. */
#include "reports/records/store.h"
#include "reports/rows.h"
#include "reports/verdicts_internal.h"

#include <inttypes.h>

const char *verdict_word(enum verdict_result result)
{
	static const char *const words[VERDICT_RESULTS] = { "passed", "failed", "error",
		                                            "skipped" };

	return words[result];
}

bool verdict_is_bad(const struct verdict *one)
{
	return one->result == VERDICT_FAILED || one->result == VERDICT_ERROR;
}

static void add_count(struct text *out, int64_t n, const char *one, const char *several)
{
	if (n)
		text_addf(out, ", %" PRId64 " %s", n, n == 1 ? one : several);
}

void verdicts_add_counts(const struct verdicts *v, struct text *out)
{
	int64_t n = 0;

	for (int i = 0; i < VERDICT_RESULTS; i++)
		n += v->counts[i];
	text_addf(out, "%" PRId64 " assertion%s: %" PRId64 " hold%s", n, n == 1 ? "" : "s",
	          v->counts[VERDICT_PASSED], v->counts[VERDICT_PASSED] == 1 ? "s" : "");
	add_count(out, v->counts[VERDICT_FAILED], "falls short", "fall short");
	add_count(out, v->counts[VERDICT_ERROR], "could not be judged", "could not be judged");
	add_count(out, v->counts[VERDICT_SKIPPED], "skipped", "skipped");
}

bool verdict_add_command(const struct verdicts *v, const struct verdict *one, struct text *out)
{
	for (const struct verdict_blame *b = one->blame; b && v->database; b = b->next)
		if (b->call_id != RECORD_NULL) {
			text_addf(out, "milliwatt show ");
			rows_add_shell(out, v->database);
			text_addf(out, " %" PRId64, b->call_id);
			return true;
		}
	return false;
}

int64_t verdict_more_blame(const struct verdict *one)
{
	return one->blame_count > VERDICT_MAX_BLAME ? one->blame_count - VERDICT_MAX_BLAME : 0;
}

bool verdicts_end(const struct verdicts *v, const struct text *out, struct err *err)
{
	return (!v->failed && !out->failed) || err_memory(err, "the verdicts");
}

static void add_word(enum verdict_result result, bool colour, struct text *out)
{
	static const struct {
		const char *word, *colour;
	} shown[VERDICT_RESULTS] = {
		{ "ok", "\033[32m" },
		{ "FAILED", "\033[31m" },
		{ "ERROR", "\033[31m" },
		{ "skipped", "\033[33m" },
	};

	text_addf(out, "%s%-8s%s", colour ? shown[result].colour : "", shown[result].word,
	          colour ? "\033[0m" : "");
}

/* Of the calls to blame: the other forms have them all. */
#define SHOWN 10

/* Each line of it by itself, indented. */
static void add_lines(struct slice lines, struct text *out)
{
	for (struct slice line; slice_line(&lines, &line);) {
		text_addf(out, "        ");
		text_add_terminal(out, line);
		text_addf(out, "\n");
	}
}

static void add_blame(const struct verdicts *v, const struct verdict *one, struct text *out)
{
	struct text command;

	int shown = 0;
	for (const struct verdict_blame *b = one->blame; b && shown < SHOWN; b = b->next, shown++) {
		text_addf(out, "          ");
		if (b->call_id != RECORD_NULL)
			text_addf(out, "call %" PRId64 ": ", b->call_id);
		text_add_terminal(out, b->text);
		text_addf(out, "\n");
	}
	if (one->blame_count > shown)
		text_addf(out, "          and %" PRId64 " more\n", one->blame_count - shown);
	text_init(&command);
	if (verdict_add_command(v, one, &command)) {
		text_addf(out, "        to see it: ");
		text_add_terminal(out, slice_of(command.p, command.n));
		text_addf(out, "\n");
	}
	out->failed |= command.failed;
	text_release(&command);
}

static void add_expectation(const struct verdict *one, struct text *out)
{
	if (one->file.p) {
		text_addf(out, "        ");
		text_add_terminal(out, one->file);
		text_addf(out, one->line ? ":%u\n" : "\n", one->line);
	}
	if (!one->expected.p && !one->actual.p)
		return;
	text_addf(out, "        ");
	if (one->expected.p) {
		text_addf(out, "expected ");
		text_add_terminal(out, one->expected);
	}
	if (one->actual.p) {
		text_addf(out, one->expected.p ? ", found " : "found ");
		text_add_terminal(out, one->actual);
	}
	text_addf(out, "\n");
}

static void add_verdict(const struct verdicts *v, const struct verdict *one, bool colour,
                        struct text *out)
{
	add_word(one->result, colour, out);
	if (one->group.n) {
		text_add_terminal(out, one->group);
		text_addf(out, ": ");
	}
	text_add_terminal(out, one->name);
	if (!verdict_is_bad(one) && one->actual.p) {
		text_addf(out, "  (");
		text_add_terminal(out, one->actual);
		text_addf(out, ")");
	}
	text_addf(out, "\n");
	if (verdict_is_bad(one))
		add_expectation(one, out);
	if (one->note.n)
		add_lines(one->note, out);
	if (one->blame)
		add_blame(v, one, out);
}

bool verdicts_text(const struct verdicts *v, bool colour, struct text *out, struct err *err)
{
	for (const struct verdict *one = v->first; one; one = one->next)
		add_verdict(v, one, colour, out);
	text_addf(out, v->first ? "\n" : "");
	verdicts_add_counts(v, out);
	text_addf(out, "\n");
	return verdicts_end(v, out, err);
}
