/* The writer's life cycle over sqlite3: open, batches, finish, rename. */
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
                               "PRAGMA cache_size = -2048;"
                               "PRAGMA temp_store = FILE;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA secure_delete = OFF;"
                               "PRAGMA foreign_keys = OFF;";

/* The CHECK (... IN (...)) of the schema builds a little B-tree per INSERT: a quarter of the whole load. Stores in memory (tests,
 * dumps) keep checking; STRICT types and NOT NULL hold everywhere. */
static const char file_settings[] = "PRAGMA ignore_check_constraints = ON";

/* Kept up during the load: call ids come almost in order, so a row costs a third of what sorting it afterwards would. One per question
 * that a view of a single call asks; the small tables (captures, kpi, subscriptions, ...) and whole-table views need none. messages
 * are found from their dialog's first one on, transactions(dialog_id) is for people's own queries only, stream_intervals and rtcp_reports
 * are read whole: not worth their time. */
static const char indices[] = "CREATE INDEX dialogs_by_call ON dialogs (call_id);"
                              "CREATE INDEX streams_by_call ON streams (call_id);"
                              "CREATE INDEX dtmf_by_call ON dtmf (call_id);";

/* Made at the end: the findings of a call, and the occurrences of a finding. */
static const char end_indices[] =
        "CREATE INDEX occurrences_by_call ON finding_occurrences (call_id);"
        "CREATE INDEX occurrences_by_finding ON finding_occurrences (finding_id);"
        "CREATE INDEX modes_by_stream ON stream_modes (stream_id);";

/* Made at the end. A store in memory is read by `dump`, which goes from every row to its children. */
static const char memory_indices[] =
        "CREATE INDEX transactions_by_dialog ON transactions (dialog_id);"
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
		err_set(err, ERR_DATABASE, "cannot write '%s': %s%s%s", store_name(s),
		        sqlite3_errstr(code), io ? ": " : "", io ? strerror(system) : "");
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

/* "INSERT INTO t (a, b) SELECT * FROM batch_t" */
static bool prepare_insert(struct store *s, struct batch *b, struct err *err)
{
	const struct table_shape *shape = b->shape;
	struct text sql;
	int code = batch_offer(b, s->db);

	if (code != SQLITE_OK)
		return store_failed(s, code, err);
	text_init(&sql);
	text_addf(&sql, "INSERT INTO %s", shape->name);
	for (unsigned i = 0; i < shape->column_count; i++)
		text_addf(&sql, "%s%s", i ? ", " : " (", shape->columns[i].name);
	text_addf(&sql, ") SELECT * FROM batch_%s", shape->name);
	bool ok = sql.failed ? err_memory(err, "an SQL statement")
	                     : prepare(s, text_cstr(&sql), &b->insert, err);
	text_release(&sql);
	return ok;
}

static bool is_text(const struct column *column)
{
	return column->type == COLUMN_TEXT || column->type == COLUMN_REQUIRED ||
	       column->type == COLUMN_OCTETS;
}

static bool batch_open(struct store *s, struct batch *b, struct err *err)
{
	b->records = mem_alloc(STORE_BATCH_ROWS * b->shape->record_bytes);
	if (!b->records)
		return err_memory(err, "rows of the database");
	for (unsigned i = 0; i < b->shape->column_count; i++)
		if (is_text(&b->shape->columns[i])) {
			assert(b->text_count < STORE_MAX_TEXTS);
			b->texts[b->text_count++] = &b->shape->columns[i];
		}
	return prepare_insert(s, b, err);
}

static bool batch_write(struct store *s, struct batch *b, struct err *err)
{
	bool ok = step(s, b->insert, err);

	b->rows = 0;
	b->text_bytes = 0;
	arena_reset(&b->arena);
	return ok;
}

bool store_row(struct store *s, enum store_table table, const void *record, struct err *err)
{
	struct batch *b = &s->batches[table];

	if (!still_sound(s, err))
		return false;
	bool kept = (b->records || batch_open(s, b, err)) &&
	            (batch_keep(b, record) || err_memory(err, "rows of the database"));
	if (!kept) {
		s->failed = *err;
		return false;
	}
	if (b->rows < STORE_BATCH_ROWS && b->text_bytes < STORE_BATCH_BYTES)
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
	sqlite3_bind_text64(statement, index, s.p ? (const char *)s.p : "", s.n, SQLITE_STATIC,
	                    SQLITE_UTF8);
}

static bool write_run(struct store *s, const struct record_run *run, struct err *err)
{
	sqlite3_stmt *statement = NULL;

	if (!prepare(s,
	             "INSERT INTO runs (id, kind, command, version, started_us, mask_dtmf, "
	             "jitter_buffer, assumed_delay_ms) VALUES (?,?,?,?,?,?,?,?)",
	             &statement, err))
		return false;
	sqlite3_bind_int64(statement, 1, run->id);
	bind_slice(statement, 2, run->kind);
	bind_slice(statement, 3, run->command);
	bind_slice(statement, 4, run->version);
	sqlite3_bind_int64(statement, 5, run->started_us);
	sqlite3_bind_int64(statement, 6, run->mask_dtmf);
	if (run->jitter_buffer.p) {
		bind_slice(statement, 7, run->jitter_buffer);
		sqlite3_bind_double(statement, 8, run->assumed_delay_ms);
	}
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
	snprintf(marks, sizeof marks,
	         "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN;",
	         RECORDS_APPLICATION_ID, RECORDS_SCHEMA_VERSION);
	return store_exec(s, settings, err) &&
	       (s->in_memory || store_exec(s, file_settings, err)) && store_exec(s, marks, err) &&
	       store_exec(s, records_schema, err) && store_exec(s, indices, err);
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
	kpi_init(&s->kpi);
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
		sqlite3_finalize(b->insert);
		mem_free(b->records);
		arena_release(&b->arena);
		b->insert = NULL;
		b->records = NULL;
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

bool store_incomplete(struct store *s, struct slice note, struct err *err)
{
	sqlite3_stmt *statement = NULL;

	if (!still_sound(s, err) ||
	    !prepare(s, "UPDATE runs SET note = ? WHERE id = ?", &statement, err))
		return false;
	bind_slice(statement, 1, note);
	sqlite3_bind_int64(statement, 2, s->run_id);
	bool ok = step(s, statement, err);
	sqlite3_finalize(statement);
	s->incomplete = true;
	return ok;
}

bool store_finish(struct store *s, int64_t finished_us, struct err *err)
{
	char sql[128];

	snprintf(sql, sizeof sql,
	         "UPDATE runs SET finished_us = %" PRId64 ", complete = %d WHERE id = %" PRId64,
	         finished_us, !s->incomplete, s->run_id);
	if (!store_flush(s, err) || !store_exec(s, end_indices, err) ||
	    (s->in_memory && !store_exec(s, memory_indices, err)) || !store_exec(s, sql, err) ||
	    !store_exec(s, "COMMIT", err))
		return false;
	release_batches(s);
	kpi_release(&s->kpi);
	kpi_init(&s->kpi);
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
	kpi_release(&s->kpi);
	mem_free(s);
}

struct sqlite3 *store_handle(struct store *s)
{
	return s->db;
}
