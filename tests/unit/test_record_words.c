/* The words that the analyzer writes and the schema lists. Files are written without looking at CHECK constraints (store.c), so every
 * word there is goes through a store in memory here, which does look. */
#include "analyzer/calls/outcome.h"
#include "analyzer/score/codec_table.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>

Suite *suite_record_words(void);

static struct store *store;
static struct err err;

static void open_store(void)
{
	err = (struct err)ERR_INIT;
	store = sample_create(NULL, &err);
	ck_assert_ptr_nonnull(store);
}

static void close_store(void)
{
	store_free(store);
}

static void expect_sound(void)
{
	ck_assert_msg(store_finish(store, 1, &err), "%s", err.text);
}

START_TEST(outcomes)
{
	struct record_call c = sample_call(1);

	c.outcome = slice_str(outcome_name((enum outcome)_i));
	ck_assert(store_call(store, &c, &err));
	expect_sound();
}
END_TEST

START_TEST(releases)
{
	struct record_call c = sample_call(1);
	const char *name = release_name((enum release)_i);

	c.released_by = name ? slice_str(name) : SLICE_NONE;
	ck_assert(store_call(store, &c, &err));
	expect_sound();
}
END_TEST

START_TEST(scales)
{
	struct record_stream r = sample_stream(1);

	r.mos_scale = slice_str(mos_scale_name((enum mos_scale)_i));
	ck_assert(store_stream(store, &r, &err));
	expect_sound();
}
END_TEST

static const struct {
	const char *kind, *lines;
} kinds[] = {
	{ "invite", "0 a>b INVITE 1 INVITE i1 A -\n0.1 b>a 200 1 INVITE i1 A B\n" },
	{ "subscribe", "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A -\n0.1 b>a 200 1 SUBSCRIBE s1 A B\n" },
	{ "refer", "0 a>b REFER 1 REFER r1 A -\n0.1 b>a 202 1 REFER r1 A B\n" },
};

START_TEST(dialog_kinds)
{
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab) && sip_lab_feed(&lab, kinds[_i].lines));
	ck_assert_msg(sip_lab_finish(&lab), "%s", lab.err.text);
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT kind FROM dialogs"), kinds[_i].kind);
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT first_message, last_message FROM dialogs"),
	                 "1|2");
	sip_lab_release(&lab);
}
END_TEST

Suite *suite_record_words(void)
{
	Suite *suite = suite_create("record_words");
	TCase *words = tcase_create("words");

	tcase_add_checked_fixture(words, open_store, close_store);
	tcase_add_loop_test(words, outcomes, OUTCOME_ANSWERED, OUTCOME_IN_PROGRESS + 1);
	tcase_add_loop_test(words, releases, RELEASE_NONE, RELEASE_UNKNOWN + 1);
	tcase_add_loop_test(words, scales, MOS_NB, MOS_FB + 1);
	tcase_add_loop_test(words, dialog_kinds, 0, (int)(sizeof kinds / sizeof *kinds));
	suite_add_tcase(suite, words);
	return suite;
}
