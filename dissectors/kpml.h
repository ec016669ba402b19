/* Digits that a NOTIFY reports, RFC 4730 (key press stimulus): the attribute `digits` of <kpml-response> in application/kpml-response+xml. A
 * scan for that one element, no XML parser: entities and comments are not looked into. */
#ifndef DISSECTORS_KPML_H
#define DISSECTORS_KPML_H

#include "base/cursor.h"

#define KPML_MAX_DIGITS 64 /* further ones are left out */

struct kpml_response {
	uint64_t code; /* RFC 4730 section 5.3: 200 a match, 0 without one */
	unsigned count;
	char digits[KPML_MAX_DIGITS]; /* '0'..'9' '*' '#' 'A'..'D'; others are left out */
};

/* PARSE_BAD: no such element in it. */
enum parse_status kpml_parse(struct slice body, struct kpml_response *out);

/* Which call the subscription listens to: the Call-ID and the two tags of an Event header `kpml;call-id="..."`, each alone or at the end of
 * a URI. Absent ones are not said. False: it is no kpml event. */
struct kpml_target {
	struct slice call_id, local_tag, remote_tag;
};
bool kpml_target_of(struct slice event, struct kpml_target *out);

#endif
