/* Octets that a call keeps for a while (its Call-ID, the message it may have to send again, the one that [last_*] asks for), from pools by
 * size, so that keeping and letting go is no work for the allocator. */
#ifndef SIM_ENGINE_KEPT_H
#define SIM_ENGINE_KEPT_H

#include "base/pool.h"
#include "base/slice.h"

struct kept {
	uint32_t n, room;
	uint8_t p[];
};

#define KEPT_CLASSES 10

struct kept_pools {
	struct pool pools[KEPT_CLASSES];
	size_t octets; /* given out now */
};

void kept_pools_init(struct kept_pools *k);
void kept_pools_release(struct kept_pools *k);
/* NULL: out of memory. */
struct kept *kept_new(struct kept_pools *k, struct slice s);
void kept_free(struct kept_pools *k, struct kept *p); /* NULL allowed */
/* *p becomes a copy of s, in place where it fits. False: out of memory, *p is NULL. */
bool kept_set(struct kept_pools *k, struct kept **p, struct slice s);

static inline struct slice kept_slice(const struct kept *p)
{
	return p ? slice_of(p->p, p->n) : SLICE_NONE;
}

#endif
