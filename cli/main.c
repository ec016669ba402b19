/* The subcommand table. */
#include "cli/cli.h"
#include "dissectors/sip_grammar.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} subcommands[] = {
	{ "analyze", cli_analyze, "read captures, write call records, print a summary" },
	{ "report", cli_report, "what happened: pages, text, Markdown, JSON, CSV, JUnit" },
	{ "calls", cli_calls, "calls by number, status, MOS, peer, time, finding, header text" },
	{ "show", cli_show, "one call as a ladder: messages, media, digits" },
	{ "export", cli_export, "one call's packets as a capture of its own" },
	{ "audio", cli_audio, "what was said in one call, as a WAV file" },
	{ "explain", cli_explain, "why a finding says what it says; where a stream's points went" },
	{ "score", cli_score, "what if: another jitter buffer, codec, delay; one stream or all" },
	{ "rules", cli_rules, "what is looked for, and every threshold, as a file to edit" },
	{ "sim", cli_sim, "place and answer calls as a scenario says, at a rate; judge them" },
	{ "lint", cli_lint, "what is wrong with a scenario before it runs" },
	{ "browse", cli_browse, "calls, ladders and streams on the whole screen; captures too" },
	{ "check", cli_check, "does a database hold what a file expects? for CI" },
	{ "compare", cli_compare, "tonight against a baseline; or two captures of the same calls" },
	{ "suite", cli_suite, "a night's work in one file: run, record, check, compare, report" },
	{ "dump", cli_dump, "what one stage of the analyzer sees, as stable text" },
	{ "sipp", cli_sipp, "SIPp's command line: its scenarios, files and exit codes" },
};

#define SUBCOMMANDS (sizeof subcommands / sizeof *subcommands)

static void usage(FILE *out)
{
	fprintf(out,
	        "milliwatt %s: what happened to every call in a capture, and how it sounded\n\n"
	        "Usage: milliwatt COMMAND [OPTIONS] ...\n\n",
	        MILLIWATT_VERSION);
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		fprintf(out, "  %-9s %s\n", subcommands[i].name, subcommands[i].summary);
	fprintf(out, "\nStart with: milliwatt analyze tonight.pcap\n"
	             "Each command explains itself: milliwatt COMMAND --help\n");
}

/* Called by this name it is SIPp: replacing the word in a job is the whole migration. */
static bool is_sipp(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strcmp(name, "milliwatt-sipp") == 0;
}

int main(int argc, char **argv)
{
	if (argc > 0 && is_sipp(argv[0])) {
		sip_grammar_init();
		return cli_sipp(argc, argv);
	}
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("milliwatt %s\n", MILLIWATT_VERSION);
		return 0;
	}
	signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error text like any other */
	sip_grammar_init();
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "milliwatt: no command '%s'; 'milliwatt --help' lists them\n", argv[1]);
	return 2;
}
