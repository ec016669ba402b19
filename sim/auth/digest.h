/* Digest authentication, RFC 3261 22, RFC 7616, RFC 8760 (MD5, SHA-256, SHA-512-256, and each -sess; qop auth, auth-int or none), and
 * AKAv1-MD5 (RFC 3310). OpenSSL counts the hashes (hash.c sees it). Pure but for the verifier, which remembers nonces. */
#ifndef SIM_AUTH_DIGEST_H
#define SIM_AUTH_DIGEST_H

#include "base/err.h"
#include "base/text.h"

struct digest_request {
	struct slice method, uri, body;
	struct slice username, password;
	/* As the scenario gives them: 0x and 32 digits, or up to 16 octets as they are; absent: none. No aka_k: the password is. No aka_op, no
	 * aka_opc: zeros. aka_amf is read and not used: a USIM takes the one of the challenge. */
	struct slice aka_k, aka_op, aka_opc, aka_amf;
	uint64_t *
	        aka_sqn; /* highest sequence number this subscriber accepted, to be kept for him: a challenge that is not above asks for
	                    * resynchronization (AUTS). NULL: every one is accepted */
	uint64_t random; /* makes the cnonce */
	uint32_t nonce_count; /* of this nonce, from 1 */
};

/* `challenge`: the value of WWW-Authenticate or Proxy-Authenticate (of several, the strongest that can be answered is the caller's to choose by
 * digest_strength()). Adds the value of (Proxy-)Authorization to `out`. False: *why says what cannot be answered. */
bool digest_answer(struct slice challenge, const struct digest_request *request, struct text *out,
                   const char **why);
/* 0: cannot be answered; else the greater the better (RFC 8760 2.4 takes the server's order: this is for those who ask). */
int digest_strength(struct slice challenge);

enum digest_verdict {
	DIGEST_OK,
	DIGEST_NONE /* no credentials */,
	DIGEST_WRONG,
	DIGEST_STALE,
	DIGEST_REPLAY,
	DIGEST_BROKEN
};
const char *digest_verdict_name(
        enum digest_verdict v); /* "ok", "none", "wrong", "stale", "replay", "broken" */
/* Of what a client sent, as SIPp's verifyauth: trusts the nonce, realm and URI it says. `header`: the value of (Proxy-)Authorization. The user
 * must be request->username where that is not empty. */
enum digest_verdict digest_check(struct slice header, const struct digest_request *request);

/* A server's own nonces. A nonce says when it was made, sealed: so challenges cost no memory. A nonce that was used is kept with its highest
 * count; a count not above is a replay (a retransmission too: who answers those does not ask again). Of more than `most` the oldest leaves, and
 * as it can no more be told from one never used, all nonces made until then are stale, as are those older than `lifetime_ns`. */
struct digest_verifier;
/* NULL: err. */
struct digest_verifier *digest_verifier_new(uint64_t seed, int64_t lifetime_ns, unsigned most,
                                            struct err *err);
void digest_verifier_free(struct digest_verifier *v); /* NULL allowed */
/* Adds the value of WWW- or Proxy-Authenticate. `algorithm`: absent: MD5; `qop`: "auth", "auth,auth-int", absent: none. False: no such algorithm
 * (AKA is none of ours to ask for), or out of memory. */
bool digest_challenge(struct digest_verifier *v, struct slice realm, struct slice algorithm,
                      struct slice qop, bool stale, int64_t now_ns, struct text *out);
enum digest_verdict digest_verify(struct digest_verifier *v, struct slice header,
                                  const struct digest_request *request, int64_t now_ns);

#endif
