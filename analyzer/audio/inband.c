#include "analyzer/audio/inband.h"

#include "analyzer/audio/speech_level.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define RATE          8000
#define SAMPLE_NS     (NS_PER_S / RATE)
#define RING          1024 /* samples remembered, for the edges of digits */
#define LOOK          120 /* 15 ms */
#define HOP           40 /* 5 ms */
#define TONES         8
#define LEAST_DBOV    (-49.0) /* of each tone: -43 dBm0 */
#define MOST_TWIST_DB 12
#define LEAST_PURITY  0.75 /* both tones, of everything */
#define MOST_OFF      0.025 /* of the frequency */
#define MOST_HARMONIC 0.02 /* 17 dB below its tone: a voice has more */
#define NEAR_HZ       200 /* where the other tone covers a harmonic */
#define HITS          4 /* looks in a row */
#define MISSES        5 /* interruptions of 10 ms are none (Q.24) */
#define LEAST_NS      (34 * NS_PER_MS) /* 40 ms are to be accepted; less 6 for our resolution */
#define LONGEST_HOLE  (500 * NS_PER_MS)
#define WAITING       8

static const double tone_hz[TONES] = { 697, 770, 852, 941, 1209, 1336, 1477, 1633 };
static const char pad[] = "123A456B789C*0#D";

/* One tone in one look, as its mean square and phase. */
struct look_tone {
	float power, phase;
};

struct inband {
	float window[LOOK], turn[TONES]; /* Goertzel's 2 cos w */
	int16_t ring[RING];
	int64_t base_ns; /* time of sample 0 */
	uint64_t count; /* samples so far */
	uint64_t silent_from, silent_to; /* the newest stretch without packets */
	bool started;
	struct look_tone before[TONES]; /* at the look before */
	char candidate; /* 0: none */
	unsigned hits, misses;
	double level_sum, twist_sum; /* over `hits` */
	bool after_loss;
	bool begun; /* the candidate is a digit, from begun_at on */
	uint64_t begun_at;
	struct inband_digit waiting[WAITING];
	unsigned waiting_count;
};

/* ---- one look ---- */

static float goertzel(const float *x, unsigned n, double hz, float turn, float *phase)
{
	float s1 = 0, s2 = 0;
	double w = 2 * M_PI * hz / RATE;

	for (unsigned i = 0; i < n; i++) {
		float s0 = x[i] + turn * s1 - s2;
		s2 = s1;
		s1 = s0;
	}
	float re = s1 * (float)cos(w) - s2, im = s1 * (float)sin(w);
	if (phase)
		*phase = atan2f(im, re);
	return 2 * (re * re + im * im) / (float)n / (float)n;
}

static void copy(const struct inband *r, uint64_t from, unsigned n, float *out)
{
	for (unsigned i = 0; i < n; i++)
		out[i] = r->ring[(from + i) % RING];
}

/* The newest 15 ms. Everything's mean square is weighted as the tones' powers are. */
struct look {
	float samples[LOOK]; /* windowed */
	struct look_tone tones[TONES];
	double all;
};

static void take_look(const struct inband *r, struct look *l)
{
	float squares = 0;

	copy(r, r->count - LOOK, LOOK, l->samples);
	for (unsigned i = 0; i < LOOK; i++) {
		l->samples[i] *= r->window[i];
		squares += l->samples[i] * l->samples[i];
	}
	l->all = squares / LOOK / 1.5; /* 1.5: mean square of the window */
	if (dbov_of(l->all) < LEAST_DBOV) {
		memset(l->tones, 0, sizeof l->tones);
		return;
	}
	for (unsigned i = 0; i < TONES; i++)
		l->tones[i].power =
		        goertzel(l->samples, LOOK, tone_hz[i], r->turn[i], &l->tones[i].phase);
}

static unsigned strongest(const struct look *l, unsigned from)
{
	unsigned best = from;

	for (unsigned i = from + 1; i < from + 4; i++)
		if (l->tones[i].power > l->tones[best].power)
			best = i;
	return best;
}

/* How far the tone is from its frequency, by the turn of its phase since the look before. */
static double off_frequency(const struct inband *r, const struct look *l, unsigned i)
{
	double turn = l->tones[i].phase - r->before[i].phase - 2 * M_PI * tone_hz[i] * HOP / RATE;

	return remainder(turn, 2 * M_PI) / (2 * M_PI) * RATE / HOP / tone_hz[i];
}

static bool has_harmonic(const struct look *l, unsigned i, unsigned other)
{
	double hz = 2 * tone_hz[i], most = MOST_HARMONIC * l->tones[i].power + 0.002 * l->all;
	float turn = (float)(2 * cos(2 * M_PI * hz / RATE));

	return fabs(hz - tone_hz[other]) > NEAR_HZ &&
	       goertzel(l->samples, LOOK, hz, turn, NULL) > most;
}

/* 0: none. */
static char digit_in(const struct inband *r, const struct look *l)
{
	unsigned row = strongest(l, 0), column = strongest(l, 4);
	double low = l->tones[row].power, high = l->tones[column].power;

	if (low <= 0 || high <= 0 || dbov_of(low) < LEAST_DBOV || dbov_of(high) < LEAST_DBOV ||
	    fabs(10 * log10(high / low)) > MOST_TWIST_DB || low + high < LEAST_PURITY * l->all ||
	    fabs(off_frequency(r, l, row)) > MOST_OFF ||
	    fabs(off_frequency(r, l, column)) > MOST_OFF || has_harmonic(l, row, column) ||
	    has_harmonic(l, column, row))
		return 0;
	return pad[4 * row + column - 4];
}

/* ---- edges ---- */

static double edge_power(const struct inband *r, uint64_t from)
{
	size_t at = (size_t)(strchr(pad, r->candidate) - pad);
	unsigned row = (unsigned)at / 4, column = 4 + (unsigned)at % 4;
	float x[HOP];

	copy(r, from, HOP, x);
	return goertzel(x, HOP, tone_hz[row], r->turn[row], NULL) +
	       goertzel(x, HOP, tone_hz[column], r->turn[column], NULL);
}

/* Both tones at half their amplitude. */
static double edge_least(const struct inband *r)
{
	return r->level_sum / r->hits / 4;
}

static uint64_t oldest(const struct inband *r)
{
	return r->count > RING ? r->count - RING : 0;
}

/* Back from the newest look while they are there: where they are, half of the window is in the tone. */
static uint64_t first_sample(const struct inband *r)
{
	uint64_t from = r->count - LOOK;

	while (from >= oldest(r) + HOP / 4 && edge_power(r, from - HOP / 4) >= edge_least(r))
		from -= HOP / 4;
	return from + HOP / 2;
}

/* Back from now until they are. */
static uint64_t last_sample(const struct inband *r)
{
	uint64_t from = r->count - HOP;

	while (from > oldest(r) + HOP && from > r->begun_at && edge_power(r, from) < edge_least(r))
		from -= HOP / 4;
	return from + HOP / 2;
}

/* ---- digits ---- */

static int64_t time_of(const struct inband *r, uint64_t sample)
{
	return duration_after(r->base_ns, (int64_t)sample * SAMPLE_NS);
}

/* Packets are missing right before, or right behind. */
static bool follows_loss(const struct inband *r, uint64_t sample)
{
	return r->silent_to > r->silent_from && r->silent_from <= sample &&
	       r->silent_to + HOP >= sample;
}

static bool precedes_loss(const struct inband *r, uint64_t sample)
{
	return r->silent_to > sample && r->silent_from <= sample + HOP;
}

static void end_candidate(struct inband *r)
{
	if (r->begun) {
		uint64_t ended = last_sample(r);
		struct inband_digit d = {
			time_of(r, r->begun_at),         time_of(r, ended),      r->candidate,
			dbov_of(r->level_sum / r->hits), r->twist_sum / r->hits, r->after_loss,
			precedes_loss(r, ended)
		};
		if (duration_between(d.start_ns, d.end_ns) >= LEAST_NS &&
		    r->waiting_count < WAITING)
			r->waiting[r->waiting_count++] = d;
	}
	r->candidate = 0;
	r->hits = r->misses = 0;
	r->level_sum = r->twist_sum = 0;
	r->begun = false;
}

bool inband_take(struct inband *r, struct inband_digit *out)
{
	if (!r->waiting_count)
		return false;
	*out = r->waiting[0];
	r->waiting_count--;
	memmove(r->waiting, r->waiting + 1, r->waiting_count * sizeof r->waiting[0]);
	return true;
}

static void hit(struct inband *r, const struct look *l, char digit)
{
	double low = l->tones[strongest(l, 0)].power, high = l->tones[strongest(l, 4)].power;

	r->candidate = digit;
	r->misses = 0;
	r->hits++;
	r->level_sum += low + high;
	r->twist_sum += 10 * log10(high / low);
	if (r->hits < HITS || r->begun)
		return;
	r->begun = true;
	r->begun_at = first_sample(r);
	r->after_loss = follows_loss(r, r->begun_at);
}

static void close_hop(struct inband *r)
{
	struct look l;
	char digit;

	if (r->count < LOOK)
		return;
	take_look(r, &l);
	digit = digit_in(r, &l);
	memcpy(r->before, l.tones, sizeof r->before);
	if (r->candidate && digit != r->candidate && (digit || !r->begun || ++r->misses >= MISSES))
		end_candidate(r);
	if (digit)
		hit(r, &l, digit);
}

/* ---- samples ---- */

struct inband *inband_new(void)
{
	struct inband *r = mem_zalloc(sizeof *r);

	if (!r)
		return NULL;
	for (unsigned i = 0; i < LOOK; i++)
		r->window[i] = (float)(1 - cos(2 * M_PI * (i + 0.5) / LOOK));
	for (unsigned i = 0; i < TONES; i++)
		r->turn[i] = (float)(2 * cos(2 * M_PI * tone_hz[i] / RATE));
	return r;
}

void inband_free(struct inband *r)
{
	mem_free(r);
}

static void feed(struct inband *r, int16_t sample)
{
	r->ring[r->count++ % RING] = sample;
	if (r->count % HOP == 0)
		close_hop(r);
}

static void feed_silence(struct inband *r, size_t count)
{
	if (r->silent_to != r->count)
		r->silent_from = r->count;
	r->silent_to = r->count + count;
	while (count--)
		feed(r, 0);
}

void inband_push(struct inband *r, int64_t time_ns, const int16_t *samples, size_t count)
{
	int64_t hole = duration_between(time_of(r, r->count), time_ns);

	if (!r->started || hole > LONGEST_HOLE || hole < -LONGEST_HOLE) {
		inband_finish(r);
		r->base_ns = duration_after(time_ns, -(int64_t)r->count * SAMPLE_NS);
		r->started = true;
	} else if (hole > 5 * NS_PER_MS) {
		feed_silence(r, (size_t)(hole / SAMPLE_NS));
	}
	if (!samples)
		feed_silence(r, count);
	else
		for (size_t i = 0; i < count; i++)
			feed(r, samples[i]);
}

void inband_finish(struct inband *r)
{
	if (r->candidate)
		for (unsigned i = 0; i < (MISSES + 3) * HOP; i++)
			feed(r, 0);
	end_candidate(r);
}
