#include "analyzer/calls/dialog.h"

#include <check.h>

Suite *suite_dialog(void);

/* Three dialogs of one INVITE: tags "", "Abc", "abC". */
static const struct look_up {
	const char *tag;
	int64_t id; /* 0: none */
} look_ups[] = {
	{ "Abc", 2 }, { "abC", 3 }, { "ABC", 2 }, { "abcd", 0 }, { "", 1 }, { "x", 0 },
};

START_TEST(find)
{
	struct dialog a, b, c;
	struct dialog *found;

	dialog_init(&a, 1);
	dialog_init(&b, 2);
	dialog_init(&c, 3);
	b.to_tag = SLICE_LIT("Abc");
	c.to_tag = SLICE_LIT("abC");
	a.next = &b;
	b.next = &c;
	found = dialog_find(&a, slice_str(look_ups[_i].tag));
	ck_assert_int_eq(found ? found->id : 0, look_ups[_i].id);
}
END_TEST

START_TEST(ends_once)
{
	struct dialog d;

	dialog_init(&d, 7);
	ck_assert(dialog_is_open(&d));
	ck_assert_int_eq(d.end_ns, TIME_NONE);
	d.state = DIALOG_CONFIRMED;
	ck_assert(dialog_is_open(&d));
	dialog_end(&d, DIALOG_TERMINATED, 100);
	ck_assert(!dialog_is_open(&d));
	dialog_end(&d, DIALOG_FAILED, 200);
	ck_assert_int_eq(d.state, DIALOG_TERMINATED);
	ck_assert_int_eq(d.end_ns, 100);
}
END_TEST

static const char *const state_names[] = { "trying",     "early",  "confirmed",
	                                   "terminated", "failed", "cancelled" };

START_TEST(names)
{
	ck_assert_str_eq(dialog_state_name((enum dialog_state)_i), state_names[_i]);
}
END_TEST

Suite *suite_dialog(void)
{
	Suite *s = suite_create("dialog");
	TCase *t = tcase_create("dialog");

	tcase_add_loop_test(t, find, 0, (int)(sizeof look_ups / sizeof *look_ups));
	tcase_add_test(t, ends_once);
	tcase_add_loop_test(t, names, 0, (int)(sizeof state_names / sizeof *state_names));
	suite_add_tcase(s, t);
	return s;
}
