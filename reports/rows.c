#include "reports/rows.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct query *rows_query(struct records *r, const char *sql, int64_t id, struct err *err)
{
	struct query *q = query_new(r, err, sql);

	if (q && strstr(sql, "?1"))
		query_bind_int(q, 1, id);
	return q;
}

bool rows_first(struct records *r, const char *sql, int64_t id, struct query **q, struct err *err)
{
	*q = rows_query(r, sql, id, err);
	if (!*q)
		return false;
	if (query_step(*q, err))
		return true;
	query_free(*q);
	*q = NULL;
	return false;
}

bool rows_int(struct records *r, const char *sql, int64_t id, int64_t *out, struct err *err)
{
	struct query *q;

	*out = RECORD_NULL;
	if (!rows_first(r, sql, id, &q, err))
		return err->code == ERR_NONE;
	*out = query_int(q, 0);
	query_free(q);
	return true;
}

bool rows_end(struct query *q, const struct text *out, struct err *err)
{
	query_free(q);
	if (err->code == ERR_NONE && out->failed)
		err_memory(err, "the report");
	return err->code == ERR_NONE;
}

void rows_add_json_real(struct text *out, double value)
{
	char buf[40];

	if (!isfinite(value)) {
		text_addf(out, "null");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, sizeof buf, "%.*g", digits, value);
		if (strtod(buf, NULL) == value) /* bit for bit is what is asked */
			break;
	}
	text_addf(out, "%s", buf);
}

void rows_json_int(struct text *out, const char *name, int64_t value)
{
	if (value == RECORD_NULL)
		text_addf(out, "\"%s\": null", name);
	else
		text_addf(out, "\"%s\": %" PRId64, name, value);
}

void rows_json_real(struct text *out, const char *name, double value)
{
	text_addf(out, "\"%s\": ", name);
	rows_add_json_real(out, value);
}

static void add_json_value(struct query *q, int column, struct text *out)
{
	switch (query_type(q, column)) {
	case QUERY_NULL: text_addf(out, "null"); break;
	case QUERY_INT: text_addf(out, "%" PRId64, query_int(q, column)); break;
	case QUERY_REAL: rows_add_json_real(out, query_real(q, column)); break;
	case QUERY_TEXT:
		text_addf(out, "\"");
		text_add_json(out, query_text(q, column));
		text_addf(out, "\"");
		break;
	}
}

void rows_json_object(struct query *q, struct text *out)
{
	int columns = query_columns(q);

	for (int i = 0; i < columns; i++) {
		text_addf(out, "%s\"%s\": ", i ? ", " : "{", query_column_name(q, i));
		add_json_value(q, i, out);
	}
	text_addf(out, "}");
}

static void add_tabs(struct text *out, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		text_addf(out, "\t");
}

bool rows_json_array(struct records *r, const char *sql, int64_t id, unsigned indent,
                     struct text *out, struct err *err)
{
	struct query *q = rows_query(r, sql, id, err);
	bool any = false;

	if (!q)
		return false;
	text_addf(out, "[");
	while (query_step(q, err) && !out->failed) {
		text_addf(out, any ? ",\n" : "\n");
		add_tabs(out, indent + 1);
		rows_json_object(q, out);
		any = true;
	}
	if (any) {
		text_addf(out, "\n");
		add_tabs(out, indent);
	}
	text_addf(out, "]");
	return rows_end(q, out, err);
}

bool rows_json_first(struct records *r, const char *sql, int64_t id, struct text *out,
                     struct err *err)
{
	struct query *q;

	if (rows_first(r, sql, id, &q, err)) {
		rows_json_object(q, out);
		return rows_end(q, out, err);
	}
	text_addf(out, "null");
	return err->code == ERR_NONE;
}

static bool is_plain_word(const char *word)
{
	static const char plain[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+,@%:-";

	return *word && word[0] != '-' && word[strspn(word, plain)] == '\0';
}

static bool has_unprintable(struct slice s)
{
	for (size_t n; s.n; s = slice_from(s, n)) {
		n = utf8_length(s);
		if (!n || s.p[0] < 0x20 || s.p[0] == 0x7F ||
		    (n == 2 && s.p[0] == 0xC2 && s.p[1] < 0xA0))
			return true;
	}
	return false;
}

static void add_ansi_c_quoted(struct text *out, const char *word)
{
	text_addf(out, "$'");
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;
		if (c == '\'' || c == '\\')
			text_addf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7F)
			text_addf(out, "\\%03o",
			          c); /* octal: never more than three digits are taken */
		else
			text_addf(out, "%c", c);
	}
	text_addf(out, "'");
}

void rows_add_shell(struct text *out, const char *word)
{
	if (is_plain_word(word)) {
		text_addf(out, "%s", word);
		return;
	}
	if (word[0] == '-')
		text_addf(out, "./"); /* else it would be an option */
	if (has_unprintable(slice_str(word))) {
		add_ansi_c_quoted(out, word);
		return;
	}
	text_addf(out, "'");
	for (; *word; word++)
		if (*word == '\'')
			text_addf(out, "'\\''");
		else
			text_add(out, slice_of(word, 1));
	text_addf(out, "'");
}

void rows_add_command(struct text *out, const struct records *r, const char *command)
{
	const char *path = records_path(r);

	text_addf(out, "milliwatt %s ", command);
	rows_add_shell(out, path ? path : "DB");
}

void rows_add_show_command(struct text *out, const struct records *r, int64_t call_id)
{
	rows_add_command(out, r, "show");
	text_addf(out, " %" PRId64, call_id);
}

void rows_add_duration(struct text *out, int64_t us)
{
	int64_t s = us / 1000000;

	if (us == RECORD_NULL)
		text_addf(out, "-");
	else if (s < 60)
		text_addf(out, "%.3f s", (double)us / 1e6);
	else if (s < 3600)
		text_addf(out, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
	else
		text_addf(out, "%" PRId64 " h %02" PRId64 " min", s / 3600, s / 60 % 60);
}

void rows_add_time(struct text *out, int64_t us)
{
	char buf[64];

	if (us == RECORD_NULL) {
		text_addf(out, "-");
		return;
	}
	clock_format_us(us, buf, sizeof buf);
	size_t n = strlen(buf);
	if (n > 3)
		buf[n - 3] = '\0'; /* microseconds to milliseconds */
	text_addf(out, "%s UTC", buf);
}

size_t rows_width(struct slice s)
{
	size_t width = 0;

	for (size_t i = 0; i < s.n; i++)
		width += (s.p[i] & 0xC0) !=
		         0x80; /* every octet that is no continuation begins a character */
	return width;
}

void rows_pad(struct text *out, size_t start, size_t width)
{
	if (out->failed || start > out->n)
		return;
	size_t now = rows_width(slice_of(out->p + start, out->n - start));
	if (now < width)
		text_addf(out, "%*s", (int)(width - now), "");
}
