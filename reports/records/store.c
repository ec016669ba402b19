/* The writer's life cycle over sqlite3: open, batches, indices, rename. */
#include "reports/records/store.h"

#include "base/mem.h"
#include "base/text.h"
#include "build/schema.h"
#include "reports/records/query.h"
#include "reports/records/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* A load into a new file needs neither journal nor sync: a failed run's file is thrown away, and one that was cut off by a power
 * failure can be made again from its captures. The cache is kept small because the rows come in order and are never read back.
 * Pages of 16 KiB took 10 % less time than those of 4 KiB; larger ones gained nothing more. */
static const char settings[] = "PRAGMA page_size = 16384;"
			       "PRAGMA journal_mode = OFF;"
			       "PRAGMA synchronous = OFF;"
			       "PRAGMA locking_mode = EXCLUSIVE;"
			       "PRAGMA cache_size = -8192;"
			       "PRAGMA temp_store = FILE;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA secure_delete = OFF;"
			       "PRAGMA foreign_keys = OFF;";

/* The CHECK (... IN (...)) of the schema builds a little B-tree per INSERT: a quarter of the whole load. Stores in memory (tests,
 * dumps) keep checking; STRICT types and NOT NULL hold everywhere. */
static const char file_settings[] = "PRAGMA ignore_check_constraints = ON";

/* Made after the load, about half a microsecond per row each. One per question that a view of a single call asks; the small tables
 * (captures, kpi, subscriptions, ...) and whole-table views need none. transactions(dialog_id) is for people's own queries only, stream_intervals
 * and rtcp_reports are read whole: not worth their time. */
static const char indices[] = "CREATE INDEX messages_by_dialog ON messages (dialog_id);"
			      "CREATE INDEX dialogs_by_call ON dialogs (call_id);"
			      "CREATE INDEX streams_by_call ON streams (call_id);"
			      "CREATE INDEX dtmf_by_call ON dtmf (call_id);";

/* A store in memory is read by `dump`, which goes from every row to its children. */
static const char memory_indices[] = "CREATE INDEX transactions_by_dialog ON transactions (dialog_id);"
				     "CREATE INDEX intervals_by_stream ON stream_intervals (stream_id);"
				     "CREATE INDEX rtcp_by_stream ON rtcp_reports (stream_id);"
				     "CREATE INDEX dtmf_by_stream ON dtmf (stream_id);";

/* Like mem_fail_after(): process-wide on purpose, so that tests can reach every step. */
static atomic_uint_fast64_t steps;
static atomic_uint_fast64_t fail_at = UINT64_MAX;

void store_fail_after(uint64_t n)
{
	atomic_store(&fail_at, n == UINT64_MAX ? UINT64_MAX : atomic_load(&steps) + n);
}

static bool must_fail(void)
{
	return atomic_fetch_add_explicit(&steps, 1, memory_order_relaxed) ==
	       atomic_load_explicit(&fail_at, memory_order_relaxed);
}

static const char *store_name(const struct store *s)
{
	return s->target.shown ? s->target.shown : "records in memory";
}

/* Says what sqlite3 says, and the system's own word where there is one; the first failure sticks. */
static bool store_failed(struct store *s, int code, struct err *err)
{
	int system = s->db ? sqlite3_system_errno(s->db) : 0;
	bool io = (code & 0xFF) == SQLITE_IOERR && system != 0;

	if (code == SQLITE_NOMEM)
		err_memory(err, "the database");
	else
		err_set(err, ERR_DATABASE, "cannot write '%s': %s%s%s", store_name(s), sqlite3_errstr(code),
			io ? ": " : "", io ? strerror(system) : "");
	if (code == SQLITE_CONSTRAINT || code == SQLITE_ERROR || code == SQLITE_MISUSE)
		err_context(err, "%s", sqlite3_errmsg(s->db));
	if (!s->failed.code)
		s->failed = *err;
	return false;
}

static bool still_sound(struct store *s, struct err *err)
{
	assert(!s->finished);
	if (s->failed.code)
		*err = s->failed;
	return !s->failed.code;
}

bool store_exec(struct store *s, const char *sql, struct err *err)
{
	if (!still_sound(s, err))
		return false;
	int code = must_fail() ? SQLITE_FULL : sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK || store_failed(s, code, err);
}

static bool step(struct store *s, sqlite3_stmt *statement, struct err *err)
{
	int code = must_fail() ? SQLITE_FULL : sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE || store_failed(s, code, err);
}

static bool prepare(struct store *s, const char *sql, sqlite3_stmt **out, struct err *err)
{
	int code = must_fail() ? SQLITE_FULL : sqlite3_prepare_v2(s->db, sql, -1, out, NULL);

	return code == SQLITE_OK || store_failed(s, code, err);
}

/* "INSERT INTO t (a, b) VALUES (?,?),(?,?)" */
static bool prepare_insert(struct store *s, const struct table_shape *shape, unsigned rows, sqlite3_stmt **out,
			   struct err *err)
{
	struct text sql;

	text_init(&sql);
	text_addf(&sql, "INSERT INTO %s (%s) VALUES ", shape->name, shape->columns);
	for (unsigned row = 0; row < rows; row++) {
		text_addf(&sql, row ? ",(" : "(");
		for (unsigned i = 0; i < shape->column_count; i++)
			text_addf(&sql, i ? ",?" : "?");
		text_addf(&sql, ")");
	}
	bool ok = sql.failed ? err_memory(err, "an SQL statement") : prepare(s, text_cstr(&sql), out, err);
	text_release(&sql);
	return ok;
}

static int bind_cell(sqlite3_stmt *statement, int index, const struct cell *c)
{
	switch (c->type) {
	case CELL_INT: return sqlite3_bind_int64(statement, index, c->integer);
	case CELL_REAL: return sqlite3_bind_double(statement, index, c->real);
	case CELL_TEXT:
		return sqlite3_bind_text64(statement, index, (const char *)c->text, c->n, SQLITE_STATIC,
					   SQLITE_UTF8);
	case CELL_NULL: break;
	}
	return sqlite3_bind_null(statement, index);
}

static bool is_bound(const struct cell *c, const struct cell *bound)
{
	return c->type == bound->type &&
	       (c->type == CELL_NULL || (c->type == CELL_INT && c->integer == bound->integer));
}

/* Many values are the same from batch to batch (zeros, NULLs, the run): what is bound already stays. `bound` NULL: bind all. */
static bool insert(struct store *s, sqlite3_stmt *statement, const struct cell *cells, struct cell *bound, unsigned count,
		   struct err *err)
{
	for (unsigned i = 0; i < count; i++) {
		if (bound && is_bound(&cells[i], &bound[i]))
			continue;
		if (bound)
			bound[i] = cells[i];
		int code = bind_cell(statement, (int)i + 1, &cells[i]);
		if (code != SQLITE_OK)
			return store_failed(s, code, err);
	}
	return step(s, statement, err);
}

static bool batch_write(struct store *s, struct batch *b, struct err *err)
{
	unsigned columns = b->shape->column_count;
	bool ok = true;

	if (b->rows == b->shape->batch_rows)
		ok = insert(s, b->many, b->cells, b->cells + b->shape->batch_rows * columns, b->rows * columns, err);
	else
		for (unsigned row = 0; row < b->rows && ok; row++)
			ok = insert(s, b->one, b->cells + (size_t)row * columns, NULL, columns, err);
	b->rows = b->next = 0;
	b->text_bytes = 0;
	arena_reset(&b->arena);
	return ok;
}

static bool batch_open(struct store *s, struct batch *b, struct err *err)
{
	b->cells = mem_zalloc(2 * sizeof *b->cells * b->shape->batch_rows * b->shape->column_count);
	if (!b->cells)
		return err_memory(err, "rows of the database");
	return prepare_insert(s, b->shape, b->shape->batch_rows, &b->many, err) &&
	       prepare_insert(s, b->shape, 1, &b->one, err);
}

struct batch *store_row_begin(struct store *s, enum store_table table, struct err *err)
{
	struct batch *b = &s->batches[table];

	if (!still_sound(s, err))
		return NULL;
	if (!b->cells && !batch_open(s, b, err)) {
		s->failed = *err;
		return NULL;
	}
	return b;
}

bool store_row_end(struct store *s, struct batch *b, struct err *err)
{
	b->rows++;
	assert(b->next == b->rows * b->shape->column_count);
	if (b->out_of_memory) {
		err_memory(err, "rows of the database");
		s->failed = *err;
		return false;
	}
	if (b->rows < b->shape->batch_rows && b->text_bytes < STORE_BATCH_BYTES)
		return true;
	return batch_write(s, b, err);
}

bool store_flush(struct store *s, struct err *err)
{
	if (!still_sound(s, err))
		return false;
	for (unsigned i = 0; i < TABLE_COUNT; i++)
		if (s->batches[i].rows && !batch_write(s, &s->batches[i], err))
			return false;
	return true;
}

static void bind_slice(sqlite3_stmt *statement, int index, struct slice s)
{
	sqlite3_bind_text64(statement, index, s.p ? (const char *)s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static bool write_run(struct store *s, const struct record_run *run, struct err *err)
{
	sqlite3_stmt *statement = NULL;

	if (!prepare(s, "INSERT INTO runs (id, kind, command, version, started_us) VALUES (?,?,?,?,?)", &statement,
		     err))
		return false;
	sqlite3_bind_int64(statement, 1, run->id);
	bind_slice(statement, 2, run->kind);
	bind_slice(statement, 3, run->command);
	bind_slice(statement, 4, run->version);
	sqlite3_bind_int64(statement, 5, run->started_us);
	bool ok = step(s, statement, err);
	sqlite3_finalize(statement);
	return ok;
}

static bool open_database(struct store *s, struct err *err)
{
	char marks[128];
	const char *path = s->in_memory ? ":memory:" : s->target.partial;
	/* One thread uses one store: no mutexes. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int code = must_fail() ? SQLITE_CANTOPEN : sqlite3_open_v2(path, &s->db, flags, NULL);

	if (code != SQLITE_OK)
		return store_failed(s, code, err);
	snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN;",
		 RECORDS_APPLICATION_ID, RECORDS_SCHEMA_VERSION);
	return store_exec(s, settings, err) && (s->in_memory || store_exec(s, file_settings, err)) &&
	       store_exec(s, marks, err) && store_exec(s, records_schema, err);
}

struct store *store_create(const char *path, const struct record_run *run, struct err *err)
{
	struct store *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(err, "the database");
		return NULL;
	}
	/* Counting every allocation costs 5 %. Refused, harmlessly, once SQLite is in use. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	s->in_memory = path == NULL;
	s->run_id = run->id;
	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		s->batches[i].shape = &store_shapes[i];
		arena_init(&s->batches[i].arena, 16u << 10);
	}
	if ((path && !store_target_open(&s->target, path, err)) || !open_database(s, err) ||
	    !write_run(s, run, err)) {
		store_free(s);
		return NULL;
	}
	return s;
}

static void release_batches(struct store *s)
{
	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		struct batch *b = &s->batches[i];
		sqlite3_finalize(b->many);
		sqlite3_finalize(b->one);
		mem_free(b->cells);
		arena_release(&b->arena);
		b->many = b->one = NULL;
		b->cells = NULL;
	}
}

static bool move_into_place(struct store *s, struct err *err)
{
	int code = sqlite3_close(s->db);

	s->db = NULL;
	if (code != SQLITE_OK)
		return store_failed(s, code, err);
	return store_target_commit(&s->target, err);
}

bool store_finish(struct store *s, int64_t finished_us, struct err *err)
{
	char sql[128];

	snprintf(sql, sizeof sql, "UPDATE runs SET finished_us = %" PRId64 ", complete = 1 WHERE id = %" PRId64,
		 finished_us, s->run_id);
	if (!store_flush(s, err) || !store_exec(s, indices, err) ||
	    (s->in_memory && !store_exec(s, memory_indices, err)) || !store_exec(s, sql, err) ||
	    !store_exec(s, "COMMIT", err))
		return false;
	release_batches(s);
	s->finished = s->in_memory || move_into_place(s, err);
	return s->finished;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	release_batches(s);
	sqlite3_close(s->db);
	store_target_release(&s->target);
	mem_free(s);
}

struct sqlite3 *store_handle(struct store *s)
{
	return s->db;
}
