#include "sim/scenario/injection_written.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>

#define FIRST_ROOM 64

struct replaced {
	uint32_t line;
	struct slice text; /* its own */
};

void injection_written_init(struct injection_written *w)
{
	*w = (struct injection_written){ .index_field = -1 };
	table_init(&w->replaced);
	text_init(&w->scratch);
}

static void free_text(struct slice text)
{
	mem_free((void *)(uintptr_t)text.p);
}

void injection_written_release(struct injection_written *w)
{
	struct replaced *r;
	size_t at = 0;

	while ((r = table_next(&w->replaced, &at))) {
		free_text(r->text);
		mem_free(r);
	}
	table_release(&w->replaced);
	for (uint32_t n = 0; n < w->inserted_count; n++)
		free_text(w->inserted[n]);
	mem_free(w->inserted);
	injection_index_release(&w->index);
	text_release(&w->scratch);
}

static bool is_line(const void *value, const void *key)
{
	const struct replaced *r = value;
	const uint32_t *line = key;

	return r->line == *line;
}

static struct replaced *replaced(const struct injection_written *w, uint32_t line)
{
	return table_get(&w->replaced, hash_mix(line, 0), is_line, &line);
}

bool injection_written_line(const struct injection_written *w, uint32_t line, struct slice *out)
{
	if (line >= w->lines_read) {
		*out = w->inserted[line - w->lines_read];
		return true;
	}
	const struct replaced *r = replaced(w, line);
	if (r)
		*out = r->text;
	return r != NULL;
}

/* Never absent, for an empty line is a line. */
static bool copy_text(struct slice text, struct slice *out)
{
	uint8_t *p = mem_alloc(text.n + 1);

	if (!p)
		return false;
	if (text.n)
		memcpy(p, text.p, text.n);
	*out = slice_of(p, text.n);
	return true;
}

static bool reserve(struct injection_written *w)
{
	if (w->inserted_count < w->inserted_room)
		return true;
	uint32_t room = w->inserted_room ? w->inserted_room * 2 : FIRST_ROOM;
	struct slice *p = mem_resize(w->inserted, room * sizeof *p);
	if (!p)
		return false;
	w->inserted = p;
	w->inserted_room = room;
	return true;
}

bool injection_written_add(struct injection_written *w, struct slice text)
{
	if (!reserve(w) || !copy_text(text, &w->inserted[w->inserted_count]))
		return false;
	w->inserted_count++;
	return true;
}

/* A line that was read and is replaced for the first time: its place is made, with what it said. */
static bool make_place(struct injection_written *w, uint32_t line, struct slice text)
{
	struct replaced *r = mem_alloc(sizeof *r);

	if (!r)
		return false;
	*r = (struct replaced){ .line = line };
	if (!copy_text(text, &r->text) || !table_put(&w->replaced, hash_mix(line, 0), r)) {
		free_text(r->text);
		mem_free(r);
		return false;
	}
	return true;
}

bool injection_written_make(struct injection_written *w, uint32_t line, struct slice now,
                            struct slice text, struct slice *made)
{
	if (line < w->lines_read && !replaced(w, line) && !make_place(w, line, now))
		return false;
	return copy_text(text, made);
}

void injection_written_set(struct injection_written *w, uint32_t line, struct slice made)
{
	struct slice *place;

	if (line >= w->lines_read) {
		place = &w->inserted[line - w->lines_read];
	} else {
		struct replaced *r = replaced(w, line);
		assert(r);
		place = &r->text;
	}
	free_text(*place);
	*place = made;
}
