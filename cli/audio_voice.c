#include "cli/audio_voice.h"

#include "base/mem.h"

#include <stdlib.h>

/* Before a digit is recognized it is heard, and its tone may begin before the event that names it. */
#define MASK_MARGIN_NS (50 * NS_PER_MS)

bool audio_voice_init(struct audio_voice *v, const struct audio_stream *stream,
                      struct audio_target *target, unsigned channel)
{
	*v = (struct audio_voice){ .stream = stream, .target = target, .channel = channel };
	if (target->mask_digits)
		v->inband = inband_new();
	return !target->mask_digits || v->inband || err_memory(target->err, "the sound of a call");
}

void audio_voice_release(struct audio_voice *v)
{
	resample_release(&v->resample);
	resample_release(&v->narrow);
	inband_free(v->inband);
	v->inband = NULL;
}

static int64_t samples_of(int64_t ns, unsigned rate)
{
	return (int64_t)(((__int128)ns * rate + (ns < 0 ? -1 : 1) * (NS_PER_S / 2)) / NS_PER_S);
}

/* --- into the channel -------------------------------------------------------------------------------------------- */

static bool lay(struct audio_voice *v, const int16_t *samples, size_t n)
{
	struct audio_target *t = v->target;
	int64_t at = v->run_place + (int64_t)v->run_out;

	v->run_out += n;
	if (at < 0) { /* rounding of the records' microseconds */
		size_t before = at + (int64_t)n < 0 ? n : (size_t)-at;
		samples += before;
		n -= before;
		at = 0;
	}
	if (at >= t->max_samples || (int64_t)n > t->max_samples - at) {
		t->cut = true;
		n = at >= t->max_samples ? 0 : (size_t)(t->max_samples - at);
	}
	return !n || spool_mix(&t->channels[v->channel], at, samples, n, t->err);
}

/* At most `most` samples go out. */
static bool convert(struct audio_voice *v, const int16_t *samples, size_t count, uint64_t most)
{
	int16_t out[RESAMPLE_MAX];

	while (count) {
		size_t n = resample_push(&v->resample, &samples, &count, out);
		if (n > most - v->run_out)
			n = (size_t)(most - v->run_out);
		if (!lay(v, out, n))
			return false;
	}
	return true;
}

/* The last samples wait for neighbours, which are silence now. */
static bool end_run(struct audio_voice *v)
{
	static const int16_t silence[1024];
	uint64_t due;

	if (!v->running)
		return true;
	v->running = false;
	due = v->run_in * v->target->rate / v->run_rate;
	while (v->run_out < due) {
		uint64_t before = v->run_out;
		if (!convert(v, silence, sizeof silence / sizeof *silence, due))
			return false;
		if (v->run_out == before)
			break;
	}
	return true;
}

static bool begin_run(struct audio_voice *v, const struct track_block *b)
{
	if (!end_run(v))
		return false;
	resample_release(&v->resample);
	if (!resample_set_rates(&v->resample, b->rate, v->target->rate))
		return err_memory(v->target->err, "the sound of a call");
	v->running = true;
	v->run_rate = b->rate;
	v->run_place = samples_of(b->time_ns - v->target->begin_ns, v->target->rate);
	v->run_in = v->run_out = 0;
	return true;
}

/* --- digits in the sound ------------------------------------------------------------------------------------------ */

bool audio_masks_add(struct audio_masks *m, struct audio_mask mask)
{
	if (m->count == AUDIO_MAX_MASKS) {
		m->all[m->count - 1].to_ns = INT64_MAX;
		return true;
	}
	if (!(m->count & (m->count - 1))) {
		void *grown = mem_resize(m->all, (m->count ? 2 * m->count : 1) * sizeof *m->all);
		if (!grown)
			return false;
		m->all = grown;
	}
	m->all[m->count++] = mask;
	return true;
}

static bool take_digits(struct audio_voice *v)
{
	struct inband_digit d;

	while (inband_take(v->inband, &d)) {
		struct audio_mask mask = { v->channel, d.start_ns, d.end_ns };
		if (!audio_masks_add(&v->target->masks, mask))
			return err_memory(v->target->err, "the sound of a call");
	}
	return true;
}

#define PIECE 960 /* samples, 120 ms at 8 kHz: digits are asked for often enough */

static bool look_for_digits(struct audio_voice *v, const struct track_block *b)
{
	int16_t out[RESAMPLE_MAX];

	if (!resample_set_rate(&v->narrow, b->rate))
		return err_memory(v->target->err, "the sound of a call");
	for (size_t at = 0; at < b->count; at += PIECE) {
		const int16_t *samples = b->samples + at;
		size_t left = b->count - at < PIECE ? b->count - at : PIECE;
		int64_t time_ns = b->time_ns + (int64_t)(at * (uint64_t)NS_PER_S / b->rate);
		while (left) {
			size_t n = resample_push(&v->narrow, &samples, &left, out);
			inband_push(v->inband, time_ns, out, n);
			time_ns += (int64_t)(n * (uint64_t)NS_PER_S / RESAMPLE_RATE);
		}
		if (!take_digits(v))
			return false;
	}
	return true;
}

bool audio_masks_apply(struct audio_target *t)
{
	for (size_t i = 0; i < t->masks.count; i++) {
		const struct audio_mask *m = &t->masks.all[i];
		int64_t from_ns = m->from_ns - t->begin_ns - MASK_MARGIN_NS;
		int64_t to = m->to_ns == INT64_MAX
		                     ? INT64_MAX
		                     : samples_of(m->to_ns - t->begin_ns + MASK_MARGIN_NS, t->rate);
		if (m->channel < t->channel_count &&
		    !spool_mute(&t->channels[m->channel], samples_of(from_ns, t->rate), to, t->err))
			return false;
	}
	return true;
}

/* --- blocks ------------------------------------------------------------------------------------------------------ */

static void count(struct audio_voice *v, const struct track_block *b)
{
	int64_t ns = (int64_t)(b->count * (uint64_t)NS_PER_S / b->rate);

	switch (b->origin) {
	case TRACK_DECODED: v->heard_ns += ns; return;
	case TRACK_CONCEALED: v->concealed_ns += ns; return;
	case TRACK_PAUSE: v->paused_ns += ns; return;
	}
}

bool audio_voice_block(void *voice, const struct track_block *block)
{
	struct audio_voice *v = voice;
	bool goes_on = v->running && v->run_rate == block->rate &&
	               llabs(block->time_ns - v->run_end_ns) < NS_PER_US;

	if (!goes_on && !begin_run(v, block))
		return false;
	v->run_end_ns = block->time_ns + (int64_t)(block->count * (uint64_t)NS_PER_S / block->rate);
	v->run_in += block->count;
	count(v, block);
	return convert(v, block->samples, block->count, UINT64_MAX) &&
	       (!v->inband || look_for_digits(v, block));
}

bool audio_voice_end(struct audio_voice *v)
{
	if (!end_run(v))
		return false;
	if (!v->inband)
		return true;
	inband_finish(v->inband);
	return take_digits(v);
}
