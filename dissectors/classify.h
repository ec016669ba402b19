/* Which dissector claims a UDP payload: a table of first-octet tests (RFC 7983) and content tests, most specific first. */
#ifndef DISSECTORS_CLASSIFY_H
#define DISSECTORS_CLASSIFY_H

#include "base/slice.h"

enum payload_kind {
	PAYLOAD_UNKNOWN,
	PAYLOAD_SIP,
	PAYLOAD_RTP, /* may be: version 2 and long enough */
	PAYLOAD_RTCP, /* may be: version 2 and packet type 192..223 */
	PAYLOAD_STUN,
	PAYLOAD_DTLS,
	PAYLOAD_ZRTP,
	PAYLOAD_TURN_CHANNEL,
	PAYLOAD_KEEPALIVE, /* only CR, LF and NUL, or empty */
};

enum payload_kind classify_udp(struct slice payload);
const char *payload_kind_name(enum payload_kind kind);

#endif
