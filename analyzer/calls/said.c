#include "analyzer/calls/said.h"

static struct sighting place_of(const struct event *ev)
{
	const struct sip_origin *o = ev->origin;

	return (struct sighting){ o->capture_id, o->frame, o->time_ns };
}

static uint64_t version_of(const struct sdp *sdp)
{
	uint64_t h = hash_slice(sdp->origin_user, hash_slice(sdp->session_id, 1));

	return sdp->session_version.n ? hash_slice(sdp->session_version, h) : 0;
}

static void note_version(struct said *s, const struct event *ev, int64_t dialog_id,
                         uint64_t version, uint64_t body)
{
	bool same = version && version == s->version && s->dialog_id == dialog_id;

	if (same && s->body != body && !sighting_is_set(s->same_version[0])) {
		s->same_version[0] = s->at;
		s->same_version[1] = place_of(ev);
	}
	s->version = version;
	s->body = body;
	s->dialog_id = dialog_id;
}

static bool is_hidden(const struct sdp_session_media *m, struct ip_addr from)
{
	return slice_ieq_str(m->type, "audio") && m->port && m->has_addr && !m->candidate_count &&
	       !ip_addr_is_any(m->addr) && ip_addr_is_private(m->addr) && !ip_addr_is_private(from);
}

static void note_address(struct said *s, const struct event *ev, const struct sdp *sdp)
{
	struct ip_addr from = ev->origin->src.addr;
	unsigned i = 0;

	while (i < sdp->media_count && !is_hidden(&sdp->media[i], from))
		i++;
	if (i == sdp->media_count) {
		s->hidden_at = (struct sighting){ 0 };
		return;
	}
	s->hidden_at = place_of(ev);
	s->hidden = (struct endpoint){ sdp->media[i].addr, sdp->media[i].port };
	s->outside = from;
}

static void note_defects(struct said *s, const struct event *ev, const struct sdp *sdp)
{
	unsigned defects = sdp->defects;

	if (ev->msg->defects & SIP_DEFECT_BODY_SHORT)
		defects |= SDP_DEFECT_CUT;
	if (s->defects || !defects)
		return;
	s->defects = defects;
	s->defects_at = place_of(ev);
}

void said_note(struct said *s, const struct event *ev, int64_t dialog_id, const struct sdp *sdp,
               struct slice body)
{
	const struct sip_origin *o = ev->origin;

	if (!sighting_is_set(s->at)) {
		s->src = o->src;
		s->dst = o->dst;
	} else if (!endpoint_eq(s->src, o->src) || !endpoint_eq(s->dst, o->dst)) {
		return;
	}
	note_version(s, ev, dialog_id, version_of(sdp), hash_slice(body, 0));
	note_address(s, ev, sdp);
	note_defects(s, ev, sdp);
	s->at = place_of(ev);
}
