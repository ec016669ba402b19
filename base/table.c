#include "base/table.h"

#include "base/mem.h"

void table_init(struct table *t)
{
	*t = (struct table){ 0 };
}

void table_release(struct table *t)
{
	mem_free(t->slots);
	table_init(t);
}

void *table_get(const struct table *t, uint64_t hash, table_equal *equal, const void *key)
{
	if (!t->capacity)
		return NULL;
	for (size_t i = hash & (t->capacity - 1); t->slots[i].value;
	     i = (i + 1) & (t->capacity - 1))
		if (t->slots[i].hash == hash && equal(t->slots[i].value, key))
			return t->slots[i].value;
	return NULL;
}

static void place(struct table *t, uint64_t hash, void *value)
{
	size_t i = hash & (t->capacity - 1);

	while (t->slots[i].value)
		i = (i + 1) & (t->capacity - 1);
	t->slots[i] = (struct table_slot){ hash, value };
}

static bool grow(struct table *t)
{
	struct table old = *t;
	size_t capacity = old.capacity ? 2 * old.capacity : 16;
	struct table_slot *slots = mem_zalloc(capacity * sizeof *slots);

	if (!slots)
		return false;
	t->slots = slots;
	t->capacity = capacity;
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i].value)
			place(t, old.slots[i].hash, old.slots[i].value);
	mem_free(old.slots);
	return true;
}

/* Half full at most: half of the look-ups find nothing, and those look at 2.5 slots so, at 8.5 if three quarters were. */
bool table_put(struct table *t, uint64_t hash, void *value)
{
	if (2 * (t->count + 1) > t->capacity && !grow(t))
		return false;
	place(t, hash, value);
	t->count++;
	return true;
}

/* Moves later members of the probe run into the hole, so that no run is ever broken. */
static void close_hole(struct table *t, size_t hole)
{
	size_t mask = t->capacity - 1;

	for (size_t i = (hole + 1) & mask; t->slots[i].value; i = (i + 1) & mask) {
		size_t home = t->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	t->slots[hole] = (struct table_slot){ 0, NULL };
}

bool table_remove(struct table *t, uint64_t hash, const void *value)
{
	if (!t->capacity)
		return false;
	for (size_t i = hash & (t->capacity - 1); t->slots[i].value;
	     i = (i + 1) & (t->capacity - 1)) {
		if (t->slots[i].value == value) {
			close_hole(t, i);
			t->count--;
			return true;
		}
	}
	return false;
}

void *table_next(const struct table *t, size_t *at)
{
	while (*at < t->capacity) {
		void *value = t->slots[(*at)++].value;
		if (value)
			return value;
	}
	return NULL;
}

static bool same_pointer(const void *value, const void *key)
{
	return value == key;
}

bool table_check(const struct table *t)
{
	size_t seen = 0;

	for (size_t i = 0; i < t->capacity; i++) {
		const struct table_slot *s = &t->slots[i];
		if (!s->value)
			continue;
		seen++;
		if (table_get(t, s->hash, same_pointer, s->value) != s->value)
			return false;
	}
	return seen == t->count && 2 * t->count <= t->capacity;
}
