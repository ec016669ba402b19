#include "sim/media/port_pool.h"

#include "base/mem.h"

#include <assert.h>

bool port_pool_init(struct port_pool *p, uint16_t min, uint16_t max, unsigned part, unsigned parts)
{
	uint32_t first = (uint32_t)min + (min & 1), end = (uint32_t)max + 1;

	*p = (struct port_pool){ .first = (uint16_t)first };
	p->count = end > first ? (end - first) / 2 : 0;
	p->next = parts ? p->count / parts * (part % parts) : 0;
	p->taken = mem_zalloc((p->count / 64 + 1) * sizeof *p->taken);
	return p->taken != NULL;
}

void port_pool_release(struct port_pool *p)
{
	mem_free(p->taken);
	p->taken = NULL;
}

uint16_t port_pool_take(struct port_pool *p)
{
	for (uint32_t tries = 0; tries < p->count && p->used < p->count; tries++) {
		uint32_t i = p->next;
		uint64_t bit = UINT64_C(1) << i % 64;

		p->next = i + 1 < p->count ? i + 1 : 0;
		if (p->taken[i / 64] & bit)
			continue;
		p->taken[i / 64] |= bit;
		p->used++;
		return (uint16_t)(p->first + 2 * i);
	}
	return 0;
}

void port_pool_give(struct port_pool *p, uint16_t port)
{
	uint32_t i = (uint32_t)(port - p->first) / 2;

	assert(port >= p->first && i < p->count);
	if (!(p->taken[i / 64] & UINT64_C(1) << i % 64))
		return;
	p->taken[i / 64] &= ~(UINT64_C(1) << i % 64);
	p->used--;
}
