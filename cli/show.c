/* milliwatt show: one call as a ladder. */
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/ladder.h"
#include "reports/report.h"

#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
        "Usage: milliwatt show [OPTIONS] DB [CALL]\n"
        "\n"
        "Draws one call, all its legs in one ladder: its SIP messages, media and digits in order "
        "of\n"
        "time; callers to the left of whom they call, proxies and B2BUAs in between. Below, its\n"
        "legs and why they are one call, transfers, findings, and a table of its streams. CALL is "
        "the call's number, or the Call-ID of any of its legs. Without CALL, "
        "lists\n"
        "all calls.\n"
        "\n"
        "  --ascii        plain characters only (default where the locale is not UTF-8)\n"
        "  --utf8         line drawing characters, whatever the locale says\n"
        "  --wide         as wide as the call needs, up to 400 columns; for a pager that scrolls\n"
        "  --width N      columns to use, 60 to 400 (default: $COLUMNS, the terminal's, or 100)\n"
        "  --json         the call's rows as one JSON document\n"
        "  -h, --help     this help\n"
        "\n"
        "Frames are numbered CAPTURE:FRAME, as packet viewers count them; times are seconds since "
        "the\n"
        "call's first message.\n"
        "\n"
        "Examples:\n"
        "  milliwatt show trunk.db                      which calls are there?\n"
        "  milliwatt show trunk.db 17                   call 17\n"
        "  milliwatt show trunk.db 3c26700a@192.0.2.1   by Call-ID\n"
        "  milliwatt show --ascii --width 80 trunk.db 17 | mail -s 'one-way audio' noc\n";

enum { OPTION_WIDTH = 256 };

struct settings {
	int json, wide, charset; /* charset: 0 by locale, 'a', 'u' */
	struct ladder_style style;
	const char *database, *call;
};

static bool show_call(const struct settings *s, struct records *r, struct text *out,
                      struct err *err)
{
	int64_t id;

	if (!ladder_find(r, slice_str(s->call), &id, err))
		return false;
	return s->json ? ladder_json(r, id, out, err) : ladder_text(r, id, &s->style, out, err);
}

static bool show(const struct settings *s, struct text *out, struct err *err)
{
	struct records *r = records_open(s->database, err);

	if (!r)
		return false;
	bool ok = s->call   ? show_call(s, r, out, err)
	          : s->json ? report_json(r, out, err)
	                    : report_calls(r, out, err);
	records_close(r);
	return ok;
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	bool ok = show(s, &out, &err) && output_write(NULL, &out, &err);
	text_release(&out);
	return ok ? 0 : output_error("show", &err);
}

static bool set_width(struct settings *s, const char *value, struct err *err)
{
	uint64_t width;

	if (!slice_u64(slice_str(value), LADDER_MAX_WIDTH, &width) || width < 60)
		return err_set(err, ERR_USAGE, "'--width=%s': a width is a number from 60 to %d",
		               value, LADDER_MAX_WIDTH);
	s->style.width = (unsigned)width;
	return true;
}

/* The locale of the environment, asked without setting it for the process. */
static bool locale_is_utf8(void)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

	if (!l)
		return false;
	bool utf8 = strcmp(nl_langinfo_l(CODESET, l), "UTF-8") == 0;
	freelocale(l);
	return utf8;
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv)
{
	const struct option options[] = {
		{ "ascii", no_argument, &s->charset, 'a' },
		{ "utf8", no_argument, &s->charset, 'u' },
		{ "wide", no_argument, &s->wide, 1 },
		{ "width", required_argument, NULL, OPTION_WIDTH },
		{ "json", no_argument, &s->json, 1 },
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
		case OPTION_WIDTH:
			if (!set_width(s, optarg, &err))
				return output_error("show", &err);
			break;
		case 'h': return output_help(help);
		default:
			output_bad_option("show", c, argv, &err);
			return output_error("show", &err);
		}
	}
	if (argc - optind == 1 || argc - optind == 2)
		return -1;
	err_set(&err, ERR_USAGE, "give a DB and one CALL; try 'milliwatt show --help'");
	return output_error("show", &err);
}

int cli_show(int argc, char **argv)
{
	struct settings s = { .style.width = 0 };
	int code = parse_options(&s, argc, argv);

	if (code >= 0)
		return code;
	s.database = argv[optind];
	s.call = argc - optind == 2 ? argv[optind + 1] : NULL;
	if (s.wide)
		s.style.width = LADDER_MAX_WIDTH;
	if (!s.style.width)
		s.style.width = output_columns(LADDER_DEFAULT_WIDTH);
	s.style.ascii = s.charset == 'a' || (s.charset == 0 && !locale_is_utf8());
	return run(&s);
}
