/* sim/auth/credentials: password files and the environment. */
#include "base/mem.h"
#include "base/text.h"
#include "sim/auth/credentials.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct temp_dir dir;
static struct err err;

static void set_up(void)
{
	temp_dir_make(&dir);
	err = (struct err)ERR_INIT;
	unsetenv(CREDENTIALS_ENVIRONMENT);
}

static void tear_down(void)
{
	temp_dir_remove(&dir);
}

static const char *file(const char *content)
{
	const char *path = temp_dir_write(&dir, "passwords", slice_str(content));

	chmod(path, 0600);
	return path;
}

static const struct {
	const char *content, *username, *realm, *password; /* NULL: none */
} found[] = {
	{ "alice:example.com:open sesame", "alice", "example.com", "open sesame" },
	{ "alice:example.com:open sesame", "alice", "other.com", NULL },
	{ "alice::a:b \n", "alice", "any", "a:b " },
	{ "alice:x:1\nalice::2\n", "alice", "x", "1" },
	{ "alice:x:1\nalice::2\n", "alice", "y", "2" },
	{ "alice:my realm:1\n", "alice", "my realm", "1" },
	{ "alice:r:\n", "alice", "r", "" },
	{ "bob secret", "bob", "x", "secret" },
	{ "bob:secret word", "bob", "x", "secret word" },
	{ "bob\t  se:cr:et  \r\n", "bob", "x", "se:cr:et" },
	{ "bob two words\n", "bob", "x", "two words" },
	{ "  bob@example.com secret\n", "bob@example.com", "x", "secret" },
	{ "# bob secret\n\n\r\ncarol other\n", "bob", "x", NULL },
	{ "# bob secret\n\n\r\ncarol other\n", "carol", "x", "other" },
	{ "bob 1\nbob 2\n", "bob", "x", "1" },
	{ "secret\n", "whoever", "x", "secret" },
};

START_TEST(lines_are_read)
{
	struct credential_list *l = credential_list_read(file(found[_i].content), &err);

	ck_assert_msg(l != NULL, "%s", err.text);
	const struct credential *c =
	        credential_list_find(l, slice_str(found[_i].username), slice_str(found[_i].realm));
	if (!found[_i].password)
		ck_assert_ptr_null(c);
	else
		ck_assert_str_eq(c->password, found[_i].password);
	ck_assert_str_eq(credential_list_warning(l), "");
	credential_list_free(l);
}
END_TEST

static const struct {
	const char *content, *says;
} wrong[] = {
	{ "", "there is no password in it" },
	{ "# nothing\n", "there is no password in it" },
	{ "alice a\n\nsecret \n",
	  "line 3 has a user and no password: 'user:realm:password' or 'user password'" },
	{ "alice a\nsecret\n", "a password alone stands there, and other lines too" },
};

START_TEST(wrong_lines_are_told)
{
	ck_assert_ptr_null(credential_list_read(file(wrong[_i].content), &err));
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_msg(strstr(err.text, wrong[_i].says), "%s", err.text);
	ck_assert_msg(!strstr(err.text, "secret"), "%s", err.text);
}
END_TEST

START_TEST(open_files_are_warned_of)
{
	const char *path = file("bob secret\n");
	struct credential_list *l;

	chmod(path, 0644);
	l = credential_list_read(path, &err);
	ck_assert(strstr(credential_list_warning(l), "everyone on this machine can read it"));
	ck_assert_uint_eq(credential_list_count(l), 1);
	credential_list_free(l);
	ck_assert_ptr_null(credential_list_read("/nowhere", &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

START_TEST(a_file_fills_in)
{
	struct credential_sources from = { .file = file("alice:r:1\nbob 2\n") };
	struct credentials c = { 0 };
	struct credential_list *list;

	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(c.username, "alice");
	ck_assert_str_eq(c.password, "1");
	credential_list_free(list);
	c = (struct credentials){ .username = "bob" };
	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(c.password, "2");
	credential_list_free(list);
	c = (struct credentials){ .username = "alice" };
	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(c.password, "1");
	credential_list_free(list);
	c = (struct credentials){ .username = "carol" };
	ck_assert(!credentials_fill(&from, &c, &list, &err));
	ck_assert(strstr(err.text, "it has no password of 'carol'"));
	/* What the command line says stays. */
	c = (struct credentials){ .username = "bob", .password = "3" };
	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_ptr_null(list);
	ck_assert_str_eq(c.password, "3");
	from.file = file("word\n");
	c = (struct credentials){ .username = "dave" };
	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(c.username, "dave");
	ck_assert_str_eq(c.password, "word");
	credential_list_free(list);
}
END_TEST

START_TEST(the_environment_fills_in)
{
	struct credential_sources from = { 0 };
	struct credentials c = { 0 };
	struct credential_list *list;

	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_ptr_null(c.password);
	setenv(CREDENTIALS_ENVIRONMENT, "e", 1);
	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(c.password, "e");
	c = (struct credentials){ 0 };
	from.environment = "TRUNK_PASSWORD";
	ck_assert(!credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(err.text, "the environment has no TRUNK_PASSWORD");
	setenv("TRUNK_PASSWORD", "t", 1);
	ck_assert(credentials_fill(&from, &c, &list, &err));
	ck_assert_str_eq(c.password, "t");
}
END_TEST

START_TEST(many_users)
{
	enum { USERS = 20000 };
	struct credential_list *l;
	char user[16], password[16];
	unsigned wrong_ones = 0;
	struct text t;

	text_init(&t);
	for (unsigned i = 0; i < USERS; i++)
		text_addf(&t, "u%u:r:p%u\n", i, i);
	l = credential_list_read(file(text_cstr(&t)), &err);
	text_release(&t);
	ck_assert_uint_eq(credential_list_count(l), USERS);
	for (unsigned i = 0; i < USERS; i++) {
		snprintf(user, sizeof user, "u%u", i);
		snprintf(password, sizeof password, "p%u", i);
		const struct credential *c =
		        credential_list_find(l, slice_str(user), SLICE_LIT("r"));
		wrong_ones += !c || strcmp(c->password, password) != 0;
	}
	ck_assert_uint_eq(wrong_ones, 0);
	credential_list_free(l);
}
END_TEST

static bool everything(const char *path)
{
	struct credential_list *l = credential_list_read(path, &err);

	credential_list_free(l);
	return l != NULL;
}

START_TEST(out_of_memory)
{
	struct shortage s = { 0 };
	char path[160];

	strcpy(path, file("alice:r:1\nbob 2\n"));
	shortage_watch(&s);
	ck_assert(everything(path));
	shortage_plan(&s);
	while (shortage_next(&s)) {
		bool ok = everything(path);
		shortage_over();
		ck_assert_msg(!ok, "allocation %lu", shortage_at(&s));
		ck_assert_int_eq(err.code, ERR_MEMORY);
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_credentials(void)
{
	Suite *s = suite_create("credentials");
	TCase *t = tcase_create("credentials");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, lines_are_read, 0, (int)(sizeof found / sizeof *found));
	tcase_add_loop_test(t, wrong_lines_are_told, 0, (int)(sizeof wrong / sizeof *wrong));
	tcase_add_test(t, open_files_are_warned_of);
	tcase_add_test(t, a_file_fills_in);
	tcase_add_test(t, the_environment_fills_in);
	tcase_add_test(t, many_users);
	tcase_add_test(t, out_of_memory);
	suite_add_tcase(s, t);
	return s;
}
