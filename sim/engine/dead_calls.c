#include "sim/engine/dead_calls.h"

#include "base/mem.h"

#include <string.h>

#define SLOTS (2 * DEAD_CALLS_MOST)

void dead_calls_init(struct dead_calls *d, int64_t keep_ns)
{
	*d = (struct dead_calls){ .keep_ns = keep_ns };
}

void dead_calls_release(struct dead_calls *d)
{
	mem_free(d->sets[0]);
	mem_free(d->sets[1]);
	*d = (struct dead_calls){ 0 };
}

static void turn(struct dead_calls *d, int64_t now_ns)
{
	uint64_t *older = d->sets[1];

	if (d->count < DEAD_CALLS_MOST && now_ns - d->since_ns < d->keep_ns)
		return;
	d->sets[1] = d->sets[0];
	d->sets[0] = older;
	if (older)
		memset(older, 0, SLOTS * sizeof *older);
	d->count = 0;
	d->since_ns = now_ns;
}

static uint64_t *place(uint64_t *set, uint64_t key)
{
	size_t i = key & (SLOTS - 1);
	while (set[i] && set[i] != key)
		i = (i + 1) & (SLOTS - 1);
	return &set[i];
}

void dead_calls_add(struct dead_calls *d, uint64_t key, int64_t now_ns)
{
	if (!d->keep_ns || !key)
		return;
	turn(d, now_ns);
	if (!d->sets[0] && !(d->sets[0] = mem_zalloc(SLOTS * sizeof *d->sets[0])))
		return;
	uint64_t *slot = place(d->sets[0], key);
	d->count += *slot == 0;
	*slot = key;
}

bool dead_calls_has(struct dead_calls *d, uint64_t key, int64_t now_ns)
{
	turn(d, now_ns);
	for (size_t i = 0; i < 2; i++)
		if (d->sets[i] && *place(d->sets[i], key))
			return true;
	return false;
}
