/* The table of keywords: what may stand between [ and ]. */
#ifndef SIM_SCENARIO_KEYWORD_H
#define SIM_SCENARIO_KEYWORD_H

#include "base/text.h"
#include "sim/scenario/scenario.h"

#define KEYWORD_ARGUMENTS_MOST 8

enum keyword_shape {
	KEYWORD_PLAIN, /* [name] */
	KEYWORD_OFFSET, /* [name], [name+N], [name-N] */
	KEYWORD_ARGUMENTS, /* [name a=b c="d e"] */
	KEYWORD_NUMBERED, /* [nameN a=b] */
	KEYWORD_PREFIXED, /* [name...]: the rest says which */
};

struct keyword_row {
	const char *name;
	enum keyword keyword;
	enum keyword_shape shape;
	const char *arguments[KEYWORD_ARGUMENTS_MOST];
	const char *needs; /* an argument that has to be there; NULL */
};

/* By exact name, of all shapes but KEYWORD_PREFIXED and _NUMBERED. NULL: none. */
const struct keyword_row *keyword_named(struct slice name);
/* [fieldN], [last_X], [cryptotag1audio]: by how it begins. NULL: none. */
const struct keyword_row *keyword_beginning(struct slice name);
/* As written; "text" for KEYWORD_TEXT. */
const char *keyword_name(enum keyword keyword);
/* The nearest name in the table, for "did you mean"; NULL where none is near. */
const char *keyword_nearest(struct slice name);

#endif
