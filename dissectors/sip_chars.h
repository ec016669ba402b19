/* Character classes of SIP's grammar, RFC 3261 section 25.1. */
#ifndef DISSECTORS_SIP_CHARS_H
#define DISSECTORS_SIP_CHARS_H

#include "base/slice.h"

/* token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~") */
extern const uint8_t sip_token_chars[256];

static inline bool sip_is_token_char(uint8_t c)
{
	return sip_token_chars[c] != 0;
}

/* Length of the token at the front. */
static inline size_t sip_token_length(struct slice s)
{
	size_t i = 0;
	while (i < s.n && sip_is_token_char(s.p[i]))
		i++;
	return i;
}

static inline bool sip_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

#endif
