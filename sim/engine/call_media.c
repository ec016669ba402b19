/* A call and its media: made when something first asks for it, told of SDP both ways; and the digits it asks us to send by INFO. */
#include "sim/engine/made.h"

#include <stdio.h>

/* A digit in the call's dialog (application/dtmf-relay). Its answer is nobody's step: call_is_own_answer(). */
static bool send_info(void *context, char digit, unsigned ms)
{
	struct call *c = context;
	struct station *s = c->station;
	char body[64];

	if (c->state == CALL_CLOSING || !c->channel)
		return false;
	const struct sip_msg *m = made_from(c);
	if (!m)
		return false;
	int n = snprintf(body, sizeof body, "Signal=%c\r\nDuration=%u\r\n", digit, ms);
	struct text *out = &s->scratch[RENDER_DEPTH - 1];
	made_within_dialog(c, m, "INFO", ++c->cseq, "application/dtmf-relay",
	                   slice_of(body, (size_t)n), out);
	if (out->failed)
		return false;
	enum send_result r = channel_send(c->channel, c->peer, slice_of(out->p, out->n));
	if (r == SEND_DONE)
		station_trace_message(s, c, true, c->peer, slice_of(out->p, out->n), "digit");
	return r == SEND_DONE;
}

bool call_is_own_answer(const struct call *c, const struct sip_msg *m)
{
	(void)c;
	return !m->is_request && m->cseq_method == SIP_INFO && slice_starts(m->branch, MADE_BRANCH);
}

struct media_call *call_media(struct call *c, struct err *err)
{
	struct station *s = c->station;

	if (c->media || !s->media)
		return c->media;
	c->media =
	        media_call_new(s->media, c->number,
	                       c->channel ? c->channel->local.addr : s->transport->local.addr, err);
	if (c->media)
		media_call_info(c->media, send_info, c);
	return c->media;
}

void call_sdp(struct call *c, struct slice sdp, bool ours)
{
	struct err err = ERR_INIT;

	if (slice_find_str(sdp, "m=") != SLICE_NPOS && call_media(c, &err))
		media_call_sdp(c->media, sdp, ours);
}
