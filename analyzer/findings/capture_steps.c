/* K7 by what streams show: a packet that takes longer than the one before is the network's business, unless most streams there are, from several
 * senders, take longer by the same time in the same moment. Such changes are held for CAPTURE_HOLD_NS until all of them have been told. */
#include "analyzer/findings/capture_clock.h"

#include "analyzer/findings/state.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"

#include <stdlib.h>

#define WINDOW_NS (50 * NS_PER_MS) /* one moment */
#define AROUND_NS (300 * NS_PER_MS) /* what is looked at before it and behind */
#define SETTLE_NS (150 * NS_PER_MS) /* who is late once, or swapped, is as before by then */
#define SAME_NS   (2 * NS_PER_MS) /* the same time, within a millisecond more or less */
#define SENDERS   2

struct transit {
	int64_t told_ns; /* eviction time */
	int64_t by_ns, stream_id;
	struct ip_addr src;
	struct sighting at;
};

static int by_stream(const void *a, const void *b)
{
	const struct transit *x = a, *y = b;

	if (x->stream_id != y->stream_id)
		return x->stream_id < y->stream_id ? -1 : 1;
	return (x->at.time_ns > y->at.time_ns) - (x->at.time_ns < y->at.time_ns);
}

static int by_size(const void *a, const void *b)
{
	const struct transit *x = a, *y = b;

	if (x->by_ns != y->by_ns)
		return x->by_ns < y->by_ns ? -1 : 1;
	return by_stream(a, b);
}

static int by_time(const void *a, const void *b)
{
	const struct transit *x = a, *y = b;

	if (x->at.time_ns != y->at.time_ns)
		return x->at.time_ns < y->at.time_ns ? -1 : 1;
	return by_stream(a, b);
}

/* Of one stream, in order of time: what is left of its changes around the first one of the moment that begins at `from_ns`. False: it has
 * none then. */
static bool net_change(const struct transit *t, size_t n, int64_t from_ns, struct transit *net)
{
	size_t i = 0;

	while (i < n && t[i].at.time_ns < from_ns)
		i++;
	if (i == n || duration_between(from_ns, t[i].at.time_ns) >= WINDOW_NS)
		return false;
	*net = t[i];
	for (size_t k = i; k > 0 && t[k].at.time_ns - t[k - 1].at.time_ns < SETTLE_NS; k--)
		net->by_ns += t[k - 1].by_ns;
	for (size_t k = i + 1; k < n && t[k].at.time_ns - t[k - 1].at.time_ns < SETTLE_NS; k++)
		net->by_ns += t[k].by_ns;
	return true;
}

/* One for each stream that has one then, in order of size. */
static size_t net_changes(struct transit *t, size_t n, int64_t from_ns)
{
	size_t kept = 0, same;

	qsort(t, n, sizeof *t, by_stream);
	for (size_t i = 0; i < n; i += same) {
		struct transit net;
		for (same = 1; i + same < n && t[i + same].stream_id == t[i].stream_id;)
			same++;
		if (net_change(&t[i], same, from_ns, &net))
			t[kept++] = net;
	}
	qsort(t, kept, sizeof *t, by_size);
	return kept;
}

/* Of those in order of size: the most that are the same. */
static size_t most_alike(const struct transit *t, size_t n, size_t *from)
{
	size_t best = 0, end = 0;

	for (size_t i = 0; i < n; i++) {
		while (end < n && t[end].by_ns - t[i].by_ns <= SAME_NS)
			end++;
		if (end - i > best && (t[i].by_ns > SAME_NS || t[end - 1].by_ns < -SAME_NS)) {
			best = end - i;
			*from = i;
		}
	}
	return best;
}

static size_t senders_of(const struct transit *t, size_t n)
{
	size_t different = n > 0;

	for (size_t i = 1; i < n && different < SENDERS; i++)
		different += !ip_addr_eq(t[i].src, t[0].src);
	return different;
}

/* Those of the moment that begins at `from_ns`, and what came before and behind it. */
static bool judge_moment(struct clock_watch *c, struct transit *t, size_t n, int64_t from_ns,
                         uint64_t active)
{
	size_t from = 0, alike;

	n = net_changes(t, n, from_ns);
	alike = most_alike(t, n, &from);
	if (alike < c->streams || (double)alike <= c->share * (double)active ||
	    senders_of(t + from, alike) < SENDERS)
		return false;
	struct sighting first = t[from].at;
	for (size_t i = from; i < from + alike; i++)
		if (t[i].at.time_ns < first.time_ns ||
		    (t[i].at.time_ns == first.time_ns && t[i].at.frame < first.frame))
			first = t[i].at;
	clock_add_step(c, first, t[from + alike / 2].by_ns, alike);
	return true;
}

static size_t within(const struct clock_watch *c, size_t from, int64_t ns)
{
	size_t n = 0;

	while (from + n < c->transit_count &&
	       c->transits[from + n].at.time_ns - c->transits[from].at.time_ns < ns)
		n++;
	return n;
}

static bool is_recent(const struct transit *t, size_t n, int64_t told_until_ns)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].told_ns > told_until_ns)
			return true;
	return false;
}

static uint64_t active_streams(const struct clock_watch *c, int64_t time_ns)
{
	struct census census = { .time_ns = time_ns };

	census_take(&census, c->owner);
	return census.active;
}

/* The first one that is no longer than AROUND_NS before this one. */
static size_t settled_before(const struct clock_watch *c, size_t i)
{
	size_t from = i;

	while (from > 0 && c->transits[i].at.time_ns - c->transits[from - 1].at.time_ns < AROUND_NS)
		from--;
	return from;
}

static bool judge_around(struct clock_watch *c, size_t i, struct transit *around, uint64_t active)
{
	size_t from = settled_before(c, i), to = i + within(c, i, AROUND_NS);

	memcpy(around, &c->transits[from], (to - from) * sizeof *around);
	return judge_moment(c, around, to - from, c->transits[i].at.time_ns, active);
}

/* Moments that overlap by half; what was told after then waits, and what came shortly before it. False: out of memory. */
static bool judge(struct clock_watch *c, int64_t told_until_ns)
{
	struct transit *around = mem_alloc(c->transit_count * sizeof *around);
	size_t i = 0, n;

	if (!around)
		return err_memory(c->k->findings->analysis->err, "the findings");
	qsort(c->transits, c->transit_count, sizeof *c->transits, by_time);
	uint64_t active = active_streams(c, c->transits[0].at.time_ns);
	for (; i < c->transit_count; i += n) {
		n = within(c, i, WINDOW_NS);
		if (is_recent(&c->transits[i], n, told_until_ns))
			break;
		/* Where they are fewer than it takes, there is no need to sort them: so it is with mere jitter. */
		if (n < c->streams || (double)n <= c->share * (double)active ||
		    !judge_around(c, i, around, active))
			n = within(c, i, WINDOW_NS / 2);
	}
	mem_free(around);
	if (i < c->transit_count)
		i = settled_before(c, i);
	c->transit_count -= i;
	memmove(c->transits, c->transits + i, c->transit_count * sizeof *c->transits);
	return true;
}

static bool watch(struct clock_watch *c)
{
	struct analysis *a = c->k->findings->analysis;

	if (!c->transit_count || timers_arm(&a->timers, &c->timer, a->now_ns + CAPTURE_HOLD_NS))
		return true;
	return err_memory(a->err, "the findings");
}

void clock_judge_on_time(struct timer *timer, void *context)
{
	struct clock_watch *c = (struct clock_watch *)timer;
	struct analysis *a = context;

	if (!judge(c, a->now_ns - CAPTURE_HOLD_NS) || !watch(c))
		analysis_fail(a);
}

static bool make_room(struct clock_watch *c)
{
	size_t capacity = c->transit_capacity ? 2 * c->transit_capacity : 64;
	struct transit *transits;

	if (c->transit_count < c->transit_capacity)
		return true;
	transits = mem_resize(c->transits, capacity * sizeof *transits);
	if (!transits)
		return err_memory(c->k->findings->analysis->err, "the findings");
	c->transits = transits;
	c->transit_capacity = capacity;
	return true;
}

bool clock_transit_step(struct clock_watch *c, const struct stream *st, int64_t time_ns,
                        int64_t step_ns)
{
	struct analysis *a = c->k->findings->analysis;

	if (c->transit_count == CAPTURE_MAX_STEPS)
		return true;
	if (!make_room(c))
		return false;
	c->owner = st->cold->owner;
	c->transits[c->transit_count++] = (struct transit){
		.told_ns = a->now_ns,
		.by_ns = step_ns,
		.stream_id = st->cold->id,
		.src = st->key.src,
		.at = { a->capture_id, a->frame, time_ns },
	};
	return c->transit_count > 1 || watch(c);
}

bool clock_end(struct clock_watch *c)
{
	return !c->transit_count || judge(c, INT64_MAX);
}
