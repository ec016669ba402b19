#include "analyzer/joining/pressed.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define MATCH_WORTH (INT64_C(1) << 50) /* more than any sum of differences */
#define SOURCES_MAX 64 /* of one party; presses of further ones join the last */

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
	const struct pressed *x = left, *y = right;
	const struct press *a = x->press, *b = y->press;
	int by = order(a->start_ns, b->start_ns);

	by = by ? by : order(x->leg, y->leg);
	by = by ? by : order(a->method, b->method);
	if (!by && a->method == PRESS_KPML) /* several in one request: as they stand there */
		return (a > b) - (a < b);
	by = by ? by : order(a->digit, b->digit);
	return by ? by : order(a->stream_id, b->stream_id);
}

static int64_t length_ns(const struct press *p)
{
	return isfinite(p->duration_ms) ? (int64_t)(fmin(p->duration_ms, 1e6) * 1e6) : 0;
}

static int64_t end_of(const struct press *p)
{
	return p->start_ns + length_ns(p);
}

/* ---- sources ---- */

struct source {
	uint8_t method, leg;
	int64_t stream_id, last_ns; /* where its presses end so far */
};

static int64_t window_of(const struct press *a, const struct press *b, bool same_leg)
{
	bool signalled = a->method == PRESS_INFO || a->method == PRESS_KPML ||
	                 b->method == PRESS_INFO || b->method == PRESS_KPML;

	return signalled || !same_leg ? PRESSED_SIGNALLING_NS : PRESSED_MEDIA_NS;
}

static bool is_of(const struct source *s, const struct pressed *p)
{
	return s->method == p->press->method && s->leg == p->leg &&
	       s->stream_id == p->press->stream_id;
}

/* A stream or leg that comes after another of its kind goes on with what that one began (a re-INVITE, a transfer): one source. */
static bool goes_on(const struct source *s, const struct pressed *p)
{
	int64_t apart = s->leg == p->leg ? PRESSED_MEDIA_NS : PRESSED_SIGNALLING_NS;

	return s->method == p->press->method && s->last_ns + apart < p->press->start_ns;
}

static struct source *find_source(struct source *sources, unsigned count, const struct pressed *p)
{
	for (unsigned i = 0; i < count; i++)
		if (is_of(&sources[i], p))
			return &sources[i];
	for (unsigned i = 0; i < count; i++)
		if (goes_on(&sources[i], p))
			return &sources[i];
	return NULL;
}

static unsigned find_sources(struct pressed *all, unsigned n, struct source *sources)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		struct pressed *p = &all[i];
		struct source *s = find_source(sources, count, p);
		if (!s)
			s = count < SOURCES_MAX ? &sources[count++] : &sources[SOURCES_MAX - 1];
		*s = (struct source){ p->press->method, p->leg, p->press->stream_id,
			              end_of(p->press) };
		p->source = (uint16_t)(s - sources);
	}
	return count;
}

/* ---- leaks ---- */

static bool is_leak(const struct pressed *tone, const struct pressed *event)
{
	const struct press *t = tone->press, *e = event->press;

	return e->method == PRESS_EVENT && event->leg == tone->leg && e->digit == t->digit &&
	       t->start_ns >= e->start_ns - PRESSED_MEDIA_NS &&
	       t->start_ns <= end_of(e) + PRESSED_MEDIA_NS;
}

/* Fragments of a tone beside the event that says the same are no presses of their own. */
static void set_leaks_aside(struct pressed *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct pressed *p = &all[i];
		if (p->press->method != PRESS_INBAND || !(p->press->duration_ms <= PRESSED_LEAK_MS))
			continue;
		for (unsigned k = 0; k < n && !p->leaked; k++) {
			p->leaked = is_leak(p, &all[k]);
			p->winner = p->leaked ? k : PRESSED_NONE;
		}
	}
}

/* ---- two sources ---- */

/* The presses of one source in a span, as indices. */
struct row {
	unsigned n;
	unsigned at[PRESSED_SPAN_MAX];
};

struct alignment {
	struct row main, other;
	int64_t worth[2][PRESSED_SPAN_MAX + 1];
	uint8_t step[PRESSED_SPAN_MAX + 1][PRESSED_SPAN_MAX + 1];
};

enum { STEP_NONE, STEP_MAIN, STEP_OTHER, STEP_BOTH };

/* How much it is worth to call these two one press; 0: they are not. */
static int64_t worth_of(const struct pressed *a, const struct pressed *b)
{
	int64_t apart = llabs(a->press->start_ns - b->press->start_ns);

	if (a->press->digit != b->press->digit ||
	    apart > window_of(a->press, b->press, a->leg == b->leg))
		return 0;
	return MATCH_WORTH - apart;
}

static void take_step(struct alignment *al, unsigned i, unsigned k, int64_t both)
{
	const int64_t *above = al->worth[(i + 1) & 1], *row = al->worth[i & 1];
	int64_t best = above[k];
	uint8_t step = STEP_MAIN;

	if (row[k - 1] > best) {
		best = row[k - 1];
		step = STEP_OTHER;
	}
	if (both && above[k - 1] + both >= best) {
		best = above[k - 1] + both;
		step = STEP_BOTH;
	}
	al->worth[i & 1][k] = best;
	al->step[i][k] = step;
}

/* As many pairs as there can be in order, and of those with as many the nearest. */
static void align(struct alignment *al, struct pressed *all)
{
	memset(al->worth, 0, sizeof al->worth);
	for (unsigned i = 1; i <= al->main.n; i++) {
		al->worth[i & 1][0] = 0;
		for (unsigned k = 1; k <= al->other.n; k++)
			take_step(al, i, k,
			          worth_of(&all[al->main.at[i - 1]], &all[al->other.at[k - 1]]));
	}
	for (unsigned i = al->main.n, k = al->other.n; i && k;) {
		uint8_t step = al->step[i][k];
		if (step == STEP_BOTH)
			all[al->other.at[k - 1]].winner = al->main.at[i - 1];
		i -= step != STEP_OTHER;
		k -= step != STEP_MAIN;
	}
}

/* ---- spans ---- */

struct span {
	struct pressed *all;
	unsigned first, end;
	unsigned counts[SOURCES_MAX];
	unsigned sources;
};

/* The source that saw most; of those the one that is believed most, then the earlier leg's. */
static unsigned main_source(const struct span *s)
{
	unsigned best = 0, best_at = PRESSED_NONE;

	for (unsigned i = s->first; i < s->end; i++) {
		const struct pressed *p = &s->all[i],
		                     *b = best_at == PRESSED_NONE ? p : &s->all[best_at];
		unsigned n = s->counts[p->source];
		int by = p == b ? 0 : order(p->press->method, b->press->method);
		by = by ? by : order(p->leg, b->leg);
		if (!p->leaked && (best_at == PRESSED_NONE || n > best || (n == best && by < 0))) {
			best = n;
			best_at = i;
		}
	}
	return s->all[best_at].source;
}

static bool sources_disagree(const struct span *s)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < s->sources; i++) {
		if (seen && s->counts[i] && s->counts[i] != seen)
			return true;
		seen = s->counts[i] ? s->counts[i] : seen;
	}
	return false;
}

static void row_of(const struct span *s, unsigned source, struct row *row)
{
	row->n = 0;
	for (unsigned i = s->first; i < s->end; i++)
		if (s->all[i].source == source && !s->all[i].leaked)
			row->at[row->n++] = i;
}

static bool is_near(const struct pressed *a, const struct pressed *b)
{
	return llabs(a->press->start_ns - b->press->start_ns) <=
	       window_of(a->press, b->press, a->leg == b->leg);
}

/* What counts near this press, seen by another source: of the same digit only, or whichever; PRESSED_NONE: nothing. */
static unsigned find_near(const struct span *s, unsigned at, bool same_digit)
{
	const struct pressed *p = &s->all[at];

	for (unsigned i = s->first; i < s->end; i++) {
		const struct pressed *o = &s->all[i];
		if (o->winner == i && o->source != p->source && is_near(p, o) &&
		    (!same_digit || o->press->digit == p->press->digit))
			return i;
	}
	return PRESSED_NONE;
}

static bool has_partner(const struct span *s, unsigned winner, unsigned source)
{
	for (unsigned i = s->first; i < s->end; i++)
		if (s->all[i].winner == winner && s->all[i].source == source)
			return true;
	return false;
}

/* What the main source did not see, and cannot have taken for something else, was pressed all the same: by an event or a request. Tones
 * alone may be speech. */
static void add_unseen(struct span *s)
{
	for (unsigned i = s->first; i < s->end; i++) {
		struct pressed *p = &s->all[i];
		if (p->winner != PRESSED_NONE || p->leaked)
			continue;
		unsigned near = find_near(s, i, true);
		if (near != PRESSED_NONE && !has_partner(s, near, p->source))
			p->winner = near;
		else if (p->press->method != PRESS_INBAND && find_near(s, i, false) == PRESSED_NONE)
			p->winner = i;
	}
}

/* Whoever is believed most among those that saw the press counts for all of them. */
static void elect(struct span *s, const struct row *row)
{
	for (unsigned r = 0; r < row->n; r++) {
		unsigned of = row->at[r], best = of;
		for (unsigned i = s->first; i < s->end; i++)
			if (s->all[i].winner == of && !s->all[i].leaked &&
			    (s->all[i].press->method < s->all[best].press->method ||
			     (s->all[i].press->method == s->all[best].press->method &&
			      s->all[i].leg < s->all[best].leg)))
				best = i;
		for (unsigned i = s->first; i < s->end && best != of; i++)
			if (s->all[i].winner == of && !s->all[i].leaked)
				s->all[i].winner = best;
	}
}

static void reconcile_span(struct span *s, struct alignment *al)
{
	unsigned main = main_source(s);
	bool mismatch = sources_disagree(s);

	row_of(s, main, &al->main);
	for (unsigned r = 0; r < al->main.n; r++)
		s->all[al->main.at[r]].winner = al->main.at[r];
	for (unsigned i = 0; i < s->sources; i++) {
		if (i == main || !s->counts[i])
			continue;
		row_of(s, i, &al->other);
		align(al, s->all);
	}
	add_unseen(s);
	elect(s, &al->main);
	for (unsigned i = s->first; i < s->end; i++)
		s->all[i].mismatch = mismatch;
}

/* A fragment counts for what its event counts for. */
static void follow_leaks(struct pressed *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (all[i].leaked)
			all[i].winner = all[all[i].winner].winner;
}

static bool ends_span(const struct span *s, unsigned n, int64_t last_ns)
{
	if (s->end == n)
		return true;
	const struct pressed *next = &s->all[s->end];
	return next->press->start_ns - last_ns >= PRESSED_SPAN_NS ||
	       s->counts[next->source] == PRESSED_SPAN_MAX;
}

static void reconcile_spans(struct pressed *all, unsigned n, unsigned sources, struct alignment *al)
{
	struct span s = { .all = all, .sources = sources };

	while (s.end < n) {
		bool any = false;
		s.first = s.end;
		memset(s.counts, 0, sizeof s.counts);
		do {
			any = any || !all[s.end].leaked;
			s.counts[all[s.end].source] += !all[s.end].leaked;
			s.end++;
		} while (!ends_span(&s, n, all[s.end - 1].press->start_ns));
		if (any)
			reconcile_span(&s, al);
	}
}

bool pressed_reconcile(struct pressed *all, unsigned count)
{
	struct source sources[SOURCES_MAX];
	struct alignment *al;

	if (!count)
		return true;
	al = mem_alloc(sizeof *al);
	if (!al)
		return false;
	qsort(all, count, sizeof *all, compare);
	for (unsigned i = 0; i < count; i++) {
		all[i].winner = PRESSED_NONE;
		all[i].leaked = all[i].mismatch = false;
	}
	set_leaks_aside(all, count);
	unsigned n = find_sources(all, count, sources);
	reconcile_spans(all, count, n, al);
	follow_leaks(all, count);
	mem_free(al);
	return true;
}
