/* From a field's text to its line: four octets a slot, at most half of them used; the text itself stays where the lines are. Of several
 * lines with the same text the last one put is found. */
#ifndef SIM_SCENARIO_INJECTION_INDEX_H
#define SIM_SCENARIO_INJECTION_INDEX_H

#include "base/slice.h"
#include "base/text.h"

struct injection_index {
	uint32_t *slots; /* line + 1; 0: free */
	size_t capacity, count; /* a power of two, or 0 */
	/* The indexed text of a line: borrows from the lines, or from `scratch` where it is made up. */
	struct slice (*key)(const void *context, uint32_t line, struct text *scratch);
	const void *context;
};

void injection_index_release(struct injection_index *x);
/* An equal one of its own. False: out of memory; *to is empty. */
bool injection_index_copy(const struct injection_index *from, struct injection_index *to);

/* Room for so many lines. False: out of memory; nothing changed. */
bool injection_index_reserve(struct injection_index *x, size_t lines);
/* There is room: injection_index_reserve(). False: `scratch` ran out of memory; nothing changed. */
bool injection_index_put(struct injection_index *x, uint32_t line, struct text *scratch);
/* Forgets the line if it is the one that its text finds; before its text changes. */
void injection_index_remove(struct injection_index *x, uint32_t line, struct text *scratch);
/* UINT32_MAX: none, or `scratch` ran out of memory. */
uint32_t injection_index_get(const struct injection_index *x, struct slice key,
                             struct text *scratch);

#endif
