/* C8 where tones are heard: whole runs that listen, over recipes; the other causes are fixtures (rule-C8-*). */
#include "analyzer/analyze.h"
#include "base/text.h"
#include "reports/rows.h"
#include "tests/helpers/recipe.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>

#define HEAD "file pcap-us ethernet\nhost alice 192.0.2.10\nhost bob 198.51.100.20 rtp=6000\nat 0\n"
/* 5 and 9 for 100 ms each, as tones; the first begins 500 ms after the first packet. */
#define TONES "sound:0/500,770+1336/100,0/300,852+1477/100,0/5000"

/* `digits` and `causes` of the caller, `presses` rows of dtmf by method. */
static const struct {
	const char *name, *recipe, *digits, *causes, *rows;
} cases[] = {
	{ "tones though events were negotiated",
	  HEAD "call c1 from=alice to=bob dtmf=101 media=none duration=4\n"
	       "at 1 rtp c1.caller c1.callee count=100 payload=" TONES "\n",
	  "59", "digits as tones though telephone-event was negotiated, from 192.0.2.10",
	  "inband 2" },
	{ "tones, and nothing was negotiated",
	  HEAD "call c1 from=alice to=bob media=none duration=4\n"
	       "at 1 rtp c1.caller c1.callee count=100 payload=" TONES "\n",
	  "59", "", "inband 2" },
	{ "the same digits as events and as tones",
	  HEAD "call c1 from=alice to=bob dtmf=101 media=none duration=4\n"
	       "at 1 rtp c1.caller c1.callee count=100 payload=" TONES "\n"
	       "rtp c1.caller c1.callee count=60 payload=silence\n"
	       "digit 5 at=1.5\n"
	       "digit 9 at=1.9\n",
	  "59", "digits as telephone-event and tone, from 192.0.2.10", "inband 2,rfc4733 2" },
	{ "events only, where the audio is silent",
	  HEAD "call c1 from=alice to=bob dtmf=101 media=none duration=4\n"
	       "at 1 rtp c1.caller c1.callee count=100 payload=silence\n"
	       "digit 5 at=1.5\n"
	       "digit 9 at=1.9\n",
	  "59", "", "rfc4733 2" },
};

static struct store *run(const char *recipe, bool mask, struct temp_dir *dir, struct err *err)
{
	struct recipe_result made;
	const char *paths[] = { temp_dir_path(dir, "x.pcap") };
	struct analyze_options options = {
		.paths = paths,
		.path_count = 1,
		.command = SLICE_LIT("test"),
		.version = SLICE_LIT("0"),
		.media = { .listen = true, .mask_dtmf = mask },
	};
	struct store *store = NULL;

	ck_assert_msg(recipe_run("recipe", slice_str(recipe), paths[0], &made, err), "%s",
	              err->text);
	ck_assert_msg(analyze_run(&options, &store, NULL, err), "%s", err->text);
	return store;
}

static void expect(struct records *r, const char *name, const char *sql, const char *wanted)
{
	struct err err = ERR_INIT;
	struct query *q = rows_query(r, sql, 0, &err);

	ck_assert_msg(q && query_step(q, &err), "%s: %s", name, err.text);
	ck_assert_msg(slice_eq_str(query_text(q, 0), wanted), "%s: %.*s", name,
	              SLICE_ARG(query_text(q, 0)));
	query_free(q);
}

START_TEST(tones)
{
	struct temp_dir dir;
	struct err err = ERR_INIT;

	temp_dir_make(&dir);
	struct store *s = run(cases[_i].recipe, false, &dir, &err);
	struct records *r = records_of(store_handle(s), &err);
	expect(r, cases[_i].name, "SELECT coalesce(group_concat(digits), '') FROM call_digits",
	       cases[_i].digits);
	expect(r, cases[_i].name,
	       "SELECT coalesce(group_concat(cause), '') FROM findings WHERE rule = 'C8'",
	       cases[_i].causes);
	expect(r, cases[_i].name,
	       "SELECT group_concat(method || ' ' || n) FROM (SELECT method, count(*) AS n FROM "
	       "dtmf GROUP BY method ORDER BY method)",
	       cases[_i].rows);
	records_close(r);
	store_free(s);
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(masked)
{
	struct temp_dir dir;
	struct err err = ERR_INIT;

	temp_dir_make(&dir);
	struct store *s = run(HEAD "call c1 from=alice to=bob dtmf=101 media=none duration=6\n"
	                           "at 1 rtp c1.caller c1.callee count=200 "
	                           "payload=sound:0/200,770+1336/2500,0/5000\n",
	                      true, &dir, &err);
	struct records *r = records_of(store_handle(s), &err);
	expect(r, "masked", "SELECT group_concat(digits) FROM call_digits", "x");
	expect(r, "masked", "SELECT group_concat(digit) FROM dtmf", "x");
	expect(r, "masked",
	       "SELECT count(*) || '' FROM tones WHERE hz BETWEEN 600 AND 1700 OR other_hz > 0",
	       "0");
	records_close(r);
	store_free(s);
	temp_dir_remove(&dir);
}
END_TEST

Suite *suite_digit_faults(void)
{
	Suite *s = suite_create("digit_faults");
	TCase *t = tcase_create("digit_faults");

	tcase_add_loop_test(t, tones, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, masked);
	suite_add_tcase(s, t);
	return s;
}
