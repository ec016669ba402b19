/* milliwatt score: what if the jitter buffer, the concealment, the delay or the codec had been another? */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/score_text.h"
#include "reports/records/store.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define THRESHOLD 3.6

static const char help[] =
        "Usage: milliwatt score [OPTIONS] DB STREAM\n"
        "       milliwatt score [OPTIONS] DB --call N | --all\n"
        "\n"
        "Scores a stream again under other circumstances, from its record, without the capture, "
        "beside the score that\n"
        "was recorded. STREAM is the # that 'milliwatt show' prints.\n"
        "\n"
        "      --buffer B     another jitter buffer: a depth in ms (40, fixed:40), adaptive, none\n"
        "      --plc on|off   G.711 receivers conceal what is missing (Bpl 25.1), or play silence "
        "(Bpl 4.3)\n"
        "      --delay MS     of the network, one way, instead of what was measured or assumed\n"
        "      --codec NAME   with this codec's Ie and Bpl\n"
        "      --burst off    as if the same had been lost at random\n"
        "      --call N       every stream of a call\n"
        "      --all          every stream of the database, as a summary: how many calls would be "
        "below --below\n"
        "      --below MOS    threshold of the summary (default 3.6, of MOS-LQ)\n"
        "      --json\n"
        "  -h, --help\n"
        "\n"
        "A depth of 20 ms or more, adaptive and none are exact, with two exceptions that are said "
        "when they happen: the\n"
        "delay moved for good (clock drift, another route), or too much went wrong to be kept.\n"
        "\n"
        "Examples:\n"
        "  milliwatt score trunk.db 12 --buffer 40\n"
        "  milliwatt score trunk.db 12 --plc off\n"
        "  milliwatt score trunk.db --all --buffer 40     how many calls would be below MOS 3.6?\n";

struct worst {
	int64_t call_id;
	double before, after;
};

struct options {
	const char *database;
	int64_t stream_id, call_id;
	bool all, json;
	struct what_if what_if;
	double below;
};

struct run {
	const struct options *o;
	struct text *out;
	struct score_summary summary;
	struct worst *calls; /* of a summary: one per stream of a call, then the worst of each */
	size_t count, capacity;
};

static bool keep_worst(struct run *r, int64_t call_id, double before, double after)
{
	if (r->count == r->capacity) {
		size_t n = r->capacity ? 2 * r->capacity : 256;
		void *calls = mem_resize(r->calls, n * sizeof *r->calls);
		if (!calls)
			return false;
		r->calls = calls;
		r->capacity = n;
	}
	r->calls[r->count++] = (struct worst){ call_id, before, after };
	return true;
}

static bool take(void *context, const struct stream_facts *f, struct err *err)
{
	struct run *r = context;
	struct what_if_result result;

	if (!what_if(&r->o->what_if, f, &result, err))
		return false;
	r->summary.streams++;
	r->summary.inexact += !result.exact;
	r->summary.mos_before += result.before.score.mos_cq;
	r->summary.mos_after += result.after.score.mos_cq;
	if (r->o->all) {
		if (f->call_id != RECORD_NULL &&
		    !keep_worst(r, f->call_id, result.before.score.mos_lq,
		                result.after.score.mos_lq))
			return err_memory(err, "the scores");
		return true;
	}
	if (r->summary.streams > 1)
		text_addf(r->out, r->o->json ? ",\n" : "\n");
	if (r->o->json)
		score_json_stream(f, &result, r->out);
	else
		score_text_stream(f, &result, r->out);
	return !r->out->failed || err_memory(err, "the scores");
}

static int by_call(const void *a, const void *b)
{
	const struct worst *x = a, *y = b;

	return (x->call_id > y->call_id) - (x->call_id < y->call_id);
}

static void sum_up(struct run *r)
{
	struct score_summary *s = &r->summary;

	s->threshold = r->o->below;
	if (r->count)
		qsort(r->calls, r->count, sizeof *r->calls, by_call);
	for (size_t i = 0, next; i < r->count; i = next) {
		double before = INFINITY, after = INFINITY;
		for (next = i; next < r->count && r->calls[next].call_id == r->calls[i].call_id;
		     next++) {
			before = fmin(before, r->calls[next].before);
			after = fmin(after, r->calls[next].after);
		}
		s->calls++;
		s->below_before += before < s->threshold;
		s->below_after += after < s->threshold;
	}
	if (r->o->json)
		score_json_summary(s, r->out);
	else
		score_text_summary(s, r->out);
}

static bool score(struct records *records, const struct options *o, struct text *out,
                  struct err *err)
{
	struct run r = { .o = o, .out = out };
	bool one = o->stream_id != RECORD_NULL, list = o->json && !one && !o->all;
	uint64_t count;

	text_addf(out, "%s", list ? "[" : "");
	bool ok = stream_facts_each(records, o->stream_id, o->call_id, take, &r, &count, err);
	if (ok && one && !count)
		ok = stream_facts_missing(records, o->stream_id, err);
	if (ok && !one && !o->all && !count)
		ok = err_set(err, ERR_USAGE,
		             "there is no such call, or none of its streams has a "
		             "score");
	if (ok && o->all)
		sum_up(&r);
	text_addf(out, "%s", list ? "]\n" : o->json && one ? "\n" : "");
	mem_free(r.calls);
	return ok && (!out->failed || err_memory(err, "the scores"));
}

static int run(const struct options *o)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	struct records *r = records_open(o->database, &err);
	bool ok = r && score(r, o, &out, &err) && output_write(NULL, &out, &err);
	records_close(r);
	text_release(&out);
	return ok ? 0 : output_error("score", &err);
}

/* ---- the command line ---- */

static bool parse_switch(const char *name, const char *text, bool *on, struct err *err)
{
	*on = strcmp(text, "on") == 0;
	if (*on || strcmp(text, "off") == 0)
		return true;
	return err_set(err, ERR_USAGE, "%s is on or off, not '%s'", name, text);
}

static bool parse_codec(const char *text, struct what_if *w, struct err *err)
{
	w->codec = codec_by_name(slice_str(text), 0);
	if (w->codec && w->codec->scored)
		return true;
	return err_set(err, ERR_USAGE, "--codec: nobody has published an Ie of '%s'", text);
}

enum { BUFFER = 256, PLC, DELAY, CODEC, BURST, CALL, ALL, BELOW, JSON };

static bool parse_what_if(int c, const char *text, struct what_if *w, struct err *err)
{
	bool on = true;

	switch (c) {
	case BUFFER:
		w->has_buffer = true;
		if (buffer_setting_parse(slice_str(text), &w->buffer))
			return true;
		return err_set(err, ERR_USAGE,
		               "--buffer is none, adaptive or a depth of 1 to %d ms, not '%s'",
		               BUFFER_DEPTH_MAX_MS, text);
	case PLC: w->has_plc = true; return parse_switch("--plc", text, &w->plc, err);
	case DELAY:
		w->has_delay = true;
		if (output_parse_ms(text, &w->delay_ms))
			return true;
		return err_set(err, ERR_USAGE, "--delay takes 0 to %d milliseconds, not '%s'",
		               OUTPUT_MOST_MS, text);
	case BURST:
		if (!parse_switch("--burst", text, &on, err))
			return false;
		w->no_bursts = !on;
		return true;
	default: return parse_codec(text, w, err);
	}
}

static bool parse_scope(int c, const char *text, struct options *o, struct err *err)
{
	char *end;

	switch (c) {
	case ALL: o->all = true; return true;
	case JSON: o->json = true; return true;
	case CALL:
		return stream_facts_number(text, &o->call_id) ||
		       err_set(err, ERR_USAGE, "--call takes a call's number, not '%s'", text);
	default:
		o->below = strtod(text, &end);
		return (end != text && !*end && o->below >= 1 && o->below <= 5) ||
		       err_set(err, ERR_USAGE, "--below takes a MOS from 1 to 5, not '%s'", text);
	}
}

static bool parse_rest(int argc, char **argv, struct options *o, struct err *err)
{
	int given = argc - optind;
	bool whole = o->all || o->call_id != RECORD_NULL;

	if (given != (whole ? 1 : 2) || (o->all && o->call_id != RECORD_NULL))
		return err_set(err, ERR_USAGE,
		               "give a DB and one STREAM, --call N or --all; try 'milliwatt score "
		               "--help'");
	o->database = argv[optind];
	if (whole || stream_facts_number(argv[optind + 1], &o->stream_id))
		return true;
	return err_set(err, ERR_USAGE, "STREAM is a number, as 'milliwatt show' prints it");
}

int cli_score(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "buffer", required_argument, NULL, BUFFER },
		{ "plc", required_argument, NULL, PLC },
		{ "delay", required_argument, NULL, DELAY },
		{ "codec", required_argument, NULL, CODEC },
		{ "burst", required_argument, NULL, BURST },
		{ "call", required_argument, NULL, CALL },
		{ "all", no_argument, NULL, ALL },
		{ "below", required_argument, NULL, BELOW },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { .stream_id = RECORD_NULL, .call_id = RECORD_NULL, .below = THRESHOLD };
	struct err err = ERR_INIT;
	int c;
	bool ok = true;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while (ok && (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == 'h')
			return output_help(help);
		if (c < BUFFER)
			ok = output_bad_option("score", c, argv, &err);
		else
			ok = c <= BURST ? parse_what_if(c, optarg, &o.what_if, &err)
			                : parse_scope(c, optarg, &o, &err);
	}
	ok = ok && parse_rest(argc, argv, &o, &err);
	return ok ? run(&o) : output_error("score", &err);
}
