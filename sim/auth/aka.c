#include "sim/auth/aka.h"

#include "base/base64.h"
#include "sim/auth/hash.h"

#define MOST_NONCE 256 /* octets: RAND, AUTN and what a server adds */
#define NO_LIBRARY "the library counts no AES"

/* ---- Milenage, TS 35.206 4.1 ---- */

struct block {
	uint8_t o[AES_BLOCK];
};

static struct block xored(struct block a, const uint8_t b[static AES_BLOCK])
{
	for (unsigned i = 0; i < AES_BLOCK; i++)
		a.o[i] ^= b[i];
	return a;
}

/* By whole octets, towards the most significant. */
static struct block rotated(struct block a, unsigned octets)
{
	struct block r;

	for (unsigned i = 0; i < AES_BLOCK; i++)
		r.o[i] = a.o[(i + octets) % AES_BLOCK];
	return r;
}

/* E_K(in) ^ OPc */
static bool encrypted(const uint8_t *k, const uint8_t *opc, struct block in, struct block *out)
{
	if (!hash_aes128(k, in.o, out->o))
		return false;
	*out = xored(*out, opc);
	return true;
}

bool aka_opc(const uint8_t k[static AKA_KEY], const uint8_t op[static AKA_KEY],
             uint8_t opc[static AKA_KEY])
{
	struct block in, out;

	memcpy(in.o, op, AES_BLOCK);
	if (!encrypted(k, op, in, &out))
		return false;
	memcpy(opc, out.o, AES_BLOCK);
	return true;
}

/* f1 and f1*: of SQN and AMF, twice, turned by 64 bits. */
static bool codes(const uint8_t *k, const uint8_t *opc, struct block temp, const uint8_t *sqn,
                  const uint8_t *amf, struct aka_functions *f)
{
	struct block in, out;

	for (unsigned half = 0; half < AES_BLOCK; half += AES_BLOCK / 2) {
		memcpy(in.o + half, sqn, AKA_SQN);
		memcpy(in.o + half + AKA_SQN, amf, AKA_AMF);
	}
	if (!encrypted(k, opc, xored(rotated(xored(in, opc), 8), temp.o), &out))
		return false;
	memcpy(f->mac_a, out.o, AKA_MAC);
	memcpy(f->mac_s, out.o + AKA_MAC, AKA_MAC);
	return true;
}

bool aka_functions(const uint8_t k[static AKA_KEY], const uint8_t opc[static AKA_KEY],
                   const uint8_t rand[static AKA_RAND], const uint8_t sqn[static AKA_SQN],
                   const uint8_t amf[static AKA_AMF], struct aka_functions *out)
{
	/* OUT2 to OUT5: how far they are turned, and the constant. */
	static const uint8_t turn[4] = { 0, 4, 8, 12 }, constant[4] = { 1, 2, 4, 8 };
	struct block in, temp, o[4];

	memcpy(in.o, rand, AES_BLOCK);
	if (!hash_aes128(k, xored(in, opc).o, temp.o) || !codes(k, opc, temp, sqn, amf, out))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		in = rotated(xored(temp, opc), turn[i]);
		in.o[AES_BLOCK - 1] ^= constant[i];
		if (!encrypted(k, opc, in, &o[i]))
			return false;
	}
	memcpy(out->ak, o[0].o, AKA_SQN);
	memcpy(out->res, o[0].o + 8, AKA_RES);
	memcpy(out->ck, o[1].o, AKA_KEY);
	memcpy(out->ik, o[2].o, AKA_KEY);
	memcpy(out->ak_s, o[3].o, AKA_SQN);
	return true;
}

/* ---- keys as a scenario says them ---- */

static int hex_digit(uint8_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool key_of(struct slice said, uint8_t key[static AKA_KEY])
{
	memset(key, 0, AKA_KEY);
	if (!slice_istarts(said, "0x")) {
		if (said.n)
			memcpy(key, said.p, said.n < AKA_KEY ? said.n : AKA_KEY);
		return said.n <= AKA_KEY;
	}
	if (said.n != 2 + 2 * AKA_KEY)
		return false;
	for (unsigned i = 0; i < AKA_KEY; i++) {
		int high = hex_digit(said.p[2 + 2 * i]), low = hex_digit(said.p[3 + 2 * i]);
		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool aka_sqn_parse(struct slice text, uint64_t *out)
{
	const uint64_t most = (UINT64_C(1) << (8 * AKA_SQN)) - 1;
	uint64_t n = 0;

	if (!slice_istarts(text, "0x"))
		return slice_u64(text, most, out);
	for (size_t i = 2; i < text.n; i++) {
		int digit = hex_digit(text.p[i]);
		if (digit < 0 || n > most >> 4)
			return false;
		n = n << 4 | (uint64_t)digit;
	}
	*out = n;
	return text.n > 2;
}

static bool keys_of(const struct digest_request *r, uint8_t k[static AKA_KEY],
                    uint8_t opc[static AKA_KEY], const char **why)
{
	uint8_t op[AKA_KEY];

	*why = "aka_K is no key: 0x and 32 hexadecimal digits, or at most 16 octets as they are";
	if (!key_of(r->aka_k.p ? r->aka_k : r->password, k))
		return false;
	*why = "aka_OPc is no key: 0x and 32 hexadecimal digits, or at most 16 octets as they are";
	if (r->aka_opc.p)
		return key_of(r->aka_opc, opc);
	*why = "aka_OP is no key: 0x and 32 hexadecimal digits, or at most 16 octets as they are";
	if (!key_of(r->aka_op, op))
		return false;
	*why = NO_LIBRARY;
	return aka_opc(k, op, opc);
}

/* ---- the answer ---- */

/* AUTN, TS 33.102 6.3.2: SQN xor AK, AMF, MAC. */
struct question {
	uint8_t rand[AKA_RAND];
	uint8_t hidden_sqn[AKA_SQN], amf[AKA_AMF], mac[AKA_MAC];
};

static bool read_question(struct slice nonce, struct question *q)
{
	uint8_t octets[MOST_NONCE];
	size_t n = base64_decode(nonce, octets, sizeof octets);

	if (n == SIZE_MAX || n < sizeof *q)
		return false;
	memcpy(q, octets, sizeof *q); /* octets all of it */
	return true;
}

static uint64_t number_of(const uint8_t sqn[static AKA_SQN])
{
	uint64_t n = 0;

	for (unsigned i = 0; i < AKA_SQN; i++)
		n = n << 8 | sqn[i];
	return n;
}

static void octets_of(uint64_t n, uint8_t sqn[static AKA_SQN])
{
	for (unsigned i = AKA_SQN; i-- > 0; n >>= 8)
		sqn[i] = (uint8_t)n;
}

static void hide(uint8_t sqn[static AKA_SQN], const uint8_t by[static AKA_SQN])
{
	for (unsigned i = 0; i < AKA_SQN; i++)
		sqn[i] ^= by[i];
}

/* TS 33.102 6.3.3: AUTS is what we have, hidden by f5*, and f1* of it with an AMF of zeros. */
static bool ask_to_resync(const uint8_t *k, const uint8_t *opc, const struct question *q,
                          uint64_t have, struct aka_answer *out)
{
	static const uint8_t no_amf[AKA_AMF];
	uint8_t auts[AKA_SQN + AKA_MAC];
	struct aka_functions f;

	octets_of(have, auts);
	if (!aka_functions(k, opc, q->rand, auts, no_amf, &f))
		return false;
	hide(auts, f.ak_s);
	memcpy(auts + AKA_SQN, f.mac_s, AKA_MAC);
	base64_encode(slice_of(auts, sizeof auts), out->auts);
	out->resync = true;
	return true;
}

bool aka_answer(struct slice nonce, const struct digest_request *request, struct aka_answer *out,
                const char **why)
{
	uint8_t k[AKA_KEY], opc[AKA_KEY], sqn[AKA_SQN];
	struct aka_functions f;
	struct question q;

	*out = (struct aka_answer){ 0 };
	if (!keys_of(request, k, opc, why))
		return false;
	*why = "the nonce of the challenge is not the base64 of RAND and AUTN (RFC 3310 3.2)";
	if (!read_question(nonce, &q))
		return false;
	*why = NO_LIBRARY;
	/* AK needs no SQN, the MAC needs the SQN that AK uncovers. */
	memcpy(sqn, q.hidden_sqn, AKA_SQN);
	if (!aka_functions(k, opc, q.rand, sqn, q.amf, &f))
		return false;
	hide(sqn, f.ak);
	if (!aka_functions(k, opc, q.rand, sqn, q.amf, &f))
		return false;
	*why = "the MAC in the challenge's AUTN is wrong: aka_K, or aka_OP, is not the server's";
	if (!hash_equal(slice_of(f.mac_a, AKA_MAC), slice_of(q.mac, AKA_MAC)))
		return false;
	*why = NO_LIBRARY;
	if (request->aka_sqn && number_of(sqn) <= *request->aka_sqn)
		return ask_to_resync(k, opc, &q, *request->aka_sqn, out);
	if (request->aka_sqn)
		*request->aka_sqn = number_of(sqn);
	memcpy(out->res, f.res, AKA_RES);
	return true;
}
