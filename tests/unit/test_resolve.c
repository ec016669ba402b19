#include "sim/transport/lookup.h"
#include "sim/transport/resolve.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <sys/socket.h>

static const struct {
	const char *text, *host;
	bool ok;
	uint16_t port; /* 7: not given */
} divisions[] = {
	{ "example.com", "example.com", true, 7 },
	{ "example.com:5061", "example.com", true, 5061 },
	{ "192.0.2.1:0", "192.0.2.1", true, 0 },
	{ "2001:db8::1", "2001:db8::1", true, 7 },
	{ "[2001:db8::1]", "2001:db8::1", true, 7 },
	{ "[2001:db8::1]:65535", "2001:db8::1", true, 65535 },
	{ "", "", false, 7 },
	{ ":5060", "", false, 7 },
	{ "[]:5060", "", false, 7 },
	{ "[2001:db8::1", "", false, 7 },
	{ "[2001:db8::1]5060", "", false, 7 },
	{ "example.com:", "", false, 7 },
	{ "example.com:65536", "", false, 7 },
	{ "example.com:5o60", "", false, 7 },
};

START_TEST(divides)
{
	struct slice host;
	uint16_t port = 7;

	ck_assert_msg(host_parse(slice_str(divisions[_i].text), &host, &port) == divisions[_i].ok,
	              "%s", divisions[_i].text);
	if (!divisions[_i].ok)
		return;
	ck_assert_msg(slice_eq_str(host, divisions[_i].host), "%s", divisions[_i].text);
	ck_assert_uint_eq(port, divisions[_i].port);
}
END_TEST

#define LABEL_64 "aaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbb"

static const struct {
	const char *text;
	int family;
	const char *found; /* as endpoint_format() */
	const char *why; /* part of the error */
} asked[] = {
	{ "127.0.0.1", AF_UNSPEC, "127.0.0.1:5060", NULL },
	{ "[::1]:5070", AF_UNSPEC, "[::1]:5070", NULL },
	{ "::1", AF_INET6, "[::1]:5060", NULL },
	{ "localhost:5080", AF_INET, "127.0.0.1:5080", NULL },
	{ "127.0.0.1", AF_INET6, NULL, "'127.0.0.1': it is no IPv6 address" },
	{ "::1", AF_INET, NULL, "'::1': it is no IPv4 address" },
	{ "host:port", AF_UNSPEC, NULL, "'host:port' is no address" },
	/* A label beyond RFC 1035's 63 octets: nobody is asked. */
	{ LABEL_64 ".invalid", AF_UNSPEC, NULL, "cannot find '" LABEL_64 ".invalid': " },
};

START_TEST(finds_now)
{
	struct endpoint out = { 0 };
	struct err err = ERR_INIT;
	char text[ENDPOINT_TEXT];
	bool ok = resolve_now(asked[_i].text, 5060, asked[_i].family, &out, &err);

	ck_assert_msg(ok == (asked[_i].found != NULL), "%s: %s", asked[_i].text, err.text);
	if (ok) {
		endpoint_format(out, text);
		ck_assert_str_eq(text, asked[_i].found);
	} else {
		ck_assert_int_eq(err.code, ERR_USAGE);
		ck_assert_msg(strstr(err.text, asked[_i].why) != NULL, "%s", err.text);
	}
}
END_TEST

START_TEST(host_too_long)
{
	char text[HOST_MAX + 3];
	struct slice host;
	uint16_t port;

	memset(text, 'a', sizeof text);
	ck_assert(host_parse(slice_of(text, HOST_MAX), &host, &port));
	ck_assert(!host_parse(slice_of(text, HOST_MAX + 1), &host, &port));
	text[3] = '\0';
	ck_assert(!host_parse(slice_of(text, 9), &host, &port));
}
END_TEST

Suite *suite_resolve(void)
{
	Suite *s = suite_create("resolve");
	TCase *t = tcase_create("text");

	tcase_add_loop_test(t, divides, 0, sizeof divisions / sizeof *divisions);
	tcase_add_loop_test(t, finds_now, 0, sizeof asked / sizeof *asked);
	tcase_add_test(t, host_too_long);
	suite_add_tcase(s, t);
	return s;
}
