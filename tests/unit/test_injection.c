/* sim/scenario/injection: files as SIPp 3.6.1 reads them (what it does with each case here was seen by running it), and what it does not do:
 * CRLF, empty lines in between, errors with line numbers, memory that runs out, many readers beside a writer. */
#include "base/mem.h"
#include "sim/scenario/injection.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>

static struct temp_dir dir;
static struct err err;

static void set_up(void)
{
	temp_dir_make(&dir);
	err = (struct err)ERR_INIT;
}

static void tear_down(void)
{
	temp_dir_remove(&dir);
}

static struct injection *open_text(const char *content, int index_field)
{
	struct injection_file_config config = { temp_dir_write(&dir, "f.csv", slice_str(content)),
		                                index_field };

	return injection_open(&config, 1, 1, &err);
}

static struct injection *must_open(const char *content, int index_field)
{
	struct injection *i = open_text(content, index_field);

	ck_assert_msg(i != NULL, "%s", err.text);
	return i;
}

/* The fields 0, 1, 2 of a line as "a|b|c", "-" for one that is not there. */
static const char *fields(struct injection *i, uint64_t line)
{
	static struct text t;

	text_reset(&t);
	for (int n = 0; n < 3; n++) {
		if (n)
			text_addf(&t, "|");
		if (!injection_field(i, 0, line, n, &t))
			text_addf(&t, "-");
	}
	return text_cstr(&t);
}

/* ---- what a file says ---- */

static const struct {
	const char *name, *content, *lines[6];
} files[] = {
	{ "plain", "SEQUENTIAL\na;b;c\nd;e;f\n", { "a|b|c", "d|e|f", "a|b|c" } },
	{ "comments", "SEQUENTIAL\n#no\na;b;c\n#no;no\nd;e;f\n#", { "a|b|c", "d|e|f", "a|b|c" } },
	{ "a comment begins at the front", "SEQUENTIAL\n #a;b;c\n", { " #a|b|c" } },
	{ "CRLF", "SEQUENTIAL\r\na;b;c\r\n\r\nd;e;f\r\n", { "a|b|c", "d|e|f", "a|b|c" } },
	{ "empty lines", "SEQUENTIAL\n\na;b;c\n\n \nd;e;f", { "a|b|c", "d|e|f", "a|b|c" } },
	{ "fewer and more fields", "SEQUENTIAL\na;b\nd\ng;h;i;j\n", { "a|b|-", "d|-|-", "g|h|i" } },
	{ "spaces are kept", "SEQUENTIAL\n x ; y;z \n", { " x | y|z " } },
	{ "empty fields", "SEQUENTIAL\n;;\n", { "||" } },
	{ "no quotes", "SEQUENTIAL\n\"a;b\";c\n", { "\"a|b\"|c" } },
	{ "USERS", "USERS\na;b;c\nd;e;f\n", { "a|b|c", "a|b|c" } },
	{ "byte order mark", "\xEF\xBB\xBFSEQUENTIAL\na;b;c\n", { "a|b|c" } },
	{ "lower case", "sequential\na;b;c\n", { "a|b|c" } },
	{ "more behind the word", "SEQUENTIAL;x\na;b;c\n", { "a|b|c" } },
	{ "percent is plain", "SEQUENTIAL\n%d;100%;%s\n", { "%d|100%|%s" } },
	{ "printf",
	  "SEQUENTIAL,PRINTF=3\nu%03d;%d-%d;100%%\n",
	  { "u000|0-0|100%", "u001|1-1|100%", "u002|2-2|100%", "u000|0-0|100%" } },
	{ "printf of several",
	  "SEQUENTIAL,PRINTF=4,PRINTFMULTIPLE=2,PRINTFOFFSET=10\nu%03d;x;A\nu%i;%u;B\n",
	  { "u010|x|A", "u12|12|B", "u014|x|A", "u16|16|B", "u010|x|A" } },
	{ "printf with spaces", "SEQUENTIAL , PRINTF = 2 \n%d;;\n", { "0||", "1||", "0||" } },
	{ "flags",
	  "SEQUENTIAL,PRINTF=1,PRINTFOFFSET=-7\n%5d|%-5d|;%05d%+d% d;%.3d%6.3d\n",
	  { "   -7|-7   ||-0007-7-7|-007  -007" } },
	{ "flags of positive",
	  "SEQUENTIAL,PRINTF=1,PRINTFOFFSET=7\n%+d;% d;%-+5d.\n",
	  { "+7| 7|+7   ." } },
	{ "great numbers",
	  "SEQUENTIAL,PRINTF=4294967294,PRINTFMULTIPLE=2147483647,PRINTFOFFSET=2147483647\n%d;;\n",
	  { "2147483647||", "4294967294||" } },
};

START_TEST(lines_are_read)
{
	struct injection *i = must_open(files[_i].content, -1);

	for (unsigned n = 0; n < 6 && files[_i].lines[n]; n++) {
		const char *got = fields(i, injection_line(i, 0, 0));
		ck_assert_msg(strcmp(got, files[_i].lines[n]) == 0, "%s, call %u: %s",
		              files[_i].name, n, got);
	}
	injection_free(i);
}
END_TEST

static const struct {
	const char *content, *says;
} wrong[] = {
	{ "", "f.csv: line 1: the first line says in which order" },
	{ "a;b;c\n", "(SEQUENTIAL, RANDOM or USER), this one says 'a;b;c'" },
	{ "#x\nSEQUENTIAL\na\n", "this one says '#x'" },
	{ "SEQUENTIAL\n", "f.csv: no lines follow the first" },
	{ "SEQUENTIAL\n#a\n\n", "f.csv: no lines follow the first" },
	{ "SEQUENTIAL,PRINT=3\n%d\n", "line 1: 'PRINT=3' is not known here" },
	{ "SEQUENTIAL,PRINTF=0\n%d\n", "line 1: PRINTF: '0' is not a number from 1" },
	{ "SEQUENTIAL,PRINTF=1x\n%d\n", "line 1: PRINTF: '1x' is not a number" },
	{ "SEQUENTIAL,PRINTF\n%d\n", "line 1: PRINTF: '' is not a number" },
	{ "SEQUENTIAL,PRINTFOFFSET=99999999999\n%d\n", "line 1: PRINTFOFFSET: '99999999999' is" },
	{ "SEQUENTIAL,PRINTF=3\n#%s\n\n%d;%s\n", "f.csv: line 4: in a PRINTF file a %" },
	{ "SEQUENTIAL,PRINTF=3\n50%\n", "f.csv: line 2: in a PRINTF file a %" },
	{ "SEQUENTIAL,PRINTF=3\n%9999d\n", "f.csv: line 2: in a PRINTF file a %" },
	{ "SEQUENTIAL,PRINTF=3\n%ld\n", "f.csv: line 2: in a PRINTF file a %" },
};

START_TEST(wrong_files_are_told)
{
	ck_assert_ptr_null(open_text(wrong[_i].content, -1));
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_msg(strstr(err.text, wrong[_i].says), "%s", err.text);
}
END_TEST

START_TEST(no_file_is_told)
{
	struct injection_file_config config = { "/nowhere/f.csv", -1 };

	ck_assert_ptr_null(injection_open(&config, 1, 1, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_str_eq(err.text, "cannot open '/nowhere/f.csv': No such file or directory");
	config.path = "/";
	ck_assert_ptr_null(injection_open(&config, 1, 1, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

/* ---- which file, which line ---- */

START_TEST(files_are_named_by_their_last_part)
{
	char users[160], callees[160];
	struct injection *i;

	strcpy(users, temp_dir_write(&dir, "users.csv", SLICE_LIT("USER\na\n")));
	strcpy(callees, temp_dir_write(&dir, "callees.csv", SLICE_LIT("RANDOM\n[b]\n")));
	struct injection_file_config configs[] = { { users, -1 }, { callees, 0 } };
	i = injection_open(configs, 2, 1, &err);
	ck_assert_ptr_nonnull(i);
	ck_assert_uint_eq(injection_files(i), 2);
	ck_assert_uint_eq(injection_file(i, SLICE_NONE), 0);
	ck_assert_uint_eq(injection_file(i, SLICE_LIT("users.csv")), 0);
	ck_assert_uint_eq(injection_file(i, slice_str(callees)), 1);
	ck_assert_uint_eq(injection_file(i, SLICE_LIT("data/callees.csv")), 1);
	ck_assert_uint_eq(injection_file(i, SLICE_LIT("others.csv")), SIZE_MAX);
	ck_assert(!injection_has_keywords(i, 0));
	ck_assert(injection_has_keywords(i, 1));
	injection_free(i);
	i = injection_open(NULL, 0, 1, &err);
	ck_assert_uint_eq(injection_file(i, SLICE_NONE), SIZE_MAX);
	injection_free(i);
}
END_TEST

START_TEST(users_have_their_own_lines)
{
	struct injection *i = must_open("USER\na\nb\nc\n", -1);

	ck_assert_uint_eq(injection_line(i, 0, 0), 0);
	ck_assert_uint_eq(injection_line(i, 0, 1), 0);
	ck_assert_uint_eq(injection_line(i, 0, 3), 2);
	ck_assert_uint_eq(injection_line(i, 0, 4), 0);
	injection_free(i);
}
END_TEST

START_TEST(random_takes_all_alike)
{
	struct injection *i = must_open("RANDOM,PRINTF=100\n%d\n", -1);
	struct injection *again = must_open("RANDOM,PRINTF=100\n%d\n", -1);
	unsigned count[100] = { 0 }, differs = 0, beyond = 0;
	double chi = 0;

	for (unsigned n = 0; n < 100000; n++) {
		uint64_t line = injection_line(i, 0, 0);
		differs += line != injection_line(again, 0, 0);
		beyond += line >= 100;
		count[line % 100]++;
	}
	ck_assert_uint_eq(differs, 0);
	ck_assert_uint_eq(beyond, 0);
	for (unsigned n = 0; n < 100; n++)
		chi += (count[n] - 1000.0) * (count[n] - 1000.0) / 1000;
	/* 99 degrees of freedom: mean 99, deviation 14. */
	ck_assert_msg(chi > 99 - 70 && chi < 99 + 70, "chi squared %g", chi);
	injection_free(i);
	injection_free(again);
}
END_TEST

START_TEST(no_such_line_or_field)
{
	struct injection *i = must_open("SEQUENTIAL\na;b\n", -1);
	struct text t;

	text_init(&t);
	ck_assert(!injection_field(i, 0, 1, 0, &t));
	ck_assert(!injection_field(i, 0, UINT64_MAX, 0, &t));
	ck_assert(!injection_field(i, 0, 0, 2, &t));
	ck_assert(!injection_field(i, 0, 0, INT32_MAX, &t));
	ck_assert(!injection_field(i, 0, 0, -1, &t));
	ck_assert_uint_eq(t.n, 0);
	text_release(&t);
	injection_free(i);
}
END_TEST

/* ---- look-up, insert, replace ---- */

static int64_t find(struct injection *i, const char *key)
{
	return injection_lookup(i, 0, slice_str(key));
}

START_TEST(keys_are_looked_up)
{
	struct injection *i = must_open("SEQUENTIAL\nb;1\na;2\na;3\nc\n", 0);

	ck_assert_int_eq(find(i, "b"), 0);
	ck_assert_int_eq(find(i, "a"), 2); /* the last of two, as SIPp has it */
	ck_assert_int_eq(find(i, "none"), -1);
	ck_assert(injection_index(i, 0, 1, &err));
	ck_assert_int_eq(find(i, "b"), -1);
	ck_assert_int_eq(find(i, "2"), 1);
	ck_assert(!injection_index(i, 0, -1, &err));
	injection_free(i);
	i = must_open("SEQUENTIAL\na\n", -1);
	ck_assert_int_eq(find(i, "a"), -1);
	injection_free(i);
}
END_TEST

START_TEST(made_up_lines_are_looked_up)
{
	struct injection *i = must_open("USER,PRINTF=1000,PRINTFOFFSET=5\nu%04d;x\nv%d;y\n", 0);

	ck_assert_int_eq(find(i, "u0005"), 0);
	ck_assert_int_eq(find(i, "v6"), 1);
	ck_assert_int_eq(find(i, "u0006"), -1);
	ck_assert_int_eq(find(i, "v1004"), 999);
	ck_assert(!injection_insert(i, 0, SLICE_LIT("a")));
	ck_assert(!injection_replace(i, 0, 0, SLICE_LIT("a")));
	injection_free(i);
	ck_assert_ptr_null(open_text("USER,PRINTF=4000000000\nu%d\n", 0));
	ck_assert(strstr(err.text, "f.csv: 4000000000 lines are too many to be indexed"));
}
END_TEST

/* What SIPp 3.6.1 does with the same steps in a <nop>, call by call. */
START_TEST(lines_are_written)
{
	struct injection *i = must_open("SEQUENTIAL\nb;b;c\na;e;f\na;x;y\n", 0);

	ck_assert_uint_eq(injection_line(i, 0, 0), 0);
	ck_assert(injection_insert(i, 0, SLICE_LIT("ins1;y\r\n")));
	ck_assert(injection_replace(i, 0, 0, SLICE_LIT("rep;l")));
	ck_assert_int_eq(find(i, "ins1"), 3);
	ck_assert_int_eq(find(i, "rep"), 0);
	ck_assert_int_eq(find(i, "b"), -1);
	ck_assert_int_eq(find(i, "a"), 2);
	ck_assert_str_eq(fields(i, 0), "rep|l|-");
	ck_assert_str_eq(fields(i, 1), "a|e|f");
	for (unsigned line = 1; line < 4; line++)
		ck_assert_uint_eq(injection_line(i, 0, 0), line);
	ck_assert_str_eq(fields(i, 3), "ins1|y|-");
	ck_assert_uint_eq(injection_line(i, 0, 0), 0);
	ck_assert(!injection_has_keywords(i, 0));
	ck_assert(injection_replace(i, 0, 3, SLICE_LIT("[call_id]")));
	ck_assert(injection_replace(i, 0, 3, SLICE_LIT("")));
	ck_assert(injection_has_keywords(i, 0));
	ck_assert_int_eq(find(i, "ins1"), -1);
	ck_assert_str_eq(fields(i, 3), "|-|-");
	ck_assert(!injection_replace(i, 0, 4, SLICE_LIT("x")));
	injection_free(i);
}
END_TEST

/* A table of its own against the index: thousands of lines put and replaced by chance. */
START_TEST(index_stays_right)
{
	enum { LINES = 3000, KEYS = 500 };
	static int key_of[LINES];
	struct injection *i = must_open("SEQUENTIAL\nk0\n", 0);
	uint64_t state = 5;
	char text[16];
	unsigned count = 1, bad = 0;

	key_of[0] = 0;
	for (unsigned n = 0; n < 20000; n++) {
		int key = (int)(random_next(&state) % KEYS);
		unsigned line = (unsigned)(random_next(&state) % count);
		/* Keys stay single here: of several lines the one found depends on the order. */
		snprintf(text, sizeof text, "k%d", key);
		if (find(i, text) >= 0)
			continue;
		if (count < LINES && random_next(&state) % 2) {
			ck_assert(injection_insert(i, 0, slice_str(text)));
			line = count++;
		} else {
			ck_assert(injection_replace(i, 0, line, slice_str(text)));
		}
		key_of[line] = key;
		if (n % 64)
			continue;
		for (unsigned k = 0; k < count; k++) {
			snprintf(text, sizeof text, "k%d", key_of[k]);
			bad += find(i, text) != (int64_t)k;
		}
	}
	ck_assert_uint_eq(bad, 0);
	injection_free(i);
}
END_TEST

/* ---- many at once ---- */

struct reader {
	struct injection *i;
	unsigned wrong;
	bool again;
};

/* Whatever is written meanwhile, both fields of a line say the same, and the key found is the line's. */
static void *read_on(void *argument)
{
	struct reader *r = argument;
	struct text t;

	text_init(&t);
	for (unsigned n = 0; n < 20000; n++) {
		text_reset(&t);
		uint64_t line = injection_line(r->i, 0, 0);
		bool ok = injection_field(r->i, 0, line, 1, &t);
		r->wrong += !ok || t.n < 2 || injection_lookup(r->i, 0, SLICE_LIT("fixed")) != 0;
	}
	text_release(&t);
	return NULL;
}

START_TEST(readers_beside_a_writer)
{
	struct injection *i = must_open("SEQUENTIAL\nfixed;fixed\nx;yy\n", 0);
	struct reader readers[3] = { { .i = i }, { .i = i }, { .i = i } };
	pthread_t threads[3];
	char text[32];

	for (unsigned n = 0; n < 3; n++)
		pthread_create(&threads[n], NULL, read_on, &readers[n]);
	for (unsigned n = 0; n < 3000; n++) {
		snprintf(text, sizeof text, "k%u;%u.", n, n);
		ck_assert(injection_insert(i, 0, slice_str(text)));
		ck_assert(injection_replace(i, 0, 1 + n / 2, slice_str(text)));
	}
	for (unsigned n = 0; n < 3; n++) {
		pthread_join(threads[n], NULL);
		ck_assert_uint_eq(readers[n].wrong, 0);
	}
	injection_free(i);
}
END_TEST

/* ---- a great file; no memory ---- */

START_TEST(a_million_lines)
{
	enum { LINES = 1000000 };
	struct injection *i;
	struct text t;

	text_init(&t);
	text_addf(&t, "SEQUENTIAL\n");
	for (unsigned n = 0; n < LINES; n++)
		text_addf(&t, "user%u;pass%u\n", n, n);
	i = must_open(text_cstr(&t), 0);
	ck_assert_int_eq(find(i, "user999999"), 999999);
	ck_assert_int_eq(find(i, "user0"), 0);
	ck_assert_int_eq(find(i, "user1000000"), -1);
	ck_assert_str_eq(fields(i, 123456), "user123456|pass123456|-");
	injection_free(i);
	text_release(&t);
}
END_TEST

static bool everything(void)
{
	struct injection *i = open_text("SEQUENTIAL\nb;1\na;2\n[c];3\n", 0);
	struct text t;

	if (!i)
		return false;
	text_init(&t);
	bool ok = injection_insert(i, 0, SLICE_LIT("d;4"));
	ok = injection_replace(i, 0, 0, SLICE_LIT("e;5")) && ok;
	ok = injection_replace(i, 0, 0, SLICE_LIT("f;6")) && ok;
	ok = injection_field(i, 0, 0, 0, &t) && ok;
	ok = injection_index(i, 0, 1, &err) && ok;
	ok = find(i, "6") == 0 && ok;
	ok = !t.failed && ok;
	text_release(&t);
	injection_free(i);
	return ok;
}

static bool made_up(void)
{
	struct injection *i = open_text("SEQUENTIAL,PRINTF=50\nu%d\n", 0);

	if (!i)
		return false;
	bool ok = find(i, "u42") == 42;
	injection_free(i);
	return ok;
}

START_TEST(out_of_memory)
{
	bool (*const runs[])(void) = { everything, made_up };
	struct shortage s = { 0 };

	for (unsigned n = 0; n < 2; n++) {
		shortage_watch(&s);
		ck_assert(runs[n]());
		shortage_plan(&s);
		while (shortage_next(&s)) {
			bool ok = runs[n]();
			shortage_over();
			ck_assert_msg(!ok, "allocation %lu", shortage_at(&s));
		}
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_injection(void)
{
	Suite *s = suite_create("injection");
	TCase *t = tcase_create("files"), *w = tcase_create("written");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, lines_are_read, 0, sizeof files / sizeof *files);
	tcase_add_loop_test(t, wrong_files_are_told, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(t, no_file_is_told);
	tcase_add_test(t, files_are_named_by_their_last_part);
	tcase_add_test(t, users_have_their_own_lines);
	tcase_add_test(t, random_takes_all_alike);
	tcase_add_test(t, no_such_line_or_field);
	tcase_add_checked_fixture(w, set_up, tear_down);
	tcase_set_timeout(w, 60);
	tcase_add_test(w, keys_are_looked_up);
	tcase_add_test(w, made_up_lines_are_looked_up);
	tcase_add_test(w, lines_are_written);
	tcase_add_test(w, index_stays_right);
	tcase_add_test(w, readers_beside_a_writer);
	tcase_add_test(w, a_million_lines);
	tcase_add_test(w, out_of_memory);
	suite_add_tcase(s, t);
	suite_add_tcase(s, w);
	return s;
}
