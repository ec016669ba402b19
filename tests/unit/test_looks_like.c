#include "analyzer/capture/looks_like.h"
#include "tests/helpers/hex.h"

#include <check.h>
#include <string.h>

static const struct {
	const char *hex, *what;
} cases[] = {
	{ "", NULL },
	{ "736e6f6f70000000 00000002", "a snoop capture" },
	{ "474d4255 0002", "a Network Monitor 2 capture" },
	{ "52545353", "a Network Monitor 1 capture" },
	{ "53514c69746520666f726d6174203300 10", "an SQLite database" },
	{ "53514c69746520", "a text file" }, /* a beginning is not enough */
	{ "7f454c46 02", "an ELF program or library" },
	{ "504b0304 14", "a zip archive" },
	{ "1f8b0800", "a gzip file" }, /* inside another */
	{ "28b52ffd 24", "a zstd file" },
	{ "fd377a585a00 00", "an xz file" },
	{ "425a6839 3141", "a bzip2 file" },
	{ "04224d18 60", "an lz4 file" },
	{ "4c5a4950 01", "an lzip file" },
	{ "3c3f786d6c20", "an XML file" },
	{ "23212f62696e2f7368", "a script" },
	{ "68656c6c6f0a", "a text file" },
	{ "c3a4c3b6", "a text file" },
	{ "68656c6c6f00", NULL },
	{ "0000000000000000", "a file of zeros" },
	/* ERF: two records of 16 octets, one second apart; a type there is not; two days apart. */
	{ "00000000 01000000 02 04 0010 0000 0040 00000000 02000000 02 04 0010 0000 0040",
	  "an Endace ERF capture" },
	{ "00000000 01000000 7f 04 0010 0000 0040 00000000 02000000 02 04 0010 0000 0040", NULL },
	{ "00000000 01000000 02 04 0010 0000 0040 00000000 02000300 02 04 0010 0000 0040", NULL },
	{ "00000000 01000000 02 04 0010 0000 0040", NULL },
	{ "01020304", NULL },
};

START_TEST(test_case)
{
	uint8_t room[64];
	struct likeness like = looks_like(hex_decode(cases[_i].hex, room, sizeof room));

	if (cases[_i].what)
		ck_assert_pstr_eq(like.what, cases[_i].what);
	else
		ck_assert_ptr_null(like.what);
}
END_TEST

START_TEST(test_tar)
{
	uint8_t head[512] = { 'x' };

	memcpy(head + 257, "ustar", 5);
	ck_assert_str_eq(looks_like(slice_of(head, sizeof head)).what, "a tar archive");
	ck_assert_ptr_nonnull(looks_like(slice_of(head, sizeof head)).advice);
}
END_TEST

Suite *suite_looks_like(void);
Suite *suite_looks_like(void)
{
	Suite *suite = suite_create("looks_like");
	TCase *tc = tcase_create("looks_like");

	tcase_add_loop_test(tc, test_case, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tc, test_tar);
	suite_add_tcase(suite, tc);
	return suite;
}
