#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The one deliberate process-wide state: allocation itself is process-wide, and tests need to see all of it. */
static atomic_uint_fast64_t allocations;
static atomic_uint_fast64_t fail_at = UINT64_MAX;

static bool must_fail(void)
{
	return atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed) ==
	       atomic_load_explicit(&fail_at, memory_order_relaxed);
}

void *mem_alloc(size_t bytes)
{
	return must_fail() ? NULL : malloc(bytes ? bytes : 1);
}

void *mem_zalloc(size_t bytes)
{
	return must_fail() ? NULL : calloc(1, bytes ? bytes : 1);
}

void *mem_resize(void *p, size_t bytes)
{
	return must_fail() ? NULL : realloc(p, bytes ? bytes : 1);
}

void mem_free(void *p)
{
	free(p);
}

uint64_t mem_count(void)
{
	return atomic_load(&allocations);
}

void mem_fail_after(uint64_t n)
{
	atomic_store(&fail_at, n == UINT64_MAX ? UINT64_MAX : mem_count() + n);
}
