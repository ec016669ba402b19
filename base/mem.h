/* Every allocation of ours goes through here, so that tests can count them and make the n-th one fail. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As malloc/calloc/realloc/free; NULL when out of memory. Free with mem_free only. */
void *mem_alloc(size_t bytes) __attribute__((malloc, warn_unused_result));
void *mem_zalloc(size_t bytes) __attribute__((malloc, warn_unused_result));
void *mem_resize(void *p, size_t bytes) __attribute__((warn_unused_result));
void mem_free(void *p);

/* What will be read soon after a long time untouched: its cache lines come at once, not one after the other as each is met. */
static inline void mem_prefetch(const void *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		__builtin_prefetch((const char *)p + i);
}

/* Number of allocations and resizes so far in this process. */
uint64_t mem_count(void);

/* For tests: the (n+1)-th allocation from now fails, and only that one. UINT64_MAX switches it off. */
void mem_fail_after(uint64_t n);

#endif
