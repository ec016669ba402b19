/* Many sources in time order. Each source is a run of packets in its own order; the merge always gives the one whose next packet
 * is earliest, the lower index when times are equal. A heap of (time, index); sources wait closed, with the time of their first
 * packet, until the merge reaches them. Internal to analyzer/capture. */
#ifndef ANALYZER_CAPTURE_MERGE_H
#define ANALYZER_CAPTURE_MERGE_H

#include "analyzer/capture/source.h"

/* With more sources than this open at once, plain files give their descriptor back between two reads. */
#define MERGE_DESCRIPTORS 64

struct merge_entry {
	int64_t time_ns;
	struct source *source;
	struct packet packet; /* the source's next one, if it has been reached */
	bool has_packet;
};

struct merge {
	struct merge_entry *heap; /* the least first */
	size_t count;
	size_t open; /* sources reached and not finished */
	bool given; /* the packet of heap[0] is in the caller's hands: read on there first */
};

/* Room for as many sources as will be added. */
bool merge_init(struct merge *m, size_t sources, struct err *err);
void merge_release(struct merge *m);

/* A source whose first packet has this time. */
void merge_add(struct merge *m, struct source *s, int64_t first_ns);

enum capture_status merge_next(struct merge *m, struct capture_filter *filter, struct packet *out,
                               struct err *err);

void merge_check(const struct merge *m);

#endif
