/* What the parts of the writer share: store.c (life cycle), store_feed.c (batches into tables; these two see sqlite3),
 * store_rows.c (the tables' columns), store_join.c, store_kpi.c, kpi_rows.c. Nobody else includes this. */
#ifndef REPORTS_RECORDS_STORE_INTERNAL_H
#define REPORTS_RECORDS_STORE_INTERNAL_H

#include "base/arena.h"
#include "reports/records/kpi.h"
#include "reports/records/store.h"
#include "reports/records/store_file.h"

struct sqlite3;
struct sqlite3_stmt;

enum store_table {
	TABLE_CAPTURES,
	TABLE_CALLS,
	TABLE_DIALOGS,
	TABLE_TRANSACTIONS,
	TABLE_MESSAGES,
	TABLE_STREAMS,
	TABLE_INTERVALS,
	TABLE_STREAM_EVENTS,
	TABLE_STREAM_MODES,
	TABLE_STREAM_MARKS,
	TABLE_RTCP,
	TABLE_STREAM_RTCP,
	TABLE_T38,
	TABLE_STREAM_SRTP,
	TABLE_DTMF,
	TABLE_CALL_DIGITS,
	TABLE_STREAM_AUDIO,
	TABLE_TONES,
	TABLE_CALL_AUDIO,
	TABLE_EDGES,
	TABLE_TRANSFERS,
	TABLE_REGISTRATIONS,
	TABLE_SUBSCRIPTIONS,
	TABLE_RULES,
	TABLE_FINDINGS,
	TABLE_OCCURRENCES,
	TABLE_SIM_STEPS,
	TABLE_SIM_CALLS,
	TABLE_SIM_INTERVALS,
	TABLE_KPI,
	TABLE_JOINED, /* temporary */
	TABLE_COUNT
};

/* How a member of a record becomes a value; the member's C type decides, see store_rows.c. */
enum column_type {
	COLUMN_INT64, /* RECORD_NULL is NULL */
	COLUMN_UINT32,
	COLUMN_UINT16,
	COLUMN_BOOL,
	COLUMN_REAL, /* what is not finite is NULL */
	COLUMN_TEXT, /* struct slice; absent is NULL */
	COLUMN_REQUIRED, /* the same for NOT NULL columns: what odd traffic lacks is empty there, and the run goes on */
	COLUMN_OCTETS, /* struct slice, kept as it is */
	COLUMN_CHAR,
	COLUMN_ADDRESS, /* struct ip_addr, as text */
};

struct column {
	const char *name;
	enum column_type type;
	size_t offset; /* in the table's record */
};

/* Columns in the order of the schema: only then SQLite takes the values as they come, without moving them again. */
struct table_shape {
	const char *name;
	const struct column *columns;
	unsigned column_count;
	size_t record_bytes;
};

extern const struct table_shape store_shapes[TABLE_COUNT];

/* Records of one table on their way into one INSERT. Their texts are copied into the arena until the batch is written.
 * Bounds: STORE_BATCH_ROWS rows, and about STORE_BATCH_BYTES of text, whichever comes first. */
#define STORE_BATCH_ROWS  64
#define STORE_BATCH_BYTES (256u << 10)
#define STORE_MAX_TEXTS   16 /* text columns of a table */

struct batch {
	const struct table_shape *shape;
	struct sqlite3_stmt *insert; /* all rows of the batch */
	uint8_t *records; /* STORE_BATCH_ROWS of them, made with the first row */
	unsigned rows;
	const struct column *texts[STORE_MAX_TEXTS];
	unsigned text_count;
	struct arena arena;
	size_t text_bytes;
};

struct store {
	struct sqlite3 *db; /* NULL: closed */
	struct store_target target; /* all NULL in memory */
	bool in_memory, finished, joins, incomplete;
	bool reported; /* rtcp_reports has rows of kind vq */
	int64_t run_id;
	struct err failed; /* the first failure */
	struct batch batches[TABLE_COUNT];
	struct kpi kpi; /* counted from the rows as they come */
};

/* Copies the record and its texts into the batch, which has room; false when out of memory. */
bool batch_keep(struct batch *b, const void *record);

/* Makes the batch readable as an SQL table "batch_TABLE" (store_feed.c). Returns an SQLite code. */
int batch_offer(struct batch *b, struct sqlite3 *db);

/* One row of the table; writes the batch when it is full. */
bool store_row(struct store *s, enum store_table table, const void *record, struct err *err);

struct record_joined {
	int64_t leg_id, call_id;
};

/* Writes what is still waiting in all batches. */
bool store_flush(struct store *s, struct err *err);

/* Runs SQL of one or more statements. */
bool store_exec(struct store *s, const char *sql, struct err *err);

#endif
