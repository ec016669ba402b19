#include "dissectors/sipfrag.h"

#include <check.h>
#include <stdlib.h>

#define FRAG "message/sipfrag"

static const struct {
	const char *type, *body;
	int status;
} cases[] = {
	{ FRAG, "SIP/2.0 100 Trying\r\n", 100 },
	{ FRAG ";version=2.0", "SIP/2.0 200 OK", 200 },
	{ "Message/SipFrag", "SIP/2.0 603 Declined\r\nWarning: 1 x y\r\n", 603 },
	{ FRAG, "\r\n\r\nsip/2.0 486 Busy Here\r\n", 486 },
	{ FRAG, "SIP/2.0 180", 180 },
	{ FRAG, "SIP/2.0  503\tUnavailable", 503 },
	{ FRAG, "SIP/2.0 99 x", 0 },
	{ FRAG, "SIP/2.0 700 x", 0 },
	{ FRAG, "SIP/2.0 2000 x", 0 },
	{ FRAG, "SIP/2.0 20", 0 },
	{ FRAG, "SIP/2.0", 0 },
	{ FRAG, "INVITE sip:a@b SIP/2.0\r\n", 0 },
	{ FRAG, "From: <sip:a@b>\r\n", 0 },
	{ FRAG, "\r\n", 0 },
	{ FRAG, "", 0 },
	{ "text/plain", "SIP/2.0 200 OK", 0 },
	{ "", "SIP/2.0 200 OK", 0 },
	{ "multipart/mixed;boundary=b",
	  "--b\r\nContent-Type: text/plain\r\n\r\nt\r\n--b\r\nContent-Type: message/sipfrag\r\n\r\n"
	  "SIP/2.0 202 Accepted\r\n--b--\r\n",
	  202 },
};

START_TEST(bodies)
{
	int status = sipfrag_status(slice_str(cases[_i].type), slice_str(cases[_i].body));

	ck_assert_msg(status == cases[_i].status, "%s: %d", cases[_i].body, status);
}
END_TEST

START_TEST(absent)
{
	ck_assert_int_eq(sipfrag_status(SLICE_NONE, SLICE_NONE), 0);
}
END_TEST

Suite *suite_sipfrag(void)
{
	Suite *s = suite_create("sipfrag");
	TCase *tc = tcase_create("sipfrag");

	tcase_add_loop_test(tc, bodies, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(tc, absent);
	suite_add_tcase(s, tc);
	return s;
}
