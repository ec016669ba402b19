#include "analyzer/export/hash_index.h"

#include "base/mem.h"

#include <stdlib.h>

void hash_index_release(struct hash_index *x)
{
	mem_free(x->entries);
	*x = (struct hash_index){ 0 };
}

bool hash_index_add(struct hash_index *x, uint64_t hash, size_t item)
{
	if (x->count == x->capacity) {
		size_t capacity = x->capacity ? 2 * x->capacity : 64;
		void *grown = mem_resize(x->entries, capacity * sizeof *x->entries);
		if (!grown)
			return false;
		x->entries = grown;
		x->capacity = capacity;
	}
	x->entries[x->count++] = (struct hash_index_entry){ hash, item };
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct hash_index_entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

void hash_index_sort(struct hash_index *x)
{
	if (x->count)
		qsort(x->entries, x->count, sizeof *x->entries, compare);
}

size_t hash_index_find(const struct hash_index *x, uint64_t hash)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (x->entries[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
