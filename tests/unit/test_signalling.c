/* Family D of single legs: lines of signalling in, findings and the facts behind them out. */
#include "tests/helpers/shortage.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

Suite *suite_signalling(void);

#define FINDINGS                                                                                   \
	"SELECT f.rule, f.confidence, o.first_frame, o.last_frame FROM findings f JOIN "           \
	"finding_occurrences o ON o.finding_id = f.id WHERE f.rule GLOB '[DE][0-9]*' ORDER BY "    \
	"f.rule, o.first_us"
#define FACTS                                                                                      \
	"SELECT cut, round(trying_ms), round(disconnect_ms), disconnect, attempts, challenges, "   \
	"username, holds, extra_answers, cancel_race FROM calls ORDER BY id"

#define INVITE "0 a>b INVITE 1 INVITE b1 A - sdp=sendrecv\n"
#define RING   "0.5 b>a 180 1 INVITE b1 A B\n"
#define ANSWER "2 b>a 200 1 INVITE b1 A B sdp=sendrecv\n"
#define ACK    "2.1 a>b ACK 1 ACK b2 A B\n"
#define CALL   INVITE RING ANSWER ACK
#define BYE    "9 a>b BYE 9 BYE b9 A B\n9.1 b>a 200 9 BYE b9 A B\n"
#define CREDENTIALS                                                                                \
	" h=Authorization:Digest_username=\"alice\",realm=\"r\",nonce=\"n\",uri=\"sip:b\","        \
	"response=\"0\"\n"
#define CHALLENGE   " h=WWW-Authenticate:Digest_realm=\"r\",nonce=\"n\"\n"
#define REALM(name) " h=WWW-Authenticate:Digest_realm=\"" name "\",nonce=\"n\"\n"

#define HOP "0.1 b>c INVITE 1 INVITE p1 A -\n"
#define HOP_COPIES                                                                                 \
	"0.6 b>c INVITE 1 INVITE p1 A -\n1.6 b>c INVITE 1 INVITE p1 A -\n"                         \
	"3.6 b>c INVITE 1 INVITE p1 A -\n"
#define UNKNOWN(number)                                                                            \
	"0 a>b INVITE 1 INVITE b1 A - to=" number "\n0.1 b>a 404 1 INVITE b1 A B to=" number "\n"
/* The 2xx, and the ACK that follows it. */
#define AGAIN(at, headers, ack_to)                                                                 \
	at " b>a 200 1 INVITE b1 A B" headers "\n" at "9 a>" ack_to                                \
	   " ACK 1 ACK b2 A B uri=b@192.0.2.2\n"
#define ROUTED    " h=Record-Route:<sip:192.0.2.9;lr>,<sip:192.0.2.4;lr>"
#define NAMED     " h=Record-Route:<sip:proxy.example.com;lr>"
#define BYE_LATER "39 a>b BYE 9 BYE b9 A B\n39.1 b>a 200 9 BYE b9 A B\n"

/* `pass`: seconds of silence before the end of the capture; 0: none. */
static const struct flow {
	const char *name, *lines;
	double pass;
	const char *findings, *facts;
} flows[] = {
	{ "a sound call", CALL BYE, 0, "", "-|500.0|100.0|completed|1|0|-|0|0|0" },
	{ "still open", CALL, 0, "", "end|500.0|-|-|1|0|-|0|0|0" },
	{ "begins in the middle", "5 a>b BYE 2 BYE b3 A B\n5.1 b>a 200 2 BYE b3 A B", 0, "",
	  "start|-|100.0|completed|0|0|-|0|0|0" },
	{ "neither end", "5 a>b INVITE 2 INVITE b3 A B\n5.1 b>a 200 2 INVITE b3 A B", 0, "",
	  "both|-|-|-|0|0|-|0|0|0" },
	{ "no response, timer B", INVITE "0.5 a>b INVITE 1 INVITE b1 A - sdp=sendrecv\n", 33,
	  "D7|medium|1|1", "-|-|-|-|1|0|-|0|0|0" },
	{ "no response, and not repeated", INVITE, 32, "D7|low|1|1", "-|-|-|-|1|0|-|0|0|0" },
	{ "no response yet", INVITE, 31, "", "end|-|-|-|1|0|-|0|0|0" },
	{ "ringing, timer C", INVITE RING, 181, "", "-|500.0|-|-|1|0|-|0|0|0" },
	{ "ringing", INVITE RING, 179, "", "end|500.0|-|-|1|0|-|0|0|0" },
	{ "answered, and nothing for hours", CALL, 4 * 3600 + 10, "", "-|500.0|-|-|1|0|-|0|0|0" },
	{ "BYE unanswered", CALL "9 a>b BYE 9 BYE b9 A B\n9.5 a>b BYE 9 BYE b9 A B", 60,
	  "D19|medium|5|6", "-|500.0|-|failed|1|0|-|0|0|0" },
	{ "BYE unanswered yet", CALL "9 a>b BYE 9 BYE b9 A B\n9.5 a>b BYE 9 BYE b9 A B", 40, "",
	  "-|500.0|-|-|1|0|-|0|0|0" },
	{ "BYE challenged, then accepted",
	  CALL "9 a>b BYE 9 BYE b9 A B\n9.1 b>a 407 9 BYE b9 A B\n"
	       "9.2 a>b BYE 10 BYE c1 A B\n9.3 b>a 200 10 BYE c1 A B",
	  0, "", "-|500.0|300.0|completed|1|0|-|0|0|0" },
	{ "BYE unknown", CALL "9 a>b BYE 9 BYE b9 A B\n9.1 b>a 481 9 BYE b9 A B", 0,
	  "D13|medium|5|6", "-|500.0|100.0|failed|1|0|-|0|0|0" },
	{ "both hang up",
	  CALL "9 a>b BYE 9 BYE b9 A B\n9.01 b>a BYE 1 BYE x1 B A\n"
	       "9.1 b>a 481 9 BYE b9 A B\n9.1 a>b 200 1 BYE x1 B A",
	  0, "", "-|500.0|100.0|completed|1|0|-|0|0|0" },
	{ "challenged once",
	  INVITE "0.1 b>a 401 1 INVITE b1 A X" CHALLENGE
	         "0.2 a>b INVITE 2 INVITE c1 A -" CREDENTIALS
	         "1 b>a 200 2 INVITE c1 A B\n1.1 a>b ACK 2 ACK c2 A B\n" BYE,
	  0, "", "-|100.0|100.0|completed|2|1|alice|0|0|0" },
	{ "stale is no refusal",
	  INVITE "0.1 b>a 401 1 INVITE b1 A X" CHALLENGE
	         "0.2 a>b INVITE 2 INVITE c1 A -" CREDENTIALS "0.3 b>a 401 2 INVITE c1 A X "
	         "h=WWW-Authenticate:Digest_realm=\"r\",nonce=\"m\",stale=TRUE\n"
	         "0.4 a>b INVITE 3 INVITE d1 A -" CREDENTIALS "0.5 b>a 401 3 INVITE d1 A X "
	         "h=WWW-Authenticate:Digest_realm=\"r\",nonce=\"m\",stale="
	         "\"true\"\n"
	         "0.6 a>b INVITE 4 INVITE e1 A -" CREDENTIALS "0.7 b>a 486 4 INVITE e1 A B\n",
	  0, "D8|high|1|8", "-|100.0|-|-|4|3|alice|0|0|0" },
	{ "refused again and again",
	  INVITE
	  "0.1 b>a 401 1 INVITE b1 A X" CHALLENGE "0.2 a>b INVITE 2 INVITE c1 A -" CREDENTIALS
	  "0.3 b>a 401 2 INVITE c1 A X" CHALLENGE "0.4 a>b INVITE 3 INVITE d1 A -" CREDENTIALS
	  "0.5 b>a 401 3 INVITE d1 A X" CHALLENGE,
	  0, "D1|high|1|6", "-|100.0|-|-|3|3|alice|0|0|0" },
	{ "a chain of realms",
	  INVITE "0.1 b>a 401 1 INVITE b1 A X" REALM(
	          "r1") "0.2 a>b INVITE 2 INVITE c1 A -" CREDENTIALS
	                "0.3 b>a 401 2 INVITE c1 A X" REALM("r2") "0.4 a>b INVITE 3 INVITE d1 A "
	                                                          "-" CREDENTIALS "0.5 b>a 401 3 "
	                                                          "INVITE d1 A "
	                                                          "X" REALM("r3"),
	  0, "", "-|100.0|-|-|3|3|alice|0|0|0" },
	{ "challenge ignored", INVITE "0.1 b>a 401 1 INVITE b1 A X" CHALLENGE, 33, "D2|medium|1|2",
	  "-|100.0|-|-|1|1|-|0|0|0" },
	{ "challenged at the capture's end", INVITE "0.1 b>a 401 1 INVITE b1 A X" CHALLENGE, 20, "",
	  "-|100.0|-|-|1|1|-|0|0|0" },
	{ "a proxy's forks: the CANCEL of the loser is no race",
	  INVITE
	  "0.1 b>c INVITE 1 INVITE p1 A -\n0.1 b>d INVITE 1 INVITE p2 A -\n"
	  "0.5 c>b 180 1 INVITE p1 A C\n2 d>b 200 1 INVITE p2 A D\n2 b>a 200 1 INVITE b1 A D\n"
	  "2 b>c CANCEL 1 CANCEL p1 A -\n2.1 c>b 200 1 CANCEL p1 A C\n2.1 c>b 487 1 INVITE p1 A C\n"
	  "2.2 a>b ACK 1 ACK k1 A D\n9 a>b BYE 9 BYE b9 A D\n9.1 b>a 200 9 BYE b9 A D",
	  0, "", "-|2000.0|100.0|completed|1|0|-|0|0|0" },
	{ "held twice",
	  CALL
	  "3 a>b INVITE 2 INVITE h1 A B sdp=sendonly\n3.1 b>a 200 2 INVITE h1 A B sdp=recvonly\n"
	  "4 a>b INVITE 3 INVITE h2 A B sdp=sendrecv\n4.1 b>a 200 3 INVITE h2 A B sdp=sendrecv\n"
	  "5 a>b INVITE 4 INVITE h3 A B sdp=sendonly\n5.1 b>a 200 4 INVITE h3 A B sdp=recvonly\n"
	  "6 a>b INVITE 5 INVITE h4 A B sdp=sendonly\n6.1 b>a 488 5 INVITE h4 A B\n" BYE,
	  0, "", "-|500.0|100.0|completed|1|0|-|2|0|0" },
	{ "the ACK comes late",
	  INVITE ANSWER "2.5 b>a 200 1 INVITE b1 A B\n3.5 b>a 200 1 INVITE b1 A B\n"
	                "5.5 b>a 200 1 INVITE b1 A B\n5.6 a>b ACK 1 ACK b2 A B\n" BYE,
	  0, "", NULL },
	{ "a request repeated after its answer",
	  CALL "9 a>b INFO 9 INFO b9 A B\n9.05 b>a 200 9 INFO b9 A B\n9.5 a>b INFO 9 INFO b9 A B\n"
	       "10.5 a>b INFO 9 INFO b9 A B",
	  0, "D16|medium|6|8", NULL },
	{ "copies that crossed the answer",
	  CALL "9 a>b INFO 9 INFO b9 A B\n9.45 b>a 200 9 INFO b9 A B\n9.5 a>b INFO 9 INFO b9 A B\n"
	       "9.6 a>b INFO 9 INFO b9 A B",
	  0, "", NULL },
	{ "a proxy's INVITE is never answered",
	  INVITE "0.1 b>a 100 1 INVITE b1 A -\n" HOP HOP_COPIES, 40, "D7|medium|3|6", NULL },
	{ "a proxy's INVITE is never answered, and the caller gets 408",
	  INVITE "0.1 b>a 100 1 INVITE b1 A -\n" HOP HOP_COPIES "32.2 b>a 408 1 INVITE b1 A X\n",
	  40, "D7|medium|3|6", NULL },
	{ "a proxy's INVITE is answered late",
	  INVITE "0.1 b>a 100 1 INVITE b1 A -\n" HOP HOP_COPIES "4 c>b 486 1 INVITE p1 A C\n"
	         "4 b>a 486 1 INVITE b1 A C\n",
	  40, "D8|high|1|8", NULL },
	{ "a proxy repeats its INVITE only once",
	  INVITE "0.1 b>a 100 1 INVITE b1 A -\n" HOP "0.6 b>c INVITE 1 INVITE p1 A -\n", 40, "",
	  NULL },
	{ "a number that rang spelled otherwise",
	  UNKNOWN("0301234567") "10 a>b INVITE 1 INVITE d1 D - call=c2 to=+49301234567\n"
	                        "10.1 b>a 180 1 INVITE d1 D E call=c2 to=+49301234567\n"
	                        "10.2 b>a 486 1 INVITE d1 D E call=c2 to=+49301234567\n",
	  0, "D6|medium|1|2\nD8|high|3|5", NULL },
	{ "the ACK goes to another host",
	  INVITE AGAIN("2.0", "", "d") AGAIN("2.5", "", "d") AGAIN("3.5", "", "d") BYE_LATER, 0,
	  "D18|medium|2|6", NULL },
	{ "the ACK goes where Record-Route says",
	  INVITE AGAIN("2.0", ROUTED, "d") AGAIN("2.5", ROUTED, "d") AGAIN("3.5", ROUTED, "d")
	          BYE_LATER,
	  0, "", NULL },
	{ "the ACK goes to the Contact, past Record-Route",
	  INVITE AGAIN("2.0", ROUTED, "b") AGAIN("2.5", ROUTED, "b") AGAIN("3.5", ROUTED, "b")
	          BYE_LATER,
	  0, "D18|medium|2|6", NULL },
	{ "Record-Route names a host",
	  INVITE AGAIN("2.0", NAMED, "b") AGAIN("2.5", NAMED, "b") AGAIN("3.5", NAMED, "b")
	          BYE_LATER,
	  0, "", NULL },
};

static bool run(struct sip_lab *lab, const struct flow *f)
{
	return sip_lab_init(lab) && sip_lab_feed(lab, f->lines) &&
	       (!(f->pass > 0) || sip_lab_pass(lab, f->pass)) && sip_lab_finish(lab);
}

static void compare(struct sip_lab *lab, const struct flow *f, const char *sql, const char *rows)
{
	if (rows)
		ck_assert_msg(!strcmp(sip_lab_rows(lab, sql), rows), "%s:\n%s", f->name,
		              sip_lab_rows(lab, sql));
}

START_TEST(flow)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;

	ck_assert_msg(run(&lab, f), "%s: %s", f->name, lab.err.text);
	compare(&lab, f, FINDINGS, f->findings);
	compare(&lab, f, FACTS, f->facts);
	sip_lab_release(&lab);
}
END_TEST

/* Allocations fail: nothing leaks, and the run says so. */
START_TEST(without_memory)
{
	struct shortage shortage = { 0 };
	struct sip_lab lab;

	shortage_watch(&shortage);
	ck_assert(run(&lab, &flows[_i]));
	shortage_plan(&shortage);
	sip_lab_release(&lab);
	while (shortage_next(&shortage)) {
		bool done = run(&lab, &flows[_i]);
		shortage_over();
		ck_assert(!done && lab.err.code == ERR_MEMORY);
		sip_lab_release(&lab);
	}
	shortage_release(&shortage);
}
END_TEST

/* Numbers refused, and one that can be called. */
static const struct spelling {
	const char *refused, *reached;
	bool same;
} spellings[] = {
	{ "0301234567", "+49301234567", true },
	{ "0049301234567", "+49301234567", true },
	{ "+49301234567", "0301234567", true },
	{ "12125551234", "2125551234", true },
	{ "00000301234567", "301234567", true },
	{ "+49301234567", "+49301234567", false }, /* not another spelling */
	{ "0401234567", "+49301234567", false },
	{ "234567", "+49301234567", false }, /* too short to tell */
	{ "alice1234567", "1234567", false },
	{ "0", "1234567", false },
	{ "+", "+49301234567", false },
	{ "1234567890123456789012345678901234567890", "8901234567890", false },
};

/* In either order. */
START_TEST(spelled_otherwise)
{
	const struct spelling *s = &spellings[_i / 2];
	double refused_at = _i % 2 ? 0 : 10, reached_at = _i % 2 ? 10 : 0;
	struct sip_lab lab;
	char refused[512], reached[512], rows[64] = "-";

	snprintf(refused, sizeof refused,
	         "%.1f a>b INVITE 1 INVITE b1 A - to=%s\n%.1f b>a 404 1 INVITE b1 A B to=%s\n",
	         refused_at, s->refused, refused_at + 0.1, s->refused);
	snprintf(reached, sizeof reached,
	         "%.1f a>b INVITE 1 INVITE d1 D - call=c2 to=%s\n"
	         "%.1f b>a 200 1 INVITE d1 D E call=c2 to=%s\n",
	         reached_at, s->reached, reached_at + 0.1, s->reached);
	ck_assert(sip_lab_init(&lab) && sip_lab_feed(&lab, _i % 2 ? refused : reached) &&
	          sip_lab_feed(&lab, _i % 2 ? reached : refused) && sip_lab_finish(&lab));
	if (s->same)
		snprintf(rows, sizeof rows, "%s|%d", s->reached, _i % 2 ? 4 : 2);
	ck_assert_str_eq(
	        sip_lab_rows(&lab,
	                     "SELECT coalesce(json_extract(evidence, '$.reached_as') || '|' || "
	                     "json_extract(evidence, '$.reached_frame'), '-') FROM findings "
	                     "WHERE rule = 'D6'"),
	        rows);
	sip_lab_release(&lab);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_signalling(void)
{
	Suite *s = suite_create("signalling");
	TCase *t = tcase_create("signalling");

	tcase_add_loop_test(t, flow, 0, COUNT(flows));
	tcase_add_loop_test(t, without_memory, 9, 12);
	tcase_add_loop_test(t, without_memory, COUNT(flows) - 9, COUNT(flows) - 7); /* hops */
	tcase_add_loop_test(t, without_memory, COUNT(flows) - 5, COUNT(flows) - 4); /* numbers */
	tcase_add_loop_test(t, spelled_otherwise, 0, 2 * COUNT(spellings));
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
