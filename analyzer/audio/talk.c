#include "analyzer/audio/talk.h"

#include "base/duration.h"
#include "base/mem.h"

#include <string.h>

#define TALKS(who) ((uint8_t)(1u << (who)))
#define SOUND(who) ((uint8_t)(4u << (who)))
#define BOTH_TALK  (TALKS(TALKER_CALLER) | TALKS(TALKER_CALLEE))

void talk_release(struct talk *t)
{
	mem_free(t->frames);
	*t = (struct talk){ 0 };
}

static int64_t frame_of(int64_t time_ns)
{
	return time_ns / LEVELS_FRAME_NS - (time_ns % LEVELS_FRAME_NS < 0);
}

static bool reserve(struct talk *t, size_t count)
{
	if (count <= t->capacity)
		return true;
	size_t more = count < TALK_MAX_FRAMES / 2 ? 2 * count : TALK_MAX_FRAMES;
	uint8_t *frames = mem_resize(t->frames, more);
	if (!frames)
		return false;
	t->frames = frames;
	t->capacity = more;
	return true;
}

/* Room for frames from `first` on, as far as the bound allows. */
static bool extend(struct talk *t, int64_t first, size_t count)
{
	if (!t->count)
		t->first = first;
	int64_t before = t->first - first, end = first - t->first + (int64_t)count;

	if (before > 0 && before + (int64_t)t->count <= TALK_MAX_FRAMES) {
		if (!reserve(t, t->count + (size_t)before))
			return false;
		memmove(t->frames + before, t->frames, t->count);
		memset(t->frames, 0, (size_t)before);
		t->count += (size_t)before;
		t->first = first;
		end = (int64_t)count;
	}
	if (end > TALK_MAX_FRAMES)
		end = TALK_MAX_FRAMES;
	if (end <= (int64_t)t->count)
		return true;
	if (!reserve(t, (size_t)end))
		return false;
	memset(t->frames + t->count, 0, (size_t)end - t->count);
	t->count = (size_t)end;
	return true;
}

static void mark(struct talk *t, int64_t frame, uint8_t bits)
{
	int64_t at = frame - t->first;

	if (at >= 0 && at < (int64_t)t->count)
		t->frames[at] |= bits;
}

bool talk_add(struct talk *t, enum talker who, const struct levels *levels, double threshold_dbov)
{
	int64_t first = frame_of(levels->start_ns);
	struct talkspurt spurt = { 0 };

	if (!levels->count)
		return true;
	if (!extend(t, first, levels->count))
		return false;
	for (size_t i = 0; i < levels->count; i++)
		if (levels->levels[i])
			mark(t, first + (int64_t)i, SOUND(who));
	while (levels_next_spurt(levels, threshold_dbov, &spurt))
		for (size_t i = spurt.from; i < spurt.to; i++)
			mark(t, first + (int64_t)i, TALKS(who));
	return true;
}

static void measure_party(const struct talk *t, enum talker who, size_t i, struct talk_facts *f)
{
	if (t->frames[i] & SOUND(who))
		f->heard_ns[who] += LEVELS_FRAME_NS;
	if (!(t->frames[i] & TALKS(who)))
		return;
	f->talk_ns[who] += LEVELS_FRAME_NS;
	if (f->first_ns[who] == TIME_NONE)
		f->first_ns[who] = (t->first + (int64_t)i) * LEVELS_FRAME_NS;
}

static size_t place_of(const struct talk *t, int64_t time_ns, size_t otherwise)
{
	if (time_ns == TIME_NONE)
		return otherwise;
	int64_t at = frame_of(time_ns) - t->first;
	return at < 0 ? 0 : at > (int64_t)t->count ? t->count : (size_t)at;
}

struct talk_facts talk_measure(const struct talk *t, int64_t from_ns, int64_t until_ns)
{
	struct talk_facts f = { .first_ns = { TIME_NONE, TIME_NONE } };
	size_t end = place_of(t, until_ns, t->count);
	int64_t silence = 0;

	for (size_t i = place_of(t, from_ns, 0); i < end; i++) {
		uint8_t talkers = t->frames[i] & BOTH_TALK;
		measure_party(t, TALKER_CALLER, i, &f);
		measure_party(t, TALKER_CALLEE, i, &f);
		f.double_ns += talkers == BOTH_TALK ? LEVELS_FRAME_NS : 0;
		silence = talkers ? 0 : silence + LEVELS_FRAME_NS;
		f.silence_ns += talkers ? 0 : LEVELS_FRAME_NS;
		if (silence > f.longest_silence_ns)
			f.longest_silence_ns = silence;
	}
	return f;
}
