/* Item numbers by hash: filled, sorted once, then looked up. Several items may share a hash; who looks compares. */
#ifndef ANALYZER_EXPORT_HASH_INDEX_H
#define ANALYZER_EXPORT_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_index {
	struct hash_index_entry {
		uint64_t hash;
		size_t item;
	} * entries;
	size_t count, capacity;
};

void hash_index_release(struct hash_index *x);
bool hash_index_add(struct hash_index *x, uint64_t hash, size_t item); /* false: out of memory */
void hash_index_sort(struct hash_index *x);

/* The place of the first entry with this hash, or where it would be; entries of one hash follow each other, by item. */
size_t hash_index_find(const struct hash_index *x, uint64_t hash);

/* for (size_t at = hash_index_find(x, hash), item; hash_index_next(x, hash, &at, &item);) */
static inline bool hash_index_next(const struct hash_index *x, uint64_t hash, size_t *at,
                                   size_t *item)
{
	if (*at >= x->count || x->entries[*at].hash != hash)
		return false;
	*item = x->entries[(*at)++].item;
	return true;
}

#endif
