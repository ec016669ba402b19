#include "sim/media/rtp_stream.h"

#include "sim/media/machine.h"
#include "sim/media/wav.h"

#define PATTERNS   6
#define USUAL_TYPE 8
#define MAX_LOOPS  1000000000

/* --- reading it --------------------------------------------------------------------------------------------------- */

static bool read_loops(struct slice text, int *out)
{
	uint64_t v;

	if (slice_eq_str(text, "-1")) {
		*out = -1;
		return true;
	}
	if (!slice_u64(text, MAX_LOOPS, &v) || v == 0)
		return false;
	*out = (int)v;
	return true;
}

static bool read_codec(struct slice text, struct stream_order *out)
{
	struct slice rest = text;
	uint64_t clock;

	slice_split(&rest, '/', &out->name);
	if (!rest.p)
		return true;
	slice_split(&rest, '/', &text); /* channels may follow */
	if (!slice_u64(text, 192000, &clock) || clock < 1000)
		return false;
	out->clock_hz = (uint32_t)clock;
	return true;
}

/* [,payload type[,name/rate]] */
static bool read_format(struct slice *rest, struct stream_order *out, struct err *err)
{
	struct slice item;
	uint64_t v;

	if (!slice_split(rest, ',', &item) || !slice_trim(item).n)
		return true;
	if (!slice_u64(slice_trim(item), 127, &v))
		return err_set(err, ERR_USAGE, "rtp_stream: '%.*s' is no payload type",
		               SLICE_ARG(item));
	out->payload_type = (int)v;
	if (slice_split(rest, ',', &item) && slice_trim(item).n &&
	    !read_codec(slice_trim(item), out))
		return err_set(err, ERR_USAGE, "rtp_stream: '%.*s' is no codec as PCMA/8000",
		               SLICE_ARG(item));
	return true;
}

static bool read_command(struct slice word, struct stream_order *out)
{
	static const struct {
		const char *word;
		enum stream_verb verb;
		bool audio, video;
	} commands[] = {
		{ "pause", STREAM_PAUSE, true, true },
		{ "resume", STREAM_RESUME, true, true },
		{ "pauseapattern", STREAM_PAUSE, true, false },
		{ "resumeapattern", STREAM_RESUME, true, false },
		{ "pausevpattern", STREAM_PAUSE, false, true },
		{ "resumevpattern", STREAM_RESUME, false, true },
		{ "apattern", STREAM_PATTERN, true, false },
		{ "vpattern", STREAM_PATTERN, false, true },
	};

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (slice_ieq_str(word, commands[i].word)) {
			out->verb = commands[i].verb;
			out->audio = commands[i].audio;
			out->video = commands[i].video;
			return true;
		}
	return false;
}

static bool read_pattern(struct slice *rest, struct stream_order *out, struct err *err)
{
	struct slice item = SLICE_NONE;
	uint64_t v;

	if (!slice_split(rest, ',', &item) || !slice_u64(slice_trim(item), PATTERNS, &v) || v == 0)
		return err_set(err, ERR_USAGE, "rtp_stream: '%.*s' is no pattern from 1 to %d",
		               SLICE_ARG(item), PATTERNS);
	out->pattern = (int)v;
	out->loops = -1;
	return read_format(rest, out, err);
}

static bool is_video(const struct stream_order *o)
{
	return slice_istarts(o->name, "H26") || slice_istarts(o->name, "VP8") ||
	       slice_istarts(o->name, "JPEG");
}

bool stream_order_parse(struct slice argument, struct stream_order *out, struct err *err)
{
	struct slice rest = slice_trim(argument), word = SLICE_NONE, item;

	*out = (struct stream_order){ .payload_type = -1, .loops = 1 };
	slice_split(&rest, ',', &word);
	word = slice_trim(word);
	if (!word.n)
		return err_set(err, ERR_USAGE, "rtp_stream names no file and no command");
	if (read_command(word, out))
		return out->verb != STREAM_PATTERN || read_pattern(&rest, out, err);
	out->verb = STREAM_FILE;
	out->path = word;
	if (slice_split(&rest, ',', &item) && slice_trim(item).n &&
	    !read_loops(slice_trim(item), &out->loops))
		return err_set(err, ERR_USAGE,
		               "rtp_stream: '%.*s' is no number of loops (-1: without end)",
		               SLICE_ARG(item));
	if (!read_format(&rest, out, err))
		return false;
	out->video = is_video(out);
	out->audio = !out->video;
	return true;
}

/* --- how files are cut into packets ------------------------------------------------------------------------------- */

/* What a raw file of this codec holds in a packet: 20 ms as a rule. */
static struct raw_form raw_form_of(const struct stream_order *o, int payload_type)
{
	static const struct {
		const char *name;
		int payload_type;
		struct raw_form form;
	} known[] = {
		{ "PCMU", 0, { 160, 160, 20, 8000 } },
		{ "PCMA", 8, { 160, 160, 20, 8000 } },
		{ "G722", 9, { 160, 160, 20, 8000 } },
		{ "G729", 18, { 20, 160, 20, 8000 } },
		{ "iLBC", 98, { 50, 240, 30, 8000 } },
		{ "GSM", 3, { 33, 160, 20, 8000 } },
		{ "G723", 4, { 24, 240, 30, 8000 } },
		{ "G728", 15, { 40, 160, 20, 8000 } },
		{ "G726-16", -1, { 40, 160, 20, 8000 } },
		{ "G726-24", -1, { 60, 160, 20, 8000 } },
		{ "G726-32", -1, { 80, 160, 20, 8000 } },
		{ "G726-40", -1, { 100, 160, 20, 8000 } },
		{ "H264", 99, { 1280, 3600, 40, 90000 } },
	};
	uint32_t clock = o->clock_hz ? o->clock_hz : o->video ? 90000 : 8000;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (o->name.n ? slice_ieq_str(o->name, known[i].name)
		              : payload_type == known[i].payload_type)
			return known[i].form;
	if (slice_ieq_str(o->name, "L16"))
		return (struct raw_form){ clock / 50 * 2, clock / 50, 20, clock };
	return o->video ? (struct raw_form){ 1280, clock / 25, 40, clock }
	                : (struct raw_form){ 160, clock / 50, 20, clock };
}

/* --- doing it ----------------------------------------------------------------------------------------------------- */

static enum media_codec codec_said(const struct stream_order *o, int payload_type)
{
	if (o->name.n)
		return codec_of(o->name);
	for (enum media_codec c = CODEC_PCMU; c <= CODEC_L16; c++)
		if (codec_payload_type(c) == payload_type)
			return c;
	return CODEC_NONE;
}

static const struct source *source_of(struct media *m, const struct stream_order *o,
                                      int payload_type, struct source_form *said, struct err *err)
{
	enum media_codec codec = codec_said(o, payload_type);
	struct raw_form form = raw_form_of(o, payload_type);
	struct sound sound = { .kind = SOUND_FILE, .path = o->path };
	struct slice file;

	*said = (struct source_form){ codec, form.clock_hz, form.ms };
	if (o->verb == STREAM_PATTERN)
		return source_of_pattern(&m->sources, o->pattern, &form, err);
	if (!media_files_read(&m->sources.files, o->path, &file, err))
		return NULL;
	/* A WAV file is played as what it sounds like, not octet by octet with its header. */
	if (wav_is(file) && codec != CODEC_NONE)
		return source_of_sound(&m->sources, &sound, said, err);
	return source_of_raw(&m->sources, o->path, &form,
	                     codec == CODEC_PCMA   ? 0xd5
	                     : codec == CODEC_PCMU ? 0xff
	                                           : 0,
	                     err);
}

static bool play(struct media_call *c, const struct stream_order *o, struct err *err)
{
	struct media *m = c->media;
	struct media_flow *f = media_flow_of(c, o->video ? MEDIA_VIDEO : MEDIA_AUDIO, err);
	int usual = m->config->media.payload_type > 0 ? m->config->media.payload_type : USUAL_TYPE;
	int payload_type = o->payload_type >= 0 ? o->payload_type : usual;
	struct source_form form;
	const struct source *source;

	source = f ? source_of(m, o, payload_type, &form, err) : NULL;
	if (!source || !media_flow_open(f, err))
		return false;
	if (source->pattern)
		f->pattern = (uint8_t)source->pattern;
	sender_play(&f->sender, source, o->loops, payload_type);
	if (form.codec != CODEC_NONE)
		f->sender.form = form;
	return true;
}

bool stream_act(struct media_call *c, struct slice argument, struct err *err)
{
	struct stream_order o;

	if (!stream_order_parse(argument, &o, err))
		return false;
	if (o.verb == STREAM_FILE || o.verb == STREAM_PATTERN)
		return play(c, &o, err);
	if (o.audio && c->flows[MEDIA_AUDIO])
		sender_pause(&c->flows[MEDIA_AUDIO]->sender, o.verb == STREAM_PAUSE);
	if (o.video && c->flows[MEDIA_VIDEO])
		sender_pause(&c->flows[MEDIA_VIDEO]->sender, o.verb == STREAM_PAUSE);
	return true;
}

bool stream_echo_act(struct media_call *c, struct slice argument, struct err *err)
{
	struct slice rest = slice_trim(argument), word = SLICE_NONE;
	struct media_flow *f;
	bool video, start;

	slice_split(&rest, ',', &word);
	word = slice_trim(word);
	start = slice_istarts(word, "start") || slice_istarts(word, "update");
	video = word.n > 5 && slice_ieq_str(slice_from(word, word.n - 5), "video");
	if (!(start || slice_istarts(word, "stop")) ||
	    !(video || (word.n > 5 && slice_ieq_str(slice_from(word, word.n - 5), "audio"))))
		return err_set(err, ERR_USAGE,
		               "rtp_echo: '%.*s' is none of startaudio, updateaudio, stopaudio, "
		               "startvideo, updatevideo, stopvideo",
		               SLICE_ARG(word));
	f = media_flow_of(c, video ? MEDIA_VIDEO : MEDIA_AUDIO, err);
	if (!f || (start && !media_flow_open(f, err)))
		return false;
	f->echo = start;
	sender_update(&f->sender);
	return true;
}
