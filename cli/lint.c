/* milliwatt lint: what is wrong with a scenario before it runs. */
#include "sim/scenario/lint.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_KEYS 256

static const char help[] =
        "Usage: milliwatt lint [OPTIONS] SCENARIO...\n"
        "\n"
        "Reads scenarios of SIPp's language (files, or embedded ones by name, as uac) and says, "
        "with "
        "line numbers, what\n"
        "cannot run, and what runs and is hardly meant: misspelt attributes, checks that never "
        "fail, "
        "waits that never\n"
        "end, variables that nothing reads, lengths that are wrong.\n"
        "\n"
        "  --key NAME   a keyword that -key gives a value when it runs (may be repeated)\n"
        "  --print      the scenario as it was understood, step by step\n"
        "  --rules      every check by name, and nothing else\n"
        "  --json       one JSON document\n"
        "  -h, --help   this help\n"
        "\n"
        "Exit: 0 nothing to warn of, 1 warnings, 2 a scenario that cannot run.\n"
        "\n"
        "Examples:\n"
        "  milliwatt lint uac.xml\n"
        "  milliwatt lint --key domain --print trunk.xml\n"
        "  milliwatt lint scenarios/*.xml\n";

struct settings {
	int json, print, rules;
	struct slice keys[MAX_KEYS];
	size_t key_count;
	char *const *files;
	int file_count;
};

/* One scenario and what was found in it. */
struct verdict {
	const char *file;
	struct scenario *s; /* NULL: it cannot run */
	struct scenario_notes notes;
	struct err err;
	size_t warnings;
};

static void count_warnings(struct verdict *v)
{
	for (size_t i = 0; i < v->notes.count; i++)
		v->warnings += v->notes.all[i].loud;
}

static void look_at(struct verdict *v, const struct settings *s)
{
	struct scenario_setting setting = {
		.keys = s->keys, .key_count = s->key_count, .any_key = true, .notes = &v->notes
	};
	const char *embedded = access(v->file, F_OK) == 0 ? NULL : builtin_scenario(v->file);

	v->s = embedded ? sipp_xml_parse(slice_str(embedded), v->file, &setting, &v->err)
	                : sipp_xml_read(v->file, &setting, &v->err);
	if (v->s && !scenario_lint(v->s, &v->notes)) {
		err_memory(&v->err, "notes on a scenario");
		scenario_free(v->s);
		v->s = NULL;
	}
	count_warnings(v);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static void print_text(const struct verdict *v, const struct settings *s, struct text *out)
{
	for (size_t i = 0; i < v->notes.count; i++) {
		const struct scenario_note *n = &v->notes.all[i];
		text_add_terminal(out, slice_str(v->file));
		text_addf(out, ":%u: %s: ", n->line, n->loud ? "warning" : "note");
		text_add_terminal(out, slice_str(n->text));
		text_addf(out, " [%s]\n", n->code);
	}
	if (!v->s) {
		text_addf(out, "cannot run: ");
		text_add_terminal(out, slice_str(v->err.text));
		text_addf(out, "\n");
		return;
	}
	text_add_terminal(out, slice_str(v->file));
	text_addf(out, ": %s, %u steps, %zu warnings, %zu notes\n",
	          v->s->role == SCENARIO_CLIENT ? "client" : "server", v->s->step_count,
	          v->warnings, v->notes.count - v->warnings);
	if (s->print)
		scenario_print(v->s, out);
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static void add_string(struct text *out, const char *name, struct slice value)
{
	text_addf(out, ", \"%s\": \"", name);
	text_add_json(out, value);
	text_addf(out, "\"");
}

static void print_notes_json(const struct verdict *v, struct text *out)
{
	text_addf(out, ", \"notes\": [");
	for (size_t i = 0; i < v->notes.count; i++) {
		const struct scenario_note *n = &v->notes.all[i];
		text_addf(out, "%s\n  {\"line\": %u", i ? "," : "", n->line);
		add_string(out, "weight", slice_str(n->loud ? "warning" : "note"));
		add_string(out, "code", slice_str(n->code));
		add_string(out, "text", slice_str(n->text));
		text_addf(out, "}");
	}
	text_addf(out, "]");
}

static void print_json(const struct verdict *v, const struct settings *s, struct text *out)
{
	text_addf(out, "{\"runs\": %s", v->s ? "true" : "false");
	add_string(out, "file", slice_str(v->file));
	if (v->s) {
		add_string(out, "name", v->s->name);
		add_string(out, "role",
		           slice_str(v->s->role == SCENARIO_CLIENT ? "client" : "server"));
		text_addf(out, ", \"steps\": %u, \"warnings\": %zu", v->s->step_count, v->warnings);
	} else {
		add_string(out, "error", slice_str(v->err.text));
	}
	print_notes_json(v, out);
	if (v->s && s->print) {
		struct text printed;
		text_init(&printed);
		scenario_print(v->s, &printed);
		add_string(out, "print", slice_str(text_cstr(&printed)));
		out->failed |= printed.failed;
		text_release(&printed);
	}
	text_addf(out, "}");
}

static void print_rules(struct text *out, bool json)
{
	const char *summary, *name;

	text_addf(out, json ? "[" : "");
	for (size_t n = 0; (name = lint_rule_name(n, &summary)); n++)
		text_addf(out, json ? "%s\n{\"code\": \"%s\", \"summary\": \"%s\"}" : "%s%-26s%s\n",
		          json && n ? "," : "", name, summary);
	text_addf(out, json ? "\n]\n" : "");
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

/* Of all scenarios the worst: 0, 1 or 2; 3 without memory. */
static int look_at_all(const struct settings *s, struct text *out)
{
	int worst = 0;

	text_addf(out, s->json ? "[" : "");
	for (int i = 0; i < s->file_count; i++) {
		struct verdict v = { .file = s->files[i] };
		look_at(&v, s);
		text_addf(out, s->json ? (i ? ",\n" : "\n") : "");
		if (s->json)
			print_json(&v, s, out);
		else
			print_text(&v, s, out);
		int here = v.s ? v.warnings > 0 : err_exit_code(&v.err);
		worst = here > worst ? here : worst;
		scenario_free(v.s);
		mem_free(v.notes.all);
	}
	text_addf(out, s->json ? "\n]\n" : "");
	return worst;
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct text out;
	int worst = 0;

	if (!s->rules && s->file_count == 0) {
		err_set(&err, ERR_USAGE, "which scenario? try 'milliwatt lint --help'");
		return output_error("lint", &err);
	}
	text_init(&out);
	if (s->rules)
		print_rules(&out, s->json);
	else
		worst = look_at_all(s, &out);
	bool ok =
	        (!out.failed || err_memory(&err, "the verdict")) && output_write(NULL, &out, &err);
	text_release(&out);
	return ok ? worst : output_error("lint", &err);
}

int cli_lint(int argc, char **argv)
{
	enum { KEY = 256 };
	struct settings s = { 0 };
	const struct option options[] = {
		{ "key", required_argument, NULL, KEY }, { "print", no_argument, &s.print, 1 },
		{ "rules", no_argument, &s.rules, 1 },   { "json", no_argument, &s.json, 1 },
		{ "help", no_argument, NULL, 'h' },      { 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 0: break;
		case KEY:
			if (s.key_count < MAX_KEYS)
				s.keys[s.key_count++] = slice_str(optarg);
			break;
		case 'h': return output_help(help);
		default:
			output_bad_option("lint", c, argv, &err);
			return output_error("lint", &err);
		}
	}
	s.files = argv + optind;
	s.file_count = argc - optind;
	return run(&s);
}
