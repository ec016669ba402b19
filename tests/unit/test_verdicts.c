/* reports/verdicts: what they come to, and each form of them with hostile texts in every place. */
#include "reports/verdicts.h"

#include "base/mem.h"
#include "reports/records/store.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define NASTY "<script>|`*a*`\"'&\x1b[2J\xff\xef\xbf\xbf]]>\r\nwww.x.y https://x"

static struct err err;

static bool nothing(const struct verdicts *v, struct text *out, struct err *e)
{
	(void)v;
	(void)out;
	(void)e;
	return true;
}

static void link_of(struct text *out, int64_t call_id)
{
	text_addf(out, "calls/%d.html", (int)call_id);
}

static bool html(const struct verdicts *v, struct text *out, struct err *e)
{
	return verdicts_html(v, link_of, out, e);
}

static bool plain(const struct verdicts *v, struct text *out, struct err *e)
{
	return verdicts_text(v, false, out, e);
}

static bool coloured(const struct verdicts *v, struct text *out, struct err *e)
{
	return verdicts_text(v, true, out, e);
}

/* One that holds, one that does not with 23 calls to blame, one that could not be judged, one that was left out. */
static void fill(struct verdicts *v)
{
	struct verdict *one;

	verdicts_init(v, "tonight", "my db");
	v->started_us = INT64_C(1700000000123456);
	one = verdicts_add(v, SLICE_LIT("totals"), SLICE_LIT("calls >= 1000"), VERDICT_PASSED);
	verdicts_say(v, &one->expected, ">= %d", 1000);
	verdicts_say(v, &one->actual, "%d", 1204);
	one = verdicts_add(v, SLICE_LIT("streams"), SLICE_LIT("mos_lq.p05 >= 3.8"), VERDICT_FAILED);
	verdicts_say(v, &one->expected, ">= 3.8");
	verdicts_say(v, &one->actual, "3.41");
	verdicts_say(v, &one->note, "of 57 streams\nnarrowband only");
	verdicts_say(v, &one->file, "expect.yaml");
	one->line = 12;
	one->seconds = 0.25;
	for (int i = 0; i < 23; i++)
		verdicts_blame(v, one, i ? i : RECORD_NULL, SLICE_LIT("a -> b, MOS 2.7"));
	one = verdicts_add(v, SLICE_NONE, SLICE_LIT("pdd_ms.p95 <= 2500"), VERDICT_ERROR);
	verdicts_say(v, &one->note, "no call rang");
	one = verdicts_add(v, SLICE_LIT("x"), SLICE_LIT("y"), VERDICT_SKIPPED);
	verdicts_say(v, &one->note, "not asked for");
}

static void fill_nasty(struct verdicts *v)
{
	struct slice s = SLICE_LIT(NASTY);
	struct verdict *one;

	verdicts_init(v, NASTY, "my db");
	for (enum verdict_result i = 0; i < VERDICT_RESULTS; i++) {
		one = verdicts_add(v, s, s, i);
		one->expected = one->actual = one->note = one->file = s;
		one->line = 1;
		verdicts_blame(v, one, 7, s);
	}
}

static bool (*const forms[])(const struct verdicts *v, struct text *out, struct err *e) = {
	plain, coloured, verdicts_markdown, verdicts_json, verdicts_junit, html, nothing,
};

static const struct {
	bool (*form)(const struct verdicts *v, struct text *out, struct err *e);
	const char *part;
} parts[] = {
	{ plain, "ok      totals: calls >= 1000  (1204)\n" },
	{ plain, "FAILED  streams: mos_lq.p05 >= 3.8\n"
	         "        expect.yaml:12\n"
	         "        expected >= 3.8, found 3.41\n"
	         "        of 57 streams\n"
	         "        narrowband only\n"
	         "          a -> b, MOS 2.7\n"
	         "          call 1: a -> b, MOS 2.7\n" },
	{ plain, "          call 9: a -> b, MOS 2.7\n"
	         "          and 13 more\n"
	         "        to see it: milliwatt show 'my db' 1\n"
	         "ERROR   pdd_ms.p95 <= 2500\n"
	         "        no call rang\n"
	         "skipped x: y\n"
	         "        not asked for\n" },
	{ plain, "\n4 assertions: 1 holds, 1 falls short, 1 could not be judged, 1 skipped\n" },
	{ coloured, "\033[31mFAILED  \033[0mstreams: mos" },
	{ verdicts_markdown, "## tonight\n\n4 assertions: 1 holds, " },
	{ verdicts_markdown,
	  "| Result | Assertion | Expected | Found |\n|---|---|---|---|\n"
	  "| ❌ falls short | streams: mos&#95;lq.p05 &#62;= 3.8 | &#62;= 3.8 | 3.41 |\n"
	  "| ⚠️ not judged | pdd&#95;ms.p95 &#60;= 2500 |  |  |\n" },
	{ verdicts_markdown, "- and 3 more\n\nTo see it: `milliwatt show 'my db' 1`\n" },
	{ verdicts_json, "\"form_version\": 1,\n\t\"title\": \"tonight\",\n\t\"database\": \"my "
	                 "db\",\n\t\"started_us\": 1700000000123456,\n\t\"exit_code\": "
	                 "2,\n\t\"counts\": {\"passed\": 1, \"failed\": 1, \"error\": 1, "
	                 "\"skipped\": 1}" },
	{ verdicts_json, "\"file\": \"expect.yaml\", \"line\": 12, \"seconds\": 0.25, "
	                 "\"blame_count\": 23, \"blame\": [{\"call_id\": null, \"text\": \"a -> "
	                 "b, MOS 2.7\"}, {\"call_id\": 1, " },
	{ verdicts_junit,
	  "<testsuite name=\"tonight\" package=\"milliwatt\" id=\"0\" tests=\"4\" failures=\"1\" "
	  "errors=\"1\" skipped=\"1\" time=\"0.250\" hostname=\"localhost\" "
	  "timestamp=\"2023-11-14T22:13:20\">" },
	{ verdicts_junit, "<testcase classname=\"totals\" name=\"calls &gt;= 1000\" "
	                  "time=\"0.000\"/>" },
	{ verdicts_junit,
	  "<testcase classname=\"streams\" name=\"mos_lq.p05 &gt;= 3.8\" time=\"0.250\">\n"
	  "\t\t\t<failure type=\"expectation\" message=\"expected &gt;= 3.8, found 3.41\">"
	  "expect.yaml:12\nexpected &gt;= 3.8\nfound 3.41\nof 57 streams\nnarrowband only\n"
	  "a -&gt; b, MOS 2.7\ncall 1: a -&gt; b, MOS 2.7\n" },
	{ verdicts_junit, "<testcase classname=\"tonight\" name=\"pdd_ms.p95 &lt;= 2500\" "
	                  "time=\"0.000\">\n\t\t\t<error type=\"not-judged\" message=\"no call "
	                  "rang\">no call rang\n</error>" },
	{ verdicts_junit, "<skipped message=\"not asked for\">not asked for\n</skipped>" },
	{ html, "<tr class=\"verdict-failed\"><td><span class=\"badge bad\">falls "
	        "short</span></td><th scope=\"row\"><span class=\"group soft\">streams:</span> "
	        "mos_lq.p05 &gt;= 3.8</th><td>&gt;= 3.8</td><td>3.41</td>" },
	{ html, "<li><a href=\"calls/1.html\">call 1</a>: a -&gt; b, MOS 2.7</li>" },
	{ html, "<li>and 3 more</li>" },
};

START_TEST(parts_of_forms)
{
	struct verdicts v;
	struct text out;

	fill(&v);
	text_init(&out);
	ck_assert(parts[_i].form(&v, &out, &err));
	ck_assert_msg(strstr(text_cstr(&out), parts[_i].part) != NULL, "want: %s\nin:\n%s",
	              parts[_i].part, text_cstr(&out));
	text_release(&out);
	verdicts_release(&v);
}
END_TEST

/* What may be in no form, whatever a packet or a file says. */
START_TEST(nothing_gets_out)
{
	static const char *const forbidden[] = { "<script", "\x1b", "\xff", "www.x",
		                                 "\xef\xbf\xbf" };
	struct verdicts v;
	struct text out;

	fill_nasty(&v);
	text_init(&out);
	ck_assert(forms[_i](&v, &out, &err));
	bool raw = forms[_i] == plain || forms[_i] == coloured || forms[_i] == verdicts_json;
	for (size_t i = raw ? 2 : 0; i < 3; i++)
		ck_assert_ptr_null(forms[_i] == coloured && i == 1
		                           ? NULL
		                           : strstr(text_cstr(&out), forbidden[i]));
	if (forms[_i] == verdicts_markdown)
		ck_assert_ptr_null(strstr(text_cstr(&out), forbidden[3]));
	if (forms[_i] == verdicts_junit)
		ck_assert_ptr_null(strstr(text_cstr(&out), forbidden[4]));
	if (raw && forms[_i] != coloured)
		ck_assert_ptr_null(strchr(text_cstr(&out), 0x1b));
	text_release(&out);
	verdicts_release(&v);
}
END_TEST

/* xmllint says whether it is what the schema asks for. */
START_TEST(junit_is_valid)
{
	struct temp_dir dir;
	struct verdicts a, b;
	const struct verdicts *both[] = { &a, &b };
	struct text out;
	char command[400];

	if (system("command -v xmllint >/dev/null") != 0)
		return;
	temp_dir_make(&dir);
	fill(&a);
	fill_nasty(&b);
	text_init(&out);
	ck_assert(verdicts_junit_all(both, 2, &out, &err));
	snprintf(command, sizeof command,
	         "xmllint --noout --schema tests/junit/junit.xsd %s 2>%s.errors",
	         temp_dir_write(&dir, "j.xml", slice_of(out.p, out.n)), dir.file);
	ck_assert_int_eq(system(command), 0);
	text_release(&out);
	verdicts_release(&a);
	verdicts_release(&b);
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(exit_codes)
{
	struct verdicts v, all;

	verdicts_init(&v, "v", NULL);
	verdicts_init(&all, "all", NULL);
	ck_assert_int_eq(verdicts_exit_code(&v), 0);
	verdicts_add(&v, SLICE_LIT("g"), SLICE_LIT("a"), VERDICT_SKIPPED);
	ck_assert_int_eq(verdicts_exit_code(&v), 0);
	struct verdict *one = verdicts_add(&v, SLICE_LIT("g"), SLICE_LIT("a"), VERDICT_FAILED);
	for (int i = 0; i < 30; i++)
		verdicts_blame(&v, one, i, SLICE_LIT("x"));
	ck_assert_int_eq(verdicts_exit_code(&v), 1);
	verdicts_add(&v, SLICE_NONE, SLICE_LIT("a"), VERDICT_ERROR);
	ck_assert_int_eq(verdicts_exit_code(&v), 2);
	verdicts_take(&all, &v, SLICE_LIT("case"));
	ck_assert_int_eq(verdicts_exit_code(&all), 2);
	ck_assert_int_eq(all.first->next->blame_count, 30);
	ck_assert(slice_eq_str(all.first->group, "case.g"));
	ck_assert(slice_eq_str(all.last->group, "case"));
	verdicts_release(&v);
	verdicts_release(&all);
}
END_TEST

START_TEST(allocation_n_fails)
{
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct verdicts v;
		struct text out;
		ck_assert_uint_lt(n, 60);
		err = (struct err)ERR_INIT;
		text_init(&out);
		mem_fail_after(n);
		fill(&v);
		done = forms[_i](&v, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		text_release(&out);
		verdicts_release(&v);
	}
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_verdicts(void);
Suite *suite_verdicts(void)
{
	Suite *suite = suite_create("verdicts");
	TCase *tcase = tcase_create("verdicts");

	tcase_add_loop_test(tcase, parts_of_forms, 0, COUNT(parts));
	tcase_add_loop_test(tcase, nothing_gets_out, 0, COUNT(forms));
	tcase_add_test(tcase, junit_is_valid);
	tcase_add_test(tcase, exit_codes);
	tcase_add_loop_test(tcase, allocation_n_fails, 0, COUNT(forms));
	suite_add_tcase(suite, tcase);
	return suite;
}
