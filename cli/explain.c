/* milliwatt explain: why a finding says what it says, and where a stream's points went. */
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/score_points.h"
#include "reports/findings.h"
#include "reports/records/store.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
        "Usage: milliwatt explain [OPTIONS] DB FINDING\n"
        "       milliwatt explain [OPTIONS] DB stream:NUMBER\n"
        "\n"
        "Says why: the numbers and the thresholds they crossed, the packets behind them, where the "
        "standard says so,\n"
        "what would show that the finding is wrong, what to do, and which calls it is about. "
        "FINDING is the number\n"
        "that 'milliwatt report DB' prints.\n"
        "\n"
        "Of a stream (the # that 'milliwatt show' prints) it says which points of R it lost: to "
        "its "
        "codec, to loss,\n"
        "late packets, bursts and delay, with formula and numbers, and what that rests on.\n"
        "\n"
        "  --stream N     the same as stream:N\n"
        "  --json         the finding, its rule, its messages and every occurrence as one JSON "
        "document\n"
        "  -h, --help     this help\n"
        "\n"
        "Examples:\n"
        "  milliwatt report --findings trunk.db     what was found?\n"
        "  milliwatt explain trunk.db 3             why?\n"
        "  milliwatt explain trunk.db stream:12     why MOS 3.2?\n"
        "  milliwatt explain --json trunk.db 3 | jq '.occurrences[].call_id'\n";

struct question {
	const char *database, *finding;
	int64_t stream_id; /* RECORD_NULL: of a finding */
	bool json;
};

struct points {
	const struct question *q;
	struct text *out;
};

static bool add_points(void *context, const struct stream_facts *f, struct err *err)
{
	const struct points *p = context;

	if (p->q->json)
		score_points_json(f, p->out);
	else
		score_points_text(f, p->out);
	return !p->out->failed || err_memory(err, "the explanation");
}

static bool explain_stream(struct records *r, const struct question *q, struct text *out,
                           struct err *err)
{
	struct points points = { q, out };
	uint64_t count;

	return stream_facts_each(r, q->stream_id, RECORD_NULL, add_points, &points, &count, err) &&
	       (count || stream_facts_missing(r, q->stream_id, err));
}

static bool explain_finding(struct records *r, const struct question *q, struct text *out,
                            struct err *err)
{
	int64_t id;

	return explain_find(r, slice_str(q->finding), &id, err) &&
	       (q->json ? explain_json(r, id, out, err) : explain_text(r, id, out, err));
}

static int run(const struct question *q)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	struct records *r = records_open(q->database, &err);
	bool ok = r && (q->stream_id == RECORD_NULL ? explain_finding(r, q, &out, &err)
	                                            : explain_stream(r, q, &out, &err));
	records_close(r);
	ok = ok && output_write(NULL, &out, &err);
	text_release(&out);
	return ok ? 0 : output_error("explain", &err);
}

int cli_explain(int argc, char **argv)
{
	struct question q = { .stream_id = RECORD_NULL };
	int json = 0, c;
	const struct option options[] = {
		{ "json", no_argument, &json, 1 },
		{ "stream", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 0: break;
		case 's':
			if (stream_facts_number(optarg, &q.stream_id))
				break;
			err_set(&err, ERR_USAGE, "--stream takes a stream's number");
			return output_error("explain", &err);
		case 'h': return output_help(help);
		default:
			output_bad_option("explain", c, argv, &err);
			return output_error("explain", &err);
		}
	}
	q.json = json;
	q.database = argv[optind];
	bool named = q.stream_id != RECORD_NULL;
	if (argc - optind != (named ? 1 : 2)) {
		err_set(&err, ERR_USAGE,
		        "give a DB and one FINDING or stream:NUMBER; try 'milliwatt explain "
		        "--help'");
		return output_error("explain", &err);
	}
	q.finding = named ? NULL : argv[optind + 1];
	if (!named && strncmp(q.finding, "stream:", 7) == 0 &&
	    !stream_facts_number(q.finding, &q.stream_id)) {
		err_set(&err, ERR_USAGE, "stream: takes a stream's number");
		return output_error("explain", &err);
	}
	return run(&q);
}
