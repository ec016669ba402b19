/* A timeline of holes in all streams. Holes that begin within one window, in most of the streams there are, are no chance: either the
 * capture lost packets (K1), or, where only streams of one host or subnet are hit while others go on, that subnet had an outage (K13).
 *
 * A hole is held for CAPTURE_HOLD_NS after it was told: reordered packets may fill it, and other streams' holes join it. Then a timer
 * judges what has become old enough. Nothing here depends on the order in which packets of one time come. */
#include "analyzer/findings/capture_outages.h"

#include "analyzer/findings/state.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"

#include <stdlib.h>

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
	o->silences[o->silence_count++ % OUTAGES_MAX_SILENCES] = (struct silence){ from_ns, to_ns };
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
		if (step > 1 && !window_judge(o, window, step))
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
	return window_tell_loss(o);
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
