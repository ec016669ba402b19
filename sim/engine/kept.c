#include "sim/engine/kept.h"

/* Fine where messages without a body lie: each is a call's for its whole length. */
static const uint32_t class_room[KEPT_CLASSES] = {
	24, 56, 120, 184, 248, 312, 376, 504, 760, 1528
};

void kept_pools_init(struct kept_pools *k)
{
	k->octets = 0;
	for (size_t i = 0; i < KEPT_CLASSES; i++)
		pool_init(&k->pools[i], class_room[i] + sizeof(struct kept));
}

void kept_pools_release(struct kept_pools *k)
{
	for (size_t i = 0; i < KEPT_CLASSES; i++)
		pool_release(&k->pools[i]);
}

static size_t class_of(size_t n)
{
	size_t class = 0;
	while (class < KEPT_CLASSES - 1 && class_room[class] < n)
		class ++;
	return class;
}

struct kept *kept_new(struct kept_pools *k, struct slice s)
{
	size_t class = class_of(s.n);
	size_t room = s.n > class_room[class] ? s.n : class_room[class];
	struct kept *p = pool_alloc(&k->pools[class], sizeof *p + room);

	if (!p)
		return NULL;
	p->n = (uint32_t)s.n;
	p->room = (uint32_t)room;
	if (s.n)
		memcpy(p->p, s.p, s.n);
	k->octets += sizeof *p + room;
	return p;
}

void kept_free(struct kept_pools *k, struct kept *p)
{
	if (!p)
		return;
	k->octets -= sizeof *p + p->room;
	pool_free(&k->pools[class_of(p->room)], p, sizeof *p + p->room);
}

bool kept_set(struct kept_pools *k, struct kept **p, struct slice s)
{
	if (*p && (*p)->room >= s.n && class_of((*p)->room) == class_of(s.n)) {
		(*p)->n = (uint32_t)s.n;
		memmove((*p)->p, s.p, s.n);
		return true;
	}
	struct kept *old = *p;
	*p = kept_new(k, s);
	kept_free(k, old);
	return *p != NULL;
}
