#include "analyzer/capture/source.h"
#include "base/mem.h"
#include "tests/helpers/hex.h"
#include "tests/helpers/source_text.h"

#include <check.h>
#include <stdio.h>

/* File headers: magic, version 2.4, zone, accuracy, snap length 262144, link type. */
#define LE_REST     "0200 0400 00000000 00000000 00000400 "
#define LE_US       "d4c3b2a1 " LE_REST "01000000 "
#define LE_NS       "4d3cb2a1 " LE_REST "01000000 "
#define LE_MODIFIED "34cdb2a1 " LE_REST "01000000 "
#define BE_REST     "0002 0004 00000000 00000000 00040000 "
#define BE_US       "a1b2c3d4 " BE_REST "00000001 "
#define BE_NS       "a1b23c4d " BE_REST "00000001 "
#define BE_MODIFIED "a1b2cd34 " BE_REST "00000001 "

/* Records: 1 s + 2 units, 3 octets of 5. */
#define LE_RECORD "01000000 02000000 03000000 05000000 aabbcc "
#define BE_RECORD "00000001 00000002 00000003 00000005 aabbcc "
#define LE_MORE   "07000000 0000 00 00 "

static const struct {
	const char *name, *hex, *text;
} cases[] = {
	{ "header only", LE_US, "end\n" },
	{ "us, little-endian", LE_US LE_RECORD, "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "us, big-endian", BE_US BE_RECORD, "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "ns, little-endian", LE_NS LE_RECORD, "1 1000000002 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "ns, big-endian", BE_NS BE_RECORD, "1 1000000002 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "modified, little-endian",
	  LE_MODIFIED "01000000 02000000 03000000 05000000 " LE_MORE "aabbcc "
	              "01000000 02000000 01000000 01000000 " LE_MORE "dd",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\n2 1000002000 1/1 link 1 if 0 @51 dd\nend\n" },
	{ "modified, big-endian",
	  BE_MODIFIED "00000001 00000002 00000003 00000005 " LE_MORE "aabbcc ",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "two records", LE_US LE_RECORD LE_RECORD,
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\n2 1000002000 3/5 link 1 if 0 @43 "
	  "aabbcc\nend\n" },
	{ "length of the frame check sequence in the link type",
	  "d4c3b2a1 " LE_REST "01000024 " LE_RECORD,
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "a link type nobody knows", "d4c3b2a1 " LE_REST "feff0000 " LE_RECORD,
	  "1 1000002000 3/5 link 65534 if 0 @24 aabbcc\nend\n" },
	{ "snap length 0", "d4c3b2a1 0200 0400 00000000 00000000 00000000 01000000 " LE_RECORD,
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "beyond the snap length",
	  "d4c3b2a1 0200 0400 00000000 00000000 02000000 01000000 " LE_RECORD,
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "an empty packet", LE_US "00000000 00000000 00000000 00000000 ",
	  "1 0 0/0 link 1 if 0 @24\nend\n" },
	{ "captured more than there was", LE_US "01000000 02000000 03000000 02000000 aabbcc",
	  "1 1000002000 3/2 link 1 if 0 @24 aabbcc\nend\n" },
	{ "in 2106, with a fraction of 4295 s", LE_US "ffffffff ffffffff 01000000 01000000 aa",
	  "1 4294971589967295000 1/1 link 1 if 0 @24 aa\nend\n" },
	{ "after 2038", LE_US "00000080 00000000 01000000 01000000 aa",
	  "1 2147483648000000000 1/1 link 1 if 0 @24 aa\nend\n" },
	{ "version 2.2: original length first",
	  "d4c3b2a1 0200 0200 00000000 00000000 00000400 01000000 01000000 02000000 05000000 "
	  "03000000 aabbcc",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "version 543.0: original length first",
	  "d4c3b2a1 1f02 0000 00000000 00000000 00000400 01000000 01000000 02000000 05000000 "
	  "03000000 aabbcc",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\nend\n" },
	{ "version 2.3: either",
	  "d4c3b2a1 0200 0300 00000000 00000000 00000400 01000000 01000000 02000000 05000000 "
	  "03000000 aabbcc" LE_RECORD,
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\n2 1000002000 3/5 link 1 if 0 @43 "
	  "aabbcc\nend\n" },
	{ "version 3", "d4c3b2a1 0300 0000 00000000 00000000 00000400 01000000",
	  "error test: is a pcap file of version 3.0; 2.4 is known\n" },
	{ "cut file header", "d4c3b2a1 0200",
	  "damaged 6: truncated: 6 of 24 octets of the file header at offset 0\n" },
	{ "cut record header", LE_US LE_RECORD "01000000 02",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\n"
	  "damaged 5: truncated: 5 of 16 octets of the record header at offset 43\n" },
	{ "cut record", LE_US LE_RECORD "01000000 02000000 03000000 05000000 aa",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\n"
	  "damaged 17: truncated: 17 of 19 octets of the record at offset 43\n" },
	{ "absurd record length", LE_US LE_RECORD "01000000 02000000 01001000 05000000 aabb",
	  "1 1000002000 3/5 link 1 if 0 @24 aabbcc\n"
	  "damaged 18: record length 1048577 is beyond 1048576 at offset 43\n" },
	{ "greatest record length", LE_US "01000000 02000000 ffffffff ffffffff aabb",
	  "damaged 18: record length 4294967295 is beyond 1048576 at offset 24\n" },
	{ "nothing", "", "error test: is empty: nothing was captured, or not yet written\n" },
	{ "magic cut", "d4c3b2",
	  "error test: not a pcap or pcapng capture (it begins with d4 c3 b2)\n" },
};

START_TEST(test_case)
{
	uint8_t room[256];
	struct text text;

	text_init(&text);
	source_text(&text, hex_decode(cases[_i].hex, room, sizeof room), CAPTURE_READER_NATIVE);
	ck_assert_msg(strcmp(text_cstr(&text), cases[_i].text) == 0,
	              "%s:\nexpected\n%s\nactual\n%s", cases[_i].name, cases[_i].text,
	              text_cstr(&text));
	text_release(&text);
}
END_TEST

START_TEST(test_cut_anywhere)
{
	uint8_t room[256];
	struct slice whole = hex_decode(LE_US LE_RECORD LE_RECORD LE_RECORD, room, sizeof room);
	struct text text;

	for (size_t cut = 4; cut < whole.n; cut++) {
		size_t packets = cut < 24 ? 0 : (cut - 24) / 19,
		       boundary = cut < 24 ? 0 : 24 + 19 * packets;
		size_t lines = 0;
		text_init(&text);
		source_text(&text, slice_sub(whole, 0, cut), CAPTURE_READER_NATIVE);
		for (size_t i = 0; i < text.n; i++)
			lines += text.p[i] == '\n';
		ck_assert_uint_eq(lines, packets + 1);
		char end[40];
		snprintf(end, sizeof end, "damaged %zu:", cut - boundary);
		ck_assert_msg((strstr(text_cstr(&text), end) != NULL) == (cut > boundary),
		              "cut at %zu: %s", cut, text_cstr(&text));
		text_release(&text);
	}
}
END_TEST

START_TEST(test_largest_packet)
{
	uint8_t head[64];
	struct slice file =
	        hex_decode(LE_US "01000000 02000000 00001000 00001000", head, sizeof head);
	uint8_t *octets = mem_zalloc(file.n + READER_PACKET_MAX);
	struct text text;

	ck_assert_ptr_nonnull(octets);
	memcpy(octets, file.p, file.n);
	text_init(&text);
	source_text(&text, slice_of(octets, file.n + READER_PACKET_MAX), CAPTURE_READER_NATIVE);
	ck_assert_str_eq(text_cstr(&text),
	                 "1 1000002000 1048576/1048576 link 1 if 0 @24 00000000\nend\n");
	text_release(&text);
	mem_free(octets);
}
END_TEST

/* After the end it stays the end. */
START_TEST(test_end_stays)
{
	uint8_t room[64];
	struct source s;
	struct packet p;
	struct err err = ERR_INIT;

	source_init(&s, "test", 0, CAPTURE_READER_NATIVE, INPUT_BUFFER_BYTES);
	ck_assert(source_open_memory(&s, hex_decode(LE_US "01", room, sizeof room), &err));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(source_next(&s, NULL, &p, &err), CAPTURE_END);
	ck_assert_int_eq(s.info.damaged_bytes, 1);
	source_check(&s);
}
END_TEST

Suite *suite_pcap_format(void);
Suite *suite_pcap_format(void)
{
	Suite *suite = suite_create("pcap_format");
	TCase *tc = tcase_create("pcap_format");

	tcase_add_loop_test(tc, test_case, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tc, test_cut_anywhere);
	tcase_add_test(tc, test_largest_packet);
	tcase_add_test(tc, test_end_stays);
	suite_add_tcase(suite, tc);
	return suite;
}
