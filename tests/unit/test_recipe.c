/* The recipe language: what a mistake says, and that recipes make exactly what they say. */
#include "tests/helpers/craft.h"
#include "tests/helpers/recipe.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TOP  "file pcap-us\nhost alice 192.0.2.1\nhost bob 192.0.2.2\n"
#define CALL TOP "session c1 from=alice to=bob\n"

#define PAST                                                                                       \
	TOP "host p1 192.0.2.3\nhost p2 192.0.2.4\nhost carol 192.0.2.5\n"                         \
	    "session c1 from=alice to=bob through=p1,p2\n"

static const struct {
	const char *recipe, *says;
} mistakes[] = {
	{ "", "t.craft:0: there is no 'file' line" },
	{ "host alice 192.0.2.1\n", "t.craft:1: the first line must be 'file FORMAT [LINK]'" },
	{ "file pcap\n", "t.craft:1: 'pcap' is not a format" },
	{ "file pcap-us token-ring\n", "t.craft:1: 'token-ring' is not a link layer" },
	{ TOP "dance\n", "t.craft:4: 'dance' is not a directive" },
	{ TOP "host carol\n", "t.craft:4: the host's address is missing" },
	{ TOP "host carol 192.0.2.300\n", "t.craft:4: '192.0.2.300' is not an address" },
	{ TOP "host bob 192.0.2.3\n", "t.craft:4: host 'bob' is there already" },
	{ TOP "\n# a comment\ncall from=alice to=bobx\n", "t.craft:6: no host is called 'bobx'" },
	{ TOP "at noon\n", "t.craft:4: 'noon' is not a decimal number" },
	{ TOP "rtp alice:4000 bob:99999\n",
	  "t.craft:4: '99999' is not a whole number up to 65535" },
	{ TOP "rtp alice:4000 bob:5000 codec=MP3\n", "t.craft:4: 'MP3' is not a codec known here" },
	{ TOP "rtp alice:4000 bob:5000 count=10 lose=3,11\n",
	  "t.craft:4: '11' is not a whole number up to 10" },
	{ TOP "rtp alice:4000 bob:5000 count=10 lose=0\n",
	  "t.craft:4: '0' is not a packet number from 1 to 10" },
	{ TOP "rtp alice:4000 bob:5000 count=10 delay=3\n",
	  "t.craft:4: '3' should be NUMBER:VALUE" },
	{ TOP "rtp alice:4000 bob:5000 count=10 lose-scattered=9\n",
	  "t.craft:4: lose-scattered asks for more than fits" },
	{ TOP "rtp alice:4000 bob:5000 payload=music\n",
	  "t.craft:4: 'music' is no payload: tone, silence, noise:SEED" },
	{ TOP "rtp alice:4000 bob:5000 payload=noise:x\n",
	  "t.craft:4: 'x' is not a whole number up to 4294967295" },
	{ TOP "rtp alice:4000 bob:5000 los=3\n", "t.craft:4: option 'los' is not understood here" },
	{ TOP "rtp alice:4000 bob:5000 twice\n", "t.craft:4: 'twice' is not understood here" },
	{ TOP "digit 5\n", "t.craft:4: there is no such stream to press a digit in" },
	{ TOP "use tunnel\n", "t.craft:4: no interface is called 'tunnel'" },
	{ TOP "interface tunnel raw\n", "t.craft:4: only pcapng has several interfaces" },
	{ TOP "fragment mtu=20\n", "t.craft:4: mtu is at least 68 (RFC 791)" },
	{ CALL "request c2 INVITE\n", "t.craft:5: no session is called 'c2'" },
	{ CALL "request c1 ACK\n", "t.craft:5: there is no INVITE for this ACK" },
	{ CALL "reply c1 200\n", "t.craft:5: there is no request to answer" },
	{ CALL "again c1\n", "t.craft:5: nothing was sent in this session yet" },
	{ CALL "request c1 INVITE by=bob\n", "t.craft:5: by= is caller or callee" },
	{ TOP "sip alice bob\n", "t.craft:4: the message is missing: end the line with <<END" },
	{ TOP "sip alice bob <<END\nOPTIONS x\n", "t.craft:5: the text has no end line 'END'" },
	{ TOP "sip alice bob <<END\nOPTIONS ${carol}\nEND\nat x\n",
	  "t.craft:4: no host is called 'carol'" },
	{ TOP "sip alice bob <<END\nOPTIONS x\nEND\ndance\n",
	  "t.craft:7: 'dance' is not a directive" },
	{ TOP "vlan 1 2 3 4 5\n", "t.craft:4: more than 4 VLAN tags" },
	{ TOP "next-file 5\nnext-file 4\n", "t.craft:5: at most 8 of these, in order of time" },
	{ TOP "host carol \"192.0.2.3\n", "t.craft:4: a quote is not closed" },
	{ TOP "repeat 3\nvlan 1\n", "t.craft:5: the repeat has no 'end'" },
	{ TOP "repeat\nend\n", "t.craft:4: how many times is missing" },
	{ TOP "repeat 2\nvlan 1\nvlan ${i+x}\nend\n",
	  "t.craft:4: '' is not a whole number up to 4294967295" },
	{ TOP "repeat 1\nrepeat 1\nrepeat 1\nend\nend\nend\n",
	  "t.craft:6: repeats are at most 2 deep" },
	{ TOP "repeat 2\nvlan 1\ndance\nend\n", "t.craft:6: 'dance' is not a directive" },
	{ TOP "repeat 2\nend\ndance\n", "t.craft:6: 'dance' is not a directive" },
	{ PAST "request c1 INVITE until=carol\n",
	  "t.craft:8: the request does not come past 'carol'" },
	{ PAST "request c1 INVITE from=p1 to=carol\n", "t.craft:8: 'p1' has no INVITE to send on" },
	{ PAST "request c1 INVITE until=p1\nreply c1 486 until=p2\n",
	  "t.craft:9: the answer does not come past 'p2'" },
	{ PAST "request c1 INVITE until=p1\nrequest c1 INVITE from=p1\n",
	  "t.craft:9: to= is missing: where does 'p1' send it" },
	{ TOP "udp alice bob\n", "t.craft:4: a datagram has either text= or hex=" },
	{ TOP "udp alice bob hex=0g\n", "t.craft:4: 'g' is not a hexadecimal digit" },
	{ TOP "udp alice bob hex=012\n", "t.craft:4: hex= wants two digits an octet" },
	{ TOP "icmp alice bob unreachable door of=alice>bob\n",
	  "t.craft:4: 'door' is not what can be unreachable" },
	{ TOP "icmp alice bob unreachable port\n", "t.craft:4: of= is FROM>TO" },
};

static char path[40];

static void new_path(void)
{
	strcpy(path, "/tmp/recipe-XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(mistakes_name_their_line)
{
	struct err err = ERR_INIT;
	struct recipe_result result;

	new_path();
	ck_assert(!recipe_run("t.craft", slice_str(mistakes[_i].recipe), path, &result, &err));
	unlink(path);
	ck_assert_msg(strncmp(err.text, mistakes[_i].says, strlen(mistakes[_i].says)) == 0,
	              "%s\n  said '%s'\n  not  '%s'", mistakes[_i].recipe, err.text,
	              mistakes[_i].says);
	ck_assert_uint_eq(result.packets, 0);
}
END_TEST

static const struct {
	const char *recipe;
	unsigned packets;
} counts[] = {
	{ TOP, 0 },
	{ TOP "call from=alice to=bob duration=1\n", 7 + 2 * 48 },
	{ TOP "call from=alice to=bob duration=1 media=caller open\n", 5 + 48 },
	{ TOP "call from=alice to=bob rejected=486\n", 5 },
	{ TOP "mirror\nrtp alice:4000 bob:4000 count=10\n", 20 },
	{ TOP "rtp alice:4000 bob:4000 count=10 lose=2,5-7 duplicate=3\n", 7 },
	{ TOP "rtp alice:4000 bob:4000 count=100 lose-scattered=20\n", 80 },
	{ TOP "capture-from 0.1\ncapture-until 0.15\nrtp alice:4000 bob:4000 count=10\n", 3 },
	{ TOP "rtp alice:4000 bob:4000 count=10\ndigit 5 duration=60\n", 10 },
	{ TOP "tcp t alice bob\ntcp-close t\n", 6 },
	{ CALL "fragment mtu=576\nrequest c1 INVITE pad=1000\n", 3 },
	{ TOP "sip alice bob <<END\nOPTIONS x SIP/2.0\n\nEND\n", 1 },
	{ TOP "repeat 100 every=0.6\nsession r${i} from=alice to=bob\nrequest r${i} REGISTER\n"
	      "reply r${i} 401\nend\n",
	  200 },
	{ TOP "repeat 3\nrepeat 4\nudp alice:${i+1} bob:${j*2} text=x\nend\nend\n", 12 },
	{ TOP "repeat 3\nsip alice bob <<X\nend\nX\nend\n", 3 },
	{ TOP "repeat 0\nudp alice bob text=x\nend\n", 0 },
	{ PAST "request c1 INVITE trying\n", 5 },
	{ PAST "request c1 INVITE until=p2\nreply c1 503\n", 4 },
	{ PAST "request c1 INVITE\nreply c1 486 acked\n", 9 },
	{ PAST "request c1 INVITE\nrequest c1 CANCEL answered\nreply c1 487 to=INVITE acked\n",
	  3 + 6 + 6 },
	{ PAST "request c1 INVITE\nrequest c1 INVITE from=p1 to=carol\nreply c1 200\n"
	       "request c1 ACK\n",
	  3 + 1 + 2 + 2 },
	{ PAST "request c1 INVITE until=p1 copies=7\n", 7 },
	{ TOP "tcp-syn alice bob\ntcp-refused alice bob\ntls-alert alice bob:5061 48\n",
	  4 + 2 + 8 },
	{ TOP "icmp bob alice unreachable host of=alice>bob\n", 1 },
};

START_TEST(packet_counts)
{
	struct err err = ERR_INIT;
	struct recipe_result result;

	new_path();
	bool ok = recipe_run("t.craft", slice_str(counts[_i].recipe), path, &result, &err);
	unlink(path);
	ck_assert_msg(ok, "%s", err.text);
	ck_assert_msg(result.packets == counts[_i].packets, "%s: %llu", counts[_i].recipe,
	              (unsigned long long)result.packets);
}
END_TEST

static size_t make(const char *recipe, uint8_t *buf, size_t size)
{
	struct err err = ERR_INIT;
	struct recipe_result result;

	new_path();
	bool ok = recipe_run("t.craft", slice_str(recipe), path, &result, &err);
	ck_assert_msg(ok, "%s", err.text);
	FILE *f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	size_t n = fread(buf, 1, size, f);
	fclose(f);
	unlink(path);
	ck_assert_uint_lt(n, size);
	return n;
}

START_TEST(same_recipe_same_octets)
{
	static uint8_t a[100000], b[100000], c[100000];
	const char *recipe = TOP
	        "call from=alice to=bob duration=2\nrtp alice:1 bob:2 jitter=5 lose-scattered=3\n";
	size_t n = make(recipe, a, sizeof(a));

	ck_assert_uint_eq(n, make(recipe, b, sizeof(b)));
	ck_assert_mem_eq(a, b, n);
	size_t other = make(TOP "seed 2\ncall from=alice to=bob duration=2\nrtp alice:1 bob:2 "
	                        "jitter=5 lose-scattered=3\n",
	                    c, sizeof(c));
	ck_assert_uint_eq(other, n);
	ck_assert_int_ne(memcmp(a, c, n), 0);
}
END_TEST

/* The payload follows from the seed and the packet's number, not from the stream. */
START_TEST(noise_is_the_same_in_another_stream)
{
	static uint8_t a[4096], b[4096], c[4096];
	size_t n = make(TOP "rtp alice:1 bob:2 count=2 octets=100 payload=noise:7\n", a, sizeof(a));
	size_t packet = (n - 24) / 2;

	ck_assert_uint_eq(packet, 16 + 14 + 20 + 8 + 12 + 100);
	make(TOP "rtp bob:2 alice:1 count=2 octets=100 payload=noise:7 ssrc=1 seq=9\n", b,
	     sizeof(b));
	make(TOP "rtp alice:1 bob:2 count=2 octets=100 payload=noise:8\n", c, sizeof(c));
	for (size_t end = 24 + packet; end <= n; end += packet) {
		ck_assert_mem_eq(a + end - 100, b + end - 100, 100);
		ck_assert_int_ne(memcmp(a + end - 100, c + end - 100, 100), 0);
	}
	ck_assert_int_ne(memcmp(a + n - 100, a + n - packet - 100, 100), 0);
}
END_TEST

/* What is written in full arrives as written, with CRLF, variables and the length of the body. */
START_TEST(message_in_full)
{
	static uint8_t bytes[4096];
	static const char want[] = "MESSAGE sip:192.0.2.2:5060 SIP/2.0\r\nTo: "
	                           "<sip:192.0.2.2>\r\nContent-Length: 4\r\n\r\nhi\r\n";
	size_t n = make(
	        TOP
	        "sip alice bob <<.\nMESSAGE sip:${bob.sip} SIP/2.0\nTo: <sip:${bob}>\n\nhi\n.\n",
	        bytes, sizeof(bytes));

	ck_assert_uint_eq(n, 24 + 16 + 14 + 20 + 8 + sizeof(want) - 1);
	ck_assert_mem_eq(bytes + n - (sizeof(want) - 1), want, sizeof(want) - 1);
}
END_TEST

/* Of a whole capture: how often this text is in it. */
static unsigned occurrences(const char *recipe, const char *text)
{
	static uint8_t bytes[60000];
	struct slice rest = slice_of(bytes, make(recipe, bytes, sizeof(bytes)));
	unsigned n = 0;
	size_t at;

	for (; (at = slice_find_str(rest, text)) != SLICE_NPOS; n++)
		rest = slice_from(rest, at + 1);
	return n;
}

#define ANSWERED PAST "request c1 INVITE\nreply c1 180\nreply c1 200\nrequest c1 ACK\n"

static const struct {
	const char *recipe, *text;
	unsigned times;
} contents[] = {
	{ TOP "repeat 3\nudp alice bob text=<${i+9:4}>\nend\n", "<0012>", 1 },
	{ TOP "repeat 3\nrepeat 2\nudp alice bob text=<${i}.${j}>\nend\nend\n", "<3.2>", 1 },
	{ TOP "repeat 7\nudp alice bob text=<${i%5}>\nend\n", "<2>", 2 },
	{ TOP "udp alice bob text=\"a\\x1b\\0\\\\z\"\n", "a\x1b", 1 },
	{ TOP "udp alice bob hex=\"41 42 43\"\n", "ABC", 1 },
	{ CALL "request c1 REGISTER expires=60\nreply c1 200\n",
	  "Contact: <sip:alice@192.0.2.1:5060>;expires=60\r\n", 1 },
	{ CALL "request c1 REGISTER\n", "REGISTER sip:example.com SIP/2.0\r\n", 1 },
	{ CALL "request c1 REGISTER\nreply c1 401\n", "To: <sip:alice@example.com>", 2 },
	{ CALL "request c1 MESSAGE body=\"a\\r\\nb\"\n",
	  "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\na\r\nb", 1 },
	{ CALL "request c1 SUBSCRIBE event=presence\nrequest c1 NOTIFY by=callee\n",
	  "To: <sip:alice@example.com>;tag=c1-alice\r\n", 1 },
	{ CALL "request c1 INVITE replaces=c1\n",
	  "Replaces: c1@example.com;to-tag=c1-bob;from-tag=c1-alice\r\n", 1 },
	{ CALL "request c1 REFER refer-to=sip:bob@b refer-replaces=c1\n",
	  "Refer-To: <sip:bob@b?Replaces=c1%40example.com%3Bto-tag%3Dc1-bob%3Bfrom-tag%3Dc1-alice>",
	  1 },
	{ CALL "request c1 INVITE header=\"X-Q: \\\"a\\\" ${bob} ${c1.id}\"\n",
	  "X-Q: \"a\" 192.0.2.2 c1@example.com\r\n", 1 },
	{ CALL "request c1 INVITE via=10.0.0.1:5060 rport\nreply c1 180\n",
	  ";received=192.0.2.1;rport=5060\r\n", 1 },
	{ CALL "request c1 INVITE\nreply c1 200\nhost late 192.0.2.9\nmove c1 callee=late\n"
	       "request c1 BYE by=callee\n",
	  "Contact: <sip:bob@192.0.2.9:5060>\r\n", 1 },
	/* Past proxies: three hops with one, two, three Vias, on the way there and back. */
	{ PAST "request c1 INVITE\n", "Via: ", 6 },
	{ PAST "request c1 INVITE\nreply c1 200\n", "Via: ", 12 },
	{ PAST "request c1 INVITE\n", "INVITE sip:bob@192.0.2.2:5060 SIP/2.0\r\n", 1 },
	{ PAST "request c1 INVITE\n", "Record-Route: <sip:192.0.2.4:5060;lr>, <sip:192.0.2.3", 1 },
	{ PAST "request c1 INVITE\n", "Record-Route: <sip:192.0.2.3:5060;lr>\r\n", 1 },
	{ ANSWERED, "Record-Route: <sip:192.0.2.4:5060;lr>, <sip:192.0.2.3", 1 + 3 + 3 },
	{ ANSWERED, "Route: <sip:192.0.2.3:5060;lr>, <sip:192.0.2.4:5060;lr>\r\n", 1 },
	{ PAST "request c1 INVITE\nreply c1 486 acked\n", "ACK sip:bob@192.0.2.2:5060", 1 },
	{ PAST "request c1 INVITE\nrequest c1 CANCEL\n", "Via: ", 6 + 3 },
	{ PAST "request c1 INVITE\nrequest c1 INVITE from=p1 to=carol\nreply c1 200\n"
	       "request c1 ACK until=p1\n",
	  "ACK sip:carol@192.0.2.5:5060 SIP/2.0\r\n", 1 },
	/* A gateway's own SDP both ways: the caller's is seen on the first hop only. */
	{ PAST "request c1 INVITE sdp until=p1\nrequest c1 INVITE from=p1 to=p2,bob sdp "
	       "media=p1:9000\n",
	  "m=audio 9000", 2 },
	{ PAST "request c1 INVITE\nreply c1 200 sdp until=p1\nreply c1 200 from=p1 sdp "
	       "media=p1:9002\nrequest c1 ACK\n",
	  "ACK sip:bob@192.0.2.2:5060 SIP/2.0\r\n", 3 },
	{ PAST "request c1 INVITE\nrequest c1 INVITE from=p1 to=carol\nreply c1 180 from=bob\n",
	  "To: <sip:bob@example.com>;tag=c1-bob\r\n", 3 },
};

START_TEST(says_what_it_should)
{
	ck_assert_msg(occurrences(contents[_i].recipe, contents[_i].text) == contents[_i].times,
	              "%s: '%s' is there %u times", contents[_i].recipe, contents[_i].text,
	              occurrences(contents[_i].recipe, contents[_i].text));
}
END_TEST

/* RFC 792: the IP header and the first octets of what did not get through, checksums right. */
START_TEST(icmp_quotes_the_datagram)
{
	static uint8_t bytes[4096];
	size_t n = make(TOP "udp alice:5070 bob text=hello\n"
	                    "icmp bob alice unreachable port of=alice:5070>bob quote=10\n",
	                bytes, sizeof(bytes));
	const size_t first = 24 + 16 + 14, second = first + 20 + 8 + 5 + 16 + 14;
	const uint8_t *icmp = bytes + second + 20;

	ck_assert_uint_eq(n, second + 20 + 8 + 20 + 10);
	ck_assert_uint_eq(bytes[second + 9], 1);
	ck_assert_uint_eq(icmp[0], 3);
	ck_assert_uint_eq(icmp[1], 3);
	ck_assert_mem_eq(icmp + 8, bytes + first, 20 + 10);
	ck_assert_uint_eq(craft_checksum(craft_sum(0, icmp, 8 + 20 + 10)), 0);
}
END_TEST

START_TEST(second_file_is_named)
{
	struct err err = ERR_INIT;
	struct recipe_result result;
	char second[60];

	new_path();
	ck_assert(recipe_run("t.craft",
	                     SLICE_LIT(TOP "next-file 0.1\nrtp alice:1 bob:2 count=10\n"), path,
	                     &result, &err));
	snprintf(second, sizeof(second), "%s-2", path);
	ck_assert_uint_eq(result.files, 2);
	ck_assert_uint_eq(result.packets, 10);
	ck_assert_int_eq(access(second, R_OK), 0);
	unlink(path);
	unlink(second);
}
END_TEST

Suite *suite_recipe(void)
{
	Suite *s = suite_create("recipe");
	TCase *t = tcase_create("recipe");

	tcase_add_loop_test(t, mistakes_name_their_line, 0,
	                    (int)(sizeof(mistakes) / sizeof(mistakes[0])));
	tcase_add_loop_test(t, packet_counts, 0, (int)(sizeof(counts) / sizeof(counts[0])));
	tcase_add_test(t, same_recipe_same_octets);
	tcase_add_test(t, noise_is_the_same_in_another_stream);
	tcase_add_test(t, message_in_full);
	tcase_add_loop_test(t, says_what_it_should, 0,
	                    (int)(sizeof(contents) / sizeof(contents[0])));
	tcase_add_test(t, icmp_quotes_the_datagram);
	tcase_add_test(t, second_file_is_named);
	suite_add_tcase(s, t);
	return s;
}
