/* Occurrences to groups to rows; what the capture could show. */
#include "analyzer/findings/findings.h"
#include "base/mem.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_findings(void);

static struct sip_lab lab;

static void setup(void)
{
	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
}

static void teardown(void)
{
	sip_lab_release(&lab);
}

static struct sighting at(double s, uint64_t frame)
{
	return (struct sighting){ 1, frame, SIP_LAB_START_S * NS_PER_S + (int64_t)(s * 1e9) };
}

/* 1700000000 is 2023-11-14 22:13:20 UTC. */
static void tell_of(enum rule_id rule, const char *cause, const char *text, int64_t call, double s)
{
	struct occurrence o = { .rule = rule,
		                .cause = slice_str(cause),
		                .text = slice_str(text),
		                .call_id = call,
		                .first = at(s, (uint64_t)(s * 10) + 1) };
	ck_assert(findings_add(lab.analysis.findings, &o));
}

static void tell(const char *cause, const char *text, int64_t call, double s)
{
	tell_of(RULE_D9, cause, text, call, s);
}

#define GROUPS "SELECT text, cause, occurrences, calls, call_id FROM findings ORDER BY id"

START_TEST(single_occurrence_keeps_its_sentence)
{
	tell("503 from h", "call 1 got 503 from h", 1, 0);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, GROUPS), "call 1 got 503 from h|503 from h|1|1|1");
}
END_TEST

START_TEST(many_calls_are_one_finding)
{
	char text[64];

	for (int i = 0; i < 214; i++) {
		snprintf(text, sizeof text, "call %d got 503", i);
		tell("503 from 10.1.0.7", text, i + 1, i * 2);
	}
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(
	        sip_lab_rows(&lab, GROUPS),
	        "214 calls: 503 from 10.1.0.7, 22:13 to 22:20|503 from 10.1.0.7|214|214|-");
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*), count(DISTINCT call_id), "
	                                    "count(DISTINCT text) FROM finding_occurrences"),
	                 "214|214|214");
}
END_TEST

START_TEST(two_legs_of_a_call_are_one_call)
{
	tell("c", "first leg", 7, 0);
	tell("c", "second leg", 7, 0.2);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, GROUPS), "1 call: c, 22:13:20|c|2|1|7");
}
END_TEST

START_TEST(occurrences_of_no_call_count_alone)
{
	tell("c", "x", 0, 0);
	tell("c", "y", 0, 70);
	tell("c", "z", 3, 140);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, GROUPS), "3 calls: c, 22:13 to 22:15|c|3|1|-");
}
END_TEST

static const struct {
	double first, last;
	const char *span;
} spans[] = {
	{ 0, 0.4, "22:13:20" },
	{ 0, 30, "22:13:20 to 22:13:50" },
	{ 0, 41, "22:13 to 22:14" },
	{ 0, 6000, "22:13 to 23:53" },
	{ 0, 7200, "2023-11-14 22:13 to 2023-11-15 00:13" },
	{ 0, 864000, "2023-11-14 22:13 to 2023-11-24 22:13" },
};

START_TEST(span_of_a_group)
{
	char text[96];

	tell("c", "x", 1, spans[_i].first);
	tell("c", "y", 2, spans[_i].last);
	ck_assert(sip_lab_finish(&lab));
	snprintf(text, sizeof text, "2 calls: c, %s", spans[_i].span);
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT text FROM findings"), text);
}
END_TEST

/* In either order: text, evidence, times, confidence and its reason. */
START_TEST(order_does_not_matter)
{
	struct occurrence o[3] = {
		{ .rule = RULE_D9,
		  .cause = SLICE_LIT("c"),
		  .text = SLICE_LIT("b"),
		  .call_id = 1,
		  .first = at(1, 5),
		  .weak = "z" },
		{ .rule = RULE_D9,
		  .cause = SLICE_LIT("c"),
		  .text = SLICE_LIT("a"),
		  .call_id = 1,
		  .first = at(1, 6),
		  .weak = "y" },
		{ .rule = RULE_D9,
		  .cause = SLICE_LIT("c"),
		  .text = SLICE_LIT("c"),
		  .call_id = 1,
		  .first = at(9, 7),
		  .weak = "z" },
	};
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		                          { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (int i = 0; i < 3; i++)
		ck_assert(findings_add(lab.analysis.findings, &o[orders[_i][i]]));
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT text, first_frame, last_frame, confidence, "
	                                    "downgraded FROM findings"),
	                 "1 call: c, 22:13:21 to 22:13:29|6|7|low|y");
}
END_TEST

START_TEST(best_confidence_counts)
{
	struct occurrence o = { .rule = RULE_D9,
		                .cause = SLICE_LIT("c"),
		                .text = SLICE_LIT("t"),
		                .first = at(1, 5),
		                .weak = "cut" };

	ck_assert(findings_add(lab.analysis.findings, &o));
	o.weak = NULL;
	o.certain = true;
	ck_assert(findings_add(lab.analysis.findings, &o));
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT confidence, downgraded FROM findings"),
	                 "high|-");
}
END_TEST

START_TEST(rule_that_is_off_says_nothing)
{
	ck_assert_msg(sip_lab_rules(&lab, "D9 = off"), "%s", lab.err.text);
	tell("c", "x", 1, 0);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*) FROM findings"), "0");
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT DISTINCT enabled FROM rules WHERE run_id = 1 "
	                                    "AND rule = 'D9'"),
	                 "0");
}
END_TEST

START_TEST(rules_are_recorded)
{
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT name, json_extract(settings, "
	                                    "'$.responses.value') FROM rules WHERE rule = 'D9'"),
	                 "overload|5");
}
END_TEST

START_TEST(groups_are_bounded)
{
	char cause[32];

	for (unsigned i = 0; i < FINDINGS_MAX_GROUPS + 10; i++) {
		snprintf(cause, sizeof cause, "cause %u", i);
		tell(cause, "x", i + 1, i * 0.001);
	}
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*) FROM findings"), "16385");
	ck_assert_str_eq(
	        sip_lab_rows(&lab, "SELECT occurrences, calls FROM findings WHERE cause = 'other'"),
	        "10|10");
}
END_TEST

/* H2 needs both directions. */
#define LEG(id)                                                                                    \
	"0 a>b INVITE 1 INVITE b" id " A" id " - call=c" id "\n"                                   \
	"1 a>b ACK 1 ACK k" id " A" id " B" id " call=c" id "\n"
#define WHOLE(id)                                                                                  \
	"0 a>b INVITE 1 INVITE b" id " A" id " - call=c" id "\n"                                   \
	"0.5 b>a 200 1 INVITE b" id " A" id " B" id " call=c" id "\n"                              \
	"1 a>b ACK 1 ACK k" id " A" id " B" id " call=c" id "\n"
#define UNANSWERED(id)  "0 a>b INVITE 1 INVITE b" id " A" id " - call=c" id "\n"
#define ANSWER_ONLY(id) "0.5 b>a 200 1 INVITE b" id " A" id " B" id " call=c" id "\n"

static const struct {
	const char *name, *lines, *downgraded;
} views[] = {
	{ "five one-sided legs", LEG("1") LEG("2") LEG("3") LEG("4") LEG("5"),
	  "the capture shows one direction only" },
	{ "responses only",
	  ANSWER_ONLY("1") ANSWER_ONLY("2") ANSWER_ONLY("3") ANSWER_ONLY("4") ANSWER_ONLY("5"),
	  "the capture shows one direction only" },
	{ "four prove nothing", LEG("1") LEG("2") LEG("3") LEG("4"), "-" },
	{ "one leg has both", LEG("1") LEG("2") LEG("3") LEG("4") LEG("5") WHOLE("6"), "-" },
	{ "a dead peer is no blind capture",
	  UNANSWERED("1") UNANSWERED("2") UNANSWERED("3") UNANSWERED("4") UNANSWERED("5")
	          UNANSWERED("6"),
	  "-" },
};

START_TEST(one_direction)
{
	ck_assert(sip_lab_feed(&lab, views[_i].lines));
	tell_of(RULE_H2, "c", "x", 1, 0);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_msg(!strcmp(sip_lab_rows(&lab, "SELECT downgraded FROM findings WHERE rule = "
	                                         "'H2'"),
	                      views[_i].downgraded),
	              "%s: %s", views[_i].name, text_cstr(&lab.rows));
}
END_TEST

static const struct {
	struct capture_view view;
	const char *downgraded;
} captures[] = {
	{ { .dropped = 0 }, "medium|-" },
	{ { .dropped = 1 }, "low|the capture lost packets" },
};

/* H2 asks for answers that are not there. */
START_TEST(lossy_capture)
{
	struct occurrence o = {
		.rule = RULE_H2, .cause = SLICE_LIT("c"), .text = SLICE_LIT("t"), .first = at(1, 5)
	};

	ck_assert(findings_add(lab.analysis.findings, &o));
	ck_assert(sip_lab_finish_view(&lab, &captures[_i].view));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT confidence, downgraded FROM findings "
	                                    "WHERE rule = 'H2'"),
	                 captures[_i].downgraded);
}
END_TEST

START_TEST(lack_of_memory)
{
	bool done = false;

	sip_lab_release(&lab);
	for (uint64_t n = 0; !done; n++) {
		struct occurrence o = { .rule = RULE_D9,
			                .cause = SLICE_LIT("c"),
			                .text = SLICE_LIT("t"),
			                .first = at(1, 5) };
		mem_fail_after(n);
		done = sip_lab_init(&lab) && findings_add(lab.analysis.findings, &o) &&
		       sip_lab_finish(&lab);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || lab.err.code == ERR_MEMORY, "%s", lab.err.text);
		if (!done)
			sip_lab_release(&lab);
	}
}
END_TEST

/* What ran out of memory half way is no JSON; nothing of it is kept. */
START_TEST(cut_evidence_is_refused)
{
	static const char word[3000] = { 'x' };
	struct evidence e;
	struct occurrence o = { .rule = RULE_D9,
		                .cause = SLICE_LIT("c"),
		                .text = SLICE_LIT("t"),
		                .first = at(0, 1),
		                .evidence = &e };

	evidence_init(&e);
	evidence_int(&e, "copies", 7);
	mem_fail_after(0);
	evidence_text(&e, "word", slice_of(word, sizeof word));
	mem_fail_after(UINT64_MAX);
	ck_assert(!findings_add(lab.analysis.findings, &o));
	ck_assert_int_eq(lab.err.code, ERR_MEMORY);
	ck_assert_uint_eq(findings_count(lab.analysis.findings, RULE_D9, SLICE_LIT("c")), 0);
	evidence_release(&e);
}
END_TEST

START_TEST(evidence_is_json)
{
	struct evidence e;
	struct text out;

	evidence_init(&e);
	text_init(&out);
	evidence_int(&e, "copies", 7);
	evidence_real(&e, "ratio", 0.25);
	evidence_text(&e, "agent", SLICE_LIT("a\"b"));
	evidence_frame(&e, at(1, 9));
	evidence_frame(&e, at(1, 4));
	evidence_frame(&e, at(1, 9));
	ck_assert(slice_eq_str(evidence_json(&e, &out),
	                       "{\"copies\": 7, \"ratio\": 0.250, \"agent\": \"a\\\"b\", "
	                       "\"frames\": [4, 9]}"));
	text_release(&out);
	evidence_release(&e);
}
END_TEST

Suite *suite_findings(void)
{
	Suite *s = suite_create("findings");
	TCase *tc = tcase_create("findings");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, single_occurrence_keeps_its_sentence);
	tcase_add_test(tc, many_calls_are_one_finding);
	tcase_add_test(tc, two_legs_of_a_call_are_one_call);
	tcase_add_test(tc, occurrences_of_no_call_count_alone);
	tcase_add_loop_test(tc, span_of_a_group, 0, sizeof spans / sizeof *spans);
	tcase_add_loop_test(tc, order_does_not_matter, 0, 6);
	tcase_add_test(tc, best_confidence_counts);
	tcase_add_test(tc, rule_that_is_off_says_nothing);
	tcase_add_test(tc, rules_are_recorded);
	tcase_add_test(tc, groups_are_bounded);
	tcase_add_loop_test(tc, one_direction, 0, sizeof views / sizeof *views);
	tcase_add_loop_test(tc, lossy_capture, 0, sizeof captures / sizeof *captures);
	tcase_add_test(tc, lack_of_memory);
	tcase_add_test(tc, cut_evidence_is_refused);
	tcase_add_test(tc, evidence_is_json);
	suite_add_tcase(s, tc);
	return s;
}
