#include "analyzer/streams/content.h"

#include "base/hash.h"

#define PERIOD 8

static bool is_periodic(struct slice payload)
{
	return memcmp(payload.p, payload.p + PERIOD, payload.n - PERIOD) == 0;
}

static bool is_after(const struct content_mark *a, const struct content_mark *b)
{
	return a->rank != b->rank ? a->rank > b->rank : a->hash > b->hash;
}

static void find_last(struct content *c)
{
	c->last = 0;
	for (unsigned i = 1; i < c->count; i++)
		if (is_after(&c->marks[i], &c->marks[c->last]))
			c->last = i;
}

static struct content_mark *find(struct content *c, uint64_t hash)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->marks[i].hash == hash)
			return &c->marks[i];
	return NULL;
}

void content_push(struct content *c, int64_t time_ns, struct slice payload)
{
	uint32_t rank = (uint32_t)hash_bytes(payload.p, sizeof(uint64_t), 0);
	bool full = c->count == CONTENT_MARKS;
	struct content_mark *same;

	if ((full && rank > c->marks[c->last].rank) || is_periodic(payload))
		return;
	struct content_mark mark = { hash_slice(payload, 0), time_ns, rank, false };
	same = find(c, mark.hash);
	if (same)
		same->repeated = true;
	else if (!full)
		c->marks[c->count++] = mark;
	else if (is_after(&c->marks[c->last], &mark))
		c->marks[c->last] = mark;
	else
		return;
	find_last(c);
}
