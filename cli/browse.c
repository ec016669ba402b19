/* milliwatt browse: the records on a full screen. */
#include "cli/analyzer_options.h"
#include "cli/browse_doors.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/browse/screen.h"
#include "reports/records/store_file.h"

#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
        "Usage: milliwatt browse [OPTIONS] DB\n"
        "       milliwatt browse [OPTIONS] CAPTURE...\n"
        "\n"
        "Calls, their flows and streams, findings and key figures on a full screen. Captures (or "
        "a\n"
        "directory of them) are analyzed first, into memory; -o keeps the records.\n"
        "\n"
        "      --calls FILTER   show these at first, as in the filter line: 'busy', 'mos<3.5 4xx'\n"
        "      --captures DIR   the captures lie there now, under their old names (for what "
        "messages\n"
        "                       said, and to save calls)\n"
        "      --texts          read captures of more than 8 GB too for what messages said\n"
        "  -o, --output DB      of captures: write the records there\n"
        "      --no-colour      no colours (also: NO_COLOR in the environment)\n"
        "      --ascii          lines and graphs of plain characters\n"
        "  -h, --help           this help\n"
        "\n" ANALYZER_SHORT_HELP "\n"
        "Keys (F1 or h shows all of a view; those that sngrep has too are the same)\n"
        "  Enter  the call's flow; the whole message   / F3 F7  filter, F9 all again\n"
        "  Space  mark: several calls in one flow       < > z    sort\n"
        "  s F2   save to a capture file                1 .. 6   calls, findings, streams,\n"
        "  e      findings of the call, with the fix             registrations, summary, figures\n"
        "  Esc q  back, and out                         r F6     messages as text\n"
        "\n"
        "Examples:\n"
        "  milliwatt browse tonight.db\n"
        "  milliwatt browse --calls 'answered mos<3.1' tonight.db\n"
        "  milliwatt browse tonight.pcap\n"
        "  milliwatt browse -o outage.db ring-buffer/\n";

struct settings {
	struct analyzer_choice choice;
	struct browse_setup setup;
	const char *calls, *output;
	int no_colour, ascii;
	char **paths;
	size_t path_count;
};

enum { OPTION_CALLS = 256, OPTION_CAPTURES, OPTION_TEXTS };

/* --- the records ------------------------------------------------------------------------------------------------- */

/* The signal that came; the only state of the process that changes, since a handler can reach no other. */
static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
	stop_signal = number;
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note_signal };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
}

static void warn_damaged(const struct capture_info *info)
{
	analyzer_warn_damaged("browse", info);
}

static bool analyze(struct settings *s, struct store **store, struct records **records,
                    struct err *err)
{
	struct analyze_options run = s->choice.run;

	run.paths = (const char *const *)s->paths;
	run.path_count = s->path_count;
	run.database = s->output;
	run.command = SLICE_LIT("milliwatt browse");
	run.version = SLICE_LIT(MILLIWATT_VERSION);
	run.progress = true;
	run.damaged = warn_damaged;
	run.stop = &stop_signal;
	if (!analyze_run(&run, s->output ? NULL : store, NULL, err))
		return false;
	*records = s->output ? records_open(s->output, err) : records_of(store_handle(*store), err);
	return *records != NULL;
}

static bool is_database(const struct settings *s, bool *yes, struct err *err)
{
	enum db_kind kind;
	uint32_t version;

	*yes = false;
	for (size_t i = 0; i < s->path_count; i++) {
		if (strcmp(s->paths[i], "-") == 0)
			return err_set(err, ERR_USAGE,
			               "standard input is for keys: give the capture's name");
		if (!db_file_identify(s->paths[i], &kind, &version, err))
			return false;
		if (kind == DB_ABSENT)
			return err_set(err, ERR_IO, "no such file: '%s'", s->paths[i]);
		*yes |= kind == DB_OURS;
	}
	if (*yes && s->path_count > 1)
		return err_set(err, ERR_USAGE, "give one database, or captures alone");
	if (*yes && (s->output || s->choice.given))
		return err_set(err, ERR_USAGE, "'%s' is a database already: %s is for captures",
		               s->paths[0], s->output ? "--output" : s->choice.given);
	return true;
}

static bool open_records(struct settings *s, struct store **store, struct records **records,
                         struct err *err)
{
	bool database;

	if (!is_database(s, &database, err))
		return false;
	if (!database)
		return analyze(s, store, records, err);
	s->setup.database = s->paths[0];
	*records = records_open(s->paths[0], err);
	return *records != NULL;
}

/* --- the screen -------------------------------------------------------------------------------------------------- */

static bool draw(struct browse *b, struct screen *screen, struct err *err)
{
	unsigned rows, columns;
	bool all = b->redraw;

	screen_size(screen, &rows, &columns);
	if (!browse_draw(b, rows, columns, err))
		return false;
	screen_show(screen, &b->cells, all);
	b->redraw = false;
	return true;
}

static bool loop(struct browse *b, struct screen *screen, struct err *err)
{
	int key;

	while (!b->done && !stop_signal) {
		if (!draw(b, screen, err))
			return false;
		if (!screen_key(screen, &key))
			return err_set(err, ERR_IO, "the terminal is gone");
		browse_key(b, key);
	}
	return true;
}

static void show_busy(void *context, const char *text)
{
	struct browse_setup *setup = context;

	browse_draw_busy(setup->browse, text);
	screen_show(setup->screen, &setup->browse->cells, false);
}

static bool show(struct settings *s, struct records *r, struct err *err)
{
	bool utf8 = setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	struct browse_doors doors = browse_doors_of(&s->setup);
	struct browse b;
	bool ok = browse_open(&b, r, s->paths[0], s->calls ? s->calls : "", &doors,
	                      utf8 && !s->ascii, err);

	if (ok)
		s->setup.screen = screen_open(output_wants_colour() && !s->no_colour, err);
	ok = ok && s->setup.screen;
	if (ok) {
		s->setup.browse = &b;
		s->setup.busy = show_busy;
		ok = loop(&b, s->setup.screen, err);
	}
	screen_close(s->setup.screen);
	browse_release(&b);
	browse_setup_release(&s->setup);
	return ok;
}

static int run(struct settings *s)
{
	struct err err = ERR_INIT;
	struct store *store = NULL;
	struct records *r = NULL;

	catch_signals();
	bool ok = open_records(s, &store, &r, &err) && show(s, r, &err);
	records_close(r);
	store_free(store);
	int code = ok ? 0 : output_error("browse", &err);
	return stop_signal ? 128 + stop_signal : code;
}

/* --- the command line -------------------------------------------------------------------------------------------- */

static bool check_terminal(struct err *err)
{
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return true;
	return err_set(err, ERR_USAGE,
	               "this needs a terminal to draw on and to read keys from; 'milliwatt calls' "
	               "and 'milliwatt show' print the same as text");
}

static bool set_option(struct settings *s, int option, char **argv, struct err *err)
{
	int taken = analyzer_option(&s->choice, option, optarg, err);

	if (taken)
		return taken > 0;
	switch (option) {
	case 0: return true;
	case 'o': s->output = optarg; return true;
	case OPTION_CALLS: s->calls = optarg; return true;
	case OPTION_CAPTURES: s->setup.captures = optarg; return true;
	case OPTION_TEXTS: s->setup.all_texts = true; return true;
	default: return output_bad_option("browse", option, argv, err);
	}
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv)
{
	const struct option options[] = {
		ANALYZER_LONG_OPTIONS,
		{ "calls", required_argument, NULL, OPTION_CALLS },
		{ "captures", required_argument, NULL, OPTION_CAPTURES },
		{ "texts", no_argument, NULL, OPTION_TEXTS },
		{ "output", required_argument, NULL, 'o' },
		{ "no-colour", no_argument, &s->no_colour, 1 },
		{ "no-color", no_argument, &s->no_colour, 1 },
		{ "ascii", no_argument, &s->ascii, 1 },
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
		if (!set_option(s, c, argv, &err))
			return output_error("browse", &err);
	}
	if (optind == argc)
		err_set(&err, ERR_USAGE, "give a DB, or captures; try 'milliwatt browse --help'");
	else if (check_terminal(&err))
		return -1;
	return output_error("browse", &err);
}

int cli_browse(int argc, char **argv)
{
	struct settings s = { 0 };
	int code = parse_options(&s, argc, argv);

	if (code >= 0)
		return code;
	s.paths = argv + optind;
	s.path_count = (size_t)(argc - optind);
	return run(&s);
}
