#include "analyzer/calls/ended.h"

#include "base/clock.h"
#include "base/mem.h"

#define ENDED_LOOKED_AT 64 /* per look-up: chains are short unless someone makes them long */

void ended_init(struct ended *e, uint32_t keep_s)
{
	*e = (struct ended){ .keep_s = keep_s };
}

void ended_release(struct ended *e)
{
	mem_free(e->ring);
	mem_free(e->newest);
	ended_init(e, e->keep_s);
}

static uint32_t seconds(int64_t now_ns)
{
	return (uint32_t)(now_ns / NS_PER_S);
}

static struct ended_entry *at(const struct ended *e, uint32_t number)
{
	return &e->ring[number & (e->capacity - 1)];
}

static void forget_old(struct ended *e, uint32_t now_s)
{
	while (e->count && now_s - at(e, e->first)->since_s > e->keep_s) {
		e->first++;
		e->count--;
	}
}

/* Into the ring's free end and the front of its chain. */
static void append(struct ended *e, const struct ended_entry *entry)
{
	uint32_t number = e->first + e->count++;
	uint32_t *newest = &e->newest[entry->hash & (e->capacity - 1)];
	struct ended_entry *place = at(e, number);

	*place = *entry;
	place->older = *newest;
	*newest = number;
}

static bool grow(struct ended *e)
{
	struct ended bigger = { .capacity = e->capacity ? 2 * e->capacity : 256,
		                .first = 1,
		                .keep_s = e->keep_s };

	bigger.ring = mem_alloc(bigger.capacity * sizeof *bigger.ring);
	bigger.newest = mem_zalloc(bigger.capacity * sizeof *bigger.newest);
	if (!bigger.ring || !bigger.newest) {
		ended_release(&bigger);
		return false;
	}
	for (uint32_t i = 0; i < e->count; i++)
		append(&bigger, at(e, e->first + i));
	ended_release(e);
	*e = bigger;
	return true;
}

bool ended_add(struct ended *e, const struct ended_entry *entry, int64_t now_ns)
{
	struct ended_entry added = *entry;

	added.since_s = seconds(now_ns);
	forget_old(e, added.since_s);
	if (e->count == e->capacity && e->capacity < ENDED_MAX && !grow(e))
		return false;
	if (e->count == e->capacity) {
		e->first++;
		e->count--;
	}
	append(e, &added);
	return true;
}

/* Links go from newer to older entries, so a step that does not is one into what has been forgotten, and the chain ends. */
struct ended_entry *ended_find(struct ended *e, uint64_t hash, int64_t now_ns)
{
	forget_old(e, seconds(now_ns));
	if (!e->count)
		return NULL;
	uint32_t number = e->newest[hash & (e->capacity - 1)];
	uint32_t below = e->count;
	for (unsigned i = 0; i < ENDED_LOOKED_AT && number - e->first < below; i++) {
		struct ended_entry *entry = at(e, number);
		if (entry->hash == hash)
			return entry;
		below = number - e->first;
		number = entry->older;
	}
	return NULL;
}

bool ended_check(const struct ended *e)
{
	if (e->count > e->capacity || e->capacity > ENDED_MAX || (e->capacity & (e->capacity - 1)))
		return false;
	for (uint32_t i = 1; i < e->count; i++)
		if (at(e, e->first + i)->since_s - at(e, e->first + i - 1)->since_s > e->keep_s)
			return false;
	return true;
}
