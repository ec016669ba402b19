/* base/text: what a packet holds must not reach a terminal, a spreadsheet or a page as more than text. */
#include "base/mem.h"
#include "base/text.h"

#include <check.h>

typedef void adder(struct text *t, struct slice s);

static const struct {
	const char *name;
	adder *add;
	const char *in;
	size_t n;
	const char *out;
} cases[] = {
	{ "terminal: plain", text_add_terminal, "caf\xC3\xA9", 5, "caf\xC3\xA9" },
	{ "terminal: escape", text_add_terminal, "\x1B[2J", 4, "\\x1B[2J" },
	{ "terminal: C1 in UTF-8", text_add_terminal,
	  "\xC2\x9B"
	  "2J",
	  4, "\\xC2\\x9B2J" },
	{ "terminal: broken UTF-8", text_add_terminal, "\xFFz", 2, "\\xFFz" },
	{ "terminal: overlong", text_add_terminal, "\xC0\xAF", 2, "\\xC0\\xAF" },
	{ "terminal: surrogate", text_add_terminal, "\xED\xA0\x80", 3, "\\xED\\xA0\\x80" },
	{ "terminal: NUL", text_add_terminal, "a\0b", 3, "a\\x00b" },
	{ "json", text_add_json, "a\"b\\\n\xFF", 6, "a\\\"b\\\\\\u000A\xEF\xBF\xBD" },
	{ "csv: plain", text_add_csv, "alice", 5, "alice" },
	{ "csv: quotes", text_add_csv, "a,\"b\"", 5, "\"a,\"\"b\"\"\"" },
	{ "csv: formula", text_add_csv, "=1+2", 4, "\"'=1+2\"" },
	{ "html", text_add_html, "<b a='\"'>&", 10, "&lt;b a=&#39;&quot;&#39;&gt;&amp;" },
	{ "markdown: table and code", text_add_markdown, "a|`b`", 5, "a&#124;&#96;b&#96;" },
	{ "markdown: HTML", text_add_markdown, "<b>&lt;", 7, "&#60;b&#62;&#38;lt;" },
	{ "markdown: link", text_add_markdown, "[a](http://b)", 13, "&#91;a&#93;(http&#58;//b)" },
	{ "markdown: bare host", text_add_markdown, "WWW.b.c", 7, "WWW&#46;b.c" },
	{ "markdown: mention", text_add_markdown, "@bob", 4, "<span>&#64;</span>bob" },
	{ "markdown: references", text_add_markdown, "#1 GH-2 5 %", 11,
	  "<span>&#35;</span>1 GH<span>-</span>2 5 %" },
	{ "markdown: emoji, no time", text_add_markdown, ":x: 00:00:03", 12,
	  "<span>&#58;</span>x: 00:00:03" },
	{ "markdown: lines", text_add_markdown, "a\r\n# b", 6, "a  # b" },
	{ "markdown: direction", text_add_markdown, "\xE2\x80\xAE", 3, "\\xE2\\x80\\xAE" },
	{ "markdown code", text_add_markdown_code, "<a>|`\n\\", 7, "`<a>\\x7C\\x60\\x0A\\`" },
	{ "html: control", text_add_html, "a\x01\n", 3, "a&#xFFFD;\n" },
};

START_TEST(escapes)
{
	struct text t;

	text_init(&t);
	cases[_i].add(&t, slice_of(cases[_i].in, cases[_i].n));
	ck_assert_msg(strcmp(text_cstr(&t), cases[_i].out) == 0, "%s: %s", cases[_i].name,
	              text_cstr(&t));
	text_release(&t);
}
END_TEST

START_TEST(fails_softly)
{
	struct text t;

	text_init(&t);
	mem_fail_after(0);
	text_addf(&t, "%d", 5);
	mem_fail_after(UINT64_MAX);
	ck_assert(t.failed);
	ck_assert_str_eq(text_cstr(&t), "");
	text_addf(&t, "more");
	ck_assert_str_eq(text_cstr(&t), "");
	text_release(&t);
}
END_TEST

START_TEST(grows)
{
	struct text t;

	text_init(&t);
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%03d,", i);
	ck_assert_uint_eq(t.n, 4000);
	ck_assert_uint_eq(strlen(text_cstr(&t)), 4000);
	text_reset(&t);
	ck_assert_str_eq(text_cstr(&t), "");
	text_release(&t);
}
END_TEST

Suite *suite_text(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_loop_test(t, escapes, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, fails_softly);
	tcase_add_test(t, grows);
	suite_add_tcase(s, t);
	return s;
}
