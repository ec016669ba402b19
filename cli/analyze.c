/* milliwatt analyze: captures in, records and a summary out. */
#include "analyzer/joining/correlate.h"
#include "base/text.h"
#include "cli/analyzer_options.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/records/query.h"
#include "reports/report.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
        "Usage: milliwatt analyze [OPTIONS] CAPTURE...\n"
        "\n"
        "Reads captures (pcap, pcapng, also .gz and .zst), reconstructs every call in them, scores "
        "its media, and\n"
        "writes the records into an SQLite database. Several captures, or a directory of them, are "
        "one run, merged in\n"
        "time order: a call that crosses files is one call. '-' reads from standard input.\n"
        "\n"
        "  -o, --output DB      the records database (default: beside the first capture, "
        "tonight.pcap -> tonight.db)\n"
        "  -f, --filter EXPR    only packets that match this BPF filter, as in tcpdump\n"
        "      --interval N     length of the rows of stream_intervals in seconds (default 5; "
        "also --intervals)\n"
        "      --jitter-buffer B the receivers' jitter buffer: fixed:MS (default fixed:60), "
        "adaptive "
        "(20 to 200 ms), none.\n"
        "                       What it throws away is 'late', and counts as loss\n"
        "      --delay MS       the network's one-way delay where RTCP does not tell one (default: "
        "left out)\n"
        "      --rules FILE     thresholds and switches of the rules behind the findings: see "
        "'milliwatt rules'\n"
        "      --correlate LIST headers whose value joins the legs of a call: another leg's "
        "Call-ID, "
        "or the same in all.\n"
        "                       Default: " CORRELATE_HEADERS "\n"
        "      --no-payload-join    legs whose media carry the same are no call for that: where "
        "all "
        "calls play the same\n"
        "      --mask-dtmf      digits are recorded as x: their number and times stay, which they "
        "were "
        "does not\n"
        "      --audio          decode audio and measure it: speech level, silence, clipping, "
        "tones, "
        "digits in the sound\n"
        "      --marks          keep which RTP packets came and when every 32nd did: two captures "
        "of the same calls can\n"
        "                       then be laid side by side, see 'milliwatt compare'\n"
        "      --reader NAME    native (default) or libpcap\n"
        "      --json           print the summary as JSON\n"
        "  -q, --quiet          print no summary and no progress\n"
        "  -h, --help\n"
        "\n"
        "Examples:\n"
        "  milliwatt analyze tonight.pcap\n"
        "  milliwatt analyze -o outage.db ring-buffer/             a directory of files\n"
        "  zcat huge.pcap.gz | milliwatt analyze -o huge.db -\n"
        "  milliwatt analyze -f 'host 192.0.2.10' tonight.pcap\n"
        "  sqlite3 tonight.db 'SELECT caller, callee, outcome, mos_min FROM calls ORDER BY mos_min "
        "LIMIT 10'\n"
        "\n"
        "Exit code: 0 when the captures were read (a damaged file gives a warning and what was "
        "readable), 2 when a file\n"
        "is no capture, cannot be read or written, or the command line is wrong, 3 when memory ran "
        "out, 128 + N when\n"
        "signal N (SIGINT, SIGTERM, SIGHUP) stopped the run; then DB is as it was before.\n";

struct options {
	struct analyzer_choice choice;
	bool json, quiet;
	char *database; /* gives */
};

static bool has_suffix(const char *s, size_t n, const char *suffix)
{
	size_t m = strlen(suffix);
	return n > m && strncmp(s + n - m, suffix, m) == 0;
}

/* tonight.pcap.gz -> tonight.db; dir/ -> dir.db; - -> milliwatt.db */
static char *default_database(const char *path)
{
	static const char *const endings[] = { ".gz", ".zst", ".pcapng", ".pcap", ".cap" };
	size_t n = strlen(path);
	char *name;

	if (strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0) {
		path = "milliwatt";
		n = strlen(path);
	}
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (strncmp(path, ".", n) == 0 || strncmp(path, "..", n) == 0) {
		path = "milliwatt";
		n = strlen(path);
	}
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (has_suffix(path, n, endings[i]))
			n -= strlen(endings[i]);
	return asprintf(&name, "%.*s.db", (int)n, path) < 0 ? NULL : name;
}

/* 1: go on; 0: help was printed; -1: err is set. */
static int parse(int argc, char **argv, struct options *o, struct err *err)
{
	enum { JSON = 256 };
	static const struct option longs[] = {
		ANALYZER_LONG_OPTIONS,
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, JSON },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:f:qh", longs, NULL)) != -1) {
		int taken = analyzer_option(&o->choice, c, optarg, err);
		if (taken < 0)
			return -1;
		if (taken)
			continue;
		switch (c) {
		case 'o': o->choice.run.database = optarg; break;
		case 'q': o->quiet = true; break;
		case JSON: o->json = true; break;
		case 'h': fputs(help, stdout); return 0;
		default: output_bad_option("analyze", c, argv, err); return -1;
		}
	}
	if (optind == argc) {
		err_set(err, ERR_USAGE,
		        "which capture? For instance: milliwatt analyze tonight.pcap");
		return -1;
	}
	o->choice.run.paths = (const char *const *)argv + optind;
	o->choice.run.path_count = (size_t)(argc - optind);
	return 1;
}

static void warn_damaged(const struct capture_info *info)
{
	analyzer_warn_damaged("analyze", info);
}

static bool print_summary(const struct options *o, struct err *err)
{
	struct records *records = records_open(o->choice.run.database, err);
	struct text out;

	if (!records)
		return false;
	text_init(&out);
	bool ok = o->json                 ? report_json(records, &out, err)
	          : output_wants_colour() ? report_text_colour(records, &out, err)
	                                  : report_text(records, &out, err);
	records_close(records);
	if (ok && !o->json) {
		text_addf(&out, "\nRecords: ");
		text_add_terminal(&out, slice_str(o->choice.run.database));
		text_addf(&out, "   (every call: milliwatt calls ");
		text_add_terminal(&out, slice_str(o->choice.run.database));
		text_addf(&out, ")\n");
	}
	if (ok)
		ok = output_write(NULL, &out, err);
	text_release(&out);
	return ok;
}

/* The signal that came; the only state of the process that changes, since a handler can reach no other. */
static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
	stop_signal = number;
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

/* One signal ends the run in good order, a second one at once. No SA_RESTART: a read that waits for a pipe is cut short. What nohup or a
 * shell's background ignores stays ignored. */
static void catch_signals(struct sigaction before[static STOP_SIGNALS])
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < STOP_SIGNALS; i++) {
		sigaction(stop_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(stop_signals[i], &action, NULL);
	}
}

static bool run(struct options *o, struct err *err)
{
	struct sigaction before[STOP_SIGNALS];

	if (!o->choice.run.database)
		return err_memory(err, "the database's name");
	o->choice.run.stop = &stop_signal;
	catch_signals(before);
	bool ok = analyze_run(&o->choice.run, NULL, NULL, err);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &before[i], NULL);
	return ok;
}

static int exit_code(bool ok, const struct err *err)
{
	int code = ok ? 0 : output_error("analyze", err);

	return !ok && stop_signal ? 128 + stop_signal : code;
}

int cli_analyze(int argc, char **argv)
{
	struct options o = { 0 };
	struct err err = ERR_INIT;
	struct text command;

	int go_on = parse(argc, argv, &o, &err);
	if (go_on < 1)
		return go_on < 0 ? output_error("analyze", &err) : 0;
	if (!o.choice.run.database)
		o.choice.run.database = o.database = default_database(o.choice.run.paths[0]);
	text_init(&command);
	text_add(&command, SLICE_LIT("milliwatt"));
	for (int i = 0; i < argc; i++)
		text_addf(&command, " %s", argv[i]);
	o.choice.run.command = slice_str(text_cstr(&command));
	o.choice.run.version = slice_str(MILLIWATT_VERSION);
	o.choice.run.progress = !o.quiet;
	o.choice.run.damaged = warn_damaged;
	bool ok = run(&o, &err);
	if (ok && !o.quiet)
		ok = print_summary(&o, &err);
	text_release(&command);
	free(o.database);
	return exit_code(ok, &err);
}
