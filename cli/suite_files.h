/* Files and folders as the suite needs them. Paths are absolute. */
#ifndef CLI_SUITE_FILES_H
#define CLI_SUITE_FILES_H

#include "base/err.h"
#include "base/text.h"

/* With those above it; there already is fine. */
bool suite_make_folder(const char *path, struct err *err);

/* Of at most `most` octets: the end of a longer file, with a line in front that says so. Synced to the disk. */
bool suite_copy_file(const char *from, const char *to, int64_t most, struct err *err);

/* Appends the last `most` octets of a file; nothing where it cannot be read. */
void suite_add_tail(struct text *out, const char *path, size_t most);

/* -1: it is not there. */
int64_t suite_file_octets(const char *path);

/* A folder as a tar archive (POSIX ustar), its regular files and folders by name, dates and owners of nobody. */
bool suite_tar_folder(const char *folder, const char *name_in_it, const char *archive,
                      struct err *err);

#endif
