/* sim/media/crypto and srtp: keywords to a=crypto, offers and answers to keys, and packets both ways: between two of us, against the sealing
 * that tests wrote from the standards, and into the analyzer. */
#include "analyzer/streams/srtp.h"
#include "base/mem.h"
#include "sim/media/crypto.h"
#include "sim/transport/impair.h"
#include "tests/helpers/craft.h"
#include "tests/helpers/craft_seal.h"
#include "tests/helpers/shortage.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>

#define ROOM (1500 + SEAL_OVERHEAD)

static struct media_crypto *a, *b;
static struct text t;

static void set_up(void)
{
	a = media_crypto_new(1);
	b = media_crypto_new(2);
	ck_assert(a && b);
	text_init(&t);
}

static void tear_down(void)
{
	media_crypto_free(a);
	media_crypto_free(b);
	text_release(&t);
}

/* "<cryptotag1audio> <cryptosuite...>": keywords in angle brackets, rendered one by one behind what stands before. */
static const char *render(struct media_crypto *c, const char *template)
{
	text_reset(&t);
	while (*template) {
		size_t plain = strcspn(template, "<");
		text_add(&t, slice_of(template, plain));
		template += plain;
		if (!*template)
			break;
		size_t n = strcspn(++template, ">");
		ck_assert_msg(media_crypto_keyword(c, slice_of(template, n), &t), "%.*s", (int)n,
		              template);
		template += n + 1;
	}
	return text_cstr(&t);
}

/* Media line with these attributes, said by one and heard by the other. */
static void say(struct media_crypto *from, struct media_crypto *to, const char *attributes)
{
	static struct sdp sdp;
	char body[2048];

	int n = snprintf(body, sizeof body, "v=0\r\nm=audio 4000 RTP/SAVP 0\r\n%s", attributes);
	ck_assert_int_eq(sdp_parse(slice_of(body, (size_t)n), &sdp), PARSE_OK);
	if (from)
		ck_assert(media_crypto_sdp(from, &sdp.media[0], true));
	if (to)
		ck_assert(media_crypto_sdp(to, &sdp.media[0], false));
}

#define LINE(n, suite)                                                                             \
	"a=crypto:<cryptotag" n "audio> <cryptosuite" suite n "audio> inline:<cryptokeyparams" n   \
	"audio>"

/* ---- keywords ---- */

static const struct {
	const char *suite, *name;
	size_t key;
} suites[] = {
	{ "aescm128sha180", "AES_CM_128_HMAC_SHA1_80", 40 },
	{ "aescm128sha132", "AES_CM_128_HMAC_SHA1_32", 40 },
	{ "aescm192sha180", "AES_192_CM_HMAC_SHA1_80", 52 },
	{ "aescm192sha132", "AES_192_CM_HMAC_SHA1_32", 52 },
	{ "aescm256sha180", "AES_256_CM_HMAC_SHA1_80", 64 },
	{ "aescm256sha132", "AES_256_CM_HMAC_SHA1_32", 64 },
	{ "nullsha180", "NULL_HMAC_SHA1_80", 40 },
	{ "nullsha132", "NULL_HMAC_SHA1_32", 40 },
};
#define SUITES (int)(sizeof suites / sizeof *suites)

/* <cryptosuite...1audio> and so on of one suite. */
static const char *line_of(int suite, unsigned n, const char *more)
{
	static char template[256];

	snprintf(template, sizeof template,
	         "a=crypto:<cryptotag%uaudio> <cryptosuite%s%uaudio> "
	         "inline:<cryptokeyparams%uaudio>%s",
	         n, suites[suite].suite, n, n, more);
	return template;
}

START_TEST(keywords_make_lines)
{
	char wanted[64];

	const char *line = render(a, line_of(_i, 1, ""));
	int n = snprintf(wanted, sizeof wanted, "a=crypto:1 %s inline:", suites[_i].name);
	ck_assert_msg(strncmp(line, wanted, (size_t)n) == 0, "%s", line);
	ck_assert_uint_eq(strlen(line + n), suites[_i].key);
}
END_TEST

static const struct {
	const char *keyword;
	int kind; /* -1: none */
} kinds[] = {
	{ "cryptotag1audio", MEDIA_AUDIO },
	{ "cryptotag2video", MEDIA_VIDEO },
	{ "cryptosuiteaescm128sha1801audio", MEDIA_AUDIO },
	{ "cryptosuitenullsha1322video", MEDIA_VIDEO },
	{ "cryptokeyparams2audio", MEDIA_AUDIO },
	{ "ueaescm128sha1801audio", MEDIA_AUDIO },
	{ "ueaescm128sha1322video", MEDIA_VIDEO },
	{ "cryptotag0audio", -1 },
	{ "cryptotag3audio", -1 },
	{ "cryptotagaudio", -1 },
	{ "cryptotag1image", -1 },
	{ "cryptosuite1audio", -1 },
	{ "cryptosuiteaescm128sha1641audio", -1 },
	{ "ueaescm256sha1801audio", -1 },
	{ "audio", -1 },
	{ "1audio", -1 },
	{ "", -1 },
};

START_TEST(keywords_are_known)
{
	enum media_kind kind;
	bool known = media_crypto_kind(slice_str(kinds[_i].keyword), &kind);

	ck_assert(known == (kinds[_i].kind >= 0));
	ck_assert(!known || (int)kind == kinds[_i].kind);
	ck_assert(known == media_crypto_keyword(a, slice_str(kinds[_i].keyword), &t));
}
END_TEST

START_TEST(keys_are_of_the_seed)
{
	struct media_crypto *again = media_crypto_new(1);
	char first[256], second[256], other[256];

	strcpy(first, render(a, "<cryptokeyparams1audio> <cryptokeyparams2audio>"));
	strcpy(second, render(again, "<cryptokeyparams1audio> <cryptokeyparams2audio>"));
	strcpy(other, render(b, "<cryptokeyparams1audio> <cryptokeyparams2audio>"));
	ck_assert_str_eq(first, second);
	ck_assert_str_ne(first, other);
	ck_assert(strncmp(first, first + 41, 40) != 0);
	/* Whenever they are asked for: a re-INVITE keeps its keys. */
	strcpy(second, render(a, "<cryptokeyparams1audio> <cryptokeyparams2audio>"));
	ck_assert_str_eq(first, second);
	media_crypto_free(again);
}
END_TEST

/* ---- offer and answer ---- */

#define KEY "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

START_TEST(an_answer_has_the_tag_of_its_suite)
{
	say(NULL, a,
	    "a=crypto:5 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n"
	    "a=crypto:123456789 AES_CM_128_HMAC_SHA1_32 " KEY "\r\n");
	const char *line = render(a, LINE("1", "aescm128sha132"));
	ck_assert_msg(strstr(line, "a=crypto:123456789 AES_CM_128_HMAC_SHA1_32 inline:"), "%s",
	              line);
	line = render(a, LINE("1", "aescm128sha180"));
	ck_assert_msg(strstr(line, "a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:"), "%s", line);
	/* None of theirs: the tag of the line at the same place. */
	line = render(a, LINE("2", "nullsha180"));
	ck_assert_msg(strstr(line, "a=crypto:123456789 NULL_HMAC_SHA1_80 inline:"), "%s", line);
	/* Ours is the newer one then: what follows is an offer again. */
	say(a, NULL, render(a, LINE("1", "aescm128sha180") "\r\n"));
	line = render(a, LINE("1", "aescm128sha132"));
	ck_assert_msg(strstr(line, "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:"), "%s", line);
}
END_TEST

START_TEST(each_keyword_into_a_text_of_its_own)
{
	say(NULL, a,
	    "a=crypto:5 AES_CM_128_HMAC_SHA1_80 " KEY "\r\na=crypto:6 NULL_HMAC_SHA1_80 " KEY);
	ck_assert_str_eq(render(a, "<cryptotag1audio>"), "5");
	ck_assert_str_eq(render(a, "<cryptosuitenullsha1801audio>"), "NULL_HMAC_SHA1_80");
	ck_assert_str_eq(render(a, "12 <cryptosuitenullsha1801audio>"), "12 NULL_HMAC_SHA1_80");
}
END_TEST

static const struct {
	const char *name, *offer, *answer;
	bool on;
	const char *problem;
} agreements[] = {
	{ "the second line",
	  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 " KEY,
	  "a=crypto:2 AES_CM_128_HMAC_SHA1_32 " KEY, true, NULL },
	{ "a tag of their own", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY,
	  "a=crypto:9 AES_CM_128_HMAC_SHA1_80 " KEY, true, NULL },
	{ "another suite", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY,
	  "a=crypto:1 AES_CM_128_HMAC_SHA1_32 " KEY, true, "no suite" },
	{ "no keys in the answer", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY, "a=sendrecv", false,
	  NULL },
	{ "no keys in the offer", "a=sendrecv", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY, false,
	  NULL },
	{ "a suite nobody knows", "a=crypto:1 F8_128_HMAC_SHA1_80 " KEY,
	  "a=crypto:1 F8_128_HMAC_SHA1_80 " KEY, false, NULL },
	{ "an MKI of ours", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "|2^20|1:4",
	  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY, true, "MKI" },
	{ "GCM written out",
	  "a=crypto:1 AEAD_AES_128_GCM inline:c2VjcmV0IGtleSBvZiAxNm9jdGV0cyArIHNhbA==",
	  "a=crypto:1 AEAD_AES_128_GCM inline:c2VjcmV0IGtleSBvZiAxNm9jdGV0cyArIHNhbA==", true,
	  NULL },
};

START_TEST(keys_are_agreed)
{
	say(a, b, agreements[_i].offer);
	ck_assert(!media_crypto_is_on(a));
	say(b, a, agreements[_i].answer);
	ck_assert_msg(media_crypto_is_on(a) == agreements[_i].on, "%s", agreements[_i].name);
	const char *why = media_crypto_problem(a);
	ck_assert_msg(agreements[_i].problem ? why && strstr(why, agreements[_i].problem) : !why,
	              "%s: %s", agreements[_i].name, why ? why : "fine");
	uint8_t packet[ROOM] = { 0x80 };
	size_t n = 172;
	ck_assert(media_crypto_seal(a, false, packet, &n) == (agreements[_i].on && !why));
}
END_TEST

/* ---- packets ---- */

static size_t make_rtp(uint32_t index, uint32_t ssrc, uint8_t *packet)
{
	struct craft_rtp rtp = { .seq = (uint16_t)index, .timestamp = index * 160, .ssrc = ssrc };

	craft_rtp_header(&rtp, packet);
	for (unsigned i = 0; i < 160; i++)
		packet[CRAFT_RTP_HEADER + i] = (uint8_t)(index + i);
	return CRAFT_RTP_HEADER + 160;
}

/* A receiver report without blocks. */
static size_t make_rtcp(uint8_t *packet)
{
	static const uint8_t report[] = { 0x80, 201, 0, 1, 0, 0, 0, 7 };

	memcpy(packet, report, sizeof report);
	return sizeof report;
}

/* Both make the same line of one suite, as scenarios do. */
static void agree(int suite, const char *more)
{
	char line[256];

	strcpy(line, render(a, line_of(suite, 1, more)));
	say(a, b, line);
	strcpy(line, render(b, line_of(suite, 1, more)));
	say(b, a, line);
	ck_assert(media_crypto_is_on(a) && media_crypto_is_on(b));
	ck_assert_ptr_null(media_crypto_problem(a));
}

static bool passes(struct media_crypto *from, struct media_crypto *to, uint32_t index)
{
	uint8_t packet[ROOM], plain[ROOM];
	size_t n = make_rtp(index, 7, packet), before = n;

	memcpy(plain, packet, n);
	return media_crypto_seal(from, false, packet, &n) && n > before &&
	       n <= before + SEALING_OVERHEAD && media_crypto_open(to, false, packet, &n) &&
	       n == before && memcmp(packet, plain, n) == 0;
}

START_TEST(packets_pass_both_ways)
{
	uint8_t packet[ROOM], again[ROOM];
	size_t n = make_rtcp(packet), m;

	agree(_i, "");
	for (uint32_t i = 65000; i < 65100; i++)
		ck_assert(passes(a, b, i) && passes(b, a, i));
	ck_assert(media_crypto_seal(a, true, packet, &n));
	memcpy(again, packet, n);
	m = n;
	ck_assert(media_crypto_open(b, true, packet, &n));
	ck_assert_uint_eq(n, 8);
	ck_assert_int_eq(packet[7], 7);
	ck_assert(!media_crypto_open(b, true, again, &m)); /* a replay */
	/* What somebody changed is not opened. */
	n = make_rtp(1, 7, packet);
	ck_assert(media_crypto_seal(a, false, packet, &n));
	packet[20] ^= 1;
	ck_assert(!media_crypto_open(b, false, packet, &n));
}
END_TEST

START_TEST(rollover_goes_on)
{
	unsigned wrong = 0;

	agree(0, "");
	/* Every packet around the places where the number begins anew, some of the others. */
	for (uint32_t i = 0; i < 140000; i += (i + 50) % 65536 < 100 ? 1 : 31)
		wrong += !passes(a, b, i);
	ck_assert_uint_eq(wrong, 0);
	/* A re-INVITE with the same keys in between: the counter is not lost. */
	agree(0, "");
	for (uint32_t i = 140000; i < 140010; i++)
		ck_assert(passes(a, b, i));
}
END_TEST

START_TEST(what_is_no_packet_is_refused)
{
	uint8_t packet[ROOM] = { 0 };

	agree(0, "");
	for (size_t length = 0; length < 24; length++) {
		size_t n = length;
		ck_assert(!media_crypto_open(a, false, packet, &n));
		n = length;
		ck_assert(!media_crypto_open(a, true, packet, &n));
	}
}
END_TEST

START_TEST(unencrypted_is_authenticated_only)
{
	uint8_t packet[ROOM], plain[ROOM];
	size_t n = make_rtp(5, 7, packet);

	memcpy(plain, packet, n);
	agree(0, " <ueaescm128sha1801audio>");
	ck_assert(media_crypto_seal(a, false, packet, &n));
	ck_assert_uint_eq(n, 172 + 10);
	ck_assert_mem_eq(packet, plain, 172);
	ck_assert(media_crypto_open(b, false, packet, &n));
}
END_TEST

/* ---- another witness: the standards ---- */

/* The key that `c` says in its first line of this suite. */
static void witness(struct media_crypto *c, int suite, struct seal *s)
{
	char line[256];

	strcpy(line, render(c, line_of(suite, 1, "")));
	bool null = strncmp(suites[suite].suite, "null", 4) == 0;
	const char *name = null && strstr(suites[suite].suite, "32") ? "AES_CM_128_HMAC_SHA1_32"
	                   : null                                    ? "AES_CM_128_HMAC_SHA1_80"
	                                                             : suites[suite].name;
	ck_assert(seal_init(s, slice_str(name), slice_str(strstr(line, "inline:") + 7)));
	s->clear = null;
}

/* libsrtp2 derives the keys of AES-192 otherwise (its issue 763), so this suite passes between two of it alone. */
static bool has_witness(int suite)
{
	return strncmp(suites[suite].suite, "aescm192", 8) != 0;
}

START_TEST(sealed_as_the_standards_say)
{
	uint8_t ours[ROOM], right[ROOM];
	struct seal s;

	if (!has_witness(_i))
		return;
	agree(_i, "");
	witness(a, _i, &s);
	for (uint32_t i = 65530; i < 65545; i++) {
		size_t n = make_rtp(i, 7, ours), m = make_rtp(i, 7, right);
		ck_assert(media_crypto_seal(a, false, ours, &n));
		m = seal_rtp(&s, i >> 16, right, m);
		ck_assert_uint_eq(n, m);
		ck_assert_mem_eq(ours, right, n);
	}
}
END_TEST

START_TEST(opened_as_the_standards_say)
{
	uint8_t packet[ROOM];
	struct seal s;

	if (!has_witness(_i) || strncmp(suites[_i].suite, "null", 4) == 0)
		return;
	agree(_i, "");
	witness(b, _i, &s);
	size_t n = make_rtp(5, 7, packet);
	n = seal_rtp(&s, 0, packet, n);
	ck_assert(media_crypto_open(a, false, packet, &n));
	ck_assert_uint_eq(n, 172);
	n = make_rtcp(packet);
	n = seal_rtcp(&s, 1, packet, n);
	ck_assert(media_crypto_open(a, true, packet, &n));
	ck_assert_uint_eq(n, 8);
}
END_TEST

START_TEST(an_mki_of_theirs_is_taken_out)
{
	uint8_t packet[ROOM];
	struct seal s;

	say(a, NULL, render(a, LINE("1", "aescm128sha180")));
	say(NULL, a, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "|2^20|1:4");
	ck_assert(
	        seal_init(&s, SLICE_LIT("AES_CM_128_HMAC_SHA1_80"), slice_from(SLICE_LIT(KEY), 7)));
	memcpy(s.mki, "\0\0\0\1", 4);
	s.mki_n = 4;
	size_t n = make_rtp(5, 7, packet);
	n = seal_rtp(&s, 0, packet, n);
	ck_assert_uint_eq(n, 172 + 14);
	ck_assert(media_crypto_open(a, false, packet, &n));
	ck_assert_uint_eq(n, 172);
	n = make_rtcp(packet);
	n = seal_rtcp(&s, 1, packet, n);
	ck_assert(media_crypto_open(a, true, packet, &n));
	ck_assert_uint_eq(n, 8);
}
END_TEST

/* ---- sealed by us, opened by the analyzer ---- */

static struct unprotect_library library;

static struct unprotect *analyzer_of(struct media_crypto *c, int suite)
{
	static struct sdp sdp;
	struct sdes_key key;
	char body[512];

	int n = snprintf(body, sizeof body, "v=0\r\nm=audio 4000 RTP/SAVP 0\r\n%s\r\n",
	                 render(c, line_of(suite, 1, "")));
	ck_assert_int_eq(sdp_parse(slice_of(body, (size_t)n), &sdp), PARSE_OK);
	ck_assert_uint_eq(sdes_keys(&sdp.media[0].crypto[0], &key, 1), 1);
	struct unprotect *u = unprotect_new(&library, &key, 7);
	ck_assert_ptr_nonnull(u);
	return u;
}

/* Some lost, some out of order, and over the rollover counter more than once. */
START_TEST(the_analyzer_opens_what_we_seal)
{
	uint8_t packet[ROOM], held[ROOM], plain[ROOM];
	uint64_t state = 11;
	unsigned wrong = 0, opened = 0;
	size_t held_n = 0;
	uint64_t held_index = 0;
	struct slice clear;

	agree(_i, "");
	struct unprotect *u = analyzer_of(a, _i);
	for (uint32_t i = 60000; i < 200000; i += (i + 200) % 65536 < 400 ? 1 : 31) {
		size_t n = make_rtp(i, 7, packet);
		wrong += !media_crypto_seal(a, false, packet, &n);
		uint64_t luck = random_next(&state) % 100;
		if (luck < 3)
			continue;
		if (luck < 6 && !held_n) {
			memcpy(held, packet, n);
			held_n = n;
			held_index = i;
			continue;
		}
		size_t m = make_rtp(i, 7, plain);
		bool ok = unprotect_rtp(u, slice_of(packet, n), i, &clear) && clear.n == m &&
		          memcmp(clear.p, plain, m) == 0;
		wrong += !ok;
		opened += ok;
		if (held_n && luck > 50) {
			wrong += !unprotect_rtp(u, slice_of(held, held_n), held_index, &clear);
			held_n = 0;
		}
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(opened, 4000);
	for (unsigned i = 0; i < 5; i++) {
		size_t n = make_rtcp(packet);
		ck_assert(media_crypto_seal(a, true, packet, &n));
		ck_assert(unprotect_rtcp(u, slice_of(packet, n), &clear));
		ck_assert_uint_eq(clear.n, 8);
	}
	unprotect_free(u);
	unprotect_end(&library);
}
END_TEST

/* ---- no memory ---- */

static bool everything(void)
{
	static struct sdp sdp;
	struct slice body = SLICE_LIT("v=0\r\nm=audio 4000 RTP/SAVP 0\r\n"
	                              "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n");
	struct media_crypto *c = media_crypto_new(1);

	if (!c)
		return false;
	ck_assert_int_eq(sdp_parse(body, &sdp), PARSE_OK);
	bool ok = media_crypto_sdp(c, &sdp.media[0], true) &&
	          media_crypto_sdp(c, &sdp.media[0], false);
	ck_assert(ok == (media_crypto_problem(c) == NULL));
	media_crypto_free(c);
	return ok;
}

START_TEST(out_of_memory)
{
	struct shortage s = { 0 };

	shortage_watch(&s);
	ck_assert(everything());
	shortage_plan(&s);
	while (shortage_next(&s)) {
		bool ok = everything();
		shortage_over();
		ck_assert_msg(!ok, "allocation %lu", shortage_at(&s));
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_sim_srtp(void)
{
	Suite *s = suite_create("sim_srtp");
	TCase *k = tcase_create("keywords"), *p = tcase_create("packets");

	tcase_add_checked_fixture(k, set_up, tear_down);
	tcase_add_loop_test(k, keywords_make_lines, 0, SUITES);
	tcase_add_loop_test(k, keywords_are_known, 0, (int)(sizeof kinds / sizeof *kinds));
	tcase_add_test(k, keys_are_of_the_seed);
	tcase_add_test(k, an_answer_has_the_tag_of_its_suite);
	tcase_add_test(k, each_keyword_into_a_text_of_its_own);
	tcase_add_loop_test(k, keys_are_agreed, 0, (int)(sizeof agreements / sizeof *agreements));
	tcase_add_checked_fixture(p, set_up, tear_down);
	tcase_set_timeout(p, 120);
	tcase_add_loop_test(p, packets_pass_both_ways, 0, SUITES);
	tcase_add_test(p, rollover_goes_on);
	tcase_add_test(p, what_is_no_packet_is_refused);
	tcase_add_test(p, unencrypted_is_authenticated_only);
	tcase_add_loop_test(p, sealed_as_the_standards_say, 0, SUITES);
	tcase_add_loop_test(p, opened_as_the_standards_say, 0, SUITES);
	tcase_add_test(p, an_mki_of_theirs_is_taken_out);
	tcase_add_loop_test(p, the_analyzer_opens_what_we_seal, 0, SUITES);
	tcase_add_test(p, out_of_memory);
	suite_add_tcase(s, k);
	suite_add_tcase(s, p);
	return s;
}
