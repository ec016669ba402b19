#include "sim/transport/lookup.h"
#include "sim/transport/resolve.h"
#include "tests/helpers/shortage.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
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

/* ---- while it runs ---- */

struct asker {
	struct resolve_request request;
	unsigned answers;
	struct endpoint found;
	char why[128];
};

static void on_done(struct resolve_request *request, const struct endpoint *found, const char *why)
{
	struct asker *a = (struct asker *)request;

	a->answers++;
	if (found)
		a->found = *found;
	slice_cstr(slice_str(why), a->why, sizeof a->why);
}

static void ask(struct resolver *r, struct asker *a, const char *host)
{
	*a = (struct asker){ .request = { .done = on_done, .port = 5061, .family = AF_INET } };
	slice_cstr(slice_str(host), a->request.host, sizeof a->request.host);
	resolver_ask(r, &a->request);
}

static bool wait_for(struct loop *loop, const struct asker *a)
{
	for (int64_t end = loop->now_ns + 10 * NS_PER_S; !a->answers && loop->now_ns < end;)
		loop_turn(loop, loop->now_ns + 10 * NS_PER_MS);
	return a->answers == 1;
}

static const struct {
	const char *host, *found, *why;
	bool at_once;
} later[] = {
	{ "127.0.0.9", "127.0.0.9:5061", "", true },
	{ "::1", NULL, "it is no IPv4 address", true },
	{ "localhost", "127.0.0.1:5061", "", false },
	{ LABEL_64 ".invalid", NULL, "not known", false },
};

START_TEST(finds_later)
{
	struct loop loop;
	struct err err = ERR_INIT;
	struct asker a, b;
	char text[ENDPOINT_TEXT];

	ck_assert(loop_init(&loop, false, 0, &err));
	struct resolver *r = resolver_new(&loop, &err);
	ask(r, &a, later[_i].host);
	ask(r, &b, later[_i].host); /* waits with the first */
	ck_assert_uint_eq(a.answers, later[_i].at_once);
	ck_assert(wait_for(&loop, &a) && wait_for(&loop, &b));
	endpoint_format(b.found, text);
	if (later[_i].found)
		ck_assert_str_eq(text, later[_i].found);
	ck_assert_msg(strstr(a.why, later[_i].why) != NULL, "%s", a.why);
	resolver_free(r);
	loop_release(&loop);
}
END_TEST

START_TEST(cancelled)
{
	struct loop loop;
	struct err err = ERR_INIT;
	struct asker a, b, c;

	ck_assert(loop_init(&loop, false, 0, &err));
	struct resolver *r = resolver_new(&loop, &err);
	ask(r, &a, "localhost");
	ask(r, &b, "localhost");
	ask(r, &c, "localhost");
	resolver_cancel(r, &b.request);
	resolver_cancel(r, &b.request);
	ck_assert(wait_for(&loop, &a) && wait_for(&loop, &c));
	ck_assert_uint_eq(b.answers, 0);
	ask(r, &a, "localhost");
	resolver_cancel(r, &a.request); /* nobody waits for the answer */
	ask(r, &b, "localhost");
	ck_assert(wait_for(&loop, &b));
	ck_assert_uint_eq(a.answers, 0);
	ask(r, &c, "localhost");
	resolver_free(r); /* while it is asked */
	ck_assert_uint_eq(c.answers, 0);
	loop_release(&loop);
}
END_TEST

START_TEST(too_many_names)
{
	enum { NAMES = 1025 };
	struct loop loop;
	struct err err = ERR_INIT;
	struct asker *a = calloc(NAMES, sizeof *a);
	char host[80];
	unsigned refused = 0, found = 0;

	ck_assert(loop_init(&loop, false, 0, &err));
	struct resolver *r = resolver_new(&loop, &err);
	for (int i = 0; i < NAMES; i++) {
		snprintf(host, sizeof host, LABEL_64 "%d", i);
		ask(r, &a[i], host);
		refused += strstr(a[i].why, "too many") != NULL;
	}
	ck_assert_uint_eq(refused, 1);
	for (int i = 0; i < NAMES; i++)
		found += wait_for(&loop, &a[i]);
	ck_assert_uint_eq(found, NAMES);
	resolver_free(r);
	loop_release(&loop);
	free(a);
}
END_TEST

START_TEST(no_names_in_virtual_time)
{
	struct loop loop;
	struct err err = ERR_INIT;
	struct asker a;

	ck_assert(loop_init(&loop, true, 0, &err));
	struct resolver *r = resolver_new(&loop, &err);
	ask(r, &a, "localhost");
	ck_assert_msg(strstr(a.why, "virtual time") != NULL, "%s", a.why);
	ask(r, &a, "127.0.0.1");
	ck_assert_uint_eq(a.found.port, 5061);
	resolver_free(r);
	loop_release(&loop);
}
END_TEST

static void run_short_of_memory(void)
{
	struct loop loop;
	struct err err = ERR_INIT;
	struct asker a = { 0 };

	if (!loop_init(&loop, false, 0, &err))
		return;
	struct resolver *r = resolver_new(&loop, &err);
	if (r) {
		ask(r, &a, "localhost");
		ck_assert(wait_for(&loop, &a)); /* found, or said why not */
	}
	resolver_free(r);
	loop_release(&loop);
}

START_TEST(allocation_failures)
{
	struct shortage s = { 0 };

	shortage_watch(&s);
	run_short_of_memory();
	shortage_plan(&s);
	ck_assert_uint_gt(s.count, 3);
	while (shortage_next(&s)) {
		run_short_of_memory();
		shortage_over();
	}
	shortage_release(&s);
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
	t = tcase_create("while it runs");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, finds_later, 0, sizeof later / sizeof *later);
	tcase_add_test(t, cancelled);
	tcase_add_test(t, too_many_names);
	tcase_add_test(t, no_names_in_virtual_time);
	tcase_add_test(t, allocation_failures);
	suite_add_tcase(s, t);
	return s;
}
