/* Which legs become one call: lines of signalling in, calls, edges and transfers out. */
#include "tests/helpers/sip_lab.h"

#include "analyzer/calls/state.h"

#include <check.h>
#include <stdio.h>

Suite *suite_correlate(void);

#define CALLS                                                                                      \
	"SELECT c.sip_call_id, c.leg_count, c.outcome, c.transferred, "                            \
	"(c.end_us - 1700000000000000) / 1000, (SELECT group_concat(sip_call_id, ' ') FROM "       \
	"(SELECT DISTINCT sip_call_id FROM dialogs d WHERE d.call_id = c.id ORDER BY 1)) "         \
	"FROM calls c ORDER BY c.start_us, c.sip_call_id"
#define EDGES                                                                                      \
	"SELECT a.sip_call_id, b.sip_call_id, e.reason, e.score FROM leg_edges e "                 \
	"JOIN dialogs a ON a.id = e.dialog_id JOIN dialogs b ON b.id = e.other_dialog_id "         \
	"ORDER BY a.start_us, b.start_us, e.reason"
#define TRANSFERS                                                                                  \
	"SELECT kind, refer_to, replaces, status, notify_status, outcome, "                        \
	"(time_us - 1700000000000000) / 1000, (end_us - 1700000000000000) / 1000 "                 \
	"FROM transfers ORDER BY time_us"

/* A leg: INVITE at `at` s of the line, 180 after 0.1, 200 after 1, BYE at the given time by the caller. */
#define LEG(call, way, back, tag, at0, at1, at2, at3, at4, more)                                   \
	at0 " " way " INVITE 1 INVITE b" tag " " tag " - call=" call " " more "\n" at1 " " back    \
	    " 180 1 INVITE b" tag " " tag " " tag "t call=" call "\n" at2 " " back                 \
	    " 200 1 INVITE b" tag " " tag " " tag "t call=" call "\n" at3 " " way                  \
	    " ACK 1 ACK k" tag " " tag " " tag "t call=" call "\n" at4 " " way " BYE 2 BYE y" tag  \
	    " " tag " " tag "t call=" call "\n" at4 " " back " 200 2 BYE y" tag " " tag " " tag    \
	    "t call=" call "\n"

#define SID_A "h=Session-ID:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1;remote="
#define SID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1"
#define NIL   "00000000000000000000000000000000"

static const struct flow {
	const char *name, *lines, *calls, *edges, *transfers; /* NULL: not looked at */
} flows[] = {
	{ "two calls that have nothing in common",
	  LEG("one", "a>b", "b>a", "A", "0", "0.1", "1", "1.1", "5", "to=carol")
	          LEG("two", "c>d", "d>c", "B", "0.01", "0.09", "0.9", "1.1", "5.1", "to=dave"),
	  "one|1|answered|0|5000|one\ntwo|1|answered|0|5100|two", "", "" },
	{ "X-CID names the other leg's Call-ID",
	  "0 a>s INVITE 1 INVITE b1 A - call=leg-one@a to=5551\n"
	  "0.02 s>b INVITE 1 INVITE b2 S - call=other to=77 h=X-CID:leg-one@a\n"
	  "0.5 b>s 200 1 INVITE b2 S B call=other\n0.52 s>a 200 1 INVITE b1 A T call=leg-one@a\n"
	  "9 a>s BYE 2 BYE b3 A T call=leg-one@a\n9.02 s>b BYE 2 BYE b4 S B call=other\n",
	  "leg-one@a|2|answered|0|9020|leg-one@a other", "leg-one@a|other|x-cid|100", "" },
	{ "X-CID came first",
	  "0 s>b INVITE 1 INVITE b2 S - call=other to=77 h=X-CID:leg-one@a\n"
	  "0 a>s INVITE 1 INVITE b1 A - call=leg-one@a to=5551\n"
	  "0.5 b>s 200 1 INVITE b2 S B call=other\n0.52 s>a 200 1 INVITE b1 A T call=leg-one@a\n"
	  "9 a>s BYE 2 BYE b3 A T call=leg-one@a\n9.02 s>b BYE 2 BYE b4 S B call=other\n",
	  "leg-one@a|2|answered|0|9020|leg-one@a other", "leg-one@a|other|x-cid|100", "" },
	{ "the same correlation value on both",
	  LEG("one", "a>b", "b>a", "A", "0", "0.1", "1", "1.1", "5",
	      "h=X-BroadWorks-Correlation-Info:2b3c4d5e-1111")
	          LEG("two", "c>d", "d>c", "B", "0.5", "0.6", "0.9", "1.1", "5.1",
	              "to=dave h=X-BroadWorks-Correlation-Info:2b3c4d5e-1111"),
	  "one|2|answered|0|5100|one two", "one|two|x-cid|100", "" },
	{ "a constant joins nothing that was not there at the same time",
	  LEG("one", "a>b", "b>a", "A", "0", "0.1", "1", "1.1", "5", "h=X-CID:trunk-12345678") LEG(
	          "two", "a>b", "b>a", "B", "6", "6.1", "7", "7.1", "9", "h=X-CID:trunk-12345678"),
	  "one|1|answered|0|5000|one\ntwo|1|answered|0|9000|two", "", "" },
	{ "Session-ID, the other half not known yet",
	  "0 a>s INVITE 1 INVITE b1 A - call=one " SID_A NIL "\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=77 " SID_A NIL "\n"
	  "0.5 b>s 200 1 INVITE b2 S B call=two h=Session-ID:" SID_B
	  ";remote=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\n"
	  "0.6 s>a 200 1 INVITE b1 A T call=one h=Session-ID:" SID_B
	  ";remote=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\n",
	  "one|2|answered|0|-|one two", "one|two|session-id|100\none|two|session-id|100", "" },
	{ "Session-IDs whose other halves differ",
	  "0 a>s INVITE 1 INVITE b1 A - call=one " SID_A SID_B "\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=77 " SID_A
	  "ccccccccccccccccccccccccccccccc1\n",
	  "one|1|in_progress|0|-|one\ntwo|1|in_progress|0|-|two", "", "" },
	{ "Session-IDs of nobody",
	  "0 a>s INVITE 1 INVITE b1 A - call=one h=Session-ID:" NIL "\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=77 h=Session-ID:" NIL "\n",
	  "one|1|in_progress|0|-|one\ntwo|1|in_progress|0|-|two", "", "" },
	{ "P-Charging-Vector",
	  "0 a>s INVITE 1 INVITE b1 A - call=one "
	  "h=P-Charging-Vector:icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso\";orig-ioi=x\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=77 "
	  "h=P-Charging-Vector:icid-value=AyretyU0dm+6O2IrT5tAFrbHLso\n",
	  "one|2|in_progress|0|-|one two", "one|two|icid|95", "" },
	{ "a Call-ID made of the other's",
	  "0 a>s INVITE 1 INVITE b1 A - call=8f2a77c1e0@phone\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=8f2a77c1e0_b2b-1@phone to=77\n",
	  "8f2a77c1e0@phone|2|in_progress|0|-|8f2a77c1e0@phone 8f2a77c1e0_b2b-1@phone",
	  "8f2a77c1e0@phone|8f2a77c1e0_b2b-1@phone|call-id|90", "" },
	{ "the Call-ID's host replaced",
	  "0 a>s INVITE 1 INVITE b1 A - call=8f2a77c1e0@phone\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=8f2a77c1e0@pbx to=77\n"
	  "0.02 c>d INVITE 1 INVITE b3 C - call=8f2a77c1e0@nobody to=77\n",
	  "8f2a77c1e0@phone|2|in_progress|0|-|8f2a77c1e0@pbx 8f2a77c1e0@phone\n"
	  "8f2a77c1e0@nobody|1|in_progress|0|-|8f2a77c1e0@nobody",
	  "8f2a77c1e0@phone|8f2a77c1e0@pbx|call-id|90", "" },
	{ "no header at all: numbers and mirrored events, three legs",
	  "0 a>s INVITE 1 INVITE b1 A - call=one to=004989123456 from=7001\n"
	  "0.01 s>t INVITE 1 INVITE b2 S - call=two to=+4989123456 from=7001\n"
	  "0.02 t>b INVITE 1 INVITE b3 T - call=three to=089123456 from=7001\n"
	  "0.50 b>t 180 1 INVITE b3 T T1 call=three\n0.51 t>s 180 1 INVITE b2 S S1 call=two\n"
	  "0.52 s>a 180 1 INVITE b1 A A1 call=one\n"
	  "2.00 b>t 200 1 INVITE b3 T T1 call=three\n2.01 t>s 200 1 INVITE b2 S S1 call=two\n"
	  "2.02 s>a 200 1 INVITE b1 A A1 call=one\n"
	  "9.00 b>t BYE 1 BYE b4 T1 T call=three\n9.01 t>s BYE 1 BYE b5 S1 S call=two\n"
	  "9.02 s>a BYE 1 BYE b6 A1 A call=one\n",
	  "one|3|answered|0|9020|one three two", "one|two|digits|50\ntwo|three|digits|50", "" },
	{ "mirrored, but the answer came forward",
	  "0 a>s INVITE 1 INVITE b1 A - call=one\n0.01 s>b INVITE 1 INVITE b2 S - call=two\n"
	  "0.50 b>s 180 1 INVITE b2 S S1 call=two\n0.51 s>a 180 1 INVITE b1 A A1 call=one\n"
	  "2.00 s>a 200 1 INVITE b1 A A1 call=one\n2.10 b>s 200 1 INVITE b2 S S1 call=two\n"
	  "9 a>s BYE 2 BYE b4 A A1 call=one\n9.01 s>b BYE 2 BYE b5 S S1 call=two\n",
	  "one|1|answered|0|9000|one\ntwo|1|answered|0|9010|two", "", "" },
	{ "two that look alike: either could be the other's",
	  "0 a>s INVITE 1 INVITE b1 A - call=one\n0 a>s INVITE 1 INVITE b2 B - call=two\n"
	  "0.02 s>b INVITE 1 INVITE b3 C - call=three\n0.02 s>b INVITE 1 INVITE b4 D - call=four\n"
	  "0.50 b>s 180 1 INVITE b3 C C1 call=three\n0.50 b>s 180 1 INVITE b4 D D1 call=four\n"
	  "0.52 s>a 180 1 INVITE b1 A A1 call=one\n0.52 s>a 180 1 INVITE b2 B B1 call=two\n"
	  "2.00 b>s 200 1 INVITE b3 C C1 call=three\n2.00 b>s 200 1 INVITE b4 D D1 call=four\n"
	  "2.02 s>a 200 1 INVITE b1 A A1 call=one\n2.02 s>a 200 1 INVITE b2 B B1 call=two\n",
	  "one|1|answered|0|-|one\ntwo|1|answered|0|-|two\n"
	  "four|1|answered|0|-|four\nthree|1|answered|0|-|three",
	  "", "" },
	{ "one mirrored event is not enough",
	  "0 a>s INVITE 1 INVITE b1 A - call=one\n0.01 s>b INVITE 1 INVITE b2 S - call=two\n"
	  "0.50 b>s 486 1 INVITE b2 S S1 call=two\n0.51 s>a 486 1 INVITE b1 A A1 call=one\n",
	  "one|1|busy|0|510|one\ntwo|1|busy|0|500|two", "", "" },
	{ "attended transfer",
	  "0 a>b INVITE 1 INVITE b1 A - call=ab\n1 b>a 200 1 INVITE b1 A B call=ab\n"
	  "5 a>c INVITE 1 INVITE b2 A2 - call=ac to=carol\n6 c>a 200 1 INVITE b2 A2 C call=ac "
	  "to=carol\n"
	  "8 a>b REFER 2 REFER b3 A B call=ab "
	  "h=Refer-To:<sip:carol@c?Replaces=ac%3Bto-tag%3DC%3Bfrom-tag%3DA2> "
	  "h=Referred-By:<sip:alice@a>\n"
	  "8.1 b>a 202 2 REFER b3 A B call=ab\n"
	  "8.2 b>c INVITE 1 INVITE b4 B2 - call=bc from=bob to=carol "
	  "h=Replaces:ac;to-tag=C;from-tag=A2 h=Referred-By:<sip:alice@a>\n"
	  "8.3 c>b 200 1 INVITE b4 B2 C2 call=bc from=bob to=carol\n"
	  "8.4 c>a BYE 1 BYE b5 C A2 call=ac\n"
	  "8.5 b>a NOTIFY 1 NOTIFY b6 B A call=ab h=Event:refer "
	  "h=Subscription-State:terminated;reason=noresource body=message/sipfrag:SIP/2.0_200_OK\n"
	  "8.6 a>b BYE 3 BYE b7 A B call=ab\n20 b>c BYE 2 BYE b8 B2 C2 call=bc\n",
	  "ab|3|answered|1|20000|ab ac bc", "ab|ac|replaces|95\nab|bc|refer|95\nac|bc|replaces|95",
	  "attended|sip:carol@c?Replaces=ac%3Bto-tag%3DC%3Bfrom-tag%3DA2|ac|202|200|completed|8000|"
	  "8500" },
	{ "blind transfer",
	  "0 a>b INVITE 1 INVITE b1 A - call=ab\n1 b>a 200 1 INVITE b1 A B call=ab\n"
	  "8 a>b REFER 2 REFER b3 A B call=ab h=Refer-To:<sip:carol@c>\n"
	  "8.1 b>a 202 2 REFER b3 A B call=ab\n"
	  "8.2 b>a NOTIFY 1 NOTIFY b6 B A call=ab h=Event:refer h=Subscription-State:active "
	  "body=message/sipfrag:SIP/2.0_100_Trying\n"
	  "8.3 a>b BYE 3 BYE b7 A B call=ab\n"
	  "12 b>c INVITE 1 INVITE b4 B2 - call=bc from=bob to=carol\n"
	  "13 c>b 486 1 INVITE b4 B2 C2 call=bc from=bob to=carol\n"
	  "13.1 b>a NOTIFY 2 NOTIFY b8 B A call=ab h=Event:refer;id=2 "
	  "h=Subscription-State:terminated body=message/sipfrag:SIP/2.0_486_Busy\n",
	  "ab|2|answered|1|8300|ab bc", "ab|bc|refer|95", NULL },
	{ "a REFER that is refused, and a call to the same user from elsewhere",
	  "0 a>b INVITE 1 INVITE b1 A - call=ab\n1 b>a 200 1 INVITE b1 A B call=ab\n"
	  "8 a>b REFER 2 REFER b3 A B call=ab h=Refer-To:<sip:carol@c>\n"
	  "8.1 b>a 403 2 REFER b3 A B call=ab\n"
	  "8.2 e>c INVITE 1 INVITE b4 E - call=ec from=erin to=carol\n",
	  "ab|1|answered|0|-|ab\nec|1|in_progress|0|-|ec", "",
	  "blind|sip:carol@c|-|403|-|refused|8000|8100" },
	{ "click to dial: a REFER outside of a call",
	  "0 x>a REFER 1 REFER r1 X - call=click h=Refer-To:<sip:bob@b> h=Referred-By:<sip:web@x>\n"
	  "0.1 a>x 202 1 REFER r1 X Y call=click\n"
	  "0.2 a>b INVITE 1 INVITE b1 A - call=ab h=Referred-By:<sip:web@x>\n"
	  "1 b>a 200 1 INVITE b1 A B call=ab\n"
	  "1.1 a>x NOTIFY 1 NOTIFY n1 Y X call=click h=Event:refer "
	  "h=Subscription-State:terminated body=message/sipfrag:SIP/2.0_200_OK\n"
	  "9 a>b BYE 2 BYE b2 A B call=ab\n",
	  "ab|1|answered|0|9000|ab click", NULL, "blind|sip:bob@b|-|202|200|completed|0|1100" },
	{ "call pick-up: Replaces without a REFER",
	  "0 a>b INVITE 1 INVITE b1 A - call=ab\n0.5 b>a 180 1 INVITE b1 A B call=ab\n"
	  "2 c>a INVITE 1 INVITE b2 C - call=ca from=carol to=alice "
	  "h=Replaces:ab;to-tag=A;from-tag=B;early-only\n"
	  "2.1 a>c 200 1 INVITE b2 C A9 call=ca from=carol to=alice\n"
	  "2.2 a>b CANCEL 1 CANCEL b1 A - call=ab\n2.3 b>a 487 1 INVITE b1 A B call=ab\n"
	  "9 c>a BYE 2 BYE b3 C A9 call=ca\n",
	  "ab|2|answered|1|9000|ab ca", "ab|ca|replaces|95",
	  "replaces|-|ab|200|-|completed|2000|2100" },
	{ "Replaces with a tag of nobody",
	  "0 a>b INVITE 1 INVITE b1 A - call=ab\n1 b>a 200 1 INVITE b1 A B call=ab\n"
	  "2 c>a INVITE 1 INVITE b2 C - call=ca h=Replaces:ab;to-tag=A;from-tag=X\n"
	  "2.1 a>c 481 1 INVITE b2 C A9 call=ca\n",
	  "ab|1|answered|0|-|ab\nca|1|rejected|0|2100|ca", "",
	  "replaces|-|ab|481|-|refused|2000|2100" },
	{ "a conference: Join",
	  "0 a>b INVITE 1 INVITE b1 A - call=ab\n1 b>a 200 1 INVITE b1 A B call=ab\n"
	  "2 c>a INVITE 1 INVITE b2 C - call=ca h=Join:ab;to-tag=A;from-tag=B\n"
	  "2.1 a>c 200 1 INVITE b2 C A9 call=ca\n",
	  "ab|2|answered|0|-|ab ca", "ab|ca|join|95", "join|-|ab|200|-|completed|2000|2100" },
	{ "hunting: the caller got the third",
	  "0 a>s INVITE 1 INVITE b1 A - call=caller-1\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=b1 h=X-CID:caller-1\n"
	  "0.50 b>s 486 1 INVITE b2 S S1 call=two\n"
	  "0.60 s>c INVITE 1 INVITE b3 S3 - call=three to=b2 h=X-CID:caller-1\n"
	  "1 c>s 200 1 INVITE b3 S3 S4 call=three\n1.01 s>a 200 1 INVITE b1 A A1 call=caller-1\n"
	  "300 a>s BYE 2 BYE b6 A A1 call=caller-1\n300.01 s>c BYE 2 BYE b7 S3 S4 call=three\n",
	  "caller-1|3|answered|0|300010|caller-1 three two",
	  "caller-1|two|x-cid|100\ncaller-1|three|x-cid|100", "" },
	{ "the middle lets go of both",
	  "0 a>s INVITE 1 INVITE b1 A - call=caller-1\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=b1 h=X-CID:caller-1\n"
	  "1 b>s 200 1 INVITE b2 S S1 call=two\n1.01 s>a 200 1 INVITE b1 A A1 call=caller-1\n"
	  "9 s>a BYE 1 BYE b6 A1 A call=caller-1\n9.01 s>b BYE 2 BYE b7 S S1 call=two\n",
	  "caller-1|2|answered|0|9010|caller-1 two", NULL, "" },
	{ "both offer the same place to receive",
	  "0 a>s INVITE 1 INVITE b1 A - call=one to=1 sdp=sendrecv\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=2 sdp=sendrecv@192.0.2.1\n"
	  "1 b>s 200 1 INVITE b2 S S1 call=two sdp=sendrecv\n"
	  "1.01 s>a 200 1 INVITE b1 A A1 call=one sdp=sendrecv@192.0.2.2\n"
	  "9 a>s BYE 2 BYE b6 A A1 call=one\n9.01 s>b BYE 2 BYE b7 S S1 call=two\n",
	  "one|2|answered|0|9010|one two", "one|two|media|80", "" },
	{ "three offer it: a load generator with one port",
	  "0 a>s INVITE 1 INVITE b1 A - call=one to=1 sdp=sendrecv\n"
	  "0.01 s>b INVITE 1 INVITE b2 S - call=two to=2 sdp=sendrecv@192.0.2.1\n"
	  "0.02 s>b INVITE 1 INVITE b3 Z - call=three to=3 sdp=sendrecv@192.0.2.1\n"
	  "1 b>s 200 1 INVITE b2 S S1 call=two sdp=sendrecv\n"
	  "1 b>s 200 1 INVITE b3 Z Z1 call=three sdp=sendrecv\n"
	  "1.01 s>a 200 1 INVITE b1 A A1 call=one sdp=sendrecv@192.0.2.2\n",
	  "one|1|answered|0|-|one\ntwo|1|answered|0|-|two\nthree|1|answered|0|-|three", "", "" },
	{ "the same place, and the other leg does not come from there",
	  "0 a>s INVITE 1 INVITE b1 A - call=one to=1 sdp=sendrecv\n"
	  "0.01 a>s INVITE 1 INVITE b2 S - call=two to=2 sdp=sendrecv\n",
	  "one|1|in_progress|0|-|one\ntwo|1|in_progress|0|-|two", "", "" },
};

static void check_rows(struct sip_lab *lab, const struct flow *f, const char *sql,
                       const char *expected)
{
	if (expected)
		ck_assert_msg(strcmp(sip_lab_rows(lab, sql), expected) == 0,
		              "%s:\n%s\nexpected\n%s", f->name, sip_lab_rows(lab, sql), expected);
}

START_TEST(flow)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	ck_assert_msg(sip_lab_feed(&lab, f->lines), "%s: %s", f->name, lab.err.text);
	ck_assert_msg(sip_lab_finish(&lab), "%s: %s", f->name, lab.err.text);
	check_rows(&lab, f, CALLS, f->calls);
	check_rows(&lab, f, EDGES, f->edges);
	check_rows(&lab, f, TRANSFERS, f->transfers);
	sip_lab_release(&lab);
}
END_TEST

/* The same when nothing ends with the capture but long before. */
START_TEST(flow_in_passing)
{
	const struct flow *f = &flows[_i];
	struct sip_lab lab;

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	ck_assert_msg(sip_lab_feed(&lab, f->lines) && sip_lab_pass(&lab, 90000), "%s: %s", f->name,
	              lab.err.text);
	ck_assert_uint_eq(calls_counts(lab.calls).live_dialogs, 0);
	ck_assert_msg(sip_lab_finish(&lab), "%s: %s", f->name, lab.err.text);
	check_rows(&lab, f, EDGES, f->edges);
	sip_lab_release(&lab);
}
END_TEST

static void invite(struct sip_lab *lab, unsigned n, const char *more)
{
	char line[256];

	snprintf(line, sizeof line, "%u.%06u a>b INVITE 1 INVITE b%u A%u - call=leg-%u %s", n / 100,
	         n % 100 * 10000, n, n, n, more);
	ck_assert_msg(sip_lab_feed(lab, line), "%s", lab->err.text);
}

/* A value that everybody carries is no call's: all stay apart, and none waits for ever. */
START_TEST(too_many_of_one_value)
{
	struct sip_lab lab;

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	for (unsigned n = 0; n < 3 * CALL_MAX_LEGS; n++)
		invite(&lab, n, "h=X-CID:everybodys-value");
	ck_assert(sip_lab_pass(&lab, 10000));
	invite(&lab, 2000000, "to=carol"); /* time passes */
	ck_assert(sip_lab_pass(&lab, 30000));
	ck_assert_uint_eq(calls_counts(lab.calls).live_dialogs, 0);
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*), max(leg_count) FROM calls"), "97|1");
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*) FROM leg_edges"), "0");
	sip_lab_release(&lab);
}
END_TEST

START_TEST(as_many_as_a_call_may_have)
{
	struct sip_lab lab;

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	for (unsigned n = 0; n < CALL_MAX_LEGS; n++)
		invite(&lab, n, "h=X-CID:everybodys-value");
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*), max(leg_count) FROM calls"), "1|32");
	sip_lab_release(&lab);
}
END_TEST

/* What was written under a leg's own number before its call was known. */
START_TEST(rows_follow_the_call)
{
	struct sip_lab lab;

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	ck_assert(sip_lab_feed(&lab, "0 a>s INVITE 1 INVITE b1 A - call=caller-1\n"
	                             "0.01 s>b INVITE 1 INVITE b2 S - call=two h=X-CID:caller-1\n"
	                             "1 b>s 200 1 INVITE b2 S S1 call=two\n"
	                             "2 s>b INFO 2 INFO b3 S S1 call=two "
	                             "body=application/dtmf-relay:Signal=5\n"));
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab,
	                              "SELECT c.sip_call_id, d.digit FROM dtmf d JOIN calls c "
	                              "ON c.id = d.call_id"),
	                 "caller-1|5");
	sip_lab_release(&lab);
}
END_TEST

/* More hosts than are remembered: legs are indexed from then on, whoever they are. */
START_TEST(many_hosts)
{
	struct correlation co;
	struct sip_lab lab;
	char line[128];

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	lab.unchecked = true;
	for (unsigned n = 0; n < 3 * CORRELATE_HOSTS; n++) {
		struct sip_origin origin;
		static struct sip_msg msg;
		char buf[1024];
		snprintf(line, sizeof line, "%u a>b INVITE 1 INVITE b%u A%u - call=leg-%u", n / 100,
		         n, n, n);
		size_t size = sip_lab_message(line, &origin, buf, sizeof buf);
		ck_assert_int_eq(sip_msg_parse(slice_of(buf, size), &msg), PARSE_OK);
		origin.src.addr =
		        ip_addr_v4((const uint8_t[4]){ 10, 0, (uint8_t)(n >> 8), (uint8_t)n });
		ck_assert(calls_message(lab.calls, &origin, &msg));
	}
	co = ((struct calls *)lab.calls)->correlation;
	ck_assert(co.indexed);
	ck_assert_uint_le(co.host_count, CORRELATE_HOSTS / 2 + 2);
	ck_assert(calls_check(lab.calls));
	sip_lab_release(&lab);
}
END_TEST

/* --correlate: other names, and none of the usual ones. */
START_TEST(other_headers)
{
	struct sip_lab lab;

	ck_assert_msg(sip_lab_init(&lab), "%s", lab.err.text);
	correlate_init(&((struct calls *)lab.calls)->correlation, "X-Mine, X-Ours");
	invite(&lab, 1, "h=x-ours:value-0001 h=X-CID:other-0001");
	invite(&lab, 2, "h=X-Ours:value-0001");
	invite(&lab, 3, "h=X-CID:other-0001");
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT sip_call_id, leg_count FROM calls ORDER BY 1"),
	                 "leg-1|2\nleg-3|1");
	sip_lab_release(&lab);
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} numbers[] = {
	{ "004989123456", "+4989123456", true },
	{ "+49-89.123456", "089123456", true },
	{ "123456789", "999123456789", true },
	{ "0123456789", "1123456780", false },
	{ "1234567", "991234567", true },
	{ "123456", "99123456", false }, /* too short to be told by its end */
	{ "123456", "123456", true },
	{ "alice", "alice", true },
	{ "alice", "Alice", false }, /* RFC 3261 19.1.4: users are case-sensitive */
	{ "", "", false },
	{ "1234567", "alice", false },
};

START_TEST(number)
{
	struct slice a = slice_str(numbers[_i].a), b = slice_str(numbers[_i].b);

	ck_assert_int_eq(number_same(a, b), numbers[_i].same);
	ck_assert_int_eq(number_same(b, a), numbers[_i].same);
	if (numbers[_i].same)
		ck_assert(number_hash(a) == number_hash(b));
}
END_TEST

Suite *suite_correlate(void)
{
	Suite *s = suite_create("correlate");
	TCase *t = tcase_create("legs into calls");
	int n = (int)(sizeof flows / sizeof *flows);

	tcase_add_loop_test(t, flow, 0, n);
	tcase_add_loop_test(t, flow_in_passing, 0, n);
	tcase_add_test(t, too_many_of_one_value);
	tcase_add_test(t, as_many_as_a_call_may_have);
	tcase_add_test(t, other_headers);
	tcase_add_test(t, many_hosts);
	tcase_add_test(t, rows_follow_the_call);
	tcase_add_loop_test(t, number, 0, (int)(sizeof numbers / sizeof *numbers));
	suite_add_tcase(s, t);
	return s;
}
