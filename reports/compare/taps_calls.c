/* Which calls are the same: candidates with points, one to one, and none where another would do nearly as well. */
#include "reports/compare/taps_internal.h"

#include "base/mem.h"

#include <stdlib.h>

static void score_all(const struct tap *a, const struct tap *b, struct taps_candidates *c,
                      const struct taps_rough *rough)
{
	for (size_t i = 0; i < c->count; i++)
		c->v[i].score = taps_score(a, b, c->v[i].a, c->v[i].b, rough);
}

/* Best first; candidates of the same score in an order that does not depend on which tap is called A. */
static int by_score(const void *x, const void *y)
{
	const struct taps_candidate *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	uint64_t sum_a = (uint64_t)a->a + a->b, sum_b = (uint64_t)b->a + b->b;
	if (sum_a != sum_b)
		return sum_a < sum_b ? -1 : 1;
	return a->a < b->a ? -1 : a->a > b->a;
}

/* Where the candidates of each call are, best first. */
struct lists {
	uint32_t *start; /* of each call; one more at the end */
	uint32_t *at; /* indices of candidates */
};

static bool make_lists(struct lists *l, const struct taps_candidates *c, uint32_t calls,
                       enum tap_side side)
{
	l->start = mem_zalloc(((size_t)calls + 2) * sizeof *l->start);
	l->at = mem_alloc((c->count ? c->count : 1) * sizeof *l->at);
	if (!l->start || !l->at)
		return false;
	for (size_t i = 0; i < c->count; i++)
		l->start[(side == TAP_A ? c->v[i].a : c->v[i].b) + 2]++;
	for (uint32_t i = 2; i < calls + 2; i++)
		l->start[i] += l->start[i - 1];
	for (size_t i = 0; i < c->count; i++)
		l->at[l->start[(side == TAP_A ? c->v[i].a : c->v[i].b) + 1]++] = (uint32_t)i;
	return true;
}

static void release_lists(struct lists *l)
{
	mem_free(l->start);
	mem_free(l->at);
}

struct matching {
	struct tap *a, *b;
	const struct taps_candidates *candidates; /* best first */
	struct lists of_a, of_b;
};

static bool is_free(const struct matching *m, const struct taps_candidate *c)
{
	return m->a->calls[c->a].partner == TAPS_NONE && m->b->calls[c->b].partner == TAPS_NONE;
}

static int best_of(const struct matching *m, const struct lists *l, uint32_t call)
{
	return m->candidates->v[l->at[l->start[call]]].score;
}

/* Another candidate of the call is nearly as good, and its other end has no clearly better one. That does not depend on who was matched
 * before. */
static bool has_rival(const struct matching *m, const struct taps_candidate *chosen,
                      enum tap_side side)
{
	const struct lists *l = side == TAP_A ? &m->of_a : &m->of_b;
	uint32_t call = side == TAP_A ? chosen->a : chosen->b;

	for (uint32_t i = l->start[call]; i < l->start[call + 1]; i++) {
		const struct taps_candidate *c = &m->candidates->v[l->at[i]];
		if (c->score <= chosen->score - TAPS_MARGIN)
			break;
		int best = side == TAP_A ? best_of(m, &m->of_b, c->b) : best_of(m, &m->of_a, c->a);
		if (c != chosen && best < c->score + TAPS_MARGIN)
			return true;
	}
	return false;
}

static void choose(struct matching *m)
{
	for (size_t i = 0; i < m->candidates->count; i++) {
		const struct taps_candidate *c = &m->candidates->v[i];
		if (c->score < TAPS_ENOUGH)
			break;
		if (!is_free(m, c))
			continue;
		bool unclear = has_rival(m, c, TAP_A) || has_rival(m, c, TAP_B);
		if (unclear) {
			m->a->calls[c->a].ambiguous = m->b->calls[c->b].ambiguous = true;
		} else {
			m->a->calls[c->a].partner = c->b;
			m->b->calls[c->b].partner = c->a;
		}
	}
}

static bool match(struct tap *a, struct tap *b, struct taps_candidates *c)
{
	struct matching m = { .a = a, .b = b, .candidates = c };

	if (c->count)
		qsort(c->v, c->count, sizeof *c->v, by_score);
	bool ok = make_lists(&m.of_a, c, a->call_count, TAP_A) &&
	          make_lists(&m.of_b, c, b->call_count, TAP_B);
	if (ok)
		choose(&m);
	release_lists(&m.of_a);
	release_lists(&m.of_b);
	return ok;
}

/* Calls that need no candidates by numbers and time. */
static bool *settled_calls(const struct tap *a, const struct taps_candidates *scored)
{
	bool *settled = mem_zalloc((size_t)a->call_count + 1);

	for (size_t i = 0; settled && i < scored->count; i++)
		if (scored->v[i].score >= 100)
			settled[scored->v[i].a] = true;
	return settled;
}

bool taps_match_calls(struct tap *a, struct tap *b, struct taps_rough *rough, struct err *err)
{
	struct taps_candidates c = { 0 };
	bool *settled = NULL, ok = taps_candidates_by_keys(a, b, &c);

	if (ok) {
		taps_candidates_tidy(&c);
		score_all(a, b, &c, NULL);
		settled = settled_calls(a, &c);
		ok = settled && taps_rough_find(a, b, &c, rough) &&
		     taps_candidates_by_time(a, b, rough, settled, &c);
	}
	if (ok) {
		taps_candidates_tidy(&c);
		score_all(a, b, &c, rough);
		ok = match(a, b, &c);
	}
	mem_free(settled);
	mem_free(c.v);
	return ok || err_memory(err, "the calls of two captures");
}
