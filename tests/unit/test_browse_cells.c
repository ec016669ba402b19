/* reports/browse/cells, prompt, wrapping: what stands in which cell, whatever the text. */
#include "reports/browse/keys.h"
#include "reports/browse/prompt.h"
#include "reports/browse/view.h"

#include <check.h>
#include <locale.h>
#include <stdio.h>

static struct cells c;

static void begin(void)
{
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	cells_init(&c, true);
	ck_assert(cells_clear(&c, 3, 12, &err));
}

static void end(void)
{
	cells_release(&c);
}

static void expect_rows(const char *expected)
{
	struct text t;

	text_init(&t);
	cells_dump(&c, &t);
	ck_assert_str_eq(text_cstr(&t), expected);
	text_release(&t);
}

static const struct {
	const char *text;
	unsigned x, end;
	const char *row;
	unsigned behind;
} puts_[] = {
	{ "abc", 0, 12, "abc", 3 },
	{ "", 3, 12, "", 3 },
	{ "abcdefghijkl", 0, 12, "abcdefghijkl", 12 },
	{ "abcdefghijklm", 0, 12, "abcdefghijk\u2026", 12 },
	{ "abcdef", 2, 6, "  abc\u2026", 6 },
	{ "abcd", 2, 6, "  abcd", 6 },
	{ "abcdef", 5, 99, "     abcdef", 11 },
	{ "abc", 6, 6, "", 6 },
	/* Two cells each; what would stand half outside is cut. */
	{ "\u65E5\u672C", 0, 12, "\u65E5\u672C", 4 },
	{ "\u65E5\u672C", 0, 3, "\u65E5\u2026", 3 },
	{ "a\u65E5", 0, 2, "a\u2026", 2 },
	/* Marks take none, and two of them at most. */
	{ "e\u0301x", 0, 12, "e\u0301x", 2 },
	{ "e\u0301\u0302\u0303x", 0, 12, "e\u0301\u0302x", 2 },
	{ "\u65E5\u0301x", 0, 12, "\u65E5\u0301x", 3 },
	{ "\u0301x", 0, 12, "x", 1 },
	/* What would be obeyed, or hide. */
	{ "a\x1b[2J", 0, 12, "a\\x1B[2J", 8 },
	{ "\x1b\x1b\x1b\x1b", 0, 12, "\\x1B\\x1B\u2026", 9 },
	{ "\xff\xc3", 0, 12, "\\xFF\\xC3", 8 },
	{ "a\u202Eb", 0, 12, "a\\u{202E}b", 10 },
	{ "a\u200Db", 0, 12, "a\\u{200D}b", 10 },
	{ "\xC2\x9B", 0, 12, "\\xC2\\x9B", 8 },
	{ "\x7f", 0, 12, "\\x7F", 4 },
};

START_TEST(a_text_is_put)
{
	char expected[64];
	unsigned behind;

	begin();
	behind = cells_put(&c, 0, puts_[_i].x, puts_[_i].end, slice_str(puts_[_i].text),
	                   STYLE_PLAIN);
	snprintf(expected, sizeof expected, "%s\n\n\n", puts_[_i].row);
	expect_rows(expected);
	ck_assert_uint_eq(behind, puts_[_i].behind);
	end();
}
END_TEST

/* Half of a wide character never stays. */
START_TEST(over_half_of_a_wide_one)
{
	begin();
	cells_put(&c, 0, 0, 12, SLICE_LIT("\u65E5\u672C"), STYLE_PLAIN);
	cells_put(&c, 0, 1, 2, SLICE_LIT("x"), STYLE_PLAIN);
	cells_put(&c, 1, 0, 12, SLICE_LIT("\u65E5\u672C"), STYLE_PLAIN);
	cells_put(&c, 1, 2, 3, SLICE_LIT("x"), STYLE_PLAIN);
	cells_put(&c, 2, 0, 12, SLICE_LIT("\u65E5\u672C"), STYLE_PLAIN);
	cells_fill(&c, 2, 1, 3, STYLE_PLAIN);
	expect_rows(" x\u672C\n\u65E5x\n\n");
	end();
}
END_TEST

START_TEST(outside_nothing_happens)
{
	begin();
	cells_put(&c, 3, 0, 12, SLICE_LIT("x"), STYLE_PLAIN);
	cells_put(&c, 0, 12, 20, SLICE_LIT("x"), STYLE_PLAIN);
	cells_put_right(&c, 0, 10, 12, SLICE_LIT("123456"), STYLE_PLAIN);
	cells_put_right(&c, 1, 4, 12, SLICE_LIT("12"), STYLE_PLAIN);
	cells_style(&c, 9, 0, 12, STYLE_RED);
	cells_style(&c, 0, 5, 99, STYLE_RED);
	cells_fill(&c, 9, 0, 12, STYLE_RED);
	expect_rows("          1\u2026\n          12\n\n");
	end();
}
END_TEST

START_TEST(styles_add_and_colours_replace)
{
	begin();
	cells_put(&c, 0, 0, 12, SLICE_LIT("ab"), STYLE_RED | STYLE_BOLD);
	cells_style(&c, 0, 1, 2, STYLE_REVERSE | STYLE_CYAN);
	ck_assert_uint_eq(c.at[0].style, STYLE_RED | STYLE_BOLD);
	ck_assert_uint_eq(c.at[1].style, STYLE_CYAN | STYLE_BOLD | STYLE_REVERSE);
	end();
}
END_TEST

/* Without UTF-8 in the locale no octet beyond ASCII reaches the terminal. */
START_TEST(ascii_alone)
{
	begin();
	setlocale(LC_CTYPE, "C");
	c.utf8 = false;
	cells_put(&c, 0, 0, 12, SLICE_LIT("\xC3\xA9x"), STYLE_PLAIN);
	cells_put(&c, 1, 0, 3, SLICE_LIT("abcdef"), STYLE_PLAIN);
	expect_rows("\\u{E9}x\nab~\n\n");
	end();
}
END_TEST

static const struct {
	const char *text;
	unsigned width;
	size_t n, skip;
} wraps[] = {
	{ "one two three", 20, 13, 0 }, { "one two three", 8, 7, 1 }, { "one two three", 7, 7, 1 },
	{ "one   two", 5, 5, 1 },       { "onetwothree", 4, 4, 0 },   { "", 4, 0, 0 },
	{ "\u65E5\u672C", 1, 3, 0 }, /* at least one character, so that there is an end */
};

START_TEST(a_line_is_broken)
{
	size_t skip;

	begin();
	ck_assert_uint_eq(wrap_length(&c, slice_str(wraps[_i].text), wraps[_i].width, &skip),
	                  wraps[_i].n);
	ck_assert_uint_eq(skip, wraps[_i].skip);
	end();
}
END_TEST

/* --- the line to type in ----------------------------------------------------------------------------------------- */

static const struct {
	const char *before;
	int keys[8];
	const char *after;
	size_t at;
} edits[] = {
	{ "ab", { 'c' }, "abc", 3 },
	{ "ab", { KEYS_LEFT, 'c' }, "acb", 2 },
	{ "ab", { KEYS_HOME, KEYS_DELETE }, "b", 0 },
	{ "ab", { KEYS_BACKSPACE, KEYS_BACKSPACE, KEYS_BACKSPACE }, "", 0 },
	{ "ab", { KEYS_HOME, KEYS_RIGHT, 0x65E5 }, "a\u65E5b", 4 },
	{ "a\u65E5b", { KEYS_LEFT, 8 }, "ab", 1 },
	{ "a\u65E5b", { KEYS_LEFT, KEYS_LEFT, KEYS_DELETE }, "ab", 1 },
	{ "one two ", { KEYS_CTRL('W') }, "one ", 4 },
	{ "one two", { KEYS_CTRL('U') }, "", 0 },
	{ "ab", { KEYS_CTRL('A'), KEYS_CTRL('E'), 'x' }, "abx", 3 },
	{ "", { 0x1F600, KEYS_F(3), 0xD800, 1, KEYS_UP }, "\U0001F600", 0 },
	{ "ab", { KEYS_END, KEYS_RIGHT, KEYS_DELETE }, "ab", 2 },
};

START_TEST(a_line_is_edited)
{
	struct prompt p;

	prompt_open(&p, PROMPT_FILTER, "Filter:", "", edits[_i].before);
	for (int i = 0; i < 8 && edits[_i].keys[i]; i++)
		ck_assert_int_eq(prompt_key(&p, edits[_i].keys[i]), PROMPT_GOES_ON);
	ck_assert_str_eq(p.text, edits[_i].after);
	ck_assert_uint_eq(p.n, strlen(p.text));
	ck_assert_uint_eq(p.at, edits[_i].at);
	ck_assert_int_eq(prompt_key(&p, KEYS_ENTER), PROMPT_DONE);
	ck_assert_int_eq(prompt_key(&p, KEYS_ESCAPE), PROMPT_GIVEN_UP);
}
END_TEST

START_TEST(a_line_has_an_end)
{
	struct prompt p;

	begin();
	prompt_open(&p, PROMPT_FILTER, "F:", "", "");
	for (int i = 0; i < 2 * PROMPT_MAX; i++)
		prompt_key(&p, i % 2 ? 0x65E5 : 'a' + i % 26);
	ck_assert_uint_le(p.n, PROMPT_MAX);
	ck_assert_uint_ge(p.n, PROMPT_MAX - 2);
	prompt_draw(&p, &c, 0); /* the cursor is in sight */
	bool seen = false;
	for (unsigned x = 0; x < 12; x++)
		seen |= (c.at[x].style & STYLE_REVERSE) != 0;
	ck_assert(seen);
	end();
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_browse_cells(void);
Suite *suite_browse_cells(void)
{
	Suite *suite = suite_create("browse_cells");
	TCase *tcase = tcase_create("browse_cells");

	tcase_add_loop_test(tcase, a_text_is_put, 0, COUNT(puts_));
	tcase_add_test(tcase, over_half_of_a_wide_one);
	tcase_add_test(tcase, outside_nothing_happens);
	tcase_add_test(tcase, styles_add_and_colours_replace);
	tcase_add_test(tcase, ascii_alone);
	tcase_add_loop_test(tcase, a_line_is_broken, 0, COUNT(wraps));
	tcase_add_loop_test(tcase, a_line_is_edited, 0, COUNT(edits));
	tcase_add_test(tcase, a_line_has_an_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
