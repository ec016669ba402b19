/* What a suite keeps: nights in order, the end of logs, archives that others open. */
#include "cli/suite_baseline.h"
#include "cli/suite_files.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
}

static void teardown(void)
{
	struct text command;

	/* With folders in it. */
	text_init(&command);
	text_addf(&command, "rm -rf '%s'/*", dir.path);
	ck_assert_int_eq(system(text_cstr(&command)), 0);
	text_release(&command);
	temp_dir_remove(&dir);
}

/* Names in the folder, sorted, each behind a blank. */
static void names_in(const char *folder, struct text *out)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	ck_assert_int_ge(count, 0);
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			text_addf(out, " %s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* 2026-11-22 01:40:00 UTC */
#define NIGHT_US INT64_C(1795311600000000)
#define DAY_US   INT64_C(86400000000)

START_TEST(nights_are_kept_in_order)
{
	struct err err = ERR_INIT;
	char folder[200], database[200], other[260];
	struct text names;

	snprintf(database, sizeof database, "%s",
	         temp_dir_write(&dir, "run.db", SLICE_LIT("tonight")));
	snprintf(folder, sizeof folder, "%s/a/b", dir.path);
	for (int i = 0; i < 5; i++)
		ck_assert_msg(
		        suite_baseline_keep(folder, database, NIGHT_US + i * DAY_US + i, 3, &err),
		        "%s", err.text);
	/* Of others, what is no night of ours is left alone. */
	snprintf(other, sizeof other, "%s/golden.db", folder);
	ck_assert(suite_copy_file(database, other, INT64_MAX, &err));
	ck_assert(suite_baseline_keep(folder, database, NIGHT_US + 5 * DAY_US, 2, &err));
	text_init(&names);
	names_in(folder, &names);
	ck_assert_str_eq(text_cstr(&names), " 20261126T014000.000004Z.db"
	                                    " 20261127T014000.000000Z.db golden.db");
	text_release(&names);
}
END_TEST

START_TEST(a_night_that_cannot_be_kept)
{
	struct err err = ERR_INIT;
	char folder[200];
	struct text names;

	snprintf(folder, sizeof folder, "%s/a", dir.path);
	ck_assert(!suite_baseline_keep(folder, "/nowhere/run.db", NIGHT_US, 3, &err));
	ck_assert_msg(strstr(err.text, "cannot open '/nowhere/run.db'") != NULL, "%s", err.text);
	text_init(&names);
	names_in(folder, &names);
	ck_assert_str_eq(text_cstr(&names), "");
	text_release(&names);
	snprintf(folder, sizeof folder, "%s", temp_dir_write(&dir, "file", SLICE_LIT("x")));
	ck_assert(!suite_baseline_keep(folder, "/nowhere/run.db", NIGHT_US, 3, &err));
}
END_TEST

START_TEST(no_night_yet)
{
	struct suite_baselines b;
	struct err err = ERR_INIT;
	char folder[200];

	snprintf(folder, sizeof folder, "%s/none", dir.path);
	ck_assert(suite_baselines_open(&b, folder, &err));
	ck_assert(b.folder);
	ck_assert_uint_eq(b.count, 0);
	suite_baselines_release(&b);
	ck_assert(!suite_baselines_open(&b, "/nowhere/base.db", &err));
	suite_baselines_release(&b);
}
END_TEST

START_TEST(the_end_of_a_log)
{
	struct err err = ERR_INIT;
	char from[200], to[200];
	struct text end;

	snprintf(from, sizeof from, "%s",
	         temp_dir_write(&dir, "log", SLICE_LIT("0123456789end\n")));
	snprintf(to, sizeof to, "%s/copy", dir.path);
	ck_assert(suite_copy_file(from, to, 4, &err));
	text_init(&end);
	suite_add_tail(&end, to, 100);
	ck_assert_str_eq(text_cstr(&end), "[the first 10 octets of this file are left out]\nend\n");
	text_reset(&end);
	suite_add_tail(&end, from, 4);
	ck_assert_str_eq(text_cstr(&end), "end\n");
	suite_add_tail(&end, "/nowhere", 4);
	ck_assert_int_eq(suite_file_octets(from), 14);
	ck_assert_int_eq(suite_file_octets("/nowhere"), -1);
	text_release(&end);
}
END_TEST

#define LONG                                                                                       \
	"a-case-with-a-name-that-is-rather-long-because-some-are-called-so-in-real-life-and-more"

/* Opened by tar(1), with a name that needs ustar's prefix. */
START_TEST(an_archive)
{
	struct err err = ERR_INIT;
	struct text path, names;
	char line[400];

	text_init(&path);
	text_init(&names);
	text_addf(&path, "%s/in/" LONG, dir.path);
	ck_assert(suite_make_folder(text_cstr(&path), &err));
	ck_assert(suite_copy_file(temp_dir_write(&dir, "x", SLICE_LIT("hello\n")),
	                          (text_addf(&path, "/call-1.txt"), text_cstr(&path)), INT64_MAX,
	                          &err));
	text_reset(&path);
	text_addf(&path, "%s/in", dir.path);
	char archive[200];
	snprintf(archive, sizeof archive, "%s/out.tar", dir.path);
	ck_assert_msg(suite_tar_folder(text_cstr(&path), "evidence", archive, &err), "%s",
	              err.text);
	text_reset(&path);
	text_addf(&path, "tar -tf '%s' && tar -xOf '%s' 'evidence/" LONG "/call-1.txt'", archive,
	          archive);
	FILE *f = popen(text_cstr(&path), "r");
	while (fgets(line, sizeof line, f))
		text_addf(&names, "%s", line);
	ck_assert_int_eq(pclose(f), 0);
	ck_assert_str_eq(text_cstr(&names),
	                 "evidence/\nevidence/" LONG "/\nevidence/" LONG "/call-1.txt\nhello\n");
	ck_assert(!suite_tar_folder("/nowhere", "x", archive, &err));
	text_release(&path);
	text_release(&names);
}
END_TEST

START_TEST(folders)
{
	struct err err = ERR_INIT;
	char path[300];

	snprintf(path, sizeof path, "%s/a//b/c/", dir.path);
	ck_assert_msg(suite_make_folder(path, &err), "%s", err.text);
	ck_assert(suite_make_folder(path, &err));
	snprintf(path, sizeof path, "%s/sub", temp_dir_write(&dir, "file", SLICE_LIT("x")));
	ck_assert(!suite_make_folder(path, &err));
}
END_TEST

Suite *suite_suite_files(void);
Suite *suite_suite_files(void)
{
	Suite *s = suite_create("suite_files");
	TCase *t = tcase_create("suite_files");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nights_are_kept_in_order);
	tcase_add_test(t, a_night_that_cannot_be_kept);
	tcase_add_test(t, no_night_yet);
	tcase_add_test(t, the_end_of_a_log);
	tcase_add_test(t, an_archive);
	tcase_add_test(t, folders);
	suite_add_tcase(s, t);
	return s;
}
