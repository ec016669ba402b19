#include "tests/helpers/shortage.h"

#include "base/mem.h"

#include <execinfo.h>
#include <stdlib.h>

#define MAX_DEPTH 96

static struct shortage *watching;

static uint64_t way_here(void)
{
	void *callers[MAX_DEPTH];
	int depth = backtrace(callers, MAX_DEPTH);
	uint64_t hash = UINT64_C(14695981039346656037);

	for (int i = 0; i < depth; i++)
		hash = (hash ^ (uintptr_t)callers[i]) * UINT64_C(1099511628211);
	return hash;
}

static void note(void)
{
	struct shortage *s = watching;

	if (!s)
		return;
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 1024;
		s->seen = realloc(s->seen, s->room * sizeof *s->seen);
		if (!s->seen)
			abort();
	}
	s->seen[s->count++] = (struct shortage_seen){ way_here(), mem_count() - s->start };
}

/* ---- what the linker puts in the place of base/mem.h ---- */

void *__real_mem_alloc(size_t bytes);
void *__real_mem_zalloc(size_t bytes);
void *__real_mem_resize(void *p, size_t bytes);
void *__wrap_mem_alloc(size_t bytes);
void *__wrap_mem_zalloc(size_t bytes);
void *__wrap_mem_resize(void *p, size_t bytes);

void *__wrap_mem_alloc(size_t bytes)
{
	note();
	return __real_mem_alloc(bytes);
}

void *__wrap_mem_zalloc(size_t bytes)
{
	note();
	return __real_mem_zalloc(bytes);
}

void *__wrap_mem_resize(void *p, size_t bytes)
{
	note();
	return __real_mem_resize(p, bytes);
}

/* ---- the plan ---- */

void shortage_watch(struct shortage *s)
{
	s->count = s->next = 0;
	s->start = mem_count();
	watching = s;
}

static int by_way(const void *a, const void *b)
{
	const struct shortage_seen *x = a, *y = b;

	if (x->way != y->way)
		return x->way < y->way ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static int by_number(const void *a, const void *b)
{
	const struct shortage_seen *x = a, *y = b;

	return x->n < y->n ? -1 : x->n > y->n;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_known(const struct shortage *s, uint64_t way)
{
	return s->known_count &&
	       bsearch(&way, s->known, s->known_count, sizeof way, by_value) != NULL;
}

static void learn(struct shortage *s)
{
	s->known = realloc(s->known, (s->known_count + s->count) * sizeof *s->known);
	if (!s->known)
		abort();
	for (size_t i = 0; i < s->count; i++)
		s->known[s->known_count++] = s->seen[i].way;
	qsort(s->known, s->known_count, sizeof *s->known, by_value);
}

void shortage_plan(struct shortage *s)
{
	size_t kept = 0;

	watching = NULL;
	if (!s->count)
		return;
	qsort(s->seen, s->count, sizeof *s->seen, by_way);
	for (size_t i = 0; i < s->count; i++) {
		struct shortage_seen seen = s->seen[i];
		bool first = i == 0 || s->seen[i - 1].way != seen.way;
		bool last = i + 1 == s->count || s->seen[i + 1].way != seen.way;
		if ((first || last) && !is_known(s, seen.way))
			s->seen[kept++] = seen;
	}
	s->count = kept;
	if (!kept)
		return;
	learn(s);
	qsort(s->seen, s->count, sizeof *s->seen, by_number);
}

bool shortage_next(struct shortage *s)
{
	if (s->next == s->count)
		return false;
	mem_fail_after(s->seen[s->next++].n);
	return true;
}

void shortage_over(void)
{
	mem_fail_after(UINT64_MAX);
}

unsigned long shortage_at(const struct shortage *s)
{
	return (unsigned long)s->seen[s->next - 1].n;
}

void shortage_release(struct shortage *s)
{
	free(s->seen);
	free(s->known);
	*s = (struct shortage){ 0 };
}
