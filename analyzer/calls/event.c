#include "analyzer/calls/event.h"

void event_init(struct event *ev, const struct sip_origin *origin, const struct sip_msg *msg)
{
	*ev = (struct event){
		.origin = origin,
		.msg = msg,
		.call_id = slice_sub(msg->call_id, 0, EVENT_MAX_CALL_ID),
		.from_tag = slice_sub(msg->from_tag, 0, EVENT_MAX_TAG),
		.to_tag = slice_sub(msg->to_tag, 0, EVENT_MAX_TAG),
		.call_hash = hash_slice(msg->call_id, 0),
		.via_hash = hash_slice(msg->branch, hash_slice(msg->sent_by, 0)),
		.method = msg->is_request ? msg->method : msg->cseq_method,
	};
	ev->from_hash = hash_slice(ev->from_tag, 0);
	ev->to_hash = hash_slice(ev->to_tag, 0);
}
