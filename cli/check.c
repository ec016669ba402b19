/* milliwatt check: does a database hold what a file expects? */
#include "reports/check/check.h"
#include "cli/call_text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/records_input.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
        "Usage: milliwatt check [OPTIONS] DB --expect FILE [--expect FILE]...\n"
        "       milliwatt check --print-template DB >expect.yaml\n"
        "\n"
        "Judges the records of DB by files of assertions, for CI: totals, percentiles, single "
        "calls, trunks,\n"
        "findings, key figures. A capture in place of DB is analyzed first, in memory. Each "
        "assertion that\n"
        "falls short names the calls to blame, the worst first.\n"
        "\n"
        "      --expect FILE     the assertions (YAML, see below); several files are one check\n"
        "      --print-template  write a file to start from: tonight's numbers, with sensible "
        "bounds\n"
        "      --junit FILE      the verdicts as JUnit, too: a test case each\n"
        "      --markdown FILE   for a job's summary, too\n"
        "      --json            as JSON in place of text\n"
        "      --captures DIR    where the captures lie now (only 'header' reads them)\n"
        "  -o, --output FILE     write there instead of to standard output\n"
        "  -q, --quiet           say nothing on standard output; the exit code tells\n"
        "  -h, --help\n"
        "\n" ANALYZER_SHORT_HELP "\n"
        "A file of assertions:\n"
        "  calls: \">= 1000\"                    what begins with > stands in quotes\n"
        "  answered_ratio: \">= 98 %\"\n"
        "  mos_lq.p05: \">= 3.8\"                the 5th percentile of narrowband MOS, of all "
        "streams\n"
        "  pdd_ms.p95: <= 2.5s\n"
        "  outcomes: {busy: 0, failed: <= 3}\n"
        "  findings: {A1: 0, errors: 0}\n"
        "  trunks: {each: {ASR: \">= 50 %\"}}\n"
        "  calls_one_way: 0\n"
        "and of single calls:\n"
        "  calls:\n"
        "    - where: {callee: \"+4930*\"}\n"
        "      each: {outcome: answered, mos_min: \">= 3.5\", dtmf: \"1234#\"}\n"
        "docs/expectations.md has the whole language.\n"
        "\n"
        "Exit code: 0 if everything holds, 1 if something falls short, 2 if something could not be "
        "judged (no\n"
        "such values, a wrong file, an unreadable database), 3 when memory ran out.\n"
        "\n"
        "Examples:\n"
        "  milliwatt check tonight.db --expect expect.yaml --junit check.xml\n"
        "  milliwatt check tonight.pcap --expect expect.yaml --markdown \"$GITHUB_STEP_SUMMARY\"\n"
        "  milliwatt check --print-template tonight.db >expect.yaml\n";

#define MAX_FILES 32

struct settings {
	struct analyzer_choice choice;
	const char *expect[MAX_FILES];
	int files;
	const char *database, *junit, *markdown, *output, *captures;
	bool json, quiet, template;
};

static bool calls_with_header(void *context, struct records *r, const char *text, struct text *ids,
                              struct err *err)
{
	const struct settings *s = context;

	return call_text_ids(r, text, s->captures, ids, err);
}

static bool judge_file(struct settings *s, struct records *r, const char *path,
                       struct verdicts *out, struct err *err)
{
	const struct check_options options = { calls_with_header, s };
	struct yaml *file = yaml_read(path, err);

	if (!file)
		return false;
	const struct yaml_node *name = yaml_get(yaml_root(file), "name");
	if (name && name->kind == YAML_SCALAR && name->text.n && s->files == 1)
		verdicts_say(out, &out->title, "%.*s", SLICE_ARG(name->text));
	bool ok = check_records_with(r, file, yaml_root(file), &options, out, err);
	yaml_close(file);
	return ok;
}

typedef bool form(const struct verdicts *v, struct text *out, struct err *err);

static bool as_text(const struct verdicts *v, struct text *out, struct err *err)
{
	return verdicts_text(v, output_wants_colour(), out, err);
}

static bool as_plain_text(const struct verdicts *v, struct text *out, struct err *err)
{
	return verdicts_text(v, false, out, err);
}

static bool write_form(const struct verdicts *v, form *print, const char *path, struct err *err)
{
	struct text out;

	text_init(&out);
	bool ok = print(v, &out, err) && output_write(path, &out, err);
	text_release(&out);
	return ok;
}

static bool write_all(const struct settings *s, const struct verdicts *v, struct err *err)
{
	form *main_form = s->json ? verdicts_json : s->output ? as_plain_text : as_text;

	return (!s->junit || write_form(v, verdicts_junit, s->junit, err)) &&
	       (!s->markdown || write_form(v, verdicts_markdown, s->markdown, err)) &&
	       ((s->quiet && !s->output) || write_form(v, main_form, s->output, err));
}

static bool check(struct settings *s, struct records *r, int *code, struct err *err)
{
	struct verdicts v;
	char title[256];

	snprintf(title, sizeof title, "check %s", s->database);
	verdicts_init(&v, title, records_path(r));
	bool ok = true;
	for (int i = 0; i < s->files && ok; i++)
		ok = judge_file(s, r, s->expect[i], &v, err);
	ok = ok && write_all(s, &v, err);
	*code = verdicts_exit_code(&v);
	verdicts_release(&v);
	return ok;
}

static bool print_template(const struct settings *s, struct records *r, struct err *err)
{
	struct text out;

	text_init(&out);
	bool ok = check_template(r, &out, err) && output_write(s->output, &out, err);
	text_release(&out);
	return ok;
}

/* A wrong file is said before a capture is read. */
static bool files_are_right(const struct settings *s, struct err *err)
{
	bool ok = true;

	for (int i = 0; i < s->files && ok; i++) {
		struct yaml *file = yaml_read(s->expect[i], err);
		ok = file && check_expectations(file, yaml_root(file), err);
		yaml_close(file);
	}
	return ok;
}

static int run(struct settings *s)
{
	struct records_input in;
	struct err err = ERR_INIT;
	int code = 0;

	s->choice.run.progress = !s->quiet;
	if (!files_are_right(s, &err) || !records_input_open(&in, s->database, &s->choice, &err))
		return output_error("check", &err);
	bool ok = s->template ? print_template(s, in.records, &err)
	                      : check(s, in.records, &code, &err);
	records_input_close(&in);
	return ok ? code : output_error("check", &err);
}

static bool add_file(struct settings *s, const char *path, struct err *err)
{
	if (s->files == MAX_FILES)
		return err_set(err, ERR_USAGE, "more than %d files of assertions", MAX_FILES);
	s->expect[s->files++] = path;
	return true;
}

enum option_id {
	OPTION_EXPECT = 256,
	OPTION_JUNIT,
	OPTION_MARKDOWN,
	OPTION_JSON,
	OPTION_CAPTURES,
	OPTION_TEMPLATE
};

static bool set_option(struct settings *s, int option, const char *value, struct err *err)
{
	switch ((enum option_id)option) {
	case OPTION_EXPECT: return add_file(s, value, err);
	case OPTION_JUNIT: s->junit = value; break;
	case OPTION_MARKDOWN: s->markdown = value; break;
	case OPTION_JSON: s->json = true; break;
	case OPTION_CAPTURES: s->captures = value; break;
	case OPTION_TEMPLATE: s->template = true; break;
	}
	return true;
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv)
{
	static const struct option options[] = {
		ANALYZER_LONG_OPTIONS,
		{ "expect", required_argument, NULL, OPTION_EXPECT },
		{ "junit", required_argument, NULL, OPTION_JUNIT },
		{ "markdown", required_argument, NULL, OPTION_MARKDOWN },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "captures", required_argument, NULL, OPTION_CAPTURES },
		{ "print-template", no_argument, NULL, OPTION_TEMPLATE },
		{ "output", required_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":f:o:qh", options, NULL)) != -1) {
		int taken = analyzer_option(&s->choice, c, optarg, &err);
		if (c == 'h')
			return output_help(help);
		if (c == 'o')
			s->output = optarg;
		else if (c == 'q')
			s->quiet = true;
		else if (c == '?' || c == ':')
			taken = output_bad_option("check", c, argv, &err) ? 1 : -1;
		else if (taken == 0 && !set_option(s, c, optarg, &err))
			taken = -1;
		if (taken < 0)
			return output_error("check", &err);
	}
	return -1;
}

int cli_check(int argc, char **argv)
{
	struct settings s = { 0 };
	struct err err = ERR_INIT;
	int code = parse_options(&s, argc, argv);

	if (code >= 0)
		return code;
	if (argc - optind != 1)
		err_set(&err, ERR_USAGE, "give one DB or capture%s; try 'milliwatt check --help'",
		        argc > optind ? ", not several" : "");
	else if (!s.files && !s.template)
		err_set(&err, ERR_USAGE,
		        "by which file? --expect FILE; 'milliwatt check --print-template %s' "
		        "writes "
		        "one to start from",
		        argv[optind]);
	else if (s.files && s.template)
		err_set(&err, ERR_USAGE, "--print-template writes a file; it takes no --expect");
	if (err.code != ERR_NONE)
		return output_error("check", &err);
	s.database = argv[optind];
	return run(&s);
}
