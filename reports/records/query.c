#include "reports/records/query.h"

#include "base/mem.h"
#include "reports/records/store.h"
#include "reports/records/store_file.h"

#include <sqlite3.h>
#include <string.h>

struct records {
	sqlite3 *db;
	bool owned;
	char *path;
};

struct query {
	sqlite3_stmt *statement;
	struct records *records;
	int bind_failure; /* the first SQLite code that was not OK, reported by the next step */
	bool bounded; /* of query_new_select() */
	unsigned million_steps_left;
};

static const char *name_of(const struct records *r)
{
	return r->path ? r->path : "records in memory";
}

static bool read_failed(const struct records *r, int code, const char *text, struct err *err)
{
	if ((code & 0xFF) == SQLITE_NOMEM)
		return err_memory(err, "a query");
	return err_set(err, ERR_DATABASE, "cannot read '%s': %s", name_of(r), text);
}

/* Everything that can be said without sqlite3, in words for people. */
static bool is_readable(const char *path, struct err *err)
{
	enum db_kind kind;
	uint32_t version;

	if (!db_file_identify(path, &kind, &version, err))
		return false;
	switch (kind) {
	case DB_ABSENT: return err_set(err, ERR_IO, "no such file: '%s'", path);
	case DB_DIRECTORY:
		return err_set(err, ERR_FORMAT, "'%s' is a directory, not a Milliwatt database",
		               path);
	case DB_FOREIGN:
	case DB_SPECIAL:
		return err_set(err, ERR_FORMAT,
		               "'%s' is not a Milliwatt database (make one with 'milliwatt analyze "
		               "CAPTURE -o FILE')",
		               path);
	case DB_OURS: break;
	}
	if (version > RECORDS_SCHEMA_VERSION)
		return err_set(
		        err, ERR_FORMAT,
		        "'%s' was written by a newer Milliwatt (schema %u, this one reads %d)",
		        path, (unsigned)version, RECORDS_SCHEMA_VERSION);
	if (version < RECORDS_SCHEMA_VERSION)
		return err_set(err, ERR_FORMAT,
		               "'%s' was written by an older Milliwatt (schema %u, this one reads "
		               "%d); analyze the capture again",
		               path, (unsigned)version, RECORDS_SCHEMA_VERSION);
	return true;
}

static char *copy_string(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = mem_alloc(n);

	return copy ? memcpy(copy, s, n) : NULL;
}

static bool open_file(struct records *r, const char *path, struct err *err)
{
	char *literal = db_file_literal(path);

	r->owned = true;
	r->path = copy_string(path);
	if (!literal || !r->path) {
		mem_free(literal);
		return err_memory(err, "the database");
	}
	int code =
	        sqlite3_open_v2(literal, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	mem_free(literal);
	/* The file may be damaged behind its header, and a schema that others wrote may call functions. */
	if (code == SQLITE_OK)
		code = sqlite3_exec(r->db,
		                    "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA "
		                    "cell_size_check = ON; SELECT count(*) FROM runs",
		                    NULL, NULL, NULL);
	return code == SQLITE_OK || read_failed(r, code, sqlite3_errmsg(r->db), err);
}

struct records *records_open(const char *path, struct err *err)
{
	if (!is_readable(path, err))
		return NULL;
	struct records *r = mem_zalloc(sizeof *r);
	if (!r) {
		err_memory(err, "the database");
		return NULL;
	}
	if (!open_file(r, path, err)) {
		records_close(r);
		return NULL;
	}
	return r;
}

struct records *records_of(struct sqlite3 *handle, struct err *err)
{
	struct records *r = mem_zalloc(sizeof *r);

	if (!r) {
		err_memory(err, "the database");
		return NULL;
	}
	r->db = handle;
	return r;
}

void records_close(struct records *r)
{
	if (!r)
		return;
	if (r->owned)
		sqlite3_close(r->db);
	mem_free(r->path);
	mem_free(r);
}

const char *records_path(const struct records *r)
{
	return r->path;
}

struct query *query_new(struct records *r, struct err *err, const char *sql)
{
	struct query *q = mem_zalloc(sizeof *q);

	if (!q) {
		err_memory(err, "a query");
		return NULL;
	}
	q->records = r;
	int code = sqlite3_prepare_v2(r->db, sql, -1, &q->statement, NULL);
	if (code != SQLITE_OK) {
		read_failed(r, code, sqlite3_errmsg(r->db), err);
		query_free(q);
		return NULL;
	}
	return q;
}

/* Reading, and what reading needs; nothing else: no PRAGMA, no ATTACH. */
static int only_reading(void *context, int action, const char *a, const char *b, const char *c,
                        const char *d)
{
	(void)context, (void)a, (void)b, (void)c, (void)d;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE: return SQLITE_OK;
	default: return SQLITE_DENY;
	}
}

static int count_million(void *context)
{
	struct query *q = context;

	if (q->million_steps_left)
		q->million_steps_left--;
	return !q->million_steps_left;
}

/* Whether something but blanks, comments and semicolons follows is SQLite's to say. */
static bool is_one_statement(struct query *q, const char *tail, struct err *err)
{
	sqlite3_stmt *next = NULL;

	if (!q->statement)
		return err_set(err, ERR_DATABASE, "it is empty");
	while (*tail == ';')
		tail++;
	int code = *tail ? sqlite3_prepare_v2(q->records->db, tail, -1, &next, &tail) : SQLITE_OK;
	sqlite3_finalize(next);
	return (code == SQLITE_OK && !next) ||
	       err_set(err, ERR_DATABASE, "it must be one SELECT alone");
}

static bool prepare_select(struct query *q, const char *sql, struct err *err)
{
	const char *tail = "";

	sqlite3_set_authorizer(q->records->db, only_reading, NULL);
	int code = sqlite3_prepare_v2(q->records->db, sql, -1, &q->statement, &tail);
	bool ok = false;
	if (code == SQLITE_AUTH)
		err_set(err, ERR_DATABASE, "it must only read: %s", sqlite3_errmsg(q->records->db));
	else if ((code & 0xFF) == SQLITE_NOMEM)
		err_memory(err, "a query");
	else if (code != SQLITE_OK)
		err_set(err, ERR_DATABASE, "%s", sqlite3_errmsg(q->records->db));
	else if (q->statement && !sqlite3_stmt_readonly(q->statement)) /* VACUUM INTO asks nobody */
		err_set(err, ERR_DATABASE, "it must only read");
	else
		ok = is_one_statement(q, tail, err);
	sqlite3_set_authorizer(q->records->db, NULL, NULL);
	return ok;
}

struct query *query_new_select(struct records *r, struct err *err, struct slice sql,
                               unsigned million_steps)
{
	struct query *q = mem_zalloc(sizeof *q);
	char *text = mem_alloc(sql.n + 1);
	bool ok = false;

	if (q && text) {
		q->records = r;
		q->million_steps_left = million_steps;
		ok = prepare_select(q, slice_cstr(sql, text, sql.n + 1), err);
	} else {
		err_memory(err, "a query");
	}
	mem_free(text);
	if (!ok) {
		query_free(q);
		return NULL;
	}
	q->bounded = true;
	sqlite3_progress_handler(r->db, 1000000, count_million, q);
	return q;
}

static void note_bind(struct query *q, int code)
{
	if (q->bind_failure == SQLITE_OK)
		q->bind_failure = code;
}

void query_bind_int(struct query *q, int index, int64_t value)
{
	if (value == RECORD_NULL)
		note_bind(q, sqlite3_bind_null(q->statement, index));
	else
		note_bind(q, sqlite3_bind_int64(q->statement, index, value));
}

void query_bind_real(struct query *q, int index, double value)
{
	note_bind(q, sqlite3_bind_double(q->statement, index, value)); /* NAN is NULL to SQLite */
}

void query_bind_text(struct query *q, int index, struct slice value)
{
	if (!value.p)
		note_bind(q, sqlite3_bind_null(q->statement, index));
	else
		note_bind(q, sqlite3_bind_text64(q->statement, index, (const char *)value.p,
		                                 value.n, SQLITE_TRANSIENT, SQLITE_UTF8));
}

bool query_step(struct query *q, struct err *err)
{
	if (q->bind_failure != SQLITE_OK)
		return read_failed(q->records, q->bind_failure, sqlite3_errstr(q->bind_failure),
		                   err);
	int code = sqlite3_step(q->statement);
	if (code == SQLITE_ROW)
		return true;
	if (code == SQLITE_INTERRUPT && q->bounded)
		return err_set(err, ERR_DATABASE, "it takes too long");
	if (code != SQLITE_DONE)
		read_failed(q->records, code, sqlite3_errmsg(q->records->db), err);
	return false;
}

void query_reset(struct query *q)
{
	sqlite3_reset(q->statement);
}

void query_free(struct query *q)
{
	if (!q)
		return;
	if (q->bounded)
		sqlite3_progress_handler(q->records->db, 0, NULL, NULL);
	sqlite3_finalize(q->statement);
	mem_free(q);
}

enum query_type query_type(struct query *q, int column)
{
	switch (sqlite3_column_type(q->statement, column)) {
	case SQLITE_INTEGER: return QUERY_INT;
	case SQLITE_FLOAT: return QUERY_REAL;
	case SQLITE_NULL: return QUERY_NULL;
	default: return QUERY_TEXT;
	}
}

bool query_is_null(struct query *q, int column)
{
	return query_type(q, column) == QUERY_NULL;
}

bool query_is_blob(struct query *q, int column)
{
	return sqlite3_column_type(q->statement, column) == SQLITE_BLOB;
}

int64_t query_int(struct query *q, int column)
{
	if (query_is_null(q, column))
		return RECORD_NULL;
	int64_t value = sqlite3_column_int64(q->statement, column);
	return value > QUERY_INT_MOST    ? QUERY_INT_MOST
	       : value < -QUERY_INT_MOST ? -QUERY_INT_MOST
	                                 : value;
}

double query_real(struct query *q, int column)
{
	return query_is_null(q, column) ? NAN : sqlite3_column_double(q->statement, column);
}

struct slice query_text(struct query *q, int column)
{
	const unsigned char *p = sqlite3_column_text(q->statement, column);

	if (!p)
		return SLICE_NONE;
	return slice_of(p, (size_t)sqlite3_column_bytes(q->statement, column));
}

struct slice query_octets(struct query *q, int column)
{
	const void *p = sqlite3_column_blob(q->statement, column);

	if (!p)
		return SLICE_NONE;
	return slice_of(p, (size_t)sqlite3_column_bytes(q->statement, column));
}

int query_columns(const struct query *q)
{
	return sqlite3_column_count(q->statement);
}

const char *query_column_name(const struct query *q, int column)
{
	return sqlite3_column_name(q->statement, column);
}
