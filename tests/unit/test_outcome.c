#include "analyzer/calls/outcome.h"

#include <check.h>

Suite *suite_outcome(void);

static const struct verdict {
	const char *name;
	struct outcome_facts facts;
	enum outcome outcome;
	enum release by;
} verdicts[] = {
#define FACTS(...)                                                                                 \
	{                                                                                          \
		.start_seen = true, __VA_ARGS__                                                    \
	}
#define FINAL(status, ...)                                                                         \
	{                                                                                          \
		.start_seen = true, .ended = true, .final_status = status, __VA_ARGS__             \
	}
	{ "nothing yet", FACTS(.ended = false), OUTCOME_IN_PROGRESS, RELEASE_NONE },
	{ "rings", FACTS(.rang = true), OUTCOME_IN_PROGRESS, RELEASE_NONE },
	{ "no response in time", FACTS(.timed_out = true), OUTCOME_FAILED, RELEASE_NETWORK },
	{ "answered, still talking", FACTS(.answered = true, .final_status = 200), OUTCOME_ANSWERED,
	  RELEASE_NONE },
	{ "caller hangs up", FINAL(200, .answered = true, .hung_up = RELEASE_CALLER),
	  OUTCOME_ANSWERED, RELEASE_CALLER },
	{ "callee hangs up", FINAL(200, .answered = true, .hung_up = RELEASE_CALLEE),
	  OUTCOME_ANSWERED, RELEASE_CALLEE },
	{ "ended without BYE", FINAL(200, .answered = true), OUTCOME_ANSWERED, RELEASE_NETWORK },
	{ "cancel too late",
	  FINAL(200, .answered = true, .cancelled = true, .hung_up = RELEASE_CALLER),
	  OUTCOME_ANSWERED, RELEASE_CALLER },
	{ "cancelled", FINAL(487, .cancelled = true), OUTCOME_CANCELLED, RELEASE_CALLER },
	{ "cancelled while ringing", FINAL(487, .cancelled = true, .rang = true), OUTCOME_CANCELLED,
	  RELEASE_CALLER },
	{ "cancel accepted only", FACTS(.cancelled = true, .cancel_accepted = true),
	  OUTCOME_CANCELLED, RELEASE_CALLER },
	{ "cancel unanswered", FACTS(.cancelled = true), OUTCOME_IN_PROGRESS, RELEASE_NONE },
	{ "busy beats cancel", FINAL(486, .cancelled = true), OUTCOME_BUSY, RELEASE_CALLEE },
	{ "486", FINAL(486, .rang = true), OUTCOME_BUSY, RELEASE_CALLEE },
	{ "600", FINAL(600, .rang = false), OUTCOME_BUSY, RELEASE_CALLEE },
	{ "480", FINAL(480, .rang = false), OUTCOME_NO_ANSWER, RELEASE_CALLEE },
	{ "408 after ringing", FINAL(408, .rang = true), OUTCOME_NO_ANSWER, RELEASE_NETWORK },
	{ "408 in silence", FINAL(408, .rang = false), OUTCOME_FAILED, RELEASE_NETWORK },
	{ "487 of a B2BUA after ringing", FINAL(487, .rang = true), OUTCOME_NO_ANSWER,
	  RELEASE_NETWORK },
	{ "487 of a B2BUA", FINAL(487, .rang = false), OUTCOME_REJECTED, RELEASE_NETWORK },
	{ "401", FINAL(401, .rang = false), OUTCOME_UNAUTHORIZED, RELEASE_NETWORK },
	{ "407", FINAL(407, .rang = false), OUTCOME_UNAUTHORIZED, RELEASE_NETWORK },
	{ "403", FINAL(403, .rang = false), OUTCOME_REJECTED, RELEASE_NETWORK },
	{ "404", FINAL(404, .rang = false), OUTCOME_REJECTED, RELEASE_NETWORK },
	{ "488", FINAL(488, .rang = false), OUTCOME_REJECTED, RELEASE_CALLEE },
	{ "302", FINAL(302, .rang = false), OUTCOME_REJECTED, RELEASE_NETWORK },
	{ "500", FINAL(500, .rang = true), OUTCOME_FAILED, RELEASE_NETWORK },
	{ "503", FINAL(503, .rang = false), OUTCOME_FAILED, RELEASE_NETWORK },
	{ "603", FINAL(603, .rang = true), OUTCOME_REJECTED, RELEASE_CALLEE },
	{ "604", FINAL(604, .rang = false), OUTCOME_FAILED, RELEASE_NETWORK },
	{ "607", FINAL(607, .rang = false), OUTCOME_REJECTED, RELEASE_CALLEE },
	{ "608", FINAL(608, .rang = false), OUTCOME_REJECTED, RELEASE_NETWORK },
	{ "start not seen, answered",
	  { .answered = true, .final_status = 200 },
	  OUTCOME_INCOMPLETE,
	  RELEASE_NONE },
	{ "start not seen, BYE",
	  { .ended = true, .hung_up = RELEASE_CALLEE },
	  OUTCOME_INCOMPLETE,
	  RELEASE_CALLEE },
	{ "start not seen, ended", { .ended = true }, OUTCOME_INCOMPLETE, RELEASE_UNKNOWN },
	{ "start not seen, nothing", { .timed_out = true }, OUTCOME_INCOMPLETE, RELEASE_NONE },
};

START_TEST(verdict)
{
	const struct verdict *v = &verdicts[_i];

	ck_assert_msg(outcome_of(&v->facts) == v->outcome, "%s: %s", v->name,
	              outcome_name(outcome_of(&v->facts)));
	ck_assert_msg(outcome_released_by(&v->facts) == v->by, "%s: released by %d", v->name,
	              (int)outcome_released_by(&v->facts));
}
END_TEST

START_TEST(retries)
{
	static const int yes[] = { 300, 301, 302, 305, 380, 401, 407, 422, 494 },
	                 no[] = { 0, 200, 400, 403, 404, 480, 486, 503 };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		ck_assert_int_eq(outcome_invites_retry(yes[i]), true);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		ck_assert_int_eq(outcome_invites_retry(no[i]), false);
}
END_TEST

/* The names are the records' contract. */
START_TEST(names)
{
	ck_assert_str_eq(outcome_name(OUTCOME_ANSWERED), "answered");
	ck_assert_str_eq(outcome_name(OUTCOME_NO_ANSWER), "no_answer");
	ck_assert_str_eq(outcome_name(OUTCOME_UNAUTHORIZED), "unauthorized");
	ck_assert_str_eq(outcome_name(OUTCOME_IN_PROGRESS), "in_progress");
	ck_assert_str_eq(release_name(RELEASE_NETWORK), "network");
	ck_assert_ptr_null(release_name(RELEASE_NONE));
}
END_TEST

Suite *suite_outcome(void)
{
	Suite *s = suite_create("outcome");
	TCase *t = tcase_create("outcome");

	tcase_add_loop_test(t, verdict, 0, (int)(sizeof verdicts / sizeof *verdicts));
	tcase_add_test(t, retries);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}
