/* A line to type in, at the bottom of the screen. */
#ifndef REPORTS_BROWSE_PROMPT_H
#define REPORTS_BROWSE_PROMPT_H

#include "reports/browse/cells.h"

#define PROMPT_MAX 400 /* octets */

enum prompt_kind { PROMPT_NONE, PROMPT_FILTER, PROMPT_SEARCH, PROMPT_SAVE, PROMPT_REPLACE };
enum prompt_result { PROMPT_GOES_ON, PROMPT_DONE, PROMPT_GIVEN_UP };

struct prompt {
	enum prompt_kind kind;
	const char *label, *hint; /* borrowed; the hint stands above */
	char text[PROMPT_MAX + 1];
	size_t n, at; /* octets, cursor */
};

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *hint,
                 const char *text);
enum prompt_result prompt_key(struct prompt *p, int key);
/* In one row, the part around the cursor where it is longer. */
void prompt_draw(const struct prompt *p, struct cells *c, unsigned row);

#endif
