/* The only door to libosip2: full RFC 3261 grammar where a slice cannot answer, and the oracle against which sip_msg.h is
 * tested. Call sip_grammar_init() once at start, before any thread; it silences libosip2's trace, which prints to stdout. */
#ifndef DISSECTORS_SIP_GRAMMAR_H
#define DISSECTORS_SIP_GRAMMAR_H

#include "base/slice.h"

struct text;

bool sip_grammar_init(void);

/* What libosip2 makes of a message, as text we can compare with our index; false if it refuses the message.
 * Strings are NUL-terminated, "" where libosip2 has none. */
struct sip_grammar_message {
	bool is_request;
	int status;
	char method[64];
	char call_id[256], from_tag[128], to_tag[128], cseq_method[64], cseq[32], branch[256];
	long content_length; /* -1: none */
};
bool sip_grammar_message(struct slice message, struct sip_grammar_message *out);

/* A URI by libosip2's parser: user unescaped, host, port text. False if it refuses. */
struct sip_grammar_uri {
	char scheme[32], user[256], host[256], port[16];
};
bool sip_grammar_uri(struct slice uri, struct sip_grammar_uri *out);

/* Digest credentials or challenge (Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate values), unquoted. */
struct sip_grammar_auth {
	char scheme[32], username[256], realm[256], nonce[256], uri[256], algorithm[32], qop[32];
	bool stale;
};
bool sip_grammar_authorization(struct slice value, struct sip_grammar_auth *out);
bool sip_grammar_challenge(struct slice value, struct sip_grammar_auth *out);

#endif
