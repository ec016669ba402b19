/* Names met in the databases (trunks, scenarios, rules, codecs ...), each with a number: the same one in every database that is compared. */
#ifndef REPORTS_COMPARE_NAMES_H
#define REPORTS_COMPARE_NAMES_H

#include "base/arena.h"
#include "base/table.h"

/* So many names are told apart; further ones are all the last one, "others". */
#define NAMES_MOST 256
#define NAMES_NONE UINT16_MAX

struct names {
	struct table table;
	struct arena arena;
	struct slice list[NAMES_MOST];
	uint16_t count;
};

void names_init(struct names *n);
void names_release(struct names *n);

/* The number of a name, a new one if it was not met before; NAMES_NONE of an absent slice. False: out of memory. */
bool names_number(struct names *n, struct slice name, uint16_t *number);

#endif
