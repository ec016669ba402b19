/* Why calls failed: the first few reasons that differ, how often each, nothing unprintable. */
#include "cli/sim_reasons.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>

Suite *suite_sim_reasons(void);

static void told(struct sim_reasons *r, const char *why)
{
	r->trace.error(r->trace.context, 0, NULL, slice_str(why));
}

START_TEST(the_first_few)
{
	struct sim_reasons r;
	struct text out;
	char other[32];

	text_init(&out);
	sim_reasons_init(&r);
	sim_reasons_say(&r, &out);
	ck_assert_uint_eq(out.n, 0);
	told(&r, "refused");
	told(&r, "no \x1b[1manswer");
	told(&r, "refused");
	for (int i = 0; i < 10; i++) {
		snprintf(other, sizeof other, "other %d", i);
		told(&r, other);
	}
	sim_reasons_say(&r, &out);
	ck_assert_str_eq(text_cstr(&out), "                because refused (2)\n"
	                                  "                because no \\x1B[1manswer (1)\n"
	                                  "                because other 0 (1)\n"
	                                  "                because other 1 (1)\n");
	text_release(&out);
	sim_reasons_release(&r);
}
END_TEST

START_TEST(long_ones_are_the_same)
{
	static char text[2 * SIM_REASON_TEXT];
	struct sim_reasons r;

	sim_reasons_init(&r);
	memset(text, 'x', sizeof text - 1);
	told(&r, text);
	told(&r, text);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.reasons[0].calls, 2);
	sim_reasons_release(&r);
}
END_TEST

Suite *suite_sim_reasons(void)
{
	Suite *s = suite_create("sim_reasons");
	TCase *t = tcase_create("reasons");

	tcase_add_test(t, the_first_few);
	tcase_add_test(t, long_ones_are_the_same);
	suite_add_tcase(s, t);
	return s;
}
