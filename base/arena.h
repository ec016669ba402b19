/* Bump allocation with one lifetime: give everything back at once. Memory comes in chunks through mem.h. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t chunk_bytes;
};

/* No allocation happens before the first use. */
void arena_init(struct arena *a, size_t chunk_bytes);
void arena_release(struct arena *a);

/* Forgets all contents but keeps one chunk for the next round. */
void arena_reset(struct arena *a);

/* 16-byte aligned, not zeroed; NULL when out of memory. Asks larger than a chunk get a chunk of their own. */
void *arena_alloc(struct arena *a, size_t bytes);
void *arena_zalloc(struct arena *a, size_t bytes);

/* Copies the bytes of `s`; on failure *out is absent and the result false. An absent slice stays absent. */
bool arena_keep(struct arena *a, struct slice s, struct slice *out);

#endif
