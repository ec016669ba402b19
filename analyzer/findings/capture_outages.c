/* A timeline of holes in all streams. Holes that begin within one window, in most of the streams there are, are no chance: either the
 * capture lost packets (K1), or, where only streams of one host or subnet are hit while others go on, that subnet had an outage (K13).
 *
 * A hole is held for CAPTURE_HOLD_NS after it was told: reordered packets may fill it, and other streams' holes join it. Then a timer
 * judges what has become old enough. Nothing here depends on the order in which packets of one time come. */
#include "analyzer/findings/capture_faults.h"

#include "analyzer/findings/state.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"

#include <stdlib.h>

#define MERGE_NS (1 * NS_PER_S) /* losses of the capture that are this near are one */
#define MAX_CENSUSES                                                                               \
	8 /* of windows judged at once that differ in what they share; beyond, they are not judged */
#define MAX_SILENCES 64

struct hole {
	int64_t told_ns; /* eviction time */
	int64_t start_ns, end_ns; /* last packet before, first behind */
	int64_t stream_id, call_id, dialog_id, number;
	struct pair hosts;
	struct sighting at; /* of the first packet behind */
	uint32_t span, missing; /* numbers from `number` on; how many have not come by now */
	size_t group; /* place of the stream's first hole in the same window */
	bool judged;
};

struct silence {
	int64_t from_ns, to_ns;
};

/* K1 in the making. */
struct loss {
	bool open, certain;
	int64_t from_ns, to_ns;
	struct sighting first, last;
	size_t streams, active, host_pairs;
};

struct outages {
	struct timer timer; /* first: the timer leads back to its owner */
	struct capture_faults *k;
	const struct streams *streams;
	struct hole *holes; /* a queue, in the order in which they were told */
	size_t count, capacity;
	uint32_t taken; /* how many have left it */
	struct census census; /* the last one of this judgement, if `censuses` */
	unsigned censuses;
	struct silence silences[MAX_SILENCES]; /* others take their place */
	size_t silence_count;
	struct silence lost[CAPTURE_MAX_INTERVALS];
	size_t lost_count;
	struct loss loss;
};

static void judge_on_time(struct timer *timer, void *context);

struct outages *outages_new(struct capture_faults *k)
{
	struct outages *o = mem_zalloc(sizeof *o);

	if (o) {
		o->k = k;
		o->timer.fire = judge_on_time;
	}
	return o;
}

void outages_free(struct outages *o)
{
	if (!o)
		return;
	timers_cancel(&o->k->findings->analysis->timers, &o->timer);
	mem_free(o->holes);
	mem_free(o);
}

static bool out_of_memory(struct outages *o)
{
	return err_memory(o->k->findings->analysis->err, "the findings");
}

bool outages_overlap(const struct outages *o, int64_t first_ns, int64_t last_ns)
{
	for (size_t i = 0; i < o->lost_count; i++)
		if (o->lost[i].from_ns <= last_ns && o->lost[i].to_ns >= first_ns)
			return true;
	return false;
}

void outages_silence(struct outages *o, int64_t from_ns, int64_t to_ns)
{
	o->silences[o->silence_count++ % MAX_SILENCES] = (struct silence){ from_ns, to_ns };
}

static bool was_silent(const struct outages *o, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < MAX_SILENCES && i < o->silence_count; i++)
		if (o->silences[i].from_ns < to_ns && o->silences[i].to_ns > from_ns)
			return true;
	return false;
}

/* ---- K1 ---- */

static bool tell_loss(struct outages *o)
{
	struct loss *l = &o->loss;
	struct draft *d = &o->k->draft;

	if (!l->open)
		return true;
	l->open = false;
	draft_begin(d);
	text_addf(&d->cause, "packets lost by the capture");
	text_addf(&d->text,
	          "%zu of %zu streams, between %zu pairs of hosts, miss packets at once at ",
	          l->streams, l->active, l->host_pairs);
	capture_add_moment(&d->text, l->from_ns);
	text_addf(&d->text, ", for ");
	capture_add_length(&d->text, l->to_ns - l->from_ns);
	text_addf(&d->text, "%s: the capture lost them, not the network",
	          l->certain ? ", and nothing else was captured then" : "");
	evidence_int(&d->evidence, "streams", (int64_t)l->streams);
	evidence_int(&d->evidence, "active_streams", (int64_t)l->active);
	evidence_int(&d->evidence, "host_pairs", (int64_t)l->host_pairs);
	evidence_real(&d->evidence, "threshold", o->k->set.share);
	evidence_real(&d->evidence, "length_ms", (double)(l->to_ns - l->from_ns) / 1e6);
	evidence_frame(&d->evidence, l->first);
	evidence_frame(&d->evidence, l->last);
	return capture_tell(o->k, RULE_K1, l->first, l->last, NULL, l->certain);
}

static void mark_lost(struct outages *o, int64_t from_ns, int64_t to_ns)
{
	struct silence *last = o->lost_count ? &o->lost[o->lost_count - 1] : NULL;

	if (last && (o->lost_count == CAPTURE_MAX_INTERVALS || from_ns - last->to_ns < MERGE_NS))
		last->to_ns = to_ns > last->to_ns ? to_ns : last->to_ns;
	else
		o->lost[o->lost_count++] = (struct silence){ from_ns, to_ns };
}

/* ---- a window ---- */

/* Holes of different streams that began together. */
struct window_of {
	const struct hole *holes; /* in order of their start */
	size_t n, calls, host_pairs;
	int64_t from_ns, to_ns; /* of the outage they share */
	struct sighting first, last;
	struct census census;
	struct pair *pairs;
};

static bool is_earlier(struct sighting a, struct sighting b)
{
	return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.frame < b.frame;
}

static bool touches(const struct prefix *p, const struct hole *h)
{
	return !p || prefix_holds(*p, h->hosts.src) || prefix_holds(*p, h->hosts.dst);
}

/* From the first packet that is known to be missing to the last one, of all or of those that touch `p`; packets of a stream are taken to be
 * evenly spaced. */
static void measure(struct window_of *w, const struct prefix *p)
{
	w->from_ns = INT64_MAX;
	w->to_ns = INT64_MIN;
	w->first = w->last = (struct sighting){ 0 };
	for (size_t i = 0; i < w->n; i++) {
		const struct hole *h = &w->holes[i];
		int64_t step = (h->end_ns - h->start_ns) / ((int64_t)h->span + 1);
		if (!touches(p, h))
			continue;
		w->from_ns = h->start_ns + step < w->from_ns ? h->start_ns + step : w->from_ns;
		w->to_ns = h->end_ns - step > w->to_ns ? h->end_ns - step : w->to_ns;
		if (!sighting_is_set(w->first) || is_earlier(h->at, w->first))
			w->first = h->at;
		if (!sighting_is_set(w->last) || is_earlier(w->last, h->at))
			w->last = h->at;
	}
	if (w->to_ns < w->from_ns)
		w->to_ns = w->from_ns;
}

static int by_call(const void *a, const void *b)
{
	const struct hole *x = *(const struct hole *const *)a, *y = *(const struct hole *const *)b;

	if (x->call_id != y->call_id)
		return x->call_id < y->call_id ? -1 : 1;
	return (x->stream_id > y->stream_id) - (x->stream_id < y->stream_id);
}

/* One for each call, and each stream of no call. */
static bool stands_for_call(const struct hole *const *sorted, size_t i)
{
	return i == 0 || !sorted[i]->call_id || sorted[i]->call_id != sorted[i - 1]->call_id;
}

static const struct hole **calls_of(struct window_of *w)
{
	const struct hole **sorted = mem_alloc(w->n * sizeof(const struct hole *));

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < w->n; i++)
		sorted[i] = &w->holes[i];
	qsort(sorted, w->n, sizeof *sorted, by_call);
	w->calls = 0;
	for (size_t i = 0; i < w->n; i++)
		w->calls += stands_for_call(sorted, i);
	return sorted;
}

/* ---- K13 ---- */

static bool tell_call(struct outages *o, const struct window_of *w, const struct hole *h,
                      size_t hit, size_t touching)
{
	struct draft *d = &o->k->draft;
	size_t others = w->census.active - touching;

	text_reset(&d->text);
	evidence_reset(&d->evidence);
	text_addf(&d->text, "RTP from ");
	text_add_address(&d->text, h->hosts.src);
	text_addf(&d->text, " to ");
	text_add_address(&d->text, h->hosts.dst);
	text_addf(&d->text,
	          " misses %u packets before frame %" PRIu64 ", like %zu of %zu streams there",
	          h->missing, h->at.frame, hit, touching);
	if (others)
		text_addf(&d->text, "; %zu elsewhere went on", others);
	evidence_int(&d->evidence, "calls", (int64_t)w->calls);
	evidence_int(&d->evidence, "streams", (int64_t)hit);
	evidence_int(&d->evidence, "streams_of_subnet", (int64_t)touching);
	evidence_int(&d->evidence, "other_streams", (int64_t)others);
	evidence_int(&d->evidence, "missing", h->missing);
	evidence_real(&d->evidence, "threshold", o->k->set.outage_share);
	evidence_frame(&d->evidence, h->at);
	return draft_add(
	        d, (struct occurrence){
	                   .rule = RULE_K13,
	                   .noun = h->call_id ? NULL : "streams",
	                   .call_id = h->call_id,
	                   .dialog_id = h->dialog_id,
	                   .stream_id = h->stream_id,
	                   .first = h->at,
	                   .last = h->at,
	                   .weak = others ? NULL
	                                  : "no other stream shows whether the capture or the path "
	                                    "failed",
	           });
}

/* "share one 180 ms outage at 02:14:07.3, subnet 10.1.0.0/24" */
static void name_outage(struct text *out, const struct window_of *w, const struct prefix *p)
{
	text_addf(out, "share one ");
	if (w->to_ns - w->from_ns >= NS_PER_MS) {
		capture_add_length(out, w->to_ns - w->from_ns);
		text_addf(out, " ");
	}
	text_addf(out, "outage at ");
	capture_add_moment(out, w->from_ns);
	if (p) {
		text_addf(out, "%s", p->bits == 128 ? ", host " : ", subnet ");
		prefix_add(out, *p);
		return;
	}
	struct pair hosts = w->pairs[0];
	bool swap = memcmp(&hosts.src, &hosts.dst, sizeof hosts.src) > 0;
	text_addf(out, ", between ");
	text_add_address(out, swap ? hosts.dst : hosts.src);
	text_addf(out, " and ");
	text_add_address(out, swap ? hosts.src : hosts.dst);
}

/* `p`: NULL: where is not known but by the two hosts. */
static bool tell_outage(struct outages *o, struct window_of *w, const struct hole *const *sorted,
                        const struct prefix *p, size_t touching)
{
	size_t hit = 0;

	for (size_t i = 0; i < w->n; i++)
		hit += touches(p, &w->holes[i]);
	measure(w, p);
	draft_begin(&o->k->draft);
	name_outage(&o->k->draft.cause, w, p);
	for (size_t i = 0; i < w->n; i++)
		if (stands_for_call(sorted, i) && touches(p, sorted[i]) &&
		    !tell_call(o, w, sorted[i], hit, touching))
			return false;
	return true;
}

/* The prefix that the outage explains best: most of its streams are hit, and others went on. */
static const struct prefix *place_of(const struct outages *o, const struct window_of *w,
                                     size_t *touching)
{
	const struct census *c = &w->census;
	const struct prefix *best = NULL;

	for (size_t i = 0; i < c->prefix_count; i++) {
		const struct prefix *p = &c->prefixes[i];
		bool most = (double)w->n > o->k->set.outage_share * (double)c->touching[i];
		if (!most || c->active < c->touching[i] + o->k->set.others)
			continue;
		if (best && (p->bits < best->bits ||
		             (p->bits == best->bits && c->touching[i] >= *touching)))
			continue;
		best = p;
		*touching = c->touching[i];
	}
	return best;
}

/* ---- verdict ---- */

static bool add_loss(struct outages *o, const struct window_of *w)
{
	struct loss *l = &o->loss;

	if (!findings_enabled(o->k->findings->rules, RULE_K1))
		return true;
	if (l->open && w->from_ns - l->to_ns >= MERGE_NS && !tell_loss(o))
		return false;
	if (!l->open)
		*l = (struct loss){ .open = true, .from_ns = w->from_ns, .first = w->first };
	l->to_ns = w->to_ns;
	l->last = w->last;
	l->certain = l->certain || was_silent(o, w->from_ns, w->to_ns);
	if (w->n >= l->streams) {
		l->streams = w->n;
		l->active = w->census.active;
		l->host_pairs = w->host_pairs;
	}
	mark_lost(o, w->holes[0].start_ns, w->to_ns);
	return true;
}

static bool same_prefixes(const struct census *a, const struct census *b)
{
	return a->prefix_count == b->prefix_count &&
	       memcmp(a->prefixes, b->prefixes, a->prefix_count * sizeof *a->prefixes) == 0;
}

/* False: there is none to be had. Streams that ended since are not counted, but those that were hit. */
static bool take_census(struct outages *o, struct window_of *w)
{
	bool known = o->censuses && same_prefixes(&o->census, &w->census);

	if (!known && o->censuses == MAX_CENSUSES)
		return false;
	if (!known) {
		w->census.time_ns = w->from_ns;
		census_take(&w->census, o->streams);
		o->census = w->census;
		o->censuses++;
	}
	w->census = o->census;
	if (w->census.active < w->n)
		w->census.active = w->n;
	return true;
}

/* All of them come from one host or go there: an outage of its link looks like a loss of the capture. */
static bool share_a_host(const struct window_of *w)
{
	return w->census.prefix_count && w->census.prefixes[0].bits == 128;
}

static bool judge_shared(struct outages *o, struct window_of *w, const struct hole *const *sorted)
{
	const struct capture_settings *set = &o->k->set;
	const struct prefix *host = w->host_pairs > 1 ? &w->census.prefixes[0] : NULL;
	size_t touching = 0;
	const struct prefix *p = w->calls >= set->calls ? place_of(o, w, &touching) : NULL;

	if (p)
		return tell_outage(o, w, sorted, p, touching);
	if ((double)w->n <= set->share * (double)w->census.active)
		return true;
	if (w->host_pairs >= set->streams &&
	    (!share_a_host(w) || was_silent(o, w->from_ns, w->to_ns)))
		return add_loss(o, w);
	if (w->calls >= set->calls && share_a_host(w))
		return tell_outage(o, w, sorted, host, w->census.active);
	return true;
}

static bool judge_window(struct outages *o, struct window_of *w)
{
	const struct hole **sorted = calls_of(w);
	bool ok;

	if (!sorted)
		return out_of_memory(o);
	ok = !take_census(o, w) || judge_shared(o, w, sorted);
	mem_free(sorted);
	return ok;
}

/* Of holes that may be a common cause: what they have in common. */
static bool look_at_window(struct outages *o, const struct hole *holes, size_t n)
{
	struct window_of w = { .holes = holes, .n = n };
	bool ok = false;

	w.pairs = mem_alloc(n * sizeof *w.pairs);
	if (!w.pairs)
		return out_of_memory(o);
	measure(&w, NULL);
	for (size_t i = 0; i < n; i++)
		w.pairs[i] = holes[i].hosts;
	w.census.prefix_count = census_common(w.pairs, n, w.census.prefixes);
	w.host_pairs = census_host_pairs(w.pairs, n);
	if (w.census.prefix_count == SIZE_MAX || w.host_pairs == SIZE_MAX)
		out_of_memory(o);
	else
		ok = judge_window(o, &w);
	mem_free(w.pairs);
	return ok;
}

/* ---- judging ---- */

/* A copy of a hole, to be sorted; `place`: of the hole itself. */
struct placed {
	struct hole hole;
	size_t place;
};

static int by_stream(const void *a, const void *b)
{
	const struct hole *x = &((const struct placed *)a)->hole,
	                  *y = &((const struct placed *)b)->hole;

	if (x->stream_id != y->stream_id)
		return x->stream_id < y->stream_id ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int by_start(const void *a, const void *b)
{
	const struct hole *x = &((const struct placed *)a)->hole,
	                  *y = &((const struct placed *)b)->hole;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return by_stream(a, b);
}

static size_t copy_open(struct outages *o, struct placed *out)
{
	size_t n = 0;

	for (size_t i = 0; i < o->count; i++) {
		o->holes[i].group = i;
		o->holes[i].judged = o->holes[i].judged || !o->holes[i].missing;
		if (!o->holes[i].judged)
			out[n++] = (struct placed){ o->holes[i], i };
	}
	return n;
}

/* Holes of one stream within one window are one. Gives how many are left, in order of their start. */
static size_t one_per_stream(struct outages *o, struct placed *p, size_t n)
{
	size_t kept = 0;

	qsort(p, n, sizeof *p, by_stream);
	for (size_t i = 0; i < n; i++) {
		struct placed *last = kept ? &p[kept - 1] : NULL;
		if (!last || last->hole.stream_id != p[i].hole.stream_id ||
		    p[i].hole.start_ns - last->hole.start_ns >= o->k->set.window_ns) {
			p[kept++] = p[i];
			continue;
		}
		last->hole.missing += p[i].hole.missing;
		last->hole.span += p[i].hole.span;
		last->hole.end_ns = p[i].hole.end_ns;
		last->hole.told_ns = p[i].hole.told_ns;
		o->holes[p[i].place].group = last->place;
	}
	qsort(p, kept, sizeof *p, by_start);
	return kept;
}

static bool is_recent(const struct placed *p, size_t n, int64_t told_until_ns)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].hole.told_ns > told_until_ns)
			return true;
	return false;
}

/* Where there are fewer, neither rule speaks. */
static size_t least_holes(const struct capture_settings *set)
{
	uint64_t least = set->streams < set->calls ? set->streams : set->calls;

	return least > 2 ? (size_t)least : 2;
}

/* Window by window, until one that may still grow; `window`: room for n. */
static bool judge_sorted(struct outages *o, const struct placed *p, size_t n, struct hole *window,
                         int64_t told_until_ns)
{
	const struct capture_settings *set = &o->k->set;
	size_t step, end = 0;

	o->censuses = 0;
	for (size_t i = 0; i < n; i += step) {
		while (end < n && p[end].hole.start_ns - p[i].hole.start_ns < set->window_ns)
			end++;
		step = end - i >= least_holes(set) ? end - i : 1;
		if (is_recent(&p[i], step, told_until_ns))
			return true;
		for (size_t j = 0; j < step; j++) {
			window[j] = p[i + j].hole;
			o->holes[p[i + j].place].judged = true;
		}
		if (step > 1 && !look_at_window(o, window, step))
			return false;
	}
	return true;
}

static void drop_judged(struct outages *o)
{
	size_t gone = 0;

	for (size_t i = 0; i < o->count; i++)
		o->holes[i].judged = o->holes[o->holes[i].group].judged;
	while (gone < o->count && o->holes[gone].judged)
		gone++;
	o->count -= gone;
	o->taken += (uint32_t)gone;
	memmove(o->holes, o->holes + gone, o->count * sizeof *o->holes);
}

/* Judges what was told up to then. */
static bool judge(struct outages *o, int64_t told_until_ns)
{
	struct placed *p = mem_alloc(o->count * sizeof *p);
	struct hole *window = mem_alloc(o->count * sizeof *window);
	bool ok = p && window;

	if (ok)
		ok = judge_sorted(o, p, one_per_stream(o, p, copy_open(o, p)), window,
		                  told_until_ns);
	else
		out_of_memory(o);
	if (ok)
		drop_judged(o);
	mem_free(p);
	mem_free(window);
	return ok;
}

static bool watch(struct outages *o)
{
	struct analysis *a = o->k->findings->analysis;

	if (!o->count || timers_arm(&a->timers, &o->timer, a->now_ns + CAPTURE_HOLD_NS))
		return true;
	return out_of_memory(o);
}

static void judge_on_time(struct timer *timer, void *context)
{
	struct outages *o = (struct outages *)timer;
	struct analysis *a = context;

	if (!judge(o, a->now_ns - CAPTURE_HOLD_NS) || !watch(o))
		analysis_fail(a);
}

bool outages_end(struct outages *o)
{
	return !o->count || judge(o, INT64_MAX);
}

bool outages_finish(struct outages *o)
{
	return tell_loss(o);
}

/* ---- holes ---- */

static bool make_room(struct outages *o)
{
	size_t capacity = o->capacity ? 2 * o->capacity : 64;

	if (o->count < o->capacity)
		return true;
	if (capacity > CAPTURE_MAX_HOLES)
		return judge(o, INT64_MAX);
	struct hole *holes = mem_resize(o->holes, capacity * sizeof *holes);
	if (!holes)
		return out_of_memory(o);
	o->holes = holes;
	o->capacity = capacity;
	return true;
}

bool outages_hole(struct outages *o, const struct seen_hole *seen)
{
	struct analysis *a = o->k->findings->analysis;
	struct stream_cold *cold = seen->st->cold;
	bool first = !o->count;

	if (!make_room(o))
		return false;
	o->streams = cold->owner;
	o->holes[o->count++] = (struct hole){
		.told_ns = a->now_ns,
		.start_ns = seen->start_ns,
		.end_ns = seen->end_ns,
		.stream_id = cold->id,
		.call_id = seen->st->media ? seen->st->media->call_id : 0,
		.dialog_id = cold->dialog_id == RECORD_NULL ? 0 : cold->dialog_id,
		.number = seen->number,
		.hosts = { seen->st->key.src, seen->st->key.dst },
		.at = { a->capture_id, a->frame, seen->end_ns },
		.span = seen->missing,
		.missing = seen->missing,
	};
	cold->hole = o->taken + (uint32_t)o->count;
	return !first || watch(o);
}

/* Only the newest hole of a stream is looked for. */
void outages_filled(struct outages *o, struct stream *st, int64_t number)
{
	uint32_t place = st->cold->hole - 1 - o->taken;
	struct hole *h = place < o->count ? &o->holes[place] : NULL;

	if (h && h->missing && h->stream_id == st->cold->id && number >= h->number &&
	    number < h->number + h->span)
		h->missing--;
}
