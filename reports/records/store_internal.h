/* What the parts of the writer share: store.c (life cycle, the only one of them that sees sqlite3), store_rows.c (records to cells),
 * store_kpi.c. Nobody else includes this. */
#ifndef REPORTS_RECORDS_STORE_INTERNAL_H
#define REPORTS_RECORDS_STORE_INTERNAL_H

#include "base/arena.h"
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
	TABLE_RTCP,
	TABLE_DTMF,
	TABLE_COUNT
};

/* The columns in the order in which store_rows.c puts their values. */
struct table_shape {
	const char *name, *columns;
	unsigned column_count, batch_rows;
};

extern const struct table_shape store_shapes[TABLE_COUNT];

enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT };

struct cell {
	enum cell_type type;
	size_t n; /* of text */
	union {
		int64_t integer;
		double real;
		const uint8_t *text;
	};
};

/* Rows of one table on their way into one multi-row INSERT. Texts are copied into the arena until the batch is full.
 * Bounds: batch_rows rows, and about STORE_BATCH_BYTES of text, whichever comes first. */
#define STORE_BATCH_BYTES (256u << 10)

struct batch {
	const struct table_shape *shape;
	struct sqlite3_stmt *many; /* batch_rows rows at once */
	struct sqlite3_stmt *one; /* for the rest */
	struct cell *cells; /* batch_rows * column_count, made with the first row */
	unsigned rows, next; /* finished rows; the next cell */
	struct arena arena;
	size_t text_bytes;
	bool out_of_memory;
};

struct store {
	struct sqlite3 *db; /* NULL: closed */
	struct store_target target; /* all NULL in memory */
	bool in_memory, finished;
	int64_t run_id;
	struct err failed; /* the first failure */
	struct batch batches[TABLE_COUNT];
};

/* Starts a row; NULL and err if the store has failed or is finished. */
struct batch *store_row_begin(struct store *s, enum store_table table, struct err *err);
/* Ends it, writing the batch when it is full. */
bool store_row_end(struct store *s, struct batch *b, struct err *err);

/* Writes what is still waiting in all batches. */
bool store_flush(struct store *s, struct err *err);

/* Runs SQL of one or more statements. */
bool store_exec(struct store *s, const char *sql, struct err *err);

#endif
