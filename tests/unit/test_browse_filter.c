/* reports/browse/filter: what the filter line means, and what it says of what it does not understand. */
#include "reports/browse/filter.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

/* The sample: 1 alice -> bob answered 200, 7 s, MOS 3.2; 2 alice -> carol busy 486; 3 failed 503. */
static const struct {
	const char *text, *calls;
} filters[] = {
	{ "", "1 2 3" },
	{ "   ", "1 2 3" },
	{ "busy", "2" },
	{ "busy answered", "1 2" },
	{ "no-answer", "" },
	{ "486", "2" },
	{ "5xx", "3" },
	{ "4XX", "2" },
	{ "mos<3.5", "1" },
	{ "mos<3.1", "" },
	{ "talk>5s", "1" },
	{ "talk<5", "" },
	{ "talk<5m answered", "1" },
	{ "alice", "1 2" },
	{ "ALICE busy", "2" },
	{ "caller:alice callee:bob", "1" },
	{ "callee=carol", "2" },
	{ "status:503", "3" },
	{ "status:4xx", "2" },
	{ "outcome:busy,failed", "2 3" },
	{ "peer:192.0.2.2", "1 2 3" },
	{ "peer:198.51.100.77", "" },
	{ "trunk:192.0.2.1", "" },
	{ "agent:none-such", "" },
	{ "number:ali", "1 2" },
	{ "finding:any", "" },
	{ "from:2023-11-14T22:13:21", "2 3" },
	{ "to:22:13:20", "1" },
	{ "\"one@192.0.2.1\"", "1" },
	{ "one@192.0.2.1", "1" },
	{ "\"answered\"", "" }, /* in quotes a text like any other */
	{ "caller:\"ali ce\"", "" },
	{ "x:y", "" }, /* no word of ours: a text */
	{ "%", "" },
};

static void expect_calls(const char *text, const char *expected)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct filter f;
	struct text ids;

	text_init(&ids);
	ck_assert_msg(filter_parse(&f, text, r, &err), "%s: %s", text, err.text);
	struct query *q = calls_filter_query(&f.calls, r, "SELECT c.id FROM calls c", &err);
	ck_assert_msg(q != NULL, "%s", err.text);
	while (query_step(q, &err))
		text_addf(&ids, "%s%" PRId64, ids.n ? " " : "", query_int(q, 0));
	query_free(q);
	ck_assert_msg(strcmp(text_cstr(&ids), expected) == 0, "%s: got '%s', want '%s'", text,
	              text_cstr(&ids), expected);
	text_release(&ids);
	records_close(r);
	store_free(s);
}

START_TEST(a_filter_lets_through)
{
	expect_calls(filters[_i].text, filters[_i].calls);
}
END_TEST

static const struct {
	const char *text, *said;
} refusals[] = {
	{ "mos<9", "mos<9: a MOS is a number from 1 to 5" },
	{ "mos>3", "mos>3: write it like mos<3.5" },
	{ "mos:3", "mos:3: write it like mos<3.5" },
	{ "talk:3", "talk:3: write it like talk<6s or talk>5m" },
	{ "talk<soon", "talk<soon: give seconds, or a number with ms, s, m or h" },
	{ "status:99", "status:99: give a code from 100 to 699, or 4xx" },
	{ "status<400", "status<400: write it like status:486" },
	{ "outcome:good", "outcome:good: give one of answered, busy" },
	{ "number:+", "number:+: give the first digits" },
	{ "caller:", "caller: what?" },
	{ "from:soon", "from:soon: give a time (UTC) as" },
	{ "alice bob", "one free text at a time: put \"alice ...\" in quotes" },
	{ "busy mos<3.5 talk<x", "talk<x: give seconds" },
};

START_TEST(a_filter_is_refused)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct filter f;

	ck_assert(!filter_parse(&f, refusals[_i].text, r, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.text, refusals[_i].said) == err.text, "got '%s'", err.text);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(the_longest_filter)
{
	struct err err = ERR_INIT;
	char text[PROMPT_MAX + 1];
	struct filter f;

	for (unsigned i = 0; i < PROMPT_MAX; i++) /* one word a letter, each refused or kept */
		text[i] = i % 2 ? ' ' : '"';
	text[PROMPT_MAX] = '\0';
	filter_parse(&f, text, NULL, &err);
	ck_assert_uint_le(f.n, sizeof f.words);
	memset(text, 'x', PROMPT_MAX);
	ck_assert(filter_parse(&f, text, NULL, &err));
	ck_assert_uint_eq(f.calls.text.n, PROMPT_MAX);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_browse_filter(void);
Suite *suite_browse_filter(void)
{
	Suite *suite = suite_create("browse_filter");
	TCase *tcase = tcase_create("browse_filter");

	tcase_add_loop_test(tcase, a_filter_lets_through, 0, COUNT(filters));
	tcase_add_loop_test(tcase, a_filter_is_refused, 0, COUNT(refusals));
	tcase_add_test(tcase, the_longest_filter);
	suite_add_tcase(suite, tcase);
	return suite;
}
