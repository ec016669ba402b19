/* Pieces of one size, given and taken back often: from blocks of many, which are kept until the end, for the most pieces there ever
 * were at once. Under the address sanitizer every piece is an allocation of its own, so that it sees each one's life. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool_block;

struct pool {
	struct pool_block *blocks;
	void *unused; /* chained through their first word */
	unsigned char *fresh; /* never given out yet, up to the block's end */
	size_t fresh_count;
	size_t size;
	bool alone; /* every piece an allocation of its own */
};

void pool_init(struct pool *p, size_t size);
/* Every piece is given back before. */
void pool_release(struct pool *p);

/* One piece, 16-byte aligned, not zeroed; more than `size` octets are an allocation of their own. NULL: out of memory. */
void *pool_alloc(struct pool *p, size_t octets);
/* `octets` as when it was given. NULL allowed. */
void pool_free(struct pool *p, void *piece, size_t octets);

#endif
