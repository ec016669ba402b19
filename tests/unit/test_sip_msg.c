#include "dissectors/sip_msg.h"

#include "base/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define VIA    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
#define REST   "From: <sip:a@x>;tag=f1\r\nTo: <sip:b@x>\r\nCall-ID: c1@x\r\n"
#define INVITE "INVITE sip:b@x SIP/2.0\r\n"
#define GOOD   VIA REST "CSeq: 7 INVITE\r\n"

static struct slice lit(const char *text, size_t n)
{
	return slice_of(text, n ? n : strlen(text));
}

/* What begins like SIP. `n` is 0 for strlen. */
static const struct {
	const char *text;
	size_t n;
	bool sip;
} looks[] = {
	{ "INVITE sip:b@x SIP/2.0\r\n", 0, true },
	{ "INVITE sip:b@x SIP/2.0", 0, true },
	{ "INVITE sip:b@x SIP/2.0\n", 0, true },
	{ "INVITE sip:b@x SIP/2.0\rVia: x\r\n", 0, true },
	{ "INVITE sip:b@x SIP/2.0\r\r\n", 0, true },
	{ "\r\n\r\nOPTIONS sip:x SIP/2.0\r\n", 0, true },
	{ "REGIStER pip:sip.cyberc\xb7ty.dk SIP/2.0\r\n", 0, true },
	{ "RE%47IST%45R sip:registrar.example.com SIP/2.0\r\n", 0, true },
	{ "!interesting-Method0123456789_*+`.%indeed'~ sip:x SIP/2.0\r\n", 0, true },
	{ "INVITE sip:0%s\0009239@x SIP/2.0\r\n", 32, true },
	{ "OPTIONS sip:t@x SIP/7.0\r\n", 0, true },
	{ "OPTIONS sip:t@x SIP/12.10\r\n", 0, true },
	{ "OPTIONS sip:t@x sip/2.0\r\n", 0, true },
	{ "INVITE  sip:b@x  SIP/2.0\r\n", 0, true },
	{ "OPTIONS sip:b@x SIP/2.0  \r\n", 0, true },
	{ "INVITE sip:b@x; lr SIP/2.0\r\n", 0, true },
	{ "SIP/2.0 200 OK\r\n", 0, true },
	{ "SIP/2.0 200\r\n", 0, true },
	{ "SIP/2.0 100 \r\n", 0, true },
	{ "sip/2.0 200 OK\r\n", 0, true },
	{ "SIP/2.0 4294967301 x\r\n", 0, true },
	{ "SIP/2.0 401 Unauthori%s\0\r\n", 26, true },
	{ "", 0, false },
	{ "\r\n\r\n", 0, false },
	{ "INVITE", 0, false },
	{ "INVITE sip:b@x", 0, false },
	{ "INVITE SIP/2.0\r\n", 0, false },
	{ "INVITE  SIP/2.0\r\n", 0, false },
	{ " INVITE sip:b@x SIP/2.0\r\n", 0, false },
	{ " sip:tori@localhost SIP/2.0\r\n", 0, false },
	{ "INVITEKsip:9a@x SIP/2.0\r\n", 0, false },
	{ "INVITE sip:b@x SIP/a.0\x84\r\n", 0, false },
	{ "INVITE sip:b@x SIP/2.\r\n", 0, false },
	{ "INVITE sip:b@x SIP/.0\r\n", 0, false },
	{ "INVITE sip:b@x SIP 2.0\r\n", 0, false },
	{ "INVITE sip:b@x XSIP/2.0\r\n", 0, false },
	{ "REGISTER sip:x SI\x10/2.0\r\n", 0, false },
	{ "%s\0ISTER sip:x SIP/2.0\r\n", 24, false },
	{ "\xe5\xe4\xf6 sip:tori@localhost SIP/2.0\r\n", 0, false },
	{ "SIP/2.0 \x85"
	  "00 Trying\r\n",
	  0, false },
	{ "SIP/x.0 100 trying\r\n", 0, false },
	{ "SIP/2.0 40  Request Timeout\r\n", 0, false },
	{ "SIP/2.0\r\n", 0, false },
	{ "SIP/", 0, false },
	{ "GET / HTTP/1.1\r\n", 0, false },
	{ "HTTP/1.1 200 OK\r\n", 0, false },
	{ "OPTIONS rtsp://x RTSP/1.0\r\n", 0, false },
	{ "RTSP/1.0 200 OK\r\n", 0, false },
	{ "CRCX 1204 aaln/1@rgw.example.net MGCP 1.0\r\n", 0, false },
	{ "200 1204 OK\r\n", 0, false },
};

START_TEST(looks_like)
{
	struct slice s = lit(looks[_i].text, looks[_i].n);
	ck_assert_msg(sip_looks_like(s) == looks[_i].sip, "%s", looks[_i].text);
}
END_TEST

START_TEST(method_length_is_bounded)
{
	static char text[10000];
	const size_t longest = 8192;

	memset(text, 'a', sizeof text);
	memcpy(text + longest, " sip:x SIP/2.0\r\n", 16);
	ck_assert(sip_looks_like(slice_of(text, longest + 16)));
	memset(text, 'a', sizeof text);
	memcpy(text + longest + 1, " sip:x SIP/2.0\r\n", 16);
	ck_assert(!sip_looks_like(slice_of(text, longest + 17)));
}
END_TEST

/* One oddity each. A NULL field is not compared; "" means absent or empty. */
static const struct message_case {
	const char *name, *text;
	enum parse_status status;
	unsigned defects;
	const char *call_id, *from_tag, *to_tag, *branch, *sent_by, *cseq_name, *body;
	int64_t content_length;
} cases[] = {
	{ "plain", INVITE GOOD "Content-Length: 4\r\n\r\nbody", PARSE_OK, 0, "c1@x", "f1", "",
	  "z9hG4bK1", "192.0.2.1:5060", "INVITE", "body", 4 },
	{ "LF only",
	  "INVITE sip:b@x SIP/2.0\nVia: SIP/2.0/UDP h;branch=b\nFrom: a;tag=1\nTo: b;tag=2\ni: "
	  "c\nCSeq: 1 INVITE\n\nxy",
	  PARSE_OK, 0, "c", "1", "2", "b", "h", "INVITE", "xy", -1 },
	{ "CR only",
	  "INVITE sip:b@x SIP/2.0\rVia: SIP/2.0/UDP h;branch=b\rFrom: a;tag=1\rTo: b;tag=2\ri: "
	  "c\rCSeq: 1 INVITE\r\rxy",
	  PARSE_OK, 0, "c", "1", "2", "b", "h", "INVITE", "xy", -1 },
	{ "CR CR LF",
	  "INVITE sip:b@x SIP/2.0\r\r\nVia: SIP/2.0/UDP h;branch=b\r\r\nFrom: a;tag=1\r\r\nTo: "
	  "b\r\r\ni: c\r\r\nCSeq: 1 INVITE\r\r\n\r\r\nxy",
	  PARSE_OK, 0, "c", "1", "", "b", "h", "INVITE", "xy", -1 },
	{ "leading CRLFs", "\r\n\r\n" INVITE GOOD "\r\n", PARSE_OK, 0, "c1@x", "f1", "", "z9hG4bK1",
	  NULL, NULL, "", -1 },
	{ "compact",
	  INVITE
	  "v:SIP/2.0/TCP h;branch=b\r\nf:<sip:a@x>;tag=1\r\nt:<sip:b@x>;tag=2\r\ni:c\r\nCSeq:1 "
	  "INVITE\r\nl:2\r\nc:text/plain\r\n\r\nxy",
	  PARSE_OK, 0, "c", "1", "2", "b", "h", "INVITE", "xy", 2 },
	{ "blanks and folds",
	  INVITE
	  "Via  :\r\n SIP / 2.0\r\n / UDP  h : 5070 ; branch\r\n =\tb , SIP/2.0/UDP z;branch=q\r\n"
	  "From : \"x ; tag=no\" <sip:a@x;tag=no> ; tag = 1\r\nTo:b\r\nCall-ID:\r\n\tc\r\nCSeq: "
	  "0009\r\n  INVITE\r\nContent-Length\t:\r\n 2\r\n\r\nxyz",
	  PARSE_OK, 0, "c", "1", "", "b", "h : 5070", "INVITE", "xy", 2 },
	{ "IPv6 sent-by",
	  INVITE "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=b\r\n" REST "CSeq: 7 INVITE\r\n\r\n",
	  PARSE_OK, 0, NULL, NULL, NULL, "b", "[2001:db8::1]:5060", NULL, "", -1 },
	{ "Via without transport", INVITE "Via: nonsense\r\n" REST "CSeq: 7 INVITE\r\n\r\n",
	  PARSE_OK, 0, NULL, NULL, NULL, "", "", NULL, "", -1 },
	{ "escaped quote in display",
	  INVITE VIA "From: \"a\\\";tag=no\" <sip:a@x>;tag=yes\r\nTo: b\r\nCall-ID: c\r\nCSeq: 7 "
	             "INVITE\r\n\r\n",
	  PARSE_OK, 0, "c", "yes", "", NULL, NULL, NULL, "", -1 },
	{ "quote never closed",
	  INVITE VIA "From: \"a <sip:a@x>;tag=yes\r\nTo: b\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n",
	  PARSE_OK, SIP_DEFECT_QUOTE, "c", "yes", "", NULL, NULL, NULL, "", -1 },
	{ "body beyond the datagram", INVITE GOOD "Content-Length: 10\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_BODY_SHORT, NULL, NULL, NULL, NULL, NULL, NULL, "body", 10 },
	{ "rest dropped", INVITE GOOD "Content-Length: 0\r\n\r\nINVITE sip:x SIP/2.0\r\n", PARSE_OK,
	  0, NULL, NULL, NULL, NULL, NULL, NULL, "", 0 },
	{ "negative length", INVITE GOOD "Content-Length: -999\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_CONTENT_LENGTH, NULL, NULL, NULL, NULL, NULL, NULL, "body", -1 },
	{ "huge length", INVITE GOOD "Content-Length: 9223372036854775807\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_BODY_SHORT, NULL, NULL, NULL, NULL, NULL, NULL, "body", INT64_MAX },
	{ "length beyond 64 bits",
	  INVITE GOOD "Content-Length: 99999999999999999999999\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_CONTENT_LENGTH, NULL, NULL, NULL, NULL, NULL, NULL, "body", -1 },
	{ "length with junk", INVITE GOOD "Content-Length: 2a\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_CONTENT_LENGTH, NULL, NULL, NULL, NULL, NULL, NULL, "body", -1 },
	{ "two lengths", INVITE GOOD "Content-Length: 2\r\nl: 3\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_CONTENT_LENGTH | SIP_DEFECT_REPEATED, NULL, NULL, NULL, NULL, NULL, NULL, "bo",
	  2 },
	{ "two equal lengths", INVITE GOOD "Content-Length: 2\r\nl: 2\r\n\r\nbody", PARSE_OK,
	  SIP_DEFECT_REPEATED, NULL, NULL, NULL, NULL, NULL, NULL, "bo", 2 },
	{ "repeated Call-ID", INVITE GOOD "i: other\r\n\r\n", PARSE_OK, SIP_DEFECT_REPEATED, "c1@x",
	  NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "two Vias", INVITE GOOD "v: SIP/2.0/UDP other;branch=no\r\n\r\n", PARSE_OK, 0, NULL, NULL,
	  NULL, "z9hG4bK1", "192.0.2.1:5060", NULL, "", -1 },
	{ "no final line", INVITE GOOD, PARSE_OK, SIP_DEFECT_UNENDED, "c1@x", NULL, NULL, NULL,
	  NULL, "INVITE", "", -1 },
	{ "cut in a header", INVITE GOOD "Content-Le", PARSE_OK,
	  SIP_DEFECT_UNENDED | SIP_DEFECT_HEADER, "c1@x", NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "no colon", INVITE GOOD "nonsense\r\n\r\n", PARSE_OK, SIP_DEFECT_HEADER, "c1@x", NULL,
	  NULL, NULL, NULL, NULL, "", -1 },
	{ "fold before any header", INVITE " folded\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_HEADER,
	  "c1@x", NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "no name", INVITE GOOD ": x\r\n\r\n", PARSE_OK, SIP_DEFECT_HEADER, NULL, NULL, NULL, NULL,
	  NULL, NULL, "", -1 },
	{ "name with a blank in it", INVITE GOOD "a b: x\r\n\r\n", PARSE_OK, SIP_DEFECT_HEADER,
	  NULL, NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "CSeq method differs", INVITE VIA REST "CSeq: 7 BYE\r\n\r\n", PARSE_OK,
	  SIP_DEFECT_CSEQ_METHOD, NULL, NULL, NULL, NULL, NULL, "BYE", "", -1 },
	{ "CSeq too large", INVITE VIA REST "CSeq: 4294967296 INVITE\r\n\r\n", PARSE_OK,
	  SIP_DEFECT_CSEQ, NULL, NULL, NULL, NULL, NULL, "INVITE", "", -1 },
	{ "CSeq without method", INVITE VIA REST "CSeq: 7\r\n\r\n", PARSE_OK, SIP_DEFECT_CSEQ, NULL,
	  NULL, NULL, NULL, NULL, "", "", -1 },
	{ "CSeq without number", INVITE VIA REST "CSeq: INVITE\r\n\r\n", PARSE_OK, SIP_DEFECT_CSEQ,
	  NULL, NULL, NULL, NULL, NULL, "", "", -1 },
	{ "CSeq with more", INVITE VIA REST "CSeq: 7 INVITE x\r\n\r\n", PARSE_OK, SIP_DEFECT_CSEQ,
	  NULL, NULL, NULL, NULL, NULL, "INVITE", "", -1 },
	{ "From missing", INVITE VIA "To: b\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n", PARSE_OK,
	  SIP_DEFECT_MISSING, "c", "", "", NULL, NULL, NULL, "", -1 },
	{ "Call-ID only", INVITE "Call-ID: c\r\n\r\n", PARSE_OK, SIP_DEFECT_MISSING, "c", "", "",
	  "", "", "", "", -1 },
	{ "From only", INVITE "From: a\r\n\r\n", PARSE_OK, SIP_DEFECT_MISSING, NULL, NULL, NULL,
	  NULL, NULL, NULL, "", -1 },
	{ "no headers", INVITE "\r\n", PARSE_OK, SIP_DEFECT_MISSING, NULL, NULL, NULL, NULL, NULL,
	  NULL, "", -1 },
	{ "one header, cut", INVITE "Max-Forwards: 70\r\n", PARSE_OK,
	  SIP_DEFECT_MISSING | SIP_DEFECT_UNENDED, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1 },
	{ "no header but junk, cut", INVITE "junk\r\n", PARSE_OK,
	  SIP_DEFECT_HEADER | SIP_DEFECT_MISSING | SIP_DEFECT_UNENDED, NULL, NULL, NULL, NULL, NULL,
	  NULL, NULL, -1 },
	{ "start line only", INVITE, PARSE_BAD, SIP_DEFECT_UNENDED, NULL, NULL, NULL, NULL, NULL,
	  NULL, NULL, -1 },
	{ "status without reason", "SIP/2.0 200\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_START_LINE,
	  "c1@x", NULL, NULL, "z9hG4bK1", NULL, "INVITE", "", -1 },
	{ "status with blank, no reason", "SIP/2.0 200 \r\n" GOOD "\r\n", PARSE_OK, 0, "c1@x", NULL,
	  NULL, "z9hG4bK1", NULL, "INVITE", "", -1 },
	{ "status of four digits", "SIP/2.0 2000 OK\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_STATUS,
	  "c1@x", NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "status 099", "SIP/2.0 099 OK\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_STATUS, "c1@x", NULL,
	  NULL, NULL, NULL, NULL, "", -1 },
	{ "status 700", "SIP/2.0 700 OK\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_STATUS, "c1@x", NULL,
	  NULL, NULL, NULL, NULL, "", -1 },
	{ "version", "INVITE sip:b@x SIP/3.0\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_VERSION, "c1@x",
	  NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "URI of nothing", "INVITE b SIP/2.0\r\n" GOOD "\r\n", PARSE_OK, SIP_DEFECT_START_LINE,
	  "c1@x", NULL, NULL, NULL, NULL, NULL, "", -1 },
	{ "HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", PARSE_NOT_MINE, 0, NULL, NULL, NULL, NULL,
	  NULL, NULL, NULL, -1 },
};

static void same(const char *name, const char *field, const char *expected, struct slice actual)
{
	if (expected)
		ck_assert_msg(slice_eq_str(actual, expected), "%s: %s is '%.*s', not '%s'", name,
		              field, SLICE_ARG(actual), expected);
}

static struct sip_msg msg;

/* One value in a sound message. */
static const struct {
	const char *header, *value;
	unsigned defects;
	const char *tag; /* of From; NULL: not looked at */
} values[] = {
	{ "From", "<sip:a@x>;tag=1", 0, "1" },
	{ "From", "sip:a@x;tag=1;x=2", 0, "1" },
	{ "From", "A. B-C <sip:a@x;p?h=v>;x;tag=1", 0, "1" },
	{ "From", "caller<sip:a@x>;tag=1", 0, "1" },
	{ "From", "\"a;<b>\\\"\" <sip:a@x> ; tag = 1", 0, "1" },
	{ "From", "\"a <sip:a@x>;tag=1", SIP_DEFECT_QUOTE, "1" },
	{ "From", "\"sip:a@x;tag=1", SIP_DEFECT_QUOTE, "1" },
	{ "From", "\"a\" b <sip:a@x>;tag=1", SIP_DEFECT_DISPLAY_NAME, "1" },
	{ "From", "A, B <sip:a@x>;tag=1", SIP_DEFECT_DISPLAY_NAME, "1" },
	{ "From", "J\xc3\xb6rg <sip:a@x>;tag=1", SIP_DEFECT_DISPLAY_NAME, "1" },
	{ "From", "< sip:a@x>;tag=1", SIP_DEFECT_ADDRESS, "1" },
	{ "From", "<sip:a@x >;tag=1", SIP_DEFECT_ADDRESS, "1" },
	{ "From", "<sip:a b@x>;tag=1", SIP_DEFECT_ADDRESS, "1" },
	{ "From", "<sip:a@x;tag=1", SIP_DEFECT_ADDRESS, "" },
	{ "From", "a sip:a@x;tag=1", SIP_DEFECT_ADDRESS, "1" },
	{ "From", "sip:a@x?h=v;tag=1", SIP_DEFECT_BRACKETS, "1" },
	{ "From", "<sip:a@x>;;tag=1", SIP_DEFECT_PARAMETER, "1" },
	{ "From", "<sip:a@x>;tag=1; ", SIP_DEFECT_PARAMETER, "1" },
	{ "From", "<sip:a@x;;b>;tag=1;q=\";;\"", 0, "1" },
	{ "To", "< sip:b@x >", SIP_DEFECT_ADDRESS, NULL },
	{ "Contact", "*", 0, NULL },
	{ "Contact", "<sip:a@x>, \"B, C\" <sip:b@x?h=v>;q=1", 0, NULL },
	{ "Contact", "<sip:a@x>, sip:b@x?h=v", SIP_DEFECT_BRACKETS, NULL },
	{ "Contact", "\"J\" <sip:a@x>;;;", SIP_DEFECT_PARAMETER, NULL },
	{ "Contact", "\"J <sip:a@x>", SIP_DEFECT_QUOTE, NULL },
	{ "Via", "SIP/2.0/UDP h;branch=z9hG4bK1;rport", 0, NULL },
	{ "Via", "SIP/2.0/UDP h;branch=z9hG4bK1;;rport", SIP_DEFECT_PARAMETER, NULL },
	{ "Via", "SIP/2.0/UDP h;;,;,,", SIP_DEFECT_PARAMETER, NULL },
};

START_TEST(defects_of_values)
{
	const char *name = values[_i].header;
	char text[512];

	snprintf(text, sizeof text, INVITE "%s: %s\r\n%s%s%sCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n",
	         name, values[_i].value, strcmp(name, "Via") ? VIA : "",
	         strcmp(name, "From") ? "From: <sip:a@x>;tag=1\r\n" : "",
	         strcmp(name, "To") ? "To: <sip:b@x>\r\n" : "");
	ck_assert_int_eq(sip_msg_parse(slice_str(text), &msg), PARSE_OK);
	ck_assert_msg(msg.defects == values[_i].defects, "%s: 0x%x", values[_i].value, msg.defects);
	same(values[_i].value, "tag", values[_i].tag, msg.from_tag);
}
END_TEST

START_TEST(defect_names)
{
	for (unsigned bit = 1; bit <= SIP_DEFECT_PARAMETER; bit <<= 1)
		for (unsigned other = 1; other < bit; other <<= 1)
			ck_assert_str_ne(sip_defect_name((enum sip_defect)bit),
			                 sip_defect_name((enum sip_defect)other));
	ck_assert_str_eq(sip_defect_name(SIP_DEFECT_PARAMETER), "parameter");
	ck_assert_str_eq(sip_defect_name((enum sip_defect)(SIP_DEFECT_PARAMETER << 1)), "defect");
}
END_TEST

START_TEST(messages)
{
	const struct message_case *c = &cases[_i];

	ck_assert_msg(sip_msg_parse(slice_str(c->text), &msg) == c->status, "%s: status", c->name);
	if (c->status == PARSE_NOT_MINE)
		return;
	ck_assert_msg(msg.defects == c->defects, "%s: defects 0x%x, not 0x%x", c->name, msg.defects,
	              c->defects);
	ck_assert_msg(msg.content_length == c->content_length, "%s: content length", c->name);
	same(c->name, "Call-ID", c->call_id, msg.call_id);
	same(c->name, "From tag", c->from_tag, msg.from_tag);
	same(c->name, "To tag", c->to_tag, msg.to_tag);
	same(c->name, "branch", c->branch, msg.branch);
	same(c->name, "sent-by", c->sent_by, msg.sent_by);
	same(c->name, "CSeq method", c->cseq_name, msg.cseq_name);
	same(c->name, "body", c->body, msg.body);
}
END_TEST

/* A NUL is an octet like any other. */
START_TEST(nul_inside)
{
	static const char text[] = "INVITE sip:b@x SIP/2.0\r\n" VIA
	                           "From: \"a\\\0\" <sip:a@x>;tag=1\r\nTo: b\r\nCall-ID: c\0d\r\n"
	                           "CSeq: 7 INVITE\r\n\r\nx\0y";
	ck_assert_int_eq(sip_msg_parse(slice_of(text, sizeof text - 1), &msg), PARSE_OK);
	ck_assert(slice_eq(msg.call_id, SLICE_LIT("c\0d")));
	ck_assert(slice_eq(msg.from_tag, SLICE_LIT("1")));
	ck_assert(slice_eq(msg.body, SLICE_LIT("x\0y")));
}
END_TEST

START_TEST(ten_thousand_headers)
{
	struct text t;

	text_init(&t);
	text_add(&t, slice_str(INVITE GOOD));
	for (int i = 0; i < 10000; i++)
		text_addf(&t, "X-%d: v\r\n", i);
	text_add(&t, slice_str("\r\nbody"));
	ck_assert_int_eq(sip_msg_parse(slice_of(t.p, t.n), &msg), PARSE_OK);
	ck_assert_uint_eq(msg.header_count, SIP_MAX_HEADERS);
	ck_assert_uint_eq(msg.defects, SIP_DEFECT_TOO_MANY);
	ck_assert(slice_eq_str(msg.body, "body"));
	text_release(&t);
}
END_TEST

START_TEST(headers_by_id)
{
	const char *text = INVITE GOOD "m: <sip:1>\r\nX-Other: o\r\nContact: <sip:2>\r\n\r\n";

	ck_assert_int_eq(sip_msg_parse(slice_str(text), &msg), PARSE_OK);
	ck_assert_uint_eq(msg.header_count, 8);
	ck_assert(slice_eq_str(sip_msg_value(&msg, SIP_H_CONTACT), "<sip:1>"));
	ck_assert(slice_eq_str(sip_msg_header(&msg, SIP_H_CONTACT, 1)->value, "<sip:2>"));
	ck_assert_ptr_null(sip_msg_header(&msg, SIP_H_CONTACT, 2));
	ck_assert_ptr_null(sip_msg_value(&msg, SIP_H_ROUTE).p);
	ck_assert(slice_eq_str(msg.headers[6].name, "X-Other"));
	ck_assert_uint_eq(msg.headers[6].id, SIP_H_OTHER);
}
END_TEST

static const struct {
	const char *name;
	enum sip_header_id id;
} names[] = {
	{ "Accept", SIP_H_ACCEPT },
	{ "Alert-Info", SIP_H_ALERT_INFO },
	{ "Allow", SIP_H_ALLOW },
	{ "Allow-Events", SIP_H_ALLOW_EVENTS },
	{ "u", SIP_H_ALLOW_EVENTS },
	{ "Authorization", SIP_H_AUTHORIZATION },
	{ "Call-ID", SIP_H_CALL_ID },
	{ "i", SIP_H_CALL_ID },
	{ "Call-Info", SIP_H_CALL_INFO },
	{ "Contact", SIP_H_CONTACT },
	{ "m", SIP_H_CONTACT },
	{ "Content-Disposition", SIP_H_CONTENT_DISPOSITION },
	{ "Content-Encoding", SIP_H_CONTENT_ENCODING },
	{ "e", SIP_H_CONTENT_ENCODING },
	{ "Content-Length", SIP_H_CONTENT_LENGTH },
	{ "l", SIP_H_CONTENT_LENGTH },
	{ "Content-Type", SIP_H_CONTENT_TYPE },
	{ "c", SIP_H_CONTENT_TYPE },
	{ "CSeq", SIP_H_CSEQ },
	{ "Date", SIP_H_DATE },
	{ "Event", SIP_H_EVENT },
	{ "o", SIP_H_EVENT },
	{ "Expires", SIP_H_EXPIRES },
	{ "From", SIP_H_FROM },
	{ "f", SIP_H_FROM },
	{ "History-Info", SIP_H_HISTORY_INFO },
	{ "Identity", SIP_H_IDENTITY },
	{ "y", SIP_H_IDENTITY },
	{ "Join", SIP_H_JOIN },
	{ "Max-Forwards", SIP_H_MAX_FORWARDS },
	{ "Min-Expires", SIP_H_MIN_EXPIRES },
	{ "Min-SE", SIP_H_MIN_SE },
	{ "P-Asserted-Identity", SIP_H_P_ASSERTED_IDENTITY },
	{ "P-Charging-Vector", SIP_H_P_CHARGING_VECTOR },
	{ "Proxy-Authenticate", SIP_H_PROXY_AUTHENTICATE },
	{ "Proxy-Authorization", SIP_H_PROXY_AUTHORIZATION },
	{ "RAck", SIP_H_RACK },
	{ "Reason", SIP_H_REASON },
	{ "Record-Route", SIP_H_RECORD_ROUTE },
	{ "Refer-Sub", SIP_H_REFER_SUB },
	{ "Refer-To", SIP_H_REFER_TO },
	{ "r", SIP_H_REFER_TO },
	{ "Referred-By", SIP_H_REFERRED_BY },
	{ "b", SIP_H_REFERRED_BY },
	{ "Replaces", SIP_H_REPLACES },
	{ "Require", SIP_H_REQUIRE },
	{ "Retry-After", SIP_H_RETRY_AFTER },
	{ "Route", SIP_H_ROUTE },
	{ "RSeq", SIP_H_RSEQ },
	{ "Server", SIP_H_SERVER },
	{ "Session-Expires", SIP_H_SESSION_EXPIRES },
	{ "x", SIP_H_SESSION_EXPIRES },
	{ "Session-ID", SIP_H_SESSION_ID },
	{ "Subject", SIP_H_SUBJECT },
	{ "s", SIP_H_SUBJECT },
	{ "Subscription-State", SIP_H_SUBSCRIPTION_STATE },
	{ "Supported", SIP_H_SUPPORTED },
	{ "k", SIP_H_SUPPORTED },
	{ "To", SIP_H_TO },
	{ "t", SIP_H_TO },
	{ "Unsupported", SIP_H_UNSUPPORTED },
	{ "User-Agent", SIP_H_USER_AGENT },
	{ "Via", SIP_H_VIA },
	{ "v", SIP_H_VIA },
	{ "Warning", SIP_H_WARNING },
	{ "WWW-Authenticate", SIP_H_WWW_AUTHENTICATE },
	{ "X-Foo", SIP_H_OTHER },
	{ "a", SIP_H_OTHER },
	{ "1", SIP_H_OTHER },
	{ "", SIP_H_OTHER },
	{ "Vib", SIP_H_OTHER },
	{ "A-Header-Name-Longer-Than-Any-We-Know", SIP_H_OTHER },
};

/* Every name in three spellings. */
START_TEST(header_names)
{
	char other[64];
	size_t n = strlen(names[_i].name);

	ck_assert_uint_eq(sip_header_id_of(slice_str(names[_i].name)), names[_i].id);
	for (size_t i = 0; i < n; i++)
		other[i] = (char)ascii_lower((uint8_t)names[_i].name[i]);
	ck_assert_uint_eq(sip_header_id_of(slice_of(other, n)), names[_i].id);
	for (size_t i = 0; i < n; i++)
		if (other[i] >= 'a' && other[i] <= 'z')
			other[i] = (char)(other[i] - 'a' + 'A');
	ck_assert_uint_eq(sip_header_id_of(slice_of(other, n)), names[_i].id);
}
END_TEST

START_TEST(every_header_id_has_a_name)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		seen |= (uint64_t)1 << names[i].id;
	ck_assert_uint_eq(seen, ((uint64_t)1 << SIP_H_COUNT) - 1);
}
END_TEST

START_TEST(method_names)
{
	for (int m = SIP_INVITE; m <= SIP_MESSAGE; m++)
		ck_assert_int_eq((int)sip_method_of(slice_str(sip_method_name((enum sip_method)m))),
		                 m);
	ck_assert_int_eq(sip_method_of(SLICE_LIT("invite")), SIP_METHOD_OTHER);
	ck_assert_int_eq(sip_method_of(SLICE_LIT("OTHER")), SIP_METHOD_OTHER);
	ck_assert_int_eq(sip_method_of(SLICE_NONE), SIP_METHOD_OTHER);
	ck_assert_str_eq(sip_method_name(SIP_METHOD_OTHER), "OTHER");
}
END_TEST

START_TEST(printed)
{
	const char *text = "SIP/2.0 200 O\x1bK\r\n" GOOD "\r\n";
	struct text t;

	ck_assert_int_eq(sip_msg_parse(slice_str(text), &msg), PARSE_OK);
	text_init(&t);
	sip_msg_print(&msg, &t);
	ck_assert_str_eq(text_cstr(&t),
	                 "response: 200\nreason: O\\x1BK\ncall-id: c1@x\nfrom: "
	                 "<sip:a@x>;tag=f1\nfrom-tag: f1\n"
	                 "to: <sip:b@x>\ncseq: 7\ncseq-method: INVITE\n"
	                 "via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\nbranch: z9hG4bK1\n"
	                 "sent-by: 192.0.2.1:5060\nbody: 0 octets\n"
	                 "header Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\nheader From: "
	                 "<sip:a@x>;tag=f1\n"
	                 "header To: <sip:b@x>\nheader Call-ID: c1@x\nheader CSeq: 7 INVITE\n");
	text_release(&t);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

Suite *suite_sip_msg(void)
{
	Suite *s = suite_create("sip_msg");
	TCase *tc = tcase_create("sip_msg");

	tcase_add_loop_test(tc, looks_like, 0, COUNT(looks));
	tcase_add_test(tc, method_length_is_bounded);
	tcase_add_loop_test(tc, messages, 0, COUNT(cases));
	tcase_add_loop_test(tc, defects_of_values, 0, COUNT(values));
	tcase_add_test(tc, defect_names);
	tcase_add_test(tc, nul_inside);
	tcase_add_test(tc, ten_thousand_headers);
	tcase_add_test(tc, headers_by_id);
	tcase_add_loop_test(tc, header_names, 0, COUNT(names));
	tcase_add_test(tc, every_header_id_has_a_name);
	tcase_add_test(tc, method_names);
	tcase_add_test(tc, printed);
	suite_add_tcase(s, tc);
	return s;
}
