/* RFC 4475, SIP torture test messages, all 49: read from $CAPTURES/torture/rfc4475, skipped without. What is wrong with them in ways of
 * our own making is in test_sip_msg.c. */
#include "dissectors/sip_header.h"
#include "tests/helpers/sip_lab.h"
#include "tests/helpers/torture.h"

#include <check.h>
#include <stdio.h>

Suite *suite_torture(void);

/* What an element does with a message, beside a status that it answers. */
enum { TAKE = 1, DROP = 2 };

/* All 49. `method` is NULL for responses. For us, a passive observer, all are messages and none is refused: what is wrong is a defect,
 * what parses is kept. `answer` is what an element does that knows INVITE with SDP, no extension and Digest only; where the RFC leaves
 * the choice, the one that the index leads to. */
static const struct torture {
	const char *name, *method;
	int status;
	const char *call_id;
	uint32_t cseq;
	const char *cseq_name;
	int64_t content_length;
	size_t body;
	unsigned defects;
	bool call; /* it opens a call, or shows one */
	int answer; /* a status, TAKE or DROP */
} torture[] = {
	{ "badaspec", "OPTIONS", 0, "badaspec.sdf0234n2nds0a099u23h3hnnw009cdkne3", 3923239,
	  "OPTIONS", 0, 0, SIP_DEFECT_ADDRESS, false, 400 },
	{ "badbranch", "OPTIONS", 0, "badbranch.sadonfo23i420jv0as0derf3j3n", 8, "OPTIONS", 0, 0, 0,
	  false, 200 },
	{ "baddate", "INVITE", 0, "baddate.239423mnsadf3j23lj42--sedfnm234", 1392934, "INVITE", 150,
	  150, 0, true, 200 },
	{ "baddn", "OPTIONS", 0, "baddn.31415@c.example.com", 3923239, "OPTIONS", 0, 0,
	  SIP_DEFECT_DISPLAY_NAME | SIP_DEFECT_UNENDED, false, 400 },
	{ "badinv01", "INVITE", 0, "badinv01.0ha0isndaksdjasdf3234nas", 8, "INVITE", 152, 152,
	  SIP_DEFECT_PARAMETER, true, 400 },
	{ "badvers", "OPTIONS", 0, "badvers.31417@c.example.com", 1, "OPTIONS", 0, 0,
	  SIP_DEFECT_VERSION, false, 505 },
	{ "bcast", NULL, 200, "bcast.0384840201234ksdfak3j2erwedfsASdf", 35, "INVITE", 154, 154, 0,
	  true, DROP },
	{ "bext01", "OPTIONS", 0, "bext01.0ha0isndaksdj", 8, "OPTIONS", 0, 0, 0, false, 420 },
	{ "bigcode", NULL, 0, "bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i", 353494, "INVITE",
	  0, 0, SIP_DEFECT_STATUS, false, DROP },
	{ "clerr", "INVITE", 0, "clerr.0ha0isndaksdjweiafasdk3", 8, "INVITE", 9999, 154,
	  SIP_DEFECT_BODY_SHORT, true, 400 },
	{ "cparam01", "REGISTER", 0, "cparam01.70710@saturn.example.com", 2, "REGISTER", 0, 0, 0,
	  false, 200 },
	{ "cparam02", "REGISTER", 0, "cparam02.70710@saturn.example.com", 3, "REGISTER", 0, 0, 0,
	  false, 200 },
	{ "dblreq", "REGISTER", 0, "dblreq.0ha0isndaksdj99sdfafnl3lk233412", 8, "REGISTER", 0, 0, 0,
	  false, 200 },
	{ "esc01", "INVITE", 0, "esc01.239409asdfakjkn23onasd0-3234", 234234, "INVITE", 150, 150, 0,
	  true, 200 },
	{ "esc02", "RE%47IST%45R", 0, "esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf", 29344,
	  "RE%47IST%45R", 0, 0, 0, false, 501 },
	{ "escnull", "REGISTER", 0, "escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd", 14398234,
	  "REGISTER", 0, 0, 0, false, 200 },
	{ "escruri", "INVITE", 0, "escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5", 149209342,
	  "INVITE", 150, 150, SIP_DEFECT_START_LINE, true, 400 },
	{ "insuf", "INVITE", 0, "", 193942, "INVITE", 152, 152, SIP_DEFECT_MISSING, false, 400 },
	{ "intmeth", "!interesting-Method0123456789_*+`.%indeed'~", 0,
	  "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", 139122385,
	  "!interesting-Method0123456789_*+`.%indeed'~", 0, 0, 0, false, 501 },
	{ "inv2543", "INVITE", 0, "inv2543.1717@ift.client.example.com", 56, "INVITE", -1, 105, 0,
	  true, 200 },
	{ "invut", "INVITE", 0, "invut.0ha0isndaksdjadsfij34n23d", 235448, "INVITE", 40, 40, 0,
	  true, 415 },
	{ "longreq", "INVITE", 0,
	  "longreq."
	  "onereallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyr"
	  "eallyreallyreallyreallyreallyreallylongcallid",
	  3882340, "INVITE", 150, 150, 0, true, 200 },
	{ "ltgtruri", "INVITE", 0, "ltgtruri.1@192.0.2.5", 1, "INVITE", 159, 159,
	  SIP_DEFECT_START_LINE, true, 400 },
	{ "lwsdisp", "OPTIONS", 0, "lwsdisp.1234abcd@funky.example.com", 60, "OPTIONS", 0, 0, 0,
	  false, 200 },
	{ "lwsruri", "INVITE", 0, "lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423", 2130706432,
	  "INVITE", 159, 159, SIP_DEFECT_START_LINE, true, 400 },
	{ "lwsstart", "INVITE", 0, "lwsstart.dfknq234oi243099adsdfnawe3@example.com", 1893884,
	  "INVITE", 150, 150, SIP_DEFECT_START_LINE, true, 400 },
	{ "mcl01", "OPTIONS", 0, "mcl01.fhn2323orihawfdoa3o4r52o3irsdf", 15932, "OPTIONS", 13, 13,
	  SIP_DEFECT_REPEATED | SIP_DEFECT_CONTENT_LENGTH, false, 400 },
	{ "mismatch01", "OPTIONS", 0, "mismatch01.dj0234sxdfl3", 8, "INVITE", 0, 0,
	  SIP_DEFECT_CSEQ_METHOD, false, 400 },
	{ "mismatch02", "NEWMETHOD", 0, "mismatch02.dj0234sxdfl3", 8, "INVITE", 138, 138,
	  SIP_DEFECT_CSEQ_METHOD, false, 501 },
	{ "mpart01", "MESSAGE", 0, "3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..", 1, "MESSAGE",
	  553, 553, 0, false, 200 },
	{ "multi01", "INVITE", 0, "multi01.98asdh@192.0.2.1", 5, "INVITE", 154, 154,
	  SIP_DEFECT_REPEATED, true, 400 },
	{ "ncl", "INVITE", 0, "ncl.0ha0isndaksdj2193423r542w35", 0, "INVITE", -1, 152,
	  SIP_DEFECT_CONTENT_LENGTH, true, 400 },
	{ "noreason", NULL, 100, "noreason.asndj203insdf99223ndf", 35, "INVITE", 0, 0, 0, true,
	  TAKE },
	{ "novelsc", "OPTIONS", 0, "novelsc.asdfasser0q239nwsdfasdkl34", 3923423, "OPTIONS", 0, 0,
	  0, false, 416 },
	{ "quotbal", "INVITE", 0, "quotbal.aksdj", 8, "INVITE", 152, 152, SIP_DEFECT_QUOTE, true,
	  400 },
	{ "regaut01", "REGISTER", 0, "regaut01.0ha0isndaksdj", 9338, "REGISTER", 0, 0, 0, false,
	  401 },
	{ "regbadct", "REGISTER", 0, "regbadct.k345asrl3fdbv@10.0.0.1", 1, "REGISTER", 0, 0,
	  SIP_DEFECT_BRACKETS, false, 400 },
	{ "regescrt", "REGISTER", 0, "regescrt.k345asrl3fdbv@192.0.2.1", 14398234, "REGISTER", 0, 0,
	  0, false, 200 },
	{ "scalar02", "REGISTER", 0, "scalar02.23o0pd9vanlq3wnrlnewofjas9ui32", 0, "REGISTER", 0, 0,
	  SIP_DEFECT_CSEQ, false, 400 },
	{ "scalarlg", NULL, 503, "scalarlg.noase0of0234hn2qofoaf0232aewf2394r", 0, "OPTIONS", 0, 0,
	  SIP_DEFECT_CSEQ, false, DROP },
	{ "sdp01", "INVITE", 0, "sdp01.ndaksdj9342dasdd", 8, "INVITE", 150, 150, 0, true, 406 },
	{ "semiuri", "OPTIONS", 0, "semiuri.0ha0isndaksdj", 8, "OPTIONS", 0, 0, 0, false, 200 },
	{ "transports", "OPTIONS", 0, "transports.kijh4akdnaqjkwendsasfdj", 60, "OPTIONS", 0, 0, 0,
	  false, 200 },
	{ "trws", "OPTIONS", 0, "trws.oicu34958239neffasdhr2345r", 238923, "OPTIONS", 0, 0,
	  SIP_DEFECT_START_LINE, false, 400 },
	{ "unkscm", "OPTIONS", 0, "unkscm.nasdfasser0q239nwsdfasdkl34", 3923423, "OPTIONS", 0, 0, 0,
	  false, 416 },
	{ "unksm2", "REGISTER", 0, "unksm2.daksdj@hyphenated-host.example.com", 234902, "REGISTER",
	  0, 0, 0, false, 404 },
	{ "unreason", NULL, 200, "unreason.1234ksdfak3j2erwedfsASdf", 35, "INVITE", 154, 154, 0,
	  true, TAKE },
	{ "wsinv", "INVITE", 0, "wsinv.ndaksdj@192.0.2.1", 9, "INVITE", 150, 150, 0, true, 200 },
	{ "zeromf", "OPTIONS", 0, "zeromf.jfasdlfnm2o2l43r5u0asdfas", 39234321, "OPTIONS", 0, 0, 0,
	  false, 200 },
};

static struct sip_msg msg;

static void same(const char *name, const char *field, const char *expected, struct slice actual)
{
	if (expected)
		ck_assert_msg(slice_eq_str(actual, expected), "%s: %s is '%.*s', not '%s'", name,
		              field, SLICE_ARG(actual), expected);
}

static bool is_sip_uri(struct slice uri)
{
	struct slice scheme = sip_uri_scheme(uri);
	return slice_ieq_str(scheme, "sip") || slice_ieq_str(scheme, "sips") ||
	       slice_ieq_str(scheme, "tel");
}

/* RFC 3261 8.1.3.3: one Via is ours, a second one somebody else's. */
static int taken(const struct sip_msg *m)
{
	bool others = sip_msg_header(m, SIP_H_VIA, 1) != NULL;
	return others || m->defects & (SIP_DEFECT_STATUS | SIP_DEFECT_CSEQ) ? DROP : TAKE;
}

/* RFC 3261 8.2, in its order: it needs nothing but the index. */
static int answered(const struct sip_msg *m)
{
	struct slice auth = sip_msg_value(m, SIP_H_AUTHORIZATION),
	             accept = sip_msg_value(m, SIP_H_ACCEPT);

	if (!m->is_request)
		return taken(m);
	if (m->defects & SIP_DEFECT_VERSION)
		return 505;
	if (m->method == SIP_METHOD_OTHER)
		return 501;
	if (m->defects)
		return 400;
	if (auth.p && !slice_istarts(auth, "Digest "))
		return 401;
	if (!is_sip_uri(m->request_uri))
		return 416;
	if (m->method == SIP_REGISTER && !is_sip_uri(sip_addr_uri(m->to)))
		return 404; /* RFC 3261 10.3 step 5 */
	if (sip_msg_value(m, SIP_H_REQUIRE).p)
		return 420;
	if (m->method == SIP_INVITE && !slice_ieq_str(m->content_type, "application/sdp"))
		return 415;
	if (m->method == SIP_INVITE && accept.p && !sip_list_has(accept, "application/sdp"))
		return 406;
	return 200;
}

/* What the calls make of it, alone. */
static void assert_calls(const struct torture *c)
{
	struct sip_lab lab;
	struct sip_origin origin = { .capture_id = 1,
		                     .frame = 1,
		                     .time_ns = SIP_LAB_START_S * NS_PER_S,
		                     .transport = "UDP" };

	ck_assert(sip_lab_init(&lab));
	ck_assert(calls_message(lab.calls, &origin, &msg));
	ck_assert(sip_lab_finish(&lab));
	ck_assert_msg(*sip_lab_rows(&lab, "SELECT count(*) FROM calls") == (c->call ? '1' : '0'),
	              "%s: calls", c->name);
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*) FROM messages"), "1");
	sip_lab_release(&lab);
}

START_TEST(rfc4475)
{
	const struct torture *c = &torture[_i];
	uint8_t buf[TORTURE_MAX];
	struct slice s = torture_read(c->name, buf);

	if (!s.p)
		return;
	ck_assert(sip_looks_like(s));
	ck_assert_msg(sip_msg_parse(s, &msg) == PARSE_OK, "%s", c->name);
	ck_assert_msg(msg.is_request == (c->method != NULL), "%s", c->name);
	same(c->name, "method", c->method, msg.method_name);
	ck_assert_msg(msg.status == c->status, "%s: status %d", c->name, msg.status);
	same(c->name, "Call-ID", c->call_id, msg.call_id);
	ck_assert_msg(msg.cseq == c->cseq, "%s: CSeq %u", c->name, msg.cseq);
	same(c->name, "CSeq method", c->cseq_name, msg.cseq_name);
	ck_assert_msg(msg.content_length == c->content_length, "%s: Content-Length", c->name);
	ck_assert_msg(msg.body.n == c->body, "%s: body %zu", c->name, msg.body.n);
	ck_assert_msg(msg.defects == c->defects, "%s: defects 0x%x, not 0x%x", c->name, msg.defects,
	              c->defects);
	ck_assert_msg(answered(&msg) == c->answer, "%s: %d, not %d", c->name, answered(&msg),
	              c->answer);
	assert_calls(c);
}
END_TEST

/* RFC 5118, the IPv6 twin, in words of our own: brackets, ports behind and within them, received with and without. */
static const struct {
	const char *section, *uri, *host;
	uint16_t port;
	const char *via, *branch, *sent_by, *received;
	unsigned defects;
} ipv6[] = {
	{ "4.1", "sip:[2001:db8::10]", "2001:db8::10", 0, "[2001:db8::9:1];branch=z9hG4bKas3",
	  "z9hG4bKas3", "[2001:db8::9:1]", "", 0 },
	{ "4.3", "sip:[2001:db8::10:5070]", "2001:db8::10:5070", 0,
	  "[2001:db8::9:1];branch=z9hG4bKas3", "z9hG4bKas3", "[2001:db8::9:1]", "", 0 },
	{ "4.4", "sip:[2001:db8::10]:5070", "2001:db8::10", 5070,
	  "[2001:db8::9:1]:5090;branch=z9hG4bKas3", "z9hG4bKas3", "[2001:db8::9:1]:5090", "", 0 },
	{ "4.5 in brackets", "sip:[2001:db8::10]", "2001:db8::10", 0,
	  "[2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3", "z9hG4bKas3",
	  "[2001:db8::9:1]", "[2001:db8::9:255]", 0 },
	{ "4.5 without", "sip:[2001:db8::10]", "2001:db8::10", 0,
	  "[2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3", "z9hG4bKas3",
	  "[2001:db8::9:1]", "2001:db8::9:255", 0 },
	{ "4.9", "sip:user@[::ffff:192.0.2.10]", "::ffff:192.0.2.10", 0,
	  "[::ffff:192.0.2.2]:19823;branch=z9hG4bKbh19", "z9hG4bKbh19", "[::ffff:192.0.2.2]:19823",
	  "", 0 },
	{ "4.10", "sip:[2001:db8::10]:5060;lr", "2001:db8::10", 5060,
	  "[2001:db8:::192.0.2.1];branch=z9hG4bKas3", "z9hG4bKas3", "[2001:db8:::192.0.2.1]", "",
	  0 },
};

START_TEST(rfc5118)
{
	const char *name = ipv6[_i].section;
	char text[512];

	snprintf(text, sizeof text,
	         "OPTIONS %s SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nTo: <sip:[2001:db8::20]>\r\nFrom: "
	         "<sip:user@[2001:db8::9:1]:5070;x=1>;tag=81x2\r\nContact: "
	         "<sip:caller@[2001:db8::9:1]>\r\nCall-ID: c@[2001:db8::9:1]\r\nCSeq: 1 "
	         "OPTIONS\r\n\r\n",
	         ipv6[_i].uri, ipv6[_i].via);
	ck_assert_int_eq(sip_msg_parse(slice_str(text), &msg), PARSE_OK);
	same(name, "host", ipv6[_i].host, sip_uri_host(msg.request_uri));
	ck_assert_uint_eq(sip_uri_port(msg.request_uri), ipv6[_i].port);
	same(name, "branch", ipv6[_i].branch, msg.branch);
	same(name, "sent-by", ipv6[_i].sent_by, msg.sent_by);
	same(name, "received", ipv6[_i].received, sip_param(msg.via, "received"));
	same(name, "From host", "2001:db8::9:1", sip_uri_host(sip_addr_uri(msg.from)));
	ck_assert_uint_eq(sip_uri_port(sip_addr_uri(msg.from)), 5070);
	ck_assert_uint_eq(msg.defects, ipv6[_i].defects);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

START_TEST(all_are_listed_once)
{
	ck_assert_int_eq(COUNT(torture), 49);
	for (int i = 1; i < COUNT(torture); i++)
		ck_assert_str_lt(torture[i - 1].name, torture[i].name);
}
END_TEST

Suite *suite_torture(void)
{
	Suite *s = suite_create("torture");
	TCase *tc = tcase_create("torture");

	tcase_add_test(tc, all_are_listed_once);
	tcase_add_loop_test(tc, rfc4475, 0, COUNT(torture));
	tcase_add_loop_test(tc, rfc5118, 0, COUNT(ipv6));
	suite_add_tcase(s, tc);
	return s;
}
