/* milliwatt explain: why a finding says what it says. */
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/findings.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
        "Usage: milliwatt explain [OPTIONS] DB FINDING\n"
        "\n"
        "Says why: the numbers and the thresholds they crossed, the packets behind them, where the "
        "standard says so,\n"
        "what would show that the finding is wrong, what to do, and which calls it is about. "
        "FINDING is the number\n"
        "that 'milliwatt report DB' prints.\n"
        "\n"
        "  --json         the finding, its rule, its messages and every occurrence as one JSON "
        "document\n"
        "  -h, --help     this help\n"
        "\n"
        "Examples:\n"
        "  milliwatt report --findings trunk.db     what was found?\n"
        "  milliwatt explain trunk.db 3             why?\n"
        "  milliwatt explain --json trunk.db 3 | jq '.occurrences[].call_id'\n";

static bool explain(const char *database, const char *finding, bool json, struct text *out,
                    struct err *err)
{
	struct records *r = records_open(database, err);
	int64_t id;

	if (!r)
		return false;
	bool ok = explain_find(r, slice_str(finding), &id, err) &&
	          (json ? explain_json(r, id, out, err) : explain_text(r, id, out, err));
	records_close(r);
	return ok;
}

static int run(const char *database, const char *finding, bool json)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	bool ok = explain(database, finding, json, &out, &err) && output_write(NULL, &out, &err);
	text_release(&out);
	return ok ? 0 : output_error("explain", &err);
}

int cli_explain(int argc, char **argv)
{
	int json = 0, c;
	const struct option options[] = {
		{ "json", no_argument, &json, 1 },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 0: break;
		case 'h': return output_help(help);
		default:
			output_bad_option("explain", c, argv, &err);
			return output_error("explain", &err);
		}
	}
	if (argc - optind == 2)
		return run(argv[optind], argv[optind + 1], json);
	err_set(&err, ERR_USAGE, "give a DB and one FINDING; try 'milliwatt explain --help'");
	return output_error("explain", &err);
}
