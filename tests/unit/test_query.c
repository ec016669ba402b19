/* reports/records/query: opening, errors in words, typed columns. */
#include "base/mem.h"
#include "base/text.h"
#include "reports/records/query.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <unistd.h>

static struct temp_dir dir;

static void make_dir(void)
{
	temp_dir_make(&dir);
}

static void remove_dir(void)
{
	temp_dir_remove(&dir);
}

static void expect_error(const char *path, enum err_code code, const char *text)
{
	struct err err = ERR_INIT;
	char expected[512];

	ck_assert_ptr_null(records_open(path, &err));
	snprintf(expected, sizeof expected, text, path);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(err.code, code);
}

START_TEST(what_cannot_be_opened)
{
	static const char foreign[] = "'%s' is not a Milliwatt database (make one with 'milliwatt "
	                              "analyze CAPTURE -o FILE')";
	uint8_t newer[100] = "SQLite format 3";

	expect_error(temp_dir_path(&dir, "none.db"), ERR_IO, "no such file: '%s'");
	expect_error(dir.path, ERR_FORMAT, "'%s' is a directory, not a Milliwatt database");
	expect_error("/dev/null", ERR_FORMAT, foreign);
	expect_error(temp_dir_write(&dir, "a.pcap", SLICE_LIT("\xd4\xc3\xb2\xa1")), ERR_FORMAT,
	             foreign);
	expect_error(temp_dir_write(&dir, "other.db", slice_of(newer, sizeof newer)), ERR_FORMAT,
	             foreign);
	memcpy(newer + 60, "\0\0\0\x09", 4);
	memcpy(newer + 68, "MWTT", 4);
	expect_error(temp_dir_write(&dir, "newer.db", slice_of(newer, sizeof newer)), ERR_FORMAT,
	             "'%s' was written by a newer Milliwatt (schema 9, this one reads 3)");
	memcpy(newer + 60, "\0\0\0\x01", 4);
	expect_error(
	        temp_dir_write(&dir, "older.db", slice_of(newer, sizeof newer)), ERR_FORMAT,
	        "'%s' was written by an older Milliwatt (schema 1, this one reads 3); analyze the "
	        "capture again");
}
END_TEST

/* Our header, and nothing behind it. */
START_TEST(cut_database)
{
	struct err err = ERR_INIT;
	char path[160];

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	store_free(sample_store(path, &err));
	ck_assert_int_eq(truncate(path, 5000), 0);
	ck_assert_ptr_null(records_open(path, &err));
	ck_assert_int_eq(err.code, ERR_DATABASE);
	ck_assert_msg(strstr(err.text, "cannot read '") != NULL, "%s", err.text);
}
END_TEST

START_TEST(columns_keep_their_types)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct query *q = query_new(
	        r, &err, "SELECT 7 AS a, 2.5 AS b, 'x' AS c, NULL AS d, ?1 AS e, ?2 AS f, ?3 AS g");

	ck_assert_msg(q != NULL, "%s", err.text);
	query_bind_int(q, 1, -5);
	query_bind_int(q, 2, RECORD_NULL);
	query_bind_text(q, 3, SLICE_LIT("a\0b"));
	ck_assert(query_step(q, &err));
	ck_assert_int_eq(query_columns(q), 7);
	ck_assert_str_eq(query_column_name(q, 4), "e");
	ck_assert_int_eq(query_int(q, 0), 7);
	ck_assert(query_real(q, 1) == 2.5);
	ck_assert(slice_eq_str(query_text(q, 2), "x"));
	ck_assert(query_is_null(q, 3) && query_int(q, 3) == RECORD_NULL && isnan(query_real(q, 3)));
	ck_assert_ptr_null(query_text(q, 3).p);
	ck_assert_int_eq(query_int(q, 4), -5);
	ck_assert(query_is_null(q, 5));
	ck_assert_uint_eq(query_text(q, 6).n, 3);
	ck_assert_int_eq(query_type(q, 0), QUERY_INT);
	ck_assert_int_eq(query_type(q, 1), QUERY_REAL);
	ck_assert_int_eq(query_type(q, 2), QUERY_TEXT);
	ck_assert_int_eq(query_type(q, 3), QUERY_NULL);
	ck_assert(!query_step(q, &err));
	ck_assert_int_eq(err.code, ERR_NONE);
	query_reset(q);
	ck_assert(query_step(q, &err));
	query_free(q);
	records_close(r);
	store_free(s);
}
END_TEST

/* What a damaged or hostile database may hold where a time is expected: differences of two are still numbers. */
START_TEST(numbers_beyond_all_times_are_bounded)
{
	static const struct {
		const char *sql;
		int64_t expected;
	} rows[] = {
		{ "SELECT 9223372036854775807", QUERY_INT_MOST },
		{ "SELECT -9223372036854775807 - 1", -QUERY_INT_MOST },
		{ "SELECT 1e308", QUERY_INT_MOST },
		{ "SELECT '-99999999999999999999'", -QUERY_INT_MOST },
		{ "SELECT 'text'", 0 },
		{ "SELECT 4102444800000000", INT64_C(4102444800000000) }, /* 2100 in us */
	};
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct query *q = query_new(r, &err, rows[i].sql);
		ck_assert(q && query_step(q, &err));
		ck_assert_int_eq(query_int(q, 0), rows[i].expected);
		query_free(q);
	}
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(wrong_sql_is_an_error)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);

	ck_assert_ptr_null(query_new(r, &err, "SELECT caller, absent FROM calls"));
	ck_assert_str_eq(err.text, "cannot read 'records in memory': no such column: absent");
	struct err bind = ERR_INIT;
	struct query *q = query_new(r, &bind, "SELECT 1");
	query_bind_int(q, 1, 1); /* there is no parameter */
	ck_assert(!query_step(q, &bind));
	ck_assert_int_eq(bind.code, ERR_DATABASE);
	query_free(q);
	records_close(r);
	store_free(s);
}
END_TEST

static const struct {
	const char *sql, *wrong; /* NULL: its first value is 3 */
} selects[] = {
	{ "SELECT count(*) FROM calls", NULL },
	{ "SELECT count(*) FROM calls; -- all of them\n;", NULL },
	{ "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 3) SELECT max(n) "
	  "FROM t",
	  NULL },
	{ "DELETE FROM calls", "it must only read: not authorized" },
	{ "CREATE TEMP TABLE x (a)", "it must only read: not authorized" },
	{ "PRAGMA query_only = OFF", "it must only read: not authorized" },
	{ "ATTACH '/nowhere/x.db' AS x", "it must only read: not authorized" },
	{ "VACUUM INTO '/nowhere/x.db'", "it must only read" },
	{ "BEGIN", "it must only read: not authorized" },
	{ "SELECT 1; DELETE FROM calls", "it must be one SELECT alone" },
	{ "SELECT 1; SELECT 2", "it must be one SELECT alone" },
	{ "SELECT 1; nonsense", "it must be one SELECT alone" },
	{ "", "it is empty" },
	{ " -- nothing\n", "it is empty" },
	{ "SELECT", "incomplete input" },
	{ "SELECT x FROM calls", "no such column: x" },
	{ "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
	  "it takes too long" },
};

START_TEST(selects_of_people)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err); /* a handle that may write */
	struct records *r = records_of(store_handle(s), &err);
	struct query *q = query_new_select(r, &err, slice_str(selects[_i].sql), 3);
	bool row = q && query_step(q, &err);

	if (selects[_i].wrong) {
		ck_assert(!row);
		ck_assert_str_eq(err.text, selects[_i].wrong);
		ck_assert_int_eq(err.code, ERR_DATABASE);
	} else {
		ck_assert_msg(row, "%s", err.text);
		ck_assert_int_eq(query_int(q, 0), 3);
	}
	query_free(q);
	err = (struct err)ERR_INIT;
	q = query_new(r, &err, "PRAGMA query_only = ON"); /* ours are not bound by that */
	ck_assert_ptr_nonnull(q);
	query_free(q);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(files_are_read_only)
{
	struct err err = ERR_INIT;
	const char *path = temp_dir_path(&dir, "x.db");
	store_free(sample_store(path, &err));
	struct records *r = records_open(path, &err);
	struct query *q = query_new(r, &err, "DELETE FROM calls");

	ck_assert_str_eq(records_path(r), path);
	ck_assert(!q || !query_step(q, &err));
	ck_assert_int_eq(err.code, ERR_DATABASE);
	query_free(q);
	records_close(r);
}
END_TEST

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	const char *path = temp_dir_path(&dir, "x.db");
	bool done = false;

	store_free(sample_store(path, &err));
	for (uint64_t n = 0; !done; n++) {
		ck_assert_uint_lt(n, 20);
		mem_fail_after(n);
		struct records *r = records_open(path, &err);
		struct query *q = r ? query_new(r, &err, "SELECT 1") : NULL;
		mem_fail_after(UINT64_MAX);
		done = q != NULL;
		ck_assert(done || err.code == ERR_MEMORY);
		query_free(q);
		records_close(r);
	}
}
END_TEST

Suite *suite_query(void);
Suite *suite_query(void)
{
	Suite *suite = suite_create("query");
	TCase *tcase = tcase_create("query");

	tcase_add_checked_fixture(tcase, make_dir, remove_dir);
	tcase_add_test(tcase, what_cannot_be_opened);
	tcase_add_test(tcase, cut_database);
	tcase_add_test(tcase, columns_keep_their_types);
	tcase_add_test(tcase, numbers_beyond_all_times_are_bounded);
	tcase_add_test(tcase, wrong_sql_is_an_error);
	tcase_add_loop_test(tcase, selects_of_people, 0, (int)(sizeof selects / sizeof *selects));
	tcase_add_test(tcase, files_are_read_only);
	tcase_add_test(tcase, allocation_n_fails);
	suite_add_tcase(suite, tcase);
	return suite;
}
