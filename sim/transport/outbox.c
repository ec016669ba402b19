#include "sim/transport/outbox.h"

#include <assert.h>

void outbox_clear(struct outbox *o, struct pool *pool)
{
	pool_free(pool, o->bytes, o->capacity);
	*o = (struct outbox){ 0 };
}

static bool reserve(struct outbox *o, struct pool *pool, size_t more)
{
	size_t n = outbox_length(o), capacity = o->capacity ? o->capacity : OUTBOX_PIECE;

	if (o->end + more <= o->capacity)
		return true;
	while (capacity < n + more)
		capacity *= 4;
	uint8_t *bytes = o->bytes;
	if (capacity != o->capacity) {
		bytes = pool_alloc(pool, capacity);
		if (!bytes)
			return false;
	}
	if (n)
		memmove(bytes, o->bytes + o->at, n);
	if (bytes != o->bytes)
		pool_free(pool, o->bytes, o->capacity);
	*o = (struct outbox){ bytes, 0, (uint32_t)n, (uint32_t)capacity };
	return true;
}

bool outbox_add(struct outbox *o, struct pool *pool, struct slice bytes, bool *full)
{
	size_t n = outbox_length(o);

	*full = bytes.n > UINT32_MAX / 8 || (n && n + bytes.n > OUTBOX_MAX);
	if (*full || !reserve(o, pool, bytes.n))
		return false;
	memcpy(o->bytes + o->end, bytes.p, bytes.n);
	o->end += (uint32_t)bytes.n;
	return true;
}

void outbox_take_back(struct outbox *o, struct pool *pool, size_t n)
{
	assert(n <= outbox_length(o));
	o->end -= (uint32_t)n;
	if (o->at == o->end)
		outbox_clear(o, pool);
}

void outbox_written(struct outbox *o, struct pool *pool, size_t n)
{
	assert(n <= outbox_length(o));
	o->at += (uint32_t)n;
	if (o->at == o->end)
		outbox_clear(o, pool);
}
