/* milliwatt report: the summary of a database. */
#include "reports/report.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/findings.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
        "Usage: milliwatt report [OPTIONS] DB\n"
        "\n"
        "Says what happened in the captures behind DB, which 'milliwatt analyze' wrote.\n"
        "\n"
        "  --text         a page for people: captures, calls, streams, worst calls (default)\n"
        "  --calls        every call, as 'milliwatt calls' lists them, which can also choose\n"
        "  --streams      one line per RTP stream, with the number of its call\n"
        "  --findings     everything that the rules found, errors first, with the number that\n"
        "                 'milliwatt explain' takes\n"
        "  --kpi          the key figures with their definitions: overall, per trunk, per minute\n"
        "                 (RFC 6076, ASR, NER, ACD, PDD ...); with --json as JSON\n"
        "  --json         one JSON document: the same facts and every call; times in\n"
        "                 microseconds since 1970 UTC, null where nothing was observed\n"
        "  -o, --output FILE   write there instead of to standard output\n"
        "  -h, --help     this help\n"
        "\n"
        "Examples:\n"
        "  milliwatt analyze -o trunk.db trunk.pcap    read a capture once\n"
        "  milliwatt report trunk.db                   what happened?\n"
        "  milliwatt report --calls trunk.db           every call\n"
        "  milliwatt report --json trunk.db | jq '.calls[] | select(.mos_min < 3)'\n"
        "  milliwatt show trunk.db 17                  one call, message by message\n"
        "  sqlite3 trunk.db 'SELECT outcome, count(*) FROM calls GROUP BY 1'\n";

enum format { FORMAT_TEXT, FORMAT_CALLS, FORMAT_STREAMS, FORMAT_FINDINGS, FORMAT_JSON };

struct settings {
	int format;
	int kpi;
	const char *database, *output;
};

static bool make_report(const struct settings *s, struct text *out, struct err *err)
{
	struct records *r = records_open(s->database, err);
	bool ok = false;

	if (!r)
		return false;
	if (s->kpi) {
		ok = s->format == FORMAT_JSON
		             ? report_kpi_json(r, out, err)
		             : report_kpi(r, !s->output && output_wants_colour(), out, err);
		records_close(r);
		return ok;
	}
	switch (s->format) {
	case FORMAT_JSON: ok = report_json(r, out, err); break;
	case FORMAT_CALLS: ok = report_calls(r, out, err); break;
	case FORMAT_FINDINGS: ok = findings_list(r, out, err); break;
	case FORMAT_STREAMS: ok = report_streams(r, out, err); break;
	default:
		if (!s->output && output_wants_colour())
			ok = report_text_colour(r, out, err);
		else
			ok = report_text(r, out, err);
		break;
	}
	records_close(r);
	return ok;
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	bool ok = make_report(s, &out, &err) && output_write(s->output, &out, &err);
	text_release(&out);
	return ok ? 0 : output_error("report", &err);
}

int cli_report(int argc, char **argv)
{
	struct settings s = { .format = FORMAT_TEXT };
	const struct option options[] = {
		{ "text", no_argument, &s.format, FORMAT_TEXT },
		{ "calls", no_argument, &s.format, FORMAT_CALLS },
		{ "kpi", no_argument, &s.kpi, 1 },
		{ "streams", no_argument, &s.format, FORMAT_STREAMS },
		{ "findings", no_argument, &s.format, FORMAT_FINDINGS },
		{ "json", no_argument, &s.format, FORMAT_JSON },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		switch (c) {
		case 0: break;
		case 'o': s.output = optarg; break;
		case 'h': return output_help(help);
		default:
			output_bad_option("report", c, argv, &err);
			return output_error("report", &err);
		}
	}
	if (argc - optind != 1) {
		err_set(&err, ERR_USAGE, "give one DB%s; try 'milliwatt report --help'",
		        argc > optind ? ", not several" : "");
		return output_error("report", &err);
	}
	s.database = argv[optind];
	return run(&s);
}
