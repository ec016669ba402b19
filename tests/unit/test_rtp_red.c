#include "dissectors/rtp_red.h"
#include "tests/helpers/hex.h"

#include <check.h>
#include <stdio.h>

/* Blocks as "PT-OFFSET:LENGTH". */
static const struct {
	const char *name, *hex, *blocks;
	enum parse_status status;
} cases[] = {
	{ "primary only", "65 01 0a 00 a0", "101-0:4", PARSE_OK },
	{ "one before", "e5 0a 00 04 65 01 8a 02 80 02 0a 00 a0", "101-640:4 101-0:4", PARSE_OK },
	{ "furthest, longest", "80 ff ff ff 00", "", PARSE_BAD },
	{ "empty primary", "80 00 04 01 00 77", "0-1:1 0-0:0", PARSE_OK },
	{ "beyond the end", "e5 0a 00 04 65 01 8a 02", "", PARSE_BAD },
	{ "no primary header", "e5 0a 00 04", "", PARSE_BAD },
	{ "nothing", "", "", PARSE_BAD },
	{ "too many", "80000000 80000000 80000000 80000000 80000000 80000000 80000000 80000000 00",
	  "", PARSE_BAD },
};

START_TEST(packets)
{
	struct rtp_red_block blocks[RTP_RED_MAX_BLOCKS];
	uint8_t bytes[64];
	char said[128] = "", *end = said;
	unsigned count;
	struct slice payload = hex_decode(cases[_i].hex, bytes, sizeof bytes);

	ck_assert_int_eq(rtp_red_parse(payload, blocks, &count), cases[_i].status);
	for (unsigned i = 0; i < count; i++)
		end += sprintf(end, "%s%u-%u:%zu", i ? " " : "", blocks[i].payload_type,
		               blocks[i].offset, blocks[i].payload.n);
	ck_assert_str_eq(said, cases[_i].blocks);
}
END_TEST

Suite *suite_rtp_red(void)
{
	Suite *s = suite_create("rtp_red");
	TCase *t = tcase_create("rtp_red");

	tcase_add_loop_test(t, packets, 0, (int)(sizeof cases / sizeof *cases));
	suite_add_tcase(s, t);
	return s;
}
