#include "reports/compare/names.h"

#include "base/hash.h"

#define SEED 0x6e616d6573u

struct name {
	struct slice text;
	uint16_t number;
};

void names_init(struct names *n)
{
	*n = (struct names){ 0 };
	table_init(&n->table);
	arena_init(&n->arena, 4096);
}

void names_release(struct names *n)
{
	table_release(&n->table);
	arena_release(&n->arena);
}

static bool name_equal(const void *value, const void *key)
{
	return slice_eq(((const struct name *)value)->text, *(const struct slice *)key);
}

bool names_number(struct names *n, struct slice name, uint16_t *number)
{
	*number = NAMES_NONE;
	if (!name.p)
		return true;
	uint64_t hash = hash_bytes(name.p, name.n, SEED);
	struct name *known = table_get(&n->table, hash, name_equal, &name);
	if (known) {
		*number = known->number;
		return true;
	}
	*number = NAMES_MOST - 1;
	if (n->count >= NAMES_MOST - 1) {
		n->count = NAMES_MOST;
		n->list[NAMES_MOST - 1] = SLICE_LIT("others");
		return true;
	}
	known = arena_alloc(&n->arena, sizeof *known);
	if (!known || !arena_keep(&n->arena, name, &known->text) ||
	    !table_put(&n->table, hash, known))
		return false;
	*number = known->number = n->count;
	n->list[n->count++] = known->text;
	return true;
}
