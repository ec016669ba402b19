/* "Did you mean ...?": of several names the one that the fewest typing mistakes lead from. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

struct nearest {
	struct slice name;
	const char *best; /* NULL: none is near enough */
	unsigned mistakes;
};

/* Mistakes allowed: one for each three letters, one at least: rss is rrs (two letters exchanged count as one). */
struct nearest nearest_to(struct slice name);
void nearest_try(struct nearest *n, const char *candidate);
/* Letters missing, added, changed, or exchanged with their neighbour, from a to b; upper and lower case are the same. Names beyond 31 letters are
 * cut there. */
unsigned nearest_distance(struct slice a, struct slice b);

#endif
