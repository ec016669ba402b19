/* What the scenario's media actions name is read before the first call: what is missing or broken is said with its line. Arguments with
 * keywords are known only in their calls. */
#include "sim/media/digits.h"
#include "sim/media/machine.h"
#include "sim/media/play.h"
#include "sim/media/rtp_stream.h"
#include "sim/media/wav.h"

/* A whole argument without keywords; absent: it has some. */
static struct slice constant(const struct template *t)
{
	if (!t || t->piece_count == 0)
		return SLICE_LIT("");
	if (t->piece_count > 1 || t->pieces[0].keyword != KEYWORD_TEXT)
		return SLICE_NONE;
	return t->pieces[0].text;
}

/* G.711 is what most agree on: what is encoded now makes no call wait. */
static bool check_play(struct media *m, struct slice argument, struct err *err)
{
	static const enum media_codec usual[] = { CODEC_PCMU, CODEC_PCMA };
	struct play p;

	if (!play_parse(argument, &p, err))
		return false;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
		struct source_form form = { usual[i], 8000, p.ptime_ms ? p.ptime_ms : 20 };
		if (p.codec != CODEC_NONE && p.codec != usual[i])
			continue;
		if (!source_of_sound(&m->sources, &p.sound, &form, err))
			return false;
	}
	struct slice file;
	return p.sound.kind != SOUND_FILE ||
	       media_files_read(&m->sources.files, p.sound.path, &file, err);
}

static bool check_stream(struct media *m, struct slice argument, struct err *err)
{
	struct stream_order o;
	struct slice file;
	struct wav wav;

	if (!stream_order_parse(argument, &o, err))
		return false;
	if (o.verb != STREAM_FILE)
		return true;
	if (!media_files_read(&m->sources.files, o.path, &file, err))
		return false;
	if (wav_is(file) && !wav_parse(file, &wav, err))
		return err_context(err, "'%.*s'", SLICE_ARG(o.path));
	return file.n > 0 || err_set(err, ERR_FORMAT, "'%.*s' is empty", SLICE_ARG(o.path));
}

static bool check_argument(struct media *m, enum media_verb verb, struct slice argument,
                           struct err *err)
{
	struct digits_order digits;

	switch (verb) {
	case MEDIA_PLAY: return check_play(m, argument, err);
	case MEDIA_RTP_STREAM: return check_stream(m, argument, err);
	case MEDIA_PLAY_DTMF: return digits_parse_sipp(argument, &digits, err);
	case MEDIA_DIGITS: return digits_parse(argument, &digits, err);
	case MEDIA_PLAY_PCAP_AUDIO:
	case MEDIA_PLAY_PCAP_VIDEO:
	case MEDIA_PLAY_PCAP_IMAGE:
		return source_of_capture(&m->sources, slice_trim(argument),
		                         verb == MEDIA_PLAY_PCAP_IMAGE,
		                         verb == MEDIA_PLAY_PCAP_VIDEO, err) != NULL;
	case MEDIA_RTP_ECHO:
	case MEDIA_STOP: break;
	}
	return true;
}

static bool check_step(struct media *m, const struct scenario *s, const struct step *step,
                       struct err *err)
{
	for (unsigned i = 0; i < step->action_count; i++) {
		const struct action *a = &step->actions[i];
		struct slice argument =
		        a->kind == ACTION_EXEC_MEDIA ? constant(a->text) : SLICE_NONE;
		if (argument.p && !check_argument(m, a->media, argument, err))
			return err_context(err, "%.*s:%u", SLICE_ARG(s->file), a->line);
	}
	return true;
}

bool media_preload(struct media *m, const struct scenario *s, struct err *err)
{
	const struct media_config *config = &m->config->media;
	struct digits_order digits;

	for (unsigned i = 0; s && i < s->step_count; i++)
		if (!check_step(m, s, &s->steps[i], err))
			return false;
	if (config->play && !check_play(m, slice_str(config->play), err))
		return false;
	return !config->digits || digits_parse(slice_str(config->digits), &digits, err);
}
