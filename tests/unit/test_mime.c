#include "dissectors/mime.h"

#include "dissectors/sip_msg.h"
#include "tests/helpers/torture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define SDP              "application/sdp"
#define MIXED            "multipart/mixed;boundary=b"
#define PART(type, body) "--b\r\nContent-Type: " type "\r\n\r\n" body "\r\n"

/* NULL expects absent. */
static const struct {
	const char *name, *type, *body, *expected;
} cases[] = {
	{ "itself", "application/sdp", "v=0", "v=0" },
	{ "itself, with parameter and other case", "Application/SDP ; charset=UTF-8", "v=0",
	  "v=0" },
	{ "another type", "text/plain", "v=0", NULL },
	{ "no type, looks like SDP", "", "v=0\r\n", "v=0\r\n" },
	{ "no type, looks like something else", "", "hello", NULL },
	{ "second part", MIXED, PART("text/plain", "t") PART(SDP, "v=0\r\ns=-") "--b--\r\n",
	  "v=0\r\ns=-" },
	{ "preamble and epilogue", MIXED, "hello\r\n" PART(SDP, "v=0") "--b--\r\nbye", "v=0" },
	{ "quoted boundary", "multipart/mixed; boundary=\"a b\"",
	  "--a b\r\nContent-Type: " SDP "\r\n\r\nv=0\r\n--a b--", "v=0" },
	{ "LF only", MIXED, "--b\nContent-Type: " SDP "\n\nv=0\n--b--\n", "v=0" },
	{ "blanks behind the delimiter", MIXED,
	  "--b \t\r\nContent-Type: " SDP "\r\n\r\nv=0\r\n--b-- \r\n", "v=0" },
	{ "not closed", MIXED,
	  PART("text/plain", "t") "--b\r\nContent-Type: " SDP "\r\n\r\nv=0\r\n", "v=0\r\n" },
	{ "longer boundary is another", MIXED, "--bb\r\nContent-Type: " SDP "\r\n\r\nv=0\r\n--bb--",
	  NULL },
	{ "part without headers", MIXED, "--b\r\n\r\nv=0\r\n--b--", "v=0" },
	{ "part cut in its headers", MIXED, "--b\r\nContent-Type: " SDP "\r\n", "" },
	{ "empty part", MIXED, "--b\r\n--b\r\nContent-Type: " SDP "\r\n\r\n--b--", "" },
	{ "folded part header", MIXED, "--b\r\nContent-Type:\r\n " SDP "\r\n\r\nv=0\r\n--b--",
	  "v=0" },
	{ "after the closing delimiter", MIXED, "--b--\r\n" PART(SDP, "v=0"), NULL },
	{ "no boundary", "multipart/mixed", PART(SDP, "v=0"), NULL },
	{ "no delimiter", MIXED, "v=0", NULL },
	{ "nested", MIXED,
	  PART("multipart/alternative;boundary=c",
	       "--c\r\nContent-Type: " SDP "\r\n\r\nv=0\r\n--c--") "--b--",
	  "v=0" },
	{ "behind a nest", MIXED,
	  PART("multipart/alternative;boundary=c", "--c\r\n\r\nx\r\n--c--")
	          PART(SDP, "v=0") "--b--",
	  "v=0" },
};

START_TEST(parts)
{
	struct slice part = mime_part(slice_str(cases[_i].type), slice_str(cases[_i].body), SDP);

	ck_assert_msg((part.p != NULL) == (cases[_i].expected != NULL), "%s", cases[_i].name);
	if (part.p)
		ck_assert_msg(slice_eq_str(part, cases[_i].expected), "%s: '%.*s'", cases[_i].name,
		              SLICE_ARG(part));
}
END_TEST

/* Deep nests stop at a bound: the part sits in the n-th nest. */
START_TEST(nest)
{
	char body[2048];
	size_t n = 0;

	for (int depth = 2; depth <= _i; depth++)
		n += (size_t)snprintf(body + n, sizeof body - n,
		                      "--b%d\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n",
		                      depth - 1, depth);
	n += (size_t)snprintf(body + n, sizeof body - n,
	                      "--b%d\r\nContent-Type: " SDP "\r\n\r\nv=0", _i);
	struct slice part =
	        mime_part(SLICE_LIT("multipart/mixed;boundary=b1"), slice_of(body, n), SDP);
	ck_assert_msg((part.p != NULL) == (_i <= 4), "depth %d", _i);
}
END_TEST

/* RFC 4475 3.1.1.11: a body of two parts, the second of binary octets. */
START_TEST(torture_mpart01)
{
	static struct sip_msg msg;
	uint8_t buf[TORTURE_MAX];
	struct slice s = torture_read("mpart01", buf);

	if (!s.p)
		return;
	ck_assert_int_eq(sip_msg_parse(s, &msg), PARSE_OK);
	ck_assert(slice_eq_str(mime_part(msg.content_type, msg.body, "text/plain"), "Hello"));
	ck_assert(mime_part(msg.content_type, msg.body, "application/octet-stream").n > 100);
	ck_assert_ptr_null(mime_part(msg.content_type, msg.body, SDP).p);
}
END_TEST

Suite *suite_mime(void)
{
	Suite *s = suite_create("mime");
	TCase *tc = tcase_create("mime");

	tcase_add_loop_test(tc, parts, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_loop_test(tc, nest, 1, 8);
	tcase_add_test(tc, torture_mpart01);
	suite_add_tcase(s, tc);
	return s;
}
