/* SRTP keys said in SDP ("SDES"), RFC 4568 section 6, of the suites of RFC 4568, RFC 6188 and RFC 7714:
 *
 *     a=crypto:TAG SUITE inline:BASE64(KEY || SALT)|LIFETIME|MKI:LENGTH;inline:... SESSION-PARAMETERS
 *
 * Whoever says it encrypts with it what he sends. Keys are for decrypting only: they go into no record, no finding and no dump. */
#ifndef DISSECTORS_SDES_H
#define DISSECTORS_SDES_H

#include "dissectors/sdp.h"

enum sdes_suite {
	SDES_AES_CM_128_HMAC_SHA1_80,
	SDES_AES_CM_128_HMAC_SHA1_32,
	SDES_AES_192_CM_HMAC_SHA1_80,
	SDES_AES_192_CM_HMAC_SHA1_32,
	SDES_AES_256_CM_HMAC_SHA1_80,
	SDES_AES_256_CM_HMAC_SHA1_32,
	SDES_AEAD_AES_128_GCM,
	SDES_AEAD_AES_256_GCM,
	SDES_NULL_HMAC_SHA1_80, /* of no RFC, but spoken: nothing is encrypted, all is authenticated */
	SDES_NULL_HMAC_SHA1_32,
	SDES_SUITES /* none of them */
};

#define SDES_KEY_MAX 46 /* AES-256 and a salt of 112 bits */
#define SDES_MKI_MAX 128 /* RFC 4568 section 6.1 */

struct sdes_key {
	enum sdes_suite suite;
	uint32_t tag; /* RFC 4568 section 4: at most nine digits */
	uint8_t key_n, mki_n; /* mki_n: octets of the MKI in each packet, 0: none */
	bool clear_rtp, clear_rtcp, unauthenticated; /* UNENCRYPTED_SRTP ... */
	uint8_t key[SDES_KEY_MAX]; /* master key, then master salt */
};

/* SDES_SUITES: not known, or not decrypted by us (F8). */
enum sdes_suite sdes_suite(struct slice name);
const char *sdes_suite_name(enum sdes_suite suite); /* "none" for SDES_SUITES */
/* Octets of an authentication tag at the end of each RTP packet. */
unsigned sdes_tag_octets(enum sdes_suite suite);

/* The usable keys of one line, at most `max`. None: another suite, a key of the wrong length, key derivation rates. */
unsigned sdes_keys(const struct sdp_crypto *c, struct sdes_key *out, unsigned max);

#endif
