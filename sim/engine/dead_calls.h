/* Calls that were: a message that comes for one of them is late, not unknown. Two generations of hashes of Call-IDs; the older goes when the
 * younger is full or old enough, so memory is bounded however fast calls end. */
#ifndef SIM_ENGINE_DEAD_CALLS_H
#define SIM_ENGINE_DEAD_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEAD_CALLS_MOST (1u << 17) /* of a generation: 1 MB each */

struct dead_calls {
	uint64_t *sets[2]; /* [0] the younger; NULL before the first */
	size_t count; /* of the younger */
	int64_t since_ns, keep_ns;
};

void dead_calls_init(struct dead_calls *d, int64_t keep_ns); /* 0: keeps none */
void dead_calls_release(struct dead_calls *d);
void dead_calls_add(struct dead_calls *d, uint64_t key,
                    int64_t now_ns); /* out of memory: forgets */
bool dead_calls_has(struct dead_calls *d, uint64_t key, int64_t now_ns);

#endif
