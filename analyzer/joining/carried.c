#include "analyzer/joining/carried.h"

#include "analyzer/calls/state.h"
#include "analyzer/streams/stream.h"
#include "base/mem.h"

#include <stdio.h>

#define MAX_STREAMS 8 /* of a leg */
#define DELAY_NS    (500 * NS_PER_MS) /* through a relay, with its playout buffer */
#define INVITE_NS   (4 * NS_PER_S) /* between the INVITEs of legs that have no address in common */
/* One or two packets may be alike by the same prompt cut in the same place; four in the same order, none of which either stream had
 * twice, are one recording at one time. Without the address there are many more streams to compare with, hence twice as many. */
#define MIN_ALIKE      4
#define MIN_ALIKE_FREE 8
#define MAX_CANDIDATES 16

enum side { UP, DOWN };
enum fit { FIT_NONE, FIT_FREE, FIT_PLACED };

/* ---- marks ---- */

/* By arrival, those of one time by content: any order of packets gives the same. */
static bool is_before(const struct content_mark *a, const struct content_mark *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->hash < b->hash;
}

static unsigned in_order(const struct content *c, const struct content_mark *out[CONTENT_MARKS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->count; i++) {
		const struct content_mark *m = &c->marks[i];
		unsigned at = n;
		if (m->repeated)
			continue;
		for (; at && is_before(m, out[at - 1]); at--)
			out[at] = out[at - 1];
		out[at] = m;
		n++;
	}
	return n;
}

static bool index_marks(struct carried *s, const struct content_mark *const *marks, unsigned n)
{
	for (; s->count < n; s->count++) {
		struct carried_mark *m = &s->marks[s->count];
		m->of = s;
		m->time_ns = marks[s->count]->time_ns;
		if (!leg_index_add(&s->leg->home->correlation.by_content, &m->link, s->leg,
		                   marks[s->count]->hash))
			return false;
	}
	return true;
}

static bool take(struct leg *leg, const struct stream *st)
{
	const struct content_mark *marks[CONTENT_MARKS];
	unsigned n = in_order(st->cold->content, marks);
	struct carried *s;

	if (n < MIN_ALIKE)
		return true;
	s = mem_zalloc(sizeof *s);
	if (!s)
		return false;
	s->leg = leg;
	s->src = st->key.src;
	s->dst = st->key.dst;
	s->receiver = st->cold->receiver;
	s->next = leg->carried;
	leg->carried = s;
	return index_marks(s, marks, n);
}

bool carried_close(struct leg *leg)
{
	unsigned n = 0;

	for (const struct stream *st = leg->media.streams; st; st = st->cold->next_in_call) {
		bool tells =
		        st->accepted && st->cold->content && (st->keyed || !st->cold->encrypted);
		if (tells && n++ < MAX_STREAMS && !take(leg, st))
			return false;
	}
	return true;
}

void carried_leave(struct leg *leg)
{
	while (leg->carried) {
		struct carried *s = leg->carried;
		leg->carried = s->next;
		for (unsigned i = 0; i < s->count; i++)
			leg_index_remove(&leg->home->correlation.by_content, &s->marks[i].link);
		mem_free(s);
	}
}

/* ---- two streams ---- */

static const struct carried_mark *same_mark(const struct carried *s, uint64_t hash)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->marks[i].link.hash == hash)
			return &s->marks[i];
	return NULL;
}

/* How many go in and come out; 0 if one of them came out before it went in, too late, or past another. */
static unsigned alike(const struct carried *in, const struct carried *out)
{
	int64_t previous_ns = TIME_NONE;
	unsigned n = 0;

	for (unsigned i = 0; i < in->count; i++) {
		const struct carried_mark *m = same_mark(out, in->marks[i].link.hash);
		if (!m)
			continue;
		int64_t delay_ns = m->time_ns - in->marks[i].time_ns;
		if (delay_ns < 0 || delay_ns > DELAY_NS ||
		    (previous_ns != TIME_NONE && m->time_ns < previous_ns))
			return 0;
		previous_ns = m->time_ns;
		n++;
	}
	return n;
}

/* What the caller says goes in at the leg that began first, what the callee says at the other one. */
static bool are_sides(const struct carried *in, const struct carried *out)
{
	const struct leg *up = in->receiver == PARTY_CALLEE ? in->leg : out->leg;
	const struct leg *down = up == in->leg ? out->leg : in->leg;
	int64_t after_ns = down->start_ns - up->start_ns;

	return up != down && in->receiver == out->receiver && up->start_ns != TIME_NONE &&
	       down->start_ns != TIME_NONE && after_ns >= 0 && after_ns <= INVITE_NS;
}

/* Nobody relays his own stream: the same from one host to two is music on hold, the same from two to one a paging group. */
static enum fit fit_of(const struct carried *in, const struct carried *out)
{
	unsigned n;

	if (ip_addr_eq(in->src, out->src) || ip_addr_eq(in->dst, out->dst))
		return FIT_NONE;
	n = alike(in, out);
	if (n >= MIN_ALIKE && ip_addr_eq(in->dst, out->src))
		return FIT_PLACED;
	return n >= MIN_ALIKE_FREE && are_sides(in, out) ? FIT_FREE : FIT_NONE;
}

/* ---- the only one that fits ---- */

struct search {
	struct carried *of;
	enum side side;
	struct carried *found[FIT_PLACED + 1];
	bool several[FIT_PLACED + 1];
	const struct carried *seen[MAX_CANDIDATES];
	unsigned seen_count;
};

/* Both parties of a leg play the same: a recording, as load tests do, or an echo, whichever came first. It says nothing of who relays whom. */
static bool both_play_it(const struct carried *a, const struct carried *b)
{
	return a->leg == b->leg && (alike(a, b) >= MIN_ALIKE || alike(b, a) >= MIN_ALIKE);
}

static void consider(struct search *s, struct carried *other)
{
	if (both_play_it(s->of, other)) {
		for (enum fit fit = FIT_PLACED; fit != FIT_NONE; fit--)
			s->several[fit] = true;
		return;
	}
	enum fit fit = fit_of(s->side == UP ? other : s->of, s->side == UP ? s->of : other);

	/* Its own leg is one of them, so that an echo leaves no other; alone it ties nothing. */
	if (s->found[fit] && s->found[fit]->leg != other->leg)
		s->several[fit] = true;
	else
		s->found[fit] = other;
}

static bool is_seen(const struct search *s, const struct carried *other)
{
	for (unsigned i = 0; i < s->seen_count; i++)
		if (s->seen[i] == other)
			return true;
	return false;
}

/* All that have this mark too. False: too many to say which fits. */
static bool look_at(struct search *s, const struct carried_mark *mark)
{
	const struct leg_index *x = &s->of->leg->home->correlation.by_content;
	struct leg_link *link = leg_index_first(x, mark->link.hash);

	for (unsigned n = 0; link; link = leg_index_next(x, link)) {
		struct carried *other = ((struct carried_mark *)(void *)link)->of;
		if (++n > LEG_INDEX_LOOKED_AT)
			return false;
		if (other == s->of || is_seen(s, other))
			continue;
		if (s->seen_count == MAX_CANDIDATES)
			return false;
		s->seen[s->seen_count++] = other;
		consider(s, other);
	}
	return true;
}

/* What it was before the relay, or is behind it; NULL if nothing or several could be. */
static struct carried *only_one(struct carried *of, enum side side)
{
	struct search s = { .of = of, .side = side };

	for (unsigned i = 0; i < of->count; i++)
		if (!look_at(&s, &of->marks[i]))
			return NULL;
	for (enum fit fit = FIT_PLACED; fit != FIT_NONE; fit--)
		if (s.found[fit] || s.several[fit])
			return s.several[fit] ? NULL : s.found[fit];
	return NULL;
}

static bool join(struct carried *s, enum side side)
{
	struct carried *other = only_one(s, side), *back;
	char detail[32];

	if (!other)
		return true;
	back = only_one(other, side == UP ? DOWN : UP);
	if (!back || back->leg != s->leg)
		return true;
	int n = snprintf(detail, sizeof detail, "%u packets alike",
	                 side == UP ? alike(other, s) : alike(s, other));
	return clue_tie(&s->leg->home->correlation.clues, CLUE_PAYLOAD, slice_of(detail, (size_t)n),
	                s->leg, other->leg);
}

bool carried_judge(struct leg *leg)
{
	if (leg->home->analysis->media.apart)
		return true;
	for (struct carried *s = leg->carried; s; s = s->next)
		if (!join(s, UP) || !join(s, DOWN))
			return false;
	return true;
}
