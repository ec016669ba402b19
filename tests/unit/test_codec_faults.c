/* Family C by recipe: near misses and variants that no fixture shows. */
#include "tests/helpers/finding_lab.h"

#include <check.h>

Suite *suite_codec_faults(void);

#define HOSTS                                                                                      \
	"file pcap-us ethernet\nhost alice 192.0.2.10\nhost bob 198.51.100.20\n"                   \
	"host proxy 198.51.100.1\n"
#define HEAD(version) "v=0\\r\\no=alice 1 " version " IN IP4 192.0.2.10\\r\\n"
#define REST          "s=-\\r\\nc=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\n"
#define AUDIO         "m=audio 4000 RTP/AVP 0\\r\\n"
#define WITH(body)    "at 0 request c1 INVITE body=\"" body "\" type=application/sdp\n"
#define SESSION       HOSTS "session c1 from=alice to=bob\n"
#define REFUSED       "at 1 reply c1 486 acked\n"
#define ANSWERED      "at 1 reply c1 200 sdp\nat 1.01 request c1 ACK\n"
#define OVER          "at 9 request c1 BYE\nat 9.1 reply c1 200\n"

static const struct finding_case cases[] = {
	{ "C1: events are nobody's codec",
	  HOSTS "call c1 from=alice to=bob media=none duration=4\n"
	        "at 0.6 rtp c1.caller c1.callee octets=160 count=100\n"
	        "at 1 digit 5 pt=101\n",
	  NULL, "" },
	{ "C1: before the answer has arrived",
	  HOSTS "call c1 from=alice to=bob media=none duration=4\n"
	        "at 0.4 rtp c1.callee c1.caller codec=G729 count=30 ssrc=1 seq=1 ts=0\n"
	        "at 1.0 rtp c1.callee c1.caller count=100 ssrc=1 seq=31 ts=4800\n",
	  NULL, "" },
	{ "C1: a dynamic number of the sender's own",
	  HOSTS "session c1 from=alice to=bob\n"
	        "at 0 request c1 INVITE body=\"" HEAD("1") REST
	  "m=audio 4000 RTP/AVP 111\\r\\na=rtpmap:111 opus/48000/2\\r\\n\" "
	  "type=application/sdp\n"
	  "at 1 reply c1 200 body=\"" HEAD("1") REST
	  "m=audio 6000 RTP/AVP 96\\r\\na=rtpmap:96 opus/48000/2\\r\\n\" "
	  "type=application/sdp\nat 1.01 request c1 ACK\n"
	  "at 1.1 rtp 192.0.2.10:4000 192.0.2.10:6000 codec=opus pt=111 octets=10 "
	  "count=100\n" OVER,
	  NULL, "C1|payload type 111 to 192.0.2.10 is not in its SDP|1|high" },
	{ "C3: more than maxptime",
	  HOSTS "session c1 from=alice to=bob\n"
	        "at 0 request c1 INVITE body=\"" HEAD("1") REST AUDIO
	  "a=maxptime:30\\r\\n\" type=application/sdp\n" ANSWERED
	  "at 1.1 rtp c1.callee 192.0.2.10:4000 ptime=40 count=60\n" OVER,
	  NULL, "C3|packets of 40 ms instead of 30 ms from 198.51.100.20|1|high" },
	{ "C3: as long as maxptime allows",
	  HOSTS "session c1 from=alice to=bob\n"
	        "at 0 request c1 INVITE body=\"" HEAD("1") REST AUDIO
	  "a=maxptime:40\\r\\n\" type=application/sdp\n" ANSWERED
	  "at 1.1 rtp c1.callee 192.0.2.10:4000 ptime=40 count=60\n" OVER,
	  NULL, "" },
	{ "C3: the two directions differ",
	  HOSTS "session c1 from=alice to=bob\n"
	        "at 0 request c1 INVITE body=\"" HEAD("1") REST AUDIO
	  "\" type=application/sdp\n"
	  "at 1 reply c1 200 body=\"v=0\\r\\no=bob 1 1 IN IP4 198.51.100.20\\r\\ns=-\\r\\n"
	  "c=IN IP4 198.51.100.20\\r\\nt=0 0\\r\\nm=audio 6000 RTP/AVP 0\\r\\n\" "
	  "type=application/sdp\nat 1.01 request c1 ACK\n"
	  "at 1.1 rtp 198.51.100.20:6000 192.0.2.10:4000 ptime=30 count=60\n"
	  "at 1.1 rtp 192.0.2.10:4000 198.51.100.20:6000 ptime=20 count=60\n" OVER,
	  NULL, "C3|packets of 30 ms instead of 20 ms from 198.51.100.20|1|high" },
	{ "C3: tolerated",
	  HOSTS "call c1 from=alice to=bob ptime=20 media=none duration=4\n"
	        "at 0.6 rtp c1.caller c1.callee ptime=30 count=60\n",
	  "C3.tolerance = 10\n", "" },
	{ "C4: a policy's Warning does not make it certain",
	  SESSION "at 0 request c1 INVITE sdp\nat 1 reply c1 488 header=\"Warning: 399 bob "
	          "\\\"not today\\\"\" acked\n",
	  NULL, "C4|488 from 198.51.100.20|1|medium" },
	{ "C4: accepted at the second try",
	  SESSION "at 0 request c1 INVITE sdp\nat 1 reply c1 488 acked\n"
	          "at 2 request c1 INVITE sdp\nat 2.1 reply c1 200 sdp\nat 2.11 request c1 ACK\n"
	          "at 4 request c1 BYE\nat 4.1 reply c1 200\n",
	  NULL, "" },
	{ "C11: no o=", SESSION WITH("v=0\\r\\n" REST AUDIO) REFUSED, NULL,
	  "C11|malformed SDP from 192.0.2.10|1|high" },
	{ "C11: media in use without c=",
	  SESSION WITH(HEAD("1") "s=-\\r\\nt=0 0\\r\\n" AUDIO) REFUSED, NULL,
	  "C11|malformed SDP from 192.0.2.10|1|high" },
	{ "C11: c= of the medium",
	  SESSION WITH(HEAD("1") "s=-\\r\\nt=0 0\\r\\n" AUDIO "c=IN IP4 192.0.2.10\\r\\n") REFUSED,
	  NULL, "" },
	{ "C11: a rejected medium needs no c=",
	  SESSION WITH(HEAD("1") "s=-\\r\\nt=0 0\\r\\n" AUDIO
	                         "c=IN IP4 192.0.2.10\\r\\nm=video 0 RTP/AVP 31\\r\\n") REFUSED,
	  NULL, "" },
	{ "C12: a proxy's copy reads otherwise",
	  HOSTS "session c1 from=alice to=bob through=proxy\nat 0 request c1 INVITE sdp "
	        "until=proxy\nat 0.1 request c1 INVITE from=proxy to=bob sdp media=proxy:9000\n"
	        "at 1 reply c1 486 acked\n",
	  NULL, "" },
	{ "C12: 183 and 200 differ",
	  SESSION "at 0 request c1 INVITE\nat 1 reply c1 183 body=\"" HEAD("1") REST AUDIO
	  "\" type=application/sdp\nat 2 reply c1 200 body=\"" HEAD("1") REST AUDIO
	  "a=ptime:30\\r\\n\" type=application/sdp\nat 2.1 request c1 ACK\n" OVER,
	  NULL, "C12|changed SDP under the same version from 198.51.100.20|1|high" },
	{ "C13: alternations without early media",
	  SESSION "at 0 request c1 INVITE sdp\nat 1 reply c1 183 sdp\nat 2 reply c1 180\n"
	          "at 3 reply c1 183 sdp\nat 4 reply c1 486 acked\n",
	  NULL, "" },
	{ "C13: the 183 of two hops is one",
	  HOSTS "session c1 from=alice to=bob through=proxy\nat 0 request c1 INVITE sdp\n"
	        "at 1 reply c1 180\nat 2 reply c1 183 sdp\n"
	        "at 2.1 rtp c1.callee c1.caller count=20\nat 4 reply c1 486 acked\n",
	  NULL, "" },
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

START_TEST(found_by_recipe)
{
	finding_lab_check(&dir, &cases[_i],
	                  "rule IN ('C1', 'C2', 'C3', 'C4', 'C7', 'C11', 'C12', 'C13')");
}
END_TEST

START_TEST(without_memory)
{
	static const struct finding_case c = {
		.name = "without memory",
		.recipe = SESSION WITH("v=0\\r\\n" REST AUDIO) ANSWERED
		"at 1.1 rtp c1.callee 192.0.2.10:4000 codec=G729 ptime=40 "
		"count=60 lose=20-50\nat 3 request c1 INVITE sdp codec=G723\n"
		"at 3.1 reply c1 488 acked\n" OVER,
	};
	finding_lab_without_memory(&dir, &c);
}
END_TEST

Suite *suite_codec_faults(void)
{
	Suite *s = suite_create("codec_faults");
	TCase *t = tcase_create("codec_faults");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, found_by_recipe, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, without_memory);
	suite_add_tcase(s, t);
	return s;
}
