#include "analyzer/capture/source.h"
#include "base/mem.h"
#include "tests/helpers/hex.h"
#include "tests/helpers/source_text.h"

#include <check.h>
#include <stdio.h>

/* Section headers. */
#define LE_SECTION "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000 "
#define BE_SECTION "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c "
/* Interfaces: link type, snap length 262144. */
#define LE_INTERFACE(link) "01000000 14000000 " link "0000 00000400 14000000 "
#define BE_INTERFACE(link) "00000001 00000014 " link "0000 00040000 00000014 "
#define LE_RESOLUTION(v)   "01000000 1c000000 0100 0000 00000400 0900 0100 " v "000000 1c000000 "
#define LE_ETHERNET        LE_INTERFACE("0100")
/* Packets: 3 octets of 5. */
#define LE_ENHANCED(interface, high, low)                                                          \
	"06000000 24000000 " interface "000000 " high low "03000000 05000000 aabbcc00 24000000 "
#define BE_ENHANCED(interface, high, low)                                                          \
	"00000006 00000024 000000" interface " " high low "00000003 00000005 aabbcc00 00000024 "
#define LE_ONE         LE_ENHANCED("00", "00000000 ", "42420f00 ") /* 1 s + 2 us */
#define ONE            "1 1000002000 3/5 link 1 if 0 @48 aabbcc\n"
#define LE_BLOCK(type) type "10000000 00000000 10000000 "

static const struct {
	const char *name, *hex, *text;
} cases[] = {
	{ "section only", LE_SECTION, "end\n" },
	{ "enhanced packet", LE_SECTION LE_ETHERNET LE_ONE, ONE "end\n" },
	{ "big-endian", BE_SECTION BE_INTERFACE("0001") BE_ENHANCED("00", "00000000 ", "000f4242 "),
	  ONE "end\n" },
	{ "two sections of different byte order",
	  LE_SECTION LE_ETHERNET LE_ONE BE_SECTION BE_INTERFACE("0065")
	          BE_ENHANCED("00", "00000000 ", "000f4242 "),
	  ONE "2 1000002000 3/5 link 101 if 1 @132 aabbcc\nend\n" },
	{ "two interfaces of different link type and resolution",
	  LE_SECTION LE_INTERFACE("7100") LE_RESOLUTION("09") LE_ENHANCED(
	          "01", "00000000 ", "42420f00 ") LE_ENHANCED("00", "00000000 ", "42420f00 "),
	  "1 1000002 3/5 link 1 if 1 @76 aabbcc\n2 1000002000 3/5 link 113 if 0 @112 "
	  "aabbcc\nend\n" },
	{ "if_tsoffset",
	  LE_SECTION
	  "01000000 20000000 0100 0000 00000400 0e00 0800 0a00000000000000 20000000 " LE_ENHANCED(
	          "00", "00000000 ", "42420f00 "),
	  "1 11000002000 3/5 link 1 if 0 @60 aabbcc\nend\n" },
	{ "if_tsoffset, big-endian, before the epoch",
	  BE_SECTION
	  "00000001 00000020 0001 0000 00040000 000e 0008 fffffffffffffffe 00000020 " BE_ENHANCED(
	          "00", "00000000 ", "000f4242 "),
	  "1 -999998000 3/5 link 1 if 0 @60 aabbcc\nend\n" },
	{ "milliseconds",
	  LE_SECTION LE_RESOLUTION("03") LE_ENHANCED("00", "00000000 ", "02000000 "),
	  "1 2000000 3/5 link 1 if 0 @56 aabbcc\nend\n" },
	{ "picoseconds", LE_SECTION LE_RESOLUTION("0c") LE_ENHANCED("00", "01000000 ", "00000000 "),
	  "1 4294967 3/5 link 1 if 0 @56 aabbcc\nend\n" },
	{ "1024ths of a second",
	  LE_SECTION LE_RESOLUTION("8a") LE_ENHANCED("00", "00000000 ", "00060000 "),
	  "1 1500000000 3/5 link 1 if 0 @56 aabbcc\nend\n" },
	{ "a time that does not fit",
	  LE_SECTION LE_RESOLUTION("00") LE_ENHANCED("00", "ffffffff ", "ffffffff "),
	  "1 4611686018427387904 3/5 link 1 if 0 @56 aabbcc\nend\n" },
	{ "simple packet takes the time before it",
	  LE_SECTION LE_ETHERNET LE_ONE "03000000 14000000 02000000 dead0000 14000000 ",
	  ONE "2 1000002000 2/2 link 1 if 0 @84 dead\nend\n" },
	{ "simple packet cut at the snap length",
	  LE_SECTION "01000000 14000000 0100 0000 02000000 14000000 03000000 14000000 06000000 "
	             "dead0000 14000000 ",
	  "1 0 2/6 link 1 if 0 @48 dead\nend\n" },
	{ "obsolete packet",
	  LE_SECTION LE_ETHERNET LE_ETHERNET
	  "02000000 24000000 0100 0000 00000000 42420f00 03000000 05000000 aabbcc00 24000000 ",
	  "1 1000002000 3/5 link 1 if 1 @68 aabbcc\nend\n" },
	{ "blocks without packets are stepped over",
	  LE_SECTION LE_ETHERNET LE_ONE LE_BLOCK("04000000") LE_BLOCK("05000000") LE_BLOCK(
	          "0a000000") LE_BLOCK("ad0b0000") LE_BLOCK("ad0b0040") LE_BLOCK("09000000") LE_ONE,
	  ONE "2 1000002000 3/5 link 1 if 0 @180 aabbcc\nend\n" },
	{ "an unknown block is counted", LE_SECTION LE_ETHERNET LE_ONE LE_BLOCK("77000000"),
	  ONE "skipped 1\nend\n" },
	{ "no such interface",
	  LE_SECTION LE_ETHERNET LE_ENHANCED("01", "00000000 ", "00000000 ") LE_ONE,
	  "2 1000002000 3/5 link 1 if 0 @84 aabbcc\nskipped 1\nend\n" },
	{ "interfaces end with their section", LE_SECTION LE_ETHERNET LE_ONE LE_SECTION LE_ONE,
	  ONE "skipped 1\nend\n" },
	{ "captured length beyond the block",
	  LE_SECTION LE_ETHERNET "06000000 24000000 00000000 00000000 42420f00 05000000 05000000 "
	                         "aabbcc00 24000000 " LE_ONE,
	  "2 1000002000 3/5 link 1 if 0 @84 aabbcc\nskipped 1\nend\n" },
	{ "interface too short to read",
	  LE_SECTION "01000000 0c000000 0c000000 " LE_ETHERNET LE_ONE LE_ENHANCED("01", "00000000 ",
	                                                                          "42420f00 "),
	  "2 1000002000 3/5 link 1 if 1 @96 aabbcc\nskipped 1\nend\n" },
	{ "options that do not add up",
	  LE_SECTION
	  "01000000 1c000000 0100 0000 00000400 0900 ff00 09000000 1c000000 " LE_ENHANCED(
	          "00", "00000000 ", "42420f00 "),
	  "1 1000002000 3/5 link 1 if 0 @56 aabbcc\nend\n" },
	{ "block length 0", LE_SECTION LE_ETHERNET LE_ONE "06000000 00000000 00000000",
	  ONE "damaged 12: impossible block length 0 at offset 84\n" },
	{ "block length not a multiple of 4",
	  LE_SECTION LE_ETHERNET LE_ONE "06000000 25000000 00000000",
	  ONE "damaged 12: impossible block length 37 at offset 84\n" },
	{ "absurd block length", LE_SECTION LE_ETHERNET LE_ONE "06000000 00000040 00000000",
	  ONE "damaged 12: block length 1073741824 is beyond 2097152 at offset 84\n" },
	{ "absurd length of a block stepped over",
	  LE_SECTION LE_ETHERNET LE_ONE "05000000 fcffffff 00000000",
	  ONE "damaged 12: truncated: 12 of 4294967292 octets of the block at offset 84\n" },
	{ "trailer differs",
	  LE_SECTION LE_ETHERNET LE_ONE
	  "06000000 24000000 00000000 00000000 42420f00 03000000 05000000 aabbcc00 20000000 ",
	  ONE "damaged 36: block length 36 is 32 behind the block at offset 84\n" },
	{ "trailer differs on a block stepped over",
	  LE_SECTION LE_ETHERNET LE_ONE "05000000 10000000 00000000 11000000",
	  ONE "damaged 16: block length 16 is 17 behind the block at offset 84\n" },
	{ "second section without byte-order magic",
	  LE_SECTION LE_ETHERNET LE_ONE "0a0d0d0a 1c000000 00000000 ",
	  ONE "damaged 12: section without byte-order magic at offset 84\n" },
	{ "second section of another version",
	  LE_SECTION LE_ETHERNET LE_ONE
	  "0a0d0d0a 1c000000 4d3c2b1a 0200 0000 ffffffffffffffff 1c000000 ",
	  ONE "damaged 28: section of pcapng version 2.0 (1.0 is known) at offset 84\n" },
	{ "cut section header", "0a0d0d0a 1c000000 4d3c2b1a 01",
	  "damaged 13: truncated: 13 of 28 octets of the block at offset 0\n" },
	{ "begins like pcapng only", "0a0d0d0a 1c000000 00000000 01",
	  "error test: not a pcap or pcapng capture (it begins with 0a 0d 0d 0a 1c 00 00 "
	  "00)\n" },
};

START_TEST(test_case)
{
	uint8_t room[512];
	struct text text;

	text_init(&text);
	source_text(&text, hex_decode(cases[_i].hex, room, sizeof room), CAPTURE_READER_NATIVE);
	ck_assert_msg(strcmp(text_cstr(&text), cases[_i].text) == 0,
	              "%s:\nexpected\n%s\nactual\n%s", cases[_i].name, cases[_i].text,
	              text_cstr(&text));
	text_release(&text);
}
END_TEST

/* Interface Statistics: 5 is isb_ifdrop, 7 isb_osdrop, 4 isb_ifrecv. */
#define LE_STATISTICS(interface, options, length)                                                  \
	"05000000 " length "000000 " interface "000000 0000000000000000 " options length "000000 "
#define LE_DROPPED(interface, n)                                                                   \
	LE_STATISTICS(interface, "0500 0800 " n "00000000000000 00000000 ", "28")

static const struct {
	const char *name, *hex;
	uint64_t dropped;
} drops[] = {
	{ "nothing said", LE_SECTION LE_ETHERNET LE_ONE, CAPTURE_DROPS_UNKNOWN },
	{ "none", LE_SECTION LE_ETHERNET LE_DROPPED("00", "00"), 0 },
	{ "some", LE_SECTION LE_ETHERNET LE_DROPPED("00", "07"), 7 },
	{ "the newest count", LE_SECTION LE_ETHERNET LE_DROPPED("00", "07") LE_DROPPED("00", "09"),
	  9 },
	{ "interfaces add up",
	  LE_SECTION LE_ETHERNET LE_ETHERNET LE_DROPPED("00", "07") LE_DROPPED("01", "09"), 16 },
	{ "sections add up",
	  LE_SECTION LE_ETHERNET LE_DROPPED("00", "07")
	          LE_SECTION LE_ETHERNET LE_DROPPED("00", "02"),
	  9 },
	{ "the system's too",
	  LE_SECTION LE_ETHERNET LE_STATISTICS("00",
	                                       "0400 0800 ff00000000000000 "
	                                       "0500 0800 0100000000000000 "
	                                       "0700 0800 0200000000000000 ",
	                                       "3c"),
	  3 },
	{ "no such interface", LE_SECTION LE_ETHERNET LE_DROPPED("01", "07"),
	  CAPTURE_DROPS_UNKNOWN },
	{ "big-endian",
	  BE_SECTION BE_INTERFACE("0001") "00000005 00000028 00000000 0000000000000000 0005 0008 "
	                                  "0000000000000007 00000000 00000028 ",
	  7 },
	{ "too much to add up",
	  LE_SECTION LE_ETHERNET LE_STATISTICS("00",
	                                       "0500 0800 ffffffffffffffff "
	                                       "0700 0800 ffffffffffffffff ",
	                                       "30"),
	  INT64_MAX },
};

START_TEST(test_dropped)
{
	uint8_t room[512];
	struct err err = ERR_INIT;
	struct packet packet;
	struct source s;

	source_init(&s, "test", 0, CAPTURE_READER_NATIVE, 0);
	ck_assert(source_open_memory(&s, hex_decode(drops[_i].hex, room, sizeof room), &err));
	while (source_next(&s, NULL, &packet, &err) == CAPTURE_PACKET)
		continue;
	ck_assert_msg(err.code == ERR_NONE, "%s", err.text);
	ck_assert_msg(s.info.damaged_bytes == 0, "%s: %s", drops[_i].name, s.info.damage);
	ck_assert_msg(s.info.dropped_packets == drops[_i].dropped, "%s: %llu", drops[_i].name,
	              (unsigned long long)s.info.dropped_packets);
	source_close(&s);
}
END_TEST

START_TEST(test_cut_anywhere)
{
	uint8_t room[512];
	struct slice whole =
	        hex_decode(LE_SECTION LE_ETHERNET LE_ONE LE_ONE LE_ONE, room, sizeof room);
	struct text text;

	for (size_t cut = 4; cut <= whole.n; cut++) {
		size_t packets = cut < 48 ? 0 : (cut - 48) / 36;
		size_t boundary = cut < 28 ? 0 : cut < 48 ? 28 : 48 + 36 * packets;
		size_t lines = 0;
		char damaged[40];
		text_init(&text);
		source_text(&text, slice_sub(whole, 0, cut), CAPTURE_READER_NATIVE);
		for (size_t i = 0; i < text.n; i++)
			lines += text.p[i] == '\n';
		ck_assert_uint_eq(lines, packets + 1);
		snprintf(damaged, sizeof damaged, "damaged %zu:", cut - boundary);
		ck_assert_msg((strstr(text_cstr(&text), damaged) != NULL) == (cut > boundary),
		              "cut at %zu: %s", cut, text_cstr(&text));
		text_release(&text);
	}
}
END_TEST

static const struct {
	uint8_t tsresol;
	int64_t offset_s;
	uint64_t units;
	int64_t ns;
} times[] = {
	{ 6, 0, 1, 1000 },
	{ 9, 0, 1, 1 },
	{ 9, 0, CLOCK_LATEST_NS - 1, CLOCK_LATEST_NS - 1 },
	{ 9, 0, CLOCK_LATEST_NS, CLOCK_LATEST_NS },
	{ 9, 0, INT64_MAX, CLOCK_LATEST_NS },
	{ 9, 0, (uint64_t)INT64_MAX + 1, CLOCK_LATEST_NS },
	{ 6, 0, UINT64_MAX, CLOCK_LATEST_NS },
	{ 0, 0, 5, 5 * NS_PER_S },
	{ 10, 0, 19, 1 },
	{ 28, 0, UINT64_MAX, 1 },
	{ 29, 0, UINT64_MAX, 0 },
	{ 127, 0, UINT64_MAX, 0 },
	{ 0x80, 0, 3, 3 * NS_PER_S },
	{ 0x81, 0, 3, 1500000000 },
	{ 0xa0, 0, UINT64_C(1) << 32, NS_PER_S },
	{ 0xc0, 0, UINT64_MAX, 999999999 },
	{ 0xff, 0, UINT64_MAX, 0 },
	{ 0x80, 0, UINT64_MAX, CLOCK_LATEST_NS },
	{ 6, 1, 1, NS_PER_S + 1000 },
	{ 6, -1, 1, 1000 - NS_PER_S },
	{ 6, INT64_MAX, 0, CLOCK_LATEST_NS },
	{ 6, INT64_MIN, 0, CLOCK_EARLIEST_NS },
	{ 0, INT64_MIN, UINT64_MAX, CLOCK_LATEST_NS },
};

START_TEST(test_time)
{
	struct pcapng_interface i = { .offset_s = times[_i].offset_s };

	pcapng_resolution(&i, times[_i].tsresol);
	ck_assert_int_eq(pcapng_time(&i, times[_i].units), times[_i].ns);
}
END_TEST

/* More interfaces than the table grows by at once, and their numbers over two sections. */
START_TEST(test_many_interfaces)
{
	uint8_t room[64];
	struct text file, text;

	text_init(&file);
	text_init(&text);
	for (int section = 0; section < 2; section++) {
		text_add(&file, hex_decode(LE_SECTION, room, sizeof room));
		for (int i = 0; i < 200; i++)
			text_add(&file, hex_decode(LE_ETHERNET, room, sizeof room));
		text_add(&file, hex_decode(LE_ENHANCED("c7", "00000000 ", "42420f00 "), room,
		                           sizeof room));
	}
	source_text(&text, slice_of(file.p, file.n), CAPTURE_READER_NATIVE);
	ck_assert_str_eq(text_cstr(&text), "1 1000002000 3/5 link 1 if 199 @4028 aabbcc\n"
	                                   "2 1000002000 3/5 link 1 if 399 @8092 aabbcc\nend\n");
	text_release(&file);
	text_release(&text);
}
END_TEST

Suite *suite_pcapng_format(void);
Suite *suite_pcapng_format(void)
{
	Suite *suite = suite_create("pcapng_format");
	TCase *tc = tcase_create("pcapng_format");

	tcase_add_loop_test(tc, test_dropped, 0, sizeof drops / sizeof *drops);
	tcase_add_loop_test(tc, test_case, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tc, test_cut_anywhere);
	tcase_add_loop_test(tc, test_time, 0, sizeof times / sizeof *times);
	tcase_add_test(tc, test_many_interfaces);
	suite_add_tcase(suite, tc);
	return suite;
}
