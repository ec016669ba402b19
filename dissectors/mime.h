/* The body part one wants out of a SIP body: itself, or a part of a multipart (RFC 2046 section 5.1), nested up to 4 deep. */
#ifndef DISSECTORS_MIME_H
#define DISSECTORS_MIME_H

#include "base/slice.h"

/* `content_type` is the SIP header's value, `wanted` a type such as "application/sdp" (case-insensitive). The part's octets, or
 * absent. A body without Content-Type is taken for the wanted type if it starts with "v=" and application/sdp is wanted. */
struct slice mime_part(struct slice content_type, struct slice body, const char *wanted);

#endif
