/* reports/calls_values: what people type as a time, a duration, a status. */
#include "reports/calls_values.h"
#include "tests/helpers/sample_records.h"

#include <check.h>

/* 2023-11-14 00:00:00 UTC. The captures begin at 22:13:20 and end at 02:00:00 of the next day. */
#define DAY   INT64_C(1699920000000000)
#define S     INT64_C(1000000)
#define NEXT  (DAY + 86400 * S)
#define WRONG RECORD_NULL

static const struct {
	const char *text;
	int64_t us;
} times[] = {
	{ "2023-11-14", DAY },
	{ "2023-11-14T22:13", DAY + 79980 * S },
	{ "2023-11-14 22:13:20", DAY + 80000 * S },
	{ "2023-11-14T22:13:20.5Z", DAY + 80000 * S + 500000 },
	{ "2023-11-15Z", NEXT },
	{ "1970-01-01", 0 },
	{ "2000-02-29", INT64_C(951782400) * S },
	{ "2100-03-01", INT64_C(4107542400) * S },
	{ "22:30", DAY + 81000 * S },
	{ "23:59:59.25", DAY + 86399 * S + 250000 },
	{ "01:00", NEXT + 3600 * S }, /* only the next day's is within the captures */
	{ "03:00", DAY + 10800 * S }, /* neither is */
	{ "", WRONG },
	{ "24:00", WRONG },
	{ "22:60", WRONG },
	{ "2:30", WRONG },
	{ "22:30:", WRONG },
	{ "22:30:00.", WRONG },
	{ "22:30 UTC", WRONG },
	{ "2023-11-14T", WRONG },
	{ "2023-13-01", WRONG },
	{ "2023-11-32", WRONG },
	{ "2023-11-31", WRONG },
	{ "2023-02-29", WRONG },
	{ "20231114", WRONG },
	{ "yesterday", WRONG },
};

START_TEST(times_of_people)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_capture c = { .id = 1,
		                    .run_id = 1,
		                    .path = SLICE_LIT("a.pcap"),
		                    .format = SLICE_LIT("pcap"),
		                    .packets = 2,
		                    .first_us = DAY + 80000 * S,
		                    .last_us = NEXT + 7200 * S };
	int64_t us = 0;

	ck_assert(store_capture(s, &c, &err) && store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	bool ok = calls_time("--from", times[_i].text, r, &us, &err);
	ck_assert_msg(ok == (times[_i].us != WRONG), "'%s': %s", times[_i].text, err.text);
	ck_assert_msg(!ok || us == times[_i].us, "'%s': %ld, want %ld", times[_i].text, (long)us,
	              (long)times[_i].us);
	ck_assert(ok || err.code == ERR_USAGE);
	records_close(r);
	store_free(s);
}
END_TEST

static const struct {
	const char *text;
	double ms; /* -1: wrong */
} durations[] = {
	{ "90", 90000 }, { "90s", 90000 }, { "500ms", 500 }, { "1.5m", 90000 }, { "2min", 120000 },
	{ "1h", 3.6e6 }, { "0", 0 },       { "", -1 },       { "-5", -1 },      { "5 s", -1 },
	{ "5days", -1 }, { "nan", -1 },    { "inf", -1 },    { "1e300", -1 },
};

START_TEST(durations_of_people)
{
	struct err err = ERR_INIT;
	double ms = -1;

	bool ok = calls_duration("--min-duration", durations[_i].text, &ms, &err);
	ck_assert_msg(ok == (durations[_i].ms >= 0), "'%s'", durations[_i].text);
	ck_assert_msg(ms == durations[_i].ms, "'%s': %g", durations[_i].text, ms);
}
END_TEST

static const struct {
	const char *text;
	int from, to; /* 0: wrong */
} statuses[] = {
	{ "486", 486, 486 }, { "4xx", 400, 499 }, { "6XX", 600, 699 }, { "100", 100, 100 },
	{ "99", 0, 0 },      { "700", 0, 0 },     { "0xx", 0, 0 },     { "7xx", 0, 0 },
	{ "4x", 0, 0 },      { "", 0, 0 },        { "+486", 0, 0 },
};

START_TEST(statuses_of_people)
{
	struct err err = ERR_INIT;
	struct calls_filter f;

	calls_filter_init(&f);
	ck_assert_int_eq(calls_status(statuses[_i].text, &f, &err), statuses[_i].from != 0);
	ck_assert_int_eq(f.status_from, statuses[_i].from);
	ck_assert_int_eq(f.status_to, statuses[_i].to);
}
END_TEST

static const struct {
	const char *text;
	unsigned outcomes; /* 0: wrong */
} outcomes[] = {
	{ "answered", 1 },  { "busy,answered", 3 },    { "no-answer", 4 },
	{ "NO_ANSWER", 4 }, { "in_progress", 1 << 8 }, { "answered,", 0 },
	{ "", 0 },          { "answer", 0 },           { "answered2", 0 },
};

START_TEST(outcomes_of_people)
{
	struct err err = ERR_INIT;
	struct calls_filter f;

	calls_filter_init(&f);
	bool ok = calls_outcome(outcomes[_i].text, &f, &err);
	ck_assert_msg(ok == (outcomes[_i].outcomes != 0), "'%s'", outcomes[_i].text);
	ck_assert(!ok || f.outcomes == outcomes[_i].outcomes);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_calls_values(void);
Suite *suite_calls_values(void)
{
	Suite *suite = suite_create("calls_values");
	TCase *tcase = tcase_create("calls_values");

	tcase_add_loop_test(tcase, times_of_people, 0, COUNT(times));
	tcase_add_loop_test(tcase, durations_of_people, 0, COUNT(durations));
	tcase_add_loop_test(tcase, statuses_of_people, 0, COUNT(statuses));
	tcase_add_loop_test(tcase, outcomes_of_people, 0, COUNT(outcomes));
	suite_add_tcase(suite, tcase);
	return suite;
}
