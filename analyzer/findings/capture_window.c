/* Holes that began within one window: what they have in common, and whose fault that is. */
#include "analyzer/findings/capture_outages.h"

#include "analyzer/findings/state.h"
#include "base/mem.h"

#include <stdlib.h>

#define MERGE_NS (1 * NS_PER_S) /* losses of the capture that are this near are one */
#define MAX_CENSUSES                                                                               \
	16 /* of windows judged at once that differ in time or in what they share; beyond, they are not judged */

static bool out_of_memory(struct outages *o)
{
	return err_memory(o->k->findings->analysis->err, "the findings");
}

static bool was_silent(const struct outages *o, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < OUTAGES_MAX_SILENCES && i < o->silence_count; i++)
		if (o->silences[i].from_ns < to_ns && o->silences[i].to_ns > from_ns)
			return true;
	return false;
}

/* ---- K1 ---- */

bool window_tell_loss(struct outages *o)
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

/* Streams that were hit and touch it. */
static size_t hit_of(const struct window_of *w, const struct prefix *p)
{
	size_t hit = 0;

	for (size_t i = 0; i < w->n; i++)
		hit += touches(p, &w->holes[i]);
	return hit;
}

/* `p`: NULL: where is not known but by the two hosts. */
static bool tell_outage(struct outages *o, struct window_of *w, const struct hole *const *sorted,
                        const struct prefix *p, size_t touching)
{
	size_t hit = hit_of(w, p);

	measure(w, p);
	draft_begin(&o->k->draft);
	name_outage(&o->k->draft.cause, w, p);
	for (size_t i = 0; i < w->n; i++)
		if (stands_for_call(sorted, i) && touches(p, sorted[i]) &&
		    !tell_call(o, w, sorted[i], hit, touching))
			return false;
	return true;
}

/* The prefix that the outage explains best: most of its streams are hit, and others went on. Where more are hit than the census found there,
 * streams have ended since, and nothing tells how many were there and went on. */
static const struct prefix *place_of(const struct outages *o, const struct window_of *w,
                                     size_t *touching)
{
	const struct census *c = &w->census;
	const struct prefix *best = NULL;

	for (size_t i = 0; i < c->prefix_count; i++) {
		const struct prefix *p = &c->prefixes[i];
		bool most = (double)w->n > o->k->set.outage_share * (double)c->touching[i];
		if (!most || c->active < c->touching[i] + o->k->set.others ||
		    hit_of(w, p) > c->touching[i])
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
	if (l->open && w->from_ns - l->to_ns >= MERGE_NS && !window_tell_loss(o))
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
	/* Calls begin and end all the time: the census of another moment is not that of this one. */
	bool known = o->censuses && same_prefixes(&o->census, &w->census) &&
	             w->from_ns >= o->census.time_ns &&
	             w->from_ns - o->census.time_ns < o->k->set.window_ns;

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

static bool judge_sorted_calls(struct outages *o, struct window_of *w)
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
bool window_judge(struct outages *o, const struct hole *holes, size_t n)
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
		ok = judge_sorted_calls(o, &w);
	mem_free(w.pairs);
	return ok;
}
