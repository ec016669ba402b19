/* The walk from the link layer to the transport payload, over every link type, tag and tunnel. */
#include "dissectors/packet.h"
#include "tests/helpers/hex.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Parts that frames are made of. Both inner packets carry "abcd" from port 5060 to 5061. */
#define UDP    "13c413c5 000c0000 61626364"
#define V4     "45b80020 12340000 40110000 0a000001 0a000002 " UDP
#define V6ADDR "20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define V6     "6b800000 000c1140 " V6ADDR UDP
#define TCP    "13c413c5 00000001 00000002 50180000 00000000 61626364"
#define V4TCP  "4500002c 12340000 40060000 0a000001 0a000002 " TCP
#define MACS   "020000000002 020000000001 "
#define ETH4   MACS "0800 " V4
/* An outer IPv4 header without checksum from 192.0.2.1 to 192.0.2.2: length and protocol given. */
#define OUTER(length, protocol) "4500" length " 00000000 40" protocol "0000 c0000201 c0000202 "
/* An outer UDP datagram whose lengths are 0 (segmentation offload) and "too large": what is there counts. */
#define OUTER_UDP(sport, dport) OUTER("0000", "11") sport dport " ffff0000 "

struct packet_case {
	const char *name;
	uint32_t link;
	const char *hex;
	enum parse_status status;
	enum transport transport;
	const char *payload;
	uint16_t vlan;
	uint8_t tags, tunnels;
	bool truncated;
	uint32_t missing;
};

/* How a case ends. */
#define ABCD       .transport = TRANSPORT_UDP, .payload = "abcd"
#define OUTER_KEPT .transport = TRANSPORT_UDP
#define NOTHING    .transport = TRANSPORT_NONE
#define NOT_MINE   .status = PARSE_NOT_MINE
#define BAD        .status = PARSE_BAD

static const struct packet_case cases[] = {
	{ "ethernet v4", 1, ETH4, ABCD },
	{ "ethernet v6", 1, MACS "86dd" V6, ABCD },
	{ "ethernet tcp", 1, MACS "0800" V4TCP, .transport = TRANSPORT_TCP, .payload = "abcd" },
	{ "padding", 1, ETH4 "000000000000", ABCD },
	{ "padding v6", 1, MACS "86dd" V6 "ffff", ABCD },
	{ "arp", 1, MACS "0806 0001", NOT_MINE },
	{ "vlan", 1, MACS "8100 e064 0800" V4, ABCD, .vlan = 100, .tags = 1 },
	{ "qinq", 1, MACS "88a8 0005 8100 0007 0800" V4, ABCD, .vlan = 7, .tags = 2 },
	{ "old qinq", 1, MACS "9100 0005 8100 0007 86dd" V6, ABCD, .vlan = 7, .tags = 2 },
	{ "mpls two labels", 1, MACS "8847 00010040 00020140" V4, ABCD },
	{ "mpls v6", 1, MACS "8848 00020140" V6, ABCD },
	{ "mpls not ip", 1, MACS "8847 00020140 00000000", NOT_MINE },
	{ "vlan mpls", 1, MACS "8100 0003 8847 00020140" V4, ABCD, .vlan = 3, .tags = 1 },
	{ "pppoe", 1, MACS "8864 1100 0001 0022 0021" V4 "0000", ABCD },
	{ "pppoe v6", 1, MACS "8864 1100 0001 0036 0057" V6, ABCD },
	{ "pppoe lcp", 1, MACS "8864 1100 0001 0004 c021 0101", NOT_MINE },
	{ "pppoe bad type", 1, MACS "8864 2100 0001 0022 0021" V4, BAD },
	{ "snap", 1, MACS "0028 aaaa03 000000 0800" V4 "00", ABCD },
	{ "llc ip", 1, MACS "0023 060603" V4, ABCD },
	{ "llc stp", 1, MACS "0026 424203 0000", NOT_MINE },
	{ "snap cdp", 1, MACS "0020 aaaa03 00000c 2000 00", NOT_MINE },
	{ "sll", 113, "0000 0001 0006 0200000000010000 0800" V4, ABCD },
	{ "sll vlan", 113, "0000 0001 0006 0200000000010000 8100 0009 86dd" V6, ABCD, .vlan = 9,
	  .tags = 1 },
	{ "sll llc", 113, "0000 0001 0006 0200000000010000 0004 060603" V4, ABCD },
	{ "sll2", 276, "0800 0000 00000002 0001 00 06 0200000000010000" V4, ABCD },
	{ "sll2 v6", 276, "86dd 0000 00000002 0001 00 06 0200000000010000" V6, ABCD },
	{ "raw v4", 101, V4, ABCD },
	{ "raw v6", 101, V6, ABCD },
	{ "raw 12", 12, V4, ABCD },
	{ "raw 14", 14, V6, ABCD },
	{ "raw version 5", 101, "55000020", NOT_MINE },
	{ "ipv4 link", 228, V4, ABCD },
	{ "ipv6 link", 229, V6, ABCD },
	{ "ipv4 link with v6", 228, V6, BAD },
	{ "null little", 0, "02000000" V4, ABCD },
	{ "null big", 0, "00000002" V4, ABCD },
	{ "null 30", 0, "1e000000" V6, ABCD },
	{ "null 10", 0, "0000000a" V6, ABCD },
	{ "loop 24", 108, "00000018" V6, ABCD },
	{ "loop 28", 108, "0000001c" V6, ABCD },
	{ "null 7", 0, "07000000" V4, NOT_MINE },
	{ "ppp", 9, "ff03 0021" V4, ABCD },
	{ "ppp bare", 9, "0057" V6, ABCD },
	{ "ppp compressed", 9, "21" V4, ABCD },
	{ "ppp mpls", 9, "ff03 0281 00020140" V4, ABCD },
	{ "ppp hdlc", 50, "ff03 0021" V4, ABCD },
	{ "cisco hdlc", 50, "0f00 0800" V4, ABCD },
	{ "ppp ether", 51, "1100 0001 0022 0021" V4, ABCD },
	{ "unknown link", 105, V4, NOT_MINE },

	{ "v4 options", 101, "46000024 12340000 40110000 0a000001 0a000002 94040000" UDP, ABCD },
	{ "v4 length 0", 101, "45000000 12340000 40110000 0a000001 0a000002" UDP, ABCD },
	{ "v4 header too short", 101, "44000020 12340000 40110000 0a000001 0a000002" UDP, BAD },
	{ "v4 total below header", 101, "45000013 12340000 40110000 0a000001 0a000002" UDP, BAD },
	{ "v4 cut by snap length", 101,
	  "45000024 12340000 40110000 0a000001 0a000002 13c413c5 00100000 61626364", ABCD,
	  .truncated = true, .missing = 4 },
	{ "v4 tail udp does not count", 101,
	  "45000022 12340000 40110000 0a000001 0a000002" UDP "7a7a", ABCD },
	{ "udp beyond ip", 101, "4500001e 12340000 40110000 0a000001 0a000002" UDP,
	  .transport = TRANSPORT_UDP, .payload = "ab", .truncated = true },
	{ "udp length 0", 101,
	  "45000020 12340000 40110000 0a000001 0a000002 13c413c5 00000000 61626364", ABCD,
	  .truncated = true },
	{ "udp length 7", 101,
	  "45000020 12340000 40110000 0a000001 0a000002 13c413c5 00070000 61626364", BAD },
	{ "udp empty", 101, "4500001c 12340000 40110000 0a000001 0a000002 13c413c5 00080000",
	  .transport = TRANSPORT_UDP, .payload = "" },
	{ "tcp offset 4", 101,
	  "4500002c 12340000 40060000 0a000001 0a000002 13c413c5 00000001 00000002 40180000 "
	  "00000000 61626364",
	  BAD },
	{ "tcp offset beyond", 101,
	  "4500002c 12340000 40060000 0a000001 0a000002 13c413c5 00000001 00000002 70180000 "
	  "00000000 61626364",
	  BAD },
	{ "tcp cut", 101, "4500003c 12340000 40060000 0a000001 0a000002" TCP,
	  .transport = TRANSPORT_TCP, .payload = "abcd", .truncated = true },
	{ "icmp", 101, OUTER("0018", "01") "61626364", .transport = TRANSPORT_ICMP,
	  .payload = "abcd" },
	{ "icmpv6", 101, "60000000 00043a40" V6ADDR "61626364", .transport = TRANSPORT_ICMP,
	  .payload = "abcd" },
	{ "sctp", 101, OUTER("0018", "84") "61626364", NOTHING },
	{ "v6 hop and destination", 101,
	  "60000000 001c0040" V6ADDR "3c00010400000000 1100010400000000" UDP, ABCD },
	{ "v6 routing", 101,
	  "60000000 00242b40" V6ADDR "1102000000000000 20010db8000000000000000000000003" UDP,
	  ABCD },
	{ "v6 ah", 101,
	  "60000000 00243340" V6ADDR "11040000 00000001 00000002 00000000 00000000 00000000" UDP,
	  ABCD },
	{ "v6 atomic fragment", 101, "60000000 00142c40" V6ADDR "1100000000000001" UDP, ABCD },
	{ "v6 no next header", 101, "60000000 00003b40" V6ADDR, NOTHING },
	{ "v6 length 0", 101, "60000000 00001140" V6ADDR UDP, ABCD },
	{ "v6 extension beyond", 101, "60000000 00080040" V6ADDR "1102010400000000", BAD },
	{ "v4 ah", 101,
	  OUTER("0038", "33") "11040000 00000001 00000002 00000000 00000000 00000000" UDP, ABCD },

	{ "ip in ip", 101, OUTER("0034", "04") V4, ABCD, .tunnels = 1 },
	{ "6in4", 101, OUTER("0048", "29") V6, ABCD, .tunnels = 1 },
	{ "4in6", 101, "60000000 00200440" V6ADDR V4, ABCD, .tunnels = 1 },
	{ "6in4 lies", 101, OUTER("0034", "29") V4, BAD, .tunnels = 1 },
	{ "mpls in ip", 101, OUTER("0038", "89") "00020140" V4, ABCD, .tunnels = 1 },
	{ "gre", 101, OUTER("0038", "2f") "0000 0800" V4, ABCD, .tunnels = 1 },
	{ "gre all options", 101, OUTER("0000", "2f") "b000 86dd 00000000 00000007 00000001" V6,
	  ABCD, .tunnels = 1 },
	{ "gre bridging", 101, OUTER("0000", "2f") "2000 6558 00000007" MACS "8100 0004 0800" V4,
	  ABCD, .vlan = 4, .tags = 1, .tunnels = 1 },
	{ "gre unknown type", 101, OUTER("001c", "2f") "0000 1234 61626364", NOTHING,
	  .tunnels = 1 },
	{ "gre source routing", 101, OUTER("0000", "2f") "4000 0800 00000000" V4, NOTHING,
	  .tunnels = 1 },
	{ "pptp", 101, OUTER("0000", "2f") "3081 880b 0024 0001 00000001 00000000 ff03 0021" V4,
	  ABCD, .tunnels = 1 },
	{ "pptp short", 101, OUTER("0000", "2f") "3001 880b 0021 0001 00000001 21" V4 "ee", ABCD,
	  .tunnels = 1 },
	{ "pptp ack only", 101, OUTER("0000", "2f") "2081 880b 0000 0001 00000001", NOTHING,
	  .tunnels = 1 },
	{ "erspan 1", 101, OUTER("0000", "2f") "0000 88be" ETH4, ABCD, .tunnels = 1 },
	{ "erspan 2", 101, OUTER("0000", "2f") "1000 88be 00000001 1000000000000000" ETH4, ABCD,
	  .tunnels = 1 },
	{ "erspan 3", 101,
	  OUTER("0000", "2f") "1000 22eb 00000001 200000000000000000000001 0000000000000000" ETH4,
	  ABCD, .tunnels = 1 },
	{ "gtp-u", 101, OUTER_UDP("0868", "0868") "30ff 0020 00000001" V4, ABCD, .tunnels = 1 },
	{ "gtp-u sequence", 101, OUTER_UDP("0868", "0868") "32ff 0024 00000001 00010000" V4 "ffff",
	  ABCD, .tunnels = 1 },
	{ "gtp-u extensions", 101,
	  OUTER_UDP("0868", "0868") "34ff 0044 00000001 00000085 01100985 0200000000000000" V6,
	  ABCD, .tunnels = 1 },
	{ "gtp-u echo", 101, OUTER_UDP("0868", "0868") "3001 0000 00000001", OUTER_KEPT,
	  .truncated = true },
	{ "vxlan", 101, OUTER_UDP("c001", "12b5") "08000000 00000100" ETH4, ABCD, .tunnels = 1 },
	{ "vxlan arp", 101, OUTER_UDP("c001", "12b5") "08000000 00000100" MACS "0806", OUTER_KEPT,
	  .truncated = true },
	{ "geneve", 101, OUTER_UDP("c001", "17c1") "0000 6558 00000100" ETH4, ABCD, .tunnels = 1 },
	{ "geneve options", 101, OUTER_UDP("c001", "17c1") "0240 0800 00000100 0102030405060708" V4,
	  ABCD, .tunnels = 1 },
	{ "l2tp", 101, OUTER_UDP("06a5", "06a5") "0002 0001 0002 ff03 0021" V4, ABCD,
	  .tunnels = 1 },
	{ "l2tp length sequence offset", 101,
	  OUTER_UDP("06a5", "c001") "4a02 0034 0001 0002 0003 0004 0002 eeee ff03 0021" V4 "dddd",
	  ABCD, .tunnels = 1 },
	{ "l2tp control", 101, OUTER_UDP("06a5", "06a5") "c802 000c 0001 0000 0000 0000",
	  OUTER_KEPT, .truncated = true },
	{ "rtp on a vxlan port", 101, OUTER_UDP("c001", "12b5") "80080001 00000000 00000001",
	  OUTER_KEPT, .truncated = true },
	{ "gtp-u in vxlan", 1,
	  MACS "0800" OUTER_UDP("c001", "12b5") "08000000 00000100" MACS "0800" OUTER_UDP(
	          "0868", "0868") "30ff 0020 00000001" V4,
	  PARSE_OK, TRANSPORT_UDP, "abcd", 0, 0, 2, 0, 0 },
};

#define CASES (sizeof cases / sizeof *cases)

static bool inside(struct slice part, struct slice frame)
{
	return !part.p || (part.p >= frame.p && part.p + part.n <= frame.p + frame.n);
}

START_TEST(every_frame)
{
	const struct packet_case *c = &cases[_i];
	uint8_t buf[512];
	struct slice frame = hex_decode(c->hex, buf, sizeof buf);
	struct packet_view view;

	ck_assert_msg(packet_dissect(c->link, frame, &view) == c->status, "%s: status", c->name);
	ck_assert_msg(view.transport == c->transport, "%s: transport %d", c->name, view.transport);
	if (c->payload)
		ck_assert_msg(slice_eq_str(view.payload, c->payload), "%s: payload", c->name);
	ck_assert_msg(view.vlan == c->vlan && view.vlan_tags == c->tags, "%s: vlan", c->name);
	ck_assert_msg(view.tunnels == c->tunnels, "%s: %d tunnels", c->name, view.tunnels);
	ck_assert_msg(view.truncated == c->truncated, "%s: truncated", c->name);
	ck_assert_msg(view.payload_missing == c->missing, "%s: %u missing", c->name,
	              view.payload_missing);
}
END_TEST

/* Cut after any octet: no crash, and nothing outside of what is there (the sanitizer watches the copy's end). */
START_TEST(every_frame_cut)
{
	uint8_t buf[512];
	struct slice frame = hex_decode(cases[_i].hex, buf, sizeof buf);

	for (size_t n = 0; n <= frame.n; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, frame.p, n);
		struct packet_view view;
		struct slice cut = { copy, n };
		enum parse_status status = packet_dissect(cases[_i].link, cut, &view);
		ck_assert(inside(view.payload, cut));
		ck_assert(status == PARSE_OK || view.transport == TRANSPORT_NONE);
		if (view.transport == TRANSPORT_FRAGMENT)
			ck_assert(inside(view.fragment.payload, cut));
		free(copy);
	}
}
END_TEST

START_TEST(fields_of_ipv4)
{
	uint8_t buf[128];
	struct packet_view v;
	char text[IP_ADDR_TEXT];

	ck_assert_int_eq(packet_dissect(LINK_ETHERNET, hex_decode(ETH4, buf, sizeof buf), &v),
	                 PARSE_OK);
	ip_addr_format(v.src, text);
	ck_assert_str_eq(text, "10.0.0.1");
	ip_addr_format(v.dst, text);
	ck_assert_str_eq(text, "10.0.0.2");
	const uint8_t bytes[4] = { 10, 0, 0, 2 };
	ck_assert(ip_addr_eq(v.dst, ip_addr_v4(bytes)));
	ck_assert_uint_eq(v.sport, 5060);
	ck_assert_uint_eq(v.dport, 5061);
	ck_assert_uint_eq(v.dscp, 46);
	ck_assert_uint_eq(v.ttl, 64);
	ck_assert_uint_eq(v.ip_id, 0x1234);
	ck_assert_uint_eq(v.ip_protocol, 17);
}
END_TEST

START_TEST(fields_of_ipv6_and_tcp)
{
	uint8_t buf[128];
	struct packet_view v;
	char text[IP_ADDR_TEXT];

	ck_assert_int_eq(packet_dissect(LINK_RAW, hex_decode(V6, buf, sizeof buf), &v), PARSE_OK);
	ip_addr_format(v.dst, text);
	ck_assert_str_eq(text, "2001:db8::2");
	ck_assert_uint_eq(v.dscp, 46);
	ck_assert_int_eq(packet_dissect(LINK_RAW, hex_decode(V4TCP, buf, sizeof buf), &v),
	                 PARSE_OK);
	ck_assert_uint_eq(v.tcp.seq, 1);
	ck_assert_uint_eq(v.tcp.ack, 2);
	ck_assert(v.tcp.ack_set && !v.tcp.syn && !v.tcp.fin && !v.tcp.rst);
}
END_TEST

START_TEST(fragments)
{
	uint8_t buf[128];
	struct packet_view v;

	ck_assert_int_eq(
	        packet_dissect(
	                LINK_RAW,
	                hex_decode(
	                        "4500001c abcd2003 40110000 0a000001 0a000002 6162636465666768 ff",
	                        buf, sizeof buf),
	                &v),
	        PARSE_OK);
	ck_assert_int_eq(v.transport, TRANSPORT_FRAGMENT);
	ck_assert_uint_eq(v.fragment.id, 0xabcd);
	ck_assert_uint_eq(v.fragment.offset, 24);
	ck_assert(v.fragment.more);
	ck_assert_uint_eq(v.fragment.protocol, 17);
	ck_assert(slice_eq_str(v.fragment.payload, "abcdefgh"));
	ck_assert_ptr_null(v.payload.p);

	ck_assert_int_eq(packet_dissect(LINK_RAW,
	                                hex_decode("60000000 00102c40" V6ADDR
	                                           "1100 0018 12345678 6162636465666768",
	                                           buf, sizeof buf),
	                                &v),
	                 PARSE_OK);
	ck_assert_int_eq(v.transport, TRANSPORT_FRAGMENT);
	ck_assert_uint_eq(v.fragment.id, 0x12345678);
	ck_assert_uint_eq(v.fragment.offset, 24);
	ck_assert(!v.fragment.more);
	ck_assert(slice_eq_str(v.fragment.payload, "abcdefgh"));
}
END_TEST

/* So many tags, labels, tunnels: refused, not walked without end. */
START_TEST(depth_is_bounded)
{
	static const struct {
		const char *front, *repeat, *back;
		size_t most; /* still read */
	} stacks[] = {
		{ MACS "8100", "0001 8100", "0001 0800" V4, PACKET_MAX_LAYERS - 1 },
		{ MACS "8847", "00010040", "00010140" V4, PACKET_MAX_LAYERS - 1 },
		{ MACS "0800", OUTER("0000", "04"), V4, PACKET_MAX_LAYERS },
	};
	for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
		for (size_t n = 1; n < 40; n++) {
			char hex[8192];
			uint8_t buf[4096];
			size_t at = (size_t)snprintf(hex, sizeof hex, "%s ", stacks[i].front);
			for (size_t k = 0; k < n; k++)
				at += (size_t)snprintf(hex + at, sizeof hex - at, "%s ",
				                       stacks[i].repeat);
			snprintf(hex + at, sizeof hex - at, "%s", stacks[i].back);
			struct packet_view v;
			enum parse_status status =
			        packet_dissect(LINK_ETHERNET, hex_decode(hex, buf, sizeof buf), &v);
			ck_assert_msg(status == (n <= stacks[i].most ? PARSE_OK : PARSE_BAD),
			              "%zu: %zu", i, n);
		}
	}
}
END_TEST

START_TEST(tunnels_are_found_after_reassembly)
{
	uint8_t buf[256];
	struct packet_view v;

	ck_assert_int_eq(packet_dissect(LINK_RAW, hex_decode(V6, buf, sizeof buf), &v), PARSE_OK);
	struct slice whole =
	        hex_decode("0868 0868 ffff0000 30ff 0020 00000001" V4, buf, sizeof buf);
	ck_assert_int_eq(packet_dissect_ip_payload(17, whole, &v), PARSE_OK);
	ck_assert(slice_eq_str(v.payload, "abcd"));
	ck_assert_uint_eq(v.tunnels, 1);
	ck_assert(ip_addr_is_v4(v.src));
	ck_assert_int_eq(packet_dissect_ip_payload(17, slice_sub(whole, 0, 7), &v), PARSE_BAD);
	ck_assert_int_eq(v.transport, TRANSPORT_NONE);
	ck_assert_int_eq(packet_dissect_ip_payload(132, whole, &v), PARSE_OK);
	ck_assert_int_eq(v.transport, TRANSPORT_NONE);
}
END_TEST

START_TEST(names)
{
	ck_assert(link_type_known(LINK_LINUX_SLL2) && link_type_known(LINK_NULL));
	ck_assert(!link_type_known(105));
	ck_assert_str_eq(link_type_name(LINK_ETHERNET), "Ethernet");
	ck_assert_str_eq(link_type_name(105), "link type");
}
END_TEST

Suite *suite_packet(void)
{
	Suite *s = suite_create("packet");
	TCase *t = tcase_create("packet");

	tcase_add_loop_test(t, every_frame, 0, CASES);
	tcase_add_loop_test(t, every_frame_cut, 0, CASES);
	tcase_add_test(t, fields_of_ipv4);
	tcase_add_test(t, fields_of_ipv6_and_tcp);
	tcase_add_test(t, fragments);
	tcase_add_test(t, depth_is_bounded);
	tcase_add_test(t, tunnels_are_found_after_reassembly);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}
