/* A table of at most so many things by a 64-bit hash of their keys, in order of use: where it is full the one unused for longest makes
 * room. The hash stands for the key: two keys in 2^64 that share one would share an entry, and nothing worse. */
#ifndef ANALYZER_FINDINGS_LRU_H
#define ANALYZER_FINDINGS_LRU_H

#include "base/list.h"
#include "base/table.h"

struct lru_node { /* first in what is kept */
	struct list_node node;
	uint64_t hash;
};

struct lru {
	struct table table;
	struct list_node order; /* unused for longest first */
	size_t max;
};

void lru_init(struct lru *l, size_t max);
void lru_release(struct lru *l);

/* NULL if there is none; what is found becomes the last in order. */
void *lru_get(struct lru *l, uint64_t hash);
/* `bytes` zeroed octets under a hash that is not there yet; call lru_full() before. NULL: out of memory. */
void *lru_add(struct lru *l, uint64_t hash, size_t bytes);
/* The one that has to make room before the next is added; NULL while there is room. */
void *lru_full(const struct lru *l);
/* Takes out and frees. NULL allowed. */
void lru_drop(struct lru *l, void *entry);
/* The one unused for longest, NULL if there is none. */
void *lru_first(const struct lru *l);

static inline bool lru_is_empty(const struct lru *l)
{
	return l->table.count == 0;
}

#endif
