/* K by recipe: what the fixtures are too small for, and the edges of each rule. */
#include "analyzer/findings/capture_clock.h"
#include "analyzer/streams/far_loss.h"
#include "tests/helpers/finding_lab.h"

#include <check.h>
#include <stdio.h>

Suite *suite_capture_faults(void);

#define EIGHT_HOSTS                                                                                \
	"file pcap-us ipv4\n"                                                                      \
	"host a1 10.1.0.11\nhost a2 10.2.0.12\nhost a3 10.3.0.13\nhost a4 10.4.0.14\n"             \
	"host b1 10.5.0.21\nhost b2 10.6.0.22\nhost b3 10.7.0.23\nhost b4 10.8.0.24\n"
#define STREAM(n, at, more)                                                                        \
	"at " at " rtp a" n ":4000 b" n ":6000 codec=G729 octets=2 ptime=20 count=200" more "\n"
#define THREE STREAM("1", "0", "") STREAM("2", "0.003", "") STREAM("3", "0.006", "")
#define LOST  "packets lost by the capture|1|medium"

/* Between two gateways only. */
#define TRUNK(n, at)                                                                               \
	"at " at " rtp a1:40" n "0 b1:60" n "0 codec=G729 octets=2 ptime=20 count=200\n"
#define ALL_TRUNKS TRUNK("0", "0") TRUNK("1", "0.003") TRUNK("2", "0.006")

#define TWICE "mirror after=0.1\n"

#define OPEN_TCP(n) "tcp t" n " a1 b1 port=5000" n "\nsession c" n " from=a1 to=b1 over=t" n "\n"
#define LACKS(n)                                                                                   \
	"hold t" n "\nat 1 request c" n " OPTIONS\nat 1 send t" n                                  \
	" size=120 order=1,3\nat 4 tcp-close t" n "\n"

#define DRIFTS(n, at)                                                                              \
	"at " at " rtp a" n ":4000 b" n ":6000 codec=G729 octets=2 ptime=120 count=545\n"

/* `K9` is left out but where it is meant: all times of a recipe are round. */
static const struct finding_case cases[] = {
	{ "K1: three streams of six hosts", EIGHT_HOSTS THREE "drop-all 1 1.1\n", NULL,
	  "K1|" LOST },
	{ "K1: two are not three",
	  EIGHT_HOSTS STREAM("1", "0", "") STREAM("2", "0.003", "") "drop-all 1 1.1\n", NULL, "" },
	{ "K1: unless so set",
	  EIGHT_HOSTS STREAM("1", "0", "") STREAM("2", "0.003", "") "drop-all 1 1.1\n",
	  "K1.streams = 2\n", "K1|" LOST },
	{ "K1: three of six are half",
	  EIGHT_HOSTS THREE STREAM(
	          "4", "0.01",
	          "") "host c1 10.9.0.1\nhost c2 10.9.1.2\n"
	              "at 0 rtp c1:4000 c2:6000 codec=G729 octets=2 count=200\n"
	              "at 0 rtp c2:6000 c1:4000 codec=G729 octets=2 count=200\n"
	              "drop-all 1 1.1 of=a1\ndrop-all 1 1.1 of=a2\ndrop-all 1 1.1 of=a3\n",
	  NULL, "" },
	{ "K1: one after the other is not at once",
	  EIGHT_HOSTS THREE
	  "drop-all 1 1.1 of=a1\ndrop-all 1.3 1.4 of=a2\ndrop-all 1.6 1.7 of=a3\n",
	  NULL, "" },
	{ "K1: twice within a second is one time",
	  EIGHT_HOSTS THREE "drop-all 1 1.1\ndrop-all 1.7 1.8\n", NULL, "K1|" LOST },
	{ "K1: and later another", EIGHT_HOSTS THREE "drop-all 1 1.1\ndrop-all 2.5 2.6\n", NULL,
	  "K1|packets lost by the capture|2|medium" },
	{ "K1: in the last second of the capture", EIGHT_HOSTS THREE "drop-all 3.8 3.9\n", NULL,
	  "K1|" LOST },
	{ "K1: switched off", EIGHT_HOSTS THREE "drop-all 1 1.1\n", "K1 = off\n", "" },
	{ "K1: swapped packets are not missing",
	  EIGHT_HOSTS STREAM("1", "0", " swap-every=10") STREAM("2", "0.003", " swap-every=10")
	          STREAM("3", "0.006", " swap-every=10"),
	  NULL, "" },
	{ "K1: a capture of many packets, and then of none",
	  "file pcap-us ipv4\nhost a 10.1.0.1\nhost b 10.2.0.1\nhost c 10.3.0.1\n"
	  "at 0 rtp a:4000 b:6000 codec=G729 octets=2 ptime=2 count=600\n"
	  "at 0 rtp b:6000 a:4000 codec=G729 octets=2 ptime=2 count=600\n"
	  "at 0 rtp a:4002 c:6000 codec=G729 octets=2 ptime=2 count=600\n"
	  "host d 10.4.0.1\nat 0 rtp a:4004 d:6000 codec=G729 octets=2 ptime=2 count=600\n"
	  "drop-all 0.5 0.65\n",
	  NULL, "K1|packets lost by the capture|1|high" },
	{ "K1: two acknowledged holes are too few",
	  EIGHT_HOSTS OPEN_TCP("1") OPEN_TCP("2") LACKS("1") LACKS("2"), NULL, "" },
	{ "K1: unless so set", EIGHT_HOSTS OPEN_TCP("1") OPEN_TCP("2") LACKS("1") LACKS("2"),
	  "K1.acked = 2\n", "K1|packets lost by the capture|1|high" },
	{ "K13: between two hosts nobody knows whose fault it is",
	  EIGHT_HOSTS ALL_TRUNKS "drop-all 1 1.1\n", NULL,
	  "K13|share one 86 ms outage at 00:00:01.0, between 10.1.0.11 and 10.5.0.21|3|low" },
	{ "K13: others of the trunk go on",
	  EIGHT_HOSTS ALL_TRUNKS STREAM("2", "0", "") STREAM("3", "0", "") "drop-all 1 1.1 of=a1\n",
	  "K5 = off\n", "K13|share one 86 ms outage at 00:00:01.0, host 10.1.0.11|3|high" },
	{ "K13: one witness is not enough",
	  EIGHT_HOSTS ALL_TRUNKS STREAM("2", "0", "") "drop-all 1 1.1 of=a1\n", "K5 = off\n",
	  "K13|share one 86 ms outage at 00:00:01.0, between 10.1.0.11 and 10.5.0.21|3|low" },
	{ "K13: single packets have no length",
	  EIGHT_HOSTS ALL_TRUNKS STREAM("2", "0", "")
	          STREAM("3", "0", "") "drop-all 1 1.02 of=a1\n",
	  "K5 = off\n", "K13|share one 6 ms outage at 00:00:01.0, host 10.1.0.11|3|high" },
	{ "K13: three of seven of a subnet",
	  "file pcap-us ipv4\nhost b 192.0.2.1\nhost c 198.51.100.1\nhost d 203.0.113.1\n"
	  "repeat 7 every=0\nhost p${i} 10.1.0.${i}\nhost q${i} 10.${i+10}.0.1\n"
	  "rtp p${i}:4000 q${i}:6000 codec=G729 octets=2 count=200\nend\n"
	  "at 0 rtp b:4000 c:6000 codec=G729 octets=2 count=200\n"
	  "at 0 rtp c:4000 d:6000 codec=G729 octets=2 count=200\n"
	  "drop-all 1 1.1 of=p1\ndrop-all 1 1.1 of=p2\ndrop-all 1 1.1 of=p3\n",
	  "K5 = off\n", "" },
	{ "K13: and four",
	  "file pcap-us ipv4\nhost b 192.0.2.1\nhost c 198.51.100.1\nhost d 203.0.113.1\n"
	  "repeat 7 every=0\nhost p${i} 10.1.0.${i}\nhost q${i} 10.${i+10}.0.1\n"
	  "rtp p${i}:4000 q${i}:6000 codec=G729 octets=2 count=200\nend\n"
	  "at 0 rtp b:4000 c:6000 codec=G729 octets=2 count=200\n"
	  "at 0 rtp c:4000 d:6000 codec=G729 octets=2 count=200\n"
	  "drop-all 1 1.1 of=p1\ndrop-all 1 1.1 of=p2\ndrop-all 1 1.1 of=p3\ndrop-all 1 1.1 "
	  "of=p4\n",
	  "K5 = off\n", "K13|share one 80 ms outage at 00:00:01.0, subnet 10.1.0.0/24|4|high" },
	{ "K4: four in five and more",
	  EIGHT_HOSTS STREAM("1", "0", " duplicate=1-170 duplicate-after=0.1"), NULL, "" },
	{ "K4: SIP alone",
	  EIGHT_HOSTS TWICE "call c1 from=a1 to=b1 media=none duration=1\n"
	                    "call c2 from=a1 to=b1 media=none duration=1 at=5\n",
	  NULL, "K4|packets captured twice|1|high" },
	{ "K4: SIP repeats are no copies",
	  EIGHT_HOSTS "session c1 from=a1 to=b1\nat 0 request c1 OPTIONS copies=10\n", NULL, "" },
	{ "K5: RTP alone, one way",
	  EIGHT_HOSTS THREE STREAM("4", "0", "") "at 0 rtp a1:4002 b2:6002 codec=G729 octets=2\n",
	  NULL, "K5|one direction captured|1|high" },
	{ "K5: four are too few", EIGHT_HOSTS THREE STREAM("4", "0", ""), NULL, "" },
	{ "K5: and back",
	  EIGHT_HOSTS THREE STREAM("4", "0", "") "at 0 rtp a1:4002 b2:6002 codec=G729 octets=2\n"
	                                         "at 0 rtp b2:6002 a1:4002 codec=G729 octets=2\n",
	  NULL, "" },
	{ "K7: by 8 ms, which frames out of order may be",
	  EIGHT_HOSTS STREAM("1", "0", "") "clock-step 2 -0.020\n", "K7.back = 10\n", "" },
	{ "K7: back a minute", EIGHT_HOSTS STREAM("1", "0", "") "clock-step 2 -60\n", NULL,
	  "K7|the capture's clock was set|1|high" },
	{ "K7: forward, shown by three streams", EIGHT_HOSTS THREE "clock-step 2 0.05\n", NULL,
	  "K7|the capture's clock was set|1|high" },
	{ "K7: two streams show nothing",
	  EIGHT_HOSTS STREAM("1", "0", "") STREAM("2", "0.003", "") "clock-step 2 0.05\n", NULL,
	  "" },
	{ "K7: all late, each by its own time",
	  EIGHT_HOSTS STREAM("1", "0", " ts-jump-at=100:-400")
	          STREAM("2", "0.003", " ts-jump-at=100:-440")
	                  STREAM("3", "0.006", " ts-jump-at=100:-480"),
	  NULL, "" },
	{ "K7: from one sender only, whose way has changed",
	  EIGHT_HOSTS "at 0 rtp a1:4000 b1:6000 codec=G729 octets=2 count=200 ts-jump-at=100:-400\n"
	              "at 0.003 rtp a1:4002 b2:6000 codec=G729 octets=2 count=200 "
	              "ts-jump-at=100:-400\n"
	              "at 0.006 rtp a1:4004 b3:6000 codec=G729 octets=2 count=200 "
	              "ts-jump-at=100:-400\n",
	  NULL, "" },
	{ "K8: three of three",
	  EIGHT_HOSTS "clock-drift 200\n" DRIFTS("1", "0") DRIFTS("2", "0.01") DRIFTS("3", "0.02"),
	  NULL, "K8|the capture's clock drifts|1|medium" },
	{ "K8: two are too few",
	  EIGHT_HOSTS "clock-drift 200\n" DRIFTS("1", "0") DRIFTS("2", "0.01"), NULL, "" },
	{ "K8: 40 ppm is what oscillators do",
	  EIGHT_HOSTS "clock-drift 40\n" DRIFTS("1", "0") DRIFTS("2", "0.01") DRIFTS("3", "0.02"),
	  NULL, "" },
	{ "K10: RTP, and no SIP at all", EIGHT_HOSTS STREAM("1", "0", ""), NULL, "" },
	{ "K11: jumbo frames are usual here",
	  EIGHT_HOSTS "tcp t1 a1 b1 mss=9000\nsession c1 from=a1 to=b1 over=t1\n"
	              "at 1 request c1 OPTIONS pad=2700\n",
	  "K11.octets = 9000\n", "" },
	{ "K11: loopback has no wire",
	  "file pcap-us ipv4\nhost a 127.0.0.1\nhost b 127.0.0.2\ntcp t1 a b mss=9000\n"
	  "session c1 from=a to=b over=t1\nat 1 request c1 OPTIONS pad=2700\n",
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

START_TEST(by_recipe)
{
	finding_lab_check(&dir, &cases[_i], "rule LIKE 'K%' AND rule <> 'K9'");
}
END_TEST

/* All recipes have round times; these vary, too. */
START_TEST(coarse_times)
{
	struct finding_case c = { "coarse times, varied",
		                  EIGHT_HOSTS "quantum 5\n" STREAM("1", "0", " jitter=19")
		                          STREAM("2", "0.003", " jitter=19"),
		                  NULL, "K9|coarse time stamps|1|medium" };

	finding_lab_check(&dir, &c, "rule = 'K9'");
	c.rules = "K9.quantum = 6\n";
	c.findings = "";
	finding_lab_check(&dir, &c, "rule = 'K9'");
}
END_TEST

/* A1 needs all packets: it is less sure of a call during which the capture lost some, and as sure as ever of one before. */
#define ONE_WAY      EIGHT_HOSTS "call c1 from=a1 to=b1 media=caller duration=7 ring=0\n"
#define LATER(n, at) "at " at " rtp a" n ":4100 b" n ":6100 codec=G729 octets=2 count=600\n"
static const struct finding_case weakened[] = {
	{ "nothing lost", ONE_WAY, NULL, "medium" },
	{ "lost during the call", ONE_WAY THREE LATER("1", "0") "drop-all 3 3.1\n", NULL, "low" },
	{ "lost after it",
	  ONE_WAY LATER("1", "0") LATER("2", "0.003") LATER("3", "0.006") "drop-all 10 10.1\n",
	  NULL, "medium" },
	{ "K1 is switched off", ONE_WAY THREE LATER("1", "0") "drop-all 3 3.1\n", "K1 = off\n",
	  "medium" },
};

START_TEST(weakens_others)
{
	struct finding_case c = weakened[_i];
	char expected[128];

	snprintf(expected, sizeof expected, "A1|no audio from 10.5.0.21|1|%s", c.findings);
	c.findings = expected;
	finding_lab_check(&dir, &c, "rule = 'A1'");
}
END_TEST

START_TEST(lack_of_memory)
{
	static const struct finding_case c = {
		"without memory",
		EIGHT_HOSTS
		"at 0 rtp a1:4000 b1:6000 codec=G729 octets=2 count=30\n"
		"at 0 rtp a2:4000 b2:6000 codec=G729 octets=2 count=30\n"
		"at 0 rtp a3:4000 b3:6000 codec=G729 octets=2 count=30\n"
		"drop-all 0.3 0.4\nclock-step 0.5 0.05\n"
		"session r1 from=a1 to=b1\nat 0 request r1 REGISTER header=\"Date: Thu, 01 "
		"Jan 2026 02:00:00 GMT\"\n",
		NULL, ""
	};

	finding_lab_without_memory(&dir, &c);
}
END_TEST

/* ---- dates, RFC 3261 20.17 ---- */

static const struct {
	const char *text;
	bool ok;
	int64_t seconds;
} dates[] = {
	{ "Sat, 13 Nov 2010 23:29:00 GMT", true, 1289690940 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
	{ "Tue, 29 Feb 2000 12:00:00 GMT", true, 951825600 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", true, 253402300799 },
	{ "Sat, 13 nov 2010 23:29:00 GMT", true, 1289690940 },
	{ "Sat, 13 Nov 2010 23:29:00 CET", false, 0 },
	{ "Sat, 13 Nov 2010 23:29:00", false, 0 },
	{ "Sat, 3 Nov 2010 23:29:00 GMT", false, 0 },
	{ "Sat, 00 Nov 2010 23:29:00 GMT", false, 0 },
	{ "Sat, 13 Nix 2010 23:29:00 GMT", false, 0 },
	{ "Sat, 13 Nov 1969 23:29:00 GMT", false, 0 },
	{ "13 Nov 2010 23:29:00 GMT", false, 0 },
	{ ",", false, 0 },
	{ "", false, 0 },
};

START_TEST(date)
{
	int64_t seconds = 0;

	ck_assert_int_eq(date_parse(slice_str(dates[_i].text), &seconds), dates[_i].ok);
	ck_assert_int_eq(seconds, dates[_i].seconds);
}
END_TEST

/* ---- what receivers lost ---- */

/* "expected ours theirs" at each report. */
static const struct {
	const char *name;
	int64_t reports[4][3];
	int64_t received, sum_ours, sum_theirs;
} far[] = {
	{ "they have what we miss", { { 50, 0, 0 }, { 100, 4, 0 }, { 150, 4, 0 } }, 4, 4, 0 },
	{ "nobody has", { { 50, 0, 0 }, { 100, 4, 4 }, { 150, 4, 4 } }, 0, 4, 4 },
	{ "they say so a report later", { { 50, 0, 0 }, { 100, 4, 0 }, { 150, 4, 4 } }, 0, 4, 4 },
	{ "half of it", { { 50, 0, 0 }, { 100, 4, 2 }, { 150, 4, 2 } }, 2, 4, 2 },
	{ "not yet known", { { 50, 0, 0 }, { 100, 0, 0 }, { 150, 4, 0 } }, 0, 4, 0 },
	{ "what they lost before we looked",
	  { { 50, 0, 9 }, { 100, 4, 13 }, { 150, 4, 13 } },
	  0,
	  4,
	  4 },
	{ "a straggler comes", { { 50, 4, 4 }, { 100, 3, 4 }, { 150, 3, 4 } }, 0, 0, 0 },
};

START_TEST(far_end)
{
	struct far_loss l = { 0 };

	for (unsigned i = 0; i < 3; i++)
		far_loss_push(&l, far[_i].reports[i][0], far[_i].reports[i][1],
		              far[_i].reports[i][2]);
	ck_assert_int_eq(l.received, far[_i].received);
	ck_assert_int_eq(l.sum_ours, far[_i].sum_ours);
	ck_assert_int_eq(l.sum_theirs, far[_i].sum_theirs);
}
END_TEST

/* ---- prefixes ---- */

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	ck_assert(ip_addr_parse(slice_str(text), &a));
	return a;
}

static const struct {
	const char *addr;
	unsigned bits;
	const char *prefix;
} prefixes[] = {
	{ "10.1.2.3", 128, "10.1.2.3" },
	{ "10.1.2.3", 120, "10.1.2.0/24" },
	{ "10.1.2.3", 112, "10.1.0.0/16" },
	{ "10.255.2.3", 105, "10.128.0.0/9" },
	{ "2001:db8::1", 128, "2001:db8::1" },
	{ "2001:db8:1:2:3::1", 64, "2001:db8:1:2::/64" },
	{ "2001:db8:1:2:3::1", 48, "2001:db8:1::/48" },
};

START_TEST(prefix)
{
	struct prefix p = prefix_of(addr(prefixes[_i].addr), prefixes[_i].bits);
	struct text out;

	text_init(&out);
	prefix_add(&out, p);
	ck_assert_str_eq(text_cstr(&out), prefixes[_i].prefix);
	ck_assert(prefix_holds(p, addr(prefixes[_i].addr)));
	ck_assert(!prefix_holds(p, addr("203.0.113.1")));
	text_release(&out);
}
END_TEST

START_TEST(nine_in_ten)
{
	struct pair pairs[10];
	struct prefix out[CENSUS_PREFIXES];

	for (unsigned i = 0; i < 10; i++)
		pairs[i] = (struct pair){ addr("10.1.0.1"), addr("192.0.2.1") };
	pairs[0] = (struct pair){ addr("10.2.0.1"), addr("198.51.100.1") };
	ck_assert_uint_eq(census_common(pairs, 10, out), 6);
	ck_assert_uint_eq(out[0].bits, 128);
	ck_assert_uint_eq(out[5].bits, 112);
	ck_assert_uint_eq(census_host_pairs(pairs, 10), 2);
	pairs[1] = pairs[0];
	ck_assert_uint_eq(census_common(pairs, 10, out), 0);
	pairs[2] = (struct pair){ pairs[3].dst, pairs[3].src };
	ck_assert_uint_eq(census_host_pairs(pairs, 10), 2);
}
END_TEST

#define COUNT(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *suite_capture_faults(void)
{
	Suite *s = suite_create("capture_faults");
	TCase *t = tcase_create("K");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, by_recipe, 0, COUNT(cases));
	tcase_add_loop_test(t, weakens_others, 0, COUNT(weakened));
	tcase_add_test(t, coarse_times);
	tcase_add_test(t, lack_of_memory);
	tcase_add_loop_test(t, date, 0, COUNT(dates));
	tcase_add_loop_test(t, far_end, 0, COUNT(far));
	tcase_add_loop_test(t, prefix, 0, COUNT(prefixes));
	tcase_add_test(t, nine_in_ten);
	suite_add_tcase(s, t);
	return s;
}
