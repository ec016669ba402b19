#include "cli/audio_play.h"

#include "analyzer/audio/audio_sink.h"
#include "analyzer/pipeline.h"
#include "base/mem.h"
#include "cli/export_records.h"
#include "cli/wav.h"
#include "reports/rows.h"

#include <stdlib.h>

/* --- the sink ----------------------------------------------------------------------------------------------------- */

static bool is_of(const struct audio_source *source, const struct export_stream *s)
{
	int64_t first_us = clock_us(source->first_ns);

	return source->ssrc == s->ssrc && endpoint_eq(source->src, s->src) &&
	       endpoint_eq(source->dst, s->dst) && first_us >= s->first_us &&
	       first_us <= s->last_us;
}

/* Read together. */
struct plays {
	struct audio_play *all;
	size_t count;
};

static bool open_voice(void *context, const struct audio_source *source, void **listener)
{
	struct plays *plays = context;

	*listener = NULL;
	for (size_t n = 0; n < plays->count && !*listener; n++) {
		struct audio_play *p = &plays->all[n];
		for (size_t i = 0; i < p->voice_count && !*listener; i++)
			if (is_of(source, &p->voices[i].stream->place))
				*listener = &p->voices[i];
	}
	return true;
}

static void add_counts(struct track_counts *sum, const struct track_counts *c)
{
	sum->decoded += c->decoded;
	sum->undecoded += c->undecoded;
	sum->lost += c->lost;
	sum->late += c->late;
	sum->why = sum->why ? sum->why : c->why;
}

/* A stream that the records have as one may come in several pieces here: so the voice goes on to the end. */
static bool close_voice(void *listener, const struct audio_ended *ended)
{
	struct audio_voice *v = listener;

	v->met = true;
	add_counts(&v->counts, ended->counts);
	return true;
}

static bool take_packet(void *pipeline, const struct packet *packet)
{
	return pipeline_packet(pipeline, packet);
}

static bool run_pipeline(struct plays *plays, const struct export_job *job, struct err *err)
{
	const struct audio_sink sink = { .context = plays,
		                         .open = open_voice,
		                         .block = audio_voice_block,
		                         .close = close_voice };
	const struct record_run run = { .id = 1,
		                        .kind = SLICE_LIT("capture"),
		                        .command = SLICE_LIT("audio"),
		                        .version = SLICE_LIT(MILLIWATT_VERSION),
		                        .finished_us = RECORD_NULL };
	struct store *store = store_create(NULL, &run, err);
	struct pipeline_options options = {
		.store = store, .run_id = 1, .interval_s = 5, .audio = &sink
	};
	struct pipeline *pipeline = store ? pipeline_new(&options, err) : NULL;
	bool ok = pipeline && export_each(job, take_packet, pipeline, err) &&
	          pipeline_finish(pipeline, 0);

	pipeline_free(pipeline);
	store_free(store);
	return ok;
}

/* --- voices ------------------------------------------------------------------------------------------------------- */

static unsigned rate_of(const struct audio_stream *s)
{
	const struct codec *codec = codec_by_name(slice_str(s->codec), s->clock_hz);
	const struct decoder_format format = { codec ? codec->name : NULL, s->clock_hz, 1 };
	const char *why;
	struct decoder *d = decoder_new(&format, &why);
	unsigned rate = d ? decoder_rate(d) : 0;

	decoder_free(d);
	return rate;
}

static unsigned best_rate(const struct audio_streams *a)
{
	unsigned best = 8000;

	for (size_t i = 0; i < a->count; i++) {
		unsigned rate = a->all[i].choice == AUDIO_HEARD ? rate_of(&a->all[i]) : 0;
		best = rate > best ? rate : best;
	}
	return best;
}

static bool make_voices(struct audio_play *p, struct err *err)
{
	int64_t begin_us = INT64_MAX;

	p->voices = mem_zalloc((p->streams.count + 1) * sizeof *p->voices);
	if (!p->voices)
		return err_memory(err, "the sound of a call");
	for (size_t i = 0; i < p->streams.count; i++) {
		const struct audio_stream *s = &p->streams.all[i];
		unsigned channel = p->target.channel_count == 2 && !s->to_callee;
		if (s->choice != AUDIO_HEARD)
			continue;
		begin_us = s->place.first_us < begin_us ? s->place.first_us : begin_us;
		if (!audio_voice_init(&p->voices[p->voice_count++], s, &p->target, channel))
			return false;
	}
	if (!p->voice_count)
		return true;
	p->begin_us = begin_us;
	p->target.begin_ns = begin_us * NS_PER_US;
	return true;
}

static bool end_voices(struct audio_play *p)
{
	for (size_t i = 0; i < p->voice_count; i++) {
		if (!audio_voice_end(&p->voices[i]))
			return false;
		p->heard_ns += p->voices[i].heard_ns;
	}
	return true;
}

/* --- digits that the records know ---------------------------------------------------------------------------------- */

static bool add_mask(struct audio_play *p, struct query *q, struct err *err)
{
	int64_t from_ns = query_int(q, 0) * NS_PER_US;
	double ms = query_is_null(q, 1) ? 100 : query_real(q, 1);
	struct slice direction = query_is_null(q, 2) ? SLICE_NONE : query_text(q, 2);
	bool known = p->target.channel_count == 2 && direction.n;
	unsigned first = known && slice_eq(direction, SLICE_LIT("callee_to_caller"));

	ms = ms > 0 && ms < 60e3 ? ms : 60e3;
	for (unsigned c = first; c < (known ? first + 1 : p->target.channel_count); c++) {
		struct audio_mask m = { c, from_ns, from_ns + (int64_t)(ms * NS_PER_MS) };
		if (!audio_masks_add(&p->target.masks, m))
			return err_memory(err, "the digits of a call");
	}
	return true;
}

static bool load_masks(struct audio_play *p, struct records *r, int64_t call_id, struct err *err)
{
	if (call_id == RECORD_NULL)
		return true;
	struct query *q =
	        rows_query(r, "SELECT time_us, duration_ms, direction FROM dtmf WHERE call_id = ?1",
	                   call_id, err);
	bool ok = q != NULL;
	while (ok && query_step(q, err))
		ok = add_mask(p, q, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

static bool open_target(struct audio_play *p, const struct audio_play_options *o, struct err *err)
{
	struct audio_target *t = &p->target;

	t->err = err;
	t->channel_count = o->wish.stream ? 1 : 2;
	t->rate = o->rate ? o->rate : best_rate(&p->streams);
	t->max_samples = wav_max_samples(t->channel_count);
	t->mask_digits = o->mask_digits;
	for (unsigned c = 0; c < t->channel_count; c++)
		if (!spool_init(&t->channels[c], err))
			return false;
	return true;
}

/* The places of all voices, the calls that have some. Freed by mem_free(). */
static struct export_stream *places_of(const struct plays *plays, int64_t *calls,
                                       size_t *call_count, size_t *count)
{
	size_t all = 0;

	for (size_t n = 0; n < plays->count; n++)
		all += plays->all[n].voice_count;
	struct export_stream *places = mem_alloc((all + 1) * sizeof *places);
	*count = *call_count = 0;
	for (size_t n = 0; n < plays->count && places; n++) {
		const struct audio_play *p = &plays->all[n];
		for (size_t i = 0; i < p->voice_count; i++)
			places[(*count)++] = p->voices[i].stream->place;
		if (p->voice_count && p->call_id != RECORD_NULL)
			calls[(*call_count)++] = p->call_id;
	}
	return places;
}

bool audio_play_read(struct audio_play *all, size_t all_count, struct records *r,
                     const struct audio_play_options *o, struct err *err)
{
	struct plays plays = { all, all_count };
	struct export_records e;
	size_t count = 0, calls = 0;
	int64_t *ids = mem_alloc((all_count + 1) * sizeof *ids);
	struct export_stream *places = ids ? places_of(&plays, ids, &calls, &count) : NULL;
	bool ok = places || err_memory(err, "the streams of a call");

	if (ok && count) {
		ok = export_records_load_some(&e, r, ids, calls, o->captures, places, count, err);
		if (ok) {
			e.job.output = o->output;
			e.job.progress = o->progress;
			ok = run_pipeline(&plays, &e.job, err);
		}
		export_records_release(&e);
	}
	mem_free(places);
	mem_free(ids);
	return ok;
}

static void measure(struct audio_play *p)
{
	for (unsigned c = 0; c < p->target.channel_count; c++)
		if (p->target.channels[c].length > p->samples)
			p->samples = p->target.channels[c].length;
}

bool audio_play_prepare(struct audio_play *p, struct records *r, int64_t call_id,
                        const struct audio_play_options *o, struct err *err)
{
	*p = (struct audio_play){ .call_id = call_id };
	return audio_streams_load(&p->streams, r, call_id, &o->wish, err) &&
	       open_target(p, o, err) && make_voices(p, err) &&
	       (!o->mask_digits || load_masks(p, r, call_id, err));
}

bool audio_play_finish(struct audio_play *p)
{
	if (!end_voices(p))
		return false;
	measure(p);
	return audio_masks_apply(&p->target);
}

bool audio_play(struct audio_play *p, struct records *r, int64_t call_id,
                const struct audio_play_options *o, struct err *err)
{
	return audio_play_prepare(p, r, call_id, o, err) && audio_play_read(p, 1, r, o, err) &&
	       audio_play_finish(p);
}

void audio_play_release(struct audio_play *p)
{
	for (size_t i = 0; i < p->voice_count; i++)
		audio_voice_release(&p->voices[i]);
	mem_free(p->voices);
	mem_free(p->target.masks.all);
	for (unsigned c = 0; c < 2; c++)
		spool_release(&p->target.channels[c]);
	audio_streams_release(&p->streams);
}
