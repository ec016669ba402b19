/* The list of all suites, made from the file names by suites.sh. */
#ifndef TESTS_UNIT_SUITES_H
#define TESTS_UNIT_SUITES_H

#include <check.h>

struct suite_entry {
	const char *name;
	Suite *(*make)(void);
};

extern const struct suite_entry suite_entries[]; /* ends with a NULL name */

#endif
