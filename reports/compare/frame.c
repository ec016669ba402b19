#include "reports/compare/frame.h"

#include "base/mem.h"
#include "base/sort.h"
#include "reports/records/store.h"

#include <math.h>

const char *const frame_outcomes[OUTCOMES] = { "answered", "busy",   "no_answer",    "cancelled",
	                                       "rejected", "failed", "unauthorized", "cut" };

void frame_release(struct frame *f)
{
	for (int m = 0; m < METRICS; m++)
		mem_free(f->columns[m]);
	mem_free(f->calls);
	mem_free(f->scopes);
	mem_free(f->outcomes);
	mem_free(f->statuses);
	mem_free(f->hits);
	mem_free(f->by_scope);
	*f = (struct frame){ 0 };
}

static bool widen(void *column, size_t bytes)
{
	void *wider = mem_resize(*(void **)column, bytes);

	if (wider)
		*(void **)column = wider;
	return wider != NULL;
}

static bool grow(struct frame *f)
{
	uint32_t room = f->room ? f->room * 2 : 256;

	if (room < f->room || !widen(&f->calls, room * sizeof *f->calls) ||
	    !widen(&f->scopes, room * sizeof *f->scopes) ||
	    !widen(&f->outcomes, room * sizeof *f->outcomes) ||
	    !widen(&f->statuses, room * sizeof *f->statuses))
		return false;
	for (int m = 0; m < METRICS; m++)
		if (f->columns[m] && !widen(&f->columns[m], room * sizeof *f->columns[m]))
			return false;
	f->room = room;
	return true;
}

bool frame_add(struct frame *f, int64_t call, uint32_t *unit)
{
	if (f->count == f->room && !grow(f))
		return false;
	*unit = f->count++;
	f->calls[*unit] = call;
	f->scopes[*unit] = NAMES_NONE;
	f->outcomes[*unit] = OUTCOME_CUT;
	f->statuses[*unit] = FRAME_NO_STATUS;
	for (int m = 0; m < METRICS; m++)
		if (f->columns[m])
			f->columns[m][*unit] = NAN;
	return true;
}

bool frame_set(struct frame *f, uint32_t unit, enum metric m, double value)
{
	if (!isfinite(value) || fabs(value) > 1e30)
		return true;
	if (!f->columns[m]) {
		f->columns[m] = mem_alloc(f->room * sizeof *f->columns[m]);
		if (!f->columns[m])
			return false;
		for (uint32_t i = 0; i < f->count; i++)
			f->columns[m][i] = NAN;
	}
	f->columns[m][unit] = (float)value;
	return true;
}

bool frame_set_worst(struct frame *f, uint32_t unit, enum metric m, double value)
{
	const float *column = f->columns[m];
	bool less = metric_kind(m)->less_is_worse;

	if (column && (less ? column[unit] <= value : column[unit] >= value)) /* not of NAN */
		return true;
	return frame_set(f, unit, m, value);
}

bool frame_hit(struct frame *f, uint32_t unit, uint16_t rule)
{
	if (f->hit_count == f->hit_room) {
		size_t room = f->hit_room ? f->hit_room * 2 : 256;
		if (!widen(&f->hits, room * sizeof *f->hits))
			return false;
		f->hit_room = room;
	}
	f->hits[f->hit_count++] = (int64_t)((uint64_t)rule << 32 | unit);
	return true;
}

static bool settle_hits(struct frame *f)
{
	size_t n = 0;

	if (!sort_int64(f->hits, f->hit_count))
		return false;
	for (size_t i = 0; i < f->hit_count; i++)
		if (!n || f->hits[n - 1] != f->hits[i])
			f->hits[n++] = f->hits[i];
	f->hit_count = n;
	return true;
}

bool frame_settle(struct frame *f)
{
	uint32_t next[NAMES_MOST];

	mem_free(f->by_scope);
	f->by_scope = mem_alloc((f->count ? f->count : 1) * sizeof *f->by_scope);
	if (!f->by_scope || !settle_hits(f))
		return false;
	for (unsigned s = 0; s <= NAMES_MOST; s++)
		f->starts[s] = 0;
	for (uint32_t i = 0; i < f->count; i++)
		if (f->scopes[i] != NAMES_NONE)
			f->starts[f->scopes[i] + 1]++;
	for (unsigned s = 0; s < NAMES_MOST; s++) {
		f->starts[s + 1] += f->starts[s];
		next[s] = f->starts[s];
	}
	for (uint32_t i = 0; i < f->count; i++)
		if (f->scopes[i] != NAMES_NONE)
			f->by_scope[next[f->scopes[i]]++] = i;
	return true;
}

struct view frame_all(const struct frame *f)
{
	return (struct view){ f, NULL, f->count };
}

struct view frame_scope(const struct frame *f, uint16_t scope)
{
	return (struct view){ f, f->by_scope + f->starts[scope],
		              f->starts[scope + 1] - f->starts[scope] };
}

/* ---- samples ---- */

void gathering_release(struct gathering *g)
{
	mem_free(g->values);
	mem_free(g->spare);
	*g = (struct gathering){ 0 };
}

static bool make_room(struct gathering *g, size_t count)
{
	if (g->room >= count && g->room)
		return true;
	gathering_release(g);
	g->values = mem_alloc((count ? count : 1) * sizeof *g->values);
	g->spare = mem_alloc((count ? count : 1) * sizeof *g->spare);
	g->room = g->values && g->spare ? (count ? count : 1) : 0;
	return g->room != 0;
}

/* The order of floats is that of these numbers. */
static uint32_t key_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

/* By eleven bits at a time, the lowest first. An odd number of turns: the result is in g->spare, which then changes places. */
static void sort_values(struct gathering *g, size_t n)
{
	float *from = g->values, *to = g->spare;

	for (unsigned shift = 0; shift < 32; shift += 11) {
		size_t starts[2049] = { 0 };
		for (size_t i = 0; i < n; i++)
			starts[(key_of(from[i]) >> shift & 0x7FF) + 1]++;
		for (size_t i = 0; i < 2047; i++)
			starts[i + 1] += starts[i];
		for (size_t i = 0; i < n; i++)
			to[starts[key_of(from[i]) >> shift & 0x7FF]++] = from[i];
		float *other = from;
		from = to;
		to = other;
	}
	g->values = from;
	g->spare = to;
}

bool gathering_take(struct gathering *g, const struct view *v, enum metric m)
{
	const float *column = v->frame->columns[m];
	size_t n = 0;

	if (!make_room(g, column ? v->count : 0))
		return false;
	for (uint32_t i = 0; column && i < v->count; i++) {
		float value = column[view_unit(v, i)];
		if (!isnan(value))
			g->values[n++] = value + 0.0f; /* -0 is 0 */
	}
	sort_values(g, n);
	g->sample = (struct sample){ g->values, n };
	return true;
}
