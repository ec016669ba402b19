/* Base64, RFC 4648 section 4. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/slice.h"

/* Octets read, at most `most`; some leave the padding out. SIZE_MAX: other characters, or more. */
size_t base64_decode(struct slice text, uint8_t *out, size_t most);

#define BASE64_LENGTH(octets) (((octets) + 2) / 3 * 4)
/* BASE64_LENGTH(octets.n) characters, with padding, no NUL. */
size_t base64_encode(struct slice octets, char *out);

#endif
