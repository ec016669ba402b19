/* Subscriptions and publications through the door. */
#include "tests/helpers/shortage.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_watch(void);

#define ROWS                                                                                       \
	"SELECT kind, event, state, expires_s, notifies, refreshes, end_reason, final_status, "    \
	"last_status, (end_us - 1700000000000000) / 1000 FROM subscriptions ORDER BY id"

#define MWI       "h=Event:message-summary"
#define SUBSCRIBE "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - " MWI " h=Expires:600\n"
#define ACCEPTED  "0.1 b>a 200 1 SUBSCRIBE s1 A B h=Expires:300\n"
#define NOTIFY                                                                                     \
	"0.2 b>a NOTIFY 1 NOTIFY n1 B A " MWI " h=Subscription-State:active;expires=300\n"         \
	"0.3 a>b 200 1 NOTIFY n1 B A\n"
#define SUBSCRIBED SUBSCRIBE ACCEPTED NOTIFY
#define REFER      "0 a>b REFER 5 REFER r1 A - h=Refer-To:<sip:c@h>\n0.1 b>a 202 5 REFER r1 A B\n"
#define FRAG(s)    "body=message/sipfrag:SIP/2.0_" s "_x"
#define CALL       "0 a>b INVITE 1 INVITE i1 A -\n0.1 b>a 200 1 INVITE i1 A B\n0.2 a>b ACK 1 ACK i2 A B\n"
#define PUBLISH    "0 a>b PUBLISH 1 PUBLISH p1 A - h=Event:presence h=Expires:600\n"
#define PUBLISHED  PUBLISH "0.1 b>a 200 1 PUBLISH p1 A B h=SIP-ETag:e1 h=Expires:500\n"

static const struct flow {
	const char *name, *lines;
	double pass;
	const char *rows;
} flows[] = {
	{ "subscribed", SUBSCRIBED, 10, "subscribe|message-summary|active|300|1|0|-|200|-|-" },
	{ "NOTIFY before the 200", SUBSCRIBE NOTIFY "0.4 b>a 200 1 SUBSCRIBE s1 A B h=Expires:300",
	  10, "subscribe|message-summary|active|300|1|0|-|200|-|-" },
	{ "pending, then active",
	  SUBSCRIBE ACCEPTED "0.2 b>a NOTIFY 1 NOTIFY n1 B A " MWI " h=Subscription-State:pending\n"
	                     "9 b>a NOTIFY 2 NOTIFY n2 B A " MWI
	                     " h=Subscription-State:active;expires=290",
	  10, "subscribe|message-summary|active|300|2|0|-|200|-|-" },
	{ "pending",
	  SUBSCRIBE ACCEPTED "0.2 b>a NOTIFY 1 NOTIFY n1 B A " MWI " h=Subscription-State:pending",
	  10, "subscribe|message-summary|pending|300|1|0|-|200|-|-" },
	{ "refreshed, then unsubscribed",
	  SUBSCRIBED
	  "200 a>b SUBSCRIBE 2 SUBSCRIBE s2 A B " MWI " h=Expires:600\n"
	  "200.1 b>a 200 2 SUBSCRIBE s2 A B h=Expires:400\n"
	  "200.2 b>a NOTIFY 2 NOTIFY n2 B A " MWI " h=Subscription-State:active;expires=400\n"
	  "300 a>b SUBSCRIBE 3 SUBSCRIBE s3 A B " MWI " h=Expires:0\n"
	  "300.1 b>a 200 3 SUBSCRIBE s3 A B h=Expires:0\n"
	  "300.2 b>a NOTIFY 3 NOTIFY n3 B A " MWI " h=Subscription-State:terminated;reason=timeout",
	  0, "subscribe|message-summary|terminated|400|3|1|unsubscribed|200|-|300100" },
	{ "unsubscribed, the NOTIFY comes first",
	  SUBSCRIBED "9 a>b SUBSCRIBE 2 SUBSCRIBE s2 A B " MWI " h=Expires:0\n"
	             "9.1 b>a NOTIFY 2 NOTIFY n2 B A " MWI
	             " h=Subscription-State:terminated;reason=timeout\n"
	             "9.2 b>a 200 2 SUBSCRIBE s2 A B h=Expires:0",
	  0, "subscribe|message-summary|terminated|300|2|0|unsubscribed|200|-|9100" },
	{ "runs out", SUBSCRIBED, 600,
	  "subscribe|message-summary|terminated|300|1|0|expired|200|-|"
	  "300200" },
	{ "ran out in the capture's last seconds", SUBSCRIBED, 301,
	  "subscribe|message-summary|terminated|300|1|0|expired|200|-|300200" },
	{ "the notifier ends it",
	  SUBSCRIBED "9 b>a NOTIFY 2 NOTIFY n2 B A " MWI
	             " h=Subscription-State:terminated;reason=deactivated;retry-after=5",
	  0, "subscribe|message-summary|terminated|300|2|0|deactivated|200|-|9000" },
	{ "the subscriber does not know of it",
	  SUBSCRIBED "9 b>a NOTIFY 2 NOTIFY n2 B A " MWI " h=Subscription-State:active\n"
	             "9.1 a>b 481 2 NOTIFY n2 B A",
	  0, "subscribe|message-summary|terminated|300|2|0|481|200|-|9100" },
	{ "the notifier does not know of it",
	  SUBSCRIBED "9 a>b SUBSCRIBE 2 SUBSCRIBE s2 A B " MWI "\n9.1 b>a 481 2 SUBSCRIBE s2 A B",
	  0, "subscribe|message-summary|terminated|300|1|0|481|200|-|9100" },
	{ "a refresh refused: it goes on",
	  SUBSCRIBED "9 a>b SUBSCRIBE 2 SUBSCRIBE s2 A B " MWI "\n9.1 b>a 500 2 SUBSCRIBE s2 A B",
	  10, "subscribe|message-summary|active|300|1|0|-|200|-|-" },
	{ "489: bad event", SUBSCRIBE "0.1 b>a 489 1 SUBSCRIBE s1 A B", 60,
	  "subscribe|message-summary|refused|-|0|0|489|489|-|100" },
	{ "challenged, then accepted",
	  SUBSCRIBE "0.1 b>a 401 1 SUBSCRIBE s1 A X\n"
	            "0.2 a>b SUBSCRIBE 2 SUBSCRIBE s2 A - " MWI " h=Expires:600\n"
	            "0.3 b>a 200 2 SUBSCRIBE s2 A B h=Expires:300",
	  10, "subscribe|message-summary|active|300|0|0|-|200|-|-" },
	{ "nobody answers", SUBSCRIBE, 60, "subscribe|message-summary|timed_out|-|0|0|-|-|-|-" },
	{ "cut by the capture's end", SUBSCRIBE, 5,
	  "subscribe|message-summary|in_progress|-|0|0|-|-|-|-" },
	{ "forked: two notifiers",
	  SUBSCRIBED
	  "0.4 b>a NOTIFY 1 NOTIFY f1 B2 A " MWI " h=Subscription-State:active;expires=300\n"
	  "9 b>a NOTIFY 2 NOTIFY f2 B2 A " MWI " h=Subscription-State:terminated;reason=noresource",
	  10,
	  "subscribe|message-summary|active|300|1|0|-|200|-|-\n"
	  "subscribe|message-summary|terminated|300|2|0|noresource|-|-|9000" },
	{ "two events in one dialog, by id",
	  "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - h=Event:dialog;id=1 h=Expires:60\n"
	  "0.1 b>a 200 1 SUBSCRIBE s1 A B h=Expires:60\n"
	  "0.2 a>b SUBSCRIBE 2 SUBSCRIBE s2 A B h=Event:dialog;id=2 h=Expires:60\n"
	  "0.3 b>a 200 2 SUBSCRIBE s2 A B h=Expires:60\n"
	  "0.4 b>a NOTIFY 1 NOTIFY n1 B A h=Event:dialog;id=2 h=Subscription-State:active\n"
	  "0.5 b>a NOTIFY 2 NOTIFY n2 B A h=Event:dialog;id=2 h=Subscription-State:active",
	  5, "subscribe|dialog|active|60|0|0|-|200|-|-\nsubscribe|dialog|active|60|2|1|-|200|-|-" },
	{ "polled",
	  "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - h=Event:presence h=Expires:0\n"
	  "0.1 b>a 200 1 SUBSCRIBE s1 A B h=Expires:0\n"
	  "0.2 b>a NOTIFY 1 NOTIFY n1 B A h=Event:presence "
	  "h=Subscription-State:terminated;reason=timeout",
	  5, "subscribe|presence|terminated|-|1|0|polled|200|-|100" },
	{ "through a proxy: one subscription, each NOTIFY once",
	  SUBSCRIBE
	  "0.01 b>c SUBSCRIBE 1 SUBSCRIBE q1 A - " MWI " h=Expires:600\n"
	  "0.05 c>b 200 1 SUBSCRIBE q1 A B h=Expires:300\n" ACCEPTED
	  "0.2 c>b NOTIFY 1 NOTIFY n0 B A " MWI " h=Subscription-State:active;expires=300\n"
	  "0.21 b>a NOTIFY 1 NOTIFY n1 B A " MWI " h=Subscription-State:active;expires=300",
	  5, "subscribe|message-summary|active|300|1|0|-|200|-|-" },
	{ "NOTIFY sent again", SUBSCRIBE ACCEPTED NOTIFY NOTIFY, 5,
	  "subscribe|message-summary|active|300|1|0|-|200|-|-" },
	{ "began before the capture", NOTIFY, 5,
	  "subscribe|message-summary|active|300|1|0|-|-|-|-" },
	{ "ended as the capture began",
	  "0 b>a NOTIFY 9 NOTIFY n1 B A " MWI " h=Subscription-State:terminated", 5, "" },
	{ "nobody asked: one row for all of them",
	  "0 b>a NOTIFY 1 NOTIFY n1 B - " MWI " h=Subscription-State:active\n"
	  "9 b>a NOTIFY 1 NOTIFY n2 B2 - " MWI " call=c2\n"
	  "10 b>a NOTIFY 1 NOTIFY n3 B3 - h=Event:keep-alive call=c3",
	  20,
	  "subscribe|message-summary|active|-|2|0|unsolicited|-|-|-\n"
	  "subscribe|keep-alive|active|-|1|0|unsolicited|-|-|-" },
	{ "REFER outside a call",
	  REFER "0.2 b>a NOTIFY 1 NOTIFY n1 B A h=Event:refer "
	        "h=Subscription-State:active;expires=60 " FRAG(
	                "100") "\n"
	                       "3 b>a NOTIFY 2 NOTIFY n2 B A h=Event:refer "
	                       "h=Subscription-State:terminated;reason=noresource " FRAG("200"),
	  5, "refer|refer|terminated|60|2|0|noresource|202|200|3000" },
	{ "two REFERs in a call, by id",
	  CALL "1 b>a REFER 7 REFER r1 B A\n1.1 a>b 202 7 REFER r1 B A\n"
	       "2 b>a REFER 8 REFER r2 B A\n2.1 a>b 202 8 REFER r2 B A\n"
	       "3 a>b NOTIFY 2 NOTIFY n1 A B h=Event:refer;id=7 "
	       "h=Subscription-State:terminated " FRAG(
	               "486") "\n"
	                      "4 a>b NOTIFY 3 NOTIFY n2 A B h=Event:refer;id=8 "
	                      "h=Subscription-State:active " FRAG("180"),
	  5,
	  "refer|refer|terminated|-|1|0|terminated|202|486|3000\n"
	  "refer|refer|active|-|1|0|-|202|180|-" },
	{ "REFER refused", "0 a>b REFER 5 REFER r1 A -\n0.1 b>a 603 5 REFER r1 A B", 60,
	  "refer|refer|refused|-|0|0|603|603|-|100" },
	{ "REFER without subscription",
	  "0 a>b REFER 5 REFER r1 A - h=Refer-Sub:false\n0.1 b>a 202 5 REFER r1 A B "
	  "h=Refer-Sub:false",
	  60, "refer|refer|terminated|-|0|0|norefersub|202|-|100" },
	{ "published", PUBLISHED, 5, "publish|presence|active|500|0|0|-|200|-|-" },
	{ "published, refreshed, removed",
	  PUBLISHED "100 a>b PUBLISH 1 PUBLISH p2 A2 - call=c2 h=Event:presence h=Expires:600 "
	            "h=SIP-If-Match:e1\n"
	            "100.1 b>a 200 1 PUBLISH p2 A2 B call=c2 h=SIP-ETag:e2 h=Expires:400\n"
	            "200 a>b PUBLISH 2 PUBLISH p3 A2 - call=c2 h=Event:presence h=Expires:0 "
	            "h=SIP-If-Match:e2\n"
	            "200.1 b>a 200 2 PUBLISH p3 A2 B call=c2 h=SIP-ETag:e3 h=Expires:0",
	  5, "publish|presence|terminated|400|0|1|removed|200|-|200100" },
	{ "publication runs out", PUBLISHED, 900,
	  "publish|presence|terminated|500|0|0|expired|200|-|500100" },
	{ "412: its tag is forgotten",
	  PUBLISHED
	  "9 a>b PUBLISH 2 PUBLISH p2 A - h=Event:presence h=SIP-If-Match:e1\n9.1 b>a 412 2 "
	  "PUBLISH p2 A B",
	  0, "publish|presence|terminated|500|0|0|412|200|-|9100" },
	{ "publication refused", PUBLISH "0.1 b>a 403 1 PUBLISH p1 A B", 60,
	  "publish|presence|refused|-|0|0|403|403|-|100" },
	{ "publication challenged",
	  PUBLISH "0.1 b>a 401 1 PUBLISH p1 A B\n"
	          "0.2 a>b PUBLISH 2 PUBLISH p2 A - h=Event:presence h=Expires:600\n"
	          "0.3 b>a 200 2 PUBLISH p2 A B h=SIP-ETag:e1 h=Expires:500",
	  5, "publish|presence|active|500|0|0|-|200|-|-" },
	{ "published before the capture",
	  "0 a>b PUBLISH 3 PUBLISH p1 A - h=Event:presence h=SIP-If-Match:e0\n"
	  "0.1 b>a 200 3 PUBLISH p1 A B h=SIP-ETag:e1 h=Expires:500",
	  5, "publish|presence|active|500|0|1|-|200|-|-" },
	{ "two publications of one resource",
	  PUBLISHED "1 c>b PUBLISH 1 PUBLISH p1 C - call=c2 h=Event:presence h=Expires:600\n"
	            "1.1 b>c 200 1 PUBLISH p1 C B call=c2 h=SIP-ETag:f1 h=Expires:500",
	  5,
	  "publish|presence|active|500|0|0|-|200|-|-\npublish|presence|active|500|0|0|-|200|-|-" },
};

static bool feed(struct sip_lab *lab, const char *lines, double pass)
{
	return sip_lab_init(lab) && sip_lab_feed(lab, lines) && sip_lab_pass(lab, pass) &&
	       sip_lab_finish(lab);
}

START_TEST(records)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;
	const char *rows;

	ck_assert_msg(feed(&lab, f->lines, f->pass), "%s: %s", f->name, lab.err.text);
	rows = sip_lab_rows(&lab, ROWS);
	ck_assert_msg(!strcmp(rows, f->rows), "%s:\n%s\nexpected:\n%s", f->name, rows, f->rows);
	sip_lab_release(&lab);
}
END_TEST

START_TEST(columns)
{
	struct sip_lab lab;

	ck_assert(feed(&lab, SUBSCRIBED, 1));
	ck_assert_str_eq(
	        sip_lab_rows(&lab,
	                     "SELECT id, run_id, dialog_id, sip_call_id, resource, subscriber, "
	                     "event_id, start_us - 1700000000000000, end_us, src, dst FROM "
	                     "subscriptions"),
	        "1|1|1|c1|sip:bob@example.com|sip:alice@example.com|-|0|-|192.0.2.1:5060|"
	        "192.0.2.2:5060");
	sip_lab_release(&lab);
}
END_TEST

START_TEST(allocation_fails)
{
	struct shortage shortage = { 0 };
	struct sip_lab lab;

	shortage_watch(&shortage);
	ck_assert(feed(&lab, SUBSCRIBED PUBLISHED REFER, 1));
	shortage_plan(&shortage);
	sip_lab_release(&lab);
	while (shortage_next(&shortage)) {
		bool done = feed(&lab, SUBSCRIBED PUBLISHED REFER, 1);
		shortage_over();
		ck_assert_msg(!done && lab.err.text[0], "allocation %lu: no error text",
		              shortage_at(&shortage));
		sip_lab_release(&lab);
	}
	shortage_release(&shortage);
}
END_TEST

/* Notifiers without end: the table stays within its bound of forks. */
START_TEST(many_forks)
{
	struct sip_lab lab;
	char line[256];

	ck_assert(sip_lab_init(&lab) && sip_lab_feed(&lab, SUBSCRIBED));
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof line,
		         "1 b>a NOTIFY 1 NOTIFY f%d F%d A " MWI " h=Subscription-State:active", i,
		         i);
		ck_assert(sip_lab_feed(&lab, line));
	}
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*) FROM subscriptions"), "65");
	sip_lab_release(&lab);
}
END_TEST

Suite *suite_watch(void)
{
	Suite *s = suite_create("watch");
	TCase *tc = tcase_create("watch");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, records, 0, (int)(sizeof flows / sizeof flows[0]));
	tcase_add_test(tc, columns);
	tcase_add_test(tc, allocation_fails);
	tcase_add_test(tc, many_forks);
	suite_add_tcase(s, tc);
	return s;
}
