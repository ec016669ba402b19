/* The database as a file: what stands at a path before sqlite3 is asked, and the partial file a run is written to. */
#ifndef REPORTS_RECORDS_STORE_FILE_H
#define REPORTS_RECORDS_STORE_FILE_H

#include "base/err.h"

#include <stdint.h>

enum db_kind {
	DB_ABSENT,
	DB_OURS, /* application_id says Milliwatt */
	DB_FOREIGN, /* a regular file of another kind */
	DB_DIRECTORY,
	DB_SPECIAL, /* a device, a pipe, a socket */
};

/* Looks at the first 100 octets (SQLite file format, section 1.3) of what is at `path`; *version is the user_version of DB_OURS.
 * False: it exists but cannot be read. */
bool db_file_identify(const char *path, enum db_kind *kind, uint32_t *version, struct err *err);

/* A path that sqlite3 takes literally: "file:x", ":memory:" and the like get "./" in front. Gives; NULL when out of memory. */
char *db_file_literal(const char *path);

/* Where a run will end up, and where it is written meanwhile. */
struct store_target {
	char *shown; /* as the user named it */
	char *path; /* with symbolic links followed */
	char *partial; /* path + ".partial-PID" */
	bool created; /* the partial file is ours to remove */
};

/* Checks that `path` may be (over)written and creates the partial file, empty. On failure *t needs no release. */
bool store_target_open(struct store_target *t, const char *path, struct err *err);

/* Renames the finished file into place. */
bool store_target_commit(struct store_target *t, struct err *err);

/* Removes the partial file if it is still there. */
void store_target_release(struct store_target *t);

#endif
