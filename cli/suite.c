/* milliwatt suite: a night's work in one file. */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/suite_check.h"
#include "cli/suite_report.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_ONLY 100

static const char help[] =
        "Usage: milliwatt suite [OPTIONS] FILE\n"
        "\n"
        "Runs the cases of a suite file: simulated calls, SIPp jobs, captures, databases, two "
        "taps of the same\n"
        "calls. Records each, holds it against what is expected and against the nights before, and "
        "writes JUnit,\n"
        "HTML, Markdown and JSON. Of each case that falls short it keeps the evidence: the packets "
        "of the calls to\n"
        "blame, their ladders and records, findings, logs, the commands. docs/suite.md is the "
        "file's language.\n"
        "\n"
        "  -o, --output DIR   where it all goes; default: 'output:' of the file, else "
        "NAME-report here\n"
        "  -j, --jobs N       so many cases at a time; default: 'jobs:' of the file, else 1\n"
        "      --only WORD    cases of this name or tag, and what they need; may be repeated\n"
        "      --summary FILE append the Markdown to FILE, as $GITHUB_STEP_SUMMARY\n"
        "      --check        is the file right? Scenarios, options, expectations, files; run "
        "nothing\n"
        "      --list         names and tags of the cases\n"
        "      --dry-run      print the commands; run nothing\n"
        "  -q, --quiet        no lines while it runs\n"
        "  -h, --help         this help\n"
        "\n"
        "DIR is then: index.html, junit.xml, summary.md, suite.json; cases/NAME with records, log "
        "and pages of each;\n"
        "evidence/NAME of those that fell short. What an earlier suite left in it is removed "
        "first.\n"
        "\n"
        "Exit code: 0 all cases hold; 1 one falls short; 2 one could not be run or judged (a wrong "
        "file, a crash, a\n"
        "target that does not answer, a machine that was itself the limit), whatever the others "
        "came to; 128 + N\n"
        "when signal N ended it: what there is by then is reported all the same.\n"
        "\n"
        "Examples:\n"
        "  milliwatt suite --check nightly.yaml\n"
        "  milliwatt suite --only smoke --output smoke-report nightly.yaml\n"
        "  PBX=192.0.2.10 milliwatt suite --jobs 4 nightly.yaml\n";

struct settings {
	int check, list, dry_run, quiet;
	const char *file, *output, *summary;
	unsigned jobs;
	const char *only[MAX_ONLY + 1];
	size_t only_count;
};

/* ---- where it goes ---- */

static const char *output_folder(struct suite *s, const struct settings *set, struct err *err)
{
	char *here;
	struct text path;

	if (!set->output && s->output)
		return s->output;
	if (set->output && set->output[0] == '/')
		return set->output;
	here = getcwd(NULL, 0);
	if (!here) {
		err_set(err, ERR_IO, "cannot tell the current folder: %s", strerror(errno));
		return NULL;
	}
	text_init(&path);
	if (set->output)
		text_addf(&path, "%s/%s", here, set->output);
	else
		text_addf(&path, "%s/%s-report", here, s->name);
	free(here);
	const char *kept = path.failed ? NULL : suite_keep(s, slice_str(text_cstr(&path)), err);
	text_release(&path);
	return kept;
}

/* ---- without running ---- */

static int list(const struct suite *s)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	for (size_t i = 0; i < s->case_count; i++) {
		const struct suite_case *c = &s->cases[i];
		const struct yaml_node *at = NULL;
		text_addf(&out, "%-9s ", suite_kind_names[c->kind]);
		text_add_terminal(&out, slice_str(c->name));
		for (bool first = true; suite_each(c->tags, &at); first = false) {
			text_addf(&out, first ? "  [" : ", ");
			text_add_terminal(&out, at->text);
		}
		text_addf(&out, c->tags && c->tags->text.n + c->tags->count ? "]\n" : "\n");
	}
	bool ok = output_write(NULL, &out, &err);
	text_release(&out);
	return ok ? 0 : output_error("suite", &err);
}

static bool say_case(const struct suite_run *r, const struct suite_case *c, struct text *out,
                     struct err *err)
{
	struct suite_plan plan;
	struct arena arena;
	struct text folder;

	arena_init(&arena, 4096);
	text_init(&folder);
	text_addf(&folder, "%s/cases/%s", r->options.output, c->slug);
	bool ok = suite_plan_case(r->suite, c, text_cstr(&folder), true, &arena, &plan, err);
	text_addf(out, "# ");
	text_add_terminal(out, slice_str(c->name));
	text_addf(out, "\n");
	if (ok)
		suite_say_steps(r->suite, &plan, out);
	arena_release(&arena);
	text_release(&folder);
	return ok;
}

static bool say_background(const struct suite_run *r, const struct suite_background *b,
                           struct text *out, struct err *err)
{
	struct suite_plan plan;
	struct arena arena;

	arena_init(&arena, 4096);
	bool ok = suite_plan_background(r->suite, b, r->options.output, &arena, &plan, err);
	text_addf(out, "# in the background: %s\n", b->slug);
	if (ok)
		suite_say_steps(r->suite, &plan, out);
	arena_release(&arena);
	return ok;
}

static int dry_run(const struct suite_run *r)
{
	struct err err = ERR_INIT;
	struct text out;
	bool ok = true;

	text_init(&out);
	for (size_t i = 0; i < r->suite->background_count && ok; i++)
		ok = say_background(r, &r->suite->backgrounds[i], &out, &err);
	for (size_t i = 0; i < r->suite->case_count && ok; i++)
		if (r->cases[i].chosen)
			ok = say_case(r, &r->suite->cases[i], &out, &err);
	ok = ok && output_write(NULL, &out, &err);
	text_release(&out);
	return ok ? 0 : output_error("suite", &err);
}

/* False: something is wrong, and was said. */
static bool check(struct suite *s, const struct settings *set, const char *output)
{
	size_t warnings, wrong;
	struct text out;

	text_init(&out);
	wrong = suite_check_file(s, output, &out, &warnings);
	fputs(text_cstr(&out), stderr);
	text_release(&out);
	if (wrong)
		fprintf(stderr, "milliwatt suite: %s: %zu thing%s wrong\n", set->file, wrong,
		        wrong == 1 ? "" : "s");
	else if (set->check)
		printf("%s: %zu cases, nothing wrong, %zu warning%s\n", set->file, s->case_count,
		       warnings, warnings == 1 ? "" : "s");
	return !wrong;
}

/* ---- a run ---- */

static int end(const struct suite_run *r, const struct settings *set)
{
	struct err err = ERR_INIT;
	struct text line;
	int code = suite_run_exit_code(r);

	if (!suite_write_reports(r, set->summary, &err))
		code = output_error("suite", &err);
	text_init(&line);
	suite_say_counts(r, &line);
	text_addf(&line, "; %s/index.html", r->options.output);
	if (!set->quiet)
		printf("%s: %s\n", r->suite->name, text_cstr(&line));
	text_release(&line);
	return code;
}

static int run(struct suite_run *r, const struct settings *set, struct err *err)
{
	if (!suite_output_open(r->options.output, err) || !suite_run_all(r, err))
		return output_error("suite", err);
	return end(r, set);
}

static int with_suite(struct suite *s, const struct settings *set, struct err *err)
{
	const struct suite_options options = {
		.output = output_folder(s, set, err),
		.jobs = set->jobs ? set->jobs
		        : s->jobs ? s->jobs
		                  : 1,
		.only = set->only_count ? set->only : NULL,
		.quiet = set->quiet,
	};
	struct suite_run r;

	if (set->list)
		return list(s);
	if (!options.output || !suite_ports_choose(s, err))
		return output_error("suite", err);
	if (!check(s, set, options.output))
		return 2;
	if (set->check)
		return 0;
	int code = 2;
	if (!suite_run_init(&r, s, &options, err))
		output_error("suite", err);
	else
		code = set->dry_run ? dry_run(&r) : run(&r, set, err);
	suite_run_release(&r);
	return code;
}

/* ---- the command line ---- */

enum { OPTION_ONLY = 256, OPTION_SUMMARY };

static bool take(struct settings *s, int c, struct err *err)
{
	uint64_t jobs;

	switch (c) {
	case 0: return true;
	case 'o': s->output = optarg; return *optarg || err_set(err, ERR_USAGE, "--output: where?");
	case 'j':
		if (!slice_u64(slice_str(optarg), SUITE_MAX_JOBS, &jobs) || !jobs)
			return err_set(err, ERR_USAGE, "--jobs takes a number from 1 to %d",
			               SUITE_MAX_JOBS);
		s->jobs = (unsigned)jobs;
		return true;
	case OPTION_ONLY:
		if (s->only_count == MAX_ONLY)
			return err_set(err, ERR_USAGE, "more than %d times --only", MAX_ONLY);
		s->only[s->only_count++] = optarg;
		return true;
	case OPTION_SUMMARY: s->summary = optarg; return true;
	default: s->quiet = 1; return true;
	}
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv, struct err *err)
{
	const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, OPTION_ONLY },
		{ "summary", required_argument, NULL, OPTION_SUMMARY },
		{ "check", no_argument, &s->check, 1 },
		{ "list", no_argument, &s->list, 1 },
		{ "dry-run", no_argument, &s->dry_run, 1 },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:j:qh", options, NULL)) != -1) {
		if (c == 'h')
			return output_help(help);
		bool known = c != '?' && c != ':';
		if (known ? !take(s, c, err) : !output_bad_option("suite", c, argv, err))
			return output_error("suite", err);
	}
	if (argc - optind == 1) {
		s->file = argv[optind];
		return -1;
	}
	err_set(err, ERR_USAGE, "give one FILE; try 'milliwatt suite --help'");
	return output_error("suite", err);
}

int cli_suite(int argc, char **argv)
{
	struct settings s = { 0 };
	struct err err = ERR_INIT;
	int code = parse_options(&s, argc, argv, &err);

	if (code >= 0)
		return code;
	struct suite *suite = suite_read(s.file, &err);
	if (!suite)
		return output_error("suite", &err);
	code = with_suite(suite, &s, &err);
	suite_free(suite);
	return code;
}
