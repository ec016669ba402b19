/* reports/records/store: what is written, what is refused, and what happens when writing fails. */
#include "base/mem.h"
#include "base/text.h"
#include "reports/records/query.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static unsigned files_in(const char *path)
{
	unsigned count = 0;
	DIR *d = opendir(path);

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		count += e->d_name[0] != '.';
	closedir(d);
	return count;
}

/* All rows, columns by "|", rows by newline. */
static void run_sql(struct records *r, const char *sql, struct text *out)
{
	struct err err = ERR_INIT;
	struct query *q = query_new(r, &err, sql);

	ck_assert_msg(q != NULL, "%s: %s", sql, err.text);
	text_reset(out);
	while (query_step(q, &err)) {
		for (int i = 0; i < query_columns(q); i++) {
			text_addf(out, i ? "|" : "");
			text_add(out, query_is_null(q, i) ? SLICE_LIT("NULL") : query_text(q, i));
		}
		text_addf(out, "\n");
	}
	ck_assert_msg(err.code == ERR_NONE, "%s", err.text);
	query_free(q);
}

static void expect_sql(struct records *r, const char *sql, const char *expected)
{
	struct text out;

	text_init(&out);
	run_sql(r, sql, &out);
	ck_assert_msg(strcmp(text_cstr(&out), expected) == 0, "%s\n got: %s\nwant: %s", sql,
	              text_cstr(&out), expected);
	text_release(&out);
}

/* The contract of the database: every name that people's queries depend on. */
static const struct {
	const char *table, *columns;
} contract[] = {
	{ "runs", "id kind command version started_us finished_us complete" },
	{ "captures",
	  "id run_id path format bytes packets first_us last_us damaged_bytes truncated_packets "
	  "skipped_packets" },
	{ "calls",
	  "id run_id caller callee start_us ring_us answer_us end_us setup_ms pdd_ms talk_ms "
	  "outcome "
	  "final_status reason q850_cause released_by leg_count mos_min transferred held_ms" },
	{ "dialogs",
	  "id call_id sip_call_id kind state from_uri from_tag to_uri to_tag caller_contact "
	  "callee_contact caller_user_agent callee_user_agent src dst transport start_us answer_us "
	  "end_us forked_from replaces first_message last_message" },
	{ "transactions",
	  "id dialog_id sip_call_id method cseq branch src dst request_us first_response_us "
	  "final_us final_status retransmissions timed_out auth_attempt" },
	{ "messages",
	  "id capture_id frame time_us file_offset src dst transport first_line method status cseq "
	  "cseq_method sip_call_id transaction_id dialog_id bytes has_sdp retransmission" },
	{ "registrations",
	  "id run_id aor contact registrar username realm time_us outcome final_status "
	  "challenges expires_s user_agent" },
	{ "subscriptions", "id dialog_id event state expires_s notifies end_reason" },
	{ "streams",
	  "id run_id call_id dialog_id direction src_addr src_port dst_addr dst_port ssrc "
	  "payload_type codec clock_hz ptime_ms encrypted first_us last_us packets expected lost "
	  "duplicates reordered late bytes max_delta_ms jitter_max_ms jitter_mean_ms jitter_p95_ms "
	  "loss_ratio burst_r longest_loss clock_skew_ppm r_factor mos_lq mos_cq mos_scale "
	  "mos_estimated delay_ms delay_source silence_ratio dscp ended_early" },
	{ "stream_intervals", "stream_id start_us packets lost late jitter_ms mos" },
	{ "rtcp_reports",
	  "id stream_id time_us reporter_ssrc source_ssrc fraction_lost cumulative_lost "
	  "jitter_ms rtt_ms xr_r_factor xr_mos_lq xr_mos_cq" },
	{ "dtmf", "id call_id stream_id time_us digit duration_ms method direction complete" },
	{ "findings",
	  "id run_id rule name severity confidence call_id dialog_id stream_id first_frame "
	  "last_frame first_us last_us text evidence suggestion" },
	{ "kpi", "run_id scope name value unit numerator denominator" },
	{ "sim_steps",
	  "run_id scenario step label sent received retransmissions timeouts unexpected failed" },
	{ "sim_calls",
	  "run_id sip_call_id scenario role started_us ended_us outcome failed_step failure "
	  "packets_sent packets_dropped digits_sent" },
	{ "sim_intervals",
	  "run_id start_us calls_started calls_ended calls_failed concurrent retransmissions "
	  "rtt_p50_ms rtt_p99_ms" },
};

START_TEST(contract_holds)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	ck_assert_msg(s != NULL, "%s", err.text);
	struct records *r = records_of(store_handle(s), &err);
	struct slice rest = slice_str(contract[_i].columns), column;
	char sql[256];

	while (slice_split(&rest, ' ', &column)) {
		snprintf(sql, sizeof sql,
		         "SELECT count(*) FROM pragma_table_info('%s') WHERE name = '%.*s'",
		         contract[_i].table, SLICE_ARG(column));
		expect_sql(r, sql, "1\n");
	}
	snprintf(sql, sizeof sql, "SELECT strict FROM pragma_table_list('%s')", contract[_i].table);
	expect_sql(r, sql, "1\n");
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(file_is_sound)
{
	struct err err = ERR_INIT;
	const char *path = temp_dir_path(&dir, "x.db");
	struct store *s = sample_store(path, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	store_free(s);
	ck_assert_uint_eq(files_in(dir.path), 1);
	struct records *r = records_open(path, &err);
	ck_assert_msg(r != NULL, "%s", err.text);
	expect_sql(r, "PRAGMA integrity_check", "ok\n");
	expect_sql(r, "PRAGMA foreign_key_check", "");
	expect_sql(r, "PRAGMA application_id", "1297568852\n");
	expect_sql(r, "PRAGMA user_version", "3\n");
	expect_sql(r, "SELECT finished_us, complete FROM runs", "1700000020000000|1\n");
	expect_sql(r, "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1",
	           "dialogs_by_call\ndtmf_by_call\nmodes_by_stream\noccurrences_by_"
	           "call\noccurrences_by_"
	           "finding\nstreams_by_call\n");
	records_close(r);
}
END_TEST

/* More rows than a batch, so that full batches and the rest are both written, and each value is where it belongs. */
START_TEST(rows_keep_their_values)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	char line[64];

	for (int64_t id = 1; id <= 100; id++) {
		struct record_message m = sample_message(id);
		snprintf(line, sizeof line, "line %d", (int)id);
		m.first_line = slice_str(line);
		m.status = id % 3 ? RECORD_NULL : 200;
		m.method = id % 3 ? SLICE_LIT("INVITE") : SLICE_NONE;
		ck_assert(store_message(s, &m, &err));
	}
	ck_assert(store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	expect_sql(r, "SELECT count(*), sum(id), sum(frame) FROM messages", "100|5050|5050\n");
	expect_sql(r, "SELECT count(*) FROM messages WHERE first_line <> 'line ' || id", "0\n");
	expect_sql(r, "SELECT count(*) FROM messages WHERE (status IS 200) <> (id % 3 = 0)", "0\n");
	expect_sql(r, "SELECT count(*) FROM messages WHERE (method IS NULL) <> (id % 3 = 0)",
	           "0\n");
	expect_sql(r, "SELECT * FROM messages WHERE id = 99",
	           "99|1|99|1700000000000000|24|192.0.2.1:5060|192.0.2.2:5060|UDP|line "
	           "99|NULL|200|1|INVITE|"
	           "one@192.0.2.1|1|1|400|0|0|NULL|0|NULL\n");
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(streams_keep_their_values)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);

	expect_sql(r, "SELECT * FROM streams WHERE id = 1",
	           "1|1|1|1|caller_to_callee|192.0.2.1|4000|192.0.2.2|6000|4660|0|PCMU|8000|20.0|0|"
	           "1700000002020000|"
	           "1700000008980000|345|349|4|0|0|1|55200|1|0|61.5|4.25|1.125|3.0|0."
	           "0114613180515759|1.25|2|-12.5|"
	           "80.0|4.02|3.9|nb|0|100.0|assumed|NULL|46|NULL\n");
	expect_sql(r, "SELECT src_addr, ssrc FROM streams WHERE id > 1 ORDER BY id",
	           "192.0.2.2|4294967295\n2001:db8::1|4660\n");
	expect_sql(r, "SELECT digit, duration_ms, stream_id, complete FROM dtmf ORDER BY id",
	           "5|100.0|1|1\n#|NULL|NULL|0\n");
	records_close(r);
	store_free(s);
}
END_TEST

static const struct {
	const char *name;
	struct slice in;
	const char *hex;
} texts[] = {
	{ "plain", { (const uint8_t *)"abcdefghi", 9 }, "616263646566676869" },
	{ "empty", { (const uint8_t *)"", 0 }, "" },
	{ "NUL in front", { (const uint8_t *)"\0ab", 3 }, "EFBFBD6162" },
	{ "NUL in a word", { (const uint8_t *)"abcdefg\0h", 9 }, "61626364656667EFBFBD68" },
	{ "NUL alone", { (const uint8_t *)"\0", 1 }, "EFBFBD" },
	{ "UTF-8", { (const uint8_t *)"\xc3\xa9\xe2\x82\xac", 5 }, "C3A9E282AC" },
	{ "broken", { (const uint8_t *)"a\xff\xc3", 3 }, "61EFBFBDEFBFBD" },
	{ "overlong", { (const uint8_t *)"\xc0\xaf", 2 }, "EFBFBDEFBFBD" },
	{ "surrogate", { (const uint8_t *)"\xed\xa0\x80", 3 }, "EFBFBDEFBFBDEFBFBD" },
	{ "escape stays", { (const uint8_t *)"\033[2J'\"", 6 }, "1B5B324A2722" },
};

START_TEST(text_becomes_valid)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_message m = sample_message(1);
	char expected[64];

	m.first_line = texts[_i].in;
	ck_assert(store_message(s, &m, &err) && store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	snprintf(expected, sizeof expected, "%s\n", texts[_i].hex);
	expect_sql(r, "SELECT hex(first_line) FROM messages", expected);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(long_texts_are_kept)
{
	enum { LONG = 3 << 20 };
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	uint8_t *text = mem_alloc(LONG);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', LONG);
	for (int64_t id = 1; id <= 5; id++) {
		struct record_message m = sample_message(id);
		m.first_line = slice_of(text, id == 3 ? LONG : 100000);
		ck_assert(store_message(s, &m, &err));
	}
	ck_assert(store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	expect_sql(r, "SELECT length(first_line) FROM messages ORDER BY id",
	           "100000\n100000\n3145728\n100000\n100000\n");
	records_close(r);
	store_free(s);
	mem_free(text);
}
END_TEST

/* Odd traffic (no Call-ID) is no failure; a value of ours outside the schema is one. */
START_TEST(missing_and_wrong_values)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_call c = sample_call(1);

	c.sip_call_id = SLICE_NONE;
	c.mos_min = INFINITY;
	ck_assert(store_call(s, &c, &err));
	c = sample_call(2);
	c.outcome = SLICE_LIT("exploded");
	ck_assert(store_call(s, &c, &err)); /* waits in its batch */
	ck_assert(!store_finish(s, 1, &err));
	ck_assert_int_eq(err.code, ERR_DATABASE);
	ck_assert_msg(strstr(err.text, "CHECK constraint failed") != NULL, "%s", err.text);
	struct err again = ERR_INIT; /* the first failure sticks */
	ck_assert(!store_call(s, &c, &again));
	ck_assert_str_eq(again.text, err.text);
	store_free(s);
}
END_TEST

static void expect_refusal(const char *path, const char *text)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(path, &err);
	char expected[512];

	ck_assert_ptr_null(s);
	snprintf(expected, sizeof expected, text, path);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(err_exit_code(&err), 2);
}

START_TEST(only_our_files_are_replaced)
{
	struct err err = ERR_INIT;
	char path[160];
	uint8_t newer[100] = "SQLite format 3";

	expect_refusal(dir.path, "'%s' is a directory; name a file with -o");
	expect_refusal(temp_dir_write(&dir, "notes.txt", SLICE_LIT("my only copy")),
	               "'%s' exists and is not a Milliwatt database; choose another name with -o");
	expect_refusal(temp_dir_write(&dir, "empty", SLICE_LIT("")),
	               "'%s' exists and is not a Milliwatt database; choose another name with -o");
	expect_refusal(temp_dir_path(&dir, "none/x.db"),
	               "cannot create '%s': No such file or directory");
	expect_refusal("/dev/null",
	               "'%s' exists and is not a Milliwatt database; choose another name with -o");
	expect_refusal("", "the name of the database is empty%s");
	temp_dir_write(&dir, "other.db",
	               slice_of(newer, sizeof newer)); /* another program's SQLite file */
	expect_refusal(temp_dir_path(&dir, "other.db"),
	               "'%s' exists and is not a Milliwatt database; choose another name with -o");
	memcpy(newer + 60, "\0\0\0\x09", 4);
	memcpy(newer + 68, "MWTT", 4);
	expect_refusal(temp_dir_write(&dir, "newer.db", slice_of(newer, sizeof newer)),
	               "'%s' was written by a newer Milliwatt (schema 9, this one writes 3); "
	               "choose another name with -o");

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	for (int round = 0; round < 2; round++) {
		struct store *s = sample_store(path, &err);
		ck_assert_msg(s != NULL, "%s", err.text);
		store_free(s);
	}
	ck_assert_uint_eq(files_in(dir.path), 5);
}
END_TEST

START_TEST(unfinished_run_leaves_the_old_file)
{
	struct err err = ERR_INIT;
	char path[160];

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	store_free(sample_store(path, &err));
	struct store *s = sample_create(path, &err);
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(files_in(dir.path), 2); /* the partial file beside it */
	store_free(s);
	ck_assert_uint_eq(files_in(dir.path), 1);
	struct records *r = records_open(path, &err);
	expect_sql(r, "SELECT complete FROM runs", "1\n");
	records_close(r);
}
END_TEST

START_TEST(link_is_followed)
{
	struct err err = ERR_INIT;
	char path[160], link[160];
	struct stat st;

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	snprintf(link, sizeof link, "%s", temp_dir_path(&dir, "link.db"));
	store_free(sample_store(path, &err));
	ck_assert_int_eq(symlink(path, link), 0);
	struct store *s = sample_store(link, &err);
	ck_assert_msg(s != NULL, "%s", err.text);
	store_free(s);
	ck_assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
}
END_TEST

/* A journal that the old file's last user left must not be played back into the new one. */
START_TEST(stale_journal_is_removed)
{
	struct err err = ERR_INIT;
	char path[160];

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	temp_dir_write(&dir, "x.db-journal", SLICE_LIT("old"));
	store_free(sample_store(path, &err));
	ck_assert_uint_eq(files_in(dir.path), 1);
}
END_TEST

START_TEST(names_are_taken_literally)
{
	struct err err = ERR_INIT;
	char here[512];

	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	ck_assert_int_eq(chdir(dir.path), 0);
	struct store *s = sample_store("file:x?mode=memory", &err);
	ck_assert_msg(s != NULL, "%s", err.text);
	store_free(s);
	struct records *r = records_open("file:x?mode=memory", &err);
	ck_assert_msg(r != NULL, "%s", err.text);
	records_close(r);
	ck_assert_uint_eq(files_in("."), 1);
	ck_assert_int_eq(chdir(here), 0);
}
END_TEST

/* Every allocation of ours fails once: always a clean error, never a leak, never a file left. */
START_TEST(allocation_n_fails)
{
	char path[160];
	bool done = false;

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		ck_assert_uint_lt(n, 1000);
		mem_fail_after(n);
		struct store *s = sample_store(path, &err);
		done = s != NULL;
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		ck_assert(done || files_in(dir.path) == 0);
		store_free(s);
	}
}
END_TEST

START_TEST(statement_n_fails)
{
	char path[160];
	bool done = false;

	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		ck_assert_uint_lt(n, 1000);
		store_fail_after(n);
		struct store *s = sample_store(path, &err);
		done = s != NULL;
		store_fail_after(UINT64_MAX);
		ck_assert_msg(done || (err.code == ERR_DATABASE && strstr(err.text, path)),
		              "step %d: %s", (int)n, err.text);
		ck_assert_msg(done || files_in(dir.path) == 0, "step %d leaves a file", (int)n);
		store_free(s);
	}
}
END_TEST

/* A real failure of the file system: no file may grow beyond 64 KiB. */
START_TEST(file_too_large)
{
	struct rlimit limit = { 64 << 10, RLIM_INFINITY }, old;
	struct err err = ERR_INIT;
	bool ok = true;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	struct store *s = sample_create(temp_dir_path(&dir, "x.db"), &err);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int64_t id = 1; id <= 200000 && ok; id++) {
		struct record_message m = sample_message(id);
		ok = store_message(s, &m, &err);
	}
	ok = ok && store_finish(s, 1, &err);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert(!ok);
	ck_assert_int_eq(err.code, ERR_DATABASE);
	ck_assert_msg(strstr(err.text, "cannot write '") &&
	                      strstr(err.text, "disk I/O error: File too large"),
	              "%s", err.text);
	store_free(s);
	ck_assert_uint_eq(files_in(dir.path), 0);
}
END_TEST

Suite *suite_store(void);
Suite *suite_store(void)
{
	Suite *suite = suite_create("store");
	TCase *plain = tcase_create("rows"), *files = tcase_create("files");

	tcase_add_loop_test(plain, contract_holds, 0, (int)(sizeof contract / sizeof *contract));
	tcase_add_loop_test(plain, text_becomes_valid, 0, (int)(sizeof texts / sizeof *texts));
	tcase_add_test(plain, rows_keep_their_values);
	tcase_add_test(plain, streams_keep_their_values);
	tcase_add_test(plain, long_texts_are_kept);
	tcase_add_test(plain, missing_and_wrong_values);
	tcase_add_checked_fixture(files, make_dir, remove_dir);
	tcase_set_timeout(files, 60);
	tcase_add_test(files, file_is_sound);
	tcase_add_test(files, only_our_files_are_replaced);
	tcase_add_test(files, unfinished_run_leaves_the_old_file);
	tcase_add_test(files, link_is_followed);
	tcase_add_test(files, stale_journal_is_removed);
	tcase_add_test(files, names_are_taken_literally);
	tcase_add_test(files, allocation_n_fails);
	tcase_add_test(files, statement_n_fails);
	tcase_add_test(files, file_too_large);
	suite_add_tcase(suite, plain);
	suite_add_tcase(suite, files);
	return suite;
}
