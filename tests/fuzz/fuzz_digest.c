/* Challenges and credentials of any octets: what can be answered is answered so that it checks, in one header line's worth of text; nothing that
 * was not asked for is believed. */
#include "base/clock.h"
#include "sim/auth/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static struct digest_request alice(void)
{
	return (struct digest_request){
		.method = SLICE_LIT("INVITE"),
		.uri = SLICE_LIT("sip:bob@example.com"),
		.body = SLICE_LIT("v=0\r\n"),
		.username = SLICE_LIT("ali\"ce"),
		.password = SLICE_LIT("secret"),
		.aka_op = SLICE_LIT("0xcdc202d5123e20f62b6d676ac72cb318"),
		.random = 42,
		.nonce_count = 1,
	};
}

static void answer(struct slice challenge)
{
	struct digest_request r = alice();
	const char *why = NULL;
	struct text t;

	text_init(&t);
	bool ok = digest_answer(challenge, &r, &t, &why);
	must(ok ? t.n > 0 : t.n == 0 && why);
	must(!ok || digest_strength(challenge) > 0);
	must(!ok || digest_check(slice_of(t.p, t.n), &r) == DIGEST_OK);
	text_release(&t);
}

/* Nobody knows the password here, and no nonce is ours. */
static void check(struct slice header)
{
	struct digest_request r = alice();
	struct err err = ERR_INIT;
	struct digest_verifier *v = digest_verifier_new(1, NS_PER_S, 4, &err);

	enum digest_verdict verdict = digest_check(header, &r);
	must(verdict == DIGEST_NONE || verdict == DIGEST_WRONG || verdict == DIGEST_BROKEN);
	must(digest_verify(v, header, &r, 0) == verdict);
	digest_verifier_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);

	answer(text);
	check(text);
	return 0;
}
