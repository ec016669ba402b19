/* reports/html/folder: what a report may write into, and what of it the next one takes away. */
#include "base/mem.h"
#include "reports/html/folder.h"
#include "reports/html/folder_internal.h"
#include "tests/helpers/temp_dir.h"
#include "tests/helpers/tree.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_html_folder(void);

static struct temp_dir dir;
static char root[100];

static void setup(void)
{
	temp_dir_make(&dir);
	snprintf(root, sizeof root, "%s/a/report", dir.path);
}

static void teardown(void)
{
	tree_remove(dir.path);
}

static const char *below(const char *name)
{
	static char path[200];

	snprintf(path, sizeof path, "%s/%s", root, name);
	return path;
}

static void put(const char *name, const char *octets)
{
	FILE *f = fopen(below(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(octets, f);
	fclose(f);
}

static bool write_text(struct html_folder *f, const char *name, const char *octets, struct err *err)
{
	struct text t;

	text_init(&t);
	text_addf(&t, "%s", octets);
	bool ok = html_folder_write(f, name, &t, err);
	text_release(&t);
	return ok;
}

/* A report of a few files. */
static bool report(struct err *err)
{
	struct html_folder f;
	bool ok = html_folder_open(&f, root, err) && write_text(&f, "index.html", "one", err) &&
	          write_text(&f, "calls/000/1.html", "two", err) &&
	          write_text(&f, "calls/000/2.html", "", err) &&
	          write_text(&f, "calls/001/1000.html", "three", err) &&
	          html_folder_assets(&f, err);

	html_folder_release(&f);
	return ok;
}

static void expect_files(const char *expected)
{
	struct text t;

	text_init(&t);
	tree_list(root, &t);
	ck_assert_str_eq(text_cstr(&t), expected);
	text_release(&t);
}

#define FILES                                                                                      \
	".milliwatt-report\ncalls/000/1.html\ncalls/000/2.html\ncalls/001/1000.html\nindex.html\n" \
	"report.js\nstyle.css\n"

START_TEST(test_writes)
{
	struct err err = ERR_INIT;
	struct html_folder f;
	struct text t;

	ck_assert_msg(report(&err), "%s", err.text);
	expect_files(FILES);
	text_init(&t);
	ck_assert(tree_read(below("calls/000/1.html"), &t));
	ck_assert_str_eq(text_cstr(&t), "two");
	text_release(&t);
	ck_assert_msg(html_folder_open(&f, root, &err), "%s", err.text);
	ck_assert(write_text(&f, "index.html", "12345", &err));
	ck_assert_int_eq(f.files, 1);
	ck_assert_int_eq(f.octets, 5);
	html_folder_release(&f);
	/* Folders that are empty now are gone as well. */
	expect_files(".milliwatt-report\nindex.html\n");
	ck_assert_int_ne(access(below("calls"), F_OK), 0);
}
END_TEST

START_TEST(test_twice)
{
	struct err err = ERR_INIT;

	ck_assert(report(&err) && report(&err));
	expect_files(FILES);
}
END_TEST

/* A folder of other things is left as it is. */
START_TEST(test_foreign)
{
	struct err err = ERR_INIT;

	ck_assert(report(&err));
	ck_assert_int_eq(unlink(below(HTML_FOLDER_MARK)), 0);
	put("mine.txt", "mine");
	ck_assert(!report(&err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "is not of a report"));
	expect_files("calls/000/1.html\ncalls/000/2.html\ncalls/001/1000.html\nindex.html\n"
	             "mine.txt\nreport.js\nstyle.css\n");
}
END_TEST

/* In a folder of ours, what others put there stays. */
START_TEST(test_guests)
{
	struct err err = ERR_INIT;

	ck_assert(report(&err));
	put("calls/000/notes.txt", "mine");
	put("notes.txt", "mine");
	ck_assert_int_eq(symlink("/etc/hostname", below("calls/001/link")), 0);
	ck_assert(report(&err));
	expect_files(".milliwatt-report\ncalls/000/1.html\ncalls/000/2.html\ncalls/000/notes.txt\n"
	             "calls/001/1000.html\ncalls/001/link\nindex.html\nnotes.txt\nreport.js\n"
	             "style.css\n");
}
END_TEST

/* A file of our names that is not ours is never overwritten, nor is what a link leads to. */
START_TEST(test_in_the_way)
{
	struct err err = ERR_INIT;
	struct html_folder f;
	struct text t;

	ck_assert_msg(html_folder_open(&f, root, &err), "%s", err.text);
	put("index.html", "mine");
	ck_assert(!write_text(&f, "index.html", "ours", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "index.html' is in the way"));
	text_init(&t);
	ck_assert(tree_read(below("index.html"), &t));
	ck_assert_str_eq(text_cstr(&t), "mine");
	text_release(&t);
	err = (struct err)ERR_INIT;
	ck_assert_int_eq(symlink("/tmp/milliwatt-nowhere", below("page.html")), 0);
	ck_assert(!write_text(&f, "page.html", "ours", &err));
	err = (struct err)ERR_INIT;
	ck_assert_int_eq(symlink("/tmp", below("calls")), 0);
	ck_assert(!write_text(&f, "calls/000/1.html", "ours", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "cannot use the folder"));
	html_folder_release(&f);
}
END_TEST

/* Between two reports somebody replaces a folder of ours by a link to elsewhere: nothing there is taken away. */
START_TEST(test_swapped)
{
	struct err err = ERR_INIT;
	char there[120];

	ck_assert(report(&err));
	snprintf(there, sizeof there, "%s/there", dir.path);
	ck_assert_int_eq(rename(below("calls"), there), 0);
	ck_assert_int_eq(symlink(there, below("calls")), 0);
	ck_assert(!report(&err));
	snprintf(there, sizeof there, "%s/there/000/1.html", dir.path);
	ck_assert_int_eq(access(there, F_OK), 0);
}
END_TEST

/* Hostile marks: names that lead outside, other files' texts, links. */
START_TEST(test_marks)
{
	struct err err = ERR_INIT;
	struct html_folder f;
	struct text t;
	const char *outside = temp_dir_write(&dir, "victim", SLICE_LIT("alive"));

	ck_assert(report(&err));
	text_init(&t);
	ck_assert(tree_read(below(HTML_FOLDER_MARK), &t));
	text_addf(&t, "../../victim\n%s\n./../../victim\n\nindex.html/\na//b\n%0300d\n", outside,
	          1);
	put(HTML_FOLDER_MARK, text_cstr(&t));
	ck_assert_msg(html_folder_open(&f, root, &err), "%s", err.text);
	html_folder_release(&f);
	ck_assert_int_eq(access(outside, F_OK), 0);
	put(HTML_FOLDER_MARK, "index.html\n");
	ck_assert(!html_folder_open(&f, root, &err));
	html_folder_release(&f);
	err = (struct err)ERR_INIT;
	ck_assert_int_eq(unlink(below(HTML_FOLDER_MARK)), 0);
	ck_assert_int_eq(symlink(outside, below(HTML_FOLDER_MARK)), 0);
	ck_assert(!html_folder_open(&f, root, &err));
	html_folder_release(&f);
	text_release(&t);
}
END_TEST

START_TEST(test_claims)
{
	struct err err = ERR_INIT;
	struct html_folder f;
	struct text path;

	text_init(&path);
	ck_assert_msg(html_folder_open(&f, root, &err), "%s", err.text);
	ck_assert(html_folder_claim(&f, "audio/7.wav", &path, &err));
	ck_assert_str_eq(text_cstr(&path), below("audio/7.wav"));
	put("audio/7.wav", "sound");
	ck_assert(html_folder_count(&f, "audio/7.wav", &err));
	ck_assert(html_folder_claim_folder(&f, "plots", &err));
	put("plots/a.svg", "ab");
	put("plots/odd name", "");
	ck_assert(html_folder_count(&f, "plots/", &err));
	ck_assert_int_eq(f.files, 3);
	ck_assert_int_eq(f.octets, 7);
	html_folder_release(&f);
	put("plots/later.txt", "not ours");
	ck_assert_msg(html_folder_open(&f, root, &err), "%s", err.text);
	expect_files(".milliwatt-report\nplots/later.txt\nplots/odd name\n");
	ck_assert(!html_folder_claim_folder(&f, "plots", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "is in the way"));
	html_folder_release(&f);
	text_release(&path);
}
END_TEST

/* A run that was killed while others wrote into a claimed folder: all in it counts as ours. */
START_TEST(test_killed)
{
	struct err err = ERR_INIT;
	struct html_folder f;

	ck_assert(html_folder_open(&f, root, &err) && html_folder_claim_folder(&f, "plots", &err));
	put("plots/a.svg", "");
	html_folder_release(&f);
	ck_assert(html_folder_open(&f, root, &err));
	expect_files(".milliwatt-report\n");
	html_folder_release(&f);
}
END_TEST

START_TEST(test_bad_folders)
{
	struct err err = ERR_INIT;
	struct html_folder f;
	const char *file = temp_dir_write(&dir, "file", SLICE_LIT(""));
	char inside[200];

	ck_assert(!html_folder_open(&f, file, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	html_folder_release(&f);
	err = (struct err)ERR_INIT;
	snprintf(inside, sizeof inside, "%s/x", file);
	ck_assert(!html_folder_open(&f, inside, &err));
	html_folder_release(&f);
	err = (struct err)ERR_INIT;
	ck_assert(!html_folder_open(&f, "", &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	html_folder_release(&f);
}
END_TEST

/* A disk that is full, by a limit on what files may grow to: the page is not there at all, and the error names it. */
START_TEST(test_full)
{
	struct err err = ERR_INIT;
	struct html_folder f;
	struct rlimit limit = { 2000, RLIM_INFINITY };
	struct text t;

	ck_assert(html_folder_open(&f, root, &err));
	text_init(&t);
	text_addf(&t, "%05000d", 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(!html_folder_write(&f, "index.html", &t, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write"));
	ck_assert_ptr_nonnull(strstr(err.text, "index.html"));
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	html_folder_release(&f);
	expect_files(".milliwatt-report\n");
	text_release(&t);
}
END_TEST

START_TEST(test_memory)
{
	for (uint64_t n = 0;; n++) {
		struct err err = ERR_INIT;
		mem_fail_after(n);
		bool ok = report(&err);
		mem_fail_after(UINT64_MAX);
		if (ok)
			break;
		ck_assert_int_eq(err.code, ERR_MEMORY);
		ck_assert_uint_lt(n, 100);
	}
	expect_files(FILES);
}
END_TEST

static const struct {
	const char *name;
	bool sound;
} names[] = {
	{ "index.html", true }, { "calls/000/1.html", true },
	{ "a-b_c.d", true },    { "plots/", true },
	{ "", false },          { "/etc/passwd", false },
	{ "..", false },        { "a/../b", false },
	{ "./a", false },       { "a//b", false },
	{ "a b", false },       { "a\\b", false },
	{ "a\xc3\xa9", false }, { "/", false },
	{ "a?b", false },       { "a:b", false },
};

START_TEST(test_names)
{
	ck_assert_int_eq(folder_name_is_sound(slice_str(names[_i].name)), names[_i].sound);
}
END_TEST

Suite *suite_html_folder(void)
{
	Suite *s = suite_create("html_folder");
	TCase *t = tcase_create("html_folder");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_writes);
	tcase_add_test(t, test_twice);
	tcase_add_test(t, test_foreign);
	tcase_add_test(t, test_guests);
	tcase_add_test(t, test_in_the_way);
	tcase_add_test(t, test_swapped);
	tcase_add_test(t, test_marks);
	tcase_add_test(t, test_claims);
	tcase_add_test(t, test_killed);
	tcase_add_test(t, test_bad_folders);
	tcase_add_test(t, test_full);
	tcase_add_test(t, test_memory);
	tcase_add_loop_test(t, test_names, 0, sizeof names / sizeof *names);
	suite_add_tcase(s, t);
	return s;
}
