/* The files that the paths of a command line stand for: a path is itself, a directory is the regular files in it, in name order,
 * not recursive, without hidden ones. Internal to analyzer/capture. */
#ifndef ANALYZER_CAPTURE_FILE_LIST_H
#define ANALYZER_CAPTURE_FILE_LIST_H

#include "base/arena.h"
#include "base/err.h"

#define FILE_LIST_MAX 100000 /* beyond: an error */

struct file_entry {
	const char *path;
	const char
	        *directory; /* the path given that it was found in; NULL if it was itself given */
};

struct file_list {
	struct file_entry *entries;
	size_t count, capacity;
	struct arena names;
};

void file_list_init(struct file_list *l);
void file_list_release(struct file_list *l);

/* Keeps a copy of the path. False and err: a directory that cannot be read, too many files, stdin ("-") twice, memory. */
bool file_list_add(struct file_list *l, const char *path, struct err *err);

#endif
