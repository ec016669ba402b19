/* What is over and written, but of which late messages may still come: they find their dialog and transaction here, and are not taken
 * for something new whose beginning the capture missed. Small entries in a ring, oldest first, chained by hash from the newest back;
 * whoever falls out of the ring's end is out of every chain, because the chains end there too. */
#ifndef ANALYZER_CALLS_ENDED_H
#define ANALYZER_CALLS_ENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENDED_MAX       262144 /* beyond, the oldest is forgotten */
#define ENDED_MARK_BITS 28
#define ENDED_MARK_MASK ((UINT32_C(1) << ENDED_MARK_BITS) - 1)

struct ended_entry {
	uint64_t hash; /* of a call: its Call-ID's; of a transaction: its key's */
	int64_t id, dialog_id; /* 0: none */
	uint32_t since_s; /* eviction time, modulo 2^32 */
	uint32_t older; /* number of the next one of the chain */
	/* Of transactions. */
	uint32_t mark : ENDED_MARK_BITS; /* its newest final response, 0: none */
	uint32_t request_seen : 1, ack_seen : 1, initial : 1, has_sdp : 1;
};

struct ended {
	struct ended_entry *ring;
	uint32_t *newest; /* by hash: number of the chain's first */
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t first, count; /* numbers of the entries: first .. first + count - 1, modulo 2^32 */
	uint32_t keep_s;
};

void ended_init(struct ended *e, uint32_t keep_s);
void ended_release(struct ended *e);

/* Copies the entry (`since_s` and `older` are set here). False when out of memory. */
bool ended_add(struct ended *e, const struct ended_entry *entry, int64_t now_ns);

/* It may soon be looked for. */
static inline void ended_prefetch(const struct ended *e, uint64_t hash)
{
	if (e->capacity)
		__builtin_prefetch(&e->newest[hash & (e->capacity - 1)]);
}

/* The newest one with this hash, NULL if there is none. Valid until the next one is added. */
struct ended_entry *ended_find(struct ended *e, uint64_t hash, int64_t now_ns);

/* Invariants. */
bool ended_check(const struct ended *e);

#endif
