/* A directory of its own for a test's files. Failure aborts the test program. */
#ifndef TESTS_HELPERS_TEMP_DIR_H
#define TESTS_HELPERS_TEMP_DIR_H

#include "base/slice.h"

struct temp_dir {
	char path[64];
	char file[160]; /* the last path made */
};

void temp_dir_make(struct temp_dir *d);
void temp_dir_remove(struct temp_dir *d); /* with the files in it */

/* "directory/name", valid until the next call; copy it to keep it. */
const char *temp_dir_path(struct temp_dir *d, const char *name);
/* Writes the file and gives its path as above. */
const char *temp_dir_write(struct temp_dir *d, const char *name, struct slice octets);
/* The same through "gzip" or "zstd". */
const char *temp_dir_write_compressed(struct temp_dir *d, const char *name, const char *filter,
                                      struct slice octets);

#endif
