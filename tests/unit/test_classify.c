#include "dissectors/classify.h"

#include "tests/helpers/hex.h"

#include <check.h>
#include <stdlib.h>

#define SIX_ZEROS    "0000 0000 0000"
#define TWELVE_ZEROS "0000 0000 0000 0000 0000 0000"

static const struct {
	const char *name, *hex;
	enum payload_kind kind;
} binary[] = {
	{ "empty", "", PAYLOAD_KEEPALIVE },
	{ "one NUL", "00", PAYLOAD_KEEPALIVE },
	{ "four NULs", "0000 0000", PAYLOAD_KEEPALIVE },
	{ "CRLFCRLF", "0d0a 0d0a", PAYLOAD_KEEPALIVE },
	{ "CRLF and more", "0d0a 41", PAYLOAD_UNKNOWN },
	{ "RTP", "8000 0001 00000000 00000000", PAYLOAD_RTP },
	{ "RTP, marker and type 101", "80e5 0001 00000000 00000000", PAYLOAD_RTP },
	{ "RTP with padding, extension, CSRCs", "bf00 0001 00000000 00000000", PAYLOAD_RTP },
	{ "RTP too short", "8000 0001 00000000 000000", PAYLOAD_UNKNOWN },
	{ "RTCP sender report", "80c8 0006 00000000", PAYLOAD_RTCP },
	{ "RTCP 192 and 223", "80c0 0001 00000000", PAYLOAD_RTCP },
	{ "RTCP 223", "80df 0001 00000000", PAYLOAD_RTCP },
	{ "RTCP too short", "80c8 0000 000000", PAYLOAD_UNKNOWN },
	{ "version 1", "4000 0001 00000000 00000000", PAYLOAD_UNKNOWN },
	{ "version 3", "c000 0001 00000000 00000000", PAYLOAD_UNKNOWN },
	{ "STUN binding request", "0001 0000 2112a442" TWELVE_ZEROS, PAYLOAD_STUN },
	{ "STUN, attributes cut", "0001 0008 2112a442" TWELVE_ZEROS, PAYLOAD_UNKNOWN },
	{ "STUN, odd length", "0001 0003 2112a442" TWELVE_ZEROS "000000", PAYLOAD_UNKNOWN },
	{ "old STUN", "0101 0000 01020304" TWELVE_ZEROS, PAYLOAD_STUN },
	{ "old STUN, unknown method", "0007 0000 01020304" TWELVE_ZEROS, PAYLOAD_UNKNOWN },
	{ "ZRTP", "1000 0001 5a525450 00000000", PAYLOAD_ZRTP },
	{ "no ZRTP", "1000 0001 5a525451 00000000", PAYLOAD_UNKNOWN },
	{ "DTLS handshake", "16 feff 0000" SIX_ZEROS "0001 00", PAYLOAD_DTLS },
	{ "DTLS 1.2 data", "17 fefd 0000" SIX_ZEROS "0000", PAYLOAD_DTLS },
	{ "DTLS cut", "16 feff 0000" SIX_ZEROS "0002 00", PAYLOAD_UNKNOWN },
	{ "TLS, not DTLS", "16 0301 0000" SIX_ZEROS "0000", PAYLOAD_UNKNOWN },
	{ "TURN channel", "4000 0004 01020304", PAYLOAD_TURN_CHANNEL },
	{ "TURN channel with padding", "4001 0003 01020300", PAYLOAD_TURN_CHANNEL },
	{ "TURN channel cut", "4000 0005 01020304", PAYLOAD_UNKNOWN },
	{ "high octets", "ffff ffff ffff ffff ffff ffff ffff", PAYLOAD_UNKNOWN },
};

START_TEST(binary_payloads)
{
	uint8_t buf[256];

	enum payload_kind kind = classify_udp(hex_decode(binary[_i].hex, buf, sizeof buf));
	ck_assert_msg(kind == binary[_i].kind, "%s is %s", binary[_i].name,
	              payload_kind_name(kind));
}
END_TEST

static const struct {
	const char *text;
	enum payload_kind kind;
} texts[] = {
	{ "INVITE sip:b@x SIP/2.0\r\n", PAYLOAD_SIP },
	{ "\r\n\r\nOPTIONS sip:b@x SIP/2.0\r\n", PAYLOAD_SIP },
	{ "SIP/2.0 200 OK\r\n", PAYLOAD_SIP },
	{ "!x sip:b@x SIP/2.0\r\n", PAYLOAD_SIP }, /* '!' is in the range of DTLS */
	{ "ACK sip:b@x SIP/2.0\r\n", PAYLOAD_SIP }, /* 'A' is in the range of TURN channels */
	{ "~x sip:b@x SIP/2.0\r\n", PAYLOAD_SIP },
	{ "GET / HTTP/1.1\r\n", PAYLOAD_UNKNOWN },
	{ "NTFY 1 * MGCP 1.0\r\n", PAYLOAD_UNKNOWN },
	{ "hello", PAYLOAD_UNKNOWN },
};

START_TEST(text_payloads)
{
	ck_assert_msg(classify_udp(slice_str(texts[_i].text)) == texts[_i].kind, "%s",
	              texts[_i].text);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(payload_kind_name(PAYLOAD_UNKNOWN), "unknown");
	ck_assert_str_eq(payload_kind_name(PAYLOAD_SIP), "SIP");
	ck_assert_str_eq(payload_kind_name(PAYLOAD_KEEPALIVE), "keep-alive");
}
END_TEST

Suite *suite_classify(void)
{
	Suite *s = suite_create("classify");
	TCase *tc = tcase_create("classify");

	tcase_add_loop_test(tc, binary_payloads, 0, (int)(sizeof binary / sizeof binary[0]));
	tcase_add_loop_test(tc, text_payloads, 0, (int)(sizeof texts / sizeof texts[0]));
	tcase_add_test(tc, names);
	suite_add_tcase(s, tc);
	return s;
}
