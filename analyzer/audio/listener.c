#include "analyzer/audio/listener.h"

#include "base/mem.h"

struct listener *listener_new(const struct spectrum *spectrum)
{
	struct listener *l = mem_zalloc(sizeof *l);

	if (!l)
		return NULL;
	tones_init(&l->tones, spectrum);
	l->inband = inband_new();
	if (!l->inband) {
		mem_free(l);
		return NULL;
	}
	return l;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	levels_release(&l->levels);
	resample_release(&l->narrow);
	inband_free(l->inband);
	mem_free(l->heard);
	mem_free(l->digits);
	mem_free(l);
}

/* Room for one more of `most`; true without room: *count is most. */
static bool has_room(void **items, unsigned count, unsigned *capacity, unsigned most, size_t bytes)
{
	if (count < *capacity || count == most)
		return true;
	unsigned more = *capacity ? 2 * *capacity : 4;
	void *grown = mem_resize(*items, more * bytes);
	if (!grown)
		return false;
	*items = grown;
	*capacity = more;
	return true;
}

static bool keep_tone(struct listener *l, const struct heard_tone *tone)
{
	void *items = l->heard;

	if (!has_room(&items, l->heard_count, &l->heard_capacity, LISTENER_TONES, sizeof *tone))
		return false;
	l->heard = items;
	if (l->heard_count < LISTENER_TONES)
		l->heard[l->heard_count++] = *tone;
	return true;
}

static bool keep_digit(struct listener *l, const struct inband_digit *digit)
{
	void *items = l->digits;

	if (!has_room(&items, l->digit_count, &l->digit_capacity, LISTENER_DIGITS, sizeof *digit))
		return false;
	l->digits = items;
	if (l->digit_count < LISTENER_DIGITS)
		l->digits[l->digit_count++] = *digit;
	return true;
}

static bool keep_heard(struct listener *l)
{
	struct heard_tone tone;
	struct inband_digit digit;

	while (tones_take(&l->tones, &tone))
		if (!keep_tone(l, &tone))
			return false;
	while (inband_take(l->inband, &digit))
		if (!keep_digit(l, &digit))
			return false;
	return true;
}

#define NARROW_BLOCK 800 /* what tones and digits are given at once: 100 ms */

/* What was concealed is a tone that goes on, but no digit: nobody knows whether it was pressed. */
static bool push_narrow(struct listener *l, const struct track_block *block, int64_t time_ns,
                        const int16_t *samples, size_t count)
{
	for (size_t i = 0; i < count; i += NARROW_BLOCK) {
		size_t n = count - i < NARROW_BLOCK ? count - i : NARROW_BLOCK;
		int64_t at_ns = time_ns + (int64_t)i * (NS_PER_S / RESAMPLE_RATE);
		tones_push(&l->tones, at_ns, samples + i, n);
		inband_push(l->inband, at_ns, block->origin == TRACK_CONCEALED ? NULL : samples + i,
		            n);
		if (!keep_heard(l))
			return false;
	}
	return true;
}

static bool listen_narrow(struct listener *l, const struct track_block *block)
{
	int16_t out[RESAMPLE_MAX];
	const int16_t *samples = block->samples;
	size_t left = block->count, n;
	int64_t time_ns = block->time_ns;

	if (!resample_set_rate(&l->narrow, block->rate))
		return false;
	while (left) {
		n = resample_push(&l->narrow, &samples, &left, out);
		if (!push_narrow(l, block, time_ns, out, n))
			return false;
		time_ns += (int64_t)n * (NS_PER_S / RESAMPLE_RATE);
	}
	return true;
}

bool listener_block(struct listener *l, const struct track_block *block)
{
	l->ms[block->origin] += (double)block->count * 1e3 / block->rate;
	speech_push(&l->speech, block->samples, block->count, block->rate);
	return levels_push(&l->levels, block->time_ns, block->samples, block->count, block->rate,
	                   block->origin != TRACK_PAUSE) &&
	       listen_narrow(l, block);
}

bool listener_finish(struct listener *l)
{
	tones_finish(&l->tones);
	inband_finish(l->inband);
	return keep_heard(l);
}
