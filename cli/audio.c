/* milliwatt audio: what a call sounded like. */
#include "cli/audio_play.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/recorded.h"
#include "cli/wav.h"
#include "reports/ladder.h"
#include "reports/rows.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
        "Usage: milliwatt audio [OPTIONS] DB CALL -o FILE\n"
        "       milliwatt audio [OPTIONS] DB --stream ID -o FILE\n"
        "\n"
        "Writes what was said in a call as a WAV file: the caller on the left, the callee on the "
        "right,\n"
        "each where it lay in the capture's time, from the first packet of either. Lost packets "
        "are\n"
        "concealed for 60 ms, then silent; what nobody sent is silent or comfort noise. CALL is "
        "the\n"
        "call's number, or the Call-ID of any of its legs. The packets come from the captures that "
        "DB\n"
        "was made from, which must still be as they were then.\n"
        "\n"
        "  -o, --output FILE  the file to write; - is standard output\n"
        "      --leg N        of a call of several legs: this one, as 'milliwatt show' numbers "
        "them\n"
        "                     (default: the first one that was answered and has audio)\n"
        "      --stream ID    this stream alone, in one channel\n"
        "      --rate HZ      samples per second, 8000 to 48000 (default: the highest that a codec "
        "has)\n"
        "      --mask-dtmf    digits are silent: those that the records know, and those heard in "
        "the\n"
        "                     sound (telephone-event makes none anyway). As it is where analyze "
        "was\n"
        "                     told to mask them\n"
        "      --unmask       not even then\n"
        "      --captures DIR the captures lie there now, under their old names\n"
        "  -q, --quiet        say nothing of what was heard, show no progress\n"
        "  -h, --help         this help\n"
        "\n"
        "Decoded are G.711, G.722, G.726, GSM, L16 and Opus, and G.729 where libbcg729 is "
        "installed.\n"
        "A stream that cannot be decoded (codec, encryption) is told with its reason.\n"
        "\n"
        "Examples:\n"
        "  milliwatt audio trunk.db 17 -o call-17.wav\n"
        "  milliwatt audio trunk.db 17 --leg 2 --mask-dtmf -o - | aplay\n"
        "  milliwatt audio trunk.db --stream 34 -o caller.wav\n"
        "\n"
        "Exit code: 0 when something was heard, 1 when nothing was (then no file is written), 2 "
        "for wrong\n"
        "usage or files, 3 when memory ran out.\n";

enum { OPTION_CAPTURES = 256, OPTION_LEG, OPTION_STREAM, OPTION_RATE };

struct settings {
	int masking; /* enum masking */
	bool quiet;
	const char *database, *call, *output, *captures;
	struct audio_wish wish;
	int64_t rate;
};

/* --- telling ------------------------------------------------------------------------------------------------------ */

static void add_seconds(struct text *out, const char *what, int64_t ns)
{
	if (ns)
		text_addf(out, ", %s %.2f s", what, (double)ns / 1e9);
}

static void add_voice(struct text *out, const struct audio_play *p, const struct audio_voice *v)
{
	const struct audio_stream *s = v->stream;

	text_addf(out, "  %-6s stream %" PRId64 ", ",
	          p->target.channel_count == 1 ? "mono"
	          : v->channel                 ? "right"
	                                       : "left",
	          s->id);
	text_add_terminal(out, slice_str(s->codec[0] ? s->codec : "unknown codec"));
	if (!v->heard_ns) {
		text_addf(out, ": nothing heard: %s\n",
		          v->counts.why ? v->counts.why : "its packets are not there");
		return;
	}
	text_addf(out, ": heard %.2f s", (double)v->heard_ns / 1e9);
	add_seconds(out, "lost", v->concealed_ns);
	add_seconds(out, "pauses", v->paused_ns);
	if (v->counts.undecoded)
		text_addf(out, ", %" PRIu64 " packets not decoded: %s", v->counts.undecoded,
		          v->counts.why);
	text_addf(out, "\n");
}

static void add_left_out(struct text *out, const struct audio_stream *s)
{
	switch (s->choice) {
	case AUDIO_OTHER_LEG:
		text_addf(out, "  not in it: stream %" PRId64 " of leg %" PRId64 " (--leg)\n",
		          s->id, s->leg);
		return;
	case AUDIO_SAME_AGAIN:
		text_addf(out,
		          "  not in it: stream %" PRId64
		          ", which sounds with another of its direction (--stream)\n",
		          s->id);
		return;
	case AUDIO_HEARD:
	case AUDIO_NOT_ASKED: return;
	}
}

static void add_head(struct text *out, const struct settings *s, const struct audio_play *p)
{
	if (!p->heard_ns) {
		text_addf(out, "nothing was heard, no file was written%s\n",
		          p->voice_count ? "" : ": the call has no audio stream");
		return;
	}
	text_add_terminal(out, slice_str(s->output));
	text_addf(out, ": %.2f s from ", (double)p->samples / p->target.rate);
	rows_add_time(out, p->begin_us);
	text_addf(out, ", %u Hz, %s", p->target.rate,
	          p->target.channel_count == 2 ? "caller left, callee right" : "one channel");
	if (p->streams.legs > 1 && p->streams.leg)
		text_addf(out, ", leg %" PRId64 " of %" PRId64, p->streams.leg, p->streams.legs);
	text_addf(out, "\n");
	if (p->target.cut)
		text_addf(out, "  a WAV file cannot hold more; the rest is left out\n");
}

static void tell(const struct settings *s, const struct audio_play *p)
{
	bool to_file = strcmp(s->output, "-") != 0;
	struct text out;

	if (s->quiet)
		return;
	text_init(&out);
	add_head(&out, s, p);
	for (size_t i = 0; i < p->voice_count; i++)
		add_voice(&out, p, &p->voices[i]);
	for (size_t i = 0; i < p->streams.count; i++)
		add_left_out(&out, &p->streams.all[i]);
	fputs(text_cstr(&out), to_file ? stdout : stderr);
	text_release(&out);
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static bool find_call(const struct settings *s, struct records *r, int64_t *id, struct err *err)
{
	if (s->call)
		return ladder_find(r, slice_str(s->call), id, err);
	return rows_int(r, "SELECT call_id FROM streams WHERE id = ?1", s->wish.stream, id, err);
}

static bool play(const struct settings *s, struct records *r, struct audio_play *p, struct err *err)
{
	struct audio_play_options options = {
		.wish = s->wish,
		.rate = (unsigned)s->rate,
		.progress = !s->quiet,
		.output = s->output,
		.captures = s->captures,
	};
	int64_t id;

	*p = (struct audio_play){ 0 };
	if (!recorded_masking(r, (enum masking)s->masking, &options.mask_digits, err))
		return false;
	if (!find_call(s, r, &id, err) || !audio_play(p, r, id, &options, err))
		return false;
	return !p->heard_ns || wav_write(s->output, p->target.channels, p->target.channel_count,
	                                 p->target.rate, p->samples, err);
}

static int run(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct records *r = records_open(s->database, &err);
	struct audio_play p;
	int code = 0;

	if (!r)
		return output_error("audio", &err);
	if (play(s, r, &p, &err)) {
		tell(s, &p);
		code = p.heard_ns ? 0 : 1;
	} else {
		code = output_error("audio", &err);
	}
	audio_play_release(&p);
	records_close(r);
	return code;
}

/* --- options ------------------------------------------------------------------------------------------------------- */

static bool parse_number(const char *what, const char *text, uint64_t least, uint64_t most,
                         int64_t *out, struct err *err)
{
	uint64_t n;

	if (!slice_u64(slice_str(text), most, &n) || n < least)
		return err_set(err, ERR_USAGE,
		               "%s wants a number from %" PRIu64 " to %" PRIu64 ", not '%s'", what,
		               least, most, text);
	*out = (int64_t)n;
	return true;
}

static bool check_settings(const struct settings *s, struct err *err)
{
	if (!s->output)
		return err_set(err, ERR_USAGE, "say with -o FILE where the sound goes");
	if (strcmp(s->output, "-") == 0 && isatty(STDOUT_FILENO))
		return err_set(err, ERR_USAGE,
		               "samples are nothing to look at on a terminal: -o FILE, or a pipe");
	if (s->wish.leg && s->wish.stream)
		return err_set(err, ERR_USAGE, "--leg or --stream, not both");
	return true;
}

static bool take_option(struct settings *s, int c, char **argv, struct err *err)
{
	switch (c) {
	case 0: return true;
	case 'o': s->output = optarg; return true;
	case 'q': s->quiet = true; return true;
	case OPTION_CAPTURES: s->captures = optarg; return true;
	case OPTION_LEG: return parse_number("--leg", optarg, 1, 1000000, &s->wish.leg, err);
	case OPTION_STREAM:
		return parse_number("--stream", optarg, 1, INT64_MAX, &s->wish.stream, err);
	case OPTION_RATE: return parse_number("--rate", optarg, 8000, 48000, &s->rate, err);
	default: return output_bad_option("audio", c, argv, err);
	}
}

/* -1: go on; else the exit code. */
static int parse_options(struct settings *s, int argc, char **argv)
{
	const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "leg", required_argument, NULL, OPTION_LEG },
		{ "stream", required_argument, NULL, OPTION_STREAM },
		{ "rate", required_argument, NULL, OPTION_RATE },
		{ "mask-dtmf", no_argument, &s->masking, MASK_ALWAYS },
		{ "unmask", no_argument, &s->masking, MASK_NEVER },
		{ "captures", required_argument, NULL, OPTION_CAPTURES },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* glibc: start afresh, main() may have used getopt */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:qh", options, NULL)) != -1) {
		if (c == 'h')
			return output_help(help);
		if (!take_option(s, c, argv, &err))
			return output_error("audio", &err);
	}
	int given = argc - optind;
	if (given != 2 && !(given == 1 && s->wish.stream))
		err_set(&err, ERR_USAGE, "give a DB and one CALL; try 'milliwatt audio --help'");
	else if (check_settings(s, &err))
		return -1;
	return output_error("audio", &err);
}

int cli_audio(int argc, char **argv)
{
	struct settings s = { 0 };
	int code = parse_options(&s, argc, argv);

	if (code >= 0)
		return code;
	s.database = argv[optind];
	s.call = argv[optind + 1];
	return run(&s);
}
