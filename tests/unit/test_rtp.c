#include "dissectors/rtp.h"
#include "tests/helpers/hex.h"

#include <check.h>

static const struct rtp_case {
	const char *name, *hex;
	enum parse_status status;
	bool marker;
	int type, csrcs, extension; /* octets, -1 absent */
	int payload_at, payload;
} cases[] = {
	{ "plain", "8000 0001 00000002 00000003 aabb", PARSE_OK, false, 0, 0, -1, 12, 2 },
	{ "marker and type", "80e5 0001 00000002 00000003 0a", PARSE_OK, true, 101, 0, -1, 12, 1 },
	{ "no payload", "8008 0001 00000002 00000003", PARSE_OK, false, 8, 0, -1, 12, 0 },
	{ "one octet short", "8000 0001 00000002 000000", PARSE_NOT_MINE, false, 0, 0, -1, 0, 0 },
	{ "empty", "", PARSE_NOT_MINE, false, 0, 0, -1, 0, 0 },
	{ "version 1", "4000 0001 00000002 00000003 aa", PARSE_NOT_MINE, false, 0, 0, -1, 0, 0 },
	{ "version 3", "c000 0001 00000002 00000003 aa", PARSE_NOT_MINE, false, 0, 0, -1, 0, 0 },
	{ "two CSRCs", "8200 0001 00000002 00000003 00000011 00000012 aa", PARSE_OK, false, 0, 2,
	  -1, 20, 1 },
	{ "CSRCs end it", "8100 0001 00000002 00000003 00000011", PARSE_OK, false, 0, 1, -1, 16,
	  0 },
	{ "CSRCs beyond the end", "8f00 0001 00000002 00000003 00000011", PARSE_BAD, false, 0, 15,
	  -1, 0, -1 },
	{ "extension", "9000 0001 00000002 00000003 bede0001 10aa0000 cc", PARSE_OK, false, 0, 0, 4,
	  20, 1 },
	{ "empty extension", "9000 0001 00000002 00000003 bede0000 cc", PARSE_OK, false, 0, 0, 0,
	  16, 1 },
	{ "extension behind a CSRC", "9100 0001 00000002 00000003 00000011 bede0001 10aa0000 cc",
	  PARSE_OK, false, 0, 1, 4, 24, 1 },
	{ "extension beyond the end", "9000 0001 00000002 00000003 bedeffff 10aa0000", PARSE_BAD,
	  false, 0, 0, -1, 0, -1 },
	{ "extension header cut", "9000 0001 00000002 00000003 bede00", PARSE_BAD, false, 0, 0, -1,
	  0, -1 },
	{ "padding", "a000 0001 00000002 00000003 aabb 000003", PARSE_OK, false, 0, 0, -1, 12, 2 },
	{ "padding eats all", "a000 0001 00000002 00000003 0002", PARSE_OK, false, 0, 0, -1, 12,
	  0 },
	{ "padding too long", "a000 0001 00000002 00000003 0003", PARSE_BAD, false, 0, 0, -1, 0,
	  -1 },
	{ "padding of nothing", "a000 0001 00000002 00000003 aa00", PARSE_BAD, false, 0, 0, -1, 0,
	  -1 },
	{ "padding without room", "a000 0001 00000002 00000003", PARSE_BAD, false, 0, 0, -1, 0,
	  -1 },
	{ "padding reaches into the CSRC", "a100 0001 00000002 00000003 00000004", PARSE_BAD, false,
	  0, 1, -1, 0, -1 },
	{ "all at once", "b1e0 0001 00000002 00000003 00000011 bede0001 10aa0000 cc 0002", PARSE_OK,
	  true, 96, 1, 4, 24, 1 },
};

START_TEST(parses)
{
	const struct rtp_case *k = &cases[_i];
	uint8_t buf[64];
	struct slice datagram = hex_decode(k->hex, buf, sizeof buf);
	struct rtp_packet rtp;

	ck_assert_msg(rtp_parse(datagram, &rtp) == k->status, "%s", k->name);
	if (k->status == PARSE_NOT_MINE)
		return;
	/* The fixed header holds whatever follows it. */
	ck_assert_msg(rtp.seq == 1 && rtp.timestamp == 2 && rtp.ssrc == 3, "%s", k->name);
	ck_assert_msg(rtp.marker == k->marker && rtp.payload_type == k->type, "%s", k->name);
	ck_assert_msg(rtp.csrc_count == k->csrcs, "%s", k->name);
	if (k->status == PARSE_BAD) {
		ck_assert_msg(rtp.payload.p == NULL && rtp.payload.n == 0, "%s", k->name);
		return;
	}
	ck_assert_msg((rtp.extension.p ? (int)rtp.extension.n : -1) == k->extension, "%s", k->name);
	ck_assert_msg(rtp.payload.p == datagram.p + k->payload_at, "%s", k->name);
	ck_assert_msg(rtp.payload.n == (size_t)k->payload, "%s", k->name);
}
END_TEST

/* The quick way through the header and the slow one say the same. */
START_TEST(both_ways_agree)
{
	uint8_t buf[64];
	struct slice datagram =
	        hex_decode("80ff fffe 80000001 deadbeef 0102030405", buf, sizeof buf);
	struct rtp_packet quick, slow;

	ck_assert_int_eq(rtp_parse(datagram, &quick), PARSE_OK);
	ck_assert_int_eq(rtp_parse_slow(datagram, &slow), PARSE_OK);
	ck_assert(quick.marker && slow.marker);
	ck_assert_uint_eq(quick.payload_type, 127);
	ck_assert_uint_eq(slow.payload_type, 127);
	ck_assert_uint_eq(quick.seq, 0xfffe);
	ck_assert_uint_eq(slow.seq, 0xfffe);
	ck_assert_uint_eq(quick.timestamp, 0x80000001);
	ck_assert_uint_eq(slow.timestamp, 0x80000001);
	ck_assert_uint_eq(quick.ssrc, 0xdeadbeef);
	ck_assert_uint_eq(slow.ssrc, 0xdeadbeef);
	ck_assert(slice_eq(quick.payload, slow.payload));
	ck_assert(!quick.extension.p && !slow.extension.p);
}
END_TEST

START_TEST(cut_anywhere)
{
	uint8_t buf[64];
	struct slice whole = hex_decode(
	        "b1e0 0001 00000002 00000003 00000011 bede0001 10aa0000 cc 0002", buf, sizeof buf);

	for (size_t n = 0; n < whole.n; n++) {
		struct rtp_packet rtp;
		enum parse_status status = rtp_parse(slice_sub(whole, 0, n), &rtp);
		ck_assert_msg(n < 12 ? status == PARSE_NOT_MINE : status != PARSE_OK || n > 24,
		              "%zu", n);
	}
}
END_TEST

/* Cut by the snap length: always a packet, whatever of the header is missing, and padding is not looked for. */
START_TEST(cut_is_a_packet)
{
	static const struct {
		const char *hex;
		int payload; /* -1: NOT_MINE */
	} cuts[] = { { "8000 0001 00000002 00000003 aabb", 2 },
		     { "a000 0001 00000002 00000003 aa00", 2 },
		     { "a000 0001 00000002 00000003 ff02", 2 },
		     { "a000 0001 00000002 00000003", 0 },
		     { "8f00 0001 00000002 00000003 00000011", 0 },
		     { "9000 0001 00000002 00000003 bede0003 10aa", 0 },
		     { "b100 0001 00000002 00000003 00000011 bede0001 10aa0000 cc", 1 },
		     { "8000 0001 00000002 000000", -1 },
		     { "4000 0001 00000002 00000003 aa", -1 } };

	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		uint8_t buf[64];
		struct rtp_packet rtp = { .seq = 1 };
		enum parse_status status =
		        rtp_parse_cut(hex_decode(cuts[i].hex, buf, sizeof buf), &rtp);
		ck_assert_int_eq(status, cuts[i].payload < 0 ? PARSE_NOT_MINE : PARSE_OK);
		ck_assert_uint_eq(rtp.seq, 1);
		ck_assert(cuts[i].payload < 0 || rtp.payload.n == (size_t)cuts[i].payload);
	}
}
END_TEST

START_TEST(tells_rtcp)
{
	static const struct {
		const char *hex;
		bool rtcp;
	} types[] = { { "80bf", false }, { "80c0", true },  { "80c8", true }, { "80df", true },
		      { "80e0", false }, { "8060", false }, { "80", false },  { "", false } };
	uint8_t buf[8];

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		ck_assert(rtp_is_rtcp(hex_decode(types[i].hex, buf, sizeof buf)) == types[i].rtcp);
}
END_TEST

Suite *suite_rtp(void)
{
	Suite *s = suite_create("rtp");
	TCase *t = tcase_create("rtp");

	tcase_add_loop_test(t, parses, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(t, both_ways_agree);
	tcase_add_test(t, cut_anywhere);
	tcase_add_test(t, cut_is_a_packet);
	tcase_add_test(t, tells_rtcp);
	suite_add_tcase(s, t);
	return s;
}
