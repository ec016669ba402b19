#include "analyzer/streams/gaps.h"

static struct stream_gap *shortest(struct stream_gaps *g)
{
	struct stream_gap *found = &g->gaps[0];

	for (unsigned i = 1; i < g->kept; i++)
		if (gap_length_ns(&g->gaps[i]) < gap_length_ns(found))
			found = &g->gaps[i];
	return found;
}

void gaps_add(struct stream_gaps *g, const struct stream_gap *gap)
{
	struct stream_gap *place;

	g->count++;
	if (g->kept < GAPS_KEPT) {
		g->gaps[g->kept++] = *gap;
		return;
	}
	place = shortest(g);
	if (gap_length_ns(gap) > gap_length_ns(place))
		*place = *gap;
}
