/* sim/auth/aka: Milenage by the test sets of 3GPP TS 35.208, and what a subscriber answers (RFC 3310). */
#include "base/base64.h"
#include "sim/auth/aka.h"
#include "sim/auth/hash.h"
#include "tests/helpers/hex.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdio.h>

static struct slice hex(const char *text)
{
	static uint8_t buf[16][64];
	static unsigned next;

	next = (next + 1) % 16;
	return hex_decode(text, buf[next], sizeof buf[next]);
}

#define SAME(octets, n, text) ck_assert(slice_eq(slice_of(octets, n), hex(text)))

/* TS 35.208 4.3, test sets 1 and 3 to 6. */
static const struct {
	const char *k, *rand, *sqn, *amf, *op, *opc, *f1, *f1s, *f2, *f5, *f3, *f4, *f5s;
} sets[] = {
	{ "465b5ce8b199b49faa5f0a2ee238a6bc", "23553cbe9637a89d218ae64dae47bf35", "ff9bb4d0b607",
	  "b9b9", "cdc202d5123e20f62b6d676ac72cb318", "cd63cb71954a9f4e48a5994e37a02baf",
	  "4a9ffac354dfafb3", "01cfaf9ec4e871e9", "a54211d5e3ba50bf", "aa689c648370",
	  "b40ba9a3c58b2a05bbf0d987b21bf8cb", "f769bcd751044604127672711c6d3441", "451e8beca43b" },
	{ "fec86ba6eb707ed08905757b1bb44b8f", "9f7c8d021accf4db213ccff0c7f71a6a", "9d0277595ffc",
	  "725c", "dbc59adcb6f9a0ef735477b7fadf8374", "1006020f0a478bf6b699f15c062e42b3",
	  "9cabc3e99baf7281", "95814ba2b3044324", "8011c48c0c214ed2", "33484dc2136b",
	  "5dbdbb2954e8f3cde665b046179a5098", "59a92d3b476a0443487055cf88b2307b", "deacdd848cc6" },
	{ "9e5944aea94b81165c82fbf9f32db751", "ce83dbc54ac0274a157c17f80d017bd6", "0b604a81eca8",
	  "9e09", "223014c5806694c007ca1eeef57f004f", "a64a507ae1a2a98bb88eb4210135dc87",
	  "74a58220cba84c49", "ac2cc74a96871837", "f365cd683cd92e96", "f0b9c08ad02e",
	  "e203edb3971574f5a94b0d61b816345d", "0c4524adeac041c4dd830d20854fc46b", "6085a86c6f63" },
	{ "4ab1deb05ca6ceb051fc98e77d026a84", "74b0cd6031a1c8339b2b6ce2b8c4a186", "e880a1b580b6",
	  "9f07", "2d16c5cd1fdf6b22383584e3bef2a8d8", "dcf07cbd51855290b92a07a9891e523e",
	  "49e785dd12626ef2", "9e85790336bb3fa2", "5860fc1bce351e7e", "31e11a609118",
	  "7657766b373d1c2138f307e3de9242f9", "1c42e960d89b8fa99f2744e0708ccb53", "fe2555e54aa9" },
	{ "6c38a116ac280c454f59332ee35c8c4f", "ee6466bc96202c5a557abbeff8babf63", "414b98222181",
	  "4464", "1ba00a1a7c6700ac8c3ff3e96ad08725", "3803ef5363b947c6aaa225e58fae3934",
	  "078adfb488241a57", "80246b8d0186bcf1", "16c8233f05a0ac28", "45b0f69ab06c",
	  "3f8c7587fe8e4b233af676aede30ba3b", "a7466cc1e6b2a1337d49d3b66e95d7b4", "1f53cd2b1113" },
};

START_TEST(milenage)
{
	struct aka_functions f;
	uint8_t opc[AKA_KEY];

	ck_assert(aka_opc(hex(sets[_i].k).p, hex(sets[_i].op).p, opc));
	SAME(opc, AKA_KEY, sets[_i].opc);
	ck_assert(aka_functions(hex(sets[_i].k).p, opc, hex(sets[_i].rand).p, hex(sets[_i].sqn).p,
	                        hex(sets[_i].amf).p, &f));
	SAME(f.mac_a, AKA_MAC, sets[_i].f1);
	SAME(f.mac_s, AKA_MAC, sets[_i].f1s);
	SAME(f.res, AKA_RES, sets[_i].f2);
	SAME(f.ck, AKA_KEY, sets[_i].f3);
	SAME(f.ik, AKA_KEY, sets[_i].f4);
	SAME(f.ak, AKA_SQN, sets[_i].f5);
	SAME(f.ak_s, AKA_SQN, sets[_i].f5s);
}
END_TEST

/* ---- the answer ---- */

/* RAND, SQN xor AK, AMF and MAC of set 1, in base64 (made with Python's, not ours). */
#define NONCE "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M="
#define K     "0x465b5ce8b199b49faa5f0a2ee238a6bc"
#define OP    "0xcdc202d5123e20f62b6d676ac72cb318"
#define OPC   "0xcd63cb71954a9f4e48a5994e37a02baf"
#define SQN   UINT64_C(0xff9bb4d0b607)

static struct digest_request subscriber(void)
{
	return (struct digest_request){
		.method = SLICE_LIT("REGISTER"),
		.uri = SLICE_LIT("sip:ims.example"),
		.username = SLICE_LIT("joe"),
		.aka_k = SLICE_LIT(K),
		.aka_op = SLICE_LIT(OP),
		.nonce_count = 1,
	};
}

START_TEST(a_challenge_is_answered)
{
	struct digest_request r = subscriber();
	struct aka_answer answer;
	const char *why;

	ck_assert(aka_answer(SLICE_LIT(NONCE), &r, &answer, &why));
	ck_assert(!answer.resync);
	SAME(answer.res, AKA_RES, "a54211d5e3ba50bf");
	/* The operator's key of this subscriber, as HSS files have it. */
	r.aka_op = SLICE_NONE;
	r.aka_opc = SLICE_LIT(OPC);
	ck_assert(aka_answer(SLICE_LIT(NONCE), &r, &answer, &why));
	SAME(answer.res, AKA_RES, "a54211d5e3ba50bf");
	/* Server data behind AUTN is none of ours; SIPp takes the password where there is no aka_K. */
	r.password = r.aka_k;
	r.aka_k = SLICE_NONE;
	ck_assert(aka_answer(SLICE_LIT("I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7NhYmM="), &r,
	                     &answer, &why));
	SAME(answer.res, AKA_RES, "a54211d5e3ba50bf");
}
END_TEST

static const struct {
	const char *name, *nonce, *k, *op, *why;
} wrong[] = {
	{ "another key", NONCE, "0x465b5ce8b199b49faa5f0a2ee238a6bd", OP, "MAC" },
	{ "another operator", NONCE, K, "0xcdc202d5123e20f62b6d676ac72cb319", "MAC" },
	{ "no operator", NONCE, K, "", "MAC" },
	{ "short digits", NONCE, "0x465b5ce8", OP, "aka_K is no key" },
	{ "no digits", NONCE, "0x465b5ce8b199b49faa5f0a2ee238a6bg", OP, "aka_K is no key" },
	{ "long text", NONCE, "seventeen octets.", OP, "aka_K is no key" },
	{ "operator's digits", NONCE, K, "0x12", "aka_OP is no key" },
	{ "short nonce", "I1U8vpY3qJ0hiuZNrke/NQ==", K, OP, "RAND and AUTN" },
	{ "no base64", "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M!", K, OP, "RAND and AUTN" },
	{ "no nonce", "", K, OP, "RAND and AUTN" },
};

START_TEST(what_is_wrong_is_told)
{
	struct digest_request r = subscriber();
	struct aka_answer answer;
	const char *why = "";

	r.aka_k = slice_str(wrong[_i].k);
	r.aka_op = slice_str(wrong[_i].op);
	ck_assert(!aka_answer(slice_str(wrong[_i].nonce), &r, &answer, &why));
	ck_assert_msg(strstr(why, wrong[_i].why), "%s: %s", wrong[_i].name, why);
}
END_TEST

START_TEST(every_octet_of_autn_counts)
{
	struct digest_request r = subscriber();
	struct aka_answer answer;
	uint8_t octets[32];
	char text[BASE64_LENGTH(32)];
	const char *why;
	unsigned taken = 0;

	ck_assert_uint_eq(base64_decode(SLICE_LIT(NONCE), octets, sizeof octets), 32);
	for (unsigned i = 0; i < 32; i++) {
		octets[i] ^= 1;
		size_t n = base64_encode(slice_of(octets, 32), text);
		taken += aka_answer(slice_of(text, n), &r, &answer, &why);
		octets[i] ^= 1;
	}
	ck_assert_uint_eq(taken, 0);
}
END_TEST

/* TS 33.102 6.3.3, 6.3.5: what the home network does with AUTS, written here from the functions. */
static uint64_t sqn_of_auts(const char *auts)
{
	uint8_t octets[14], no_amf[2] = { 0 };
	struct aka_functions f;
	uint64_t sqn = 0;

	ck_assert_uint_eq(base64_decode(slice_of(auts, AKA_AUTS_TEXT), octets, 14), 14);
	ck_assert(aka_functions(hex(sets[0].k).p, hex(sets[0].opc).p, hex(sets[0].rand).p, octets,
	                        no_amf, &f));
	for (unsigned i = 0; i < 6; i++)
		octets[i] ^= f.ak_s[i];
	ck_assert(aka_functions(hex(sets[0].k).p, hex(sets[0].opc).p, hex(sets[0].rand).p, octets,
	                        no_amf, &f));
	ck_assert_mem_eq(f.mac_s, octets + 6, 8);
	for (unsigned i = 0; i < 6; i++)
		sqn = sqn << 8 | octets[i];
	return sqn;
}

START_TEST(an_old_number_asks_to_be_resynchronized)
{
	struct digest_request r = subscriber();
	struct aka_answer answer;
	uint64_t sqn = SQN - 1;
	const char *why;

	r.aka_sqn = &sqn;
	ck_assert(aka_answer(SLICE_LIT(NONCE), &r, &answer, &why));
	ck_assert(!answer.resync);
	ck_assert_uint_eq(sqn, SQN);
	/* The same challenge again. */
	ck_assert(aka_answer(SLICE_LIT(NONCE), &r, &answer, &why));
	ck_assert(answer.resync);
	ck_assert_uint_eq(sqn, SQN);
	ck_assert_uint_eq(sqn_of_auts(answer.auts), SQN);
	sqn = SQN + 12345;
	ck_assert(aka_answer(SLICE_LIT(NONCE), &r, &answer, &why));
	ck_assert_uint_eq(sqn_of_auts(answer.auts), SQN + 12345);
}
END_TEST

START_TEST(numbers_are_read)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t n;
	} numbers[] = {
		{ "0", true, 0 },
		{ "31", true, 31 },
		{ "0x1F", true, 31 },
		{ "0xff9bb4d0b607", true, SQN },
		{ "281474976710655", true, 0xffffffffffff },
		{ "281474976710656", false, 0 },
		{ "0x1000000000000", false, 0 },
		{ "0x", false, 0 },
		{ "0xg", false, 0 },
		{ "", false, 0 },
	};
	uint64_t n;

	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		ck_assert_msg(aka_sqn_parse(slice_str(numbers[i].text), &n) == numbers[i].ok, "%s",
		              numbers[i].text);
		ck_assert(!numbers[i].ok || n == numbers[i].n);
	}
}
END_TEST

#define CHALLENGE                                                                                  \
	"Digest realm=\"ims.example\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5, qop=\"auth\""

START_TEST(credentials_of_both_kinds)
{
	struct digest_request r = subscriber();
	uint64_t sqn = 0;
	struct text t;
	const char *why;

	text_init(&t);
	r.aka_sqn = &sqn;
	ck_assert(digest_answer(SLICE_LIT(CHALLENGE), &r, &t, &why));
	ck_assert(strstr(text_cstr(&t), "algorithm=AKAv1-MD5"));
	ck_assert_ptr_null(strstr(text_cstr(&t), "auts"));
	ck_assert_int_eq(digest_check(slice_str(text_cstr(&t)), &r), DIGEST_OK);
	text_reset(&t);
	ck_assert(digest_answer(SLICE_LIT(CHALLENGE), &r, &t, &why));
	ck_assert(strstr(text_cstr(&t), ", auts=\""));
	text_release(&t);
}
END_TEST

START_TEST(wrong_mac_is_no_answer)
{
	struct digest_request r = subscriber();
	struct text t;
	const char *why = "";

	text_init(&t);
	r.aka_k = SLICE_LIT("text as a key");
	ck_assert(!digest_answer(SLICE_LIT(CHALLENGE), &r, &t, &why));
	ck_assert(strstr(why, "the MAC in the challenge's AUTN is wrong"));
	ck_assert_uint_eq(t.n, 0);
	text_release(&t);
}
END_TEST

Suite *suite_aka(void)
{
	Suite *s = suite_create("aka");
	TCase *t = tcase_create("aka");

	tcase_add_loop_test(t, milenage, 0, sizeof sets / sizeof *sets);
	tcase_add_test(t, a_challenge_is_answered);
	tcase_add_loop_test(t, what_is_wrong_is_told, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(t, every_octet_of_autn_counts);
	tcase_add_test(t, an_old_number_asks_to_be_resynchronized);
	tcase_add_test(t, numbers_are_read);
	tcase_add_test(t, credentials_of_both_kinds);
	tcase_add_test(t, wrong_mac_is_no_answer);
	suite_add_tcase(s, t);
	return s;
}
