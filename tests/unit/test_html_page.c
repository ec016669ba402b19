/* reports/html/page: what every page has, and what no text of a packet can do to it. */
#include "reports/html/assets.h"
#include "reports/html/page.h"
#include "reports/html/report_parts.h"

#include <check.h>

Suite *suite_html_page(void);

static const struct {
	const char *octets;
	size_t n;
	const char *shown;
} texts[] = {
#define CASE(octets, shown)                                                                        \
	{                                                                                          \
		octets, sizeof(octets) - 1, shown                                                  \
	}
	CASE("alice", "alice"),
	CASE("", ""),
	CASE("</script><script>x", "&lt;/script&gt;&lt;script&gt;x"),
	CASE("a\" onload='x' b=&lt;", "a&quot; onload=&#39;x&#39; b=&amp;lt;"),
	CASE("\0\x1b[31m\x7f\r", "\\x00\\x1B[31m\\x7F\\x0D"),
	CASE("tab\tline\n", "tab\tline\n"),
	CASE("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x93\x9e",
	     "Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x93\x9e"),
	CASE("\xff\xc3(\xed\xa0\x80", "\\xFF\\xC3(\\xED\\xA0\\x80"), /* a surrogate is none */
	CASE("\xc2\x9b"
	     "31m",
	     "\\xC2\\x9B"
	     "31m"), /* CSI in one character */
	CASE("cut \xe2\x82", "cut \\xE2\\x82"),
	CASE("\xe2\x80\xae"
	     "654321",
	     "\\u202E"
	     "654321"), /* turns a number around */
	CASE("\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", "\\u2066x\\u2069\\u200F\\u061C"),
	CASE("\xe2\x80\x93", "\xe2\x80\x93"), /* a dash is beside them */
#undef CASE
};

START_TEST(test_escapes)
{
	struct text out;

	text_init(&out);
	html_add(&out, slice_of(texts[_i].octets, texts[_i].n));
	ck_assert_str_eq(text_cstr(&out), texts[_i].shown);
	text_release(&out);
}
END_TEST

static const char *page_of(struct text *out, const struct html_head *head)
{
	text_init(out);
	html_begin(out, head);
	html_end(out);
	return text_cstr(out);
}

START_TEST(test_head)
{
	struct text out;
	const char *page = page_of(&out, &(struct html_head){ .title = SLICE_LIT("<b>\"17\""),
	                                                      .root = "../../",
	                                                      .section = "calls" });

	ck_assert_ptr_eq(strstr(page, "<!doctype html>"), page);
	ck_assert_ptr_nonnull(strstr(page, "<title>&lt;b&gt;&quot;17&quot; - milliwatt</title>"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"../../style.css\""));
	ck_assert_ptr_nonnull(strstr(page, "<script src=\"../../report.js\"></script>"));
	ck_assert_ptr_nonnull(
	        strstr(page, "<a href=../../calls.html aria-current=\"page\">Calls</a>"));
	ck_assert_ptr_nonnull(strstr(page, "<a class=skip href=#main>"));
	ck_assert_ptr_nonnull(strstr(page, "default-src 'none'; script-src 'self'; "));
	ck_assert_ptr_null(strstr(page, "unsafe"));
	ck_assert_ptr_nonnull(strstr(page, "</main>"));
	text_release(&out);
}
END_TEST

/* A page of one file: its style is in it, and the policy lets that one style through and nothing else. */
START_TEST(test_alone)
{
	struct text out;
	const char *page = page_of(
	        &out, &(struct html_head){ .title = SLICE_LIT("x"), .root = "", .alone = true });

	ck_assert_ptr_null(strstr(page, "<script"));
	ck_assert_ptr_null(strstr(page, "<nav"));
	ck_assert_ptr_null(strstr(page, "script-src"));
	ck_assert_ptr_nonnull(strstr(page, html_style_digest()));
	ck_assert_ptr_nonnull(strstr(page, "<style>/* Reports of milliwatt."));
	ck_assert_int_eq(strncmp(html_style_digest(), "sha256-", 7), 0);
	ck_assert_uint_eq(strlen(html_style_digest()), 7 + 44);
	text_release(&out);
}
END_TEST

/* What would end the element that they stand in, or fetch something. */
START_TEST(test_assets)
{
	ck_assert_uint_gt(html_style().n, 1000);
	ck_assert_uint_gt(html_script().n, 1000);
	ck_assert_uint_eq(slice_find_str(html_style(), "</"), SLICE_NPOS);
	ck_assert_uint_eq(slice_find_str(html_style(), "url("), SLICE_NPOS);
	ck_assert_uint_eq(slice_find_str(html_style(), "@import"), SLICE_NPOS);
	ck_assert_uint_eq(slice_find_str(html_script(), "innerHTML"), SLICE_NPOS);
	ck_assert_uint_eq(slice_find_str(html_script(), "eval"), SLICE_NPOS);
	ck_assert_uint_eq(slice_find_str(html_script(), "http"), SLICE_NPOS);
}
END_TEST

START_TEST(test_pieces)
{
	struct text out;

	text_init(&out);
	html_add_badge(&out, SLICE_LIT("no_answer"));
	html_add_badge(&out, SLICE_LIT("<x>_"));
	ck_assert_str_eq(text_cstr(&out), "<span class=\"badge warn\">no answer</span>"
	                                  "<span class=\"badge plain\">&lt;x&gt; </span>");
	text_reset(&out);
	html_add_time(&out, INT64_C(1700000000123456));
	ck_assert_str_eq(text_cstr(&out), "<time datetime=\"2023-11-14T22:13:20.123Z\">2023-11-14 "
	                                  "22:13:20.123 UTC</time>");
	text_reset(&out);
	html_add_time(&out, RECORD_NULL);
	html_add_real(&out, NAN, 2);
	ck_assert_str_eq(text_cstr(&out), "<span class=\"none\" title=\"not observed\">-</span>"
	                                  "<span class=\"none\" title=\"not observed\">-</span>");
	text_reset(&out);
	html_add_call_path(&out, 17423);
	text_addf(&out, " ");
	html_add_call_path(&out, 9);
	text_addf(&out, " ");
	html_add_audio_path(&out, 9);
	ck_assert_str_eq(text_cstr(&out), "calls/017/17423.html calls/000/9.html audio/9.wav");
	text_release(&out);
}
END_TEST

static const struct {
	int64_t count;
	const char *shown;
} counts[] = {
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1,000" },
	{ 1234567, "1,234,567" },
	{ -12345, "-12,345" },
	{ -123, "-123" },
};

START_TEST(test_counts)
{
	struct text out;

	text_init(&out);
	add_count(&out, counts[_i].count);
	ck_assert_str_eq(text_cstr(&out), counts[_i].shown);
	text_release(&out);
}
END_TEST

START_TEST(test_addresses)
{
	struct text out;

	text_init(&out);
	add_uri(&out, SLICE_LIT("2001:db8::1 \"&#<\xff"));
	ck_assert_str_eq(text_cstr(&out), "2001%3Adb8%3A%3A1%20%22%26%23%3C%FF");
	text_release(&out);
}
END_TEST

Suite *suite_html_page(void)
{
	Suite *s = suite_create("html_page");
	TCase *t = tcase_create("html_page");

	tcase_add_loop_test(t, test_escapes, 0, sizeof texts / sizeof *texts);
	tcase_add_test(t, test_head);
	tcase_add_test(t, test_alone);
	tcase_add_test(t, test_assets);
	tcase_add_test(t, test_pieces);
	tcase_add_loop_test(t, test_counts, 0, sizeof counts / sizeof *counts);
	tcase_add_test(t, test_addresses);
	suite_add_tcase(s, t);
	return s;
}
