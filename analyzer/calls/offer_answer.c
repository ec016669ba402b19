#include "analyzer/calls/offer_answer.h"

enum sdp_role sdp_role_of(bool is_request, enum sip_method method, bool request_had_sdp)
{
	switch (method) {
	case SIP_ACK: return SDP_ROLE_ANSWER; /* 2xx brought the offer */
	case SIP_PRACK:
		/* RFC 3262 5: the reliable 1xx was the answer, or (no SDP in the INVITE) the offer. */
		if (is_request)
			return request_had_sdp ? SDP_ROLE_OFFER : SDP_ROLE_ANSWER;
		return SDP_ROLE_ANSWER;
	case SIP_INVITE:
	case SIP_UPDATE:
		if (is_request)
			return SDP_ROLE_OFFER;
		return request_had_sdp ? SDP_ROLE_ANSWER : SDP_ROLE_OFFER;
	default: return SDP_ROLE_NONE;
	}
}

#define SUMMARY_MEDIA   4
#define SUMMARY_FORMATS 8

static void add_formats(const struct sdp_session_media *m, struct text *out)
{
	for (unsigned i = 0; i < m->format_count && i < SUMMARY_FORMATS; i++) {
		const struct sdp_format *f = &m->formats[i];
		if (f->encoding.n) {
			text_add(out, slice_sub(f->encoding, 0, 32));
			text_add(out, SLICE_LIT(" "));
		} else {
			text_addf(out, "%u ", f->payload_type);
		}
	}
}

static void add_media(const struct sdp_session_media *m, struct text *out)
{
	char address[ENDPOINT_TEXT];

	if (!slice_ieq_str(m->type, "audio")) {
		text_add(out, slice_sub(m->type, 0, 16));
		text_add(out, SLICE_LIT(" "));
	}
	if (!m->port) {
		text_add(out, SLICE_LIT("rejected"));
		return;
	}
	add_formats(m, out);
	if (m->has_addr) {
		size_t n = endpoint_format((struct endpoint){ m->addr, m->port }, address);
		text_add(out, slice_of(address, n));
	} else {
		text_add(out, slice_sub(m->host, 0, 64));
		text_addf(out, ":%u", m->port);
	}
	text_add(out, SLICE_LIT(" "));
	text_add(out, slice_str(sdp_direction_name(m->direction)));
}

void sdp_summary(const struct sdp *sdp, enum sdp_role role, struct text *out)
{
	static const char *const names[] = { "sdp", "offer", "answer" };

	text_reset(out);
	text_add(out, slice_str(names[role]));
	for (unsigned i = 0; i < sdp->media_count && i < SUMMARY_MEDIA; i++) {
		text_add(out, i ? SLICE_LIT(", ") : SLICE_LIT(" "));
		add_media(&sdp->media[i], out);
	}
	if (sdp->media_count > SUMMARY_MEDIA)
		text_add(out, SLICE_LIT(", ..."));
}

bool sdp_says_hold(const struct sdp *sdp)
{
	bool any = false;

	for (unsigned i = 0; i < sdp->media_count; i++) {
		if (!sdp->media[i].port)
			continue;
		if (!sdp_media_is_hold(&sdp->media[i]))
			return false;
		any = true;
	}
	return any;
}

bool sdp_sends(const struct sdp *sdp)
{
	for (unsigned i = 0; i < sdp->media_count; i++) {
		enum sdp_direction d = sdp->media[i].direction;
		if (sdp->media[i].port && (d == SDP_SENDRECV || d == SDP_SENDONLY))
			return true;
	}
	return false;
}

void hold_init(struct hold *h)
{
	*h = (struct hold){ .since_ns = TIME_NONE, .offer_sends = true };
}

bool hold_now(const struct hold *h)
{
	return h->by[PARTY_CALLER] || h->by[PARTY_CALLEE];
}

void hold_start(struct hold *h, int64_t time_ns)
{
	if (h->counting)
		return;
	h->counting = true;
	if (hold_now(h)) {
		h->since_ns = time_ns;
		h->count++;
	}
}

static void remember(struct hold *h, int64_t until_ns)
{
	if (h->span_count < HOLD_SPANS)
		h->span_count++;
	h->spans[h->span_count - 1] = (struct hold_span){ h->since_ns, until_ns };
}

bool hold_within(const struct hold *h, int64_t from_ns, int64_t until_ns)
{
	for (unsigned i = 0; i < h->span_count; i++)
		if (h->spans[i].from_ns < until_ns && h->spans[i].until_ns > from_ns)
			return true;
	return hold_now(h) && h->since_ns != TIME_NONE && h->since_ns < until_ns;
}

/* The length of a hold; 0 if the clock went backwards. */
static int64_t held_from(int64_t since_ns, int64_t until_ns)
{
	return until_ns > since_ns ? until_ns - since_ns : 0;
}

void hold_sdp(struct hold *h, enum party party, bool says_hold, int64_t time_ns)
{
	bool before = hold_now(h);

	h->by[party] = says_hold;
	if (!h->counting || before == hold_now(h))
		return;
	if (before) {
		h->total_ns += held_from(h->since_ns, time_ns);
		remember(h, time_ns);
		h->since_ns = TIME_NONE;
	} else {
		h->since_ns = time_ns;
		h->count++;
	}
}

void hold_offer(struct hold *h, enum party party, uint32_t cseq)
{
	if (h->offer_open && h->offer_party == party && h->offer_cseq == cseq)
		return;
	h->offer_open = true;
	h->offer_party = party;
	h->offer_cseq = cseq;
	h->before_by = h->by[party];
	h->before_since_ns = h->since_ns;
	h->before_total_ns = h->total_ns;
	h->before_count = h->count;
	h->before_span_count = h->span_count;
}

void hold_offer_end(struct hold *h, enum party party, uint32_t cseq, bool accepted)
{
	if (!h->offer_open || h->offer_party != party || h->offer_cseq != cseq)
		return;
	h->offer_open = false;
	if (accepted)
		return;
	h->by[party] = h->before_by;
	h->since_ns = h->before_since_ns;
	h->total_ns = h->before_total_ns;
	h->count = h->before_count;
	h->span_count = h->before_span_count;
}

int64_t hold_total_ns(const struct hold *h, int64_t end_ns)
{
	int64_t total = h->total_ns;

	if (h->counting && hold_now(h) && h->since_ns != TIME_NONE && end_ns != TIME_NONE)
		total += held_from(h->since_ns, end_ns);
	return total;
}
