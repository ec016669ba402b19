#include "analyzer/calls/ended.h"

#include "base/mem.h"

struct entry {
	struct list_node node;
	uint64_t call_hash;
	int64_t dialog_id, until_ns;
};

void ended_init(struct ended *e)
{
	table_init(&e->table);
	list_init(&e->all);
}

static struct entry *owner(struct list_node *node)
{
	return (struct entry *)((char *)node - offsetof(struct entry, node));
}

static void forget(struct ended *e, struct entry *entry)
{
	table_remove(&e->table, entry->call_hash, entry);
	list_remove(&entry->node);
	mem_free(entry);
}

void ended_release(struct ended *e)
{
	while (!list_is_empty(&e->all))
		forget(e, owner(e->all.next));
	table_release(&e->table);
}

static void forget_old(struct ended *e, int64_t now_ns)
{
	while (!list_is_empty(&e->all) &&
	       (owner(e->all.next)->until_ns < now_ns || e->table.count >= ENDED_MAX))
		forget(e, owner(e->all.next));
}

static bool equal(const void *value, const void *call_hash)
{
	return ((const struct entry *)value)->call_hash == *(const uint64_t *)call_hash;
}

bool ended_add(struct ended *e, uint64_t call_hash, int64_t dialog_id, int64_t now_ns)
{
	struct entry *entry;

	forget_old(e, now_ns);
	entry = table_get(&e->table, call_hash, equal, &call_hash);
	if (entry) {
		list_move_last(&e->all, &entry->node);
	} else {
		entry = mem_alloc(sizeof *entry);
		if (!entry || !table_put(&e->table, call_hash, entry)) {
			mem_free(entry);
			return false;
		}
		list_append(&e->all, &entry->node);
		entry->call_hash = call_hash;
	}
	entry->dialog_id = dialog_id;
	entry->until_ns = now_ns + ENDED_KEEP_NS;
	return true;
}

int64_t ended_find(struct ended *e, uint64_t call_hash, int64_t now_ns)
{
	const struct entry *entry;

	forget_old(e, now_ns);
	entry = table_get(&e->table, call_hash, equal, &call_hash);
	return entry ? entry->dialog_id : 0;
}
