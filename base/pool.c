#include "base/pool.h"

#include "base/mem.h"

#include <string.h>

#define BLOCK_OCTETS 32768

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif
_Static_assert(BLOCK_OCTETS % 16 == 0, "pieces stay aligned");

struct pool_block {
	struct pool_block *next;
	_Alignas(16) unsigned char octets[BLOCK_OCTETS];
};

void pool_init(struct pool *p, size_t size)
{
	size = (size + 15) & ~(size_t)15;
	*p = (struct pool){ .size = size, .alone = SANITIZED || size > BLOCK_OCTETS };
}

void pool_release(struct pool *p)
{
	while (p->blocks) {
		struct pool_block *block = p->blocks;
		p->blocks = block->next;
		mem_free(block);
	}
	pool_init(p, p->size);
}

static bool is_alone(const struct pool *p, size_t octets)
{
	return p->alone || octets > p->size;
}

static bool add_block(struct pool *p)
{
	struct pool_block *block = mem_alloc(sizeof *block);

	if (!block)
		return false;
	block->next = p->blocks;
	p->blocks = block;
	p->fresh = block->octets;
	p->fresh_count = BLOCK_OCTETS / p->size;
	return true;
}

void *pool_alloc(struct pool *p, size_t octets)
{
	void *piece = p->unused;

	if (is_alone(p, octets))
		return mem_alloc(octets);
	if (piece) {
		memcpy(&p->unused, piece, sizeof p->unused);
		return piece;
	}
	if (!p->fresh_count && !add_block(p))
		return NULL;
	piece = p->fresh;
	p->fresh += p->size;
	p->fresh_count--;
	return piece;
}

void pool_free(struct pool *p, void *piece, size_t octets)
{
	if (!piece || is_alone(p, octets)) {
		mem_free(piece);
		return;
	}
	memcpy(piece, &p->unused, sizeof p->unused);
	p->unused = piece;
}
