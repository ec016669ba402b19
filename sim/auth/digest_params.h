/* The parameters of a challenge and of credentials, RFC 7616 3.3 and 3.4, read as they are met: any case, quotes left out or left open, spaces
 * around '=', a list of qop values without quotes, another challenge behind the first. Borrows from what it was read from. */
#ifndef SIM_AUTH_DIGEST_PARAMS_H
#define SIM_AUTH_DIGEST_PARAMS_H

#include "base/text.h"
#include "sim/auth/hash.h"

enum digest_param {
	PARAM_REALM,
	PARAM_NONCE,
	PARAM_OPAQUE,
	PARAM_ALGORITHM,
	PARAM_QOP,
	PARAM_STALE,
	PARAM_USERNAME,
	PARAM_URI,
	PARAM_RESPONSE,
	PARAM_CNONCE,
	PARAM_NC,
	PARAM_AUTS,
	PARAM_COUNT
};

struct digest_params {
	struct slice scheme; /* may be absent */
	struct slice value
	        [PARAM_COUNT]; /* absent where not said; inside of quotes, escapes as they are */
};

/* False: it is no digest; p->scheme says what it is, if anything. */
bool digest_params_read(struct slice header, struct digest_params *p);

/* Is `word` one of the list "auth,auth-int"? */
bool digest_list_has(struct slice list, const char *word);

struct digest_method {
	enum hash_algorithm hash;
	bool session, aka;
};
/* Absent: MD5 (RFC 7616 3.3). False: no algorithm of ours. */
bool digest_method_of(struct slice algorithm, struct digest_method *m);

/* As a quoted string, quotes included. */
void digest_add_quoted(struct text *out, struct slice plain);

/* The parts of `raw` without the backslashes of its escapes, at most `most` (further escapes are left as they are); their count. */
unsigned digest_unescaped(struct slice raw, struct slice *parts, unsigned most);

#endif
