/* suite.json: docs/suite.md says what each member is. */
#include "cli/suite_report.h"

#include "base/clock.h"

#include <inttypes.h>

/* "name": "value" or null */
static void add_text(struct text *out, const char *before, const char *name, const char *value)
{
	text_addf(out, "%s\"%s\": ", before, name);
	if (!value) {
		text_addf(out, "null");
		return;
	}
	text_addf(out, "\"");
	text_add_json(out, slice_str(value));
	text_addf(out, "\"");
}

static void add_path(const struct suite_run *r, struct text *out, const char *name, const char *dir,
                     const char *file)
{
	struct text path;

	text_init(&path);
	if (dir)
		text_addf(&path, "%s%s", suite_relative(r, dir), file);
	add_text(out, ", ", name, dir ? text_cstr(&path) : NULL);
	out->failed |= path.failed;
	text_release(&path);
}

static void add_commands(const struct suite_case_run *c, struct text *out)
{
	struct text command;

	text_addf(out, ", \"commands\": [");
	text_init(&command);
	for (size_t i = 0; i < c->plan.step_count; i++) {
		text_reset(&command);
		suite_words_say(c->plan.steps[i].words, &command);
		text_addf(out, "%s\"", i ? ", " : "");
		text_add_json(out, slice_of(command.p, command.n));
		text_addf(out, "\"");
	}
	text_addf(out, "]");
	out->failed |= command.failed;
	text_release(&command);
}

static void add_tags(const struct suite_case *c, struct text *out)
{
	const struct yaml_node *at = NULL;
	bool any = false;

	text_addf(out, ", \"tags\": [");
	while (suite_each(c->tags, &at)) {
		text_addf(out, any ? ", \"" : "\"");
		text_add_json(out, at->text);
		text_addf(out, "\"");
		any = true;
	}
	text_addf(out, "]");
}

static bool add_case(const struct suite_run *r, const struct suite_case_run *c, struct text *out,
                     struct err *err)
{
	static const char *const results[SUITE_RESULTS] = { "holds", "falls_short", "not_judged",
		                                            "left_out" };
	bool ran = c->attempt > 0;

	add_text(out, "\n{", "name", c->of->name);
	add_text(out, ", ", "kind", suite_kind_names[c->of->kind]);
	add_text(out, ", ", "result", results[c->result]);
	text_addf(out, ", \"attempts\": %u, \"flaky\": %s, \"expected_to_fail\": %s", c->attempt,
	          c->flaky ? "true" : "false", c->of->expected_to_fail ? "true" : "false");
	text_addf(out, ", \"seconds\": %.3f", c->seconds);
	add_tags(c->of, out);
	add_commands(c, out);
	add_path(r, out, "database", ran && c->judged.records ? c->plan.database : NULL, "");
	add_path(r, out, "html", c->pages ? c->folder : NULL, "/html/index.html");
	add_path(r, out, "compare", c->judged.compared ? c->folder : NULL, "/compare.html");
	add_path(r, out, "evidence", c->evidence, "");
	text_addf(out, ", \"kept_as_baseline\": %s, \"verdicts\": ", c->kept ? "true" : "false");
	bool ok = verdicts_json(&c->verdicts, out, err);
	text_addf(out, "}");
	return ok;
}

static void add_head(const struct suite_run *r, struct text *out)
{
	char when[40];

	text_addf(out, "{\"suite_json\": %d, \"milliwatt\": \"%s\"", SUITE_JSON_VERSION,
	          MILLIWATT_VERSION);
	add_text(out, ", ", "suite", r->suite->name);
	add_text(out, ", ", "file", r->suite->path);
	add_text(out, ", ", "started", clock_format_us(r->started_us, when, sizeof when));
	text_addf(out, ", \"seconds\": %.3f, \"exit_code\": %d, \"interrupted\": %s", r->seconds,
	          suite_run_exit_code(r), r->stopped_by ? "true" : "false");
	text_addf(out,
	          ",\n\"cases_chosen\": %zu, \"hold\": %zu, \"fall_short\": %zu, "
	          "\"not_judged\": %zu, \"left_out\": %zu,\n",
	          r->chosen, suite_run_count(r, SUITE_HOLDS), suite_run_count(r, SUITE_SHORT),
	          suite_run_count(r, SUITE_NOT_JUDGED), suite_run_count(r, SUITE_LEFT_OUT));
}

bool suite_add_json(const struct suite_run *r, struct text *out, struct err *err)
{
	bool ok = true, any = false;

	add_head(r, out);
	text_addf(out, "\"cases\": [");
	for (size_t i = 0; i < r->suite->case_count && ok; i++) {
		if (!r->cases[i].chosen)
			continue;
		text_addf(out, any ? "," : "");
		ok = add_case(r, &r->cases[i], out, err);
		any = true;
	}
	text_addf(out, "],\n\"background\": ");
	if (ok && r->background.first)
		ok = verdicts_json(&r->background, out, err);
	else
		text_addf(out, "null");
	text_addf(out, "}\n");
	return ok && (!out->failed || err_memory(err, "the report"));
}
