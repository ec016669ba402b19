/* sim/auth/digest: the examples of RFC 2617 and RFC 7616, what SIPp 3.6.1 sent, odd challenges, and a server's own nonces. */
#include "base/base64.h"
#include "base/mem.h"
#include "sim/auth/digest.h"
#include "sim/auth/hash.h"
#include "sim/transport/impair.h"
#include "tests/helpers/hex.h"
#include "tests/helpers/shortage.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <osipparser2/osip_md5.h>
#include <pthread.h>
#include <stdio.h>

static struct text t;

static void set_up(void)
{
	text_init(&t);
}

static void tear_down(void)
{
	text_release(&t);
}

static struct slice said(void)
{
	return slice_of(text_cstr(&t), t.n);
}

/* ---- hashes ---- */

static const struct {
	enum hash_algorithm a;
	const char *of_abc;
} hashes[] = {
	{ HASH_MD5, "900150983cd24fb0d6963f7d28e17f72" }, /* RFC 1321 A.5 */
	/* FIPS 180-4 examples */
	{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA512_256, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23" },
};

START_TEST(hash_vectors)
{
	struct slice parts[] = { SLICE_LIT("a"), SLICE_NONE, SLICE_LIT("bc") };
	uint8_t out[HASH_MOST_OCTETS];
	char text[2 * HASH_MOST_OCTETS];
	size_t n = hash_sum_octets(hashes[_i].a);

	ck_assert(hash_sum(hashes[_i].a, parts, 3, out));
	hash_hex(out, n, text);
	ck_assert(slice_eq_str(slice_of(text, 2 * n), hashes[_i].of_abc));
}
END_TEST

START_TEST(mac_vector)
{
	/* RFC 4231 4.3: the key "Jefe", filled up with zeros as HMAC does. */
	uint8_t key[HASH_MOST_OCTETS] = "Jefe", out[HASH_MOST_OCTETS];
	char text[2 * HASH_MOST_OCTETS];

	ck_assert(hash_mac(key, SLICE_LIT("what do ya want for nothing?"), out));
	hash_hex(out, sizeof out, text);
	ck_assert(slice_eq_str(slice_of(text, sizeof text),
	                       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}
END_TEST

START_TEST(aes_vector)
{
	uint8_t key[16], in[16], out[16], right[16];

	hex_decode("000102030405060708090a0b0c0d0e0f", key, 16); /* FIPS 197 C.1 */
	hex_decode("00112233445566778899aabbccddeeff", in, 16);
	hex_decode("69c4e0d86a7b0430d8cdb78070b4c55a", right, 16);
	ck_assert(hash_aes128(key, in, out));
	ck_assert_mem_eq(out, right, 16);
}
END_TEST

static void *hash_in_thread(void *argument)
{
	uint8_t out[HASH_MOST_OCTETS];
	bool *ok = argument;
	struct slice abc = SLICE_LIT("abc");

	*ok = true;
	for (unsigned i = 0; i < 1000; i++)
		*ok = *ok && hash_sum(HASH_MD5, &abc, 1, out) && out[0] == 0x90 && out[15] == 0x72;
	return NULL;
}

START_TEST(threads_hash_apart)
{
	pthread_t threads[4];
	bool ok[4];

	for (unsigned i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hash_in_thread, &ok[i]);
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert(ok[i]);
	}
}
END_TEST

START_TEST(base64_both_ways)
{
	/* RFC 4648 10 */
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	uint8_t back[8];
	char text[16];

	for (unsigned i = 0; i < 7; i++) {
		size_t n = base64_encode(slice_str(pairs[i][0]), text);
		ck_assert(slice_eq_str(slice_of(text, n), pairs[i][1]));
		n = base64_decode(slice_of(text, n), back, sizeof back);
		ck_assert(slice_eq_str(slice_of(back, n), pairs[i][0]));
	}
	ck_assert_uint_eq(base64_decode(SLICE_LIT("Zm9vYmE"), back, sizeof back), 5);
	ck_assert_uint_eq(base64_decode(SLICE_LIT("Zm9vYmFy"), back, 5), SIZE_MAX);
	ck_assert_uint_eq(base64_decode(SLICE_LIT("Zm 9"), back, sizeof back), SIZE_MAX);
}
END_TEST

/* ---- what others answered ---- */

static const struct {
	const char *name, *method, *user, *password, *header;
} others[] = {
	{ "RFC 2617 3.5", "GET", "Mufasa", "Circle Of Life",
	  "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
	  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, "
	  "nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", "
	  "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"" },
	{ "RFC 7616 3.9.1, MD5", "GET", "Mufasa", "Circle of Life",
	  "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "
	  "algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
	  "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "
	  "response=\"8ca523f5e9506fed4657c9700eebdbec\", "
	  "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"" },
	{ "RFC 7616 3.9.1, SHA-256", "GET", "Mufasa", "Circle of Life",
	  "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "
	  "algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
	  "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "
	  "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", "
	  "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"" },
	{ "SIPp with qop", "REGISTER", "joe", "secret",
	  "Digest username=\"joe\",realm=\"r\",cnonce=\"6b8b4567\",nc=00000001,qop=auth,"
	  "uri=\"sip:127.0.0.1:49323\",nonce=\"n1\",response=\"2cb7af39578e38d1cb266660c51bf35b\","
	  "algorithm=MD5,opaque=\"o\"" },
	{ "SIPp without", "REGISTER", "joe", "secret",
	  "Digest username=\"joe\",realm=\"r\",uri=\"sip:127.0.0.1:51073\",nonce=\"n1\","
	  "response=\"f9254dfb1610fe2afbe5aaa8596f6f6d\",algorithm=MD5" },
	/* Python's hashlib over 'al"i\ce:ex\am"ple:p', the quotes and backslashes escaped in the header. */
	{ "escapes", "INVITE", "al\"i\\ce", "p",
	  "Digest username=\"al\\\"i\\\\ce\", realm=\"ex\\\\am\\\"ple\", nonce=\"n\", "
	  "uri=\"sip:b\", "
	  "response=\"14C82695A67F5D4A16594383942CAEFB\"" },
};

START_TEST(others_are_believed)
{
	struct digest_request r = { .method = slice_str(others[_i].method),
		                    .username = slice_str(others[_i].user),
		                    .password = slice_str(others[_i].password) };
	struct slice header = slice_str(others[_i].header);

	ck_assert_msg(digest_check(header, &r) == DIGEST_OK, "%s", others[_i].name);
	r.username = SLICE_NONE; /* whoever it is */
	ck_assert_int_eq(digest_check(header, &r), DIGEST_OK);
	r.username = SLICE_LIT("mallory");
	ck_assert_int_eq(digest_check(header, &r), DIGEST_WRONG);
	r.username = SLICE_NONE;
	r.password = SLICE_LIT("another");
	ck_assert_int_eq(digest_check(header, &r), DIGEST_WRONG);
	r.password = slice_str(others[_i].password);
	r.method = SLICE_LIT("BYE");
	ck_assert_int_eq(digest_check(header, &r), DIGEST_WRONG);
}
END_TEST

/* ---- what we answer ---- */

static struct digest_request alice(void)
{
	return (struct digest_request){
		.method = SLICE_LIT("INVITE"),
		.uri = SLICE_LIT("sip:bob@example.com"),
		.body = SLICE_LIT("v=0\r\n"),
		.username = SLICE_LIT("alice"),
		.password = SLICE_LIT("open \"sesame\""),
		.random = 42,
		.nonce_count = 1,
	};
}

/* By Python's hashlib: cnonce 000000000000002a, realm example.com, nonce n0nce. */
static const struct {
	const char *algorithm, *qop, *response;
} answers[] = {
	{ "MD5", "", "1d1c899c33198cac30e03e77fd0f7880" },
	{ "MD5", "auth", "64a42acac9373c62fc1a117fe76b4d75" },
	{ "MD5", "auth-int", "cbbb56aacb7f37a3bfd56c4e8eba1f31" },
	{ "MD5-sess", "auth", "b6c896f8012f93889638290e2742fa89" },
	{ "MD5-sess", "auth-int", "da5251427e5b818978fbdd9be2e0b1a3" },
	{ "SHA-256", "", "d278649605b0554f8b5f51977c8bfcb62007ad8ee81adb78b2dd1092d38b6f36" },
	{ "SHA-256", "auth", "4c91515525cf84330faf650887c6d28a356b22ba1bd7d50761daa53ab2109083" },
	{ "SHA-256", "auth-int",
	  "3b43dec4678c40a80535667335704692e155797b4368ea3172f476bc835ba9ac" },
	{ "SHA-256-sess", "auth",
	  "03feb76b7676eb99b2c8d564194735cf7599e7d8c0cd05c9b9c96b17a340332a" },
	{ "SHA-256-sess", "auth-int",
	  "9bf39f8ff52f327b9f787a55a2ad17ce9f015d2852f20aac6fc6546d393f38b5" },
	{ "SHA-512-256", "", "8ce11bd22cfb29ee32c447429c41d04f0bc2554fd22e74d148f1a4da37fcf362" },
	{ "SHA-512-256", "auth",
	  "4b33b57b8e075b813d6eaf8643b9c61dc37c27fa8e13d398d4c7101d539afa7f" },
	{ "SHA-512-256", "auth-int",
	  "50fc9c588afe1ff339d90df760281a3e1b24cc1c0ecdee1790ffbf59f5318de8" },
	{ "SHA-512-256-sess", "auth",
	  "44d018eb97f835d3725c353ac2255113a32584282a2838bb5c47aa394041f0be" },
	{ "SHA-512-256-sess", "auth-int",
	  "d3e0b46cf29b6b29435df4f8132e82c2338db62971038216dec760c7f1e8e22b" },
};

START_TEST(answers_are_right)
{
	struct digest_request r = alice();
	char challenge[256], wanted[512];
	const char *why = "", *qop = answers[_i].qop;

	snprintf(challenge, sizeof challenge,
	         "Digest realm=\"example.com\", nonce=\"n0nce\", opaque=\"\", algorithm=%s%s%s%s",
	         answers[_i].algorithm, *qop ? ", qop=\"" : "", qop, *qop ? "\"" : "");
	ck_assert_msg(digest_answer(slice_str(challenge), &r, &t, &why), "%s", why);
	snprintf(wanted, sizeof wanted,
	         "Digest username=\"alice\", realm=\"example.com\"%s%s, "
	         "uri=\"sip:bob@example.com\", "
	         "nonce=\"n0nce\", response=\"%s\", algorithm=%s, opaque=\"\"",
	         *qop ? ", cnonce=\"000000000000002a\", nc=00000001, qop=" : "", qop,
	         answers[_i].response, answers[_i].algorithm);
	ck_assert_str_eq(text_cstr(&t), wanted);
	ck_assert_int_eq(digest_check(said(), &r), DIGEST_OK);
	r.body = SLICE_LIT("v=1\r\n");
	ck_assert_int_eq(digest_check(said(), &r),
	                 strcmp(qop, "auth-int") == 0 ? DIGEST_WRONG : DIGEST_OK);
}
END_TEST

/* What must come out of challenges as they are met. */
static const struct {
	const char *challenge, *holds;
} odd[] = {
	{ "Digest realm=\"r\",nonce=\"n\",qop=\"auth,auth-int\"", "qop=auth," },
	{ "Digest realm=\"r\",nonce=\"n\",qop=\"auth-int,auth\"", "qop=auth," },
	{ "Digest realm=\"r\",nonce=\"n\",qop=\"auth-int\"", "qop=auth-int," },
	{ "Digest realm=\"r\",nonce=\"n\",qop=\" foo , AUTH \"", "qop=auth," },
	{ "Digest realm=\"r\",nonce=\"n\",qop=auth", "qop=auth," },
	{ "Digest realm=\"r\",nonce=\"n\",qop=auth-int,auth,opaque=\"o\"", "qop=auth,uri" },
	{ "Digest realm=\"r\",nonce=\"n\",qop=auth-int,auth,opaque=\"o\"", "opaque=\"o\"" },
	{ "Digest realm=\"r\",nonce=\"n\",qop=\"\"", "realm=\"r\",uri" },
	{ "  DIGEST  REALM = \"r\" , NONCE = \"n\"  ", "nonce=\"n\"" },
	{ "Digest\trealm=\"r\",\r\n nonce=\"n\"", "nonce=\"n\"" },
	{ "Digest realm=r, nonce=n=1, algorithm=md5", "nonce=\"n=1\",response" },
	{ "Digest realm=r, nonce=n, algorithm=md5", "algorithm=md5" },
	{ "Digest realm=\"r\", nonce=\"n\", algorithm=\"SHA-256\"", "algorithm=SHA-256" },
	{ "Digest realm=\"r\", nonce=\"n\"", "algorithm=MD5" },
	{ "Digest nonce=\"n\"", "realm=\"\"" },
	{ "Digest realm=\"a, b=c\", nonce=\"n\"", "realm=\"a, b=c\"" },
	{ "Digest realm=\"a\\\"b\", nonce=\"n\"", "realm=\"a\\\"b\"" },
	{ "Digest realm=\"r\", nonce=\"n", "nonce=\"n\"" },
	{ "Digest realm=\"r\", nonce=n\", opaque=\"o\"", "nonce=\"n\"" },
	{ "Digest ,, realm=\"r\",, nonce=\"n\",", "nonce=\"n\"" },
	{ "Digest realm=\"r\", nonce=\"n\", nonce=\"m\"", "nonce=\"n\"" },
	{ "Digest realm=\"r\", nonce=\"n\", Digest realm=\"s\", nonce=\"m\", opaque=\"p\"",
	  "nonce=\"n\"" },
	{ "realm=\"r\", nonce=\"n\"", "nonce=\"n\"" },
	{ "Digest realm=\"r\", nonce=\"n\", stale=TRUE, domain=\"sip:x\", charset=UTF-8, x",
	  "nonce=\"n\"" },
};

/* As text_cstr(), without the blanks behind commas. */
static const char *narrow(void)
{
	static char out[1024];
	size_t n = 0;

	for (size_t i = 0; i < t.n && n + 1 < sizeof out; i++)
		if (t.p[i] != ' ' || i == 0 || t.p[i - 1] != ',')
			out[n++] = t.p[i];
	out[n] = '\0';
	return out;
}

START_TEST(odd_challenges_are_answered)
{
	struct digest_request r = alice();
	const char *why = "";

	ck_assert_msg(digest_answer(slice_str(odd[_i].challenge), &r, &t, &why), "%s: %s",
	              odd[_i].challenge, why);
	/* A realm may hold ", ". */
	ck_assert_msg(strstr(narrow(), odd[_i].holds) || strstr(text_cstr(&t), odd[_i].holds),
	              "%s: %s", odd[_i].challenge, text_cstr(&t));
	ck_assert_int_gt(digest_strength(slice_str(odd[_i].challenge)), 0);
	ck_assert_int_eq(digest_check(said(), &r), DIGEST_OK);
}
END_TEST

static const struct {
	const char *challenge, *why;
} refused[] = {
	{ "", "not a digest's" },
	{ "Basic realm=\"r\"", "not a digest's" },
	{ "Digest", "has no nonce" },
	{ "Digest realm=\"r\"", "has no nonce" },
	{ "Digest realm=\"r\",nonce=\"n\",algorithm=SHA-1",
	  "an algorithm other than MD5, SHA-256" },
	{ "Digest realm=\"r\",nonce=\"n\",qop=\"foo\"", "neither auth nor auth-int" },
	{ "Digest realm=\"r\",nonce=\"n\",algorithm=MD5-sess", "without qop" },
};

START_TEST(refused_challenges_say_why)
{
	struct digest_request r = alice();
	const char *why = "";

	ck_assert(!digest_answer(slice_str(refused[_i].challenge), &r, &t, &why));
	ck_assert_msg(strstr(why, refused[_i].why), "%s", why);
	ck_assert_int_eq(digest_strength(slice_str(refused[_i].challenge)), 0);
	ck_assert_uint_eq(t.n, 0);
}
END_TEST

START_TEST(stronger_is_more)
{
	static const char *const rising[] = {
		"Digest nonce=\"n\"",
		"Digest nonce=\"n\",qop=\"auth\"",
		"Digest nonce=\"n\",qop=\"auth\",algorithm=SHA-256",
		"Digest nonce=\"n\",qop=\"auth\",algorithm=SHA-512-256",
	};

	for (unsigned i = 1; i < 4; i++)
		ck_assert_int_gt(digest_strength(slice_str(rising[i])),
		                 digest_strength(slice_str(rising[i - 1])));
}
END_TEST

static const struct {
	const char *header;
	enum digest_verdict verdict;
} broken[] = {
	{ "", DIGEST_NONE },
	{ "  ", DIGEST_NONE },
	{ "Basic Zm9v", DIGEST_BROKEN },
	{ "Digest realm=\"r\",nonce=\"n\",uri=\"u\",response=\"0\"", DIGEST_BROKEN },
	{ "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\"", DIGEST_BROKEN },
	{ "Digest username=\"a\",realm=\"r\",nonce=\"n\",response=\"0\"", DIGEST_BROKEN },
	{ "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"0\",qop=auth",
	  DIGEST_BROKEN },
	{ "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"0\",qop=foo,nc=1,"
	  "cnonce=\"c\"",
	  DIGEST_BROKEN },
	{ "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"0\",algorithm=X",
	  DIGEST_BROKEN },
	{ "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"0\"", DIGEST_WRONG },
};

START_TEST(broken_credentials)
{
	struct digest_request r = alice();

	r.username = SLICE_NONE;
	ck_assert_msg(digest_check(slice_str(broken[_i].header), &r) == broken[_i].verdict, "%s",
	              broken[_i].header);
}
END_TEST

/* ---- against libosip2's MD5 ---- */

static void osip_md5(const char *text, char out[33])
{
	unsigned char sum[16];
	osip_MD5_CTX c;

	osip_MD5Init(&c);
	osip_MD5Update(&c, (unsigned char *)(uintptr_t)text, (unsigned)strlen(text));
	osip_MD5Final(sum, &c);
	for (unsigned i = 0; i < 16; i++)
		sprintf(out + 2 * i, "%02x", sum[i]);
}

static void random_word(uint64_t *state, char *out, size_t most)
{
	size_t n = random_next(state) % most;

	for (size_t i = 0; i < n; i++)
		*out++ = "abcXYZ019 _.@:;/-+%~"[random_next(state) % 20];
	*out = '\0';
}

START_TEST(md5_as_osip_counts_it)
{
	char user[32], password[32], realm[32], nonce[64], uri[64], text[512], challenge[256];
	char a1[33], a2[33], response[33];
	uint64_t state = 99;
	const char *why;
	unsigned differ = 0;

	for (unsigned i = 0; i < 500; i++) {
		random_word(&state, user, sizeof user);
		random_word(&state, password, sizeof password);
		random_word(&state, realm, sizeof realm);
		random_word(&state, nonce, sizeof nonce);
		random_word(&state, uri, sizeof uri);
		bool qop = random_next(&state) & 1;
		struct digest_request r = { .method = SLICE_LIT("OPTIONS"),
			                    .uri = slice_str(uri),
			                    .username = slice_str(user),
			                    .password = slice_str(password),
			                    .random = random_next(&state),
			                    .nonce_count = 7 };
		snprintf(challenge, sizeof challenge, "Digest realm=\"%s\",nonce=\"%s\"%s", realm,
		         nonce, qop ? ",qop=\"auth\"" : "");
		text_reset(&t);
		ck_assert(digest_answer(slice_str(challenge), &r, &t, &why));
		snprintf(text, sizeof text, "%s:%s:%s", user, realm, password);
		osip_md5(text, a1);
		snprintf(text, sizeof text, "OPTIONS:%s", uri);
		osip_md5(text, a2);
		if (qop)
			snprintf(text, sizeof text, "%s:%s:00000007:%016llx:auth:%s", a1, nonce,
			         (unsigned long long)r.random, a2);
		else
			snprintf(text, sizeof text, "%s:%s:%s", a1, nonce, a2);
		osip_md5(text, response);
		snprintf(text, sizeof text, "response=\"%s\"", response);
		differ += strstr(text_cstr(&t), text) == NULL;
	}
	ck_assert_uint_eq(differ, 0);
}
END_TEST

/* ---- a server's own nonces ---- */

#define LIFETIME_NS (60 * NS_PER_S)

static struct digest_verifier *verifier;

static void verifier_up(void)
{
	struct err err = ERR_INIT;

	set_up();
	verifier = digest_verifier_new(3, LIFETIME_NS, 4, &err);
	ck_assert_ptr_nonnull(verifier);
}

static void verifier_down(void)
{
	digest_verifier_free(verifier);
	tear_down();
}

static void challenge(const char *qop, int64_t now_ns)
{
	text_reset(&t);
	ck_assert(digest_challenge(verifier, SLICE_LIT("re\"alm"), SLICE_LIT("SHA-256"),
	                           slice_str(qop), false, now_ns, &t));
}

/* The answer to what is in `t`. */
static struct slice answer(struct text *out, uint32_t count)
{
	struct digest_request r = alice();
	const char *why;

	r.nonce_count = count;
	text_reset(out);
	ck_assert(digest_answer(said(), &r, out, &why));
	return slice_of(out->p, out->n);
}

static enum digest_verdict verify(struct slice header, int64_t now_ns)
{
	struct digest_request r = alice();

	return digest_verify(verifier, header, &r, now_ns);
}

START_TEST(a_count_is_used_once)
{
	struct text a;

	text_init(&a);
	challenge("auth", 0);
	ck_assert(strstr(text_cstr(&t), "Digest realm=\"re\\\"alm\", nonce=\""));
	ck_assert(strstr(text_cstr(&t), ", algorithm=SHA-256, qop=\"auth\""));
	ck_assert_int_eq(verify(answer(&a, 1), 1), DIGEST_OK);
	ck_assert_int_eq(verify(answer(&a, 1), 2), DIGEST_REPLAY);
	ck_assert_int_eq(verify(answer(&a, 2), 3), DIGEST_OK);
	ck_assert_int_eq(verify(answer(&a, 7), 3), DIGEST_OK);
	ck_assert_int_eq(verify(answer(&a, 5), 3), DIGEST_REPLAY);
	ck_assert_int_eq(verify(answer(&a, 0), 3), DIGEST_BROKEN);
	text_release(&a);
}
END_TEST

START_TEST(nonces_grow_old)
{
	struct text a;

	text_init(&a);
	challenge("auth", 0);
	ck_assert_int_eq(verify(answer(&a, 1), LIFETIME_NS), DIGEST_OK);
	ck_assert_int_eq(verify(answer(&a, 2), LIFETIME_NS + 1), DIGEST_STALE);
	challenge("auth", LIFETIME_NS);
	ck_assert_int_eq(verify(answer(&a, 1), LIFETIME_NS + 1), DIGEST_OK);
	challenge("auth", 10 * LIFETIME_NS);
	ck_assert_int_eq(verify(answer(&a, 1), 9 * LIFETIME_NS), DIGEST_STALE);
	text_reset(&t);
	ck_assert(digest_challenge(verifier, SLICE_LIT("r"), SLICE_NONE, SLICE_NONE, true, 0, &t));
	ck_assert(strstr(text_cstr(&t), ", algorithm=MD5, stale=true"));
	text_release(&a);
}
END_TEST

START_TEST(who_does_not_know_the_password_hears_nothing_of_nonces)
{
	struct digest_request r = alice();
	struct text a;

	text_init(&a);
	challenge("auth", 0);
	r.password = SLICE_LIT("guess");
	ck_assert_int_eq(digest_verify(verifier, answer(&a, 1), &r, 2 * LIFETIME_NS), DIGEST_WRONG);
	ck_assert_int_eq(digest_verify(verifier, SLICE_LIT(""), &r, 0), DIGEST_NONE);
	ck_assert_int_eq(digest_verify(verifier, SLICE_LIT("Basic x"), &r, 0), DIGEST_BROKEN);
	text_release(&a);
}
END_TEST

START_TEST(nonces_of_others_are_stale)
{
	struct digest_request r = alice();
	struct err err = ERR_INIT;
	struct digest_verifier *other = digest_verifier_new(4, LIFETIME_NS, 4, &err);
	static const char *const made_up[] = {
		"Digest realm=\"re\\\"alm\",nonce=\"n\",qop=\"auth\"",
		"Digest "
		"realm=\"re\\\"alm\",nonce="
		"\"0000000000000000000000000000000000000000000000000000000000000000\"",
		"Digest "
		"realm=\"re\\\"alm\",nonce="
		"\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"",
	};
	const char *why;
	struct text a;

	text_init(&a);
	challenge("auth", 0);
	ck_assert_int_eq(digest_verify(other, answer(&a, 1), &r, 1), DIGEST_STALE);
	for (unsigned i = 0; i < 3; i++) {
		text_reset(&a);
		ck_assert(digest_answer(slice_str(made_up[i]), &r, &a, &why));
		ck_assert_int_eq(verify(slice_of(a.p, a.n), 1), DIGEST_STALE);
	}
	/* One of ours, for another realm. */
	text_reset(&t);
	ck_assert(digest_challenge(verifier, SLICE_LIT("other"), SLICE_NONE, SLICE_NONE, false, 0,
	                           &t));
	memcpy(strstr(t.p, "other"), "extra", 5);
	ck_assert_int_eq(verify(answer(&a, 1), 1), DIGEST_STALE);
	digest_verifier_free(other);
	text_release(&a);
}
END_TEST

START_TEST(what_is_forgotten_is_never_replayed)
{
	enum { NONCES = 20 };
	static struct text answers_of[NONCES];
	unsigned again = 0, at_first = 0;
	struct text late;

	text_init(&late);
	challenge("auth", 0);
	answer(&late, 1);
	for (unsigned i = 0; i < NONCES; i++) {
		text_init(&answers_of[i]);
		challenge("auth", 100 + i);
		at_first += verify(answer(&answers_of[i], 1), 200) == DIGEST_OK;
	}
	ck_assert_uint_eq(at_first, NONCES);
	for (unsigned i = 0; i < NONCES; i++) {
		again += verify(slice_of(answers_of[i].p, answers_of[i].n), 300) == DIGEST_OK;
		text_release(&answers_of[i]);
	}
	ck_assert_uint_eq(again, 0);
	/* Never used, but made before one that left the table: it cannot be told apart. */
	ck_assert_int_eq(verify(slice_of(late.p, late.n), 300), DIGEST_STALE);
	text_release(&late);
}
END_TEST

START_TEST(without_qop_the_lifetime_alone_counts)
{
	struct text a;

	text_init(&a);
	challenge("", 0);
	ck_assert_int_eq(verify(answer(&a, 1), 1), DIGEST_OK);
	ck_assert_int_eq(verify(answer(&a, 1), 2), DIGEST_OK);
	ck_assert_int_eq(verify(answer(&a, 1), LIFETIME_NS + 1), DIGEST_STALE);
	text_release(&a);
}
END_TEST

START_TEST(no_challenge_of_unknown_kinds)
{
	ck_assert(!digest_challenge(verifier, SLICE_LIT("r"), SLICE_LIT("SHA-1"), SLICE_NONE, false,
	                            0, &t));
	ck_assert(!digest_challenge(verifier, SLICE_LIT("r"), SLICE_LIT("AKAv1-MD5"), SLICE_NONE,
	                            false, 0, &t));
	ck_assert_str_eq(digest_verdict_name(DIGEST_REPLAY), "replay");
}
END_TEST

/* ---- no memory ---- */

static bool everything(void)
{
	struct digest_request r = alice();
	struct err err = ERR_INIT;
	struct digest_verifier *v = digest_verifier_new(3, LIFETIME_NS, 4, &err);
	struct text c, a;
	const char *why;

	if (!v)
		return false;
	text_init(&c);
	text_init(&a);
	bool ok =
	        digest_challenge(v, SLICE_LIT("r"), SLICE_NONE, SLICE_LIT("auth"), false, 0, &c) &&
	        digest_answer(slice_of(c.p, c.n), &r, &a, &why) &&
	        digest_verify(v, slice_of(a.p, a.n), &r, 1) == DIGEST_OK;
	text_release(&c);
	text_release(&a);
	digest_verifier_free(v);
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

#define ROWS(rows) (int)(sizeof(rows) / sizeof *(rows))

Suite *suite_digest(void)
{
	Suite *s = suite_create("digest");
	TCase *h = tcase_create("hashes"), *c = tcase_create("answers"),
	      *v = tcase_create("verifier");

	tcase_add_loop_test(h, hash_vectors, 0, ROWS(hashes));
	tcase_add_test(h, mac_vector);
	tcase_add_test(h, aes_vector);
	tcase_add_test(h, threads_hash_apart);
	tcase_add_test(h, base64_both_ways);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, others_are_believed, 0, ROWS(others));
	tcase_add_loop_test(c, answers_are_right, 0, ROWS(answers));
	tcase_add_loop_test(c, odd_challenges_are_answered, 0, ROWS(odd));
	tcase_add_loop_test(c, refused_challenges_say_why, 0, ROWS(refused));
	tcase_add_test(c, stronger_is_more);
	tcase_add_loop_test(c, broken_credentials, 0, ROWS(broken));
	tcase_add_test(c, md5_as_osip_counts_it);
	tcase_add_checked_fixture(v, verifier_up, verifier_down);
	tcase_add_test(v, a_count_is_used_once);
	tcase_add_test(v, nonces_grow_old);
	tcase_add_test(v, who_does_not_know_the_password_hears_nothing_of_nonces);
	tcase_add_test(v, nonces_of_others_are_stale);
	tcase_add_test(v, what_is_forgotten_is_never_replayed);
	tcase_add_test(v, without_qop_the_lifetime_alone_counts);
	tcase_add_test(v, no_challenge_of_unknown_kinds);
	tcase_add_test(v, out_of_memory);
	suite_add_tcase(s, h);
	suite_add_tcase(s, c);
	suite_add_tcase(s, v);
	return s;
}
