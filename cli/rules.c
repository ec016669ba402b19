/* milliwatt rules: what is looked for, with every threshold. */
#include "analyzer/findings/rules.h"
#include "cli/cli.h"
#include "cli/output.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
        "Usage: milliwatt rules [OPTIONS] [RULE...]\n"
        "\n"
        "Prints every rule that 'milliwatt analyze' looks by (or those named, as D9 or overload): "
        "what it looks\n"
        "for, where the standard says so, what to do, and its settings. What it prints is a file "
        "for\n"
        "'milliwatt analyze --rules FILE': change values, delete the lines that stay as they "
        "are.\n"
        "\n"
        "  --rules FILE   the settings of that file in place of the defaults; says what is wrong "
        "in it\n"
        "  --json         one JSON document\n"
        "  -h, --help     this help\n"
        "\n"
        "A line is RULE = on, RULE = off or RULE.setting = value; lists are words between commas; "
        "# begins a comment.\n"
        "\n"
        "Examples:\n"
        "  milliwatt rules | less\n"
        "  milliwatt rules overload                 one rule\n"
        "  milliwatt rules > night.rules            then edit it, and\n"
        "  milliwatt rules --rules night.rules      is it sound?\n"
        "  milliwatt analyze --rules night.rules tonight.pcap\n";

struct settings {
	int json;
	const char *file;
	char *const *names;
	int name_count;
};

static bool choose(const struct settings *s, bool chosen[static RULE_COUNT], struct err *err)
{
	for (unsigned id = 0; id < RULE_COUNT; id++)
		chosen[id] = s->name_count == 0;
	for (int i = 0; i < s->name_count; i++) {
		enum rule_id id = rule_named(slice_str(s->names[i]));
		if (id == RULE_COUNT)
			return err_set(err, ERR_USAGE,
			               "no rule '%s'; 'milliwatt rules' prints them all",
			               s->names[i]);
		chosen[id] = true;
	}
	return true;
}

static void print_text(const struct rules *r, const bool chosen[static RULE_COUNT],
                       struct text *out)
{
	const char *family = "";

	for (unsigned i = 0; i < RULE_COUNT; i++) {
		enum rule_id id = (enum rule_id)i;
		if (!chosen[i])
			continue;
		text_addf(out, out->n ? "\n" : "");
		if (strcmp(family, rules_family(id)) != 0)
			text_addf(out, "# --- %s ---\n\n", rules_family(id));
		family = rules_family(id);
		rules_print(r, id, out);
	}
}

static void print_json(const struct rules *r, const bool chosen[static RULE_COUNT],
                       struct text *out)
{
	const char *separator = "";

	text_addf(out, "[");
	for (unsigned id = 0; id < RULE_COUNT; id++) {
		if (!chosen[id])
			continue;
		text_addf(out, "%s\n", separator);
		rules_print_json(r, (enum rule_id)id, out);
		separator = ",";
	}
	text_addf(out, "\n]\n");
}

static bool print(const struct settings *s, const struct rules *r, struct text *out,
                  struct err *err)
{
	bool chosen[RULE_COUNT];

	if (!choose(s, chosen, err))
		return false;
	if (s->json)
		print_json(r, chosen, out);
	else
		print_text(r, chosen, out);
	return out->failed ? err_memory(err, "the rules") : true;
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct rules rules;
	struct text out;

	rules_init(&rules);
	text_init(&out);
	bool ok = (!s->file || rules_load(&rules, s->file, &err)) && print(s, &rules, &out, &err) &&
	          output_write(NULL, &out, &err);
	text_release(&out);
	rules_release(&rules);
	return ok ? 0 : output_error("rules", &err);
}

int cli_rules(int argc, char **argv)
{
	enum { RULES = 256 };
	struct settings s = { 0 };
	const struct option options[] = {
		{ "rules", required_argument, NULL, RULES },
		{ "json", no_argument, &s.json, 1 },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 0: break;
		case RULES: s.file = optarg; break;
		case 'h': return output_help(help);
		default:
			output_bad_option("rules", c, argv, &err);
			return output_error("rules", &err);
		}
	}
	s.names = argv + optind;
	s.name_count = argc - optind;
	return run(&s);
}
