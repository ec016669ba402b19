/* From one thread to one other, without locks: entries of any length in a ring of fixed size. What does not fit is not taken: the writer counts it. */
#ifndef CLI_RECORD_RING_H
#define CLI_RECORD_RING_H

#include "base/slice.h"

#include <stdatomic.h>

struct record_entry {
	uint32_t whole; /* octets to the next one */
	uint32_t length; /* of what stands behind */
	int64_t time_ns;
	uint32_t kind; /* the user's; RECORD_RING_SKIP is the ring's own */
	uint32_t unused;
};

#define RECORD_RING_SKIP UINT32_MAX

struct record_ring {
	uint8_t *octets;
	size_t size; /* a power of two */
	/* Of the writer */
	_Alignas(64) _Atomic size_t written;
	size_t read_seen, ahead; /* ahead: what the entry being written takes */
	_Atomic uint64_t lost;
	_Atomic int64_t newest_ns; /* time of the last entry */
	/* Of the reader */
	_Alignas(64) _Atomic size_t read;
	size_t written_seen;
};

/* False: no memory. */
bool record_ring_init(struct record_ring *r, size_t size);
void record_ring_release(struct record_ring *r);

/* Writer: room for `length` octets, 16-aligned, behind an entry that is filled in but for them; NULL: full, counted. Then commit. */
void *record_ring_reserve(struct record_ring *r, uint32_t kind, int64_t time_ns, size_t length);
void record_ring_commit(struct record_ring *r);

/* Reader: the oldest entry, NULL: none. It stays until drop. */
const struct record_entry *record_ring_front(struct record_ring *r);
void record_ring_drop(struct record_ring *r);

static inline const void *record_entry_octets(const struct record_entry *e)
{
	return (const uint8_t *)e + 32;
}

#endif
