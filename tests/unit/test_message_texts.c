/* cli/message_texts: every message of a call has its text, whichever way it came; captures that are gone; failing allocations. */
#include "analyzer/analyze.h"
#include "cli/message_texts.h"
#include "reports/rows.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
}

static void teardown(void)
{
	temp_dir_remove(&dir);
}

static struct records *analyzed(const char *const *paths, size_t count, bool mask)
{
	struct err err = ERR_INIT;
	struct analyze_options options = { .paths = paths,
		                           .path_count = count,
		                           .database = temp_dir_path(&dir, "x.db"),
		                           .command = SLICE_LIT("test"),
		                           .version = SLICE_LIT("0"),
		                           .media.mask_dtmf = mask };

	ck_assert_msg(analyze_run(&options, NULL, NULL, &err), "%s", err.text);
	struct records *r = records_open(temp_dir_path(&dir, "x.db"), &err);
	ck_assert_msg(r != NULL, "%s", err.text);
	return r;
}

/* Of every message of a call: begins as the records say, and is as long. Returns how many have one. */
static int64_t check_texts(struct records *r, const struct message_texts *texts)
{
	struct err err = ERR_INIT;
	struct text out;
	struct query *q = rows_query(r,
	                             "SELECT id, first_line, bytes FROM messages WHERE dialog_id "
	                             "IS NOT NULL ORDER BY id",
	                             0, &err);
	int64_t count = 0;

	text_init(&out);
	while (query_step(q, &err)) {
		text_reset(&out);
		ck_assert(texts->of(texts->context, query_int(q, 0), &out, &err));
		if (!out.n)
			continue;
		struct slice text = slice_of(out.p, out.n), line = query_text(q, 1);
		ck_assert_int_eq((int64_t)out.n, query_int(q, 2));
		ck_assert_msg(slice_eq(slice_sub(text, 0, line.n), line), "%.*s", SLICE_ARG(text));
		count++;
	}
	query_free(q);
	text_release(&out);
	return count;
}

static const struct {
	const char *folder, *files[2];
} captures[] = {
	{ "baseline-call", { "capture.pcap" } },
	{ "tcp-framing", { "capture.pcap" } },
	{ "tcp-out-of-order", { "capture.pcap" } },
	{ "ipv4-fragment-twice", { "capture.pcap" } },
	{ "ipv6-fragments", { "capture.pcap" } },
	{ "two-files", { "capture-2.pcap", "capture.pcap" } },
	{ "compressed-gz", { "capture.pcap.gz" } },
	{ "mirrored-twice", { "capture.pcap" } },
	{ "lf-only-sip", { "capture.pcap" } },
	{ "attended-transfer", { "capture.pcap" } },
	{ "pcapng-interfaces", { "capture.pcapng" } },
	{ "hostile-headers", { "capture.pcap" } },
};

START_TEST(every_message_has_its_text)
{
	char names[2][160];
	const char *paths[2] = { names[0], names[1] };
	struct err err = ERR_INIT;
	size_t count = 0;
	int64_t messages;

	for (; count < 2 && captures[_i].files[count]; count++)
		snprintf(names[count], sizeof *names, "fixtures/%s/%s", captures[_i].folder,
		         captures[_i].files[count]);
	struct records *r = analyzed(paths, count, false);
	struct message_file *f = message_file_new(r, NULL, false, &err);
	ck_assert_msg(f != NULL, "%s", err.text);
	ck_assert_ptr_null(message_file_texts(f)->absent);
	ck_assert(rows_int(r, "SELECT count(*) FROM messages WHERE dialog_id IS NOT NULL", 0,
	                   &messages, &err));
	ck_assert_int_gt(messages, 0);
	ck_assert_int_eq(check_texts(r, message_file_texts(f)), messages);
	message_file_free(f);
	records_close(r);
}
END_TEST

START_TEST(one_of_two_is_gone)
{
	const char *paths[] = { "fixtures/two-files/capture.pcap",
		                "fixtures/two-files/capture-2.pcap" };
	struct err err = ERR_INIT;
	struct records *r = analyzed(paths, 2, false);
	char other[200];

	/* Only the first of both lies in the directory. */
	ck_assert_int_lt(snprintf(other, sizeof other, "%s/capture.pcap", dir.path), 200);
	char here[4096];
	ck_assert_ptr_nonnull(realpath(paths[0], here));
	ck_assert_int_eq(symlink(here, other), 0);
	struct message_file *f = message_file_new(r, dir.path, false, &err);
	ck_assert_msg(f != NULL, "%s", err.text);
	ck_assert_ptr_null(message_file_texts(f)->absent);
	ck_assert_ptr_nonnull(strstr(message_file_texts(f)->missing, "capture-2.pcap"));
	int64_t there = check_texts(r, message_file_texts(f));
	ck_assert_int_gt(there, 0);
	message_file_free(f);
	ck_assert_int_eq(unlink(other), 0);
	f = message_file_new(r, dir.path, false, &err);
	ck_assert(f && message_file_texts(f)->absent);
	ck_assert_int_eq(check_texts(r, message_file_texts(f)), 0);
	message_file_free(f);
	records_close(r);
}
END_TEST

START_TEST(allocation_fails)
{
	const char *path = "fixtures/tcp-framing/capture.pcap";
	struct shortage sh = { 0 };
	struct err err = ERR_INIT;
	struct records *r = analyzed(&path, 1, true);

	shortage_watch(&sh);
	struct message_file *f = message_file_new(r, NULL, false, &err);
	ck_assert_ptr_nonnull(f);
	message_file_free(f);
	shortage_plan(&sh);
	while (shortage_next(&sh)) {
		f = message_file_new(r, NULL, false, &err);
		shortage_over();
		ck_assert_msg(f == NULL && err.code == ERR_MEMORY, "allocation %lu: %s",
		              shortage_at(&sh), err.text);
		err = (struct err)ERR_INIT;
	}
	shortage_release(&sh);
	records_close(r);
}
END_TEST

Suite *suite_message_texts(void)
{
	Suite *s = suite_create("message_texts");
	TCase *t = tcase_create("message_texts");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_message_has_its_text, 0,
	                    (int)(sizeof captures / sizeof *captures));
	tcase_add_test(t, one_of_two_is_gone);
	tcase_add_test(t, allocation_fails);
	suite_add_tcase(s, t);
	return s;
}
