/* Each rule of `milliwatt lint`: a scenario that breaks it, and one that nearly does. */
#include "base/text.h"
#include "sim/scenario/lint.h"

#include <check.h>
#include <stdio.h>

#define HEAD "<scenario name='t'>\n"
#define TAIL "</scenario>\n"
#define IDS  "Call-ID: [call_id]\nVia: SIP/2.0/UDP a;branch=[branch]\n"
#define INVITE                                                                                     \
	"<send retrans='500'><![CDATA[INVITE sip:a SIP/2.0\n" IDS "Content-Length: "               \
	"0\n]]></send>\n"
#define BYE                                                                                        \
	"<send retrans='500'><![CDATA[BYE sip:a SIP/2.0\n" IDS                                     \
	"To: <sip:a>[peer_tag_param]\nContent-Length: 0\n]]></send>\n"
#define ACK                                                                                        \
	"<send><![CDATA[ACK sip:a SIP/2.0\n" IDS                                                   \
	"To: <sip:a>[peer_tag_param]\nContent-Length: 0\n]]></send>\n"
#define OK200            "<recv response='200'/>\n"
#define NOP(actions)     "<nop><action>" actions "</action></nop>\n"
#define ON_200(actions)  "<recv response='200'><action>" actions "</action></recv>\n"
#define SEND(text)       "<send retrans='500'><![CDATA[" text "]]></send>\n"
#define CALL(with)       INVITE ON_200(with) ACK
#define OPTIONS(headers) SEND("OPTIONS sip:a SIP/2.0\n" headers)

static const struct lint_case {
	const char *code;
	unsigned line; /* 0: the rule is silent */
	const char *steps; /* from line 2 on */
} cases[] = {
	{ "unknown-attribute", 2, "<recv request='INVITE' rss='true'/>\n" },
	{ "unknown-attribute", 3, "<nop/>\n<nop id='4'/>\n" },
	{ "unknown-attribute", 0, "<recv request='INVITE' rrs='true' crlf='true'/>\n" },
	{ "variable-once", 2, NOP("<assign assign_to='a' value='1'/>") },
	{ "variable-once", 0,
	  NOP("<assign assign_to='a' value='1'/>") "<Reference variables='a'/>\n" },
	{ "attribute-twice", 2, "<nop hide='true' hide='true'/>\n" },
	{ "stray-character", 2, "<nop hide='true', crlf='true'/>\n" },
	{ "no-value", 2, "<nop hide/>\n" },
	{ "unquoted-value", 2, "<nop hide=true/>\n" },
	{ "raw-ampersand", 2, "<nop display='a & b'/>\n" },
	{ "raw-ampersand", 0, "<nop display='a &amp; b'/>\n" },
	{ "entity-not-read", 3, "<nop/>\n&steps;\n" },
	{ "entity-not-read", 0, "<nop display='a &lt; b &#65; & c'/>\n" },
	{ "stray-text", 3, "<nop/>\nhello <nop/>\n" },
	{ "trailing-text", 3, "<nop/>\n</scenario> more <!--" },
	{ "bracket-text", 5, OPTIONS(IDS "Contact: <sip:[::1]>") },

	{ "unknown-argument", 3, OPTIONS("X: [field0 flie=a]") },
	{ "unknown-argument", 3, OPTIONS("X: [authentication x]") },
	{ "unknown-argument", 0, OPTIONS("X: [field0 file=a line=1]") },
	{ "unknown-element", 2, "<recv request='A'><foo/></recv>\n" },
	{ "offset-unused", 3, OPTIONS("X: [service-1]") },
	{ "offset-unused", 0, OPTIONS("X: [local_port-1]") },
	{ "lost-range", 2, "<nop lost='101'/>\n" },
	{ "lost-range", 0, "<nop lost='100'/>\n" },
	{ "no-status", 2, "<recv response='20'/>\n" },
	{ "request-and-response", 2, "<recv request='A' response='200'/>\n" },
	{ "pause-twice", 2, "<pause milliseconds='5' variable='a'/>\n" },
	{ "negative-time", 2, "<pause milliseconds='-5'/>\n" },
	{ "no-bound", 3, "<nop/>\n<CallLengthRepartition value='1,b'/>\n" },
	{ "no-message", 2, "<pause/>\n<nop/>\n" },
	{ "no-message", 0, "<pause/>\n<recv request='A'/>\n" },

	{ "unreachable-step", 4,
	  "<label id='0'/>\n<nop next='0'/>\n<recv request='BYE'/>\n<pause/>\n" },
	{ "unreachable-step", 0, "<label id='0'/>\n<nop next='0' chance='0.5'/>\n<pause/>\n" },
	{ "unreachable-step", 0,
	  "<recv request='A' optional='true' next='0'/>\n<recv request='B'/>\n<label id='0'/>\n"
	  "<pause/>\n" },
	{ "unreachable-step", 0,
	  "<nop next='end'/>\n<label id='_unexp.main'/>\n<pause/>\n<label id='end'/>\n" },
	{ "unused-label", 3, "<label id='7'/>\n<pause/>\n" },
	{ "unused-label", 0, "<nop next='7' chance='0.1'/>\n<label id='7'/>\n<pause/>\n" },
	{ "test-without-next", 2, "<nop test='a'/>\n" },
	{ "test-without-next", 3, "<nop/>\n<nop chance='0.5'/>\n" },
	{ "test-without-next", 0, "<nop test='a' next='e'/>\n<label id='e'/>\n" },
	{ "wait-never-ends", 6, OPTIONS("\n") OK200 OK200 },
	{ "wait-never-ends", 0, OPTIONS("\n") OK200 "<recv response='200' timeout='5000'/>\n" },
	{ "wait-never-ends", 0, OPTIONS("\n") OK200 "<recv response='200' optional='true'/>\n" },
	{ "wait-never-ends", 0, OPTIONS("\n") OPTIONS("\n") OK200 OK200 },
	{ "wait-never-ends", 0, OPTIONS("\n") "<recv response='180'/>\n" OK200 },
	{ "response-without-request", 2, "<recv response='200'/>\n" },
	{ "response-without-request", 0, OPTIONS("\n") OK200 },
	{ "response-without-request", 3, "<recv request='INVITE'/>\n<recv response='200'/>\n" },
	{ "optional-at-end", 2, "<recv request='INVITE' optional='true'/>\n<pause/>\n" },
	{ "optional-at-end", 2, "<recv request='INVITE' optional='true'/>\n" },
	{ "optional-at-end", 0, "<recv request='A' optional='true'/>\n<recv request='B'/>\n" },
	{ "optional-at-end", 0, "<recv request='A' optional='global'/>\n<pause/>\n" },
	{ "ack-missing", 7, INVITE OK200 BYE },
	{ "ack-missing", 7, INVITE OK200 },
	{ "ack-missing", 0, INVITE OK200 ACK },
	{ "ack-missing", 0, INVITE "<recv response='486'/>\n" BYE },
	{ "ack-missing", 0, OPTIONS("\n") OK200 BYE },
	{ "retrans-missing", 2, "<send><![CDATA[INVITE sip:a SIP/2.0]]></send>\n" },
	{ "retrans-missing", 0, "<send retrans='500'><![CDATA[INVITE sip:a SIP/2.0]]></send>\n" },
	{ "retrans-missing", 0, ACK },
	{ "retrans-missing", 0, "<send><![CDATA[SIP/2.0 200 OK]]></send>\n" },
	{ "ontimeout-alone", 3, "<label id='e'/>\n<recv request='A' ontimeout='e'/>\n" },
	{ "ontimeout-alone", 0,
	  "<label id='e'/>\n<recv request='A' timeout='9' ontimeout='e'/>\n" },
	{ "rtd-open", 2, "<nop start_rtd='a'/>\n<nop rtd='b'/>\n" },
	{ "rtd-open", 0, "<nop start_rtd='a'/>\n<nop rtd='a'/>\n" },

	{ "unused-variable", 2,
	  NOP("<assign assign_to='a' value='1'/><add assign_to='a' value='1'/>") },
	{ "unused-variable", 0, NOP("<assign assign_to='a' value='1'/><log message='[$a]'/>") },
	{ "unused-variable", 0,
	  NOP("<assign assign_to='a' value='1'/>") "<nop test='a' next='e'/>\n<label id='e'/>\n" },
	{ "unused-variable", 0, /* a group in front of one that is read */
	  CALL("<ereg regexp='(a)(b)' assign_to='all,one,two'/><log message='[$two]'/>") },
	{ "unused-variable", 0, CALL("<ereg regexp='a' check_it='true' assign_to='all'/>") },
	{ "unset-variable", 2, NOP("<log message='[$a]'/>") },
	{ "unset-variable", 0, NOP("<log message='[$a]'/>") "<Global variables='a'/>\n" },
	{ "check-never-fails", 7, CALL("<ereg regexp='.*' check_it='true' assign_to='a'/>") },
	{ "check-never-fails", 0, CALL("<ereg regexp='.+' check_it='true' assign_to='a'/>") },
	{ "check-never-fails", 0,
	  CALL("<ereg regexp='.*' search_in='hdr' header='Contact:' check_it='true' "
	       "assign_to='a'/>") },
	{ "check-always-fails", 7,
	  CALL("<ereg regexp='x?' check_it_inverse='true' assign_to='a'/>") },
	{ "check-always-fails", 7,
	  CALL("<ereg regexp='x' check_it='true' check_it_inverse='true' assign_to='a'/>") },
	{ "check-always-fails", 0, CALL("<ereg regexp='x' check_it_inverse='1' assign_to='a'/>") },
	{ "result-unused", 7, CALL("<ereg regexp='x' assign_to='a'/>") },
	{ "result-unused", 7,
	  CALL("<assign assign_to='a' value='1'/><test variable='a' compare='equal' value='2' "
	       "assign_to='b'/>") },
	{ "result-unused", 0,
	  CALL("<assign assign_to='a' value='1'/><test variable='a' compare='equal' value='2' "
	       "assign_to='b' check_it='true'/>") },
	{ "ereg-groups", 7, CALL("<ereg regexp='(a)' check_it='true' assign_to='x,y,z'/>") },
	{ "ereg-groups", 0, CALL("<ereg regexp='(a)(b)' check_it='true' assign_to='x,y,z'/>") },

	{ "last-too-early", 2, OPTIONS("[last_Via:]\n") },
	{ "last-too-early", 0, "<recv request='A'/>\n" OPTIONS("[last_Via:]\n") },
	{ "tag-too-early", 2, BYE },
	{ "tag-too-early", 0, "<recv request='A'/>\n" BYE },
	{ "tag-missing", 3, SEND("BYE sip:a SIP/2.0\nTo: <sip:a>\n") },
	{ "tag-missing", 0, SEND("BYE sip:a SIP/2.0\nTo: <sip:a>[peer_tag_param]\n") },
	{ "tag-missing", 0, SEND("BYE sip:a SIP/2.0\n[last_To:]\n") },
	{ "tag-missing", 0, SEND("INVITE sip:a SIP/2.0\nTo: <sip:a>\n") },
	{ "fixed-call-id", 3, OPTIONS("Call-ID: 1234@x\n") },
	{ "fixed-call-id", 0, OPTIONS("i: 7///[call_id]\n") },
	{ "fixed-branch", 4, OPTIONS("X: 1\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\n") },
	{ "fixed-branch", 0, OPTIONS("Via: SIP/2.0/UDP a;branch=z9hG4bK[call_number]\n") },
	{ "length-missing", 2, OPTIONS("X: 1\n\nbody") },
	{ "length-missing", 0, OPTIONS("X: 1\n") },
	{ "length-missing", 0, OPTIONS("X: 1\n[$body]\n") },
	{ "length-wrong", 3, OPTIONS("Content-Length: 5\n\nbody\n") },
	{ "length-wrong", 0, OPTIONS("Content-Length: 6\n\nbody\n") },
	{ "length-wrong", 3, OPTIONS("Content-Length: 9\n\n[service]\n") },
	{ "length-wrong", 0, OPTIONS("l: [len]\n\n[service]\n") },
	{ "len-in-text", 2, NOP("<log message='[len]'/>") },
	{ "needs-key", 3, OPTIONS("X: [domain]\n") },
	{ "needs-key", 0, OPTIONS("X: [known]\n") },

	{ "media-without-sdp", 2, NOP("<exec rtp_stream='a.wav'/>") },
	{ "media-without-sdp", 0,
	  NOP("<exec rtp_stream='a.wav'/>") OPTIONS("l: [len]\n\nv=0\nm=audio 5 RTP/AVP 0\n") },
	{ "twin-mix", 3,
	  "<recvCmd src='m'/>\n<sendCmd><![CDATA[Call-ID: [call_id]]]></sendCmd>\n" },
	{ "twin-mix", 0,
	  "<recvCmd src='m'/>\n<sendCmd dest='m'><![CDATA[Call-ID: [call_id]]]></sendCmd>\n" },
	{ "authentication", 2, OPTIONS("[authentication]\n") },
	{ "authentication", 2, "<recv response='401' auth='true'/>\n" OPTIONS("\n") },
	{ "authentication", 0,
	  "<recv response='401' auth='true'/>\n" OPTIONS("[authentication]\n") },
	{ "routes", 2, OPTIONS("[routes]\n") },
	{ "routes", 0, "<recv response='200' rrs='true'/>\n" OPTIONS("[routes]\n") },
	{ "routes-unused", 2, "<recv response='200' rrs='true'/>\n" OPTIONS("\n") },
};

static struct scenario *lint(const char *steps, struct scenario_notes *notes)
{
	static const struct slice keys[] = { { (const uint8_t *)"known", 5 } };
	struct scenario_setting setting = {
		.keys = keys, .key_count = 1, .any_key = true, .notes = notes
	};
	struct err err = ERR_INIT;
	struct text xml;

	text_init(&xml);
	text_addf(&xml, "%s%s%s", HEAD, steps, TAIL);
	struct scenario *s = sipp_xml_parse(slice_of(xml.p, xml.n), "t.xml", &setting, &err);
	ck_assert_msg(s != NULL, "%s\n%s", err.text, xml.p);
	text_release(&xml);
	ck_assert(scenario_lint(s, notes));
	return s;
}

START_TEST(says)
{
	const struct lint_case *k = &cases[_i];
	struct scenario_notes notes = { 0 };
	struct scenario *s = lint(k->steps, &notes);
	unsigned found = 0;

	for (size_t i = 0; i < notes.count; i++)
		if (strcmp(notes.all[i].code, k->code) == 0) {
			found++;
			ck_assert_msg(notes.all[i].line == k->line, "%s: line %u: %s", k->code,
			              notes.all[i].line, notes.all[i].text);
		}
	ck_assert_msg(found == (k->line > 0), "%s: %u times in\n%s", k->code, found, k->steps);
	notes_release(&notes);
	scenario_free(s);
}
END_TEST

/* No rule without a case that breaks it. */
START_TEST(every_rule_has_a_case)
{
	const char *name;

	for (size_t n = 0; (name = lint_rule_name(n, NULL)); n++) {
		bool broken = false;
		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
			broken |= cases[i].line && strcmp(cases[i].code, name) == 0;
		ck_assert_msg(broken, "%s", name);
	}
}
END_TEST

START_TEST(embedded_are_clean)
{
	const char *name;

	for (size_t n = 0; (name = builtin_scenario_name(n, NULL)); n++) {
		struct scenario_notes notes = { 0 };
		struct scenario_setting setting = { .notes = &notes };
		struct err err = ERR_INIT;
		struct scenario *s =
		        sipp_xml_parse(slice_str(builtin_scenario(name)), name, &setting, &err);
		ck_assert_msg(s != NULL, "%s", err.text);
		ck_assert(scenario_lint(s, &notes));
		ck_assert_msg(notes.count == 0, "%s:%u: %s [%s]", name, notes.all[0].line,
		              notes.all[0].text, notes.all[0].code);
		notes_release(&notes);
		scenario_free(s);
	}
}
END_TEST

/* "Did you mean": what SIPp swallows in public scenarios, and what is too far from anything. */
static const struct {
	const char *steps, *text;
} suggestions[] = {
	{ "<recv request='A' rss='true'/>", "rrs is meant" },
	{ "<nop rlf='true'/>", "crlf is meant" },
	{ "<recv request='A' ptional='true'/>", "optional is meant" },
	{ "<recv request='A' td='true'/>", "rtd is meant" },
	{ "<nop><action><ereg regexp='a' seach_in='msg' assign_to='a'/></action></nop>",
	  "search_in is meant" },
	{ "<send id='1'><![CDATA[A sip:a SIP/2.0]]></send>", "no such attribute" },
	{ "<send><![CDATA[A sip:[remote_pi] SIP/2.0]]></send>", "[remote_ip] is meant" },
};

START_TEST(suggests)
{
	struct scenario_notes notes = { 0 };
	struct scenario *s = lint(suggestions[_i].steps, &notes);
	bool found = false;

	for (size_t i = 0; i < notes.count; i++)
		found |= strstr(notes.all[i].text, suggestions[_i].text) != NULL;
	ck_assert_msg(found, "%s", suggestions[_i].steps);
	notes_release(&notes);
	scenario_free(s);
}
END_TEST

START_TEST(notes_have_an_end)
{
	struct scenario_notes notes = { 0 };

	for (unsigned i = 0; i < SCENARIO_MAX_NOTES + 10; i++)
		ck_assert(notes_add(&notes, i, NOTE_QUIET, "x", "%u", i));
	ck_assert_uint_eq(notes.count, SCENARIO_MAX_NOTES);
	ck_assert(notes_add(NULL, 1, NOTE_LOUD, "x", "nobody asks"));
	notes_release(&notes);
}
END_TEST

Suite *suite_lint(void)
{
	Suite *s = suite_create("lint");
	TCase *t = tcase_create("lint");

	tcase_add_loop_test(t, says, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(t, every_rule_has_a_case);
	tcase_add_test(t, embedded_are_clean);
	tcase_add_loop_test(t, suggests, 0, sizeof suggestions / sizeof suggestions[0]);
	tcase_add_test(t, notes_have_an_end);
	suite_add_tcase(s, t);
	return s;
}
