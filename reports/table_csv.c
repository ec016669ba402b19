#include "reports/table_csv.h"

#include "reports/rows.h"

#include <inttypes.h>

/* Octets gathered before they are written. */
#define PIECE 65536

static bool no_such_table(struct records *r, struct slice table, struct err *err)
{
	static const char sql[] = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name "
	                          "NOT LIKE 'sqlite%' ORDER BY name";
	struct query *q = query_new(r, err, sql);
	struct text said;

	if (!q)
		return false;
	text_init(&said);
	text_add_terminal(&said, slice_sub(table, 0, 64));
	text_addf(&said, "'; give one of ");
	for (bool first = true; query_step(q, err); first = false) {
		text_addf(&said, first ? "" : ", ");
		text_add_terminal(&said, slice_sub(query_text(q, 0), 0, 64));
	}
	query_free(q);
	if (err->code == ERR_NONE && said.failed)
		err_memory(err, "the list of tables");
	else if (err->code == ERR_NONE)
		err_set(err, ERR_USAGE, "no table '%s", text_cstr(&said));
	text_release(&said);
	return false;
}

/* Is it a table of the database? Its name is in SQL after this. */
static bool has_table(struct records *r, struct slice table, bool *is_there, struct err *err)
{
	static const char sql[] = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 "
	                          "AND name NOT LIKE 'sqlite%'";
	struct query *q = query_new(r, err, sql);

	if (!q)
		return false;
	query_bind_text(q, 1, table);
	*is_there = query_step(q, err);
	query_free(q);
	return err->code == ERR_NONE;
}

static struct query *select_all(struct records *r, struct slice table, struct err *err)
{
	struct query *q = NULL;
	struct text sql;

	text_init(&sql);
	text_addf(&sql, "SELECT * FROM \"");
	for (size_t i = 0; i < table.n; i++)
		text_add(&sql, table.p[i] == '"' ? SLICE_LIT("\"\"") : slice_sub(table, i, 1));
	text_addf(&sql, "\" ORDER BY rowid");
	if (sql.failed)
		err_memory(err, "a table");
	else
		q = query_new(r, err, text_cstr(&sql));
	text_release(&sql);
	return q;
}

static bool is_clean(struct slice s)
{
	for (size_t at = 0, n; at < s.n; at += n) {
		n = s.p[at] ? utf8_length(slice_from(s, at)) : 0;
		if (!n)
			return false;
	}
	return true;
}

/* The text as valid UTF-8 without NUL. */
static struct slice cleaned(struct slice s, struct text *scratch)
{
	text_reset(scratch);
	for (size_t at = 0, n; at < s.n; at += n ? n : 1) {
		n = s.p[at] ? utf8_length(slice_from(s, at)) : 0;
		text_add(scratch, n ? slice_sub(s, at, n) : SLICE_LIT("\xEF\xBF\xBD"));
	}
	return slice_of(text_cstr(scratch), scratch->n);
}

static void add_text(struct slice s, struct text *scratch, struct text *out)
{
	if (!s.n)
		text_addf(out, "\"\""); /* there is one, and it is empty */
	else
		text_add_csv(out, is_clean(s) ? s : cleaned(s, scratch));
	out->failed |= scratch->failed;
}

static void add_hex(struct slice s, struct text *out)
{
	for (size_t i = 0; i < s.n; i++)
		text_addf(out, "%02x", s.p[i]);
}

static void add_value(struct query *q, int column, struct text *scratch, struct text *out)
{
	switch (query_type(q, column)) {
	case QUERY_NULL: break;
	case QUERY_INT: text_addf(out, "%" PRId64, query_int(q, column)); break;
	case QUERY_REAL: rows_add_json_real(out, query_real(q, column)); break;
	case QUERY_TEXT:
		if (query_is_blob(q, column))
			add_hex(query_octets(q, column), out);
		else
			add_text(query_text(q, column), scratch, out);
		break;
	}
}

static void add_names(struct query *q, struct text *out)
{
	for (int i = 0; i < query_columns(q); i++) {
		text_addf(out, i ? "," : "");
		text_add_csv(out, slice_str(query_column_name(q, i)));
	}
	text_addf(out, "\r\n");
}

struct csv {
	bool (*write)(void *context, struct slice octets, struct err *err);
	void *context;
	struct text piece, scratch;
};

static bool flush(struct csv *c, struct err *err)
{
	if (c->piece.failed)
		return err_memory(err, "a table");
	bool ok = c->write(c->context, slice_of(text_cstr(&c->piece), c->piece.n), err);
	text_reset(&c->piece);
	return ok;
}

static bool write_rows(struct csv *c, struct query *q, struct err *err)
{
	int columns = query_columns(q);

	add_names(q, &c->piece);
	while (query_step(q, err)) {
		for (int i = 0; i < columns; i++) {
			if (i)
				text_add(&c->piece, SLICE_LIT(","));
			add_value(q, i, &c->scratch, &c->piece);
		}
		text_add(&c->piece, SLICE_LIT("\r\n"));
		if ((c->piece.n >= PIECE || c->piece.failed) && !flush(c, err))
			return false;
	}
	return err->code == ERR_NONE && flush(c, err);
}

bool table_csv(struct records *r, struct slice table,
               bool (*write)(void *context, struct slice octets, struct err *err), void *context,
               struct err *err)
{
	struct csv c = { .write = write, .context = context };
	bool there = false;

	if (!has_table(r, table, &there, err))
		return false;
	if (!there)
		return no_such_table(r, table, err);
	struct query *q = select_all(r, table, err);
	bool ok = q && write_rows(&c, q, err);
	query_free(q);
	text_release(&c.piece);
	text_release(&c.scratch);
	return ok;
}
