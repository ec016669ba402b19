/* The response of RFC 7616 3.4.1, without qop as RFC 2617 3.2.2.1. */
#ifndef SIM_AUTH_DIGEST_RESPONSE_H
#define SIM_AUTH_DIGEST_RESPONSE_H

#include "sim/auth/digest_params.h"

struct digest_input {
	struct digest_method how;
	struct slice username, password;
	bool username_escaped; /* as it stood between quotes */
	struct slice realm, nonce; /* as they stand between quotes */
	struct slice qop, nc, cnonce; /* qop absent: none */
	struct slice method, uri, body;
};

/* *n hexadecimal digits. False: the library will not count (hash.h). */
bool digest_response(const struct digest_input *in, char out[static 2 * HASH_MOST_OCTETS],
                     size_t *n);

#endif
