#include "dissectors/dtmf_info.h"

#include <check.h>
#include <stdlib.h>

#define RELAY  "application/dtmf-relay"
#define DTMF   "application/dtmf"
#define NORTEL "application/vnd.nortelnetworks.digits"

static const struct {
	const char *type, *body;
	enum parse_status status;
	char digit;
	unsigned ms;
	bool has_duration;
} cases[] = {
	{ RELAY, "Signal=5\r\nDuration=160\r\n", PARSE_OK, '5', 160, true },
	{ RELAY, "signal= 5\r\nduration = 250", PARSE_OK, '5', 250, true },
	{ RELAY, "Duration=160\nSignal=#\n", PARSE_OK, '#', 160, true },
	{ "Application/DTMF-Relay ; x=y", "Signal=*\r\n", PARSE_OK, '*', 100, false },
	{ RELAY, "Signal=10", PARSE_OK, '*', 100, false },
	{ RELAY, "Signal=11", PARSE_OK, '#', 100, false },
	{ RELAY, "Signal=12", PARSE_OK, 'A', 100, false },
	{ RELAY, "Signal=15", PARSE_OK, 'D', 100, false },
	{ RELAY, "Signal=16", PARSE_OK, '!', 100, false },
	{ RELAY, "Signal=!", PARSE_OK, '!', 100, false },
	{ RELAY, "Signal=b", PARSE_OK, 'B', 100, false },
	{ RELAY, "Signal=D", PARSE_OK, 'D', 100, false },
	{ RELAY, "Signal=\"7\"", PARSE_OK, '7', 100, false },
	{ RELAY, "Signal: 7", PARSE_OK, '7', 100, false },
	{ RELAY, "Signal=7\nSignal=8\nDuration=1\nDuration=2", PARSE_OK, '7', 1, true },
	{ RELAY, "Signal=7\nDuration=120.5", PARSE_OK, '7', 120, true },
	{ RELAY, "Signal=7\nDuration=99999999999999999999", PARSE_OK, '7', 60000, true },
	{ RELAY, "Signal=7\nDuration=-5", PARSE_OK, '7', 100, false },
	{ RELAY, "Signal=17", PARSE_BAD, 0, 100, false },
	{ RELAY, "Signal=E", PARSE_BAD, 0, 100, false },
	{ RELAY, "Signal=", PARSE_BAD, 0, 100, false },
	{ RELAY, "5", PARSE_BAD, 0, 100, false },
	{ RELAY, "", PARSE_BAD, 0, 100, false },
	{ DTMF, "5", PARSE_OK, '5', 100, false },
	{ DTMF, " *\r\n", PARSE_OK, '*', 100, false },
	{ DTMF, "11", PARSE_OK, '#', 100, false },
	{ DTMF, "d=5\r\nDuration=80\r\n", PARSE_OK, '5', 80, true },
	{ DTMF, "x", PARSE_BAD, 0, 100, false },
	{ NORTEL, "p=Digit-Collection\r\ny=Digits\r\nu=12345678\r\nd=5\r\n", PARSE_OK, '5', 100,
	  false },
	{ NORTEL, "5", PARSE_BAD, 0, 100, false },
	{ "multipart/mixed;boundary=b",
	  "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: "
	  "application/dtmf-relay\r\n\r\nSignal=8\r\nDuration=90\r\n--b--\r\n",
	  PARSE_OK, '8', 90, true },
	{ "multipart/mixed;boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\n5\r\n--b--\r\n",
	  PARSE_NOT_MINE, 0, 100, false },
	{ "audio/telephone-event", "\x0b\x8a\x05\x10", PARSE_OK, '#', 162, true },
	{ "audio/telephone-event", "\x20\x8a\x05\x10", PARSE_BAD, 0, 162, true },
	{ "audio/telephone-event", "\x0b\x8a\x05", PARSE_BAD, 0, 100, false },
	{ "application/hook-flash", "", PARSE_OK, '!', 100, false },
	{ "application/sdp", "v=0", PARSE_NOT_MINE, 0, 100, false },
	{ "application/dtmf-relays", "Signal=5", PARSE_NOT_MINE, 0, 100, false },
	{ "", "Signal=5", PARSE_NOT_MINE, 0, 100, false },
};

START_TEST(bodies)
{
	struct dtmf_info info;

	ck_assert_msg(dtmf_info_parse(slice_str(cases[_i].type), slice_str(cases[_i].body),
	                              &info) == cases[_i].status,
	              "%s", cases[_i].body);
	ck_assert_msg(info.digit == cases[_i].digit, "%s: digit %d", cases[_i].body, info.digit);
	ck_assert_msg(info.duration_ms == cases[_i].ms, "%s: %u ms", cases[_i].body,
	              info.duration_ms);
	ck_assert_msg(info.has_duration == cases[_i].has_duration, "%s", cases[_i].body);
}
END_TEST

Suite *suite_dtmf_info(void)
{
	Suite *s = suite_create("dtmf_info");
	TCase *tc = tcase_create("dtmf_info");

	tcase_add_loop_test(tc, bodies, 0, (int)(sizeof cases / sizeof cases[0]));
	suite_add_tcase(s, tc);
	return s;
}
