#include "sim/scenario/injection_index.h"

#include "base/hash.h"
#include "base/mem.h"

#define LEAST_SLOTS 16

void injection_index_release(struct injection_index *x)
{
	mem_free(x->slots);
	x->slots = NULL;
	x->capacity = x->count = 0;
}

bool injection_index_copy(const struct injection_index *from, struct injection_index *to)
{
	*to = *from;
	to->slots = NULL;
	to->capacity = to->count = 0;
	if (!from->capacity)
		return true;
	to->slots = mem_alloc(from->capacity * sizeof *to->slots);
	if (!to->slots)
		return false;
	memcpy(to->slots, from->slots, from->capacity * sizeof *to->slots);
	to->capacity = from->capacity;
	to->count = from->count;
	return true;
}

static struct slice key_of(const struct injection_index *x, uint32_t line, struct text *scratch)
{
	text_reset(scratch);
	return x->key(x->context, line, scratch);
}

static size_t home_of(const struct injection_index *x, struct slice key)
{
	return hash_slice(key, 0) & (x->capacity - 1);
}

/* Where the key is, or the free slot where it would be. SIZE_MAX: scratch ran out of memory. */
static size_t place_of(const struct injection_index *x, struct slice key, struct text *scratch)
{
	size_t at = home_of(x, key);

	for (; x->slots[at]; at = (at + 1) & (x->capacity - 1)) {
		struct slice other = key_of(x, x->slots[at] - 1, scratch);
		if (scratch->failed)
			return SIZE_MAX;
		if (slice_eq(key, other))
			break;
	}
	return at;
}

/* No key is there twice, so a slot is found without comparing. Only lines that were written come so: none of them is made up. */
static void move_in(struct injection_index *x, uint32_t slot, struct text *scratch)
{
	size_t at = home_of(x, key_of(x, slot - 1, scratch));

	while (x->slots[at])
		at = (at + 1) & (x->capacity - 1);
	x->slots[at] = slot;
}

bool injection_index_reserve(struct injection_index *x, size_t lines)
{
	struct injection_index bigger = *x;
	struct text scratch;

	if (lines * 2 <= x->capacity)
		return true;
	for (bigger.capacity = LEAST_SLOTS; bigger.capacity < lines * 2;)
		bigger.capacity *= 2;
	bigger.slots = mem_zalloc(bigger.capacity * sizeof *bigger.slots);
	if (!bigger.slots)
		return false;
	text_init(&scratch);
	for (size_t i = 0; i < x->capacity; i++)
		if (x->slots[i])
			move_in(&bigger, x->slots[i], &scratch);
	text_release(&scratch);
	mem_free(x->slots);
	*x = bigger;
	return true;
}

/* The key looked for has a scratch of its own: those it is compared with are made up too. */
bool injection_index_put(struct injection_index *x, uint32_t line, struct text *scratch)
{
	struct text other;

	text_init(&other);
	struct slice key = key_of(x, line, scratch);
	size_t at = scratch->failed ? SIZE_MAX : place_of(x, key, &other);
	if (at != SIZE_MAX) {
		x->count += x->slots[at] == 0;
		x->slots[at] = line + 1;
	}
	text_release(&other);
	return at != SIZE_MAX;
}

/* Backward shift: those behind the hole that may not stay behind it come nearer, so that no search ends at it. */
static void close_hole(struct injection_index *x, size_t hole, struct text *scratch)
{
	size_t mask = x->capacity - 1;

	for (size_t at = (hole + 1) & mask; x->slots[at]; at = (at + 1) & mask) {
		size_t home = home_of(x, key_of(x, x->slots[at] - 1, scratch));
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		x->slots[hole] = x->slots[at];
		hole = at;
	}
	x->slots[hole] = 0;
	x->count--;
}

/* Lines that are made up are never removed, so nothing runs out of memory here. */
void injection_index_remove(struct injection_index *x, uint32_t line, struct text *scratch)
{
	if (!x->capacity)
		return;
	size_t at = place_of(x, key_of(x, line, scratch), scratch);
	if (at != SIZE_MAX && x->slots[at] == line + 1)
		close_hole(x, at, scratch);
}

uint32_t injection_index_get(const struct injection_index *x, struct slice key,
                             struct text *scratch)
{
	if (!x->capacity)
		return UINT32_MAX;
	size_t at = place_of(x, key, scratch);
	return at == SIZE_MAX ? UINT32_MAX : x->slots[at] - 1;
}
