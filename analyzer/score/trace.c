#include "analyzer/score/trace.h"

#include "analyzer/score/receiver.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define KIND_BITS  3
#define ITEM_MOST  32 /* octets of the longest one */
#define LEAST_ROOM 64
#define MOST_US    (UINT64_C(1) << 40)

void trace_release(struct trace *t, size_t *used)
{
	*used -= t->capacity;
	mem_free(t->octets);
	*t = (struct trace){ 0 };
}

/* Two items more than are told now must always fit: those that end it. */
static bool has_room(struct trace *t, size_t *used)
{
	uint32_t wanted = t->capacity ? 2 * t->capacity : LEAST_ROOM;

	if (t->n + 3 * ITEM_MOST <= t->capacity)
		return true;
	while (wanted < t->n + 3 * ITEM_MOST)
		wanted *= 2;
	if (wanted > TRACE_MAX || *used + wanted - t->capacity > TRACES_MAX)
		return false;
	uint8_t *octets = mem_resize(t->octets, wanted);
	t->failed |= !octets;
	if (!octets)
		return false;
	*used += wanted - t->capacity;
	t->octets = octets;
	t->capacity = wanted;
	return true;
}

static void put(struct trace *t, uint64_t value)
{
	while (value >= 0x80) {
		t->octets[t->n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	t->octets[t->n++] = (uint8_t)value;
}

static void put_kind(struct trace *t, enum trace_kind kind, uint64_t value)
{
	put(t, value << KIND_BITS | kind);
}

static void put_number(struct trace *t, int64_t number)
{
	int64_t step = number - t->at;

	put(t, (uint64_t)step << 1 ^ (uint64_t)(step >> 63));
	t->at = number;
}

static void put_hole(struct trace *t)
{
	if (!t->hole_count)
		return;
	put_kind(t, TRACE_HOLE, t->hole_count);
	put_number(t, t->hole);
	t->at += t->hole_count - 1;
	t->hole_count = 0;
}

static void put_segment(struct trace *t, uint64_t through)
{
	put_hole(t);
	put_kind(t, TRACE_SEGMENT, t->lowered);
	put(t, through - t->covered);
	t->covered = through;
	t->told = false;
}

static void put_clean(struct trace *t, uint64_t before)
{
	if (before <= t->covered)
		return;
	put_kind(t, TRACE_CLEAN, before - t->covered);
	t->covered = before;
}

static void begin(struct trace *t, const struct trace_place *p)
{
	if (t->begun)
		return;
	t->begun = true;
	t->before = p->before;
	t->origin = t->at = p->first;
	t->lowered = 0;
}

/* An item of this segment is to be told. False: there is no room for it; what was told is ended here. */
static bool open_item(struct trace *t, const struct trace_place *p)
{
	if (t->full || t->failed)
		return false;
	if (!has_room(t, p->used)) {
		t->full = true;
		if (t->told)
			put_segment(t, p->through);
		return false;
	}
	begin(t, p);
	if (!t->told)
		put_clean(t, t->before);
	t->told = true;
	return true;
}

void trace_hole(struct trace *t, const struct trace_place *p, int64_t number, uint32_t count)
{
	if (!count || t->full || t->failed || (t->hole_count && !open_item(t, p)))
		return;
	begin(t, p);
	put_hole(t);
	t->hole = number;
	t->hole_count = count;
}

void trace_filled(struct trace *t, const struct trace_place *p, int64_t number)
{
	/* Where nothing was told nothing can be filled. */
	if (!t->begun)
		return;
	if (number < t->origin) {
		t->lowered += (uint64_t)(t->origin - number);
		t->origin = number;
	} else if (t->hole_count == 1 && t->hole == number) {
		t->hole_count = 0;
	} else if (open_item(t, p)) {
		put_hole(t);
		put_kind(t, TRACE_FILLED, 0);
		put_number(t, number);
	}
}

/* The least of TRACE_IN_ROW in a row, else 0. */
static uint64_t count_in_row(struct trace *t, uint32_t gap, uint64_t us)
{
	bool in_row = t->in_row && !gap && !t->anchored;

	t->least_us = in_row && t->least_us < us ? t->least_us : us;
	t->in_row = in_row ? t->in_row + 1 : 1;
	if (t->in_row < TRACE_IN_ROW)
		return 0;
	t->in_row = 0;
	return t->least_us;
}

int64_t trace_behind(struct trace *t, const struct trace_place *p, int64_t number, uint32_t pushed,
                     double behind_ns)
{
	uint64_t us = (uint64_t)fmin(ceil(behind_ns / 1e3), (double)MOST_US);
	uint32_t gap = pushed - t->pushed - 1;

	if (!open_item(t, p))
		return 0;
	put_hole(t);
	put_kind(t, t->anchored ? TRACE_ANCHORED : TRACE_BEHIND, gap);
	put_number(t, number);
	put(t, us);
	uint64_t raise_us = count_in_row(t, gap, us);
	t->pushed = pushed;
	t->anchored = false;
	return (int64_t)raise_us * NS_PER_US;
}

void trace_segment(struct trace *t, uint64_t through, size_t *used)
{
	struct trace_place p = { .through = through, .used = used };

	if (t->begun && t->hole_count)
		open_item(t, &p);
	if (t->told && !t->full && !t->failed)
		put_segment(t, through);
	t->begun = false;
	t->hole_count = 0;
}

void trace_end(struct trace *t, uint64_t through, uint32_t pushed)
{
	if (!t->n || t->failed)
		return;
	if (!t->full)
		put_clean(t, through);
	put_kind(t, TRACE_END, pushed - t->pushed);
}

/* ---- reading ---- */

void trace_read(struct trace_reader *r, struct slice octets)
{
	*r = (struct trace_reader){ .rest = octets };
}

static uint64_t take(struct trace_reader *r)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		if (!r->rest.n)
			break;
		uint8_t octet = r->rest.p[0];
		r->rest = slice_from(r->rest, 1);
		value |= (uint64_t)(octet & 0x7f) << shift;
		if (!(octet & 0x80))
			return value;
	}
	r->broken = true;
	return 0;
}

/* Nothing real is far away; sums of what is read stay far from overflow. */
#define FURTHEST (INT64_C(1) << 40)

static int64_t bounded(struct trace_reader *r, int64_t value)
{
	r->broken |= value > FURTHEST || value < -FURTHEST;
	return r->broken ? 0 : value;
}

static int64_t take_number(struct trace_reader *r)
{
	uint64_t z = take(r);
	int64_t step = (int64_t)(z >> 1) ^ -(int64_t)(z & 1);

	r->at = bounded(r, r->at + bounded(r, step));
	return r->at;
}

bool trace_next(struct trace_reader *r, struct trace_item *out)
{
	if (!r->rest.n || r->broken)
		return false;
	uint64_t head = take(r);
	*out = (struct trace_item){ .kind = head & ((1u << KIND_BITS) - 1),
		                    .value = head >> KIND_BITS };
	bounded(r, (int64_t)out->value);
	switch (out->kind) {
	case TRACE_HOLE:
		out->number = take_number(r);
		r->at = bounded(r, r->at + (int64_t)out->value - 1);
		break;
	case TRACE_FILLED: out->number = take_number(r); break;
	case TRACE_BEHIND:
	case TRACE_ANCHORED:
		out->number = take_number(r);
		out->us = (uint64_t)bounded(r, (int64_t)take(r));
		break;
	case TRACE_SEGMENT:
		out->expected = (uint64_t)bounded(r, (int64_t)take(r));
		r->at = 0;
		break;
	case TRACE_CLEAN:
	case TRACE_END: break;
	default: r->broken = true;
	}
	return !r->broken;
}
