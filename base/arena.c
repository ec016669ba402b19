#include "base/arena.h"

#include "base/mem.h"

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(16) uint8_t bytes[];
};

void arena_init(struct arena *a, size_t chunk_bytes)
{
	a->chunks = NULL;
	a->chunk_bytes = chunk_bytes;
}

void arena_release(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;
		mem_free(a->chunks);
		a->chunks = next;
	}
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = a->chunks;

	if (!keep)
		return;
	a->chunks = keep->next;
	arena_release(a);
	keep->next = NULL;
	keep->used = 0;
	a->chunks = keep;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct arena_chunk *c = a->chunks;
	size_t need = (bytes + 15) & ~(size_t)15;

	if (need < bytes)
		return NULL;
	if (!c || c->size - c->used < need) {
		size_t size = need > a->chunk_bytes ? need : a->chunk_bytes;
		c = mem_alloc(sizeof *c + size);
		if (!c)
			return NULL;
		c->size = size;
		c->used = 0;
		c->next = a->chunks;
		a->chunks = c;
	}
	void *p = c->bytes + c->used;
	c->used += need;
	return p;
}

void *arena_zalloc(struct arena *a, size_t bytes)
{
	void *p = arena_alloc(a, bytes);
	if (p)
		memset(p, 0, bytes);
	return p;
}

bool arena_keep(struct arena *a, struct slice s, struct slice *out)
{
	*out = SLICE_NONE;
	if (!s.p)
		return true;
	uint8_t *copy = arena_alloc(a, s.n);
	if (!copy)
		return false;
	if (s.n)
		memcpy(copy, s.p, s.n);
	*out = slice_of(copy, s.n);
	return true;
}
