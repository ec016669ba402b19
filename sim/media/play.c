#include "sim/media/play.h"

#include "sim/media/machine.h"

#include <math.h>
#include <stdlib.h>

#define USUAL_LEVEL  (-10.0) /* dBm0 of tones */
#define SPEECH_LEVEL (-20.0)
#define MAX_MS       (24 * 3600 * 1000)

/* --- reading it --------------------------------------------------------------------------------------------------- */

static bool number(struct slice text, double min, double max, double *out)
{
	char buf[32], *end;

	if (text.n == 0 || text.n >= sizeof buf)
		return false;
	*out = strtod(slice_cstr(text, buf, sizeof buf), &end);
	return *end == '\0' && *out >= min && *out <= max;
}

static bool read_codec(struct slice value, struct play *p)
{
	struct slice name, rest = value;
	uint64_t clock = 0;

	slice_split(&rest, '/', &name);
	p->codec = codec_of(name);
	if (rest.p && (!slice_u64(rest, 192000, &clock) || clock < 8000))
		return false;
	p->clock_hz = (uint32_t)clock;
	return p->codec != CODEC_NONE;
}

static bool read_setting(struct slice name, struct slice value, struct play *p)
{
	double v;

	if (slice_ieq_str(name, "codec"))
		return read_codec(value, p);
	if (slice_ieq_str(name, "level"))
		return number(value, -70, 3.14, &p->sound.level_dbm0);
	if (slice_ieq_str(name, "loops") && number(value, -1, 1e9, &v) && v != 0)
		p->loops = (int)v;
	else if (slice_ieq_str(name, "ptime") && number(value, 1, 200, &v))
		p->ptime_ms = (unsigned)v;
	else if (slice_ieq_str(name, "pt") && number(value, 0, 127, &v))
		p->payload_type = (int)v;
	else if (slice_ieq_str(name, "ms") && number(value, 1, MAX_MS, &v))
		p->sound.duration_ns = (int64_t)v * NS_PER_MS;
	else
		return false;
	return true;
}

/* "1000" or "697+1209" */
static bool read_tones(struct slice text, struct play *p)
{
	struct slice first, rest = text;

	slice_split(&rest, '+', &first);
	return number(first, 1, 20000, &p->sound.hz[0]) &&
	       (!rest.p || number(rest, 1, 20000, &p->sound.hz[1]));
}

static bool read_what(struct slice what, struct play *p)
{
	p->sound.level_dbm0 = USUAL_LEVEL;
	if (slice_ieq_str(what, "silence")) {
		p->sound.kind = SOUND_SILENCE;
	} else if (slice_ieq_str(what, "speech")) {
		p->sound.kind = SOUND_SPEECH;
		p->sound.level_dbm0 = SPEECH_LEVEL;
	} else if (slice_istarts(what, "tone:")) {
		p->sound.kind = SOUND_TONE;
		return read_tones(slice_from(what, 5), p);
	} else {
		p->sound.kind = SOUND_FILE;
		p->sound.path = slice_istarts(what, "wav:") ? slice_from(what, 4) : what;
		p->loops = 1;
		return p->sound.path.n > 0 && p->sound.path.n < 400;
	}
	return true;
}

bool play_parse(struct slice argument, struct play *out, struct err *err)
{
	struct slice rest = slice_trim(argument), item;

	*out = (struct play){ .loops = -1, .payload_type = -1 };
	if (!slice_split(&rest, ',', &item) || !read_what(slice_trim(item), out))
		return err_set(err, ERR_USAGE,
		               "nothing can be played by '%.*s': say wav:FILE, tone:HZ, speech or "
		               "silence",
		               SLICE_ARG(argument));
	while (slice_split(&rest, ',', &item)) {
		struct slice name, value = item;
		slice_split(&value, '=', &name);
		if (!value.p || !read_setting(slice_trim(name), slice_trim(value), out))
			return err_set(
			        err, ERR_USAGE,
			        "'%.*s' of '%.*s' is not codec=, ptime=, loops=, pt=, level= "
			        "or ms= with a value that can be",
			        SLICE_ARG(item), SLICE_ARG(argument));
	}
	/* Of a given length it is played once. */
	if (out->sound.duration_ns && out->loops < 0)
		out->loops = 1;
	return true;
}

/* --- doing it ----------------------------------------------------------------------------------------------------- */

static bool in_what_form(const struct media_flow *f, struct play *p, struct source_form *form,
                         struct err *err)
{
	struct media_format agreed = { 0, CODEC_PCMU, 8000 };
	bool any = media_flow_codec(f, &agreed);

	if (p->codec == CODEC_NONE && !any && (f->ours.known || f->theirs.known))
		return err_set(err, ERR_USAGE,
		               "no codec that both sides said in SDP can be encoded: say codec=");
	if (p->codec == CODEC_NONE)
		p->codec = agreed.codec;
	media_flow_number(f, p->codec, &p->clock_hz, &p->payload_type);
	form->codec = p->codec;
	form->clock_hz = p->clock_hz;
	form->ptime_ms = p->ptime_ms ? p->ptime_ms : f->theirs.ptime_ms ? f->theirs.ptime_ms : 20;
	return true;
}

bool play_form(struct media_flow *f, struct source_form *form, int *payload_type, struct err *err)
{
	struct play p = { .payload_type = -1 };

	if (!f->sender.form.ptime_ms) {
		if (!in_what_form(f, &p, form, err))
			return false;
		*payload_type = p.payload_type;
		return true;
	}
	*form = f->sender.form;
	*payload_type = f->sender.payload_type;
	return true;
}

bool play_act(struct media_call *c, struct slice argument, struct err *err)
{
	struct media_flow *f = media_flow_of(c, MEDIA_AUDIO, err);
	const struct source *source;
	struct source_form form;
	struct play p;

	if (!f || !play_parse(argument, &p, err) || !in_what_form(f, &p, &form, err))
		return false;
	source = source_of_sound(&c->media->sources, &p.sound, &form, err);
	if (!source || !media_flow_open(f, err))
		return false;
	sender_play(&f->sender, source, p.loops, p.payload_type);
	f->sender.form = form;
	return true;
}
