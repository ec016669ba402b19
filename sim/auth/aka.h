/* The subscriber's side of AKA in digests, RFC 3310: his secret key answers RAND, after it has checked who asks. The functions are Milenage's,
 * 3GPP TS 35.206. */
#ifndef SIM_AUTH_AKA_H
#define SIM_AUTH_AKA_H

#include "sim/auth/digest.h"

#define AKA_KEY       16
#define AKA_RAND      16
#define AKA_SQN       6
#define AKA_AMF       2
#define AKA_MAC       8
#define AKA_RES       8
#define AKA_AUTS_TEXT 20 /* base64 of 14 octets */

struct aka_functions {
	uint8_t mac_a[AKA_MAC], mac_s[AKA_MAC]; /* f1, f1* */
	uint8_t res[AKA_RES]; /* f2 */
	uint8_t ck[AKA_KEY], ik[AKA_KEY]; /* f3, f4 */
	uint8_t ak[AKA_SQN], ak_s[AKA_SQN]; /* f5, f5* */
};

/* False, here and below: the library will not count (hash.h). */
bool aka_opc(const uint8_t k[static AKA_KEY], const uint8_t op[static AKA_KEY],
             uint8_t opc[static AKA_KEY]);
bool aka_functions(const uint8_t k[static AKA_KEY], const uint8_t opc[static AKA_KEY],
                   const uint8_t rand[static AKA_RAND], const uint8_t sqn[static AKA_SQN],
                   const uint8_t amf[static AKA_AMF], struct aka_functions *out);

struct aka_answer {
	uint8_t res[AKA_RES]; /* the password */
	bool resync; /* the password is empty, and `auts` goes with it */
	char auts[AKA_AUTS_TEXT];
};

/* "0x1f" or "31", of 48 bits. */
bool aka_sqn_parse(struct slice text, uint64_t *out);

/* `nonce`: of the challenge, base64 of RAND and AUTN. Moves *request->aka_sqn on. False: *why. */
bool aka_answer(struct slice nonce, const struct digest_request *request, struct aka_answer *out,
                const char **why);

#endif
