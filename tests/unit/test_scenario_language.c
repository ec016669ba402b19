/* SIPp's language, element by element: what is compiled of it, as scenario_print() says it; and what cannot run, with the line and the way out. */
#include "base/mem.h"
#include "base/text.h"
#include "sim/scenario/lint.h"

#include "tests/helpers/shortage.h"

#include <check.h>
#include <stdio.h>

#define HEAD             "<scenario name='t'>\n"
#define TAIL             "\n</scenario>"
#define END              "<label id='end'/>"
#define NOP(actions)     "<nop><action>" actions "</action></nop>"
#define SEND(text)       "<send><![CDATA[" text "]]></send>"
#define X(text)          SEND("X sip:a SIP/2.0\nX: " text)
#define EREG(attributes) NOP("<ereg " attributes "/>")

/* What stands there once in the text of the scenario, beginning on line 2. */
static const struct row {
	const char *steps, *printed;
} rows[] = {
	/* roles */
	{ "<recv request='A' optional='true'/><recv request='B'/>", "\"t\" server twin=none" },
	{ "<pause/><nop/>" X(""), "\"t\" client twin=none sends-first" },
	{ "<recvCmd/>" X(""), "\"t\" server twin=receives-first sends-first" },
	{ "<sendCmd>\nCall-ID: [call_id]</sendCmd>", "\"t\" client twin=sends-first\n" },
	{ "<recv request='A'/><sendCmd>x</sendCmd><recvCmd/>", "server twin=sends-first\n" },
	/* send */
	{ SEND("SIP/2.0 180 Ringing"), "   0  send 180  line 2\n" },
	{ SEND("[$m] sip:a SIP/2.0"), "   0  send request  line 2\n" },
	{ SEND("SIP/2.0 [$m] Whatever"), "   0  send response  line 2\n" },
	{ "<send retrans='500'>A sip:a SIP/2.0</send>", "send A retrans=500ms  line 2\n" },
	{ "<send lost='12.5' counter='c'>A sip:a SIP/2.0</send>", "counter=c lost=12.5%" },
	/* recv */
	{ "<recv response='180' optional='true'/><recv response='200'/>",
	  "   0  recv 180 optional response  line 2\n" },
	{ "<recv request='INVITE' optional='global' rrs='1'/>",
	  "recv INVITE optional=global request rrs  line 2\n" },
	{ "<recv response='40[17]' regexp_match='true' auth='true'/>",
	  "recv 40[17] response regexp_match auth  line 2\n" },
	{ "<recv request='A' timeout='2s' ontimeout='end'/>" END,
	  "recv A request timeout=2000ms ontimeout=1  line 2\n" },
	{ "<recv request='A' timeout='1:30'/>", "timeout=90000ms" },
	{ "<recv request='A' timeout='$t'/>", "timeout=$t" },
	{ "<recv request='A' optional='true' ignoresdp='true' advance_state='false'/>"
	  "<recv request='B'/>",
	  "ignoresdp advance_state=false" },
	/* of all steps */
	{ "<nop next='end' test='v' chance='0.25'/>" END,
	  "nop next=1 test=$v chance=0.25  line 2\n" },
	{ "<nop condexec='v'/>", "nop condexec=$v  line 2\n" },
	{ "<nop condexec='v' condexec_inverse='true'/>", "nop condexec!=$v  line 2\n" },
	{ "<nop start_rtd='true' rtd='b, c' repeat_rtd='true'/>",
	  "nop start_rtd=1 rtd=b rtd=c repeat_rtd=b repeat_rtd=c  line 2\n" },
	{ "<nop rtd='false' crlf='true' hide='TRUE' hiderest='0'/>", "nop crlf hide  line 2\n" },
	/* pause */
	{ "<pause/>", "pause -d  line 2\n" },
	{ "<pause milliseconds='1500'/>", "pause 1500ms  line 2\n" },
	{ "<pause variable='v'/>", "pause $v  line 2\n" },
	{ "<pause distribution='fixed' value='7'/>", "pause 7ms  line 2\n" },
	{ "<pause distribution='uniform' min='2' max='9'/>", "pause 2-9ms  line 2\n" },
	{ "<pause distribution='normal' mean='60' stdev='15'/>", "pause normal 60 15  line 2\n" },
	{ "<pause distribution='lognormal' mean='12.28' stdev='1'/>",
	  "pause lognormal 12.28 1  line 2\n" },
	{ "<pause distribution='exponential' mean='900'/>", "pause exponential 900  line 2\n" },
	{ "<pause distribution='weibull' lambda='3' k='4'/>", "pause weibull 3 4  line 2\n" },
	{ "<pause distribution='pareto' k='1' x_m='2'/>", "pause pareto 1 2  line 2\n" },
	{ "<pause distribution='gamma' k='9' theta='2'/>", "pause gamma 9 2  line 2\n" },
	{ "<pause min='1' max='2'/>", "pause 1-2ms  line 2\n" },
	{ "<pause normal='true' mean='5' stdev='1'/>", "pause normal 5 1  line 2\n" },
	{ "<timewait milliseconds='4000'/>", "pause timewait 4000ms  line 2\n" },
	/* the rest of <scenario> */
	{ "<nop/><Global variables='a,b'/><User variables='c'/>",
	  "variable $a global 0\nvariable $b global 1\nvariable $c user 0\n" },
	{ NOP("<assign assign_to='x' value='1'/>") "<Global variables='a'/>" NOP(
	          "<assign assign_to='y' variable='x'/>"),
	  "variable $x call 0\nvariable $a global 0\nvariable $y call 1\n" },
	{ "<nop/>" END "<nop/><label id='9'/>", "label end 1\nlabel 9 2\n" },
	{ "<nop/><ResponseTimeRepartition value='10, 20 ,,30'/>", "response-times 10,20,30\n" },
	{ "<nop/><CallLengthRepartition value='5'/>", "call-lengths 5\n" },
	{ "<init><nop next='x'/><label id='x'/><nop/></init><nop/><label id='x'/>",
	  "init   0  nop next=1  line 2\n" },
	{ "<DefaultMessage id='cancel'>CANCEL sip:a SIP/2.0</DefaultMessage><nop/>",
	  "default cancel\n      | CANCEL sip:a SIP/2.0\n" },
	{ "<send start_txn='i'>INVITE sip:a SIP/2.0</send><recv response='200' response_txn='i'/>"
	  "<send ack_txn='i'>ACK sip:a SIP/2.0</send>",
	  "   0  send INVITE start_txn=i  line 2\n" },
	/* keywords */
	{ X("[remote_port+1] [cseq-1] [branch-2]"), "X: [remote_port+1] [cseq-1] [branch-2]\n" },
	{ X("a\n[last_Via:]\n[last_To:];tag=1\n[last_From]"),
	  "      | [last_Via:]~\n      | [last_To:];tag=1\n      | [last_From]~\n" },
	{ X("[last_message][last_cseq_number+1][last_Request_URI]"),
	  "[last_message][last_cseq_number+1][last_Request_URI]\n" },
	{ X("[field12 file=\"a b.csv\" line=[$n]] [field0]"),
	  "[field12 file=\"a b.csv\" line=\"[$n]~\"] [field0]\n" },
	{ X("[authentication username=[field0] password=p-[field1]x]"),
	  "[authentication username=\"[field0]~\" password=\"p-[field1]x\"]\n" },
	{ X("[cryptotag2video] [cryptokeyparams1audio] [ueaescm128sha1801audio]"),
	  "[cryptotag2video] [cryptokeyparams1audio] [ueaescm128sha1801audio]\n" },
	{ X("[call_id] [$a] [my-key]"), "[call_id] [$a] [my-key]\n" },
	{ X("a@[2001:db8::1]:5060 [1] [a b]"), "a@[2001:db8::1]:5060 [1] [a b]\n" },
	{ X("\\x5bcall_id] \\x5Dx \\xg1"), "X: [call_id] ]x \\xg1\n" },
	{ X("[last_To: ] [local_ip+1] [media_port+ 1]"),
	  "[last_To:] [local_ip] [media_port+ 1]\n" },
	{ X("[authentication user=a password=b]"), "X: [authentication password=\"b\"]\n" },
	/* what SIPp takes and we note */
	{ "<recv request='A' response='200'/>", "   0  recv A request  line 2\n" },
	{ "<recv request='A'><foo/></recv>", "   0  recv A request  line 2\n" },
	{ "<recv request='A' timeout='-1' lost='200'/>", "recv A request lost=100%  line 2\n" },
	{ "<pause milliseconds='1' variable='v'/>", "pause $v  line 2\n" },
	{ "<pause milliseconds='1' min='2' max='3'/>", "pause 2-3ms  line 2\n" },
	{ "<nop chance='2'/>", "   0  nop  line 2\n" },
	{ EREG("regexp='a' occurrence='-1' check_it='1'"), "> ereg in msg /a/ check_it\n" },
	/* actions */
	{ EREG("regexp='(a)(b)' assign_to='x, y'"), "> ereg $x,$y = in msg /(a)(b)/\n" },
	{ EREG("regexp='a' search_in='hdr' header='To:' occurrence='2' assign_to='x'"),
	  "in hdr \"To:\" /a/ occurrence=2\n" },
	{ EREG("regexp='a' search_in='var' variable='v' occurence='3' assign_to='x'"),
	  "in var $v /a/ occurrence=3\n" },
	{ EREG("regexp='a' search_in='body' case_indep='true' start_line='true' check_it='true'"),
	  "> ereg in body /a/ case_indep start_line check_it\n" },
	{ NOP("<strcmp assign_to='r' variable='a' variable2='b'/>"),
	  "> strcmp $r = $a strcmp $b\n" },
	{ NOP("<test assign_to='r' variable='a' compare='less_than' variable2='b'/>"),
	  "> test $r = $a < $b\n" },
	{ NOP("<log message='line&#10;next'/>"), "> log \"line\\x0D\\x0Anext\"\n" },
	{ NOP("<exec command='echo [call_id]'/>"), "> command \"echo [call_id]\"\n" },
	{ NOP("<exec int_cmd='stop_gracefully'/>"), "> int_cmd stop_gracefully\n" },
	{ NOP("<exec play_pcap_image='a.pcap'/>"), "> media play_pcap_image \"a.pcap\"\n" },
	{ NOP("<exec digits='12,ms=80'/>"), "> media digits \"12,ms=80\"\n" },
	{ NOP("<exec stop='now'/>"), "> media stop \"now\"\n" },
	{ "<nop><action><closecon/></action><action><closecon/></action></nop>",
	  "> closecon\n      > closecon\n" },
};

static struct scenario *compile(const char *steps, const char *tail,
                                const struct scenario_setting *setting, struct err *err)
{
	struct text xml;

	text_init(&xml);
	text_addf(&xml, "%s%s%s", HEAD, steps, tail);
	struct scenario *s = sipp_xml_parse(slice_of(xml.p, xml.n), "t.xml", setting, err);
	text_release(&xml);
	return s;
}

START_TEST(compiles)
{
	struct err err = ERR_INIT;
	struct scenario *s = compile(rows[_i].steps, TAIL, NULL, &err);
	struct text text;

	ck_assert_msg(s != NULL, "%s", err.text);
	text_init(&text);
	scenario_print(s, &text);
	ck_assert_msg(strstr(text_cstr(&text), rows[_i].printed) != NULL, "no '%s' in\n%s",
	              rows[_i].printed, text_cstr(&text));
	text_release(&text);
	scenario_free(s);
}
END_TEST

/* --- refused ------------------------------------------------------------------------------------------------------- */

static const struct refusal {
	const char *steps, *said; /* behind "t.xml:" */
} refusals[] = {
	{ "", "1: a scenario without steps" },
	{ "<snd/>", "2: <snd> is no element of a scenario" },
	{ "<send/>", "2: <send> has no message: it stands in <![CDATA[ ... ]]>" },
	{ "<send><![CDATA[ \n ]]></send>", "2: <send> has no message" },
	{ "<send><![CDATA[", "2: <![CDATA[ never ends" },
	{ "<!-- ", "2: a comment that never ends" },
	{ "<nop display='x", "2: the value of 'display' never ends" },
	{ "\n<nop>\n<pause>", "5: <pause> of line 4 is not closed here: </pause> is missing" },
	{ "<nop next='x'/>", "2: next=\"x\": there is no <label id=\"x\"/>" },
	{ "<nop/><label/>", "2: <label> needs id=\"name\"" },
	{ "<nop/><label id='a'/>\n<label id='a'/>", "3: label 'a' is there twice" },
	{ "<nop chance='2' next='e'/><label id='e'/>", "2: chance=\"2\": from 0 to 1" },
	{ "<nop crlf='maybe'/>", "2: <nop crlf=\"maybe\">: write true or false" },
	{ "<nop test='a$b' next='e'/><label id='e'/>", "2: 'a$b' is no name of a variable" },
	{ "<recv/>", "2: <recv> needs request=\"METHOD\" or response=\"STATUS\"" },
	{ "<recv response='2xx'/>", "2: response=\"2xx\" is no status code (for a pattern" },
	{ "<recv request='('regexp_match='1'/>", "2: regular expression \"(\" (POSIX extended): " },
	{ "<recv request='A' advance_state='false'/>", "2: advance_state=\"false\" belongs to" },
	{ "<recv request='A' timeout='soon'/>",
	  "2: <recv timeout=\"soon\">: not a time in milliseconds" },
	{ "<recv request='A' response_txn='a'/>", "2: response_txn belongs to <recv response=" },
	{ "<send start_txn='a'>ACK sip:a SIP/2.0</send>", "2: start_txn belongs to" },
	{ "<send ack_txn='a'>BYE sip:a SIP/2.0</send>", "2: ack_txn belongs to" },
	{ "<recv response='200' response_txn='a'/>", "2: transaction 'a' is never started" },
	{ "<send start_txn='a'>BYE sip:a SIP/2.0</send>", "2: transaction 'a' has no response" },
	{ "<send start_txn='a'>INVITE sip:a SIP/2.0</send><recv response='200' response_txn='a'/>",
	  "2: transaction 'a' is an INVITE without an ACK" },
	{ "<pause distribution='odd'/>", "2: distribution=\"odd\": fixed, uniform," },
	{ "<pause distribution='normal' mean='1'/>", "2: distribution=\"normal\" needs stdev=" },
	{ "<pause min='2' max='1'/>", "2: <pause>: max is less than min" },
	{ "<timewait milliseconds='1'/>\n<nop/>", "2: <timewait> is the last step" },
	{ "<init><pause/></init><nop/>", "2: <pause> in <init>: only nop and label" },
	{ "<DefaultMessage id='x'>a</DefaultMessage><nop/>",
	  "2: <DefaultMessage id=\"x\">: the ids" },
	{ "<Global/><nop/>", "2: <Global> needs variables=" },
	{ NOP("<egre/>"), "2: <egre> is no action" },
	{ NOP("<log/>"), "2: <log> needs message=" },
	{ EREG("assign_to='x'"), "2: <ereg> needs regexp=" },
	{ EREG("regexp='[' assign_to='x'"), "2: regular expression \"[\"" },
	{ EREG("regexp='a' search_in='header'"), "2: search_in=\"header\": msg, hdr, body or var" },
	{ EREG("regexp='a' search_in='hdr'"), "2: <ereg> needs header=" },
	{ EREG("regexp='a' search_in='var'"), "2: <ereg> needs variable=" },
	{ NOP("<assign assign_to='a'/>"), "2: <assign> needs value= or variable=" },
	{ NOP("<assign value='1'/>"), "2: <assign> needs assign_to=" },
	{ NOP("<assign assign_to='a' value='x'/>"), "2: <assign value=\"x\">: not a number" },
	{ NOP("<divide assign_to='a' value='0'/>"), "2: <divide> by zero" },
	{ NOP("<test variable='a' compare='like' value='1'/>"), "2: compare=\"like\": equal," },
	{ NOP("<gettimeofday assign_to='a'/>"), "2: <gettimeofday> needs assign_to=" },
	{ NOP("<exec/>"), "2: <exec> needs command=" },
	{ NOP("<exec int_cmd='halt'/>"), "2: int_cmd=\"halt\": stop_now" },
	{ NOP("<setdest host='a'/>"), "2: <setdest> needs host=, port= and protocol=" },
	{ X("\nY: [cal_id]"), "4: [cal_id] is no keyword: did you mean [call_id]?" },
	{ X("[domain]"), "3: [domain] is no keyword: give it with -key domain VALUE" },
	{ X("[fill text=a]"), "3: [fill] needs variable=" },
	{ X("[file]"), "3: [file] needs name=" },
	{ X("[autentication username=a]"), "3: [autentication username=a] is no keyword: did you "
	                                   "mean [authentication]" },
	{ X("[field0 file=[field0 file=[field0 file=[field0 file=a]]]]"),
	  "3: keywords within keywords" },
};

START_TEST(refuses)
{
	static const struct scenario_setting no_keys = { 0 };
	struct err err = ERR_INIT;
	struct scenario *s = compile(refusals[_i].steps, TAIL, &no_keys, &err);

	ck_assert_msg(s == NULL, "%s", refusals[_i].steps);
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_msg(slice_starts(slice_str(err.text), "t.xml:"), "%s", err.text);
	ck_assert_msg(slice_starts(slice_str(err.text + 6), refusals[_i].said), "%s\nnot %s",
	              err.text, refusals[_i].said);
}
END_TEST

START_TEST(refuses_what_is_no_scenario)
{
	static const struct {
		const char *xml, *said;
	} files[] = {
		{ "", "f:1: no element: a scenario begins with <scenario>" },
		{ "INVITE sip:a SIP/2.0", "f:1: no element" },
		{ "<html></html>", "f:1: the root element is <html>" },
		{ "\xff\xfe<", "f:1: this is UTF-16" },
		{ "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>",
		  "f:1: more than 16 elements" },
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct err err = ERR_INIT;
		ck_assert(!sipp_xml_parse(slice_str(files[i].xml), "f", NULL, &err));
		ck_assert_msg(slice_starts(slice_str(err.text), files[i].said), "%s", err.text);
	}
	struct err err = ERR_INIT;
	ck_assert(!sipp_xml_read("/nonexistent/a.xml", NULL, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!sipp_xml_parse(slice_of(NULL, SIPP_XML_MAX_BYTES + 1), "f", NULL, &err));
	ck_assert_msg(strstr(err.text, "at most 16777216") != NULL, "%s", err.text);
}
END_TEST

/* -key names are known, and no others. */
START_TEST(keys_are_keywords)
{
	static const struct slice keys[] = { { (const uint8_t *)"domain", 6 } };
	struct scenario_setting setting = { .keys = keys, .key_count = 1 };
	struct err err = ERR_INIT;
	struct scenario *s = compile(X("[domain]"), TAIL, &setting, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_int_eq(s->steps[0].message->pieces[1].keyword, KEYWORD_GENERIC);
	/* Later texts know what the scenario knows. */
	ck_assert(template_compile(s, SLICE_LIT("[domain]"), 7, false, &err) != NULL);
	ck_assert(!template_compile(s, SLICE_LIT("[$new]"), 7, false, &err));
	ck_assert_str_eq(err.text, "t.xml:7: there is no variable 'new' in this scenario");
	scenario_free(s);
}
END_TEST

/* --- bounds and shortage ------------------------------------------------------------------------------------------- */

START_TEST(steps_have_an_end)
{
	struct err err = ERR_INIT;
	struct text xml;

	text_init(&xml);
	for (unsigned i = 0; i <= SIPP_XML_MAX_STEPS; i++)
		text_addf(&xml, "<nop/>");
	ck_assert(!compile(text_cstr(&xml), TAIL, NULL, &err));
	ck_assert_str_eq(err.text, "t.xml:1: 65537 steps; a scenario has at most 65536");
	text_reset(&xml);
	for (unsigned i = 0; i <= 4096; i++)
		text_addf(&xml, "<label id='%u'/>\n", i);
	ck_assert(!compile(text_cstr(&xml), TAIL, NULL, &err));
	ck_assert_str_eq(err.text, "t.xml:4098: more than 4096 labels");
	text_release(&xml);
}
END_TEST

static bool run(void)
{
	struct scenario_notes notes = { 0 };
	struct scenario_setting setting = { .any_key = true, .notes = &notes };
	struct err err = ERR_INIT;
	struct text text;
	struct scenario *s = sipp_xml_read("tests/fuzz/corpus/scenario/everything", &setting, &err);
	bool ok = s && scenario_lint(s, &notes);

	text_init(&text);
	if (ok)
		scenario_print(s, &text);
	ok = ok && !text.failed;
	ck_assert_msg(ok || !err.code || err.code == ERR_MEMORY, "%s", err.text);
	text_release(&text);
	scenario_free(s);
	notes_release(&notes);
	return ok;
}

START_TEST(survives_shortage)
{
	struct shortage s = { 0 };

	shortage_watch(&s);
	ck_assert(run());
	shortage_plan(&s);
	while (shortage_next(&s)) {
		bool ok = run();
		shortage_over();
		ck_assert_msg(!ok, "allocation %lu", shortage_at(&s));
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_scenario_language(void)
{
	Suite *s = suite_create("scenario_language");
	TCase *t = tcase_create("language");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, compiles, 0, sizeof rows / sizeof rows[0]);
	tcase_add_loop_test(t, refuses, 0, sizeof refusals / sizeof refusals[0]);
	tcase_add_test(t, refuses_what_is_no_scenario);
	tcase_add_test(t, keys_are_keywords);
	tcase_add_test(t, steps_have_an_end);
	tcase_add_test(t, survives_shortage);
	suite_add_tcase(s, t);
	return s;
}
