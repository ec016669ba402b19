/* milliwatt export: the packets of one call, or of some, as a capture of their own. */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/export_records.h"
#include "cli/output.h"
#include "reports/ladder.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
        "Usage: milliwatt export [OPTIONS] DB CALL... -w FILE\n"
        "\n"
        "Writes the packets of one call, all its legs, into a capture file that any packet viewer\n"
        "opens: its SIP messages (with all their IP fragments and TCP segments), its RTP and "
        "RTCP.\n"
        "CALL is the call's number, or the Call-ID of any of its legs. The packets come from the\n"
        "captures that DB was made from, which must still be as they were then. A TCP segment\n"
        "that has octets of other calls' messages too is written whole. Several CALLs go into one "
        "file.\n"
        "\n"
        "  -w, --write FILE   the capture to write; - is standard output\n"
        "      --captures DIR the captures lie there now, under their old names\n"
        "      --sip-only     no media\n"
        "      --pcapng       pcapng instead of pcap (chosen by itself where packets of different\n"
        "                     link types go into one file)\n"
        "      --mask-dtmf    digits are taken out: codes of telephone-events, bodies of INFO, "
        "tones "
        "that\n"
        "                     --audio heard, SRTP keys. As it is where analyze was told to mask "
        "them\n"
        "      --unmask       not even then\n"
        "      --mask-credentials  what a password could be worked out from is taken out: "
        "responses of\n"
        "                     digests, all that other schemes send\n"
        "  -h, --help         this help\n"
        "\n"
        "Examples:\n"
        "  milliwatt export trunk.db 17 -w call-17.pcap\n"
        "  milliwatt export trunk.db 3c26700a@192.0.2.1 --sip-only -w - | tshark -r - -V\n";

enum { OPTION_CAPTURES = 256 };

struct settings {
	int sip_only, pcapng, masking, mask_credentials;
	const char *database, *output, *captures;
	char *const *calls;
	size_t count;
};

static bool find_calls(const struct settings *s, struct records *r, int64_t *ids, struct err *err)
{
	for (size_t i = 0; i < s->count; i++)
		if (!ladder_find(r, slice_str(s->calls[i]), &ids[i], err))
			return false;
	return true;
}

static bool export_calls(const struct settings *s, struct records *r, const int64_t *ids,
                         struct export_result *result, struct err *err)
{
	struct export_records e;
	bool ok = export_records_load_calls(&e, r, ids, s->count, s->captures, !s->sip_only, err);

	for (size_t i = 0; i < s->count && ok; i++)
		ok = export_records_mask(&e, r, ids[i], (enum masking)s->masking, err);
	if (ok) {
		e.job.output = s->output;
		e.job.pcapng = s->pcapng;
		e.job.mask_credentials = s->mask_credentials;
		ok = export_run(&e.job, result, err);
	}
	export_records_release(&e);
	return ok;
}

static void tell(const struct settings *s, const int64_t *ids, const struct export_result *result)
{
	struct text line;

	if (strcmp(s->output, "-") == 0)
		return;
	text_init(&line);
	text_add_terminal(&line, slice_str(s->output));
	printf("%s: %" PRIu64 " packets of call%s %" PRId64, text_cstr(&line), result->packets,
	       s->count > 1 ? "s" : "", ids[0]);
	for (size_t i = 1; i < s->count; i++)
		printf(", %" PRId64, ids[i]);
	printf("%s\n", result->format == CAPTURE_FILE_PCAPNG && !s->pcapng ? ", as pcapng" : "");
	text_release(&line);
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct records *r = records_open(s->database, &err);
	struct export_result result;
	int64_t *ids = mem_alloc(s->count * sizeof *ids);
	bool ok = r && (ids || err_memory(&err, "the calls"));

	ok = ok && find_calls(s, r, ids, &err) && export_calls(s, r, ids, &result, &err);
	records_close(r);
	if (ok)
		tell(s, ids, &result);
	mem_free(ids);
	return ok ? 0 : output_error("export", &err);
}

static bool check_settings(const struct settings *s, struct err *err)
{
	if (!s->output)
		return err_set(err, ERR_USAGE, "say with -w FILE where the packets go");
	if (strcmp(s->output, "-") == 0 && isatty(STDOUT_FILENO))
		return err_set(err, ERR_USAGE,
		               "packets are nothing to look at on a terminal: -w FILE, or a pipe");
	return true;
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv)
{
	const struct option options[] = {
		{ "write", required_argument, NULL, 'w' },
		{ "captures", required_argument, NULL, OPTION_CAPTURES },
		{ "sip-only", no_argument, &s->sip_only, 1 },
		{ "pcapng", no_argument, &s->pcapng, 1 },
		{ "mask-dtmf", no_argument, &s->masking, MASK_ALWAYS },
		{ "mask-credentials", no_argument, &s->mask_credentials, 1 },
		{ "unmask", no_argument, &s->masking, MASK_NEVER },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":w:h", options, NULL)) != -1) {
		switch (c) {
		case 0: break;
		case 'w': s->output = optarg; break;
		case OPTION_CAPTURES: s->captures = optarg; break;
		case 'h': return output_help(help);
		default:
			output_bad_option("export", c, argv, &err);
			return output_error("export", &err);
		}
	}
	if (argc - optind < 2)
		err_set(&err, ERR_USAGE,
		        "give a DB and at least one CALL; try 'milliwatt export --help'");
	else if (check_settings(s, &err))
		return -1;
	return output_error("export", &err);
}

int cli_export(int argc, char **argv)
{
	struct settings s = { 0 };
	int code = parse_options(&s, argc, argv);

	if (code >= 0)
		return code;
	s.database = argv[optind];
	s.calls = argv + optind + 1;
	s.count = (size_t)(argc - optind - 1);
	return run(&s);
}
