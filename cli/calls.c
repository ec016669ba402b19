/* milliwatt calls: which calls? */
#include "cli/call_text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/calls_list.h"
#include "reports/calls_values.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
        "Usage: milliwatt calls [OPTIONS] DB\n"
        "\n"
        "Lists the calls of DB for which all of the following hold, one a line, with the number "
        "that\n"
        "'milliwatt show' and 'milliwatt export' take.\n"
        "\n"
        "Who\n"
        "  --caller TEXT       the caller's user part (number) contains TEXT\n"
        "  --callee TEXT       the callee's\n"
        "  --number PREFIX     caller or callee begins with it; +44, 0044 and 44 are the same\n"
        "  --peer ADDR[:PORT]  a leg's first request came from there or went there\n"
        "  --trunk ADDR[:PORT] a leg's first INVITE went there, as in 'report --kpi'\n"
        "  --user-agent TEXT   a leg's User-Agent or Server contains TEXT\n"
        "What\n"
        "  --status CODE       final status: 486, or a class: 4xx\n"
        "  --outcome LIST      answered, busy, no_answer, cancelled, rejected, failed, "
        "unauthorized,\n"
        "                      incomplete, in_progress; several with commas\n"
        "  --min-duration T    talked for T or longer: seconds, or 500ms, 90s, 5m, 1h\n"
        "  --max-duration T    talked for T or shorter\n"
        "  --mos-below MOS     its worst stream has a MOS below\n"
        "  --finding WHAT      a rule (D1, or its name), a finding's number, or any\n"
        "  --text TEXT         a header line or start line of its messages contains TEXT. Reads "
        "the\n"
        "                      captures again; --captures DIR says where they are now\n"
        "When\n"
        "  --from, --to TIME   it began then or later, then or earlier (UTC): 2026-01-31,\n"
        "                      2026-01-31T14:05:06, or 14:05[:06] of the day the captures began\n"
        "Output\n"
        "  --sort KEY          start (default), duration, mos, setup, pdd, status, caller, "
        "callee,\n"
        "                      outcome, legs; smallest first, what has no value last\n"
        "  --reverse           largest first\n"
        "  --limit N           the first N only\n"
        "  --csv, --json       for programs; times in UTC\n"
        "  -o, --output FILE   write there instead of to standard output\n"
        "  -h, --help          this help\n"
        "\n"
        "Texts are compared without regard to case. The exit code is 0 if a call was found, 1 if "
        "none\n"
        "was, 2 or 3 after an error: like grep.\n"
        "\n"
        "Examples:\n"
        "  milliwatt calls --status 5xx --from 02:00 --to 03:00 trunk.db\n"
        "  milliwatt calls --number +44 --mos-below 3.5 --sort mos trunk.db\n"
        "  milliwatt calls --outcome answered --max-duration 6s --csv trunk.db >short.csv\n"
        "  milliwatt calls --finding any trunk.db && exit 1    # CI: no call with a finding\n"
        "  milliwatt calls --text 'X-Account: 4711' trunk.db\n";

enum option_id {
	OPTION_CALLER = 256,
	OPTION_CALLEE,
	OPTION_NUMBER,
	OPTION_PEER,
	OPTION_TRUNK,
	OPTION_USER_AGENT,
	OPTION_STATUS,
	OPTION_OUTCOME,
	OPTION_MIN_DURATION,
	OPTION_MAX_DURATION,
	OPTION_MOS_BELOW,
	OPTION_FINDING,
	OPTION_TEXT,
	OPTION_CAPTURES,
	OPTION_FROM,
	OPTION_TO,
	OPTION_SORT,
	OPTION_LIMIT
};

struct settings {
	struct calls_filter filter;
	int format, reverse;
	const char *text, *captures, *from, *to; /* these need the database */
	const char *database, *output;
};

static bool set_limit(struct settings *s, const char *value, struct err *err)
{
	uint64_t n;

	if (!slice_u64(slice_str(value), INT64_MAX, &n) || !n)
		return err_set(err, ERR_USAGE, "'--limit=%s': give a number from 1 on", value);
	s->filter.limit = (int64_t)n;
	return true;
}

static bool set_option(struct settings *s, int option, const char *value, struct err *err)
{
	struct calls_filter *f = &s->filter;

	switch (option) {
	case OPTION_CALLER: f->caller = slice_str(value); return true;
	case OPTION_CALLEE: f->callee = slice_str(value); return true;
	case OPTION_NUMBER: return calls_number(value, f, err);
	case OPTION_PEER: f->peer = slice_str(value); return true;
	case OPTION_TRUNK: f->trunk = slice_str(value); return true;
	case OPTION_USER_AGENT: f->user_agent = slice_str(value); return true;
	case OPTION_FINDING: f->finding = slice_str(value); return true;
	case OPTION_STATUS: return calls_status(value, f, err);
	case OPTION_OUTCOME: return calls_outcome(value, f, err);
	case OPTION_MIN_DURATION:
		return calls_duration("--min-duration", value, &f->min_talk_ms, err);
	case OPTION_MAX_DURATION:
		return calls_duration("--max-duration", value, &f->max_talk_ms, err);
	case OPTION_MOS_BELOW: return calls_mos(value, &f->mos_below, err);
	case OPTION_TEXT: s->text = value; return true;
	case OPTION_CAPTURES: s->captures = value; return true;
	case OPTION_FROM: s->from = value; return true;
	case OPTION_TO: s->to = value; return true;
	case OPTION_SORT: return calls_sort(value, f, err);
	case OPTION_LIMIT: return set_limit(s, value, err);
	default: s->output = value; return true;
	}
}

/* What the values mean in this database; `ids` holds what a search found. */
static bool resolve(struct settings *s, struct records *r, struct text *ids, struct err *err)
{
	struct calls_filter *f = &s->filter;

	if ((s->from && !calls_time("--from", s->from, r, &f->from_us, err)) ||
	    (s->to && !calls_time("--to", s->to, r, &f->to_us, err)))
		return false;
	if (!s->text)
		return true;
	if (!call_text_ids(r, s->text, s->captures, ids, err))
		return false;
	f->ids = slice_of(text_cstr(ids), ids->n);
	return true;
}

static bool list(struct settings *s, struct text *out, int64_t *matched, struct err *err)
{
	struct records *r = records_open(s->database, err);
	unsigned width = s->output ? CALLS_DEFAULT_WIDTH : output_columns(CALLS_DEFAULT_WIDTH);
	struct text ids;

	if (!r)
		return false;
	text_init(&ids);
	bool ok = resolve(s, r, &ids, err) &&
	          calls_list(r, &s->filter, (enum calls_format)s->format, width, out, matched, err);
	text_release(&ids);
	records_close(r);
	return ok;
}

static int run(struct settings *s)
{
	struct err err = ERR_INIT;
	struct text out;
	int64_t matched = 0;

	s->filter.reverse = s->reverse;
	text_init(&out);
	bool ok = list(s, &out, &matched, &err) && output_write(s->output, &out, &err);
	text_release(&out);
	if (!ok)
		return output_error("calls", &err);
	return matched ? 0 : 1;
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv)
{
	const struct option options[] = {
		{ "caller", required_argument, NULL, OPTION_CALLER },
		{ "callee", required_argument, NULL, OPTION_CALLEE },
		{ "number", required_argument, NULL, OPTION_NUMBER },
		{ "peer", required_argument, NULL, OPTION_PEER },
		{ "trunk", required_argument, NULL, OPTION_TRUNK },
		{ "user-agent", required_argument, NULL, OPTION_USER_AGENT },
		{ "status", required_argument, NULL, OPTION_STATUS },
		{ "outcome", required_argument, NULL, OPTION_OUTCOME },
		{ "min-duration", required_argument, NULL, OPTION_MIN_DURATION },
		{ "max-duration", required_argument, NULL, OPTION_MAX_DURATION },
		{ "mos-below", required_argument, NULL, OPTION_MOS_BELOW },
		{ "finding", required_argument, NULL, OPTION_FINDING },
		{ "text", required_argument, NULL, OPTION_TEXT },
		{ "captures", required_argument, NULL, OPTION_CAPTURES },
		{ "from", required_argument, NULL, OPTION_FROM },
		{ "to", required_argument, NULL, OPTION_TO },
		{ "sort", required_argument, NULL, OPTION_SORT },
		{ "limit", required_argument, NULL, OPTION_LIMIT },
		{ "reverse", no_argument, &s->reverse, 1 },
		{ "csv", no_argument, &s->format, CALLS_CSV },
		{ "json", no_argument, &s->format, CALLS_JSON },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (c == 'h')
			return output_help(help);
		if (c == '?' || c == ':')
			output_bad_option("calls", c, argv, &err);
		else if (c == 0 || set_option(s, c, optarg, &err))
			continue;
		return output_error("calls", &err);
	}
	if (argc - optind == 1)
		return -1;
	err_set(&err, ERR_USAGE, "give one DB%s; try 'milliwatt calls --help'",
	        argc > optind ? ", not several" : "");
	return output_error("calls", &err);
}

int cli_calls(int argc, char **argv)
{
	struct settings s = { .format = CALLS_TABLE };

	calls_filter_init(&s.filter);
	int code = parse_options(&s, argc, argv);
	if (code >= 0)
		return code;
	s.database = argv[optind];
	return run(&s);
}
