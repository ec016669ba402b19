/* F, D26 and H12 by recipe: what the fixtures do not show. */
#include "tests/helpers/finding_lab.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdio.h>

Suite *suite_transport(void);

#define HOSTS                                                                                      \
	"file pcap-us ethernet\nhost alice 192.0.2.10\nhost bob 198.51.100.20 rtp=6000\n"          \
	"host nat 203.0.113.5 sip=40001\nsession c1 from=alice to=bob\nsession n1 from=nat "       \
	"to=bob\nsession back from=bob to=nat\n"
#define LATER       "at 300 udp alice:9 bob:9 text=\"x\"\n" /* lets what waits for answers run out */
#define SHORT_WORKS "session o1 from=alice to=bob\nat 0 request o1 OPTIONS\nat 0.01 reply o1 200\n"
#define REGISTERED                                                                                 \
	"at 0 request n1 REGISTER via=192.168.1.10:5060 rport\nat 0.01 reply n1 200 "              \
	"expires=3600\n"
#define CALLED_BACK "at 100 request back INVITE sdp copies=4\n" LATER
#define FAILOVER                                                                                   \
	"host srv 198.51.100.21\nsession f1 from=alice to=bob id=f\nsession f2 from=alice "        \
	"to=srv id=f\nat 0 request f1 INVITE copies=3\nat 4 request f2 INVITE\n"

static const struct finding_case cases[] = {
	{ "F1: wrong port, no rport, no answer in the capture",
	  HOSTS "at 0 request n1 OPTIONS via=203.0.113.5:5060 copies=4\n" LATER, NULL,
	  "F1|no rport in requests from 203.0.113.5|1|low" },
	{ "F1: the same with rport",
	  HOSTS "at 0 request n1 OPTIONS via=203.0.113.5:5060 rport copies=4\n" LATER, NULL, "" },
	{ "F1: the port is right, the address is the NAT's business",
	  HOSTS "at 0 request n1 OPTIONS via=192.168.1.10:40001 copies=4\n" LATER, NULL, "" },
	{ "F1: a name in the Via",
	  HOSTS "at 0 request n1 OPTIONS via=phone.example.com copies=4\n" LATER, NULL, "" },
	{ "F3: large, not seen in fragments",
	  HOSTS SHORT_WORKS "at 10 request c1 INVITE sdp pad=1200 copies=4\n" LATER, NULL,
	  "F3|large requests to 198.51.100.20|1|low" },
	{ "F3: not so large",
	  HOSTS SHORT_WORKS "at 10 request c1 INVITE sdp pad=1200 copies=4\n" LATER,
	  "F3.octets = 2000\n", "" },
	{ "F3: only a large one was answered before",
	  HOSTS "session o1 from=alice to=bob\nat 0 request o1 OPTIONS pad=1200\nat 0.01 reply o1 "
	        "200\nat 10 request c1 INVITE sdp pad=1200 copies=4\n" LATER,
	  NULL, "" },
	{ "F4: the Contact only",
	  HOSTS "at 0 request n1 INVITE sdp contact=\"<sip:a@10.1.1.1>\"\nat 0.1 reply n1 486\n",
	  NULL, "F4|half-rewritten addresses from 203.0.113.5|1|low" },
	{ "F4: behind a proxy the Via is the proxy's",
	  "file pcap-us ethernet\nhost alice 10.0.0.1\nhost p 203.0.113.9\nhost bob "
	  "198.51.100.20\nsession c1 from=alice to=bob through=p\nat 0 request c1 INVITE sdp\n"
	  "at 1 reply c1 486 acked\n",
	  NULL, "" },
	{ "F6", HOSTS FAILOVER, NULL, "F6|fail-over from 198.51.100.20:5060|1|high" },
	{ "F6: patience", HOSTS FAILOVER, "F6.delay = 5\n", "" },
	{ "F6: switched off", HOSTS FAILOVER, "F6 = off\n", "" },
	{ "F7: four hops asked for, three changed",
	  HOSTS "at 0 rtp alice:4000 bob:6000 count=200 ttl-at=100:61\n", "F7.hops = 4\n", "" },
	{ "F7: without a call", HOSTS "at 0 rtp alice:4000 bob:6000 count=200 ttl-at=100:61\n",
	  NULL, "F7|TTL of RTP from 192.0.2.10 changes|1|medium" },
	{ "F7: one hop at a time",
	  HOSTS "at 0 rtp alice:4000 bob:6000 count=200 ttl-at=100:63,150:62\n", NULL,
	  "F7|TTL of RTP from 192.0.2.10 changes|1|medium" },
	{ "F8", HOSTS REGISTERED CALLED_BACK, NULL, "F8|no keep-alive from 203.0.113.5|1|medium" },
	{ "F8: a keep-alive",
	  HOSTS REGISTERED "at 60 udp nat:40001 bob:5060 hex=\"00\"\n" CALLED_BACK, NULL, "" },
	{ "F8: a message",
	  HOSTS REGISTERED "at 60 request n1 OPTIONS rport via=192.168.1.10:5060\n" CALLED_BACK,
	  NULL, "" },
	{ "F8: it answers",
	  HOSTS REGISTERED "at 100 request back INVITE sdp\nat 101 reply back 486\n" LATER, NULL,
	  "" },
	{ "F8: it has unregistered",
	  HOSTS REGISTERED "at 10 request n1 REGISTER via=192.168.1.10:5060 rport expires=0\n"
	                   "at 10.01 reply n1 200 contact=none\n" CALLED_BACK,
	  NULL, "" },
	{ "F9: twice is what it takes",
	  HOSTS "at 0 tcp t1 alice bob\nsession t from=alice to=bob over=t1\nat 1 request t "
	        "INVITE\nat 1.5 again t\n",
	  NULL, "" },
	{ "D26: refused twice",
	  HOSTS "at 0 tcp-refused alice bob:5061 port=50001\nat 1 tcp-refused alice bob:5061 "
	        "port=50002\n",
	  NULL, "D26|RST from 198.51.100.20:5061|1|high" },
	{ "D26: two SYNs, mirrored", HOSTS "mirror\nat 0 tcp-syn alice bob:5061 copies=2\n", NULL,
	  "" },
	{ "D26: warnings are none",
	  HOSTS "at 0 tls-alert alice bob:5061 0 warning port=50001\nat 1 tls-alert alice bob:5061 "
	        "0 warning port=50002\n",
	  NULL, "" },
	{ "D26: another port, if asked for", HOSTS "at 0 tcp-syn alice bob:8443 copies=4\n",
	  "D26.ports = 8443\n", "D26|no SYN-ACK from 198.51.100.20:8443|1|medium" },
	{ "H12: two are enough if so set",
	  HOSTS "at 0 udp alice:5060 bob:5060 text=\"INVITE x ZIP/2.0\\r\\n\"\nat 1 udp alice:5060 "
	        "bob:5060 text=\"SIP/2.0 xyz\\r\\n\"\n",
	  "H12.messages = 2\n", "H12|malformed SIP from 192.0.2.10|1|medium" },
	{ "H12: other text is not meant as SIP",
	  HOSTS "at 0 udp alice:5060 bob:5060 text=\"hello world\"\nat 1 udp alice:5060 bob:5060 "
	        "text=\"GET / HTTP/1.1\\r\\n\"\n",
	  "H12.messages = 1\n", "" },
};

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
}

static void teardown(void)
{
	temp_dir_remove(&dir);
}

START_TEST(by_recipe)
{
	finding_lab_check(&dir, &cases[_i], "rule LIKE 'F_' OR rule IN ('D26', 'H12')");
}
END_TEST

/* What no recipe makes: a message on a stream without Content-Length, or with one that is no number. */
static const struct {
	const char *transport, *length, *findings;
} framings[] = {
	{ "TCP", "", "F9|messages without Content-Length on a TCP stream, from 192.0.2.1" },
	{ "TCP", "Content-Length: x\r\n",
	  "F9|an unusable Content-Length on a TCP stream, from 192.0.2.1" },
	{ "TCP", "Content-Length: 0\r\n", "" },
	{ "UDP", "", "" },
};

START_TEST(lengths_on_streams)
{
	static struct sip_msg msg;
	struct sip_lab lab;
	struct sip_origin origin;
	char text[1024];

	ck_assert(sip_lab_init(&lab));
	sip_lab_message("0 a>b OPTIONS 1 OPTIONS b1 A -", &origin, text, sizeof text);
	snprintf(text, sizeof text,
	         "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/%s 192.0.2.1;branch=z9hG4bK1\r\nFrom: "
	         "<sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n%s\r\n",
	         framings[_i].transport, framings[_i].length);
	ck_assert_int_eq(sip_msg_parse(slice_str(text), &msg), PARSE_OK);
	origin.frame = 1;
	origin.transport = framings[_i].transport;
	ck_assert(calls_message(lab.calls, &origin, &msg));
	ck_assert(sip_lab_finish(&lab));
	ck_assert_str_eq(
	        sip_lab_rows(&lab, "SELECT rule, cause FROM findings WHERE rule LIKE 'F_'"),
	        framings[_i].findings);
	sip_lab_release(&lab);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

static const int told_of[] = { 0, 4, 9, 15, 20, 21, 25 }; /* a rule each */

START_TEST(memory_runs_out)
{
	finding_lab_without_memory(&dir, &cases[told_of[_i]]);
}
END_TEST

Suite *suite_transport(void)
{
	Suite *s = suite_create("transport");
	TCase *tc = tcase_create("transport");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, by_recipe, 0, COUNT(cases));
	tcase_add_loop_test(tc, lengths_on_streams, 0, COUNT(framings));
	tcase_add_loop_test(tc, memory_runs_out, 0, COUNT(told_of));
	suite_add_tcase(s, tc);
	return s;
}
