#include "reports/compare/taps_lay.h"

#include "base/mem.h"

#define NUMBERS_WRAP (65536 / STREAM_MARK_EVERY) /* in blocks */
#define WRAPS_MOST   4096 /* of one stream: weeks */
#define APART_MOST   60e6 /* us; a wrap takes many minutes */

void lay_release(struct lay *l)
{
	mem_free(l->side[TAP_A].v);
	mem_free(l->side[TAP_B].v);
	*l = (struct lay){ 0 };
}

static bool read_blocks(struct lay_blocks *out, struct slice marks)
{
	struct marks_reader r;
	struct mark_block block;

	out->count = 0;
	marks_read(&r, marks);
	while (marks_next(&r, &block)) {
		if (!TAPS_ROOM(out->v, out->capacity, out->count))
			return false;
		out->v[out->count++] = block;
	}
	return true;
}

/* The block with this number; NULL: there is none. */
static const struct mark_block *find(const struct lay_blocks *b, int64_t number)
{
	size_t from = 0, to = b->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (b->v[middle].number < number)
			from = middle + 1;
		else
			to = middle;
	}
	return from < b->count && b->v[from].number == number ? &b->v[from] : NULL;
}

static int64_t floor_wraps(int64_t blocks)
{
	int64_t wraps = blocks / NUMBERS_WRAP;

	return (wraps - (blocks % NUMBERS_WRAP < 0)) * NUMBERS_WRAP;
}

/* The shift by whole wraps under which a mark of B's has the time it should have by A's. */
static bool shift_of_mark(const struct lay_blocks *a, const struct mark_block *b, double about_us,
                          int64_t *shift)
{
	int64_t first = a->v[0].number, last = a->v[a->count - 1].number;
	int64_t from = floor_wraps(first - b->number);
	double best = APART_MOST;

	for (int64_t s = from; b->number + s <= last && s < from + WRAPS_MOST * NUMBERS_WRAP;
	     s += NUMBERS_WRAP) {
		const struct mark_block *other = find(a, b->number + s);
		if (!other || other->time_us == RECORD_NULL)
			continue;
		double off = fabs((double)(b->time_us - other->time_us) - about_us);
		if (off < best) {
			best = off;
			*shift = s;
		}
	}
	return best < APART_MOST;
}

/* Without marks in common (a few packets only): the least shift. */
static int64_t shift_of_numbers(const struct lay_blocks *a, const struct lay_blocks *b)
{
	return floor_wraps(a->v[0].number - b->v[0].number + NUMBERS_WRAP / 2);
}

static void find_shift(struct lay *l, double about_us)
{
	const struct lay_blocks *a = &l->side[TAP_A], *b = &l->side[TAP_B];

	for (size_t i = 0; i < b->count; i++)
		if (b->v[i].time_us != RECORD_NULL &&
		    shift_of_mark(a, &b->v[i], about_us, &l->shift))
			return;
	l->shift = shift_of_numbers(a, b);
}

/* Do they have packets in common, at least a quarter of what the shorter one has? */
static bool have_common(const struct lay *l)
{
	struct lay_walk w = { 0 };
	struct lay_step step;
	int64_t common = 0, of[TAP_SIDES] = { 0 };

	while (lay_next(l, &w, &step)) {
		common += __builtin_popcount(step.came[TAP_A] & step.came[TAP_B]);
		of[TAP_A] += __builtin_popcount(step.came[TAP_A]);
		of[TAP_B] += __builtin_popcount(step.came[TAP_B]);
	}
	return common && 4 * common >= (of[TAP_A] < of[TAP_B] ? of[TAP_A] : of[TAP_B]);
}

bool lay_open(struct lay *l, const struct tap_stream *a, const struct tap_stream *b,
              double about_us, bool *same)
{
	*same = false;
	if (!read_blocks(&l->side[TAP_A], a->marks) || !read_blocks(&l->side[TAP_B], b->marks))
		return false;
	if (!l->side[TAP_A].count || !l->side[TAP_B].count)
		return true;
	find_shift(l, about_us);
	*same = have_common(l);
	return true;
}

bool lay_next(const struct lay *l, struct lay_walk *w, struct lay_step *out)
{
	const struct lay_blocks *a = &l->side[TAP_A], *b = &l->side[TAP_B];
	const struct mark_block *x = w->at[TAP_A] < a->count ? &a->v[w->at[TAP_A]] : NULL,
	                        *y = w->at[TAP_B] < b->count ? &b->v[w->at[TAP_B]] : NULL;

	if (!x && !y)
		return false;
	int64_t of_y = y ? y->number + l->shift : 0;
	bool take_x = x && (!y || x->number <= of_y), take_y = y && (!x || of_y <= x->number);
	*out = (struct lay_step){ .number = take_x ? x->number : of_y,
		                  .time_us = { RECORD_NULL, RECORD_NULL } };
	if (take_x) {
		out->came[TAP_A] = x->came;
		out->time_us[TAP_A] = x->time_us;
		w->at[TAP_A]++;
	}
	if (take_y) {
		out->came[TAP_B] = y->came;
		out->time_us[TAP_B] = y->time_us;
		w->at[TAP_B]++;
	}
	return true;
}
