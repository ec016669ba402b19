/* SRTP of the crafted captures: RTP and RTCP encrypted as RFC 3711, RFC 6188 and RFC 7714 say, written from these and from FIPS 197, FIPS
 * 180-4, RFC 2104 and NIST SP 800-38D alone, so that what our analyzer reads by libsrtp2 has another witness. Slow and plain; for tests
 * only. */
#ifndef TESTS_HELPERS_CRAFT_SEAL_H
#define TESTS_HELPERS_CRAFT_SEAL_H

#include "base/slice.h"

#define SEAL_MKI_MAX  16
#define SEAL_OVERHEAD (16 + 4 + SEAL_MKI_MAX) /* a sealed packet is longer by at most this */

struct seal {
	bool gcm, clear, unauthenticated; /* clear: UNENCRYPTED_SRTP */
	size_t key_n, salt_n, tag_n;
	uint8_t key[32], salt[14];
	uint8_t mki[SEAL_MKI_MAX];
	size_t mki_n;
};

/* "AES_CM_128_HMAC_SHA1_80" ... and BASE64(KEY || SALT). False: no such suite, or not its length. */
bool seal_init(struct seal *s, struct slice suite, struct slice base64);

/* Seals n octets of a packet in place; there is room for SEAL_OVERHEAD more. The new length. roc: rollover counter; index: of SRTCP. */
size_t seal_rtp(const struct seal *s, uint32_t roc, uint8_t *packet, size_t n);
size_t seal_rtcp(const struct seal *s, uint32_t index, uint8_t *packet, size_t n);

/* The parts, for their own vectors. */
void seal_aes(const uint8_t *key, size_t key_n, const uint8_t in[16], uint8_t out[16]);
void seal_sha1(const uint8_t *p, size_t n, uint8_t out[20]);
void seal_hmac_sha1(const uint8_t *key, size_t key_n, const uint8_t *p, size_t n, uint8_t out[20]);
/* RFC 3711 section 4.3.1, rate 0: n octets of the session key of this label. */
void seal_derive(const struct seal *s, uint8_t label, uint8_t *out, size_t n);
/* Authenticates `aad`, encrypts n octets in place, tag behind them. */
void seal_gcm(const uint8_t *key, size_t key_n, const uint8_t iv[12], struct slice aad,
              uint8_t *text, size_t n);

#endif
