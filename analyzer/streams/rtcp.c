#include "analyzer/streams/rtcp.h"

#include "analyzer/streams/bind.h"
#include "base/duration.h"

#define MAX_RTT_MS     30e3
#define XR_UNAVAILABLE 127

/* Where a compound was seen, and what that ties it to. */
struct rtcp_context {
	struct streams *s;
	int64_t time_ns;
	const struct packet_view *view;
	const struct call_media *media; /* of the media end it goes to or comes from; NULL: none */
	bool encrypted; /* SRTCP: only the first header can be read */
	bool matched;
};

/* ---- which stream ---- */

static struct stream *find_exact(const struct streams *s, struct ip_addr src, struct ip_addr dst,
                                 uint16_t sport, uint16_t dport, uint32_t ssrc)
{
	struct flow_key key = { src, dst, sport, dport, ssrc };

	return flow_find(s, flow_hash(&key), &key);
}

/* Among the call's streams, when NAT or a=rtcp hides the ports: by SSRC and at least one address, the better match first. */
static struct stream *find_in_call(const struct call_media *media, struct ip_addr src,
                                   struct ip_addr dst, uint32_t ssrc)
{
	struct stream *half = NULL;

	for (struct stream *st = media ? media->streams : NULL; st; st = st->cold->next_in_call) {
		bool from = ip_addr_eq(st->key.src, src), to = ip_addr_eq(st->key.dst, dst);
		if (st->key.ssrc != ssrc)
			continue;
		if (from && to)
			return st;
		if (from || to)
			half = st;
	}
	return half;
}

/* The RTP stream between the same parties: same ports (RFC 5761), or each one below RTCP's. */
static struct stream *find_stream(struct rtcp_context *c, struct ip_addr src, struct ip_addr dst,
                                  uint16_t sport, uint16_t dport, uint32_t ssrc)
{
	struct stream *st = find_exact(c->s, src, dst, sport, dport, ssrc);

	if (!st && sport && dport)
		st = find_exact(c->s, src, dst, (uint16_t)(sport - 1), (uint16_t)(dport - 1), ssrc);
	if (!st)
		st = find_in_call(c->media, src, dst, ssrc);
	if (st) {
		c->matched = true;
		c->encrypted |= st->cold->encrypted;
	}
	return st;
}

/* What the sender of this compound sends. */
static struct stream *stream_sent(struct rtcp_context *c, uint32_t ssrc)
{
	const struct packet_view *v = c->view;
	return find_stream(c, v->src, v->dst, v->sport, v->dport, ssrc);
}

/* What it receives, and reports on. */
static struct stream *stream_reported(struct rtcp_context *c, uint32_t ssrc)
{
	const struct packet_view *v = c->view;
	return find_stream(c, v->dst, v->src, v->dport, v->sport, ssrc);
}

static const struct media_end *end_at(const struct streams *s, struct ip_addr addr, uint16_t port)
{
	const struct endpoint_node *n = endpoint_find(s, (struct endpoint){ addr, port });
	const struct media_end *end = n ? endpoint_end(&n->rtcp_ends, true) : NULL;

	return n && !end ? endpoint_end(&n->ends, true) : end;
}

/* ---- rows ---- */

static struct record_rtcp row_of(struct rtcp_context *c, uint32_t reporter, uint32_t source,
                                 const struct stream *st)
{
	return (struct record_rtcp){
		.id = c->s->a->next_rtcp++,
		.stream_id = st && st->accepted ? st->cold->id : RECORD_NULL,
		.time_us = clock_us(c->time_ns),
		.reporter_ssrc = reporter,
		.source_ssrc = source,
		.fraction_lost = NAN,
		.cumulative_lost = RECORD_NULL,
		.jitter_ms = NAN,
		.rtt_ms = NAN,
		.xr_r_factor = NAN,
		.xr_mos_lq = NAN,
		.xr_mos_cq = NAN,
	};
}

/* From the tap to the reporter and back: since we saw the sender report go by, less the time the reporter sat on it. */
static double round_trip_ms(const struct rtcp_context *c, const struct stream *st,
                            const struct rtcp_block *b)
{
	unsigned n = st->cold->sent_report_count < STREAM_SENT_REPORTS ? st->cold->sent_report_count
	                                                               : STREAM_SENT_REPORTS;

	if (!b->lsr)
		return NAN;
	for (unsigned i = 0; i < n; i++) {
		if (st->cold->sent_reports[i].ntp_middle != b->lsr)
			continue;
		double ms =
		        (double)duration_between(st->cold->sent_reports[i].time_ns, c->time_ns) /
		                1e6 -
		        b->dlsr * 1e3 / 65536;
		return ms >= 0 && ms <= MAX_RTT_MS ? ms : NAN;
	}
	return NAN;
}

static bool write_block(struct rtcp_context *c, uint32_t reporter, const struct rtcp_block *b)
{
	struct stream *st = stream_reported(c, b->ssrc);

	if (c->encrypted || (!st && !c->media))
		return true;
	struct record_rtcp r = row_of(c, reporter, b->ssrc, st);
	r.fraction_lost = b->fraction_lost / 256.0;
	r.cumulative_lost = b->cumulative_lost;
	if (st) {
		uint32_t clock_hz = stream_clock_hz(st);
		r.jitter_ms = clock_hz ? b->jitter * 1e3 / clock_hz : NAN;
		r.rtt_ms = round_trip_ms(c, st, b);
		if (!isnan(r.rtt_ms)) {
			st->cold->rtt_sum_ms += r.rtt_ms;
			st->cold->rtt_count++;
		}
	}
	return store_rtcp(c->s->a->store, &r, c->s->a->err);
}

static bool write_metrics(struct rtcp_context *c, uint32_t reporter,
                          const struct rtcp_voip_metrics *m)
{
	struct stream *st = stream_reported(c, m->ssrc);

	if (c->encrypted || (!st && !c->media))
		return true;
	struct record_rtcp r = row_of(c, reporter, m->ssrc, st);
	r.fraction_lost = m->loss_rate / 256.0;
	r.rtt_ms = m->round_trip_ms ? m->round_trip_ms : NAN;
	r.xr_r_factor = m->r_factor != XR_UNAVAILABLE ? m->r_factor : NAN;
	r.xr_mos_lq = m->mos_lq != XR_UNAVAILABLE ? m->mos_lq / 10.0 : NAN;
	r.xr_mos_cq = m->mos_cq != XR_UNAVAILABLE ? m->mos_cq / 10.0 : NAN;
	return store_rtcp(c->s->a->store, &r, c->s->a->err);
}

static void remember_report(struct rtcp_context *c, const struct rtcp_packet *p)
{
	struct stream *st = stream_sent(c, p->ssrc);

	if (st)
		st->cold->sent_reports[st->cold->sent_report_count++ % STREAM_SENT_REPORTS] =
		        (struct sent_report){ (uint32_t)(p->ntp >> 16), c->time_ns };
}

static bool take_packet(struct rtcp_context *c, const struct rtcp_packet *p)
{
	if (p->type == RTCP_SR)
		remember_report(c, p);
	else
		stream_sent(c, p->ssrc);
	for (unsigned i = 0; i < p->block_count; i++)
		if (!write_block(c, p->ssrc, &p->blocks[i]))
			return false;
	for (unsigned i = 0; i < p->metrics_count; i++)
		if (!write_metrics(c, p->ssrc, &p->metrics[i]))
			return false;
	return true;
}

/* A mirror port shows everything twice. */
static bool is_copy(struct rtcp_context *c, struct slice compound)
{
	uint64_t h = hash_slice(compound,
	                        flow_hash(&(struct flow_key){ c->view->src, c->view->dst,
	                                                      c->view->sport, c->view->dport, 0 }));
	struct recent_rtcp *r = &c->s->recent_rtcp[h % RTCP_RECENT];
	bool copy = r->hash == h &&
	            (uint64_t)duration_between(r->time_ns, c->time_ns) < (uint64_t)NS_PER_S;

	*r = (struct recent_rtcp){ h, c->time_ns };
	return copy;
}

bool rtcp_take(struct streams *s, int64_t time_ns, const struct packet_view *view,
               struct slice compound, bool *matched)
{
	struct rtcp_context c = { .s = s, .time_ns = time_ns, .view = view };
	const struct media_end *end = end_at(s, view->dst, view->dport);
	struct rtcp_packet p;

	if (!end)
		end = end_at(s, view->src, view->sport);
	if (end) {
		c.media = end->media;
		c.encrypted = end->encrypted;
		c.matched = true;
	}
	bool copy = is_copy(&c, compound);
	while (rtcp_next(&compound, &p) == PARSE_OK) {
		if (!copy && !take_packet(&c, &p))
			return false;
		if (c.encrypted)
			break; /* what follows the first header is cipher text */
	}
	*matched = c.matched || copy;
	return true;
}
