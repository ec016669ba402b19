/* Folders of files, for tests of what writes them. */
#ifndef TESTS_HELPERS_TREE_H
#define TESTS_HELPERS_TREE_H

#include "base/text.h"

/* Removes the folder with all in it; links are removed, not followed. Nothing there is well. */
void tree_remove(const char *path);
/* All files below, one a line in order of their names; folders are not named. */
void tree_list(const char *path, struct text *out);
/* The file's octets; false if there is none. */
bool tree_read(const char *path, struct text *out);

#endif
