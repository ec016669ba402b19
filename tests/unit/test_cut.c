/* Family E: the pure questions behind it, and cuts by whole calls. */
#include "analyzer/findings/cut.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>

Suite *suite_cut(void);

static const struct nearest_case {
	const char *list;
	double s, tolerance, found;
} nearest_cases[] = {
	{ "12.8, 32, 64", 32, 2, 32 },  { "12.8, 32, 64", 33.9, 2, 32 },
	{ "12.8, 32, 64", 34.1, 2, 0 }, { "12.8,32,64", 11, 2, 12.8 },
	{ "10, 20, 30", 15, 5, 10 }, /* the first of two equally near */
	{ "10, 20, 30", 16, 5, 20 },    { "", 10, 2, 0 },
	{ "nonsense, 10", 9, 2, 10 },   { "nonsense", 1, 2, 0 },
};

START_TEST(nearest_of_a_list)
{
	const struct nearest_case *c = &nearest_cases[_i];
	ck_assert_double_eq(cut_nearest(slice_str(c->list), c->s, c->tolerance), c->found);
}
END_TEST

/* RFC 4028 10: min(32, a third) before the end, or at the end. */
static const struct timer_case {
	double since, expires;
	bool fits;
} timer_cases[] = {
	{ 1768, 1800, true },    { 1766.1, 1800, true },
	{ 1765.9, 1800, false }, { 1800, 1800, true },
	{ 1785, 1800, false },   { 60, 90, true }, /* a third of 90 is less than 32 */
	{ 58, 90, true },        { 57, 90, false },
	{ 90, 90, true },        { 75, 90, false },
	{ 0, 0, false },
};

START_TEST(session_timer)
{
	const struct timer_case *c = &timer_cases[_i];
	ck_assert(cut_is_session_timer(c->since, c->expires, 32, 2) == c->fits);
}
END_TEST

static const struct peak_case {
	const char *name;
	double s[12];
	size_t n, from, found;
} peak_cases[] = {
	{ "three alike", { 600, 600.4, 601 }, 3, 0, 3 },
	{ "two are not three", { 600, 600.4 }, 2, 0, 0 },
	{ "just too far apart", { 600, 601, 602.1 }, 3, 0, 0 },
	{ "the rest of the list", { 100, 300, 600, 600.1, 600.2 }, 5, 2, 3 },
	{ "not from here", { 100, 300, 600, 600.1, 600.2 }, 5, 1, 0 },
	/* Eight within a minute: 0.13 are to be expected in two seconds, and 0.13 + 6 * 0.37 = 2.3. */
	{ "a few around it",
	  { 560, 570, 580, 590, 600, 600.5, 601, 610, 620, 630, 640 },
	  11,
	  4,
	  3 },
};

START_TEST(peak)
{
	const struct peak_case *c = &peak_cases[_i];
	ck_assert_msg(cut_peak(c->s, c->n, c->from, 1, 3, 6) == c->found, "%s", c->name);
}
END_TEST

/* Every second a call ends, and four at 600 s: 2 + 6 * 1.4 would be needed. */
START_TEST(no_peak_where_all_is_full)
{
	double s[604];
	size_t n = 0;

	for (unsigned i = 300; i < 900; i++) {
		s[n++] = i;
		if (i == 600)
			s[n++] = i;
	}
	ck_assert_uint_eq(cut_peak(s, n, 300, 1, 3, 6), 0);
}
END_TEST

#define ROWS                                                                                       \
	"SELECT f.rule, f.confidence, f.occurrences, f.cause FROM findings f WHERE f.rule GLOB "   \
	"'[DE][0-9]*' ORDER BY f.rule, f.cause"
#define INVITE "0 a>b INVITE 1 INVITE b1 A - sdp=sendrecv\n"
#define CALL                                                                                       \
	INVITE "0.5 b>a 180 1 INVITE b1 A B\n2 b>a 200 1 INVITE b1 A B sdp=sendrecv\n"             \
	       "2.1 a>b ACK 1 ACK b2 A B\n"
#define TIMED(seconds)                                                                             \
	INVITE "2 b>a 200 1 INVITE b1 A B sdp=sendrecv h=Session-Expires:" seconds                 \
	       ";refresher=uac\n2.1 a>b ACK 1 ACK b2 A B\n"
#define CALLEE_ENDS(at, after) at " b>a BYE 1 BYE x1 B A\n" after " a>b 200 1 BYE x1 B A\n"
#define NO_ACK                                                                                     \
	INVITE "1 b>a 200 1 INVITE b1 A B\n1.5 b>a 200 1 INVITE b1 A B\n2.5 b>a 200 1 INVITE b1 "  \
	       "A B\n4.5 b>a 200 1 INVITE b1 A B\n"

static const struct flow {
	const char *name, *lines, *rows;
} flows[] = {
	{ "an ordinary call", CALL CALLEE_ENDS("40", "40.1"), "" },
	{ "32 s without an ACK", NO_ACK CALLEE_ENDS("33", "33.1"),
	  "D17|high|1|no ACK for 192.0.2.2\nE1|medium|1|cut 32 s after the answer by 192.0.2.2" },
	{ "64 s, T1 of a second", NO_ACK CALLEE_ENDS("65.5", "65.6"),
	  "D17|medium|1|no ACK for 192.0.2.2\nE1|medium|1|cut 64 s after the answer by 192.0.2.2" },
	{ "no ACK, and ended by the caller at 32 s",
	  NO_ACK "33 a>b BYE 2 BYE b3 A B\n33.1 b>a 200 2 BYE b3 A B",
	  "D17|medium|1|no ACK for 192.0.2.2" },
	{ "no ACK, a proxy's timer", NO_ACK CALLEE_ENDS("6", "6.1"),
	  "D17|medium|1|no ACK for 192.0.2.2\nE9|medium|1|cut 5 s after the answer by 192.0.2.2" },
	{ "session timer", TIMED("90") CALLEE_ENDS("62", "62.1"),
	  "E2|medium|1|session timer of 90 s at 192.0.2.2" },
	{ "session timer, refreshed in time",
	  TIMED("90") "47 a>b UPDATE 2 UPDATE u1 A B\n"
	              "47.1 b>a 200 2 UPDATE u1 A B h=Session-Expires:90;refresher=uac\n"
	              "62 b>a BYE 1 BYE x1 B A\n62.1 a>b 200 1 BYE x1 B A",
	  "" },
	{ "session timer, another moment", TIMED("90") CALLEE_ENDS("70", "70.1"), "" },
	{ "hold refused, and dropped",
	  CALL "10 a>b INVITE 2 INVITE b3 A B sdp=sendonly\n10.1 b>a 488 2 INVITE b3 A B\n"
	       "10.2 a>b ACK 2 ACK b3 A B\n11 a>b BYE 3 BYE b4 A B\n11.1 b>a 200 3 BYE b4 A B",
	  "E8|medium|1|change refused with 488 by 192.0.2.2" },
	{ "hold refused, and going on",
	  CALL "10 a>b INVITE 2 INVITE b3 A B sdp=sendonly\n10.1 b>a 488 2 INVITE b3 A B\n"
	       "10.2 a>b ACK 2 ACK b3 A B\n13 a>b BYE 3 BYE b4 A B\n13.1 b>a 200 3 BYE b4 A B",
	  "" },
};

START_TEST(flow)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab));
	ck_assert_msg(sip_lab_feed(&lab, f->lines) && sip_lab_finish(&lab), "%s", lab.err.text);
	ck_assert_msg(!strcmp(sip_lab_rows(&lab, ROWS), f->rows), "%s:\n%s", f->name,
	              sip_lab_rows(&lab, ROWS));
	sip_lab_release(&lab);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_cut(void)
{
	Suite *s = suite_create("cut");
	TCase *t = tcase_create("cut");

	tcase_add_loop_test(t, nearest_of_a_list, 0, COUNT(nearest_cases));
	tcase_add_loop_test(t, session_timer, 0, COUNT(timer_cases));
	tcase_add_loop_test(t, peak, 0, COUNT(peak_cases));
	tcase_add_test(t, no_peak_where_all_is_full);
	tcase_add_loop_test(t, flow, 0, COUNT(flows));
	suite_add_tcase(s, t);
	return s;
}
