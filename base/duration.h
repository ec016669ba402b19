/* Differences of capture times. Those of times that a file gave fit (clock.h); of any others the difference wraps, it never traps. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/clock.h"

static inline int64_t duration_between(int64_t from_ns, int64_t to_ns)
{
	return (int64_t)((uint64_t)to_ns - (uint64_t)from_ns);
}

static inline int64_t duration_after(int64_t from_ns, int64_t duration_ns)
{
	return (int64_t)((uint64_t)from_ns + (uint64_t)duration_ns);
}

#endif
