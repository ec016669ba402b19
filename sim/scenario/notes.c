#include "sim/scenario/notes.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Grows by doubling, at counts that are powers of two. */
static struct scenario_note *add(struct scenario_notes *notes)
{
	size_t n = notes->count;

	if (n >= SCENARIO_MAX_NOTES)
		return NULL;
	if ((n & (n - 1)) == 0) {
		size_t room = n ? 2 * n : 1;
		struct scenario_note *all = mem_resize(notes->all, room * sizeof *all);
		if (!all)
			return NULL;
		notes->all = all;
	}
	return &notes->all[notes->count++];
}

bool notes_add(struct scenario_notes *notes, unsigned line, enum note_weight weight,
               const char *code, const char *format, ...)
{
	if (!notes || notes->count >= SCENARIO_MAX_NOTES)
		return true;
	struct scenario_note *note = add(notes);
	if (!note)
		return false;
	note->line = line;
	note->loud = weight == NOTE_LOUD;
	note->code = code;
	va_list ap;
	va_start(ap, format);
	vsnprintf(note->text, sizeof note->text, format, ap);
	va_end(ap);
	return true;
}

static int by_line(const void *a, const void *b)
{
	const struct scenario_note *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	int order = strcmp(x->code, y->code);
	return order ? order : strcmp(x->text, y->text);
}

void notes_sort(struct scenario_notes *notes)
{
	if (notes->count)
		qsort(notes->all, notes->count, sizeof *notes->all, by_line);
}

void notes_release(struct scenario_notes *notes)
{
	mem_free(notes->all);
	*notes = (struct scenario_notes){ 0 };
}
