#include "analyzer/streams/listening.h"

#include "analyzer/audio/audio_sink.h"
#include "analyzer/audio/listener.h"
#include "analyzer/audio/talk.h"
#include "analyzer/streams/stream.h"
#include "base/duration.h"
#include "base/mem.h"

#define ONE_SIDED_NS (5 * NS_PER_S)

struct listening {
	struct analysis *analysis;
	struct spectrum *spectrum;
	struct audio_sink sink;
	struct list_node talks; /* of struct call_talk */
};

struct call_talk {
	struct list_node node; /* first */
	struct talk talk;
};

struct ear {
	struct listening *home;
	struct listener *listener;
};

static double ms_of(int64_t ns)
{
	return (double)ns / NS_PER_MS;
}

/* ---- one stream ---- */

static bool out_of_memory(const struct listening *l)
{
	return err_memory(l->analysis->err, "listening to a stream");
}

static bool open_ear(void *context, const struct audio_source *source, void **listener)
{
	struct listening *l = context;
	struct ear *e = mem_zalloc(sizeof *e);

	(void)source;
	*listener = e;
	if (!e)
		return out_of_memory(l);
	e->home = l;
	e->listener = listener_new(l->spectrum);
	if (e->listener)
		return true;
	mem_free(e);
	*listener = NULL;
	return out_of_memory(l);
}

static bool hear_block(void *context, const struct track_block *block)
{
	struct ear *e = context;

	return listener_block(e->listener, block) || out_of_memory(e->home);
}

static void ear_free(struct ear *e)
{
	listener_free(e->listener);
	mem_free(e);
}

/* ---- rows ---- */

/* Made for speech: what they do to two sines at once cannot be foreseen. */
static bool distorts_digits(const struct stream *st)
{
	static const char *const names[] = { "G729", "G723", "AMR", "AMR-WB", "GSM", "iLBC" };
	const struct codec *codec = stream_format(st, st->cold->audio)->codec;

	for (size_t i = 0; codec && i < sizeof names / sizeof *names; i++)
		if (strcmp(codec->name, names[i]) == 0)
			return true;
	return false;
}

/* 15.9 dB below its active level a frame is silence, as P.56 has it. */
static double threshold_of(const struct speech_activity *a)
{
	return a->active_dbov - SPEECH_MARGIN_DB;
}

static bool write_stream(const struct ear *e, const struct audio_ended *ended,
                         const struct speech_activity *activity, const struct level_facts *facts)
{
	const struct listener *ear = e->listener;
	struct record_stream_audio r = {
		.stream_id = ended->stream_id,
		.decoded_ms = ear->ms[TRACK_DECODED],
		.concealed_ms = ear->ms[TRACK_CONCEALED],
		.pause_ms = ear->ms[TRACK_PAUSE],
		.decoded_packets = (int64_t)ended->counts->decoded,
		.undecoded_packets = (int64_t)ended->counts->undecoded,
		.undecoded = ended->counts->why ? slice_str(ended->counts->why) : SLICE_NONE,
		.level_dbov = activity->active_dbov,
		.mean_dbov = activity->mean_dbov,
		.activity = activity->activity,
		.noise_dbov = facts->noise_dbov,
		.peak_dbov = facts->peak_dbov,
		.clipped_ratio = facts->clipped_ratio,
		.silence_ms = ms_of(facts->quiet_ns),
		.dead_air = facts->dead_spans,
		.dead_air_ms = ms_of(facts->dead_ns),
		.dead_air_longest_ms = ms_of(facts->longest_dead_ns),
		.talk_ms = ms_of(facts->active_ns),
		.first_audio_us = clock_us(facts->first_ns),
		.inband_unreliable = distorts_digits(ended->stream),
	};

	return store_stream_audio(e->home->analysis->store, &r, e->home->analysis->err);
}

/* A long digit may pass for a tone, and its frequencies name it. */
static bool tells_digit(const struct listening *l, const struct listener *ear,
                        const struct heard_tone *h)
{
	for (unsigned i = 0; i < ear->digit_count && l->analysis->media.mask_dtmf; i++)
		if (h->start_ns < ear->digits[i].end_ns && ear->digits[i].start_ns < h->end_ns)
			return true;
	return false;
}

static bool write_tone(const struct listening *l, const struct audio_ended *ended,
                       const struct listener *ear, const struct heard_tone *h)
{
	bool masked = tells_digit(l, ear, h);
	struct record_tone r = {
		.stream_id = ended->stream_id,
		.call_id = ended->call_id,
		.time_us = clock_us(h->start_ns),
		.duration_ms = ms_of(duration_between(h->start_ns, h->end_ns)),
		.tone = slice_str(h->tone),
		.plan = *h->plan ? slice_str(h->plan) : SLICE_NONE,
		.hz = masked ? 0 : h->hz[1],
		.other_hz = h->hz[0] > 0 && !masked ? h->hz[0] : NAN,
		.level_dbov = h->level_dbov,
		.bursts = h->bursts,
	};

	return store_tone(l->analysis->store, &r, l->analysis->err);
}

/* ITU-T G.711: 0 dBm0 is 3.14 dB below a sine at full scale, which has -3.01 dBov. */
static double weaker_dbm0(const struct inband_digit *d)
{
	return d->level_dbov - 10 * log10(1 + pow(10, fabs(d->twist_db) / 10)) + 6.15;
}

static bool tell_digit(const struct listening *l, const struct audio_ended *ended,
                       const struct inband_digit *d)
{
	struct press p = {
		.start_ns = d->start_ns,
		.duration_ms = ms_of(duration_between(d->start_ns, d->end_ns)),
		.level_dbm0 = weaker_dbm0(d),
		.digit = d->digit,
		.start_lost = d->start_lost,
		.end_lost = d->end_lost,
		.lint = distorts_digits(ended->stream) ? PRESS_UNRELIABLE : 0,
	};

	return digits_heard(ended->stream, l->analysis, &p);
}

static bool write_heard(const struct ear *e, const struct audio_ended *ended)
{
	const struct listener *ear = e->listener;

	for (unsigned i = 0; i < ear->heard_count; i++)
		if (!write_tone(e->home, ended, ear, &ear->heard[i]))
			return false;
	for (unsigned i = 0; i < ear->digit_count; i++)
		if (!tell_digit(e->home, ended, &ear->digits[i]))
			return false;
	return true;
}

/* ---- what rules ask for ---- */

static void tell_stream(const struct ear *e, struct stream *st,
                        const struct speech_activity *activity, const struct level_facts *facts)
{
	const struct listener *ear = e->listener;

	st->cold->heard = (struct stream_heard){
		.listened = true,
		.level_dbov = activity->mean_dbov,
		.sent_ms = ear->ms[TRACK_DECODED] + ear->ms[TRACK_CONCEALED],
		.quiet_ms = ms_of(facts->quiet_ns),
	};
}

static void tell_call(struct stream *st, enum party sender, const struct heard_tone *h)
{
	const struct codec *codec = stream_format(st, st->cold->audio)->codec;
	struct media_tones *t = &st->media->tones;

	if (strcmp(h->tone, "cng") == 0) {
		call_media_fax(st->media, sender, FAX_CNG, h->start_ns, codec);
	} else if (strcmp(h->tone, "ced") == 0 || strncmp(h->tone, "ans", 3) == 0) {
		call_media_fax(st->media, sender, FAX_CED, h->start_ns, codec);
	} else if (strcmp(h->tone, "ringback") == 0 && sender == PARTY_CALLEE) {
		t->ringback_from_ns = h->start_ns;
		t->ringback_to_ns = h->end_ns;
	}
}

static struct talk *talk_of(struct listening *l, struct call_media *media)
{
	if (!media->talk) {
		media->talk = mem_zalloc(sizeof *media->talk);
		if (!media->talk)
			return NULL;
		list_append(&l->talks, &media->talk->node);
	}
	return &media->talk->talk;
}

static bool join_call(const struct ear *e, const struct audio_ended *ended, double threshold_dbov)
{
	struct call_media *media = ended->stream->media;
	enum party sender = ended->to_callee ? PARTY_CALLER : PARTY_CALLEE;
	struct talk *talk;

	if (!media || !e->listener->levels.count)
		return true;
	for (unsigned i = 0; i < e->listener->heard_count; i++)
		tell_call(ended->stream, sender, &e->listener->heard[i]);
	talk = talk_of(e->home, media);
	return (talk && talk_add(talk, ended->to_callee ? TALKER_CALLER : TALKER_CALLEE,
	                         &e->listener->levels, threshold_dbov)) ||
	       out_of_memory(e->home);
}

static bool close_ear(void *listener, const struct audio_ended *ended)
{
	struct ear *e = listener;
	bool ok = true;

	if (ended->stream_id != RECORD_NULL) {
		ok = listener_finish(e->listener) || out_of_memory(e->home);
		struct speech_activity activity = speech_measure(&e->listener->speech);
		double threshold_dbov = threshold_of(&activity);
		struct level_facts facts = levels_measure(&e->listener->levels, threshold_dbov);
		tell_stream(e, ended->stream, &activity, &facts);
		ok = ok && write_stream(e, ended, &activity, &facts) && write_heard(e, ended) &&
		     join_call(e, ended, threshold_dbov);
	}
	ear_free(e);
	return ok;
}

/* ---- legs ---- */

static void talk_forget(struct call_media *media)
{
	struct call_talk *talk = media->talk;

	media->talk = NULL;
	list_remove(&talk->node);
	talk_release(&talk->talk);
	mem_free(talk);
}

/* There was sound of both, long enough to speak in, and no word of one of them. */
static struct slice silent_of(const struct talk_facts *f)
{
	bool silent[2];

	for (int i = 0; i < 2; i++)
		silent[i] = f->heard_ns[i] >= ONE_SIDED_NS && !f->talk_ns[i];
	if (silent[TALKER_CALLER] && silent[TALKER_CALLEE])
		return SLICE_LIT("both");
	if (silent[TALKER_CALLER])
		return SLICE_LIT("caller");
	return silent[TALKER_CALLEE] ? SLICE_LIT("callee") : SLICE_NONE;
}

static double first_ms(const struct talk_facts *f, enum talker who, int64_t answer_ns)
{
	if (answer_ns == TIME_NONE || f->first_ns[who] == TIME_NONE)
		return NAN;
	double ms = ms_of(duration_between(answer_ns, f->first_ns[who]));
	return ms > 0 ? ms : 0;
}

bool listening_leg(struct listening *l, struct call_media *media, const struct listened_leg *leg)
{
	if (!l || !media->talk)
		return true;
	struct talk_facts f = talk_measure(&media->talk->talk, leg->answer_ns, leg->end_ns);
	struct record_call_audio r = {
		.call_id = leg->call_id,
		.dialog_id = leg->dialog_id,
		.caller_ms = ms_of(f.heard_ns[TALKER_CALLER]),
		.callee_ms = ms_of(f.heard_ns[TALKER_CALLEE]),
		.caller_talk_ms = ms_of(f.talk_ns[TALKER_CALLER]),
		.callee_talk_ms = ms_of(f.talk_ns[TALKER_CALLEE]),
		.double_talk_ms = ms_of(f.double_ns),
		.mutual_silence_ms = ms_of(f.silence_ns),
		.mutual_silence_longest_ms = ms_of(f.longest_silence_ns),
		.caller_first_ms = first_ms(&f, TALKER_CALLER, leg->answer_ns),
		.callee_first_ms = first_ms(&f, TALKER_CALLEE, leg->answer_ns),
		.silent = silent_of(&f),
	};
	talk_forget(media);
	return store_call_audio(l->analysis->store, &r, l->analysis->err);
}

/* ---- run ---- */

struct listening *listening_new(struct analysis *a)
{
	struct listening *l = mem_zalloc(sizeof *l);

	if (l)
		l->spectrum = spectrum_new();
	if (!l || !l->spectrum) {
		mem_free(l);
		err_memory(a->err, "the analyzer");
		return NULL;
	}
	l->analysis = a;
	l->sink = (struct audio_sink){ l, open_ear, hear_block, close_ear };
	list_init(&l->talks);
	return l;
}

void listening_free(struct listening *l)
{
	if (!l)
		return;
	while (!list_is_empty(&l->talks)) {
		struct call_talk *talk = (struct call_talk *)l->talks.next;
		list_remove(&talk->node);
		talk_release(&talk->talk);
		mem_free(talk);
	}
	spectrum_free(l->spectrum);
	mem_free(l);
}

const struct audio_sink *listening_sink(const struct listening *l)
{
	return &l->sink;
}
