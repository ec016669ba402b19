#include "analyzer/findings/lru.h"

#include "base/mem.h"

void lru_init(struct lru *l, size_t max)
{
	table_init(&l->table);
	list_init(&l->order);
	l->max = max;
}

void lru_release(struct lru *l)
{
	while (!lru_is_empty(l))
		lru_drop(l, lru_first(l));
	table_release(&l->table);
}

static bool any(const void *value, const void *key)
{
	(void)value, (void)key;
	return true;
}

void *lru_get(struct lru *l, uint64_t hash)
{
	struct lru_node *n = table_get(&l->table, hash, any, NULL);

	if (n)
		list_move_last(&l->order, &n->node);
	return n;
}

void *lru_add(struct lru *l, uint64_t hash, size_t bytes)
{
	struct lru_node *n = mem_zalloc(bytes);

	if (!n || !table_put(&l->table, hash, n)) {
		mem_free(n);
		return NULL;
	}
	n->hash = hash;
	list_append(&l->order, &n->node);
	return n;
}

void *lru_first(const struct lru *l)
{
	return list_is_empty(&l->order) ? NULL : (void *)l->order.next;
}

void *lru_full(const struct lru *l)
{
	return l->table.count >= l->max ? lru_first(l) : NULL;
}

void lru_drop(struct lru *l, void *entry)
{
	struct lru_node *n = entry;

	if (!n)
		return;
	table_remove(&l->table, n->hash, n);
	list_remove(&n->node);
	mem_free(n);
}
