/* Which tap comes first on whose way, and with that the clock. Within a call nothing needs to be known of the clock for it: packets one way
 * differ by offset plus transit, those the other way by offset less transit, so the greater difference is that of the way from A to B. */
#include "reports/compare/taps_lay.h"

#include "base/mem.h"

/* Of so many marks in a row the least and the greatest difference are kept: nobody asks for more. */
#define CHUNK 4

struct difference { /* of one mark or message, its way not yet known */
	double at_us, us;
	uint32_t pair; /* TAPS_NONE: a message */
	uint32_t call; /* of A's */
	bool from_callee;
};

struct call_way { /* medians, or means, of each direction: 0 from the caller */
	double sum[2];
	unsigned n[2];
};

struct orienting {
	struct taps *t;
	struct lay lay;
	struct taps_values values;
	struct difference *v;
	size_t count, capacity;
	struct call_way *media, *messages; /* by A's calls */
	struct err *err;
};

static bool add(struct orienting *o, const struct difference *d)
{
	if (!TAPS_ROOM(o->v, o->capacity, o->count))
		return false;
	o->v[o->count++] = *d;
	return true;
}

/* ---- RTP ---- */

static bool keep_extremes(struct orienting *o, uint32_t pair, const struct difference chunk[2])
{
	struct difference least = chunk[0], most = chunk[1];

	least.pair = most.pair = pair;
	return add(o, &least) && (least.us == most.us || add(o, &most));
}

static bool read_marks(struct orienting *o, uint32_t pair)
{
	struct difference chunk[2] = { 0 };
	struct lay_walk w = { 0 };
	struct lay_step step;
	unsigned n = 0;
	bool ok = true;

	o->values.count = 0;
	while (ok && lay_next(&o->lay, &w, &step)) {
		if (step.time_us[TAP_A] == RECORD_NULL || step.time_us[TAP_B] == RECORD_NULL)
			continue;
		struct difference d = {
			.at_us = (double)step.time_us[TAP_A],
			.us = (double)(step.time_us[TAP_B] - step.time_us[TAP_A]),
		};
		ok = taps_values_add(&o->values, d.us);
		if (!n || d.us < chunk[0].us)
			chunk[0] = d;
		if (!n || d.us > chunk[1].us)
			chunk[1] = d;
		if (++n == CHUNK) {
			ok = keep_extremes(o, pair, chunk) && ok;
			n = 0;
		}
	}
	return ok && (!n || keep_extremes(o, pair, chunk));
}

/* Without marks the first packet is the same where nothing is missing at either tap. */
static bool read_first(struct orienting *o, uint32_t pair, const struct tap_stream *x,
                       const struct tap_stream *y)
{
	struct difference d = { .at_us = (double)x->first_us,
		                .us = (double)(y->first_us - x->first_us),
		                .pair = pair };

	o->values.count = 0;
	if (x->lost || y->lost || x->packets != y->packets)
		return true;
	return taps_values_add(&o->values, d.us) && add(o, &d);
}

static bool read_pair(struct orienting *o, uint32_t i)
{
	struct taps *t = o->t;
	struct taps_pair *p = &t->pairs[i];
	const struct tap_stream *x = &t->side[TAP_A].streams[p->a],
	                        *y = &t->side[TAP_B].streams[p->b];
	bool marked = x->marks.n && y->marks.n, same = false;

	if (marked && !lay_open(&o->lay, x, y, (double)t->rough.us, &same))
		return false;
	p->by_marks = same;
	p->renumbered = marked && !same;
	if (!(marked ? !same || read_marks(o, i) : read_first(o, i, x, y)))
		return false;
	taps_values_sort(&o->values);
	if (!p->renumbered)
		p->difference_us = taps_values_quantile(&o->values, 0.5);
	if (p->call != TAPS_NONE && !isnan(p->difference_us)) {
		struct call_way *w = &o->media[p->call];
		w->sum[p->from_callee] += p->difference_us;
		w->n[p->from_callee]++;
	}
	return true;
}

/* ---- SIP ---- */

/* Requests and answers that nobody in between makes on his own, and that are passed on when they come. */
static bool is_passed_on(const struct tap_message *m)
{
	if (slice_eq_str(m->method, "INVITE"))
		return m->status == RECORD_NULL || (m->status >= 200 && m->status < 300);
	return slice_eq_str(m->method, "BYE") && m->status == RECORD_NULL;
}

static bool read_message(void *context, uint32_t call, const struct taps_seen *seen)
{
	struct orienting *o = context;

	if (!seen->first || !seen->other || seen->copies[TAP_A] != seen->copies[TAP_B] ||
	    !is_passed_on(seen->first))
		return true;
	struct difference d = { .at_us = (double)seen->first->time_us,
		                .us = (double)(seen->other->time_us - seen->first->time_us),
		                .pair = TAPS_NONE,
		                .call = call,
		                .from_callee = seen->first->from_callee };
	struct call_way *w = &o->messages[call];
	w->sum[d.from_callee] += d.us;
	w->n[d.from_callee]++;
	return add(o, &d);
}

/* ---- ways ---- */

static enum tap_way way_of(const struct call_way *w)
{
	if (!w->n[0] || !w->n[1])
		return WAY_UNKNOWN;
	double from_caller = w->sum[0] / w->n[0], from_callee = w->sum[1] / w->n[1];
	/* Where nothing takes any time (the same tap twice) either is right. */
	return from_caller >= from_callee ? WAY_A_TO_B : WAY_B_TO_A;
}

static void set_ways(struct orienting *o)
{
	struct taps *t = o->t;

	for (uint32_t i = 0; i < t->side[TAP_A].call_count; i++) {
		t->ways[i] = way_of(&o->media[i]);
		if (t->ways[i] == WAY_UNKNOWN)
			t->ways[i] = way_of(&o->messages[i]);
	}
}

static enum tap_way way_of_pair(const struct taps *t, const struct taps_pair *p)
{
	if (p->call == TAPS_NONE)
		return WAY_UNKNOWN;
	return p->from_callee ? way_back(t->ways[p->call]) : t->ways[p->call];
}

static enum tap_way way_of_difference(const struct taps *t, const struct difference *d)
{
	if (d->pair != TAPS_NONE)
		return way_of_pair(t, &t->pairs[d->pair]);
	return d->from_callee ? way_back(t->ways[d->call]) : t->ways[d->call];
}

/* What goes only one way is compared with the clock. */
static void set_ways_by_clock(struct orienting *o)
{
	struct taps *t = o->t;

	for (size_t i = 0; i < o->count; i++) {
		const struct difference *d = &o->v[i];
		double offset = taps_clock_offset(&t->clock, d->at_us);
		enum tap_way way = d->us >= offset ? WAY_A_TO_B : WAY_B_TO_A;
		struct taps_pair *p = d->pair == TAPS_NONE ? NULL : &t->pairs[d->pair];
		uint32_t call = p ? p->call : d->call;
		if (call != TAPS_NONE && t->ways[call] == WAY_UNKNOWN)
			t->ways[call] = (p ? p->from_callee : d->from_callee) ? way_back(way) : way;
		if (p && p->call == TAPS_NONE && p->way == WAY_UNKNOWN)
			p->way = p->difference_us >= offset ? WAY_A_TO_B : WAY_B_TO_A;
	}
}

/* Where nothing tells, the way is from the first to the second, as one would say it. */
static void set_ways_left(struct taps *t)
{
	for (uint32_t i = 0; i < t->side[TAP_A].call_count; i++)
		if (t->ways[i] == WAY_UNKNOWN)
			t->ways[i] = WAY_A_TO_B;
	for (size_t i = 0; i < t->pair_count; i++) {
		struct taps_pair *p = &t->pairs[i];
		if (p->call != TAPS_NONE)
			p->way = way_of_pair(t, p);
		else if (p->way == WAY_UNKNOWN)
			p->way = WAY_A_TO_B;
	}
}

/* ---- the clock ---- */

/* Samples of RTP, or of SIP. `any`: of unknown way too, as if it were from A to B. */
static bool collect(const struct orienting *o, bool rtp, bool any, struct taps_samples *out)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct difference *d = &o->v[i];
		enum tap_way way = way_of_difference(o->t, d);
		if ((d->pair != TAPS_NONE) != rtp || (way == WAY_UNKNOWN && !any))
			continue;
		if (!TAPS_ROOM(out->v, out->capacity, out->count))
			return false;
		out->v[out->count++] = (struct taps_sample){
			.at_us = d->at_us,
			.difference_us = d->us,
			.way = way == WAY_UNKNOWN ? WAY_A_TO_B : way,
		};
	}
	return true;
}

static bool has_both_ways(const struct taps_samples *s)
{
	bool has[2] = { false, false };

	for (size_t i = 0; i < s->count; i++)
		has[s->v[i].way] = true;
	return has[0] && has[1];
}

/* RTP if it goes both ways; else SIP with it; else whatever there is. */
static bool find_clock(struct orienting *o)
{
	struct taps_samples s = { 0 };
	struct taps_clock *c = &o->t->clock;

	bool ok = collect(o, true, false, &s);
	c->by_rtp = ok && has_both_ways(&s);
	if (ok && !c->by_rtp)
		ok = collect(o, false, false, &s);
	if (ok && !s.count) {
		ok = collect(o, true, true, &s) && collect(o, false, true, &s);
		c->by_rtp = s.count && o->v[0].pair != TAPS_NONE;
	}
	if (ok)
		taps_clock_of(&s, c);
	mem_free(s.v);
	return ok;
}

static bool orient(struct orienting *o)
{
	struct taps *t = o->t;
	size_t calls = (size_t)t->side[TAP_A].call_count + 1;

	o->media = mem_zalloc(calls * sizeof *o->media);
	o->messages = mem_zalloc(calls * sizeof *o->messages);
	if (!o->media || !o->messages)
		return false;
	for (uint32_t i = 0; i < t->pair_count; i++)
		if (!read_pair(o, i))
			return false;
	if (!taps_each_message(t, read_message, o, o->err))
		return false;
	set_ways(o);
	if (!find_clock(o))
		return false;
	if (t->clock.known && t->clock.both_ways)
		set_ways_by_clock(o);
	set_ways_left(t);
	return true;
}

bool taps_find_clock(struct taps *t, struct err *err)
{
	struct orienting o = { .t = t, .err = err };

	t->ways =
	        arena_zalloc(&t->arena, ((size_t)t->side[TAP_A].call_count + 1) * sizeof *t->ways);
	bool ok = t->ways && orient(&o);
	lay_release(&o.lay);
	taps_values_release(&o.values);
	mem_free(o.v);
	mem_free(o.media);
	mem_free(o.messages);
	if (!ok && err->code == ERR_NONE)
		err_memory(err, "the clocks of two captures");
	return ok;
}
