/* Candidates for the same call, by what both have: everything is sorted by hashes, and groups that too many share say nothing. */
#include "reports/compare/taps_internal.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

/* A key that more pairs than this have is no key. */
#define KEY_MOST_PAIRS 256
/* Of calls with a number in common: so many that began before the moment, and after. */
#define NEAREST       6
#define NEAR_US       INT64_C(5000000)
#define LEAST_TAG     4
#define SUFFIX_DIGITS 3 /* where the time says the rest */
#define NUMBER_DIGITS 7

struct key {
	uint64_t hash;
	int64_t at_us;
	uint32_t call;
};

struct keys {
	struct key *v;
	size_t count, capacity;
	bool failed;
};

enum key_kind { KEY_CALL_ID = 1, KEY_FROM_TAG, KEY_TO_TAG, KEY_EDGE, KEY_SSRC, KEY_NUMBER };

static void add_key(struct keys *k, uint64_t hash, const struct tap *t, uint32_t call)
{
	if (k->failed || !TAPS_ROOM(k->v, k->capacity, k->count)) {
		k->failed = true;
		return;
	}
	k->v[k->count++] = (struct key){ hash, t->calls[call].start_us, call };
}

static int by_hash_and_time(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->call < y->call ? -1 : x->call > y->call;
}

static void sort_keys(struct keys *k)
{
	if (k->count)
		qsort(k->v, k->count, sizeof *k->v, by_hash_and_time);
}

static bool propose(struct taps_candidates *out, uint32_t a, uint32_t b)
{
	if (!TAPS_ROOM(out->v, out->capacity, out->count))
		return false;
	out->v[out->count++] = (struct taps_candidate){ a, b, 0 };
	return true;
}

/* ---- by what is the same ---- */

static void add_leg_keys(struct keys *k, const struct tap *t)
{
	for (uint32_t i = 0; i < t->leg_count; i++) {
		const struct tap_leg *leg = &t->legs[i];
		add_key(k, hash_slice(leg->sip_call_id, KEY_CALL_ID), t, leg->call);
		if (leg->from_tag.n >= LEAST_TAG)
			add_key(k, hash_slice(leg->from_tag, KEY_FROM_TAG), t, leg->call);
		if (leg->to_tag.n >= LEAST_TAG)
			add_key(k, hash_slice(leg->to_tag, KEY_TO_TAG), t, leg->call);
	}
	for (uint32_t i = 0; i < t->edge_count; i++)
		add_key(k, hash_slice(t->edges[i].value, KEY_EDGE), t, t->edges[i].call);
}

static void add_stream_keys(struct keys *k, const struct tap *t)
{
	for (uint32_t i = 0; i < t->stream_count; i++) {
		const struct tap_stream *s = &t->streams[i];
		if (s->call == TAPS_NONE)
			continue;
		add_key(k, hash_mix((uint64_t)s->ssrc, KEY_SSRC), t, s->call);
		if (s->first_number != RECORD_NULL)
			add_key(k,
			        hash_mix((uint64_t)s->first_number & 0xffff,
			                 (uint64_t)KEY_NUMBER << 8 | s->from_callee),
			        t, s->call);
	}
}

static size_t group_end(const struct keys *k, size_t from)
{
	size_t to = from;

	while (to < k->count && k->v[to].hash == k->v[from].hash)
		to++;
	return to;
}

static bool propose_group(struct taps_candidates *out, const struct keys *a, size_t from_a,
                          size_t to_a, const struct keys *b, size_t from_b, size_t to_b)
{
	if ((to_a - from_a) * (to_b - from_b) > KEY_MOST_PAIRS)
		return true;
	for (size_t i = from_a; i < to_a; i++)
		for (size_t j = from_b; j < to_b; j++)
			if (!propose(out, a->v[i].call, b->v[j].call))
				return false;
	return true;
}

static bool join(struct taps_candidates *out, const struct keys *a, const struct keys *b)
{
	bool ok = true;

	for (size_t i = 0, j = 0; ok && i < a->count && j < b->count;) {
		if (a->v[i].hash != b->v[j].hash) {
			*(a->v[i].hash < b->v[j].hash ? &i : &j) += 1;
			continue;
		}
		size_t end_a = group_end(a, i), end_b = group_end(b, j);
		ok = propose_group(out, a, i, end_a, b, j, end_b);
		i = end_a;
		j = end_b;
	}
	return ok;
}

bool taps_candidates_by_keys(const struct tap *a, const struct tap *b, struct taps_candidates *out)
{
	const struct tap *const taps[TAP_SIDES] = { a, b };
	struct keys keys[TAP_SIDES] = { 0 };

	for (int i = 0; i < TAP_SIDES; i++) {
		add_leg_keys(&keys[i], taps[i]);
		add_stream_keys(&keys[i], taps[i]);
		sort_keys(&keys[i]);
	}
	bool ok =
	        !keys[TAP_A].failed && !keys[TAP_B].failed && join(out, &keys[TAP_A], &keys[TAP_B]);
	mem_free(keys[TAP_A].v);
	mem_free(keys[TAP_B].v);
	return ok;
}

/* ---- by numbers and time ---- */

/* Of its last digits, of all of it where it has not so many. */
static uint64_t number_hash(struct slice number, size_t digits, uint64_t seed)
{
	uint8_t last[NUMBER_DIGITS];
	size_t n = 0;

	for (size_t i = number.n; i && n < digits; i--)
		if (ascii_is_digit(number.p[i - 1]))
			last[n++] = number.p[i - 1];
	return n == digits ? hash_bytes(last, n, seed) : hash_slice(number, seed + 2);
}

static void add_number_keys(struct keys *k, const struct tap *t)
{
	for (uint32_t i = 0; i < t->call_count; i++) {
		if (t->calls[i].callee.n)
			add_key(k, number_hash(t->calls[i].callee, SUFFIX_DIGITS, 0), t, i);
		if (t->calls[i].caller.n)
			add_key(k, number_hash(t->calls[i].caller, SUFFIX_DIGITS, 1), t, i);
	}
	sort_keys(k);
}

/* The first key not before this one. */
static size_t find(const struct keys *k, uint64_t hash, int64_t at_us)
{
	struct key wanted = { hash, at_us, 0 };
	size_t from = 0, to = k->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (by_hash_and_time(&k->v[middle], &wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool propose_nearest(struct taps_candidates *out, const struct key *a, const struct keys *b,
                            const struct taps_rough *rough)
{
	int64_t at_us = a->at_us + rough->us, reach = NEAR_US + rough->slack_us;
	size_t middle = find(b, a->hash, at_us);

	for (size_t i = middle; i < b->count && i < middle + NEAREST; i++) {
		if (b->v[i].hash != a->hash || b->v[i].at_us - at_us > reach)
			break;
		if (!propose(out, a->call, b->v[i].call))
			return false;
	}
	for (size_t i = middle; i && i + NEAREST > middle; i--) {
		if (b->v[i - 1].hash != a->hash || at_us - b->v[i - 1].at_us > reach)
			break;
		if (!propose(out, a->call, b->v[i - 1].call))
			return false;
	}
	return true;
}

bool taps_candidates_by_time(const struct tap *a, const struct tap *b,
                             const struct taps_rough *rough, const bool *settled,
                             struct taps_candidates *out)
{
	struct keys in_a = { 0 }, in_b = { 0 };

	add_number_keys(&in_a, a);
	add_number_keys(&in_b, b);
	bool ok = !in_a.failed && !in_b.failed;
	for (size_t i = 0; ok && i < in_a.count; i++)
		ok = settled[in_a.v[i].call] || propose_nearest(out, &in_a.v[i], &in_b, rough);
	mem_free(in_a.v);
	mem_free(in_b.v);
	return ok;
}

static int by_calls(const void *a, const void *b)
{
	const struct taps_candidate *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

void taps_candidates_tidy(struct taps_candidates *c)
{
	size_t kept = 0;

	if (c->count)
		qsort(c->v, c->count, sizeof *c->v, by_calls);
	for (size_t i = 0; i < c->count; i++)
		if (!kept || by_calls(&c->v[kept - 1], &c->v[i]) != 0)
			c->v[kept++] = c->v[i];
	c->count = kept;
}

/* ---- how far the clocks are apart ---- */

#define VOTE_MOST_PAIRS 400
#define VOTE_WIDTH_US   100000.0
#define VOTE_LEAST      3
#define VOTE_FURTHEST   3600e6 /* one lonely pair of calls is believed to be the same within that */

static void add_pair_keys(struct keys *k, const struct tap *t)
{
	for (uint32_t i = 0; i < t->call_count; i++) {
		const struct tap_call *c = &t->calls[i];
		if (c->caller.n && c->callee.n)
			add_key(k,
			        hash_mix(number_hash(c->callee, NUMBER_DIGITS, 0),
			                 number_hash(c->caller, NUMBER_DIGITS, 1)),
			        t, i);
	}
	sort_keys(k);
}

/* Differences of start times of all calls with the same numbers. */
static bool collect_votes(const struct keys *a, const struct keys *b, struct taps_values *out)
{
	bool ok = true;

	for (size_t i = 0, j = 0; ok && i < a->count && j < b->count;) {
		if (a->v[i].hash != b->v[j].hash) {
			*(a->v[i].hash < b->v[j].hash ? &i : &j) += 1;
			continue;
		}
		size_t end_a = group_end(a, i), end_b = group_end(b, j);
		bool few = (end_a - i) * (end_b - j) <= VOTE_MOST_PAIRS;
		for (size_t x = i; few && ok && x < end_a; x++)
			for (size_t y = j; ok && y < end_b; y++)
				ok = taps_values_add(out, (double)(b->v[y].at_us - a->v[x].at_us));
		i = end_a;
		j = end_b;
	}
	taps_values_sort(out);
	return ok;
}

/* The densest stretch of `width` among sorted values that keeps away from `not_near`; *middle is its median. */
static size_t densest(const struct taps_values *v, double width, double not_near, double *middle)
{
	size_t best = 0;

	for (size_t from = 0, to = 0; from < v->count; from++) {
		while (to < v->count && v->v[to] - v->v[from] <= width)
			to++;
		double at = v->v[from + (to - from) / 2];
		if (to - from > best && !(fabs(at - not_near) < 2 * width)) {
			best = to - from;
			*middle = at;
		}
	}
	return best;
}

bool taps_rough_by_vote(const struct tap *a, const struct tap *b, struct taps_rough *out)
{
	struct keys in_a = { 0 }, in_b = { 0 };
	struct taps_values votes = { 0 };
	double best_us = 0, other_us;

	add_pair_keys(&in_a, a);
	add_pair_keys(&in_b, b);
	bool ok = !in_a.failed && !in_b.failed && collect_votes(&in_a, &in_b, &votes);
	if (ok) {
		size_t best = densest(&votes, VOTE_WIDTH_US, NAN, &best_us);
		size_t other = densest(&votes, VOTE_WIDTH_US, best_us, &other_us);
		out->known = (best >= VOTE_LEAST && best >= 2 * other) ||
		             (votes.count == 1 && fabs(best_us) < VOTE_FURTHEST);
		out->us = (int64_t)best_us;
		out->slack_us = (int64_t)VOTE_WIDTH_US;
	}
	mem_free(in_a.v);
	mem_free(in_b.v);
	taps_values_release(&votes);
	return ok;
}

#define SLACK_LEAST_US INT64_C(50000)
#define SLACK_MOST_US  INT64_C(5000000)

bool taps_rough_of(const struct tap *a, const struct tap *b, const struct taps_candidates *scored,
                   struct taps_rough *out)
{
	struct taps_values v = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < scored->count; i++) {
		const struct taps_candidate *c = &scored->v[i];
		if (c->score >= TAPS_SURE)
			ok = taps_values_add(
			        &v, (double)(b->calls[c->b].start_us - a->calls[c->a].start_us));
	}
	taps_values_sort(&v);
	out->known = v.count > 0;
	if (out->known) {
		double spread = taps_values_quantile(&v, 0.84) - taps_values_quantile(&v, 0.16);
		int64_t slack = (int64_t)fmin(spread, (double)SLACK_MOST_US);
		out->us = (int64_t)taps_values_quantile(&v, 0.5);
		out->slack_us = slack > SLACK_LEAST_US ? slack : SLACK_LEAST_US;
	}
	taps_values_release(&v);
	return ok;
}

/* Machines of today keep their clocks by NTP. */
#define TRUSTED_US INT64_C(2000000)

bool taps_rough_find(const struct tap *a, const struct tap *b, const struct taps_candidates *scored,
                     struct taps_rough *out)
{
	*out = (struct taps_rough){ 0 };
	if (!taps_rough_of(a, b, scored, out) || (!out->known && !taps_rough_by_vote(a, b, out)))
		return false;
	if (!out->known)
		*out = (struct taps_rough){ .us = 0, .slack_us = TRUSTED_US };
	return true;
}
