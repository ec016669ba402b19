/* Digits in the body of a SIP INFO: application/dtmf-relay, application/dtmf, application/vnd.nortelnetworks.digits (each also as a part
 * of a multipart), application/hook-flash, and audio/telephone-event as in RTP. No RFC defines them; what is read here is what gateways and PBXs send. */
#ifndef DISSECTORS_DTMF_INFO_H
#define DISSECTORS_DTMF_INFO_H

#include "base/cursor.h"

#define DTMF_INFO_DEFAULT_MS 100 /* where the body says no duration */
#define DTMF_INFO_MAX_MS     60000 /* longer ones are cut to this */

struct dtmf_info {
	char digit; /* '0'..'9' '*' '#' 'A'..'D', '!' for flash */
	unsigned duration_ms;
	bool has_duration; /* false: duration_ms is the default */
};

/* `content_type` and `body` as of the message. PARSE_BAD: one of these types, but no
 * digit in it. PARSE_NOT_MINE: another type. */
enum parse_status dtmf_info_parse(struct slice content_type, struct slice body,
                                  struct dtmf_info *out);

#endif
