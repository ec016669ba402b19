#include "analyzer/score/rescore.h"

#include "analyzer/score/trace.h"
#include "base/mem.h"

#include <stdlib.h>

/* Sorted by number, and in this order where numbers are the same. */
enum bad_kind { BAD_LOST, BAD_FILLED, BAD_LATE };

struct bad {
	int64_t number;
	uint64_t count; /* BAD_LOST */
	enum bad_kind kind;
};

/* One pass over a trace. */
struct replay {
	struct buffer_setting setting;
	struct rescored *out;
	struct receiver receiver;
	uint32_t pushed;
	unsigned in_row; /* as the trace counts it: TRACE_IN_ROW */
	uint64_t least_us;
	struct bad *bad; /* of the segment at hand */
	size_t count, capacity;
};

static bool keep(struct replay *r, int64_t number, uint64_t count, enum bad_kind kind)
{
	if (r->count == r->capacity) {
		size_t n = r->capacity ? 2 * r->capacity : 64;
		void *bad = mem_resize(r->bad, n * sizeof *r->bad);
		if (!bad)
			return false;
		r->bad = bad;
		r->capacity = n;
	}
	r->bad[r->count++] = (struct bad){ number, count, kind };
	return true;
}

static int compare_bad(const void *a, const void *b)
{
	const struct bad *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static void add_lost(struct replay *r, int64_t first, int64_t from, int64_t to)
{
	if (from >= to)
		return;
	r->out->lost += (uint64_t)(to - from);
	burst_bad(&r->out->burst, first, from, (uint64_t)(to - from), true);
}

/* In order of the sequence: what is lost for good between what came after all. */
static void add_segment(struct replay *r, int64_t first, uint64_t expected)
{
	int64_t from = first, to = first; /* lost, and not told yet */

	if (r->count)
		qsort(r->bad, r->count, sizeof *r->bad, compare_bad);
	for (const struct bad *b = r->bad; b < r->bad + r->count; b++) {
		int64_t end = b->number < to ? b->number : to;
		add_lost(r, first, from, end);
		from = from > end ? from : end;
		if (b->kind == BAD_LOST) {
			from = b->number;
			to = b->number + (int64_t)b->count;
			continue;
		}
		from = b->number + 1;
		if (b->kind == BAD_LATE) {
			r->out->late++;
			burst_bad(&r->out->burst, first, b->number, 1, false);
		}
	}
	add_lost(r, first, from, to);
	burst_segment(&r->out->burst, first, first + (int64_t)expected - 1);
	r->out->expected += expected;
	r->count = 0;
}

/* Packets that were not told went by: were they in time for this buffer too? */
static void pass(struct replay *r, uint64_t packets)
{
	if (packets && receiver_quiet_ns(&r->receiver, r->setting) < (double)BUFFER_QUIET_NS)
		r->out->exact = false;
}

static void count_in_row(struct replay *r, const struct trace_item *item)
{
	bool in_row = r->in_row && !item->value && item->kind == TRACE_BEHIND;

	r->least_us = in_row && r->least_us < item->us ? r->least_us : item->us;
	r->in_row = in_row ? r->in_row + 1 : 1;
	if (r->in_row < TRACE_IN_ROW)
		return;
	r->in_row = 0;
	receiver_raise(&r->receiver, (int64_t)r->least_us * NS_PER_US);
}

static bool take_behind(struct replay *r, const struct trace_item *item)
{
	bool late;

	pass(r, item->value);
	if (item->kind == TRACE_ANCHORED)
		receiver_restart(&r->receiver);
	r->pushed += (uint32_t)item->value + 1;
	if (!receiver_push(&r->receiver, r->setting, r->pushed, (double)item->us * 1e3, &late))
		return false;
	count_in_row(r, item);
	return !late || keep(r, item->number, 1, BAD_LATE);
}

static bool take(struct replay *r, const struct trace_item *item)
{
	switch (item->kind) {
	case TRACE_HOLE: return keep(r, item->number, item->value, BAD_LOST);
	case TRACE_FILLED: return keep(r, item->number, 1, BAD_FILLED);
	case TRACE_BEHIND:
	case TRACE_ANCHORED: return take_behind(r, item);
	case TRACE_SEGMENT: add_segment(r, -(int64_t)item->value, item->expected); return true;
	case TRACE_CLEAN: add_segment(r, 0, item->value); return true;
	case TRACE_END:
		pass(r, item->value);
		r->pushed += (uint32_t)item->value;
		return true;
	}
	return true;
}

bool rescore(struct slice trace, uint64_t packets, struct buffer_setting setting,
             struct rescored *out, struct err *err)
{
	struct replay r = { .setting = setting, .out = out };
	struct trace_reader reader;
	struct trace_item item;
	bool ok = true;

	*out = (struct rescored){ .exact = true };
	trace_read(&reader, trace);
	while (ok && trace_next(&reader, &item))
		ok = take(&r, &item);
	if (!trace.n) {
		add_segment(&r, 0, packets);
		r.pushed = (uint32_t)packets;
		pass(&r, packets);
	}
	out->depth_ms = receiver_depth_ms(&r.receiver, setting, r.pushed);
	receiver_release(&r.receiver);
	mem_free(r.bad);
	if (!ok)
		return err_memory(err, "a trace");
	return !reader.broken || err_set(err, ERR_FORMAT, "the trace of a stream is damaged");
}
