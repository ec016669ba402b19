#include "cli/report_options.h"

#include "base/slice.h"
#include "cli/html_report.h"
#include "cli/output.h"

#include <getopt.h>
#include <string.h>

enum option_id {
	OPTION_SUBJECT = 256, /* and the subject */
	OPTION_FORM = 512, /* and the form */
	OPTION_FAIL_ON = 768,
	OPTION_PAGES,
	OPTION_PLOTS,
	OPTION_AUDIO,
	OPTION_NO_TEXTS,
	OPTION_CAPTURES,
};

static const struct option long_options[] = {
	{ "calls", no_argument, NULL, OPTION_SUBJECT + REPORT_CALLS },
	{ "streams", no_argument, NULL, OPTION_SUBJECT + REPORT_STREAMS },
	{ "findings", no_argument, NULL, OPTION_SUBJECT + REPORT_FINDINGS },
	{ "kpi", no_argument, NULL, OPTION_SUBJECT + REPORT_KPI },
	{ "text", no_argument, NULL, OPTION_FORM + REPORT_TEXT },
	{ "markdown", no_argument, NULL, OPTION_FORM + REPORT_MARKDOWN },
	{ "json", no_argument, NULL, OPTION_FORM + REPORT_JSON },
	{ "csv", required_argument, NULL, OPTION_FORM + REPORT_CSV },
	{ "junit", no_argument, NULL, OPTION_FORM + REPORT_JUNIT },
	{ "html", required_argument, NULL, OPTION_FORM + REPORT_HTML },
	{ "fail-on", required_argument, NULL, OPTION_FAIL_ON },
	{ "pages", required_argument, NULL, OPTION_PAGES },
	{ "plots", required_argument, NULL, OPTION_PLOTS },
	{ "audio", optional_argument, NULL, OPTION_AUDIO },
	{ "no-texts", no_argument, NULL, OPTION_NO_TEXTS },
	{ "captures", required_argument, NULL, OPTION_CAPTURES },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char *const subject_names[] = { "", "--calls", "--streams", "--findings", "--kpi" };
static const char *const form_names[] = { "--text", "--markdown", "--json",
	                                  "--csv",  "--junit",    "--html" };

/* Which were given, to see what does not go together. */
struct given {
	bool form;
	const char *of_html; /* an option that only --html has; NULL: none */
	bool fail_on;
};

static bool set_subject(struct report_options *o, enum report_subject subject, struct err *err)
{
	if (o->subject != REPORT_SUMMARY && o->subject != subject)
		return err_set(err, ERR_USAGE, "%s and %s: give one of them",
		               subject_names[o->subject], subject_names[subject]);
	o->subject = subject;
	return true;
}

static bool set_form(struct report_options *o, struct given *g, enum report_form form,
                     struct err *err)
{
	if (g->form && o->form != form)
		return err_set(err, ERR_USAGE, "%s and %s are two forms: give one of them",
		               form_names[o->form], form_names[form]);
	g->form = true;
	o->form = form;
	if (form == REPORT_CSV)
		o->table = optarg;
	if (form == REPORT_HTML)
		o->folder = optarg;
	return true;
}

static bool set_fail_on(struct report_options *o, struct given *g, struct err *err)
{
	g->fail_on = true;
	o->warnings_fail = strcmp(optarg, "warning") == 0;
	return o->warnings_fail || strcmp(optarg, "error") == 0 ||
	       err_set(err, ERR_USAGE, "'--fail-on=%s': give error or warning", optarg);
}

static bool set_number(int64_t *to, const char *name, uint64_t most, struct err *err)
{
	uint64_t n;

	if (!slice_u64(slice_str(optarg), most, &n))
		return err_set(err, ERR_USAGE, "'%s=%s': give a number of calls from 0 to %llu",
		               name, optarg, (unsigned long long)most);
	*to = (int64_t)n;
	return true;
}

/* Those of pages. */
static bool set_page_option(struct report_options *o, struct given *g, int option, struct err *err)
{
	switch (option) {
	case OPTION_PAGES:
		g->of_html = "--pages";
		return set_number(&o->pages, "--pages", REPORT_MOST_PAGES, err);
	case OPTION_PLOTS:
		g->of_html = "--plots";
		return set_number(&o->plots, "--plots", REPORT_MOST_PLOTS, err);
	case OPTION_AUDIO:
		g->of_html = "--audio";
		o->audio = HTML_DEFAULT_AUDIO;
		return !optarg || set_number(&o->audio, "--audio", REPORT_MOST_PLAYERS, err);
	case OPTION_NO_TEXTS:
		g->of_html = "--no-texts";
		o->no_texts = true;
		return true;
	default:
		g->of_html = "--captures";
		o->captures = optarg;
		return true;
	}
}

static bool set_option(struct report_options *o, struct given *g, int option, struct err *err)
{
	if (option >= OPTION_FAIL_ON)
		return option == OPTION_FAIL_ON ? set_fail_on(o, g, err)
		                                : set_page_option(o, g, option, err);
	if (option >= OPTION_FORM)
		return set_form(o, g, (enum report_form)(option - OPTION_FORM), err);
	if (option >= OPTION_SUBJECT)
		return set_subject(o, (enum report_subject)(option - OPTION_SUBJECT), err);
	o->output = optarg;
	return true;
}

/* What there is of a subject in the form asked for. */
static const char *instead_of(const struct report_options *o)
{
	bool rows = o->form == REPORT_CSV || o->form == REPORT_JSON;

	switch (o->subject) {
	case REPORT_CALLS:
		return rows ? "'milliwatt calls --csv' and 'milliwatt calls --json' list them"
		            : "it is a text";
	case REPORT_STREAMS: return rows ? "'--csv streams' has them all" : "it is a text";
	case REPORT_FINDINGS:
		return rows ? "'--csv findings' has them all, and '--json' among the rest"
		            : "it is a text";
	default:
		return o->form == REPORT_CSV ? "'--csv kpi' has them all"
		                             : "it is a text, or with --json a document";
	}
}

static bool goes_together(const struct report_options *o, const struct given *g, struct err *err)
{
	bool has_form = o->subject == REPORT_SUMMARY || o->form == REPORT_TEXT ||
	                (o->subject == REPORT_KPI && o->form == REPORT_JSON);

	if (!has_form)
		return err_set(err, ERR_USAGE, "%s does not go with %s: %s",
		               subject_names[o->subject], form_names[o->form], instead_of(o));
	if (g->of_html && o->form != REPORT_HTML)
		return err_set(err, ERR_USAGE, "%s is about pages: give --html DIR too",
		               g->of_html);
	if (o->no_texts && o->captures && !o->audio)
		return err_set(err, ERR_USAGE,
		               "--captures says where captures lie that --no-texts "
		               "does not read");
	if (g->fail_on && o->form != REPORT_JUNIT)
		return err_set(err, ERR_USAGE, "--fail-on is about test cases: give --junit too");
	if (o->output && o->form == REPORT_HTML)
		return err_set(err, ERR_USAGE,
		               "--html names the folder it writes: leave --output out");
	return true;
}

bool report_options_parse(struct report_options *o, int argc, char **argv, bool *wants_help,
                          struct err *err)
{
	struct given g = { 0 };
	int c;

	*o = (struct report_options){ .pages = HTML_DEFAULT_PAGES, .plots = HTML_DEFAULT_PLOTS };
	*wants_help = false;
	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1) {
		*wants_help = c == 'h';
		if (*wants_help)
			return true;
		if (c == '?' || c == ':')
			return output_bad_option("report", c, argv, err);
		if (!set_option(o, &g, c, err))
			return false;
	}
	if (argc - optind != 1)
		return err_set(err, ERR_USAGE, "give one DB%s; try 'milliwatt report --help'",
		               argc > optind ? ", not several" : "");
	o->database = argv[optind];
	return goes_together(o, &g, err);
}
