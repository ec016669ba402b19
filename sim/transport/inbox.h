/* What a connection received, cut into SIP messages (sip_frame.h). Octets are held only where a message is not whole yet.
 *
 * Keep-alives, RFC 5626 section 4.4.1: CRLF CRLF between messages is a ping, to be answered. Only where it stands by itself: CRLFs that
 * came with the message before them are that message's padding. */
#ifndef SIM_TRANSPORT_INBOX_H
#define SIM_TRANSPORT_INBOX_H

#include "base/pool.h"
#include "base/slice.h"

#define INBOX_HEAD_MAX (64u * 1024u) /* headers without end: no SIP */
#define INBOX_JUNK_MAX                                                                             \
	(64u * 1024u) /* so much at one stretch that is no message: no SIP any more */

struct inbox {
	uint8_t *bytes; /* of the pool */
	uint32_t n, capacity;
	uint32_t need; /* octets of the message begun, 0: not known yet */
	uint32_t junk; /* at a stretch */
	uint8_t crlf; /* how much of a ping: 0..3 */
	bool any; /* there was a message */
	uint16_t pings; /* to be answered: the reader sets it back */
};

struct inbox_sink {
	void *context;
	bool (*message)(void *context, struct slice message); /* false: no more, please */
};

enum inbox_status {
	INBOX_OK,
	INBOX_STOPPED, /* by the sink: the inbox may only be cleared now */
	INBOX_NOT_SIP,
	INBOX_NO_MEMORY,
};

/* *junk: octets that belong to no message. */
enum inbox_status inbox_push(struct inbox *b, struct pool *pool, struct slice octets,
                             const struct inbox_sink *sink, uint64_t *junk);
void inbox_clear(struct inbox *b, struct pool *pool);
bool inbox_check(const struct inbox *b);

#endif
