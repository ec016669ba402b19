#include "analyzer/joining/leg_index.h"

void leg_index_init(struct leg_index *x)
{
	table_init(&x->table);
}

void leg_index_release(struct leg_index *x)
{
	table_release(&x->table);
}

/* 64 bits of hash are the key; whoever walks the ring compares what he wants. */
static bool any(const void *value, const void *key)
{
	(void)value, (void)key;
	return true;
}

struct leg_link *leg_index_first(const struct leg_index *x, uint64_t hash)
{
	return table_get(&x->table, hash, any, NULL);
}

struct leg_link *leg_index_next(const struct leg_index *x, const struct leg_link *link)
{
	struct leg_link *next = (struct leg_link *)(void *)link->ring.next;

	return next == leg_index_first(x, link->hash) ? NULL : next;
}

bool leg_index_add(struct leg_index *x, struct leg_link *link, struct leg *leg, uint64_t hash)
{
	struct leg_link *first;

	if (link->leg)
		return true;
	first = leg_index_first(x, hash);
	list_init(&link->ring);
	if (first)
		list_append(&first->ring, &link->ring);
	else if (!table_put(&x->table, hash, link))
		return false;
	link->leg = leg;
	link->hash = hash;
	return true;
}

void leg_index_remove(struct leg_index *x, struct leg_link *link)
{
	struct leg_link *next;

	if (!link->leg)
		return;
	next = (struct leg_link *)(void *)link->ring.next;
	list_remove(&link->ring);
	/* The oldest stands for its ring; the place that it leaves is the next one's, so there is room. */
	if (table_remove(&x->table, link->hash, link) && next != link)
		table_put(&x->table, link->hash, next);
	link->leg = NULL;
}
