/* What the views share: whole queries as JSON, and small pieces of text. Every text that came from packets is escaped here. */
#ifndef REPORTS_ROWS_H
#define REPORTS_ROWS_H

#include "base/err.h"
#include "base/text.h"
#include "reports/records/query.h"
#include "reports/records/store.h"

/* Functions that take a struct err expect it clean (ERR_NONE): that is how the end of a query is told from its failure. */

/* Prepares `sql` and binds its parameter ?1, if it has one, to `id` (RECORD_NULL binds NULL). */
struct query *rows_query(struct records *r, const char *sql, int64_t id, struct err *err);

/* The first row of such a query: true if there is one, and *q is to be freed; false if none, or err is set. */
bool rows_first(struct records *r, const char *sql, int64_t id, struct query **q, struct err *err);

/* The first column of the first row; RECORD_NULL if there is none. False: err is set. */
bool rows_int(struct records *r, const char *sql, int64_t id, int64_t *out, struct err *err);

/* Frees the query; true if it ended without a failure and `out` has not run out of memory. */
bool rows_end(struct query *q, const struct text *out, struct err *err);

/* `"name": value` pairs of the current row in braces; column names are the keys. */
void rows_json_object(struct query *q, struct text *out);
/* All rows as an array of objects, one a line, `indent` tabs deep. */
bool rows_json_array(struct records *r, const char *sql, int64_t id, unsigned indent,
                     struct text *out, struct err *err);
/* The first row as an object, `null` if there is none. */
bool rows_json_first(struct records *r, const char *sql, int64_t id, struct text *out,
                     struct err *err);

/* `"name": value`; null for RECORD_NULL and what JSON cannot say. `name`: ours. */
void rows_json_int(struct text *out, const char *name, int64_t value);
void rows_json_real(struct text *out, const char *name, double value);

/* The shortest decimal that reads back as the same double; null for what JSON cannot say. */
void rows_add_json_real(struct text *out, double value);

/* One word for a POSIX shell (control bytes as $'..'), to be pasted into a command line. */
void rows_add_shell(struct text *out, const char *word);
/* "milliwatt COMMAND DB" */
void rows_add_command(struct text *out, const struct records *r, const char *command);
/* "milliwatt show DB ID" */
void rows_add_show_command(struct text *out, const struct records *r, int64_t call_id);

/* "12.345 s", "5 min 12 s", "2 h 05 min"; "-" for RECORD_NULL. */
void rows_add_duration(struct text *out, int64_t us);
/* Date and time with milliseconds and " UTC"; "-" for RECORD_NULL. */
void rows_add_time(struct text *out, int64_t us);

/* Terminal columns that `s` takes after text_add_terminal(): one per character. */
size_t rows_width(struct slice s);
/* Appends blanks until the text has grown by `width` columns since byte `start`. */
void rows_pad(struct text *out, size_t start, size_t width);

#endif
