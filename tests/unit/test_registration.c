/* Registrations through the door: REGISTERs in, rows of the records out. */
#include "base/mem.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_registration(void);

#define ROWS                                                                                       \
	"SELECT outcome, final_status, challenges, expires_s, ended_by, (ended_us - "              \
	"1700000000000000) / 1000 FROM registrations ORDER BY id"

/* The phone is a at 192.0.2.1, the registrar b. */
#define CONTACT "without=Contact h=Contact:<sip:a@192.0.2.1>"
#define OTHER   "without=Contact h=Contact:<sip:a@192.0.2.99>"
#define DIGEST                                                                                     \
	"Digest_username=\"bob\",_realm=\"example.com\",_nonce=\"n\",_uri=\"sip:x\",_response="    \
	"\"r\""
#define CREDENTIALS "h=Authorization:" DIGEST
#define CHALLENGE   "h=WWW-Authenticate:Digest_realm=\"example.com\",_nonce=\"m\""
#define ASK         "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT ";expires=60\n"
#define OK          "0.1 b>a 200 1 REGISTER r1 A B " CONTACT ";expires=60\n"
#define REGISTERED  ASK OK
#define INSTANCE    ";reg-id=1;+sip.instance=\"<urn:uuid:1>\""

/* `pass`: seconds of silence after it. */
static const struct flow {
	const char *name, *lines;
	double pass;
	const char *rows;
} flows[] = {
	{ "registered", REGISTERED, 0, "registered|200|0|60|-|-" },
	{ "runs out", REGISTERED, 100, "registered|200|0|60|expired|60100" },
	{ "ran out in the capture's last seconds", REGISTERED, 61,
	  "registered|200|0|60|expired|60100" },
	{ "refreshed",
	  REGISTERED "30 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60\n"
	             "30.1 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=50",
	  0, "registered|200|0|60|refreshed|30100\nrefreshed|200|0|50|-|-" },
	{ "refreshed too late",
	  REGISTERED "61 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60\n"
	             "61.1 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=60",
	  0, "registered|200|0|60|expired|60100\nregistered|200|0|60|-|-" },
	{ "asked in time, answered late",
	  REGISTERED "60 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60\n"
	             "61 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=60",
	  0, "registered|200|0|60|refreshed|61000\nrefreshed|200|0|60|-|-" },
	{ "unregistered",
	  REGISTERED "9 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=0\n"
	             "9.1 b>a 200 2 REGISTER r2 A B without=Contact",
	  0, "registered|200|0|60|unregistered|9100\nunregistered|200|0|0|-|-" },
	{ "unregistered by the Expires header",
	  REGISTERED "9 a>b REGISTER 2 REGISTER r2 A - " CONTACT " h=Expires:0\n"
	             "9.1 b>a 200 2 REGISTER r2 A B without=Contact",
	  0, "registered|200|0|60|unregistered|9100\nunregistered|200|0|0|-|-" },
	{ "all Contacts removed",
	  REGISTERED "1 a>b REGISTER 1 REGISTER o1 A - " OTHER ";expires=60 call=c2\n"
	             "1.1 b>a 200 1 REGISTER o1 A B " OTHER ";expires=60 " CONTACT
	             ";expires=59 call=c2\n"
	             "9 a>b REGISTER 2 REGISTER r2 A - without=Contact h=Contact:* h=Expires:0\n"
	             "9.1 b>a 200 2 REGISTER r2 A B without=Contact",
	  0,
	  "registered|200|0|60|unregistered|9100\nregistered|200|0|60|unregistered|9100\n"
	  "unregistered|200|0|0|-|-" },
	{ "moves: the old Contact away, a new one in its place",
	  REGISTERED "9 a>b REGISTER 2 REGISTER r2 A - " CONTACT
	             ";expires=0,<sip:a@192.0.2.99>;expires=70\n"
	             "9.1 b>a 200 2 REGISTER r2 A B " OTHER ";expires=70",
	  0, "registered|200|0|60|unregistered|9100\nregistered|200|0|70|-|-" },
	{ "the registrar keeps one Contact only",
	  REGISTERED "9 a>b REGISTER 1 REGISTER o1 A - " OTHER ";expires=70 call=c2\n"
	             "9.1 b>a 200 1 REGISTER o1 A B " OTHER ";expires=70 call=c2",
	  0, "registered|200|0|60|replaced|9100\nregistered|200|0|70|-|-" },
	{ "two Contacts side by side",
	  REGISTERED "9 a>b REGISTER 1 REGISTER o1 A - " OTHER ";expires=70 call=c2\n"
	             "9.1 b>a 200 1 REGISTER o1 A B " OTHER
	             ";expires=70,<sip:a@192.0.2.1>;expires=51 call=c2",
	  0, "registered|200|0|60|-|-\nregistered|200|0|70|-|-" },
	{ "RFC 5626: the same instance at another address",
	  "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT INSTANCE ";expires=60\n"
	  "0.1 b>a 200 1 REGISTER r1 A B " CONTACT INSTANCE ";expires=60\n"
	  "9 a>b REGISTER 1 REGISTER o1 A - " OTHER INSTANCE ";expires=70 call=c2\n"
	  "9.1 b>a 200 1 REGISTER o1 A B " OTHER INSTANCE ";expires=70 call=c2",
	  0, "registered|200|0|60|replaced|9100\nregistered|200|0|70|-|-" },
	{ "queried",
	  "0 a>b REGISTER 1 REGISTER r1 A - without=Contact\n"
	  "0.1 b>a 200 1 REGISTER r1 A B " CONTACT ";expires=44",
	  0, "queried|200|0|-|-|-" },
	{ "challenged, then accepted",
	  ASK "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE "\n"
	      "0.2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "0.3 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=55",
	  0, "registered|200|1|55|-|-" },
	{ "challenged twice, the nonce was stale",
	  ASK "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE "\n"
	      "0.2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "0.3 b>a 401 2 REGISTER r2 A B " CHALLENGE ",_stale=true\n"
	      "0.4 a>b REGISTER 3 REGISTER r3 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "0.5 b>a 200 3 REGISTER r3 A B " CONTACT ";expires=55",
	  0, "registered|200|2|55|-|-" },
	{ "the nonce of the last time is challenged, not refused",
	  ASK OK "30 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	         "30.1 b>a 401 2 REGISTER r2 A B " CHALLENGE "\n"
	         "30.2 a>b REGISTER 3 REGISTER r3 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	         "30.3 b>a 200 3 REGISTER r3 A B " CONTACT ";expires=60",
	  0, "registered|200|0|60|refreshed|30300\nrefreshed|200|1|60|-|-" },
	{ "a proxy's challenge, then the registrar's of the same realm",
	  ASK "0.1 b>a 407 1 REGISTER r1 A B "
	      "h=Proxy-Authenticate:Digest_realm=\"example.com\",_nonce=\"p\"\n"
	      "0.2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "0.3 b>a 401 2 REGISTER r2 A B " CHALLENGE "\n"
	      "0.4 a>b REGISTER 3 REGISTER r3 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "0.5 b>a 200 3 REGISTER r3 A B " CONTACT ";expires=55",
	  0, "registered|200|2|55|-|-" },
	{ "wrong password: every try anew is an attempt of its own",
	  ASK "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE "\n"
	      "0.2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "0.3 b>a 401 2 REGISTER r2 A B " CHALLENGE "\n"
	      "5 a>b REGISTER 3 REGISTER r3 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "5.1 b>a 403 3 REGISTER r3 A B",
	  0, "unauthorized|401|2|60|-|-\nrejected|403|0|60|-|-" },
	{ "challenged, and nothing after", ASK "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE, 40,
	  "unauthorized|401|1|60|-|-" },
	{ "challenged, asked again without credentials",
	  ASK "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE "\n"
	      "2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60\n"
	      "2.1 b>a 401 2 REGISTER r2 A B " CHALLENGE,
	  0, "unauthorized|401|1|60|-|-\nunauthorized|401|1|60|-|-" },
	{ "the retry comes too late",
	  ASK "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE "\n"
	      "40 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS "\n"
	      "40.1 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=60",
	  0, "unauthorized|401|1|60|-|-\nregistered|200|0|60|-|-" },
	{ "423, then longer",
	  ASK "0.1 b>a 423 1 REGISTER r1 A B h=Min-Expires:300\n"
	      "0.2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=300\n"
	      "0.3 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=300",
	  0, "registered|200|0|300|-|-" },
	{ "423, and nothing after", ASK "0.1 b>a 423 1 REGISTER r1 A B h=Min-Expires:300", 40,
	  "rejected|423|0|60|-|-" },
	{ "unknown user", ASK "0.1 b>a 404 1 REGISTER r1 A B", 0, "rejected|404|0|60|-|-" },
	{ "server fails", ASK "0.1 b>a 100 1 REGISTER r1 A -\n1 b>a 503 1 REGISTER r1 A B", 20,
	  "failed|503|0|60|-|-" },
	{ "nobody answers",
	  ASK "0.5 a>b REGISTER 1 REGISTER r1 A - " CONTACT ";expires=60\n"
	      "1.5 a>b REGISTER 1 REGISTER r1 A - " CONTACT ";expires=60",
	  60, "timed_out|-|0|60|-|-" },
	{ "cut by the capture's end", ASK, 5, "in_progress|-|0|60|-|-" },
	{ "32 s without answer, and the capture's end", ASK, 32.5, "timed_out|-|0|60|-|-" },
	{ "given up and tried anew: two attempts",
	  ASK "20 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60\n"
	      "20.1 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=60",
	  40, "timed_out|-|0|60|-|-\nregistered|200|0|60|-|-" },
	{ "two at once, each with its answer",
	  ASK "0.05 a>b REGISTER 2 REGISTER r2 A - " OTHER ";expires=70\n" OK
	      "0.2 b>a 200 2 REGISTER r2 A B " OTHER ";expires=70,<sip:a@192.0.2.1>;expires=60",
	  0, "registered|200|0|60|-|-\nregistered|200|0|70|-|-" },
	{ "through a proxy: one attempt, and what the phone got counts",
	  ASK "0.01 b>c REGISTER 1 REGISTER p1 A - " CONTACT ";expires=60\n"
	      "0.02 c>b 200 1 REGISTER p1 A B " CONTACT ";expires=60\n"
	      "0.1 b>a 500 1 REGISTER r1 A B",
	  0, "failed|500|0|60|-|-" },
	{ "behind a proxy only: its answer has to do",
	  ASK "0.01 b>c REGISTER 1 REGISTER p1 A - " CONTACT ";expires=60\n"
	      "0.02 c>b 404 1 REGISTER p1 A B",
	  60, "rejected|404|0|60|-|-" },
	{ "copies of what is over, on another hop",
	  REGISTERED "3 b>c REGISTER 1 REGISTER p1 A - " CONTACT ";expires=60\n"
	             "3.1 c>b 200 1 REGISTER p1 A B " CONTACT ";expires=60",
	  0, "registered|200|0|60|-|-" },
	{ "Expires header of the answer, then what was asked",
	  "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT " h=Expires:600\n"
	  "0.1 b>a 200 1 REGISTER r1 A B " CONTACT " h=Expires:300\n"
	  "1 a>b REGISTER 1 REGISTER s1 A - " CONTACT " h=Expires:600 call=c2 to=carol\n"
	  "1.1 b>a 200 1 REGISTER s1 A B " CONTACT " call=c2 to=carol\n"
	  "2 a>b REGISTER 1 REGISTER t1 A - " CONTACT " call=c3 to=dave\n"
	  "2.1 b>a 200 1 REGISTER t1 A B " CONTACT " call=c3 to=dave",
	  0, "registered|200|0|300|-|-\nregistered|200|0|600|-|-\nregistered|200|0|-|-|-" },
	{ "granted nothing", ASK "0.1 b>a 200 1 REGISTER r1 A B " CONTACT ";expires=0", 0,
	  "unregistered|200|0|0|-|-" },
	{ "one Call-ID for two users: each has its own",
	  REGISTERED "1 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=70 to=carol\n"
	             "1.1 b>a 200 2 REGISTER r2 A B " CONTACT ";expires=70 to=carol",
	  0, "registered|200|0|60|-|-\nregistered|200|0|70|-|-" },
	{ "an answer alone is none", OK, 0, "" },
	{ "without Via and CSeq",
	  "0 a>b REGISTER 1 REGISTER - A - without=CSeq\n0.1 b>a 200 1 REGISTER - A B", 0, "" },
	{ "expires beyond all bounds",
	  "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT ";expires=99999999999999999999\n"
	  "0.1 b>a 200 1 REGISTER r1 A B " CONTACT ";expires=99999999999999999999",
	  4000, "registered|200|0|4294967295|-|-" },
};

static void run(struct sip_lab *lab, const struct flow *f, const char *what, const char *sql,
                const char *expected)
{
	const char *rows;

	ck_assert_msg(sip_lab_init(lab), "%s", lab->err.text);
	ck_assert_msg(sip_lab_feed(lab, f->lines) && sip_lab_pass(lab, f->pass) &&
	                      sip_lab_finish(lab),
	              "%s: %s", f->name, lab->err.text);
	rows = sip_lab_rows(lab, sql);
	ck_assert_msg(!strcmp(rows, expected), "%s, %s:\n%s\nexpected:\n%s", f->name, what, rows,
	              expected);
	sip_lab_release(lab);
}

START_TEST(attempts)
{
	struct sip_lab lab;
	run(&lab, &flows[_i], "rows", ROWS, flows[_i].rows);
}
END_TEST

/* Every column once. */
START_TEST(columns)
{
	static const struct flow f = {
		.name = "columns",
		.lines = "0 a>b REGISTER 1 REGISTER r1 A - " CONTACT ";expires=60\n"
		         "0.1 b>a 401 1 REGISTER r1 A B " CHALLENGE "\n"
		         "0.2 a>b REGISTER 2 REGISTER r2 A - " CONTACT ";expires=60 " CREDENTIALS
		         "\n"
		         "0.3 b>a 403 2 REGISTER r2 A B",
	};
	struct sip_lab lab;

	run(&lab, &f, "columns",
	    "SELECT id, run_id, aor, contact, registrar, username, realm, time_us - "
	    "1700000000000000, outcome, final_status, challenges, expires_s, user_agent, "
	    "sip_call_id, src, dst, transport, contacts, delay_ms, ended_us, ended_by, reason, "
	    "transaction_id, first_frame, last_frame, capture_id FROM registrations",
	    "1|1|sip:bob@example.com|sip:a@192.0.2.1|example.com|bob|example.com|0|rejected|403|1|"
	    "60|phone-a|c1|192.0.2.1:5060|192.0.2.2:5060|UDP|-|300.0|-|-|Phrase|2|1|4|1");
}
END_TEST

START_TEST(contacts_are_counted)
{
	static const struct flow f = {
		.name = "contacts",
		.lines = "0 a>b REGISTER 1 REGISTER r1 A - without=Contact\n"
		         "0.1 b>a 200 1 REGISTER r1 A B " CONTACT ",<sip:c@h>,<sip:d@h>",
	};
	struct sip_lab lab;

	run(&lab, &f, "contacts", "SELECT contact, contacts, aor FROM registrations",
	    "-|3|sip:bob@example.com");
}
END_TEST

/* Each allocation fails once: the analysis says so and leaves nothing behind. */
START_TEST(allocation_fails)
{
	const char *lines = flows[8].lines;
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct sip_lab lab;
		mem_fail_after(n);
		done = sip_lab_init(&lab) && sip_lab_feed(&lab, lines) && sip_lab_pass(&lab, 100) &&
		       sip_lab_finish(&lab);
		bool failed = lab.err.text[0];
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || failed, "allocation %d: no error text", (int)n);
		sip_lab_release(&lab);
	}
}
END_TEST

/* A flood of attempts without answers stays within the bound, and the binding outlives it. */
START_TEST(flood)
{
	struct sip_lab lab;
	char line[256];

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, REGISTERED));
	for (int i = 0; i < 300; i++) {
		snprintf(line, sizeof line,
		         "%d.%03d a>b REGISTER 1 REGISTER f%d A - " CONTACT " call=f%d to=u%d",
		         1 + i / 1000, i % 1000, i, i, i);
		ck_assert(sip_lab_feed(&lab, line));
	}
	ck_assert(sip_lab_pass(&lab, 50) && sip_lab_finish(&lab));
	ck_assert_str_eq(
	        sip_lab_rows(&lab, "SELECT outcome, count(*) FROM registrations GROUP BY 1"),
	        "registered|1\ntimed_out|300");
	sip_lab_release(&lab);
}
END_TEST

/* More bindings of one account than are followed: the oldest are written as they stand. */
START_TEST(many_bindings)
{
	struct sip_lab lab;
	char lines[512];

	ck_assert(sip_lab_init(&lab));
	for (int i = 0; i < 40; i++) {
		snprintf(lines, sizeof lines,
		         "%d a>b REGISTER 1 REGISTER r%d A - call=m%d without=Contact "
		         "h=Contact:<sip:%d@h>;expires=600\n"
		         "%d.1 b>a 200 1 REGISTER r%d A B call=m%d without=Contact",
		         i, i, i, i, i, i, i);
		ck_assert(sip_lab_feed(&lab, lines));
	}
	ck_assert(sip_lab_pass(&lab, 2000) && sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT outcome, ended_by, count(*) FROM registrations "
	                                    "GROUP BY 1, 2 ORDER BY 2"),
	                 "registered|-|8\nregistered|expired|32");
	sip_lab_release(&lab);
}
END_TEST

Suite *suite_registration(void)
{
	Suite *s = suite_create("registration");
	TCase *tc = tcase_create("registration");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, attempts, 0, (int)(sizeof flows / sizeof flows[0]));
	tcase_add_test(tc, columns);
	tcase_add_test(tc, contacts_are_counted);
	tcase_add_test(tc, allocation_fails);
	tcase_add_test(tc, flood);
	tcase_add_test(tc, many_bindings);
	suite_add_tcase(s, tc);
	return s;
}
