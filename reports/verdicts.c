#include "reports/verdicts.h"

#include "base/clock.h"
#include "reports/records/store.h"

#include <stdarg.h>
#include <stdio.h>

void verdicts_init(struct verdicts *v, const char *title, const char *database)
{
	*v = (struct verdicts){ .database = database, .started_us = clock_wall_us() };
	arena_init(&v->arena, 8192);
	verdicts_say(v, &v->title, "%s", title);
}

void verdicts_release(struct verdicts *v)
{
	arena_release(&v->arena);
}

static struct slice keep(struct verdicts *v, struct slice s)
{
	struct slice kept;

	if (!arena_keep(&v->arena, s, &kept))
		v->failed = true;
	return kept;
}

struct verdict *verdicts_add(struct verdicts *v, struct slice group, struct slice name,
                             enum verdict_result result)
{
	struct verdict *one = arena_zalloc(&v->arena, sizeof *one);

	if (!one) {
		v->failed = true;
		v->spare = (struct verdict){ .result = result };
		return &v->spare;
	}
	*(v->last ? &v->last->next : &v->first) = one;
	v->last = one;
	one->group = keep(v, group);
	one->name = keep(v, name);
	one->result = result;
	v->counts[result]++;
	return one;
}

void verdicts_turn(struct verdicts *v, struct verdict *one, enum verdict_result result)
{
	if (one != &v->spare) {
		v->counts[one->result]--;
		v->counts[result]++;
	}
	one->result = result;
}

void verdicts_say(struct verdicts *v, struct slice *to, const char *format, ...)
{
	va_list args;

	*to = SLICE_NONE;
	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *p = n < 0 ? NULL : arena_alloc(&v->arena, (size_t)n + 1);
	if (!p) {
		v->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	*to = slice_of(p, (size_t)n);
}

void verdicts_blame(struct verdicts *v, struct verdict *one, int64_t call_id, struct slice text)
{
	if (one->blame_count++ >= VERDICT_MAX_BLAME)
		return;
	struct verdict_blame *b = arena_zalloc(&v->arena, sizeof *b);
	if (!b) {
		v->failed = true;
		return;
	}
	b->call_id = call_id;
	b->text = keep(v, text);
	*(one->last_blame ? &one->last_blame->next : &one->blame) = b;
	one->last_blame = b;
}

static void take_one(struct verdicts *v, const struct verdict *from, struct slice prefix)
{
	struct verdict *one = verdicts_add(v, SLICE_NONE, from->name, from->result);

	verdicts_say(v, &one->group, "%.*s%s%.*s", SLICE_ARG(prefix),
	             prefix.n && from->group.n ? "." : "", SLICE_ARG(from->group));
	one->expected = keep(v, from->expected);
	one->actual = keep(v, from->actual);
	one->note = keep(v, from->note);
	one->file = keep(v, from->file);
	one->line = from->line;
	one->seconds = from->seconds;
	for (const struct verdict_blame *b = from->blame; b; b = b->next)
		verdicts_blame(v, one, b->call_id, b->text);
	one->blame_count = from->blame_count;
}

void verdicts_take(struct verdicts *v, const struct verdicts *from, struct slice prefix)
{
	for (const struct verdict *one = from->first; one; one = one->next)
		take_one(v, one, prefix);
	v->failed |= from->failed;
}

int verdicts_exit_code(const struct verdicts *v)
{
	return v->counts[VERDICT_ERROR] ? 2 : v->counts[VERDICT_FAILED] ? 1 : 0;
}
