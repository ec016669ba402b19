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

/* Number of allocations and resizes so far in this process. */
uint64_t mem_count(void);

/* For tests: the (n+1)-th allocation from now fails, and only that one. UINT64_MAX switches it off. */
void mem_fail_after(uint64_t n);

#endif
