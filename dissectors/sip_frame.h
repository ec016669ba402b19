/* Where one SIP message ends in a byte stream (TCP, TLS), RFC 3261 section 18.3: by Content-Length, which is mandatory there. */
#ifndef DISSECTORS_SIP_FRAME_H
#define DISSECTORS_SIP_FRAME_H

#include "base/cursor.h"

#define SIP_FRAME_MAX (256u * 1024u) /* larger messages are refused: PARSE_BAD */

/* `stream` starts where the last message ended. *skip octets at its front are to be dropped first (keep-alive CRLFs, or junk up
 * to the next line that starts a message); *length is the size of the message behind them.
 * PARSE_OK: skip + length octets make a whole message (a missing or unreadable Content-Length counts as 0).
 * PARSE_MORE: drop *skip octets and come again with more.
 * PARSE_BAD: *skip octets of junk in front of the next start line (or all of it); *length is 0. Also where a message would be
 * larger than SIP_FRAME_MAX: it is the junk then.
 * PARSE_NOT_MINE: no SIP stream: the first line is complete (or longer than 4096 octets, or begins as no start line can) and is
 * none, and no later line starts a message. *skip is what a caller who knows better may drop: all whole lines, or all octets.
 * One call is linear in stream.n. What a PARSE_MORE scanned is scanned again next time: the caller's bound is SIP_FRAME_MAX. */
enum parse_status sip_frame(struct slice stream, size_t *skip, size_t *length);

/* After PARSE_MORE: how many octets behind *skip make the message whole; 0 as long as its headers are not. */
size_t sip_frame_need(struct slice message);

#endif
