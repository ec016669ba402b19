/* How far two clocks are apart, as NTP tells it (RFC 5905 8): of all packets one way the one that took least, of all packets the other way
 * too; where these two took equally long, the offset is half the sum of their differences, and whatever the truth is, it lies within half
 * of what both took together.
 *
 *     difference of a packet from A to B:  offset + its transit       B to A:  offset - its transit
 *
 * Drift first: under a wrong one packets of the beginning or of the end seem too fast, in either direction, and the least round trip shrinks.
 * So the drift is the one under which the least round trip is the greatest; it is a concave function of the drift. How sure that is, is
 * told by doing the same with every eighth packet, eight times. */
#include "reports/compare/taps_internal.h"

#include <stdlib.h>

#define GROUPS          8
#define ALL_GROUPS      GROUPS
#define LEAST_PER_GROUP 4 /* of packets each way */
#define LEAST_SPAN_US   5e6
#define MOST_PPM        1000.0
#define LEAST_PPM       0.001

static int by_time(const void *a, const void *b)
{
	const struct taps_sample *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->difference_us != y->difference_us)
		return x->difference_us < y->difference_us ? -1 : 1;
	return (int)x->way - (int)y->way;
}

double taps_clock_offset(const struct taps_clock *c, double at_us)
{
	return c->offset_us + (at_us - c->at_us) * c->drift_ppm * 1e-6;
}

/* As if there were no drift. */
static double straight(const struct taps_sample *s, double middle_us, double ppm)
{
	return s->difference_us - (s->at_us - middle_us) * ppm * 1e-6;
}

/* Of packets from A to B the least difference is the fastest, of those back the greatest. */
static bool is_faster(enum tap_way way, double difference, double than)
{
	return way == WAY_A_TO_B ? difference < than : difference > than;
}

struct fastest {
	double us[2]; /* by way */
	size_t n[2];
};

/* Of one group's samples, or of all. */
static struct fastest fastest_of(const struct taps_samples *s, unsigned group, double middle_us,
                                 double ppm)
{
	struct fastest out = { { 0, 0 }, { 0, 0 } };

	for (size_t i = 0; i < s->count; i++) {
		enum tap_way way = s->v[i].way;
		if (group != ALL_GROUPS && s->v[i].group != group)
			continue;
		double difference = straight(&s->v[i], middle_us, ppm);
		if (!out.n[way]++ || is_faster(way, difference, out.us[way]))
			out.us[way] = difference;
	}
	return out;
}

static double round_trip(const struct taps_samples *s, unsigned group, double middle_us, double ppm)
{
	struct fastest f = fastest_of(s, group, middle_us, ppm);

	return f.us[WAY_A_TO_B] - f.us[WAY_B_TO_A];
}

/* Golden section. */
static double best_drift(const struct taps_samples *s, unsigned group, double middle_us)
{
	const double golden = 0.6180339887498949;
	double low = -MOST_PPM, high = MOST_PPM;
	double x = high - golden * (high - low), y = low + golden * (high - low);
	double of_x = round_trip(s, group, middle_us, x), of_y = round_trip(s, group, middle_us, y);

	while (high - low > LEAST_PPM) {
		if (of_x > of_y) {
			high = y;
			y = x;
			of_y = of_x;
			x = high - golden * (high - low);
			of_x = round_trip(s, group, middle_us, x);
		} else {
			low = x;
			x = y;
			of_x = of_y;
			y = low + golden * (high - low);
			of_y = round_trip(s, group, middle_us, y);
		}
	}
	return (low + high) / 2;
}

/* By turns, each way on its own. */
static void count_off(struct taps_samples *s)
{
	unsigned next[2] = { 0, 0 };

	for (size_t i = 0; i < s->count; i++)
		s->v[i].group = next[s->v[i].way]++ % GROUPS;
}

static bool is_enough(const struct taps_samples *s, const struct taps_clock *c)
{
	for (unsigned group = 0; group < GROUPS; group++) {
		struct fastest f = fastest_of(s, group, c->at_us, 0);
		if (f.n[0] < LEAST_PER_GROUP || f.n[1] < LEAST_PER_GROUP)
			return false;
	}
	return c->span_us >= LEAST_SPAN_US;
}

static void find_drift(const struct taps_samples *s, struct taps_clock *c)
{
	double sum = 0, squares = 0;

	c->drift_uncertainty_ppm = NAN;
	if (!is_enough(s, c))
		return;
	for (unsigned group = 0; group < GROUPS; group++) {
		double ppm = best_drift(s, group, c->at_us);
		sum += ppm;
		squares += ppm * ppm;
	}
	double variance = (squares - sum * sum / GROUPS) / (GROUPS - 1);
	c->drift_uncertainty_ppm = 2 * sqrt(variance > 0 ? variance : 0) / sqrt(GROUPS) + LEAST_PPM;
	c->drift_ppm = best_drift(s, ALL_GROUPS, c->at_us);
	/* What is no more than the scatter is no drift. */
	if (fabs(c->drift_ppm) <= c->drift_uncertainty_ppm)
		c->drift_ppm = 0;
}

static void find_offset(const struct taps_samples *s, struct taps_clock *c)
{
	struct fastest f = fastest_of(s, ALL_GROUPS, c->at_us, c->drift_ppm);
	double least = f.us[WAY_A_TO_B] - f.us[WAY_B_TO_A];

	c->samples[0] = f.n[0];
	c->samples[1] = f.n[1];
	c->both_ways = f.n[0] && f.n[1];
	c->offset_us = !c->both_ways ? f.us[f.n[WAY_A_TO_B] ? WAY_A_TO_B : WAY_B_TO_A]
	                             : (f.us[WAY_A_TO_B] + f.us[WAY_B_TO_A]) / 2;
	c->uncertainty_us = c->both_ways ? fabs(least) / 2 : NAN;
	c->contradictory = c->both_ways && least < 0;
}

void taps_clock_of(struct taps_samples *samples, struct taps_clock *out)
{
	struct taps_samples *s = samples;

	out->known = s->count > 0;
	out->drift_uncertainty_ppm = NAN;
	if (!out->known)
		return;
	qsort(s->v, s->count, sizeof *s->v, by_time);
	out->span_us = s->v[s->count - 1].at_us - s->v[0].at_us;
	out->at_us = s->v[0].at_us + out->span_us / 2;
	count_off(s);
	find_drift(s, out);
	find_offset(s, out);
}
