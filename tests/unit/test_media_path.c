/* Family A by recipe: near misses and variants that no fixture shows. */
#include "tests/helpers/finding_lab.h"

#include <check.h>

Suite *suite_media_path(void);

#define HOSTS                                                                                      \
	"file pcap-us ethernet\nhost alice 192.0.2.10\nhost bob 198.51.100.20\n"                   \
	"host carol 198.51.100.30\nhost nat 203.0.113.5\n"
#define AUDIO " codec=opus octets=10 ptime=100 "
#define CALL  "call c1 from=alice to=bob media=none codec=opus "

static const struct finding_case cases[] = {
	{ "A1: the callee hears nothing",
	  HOSTS CALL "duration=6\nat 1 rtp c1.callee c1.caller" AUDIO "count=50\n", NULL,
	  "A1|no audio from 192.0.2.10|1|medium" },
	{ "A1: the thresholds are settings",
	  HOSTS CALL "duration=4\nat 1 rtp c1.callee c1.caller" AUDIO "count=20\n",
	  "A1.span = 4\nA1.packets = 20\n", "A1|no audio from 192.0.2.10|1|medium" },
	{ "A1: whoever is heard suppresses silence",
	  HOSTS CALL "duration=8\nat 1 rtp c1.callee c1.caller" AUDIO
	             "count=50 dtx-at=10:0.6,20:0.6,30:0.8\n",
	  NULL, "A1|no audio from 192.0.2.10|1|medium" },
	{ "A1: mostly silence, and the other may be muted",
	  HOSTS CALL "duration=12\nat 1 rtp c1.callee c1.caller" AUDIO
	             "count=50 dtx-at=10:1.2,20:1.2,30:1.4\n",
	  NULL, "A1|no audio from 192.0.2.10|1|low" },
	{ "A1: a call without end is uncertain",
	  HOSTS CALL "open\nat 1 rtp c1.callee c1.caller" AUDIO "count=70\n", NULL,
	  "A1|no audio from 192.0.2.10|1|low" },
	{ "A1: the media are another leg's",
	  HOSTS "call c1 from=alice to=carol media=none codec=opus duration=6 "
	        "callee-media=198.51.100.20:4000\n"
	        "call c2 from=carol to=bob media=none codec=opus duration=6 "
	        "caller-media=192.0.2.10:4000 at=0.01\n"
	        "at 0.7 rtp c1.caller c1.callee" AUDIO "count=55\n"
	        "at 0.7 rtp c1.callee c1.caller" AUDIO "count=55\n",
	  NULL, "" },
	{ "A2: the other calls come later",
	  HOSTS CALL "duration=6\ncall c2 from=alice to=bob media=none codec=opus duration=2 "
	             "at=20\nat 21 rtp c2.caller c2.callee" AUDIO "count=14\n",
	  NULL, "A2|no audio at all between 192.0.2.10 and 198.51.100.20|1|medium" },
	{ "A2: the media of few calls are here",
	  HOSTS "repeat 10 every=10\ncall from=alice to=bob media=none duration=6\nend\n"
	        "at 200 rtp alice:9000 bob:9000" AUDIO "count=14\n",
	  NULL, "A2|no audio at all between 192.0.2.10 and 198.51.100.20|10|low" },
	{ "A2: a rejected medium is none",
	  HOSTS "call c0 from=alice to=bob duration=2\nat 20\nsession c1 from=alice to=bob\n"
	        "request c1 INVITE sdp\nat 20.1\nreply c1 200 sdp media=198.51.100.20:0\n"
	        "at 20.11 request c1 ACK\nat 30 request c1 BYE\nat 30.1 reply c1 200\n",
	  NULL, "" },
	{ "A4: it moves to a public address",
	  HOSTS "session c1 from=nat to=bob caller-media=10.0.0.7:4000 codec=opus\n"
	        "request c1 INVITE sdp\nat 0.1 reply c1 200 sdp\nat 0.11 request c1 ACK\n"
	        "at 0.2 rtp nat:4000 c1.callee" AUDIO "count=70\n"
	        "at 0.5 request c1 INVITE sdp media=203.0.113.5:4000\nat 0.51 reply c1 200 sdp\n"
	        "at 0.52 request c1 ACK\nat 7 request c1 BYE\nat 7.1 reply c1 200\n",
	  NULL, "A1|no audio from 198.51.100.20|1|medium" },
	{ "A6: without a word about the port",
	  HOSTS CALL "duration=6\nat 0.6 rtp c1.callee c1.caller" AUDIO "count=50\n"
	             "at 0.61 rtp c1.caller c1.callee" AUDIO "count=50\n"
	             "at 2 icmp bob alice unreachable port of=alice:4000>bob:4002\n"
	             "at 3 icmp bob alice unreachable port of=alice:4000>bob:4002\n",
	  NULL, "" },
	{ "A6: before the answer",
	  HOSTS CALL "duration=6\nat 0.3 rtp c1.callee c1.caller" AUDIO "count=60\n"
	             "at 0.3 rtp c1.caller c1.callee" AUDIO "count=60\n"
	             "at 0.31 icmp bob alice unreachable port of=alice:4000>bob:4000\n"
	             "at 0.41 icmp bob alice unreachable port of=alice:4000>bob:4000\n",
	  NULL, "" },
	{ "A6: IPv6",
	  "file pcap-us ethernet\nhost alice 2001:db8::1\nhost bob 2001:db8::2\n" CALL
	  "duration=6\nat 0.6 rtp c1.callee c1.caller" AUDIO "count=58\n"
	  "at 0.6 rtp c1.caller c1.callee" AUDIO "count=58\n"
	  "at 2 icmp bob alice unreachable port of=alice:4000>bob:4000\n"
	  "at 3 icmp bob alice unreachable port of=alice:4000>bob:4000\n",
	  NULL, "A6|port unreachable: 2001:db8::2|1|high" },
	{ "A7: nobody sends to the announced place",
	  HOSTS CALL "duration=6\nat 0.52 rtp carol:4000 c1.callee" AUDIO "count=55\n", NULL,
	  "A1|no audio from 198.51.100.20|1|medium" },
	{ "A7: her own audio comes too: that is a stranger's",
	  HOSTS CALL "duration=6\nat 0.52 rtp carol:4000 c1.callee" AUDIO "count=55\n"
	             "at 0.53 rtp c1.caller c1.callee" AUDIO "count=55\n"
	             "at 0.54 rtp c1.callee c1.caller" AUDIO "count=55\n",
	  NULL, "A13|two senders at once to 198.51.100.20|1|medium" },
	{ "A8: where the party's messages come from",
	  HOSTS "session c1 from=nat to=bob caller-media=10.0.0.7:4000 codec=opus ptime=100\n"
	        "request c1 INVITE sdp\nat 0.1 reply c1 200 sdp\nat 0.11 request c1 ACK\n"
	        "at 0.2 rtp c1.callee nat:61000" AUDIO "count=55\n"
	        "at 0.2 rtp nat:4444 c1.callee" AUDIO "count=1\n"
	        "at 6 request c1 BYE\nat 6.1 reply c1 200\n",
	  NULL, "" },
	{ "A8: another fork's place is no third",
	  HOSTS CALL "duration=6\nat 0.52 rtp c1.callee c1.caller" AUDIO "count=55\n"
	             "at 0.52 rtp c1.caller carol:4000" AUDIO "count=49\n",
	  NULL, "" },
	{ "A9: early media",
	  HOSTS CALL "duration=6 ring=0.1\nat 0.2 rtp c1.callee c1.caller" AUDIO "count=2\n"
	             "at 2 rtp c1.callee c1.caller" AUDIO "count=30\n",
	  "A12 = off\n", "" },
	{ "A9: patience", HOSTS CALL "duration=3\nat 2 rtp c1.callee c1.caller" AUDIO "count=14\n",
	  "A9.delay = 1600\n", "" },
	{ "A9: on hold from the beginning",
	  HOSTS "session c1 from=alice to=bob codec=opus ptime=100\nrequest c1 INVITE "
	        "sdp=inactive\nat 0.1 reply c1 200 sdp=inactive\nat 0.11 request c1 ACK\n"
	        "at 2 request c1 INVITE sdp\nat 2.01 reply c1 200 sdp\nat 2.02 request c1 ACK\n"
	        "at 2.1 rtp c1.callee c1.caller" AUDIO "count=30\n"
	        "at 6 request c1 BYE\nat 6.1 reply c1 200\n",
	  NULL, "" },
	{ "A10: whoever pauses may say nothing more",
	  HOSTS CALL "duration=14\nat 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=60 dtx-at=10:0.6,20:0.6,30:0.6\n"
	             "at 0.52 rtp c1.caller c1.callee" AUDIO "count=130\n",
	  NULL, "" },
	{ "A10: both end early",
	  HOSTS CALL "duration=14\nat 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=60\nat 0.52 rtp c1.caller c1.callee" AUDIO "count=70\n",
	  NULL, "" },
	{ "A11: who pauses",
	  HOSTS CALL "duration=14\nat 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=60 dtx-at=10:1.5,20:2.5,30:2.5\n"
	             "at 0.52 rtp c1.caller c1.callee" AUDIO "count=1\n",
	  NULL, "" },
	{ "A11: another source fills it",
	  HOSTS CALL "duration=9\nat 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=80 lose=31-60\nat 3.6 rtp c1.callee c1.caller" AUDIO
	             "count=20\nat 0.52 rtp c1.caller c1.callee" AUDIO "count=1\n",
	  NULL, "" },
	{ "A12: more than three are a fault",
	  HOSTS CALL "duration=6\nat 0.52 rtp c1.caller c1.callee" AUDIO "count=1\n"
	             "at 1.52\nrepeat 5 every=1\nrtp c1.callee c1.caller" AUDIO
	             "count=10 ssrc=${i}\nend\n",
	  "A9 = off\n", "A12|SSRC changes towards 192.0.2.10|1|high" },
	{ "A13: two ports are two places",
	  HOSTS CALL "duration=4\nat 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=30\nat 0.52 rtp c1.callee alice:4444" AUDIO "count=30\n",
	  NULL, "" },
	{ "A14: with a change of SDP",
	  HOSTS CALL "duration=4\nat 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=30 seq-jump-at=15:+5000\nat 1.7 request c1 INVITE sdp\n"
	             "at 1.71 reply c1 200 sdp\nat 1.72 request c1 ACK\n",
	  NULL, "" },
	{ "A15: music on hold",
	  HOSTS CALL "duration=20\nat 0.52 rtp c1.caller c1.callee" AUDIO "count=190\n"
	             "at 0.52 rtp c1.callee c1.caller" AUDIO
	             "count=5\nat 1.7 request c1 INVITE sdp=sendonly\n"
	             "at 1.71 reply c1 200 sdp=recvonly\nat 1.72 request c1 ACK\n",
	  NULL, "" },
	{ "A16: switched off", HOSTS CALL "duration=6\n", "A16 = off\n", "" },
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
	finding_lab_check(&dir, &cases[_i], "rule GLOB 'A[0-9]*' AND rule <> 'A3'");
}
END_TEST

START_TEST(without_memory)
{
	static const struct finding_case c = {
		.name = "without memory",
		.recipe = HOSTS CALL "duration=6\nat 1 rtp c1.caller c1.callee" AUDIO "count=50\n"
		                     "at 2 icmp bob alice unreachable port of=alice:4000>bob:4000\n"
		                     "at 3 icmp bob alice unreachable port of=alice:4000>bob:4000\n"
		                     "call c2 from=alice to=bob media=none duration=6 at=10\n",
	};
	finding_lab_without_memory(&dir, &c);
}
END_TEST

Suite *suite_media_path(void)
{
	Suite *s = suite_create("media_path");
	TCase *t = tcase_create("media_path");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, found_by_recipe, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, without_memory);
	suite_add_tcase(s, t);
	return s;
}
