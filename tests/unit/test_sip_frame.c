#include "dissectors/sip_frame.h"

#include "base/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD      "INVITE sip:b SIP/2.0\r\nVia: x\r\n"
#define TLS_HELLO "\x16\x03\x01\x02"

static const struct {
	const char *name, *stream;
	enum parse_status status;
	size_t skip, length;
} cases[] = {
	{ "whole", HEAD "Content-Length: 2\r\n\r\nxy", PARSE_OK, 0, 53 },
	{ "and more behind", HEAD "Content-Length: 2\r\n\r\nxyBYE", PARSE_OK, 0, 53 },
	{ "compact, blanks, folded", HEAD "l :\r\n 2\r\n\r\nxy", PARSE_OK, 0, 43 },
	{ "no length is 0", HEAD "\r\nxy", PARSE_OK, 0, 32 },
	{ "unreadable length is 0", HEAD "Content-Length: -1\r\n\r\nxy", PARSE_OK, 0, 52 },
	{ "the first length counts", HEAD "l:1\r\nl:2\r\n\r\nxy", PARSE_OK, 0, 43 },
	{ "other headers with c and l", HEAD "Contact: l\r\nLost: 5\r\n\r\nxy", PARSE_OK, 0, 53 },
	{ "length in the body is none", HEAD "\r\nl:9\r\n\r\n", PARSE_OK, 0, 32 },
	{ "LF only", "INVITE sip:b SIP/2.0\nl:1\n\nxy", PARSE_OK, 0, 27 },
	{ "status line", "SIP/2.0 200 OK\r\nl:0\r\n\r\n", PARSE_OK, 0, 23 },
	{ "keep-alives in front", "\r\n\r\nSIP/2.0 200 OK\r\n\r\n", PARSE_OK, 4, 18 },
	{ "nothing", "", PARSE_MORE, 0, 0 },
	{ "keep-alives only", "\r\n\r\n", PARSE_MORE, 4, 0 },
	{ "body to come", HEAD "l:3\r\n\r\nxy", PARSE_MORE, 0, 0 },
	{ "headers to come", "\r\n" HEAD, PARSE_MORE, 2, 0 },
	{ "CR of the empty line", HEAD "\r", PARSE_MORE, 0, 0 },
	{ "start of a method", "INV", PARSE_MORE, 0, 0 },
	{ "start of a request", "INVITE sip:", PARSE_MORE, 0, 0 },
	{ "start of a version", "SIP/2", PARSE_MORE, 0, 0 },
	{ "half of HTTP could be SIP", "GET /", PARSE_MORE, 0, 0 },
	{ "HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", PARSE_NOT_MINE, 27, 0 },
	{ "TLS", TLS_HELLO, PARSE_NOT_MINE, 4, 0 },
	{ "HTTP, then half a line", "GET / HTTP/1.1\r\nINVITE sip", PARSE_NOT_MINE, 16, 0 },
	{ "rest of a body first", "v=0\r\nm=audio\r\n" HEAD "\r\n", PARSE_BAD, 14, 0 },
	{ "keep-alive, junk, message", "\r\nv=0\r\n" HEAD "\r\n", PARSE_BAD, 7, 0 },
	{ "too large by its length", HEAD "l:9999999\r\n\r\nxy", PARSE_BAD, 43, 0 },
	{ "too large, another follows", HEAD "l:99999999999999999\r\n\r\n" HEAD, PARSE_BAD, 53, 0 },
};

START_TEST(frames)
{
	size_t skip, length;

	ck_assert_msg(sip_frame(slice_str(cases[_i].stream), &skip, &length) == cases[_i].status,
	              "%s", cases[_i].name);
	ck_assert_msg(skip == cases[_i].skip, "%s: skip %zu", cases[_i].name, skip);
	ck_assert_msg(length == cases[_i].length, "%s: length %zu", cases[_i].name, length);
}
END_TEST

static const struct {
	const char *message;
	size_t need;
} unfinished[] = {
	{ HEAD "l:3\r\n\r\nxy", 40 },       { HEAD "l:3\r\n\r\n", 40 }, { HEAD "l:3\r\n\r", 0 },
	{ "SIP/2.0 200 OK\r\nl:9\r\n", 0 }, { "SIP/2.0 200", 0 },       { "", 0 },
};

START_TEST(needs)
{
	ck_assert_uint_eq(sip_frame_need(slice_str(unfinished[_i].message)), unfinished[_i].need);
}
END_TEST

START_TEST(long_first_line)
{
	static char text[4097];
	size_t skip, length;

	memset(text, 'a', sizeof text);
	ck_assert_int_eq(sip_frame(slice_of(text, 4096), &skip, &length), PARSE_MORE);
	ck_assert_int_eq(sip_frame(slice_of(text, 4097), &skip, &length), PARSE_NOT_MINE);
	ck_assert_uint_eq(skip, 4097);
}
END_TEST

START_TEST(headers_without_end)
{
	size_t skip, length;
	struct text t;

	text_init(&t);
	text_add(&t, slice_str(HEAD));
	while (t.n <= SIP_FRAME_MAX)
		text_add(&t, slice_str("X: y\r\n"));
	ck_assert_int_eq(sip_frame(slice_of(t.p, SIP_FRAME_MAX), &skip, &length), PARSE_MORE);
	ck_assert_int_eq(sip_frame(slice_of(t.p, t.n), &skip, &length), PARSE_BAD);
	ck_assert_uint_eq(skip, t.n);
	text_release(&t);
}
END_TEST

/* A reader as the analyzer has one: takes octets in pieces, drops what sip_frame() says, notes lengths and first octets. */
struct reader {
	char buf[1024];
	size_t n;
	char seen[512];
};

static void drain(struct reader *r)
{
	for (;;) {
		size_t skip, length, used;
		enum parse_status status = sip_frame(slice_of(r->buf, r->n), &skip, &length);
		ck_assert(skip + length <= r->n);
		if (status == PARSE_OK) {
			size_t at = strlen(r->seen);
			snprintf(r->seen + at, sizeof r->seen - at, "%zu%.7s|", length,
			         r->buf + skip);
		}
		used = skip + length;
		memmove(r->buf, r->buf + used, r->n - used);
		r->n -= used;
		if (status == PARSE_MORE || !used)
			return;
	}
}

static void feed(struct reader *r, const char *p, size_t n)
{
	ck_assert(r->n + n <= sizeof r->buf);
	memcpy(r->buf + r->n, p, n);
	r->n += n;
	drain(r);
}

static const char stream[] = "\r\n\r\nINVITE sip:b SIP/2.0\r\nContent-Length: 12\r\n\r\nSIP/2.0 "
                             "200 \n\r\nSIP/2.0 100 x\r\nl:0\r\n\r\n"
                             "ACK sip:b SIP/2.0\nVia: a\n b\nl:\n 3\n\n\r\n\r\r\n\r\nBYE sip:b "
                             "SIP/2.0\r\r\nA: b\r\r\n\r\r\nOPTIONS sip:b SIP/2.0\r\n\r\n";

START_TEST(split_anywhere_gives_the_same)
{
	static struct reader whole, pieces;
	const size_t n = sizeof stream - 1;

	memset(&whole, 0, sizeof whole);
	feed(&whole, stream, n);
	ck_assert_str_eq(whole.seen, "56INVITE |22SIP/2.0|38ACK sip|30BYE sip|25OPTIONS|");
	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b++) {
			memset(&pieces, 0, sizeof pieces);
			feed(&pieces, stream, a);
			feed(&pieces, stream + a, b - a);
			feed(&pieces, stream + b, n - b);
			ck_assert_msg(strcmp(pieces.seen, whole.seen) == 0,
			              "cut at %zu and %zu: %s", a, b, pieces.seen);
		}
	}
}
END_TEST

START_TEST(octet_by_octet)
{
	static struct reader r;

	memset(&r, 0, sizeof r);
	for (size_t i = 0; i < sizeof stream - 1; i++)
		feed(&r, stream + i, 1);
	ck_assert_str_eq(r.seen, "56INVITE |22SIP/2.0|38ACK sip|30BYE sip|25OPTIONS|");
	ck_assert_uint_eq(r.n, 0);
}
END_TEST

Suite *suite_sip_frame(void)
{
	Suite *s = suite_create("sip_frame");
	TCase *tc = tcase_create("sip_frame");

	tcase_add_loop_test(tc, frames, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_loop_test(tc, needs, 0, (int)(sizeof unfinished / sizeof unfinished[0]));
	tcase_add_test(tc, long_first_line);
	tcase_add_test(tc, headers_without_end);
	tcase_add_test(tc, split_anywhere_gives_the_same);
	tcase_add_test(tc, octet_by_octet);
	suite_add_tcase(s, tc);
	return s;
}
