#include "analyzer/audio/cadence.h"

#include "base/clock.h"
#include "base/duration.h"

#include <math.h>
#include <stddef.h>

#define STEPS      4
#define RELATIVE   0.15 /* of a duration */
#define RESOLUTION 20 /* ms */
#define FREQUENCY  0.015
#define LEAST_HZ   6
#define LONG_MS    1000 /* a tone without cadence is one from here on */

enum modulation { STEADY, MODULATED };

/* Steps: on, off, on, off in ms. One step: goes on at least so long. */
struct cadence {
	const char *tone, *plan;
	double low_hz, high_hz; /* low 0: one sine */
	double within_hz; /* 0: 1.5 % */
	unsigned steps[STEPS];
	unsigned alone_ms; /* one burst of its first step is enough; 0: it says too little */
	enum modulation modulation;
};

/* Frequencies and cadences: the indications.conf sample of Asterisk and national dial tone lists; fax: T.30 4.1 and 4.2, V.25, V.8. */
static const struct cadence cadences[] = {
	{ "dial", "US/UK", 350, 440, 0, { 500 }, 1, STEADY },
	{ "ringback", "US", 440, 480, 0, { 2000, 4000 }, 600, STEADY },
	{ "busy", "US", 480, 620, 0, { 500, 500 }, 450, STEADY },
	{ "congestion", "US", 480, 620, 0, { 250, 250 }, 0, STEADY },
	{ "call_waiting", "US", 0, 440, 0, { 300, 10000 }, 0, STEADY },
	{ "ringback", "UK", 400, 450, 0, { 400, 200, 400, 2000 }, 350, STEADY },
	{ "busy", "UK", 0, 400, 0, { 375, 375 }, 0, STEADY },
	{ "congestion", "UK", 0, 400, 0, { 400, 350, 225, 525 }, 0, STEADY },
	{ "dial", "ETSI", 0, 425, 0, { 2000 }, 1, STEADY },
	{ "ringback", "ETSI", 0, 425, 0, { 1000, 4000 }, 850, STEADY },
	{ "busy", "ETSI", 0, 425, 0, { 500, 500 }, 0, STEADY },
	{ "congestion", "ETSI", 0, 425, 0, { 200, 200 }, 0, STEADY },
	{ "busy", "DE", 0, 425, 0, { 480, 480 }, 0, STEADY },
	{ "congestion", "DE", 0, 425, 0, { 240, 240 }, 0, STEADY },
	{ "dial", "FR", 0, 440, 0, { 2000 }, 1, STEADY },
	{ "ringback", "FR", 0, 440, 0, { 1500, 3500 }, 1300, STEADY },
	{ "busy", "FR", 0, 440, 0, { 500, 500 }, 0, STEADY },
	{ "dial", "JP", 0, 400, 0, { 2000 }, 1, STEADY },
	{ "ringback", "JP", 0, 400, 0, { 1000, 2000 }, 850, MODULATED },
	{ "busy", "JP", 0, 400, 0, { 500, 500 }, 0, STEADY },
	{ "cng", "", 0, 1100, 38, { 500, 3000 }, 425, STEADY },
	{ "calling_tone", "", 0, 1300, 15, { 600, 1750 }, 450, STEADY },
	{ "bell_answer", "", 0, 2225, 15, { 1000 }, 1, STEADY },
};

/* ANS: V.25, with reversals of its phase every 450 ms to switch echo cancellers off; ANSam: V.8, its amplitude at 15 Hz. */
#define ANS_HZ        2100
#define ANS_WITHIN_HZ 15
#define ANS_LEAST_MS  1000
#define ANS_LONG_MS   4200

static double on_ms(const struct sine_burst *b)
{
	return (double)duration_between(b->start_ns, b->end_ns) / NS_PER_MS;
}

static double off_ms(const struct sine_bursts *b, unsigned i)
{
	return (double)duration_between(b->kept[i].end_ns, b->kept[i + 1].start_ns) / NS_PER_MS;
}

static bool near(double a, double b, double within)
{
	double least = within > 0 ? within : fmax(LEAST_HZ, FREQUENCY * b);

	return b > 0 ? fabs(a - b) <= least : a <= 0;
}

bool sine_burst_same(const struct sine_burst *a, const struct sine_burst *b)
{
	return near(a->hz[0], b->hz[0], 0) && near(a->hz[1], b->hz[1], 0);
}

static bool has_modulation(const struct sine_burst *b, enum modulation wanted)
{
	bool modulated = b->am_depth > 0.4 && b->am_hz > 10 && b->am_hz < 25;

	return modulated == (wanted == MODULATED);
}

/* ---- cadences ---- */

struct tally {
	unsigned right, wrong;
	double error; /* sum of relative ones */
};

static void weigh(struct tally *t, double ms, double nominal)
{
	double error = fabs(ms - nominal);

	if (error > RELATIVE * nominal + RESOLUTION) {
		t->wrong++;
		return;
	}
	t->right++;
	t->error += error / nominal;
}

/* The first burst may have begun before anybody listened, and the last one may have been cut by an answer: neither needs its whole
 * length. */
static void weigh_edge(struct tally *t, double ms, double nominal)
{
	if (ms < nominal - RESOLUTION)
		return;
	weigh(t, ms, nominal);
}

static struct tally tally_from(const struct sine_bursts *b, const struct cadence *c, unsigned step)
{
	unsigned steps = c->steps[2] ? 4 : 2;
	struct tally t = { 0 };

	for (unsigned i = 0; i < b->kept_count; i++, step = (step + 2) % steps) {
		double on = on_ms(&b->kept[i]);
		if (!i || i + 1 == b->count)
			weigh_edge(&t, on, c->steps[step]);
		else
			weigh(&t, on, c->steps[step]);
		if (i + 1 < b->kept_count)
			weigh(&t, off_ms(b, i), c->steps[step + 1]);
	}
	return t;
}

/* Relative error of the best alignment; negative: it does not fit. */
static double misfit(const struct sine_bursts *b, const struct cadence *c)
{
	double best = -1;

	for (unsigned step = 0; step < STEPS && c->steps[step]; step += 2) {
		struct tally t = tally_from(b, c, step);
		unsigned all = t.right + t.wrong;
		if (t.right < 2 || 4 * t.wrong > all)
			continue;
		double error = (t.error + t.wrong) / all;
		if (best < 0 || error < best)
			best = error;
	}
	return best;
}

static double misfit_alone(const struct sine_burst *b, const struct cadence *c)
{
	double ms = on_ms(b), nominal = c->steps[0];

	if (!c->alone_ms || ms < c->alone_ms || ms > nominal * (1 + RELATIVE) + RESOLUTION)
		return -1;
	return fabs(ms - nominal) / nominal;
}

static double misfit_of(const struct sine_bursts *b, const struct cadence *c)
{
	const struct sine_burst *first = &b->kept[0];

	if (!near(first->hz[0], c->low_hz, c->within_hz) ||
	    !near(first->hz[1], c->high_hz, c->within_hz) || !has_modulation(first, c->modulation))
		return -1;
	if (!c->steps[1])
		return on_ms(first) >= c->steps[0] ? 0 : -1;
	return b->count == 1 ? misfit_alone(first, c) : misfit(b, c);
}

/* ---- single tones ---- */

static bool match_answer(const struct sine_burst *b, struct cadence_match *out)
{
	double ms = on_ms(b);

	if (b->hz[0] > 0 || !near(b->hz[1], ANS_HZ, ANS_WITHIN_HZ) || ms < ANS_LEAST_MS)
		return false;
	bool modulated = b->am_depth > 0.1 && b->am_depth < 0.4 && b->am_hz > 12 && b->am_hz < 18;

	out->plan = "";
	if (modulated)
		out->tone = b->reversals ? "ansam_reversals" : "ansam";
	else if (b->reversals)
		out->tone = "ans_reversals";
	else
		out->tone = ms <= ANS_LONG_MS ? "ced" : "tone";
	return true;
}

static bool match_long(const struct sine_burst *b, struct cadence_match *out)
{
	double hz = b->hz[1];

	if (b->hz[0] > 0 || on_ms(b) < LONG_MS)
		return false;
	/* ITU-T O.6 and Bell: test tones at a reference level. */
	bool milliwatt = fabs(hz - 1000) < 2 || fabs(hz - 1004) < 2 || fabs(hz - 1020) < 2;
	out->tone = milliwatt ? "milliwatt" : "tone";
	out->plan = "";
	return true;
}

bool cadence_match(const struct sine_bursts *b, struct cadence_match *out)
{
	const struct cadence *best = NULL;
	double least = INFINITY;

	if (!b->count)
		return false;
	for (unsigned i = 0; i < sizeof cadences / sizeof *cadences; i++) {
		double m = misfit_of(b, &cadences[i]);
		if (m < 0 || m >= least)
			continue;
		least = m;
		best = &cadences[i];
	}
	if (best) {
		*out = (struct cadence_match){ best->tone, best->plan };
		return true;
	}
	return match_answer(&b->kept[0], out) || match_long(&b->kept[0], out);
}

/* The frequencies of all national variants; each tone lasts 274, 330 or 380 ms. */
static bool is_sit_part(const struct sine_burst *b, double from_hz, double to_hz)
{
	double ms = on_ms(b);

	return b->hz[0] <= 0 && b->hz[1] > from_hz && b->hz[1] < to_hz && ms > 220 && ms < 440;
}

bool cadence_is_sit(const struct sine_burst *first, const struct sine_burst *second,
                    const struct sine_burst *third)
{
	return is_sit_part(first, 900, 1000) && is_sit_part(second, 1355, 1443) &&
	       is_sit_part(third, 1758, 1820) &&
	       duration_between(first->end_ns, second->start_ns) < 60 * NS_PER_MS &&
	       duration_between(second->end_ns, third->start_ns) < 60 * NS_PER_MS;
}
