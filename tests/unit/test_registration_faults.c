/* Family G: what triggers each rule, and what falls short of it by one step. */
#include "base/mem.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_registration_faults(void);

#define CONTACT(host, rest) "without=Contact h=Contact:<sip:a@" host ">" rest
#define HOME                CONTACT("192.0.2.1", ";expires=60")
#define DIGEST                                                                                     \
	"h=Authorization:Digest_username=\"bob\",_realm=\"r\",_nonce=\"n\",_uri=\"sip:x\","        \
	"_response=\"x\""
#define REGISTERED                                                                                 \
	"0 a>b REGISTER 1 REGISTER r1 A - " HOME "\n0.1 b>a 200 1 REGISTER r1 A B " HOME "\n"
#define CALLED(at, status)                                                                         \
	at " c>b INVITE 1 INVITE i1 C - call=i\n" at "1 b>c " status " 1 INVITE i1 C D call=i\n"

static const struct flow {
	const char *name, *rules, *lines;
	const char *findings; /* rule|occurrences of family G */
} flows[] = {
	{ "called after it ran out", "", REGISTERED CALLED("99.", "480"), "G1|1" },
	{ "called while registered", "", REGISTERED CALLED("60.", "480"), "" },
	{ "called after it ran out, it rang", "",
	  REGISTERED "99 c>b INVITE 1 INVITE i1 C - call=i\n99.1 b>c 180 1 INVITE i1 C D call=i\n"
	             "99.2 b>c 480 1 INVITE i1 C D call=i",
	  "" },
	{ "called after it ran out, and nobody answers", "",
	  REGISTERED "99 c>b INVITE 1 INVITE i1 C - call=i\n", "G1|1" },
	{ "another is called", "",
	  REGISTERED "99 c>b INVITE 1 INVITE i1 C - call=i to=carol\n"
	             "99.1 b>c 480 1 INVITE i1 C D call=i to=carol",
	  "" },
	{ "it registers again before the call is over", "",
	  REGISTERED "99 c>b INVITE 1 INVITE i1 C - call=i\n"
	             "99.5 a>b REGISTER 2 REGISTER r2 A - " HOME "\n"
	             "99.6 b>a 200 2 REGISTER r2 A B " HOME "\n"
	             "99.9 b>c 480 1 INVITE i1 C D call=i",
	  "G1|1" },
	{ "rule switched off", "G1 = off\n", REGISTERED CALLED("99.", "480"), "" },
	{ "one of two Contacts removed: the other is left", "",
	  REGISTERED "1 d>b REGISTER 1 REGISTER s1 S - call=s " CONTACT(
	          "192.0.2.4",
	          ";expires=60") "\n"
	                         "1.1 b>d 200 1 REGISTER s1 S B "
	                         "call=s " CONTACT(
	                                 "192.0.2.4",
	                                 ";expires=60,<sip:a@192.0."
	                                 "2.1>") "\n"
	                                         "5 a>b REGISTER 2 "
	                                         "REGISTER r2 A "
	                                         "- " CONTACT(
	                                                 "192.0.2.1",
	                                                 ";expires="
	                                                 "0") "\n"
	                                                      "5.1 "
	                                                      "b>a "
	                                                      "200 "
	                                                      "2 "
	                                                      "REGIS"
	                                                      "TER "
	                                                      "r2 A "
	                                                      "B"
	                                                      " " CONTACT(
	                                                              "192.0.2.4",
	                                                              ";expires=55") "\n" CALLED("1"
	                                                                                         "0"
	                                                                                         ".",
	                                                                                         "4"
	                                                                                         "8"
	                                                                                         "0"),
	  "" },
	{ "59 s granted", "",
	  "0 a>b REGISTER 1 REGISTER r1 A - " HOME "\n"
	  "0.1 b>a 200 1 REGISTER r1 A B " CONTACT("192.0.2.1", ";expires=59"),
	  "G3|1" },
	{ "60 s granted", "", REGISTERED, "" },
	{ "60 s granted, 61 wanted", "expiry-unfit.least = 61\n", REGISTERED, "G3|1" },
	{ "3601 s behind NAT", "",
	  "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT(
	          "10.0.0.1", ";expires=3601") "\n"
	                                       "0.1 b>a 200 1 REGISTER r1 A B " CONTACT(
	                                               "10.0.0.1", ";expires=3601"),
	  "G3|1" },
	{ "3600 s behind NAT", "",
	  "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT(
	          "10.0.0.1", ";expires=3600") "\n"
	                                       "0.1 b>a 200 1 REGISTER r1 A B " CONTACT(
	                                               "10.0.0.1", ";expires=3600"),
	  "" },
	{ "a host name is no sign of NAT", "",
	  "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT(
	          "phone.example", ";expires=7200") "\n"
	                                            "0.1 b>a 200 1 REGISTER r1 A B " CONTACT(
	                                                    "phone.example", ";expires=7200"),
	  "" },
};

static void expect(struct sip_lab *lab, const char *name, const char *findings)
{
	const char *rows = sip_lab_rows(lab, "SELECT rule, sum(occurrences) FROM findings WHERE "
	                                     "rule LIKE 'G%' GROUP BY rule ORDER BY rule");
	ck_assert_msg(!strcmp(rows, findings), "%s: %s, expected %s", name, rows, findings);
}

START_TEST(single_accounts)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab) && sip_lab_rules(&lab, f->rules));
	ck_assert_msg(sip_lab_feed(&lab, f->lines) && sip_lab_pass(&lab, 200) &&
	                      sip_lab_finish(&lab),
	              "%s: %s", f->name, lab.err.text);
	expect(&lab, f->name, f->findings);
	sip_lab_release(&lab);
}
END_TEST

static void feed(struct sip_lab *lab, const char *format, double at, int i)
{
	char line[1024];

	snprintf(line, sizeof line, format, at, i, i, i);
	ck_assert_msg(sip_lab_feed(lab, line), "%s", lab->err.text);
}

/* `count` times every `every` seconds from `from` on: its Call-ID, branch and user are numbered. */
struct many {
	double from, every;
	int count;
	bool refused;
};

static void feed_many(struct sip_lab *lab, struct many m, int first)
{
	for (int i = first; i < first + m.count; i++) {
		double at = m.from + m.every * (i - first);
		feed(lab, "%.3f a>b REGISTER 1 REGISTER r%d A - call=m%d to=u%d " DIGEST, at, i);
		if (m.refused)
			feed(lab, "%.3f b>a 403 1 REGISTER r%d A B call=m%d to=u%d", at + 0.001, i);
	}
}

static const struct {
	const char *name, *rules;
	struct many many[3];
	const char *findings;
} rates[] = {
	{ "51 within a second", "", { { 1, 0.019, 51, false } }, "G4|1" },
	{ "50 within a second", "", { { 1, 0.019, 50, false } }, "" },
	{ "51 in 1.02 s", "", { { 1, 0.0204, 51, false } }, "" },
	{ "fewer allowed", "G4.per_second = 9\n", { { 1, 0.05, 10, false } }, "G4|1" },
	{ "two floods",
	  "G4.per_second = 9\n",
	  { { 1, 0.05, 10, false }, { 9, 0.05, 10, false } },
	  "G4|2" },
	{ "one flood of three seconds", "G4.per_second = 9\n", { { 1, 0.05, 60, false } }, "G4|1" },
	{ "21 at once after a gap", "", { { 0, 1, 12, false }, { 20, 0.01, 21, false } }, "G4|1" },
	{ "19 at once after a gap", "", { { 0, 1, 12, false }, { 20, 0.01, 19, false } }, "" },
	{ "a gap too brief", "", { { 0, 1, 12, false }, { 15.9, 0.01, 21, false } }, "" },
	{ "no history", "", { { 0, 1, 9, false }, { 20, 0.01, 21, false } }, "" },
	{ "ten times what is usual", "", { { 0, 0.5, 24, false }, { 20, 0.01, 20, false } }, "" },
	{ "ten refused in a minute", "", { { 0, 6, 10, true } }, "G5|1" },
	{ "nine refused in a minute", "", { { 0, 6, 9, true } }, "" },
	{ "ten refused in 63 s", "", { { 0, 7, 10, true } }, "" },
	{ "forty refused in a row are one finding", "", { { 0, 6, 40, true } }, "G5|1" },
	{ "two rows of refusals", "", { { 0, 3, 10, true }, { 200, 3, 10, true } }, "G5|2" },
	{ "three are enough", "G5.failures = 3\n", { { 0, 6, 3, true } }, "G5|1" },
};

START_TEST(rates_of_sources)
{
	struct sip_lab lab;
	int first = 1000;

	ck_assert(sip_lab_init(&lab) && sip_lab_rules(&lab, rates[_i].rules));
	for (int i = 0; i < 3; first += 1000, i++)
		feed_many(&lab, rates[_i].many[i], first);
	ck_assert(sip_lab_finish(&lab));
	expect(&lab, rates[_i].name, rates[_i].findings);
	sip_lab_release(&lab);
}
END_TEST

/* `turns`: a letter each minute, the Contact's last octet of a success in upper case, a failure as '-'. */
static const struct {
	const char *name, *turns, *findings;
} flaps[] = {
	{ "four changes", "ABABA", "G2|1" },
	{ "three changes", "ABAB", "" },
	{ "four in more than ten minutes", "ABBBBBBABBBBA", "" },
	{ "four turns", "A-A-A", "G2|1" },
	{ "three turns", "A-A-", "" },
	{ "always failing", "---------", "" },
};

START_TEST(flapping)
{
	struct sip_lab lab;
	char line[512];

	ck_assert(sip_lab_init(&lab));
	for (int i = 0; flaps[_i].turns[i]; i++) {
		char c = flaps[_i].turns[i];
		snprintf(line, sizeof line,
		         "%d a>b REGISTER 1 REGISTER r%d A - call=m%d without=Contact "
		         "h=Contact:<sip:%c@h>;expires=300\n"
		         "%d.1 b>a %d 1 REGISTER r%d A B call=m%d without=Contact "
		         "h=Contact:<sip:%c@h>;expires=300",
		         i * 60, i, i, c, i * 60, c == '-' ? 503 : 200, i, i, c);
		ck_assert(sip_lab_feed(&lab, line));
	}
	ck_assert(sip_lab_finish(&lab));
	expect(&lab, flaps[_i].name, flaps[_i].findings);
	sip_lab_release(&lab);
}
END_TEST

START_TEST(evidence)
{
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab));
	feed_many(&lab, (struct many){ 0, 2, 12, true }, 1000);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT o.text, o.first_frame, o.last_frame, "
	                                    "o.evidence ->> '$.refused', o.evidence ->> '$.users' "
	                                    "FROM finding_occurrences o JOIN findings f ON f.id = "
	                                    "o.finding_id WHERE rule = 'G5'"),
	                 "192.0.2.1 was refused 12 times in 22 s, with credentials of 1 user|2|24|"
	                 "12|1");
	sip_lab_release(&lab);
}
END_TEST

Suite *suite_registration_faults(void)
{
	Suite *s = suite_create("registration_faults");
	TCase *tc = tcase_create("registration_faults");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, single_accounts, 0, (int)(sizeof flows / sizeof flows[0]));
	tcase_add_loop_test(tc, rates_of_sources, 0, (int)(sizeof rates / sizeof rates[0]));
	tcase_add_loop_test(tc, flapping, 0, (int)(sizeof flaps / sizeof flaps[0]));
	tcase_add_test(tc, evidence);
	suite_add_tcase(s, tc);
	return s;
}
