#include "dissectors/icmp.h"
#include "tests/helpers/hex.h"

#include <check.h>

Suite *suite_icmp(void);

#define V4(length, word, protocol) "4500" length "0001" word "40" protocol "0000 c0000201 c6336414"
#define V6(next)                                                                                   \
	"60000000 0020" next "40 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 "  \
	"00000002"
#define UDP "0fa0 1770 00b4 0000"

static const struct icmp_case {
	const char *name;
	uint8_t protocol;
	const char *hex;
	enum parse_status status;
	enum icmp_reason reason;
} cases[] = {
	{ "port", 1, "0303 0000 00000000" V4("00c8", "0000", "11") UDP, PARSE_OK, ICMP_PORT },
	{ "host", 1, "0301 0000 00000000" V4("00c8", "0000", "11") UDP, PARSE_OK, ICMP_HOST },
	{ "network", 1, "0300 0000 00000000" V4("00c8", "0000", "11") UDP, PARSE_OK, ICMP_NETWORK },
	{ "protocol", 1, "0302 0000 00000000" V4("00c8", "0000", "11") UDP, PARSE_OK,
	  ICMP_PROTOCOL },
	{ "prohibited", 1, "030d 0000 00000000" V4("00c8", "0000", "11") UDP, PARSE_OK,
	  ICMP_PROHIBITED },
	{ "fragmentation needed", 1, "0304 0000 00000578" V4("00c8", "0000", "11") UDP,
	  PARSE_NOT_MINE, 0 },
	{ "time exceeded", 1, "0b00 0000 00000000" V4("00c8", "0000", "11") UDP, PARSE_NOT_MINE,
	  0 },
	{ "echo", 1, "0800 0000 00000000", PARSE_NOT_MINE, 0 },
	{ "seven octets", 1, "0303 0000 000000", PARSE_NOT_MINE, 0 },
	{ "nothing quoted", 1, "0303 0000 00000000", PARSE_BAD, 0 },
	{ "quoted header cut", 1, "0303 0000 00000000 45000028", PARSE_BAD, 0 },
	{ "ports cut", 1, "0303 0000 00000000" V4("00c8", "0000", "11") "0fa0", PARSE_BAD, 0 },
	{ "TCP", 1, "0303 0000 00000000" V4("00c8", "0000", "06") UDP, PARSE_NOT_MINE, 0 },
	{ "a later fragment", 1, "0303 0000 00000000" V4("00c8", "0010", "11") UDP, PARSE_NOT_MINE,
	  0 },
	{ "v6 port", 58, "0104 0000 00000000" V6("11") UDP, PARSE_OK, ICMP_PORT },
	{ "v6 address", 58, "0103 0000 00000000" V6("11") UDP, PARSE_OK, ICMP_HOST },
	{ "v6 prohibited", 58, "0101 0000 00000000" V6("11") UDP, PARSE_OK, ICMP_PROHIBITED },
	{ "v6 no route", 58, "0100 0000 00000000" V6("11") UDP, PARSE_OK, ICMP_NETWORK },
	{ "v6 with an extension header", 58, "0104 0000 00000000" V6("00") "11000000 00000000" UDP,
	  PARSE_OK, ICMP_PORT },
	{ "v6 too big", 58, "0200 0000 00000578" V6("11") UDP, PARSE_NOT_MINE, 0 },
	{ "v6 says type 3", 58, "0303 0000 00000000" V6("11") UDP, PARSE_NOT_MINE, 0 },
	{ "v6 in ICMP for v4", 1, "0303 0000 00000000" V6("11") UDP, PARSE_BAD, 0 },
};

START_TEST(unreachable_is_read)
{
	const struct icmp_case *c = &cases[_i];
	uint8_t buf[128];
	struct packet_view view = { .transport = TRANSPORT_ICMP, .ip_protocol = c->protocol };
	struct icmp_unreachable out = { 0 };

	view.payload = hex_decode(c->hex, buf, sizeof buf);
	ck_assert_msg(icmp_unreachable_parse(&view, &out) == c->status, "%s", c->name);
	if (c->status != PARSE_OK)
		return;
	ck_assert_msg(out.reason == c->reason, "%s", c->name);
	ck_assert_msg(out.src.port == 4000 && out.dst.port == 6000, "%s", c->name);
	ck_assert_msg(ip_addr_is_v4(out.dst.addr) == (c->protocol == 1), "%s", c->name);
}
END_TEST

Suite *suite_icmp(void)
{
	Suite *s = suite_create("icmp");
	TCase *t = tcase_create("icmp");

	tcase_add_loop_test(t, unreachable_is_read, 0, (int)(sizeof cases / sizeof *cases));
	suite_add_tcase(s, t);
	return s;
}
