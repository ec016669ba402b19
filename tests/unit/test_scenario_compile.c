/* Scenario text to steps: what each element and attribute becomes, and what is refused, with the line and the way out. */
#include "base/text.h"
#include "sim/scenario/notes.h"
#include "sim/scenario/sipp_xml.h"

#include <check.h>
#include <stdio.h>

static struct scenario *compile(const char *xml, struct err *err)
{
	return sipp_xml_parse(slice_str(xml), "t.xml", NULL, err);
}

/* --- embedded ------------------------------------------------------------------------------------------------------ */

START_TEST(embedded_compile)
{
	const char *summary, *name;
	size_t n = 0;

	for (; (name = builtin_scenario_name(n, &summary)); n++) {
		struct err err = ERR_INIT;
		const char *xml = builtin_scenario(name);
		if (!xml)
			continue;
		struct scenario *s = compile(xml, &err);
		ck_assert_msg(s != NULL, "%s: %s", name, err.text);
		ck_assert(summary[0]);
		scenario_free(s);
	}
	ck_assert(builtin_scenario("none such") == NULL);
}
END_TEST

START_TEST(uac_is_a_client)
{
	struct err err = ERR_INIT;
	struct scenario *s = compile(builtin_scenario("uac"), &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_int_eq(s->role, SCENARIO_CLIENT);
	ck_assert_int_eq(s->twin, TWIN_NONE);
	ck_assert_uint_eq(s->step_count, 9);
	ck_assert_uint_eq(s->default_pauses, 1);
	const struct template *invite = s->steps[0].message;
	ck_assert_int_eq(invite->method, SIP_INVITE);
	ck_assert(invite->has_len && !invite->uses_last);
	ck_assert_int_eq(s->steps[0].retrans_ms, 500);
	ck_assert_int_eq(s->steps[1].optional, OPTIONAL_YES);
	ck_assert_int_eq(s->steps[4].response, 200);
	ck_assert_uint_eq(s->steps[4].stop_rtd, 1);
	struct slice body =
	        slice_from(invite->pieces[invite->body_piece].text, (size_t)invite->body_offset);
	ck_assert(slice_starts(body, "v=0\r\n"));
	scenario_free(s);
}
END_TEST

START_TEST(uas_is_a_server)
{
	struct err err = ERR_INIT;
	struct scenario *s = compile(builtin_scenario("uas"), &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_int_eq(s->role, SCENARIO_SERVER);
	ck_assert_int_eq(s->steps[1].message->status, 180);
	ck_assert(s->steps[1].message->pieces[1].whole_line);
	ck_assert(s->steps[0].needs_last && s->steps[4].needs_last);
	ck_assert(s->steps[s->step_count - 1].is_timewait);
	scenario_free(s);
}
END_TEST

Suite *suite_scenario_compile(void)
{
	Suite *s = suite_create("scenario_compile");
	TCase *t = tcase_create("compile");

	tcase_add_test(t, embedded_compile);
	tcase_add_test(t, uac_is_a_client);
	tcase_add_test(t, uas_is_a_server);
	suite_add_tcase(s, t);
	return s;
}
