#include "tests/helpers/craft_seal.h"

#include <assert.h>

#define AES_BLOCK  16
#define SHA1_SIZE  20
#define SHA1_BLOCK 64

/* ---- AES, FIPS 197 ---- */

static uint8_t twice(uint8_t x)
{
	return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}

static uint8_t times(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1, a = twice(a))
		product ^= b & 1 ? a : 0;
	return product;
}

/* Section 5.1.1: the inverse, then an affine map. x^254 is the inverse of x. */
static uint8_t sbox(uint8_t x)
{
	uint8_t inverse = 1, out = 0x63;

	for (int i = 0; i < 254; i++)
		inverse = times(inverse, x);
	for (unsigned i = 0; i < 5; i++)
		out ^= (uint8_t)(inverse << i | inverse >> (8 - i));
	return out;
}

struct aes {
	unsigned rounds;
	uint8_t sbox[256];
	uint8_t words[60][4];
};

static void aes_init(struct aes *a, const uint8_t *key, size_t key_n)
{
	unsigned key_words = (unsigned)key_n / 4;
	uint8_t constant = 1;

	a->rounds = key_words + 6;
	for (unsigned i = 0; i < 256; i++)
		a->sbox[i] = sbox((uint8_t)i);
	memcpy(a->words, key, key_n);
	for (unsigned i = key_words; i < 4 * (a->rounds + 1); i++) {
		uint8_t t[4];
		memcpy(t, a->words[i - 1], 4);
		if (i % key_words == 0) {
			uint8_t first = t[0];
			for (int k = 0; k < 3; k++)
				t[k] = a->sbox[t[k + 1]];
			t[3] = a->sbox[first];
			t[0] ^= constant;
			constant = twice(constant);
		} else if (key_words > 6 && i % key_words == 4) {
			for (int k = 0; k < 4; k++)
				t[k] = a->sbox[t[k]];
		}
		for (int k = 0; k < 4; k++)
			a->words[i][k] = a->words[i - key_words][k] ^ t[k];
	}
}

static void add_round_key(const struct aes *a, unsigned round, uint8_t state[16])
{
	for (unsigned i = 0; i < 16; i++)
		state[i] ^= a->words[4 * round + i / 4][i % 4];
}

static void mix_columns(uint8_t state[16])
{
	for (uint8_t *c = state; c < state + 16; c += 4) {
		uint8_t in[4];
		memcpy(in, c, 4);
		for (unsigned i = 0; i < 4; i++)
			c[i] = (uint8_t)(times(in[i], 2) ^ times(in[(i + 1) % 4], 3) ^
			                 in[(i + 2) % 4] ^ in[(i + 3) % 4]);
	}
}

static void aes_block(const struct aes *a, const uint8_t in[16], uint8_t out[16])
{
	uint8_t state[16], moved[16];

	memcpy(state, in, 16);
	add_round_key(a, 0, state);
	for (unsigned round = 1; round <= a->rounds; round++) {
		for (unsigned i = 0; i < 16; i++)
			moved[i] = a->sbox[state[(i + 4 * (i % 4)) % 16]];
		memcpy(state, moved, 16);
		if (round < a->rounds)
			mix_columns(state);
		add_round_key(a, round, state);
	}
	memcpy(out, state, 16);
}

void seal_aes(const uint8_t *key, size_t key_n, const uint8_t in[16], uint8_t out[16])
{
	struct aes a;

	aes_init(&a, key, key_n);
	aes_block(&a, in, out);
}

/* RFC 3711 section 4.1.1: the last two octets of the IV count blocks. GCM counts in the last four. */
static void counter_mode(const struct aes *a, const uint8_t iv[16], uint8_t *text, size_t n)
{
	uint8_t counter[16], stream[16];

	memcpy(counter, iv, 16);
	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0) {
			aes_block(a, counter, stream);
			for (int k = 15; k >= 12 && ++counter[k] == 0; k--)
				;
		}
		text[i] ^= stream[i % 16];
	}
}

/* ---- SHA-1 (FIPS 180-4), HMAC (RFC 2104) ---- */

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t choose(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return (b & c) ^ (~b & d);
	return t >= 40 && t < 60 ? (b & c) ^ (b & d) ^ (c & d) : b ^ c ^ d;
}

static void sha1_block(uint32_t h[5], const uint8_t p[64])
{
	static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], v[5];

	for (unsigned t = 0; t < 16; t++)
		w[t] = (uint32_t)p[4 * t] << 24 | (uint32_t)p[4 * t + 1] << 16 |
		       (uint32_t)p[4 * t + 2] << 8 | p[4 * t + 3];
	for (unsigned t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	memcpy(v, h, sizeof v);
	for (unsigned t = 0; t < 80; t++) {
		uint32_t next =
		        rotate(v[0], 5) + choose(t, v[1], v[2], v[3]) + v[4] + k[t / 20] + w[t];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (unsigned i = 0; i < 5; i++)
		h[i] += v[i];
}

void seal_sha1(const uint8_t *p, size_t n, uint8_t out[SHA1_SIZE])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint8_t last[2 * SHA1_BLOCK] = { 0 };
	size_t whole = n / SHA1_BLOCK * SHA1_BLOCK, rest = n - whole;
	size_t last_n = rest < SHA1_BLOCK - 8 ? SHA1_BLOCK : sizeof last;

	for (size_t at = 0; at < whole; at += SHA1_BLOCK)
		sha1_block(h, p + at);
	if (rest)
		memcpy(last, p + whole, rest);
	last[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		last[last_n - 1 - i] = (uint8_t)((uint64_t)n * 8 >> 8 * i);
	for (size_t at = 0; at < last_n; at += SHA1_BLOCK)
		sha1_block(h, last + at);
	for (unsigned i = 0; i < SHA1_SIZE; i++)
		out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

void seal_hmac_sha1(const uint8_t *key, size_t key_n, const uint8_t *p, size_t n,
                    uint8_t out[SHA1_SIZE])
{
	static uint8_t inner[SHA1_BLOCK + 65536];
	uint8_t outer[SHA1_BLOCK + SHA1_SIZE];

	assert(key_n <= SHA1_BLOCK && n <= 65536);
	for (unsigned i = 0; i < SHA1_BLOCK; i++) {
		uint8_t k = i < key_n ? key[i] : 0;
		inner[i] = k ^ 0x36;
		outer[i] = k ^ 0x5c;
	}
	memcpy(inner + SHA1_BLOCK, p, n);
	seal_sha1(inner, SHA1_BLOCK + n, outer + SHA1_BLOCK);
	seal_sha1(outer, sizeof outer, out);
}

/* ---- GCM, NIST SP 800-38D ---- */

/* Section 6.3: bit 0 is the leftmost. */
static void multiply(uint8_t x[16], const uint8_t y[16])
{
	uint8_t z[16] = { 0 }, v[16];

	memcpy(v, y, 16);
	for (unsigned i = 0; i < 128; i++) {
		bool odd = v[15] & 1;
		if (x[i / 8] >> (7 - i % 8) & 1)
			for (unsigned k = 0; k < 16; k++)
				z[k] ^= v[k];
		for (unsigned k = 15; k > 0; k--)
			v[k] = (uint8_t)(v[k] >> 1 | v[k - 1] << 7);
		v[0] = (uint8_t)(v[0] >> 1 ^ (odd ? 0xe1 : 0));
	}
	memcpy(x, z, 16);
}

static void hash_more(uint8_t sum[16], const uint8_t h[16], const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sum[i % 16] ^= p[i];
		if (i % 16 == 15 || i + 1 == n)
			multiply(sum, h);
	}
}

void seal_gcm(const uint8_t *key, size_t key_n, const uint8_t iv[12], struct slice aad,
              uint8_t *text, size_t n)
{
	uint8_t h[16] = { 0 }, sum[16] = { 0 }, counter[16] = { 0 }, first[16], lengths[16] = { 0 };
	struct aes a;

	aes_init(&a, key, key_n);
	aes_block(&a, h, h);
	memcpy(counter, iv, 12);
	counter[15] = 1;
	aes_block(&a, counter, first);
	counter[15] = 2;
	counter_mode(&a, counter, text, n);
	hash_more(sum, h, aad.p, aad.n);
	hash_more(sum, h, text, n);
	for (unsigned i = 0; i < 8; i++) {
		lengths[7 - i] = (uint8_t)((uint64_t)aad.n * 8 >> 8 * i);
		lengths[15 - i] = (uint8_t)((uint64_t)n * 8 >> 8 * i);
	}
	hash_more(sum, h, lengths, 16);
	for (unsigned i = 0; i < 16; i++)
		text[n + i] = sum[i] ^ first[i];
}

/* ---- SRTP ---- */

static const struct {
	const char *name;
	bool gcm;
	size_t key_n, salt_n, tag_n;
} suites[] = {
	{ "AES_CM_128_HMAC_SHA1_80", false, 16, 14, 10 },
	{ "AES_CM_128_HMAC_SHA1_32", false, 16, 14, 4 },
	{ "AES_192_CM_HMAC_SHA1_80", false, 24, 14, 10 },
	{ "AES_192_CM_HMAC_SHA1_32", false, 24, 14, 4 },
	{ "AES_256_CM_HMAC_SHA1_80", false, 32, 14, 10 },
	{ "AES_256_CM_HMAC_SHA1_32", false, 32, 14, 4 },
	{ "AEAD_AES_128_GCM", true, 16, 12, 16 },
	{ "AEAD_AES_256_GCM", true, 32, 12, 16 },
};

static bool read_base64(struct slice text, uint8_t *out, size_t n)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t got = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
		const char *digit = memchr(digits, text.p[i], 64);
		if (!digit)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (i % 4 == 0)
			continue;
		if (got == n)
			return false;
		out[got++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return got == n;
}

bool seal_init(struct seal *s, struct slice suite, struct slice base64)
{
	uint8_t octets[46];

	*s = (struct seal){ 0 };
	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
		if (!slice_eq_str(suite, suites[i].name))
			continue;
		s->gcm = suites[i].gcm;
		s->key_n = suites[i].key_n;
		s->salt_n = suites[i].salt_n;
		s->tag_n = suites[i].tag_n;
		if (!read_base64(base64, octets, s->key_n + s->salt_n))
			return false;
		memcpy(s->key, octets, s->key_n);
		memcpy(s->salt, octets + s->key_n, s->salt_n);
		return true;
	}
	return false;
}

/* RFC 3711 section 4.3.1 and 4.3.3; RFC 7714 section 11: the salt of 96 bits gets two octets of zeros behind. */
void seal_derive(const struct seal *s, uint8_t label, uint8_t *out, size_t n)
{
	uint8_t x[16] = { 0 };
	struct aes a;

	memcpy(x, s->salt, s->salt_n);
	x[7] ^= label;
	aes_init(&a, s->key, s->key_n);
	memset(out, 0, n);
	counter_mode(&a, x, out, n);
}

enum { LABEL_RTP = 0, LABEL_RTCP = 3 };

struct session {
	uint8_t key[32], auth[20], salt[14];
};

static void derive_all(const struct seal *s, uint8_t label, struct session *out)
{
	seal_derive(s, label, out->key, s->key_n);
	seal_derive(s, (uint8_t)(label + 1), out->auth, sizeof out->auth);
	seal_derive(s, (uint8_t)(label + 2), out->salt, s->salt_n);
}

/* index: 48 bits of RTP, 31 of RTCP. RFC 3711 section 4.1.1. */
static void encrypt_cm(const struct seal *s, const struct session *k, const uint8_t ssrc[4],
                       uint64_t index, uint8_t *text, size_t n)
{
	uint8_t iv[16] = { 0 };
	struct aes a;

	memcpy(iv, k->salt, 14);
	for (unsigned i = 0; i < 4; i++)
		iv[4 + i] ^= ssrc[i];
	for (unsigned i = 0; i < 6; i++)
		iv[13 - i] ^= (uint8_t)(index >> 8 * i);
	aes_init(&a, k->key, s->key_n);
	counter_mode(&a, iv, text, n);
}

static void put_be32(uint8_t *p, uint32_t x)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(x >> (24 - 8 * i));
}

static size_t put_mki(const struct seal *s, uint8_t *p)
{
	memcpy(p, s->mki, s->mki_n);
	return s->mki_n;
}

static size_t header_size(const uint8_t *p)
{
	size_t n = 12 + 4u * (p[0] & 0x0f);

	return p[0] & 0x10 ? n + 4 + 4 * ((size_t)p[n + 2] << 8 | p[n + 3]) : n;
}

/* RFC 7714 sections 8.1, 9.1: IV of SSRC and index, tag behind the text. */
static void seal_aead(const struct seal *s, const struct session *k, const uint8_t ssrc[4],
                      uint64_t index, struct slice aad, uint8_t *text, size_t n)
{
	uint8_t iv[12] = { 0 };

	memcpy(iv + 2, ssrc, 4);
	for (unsigned i = 0; i < 6; i++)
		iv[11 - i] = (uint8_t)(index >> 8 * i);
	for (unsigned i = 0; i < 12; i++)
		iv[i] ^= k->salt[i];
	seal_gcm(k->key, s->key_n, iv, aad, text, n);
}

size_t seal_rtp(const struct seal *s, uint32_t roc, uint8_t *packet, size_t n)
{
	uint64_t index = (uint64_t)roc << 16 | (uint64_t)packet[2] << 8 | packet[3];
	size_t head = header_size(packet);
	uint8_t tag[SHA1_SIZE];
	struct session k;

	derive_all(s, LABEL_RTP, &k);
	if (s->gcm) {
		seal_aead(s, &k, packet + 8, index, slice_of(packet, head), packet + head,
		          n - head);
		n += s->tag_n;
		return n + put_mki(s, packet + n);
	}
	if (!s->clear)
		encrypt_cm(s, &k, packet + 8, index, packet + head, n - head);
	if (s->unauthenticated)
		return n + put_mki(s, packet + n);
	put_be32(packet + n, roc);
	seal_hmac_sha1(k.auth, sizeof k.auth, packet, n + 4, tag);
	n += put_mki(s, packet + n);
	memcpy(packet + n, tag, s->tag_n);
	return n + s->tag_n;
}

size_t seal_rtcp(const struct seal *s, uint32_t index, uint8_t *packet, size_t n)
{
	uint8_t tag[SHA1_SIZE], aad[12];
	struct session k;

	derive_all(s, LABEL_RTCP, &k);
	if (s->gcm) {
		memcpy(aad, packet, 8);
		put_be32(aad + 8, index | UINT32_C(1) << 31);
		seal_aead(s, &k, packet + 4, index, slice_of(aad, 12), packet + 8, n - 8);
		n += s->tag_n;
		memcpy(packet + n, aad + 8, 4);
		return n + 4 + put_mki(s, packet + n + 4);
	}
	encrypt_cm(s, &k, packet + 4, index, packet + 8, n - 8);
	put_be32(packet + n, index | UINT32_C(1) << 31);
	n += 4;
	seal_hmac_sha1(k.auth, sizeof k.auth, packet, n, tag);
	n += put_mki(s, packet + n);
	memcpy(packet + n, tag, 10);
	return n + 10;
}
