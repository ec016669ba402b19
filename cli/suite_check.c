#include "cli/suite_check.h"

#include "base/mem.h"
#include "cli/suite_baseline.h"
#include "cli/suite_files.h"
#include "cli/suite_plan.h"
#include "reports/check/check.h"
#include "sim/scenario/lint.h"
#include "sim/scenario/sipp_xml.h"

#include <stdio.h>
#include <unistd.h>

#define MAX_KEYS 256

struct checking {
	struct suite *suite;
	const char *output;
	struct text *out;
	size_t wrong, *warnings;
};

static void tell(struct checking *c, const char *who, const struct err *err)
{
	c->wrong++;
	text_addf(c->out, "%s: ", who);
	text_add_terminal(c->out, slice_str(err->text));
	text_addf(c->out, "\n");
}

/* ---- scenarios ---- */

static void tell_notes(struct checking *c, const char *file, const struct scenario_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		const struct scenario_note *n = &notes->all[i];
		if (!n->loud)
			continue;
		++*c->warnings;
		text_add_terminal(c->out, slice_str(file));
		text_addf(c->out, ":%u: warning: ", n->line);
		text_add_terminal(c->out, slice_str(n->text));
		text_addf(c->out, " [%s]\n", n->code);
	}
}

static void check_scenario(struct checking *c, const char *who, const char *name,
                           const struct slice *keys, size_t key_count)
{
	struct scenario_notes notes = { 0 };
	struct scenario_setting setting = { .keys = keys, .key_count = key_count, .notes = &notes };
	const char *embedded = strchr(name, '/') ? NULL : builtin_scenario(name);
	struct err err = ERR_INIT;
	const char *path = embedded ? name : suite_absolute(c->suite, slice_str(name), &err);
	struct scenario *s = NULL;

	if (embedded)
		s = sipp_xml_parse(slice_str(embedded), name, &setting, &err);
	else if (path)
		s = sipp_xml_read(path, &setting, &err);
	if (s && !scenario_lint(s, &notes))
		err_memory(&err, "notes on a scenario");
	if (!embedded)
		tell_notes(c, name, &notes);
	if (err.code)
		tell(c, who, &err);
	scenario_free(s);
	mem_free(notes.all);
}

/* What the words of a simulator say of its scenarios; of SIPp's, its first -sf. */
static void check_words(struct checking *c, const char *who, const char *const *words)
{
	struct slice keys[MAX_KEYS];
	size_t count = 0;
	bool sipp = strcmp(words[1], "sipp") == 0, is_virtual = false, peer = false;

	for (size_t i = 2; words[i] && words[i + 1]; i++) {
		const char *equals = strchr(words[i + 1], '=');
		if (strcmp(words[i], "--set") == 0 && equals && count < MAX_KEYS)
			keys[count++] = slice_of(words[i + 1], (size_t)(equals - words[i + 1]));
		if (sipp && strcmp(words[i], "-key") == 0 && count < MAX_KEYS)
			keys[count++] = slice_str(words[i + 1]);
	}
	for (size_t i = 2; words[i]; i++) {
		is_virtual |= strcmp(words[i], "--virtual") == 0;
		if (!words[i + 1])
			break;
		bool other = strcmp(words[i], "--peer") == 0;
		peer |= other;
		if (other || strcmp(words[i], sipp ? "-sf" : "--scenario") == 0)
			check_scenario(c, who, words[i + 1], keys, count);
	}
	if (is_virtual && !peer)
		check_scenario(c, who, "uas", keys, count);
}

static bool is_simulator(const struct suite_plan *p)
{
	return p->step_count && strcmp(p->steps[0].words[0], SUITE_OURS) == 0 &&
	       (strcmp(p->steps[0].words[1], "sim") == 0 ||
	        strcmp(p->steps[0].words[1], "sipp") == 0);
}

/* ---- cases ---- */

static void check_baseline(struct checking *c, const struct suite_case *of, struct arena *arena)
{
	struct err err = ERR_INIT;
	const char *path = suite_baseline_path(c->suite, &of->baseline, arena, &err);

	if (path && suite_baseline_is_file(path) && !of->needs && suite_file_octets(path) < 0)
		yaml_wrong(c->suite->yaml, of->baseline.path, &err, "no file '%s'", path);
	if (err.code)
		tell(c, of->name, &err);
}

static void check_case(struct checking *c, const struct suite_case *of)
{
	struct err err = ERR_INIT;
	struct suite_plan plan;
	struct arena arena;

	arena_init(&arena, 4096);
	if (!suite_plan_case(c->suite, of, c->output, true, &arena, &plan, &err))
		tell(c, of->name, &err);
	else if (is_simulator(&plan))
		check_words(c, of->name, plan.steps[0].words);
	err = (struct err)ERR_INIT;
	const struct yaml *file = of->expect_file ? of->expect_file : c->suite->yaml;
	if (of->expect && !check_expectations(file, of->expect, &err))
		tell(c, of->name, &err);
	if (of->baseline.path)
		check_baseline(c, of, &arena);
	arena_release(&arena);
}

static void check_background(struct checking *c, const struct suite_background *of)
{
	struct err err = ERR_INIT;
	struct suite_plan plan;
	struct arena arena;

	arena_init(&arena, 4096);
	if (!suite_plan_background(c->suite, of, c->output, &arena, &plan, &err))
		tell(c, of->slug, &err);
	else if (is_simulator(&plan))
		check_words(c, of->slug, plan.steps[0].words);
	arena_release(&arena);
}

size_t suite_check_file(struct suite *s, const char *output, struct text *out, size_t *warnings)
{
	struct checking c = { s, output, out, 0, warnings };

	*warnings = 0;
	for (size_t i = 0; i < s->background_count; i++)
		check_background(&c, &s->backgrounds[i]);
	for (size_t i = 0; i < s->case_count; i++)
		check_case(&c, &s->cases[i]);
	return c.wrong;
}
