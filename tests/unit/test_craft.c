/* The packet maker: its own truth comes from RFCs' worked numbers, and from taking apart what it put together by hand. */
#include "tests/helpers/craft.h"
#include "tests/helpers/hex.h"
#include "tests/unit/suites.h"

#include "base/clock.h"
#include "base/mem.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

struct made {
	char path[32];
	uint8_t bytes[1 << 16];
	size_t n;
};

static struct made made;

static void open_file(struct craft_file *file, enum craft_format format, bool big_endian,
                      uint32_t link_type, uint32_t snaplen)
{
	struct err err = ERR_INIT;

	strcpy(made.path, "/tmp/craft-XXXXXX");
	int fd = mkstemp(made.path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_msg(
	        craft_file_open(file, made.path, format, big_endian, link_type, snaplen, &err),
	        "%s", err.text);
}

static void close_and_read(struct craft_file *file)
{
	struct err err = ERR_INIT;

	ck_assert_msg(craft_file_close(file, &err), "%s", err.text);
	FILE *f = fopen(made.path, "rb");
	ck_assert_ptr_nonnull(f);
	made.n = fread(made.bytes, 1, sizeof(made.bytes), f);
	fclose(f);
	unlink(made.path);
}

static struct craft_flow flow_v4(void)
{
	return (struct craft_flow){ ip_addr_v4((const uint8_t[]){ 192, 0, 2, 1 }),
		                    ip_addr_v4((const uint8_t[]){ 192, 0, 2, 2 }), 4000, 5000, 7 };
}

static struct craft_flow flow_v6(void)
{
	static const uint8_t a[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 },
	                     b[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 2 };
	return (struct craft_flow){ ip_addr_v6(a), ip_addr_v6(b), 4000, 5000, 7 };
}

/* The captured octets of packet `index` of a little-endian classic pcap. */
static struct slice packet_at(unsigned index)
{
	size_t at = 24;

	for (; index > 0; index--)
		at += 16 + load_le32(made.bytes + at + 8);
	ck_assert_uint_lt(at + 16, made.n);
	return slice_of(made.bytes + at + 16, load_le32(made.bytes + at + 8));
}

static unsigned packet_count(void)
{
	unsigned count = 0;

	for (size_t at = 24; at < made.n; count++)
		at += 16 + load_le32(made.bytes + at + 8);
	return count;
}

/* RFC 1071 section 3's example: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2. */
START_TEST(checksum_of_rfc_1071)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint16_t sum = craft_checksum(craft_sum(0, bytes, sizeof(bytes)));
	uint8_t memory[2];

	memcpy(memory, &sum, 2);
	ck_assert_uint_eq(memory[0], 0xff - 0xdd);
	ck_assert_uint_eq(memory[1], 0xff - 0xf2);
}
END_TEST

static uint16_t sum_with_pseudo(struct slice ip, size_t header, size_t addresses,
                                size_t address_bytes, uint8_t protocol)
{
	size_t n = ip.n - header;
	uint8_t pseudo[4] = { 0, protocol, (uint8_t)(n >> 8), (uint8_t)n };
	uint64_t sum = craft_sum(0, pseudo, 4);

	sum = craft_sum(sum, ip.p + addresses, 2 * address_bytes);
	return craft_checksum(craft_sum(sum, ip.p + header, n));
}

/* A right checksum makes the whole sum to 0. Odd and even lengths, UDP and TCP, both families. */
START_TEST(checksums_close)
{
	struct craft_file file;
	struct craft *c = mem_zalloc(sizeof(*c));
	struct craft_flow v4 = flow_v4(), v6 = flow_v6();
	struct craft_tcp_header tcp = { 1, 2, CRAFT_ACK };

	open_file(&file, CRAFT_PCAP_US, false, LINK_RAW, 0);
	craft_init(c, &file, LINK_RAW);
	for (size_t n = 0; n < 5; n++) {
		craft_udp(c, 0, &v4, slice_of("abcde", n));
		craft_tcp(c, 0, &v4, &tcp, slice_of("abcde", n));
		craft_udp(c, 0, &v6, slice_of("abcde", n));
	}
	close_and_read(&file);
	ck_assert_uint_eq(packet_count(), 15);
	for (unsigned i = 0; i < 15; i += 3) {
		ck_assert_uint_eq(craft_checksum(craft_sum(0, packet_at(i).p, 20)), 0);
		ck_assert_uint_eq(sum_with_pseudo(packet_at(i), 20, 12, 4, 17), 0);
		ck_assert_uint_eq(sum_with_pseudo(packet_at(i + 1), 20, 12, 4, 6), 0);
		ck_assert_uint_eq(sum_with_pseudo(packet_at(i + 2), 40, 8, 16, 17), 0);
	}
	mem_free(c);
}
END_TEST

/* Puts fragments back by hand: offsets in units of eight, "more" on all but the last, the octets as they were. */
START_TEST(fragments_round_trip)
{
	struct craft_file file;
	struct craft *c = mem_zalloc(sizeof(*c));
	struct craft_flow flow = _i % 2 ? flow_v6() : flow_v4();
	size_t header = _i % 2 ? 48 : 20, end = 0, seen = 0;
	uint8_t payload[3000], back[4000];

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 31 + i / 256);
	open_file(&file, CRAFT_PCAP_US, false, LINK_RAW, 0);
	craft_init(c, &file, LINK_RAW);
	c->path.mtu = 600;
	c->path.fragments_reversed = _i >= 2;
	craft_udp(c, 0, &flow, slice_of(payload, sizeof(payload)));
	close_and_read(&file);
	for (unsigned i = 0; i < packet_count(); i++) {
		struct slice p = packet_at(i);
		unsigned word = load_be16(p.p + (_i % 2 ? 42 : 6));
		size_t offset = _i % 2 ? word & 0xfff8u : (word & 0x1fffu) * 8;
		bool more = _i % 2 ? word & 1 : (word & 0x2000) != 0;
		ck_assert_uint_le(p.n, 600);
		memcpy(back + offset, p.p + header, p.n - header);
		seen += p.n - header;
		if (!more)
			end = offset + p.n - header;
	}
	ck_assert_uint_eq(end, sizeof(payload) + 8);
	ck_assert_uint_eq(seen, end);
	ck_assert_mem_eq(back + 8, payload, sizeof(payload));
	mem_free(c);
}
END_TEST

static const struct {
	uint32_t link_type;
	unsigned tags;
	const char *front; /* link layer as hex, up to the IP version nibble */
} links[] = {
	{ LINK_ETHERNET, 0, "02005e000202 02005e000201 0800" },
	{ LINK_ETHERNET, 2, "02005e000202 02005e000201 88a80064 810000c8 0800" },
	{ LINK_LINUX_SLL, 0, "0000 0001 0006 02005e0002010000 0800" },
	{ LINK_LINUX_SLL2, 0, "0800 0000 00000002 0001 00 06 02005e0002010000" },
	{ LINK_NULL, 0, "02000000" },
	{ LINK_LOOP, 0, "00000002" },
	{ LINK_PPP, 0, "ff03 0021" },
	{ LINK_RAW, 0, "" },
};

START_TEST(link_layers)
{
	struct craft_file file;
	struct craft *c = mem_zalloc(sizeof(*c));
	struct craft_flow flow = flow_v4();
	uint8_t front[64];

	open_file(&file, CRAFT_PCAP_US, false, links[_i].link_type, 0);
	craft_init(c, &file, links[_i].link_type);
	c->path.tag_count = links[_i].tags;
	c->path.tags[0] = (struct craft_tag){ 0x88a8, 100 };
	c->path.tags[1] = (struct craft_tag){ 0x8100, 200 };
	craft_udp(c, 0, &flow, SLICE_LIT("hello"));
	close_and_read(&file);
	struct slice want = hex_decode(links[_i].front, front, sizeof(front)), got = packet_at(0);
	ck_assert_uint_eq(got.n, want.n + 20 + 8 + 5);
	ck_assert_mem_eq(got.p, front, want.n);
	ck_assert_uint_eq(got.p[want.n], 0x45);
	ck_assert_mem_eq(got.p + got.n - 5, "hello", 5);
	mem_free(c);
}
END_TEST

static const struct {
	enum craft_format format;
	bool big_endian;
	const char *magic;
	const char *time; /* of 1.234567891 s, where the record has it */
	size_t time_at;
} formats[] = {
	{ CRAFT_PCAP_US, false, "d4c3b2a1", "01000000 47940300", 24 },
	{ CRAFT_PCAP_US, true, "a1b2c3d4", "00000001 00039447", 24 },
	{ CRAFT_PCAP_NS, false, "4d3cb2a1", "01000000 d338fb0d", 24 },
	{ CRAFT_PCAP_NS, true, "a1b23c4d", "00000001 0dfb38d3", 24 },
	{ CRAFT_PCAPNG, false, "0a0d0d0a", "00000000 d3029649", 28 + 32 + 12 },
};

START_TEST(file_formats)
{
	struct craft_file file;
	uint8_t want[16];

	open_file(&file, formats[_i].format, formats[_i].big_endian, LINK_RAW, 4);
	craft_file_packet(&file, 0, INT64_C(1234567891), SLICE_LIT("abcdefg"));
	ck_assert_uint_eq(file.packets, 1);
	uint64_t bytes = file.bytes;
	close_and_read(&file);
	ck_assert_uint_eq(made.n, bytes);
	hex_decode(formats[_i].magic, want, sizeof(want));
	ck_assert_mem_eq(made.bytes, want, 4);
	hex_decode(formats[_i].time, want, sizeof(want));
	ck_assert_mem_eq(made.bytes + formats[_i].time_at, want, 8);
	/* Behind the time: captured length 4 (the snap length), original length 7. */
	uint32_t (*load)(const uint8_t *) = formats[_i].big_endian ? load_be32 : load_le32;
	ck_assert_uint_eq(load(made.bytes + formats[_i].time_at + 8), 4);
	ck_assert_uint_eq(load(made.bytes + formats[_i].time_at + 12), 7);
}
END_TEST

START_TEST(random_is_fixed)
{
	/* splitmix64 from seed 0, as its author publishes it. */
	struct craft_random r = { 0 };

	ck_assert_uint_eq(craft_random_next(&r), UINT64_C(0xe220a8397b1dcdaf));
	ck_assert_uint_eq(craft_random_next(&r), UINT64_C(0x6e789e6aa1b965f4));
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_uint_lt(craft_random_below(&r, 7), 7);
}
END_TEST

START_TEST(unwritable_file)
{
	struct craft_file file;
	struct err err = ERR_INIT;

	ck_assert(!craft_file_open(&file, "/nonexistent/x.pcap", CRAFT_PCAP_US, false, LINK_RAW, 0,
	                           &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x.pcap"));
}
END_TEST

Suite *suite_craft(void)
{
	Suite *s = suite_create("craft");
	TCase *t = tcase_create("craft");

	tcase_add_test(t, checksum_of_rfc_1071);
	tcase_add_test(t, checksums_close);
	tcase_add_loop_test(t, fragments_round_trip, 0, 4);
	tcase_add_loop_test(t, link_layers, 0, (int)(sizeof(links) / sizeof(links[0])));
	tcase_add_loop_test(t, file_formats, 0, (int)(sizeof(formats) / sizeof(formats[0])));
	tcase_add_test(t, random_is_fixed);
	tcase_add_test(t, unwritable_file);
	suite_add_tcase(s, t);
	return s;
}
