#include "analyzer/audio/tones.h"

#include "analyzer/audio/speech_level.h"
#include "base/clock.h"
#include "base/duration.h"

#include <math.h>
#include <string.h>

#define BLOCK_NS      (10 * NS_PER_MS)
#define LOOK_BLOCKS   10 /* SPECTRUM_SAMPLES */
#define LEAST_DBOV    (-50.0)
#define LEAST_PURITY  0.79 /* -1 dB of everything */
#define PAIR_DB       8 /* a weaker second sine is none */
#define LOW_DB        8
#define LOW_BLOCKS    4 /* beats and modulation are shorter */
#define ODD_LOOKS     4
#define ODD_SHIFT_NS  (40 * NS_PER_MS) /* something else fills a fifth of the window by then */
#define LEAST_LOOKS   2
#define LEAST_NS      (140 * NS_PER_MS)
#define STEADY_HZ     0.01
#define STEADY_DB     2.5
#define MODULATED_DB  7
#define GAP_NS        (6 * NS_PER_S) /* between bursts of one tone */
#define WIDE_GAP_NS   (11 * NS_PER_S + 500 * NS_PER_MS) /* call waiting */
#define WIDE_BURST_NS (400 * NS_PER_MS)
#define LONGEST_HOLE  (20 * NS_PER_S) /* beyond, everything begins anew */

void tones_init(struct tones *t, const struct spectrum *spectrum)
{
	memset(t, 0, sizeof *t);
	t->spectrum = spectrum;
}

static int64_t now_ns(const struct tones *t)
{
	return duration_after(t->start_ns, (int64_t)t->blocks * BLOCK_NS);
}

static double power_ago(const struct tones *t, unsigned blocks)
{
	return t->powers[(t->blocks - 1 - blocks) % TONES_LOOK];
}

/* ---- tones of several bursts ---- */

static void tell(struct tones *t, struct heard_tone tone)
{
	if (t->waiting_count < TONES_WAITING)
		t->waiting[t->waiting_count++] = tone;
}

bool tones_take(struct tones *t, struct heard_tone *out)
{
	if (!t->waiting_count)
		return false;
	*out = t->waiting[0];
	t->waiting_count--;
	memmove(t->waiting, t->waiting + 1, t->waiting_count * sizeof t->waiting[0]);
	return true;
}

static void close_bursts(struct tones *t)
{
	struct sine_bursts *b = &t->bursts;
	struct cadence_match match;

	if (b->count && cadence_match(b, &match))
		tell(t, (struct heard_tone){
		                .start_ns = b->kept[0].start_ns,
		                .end_ns = b->end_ns,
		                .tone = match.tone,
		                .plan = match.plan,
		                .hz = { b->kept[0].hz[0], b->kept[0].hz[1] },
		                .level_dbov = b->level_sum / b->count,
		                .bursts = b->count,
		        });
	memset(b, 0, sizeof *b);
}

static int64_t widest_gap(const struct sine_bursts *b)
{
	for (unsigned i = 0; i < b->kept_count; i++)
		if (duration_between(b->kept[i].start_ns, b->kept[i].end_ns) > WIDE_BURST_NS)
			return GAP_NS;
	return WIDE_GAP_NS;
}

static bool goes_on(const struct sine_bursts *b, const struct sine_burst *next)
{
	return b->count && sine_burst_same(&b->kept[0], next) &&
	       duration_between(b->end_ns, next->start_ns) <= widest_gap(b);
}

static void tell_sit(struct tones *t, const struct sine_burst *third)
{
	tell(t, (struct heard_tone){
	                .start_ns = t->before[0].start_ns,
	                .end_ns = third->end_ns,
	                .tone = "sit",
	                .plan = "",
	                .hz = { t->before[0].hz[1], third->hz[1] },
	                .level_dbov = third->level_dbov,
	                .bursts = 3,
	        });
}

static void add_burst(struct tones *t, const struct sine_burst *burst)
{
	struct sine_bursts *b = &t->bursts;

	if (!goes_on(b, burst))
		close_bursts(t);
	if (b->kept_count < CADENCE_BURSTS)
		b->kept[b->kept_count++] = *burst;
	b->count++;
	b->end_ns = burst->end_ns;
	b->level_sum += burst->level_dbov;
	if (cadence_is_sit(&t->before[0], &t->before[1], burst)) {
		tell_sit(t, burst);
		memset(b, 0, sizeof *b);
	}
	t->before[0] = t->before[1];
	t->before[1] = *burst;
}

/* ---- one burst ---- */

/* Depth and frequency of what moves the amplitude. */
static void find_modulation(const struct open_burst *o, struct sine_burst *b)
{
	double sum = 0, squares = 0, mean, crossings = 0;
	unsigned n = o->envelope_count;

	if (b->hz[0] > 0 || n < 30)
		return;
	n -= 2; /* the last ones may hold its end */
	for (unsigned i = 2; i < n; i++) {
		sum += o->envelope[i];
		squares += (double)o->envelope[i] * o->envelope[i];
	}
	mean = sum / (n - 2);
	for (unsigned i = 3; i < n; i++)
		crossings += (o->envelope[i] > mean) != (o->envelope[i - 1] > mean);
	if (mean <= 0)
		return;
	b->am_depth = sqrt(2 * fmax(0, squares / (n - 2) / mean / mean - 1));
	b->am_hz = crossings / 2 / ((n - 3) * 0.01);
}

static bool is_steady(const struct open_burst *o, const struct sine_burst *b)
{
	bool modulated = b->am_hz > 10 && b->am_hz < 25;

	for (unsigned i = 0; i < 2; i++)
		if (o->hz_most[i] - o->hz_least[i] > fmax(2, STEADY_HZ * o->hz_most[i]) * 2)
			return false;
	return o->level_most - o->level_least <= (modulated ? MODULATED_DB : STEADY_DB);
}

static void end_burst(struct tones *t, int64_t end_ns)
{
	struct open_burst *o = &t->open;
	struct sine_burst b = o->burst;

	t->in_burst = false;
	t->alike = 0;
	t->free_ns = end_ns;
	b.end_ns = end_ns;
	if (!o->looks || duration_between(b.start_ns, end_ns) < LEAST_NS)
		return;
	b.hz[0] = o->hz_sum[0] / o->looks;
	b.hz[1] = o->hz_sum[1] / o->looks;
	b.level_dbov = o->level_sum / o->looks;
	find_modulation(o, &b);
	if (is_steady(o, &b))
		add_burst(t, &b);
}

static double tone_power(const struct spectrum_peaks *p)
{
	return p->power[0] + p->power[1];
}

/* A steady sine or two, and little else. */
static bool tone_in(const struct spectrum_peaks *p, struct sine_burst *out)
{
	bool pair = p->power[1] > 0 && 10 * log10(p->power[0] / p->power[1]) < PAIR_DB;
	double power = pair ? tone_power(p) : p->power[0];

	if (power <= 0 || dbov_of(power) < LEAST_DBOV || power < LEAST_PURITY * p->total)
		return false;
	*out = (struct sine_burst){ .level_dbov = dbov_of(power), .hz = { 0, p->hz[0] } };
	if (pair) {
		out->hz[0] = fmin(p->hz[0], p->hz[1]);
		out->hz[1] = fmax(p->hz[0], p->hz[1]);
	}
	return true;
}

/* Back from now while the blocks are as loud; one that is not may be a beat. */
static int64_t begun_ns(const struct tones *t, double power)
{
	double least = power * pow(10, -LOW_DB / 10.0);
	int64_t begun = now_ns(t);
	unsigned low = 0;

	for (unsigned i = 0; i < TONES_LOOK && i < t->blocks && low < LOW_BLOCKS - 1; i++) {
		low = power_ago(t, i) < least ? low + 1 : 0;
		if (!low)
			begun = duration_after(now_ns(t), -(int64_t)(i + 1) * BLOCK_NS);
	}
	return begun > t->free_ns ? begun : t->free_ns;
}

static void begin_burst(struct tones *t, const struct sine_burst *found)
{
	struct open_burst *o = &t->open;

	memset(o, 0, sizeof *o);
	o->burst = *found;
	o->power = pow(10, found->level_dbov / 10) * 32768 * 32768;
	o->burst.start_ns = begun_ns(t, o->power);
	t->in_burst = true;
	t->alike = 0;
}

static void note(double value, bool first, double *sum, double *least, double *most)
{
	*sum += value;
	if (first || value < *least)
		*least = value;
	if (first || value > *most)
		*most = value;
}

static void continue_burst(struct tones *t, const struct sine_burst *found)
{
	struct open_burst *o = &t->open;
	bool first = !o->looks;

	o->odd_looks = 0;
	/* Only where the window lies in it as a whole. */
	if (duration_between(o->burst.start_ns, now_ns(t)) < LOOK_BLOCKS * BLOCK_NS ||
	    o->low_blocks)
		return;
	for (unsigned i = 0; i < 2; i++)
		note(found->hz[i], first, &o->hz_sum[i], &o->hz_least[i], &o->hz_most[i]);
	note(found->level_dbov, first, &o->level_sum, &o->level_least, &o->level_most);
	o->looks++;
}

static void seek_burst(struct tones *t, bool tonal, const struct sine_burst *found)
{
	if (!tonal || (t->alike && !sine_burst_same(&t->candidate, found)))
		t->alike = 0;
	if (!tonal)
		return;
	t->candidate = *found;
	t->alike++;
}

/* Every 20 ms: what the newest 100 ms hold. */
static void look(struct tones *t)
{
	float window[SPECTRUM_SAMPLES];
	struct spectrum_peaks peaks;
	struct sine_burst found;
	unsigned after = SPECTRUM_SAMPLES - t->ring_at;

	memcpy(window, t->ring + t->ring_at, after * sizeof window[0]);
	memcpy(window + after, t->ring, t->ring_at * sizeof window[0]);
	spectrum_look(t->spectrum, window, &peaks);
	bool tonal = tone_in(&peaks, &found);

	if (t->in_burst && tonal && sine_burst_same(&t->open.burst, &found)) {
		continue_burst(t, &found);
		return;
	}
	seek_burst(t, tonal, &found);
	if (t->in_burst && ++t->open.odd_looks >= ODD_LOOKS)
		end_burst(t, duration_after(now_ns(t),
		                            -2 * (ODD_LOOKS - 1) * BLOCK_NS - ODD_SHIFT_NS));
	if (!t->in_burst && t->alike >= LEAST_LOOKS)
		begin_burst(t, &t->candidate);
}

/* ---- phase ---- */

/* V.25: at a reversal the phase jumps by half a turn. Looked at in the middle of the newest block. */
static void follow_phase(struct tones *t)
{
	struct open_burst *o = &t->open;
	double hz = o->looks ? o->hz_sum[1] / o->looks : o->burst.hz[1];
	double re = 0, im = 0, jump;
	unsigned from = (t->ring_at + SPECTRUM_SAMPLES - TONES_BLOCK) % SPECTRUM_SAMPLES;

	if (o->burst.hz[0] > 0 || fabs(hz - 2100) > 15)
		return;
	for (unsigned i = 0; i < TONES_BLOCK; i++) {
		double angle = 2 * M_PI * hz * i / SPECTRUM_RATE;
		double x = t->ring[(from + i) % SPECTRUM_SAMPLES];
		re += x * cos(angle);
		im -= x * sin(angle);
	}
	double phase = atan2(im, re), advance = 2 * M_PI * hz * TONES_BLOCK / SPECTRUM_RATE;

	jump = fabs(remainder(phase - o->phase - advance, 2 * M_PI));
	if (o->phase_known && jump > 2 * M_PI / 3)
		o->burst.reversals++;
	o->phase = phase;
	o->phase_known = true;
}

static void watch_burst(struct tones *t, double power)
{
	struct open_burst *o = &t->open;

	if (o->envelope_count < TONES_ENVELOPE)
		o->envelope[o->envelope_count++] = (float)sqrt(power);
	if (power >= o->power * pow(10, -LOW_DB / 10.0)) {
		o->low_blocks = 0;
		follow_phase(t);
		return;
	}
	o->phase_known = false;
	if (++o->low_blocks >= LOW_BLOCKS)
		end_burst(t, duration_after(now_ns(t), -LOW_BLOCKS * BLOCK_NS));
}

/* ---- samples ---- */

static bool is_loud(const struct tones *t)
{
	double sum = 0;

	for (unsigned i = 0; i < LOOK_BLOCKS && i < t->blocks; i++)
		sum += power_ago(t, i);
	return dbov_of(sum / LOOK_BLOCKS) > LEAST_DBOV;
}

static void close_block(struct tones *t)
{
	double power = t->squares / TONES_BLOCK;

	t->squares = 0;
	t->in_block = 0;
	t->powers[t->blocks++ % TONES_LOOK] = power;
	if (t->in_burst)
		watch_burst(t, power);
	if (t->blocks % 2 == 0 && (t->in_burst || is_loud(t)))
		look(t);
	else if (t->blocks % 2 == 0)
		t->alike = 0;
	if (t->bursts.count && !t->in_burst &&
	    duration_between(t->bursts.end_ns, now_ns(t)) > widest_gap(&t->bursts))
		close_bursts(t);
}

static void add_sample(struct tones *t, int16_t sample)
{
	t->ring[t->ring_at] = sample;
	t->ring_at = t->ring_at + 1 == SPECTRUM_SAMPLES ? 0 : t->ring_at + 1;
	t->squares += (double)sample * sample;
	if (++t->in_block == TONES_BLOCK)
		close_block(t);
}

static void begin_anew(struct tones *t, int64_t time_ns)
{
	tones_finish(t);
	memset(t->ring, 0, sizeof t->ring);
	t->blocks = t->in_block = 0;
	t->squares = 0;
	t->start_ns = t->free_ns = time_ns;
	t->started = true;
}

void tones_push(struct tones *t, int64_t time_ns, const int16_t *samples, size_t count)
{
	int64_t hole = duration_between(now_ns(t), time_ns) -
	               (int64_t)t->in_block * BLOCK_NS / TONES_BLOCK;

	if (!t->started || hole > LONGEST_HOLE || hole < -LONGEST_HOLE)
		begin_anew(t, time_ns);
	else
		for (; hole > BLOCK_NS; hole -= NS_PER_S / SPECTRUM_RATE)
			add_sample(t, 0);
	for (size_t i = 0; i < count; i++)
		add_sample(t, samples[i]);
}

void tones_finish(struct tones *t)
{
	if (t->in_burst)
		end_burst(t, now_ns(t));
	close_bursts(t);
}
