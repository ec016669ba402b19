/* SRTP: our own sealing by the vectors of its standards, and libsrtp2 behind analyzer/streams/srtp.h against it. */
#include "analyzer/streams/srtp.h"
#include "tests/helpers/craft_seal.h"
#include "tests/helpers/hex.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>

static struct slice hex(const char *text)
{
	static uint8_t buf[8][512];
	static unsigned next;

	next = (next + 1) % 8;
	return hex_decode(text, buf[next], sizeof buf[next]);
}

#define SAME(octets, n, text) ck_assert(slice_eq(slice_of(octets, n), hex(text)))

/* ---- the sealing ---- */

static const struct {
	const char *key, *out;
} aes_cases[] = {
	/* FIPS 197, C.1 to C.3 */
	{ "000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a" },
	{ "000102030405060708090a0b0c0d0e0f1011121314151617", "dda97ca4864cdfe06eaf70a0ec0d7191" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "8ea2b7ca516745bfeafc49904b496089" },
};

START_TEST(seal_aes_vectors)
{
	struct slice key = hex(aes_cases[_i].key);
	uint8_t out[16];

	seal_aes(key.p, key.n, hex("00112233445566778899aabbccddeeff").p, out);
	SAME(out, 16, aes_cases[_i].out);
}
END_TEST

START_TEST(seal_hash_vectors)
{
	uint8_t out[20];

	seal_sha1((const uint8_t *)"abc", 3, out); /* FIPS 180-2, A.1 */
	SAME(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
	/* RFC 2202 section 3, case 1 */
	seal_hmac_sha1(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").p, 20,
	               (const uint8_t *)"Hi There", 8, out);
	SAME(out, 20, "b617318655057264e28bc0b6fb378c8ef146be00");
}
END_TEST

/* RFC 3711 B.3; the cipher key of RFC 6188 section 7.4, its first half. */
START_TEST(seal_derivation_vectors)
{
	struct seal s = { .key_n = 16, .salt_n = 14 };
	uint8_t out[32];

	memcpy(s.key, hex("e1f97a0d3e018be0d64fa32c06de4139").p, 16);
	memcpy(s.salt, hex("0ec675ad498afeebb6960b3aabe6").p, 14);
	seal_derive(&s, 0, out, 16);
	SAME(out, 16, "c61e7a93744f39ee10734afe3ff7a087");
	seal_derive(&s, 2, out, 14);
	SAME(out, 14, "30cbbc08863d8c85d49db34a9ae1");
	seal_derive(&s, 1, out, 20);
	SAME(out, 20, "cebe321f6ff7716b6fd4ab49af256a156d38baa4");

	s.key_n = 24;
	memcpy(s.key, hex("73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1").p, 24);
	memcpy(s.salt, hex("c8522f3acd4ce86d5add78edbb11").p, 14);
	seal_derive(&s, 0, out, 16);
	SAME(out, 16, "31874736a8f1143870c26e4857d8a5b2");
}
END_TEST

/* RFC 7714 section 16.1.1 */
START_TEST(seal_gcm_vector)
{
	struct slice key = hex("000102030405060708090a0b0c0d0e0f");
	uint8_t text[64];
	struct slice plain = hex("47616c6c696120657374206f6d6e697320646976697361206"
	                         "96e207061727465732074726573");

	memcpy(text, plain.p, plain.n);
	seal_gcm(key.p, key.n, hex("51753c6580c2726f20718414").p, hex("8040f17b8041f8d35501a0b2"),
	         text, plain.n);
	SAME(text, plain.n + 16,
	     "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
	     "899d7f27beb16a9152cf765ee4390cce");
}
END_TEST

/* ---- the unsealing ---- */

/* Octets 0, 1, 2 ... of a key, in base64. */
static struct slice counting_key(size_t n)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char text[80];
	size_t at = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)(i << 16 | (i + 1 < n ? (i + 1) << 8 : 0) |
		                           (i + 2 < n ? i + 2 : 0));
		for (unsigned k = 0; k < 4; k++)
			text[at++] = i + k <= n && (k < 2 || i + k - 1 < n)
			                     ? digits[bits >> (18 - 6 * k) & 63]
			                     : '=';
	}
	return slice_of(text, at);
}

static const struct {
	const char *suite;
	size_t key_n;
	const char *mki, *session;
} suite_cases[] = {
	{ "AES_CM_128_HMAC_SHA1_80", 30, "", "" },
	{ "AES_CM_128_HMAC_SHA1_80", 30, "0000002a", "" },
	{ "AES_CM_128_HMAC_SHA1_80", 30, "", "UNENCRYPTED_SRTP" },
	{ "AES_CM_128_HMAC_SHA1_80", 30, "", "WSH=64 UNAUTHENTICATED_SRTP" },
	{ "AES_CM_128_HMAC_SHA1_32", 30, "", "KDR=0" },
	{ "AES_CM_128_HMAC_SHA1_32", 30, "01", "" },
	{ "AES_256_CM_HMAC_SHA1_80", 46, "", "" },
	{ "AES_256_CM_HMAC_SHA1_32", 46, "", "" },
	{ "AEAD_AES_128_GCM", 28, "", "" },
	{ "AEAD_AES_128_GCM", 28, "000000000000000000000000000000ff", "" },
	{ "AEAD_AES_256_GCM", 44, "", "" },
};

struct rig {
	struct unprotect_library library;
	struct unprotect *u;
	struct sdes_key key;
	struct seal seal;
};

static void rig_up(struct rig *g, int i)
{
	struct slice key = counting_key(suite_cases[i].key_n), mki = hex(suite_cases[i].mki);
	char params[256];
	struct sdp_crypto line = { SLICE_LIT("1"), slice_str(suite_cases[i].suite), SLICE_NONE,
		                   slice_str(suite_cases[i].session) };

	memset(g, 0, sizeof *g);
	if (mki.n)
		snprintf(params, sizeof params, "inline:%.*s|2^20|1:%zu", SLICE_ARG(key), mki.n);
	else
		snprintf(params, sizeof params, "inline:%.*s", SLICE_ARG(key));
	line.key_params = slice_str(params);
	ck_assert_uint_eq(sdes_keys(&line, &g->key, 1), 1);
	ck_assert(seal_init(&g->seal, line.suite, key));
	g->seal.mki_n = mki.n;
	memcpy(g->seal.mki, mki.p, mki.n);
	g->seal.clear = g->key.clear_rtp;
	g->seal.unauthenticated = g->key.unauthenticated;
	g->u = unprotect_new(&g->library, &g->key, 0x11223344);
	ck_assert_ptr_nonnull(g->u);
}

static void rig_down(struct rig *g)
{
	unprotect_free(g->u);
	unprotect_end(&g->library);
}

/* CSRC and an extension stay in clear. */
#define RTP_START "91800000000000a011223344 00000001 bede0001 11223344"

static struct slice packet_of(uint16_t seq, uint8_t *buf)
{
	struct slice head = hex(RTP_START);

	memcpy(buf, head.p, head.n);
	buf[2] = (uint8_t)(seq >> 8);
	buf[3] = (uint8_t)seq;
	memset(buf + head.n, 0xd5, 160);
	return slice_of(buf, head.n + 160);
}

/* Packet `index` sealed, and opened as `as`. */
static bool opens(struct rig *g, uint64_t index, uint64_t as)
{
	uint8_t plain[256], sealed[256 + SEAL_OVERHEAD];
	struct slice packet = packet_of((uint16_t)index, plain), clear;

	memcpy(sealed, plain, packet.n);
	size_t n = seal_rtp(&g->seal, (uint32_t)(index >> 16), sealed, packet.n);
	ck_assert(n >= packet.n);
	return unprotect_rtp(g->u, slice_of(sealed, n), as, &clear) && slice_eq(clear, packet);
}

START_TEST(every_suite)
{
	struct rig g;

	rig_up(&g, _i);
	ck_assert(opens(&g, 1000, 1000));
	ck_assert(opens(&g, 1002, 1002));
	ck_assert(opens(&g, 1001, 1001));
	ck_assert(opens(&g, 1001, 1001)); /* twice */
	ck_assert(opens(&g, 3000, 3000));
	ck_assert(opens(&g, 1500, 1500)); /* later than its window */
	ck_assert(opens(&g, 0x1fffe, 0x1fffe)); /* far ahead */
	ck_assert(opens(&g, 0x20001, 0x20001)); /* over the turn */
	ck_assert(opens(&g, 0x1ffff, 0x1ffff));
	ck_assert(opens(&g, 0x5000000, 0x5000000));
	ck_assert(opens(&g, 7, 7));
	if (!g.key.unauthenticated) {
		ck_assert(!opens(&g, 0x10008, 8));
		ck_assert(!opens(&g, 9, 0x10009));
		ck_assert(opens(&g, 9, 9));
	}
	rig_down(&g);
}
END_TEST

START_TEST(every_suite_rtcp)
{
	struct slice plain = hex("80c80006 11223344 aabbccdd eeff0011 00000001 00000002 00000003");
	uint8_t sealed[128];
	struct slice clear;
	struct rig g;

	rig_up(&g, _i);
	for (uint32_t index = 1; index < 4; index++) {
		memcpy(sealed, plain.p, plain.n);
		size_t n = seal_rtcp(&g.seal, index, sealed, plain.n);
		ck_assert(unprotect_rtcp(g.u, slice_of(sealed, n), &clear));
		ck_assert(slice_eq(clear, plain));
		ck_assert(unprotect_rtcp(g.u, slice_of(sealed, n), &clear));
		sealed[9] ^= 1;
		ck_assert(!unprotect_rtcp(g.u, slice_of(sealed, n), &clear));
	}
	rig_down(&g);
}
END_TEST

START_TEST(hostile_packets)
{
	static uint8_t large[UNPROTECT_MAX + 1] = { 0x80 };
	struct slice packet = hex(RTP_START), clear;
	struct rig g;

	rig_up(&g, _i);
	memcpy(large, packet.p, packet.n);
	for (size_t n = 12; n <= packet.n; n++) {
		unprotect_rtp(g.u, slice_of(large, n), 0, &clear);
		unprotect_rtcp(g.u, slice_of(large, n), &clear);
	}
	ck_assert(!unprotect_rtp(g.u, slice_of(large, sizeof large), 0, &clear));
	large[0] = 0x9f; /* 15 CSRCs, an extension that goes on beyond the end */
	memset(large + 12, 0xff, 100);
	unprotect_rtp(g.u, slice_of(large, 100), 0, &clear);
	rig_down(&g);
}
END_TEST

/* ---- a=crypto ---- */

#define KEY30 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"

static const struct {
	const char *tag, *suite, *params, *session;
	unsigned keys;
	unsigned mki_n;
} line_cases[] = {
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30, "", 1, 0 },
	{ "1", "aes_cm_128_hmac_sha1_80", "INLINE:" KEY30 "|2^31", "", 1, 0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30 "|1048576|1:4", "", 1, 4 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30 "|7:2", "FEC_ORDER=FEC_SRTP", 1, 2 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30 "|2^20|1:4;inline:" KEY30 "|2^20|2:4", "",
	  2, 4 },
	{ "999999999", "AES_CM_128_HMAC_SHA1_32", "inline:" KEY30, "UNENCRYPTED_SRTCP", 1, 0 },
	{ "1", "AES_CM_256_HMAC_SHA1_80", "inline:" KEY30 KEY30 "AAAA", "", 0, 0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30 "AAAA", "", 0, 0 }, /* too long */
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:AAECAwQFBgc", "", 0, 0 }, /* too short */
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:", "", 0, 0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:***CAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd", "", 0,
	  0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30 "|1:0", "", 0, 0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30 "|1:129", "", 0, 0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "uri:https://example.com", "", 0, 0 },
	{ "1", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30, "WSH=64 KDR=3", 0, 0 },
	{ "1000000000", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30, "", 0, 0 },
	{ "x", "AES_CM_128_HMAC_SHA1_80", "inline:" KEY30, "", 0, 0 },
	{ "1", "F8_128_HMAC_SHA1_80", "inline:" KEY30, "", 0, 0 },
};

START_TEST(crypto_lines)
{
	struct sdp_crypto c = { slice_str(line_cases[_i].tag), slice_str(line_cases[_i].suite),
		                slice_str(line_cases[_i].params),
		                slice_str(line_cases[_i].session) };
	struct sdes_key keys[4];
	unsigned n = sdes_keys(&c, keys, 4);

	ck_assert_uint_eq(n, line_cases[_i].keys);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(keys[i].mki_n, line_cases[_i].mki_n);
		ck_assert_uint_eq(keys[i].key[29], 29);
	}
	if (n > 1)
		ck_assert_uint_eq(sdes_keys(&c, keys, 1), 1);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *suite_srtp(void);
Suite *suite_srtp(void)
{
	Suite *s = suite_create("srtp");
	TCase *tc = tcase_create("srtp");

	tcase_add_loop_test(tc, seal_aes_vectors, 0, COUNT(aes_cases));
	tcase_add_test(tc, seal_hash_vectors);
	tcase_add_test(tc, seal_derivation_vectors);
	tcase_add_test(tc, seal_gcm_vector);
	tcase_add_loop_test(tc, every_suite, 0, COUNT(suite_cases));
	tcase_add_loop_test(tc, every_suite_rtcp, 0, COUNT(suite_cases));
	tcase_add_loop_test(tc, hostile_packets, 0, COUNT(suite_cases));
	tcase_add_loop_test(tc, crypto_lines, 0, COUNT(line_cases));
	suite_add_tcase(s, tc);
	return s;
}
