/* A batch of records as a virtual table, so that "INSERT INTO messages SELECT * FROM batch_messages" reads each value where it
 * lies: no parameters are bound and nothing is copied on the way into SQLite's record. https://www.sqlite.org/vtab.html; the
 * tables are eponymous-only, so the database file knows nothing of them. */
#include "reports/records/store_internal.h"

#include "base/mem.h"
#include "base/text.h"

#include <sqlite3.h>
#include <stdio.h>

struct feed {
	sqlite3_vtab base; /* first: SQLite knows only this */
	struct batch *batch;
	struct feed_cursor {
		sqlite3_vtab_cursor base;
		const struct column *columns;
		const uint8_t *record, *end;
		size_t record_bytes;
	} cursor; /* one is enough: an INSERT reads its batch once */
};

static int feed_connect(sqlite3 *db, void *batch, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **message)
{
	const struct table_shape *shape = ((struct batch *)batch)->shape;
	struct feed *feed = mem_zalloc(sizeof *feed);
	struct text sql;

	(void)argc, (void)argv, (void)message;
	text_init(&sql);
	for (unsigned i = 0; i < shape->column_count; i++)
		text_addf(&sql, "%s%s", i ? ", " : "CREATE TABLE batch (", shape->columns[i].name);
	text_addf(&sql, ")");
	int code = !feed || sql.failed ? SQLITE_NOMEM : sqlite3_declare_vtab(db, text_cstr(&sql));
	text_release(&sql);
	if (code != SQLITE_OK) {
		mem_free(feed);
		return code;
	}
	feed->batch = batch;
	*out = &feed->base;
	return SQLITE_OK;
}

static int feed_disconnect(sqlite3_vtab *table)
{
	mem_free(table);
	return SQLITE_OK;
}

/* Always a scan of all rows. */
static int feed_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	(void)table;
	info->estimatedCost = STORE_BATCH_ROWS;
	return SQLITE_OK;
}

static int feed_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
	*out = &((struct feed *)table)->cursor.base;
	return SQLITE_OK;
}

static int feed_close(sqlite3_vtab_cursor *cursor)
{
	(void)cursor;
	return SQLITE_OK;
}

static int feed_filter(sqlite3_vtab_cursor *cursor, int index, const char *index_name, int argc,
                       sqlite3_value **argv)
{
	const struct batch *b = ((struct feed *)cursor->pVtab)->batch;
	struct feed_cursor *c = (struct feed_cursor *)cursor;

	(void)index, (void)index_name, (void)argc, (void)argv;
	c->columns = b->shape->columns;
	c->record_bytes = b->shape->record_bytes;
	c->record = b->records;
	c->end = b->records ? b->records + b->rows * c->record_bytes : NULL;
	return SQLITE_OK;
}

static int feed_next(sqlite3_vtab_cursor *cursor)
{
	struct feed_cursor *c = (struct feed_cursor *)cursor;

	c->record += c->record_bytes;
	return SQLITE_OK;
}

static int feed_eof(sqlite3_vtab_cursor *cursor)
{
	const struct feed_cursor *c = (const struct feed_cursor *)cursor;

	return c->record == c->end;
}

static void give_text(sqlite3_context *out, struct slice s)
{
	if (s.p)
		sqlite3_result_text64(out, (const char *)s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void give_octets(sqlite3_context *out, struct slice s)
{
	if (s.p)
		sqlite3_result_blob64(out, s.p, s.n, SQLITE_STATIC);
}

static void give_address(sqlite3_context *out, struct ip_addr address)
{
	char buf[IP_ADDR_TEXT];
	size_t n = ip_addr_format(address, buf);

	sqlite3_result_text64(out, buf, n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void give_char(sqlite3_context *out, const char *c)
{
	give_text(out, *c > 0 ? slice_of(c, 1) : SLICE_LIT("\uFFFD"));
}

/* NULL is what SQLite takes where nothing is given. */
static int feed_column(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int index)
{
	const struct feed_cursor *c = (const struct feed_cursor *)cursor;
	const struct column *column = &c->columns[index];
	const void *at = c->record + column->offset;

	switch (column->type) {
	case COLUMN_INT64:
		if (*(const int64_t *)at != RECORD_NULL)
			sqlite3_result_int64(out, *(const int64_t *)at);
		break;
	case COLUMN_UINT32: sqlite3_result_int64(out, *(const uint32_t *)at); break;
	case COLUMN_UINT16: sqlite3_result_int64(out, *(const uint16_t *)at); break;
	case COLUMN_BOOL: sqlite3_result_int64(out, *(const bool *)at); break;
	case COLUMN_REAL:
		if (isfinite(*(const double *)at))
			sqlite3_result_double(out, *(const double *)at);
		break;
	case COLUMN_TEXT:
	case COLUMN_REQUIRED: give_text(out, *(const struct slice *)at); break;
	case COLUMN_OCTETS: give_octets(out, *(const struct slice *)at); break;
	case COLUMN_CHAR: give_char(out, at); break;
	case COLUMN_ADDRESS: give_address(out, *(const struct ip_addr *)at); break;
	}
	return SQLITE_OK;
}

static int feed_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
	const struct feed_cursor *c = (const struct feed_cursor *)cursor;

	*out = (c->end - c->record) / (ptrdiff_t)c->record_bytes;
	return SQLITE_OK;
}

static const sqlite3_module feed_module = {
	.xConnect = feed_connect,
	.xBestIndex = feed_best_index,
	.xDisconnect = feed_disconnect,
	.xOpen = feed_open,
	.xClose = feed_close,
	.xFilter = feed_filter,
	.xNext = feed_next,
	.xEof = feed_eof,
	.xColumn = feed_column,
	.xRowid = feed_rowid,
};

int batch_offer(struct batch *b, struct sqlite3 *db)
{
	char name[64];

	snprintf(name, sizeof name, "batch_%s", b->shape->name);
	return sqlite3_create_module(db, name, &feed_module, b);
}
