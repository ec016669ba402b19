/* A hash table of pointers by 64-bit hash: open addressing, linear probing, backward-shift deletion (no tombstones).
 * The value knows its own key; `equal` compares. Borrows the values. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
	uint64_t hash;
	void *value; /* NULL: free */
};

struct table {
	struct table_slot *slots;
	size_t capacity; /* a power of two, or 0 before the first put */
	size_t count;
};

typedef bool table_equal(const void *value, const void *key);

void table_init(struct table *t);
void table_release(struct table *t);

/* It will soon be looked for, put or removed. */
static inline void table_prefetch(const struct table *t, uint64_t hash)
{
	if (t->capacity)
		__builtin_prefetch(&t->slots[hash & (t->capacity - 1)]);
}

/* NULL if there is none. */
void *table_get(const struct table *t, uint64_t hash, table_equal *equal, const void *key);

/* Adds without looking for an equal one. False when out of memory (the table is unchanged). */
bool table_put(struct table *t, uint64_t hash, void *value);

/* Takes out this very pointer; false if it is not there. */
bool table_remove(struct table *t, uint64_t hash, const void *value);

/* For loops over all values: start with *at = 0; NULL at the end. Do not put or remove meanwhile. */
void *table_next(const struct table *t, size_t *at);

/* Invariants: every value is reachable from its hash, count is right, load is at most 1/2. */
bool table_check(const struct table *t);

#endif
