/* telephone-event payload, RFC 4733 section 2.3: event(8) | E(1) R(1) volume(6) | duration(16), one or more. */
#ifndef DISSECTORS_RTP_EVENT_H
#define DISSECTORS_RTP_EVENT_H

#include "base/cursor.h"

struct rtp_event {
	uint8_t event;
	bool end, reserved;
	uint8_t volume; /* -dBm0, 0 (loud) .. 63 */
	uint16_t duration; /* RTP timestamp units */
};

#define RTP_EVENT_MAX 16

/* Up to RTP_EVENT_MAX events in wire order; a leading block of 4 zero octets before more is skipped (some gateways put it
 * there). *count is how many. PARSE_BAD: length not a positive multiple of 4. */
enum parse_status rtp_event_parse(struct slice payload, struct rtp_event out[static RTP_EVENT_MAX],
                                  unsigned *count);

/* Does the payload begin with such a block of zeros? */
bool rtp_event_zero_prefix(struct slice payload);

/* '0'..'9' '*' '#' 'A'..'D', '!' for flash (16), 0 if the event is no digit. */
char rtp_event_digit(uint8_t event);

#endif
