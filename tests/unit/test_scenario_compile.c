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
	ck_assert(s->steps[s->step_count - 1].is_timewait);
	scenario_free(s);
}
END_TEST

/* --- what SIPp takes, though it is not XML ------------------------------------------------------------------------- */

#define SEND(attributes, text) "<send " attributes "><![CDATA[" text "]]></send>"
#define WRAP(steps)            "<scenario name='x'>" steps "</scenario>"
#define BYE                    SEND("", "BYE sip:a SIP/2.0")

static struct scenario *must_compile(const char *xml)
{
	struct err err = ERR_INIT;
	struct scenario *s = compile(xml, &err);

	ck_assert_msg(s != NULL, "%s\n%s", err.text, xml);
	return s;
}

static void text_of(const struct scenario *s, struct text *out)
{
	text_reset(out);
	scenario_print(s, out);
}

/* Two spellings, one scenario: they print alike. */
static const struct {
	const char *odd, *plain;
} alike[] = {
	{ WRAP("<recv response=\"200\", rtd=\"true\"/>"),
	  WRAP("<recv response=\"200\" rtd=\"true\"/>") },
	{ WRAP("<recv response=\"200\"rtd=\"true\"crlf='true' />"),
	  WRAP("<recv response=\"200\" rtd=\"true\" crlf=\"true\"/>") },
	{ WRAP("<recv response = \"200\"  response=\"300\"/>"), WRAP("<recv response=\"200\"/>") },
	{ WRAP("<recv response=200 rtd=true/>"), WRAP("<recv response=\"200\" rtd=\"true\"/>") },
	{ "<?xml version='1.0' encoding='nonsense'?><!DOCTYPE scenario SYSTEM \"sipp.dtd\" [ "
	  "<!ENTITY a SYSTEM \"/etc/passwd\"> <!-- > --> ]><!-- a -- b -->" WRAP(
	          "<nop/>") " & <junk",
	  WRAP("<nop/>") },
	{ "\xef\xbb\xbf" WRAP("<nop/>"), WRAP("<nop/>") },
	{ WRAP("<nop display=\"a & b < c > d\"/>"),
	  WRAP("<nop display=\"a &amp; b &lt; c &gt; d\"/>") },
	{ WRAP("<nop display=\"say \\\"x\\\" \\\\ \\.\"/>"),
	  WRAP("<nop display='say &quot;x&quot; \\\\ \\.'/>") },
	{ WRAP("<nop display=\"&#65;&none;&\"/>"), WRAP("<nop display=\"A&amp;none;&amp;\"/>") },
	{ WRAP(SEND("", "\n  OPTIONS sip:a SIP/2.0\t\r\n\t X: 1  \n\n")),
	  WRAP(SEND("", "OPTIONS sip:a SIP/2.0\nX: 1")) },
	{ WRAP("<send>OPTIONS sip:a SIP/2.0\nX: &amp;</send>"),
	  WRAP(SEND("", "OPTIONS sip:a SIP/2.0\nX: &")) },
	{ WRAP(SEND("", "OPTIONS sip:a SIP/2.0\n\nbody\n \n\n")),
	  WRAP(SEND("", "OPTIONS sip:a SIP/2.0\n\nbody")) },
};

START_TEST(reads_leniently)
{
	struct scenario *odd = must_compile(alike[_i].odd), *plain = must_compile(alike[_i].plain);
	struct text a, b;

	text_init(&a);
	text_init(&b);
	text_of(odd, &a);
	text_of(plain, &b);
	ck_assert_str_eq(text_cstr(&a), text_cstr(&b));
	text_release(&a);
	text_release(&b);
	scenario_free(odd);
	scenario_free(plain);
}
END_TEST

/* --- octets -------------------------------------------------------------------------------------------------------- */

/* Of a message without keywords: what goes onto the wire. */
static const struct {
	const char *text, *wire;
} wires[] = {
	{ "BYE sip:a SIP/2.0", "BYE sip:a SIP/2.0\r\n\r\n" },
	{ "BYE sip:a SIP/2.0\n\n", "BYE sip:a SIP/2.0\r\n\r\n" },
	{ "BYE sip:a SIP/2.0\nl: 3\n\n\na\n\n", "BYE sip:a SIP/2.0\r\nl: 3\r\n\r\n\r\na\r\n" },
	{ "X sip:\xe9 SIP/2.0\n\xc3\xa9", "X sip:\xe9 SIP/2.0\r\n\xc3\xa9\r\n\r\n" },
	{ "X sip:\\x5ba\\x5d\\n SIP/2.0", "X sip:[a]\\n SIP/2.0\r\n\r\n" },
	{ "X sip:\x01 SIP/2.0", "X sip:\x01 SIP/2.0\r\n\r\n" },
	{ "X sip:[::1]:5060 [fe80::1%eth0] [2 of 3] [] [",
	  "X sip:[::1]:5060 [fe80::1%eth0] [2 of 3] [] [\r\n\r\n" },
};

START_TEST(octets_go_through)
{
	char xml[300];

	snprintf(xml, sizeof xml, WRAP(SEND("", "%s")), wires[_i].text);
	struct scenario *s = must_compile(xml);
	const struct template *t = s->steps[0].message;
	ck_assert_uint_eq(t->piece_count, 1);
	ck_assert_int_eq(t->pieces[0].keyword, KEYWORD_TEXT);
	ck_assert_msg(slice_eq_str(t->pieces[0].text, wires[_i].wire), "%.*s",
	              SLICE_ARG(t->pieces[0].text));
	scenario_free(s);
}
END_TEST

START_TEST(a_send_has_message_and_actions)
{
	struct scenario *s = must_compile(WRAP(
	        "<send><![CDATA[BYE sip:a SIP/2.0\nX: [$a]]]> <action>\n<assignstr assign_to='a' "
	        "value='v'/></action>\n</send>"));

	ck_assert_int_eq(s->steps[0].message->method, SIP_BYE);
	ck_assert_uint_eq(s->steps[0].action_count, 1);
	ck_assert_int_eq(s->steps[0].actions[0].kind, ACTION_ASSIGNSTR);
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
	tcase_add_loop_test(t, reads_leniently, 0, sizeof alike / sizeof alike[0]);
	tcase_add_loop_test(t, octets_go_through, 0, sizeof wires / sizeof wires[0]);
	tcase_add_test(t, a_send_has_message_and_actions);
	suite_add_tcase(s, t);
	return s;
}
