/* milliwatt compare: tonight against a baseline, or two captures of the same calls. */
#include "reports/compare/compare.h"
#include "cli/cli.h"
#include "cli/compare_nights.h"
#include "cli/message_texts.h"
#include "cli/output.h"
#include "cli/records_input.h"
#include "reports/compare/taps.h"
#include "reports/rows.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
        "Usage: milliwatt compare [OPTIONS] BASE TONIGHT\n"
        "       milliwatt compare [OPTIONS] --baseline-dir DIR [BASE] TONIGHT\n"
        "\n"
        "Is tonight worse? Outcomes, times, quality and findings of TONIGHT against BASE: their\n"
        "distributions, of all calls, per trunk and per scenario, each better, same, worse or too "
        "few\n"
        "to tell, with the calls that show it. Or, of two captures of the same calls at two "
        "places:\n"
        "where packets vanished, what the way takes, which headers were rewritten.\n"
        "Each is a database ('milliwatt analyze -o', 'milliwatt sim --record') or a capture.\n"
        "\n"
        "  --populations       compare them as nights; --taps: as two taps on the same calls.\n"
        "                      Without either: as taps if half of the calls are the same ones\n"
        "\n"
        "Nights\n"
        "  --baseline-dir DIR  every DIR/*.db is a baseline: from three on, what they differ by "
        "among\n"
        "                      themselves counts as same. Without BASE all of them are the "
        "baseline\n"
        "  --limit NAME=VALUE  the least difference that matters: mos_lq=0.2, pdd_ms=50, "
        "pdd_ms=20%,\n"
        "                      loss_ratio=0.005, finding=0.01; may be given again\n"
        "  --limits FILE       the same as lines of YAML, NAME: VALUE\n"
        "  --alpha P           how likely one false alarm in all of a comparison may be; default "
        "0.001\n"
        "\n"
        "Taps\n"
        "  --max-loss SHARE    more packets lost between them, of one stream, is a failure: 0.01 "
        "or 1%\n"
        "  --captures DIR      the captures behind the databases lie there now: headers are read "
        "in\n"
        "                      them\n"
        "\n"
        "  --json              one JSON document instead of the text (docs/compare.md)\n"
        "  --html FILE, --markdown FILE, --junit FILE   written beside it; '-': instead of it\n"
        "  -o, --output FILE   write there instead of to standard output\n"
        "  -h, --help          this help\n"
        "\n" ANALYZER_SHORT_HELP "\n"
        "Examples:\n"
        "  milliwatt compare monday.db tuesday.db\n"
        "  milliwatt compare --baseline-dir nights tonight.db --markdown summary.md --junit "
        "out.xml\n"
        "  milliwatt compare before-sbc.pcap after-sbc.pcap --max-loss 0.1%\n"
        "\n"
        "Exit code: 0 nothing is worse; 1 something is; 2 it cannot be told. docs/compare.md "
        "explains\n"
        "the tests and has all limits.\n";

enum option_name {
	OPTION_BASELINES = 2000,
	OPTION_LIMIT,
	OPTION_LIMITS,
	OPTION_ALPHA,
	OPTION_LOSS,
	OPTION_CAPTURES,
	OPTION_JSON,
	OPTION_HTML,
	OPTION_MARKDOWN,
	OPTION_JUNIT
};

enum form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN, FORM_JUNIT, FORM_HTML, FORMS };

enum mode { MODE_ANY, MODE_POPULATIONS, MODE_TAPS };

struct settings {
	int mode;
	enum form form;
	const char *files[FORMS]; /* written beside; NULL: not asked for */
	const char *output, *directory, *captures, *base, *tonight;
	struct compare_limits limits;
	bool limits_given;
	double max_loss;
	struct analyzer_choice choice;
};

/* What one of the two comparisons came to. */
struct result {
	struct comparison *nights;
	struct taps *taps;
	struct verdicts verdicts;
};

/* ---- forms ---- */

static bool make_form(const struct result *r, enum form form, bool colour, struct text *out,
                      struct err *err)
{
	switch (form) {
	case FORM_JUNIT: return verdicts_junit(&r->verdicts, out, err);
	case FORM_JSON:
		return r->taps ? taps_json(r->taps, out, err)
		               : comparison_json(r->nights, out, err);
	case FORM_MARKDOWN:
		return r->taps ? taps_markdown(r->taps, out, err)
		               : comparison_markdown(r->nights, out, err);
	case FORM_HTML:
		return r->taps ? taps_html(r->taps, out, err)
		               : comparison_html(r->nights, out, err);
	default:
		return r->taps ? taps_text(r->taps, colour, out, err)
		               : comparison_text(r->nights, colour, out, err);
	}
}

static bool write_form(const struct result *r, enum form form, const char *path, struct err *err)
{
	bool to_stdout = !path || strcmp(path, "-") == 0;
	struct text out;

	text_init(&out);
	bool ok = make_form(r, form, to_stdout && output_wants_colour(), &out, err) &&
	          output_write(path, &out, err);
	text_release(&out);
	return ok;
}

static bool write_all(const struct settings *s, const struct result *r, struct err *err)
{
	bool ok = write_form(r, s->form, s->output, err);

	for (int form = 0; ok && form < FORMS; form++)
		if (s->files[form])
			ok = write_form(r, (enum form)form, s->files[form], err);
	return ok;
}

/* ---- which of the two ---- */

static bool is_simulation(struct records *r, bool *yes, struct err *err)
{
	int64_t others;

	bool ok = rows_int(r, "SELECT count(*) FROM runs WHERE kind <> 'simulation'", 0, &others,
	                   err);
	*yes = others == 0;
	return ok;
}

/* Runs of the simulator have the same Call-IDs every night. */
static bool choose(const struct settings *s, struct records *base, struct records *tonight,
                   bool *taps, struct err *err)
{
	double overlap;
	bool simulation;

	*taps = s->mode == MODE_TAPS;
	if (s->mode != MODE_ANY)
		return true;
	if (!is_simulation(tonight, &simulation, err))
		return false;
	if (simulation)
		return true;
	if (!taps_overlap(base, tonight, &overlap, err))
		return false;
	*taps = overlap >= 0.5;
	return true;
}

/* Headers can be compared where the captures still lie there. */
static bool compare_taps(const struct settings *s, struct records *a, struct records *b,
                         struct result *r, struct err *err)
{
	bool progress = s->choice.run.progress;
	struct message_file *texts_a = message_file_new(a, s->captures, progress, err);
	struct message_file *texts_b =
	        texts_a ? message_file_new(b, s->captures, progress, err) : NULL;

	if (texts_b) {
		struct taps_options options = {
			.name_a = s->base,
			.name_b = s->tonight,
			.texts_a = message_file_texts(texts_a),
			.texts_b = message_file_texts(texts_b),
			.max_loss_ratio = s->max_loss,
		};
		r->taps = taps_new(a, b, &options, err);
	}
	message_file_free(texts_a);
	message_file_free(texts_b);
	return r->taps && taps_verdicts(r->taps, &r->verdicts, err);
}

static bool compare_nights(const struct settings *s, struct records *base, struct records *tonight,
                           const struct compare_nights *nights, struct result *r, struct err *err)
{
	struct compare_options options = {
		.baselines = nights->records,
		.baseline_count = nights->count,
		.limits = &s->limits,
		.base_name = s->base,
		.tonight_name = s->tonight,
	};

	r->nights = comparison_new(base, tonight, &options, err);
	return r->nights && comparison_verdicts(r->nights, &r->verdicts, err);
}

/* ---- all of it ---- */

static bool compare_opened(const struct settings *s, struct records *base, struct records *tonight,
                           const struct compare_nights *nights, int *code, struct err *err)
{
	struct result r = { 0 };
	bool taps = false;

	if (base && !choose(s, base, tonight, &taps, err))
		return false;
	/* Calls to blame are numbered as the first of two taps numbers them. */
	verdicts_init(&r.verdicts, taps ? "taps" : "compare", taps ? s->base : s->tonight);
	bool ok = (taps ? compare_taps(s, base, tonight, &r, err)
	                : compare_nights(s, base, tonight, nights, &r, err)) &&
	          write_all(s, &r, err);
	if (ok)
		*code = verdicts_exit_code(&r.verdicts);
	comparison_free(r.nights);
	if (r.taps)
		taps_free(r.taps);
	verdicts_release(&r.verdicts);
	return ok;
}

static bool compare_with_base(const struct settings *s, struct records *tonight,
                              const struct compare_nights *nights, int *code, struct err *err)
{
	struct records_input base;

	if (!s->base)
		return compare_opened(s, NULL, tonight, nights, code, err);
	if (!records_input_open(&base, s->base, &s->choice, err))
		return false;
	bool ok = compare_opened(s, base.records, tonight, nights, code, err);
	records_input_close(&base);
	return ok;
}

static bool compare_all(const struct settings *s, int *code, struct err *err)
{
	struct compare_nights nights = { 0 };
	struct records_input tonight;

	if (s->directory && !compare_nights_open(&nights, s->directory, s->tonight, err))
		return false;
	if (nights.passed_over)
		fprintf(stderr,
		        "milliwatt compare: warning: of the baselines of '%s' the last %d by name "
		        "are taken, %zu are not\n",
		        s->directory, COMPARE_MAX_BASELINES, nights.passed_over);
	bool ok = records_input_open(&tonight, s->tonight, &s->choice, err);
	if (ok) {
		ok = compare_with_base(s, tonight.records, &nights, code, err);
		records_input_close(&tonight);
	}
	compare_nights_close(&nights);
	return ok;
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	int code = 2;

	return compare_all(s, &code, &err) ? code : output_error("compare", &err);
}

/* ---- the command line ---- */

static bool parse_share(const char *text, const char *option, double most, double *out,
                        struct err *err)
{
	char *end;
	double value = strtod(text, &end);

	if (end != text && strcmp(end, "%") == 0) {
		value /= 100;
		end++;
	}
	if (end != text && !*end && value >= 0 && value <= most) {
		*out = value;
		return true;
	}
	return err_set(err, ERR_USAGE, "'%s' is nothing for %s: give a number from 0 to %g, or N%%",
	               text, option, most);
}

static bool take_form(struct settings *s, enum form form, const char *file)
{
	if (strcmp(file, "-") == 0)
		s->form = form;
	else
		s->files[form] = file;
	return true;
}

static bool take_option(struct settings *s, int c, struct err *err)
{
	switch (c) {
	case 'o': s->output = optarg; return true;
	case OPTION_JSON: s->form = FORM_JSON; return true;
	case OPTION_HTML: return take_form(s, FORM_HTML, optarg);
	case OPTION_MARKDOWN: return take_form(s, FORM_MARKDOWN, optarg);
	case OPTION_JUNIT: return take_form(s, FORM_JUNIT, optarg);
	case OPTION_BASELINES: s->directory = optarg; return true;
	case OPTION_LIMIT: s->limits_given = true; return limits_set(&s->limits, optarg, err);
	case OPTION_LIMITS: s->limits_given = true; return limits_read(&s->limits, optarg, err);
	case OPTION_ALPHA:
		s->limits_given = true;
		return parse_share(optarg, "--alpha", 0.5, &s->limits.alpha, err);
	case OPTION_CAPTURES: s->captures = optarg; return true;
	case OPTION_LOSS: return parse_share(optarg, "--max-loss", 1, &s->max_loss, err);
	default: return analyzer_option(&s->choice, c, optarg, err) > 0;
	}
}

/* BASE and TONIGHT, of which BASE may be left out beside --baseline-dir. */
static bool take_names(struct settings *s, char **names, int count, struct err *err)
{
	if (count != 2 && !(count == 1 && s->directory))
		return err_set(err, ERR_USAGE,
		               "give BASE and TONIGHT%s; try 'milliwatt compare --help'",
		               s->directory ? ", or TONIGHT alone" : "");
	s->base = count == 2 ? names[0] : NULL;
	s->tonight = names[count - 1];
	if (s->mode == MODE_TAPS && s->directory)
		return err_set(err, ERR_USAGE,
		               "--baseline-dir is of nights, --taps of one: give one "
		               "of them");
	if (s->mode == MODE_TAPS && s->limits_given)
		return err_set(err, ERR_USAGE,
		               "--limit, --limits and --alpha are of nights: with --taps give "
		               "--max-loss");
	if (s->directory || s->limits_given)
		s->mode = MODE_POPULATIONS;
	/* Of a capture, what it takes to lay another one beside it. */
	s->choice.run.media.marks |= s->mode != MODE_POPULATIONS;
	return true;
}

/* -1: go on; else the exit code. */
static int read_options(struct settings *s, int argc, char **argv)
{
	const struct option options[] = {
		{ "populations", no_argument, &s->mode, MODE_POPULATIONS },
		{ "taps", no_argument, &s->mode, MODE_TAPS },
		{ "baseline-dir", required_argument, NULL, OPTION_BASELINES },
		{ "limit", required_argument, NULL, OPTION_LIMIT },
		{ "limits", required_argument, NULL, OPTION_LIMITS },
		{ "alpha", required_argument, NULL, OPTION_ALPHA },
		{ "max-loss", required_argument, NULL, OPTION_LOSS },
		{ "captures", required_argument, NULL, OPTION_CAPTURES },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "html", required_argument, NULL, OPTION_HTML },
		{ "markdown", required_argument, NULL, OPTION_MARKDOWN },
		{ "junit", required_argument, NULL, OPTION_JUNIT },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		ANALYZER_LONG_OPTIONS,
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:f:h", options, NULL)) != -1) {
		if (c == 'h')
			return output_help(help);
		if (c == '?' || c == ':')
			output_bad_option("compare", c, argv, &err);
		else if (c == 0 || take_option(s, c, &err))
			continue;
		return output_error("compare", &err);
	}
	if (!take_names(s, argv + optind, argc - optind, &err))
		return output_error("compare", &err);
	return -1;
}

int cli_compare(int argc, char **argv)
{
	struct settings s = { .max_loss = NAN };

	limits_init(&s.limits);
	s.choice.run.progress = isatty(STDERR_FILENO) != 0;
	int code = read_options(&s, argc, argv);
	return code >= 0 ? code : run(&s);
}
