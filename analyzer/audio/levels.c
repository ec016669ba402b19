#include "analyzer/audio/levels.h"

#include "analyzer/audio/speech_level.h"
#include "base/duration.h"
#include "base/mem.h"

#include <math.h>

#define FRAMES_AT_FIRST 512
#define CODES           256
#define FULL_SCALE      32124 /* the largest value of u-law; A-law's and linear ones are larger */
#define CLIPPED_RUN     3
#define PAUSE_FRAMES    10 /* P.59: 200 ms */
#define SPURT_FRAMES    2 /* less is a click */

void levels_release(struct levels *s)
{
	mem_free(s->levels);
	*s = (struct levels){ 0 };
}

static uint8_t level_of(double mean_square)
{
	double code = mean_square > 0 ? 200.5 + 2 * dbov_of(mean_square) : 1;

	return (uint8_t)(code < 1 ? 1 : code > 200 ? 200 : code);
}

static double dbov_of_level(unsigned level)
{
	return ((double)level - 200) / 2;
}

static bool add_level(struct levels *s, uint8_t level)
{
	if (s->count == LEVELS_MAX_FRAMES)
		return true;
	if (s->count == s->capacity) {
		size_t more = s->capacity ? 2 * s->capacity : FRAMES_AT_FIRST;
		uint8_t *levels = mem_resize(s->levels, more);
		if (!levels)
			return false;
		s->levels = levels;
		s->capacity = more;
	}
	s->levels[s->count++] = level;
	return true;
}

static bool close_frame(struct levels *s)
{
	bool ok = add_level(s, s->pause || !s->held ? 0 : level_of(s->squares / s->held));

	s->squares = 0;
	s->held = 0;
	return ok;
}

static void look_for_clipping(struct levels *s, int x)
{
	int magnitude = x < 0 ? -x : x;

	if (magnitude > s->peak)
		s->peak = magnitude;
	if (magnitude < FULL_SCALE) {
		s->run = 0;
		return;
	}
	s->run++;
	if (s->run == CLIPPED_RUN)
		s->clipped += CLIPPED_RUN;
	else if (s->run > CLIPPED_RUN)
		s->clipped++;
}

/* Where the time went on without sound. */
static bool fill_gap(struct levels *s, int64_t time_ns)
{
	int64_t reached = duration_after(s->start_ns, (int64_t)s->count * LEVELS_FRAME_NS);
	int64_t gap = duration_between(reached, time_ns) / LEVELS_FRAME_NS;

	if (gap < 2)
		return true;
	for (; gap && s->count < LEVELS_MAX_FRAMES; gap--)
		if (!add_level(s, 0))
			return false;
	return true;
}

bool levels_push(struct levels *s, int64_t time_ns, const int16_t *samples, size_t count,
                 unsigned rate, bool sent)
{
	if (!s->count && !s->held)
		s->start_ns = time_ns;
	else if (!fill_gap(s, time_ns))
		return false;
	for (size_t i = 0; i < count; i++) {
		double x = samples[i];
		s->pause = s->held ? s->pause && !sent : !sent;
		s->squares += x * x;
		s->held++;
		look_for_clipping(s, samples[i]);
		s->fill += 50;
		if (s->fill < rate)
			continue;
		s->fill -= rate;
		if (!close_frame(s))
			return false;
	}
	s->samples += count;
	return true;
}

/* ---- talkspurts ---- */

static unsigned active_level(double threshold_dbov)
{
	double least = threshold_dbov > LEVELS_LEAST_DBOV ? threshold_dbov : LEVELS_LEAST_DBOV;
	double level = ceil(200 + 2 * least);

	return level < 1 ? 1 : level > CODES - 1 ? CODES - 1 : (unsigned)level;
}

static size_t next_active(const struct levels *s, unsigned least, size_t from)
{
	while (from < s->count && s->levels[from] < least)
		from++;
	return from;
}

bool levels_next_spurt(const struct levels *s, double threshold_dbov, struct talkspurt *spurt)
{
	unsigned least = active_level(threshold_dbov);
	size_t next = next_active(s, least, spurt->to);

	while (next < s->count) {
		spurt->from = next;
		do {
			spurt->to = next + 1;
			next = next_active(s, least, spurt->to);
		} while (next < s->count && next - spurt->to < PAUSE_FRAMES);
		if (spurt->to - spurt->from >= SPURT_FRAMES)
			return true;
	}
	return false;
}

/* ---- facts ---- */

static double median_dbov(const uint64_t histogram[CODES])
{
	uint64_t all = 0, below = 0;

	for (unsigned i = 1; i < CODES; i++)
		all += histogram[i];
	for (unsigned i = 1; all && i < CODES; i++) {
		below += histogram[i];
		if (2 * below >= all)
			return dbov_of_level(i);
	}
	return NAN;
}

static void measure_talk(const struct levels *s, double threshold_dbov, struct level_facts *facts)
{
	struct talkspurt spurt = { 0 };
	uint64_t histogram[CODES] = { 0 };
	size_t told = 0;

	while (levels_next_spurt(s, threshold_dbov, &spurt)) {
		if (facts->first_ns == TIME_NONE)
			facts->first_ns =
			        duration_after(s->start_ns, (int64_t)spurt.from * LEVELS_FRAME_NS);
		facts->active_ns += (int64_t)(spurt.to - spurt.from) * LEVELS_FRAME_NS;
		for (; told < spurt.from; told++)
			histogram[s->levels[told]]++;
		told = spurt.to;
	}
	for (; told < s->count; told++)
		histogram[s->levels[told]]++;
	facts->noise_dbov = median_dbov(histogram);
}

static void close_dead(struct level_facts *facts, size_t frames)
{
	int64_t ns = (int64_t)frames * LEVELS_FRAME_NS;

	if (frames < LEVELS_DEAD_FRAMES)
		return;
	facts->dead_spans++;
	facts->dead_ns += ns;
	if (ns > facts->longest_dead_ns)
		facts->longest_dead_ns = ns;
}

static void measure_dead(const struct levels *s, struct level_facts *facts)
{
	unsigned dead = (unsigned)(200 + 2 * LEVELS_DEAD_DBOV);
	size_t row = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->levels[i] && s->levels[i] < dead) {
			facts->quiet_ns += LEVELS_FRAME_NS;
			row++;
			continue;
		}
		close_dead(facts, row);
		row = 0;
	}
	close_dead(facts, row);
}

struct level_facts levels_measure(const struct levels *s, double threshold_dbov)
{
	struct level_facts facts = {
		.noise_dbov = NAN, .peak_dbov = NAN, .clipped_ratio = NAN, .first_ns = TIME_NONE
	};

	if (s->samples)
		facts.clipped_ratio = (double)s->clipped / (double)s->samples;
	if (s->peak)
		facts.peak_dbov = dbov_of((double)s->peak * s->peak);
	measure_talk(s, threshold_dbov, &facts);
	measure_dead(s, &facts);
	return facts;
}
