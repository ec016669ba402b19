/* Reading the records database for the reports: small prepared queries, results as rows of typed columns. query.c and store.c are the
 * only files that see sqlite3. */
#ifndef REPORTS_RECORDS_QUERY_H
#define REPORTS_RECORDS_QUERY_H

#include "base/err.h"
#include "base/slice.h"

struct records;
struct sqlite3;

#define RECORDS_SCHEMA_VERSION 3
/* "MWTT": PRAGMA application_id of every database of ours. */
#define RECORDS_APPLICATION_ID 0x4D575454

/* Opens read-only. Errors say what is wrong: no such file, not a database of ours, written by a newer version. */
struct records *records_open(const char *path, struct err *err);
/* Over a store in memory (borrows the handle). */
struct records *records_of(struct sqlite3 *handle, struct err *err);
void records_close(struct records *r);
/* As given to records_open(); NULL in memory. */
const char *records_path(const struct records *r);

struct query;
/* Prepares; NULL and err if the SQL is wrong. */
struct query *query_new(struct records *r, struct err *err, const char *sql);
/* A SELECT that people wrote: one statement that only reads, whatever the handle allows; err says what else it is. It ends with an error
 * after so many steps of SQLite's machine, in millions. One of these at a time. */
struct query *query_new_select(struct records *r, struct err *err, struct slice sql,
                               unsigned million_steps);
void query_bind_int(struct query *q, int index, int64_t value);
void query_bind_real(struct query *q, int index, double value); /* NAN binds NULL */
void query_bind_text(struct query *q, int index, struct slice value);
/* True: there is a row. False: the end, or err is set. */
bool query_step(struct query *q, struct err *err);
void query_reset(struct query *q);
void query_free(struct query *q);

enum query_type { QUERY_NULL, QUERY_INT, QUERY_REAL, QUERY_TEXT };
enum query_type query_type(struct query *q, int column);
bool query_is_null(struct query *q, int column);
bool query_is_blob(struct query *q, int column); /* query_type() says QUERY_TEXT */
/* No time in us that a capture can have lies beyond. A database that somebody else wrote may hold anything; what is further away is taken
 * for this, so that the difference of two never overflows. */
#define QUERY_INT_MOST (INT64_MAX / 1000)
int64_t query_int(struct query *q, int column); /* RECORD_NULL for NULL */
double query_real(struct query *q, int column); /* NAN for NULL */
struct slice query_text(struct query *q, int column); /* absent for NULL; until the next step */
struct slice query_octets(struct query *q, int column); /* the same, of a BLOB */
int query_columns(const struct query *q);
const char *query_column_name(const struct query *q, int column);

#endif
