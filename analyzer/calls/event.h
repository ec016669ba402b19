/* One message on its way through this room: what every file here asks of it, worked out once. */
#ifndef ANALYZER_CALLS_EVENT_H
#define ANALYZER_CALLS_EVENT_H

#include "analyzer/calls/calls.h"

/* Identifiers longer than this are cut, in rows and in comparisons alike: only rubbish is so long. */
#define EVENT_MAX_CALL_ID 512
#define EVENT_MAX_TAG     256

struct event {
	const struct sip_origin *origin;
	const struct sip_msg *msg;
	struct slice call_id, from_tag, to_tag; /* cut as above */
	/* Each of these is hashed once, here; every key below is mixed of them. */
	uint64_t call_hash; /* of the whole Call-ID */
	uint64_t via_hash; /* of the top Via's branch and sent-by */
	uint64_t from_hash, to_hash; /* of the tags, cut */
	enum sip_method
	        method; /* of the request, or the one that the response answers; ACK stays ACK */
};

void event_init(struct event *ev, const struct sip_origin *origin, const struct sip_msg *msg);

#endif
