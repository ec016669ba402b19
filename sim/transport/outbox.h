/* What waits to be written to a connection: octets, in order. Nothing is held while nothing waits. */
#ifndef SIM_TRANSPORT_OUTBOX_H
#define SIM_TRANSPORT_OUTBOX_H

#include "base/pool.h"
#include "base/slice.h"

#define OUTBOX_MAX   (512u * 1024u) /* beyond, a sender has to wait */
#define OUTBOX_PIECE 2048u /* what the pool gives without asking the system */

struct outbox {
	uint8_t *bytes; /* of the pool */
	uint32_t at, end, capacity;
};

static inline size_t outbox_length(const struct outbox *o)
{
	return o->end - o->at;
}

static inline struct slice outbox_waiting(const struct outbox *o)
{
	return slice_of(o->bytes + o->at, o->end - o->at);
}

/* One message is always taken where nothing waits, however large; false with *full: beyond OUTBOX_MAX, without: no memory. */
bool outbox_add(struct outbox *o, struct pool *pool, struct slice bytes, bool *full);
/* What was added last, and is not written. */
void outbox_take_back(struct outbox *o, struct pool *pool, size_t n);
void outbox_written(struct outbox *o, struct pool *pool, size_t n);
void outbox_clear(struct outbox *o, struct pool *pool);

#endif
