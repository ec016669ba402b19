/* What came of the same streams between the taps: which packets vanished, and what the way took. */
#include "reports/compare/taps_lay.h"

#include "base/clock.h"
#include "base/mem.h"

#define WORST_US 5000000 /* as long as rows of stream_intervals */
#define TRANSITS_MOST                                                                              \
	4000000 /* of a way, for its quantiles: those of the streams that come first */
#define BLOCK_OFTEN_US 640000.0 /* 32 packets of 20 ms */

struct measuring {
	struct taps *t;
	struct lay lay;
	struct taps_values transits, all[2]; /* of the stream at hand; by way */
	double jitter_sum[2];
};

/* A stream at hand, first and second as its packets pass. */
struct course {
	struct taps_pair *p;
	struct taps_flow *flow;
	enum tap_side first, second;
	int64_t from[TAP_SIDES], to[TAP_SIDES]; /* numbers in A's counting */
	bool late_start[TAP_SIDES],
	        early_end[TAP_SIDES]; /* of that capture: others began before, went on after */
	double at_us; /* by A's clock */
	int64_t run; /* lost in a row */
	int64_t window, window_lost, window_packets;
	double last_transit, jitter;
	bool has_transit;
};

/* ---- time ---- */

/* When a time of B's clock was, by A's. */
static double by_a(const struct taps *t, double b_us)
{
	double about = b_us - t->clock.offset_us;

	return b_us - taps_clock_offset(&t->clock, about);
}

static double begins(const struct taps *t, enum tap_side side, int64_t us)
{
	return side == TAP_A ? (double)us : by_a(t, (double)us);
}

/* Was the capture of this side running? NONE of its times are known: then it was. */
static bool was_before(const struct taps *t, enum tap_side side, double a_us)
{
	int64_t first = t->side[side].first_us;

	return first != RECORD_NULL && a_us < begins(t, side, first);
}

static bool was_after(const struct taps *t, enum tap_side side, double a_us)
{
	int64_t last = t->side[side].last_us;

	return last != RECORD_NULL && a_us > begins(t, side, last);
}

static enum tap_side other_side(enum tap_side side)
{
	return side == TAP_A ? TAP_B : TAP_A;
}

/* ---- lost packets ---- */

/* Numbers of the block that are less, or greater, as a mask. */
static uint32_t mask_below(int64_t block, int64_t number)
{
	int64_t n = number - block * STREAM_MARK_EVERY;

	return n <= 0 ? 0 : n >= 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1;
}

static uint32_t mask_above(int64_t block, int64_t number)
{
	return ~mask_below(block, number + 1);
}

/* Of what one side has alone, what the other's capture could have seen. */
static uint32_t judged(const struct course *c, const struct lay_step *step, enum tap_side side,
                       int64_t *outside)
{
	enum tap_side other = other_side(side);
	uint32_t alone = step->came[side] & ~step->came[other], mask = 0;

	if (c->late_start[other])
		mask |= mask_below(step->number, c->from[other]);
	if (c->early_end[other])
		mask |= mask_above(step->number, c->to[other]);
	*outside += __builtin_popcount(alone & mask);
	return alone & ~mask;
}

static void end_run(struct course *c)
{
	c->p->bursts += c->run > 1;
	if (c->run > c->p->longest_burst)
		c->p->longest_burst = c->run;
	c->run = 0;
}

/* Runs of lost packets; those that were missing before do not end one. */
static void count_runs(struct course *c, uint32_t lost, uint32_t came)
{
	if (!lost) {
		if (came)
			end_run(c);
		return;
	}
	for (unsigned i = 0; i < STREAM_MARK_EVERY; i++) {
		if (lost >> i & 1)
			c->run++;
		else if (came >> i & 1)
			end_run(c);
	}
}

static void end_window(struct course *c)
{
	if (c->window_lost > c->p->worst_lost) {
		c->p->worst_lost = c->window_lost;
		c->p->worst_packets = c->window_packets;
		c->p->worst_us = c->window * WORST_US;
	}
	c->window_lost = c->window_packets = 0;
}

static void count_over_time(const struct taps *t, struct course *c, int64_t packets, int64_t lost)
{
	int64_t window = (int64_t)floor(c->at_us / WORST_US);
	double bin = t->bin_us > 0 ? (c->at_us - (double)t->bins_from_us) / t->bin_us : 0;
	struct taps_bin *b = &c->flow->bins[bin < 0            ? 0
	                                    : bin >= TAPS_BINS ? TAPS_BINS - 1
	                                                       : (int)bin];

	if (window != c->window)
		end_window(c);
	c->window = window;
	c->window_packets += packets;
	c->window_lost += lost;
	b->packets += packets;
	b->lost += lost;
}

/* ---- transit ---- */

static bool take_transit(struct measuring *m, struct course *c, const struct lay_step *step)
{
	double difference = (double)(step->time_us[TAP_B] - step->time_us[TAP_A]);
	double offset = taps_clock_offset(&m->t->clock, (double)step->time_us[TAP_A]);
	double ms = (c->first == TAP_A ? difference - offset : offset - difference) / 1e3;

	/* RFC 3550 A.8: the mean deviation, with a gain of 1/16. */
	if (c->has_transit)
		c->jitter += (fabs(ms - c->last_transit) - c->jitter) / 16;
	c->has_transit = true;
	c->last_transit = ms;
	if (m->all[c->p->way].count < TRANSITS_MOST && !taps_values_add(&m->all[c->p->way], ms))
		return false;
	return taps_values_add(&m->transits, ms);
}

static void sum_up_transit(struct taps_values *v, double jitter_ms, struct taps_transit *out)
{
	taps_values_sort(v);
	*out = (struct taps_transit){
		.count = (int64_t)v->count,
		.least_ms = taps_values_quantile(v, 0),
		.median_ms = taps_values_quantile(v, 0.5),
		.p95_ms = taps_values_quantile(v, 0.95),
		.most_ms = taps_values_quantile(v, 1),
		.spread_ms = taps_values_quantile(v, 0.95) - taps_values_quantile(v, 0.05),
		.jitter_ms = v->count > 1 ? jitter_ms : NAN,
	};
}

/* ---- a stream ---- */

static void find_time(const struct taps *t, struct course *c, const struct lay_step *step)
{
	if (step->time_us[TAP_A] != RECORD_NULL)
		c->at_us = (double)step->time_us[TAP_A];
	else if (step->time_us[TAP_B] != RECORD_NULL)
		c->at_us = by_a(t, (double)step->time_us[TAP_B]);
	else
		c->at_us += BLOCK_OFTEN_US;
}

static bool take_step(struct measuring *m, struct course *c, const struct lay_step *step)
{
	struct taps_pair *p = c->p;
	uint32_t lost, gained;

	find_time(m->t, c, step);
	lost = judged(c, step, c->first, &p->outside);
	gained = judged(c, step, c->second, &p->outside);
	p->lost_between += __builtin_popcount(lost);
	p->only_second += __builtin_popcount(gained);
	count_runs(c, lost, step->came[c->second]);
	count_over_time(m->t, c, __builtin_popcount(step->came[c->first]),
	                __builtin_popcount(lost));
	if (step->time_us[TAP_A] == RECORD_NULL || step->time_us[TAP_B] == RECORD_NULL)
		return true;
	return take_transit(m, c, step);
}

static struct course course_of(struct measuring *m, struct taps_pair *p)
{
	const struct taps *t = m->t;
	const struct tap_stream *streams[TAP_SIDES] = { &t->side[TAP_A].streams[p->a],
		                                        &t->side[TAP_B].streams[p->b] };
	struct course c = { .p = p, .flow = &m->t->flows[p->way] };

	c.first = p->way == WAY_A_TO_B ? TAP_A : TAP_B;
	c.second = other_side(c.first);
	c.at_us = (double)streams[TAP_A]->first_us;
	for (int i = 0; i < TAP_SIDES; i++) {
		const struct tap_stream *other = streams[other_side((enum tap_side)i)];
		int64_t shift = i == TAP_B ? m->lay.shift * STREAM_MARK_EVERY : 0;
		c.from[i] = streams[i]->first_number + shift;
		c.to[i] = streams[i]->last_number + shift;
		c.late_start[i] =
		        was_before(t, (enum tap_side)i,
		                   begins(t, other_side((enum tap_side)i), other->first_us));
		c.early_end[i] = was_after(t, (enum tap_side)i,
		                           begins(t, other_side((enum tap_side)i), other->last_us));
	}
	return c;
}

/* Nothing but the numbers of packets is known, or the marks are of a part only. */
static void count_only(struct taps_pair *p)
{
	p->lost_between = p->first > p->second ? p->first - p->second : 0;
	p->only_second = p->second > p->first ? p->second - p->first : 0;
	p->outside = p->bursts = p->longest_burst = p->worst_lost = 0;
}

static bool measure_marks(struct measuring *m, struct taps_pair *p, const struct tap_stream *x,
                          const struct tap_stream *y)
{
	struct course c;
	struct lay_walk w = { 0 };
	struct lay_step step;
	bool same;

	if (!lay_open(&m->lay, x, y,
	              m->t->clock.known ? m->t->clock.offset_us : (double)m->t->rough.us, &same))
		return false;
	c = course_of(m, p);
	m->transits.count = 0;
	while (lay_next(&m->lay, &w, &step))
		if (!take_step(m, &c, &step))
			return false;
	end_run(&c);
	end_window(&c);
	sum_up_transit(&m->transits, c.jitter, &p->transit);
	if (p->transit.count > 1)
		m->jitter_sum[p->way] += c.jitter * (double)p->transit.count;
	p->partial = !x->whole || !y->whole;
	if (p->partial)
		count_only(p);
	return true;
}

static bool measure(struct measuring *m, struct taps_pair *p)
{
	const struct tap_stream *x = &m->t->side[TAP_A].streams[p->a],
	                        *y = &m->t->side[TAP_B].streams[p->b];
	const struct tap_stream *first = p->way == WAY_A_TO_B ? x : y;
	struct taps_flow *f = &m->t->flows[p->way];

	p->first = first->packets;
	p->second = p->way == WAY_A_TO_B ? y->packets : x->packets;
	if (p->by_marks) {
		if (!measure_marks(m, p, x, y))
			return false;
	} else {
		count_only(p);
	}
	p->lost_before = first->lost > p->only_second ? first->lost - p->only_second : 0;
	f->streams++;
	f->first += p->first;
	f->second += p->second;
	f->lost_before += p->lost_before;
	f->lost_between += p->lost_between;
	f->only_second += p->only_second;
	f->outside += p->outside;
	f->bursts += p->bursts;
	if (p->longest_burst > f->longest_burst)
		f->longest_burst = p->longest_burst;
	return true;
}

/* ---- all of them ---- */

static void set_bins(struct taps *t)
{
	const struct tap *a = &t->side[TAP_A];
	int64_t from = INT64_MAX, to = INT64_MIN;

	for (size_t i = 0; i < t->pair_count; i++) {
		const struct tap_stream *s = &a->streams[t->pairs[i].a];
		from = s->first_us < from ? s->first_us : from;
		to = s->last_us > to ? s->last_us : to;
	}
	if (from > to)
		return;
	/* Whole multiples of five seconds. */
	int64_t width = ((to - from) / TAPS_BINS / WORST_US + 1) * WORST_US;
	t->bin_us = (double)width;
	t->bins_from_us = from / width * width;
}

static void count_alone(struct taps *t, enum tap_side side)
{
	const struct tap *tap = &t->side[side];

	for (uint32_t i = 0; i < tap->stream_count; i++) {
		const struct tap_stream *s = &tap->streams[i];
		if (s->partner != TAPS_NONE ||
		    (s->call != TAPS_NONE && tap->calls[s->call].ambiguous))
			continue;
		bool seen = !was_after(t, other_side(side), begins(t, side, s->first_us)) &&
		            !was_before(t, other_side(side), begins(t, side, s->last_us));
		t->streams_alone[side] += seen;
		t->streams_outside[side] += !seen;
	}
}

bool taps_measure_streams(struct taps *t, struct err *err)
{
	struct measuring m = { .t = t };
	bool ok = true;

	set_bins(t);
	for (size_t i = 0; ok && i < t->pair_count; i++)
		ok = measure(&m, &t->pairs[i]);
	for (int way = 0; way < 2; way++) {
		double n = (double)m.all[way].count;
		sum_up_transit(&m.all[way], n > 0 ? m.jitter_sum[way] / n : NAN,
		               &t->flows[way].transit);
		taps_values_release(&m.all[way]);
	}
	count_alone(t, TAP_A);
	count_alone(t, TAP_B);
	lay_release(&m.lay);
	taps_values_release(&m.transits);
	return ok || err_memory(err, "the streams of two captures");
}
