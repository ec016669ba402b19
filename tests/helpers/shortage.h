/* Which allocations of a run to let fail. A run takes the same way to the same allocation again and again, packet by packet; what can go
 * wrong then lies in the way. So of each way (the functions that called one another, down to the allocation), the first and the last
 * time it is taken are let fail: the first while little is there to clean up, the last while most is.
 *
 *   struct shortage s = { 0 };
 *   shortage_watch(&s);           run();
 *   shortage_plan(&s);
 *   while (shortage_next(&s)) { ok = run(); shortage_over(); ... }
 *   shortage_release(&s);
 *
 * With several runs one after the other, shortage_watch() each, ways that were let fail in one before are left out.
 * Needs every allocation to go through a wrapper: the linker's --wrap, see the Makefile. One at a time in a process. */
#ifndef TESTS_HELPERS_SHORTAGE_H
#define TESTS_HELPERS_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shortage_seen {
	uint64_t way, n; /* hash of the return addresses; the n-th allocation of the run */
};

struct shortage {
	struct shortage_seen *seen; /* the run's allocations; after shortage_plan() those to fail */
	size_t count, room, next;
	uint64_t start;
	uint64_t *known; /* ways of runs before, sorted */
	size_t known_count;
};

/* From now on allocations are noted, until shortage_plan(). */
void shortage_watch(struct shortage *s);
void shortage_plan(struct shortage *s);

/* Lets the next one fail in the run that follows; false: all have. */
bool shortage_next(struct shortage *s);
void shortage_over(void); /* none fails any more */

/* The one let fail, for messages. */
unsigned long shortage_at(const struct shortage *s);
void shortage_release(struct shortage *s);

#endif
