/* The baselines of a directory: every *.db in it, in order of their names. */
#ifndef CLI_COMPARE_NIGHTS_H
#define CLI_COMPARE_NIGHTS_H

#include "reports/compare/compare.h"

struct compare_nights {
	struct records *records[COMPARE_MAX_BASELINES];
	size_t count;
	size_t passed_over; /* of more than that, the first ones by name */
};

/* `tonight` is none of them, should it lie there too (NULL: does not matter). False: err names the file that cannot be read, or says that
 * there is none; nothing is to be closed then. */
bool compare_nights_open(struct compare_nights *n, const char *directory, const char *tonight,
                         struct err *err);
void compare_nights_close(struct compare_nights *n);

#endif
