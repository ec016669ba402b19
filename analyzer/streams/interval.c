#include "analyzer/streams/interval.h"

#include "base/duration.h"

#include <string.h>

int64_t interval_floor(int64_t time_ns, int64_t interval_ns)
{
	int64_t within = time_ns % interval_ns;

	return duration_between(within < 0 ? within + interval_ns : within, time_ns);
}

static bool is_empty(const struct interval_row *row)
{
	return !row->packets && !row->lost;
}

/* More may have been taken back than this row lost, when its own row is gone: the debt stays for the next row. */
static struct interval_row cut(struct intervals *v, const struct interval_totals *now,
                               bool late_known)
{
	struct interval_row row = {
		.start_ns = v->start_ns,
		.newest_before = v->before.newest,
		.packets = now->packets - v->before.packets,
		.late = now->late - v->before.late,
		.jitter_count = now->jitter_count - v->before.jitter_count,
		.lost = now->lost - v->before.lost,
		.jitter_sum_ns = now->jitter_sum_ns - v->before.jitter_sum_ns,
		.late_known = late_known,
	};
	int64_t debt = row.lost < 0 ? row.lost : 0;

	row.lost -= debt;
	v->before = *now;
	v->before.lost -= debt;
	return row;
}

bool intervals_turn(struct intervals *v, const struct interval_totals *now, bool late_known,
                    int64_t start_ns, struct interval_row *full)
{
	bool gives = false;

	if (v->begun) {
		struct interval_row row = cut(v, now, late_known);
		if (!is_empty(&row)) {
			gives = v->count == INTERVALS_HELD && intervals_take(v, full);
			v->rows[v->count++] = row;
		}
	} else {
		v->before = *now;
		v->begun = true;
	}
	v->start_ns = start_ns;
	return gives;
}

void intervals_merge_back(struct intervals *v, const struct interval_row *full)
{
	struct interval_row *row = &v->rows[0];

	row->start_ns = full->start_ns;
	row->newest_before = full->newest_before;
	row->packets += full->packets;
	row->late += full->late;
	row->jitter_count += full->jitter_count;
	row->lost += full->lost;
	row->jitter_sum_ns += full->jitter_sum_ns;
}

/* The row whose gap the number fell into; one from before the first packet may have been counted lost in any later one. */
static struct interval_row *row_that_lost(struct intervals *v, int64_t number)
{
	struct interval_row *any = NULL;

	for (unsigned i = v->count; i-- > 0;) {
		if (v->rows[i].lost <= 0)
			continue;
		if (number > v->rows[i].newest_before)
			return &v->rows[i];
		if (!any)
			any = &v->rows[i];
	}
	return any;
}

void intervals_take_back(struct intervals *v, int64_t number)
{
	if (!v->begun || number > v->before.newest)
		return;
	struct interval_row *row = row_that_lost(v, number);
	if (!row)
		return;
	row->lost--;
	v->before.lost--;
}

bool intervals_take(struct intervals *v, struct interval_row *row)
{
	if (!v->count)
		return false;
	*row = v->rows[0];
	v->count--;
	memmove(&v->rows[0], &v->rows[1], v->count * sizeof v->rows[0]);
	return true;
}
