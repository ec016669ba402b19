/* Legs of a B2BUA that says nothing of it: the same numbers go in and come out, one leg causes the other, and what happens on one
 * happens on the other. INVITE goes forward, so the other leg's comes after; ringing and answer come back, so the other leg's come
 * before; a BYE may go either way. Joined are two only if each is for the other the one that fits, and nobody else fits nearly as well. */
#include "analyzer/joining/correlate.h"

#include "analyzer/calls/state.h"
#include "dissectors/sip_header.h"

#define INVITE_NS  (2 * NS_PER_S) /* behind the other's INVITE */
#define MIRROR_NS  (1 * NS_PER_S) /* between an event and its mirror */
#define MIN_EVENTS 2
/* Another one that fits is no rival if its times are so many times, and at least so much, further off. */
#define RIVAL_TIMES 3
#define RIVAL_NS    (100 * NS_PER_MS)

struct fit {
	unsigned events;
	int64_t skew_ns; /* of all events together */
	bool contradicts;
};

/* `earlier` happens first if its leg causes it. */
static void compare(struct fit *f, int64_t earlier_ns, int64_t later_ns, bool either_way)
{
	int64_t skew = later_ns - earlier_ns;

	if (either_way && skew < 0)
		skew = -skew;
	if (skew < 0 || skew > MIRROR_NS) {
		f->contradicts = true;
		return;
	}
	f->events++;
	f->skew_ns += skew;
}

static bool failed(const struct leg *leg)
{
	return !leg->established && leg->attempt.final_status >= 300;
}

static void compare_finals(struct fit *f, const struct leg *up, const struct leg *down)
{
	bool answered = up->answer_ns != TIME_NONE;

	if (answered != (down->answer_ns != TIME_NONE) || failed(up) != failed(down)) {
		f->contradicts = true;
		return;
	}
	if (answered)
		compare(f, down->answer_ns, up->answer_ns, false);
	else if (failed(up)) /* the middle refuses a CANCELled INVITE before its own is */
		compare(f, down->attempt.final_ns, up->attempt.final_ns,
		        up->attempt.cancelled && down->attempt.cancelled);
}

static struct fit fit_of(const struct leg *up, const struct leg *down)
{
	struct fit f = { .skew_ns = down->start_ns - up->start_ns };

	if (up->ring_ns != TIME_NONE && down->ring_ns != TIME_NONE)
		compare(&f, down->ring_ns, up->ring_ns, false);
	compare_finals(&f, up, down);
	if (!up->established || !down->established)
		return f;
	if (leg_is_over(up) != leg_is_over(down))
		f.contradicts = true;
	else if (leg_is_over(up))
		compare(&f, up->end_ns, down->end_ns, true);
	return f;
}

static bool same_numbers(const struct leg *a, const struct leg *b)
{
	return number_same(sip_uri_user(a->to_uri), sip_uri_user(b->to_uri)) &&
	       number_same(sip_uri_user(a->from_uri), sip_uri_user(b->from_uri));
}

enum side { UP, DOWN };

struct choice {
	struct leg *leg;
	int64_t skew_ns, next_skew_ns;
};

static void consider(struct leg *leg, struct leg *other, enum side side, struct choice *best)
{
	struct leg *up = side == UP ? other : leg, *down = side == UP ? leg : other;
	struct fit f;

	if (!correlate_follows(up, down, INVITE_NS) || !same_numbers(up, down))
		return;
	f = fit_of(up, down);
	if (f.contradicts || f.events < MIN_EVENTS)
		return;
	if (f.skew_ns < best->skew_ns) {
		best->next_skew_ns = best->skew_ns;
		best->skew_ns = f.skew_ns;
		best->leg = other;
	} else if (f.skew_ns < best->next_skew_ns) {
		best->next_skew_ns = f.skew_ns;
	}
}

/* Something better than mirrored events says who is on this side of it. */
static bool is_taken(const struct leg *leg, const struct leg *by, enum side side)
{
	for (const struct clue_use *u = leg->clues; u; u = u->next_of_leg)
		for (const struct clue_use *o = u->clue->uses; o && u->clue->reason != CLUE_DIGITS;
		     o = o->next_of_clue)
			if (o->leg != by && correlate_follows(side == UP ? o->leg : leg,
			                                      side == UP ? leg : o->leg, INVITE_NS))
				return true;
	return false;
}

static bool is_far(const struct leg *leg, const struct leg *other)
{
	int64_t apart_ns;

	if (leg->start_ns == TIME_NONE || other->start_ns == TIME_NONE)
		return false;
	apart_ns = other->start_ns - leg->start_ns;
	return apart_ns > 2 * INVITE_NS || apart_ns < -2 * INVITE_NS;
}

/* Those with the same number that came before and after it. False: too many to look at, so that who fits is not known. */
static bool look_at_all(struct leg *leg, enum side side, struct choice *best)
{
	const struct leg_index *x = &leg->home->correlation.by_number;
	struct leg_link *self = &leg->relations.by_number, *first, *at = self;
	unsigned n = 0;

	while ((at = leg_index_next(x, at)) && !is_far(leg, at->leg)) {
		if (++n > LEG_INDEX_LOOKED_AT)
			return false;
		consider(leg, at->leg, side, best);
	}
	first = leg_index_first(x, self->hash);
	for (at = self; at != first;) {
		at = (struct leg_link *)(void *)at->ring.prev;
		if (is_far(leg, at->leg))
			break;
		if (++n > LEG_INDEX_LOOKED_AT)
			return false;
		consider(leg, at->leg, side, best);
	}
	return true;
}

/* The one that fits on this side; NULL if there is none, or if another fits about as well. */
static struct leg *choose(struct leg *leg, enum side side)
{
	struct choice best = { NULL, INT64_MAX, INT64_MAX };

	if (!leg->relations.by_number.leg || !look_at_all(leg, side, &best) || !best.leg)
		return NULL;
	if (best.next_skew_ns != INT64_MAX && (best.next_skew_ns < RIVAL_TIMES * best.skew_ns ||
	                                       best.next_skew_ns < best.skew_ns + RIVAL_NS))
		return NULL;
	return is_taken(leg, best.leg, side) ? NULL : best.leg;
}

static bool join(struct leg *leg, struct leg *other)
{
	if (clue_tie(&leg->home->correlation.clues, CLUE_DIGITS, sip_uri_user(leg->to_uri), leg,
	             other))
		return true;
	return err_memory(leg->home->analysis->err, "what joins legs");
}

bool mirrored_judge(struct leg *leg)
{
	struct leg *up = choose(leg, UP), *down = choose(leg, DOWN);

	if (up && choose(up, DOWN) == leg && !join(leg, up))
		return false;
	return !down || choose(down, UP) != leg || join(leg, down);
}
