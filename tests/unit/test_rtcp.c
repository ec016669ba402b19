#include "dissectors/rtcp.h"
#include "tests/helpers/hex.h"

#include <check.h>

#define SR_ALONE "80c80006 42f433d4 0020092530624d9b 70581189 00000001 000000a0 "
#define SR_BLOCK                                                                                   \
	"81c8000c 5a3361b3 0026481d99580fb1 05b6fe86 00000001 000000a0 "                           \
	"42f433d4 40fffffe 0000d444 00000007 92530620 00000418 "
#define SDES     "81ca0003 42f433d4 01036330 00000000 "
#define RR_EMPTY "80c90001 b72a7104 "
#define BYE      "81cb0001 42f433d4 "
#define XR_METRICS                                                                                 \
	"80cf000a 11223344 07000008 42f433d4 0a050203 00640258 00780032 e2c47f10 5d7f2c2b "        \
	"b0000028 "                                                                                \
	"00500078 "

static const struct plausible_case {
	const char *name, *hex;
	bool plausible, encrypted;
} cases[] = {
	{ "SR", SR_ALONE, true, false },
	{ "SR with SDES", SR_BLOCK SDES, true, false },
	{ "RR, SDES, BYE", RR_EMPTY SDES BYE, true, false },
	{ "BYE with a reason", RR_EMPTY "81cb0003 42f433d4 07676f6f 64627965", true, false },
	{ "padding in the last", RR_EMPTY "a1ca0004 42f433d4 01036330 00000000 00000004", true,
	  false },
	{ "feedback alone, RFC 5506", "81ce0002 11223344 42f433d4", true, false },
	{ "XR alone", XR_METRICS, true, false },
	{ "zeros behind", RR_EMPTY "00000000 00", true, false },
	{ "SRTCP behind an RR", RR_EMPTY "80000001 0102030405060708090a", true, true },
	{ "SRTCP with a short tag", SR_ALONE "80000001 01020304", true, true },
	{ "SRTCP, SDES is ciphertext",
	  "81c8000c b72a7104 "
	  "d37173ed9d55d55ae497e2f22fdc6648565c27f6f3d83288d5d11488763cbde8f0e331ebf1df0ba0"
	  "a5cbd2bdf5c4bfec 8e6e30940f5f503d64cc8869594da59d6b88d231945b933a 80000001 "
	  "0102030405060708090a",
	  true, true },
	{ "SRTCP feedback", "81ce0002 11223344 9988aabb 80000001 0102030405060708090a", true,
	  true },
	{ "feedback and four odd octets", "81ce0002 11223344 42f433d4 01020304", false, true },
	{ "three odd octets", RR_EMPTY "010203", false, true },
	{ "count of 27 in twelve octets (a game)",
	  "bbc80002 00000032 22b6e6ba 01ff0004 00000014 00000000", false, false },
	{ "count of 27, padding, 8 octets (a game)",
	  "bbc80001 00000559 22b6e6ba 05ff0104 0000000c 00000003", false, false },
	{ "first padded but not last", "a0c90002 b72a7104 00000004" SDES, false, false },
	{ "length beyond the end", "80c80007 42f433d4 0020092530624d9b 70581189 00000001 000000a0",
	  false, false },
	{ "version 1", "40c90001 b72a7104", false, false },
	{ "type 199", "80c70001 b72a7104", false, false },
	{ "type 208 first", "80d00001 b72a7104", false, false },
	{ "BYE of nobody", "80cb0000", false, false },
	{ "three octets", "80c900", false, false },
	{ "empty", "", false, false },
};

START_TEST(plausible)
{
	const struct plausible_case *k = &cases[_i];
	uint8_t buf[256];
	struct slice datagram = hex_decode(k->hex, buf, sizeof buf);

	ck_assert_msg(rtcp_plausible(datagram) == k->plausible, "%s", k->name);
	if (k->plausible)
		ck_assert_msg(rtcp_encrypted(datagram) == k->encrypted, "%s", k->name);
}
END_TEST

START_TEST(sender_report)
{
	uint8_t buf[256];
	struct slice rest = hex_decode(SR_BLOCK SDES, buf, sizeof buf);
	struct rtcp_packet p;

	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_OK);
	ck_assert_uint_eq(p.type, RTCP_SR);
	ck_assert(!p.encrypted);
	ck_assert_uint_eq(p.ssrc, 0x5a3361b3);
	ck_assert_uint_eq(p.ntp, UINT64_C(0x0026481d99580fb1));
	ck_assert_uint_eq(p.rtp_timestamp, 0x05b6fe86);
	ck_assert_uint_eq(p.packet_count, 1);
	ck_assert_uint_eq(p.octet_count, 160);
	ck_assert_uint_eq(p.block_count, 1);
	ck_assert_uint_eq(p.blocks[0].ssrc, 0x42f433d4);
	ck_assert_uint_eq(p.blocks[0].fraction_lost, 64);
	ck_assert_int_eq(p.blocks[0].cumulative_lost, -2);
	ck_assert_uint_eq(p.blocks[0].highest_seq, 0xd444);
	ck_assert_uint_eq(p.blocks[0].jitter, 7);
	ck_assert_uint_eq(p.blocks[0].lsr, 0x92530620);
	ck_assert_uint_eq(p.blocks[0].dlsr, 0x418);

	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_OK);
	ck_assert_uint_eq(p.type, RTCP_SDES);
	ck_assert_uint_eq(p.ssrc, 0x42f433d4);
	ck_assert(slice_eq(p.cname, slice_of("c0", 3)));
	ck_assert_uint_eq(p.block_count, 0);
	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_NOT_MINE);
	ck_assert_uint_eq(rest.n, 0);
}
END_TEST

/* No number of a ciphertext gets out. */
START_TEST(encrypted_report)
{
	uint8_t buf[256];
	struct slice rest =
	        hex_decode("81c8000c b72a7104 d37173ed9d55d55ae497e2f22fdc6648565c27f6f3d83288"
	                   "d5d11488763cbde8f0e331ebf1df0ba0a5cbd2bdf5c4bfec 8e6e30940f5f503d"
	                   "64cc8869594da59d6b88d231945b933a 80000001 0102030405060708090a",
	                   buf, sizeof buf);
	struct rtcp_packet p;

	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_OK);
	ck_assert(p.encrypted && p.type == RTCP_SR && p.ssrc == 0xb72a7104);
	ck_assert(p.block_count == 0 && p.ntp == 0 && p.packet_count == 0 && p.octet_count == 0);
	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_NOT_MINE);
}
END_TEST

START_TEST(voip_metrics)
{
	uint8_t buf[256];
	struct slice rest = hex_decode(XR_METRICS, buf, sizeof buf);
	struct rtcp_packet p;

	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_OK);
	ck_assert_uint_eq(p.type, RTCP_XR);
	ck_assert_uint_eq(p.ssrc, 0x11223344);
	ck_assert_uint_eq(p.metrics_count, 1);
	const struct rtcp_voip_metrics *m = &p.metrics[0];
	ck_assert_uint_eq(m->ssrc, 0x42f433d4);
	ck_assert_uint_eq(m->loss_rate, 10);
	ck_assert_uint_eq(m->discard_rate, 5);
	ck_assert_uint_eq(m->burst_density, 2);
	ck_assert_uint_eq(m->gap_density, 3);
	ck_assert_uint_eq(m->burst_ms, 100);
	ck_assert_uint_eq(m->gap_ms, 600);
	ck_assert_uint_eq(m->round_trip_ms, 120);
	ck_assert_uint_eq(m->end_system_ms, 50);
	ck_assert_int_eq(m->signal_dbm, -30);
	ck_assert_int_eq(m->noise_dbm, -60);
	ck_assert_uint_eq(m->rerl, 127);
	ck_assert_uint_eq(m->gmin, 16);
	ck_assert_uint_eq(m->r_factor, 93);
	ck_assert_uint_eq(m->ext_r_factor, 127);
	ck_assert_uint_eq(m->mos_lq, 44);
	ck_assert_uint_eq(m->mos_cq, 43);
	ck_assert_uint_eq(m->rx_config, 0xb0);
	ck_assert_uint_eq(m->jb_nominal_ms, 40);
	ck_assert_uint_eq(m->jb_max_ms, 80);
	ck_assert_uint_eq(m->jb_abs_max_ms, 120);
}
END_TEST

START_TEST(more_metrics_than_room)
{
	uint8_t buf[4 + 4 + 6 * 36] = { 0x80, 207, 0, 1 + 6 * 9 };
	struct rtcp_packet p;

	for (size_t i = 0; i < 6; i++) {
		buf[8 + 36 * i] = 7;
		buf[8 + 36 * i + 3] = 8;
	}
	struct slice rest = slice_of(buf, sizeof buf);
	ck_assert_int_eq(rtcp_next(&rest, &p), PARSE_OK);
	ck_assert_uint_eq(p.metrics_count, 4);
}
END_TEST

/* What the rest of the compound is after one step. */
static const struct step_case {
	const char *name, *hex;
	enum parse_status status;
	uint32_t ssrc;
	size_t left;
} steps[] = {
	{ "BYE", BYE, PARSE_OK, 0x42f433d4, 0 },
	{ "BYE of nobody", "80cb0000", PARSE_OK, 0, 0 },
	{ "SDES of nobody", "80ca0000 80cb0000", PARSE_OK, 0, 4 },
	{ "SDES item beyond its packet", "81ca0002 00000005 01ff6161", PARSE_BAD, 0, 12 },
	{ "SDES without CNAME", "81ca0002 00000005 02016100", PARSE_OK, 5, 0 },
	{ "APP", "80cc0002 00000005 61626364", PARSE_OK, 5, 0 },
	{ "RR that claims a block", "81c90001 00000005", PARSE_BAD, 0, 8 },
	{ "RR with a profile's extension", "80c90002 00000005 ffffffff", PARSE_OK, 5, 0 },
	{ "RR with padding", "a0c90002 00000005 00000004", PARSE_OK, 5, 0 },
	{ "padding not of four", "a0c90002 00000005 00000003", PARSE_BAD, 0, 12 },
	{ "padding eats the SSRC", "a0c90002 00000005 00000008", PARSE_BAD, 0, 12 },
	{ "padding beyond all", "a0c90002 00000005 00000010", PARSE_BAD, 0, 12 },
	{ "XR block beyond its packet", "80cf0002 00000005 07000008", PARSE_BAD, 0, 12 },
	{ "XR of another kind", "80cf0003 00000005 04000001 01020304", PARSE_OK, 5, 0 },
	{ "SRTCP, one packet", RR_EMPTY "80000001 0102030405060708090a", PARSE_OK, 0xb72a7104, 0 },
	{ "SRTCP of XR, tag of AEAD",
	  "80cf0004 eda706e6 5b0b93915eb3cd23bf23e756 35883e412fef49bb4c75860f6a41612e 80000001",
	  PARSE_OK, 0xeda706e6, 0 },
	{ "SR before an SDES that is cut", SR_ALONE "81ca0005 42f433d4 0103", PARSE_OK, 0x42f433d4,
	  10 },
	{ "no RTCP", "80000001 0102030405060708090a", PARSE_NOT_MINE, 0, 14 },
};

START_TEST(one_step)
{
	const struct step_case *k = &steps[_i];
	uint8_t buf[256];
	struct slice rest = hex_decode(k->hex, buf, sizeof buf);
	struct rtcp_packet p = { .ssrc = 0 };
	enum parse_status status = rtcp_next(&rest, &p);

	ck_assert_msg(status == k->status, "%s", k->name);
	ck_assert_msg(rest.n == k->left, "%s: %zu left", k->name, rest.n);
	if (status == PARSE_OK)
		ck_assert_msg(p.ssrc == k->ssrc, "%s", k->name);
}
END_TEST

START_TEST(cut_anywhere)
{
	uint8_t buf[256];
	struct slice whole = hex_decode(SR_BLOCK SDES XR_METRICS BYE, buf, sizeof buf);

	for (size_t n = 0; n < whole.n; n++) {
		struct slice rest = slice_sub(whole, 0, n);
		struct rtcp_packet p;
		unsigned packets = 0;
		while (rtcp_next(&rest, &p) == PARSE_OK)
			packets++;
		ck_assert_int_eq((int)packets, (n >= 52) + (n >= 68) + (n >= 112));
	}
}
END_TEST

Suite *suite_rtcp(void)
{
	Suite *s = suite_create("rtcp");
	TCase *t = tcase_create("rtcp");

	tcase_add_loop_test(t, plausible, 0, sizeof cases / sizeof cases[0]);
	tcase_add_loop_test(t, one_step, 0, sizeof steps / sizeof steps[0]);
	tcase_add_test(t, sender_report);
	tcase_add_test(t, encrypted_report);
	tcase_add_test(t, voip_metrics);
	tcase_add_test(t, more_metrics_than_room);
	tcase_add_test(t, cut_anywhere);
	suite_add_tcase(s, t);
	return s;
}
