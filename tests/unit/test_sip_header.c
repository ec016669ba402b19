#include "dissectors/sip_header.h"

#include <check.h>
#include <stdlib.h>

/* NULL expects absent, "" present and empty. */
static void expect(const char *what, struct slice actual, const char *expected)
{
	ck_assert_msg((actual.p != NULL) == (expected != NULL), "%s: %s", what,
	              actual.p ? "is there" : "is absent");
	if (expected)
		ck_assert_msg(slice_eq_str(actual, expected), "%s: '%.*s', not '%s'", what,
		              SLICE_ARG(actual), expected);
}

static const struct {
	const char *value, *name, *expected;
} params[] = {
	{ "<sip:a@x>;tag=1", "tag", "1" },
	{ "<sip:a@x;tag=no>;tag=1", "tag", "1" },
	{ "<sip:a@x;tag=no>", "tag", NULL },
	{ "sip:a@x;tag=1", "tag", "1" },
	{ "sip:a@x ; TAG\r\n = \t1 ; x", "tag", "1" },
	{ "\"a;tag=no\" <sip:a>;tag=1", "tag", "1" },
	{ "\"a\\\";tag=no\" <sip:a>;tag=1", "tag", "1" },
	{ "\"a <sip:a>;tag=1", "tag", "1" },
	{ "<sip:a>;tag=\"1;2\"", "tag", "1;2" },
	{ "<sip:a>;x=\";tag=no\";tag=1", "tag", "1" },
	{ "<sip:a>;x=\"never closed;tag=1", "tag", "1" },
	{ "<sip:a>;lr", "lr", "" },
	{ "<sip:a>;lr=", "lr", "" },
	{ "<sip:a>;;;;tag=1", "tag", "1" },
	{ "<sip:a>;expires=1, <sip:b>;q=2", "q", NULL },
	{ "<sip:a>, <sip:b>;q=2", "q", NULL },
	{ "<sip:a;tag=1", "tag", NULL },
	{ "SIP/2.0/UDP h;rport;branch=z", "branch", "z" },
	{ "SIP/2.0/UDP h;rport;branch=z", "rport", "" },
	{ "SIP/2.0/UDP h;;,;,,", "branch", NULL },
	{ "multipart/mixed;boundary=\"a b\"", "boundary", "a b" },
	{ "", "tag", NULL },
	{ ";tag=1", "tag", "1" },
	{ "x;tag=\"", "tag", "\"" },
};

START_TEST(param)
{
	expect(params[_i].value, sip_param(slice_str(params[_i].value), params[_i].name),
	       params[_i].expected);
}
END_TEST

static const struct {
	const char *value, *uri, *display;
} addrs[] = {
	{ "sip:a@x;tag=1", "sip:a@x", NULL },
	{ "<sip:a@x;lr>;tag=1", "sip:a@x;lr", NULL },
	{ " < sip:a@x > ", "sip:a@x", NULL },
	{ "Bob <sip:a@x>", "sip:a@x", "Bob" },
	{ "caller<sip:a@x>", "sip:a@x", "caller" },
	{ "\"Bob <not me>; x\" <sip:a@x>", "sip:a@x", "Bob <not me>; x" },
	{ "\"Bob \\\" X\" <sip:a@x>", "sip:a@x", "Bob \\\" X" },
	{ "\"\" <sip:a@x>", "sip:a@x", "" },
	{ "\"Mr. J. User <sip:a@x>", "sip:a@x", "Mr. J. User" },
	{ "Bell, Alexander <sip:a@x>;tag=43", "sip:a@x", "Bell, Alexander" },
	{ "<sip:a@x", "sip:a@x", NULL },
	{ "<>", "", NULL },
	{ "", NULL, NULL },
	{ "tel:+123", "tel:+123", NULL },
};

START_TEST(addr)
{
	expect(addrs[_i].value, sip_addr_uri(slice_str(addrs[_i].value)), addrs[_i].uri);
	expect(addrs[_i].value, sip_addr_display(slice_str(addrs[_i].value)), addrs[_i].display);
}
END_TEST

static const struct {
	const char *uri, *scheme, *user, *host;
	uint16_t port;
	const char *transport;
} uris[] = {
	{ "sip:alice@example.com:5070;transport=tcp?x=y", "sip", "alice", "example.com", 5070,
	  "tcp" },
	{ "sip:alice:secret@example.com", "sip", "alice", "example.com", 0, NULL },
	{ "SIPS:[2001:db8::1]:5061;lr;transport=TLS", "SIPS", NULL, "2001:db8::1", 5061, "TLS" },
	{ "sip:u@[2001:db8::1]", "sip", "u", "2001:db8::1", 0, NULL },
	{ "sip:[2001:db8", "sip", NULL, "[2001", 0, NULL },
	{ "sip:192.0.2.1", "sip", NULL, "192.0.2.1", 0, NULL },
	{ "sip:user;par=u%40example.net@example.com", "sip", "user;par=u%40example.net",
	  "example.com", 0, NULL },
	{ "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/"
	  ";;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
	  "sip", "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", "example.com", 0, NULL },
	{ "sip:example.com?Route=%3Csip:x;transport=no%3E", "sip", NULL, "example.com", 0, NULL },
	{ "sip:host:99999;transport", "sip", NULL, "host", 0, "" },
	{ "sip:host : 5062 ; transport = udp", "sip", NULL, "host", 5062, "udp" },
	{ "sip:%00@host", "sip", "%00", "host", 0, NULL },
	{ "tel:+1-201-555-0123;transport=x", "tel", "+1-201-555-0123", NULL, 0, "x" },
	{ "tel:", "tel", NULL, NULL, 0, NULL },
	{ "urn:service:sos", "urn", NULL, NULL, 0, NULL },
	{ "im:joe@example.com", "im", "joe", "example.com", 0, NULL },
	{ "nobodyKnowsThisScheme:totallyopaquecontent", "nobodyKnowsThisScheme", NULL, NULL, 0,
	  NULL },
	{ "joe@example.com", NULL, "joe", "example.com", 0, NULL },
	{ "192.0.2.1:5060", NULL, NULL, "192.0.2.1", 5060, NULL },
	{ "sip:@host", "sip", "", "host", 0, NULL },
	{ "sip:", "sip", NULL, NULL, 0, NULL },
	{ "", NULL, NULL, NULL, 0, NULL },
};

START_TEST(uri)
{
	struct slice s = slice_str(uris[_i].uri);

	expect(uris[_i].uri, sip_uri_scheme(s), uris[_i].scheme);
	expect(uris[_i].uri, sip_uri_user(s), uris[_i].user);
	expect(uris[_i].uri, sip_uri_host(s), uris[_i].host);
	ck_assert_uint_eq(sip_uri_port(s), uris[_i].port);
	expect(uris[_i].uri, sip_uri_param(s, "transport"), uris[_i].transport);
}
END_TEST

/* Elements are joined with | for comparison. */
static const struct {
	const char *value, *joined;
} lists[] = {
	{ "a", "a|" },
	{ "a,b , c", "a|b|c|" },
	{ ",, a ,,b,", "a|b|" },
	{ "\"x,y\" <sip:a,b>;t=\"1,2\", <sip:c>", "\"x,y\" <sip:a,b>;t=\"1,2\"|<sip:c>|" },
	{ "\"x\\\",y\",z", "\"x\\\",y\"|z|" },
	{ "\"x,y", "\"x|y|" },
	{ "<sip:a,b", "<sip:a,b|" },
	{ "", "" },
	{ ",,,", "" },
};

START_TEST(list)
{
	struct slice rest = slice_str(lists[_i].value), item;
	char joined[256] = "";
	size_t n = 0;

	while (sip_list_next(&rest, &item)) {
		memcpy(joined + n, item.p, item.n);
		n += item.n;
		joined[n++] = '|';
	}
	joined[n] = '\0';
	ck_assert_str_eq(joined, lists[_i].joined);
	ck_assert_ptr_null(item.p);
}
END_TEST

START_TEST(list_has)
{
	struct slice value = SLICE_LIT("timer, 100REL ,replaces");

	ck_assert(sip_list_has(value, "100rel"));
	ck_assert(sip_list_has(value, "timer"));
	ck_assert(!sip_list_has(value, "rel"));
	ck_assert(!sip_list_has(SLICE_NONE, "timer"));
}
END_TEST

START_TEST(unfold)
{
	char buf[64];

	ck_assert_uint_eq(sip_unfold(SLICE_LIT("  a\r\n \t b  c\r\n"), buf, sizeof buf), 5);
	ck_assert_str_eq(buf, "a b c");
	ck_assert_uint_eq(sip_unfold(SLICE_LIT("abcdef"), buf, 4), 3);
	ck_assert_str_eq(buf, "abc");
	ck_assert_uint_eq(sip_unfold(SLICE_NONE, buf, sizeof buf), 0);
	ck_assert_str_eq(buf, "");
	ck_assert_uint_eq(sip_unfold(SLICE_LIT("abc"), buf, 0), 0);
}
END_TEST

static const struct {
	const char *value, *protocol;
	bool found;
	unsigned cause;
	const char *text;
} reasons[] = {
	{ "Q.850;cause=16;text=\"Terminated\"", "Q.850", true, 16, "Terminated" },
	{ "SIP ;cause=200 ;text=\"Call completed, elsewhere\"", "SIP", true, 200,
	  "Call completed, elsewhere" },
	{ "SIP;cause=580;text=\"a\", q.850 ; cause = 31", "Q.850", true, 31, NULL },
	{ "Q.850;text=\"x\"", "Q.850", false, 0, NULL },
	{ "Q.850;cause=x, Q.850;cause=17", "Q.850", true, 17, NULL },
	{ "SIP;cause=200", "Q.850", false, 0, NULL },
	{ "", "SIP", false, 0, NULL },
};

START_TEST(reason)
{
	unsigned cause = 0;
	struct slice text = SLICE_NONE;

	ck_assert(sip_reason(slice_str(reasons[_i].value), reasons[_i].protocol, &cause, &text) ==
	          reasons[_i].found);
	ck_assert_uint_eq(cause, reasons[_i].cause);
	expect(reasons[_i].value, text, reasons[_i].text);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

Suite *suite_sip_header(void)
{
	Suite *s = suite_create("sip_header");
	TCase *tc = tcase_create("sip_header");

	tcase_add_loop_test(tc, param, 0, COUNT(params));
	tcase_add_loop_test(tc, addr, 0, COUNT(addrs));
	tcase_add_loop_test(tc, uri, 0, COUNT(uris));
	tcase_add_loop_test(tc, list, 0, COUNT(lists));
	tcase_add_test(tc, list_has);
	tcase_add_test(tc, unfold);
	tcase_add_loop_test(tc, reason, 0, COUNT(reasons));
	suite_add_tcase(s, tc);
	return s;
}
