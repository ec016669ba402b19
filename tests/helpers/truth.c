#include "tests/helpers/truth.h"

#include "base/clock.h"
#include "tests/helpers/craft.h"

#include <math.h>
#include <stdlib.h>

#define BUFFER_MS       60 /* of the receiver whose late packets are counted */
#define LATE_IN_A_ROW   10 /* then that receiver begins anew */
#define RESTART_PAUSE_S 1

static void *room(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	if (!p)
		abort();
	return p;
}

/* 0 .. 1 */
static double chance(struct craft_random *r)
{
	return (double)(craft_random_next(r) >> 11) * 0x1p-53;
}

/* --- what is sent, and what the network does to it --------------------------------------------------------------- */

struct sender {
	const struct truth_plan *plan;
	struct craft_random random;
	double step_ns;
	uint32_t step_ticks;
	double media_ns; /* by the sender's clock */
	uint32_t timestamp, segment, in_segment, in_spurt;
	uint16_t seq;
	bool bad; /* the channel, Gilbert-Elliott */
};

static bool restarts_now(const struct sender *s, uint32_t index)
{
	return s->plan->restart_every && index && index % s->plan->restart_every == 0;
}

static void restart(struct sender *s)
{
	s->segment++;
	s->in_segment = s->in_spurt = 0;
	/* Far from both the usual advance and the usual misorder (RFC 3550 A.1). */
	s->seq = (uint16_t)(s->seq + 4000 + craft_random_below(&s->random, 56000));
	s->timestamp = (uint32_t)craft_random_next(&s->random);
	s->media_ns += (double)RESTART_PAUSE_S * 1e9;
}

static void pause_now(struct sender *s)
{
	double ticks = floor((double)s->plan->pause_ms * s->plan->clock_hz / 1e3);

	s->timestamp += (uint32_t)ticks;
	s->media_ns += ticks * 1e9 / s->plan->clock_hz;
	s->in_spurt = 0;
}

static struct truth_packet next_packet(struct sender *s, uint32_t index)
{
	if (restarts_now(s, index))
		restart(s);
	bool spurt = s->plan->spurt_packets && s->in_spurt == s->plan->spurt_packets;
	if (spurt)
		pause_now(s);
	struct truth_packet p = {
		.time_ns = (int64_t)llround(s->media_ns * (1 + s->plan->drift_ppm / 1e6)),
		.index = index,
		.segment = s->segment,
		.timestamp = s->timestamp,
		.seq = s->seq,
		.marker = s->in_segment == 0 || spurt,
		.spurt = spurt,
	};
	s->seq++;
	s->timestamp += s->step_ticks;
	s->media_ns += s->step_ns;
	s->in_segment++;
	s->in_spurt++;
	return p;
}

/* The first ones of a segment, its last ones and the first of a spurt come for sure: what is lost there nobody can see. */
static bool is_protected(const struct truth_plan *plan, const struct truth_packet *p)
{
	uint32_t length = plan->restart_every ? plan->restart_every : plan->count;
	uint32_t at = p->index % length;

	return at < 4 || at + 4 >= length || p->index + 4 >= plan->count || p->spurt;
}

static bool is_lost(struct sender *s, const struct truth_packet *p)
{
	const struct truth_plan *plan = s->plan;
	double turn = chance(&s->random), drop = chance(&s->random), single = chance(&s->random);

	s->bad = s->bad ? turn >= plan->burst_end : turn < plan->burst_begin;
	if (is_protected(plan, p))
		return false;
	return (s->bad && drop < plan->burst_loss) || single < plan->loss;
}

static int64_t network_delay(struct sender *s, const struct truth_packet *p)
{
	const struct truth_plan *plan = s->plan;
	double ms = plan->jitter_ms * chance(&s->random);

	if (plan->spike_every && p->index % plan->spike_every == plan->spike_every - 1)
		ms += plan->spike_ms;
	if (chance(&s->random) < plan->reorder && !is_protected(plan, p))
		ms += plan->ptime_ms * (1.2 + craft_random_below(&s->random, 3));
	return (int64_t)(ms * 1e6);
}

static int in_order_of_arrival(const void *a, const void *b)
{
	const struct truth_packet *p = a, *q = b;

	if (p->time_ns != q->time_ns)
		return p->time_ns < q->time_ns ? -1 : 1;
	if (p->index != q->index)
		return p->index < q->index ? -1 : 1;
	return (int)p->duplicate - (int)q->duplicate;
}

static void send_all(const struct truth_plan *plan, struct truth *t)
{
	double ticks = floor((double)plan->clock_hz * plan->ptime_ms / 1e3 + 0.5);
	struct sender s = { .plan = plan,
		            .random = { plan->seed },
		            .step_ticks = (uint32_t)ticks,
		            .step_ns = ticks * 1e9 / plan->clock_hz,
		            .timestamp = plan->first_timestamp,
		            .seq = plan->first_seq };

	t->packets = room(2 * (size_t)plan->count, sizeof *t->packets);
	for (uint32_t i = 0; i < plan->count; i++) {
		struct truth_packet p = next_packet(&s, i);
		bool lost = is_lost(&s, &p), twice = chance(&s.random) < plan->duplicate;
		p.time_ns += network_delay(&s, &p);
		if (lost)
			continue;
		t->packets[t->count++] = p;
		if (!twice)
			continue;
		p.time_ns += NS_PER_MS;
		p.duplicate = true;
		t->packets[t->count++] = p;
	}
	t->segments = s.segment + 1;
	qsort(t->packets, t->count, sizeof *t->packets, in_order_of_arrival);
}

/* --- what follows from it --------------------------------------------------------------------------------------------- */

/* A number that never came between the first and the last of its segment is lost; one that comes behind a later one is reordered. */
static void count_all(const struct truth_plan *plan, struct truth *t)
{
	uint32_t *first = room(t->segments, sizeof *first), *last = room(t->segments, sizeof *last);
	bool *any = room(t->segments, sizeof *any);

	for (size_t i = 0; i < t->count; i++) {
		const struct truth_packet *p = &t->packets[i];
		if (p->duplicate) {
			t->duplicates++;
			continue;
		}
		t->received++;
		t->reordered += any[p->segment] && p->index < last[p->segment];
		if (!any[p->segment] || p->index < first[p->segment])
			first[p->segment] = p->index;
		if (!any[p->segment] || p->index > last[p->segment])
			last[p->segment] = p->index;
		any[p->segment] = true;
	}
	for (uint64_t k = 0; k < t->segments; k++)
		t->expected += last[k] - first[k] + 1;
	t->lost = t->expected - t->received;
	(void)plan;
	free(first);
	free(last);
	free(any);
}

/* D(i-1,i) = (R_i - R_i-1) - (S_i - S_i-1), J += (|D| - J) / 16, over packets in order of arrival, anew in each segment. */
static void work_out_jitter(const struct truth_plan *plan, struct truth *t)
{
	const struct truth_packet *before = NULL;
	double j = 0, sum = 0;
	uint64_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct truth_packet *p = &t->packets[i];
		if (p->duplicate)
			continue;
		if (!before || before->segment != p->segment) {
			j = 0;
		} else {
			double sent_ns = (double)(int32_t)(p->timestamp - before->timestamp) * 1e9 /
			                 plan->clock_hz;
			j += (fabs((double)(p->time_ns - before->time_ns) - sent_ns) - j) / 16;
			sum += j;
			n++;
			t->jitter_max_ms = fmax(t->jitter_max_ms, j / 1e6);
		}
		before = p;
	}
	t->jitter_mean_ms = n ? sum / (double)n / 1e6 : 0;
}

/* The receiver: a buffer of BUFFER_MS that begins anew with each segment, each spurt, and after ten late packets in a row. late[i]: of
 * the packet sent as the i-th. */
static void find_late(const struct truth_plan *plan, struct truth *t, bool *late)
{
	const struct truth_packet *anchor = NULL;
	uint32_t newest = 0, in_a_row = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct truth_packet *p = &t->packets[i];
		if (p->duplicate)
			continue;
		bool segment = !anchor || anchor->segment != p->segment;
		bool spurt = p->spurt && p->index > newest;
		if (segment || p->index > newest)
			newest = p->index;
		if (segment || spurt) {
			anchor = p;
			in_a_row = 0;
			continue;
		}
		double due_ms =
		        (double)(int32_t)(p->timestamp - anchor->timestamp) * 1e3 / plan->clock_hz +
		        BUFFER_MS;
		if ((double)(p->time_ns - anchor->time_ns) / 1e6 <= due_ms) {
			in_a_row = 0;
			continue;
		}
		late[p->index] = true;
		t->late++;
		if (++in_a_row == LATE_IN_A_ROW) {
			anchor = p;
			in_a_row = 0;
		}
	}
}

/* Mean length of the runs of packets that did not play times the share of those that did; 1 at least, and below five such packets. */
static void work_out_burst(const struct truth_plan *plan, struct truth *t, const bool *late)
{
	bool *came = room(plan->count, sizeof *came);
	uint64_t bad = 0, runs = 0;
	bool in_run = false;

	for (size_t i = 0; i < t->count; i++)
		came[t->packets[i].index] = true;
	for (uint32_t i = 0; i < plan->count; i++) {
		bool is_bad = !came[i] || late[i];
		if (plan->restart_every && i % plan->restart_every == 0)
			in_run = false;
		runs += is_bad && !in_run;
		bad += is_bad;
		in_run = is_bad;
	}
	t->burst_r = 1;
	if (bad >= 5)
		t->burst_r = fmax(1, (double)bad / (double)runs *
		                             (1 - (double)bad / (double)t->expected));
	free(came);
}

/* Ie and Bpl of G.113, and the scale: R of a perfect connection, and what R is divided by before the polynomial. */
static const struct rating {
	const char *encoding;
	uint32_t clock_hz;
	double ie, bpl, clean, divisor;
} ratings[] = {
	{ "PCMU", 8000, 0, 25.1, 93.2062, 1 },  { "PCMA", 8000, 0, 25.1, 93.2062, 1 },
	{ "G729", 8000, 11, 19, 93.2062, 1 },   { "G723", 8000, 19, 16.1, 93.2062, 1 },
	{ "GSM", 8000, 20, 10, 93.2062, 1 },    { "GSM-EFR", 8000, 5, 10, 93.2062, 1 },
	{ "G726-32", 8000, 7, 10, 93.2062, 1 }, { "G722", 8000, 13, 7.1, 129, 1.29 },
};

static double mos_of(double r)
{
	if (r <= 0)
		return 1;
	if (r >= 100)
		return 4.5;
	return fmax(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

static void rate(const struct truth_plan *plan, struct truth *t)
{
	t->r = t->mos = NAN;
	for (size_t i = 0; i < sizeof ratings / sizeof *ratings; i++) {
		const struct rating *c = &ratings[i];
		if (strcmp(c->encoding, plan->encoding) != 0 || c->clock_hz != plan->clock_hz)
			continue;
		double percent = 100.0 * (double)(t->lost + t->late) / (double)t->expected;
		double burst = c->bpl >= 16 ? fmin(t->burst_r, 4) : 1;
		double ie_eff = c->ie + (95 - c->ie) * percent / (percent / burst + c->bpl);
		t->r = fmin(fmax(c->clean - ie_eff, 0), c->clean);
		t->mos = mos_of(t->r / c->divisor);
	}
}

void truth_make(const struct truth_plan *plan, struct truth *t)
{
	bool *late = room(plan->count, sizeof *late);

	*t = (struct truth){ 0 };
	send_all(plan, t);
	count_all(plan, t);
	work_out_jitter(plan, t);
	find_late(plan, t, late);
	work_out_burst(plan, t, late);
	rate(plan, t);
	free(late);
}

void truth_release(struct truth *t)
{
	free(t->packets);
	t->packets = NULL;
}
