/* Legs by a hash that several may share, those of one hash in a ring in the order in which they came. */
#ifndef ANALYZER_JOINING_LEG_INDEX_H
#define ANALYZER_JOINING_LEG_INDEX_H

#include "base/list.h"
#include "base/table.h"

#define LEG_INDEX_LOOKED_AT 64 /* of a ring, each way: more of one hash are no help to anyone */

struct leg;

/* A leg's place in an index, inside of the leg. */
struct leg_link {
	struct list_node ring; /* first: the ring leads back to it */
	struct leg *leg; /* NULL: not in the index */
	uint64_t hash;
};

struct leg_index {
	struct table table; /* the oldest of each ring */
};

void leg_index_init(struct leg_index *x);
void leg_index_release(struct leg_index *x);

/* False: out of memory. Does nothing where the leg is in already. */
bool leg_index_add(struct leg_index *x, struct leg_link *link, struct leg *leg, uint64_t hash);
void leg_index_remove(struct leg_index *x, struct leg_link *link);

/* The oldest one with this hash, NULL if there is none. */
struct leg_link *leg_index_first(const struct leg_index *x, uint64_t hash);
/* The one after it, NULL behind the last. */
struct leg_link *leg_index_next(const struct leg_index *x, const struct leg_link *link);

#endif
