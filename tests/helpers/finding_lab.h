/* A recipe through the whole analyzer, and what was found in it. Failures abort the test. */
#ifndef TESTS_HELPERS_FINDING_LAB_H
#define TESTS_HELPERS_FINDING_LAB_H

#include "tests/helpers/temp_dir.h"

struct finding_case {
	const char *name, *recipe;
	const char *rules; /* a file of rules; NULL: as they come */
	const char *
	        findings; /* "rule|cause|occurrences|confidence" by lines, in order of rule and cause */
};

/* `those`: which findings are looked at, "rule IN ('D9', 'D11')". */
void finding_lab_check(struct temp_dir *dir, const struct finding_case *c, const char *those);

/* Allocations fail, see shortage.h: every run fails and says so. */
void finding_lab_without_memory(struct temp_dir *dir, const struct finding_case *c);

#endif
