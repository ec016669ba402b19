/* Whole calls through the door: lines of signalling in, rows of the records out. */
#include "base/mem.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_calls(void);

#define T(column) "(" column " - 1700000000000000) / 1000"
#define CALLS                                                                                      \
	"SELECT outcome, final_status, released_by, " T("start_us") ", " T("ring_us") ", " T(      \
	        "answer_us") ", " T("end_us") " FROM calls ORDER BY id"
#define DIALOGS "SELECT id, state, to_tag, forked_from FROM dialogs ORDER BY id"
#define TRANSACTIONS                                                                               \
	"SELECT method, cseq, final_status, retransmissions, timed_out, dialog_id FROM "           \
	"transactions ORDER BY id"
#define MESSAGES "SELECT transaction_id, dialog_id, retransmission FROM messages ORDER BY id"

#define INVITE "0 a>b INVITE 1 INVITE b1 A - sdp=sendrecv\n"
#define RING   "0.5 b>a 180 1 INVITE b1 A B\n"
#define ANSWER "2 b>a 200 1 INVITE b1 A B sdp=sendrecv\n"
#define ACK    "2.1 a>b ACK 1 ACK b2 A B\n"
#define BYE    "9 a>b BYE 2 BYE b3 A B\n"
#define BYE_OK "9.1 b>a 200 2 BYE b3 A B\n"
#define CALL   INVITE RING ANSWER ACK

/* `calls`, `dialogs`, `transactions`, `messages`: expected rows, NULL: not looked at. `pass`: seconds of silence after it. */
static const struct flow {
	const char *name, *lines;
	double pass;
	const char *calls, *dialogs, *transactions, *messages;
} flows[] = {
	{ "basic call", CALL BYE BYE_OK, 0, "answered|200|caller|0|500|2000|9000",
	  "1|terminated|B|-", "INVITE|1|200|0|0|1\nBYE|2|200|0|0|1",
	  "1|1|0\n1|1|0\n1|1|0\n1|1|0\n2|1|0\n2|1|0" },
	{ "callee hangs up", CALL "9 b>a BYE 1 BYE x1 B A\n9.1 a>b 200 1 BYE x1 B A", 0,
	  "answered|200|callee|0|500|2000|9000", "1|terminated|B|-",
	  "INVITE|1|200|0|0|1\nBYE|1|200|0|0|1", NULL },
	{ "written in passing, in eviction time", CALL BYE BYE_OK, 60,
	  "answered|200|caller|0|500|2000|9000", "1|terminated|B|-",
	  "INVITE|1|200|0|0|1\nBYE|2|200|0|0|1", NULL },
	{ "digest retry",
	  INVITE
	  "0.1 b>a 407 1 INVITE b1 A X\n0.2 a>b ACK 1 ACK b1 A X\n"
	  "0.3 a>b INVITE 2 INVITE b4 A - sdp=sendrecv h=Proxy-Authorization:Digest_x\n"
	  "0.5 b>a 183 2 INVITE b4 A B\n1 b>a 200 2 INVITE b4 A B\n1.1 a>b ACK 2 ACK b5 A B\n" BYE
	          BYE_OK,
	  0, "answered|200|caller|0|500|1000|9000", "1|terminated|B|-",
	  "INVITE|1|407|0|0|1\nINVITE|2|200|0|0|1\nBYE|2|200|0|0|1",
	  "1|1|0\n1|1|0\n1|1|0\n2|1|0\n2|1|0\n2|1|0\n2|1|0\n3|1|0\n3|1|0" },
	{ "challenged, and nothing after",
	  INVITE "0.1 b>a 401 1 INVITE b1 A X\n0.2 a>b ACK 1 ACK b1 A X", 100,
	  "unauthorized|401|network|0|-|-|100", "1|failed|-|-", "INVITE|1|401|0|0|1", NULL },
	{ "challenged, a second try that is still open",
	  INVITE
	  "0.1 b>a 401 1 INVITE b1 A X\n0.2 a>b ACK 1 ACK b1 A X\n3 a>b INVITE 2 INVITE b2 A -\n"
	  "3.1 b>a 100 2 INVITE b2 A -",
	  0, "in_progress|-|-|0|-|-|-", "1|trying|-|-", NULL, NULL },
	{ "422, higher Session-Expires",
	  INVITE "1 b>a 422 1 INVITE b1 A X\n1.1 a>b ACK 1 ACK b1 A X\n"
	         "1.2 a>b INVITE 2 INVITE b2 A -\n2 b>a 200 2 INVITE b2 A B",
	  0, "answered|200|-|0|-|2000|-", "1|confirmed|B|-", NULL, NULL },
	{ "busy", INVITE RING "1 b>a 486 1 INVITE b1 A B\n1 a>b ACK 1 ACK b1 A B", 20,
	  "busy|486|callee|0|500|-|1000", "1|failed|B|-", "INVITE|1|486|0|0|1", NULL },
	{ "603", INVITE "1 b>a 603 1 INVITE b1 A B", 0, "rejected|603|callee|0|-|-|1000", NULL,
	  NULL, NULL },
	{ "503", INVITE "1 b>a 503 1 INVITE b1 A B", 0, "failed|503|network|0|-|-|1000", NULL, NULL,
	  NULL },
	{ "cancelled",
	  INVITE RING "3 a>b CANCEL 1 CANCEL b1 A -\n3.1 b>a 200 1 CANCEL b1 A B\n"
	              "3.2 b>a 487 1 INVITE b1 A B\n3.3 a>b ACK 1 ACK b1 A B",
	  20, "cancelled|487|caller|0|500|-|3200", "1|cancelled|B|-",
	  "INVITE|1|487|0|0|1\nCANCEL|1|200|0|0|1", "1|1|0\n1|1|0\n2|1|0\n2|1|0\n1|1|0\n1|1|0" },
	{ "cancel accepted, no final",
	  INVITE RING "3 a>b CANCEL 1 CANCEL b1 A -\n3.1 b>a 200 1 CANCEL b1 A B", 100,
	  "cancelled|-|caller|0|500|-|3100", "1|cancelled|B|-", NULL, NULL },
	{ "cancel crosses 200",
	  INVITE RING "3 a>b CANCEL 1 CANCEL b1 A -\n3.01 b>a 200 1 INVITE b1 A B\n"
	              "3.1 b>a 481 1 CANCEL b1 A B\n3.2 a>b ACK 1 ACK b2 A B\n"
	              "3.3 a>b BYE 2 BYE b3 A B\n3.4 b>a 200 2 BYE b3 A B",
	  0, "answered|200|caller|0|500|3010|3300", "1|terminated|B|-", NULL, NULL },
	{ "early BYE",
	  INVITE RING
	  "3 a>b BYE 2 BYE b3 A B\n3.1 b>a 200 2 BYE b3 A B\n3.2 b>a 487 1 INVITE b1 A B",
	  0, "cancelled|487|caller|0|500|-|3200", "1|terminated|B|-", NULL, NULL },
	{ "rang until the network gave up", INVITE RING "90 b>a 408 1 INVITE b1 A B", 20,
	  "no_answer|408|network|0|500|-|90000", NULL, NULL, NULL },
	{ "three forks, one answers",
	  INVITE "0.5 b>a 180 1 INVITE b1 A B1\n0.6 b>a 180 1 INVITE b1 A B2\n0.7 b>a 183 1 INVITE "
	         "b1 A B3\n"
	         "2 b>a 200 1 INVITE b1 A B2\n2.1 a>b ACK 1 ACK b2 A B2\n9 a>b BYE 2 BYE b3 A B2",
	  20, "answered|200|caller|0|500|2000|9000",
	  "1|terminated|B1|-\n2|terminated|B2|1\n3|terminated|B3|1",
	  "INVITE|1|200|0|0|1\nBYE|2|-|0|0|2", "1|1|0\n1|1|0\n1|2|0\n1|3|0\n1|2|0\n1|2|0\n2|2|0" },
	{ "two answers, the second let go at once",
	  INVITE
	  "2 b>a 200 1 INVITE b1 A B1\n2.1 b>a 200 1 INVITE b1 A B2\n2.2 a>b ACK 1 ACK b2 A B1\n"
	  "2.3 a>b ACK 1 ACK b3 A B2\n2.4 a>b BYE 2 BYE b4 A B2\n9 b>a BYE 1 BYE x B1 A",
	  0, "answered|200|callee|0|-|2000|9000", "1|terminated|B1|-\n2|terminated|B2|1", NULL,
	  "1|1|0\n1|1|0\n1|2|0\n1|1|0\n1|2|0\n2|2|0\n3|1|0" },
	{ "two answers, the first let go",
	  INVITE
	  "2 b>a 200 1 INVITE b1 A B1\n2.1 b>a 200 1 INVITE b1 A B2\n2.4 a>b BYE 2 BYE b4 A B1\n"
	  "9 a>b BYE 2 BYE b5 A B2",
	  0, "answered|200|caller|0|-|2000|9000", NULL, NULL, NULL },
	{ "a proxy cancels the branch that lost",
	  INVITE
	  "0.1 b>c INVITE 1 INVITE p1 A -\n0.1 b>d INVITE 1 INVITE p2 A -\n0.5 c>b 180 1 INVITE p1 "
	  "A C\n"
	  "0.5 b>a 180 1 INVITE b1 A C\n2 d>b 200 1 INVITE p2 A D\n2 b>a 200 1 INVITE b1 A D\n"
	  "2 b>c CANCEL 1 CANCEL p1 A -\n2.1 c>b 200 1 CANCEL p1 A C\n2.1 c>b 487 1 INVITE p1 A C\n"
	  "9 a>b BYE 2 BYE b3 A D\n9 b>d BYE 2 BYE p3 A D",
	  0, "answered|200|caller|0|500|2000|9000", "1|cancelled|C|-\n2|terminated|D|1", NULL,
	  NULL },
	{ "a proxy answers with the tag of another fork",
	  INVITE "0.1 b>c INVITE 1 INVITE p1 A -\n0.2 c>b 183 1 INVITE p1 A C1\n0.3 c>b 183 1 "
	         "INVITE p1 A C2\n"
	         "2 c>b 200 1 INVITE p1 A C2\n2.1 b>a 200 1 INVITE b1 A C1\n9 a>b BYE 2 BYE b3 A "
	         "C1\n9.1 b>c BYE 2 BYE p3 A C1",
	  0, "answered|200|caller|0|200|2000|9000", "1|terminated|C1|-\n2|terminated|C2|1", NULL,
	  NULL },
	{ "a branch fails, another answers",
	  INVITE
	  "0.1 b>c INVITE 1 INVITE p1 A -\n1 c>b 486 1 INVITE p1 A C\n1 b>c ACK 1 ACK p1 A C\n"
	  "1.1 b>d INVITE 1 INVITE p2 A -\n2 d>b 200 1 INVITE p2 A D\n2 b>a 200 1 INVITE b1 A D",
	  0, "answered|200|-|0|-|2000|-", "1|confirmed|D|-", NULL, NULL },
	{ "the proxy tells its own verdict",
	  INVITE
	  "0.1 b>c INVITE 1 INVITE p1 A -\n1 c>b 503 1 INVITE p1 A C\n1.1 b>a 480 1 INVITE b1 A P\n"
	  "1.2 c>b 500 1 INVITE p1 A C",
	  20, "no_answer|480|callee|0|-|-|1100", "1|failed|-|-", NULL, NULL },
	{ "a proxy's CANCEL is not the caller's",
	  INVITE "0.1 b>c INVITE 1 INVITE p1 A -\n0.5 c>b 180 1 INVITE p1 A C\n0.5 b>a 180 1 "
	         "INVITE b1 A C\n"
	         "60 b>c CANCEL 1 CANCEL p1 A -\n60.1 c>b 487 1 INVITE p1 A C\n60.2 b>a 408 1 "
	         "INVITE b1 A P",
	  0, "no_answer|408|network|0|500|-|60200", NULL, NULL, NULL },
	{ "Call-ID used again after the end",
	  CALL BYE BYE_OK "11 a>b INVITE 1 INVITE c1 A -\n12 b>a 486 1 INVITE c1 A B", 0,
	  "answered|200|caller|0|500|2000|9000\nbusy|486|callee|11000|-|-|12000",
	  "1|terminated|B|-\n2|failed|-|-", NULL, NULL },
	{ "Call-ID used again after a failure, CSeq not higher",
	  INVITE
	  "1 b>a 486 1 INVITE b1 A B\n3 a>b INVITE 1 INVITE c1 A -\n4 b>a 200 1 INVITE c1 A C",
	  0, "busy|486|callee|0|-|-|1000\nanswered|200|-|3000|-|4000|-", NULL, NULL, NULL },
	{ "same Call-ID, another From-tag: another call",
	  CALL "3 a>b INVITE 1 INVITE c1 A2 -\n4 b>a 486 1 INVITE c1 A2 B2", 0,
	  "answered|200|-|0|500|2000|-\nbusy|486|callee|3000|-|-|4000", NULL, NULL, NULL },
	{ "begins with a BYE", "9 b>a BYE 7 BYE x B A\n9.1 a>b 200 7 BYE x B A", 0,
	  "incomplete|-|caller|-|-|-|9000", "1|terminated|A|-", "BYE|7|200|0|0|1", NULL },
	{ "begins with a 200 to the INVITE", "2 b>a 200 1 INVITE b1 A B\n" ACK BYE BYE_OK, 0,
	  "incomplete|200|caller|-|-|2000|9000", "1|terminated|B|-", NULL, NULL },
	{ "begins with a re-INVITE",
	  "5 a>b INVITE 3 INVITE r1 A B\n5.1 b>a 200 3 INVITE r1 A B\n5.2 a>b ACK 3 ACK r2 A B\n9 "
	  "b>a BYE 1 BYE x B A",
	  0, "incomplete|-|callee|-|-|-|9000", "1|terminated|B|-", NULL, NULL },
	{ "a 100 before its INVITE",
	  "0 b>a 100 1 INVITE b1 A -\n0.001 a>b INVITE 1 INVITE b1 A -\n1 b>a 200 1 INVITE b1 A B",
	  0, "answered|200|-|1|-|1000|-", NULL, "INVITE|1|200|0|0|1", NULL },
	{ "noise is no call",
	  "0 a>b OPTIONS 1 OPTIONS o1 A - call=o1\n0.1 b>a 200 1 OPTIONS o1 A B call=o1\n"
	  "1 a>b ACK 1 ACK o2 A - call=o2\n2 a>b BYE 1 BYE o3 A - call=o3\n2.1 b>a 481 1 BYE o3 A "
	  "B call=o3\n"
	  "3 a>b CANCEL 1 CANCEL o4 A - call=o4\n4 a>b NOTIFY 1 NOTIFY o5 A B call=o5\n"
	  "5 a>b REGISTER 1 REGISTER o6 A - call=o6\n5.1 b>a 200 1 REGISTER o6 A B call=o6\n"
	  "6 b>a 481 1 INVITE o7 A B call=o7",
	  0, "", "", NULL, "1|-|0\n1|-|0\n-|-|0\n2|-|0\n2|-|0\n3|-|0\n4|-|0\n5|-|0\n5|-|0\n6|-|0" },
	{ "a REGISTER with the call's Call-ID and tag",
	  "0 a>b REGISTER 1 REGISTER r A -\n0.1 b>a 200 1 REGISTER r A R\n"
	  "1 a>b INVITE 2 INVITE b A -\n2 b>a 200 2 INVITE b A B\n"
	  "3 a>b REGISTER 3 REGISTER r2 A -",
	  0, "answered|200|-|1000|-|2000|-", NULL,
	  "REGISTER|1|200|0|0|-\nINVITE|2|200|0|0|1\nREGISTER|3|-|0|0|-", NULL },
	{ "retransmissions",
	  INVITE "0.5 a>b INVITE 1 INVITE b1 A - sdp=sendrecv\n0.6 b>a 180 1 INVITE b1 A B\n"
	         "0.7 b>a 180 1 INVITE b1 A B\n0.8 b>a 180 1 INVITE b1 A B pad=x\n2 b>a 200 1 "
	         "INVITE b1 A B\n"
	         "2.5 b>a 200 1 INVITE b1 A B pad=y\n2.6 a>b ACK 1 ACK b2 A B\n2.7 a>b ACK 1 ACK "
	         "b2 A B\n" BYE
	         "9.5 a>b BYE 2 BYE b3 A B\n9.6 b>a 200 2 BYE b3 A B\n9.7 b>a 200 2 BYE b3 A B",
	  0, "answered|200|caller|0|600|2000|9000", NULL, "INVITE|1|200|3|0|1\nBYE|2|200|2|0|1",
	  "1|1|0\n1|1|1\n1|1|0\n1|1|1\n1|1|0\n1|1|0\n1|1|1\n1|1|0\n1|1|1\n2|1|0\n2|1|1\n2|1|0\n2|1|"
	  "1" },
	{ "reliable 1xx, RSeq the same",
	  INVITE "0.5 b>a 183 1 INVITE b1 A B h=RSeq:1\n1 b>a 183 1 INVITE b1 A B h=RSeq:1 pad=x\n"
	         "2 b>a 183 1 INVITE b1 A B h=RSeq:2",
	  0, "in_progress|-|-|0|500|-|-", "1|early|B|-", "INVITE|1|-|1|0|1",
	  "1|1|0\n1|1|0\n1|1|1\n1|1|0" },
	{ "nobody answers",
	  INVITE "0.5 a>b INVITE 1 INVITE b1 A - sdp=sendrecv\n31.5 a>b INVITE 1 INVITE b1 A - "
	         "sdp=sendrecv",
	  120, "failed|-|network|0|-|-|-", "1|failed|-|-", "INVITE|1|-|2|1|1", NULL },
	{ "rings, and nothing any more", INVITE RING, 1000, "failed|-|network|0|500|-|-",
	  "1|failed|B|-", "INVITE|1|-|0|1|1", NULL },
	{ "cut by the edge: no response yet", INVITE, 5, "in_progress|-|-|0|-|-|-", "1|trying|-|-",
	  "INVITE|1|-|0|0|1", NULL },
	{ "cut by the edge: ringing", INVITE RING, 100, "in_progress|-|-|0|500|-|-", "1|early|B|-",
	  "INVITE|1|-|0|0|1", NULL },
	{ "cut by the edge: talking", CALL, 3600, "answered|200|-|0|500|2000|-", "1|confirmed|B|-",
	  "INVITE|1|200|0|0|1", NULL },
	{ "late answer after the time-out", INVITE "50 b>a 200 1 INVITE b1 A B", 0,
	  "failed|-|network|0|-|-|-", NULL, "INVITE|1|200|0|1|1", "1|1|0\n1|1|0" },
	{ "both sides of a proxy",
	  INVITE "0.01 b>a 100 1 INVITE b1 A -\n0.02 b>c INVITE 1 INVITE p1 A - sdp=sendrecv\n"
	         "0.5 c>b 180 1 INVITE p1 A C\n0.51 b>a 180 1 INVITE b1 A C\n2 c>b 200 1 INVITE p1 "
	         "A C sdp=sendrecv\n"
	         "2.01 b>a 200 1 INVITE b1 A C sdp=sendrecv\n2.1 a>b ACK 1 ACK b2 A C\n2.11 b>c "
	         "ACK 1 ACK p2 A C\n"
	         "9 a>b BYE 2 BYE b3 A C\n9.01 b>c BYE 2 BYE p3 A C\n9.02 c>b 200 2 BYE p3 A "
	         "C\n9.03 b>a 200 2 BYE b3 A C",
	  0, "answered|200|caller|0|500|2000|9000", "1|terminated|C|-",
	  "INVITE|1|200|0|0|1\nINVITE|1|200|0|0|1\nBYE|2|200|0|0|1\nBYE|2|200|0|0|1", NULL },
	{ "302, then elsewhere",
	  INVITE
	  "0.5 b>a 302 1 INVITE b1 A B\n0.6 a>b ACK 1 ACK b1 A B\n0.7 a>c INVITE 2 INVITE b5 A -\n"
	  "1 c>a 200 2 INVITE b5 A C\n9 c>a BYE 1 BYE x C A",
	  0, "answered|200|callee|0|-|1000|9000", "1|terminated|C|-", NULL, NULL },
	{ "302, and nothing after", INVITE "0.5 b>a 302 1 INVITE b1 A B", 60,
	  "rejected|302|network|0|-|-|500", NULL, NULL, NULL },
	{ "BYEs cross",
	  CALL "9 a>b BYE 2 BYE b3 A B\n9.01 b>a BYE 1 BYE x B A\n9.1 a>b 481 1 BYE x B A", 0,
	  "answered|200|caller|0|500|2000|9000", "1|terminated|B|-", NULL, NULL },
	{ "a BYE copy long after the rows are written",
	  CALL BYE BYE_OK "40 a>b BYE 2 BYE b3 A B\n45 b>a BYE 1 BYE y B A", 0,
	  "answered|200|caller|0|500|2000|9000", "1|terminated|B|-", NULL,
	  "1|1|0\n1|1|0\n1|1|0\n1|1|0\n2|1|0\n2|1|0\n2|1|1\n3|1|0" },
	{ "BYE and its 200 again 6 and 20 s later",
	  CALL BYE BYE_OK
	  "15 a>b BYE 2 BYE b3 A B\n15.1 b>a 200 2 BYE b3 A B\n29 a>b BYE 2 BYE b3 A B\n"
	  "29.1 b>a 200 2 BYE b3 A B",
	  0, "answered|200|caller|0|500|2000|9000", "1|terminated|B|-",
	  "INVITE|1|200|0|0|1\nBYE|2|200|0|0|1",
	  "1|1|0\n1|1|0\n1|1|0\n1|1|0\n2|1|0\n2|1|0\n2|1|1\n2|1|1\n2|1|1\n2|1|1" },
	{ "200 without ACK, again and again for 32 s",
	  INVITE
	  "2 b>a 200 1 INVITE b1 A B\n2.5 b>a 200 1 INVITE b1 A B\n3.5 b>a 200 1 INVITE b1 A B\n"
	  "5.5 b>a 200 1 INVITE b1 A B\n9.5 b>a 200 1 INVITE b1 A B\n13.5 b>a 200 1 INVITE b1 A B\n"
	  "17.5 b>a 200 1 INVITE b1 A B\n21.5 b>a 200 1 INVITE b1 A B\n25.5 b>a 200 1 INVITE b1 A "
	  "B\n"
	  "29.5 b>a 200 1 INVITE b1 A B\n33.5 b>a 200 1 INVITE b1 A B\n34 b>a BYE 1 BYE x B A",
	  100, "answered|200|callee|0|-|2000|34000", "1|terminated|B|-",
	  "INVITE|1|200|10|0|1\nBYE|1|-|0|1|1", NULL },
	{ "a fork answers ten seconds after the other",
	  INVITE
	  "2 b>a 200 1 INVITE b1 A B1\n2.1 a>b ACK 1 ACK b2 A B1\n12 b>a 200 1 INVITE b1 A B2\n"
	  "12.1 a>b ACK 1 ACK b4 A B2\n12.5 b>a 200 1 INVITE b1 A B2",
	  0, "answered|200|-|0|-|2000|-", "1|confirmed|B1|-\n2|confirmed|B2|1",
	  "INVITE|1|200|0|0|1", "1|1|0\n1|1|0\n1|1|0\n1|2|0\n1|2|0\n1|2|1" },
	{ "INVITE and 486 again long after the end",
	  INVITE "1 b>a 486 1 INVITE b1 A B\n1.1 a>b ACK 1 ACK b1 A B\n"
	         "12 a>b INVITE 1 INVITE b1 A -\n12.1 b>a 486 1 INVITE b1 A B\n"
	         "12.2 a>b ACK 1 ACK b1 A B",
	  0, "busy|486|callee|0|-|-|1000", "1|failed|-|-", "INVITE|1|486|0|0|1",
	  "1|1|0\n1|1|0\n1|1|0\n1|1|1\n1|1|1\n1|1|1" },
	{ "the retry takes its time",
	  INVITE "0.1 b>a 401 1 INVITE b1 A X\n0.2 a>b ACK 1 ACK b1 A X\n"
	         "20 a>b INVITE 2 INVITE b2 A -\n21 b>a 200 2 INVITE b2 A B",
	  0, "answered|200|-|0|-|21000|-", "1|confirmed|B|-",
	  "INVITE|1|401|0|0|1\nINVITE|2|200|0|0|1", NULL },
	{ "re-INVITE refused",
	  CALL "4 a>b INVITE 2 INVITE r1 A B sdp=sendonly\n4.1 b>a 488 2 INVITE r1 A B\n"
	       "4.2 a>b ACK 2 ACK r1 A B\n9 a>b BYE 3 BYE b3 A B",
	  0, "answered|200|caller|0|500|2000|9000", NULL, NULL, NULL },
	{ "re-INVITE gets 481", CALL "4 a>b INVITE 2 INVITE r1 A B\n4.1 b>a 481 2 INVITE r1 A B",
	  60, "answered|200|network|0|500|2000|4100", "1|terminated|B|-", NULL, NULL },
	{ "re-INVITE gets 481, BYE all the same",
	  CALL
	  "4 a>b INVITE 2 INVITE r1 A B\n4.1 b>a 481 2 INVITE r1 A B\n4.3 a>b BYE 3 BYE b3 A B",
	  60, "answered|200|caller|0|500|2000|4300", "1|terminated|B|-", NULL, NULL },
	{ "PRACK and UPDATE before the answer",
	  INVITE "0.5 b>a 183 1 INVITE b1 A B h=RSeq:1 sdp=sendrecv\n0.6 a>b PRACK 2 PRACK b2 A B\n"
	         "0.7 b>a 200 2 PRACK b2 A B\n0.8 a>b UPDATE 3 UPDATE b3 A B sdp=sendrecv\n"
	         "0.9 b>a 200 3 UPDATE b3 A B sdp=sendrecv\n" ANSWER,
	  0, "answered|200|-|0|500|2000|-", "1|confirmed|B|-",
	  "INVITE|1|200|0|0|1\nPRACK|2|200|0|0|1\nUPDATE|3|200|0|0|1", NULL },
	{ "RFC 2543: no branch, no To-tag",
	  "0 a>b INVITE 1 INVITE - A -\n0.5 b>a 180 1 INVITE - A -\n2 b>a 200 1 INVITE - A -\n2.1 "
	  "a>b ACK 1 ACK - A -\n"
	  "9 a>b BYE 2 BYE - A -\n9.1 b>a 200 2 BYE - A -",
	  0, "answered|200|caller|0|500|2000|9000", "1|terminated|-|-",
	  "INVITE|1|200|0|0|1\nBYE|2|200|0|0|1", NULL },
	{ "no Via anywhere",
	  "0 a>b INVITE 1 INVITE - A - without=Via\n0.5 b>a 180 1 INVITE - A B without=Via\n2 b>a "
	  "200 1 INVITE - A B without=Via\n"
	  "2.1 a>b ACK 1 ACK - A B without=Via\n9 a>b BYE 2 BYE - A B without=Via\n9.1 b>a 200 2 "
	  "BYE - A B without=Via",
	  0, "answered|200|caller|0|500|2000|9000", "1|terminated|B|-",
	  "INVITE|1|200|0|0|1\nBYE|2|200|0|0|1", NULL },
	{ "the INVITE without Via, its responses with one",
	  "0 a>b INVITE 1 INVITE - A - without=Via\n0.5 b>a 180 1 INVITE b1 A B\n2 b>a 200 1 "
	  "INVITE b1 A B\n" BYE BYE_OK,
	  0, "answered|200|caller|0|500|2000|9000", "1|terminated|B|-", NULL, NULL },
	{ "an INVITE without Via, and nothing after", "0 a>b INVITE 1 INVITE - A - without=Via",
	  100, "failed|-|network|0|-|-|-", "1|failed|-|-", "INVITE|1|-|0|1|1", NULL },
	{ "an INVITE without CSeq is a call, its late copy is not",
	  "0 a>b INVITE 1 INVITE b1 A - without=CSeq\n0.5 a>b INVITE 1 INVITE b1 A - without=CSeq\n"
	  "70 a>b OPTIONS 1 OPTIONS o A - call=other\n71 a>b INVITE 1 INVITE b1 A - without=CSeq",
	  0, "failed|-|network|0|-|-|-", "1|failed|-|-", NULL, NULL },
	{ "an INVITE without CSeq that is answered",
	  "0 a>b INVITE 1 INVITE b1 A - without=CSeq\n2 b>a 200 1 INVITE b1 A B\n" BYE, 0,
	  "answered|200|caller|0|-|2000|9000", "1|terminated|B|-", NULL, NULL },
	{ "RFC 2543: no tags at all",
	  "0 a>b INVITE 1 INVITE - - -\n2 b>a 200 1 INVITE - - B\n2.1 a>b ACK 1 ACK - - B\n9 b>a "
	  "BYE 1 BYE - B -",
	  0, "answered|200|callee|0|-|2000|9000", "1|terminated|B|-", NULL, NULL },
	{ "SUBSCRIBE dialog",
	  "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - h=Expires:600\n0.1 b>a 200 1 SUBSCRIBE s1 A B "
	  "h=Expires:600\n"
	  "0.2 b>a NOTIFY 1 NOTIFY n1 B A h=Subscription-State:active\n0.3 a>b 200 1 NOTIFY n1 B "
	  "A\n"
	  "9 a>b SUBSCRIBE 2 SUBSCRIBE s2 A B h=Expires:0\n9.1 b>a 200 2 SUBSCRIBE s2 A B "
	  "h=Expires:0\n"
	  "9.2 b>a NOTIFY 2 NOTIFY n2 B A h=Subscription-State:terminated",
	  0, "", "1|terminated|B|-", NULL, "1|1|0\n1|1|0\n2|1|0\n2|1|0\n3|1|0\n3|1|0\n4|1|0" },
	{ "SUBSCRIBE: NOTIFY before the 200, challenge before both",
	  "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A -\n0.1 b>a 401 1 SUBSCRIBE s1 A X\n0.2 a>b SUBSCRIBE 2 "
	  "SUBSCRIBE s2 A -\n"
	  "0.3 b>a NOTIFY 1 NOTIFY n1 B A h=Subscription-State:active\n0.4 b>a 200 2 SUBSCRIBE s2 "
	  "A B",
	  0, "", "1|confirmed|B|-", NULL, NULL },
	{ "SUBSCRIBE runs out",
	  "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - h=Expires:60\n0.1 b>a 200 1 SUBSCRIBE s1 A B", 200,
	  "", "1|terminated|B|-", NULL, NULL },
	{ "SUBSCRIBE refused", "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A -\n0.1 b>a 489 1 SUBSCRIBE s1 A B",
	  60, "", "1|failed|-|-", NULL, NULL },
	{ "REFER outside a call",
	  "0 a>b REFER 1 REFER s1 A -\n0.1 b>a 202 1 REFER s1 A B\n1 b>a NOTIFY 1 NOTIFY n B A "
	  "h=Subscription-State:terminated",
	  20, "", "1|terminated|B|-", NULL, NULL },
	{ "OPTIONS and INFO inside a call",
	  CALL "3 a>b OPTIONS 2 OPTIONS o A B\n3.1 b>a 200 2 OPTIONS o A B\n"
	       "4 b>a INFO 1 INFO i B A\n4.1 a>b 200 1 INFO i B A",
	  0, "answered|200|-|0|500|2000|-", NULL,
	  "INVITE|1|200|0|0|1\nOPTIONS|2|200|0|0|1\nINFO|1|200|0|0|1", NULL },
};

static void expect(struct sip_lab *lab, const char *name, const char *sql, const char *wanted)
{
	const char *got;

	if (!wanted)
		return;
	got = sip_lab_rows(lab, sql);
	ck_assert_msg(!strcmp(got, wanted), "%s:\n%s\nwanted\n%s\ngot\n%s", name, sql, wanted, got);
}

static double last_time(const char *lines)
{
	const char *last = lines;

	for (const char *at = lines; (at = strchr(at, '\n')) && at[1]; at++)
		last = at + 1;
	return strtod(last, NULL);
}

START_TEST(flow)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, f->lines));
	ck_assert(sip_lab_pass(&lab, last_time(f->lines) + f->pass));
	ck_assert_msg(sip_lab_finish(&lab), "%s: %s", f->name, lab.err.text);
	expect(&lab, f->name, CALLS, f->calls);
	expect(&lab, f->name, DIALOGS, f->dialogs);
	expect(&lab, f->name, TRANSACTIONS, f->transactions);
	expect(&lab, f->name, MESSAGES, f->messages);
	sip_lab_release(&lab);
}
END_TEST

/* Single values of a whole flow. */
static const struct detail {
	const char *name, *lines, *sql, *wanted;
} details[] = {
	{ "held from offer to resume",
	  CALL
	  "4 a>b INVITE 2 INVITE h1 A B sdp=sendonly\n4.1 b>a 200 2 INVITE h1 A B sdp=recvonly\n"
	  "7 a>b INVITE 3 INVITE h2 A B sdp=sendrecv\n7.1 b>a 200 3 INVITE h2 A B sdp=sendrecv\n9 "
	  "a>b BYE 4 BYE x A B",
	  "SELECT CAST(held_ms AS INTEGER) FROM calls", "3000" },
	{ "held until the end, old style",
	  CALL "4 b>a INVITE 1 INVITE h1 B A sdp=sendrecv@0.0.0.0\n4.1 a>b 200 1 INVITE h1 B A "
	       "sdp=sendrecv\n" BYE,
	  "SELECT CAST(held_ms AS INTEGER) FROM calls", "5000" },
	{ "both hold: the union",
	  CALL
	  "4 a>b INVITE 2 INVITE h1 A B sdp=sendonly\n4.1 b>a 200 2 INVITE h1 A B sdp=recvonly\n"
	  "5 b>a INVITE 1 INVITE h2 B A sdp=inactive\n5.1 a>b 200 1 INVITE h2 B A sdp=inactive\n"
	  "6 a>b INVITE 3 INVITE h3 A B sdp=recvonly\n6.1 b>a 200 3 INVITE h3 A B sdp=sendonly\n"
	  "8 b>a INVITE 2 INVITE h4 B A sdp=sendrecv\n8.1 a>b 200 2 INVITE h4 B A "
	  "sdp=sendrecv\n" BYE,
	  "SELECT CAST(held_ms AS INTEGER) FROM calls", "4000" },
	{ "a refused hold does not count",
	  CALL "4 a>b INVITE 2 INVITE h1 A B sdp=sendonly\n4.2 b>a 491 2 INVITE h1 A B\n" BYE,
	  "SELECT CAST(held_ms AS INTEGER) FROM calls", "0" },
	{ "one-way from the start is no hold",
	  "0 a>b INVITE 1 INVITE b1 A - sdp=recvonly\n"
	  "2 b>a 200 1 INVITE b1 A B sdp=sendonly\n" BYE,
	  "SELECT CAST(held_ms AS INTEGER) FROM calls", "0" },
	{ "answered on hold", INVITE "2 b>a 200 1 INVITE b1 A B sdp=sendonly\n" BYE,
	  "SELECT CAST(held_ms AS INTEGER) FROM calls", "7000" },
	{ "REFER accepted in the call",
	  CALL
	  "4 a>b REFER 2 REFER t A B\n4.1 b>a 202 2 REFER t A B\n4.2 b>a NOTIFY 1 NOTIFY n B A "
	  "h=Subscription-State:terminated\n" BYE,
	  "SELECT transferred, outcome, (SELECT count(*) FROM dialogs) FROM calls",
	  "1|answered|1" },
	{ "REFER refused", CALL "4 a>b REFER 2 REFER t A B\n4.1 b>a 603 2 REFER t A B\n" BYE,
	  "SELECT transferred FROM calls", "0" },
	{ "reason of the BYE, Q.850 first",
	  CALL "9 a>b BYE 2 BYE x A B h=Reason:SIP;cause=200;text=\"Other\" "
	       "h=Reason:Q.850;cause=16;text=\"Normal_clearing\"",
	  "SELECT reason, q850_cause FROM calls", "Normal clearing|16" },
	{ "phrase of the failure", INVITE "1 b>a 404 1 INVITE b1 A B",
	  "SELECT reason, q850_cause FROM calls", "Phrase|-" },
	{ "Reason in the failure",
	  INVITE "1 b>a 503 1 INVITE b1 A B h=Reason:Q.850;cause=34;text=\"No_circuit\"",
	  "SELECT reason, q850_cause FROM calls", "No circuit|34" },
	{ "no reason of a challenge that was met",
	  INVITE
	  "0.1 b>a 401 1 INVITE b1 A X\n0.3 a>b INVITE 2 INVITE b4 A -\n1 b>a 200 2 INVITE b4 A B",
	  "SELECT reason FROM calls", "-" },
	{ "who is who", CALL BYE,
	  "SELECT caller, callee, sip_call_id, leg_count, setup_ms, pdd_ms, talk_ms FROM calls",
	  "alice|bob|c1|1|2000.0|500.0|7000.0" },
	{ "the dialog's ends", CALL BYE,
	  "SELECT from_uri, from_tag, to_uri, to_tag, caller_contact, callee_contact, "
	  "caller_user_agent, callee_user_agent, "
	  "src, dst, transport, kind, call_id, " T("start_us") ", " T("answer_us") ", " T(
	          "end_us") " FROM dialogs",
	  "sip:alice@example.com|A|sip:bob@example.com|B|sip:a@192.0.2.1|sip:b@192.0.2.2|phone-a|"
	  "phone-b|192.0.2.1:5060|"
	  "192.0.2.2:5060|UDP|invite|1|0|2000|9000" },
	{ "without Via, the sender is the caller's side", "0 a>b INVITE 1 INVITE - A - without=Via",
	  "SELECT src, dst FROM dialogs", "192.0.2.1:5060|192.0.2.2:5060" },
	{ "without CSeq, too", "0 a>b INVITE 1 INVITE b1 A - without=CSeq",
	  "SELECT src, dst FROM dialogs", "192.0.2.1:5060|192.0.2.2:5060" },
	{ "auth_attempt",
	  INVITE
	  "0.1 b>a 401 1 INVITE b1 A X\n0.3 a>b INVITE 2 INVITE b4 A - h=Authorization:Digest_x",
	  "SELECT auth_attempt FROM transactions ORDER BY id", "0\n1" },
	{ "SDP in one line", INVITE "2 b>a 200 1 INVITE b1 A B sdp=recvonly",
	  "SELECT has_sdp, sdp FROM messages ORDER BY id",
	  "1|offer PCMU telephone-event 192.0.2.1:4000 sendrecv\n1|answer PCMU telephone-event "
	  "192.0.2.2:4000 recvonly" },
	{ "delayed offer",
	  "0 a>b INVITE 1 INVITE b1 A -\n2 b>a 200 1 INVITE b1 A B sdp=sendrecv\n2.1 a>b ACK 1 ACK "
	  "b2 A B sdp=sendrecv",
	  "SELECT substr(sdp, 1, 6) FROM messages ORDER BY id", "-\noffer \nanswer" },
	{ "offer in PRACK",
	  INVITE "0.5 b>a 183 1 INVITE b1 A B h=RSeq:1 sdp=sendrecv\n0.6 a>b PRACK 2 PRACK b2 A B "
	         "sdp=sendrecv\n"
	         "0.7 b>a 200 2 PRACK b2 A B sdp=sendrecv",
	  "SELECT substr(sdp, 1, 6) FROM messages ORDER BY id", "offer \nanswer\noffer \nanswer" },
	{ "INFO digit",
	  CALL
	  "4 b>a INFO 1 INFO i B A body=application/dtmf-relay:Signal=5\n4.1 a>b 200 1 INFO i B A\n"
	  "4.2 b>a INFO 1 INFO i B A body=application/dtmf-relay:Signal=5",
	  "SELECT call_id, digit, method, direction FROM dtmf", "1|5|info|callee_to_caller" },
	{ "proxied copies carry the same Call-ID and dialog", CALL "2.2 b>c INVITE 1 INVITE p1 A -",
	  "SELECT count(*), min(dialog_id), max(dialog_id) FROM messages", "5|1|1" },
	{ "another Call-ID is another call", INVITE "0 a>b INVITE 1 INVITE z A - call=c2",
	  "SELECT id, sip_call_id FROM calls ORDER BY id", "1|c1\n2|c2" },
	{ "Replaces", "0 a>b INVITE 1 INVITE b1 A - h=Replaces:x;to-tag=1;from-tag=2",
	  "SELECT replaces FROM dialogs", "x;to-tag=1;from-tag=2" },
};

START_TEST(detail)
{
	const struct detail *d = &details[_i];
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, d->lines));
	ck_assert_msg(sip_lab_finish(&lab), "%s: %s", d->name, lab.err.text);
	expect(&lab, d->name, d->sql, d->wanted);
	sip_lab_release(&lab);
}
END_TEST

/* Nothing that is over stays in memory. */
START_TEST(all_is_evicted)
{
	struct sip_lab lab;
	struct calls_counts counts;

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, CALL BYE BYE_OK));
	ck_assert(sip_lab_feed(&lab, "10 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - call=s\n11 a>b OPTIONS 1 "
	                             "OPTIONS o A - call=o"));
	ck_assert(sip_lab_pass(&lab, 80));
	counts = calls_counts(lab.calls);
	ck_assert_uint_eq(counts.live_calls, 0);
	ck_assert_uint_eq(counts.live_dialogs, 0);
	ck_assert_uint_eq(counts.live_transactions, 0);
	ck_assert_uint_eq(counts.calls, 1);
	ck_assert_uint_eq(counts.dialogs, 2);
	ck_assert_uint_eq(counts.transactions, 4);
	sip_lab_release(&lab);
}
END_TEST

/* A call that is over is written 2 s later, its transactions 5 s after their last message. */
START_TEST(over_is_soon_gone)
{
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, CALL BYE BYE_OK));
	ck_assert(sip_lab_pass(&lab, 10.9));
	ck_assert_uint_eq(calls_counts(lab.calls).live_calls, 1);
	ck_assert(sip_lab_pass(&lab, 11.1));
	ck_assert_uint_eq(calls_counts(lab.calls).live_calls, 0);
	ck_assert_uint_eq(calls_counts(lab.calls).live_transactions, 1);
	ck_assert(sip_lab_pass(&lab, 14.3));
	ck_assert_uint_eq(calls_counts(lab.calls).live_transactions, 0);
	sip_lab_release(&lab);
}
END_TEST

/* An answered call outlives hours without a word only as long as the idle time allows. */
START_TEST(idle_call_is_closed)
{
	struct sip_lab lab;

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, CALL));
	ck_assert(sip_lab_pass(&lab, 4 * 3600 - 60));
	ck_assert_uint_eq(calls_counts(lab.calls).live_calls, 1);
	ck_assert(sip_lab_pass(&lab, 4 * 3600 + 60));
	ck_assert_uint_eq(calls_counts(lab.calls).live_calls, 0);
	sip_lab_release(&lab);
}
END_TEST

/* Forks are bounded: what comes beyond belongs to the first dialog. */
START_TEST(forks_are_bounded)
{
	struct sip_lab lab;
	char line[128];

	ck_assert(sip_lab_init(&lab));
	ck_assert(sip_lab_feed(&lab, INVITE));
	for (int i = 0; i < 200; i++) {
		snprintf(line, sizeof line, "1 b>a 180 1 INVITE b1 A fork%d", i);
		ck_assert(sip_lab_feed(&lab, line));
	}
	ck_assert_uint_eq(calls_counts(lab.calls).live_dialogs, CALLS_MAX_DIALOGS_PER_CALL);
	ck_assert(sip_lab_finish(&lab));
	expect(&lab, "forks", "SELECT count(*) FROM dialogs", "64");
	sip_lab_release(&lab);
}
END_TEST

static const char whole_story[] =
        INVITE "0.1 b>a 401 1 INVITE b1 A X\n0.2 a>b INVITE 2 INVITE b9 A - sdp=sendrecv\n"
               "0.5 b>a 180 2 INVITE b9 A B1\n0.6 b>a 180 2 INVITE b9 A B2\n2 b>a 200 2 INVITE b9 "
               "A B2 sdp=sendrecv\n"
               "2.1 a>b ACK 2 ACK b2 A B2\n3 a>b SUBSCRIBE 1 SUBSCRIBE s A - call=s\n"
               "9 a>b BYE 3 BYE b3 A B2 h=Reason:Q.850;cause=16;text=\"Normal\"\n9.1 b>a 200 3 BYE "
               "b3 A B2";

/* Every allocation in turn fails: the run stops with a text, and nothing leaks or is used after it was freed. */
START_TEST(allocations_fail)
{
	bool done = false;

	for (uint64_t n = 0; !done && n < 5000; n++) {
		struct sip_lab lab;
		ck_assert(sip_lab_init(&lab));
		mem_fail_after(n);
		done = sip_lab_feed(&lab, whole_story) && sip_lab_pass(&lab, 100) &&
		       calls_finish(lab.calls);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || lab.err.code == ERR_MEMORY, "allocation %llu: no text",
		              (unsigned long long)n);
		sip_lab_release(&lab);
	}
	ck_assert(done);
}
END_TEST

Suite *suite_calls(void)
{
	Suite *s = suite_create("calls");
	TCase *t = tcase_create("calls");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, flow, 0, (int)(sizeof flows / sizeof *flows));
	tcase_add_loop_test(t, detail, 0, (int)(sizeof details / sizeof *details));
	tcase_add_test(t, all_is_evicted);
	tcase_add_test(t, over_is_soon_gone);
	tcase_add_test(t, idle_call_is_closed);
	tcase_add_test(t, forks_are_bounded);
	tcase_add_test(t, allocations_fail);
	suite_add_tcase(s, t);
	return s;
}
