#include "analyzer/streams/rtcp.h"

#include "analyzer/findings/findings.h"
#include "analyzer/streams/bind.h"
#include "analyzer/streams/secure.h"
#include "base/duration.h"
#include "base/mem.h"

#include <math.h>

#define MAX_RTT_MS     30e3
#define XR_UNAVAILABLE 127

/* Where a compound was seen, and what that ties it to. */
struct rtcp_context {
	struct streams *s;
	int64_t time_ns;
	const struct packet_view *view;
	const struct call_media *media; /* of the media end it goes to or comes from; NULL: none */
	bool encrypted; /* SRTCP: only the first header can be read */
	bool opened; /* it was SRTCP */
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
		c->encrypted |= st->cold->encrypted && !c->opened;
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

static struct stream_rtcp *rtcp_of(struct rtcp_context *c, struct stream *st)
{
	struct stream_rtcp *r = st->cold->rtcp;

	if (r)
		return r;
	r = st->cold->rtcp = mem_zalloc(sizeof *r);
	if (!r) {
		err_memory(c->s->a->err, "an RTP stream");
		return NULL;
	}
	r->bye_ns = TIME_NONE;
	r->fraction_max = r->jitter_max_ms = r->rtt_max_ms = NAN;
	r->far_lost = RECORD_NULL;
	return r;
}

static struct record_rtcp row_of(struct rtcp_context *c, struct slice kind, uint32_t reporter,
                                 uint32_t source, const struct stream *st)
{
	struct analysis *a = c->s->a;
	struct record_rtcp r;

	record_rtcp_init(&r);
	r.id = a->next_rtcp++;
	r.stream_id = st && st->accepted ? st->cold->id : RECORD_NULL;
	r.time_us = clock_us(c->time_ns);
	r.reporter_ssrc = reporter;
	r.source_ssrc = source;
	r.kind = kind;
	r.capture_id = a->capture_id;
	r.frame = (int64_t)a->frame;
	return r;
}

/* From the tap to the reporter and back: since we saw the sender report go by, less the time the reporter sat on it. */
static double round_trip_ms(const struct rtcp_context *c, const struct stream_rtcp *r,
                            const struct rtcp_block *b)
{
	for (unsigned i = 0; i < RTCP_SENT_REPORTS && b->lsr; i++) {
		const struct sent_report *sent = &r->sent_reports[i];
		if (i >= r->sender_reports || sent->ntp_middle != b->lsr)
			continue;
		double ms = (double)duration_between(sent->time_ns, c->time_ns) / 1e6 -
		            b->dlsr * 1e3 / 65536;
		return ms >= 0 && ms <= MAX_RTT_MS ? ms : NAN;
	}
	return NAN;
}

static void disagree(struct rtcp_context *c, struct rtcp_disagreement *d, double far, double ours)
{
	struct sighting at = { c->s->a->capture_id, c->s->a->frame, c->time_ns };
	double worse = fabs(far - ours), worst = fabs(d->far - d->ours);

	if (!d->reports++)
		d->first = at;
	d->last = at;
	if (d->reports == 1 || worse > worst) {
		d->far = far;
		d->ours = ours;
	}
}

/* What we lost since its last report, beside what it lost. */
static void compare(struct rtcp_context *c, struct stream *st, double far)
{
	struct stream_rtcp *r = st->cold->rtcp;
	uint64_t expected = seq_expected(&st->seq), lost = st->seq.lost;
	bool known = r->reports > 1 && expected >= r->expected_then + RTCP_COMPARED_PACKETS &&
	             lost >= r->lost_then;

	if (known) {
		double ours = (double)(lost - r->lost_then) / (double)(expected - r->expected_then);
		enum loss_verdict v = findings_compare_loss(c->s->a->findings, far, ours);
		if (v != LOSS_AGREES)
			disagree(c, v == LOSS_FAR_WORSE ? &r->far_worse : &r->ours_worse, far,
			         ours);
	}
	r->expected_then = expected;
	r->lost_then = lost;
}

static void keep_round_trip(struct stream_rtcp *r, double ms)
{
	if (isnan(ms))
		return;
	delay_rtcp(&r->delay, ms);
	r->rtt_max_ms = fmax(r->rtt_max_ms, ms);
}

static bool keep_block(struct rtcp_context *c, struct stream *st, const struct rtcp_block *b,
                       struct record_rtcp *row)
{
	struct stream_rtcp *r = rtcp_of(c, st);
	uint32_t clock_hz = stream_clock_hz(st);

	if (!r)
		return false;
	row->jitter_ms = clock_hz ? b->jitter * 1e3 / clock_hz : NAN;
	row->rtt_ms = round_trip_ms(c, r, b);
	r->reports++;
	r->fraction_max = fmax(r->fraction_max, row->fraction_lost);
	r->jitter_max_ms = fmax(r->jitter_max_ms, row->jitter_ms);
	r->far_lost = b->cumulative_lost;
	keep_round_trip(r, row->rtt_ms);
	compare(c, st, row->fraction_lost);
	far_loss_push(&r->missed, (int64_t)seq_expected(&st->seq), (int64_t)st->seq.lost,
	              b->cumulative_lost);
	return true;
}

static bool write_block(struct rtcp_context *c, const struct rtcp_packet *p,
                        const struct rtcp_block *b)
{
	struct stream *st = stream_reported(c, b->ssrc);

	if (c->encrypted || (!st && !c->media))
		return true;
	struct slice kind = p->type == RTCP_SR ? SLICE_LIT("sr") : SLICE_LIT("rr");
	struct record_rtcp row = row_of(c, kind, p->ssrc, b->ssrc, st);
	row.fraction_lost = b->fraction_lost / 256.0;
	row.cumulative_lost = b->cumulative_lost;
	if (st && !keep_block(c, st, b, &row))
		return false;
	return store_rtcp(c->s->a->store, &row, c->s->a->err);
}

/* RFC 3611 4.7: 127 is "unavailable", and so is no delay at all. */
static double available(int value)
{
	return value != XR_UNAVAILABLE ? (double)value : (double)NAN;
}

static double measured(unsigned ms)
{
	return ms ? (double)ms : (double)NAN;
}

static struct slice named(const char *name)
{
	return name ? slice_str(name) : SLICE_NONE;
}

/* RFC 3611 4.7.6. */
static void fill_receiver(struct record_rtcp *row, const struct rtcp_voip_metrics *m)
{
	static const char *const plc[] = { NULL, "disabled", "enhanced", "standard" };
	static const char *const buffer[] = { NULL, NULL, "fixed", "adaptive" };

	row->xr_plc = named(plc[m->rx_config >> 6]);
	row->xr_jitter_buffer = named(buffer[m->rx_config >> 4 & 3]);
	row->xr_jb_nominal_ms = measured(m->jb_nominal_ms);
	row->xr_jb_max_ms = measured(m->jb_max_ms);
	row->xr_jb_abs_max_ms = measured(m->jb_abs_max_ms);
}

static void fill_metrics(struct record_rtcp *row, const struct rtcp_voip_metrics *m)
{
	row->fraction_lost = m->loss_rate / 256.0;
	row->rtt_ms = measured(m->round_trip_ms);
	row->xr_r_factor = available(m->r_factor);
	row->xr_ext_r_factor = available(m->ext_r_factor);
	row->xr_mos_lq = available(m->mos_lq) / 10;
	row->xr_mos_cq = available(m->mos_cq) / 10;
	row->xr_discard_ratio = m->discard_rate / 256.0;
	row->xr_burst_density = m->burst_density / 256.0;
	row->xr_burst_ms = m->burst_ms;
	row->xr_gap_density = m->gap_density / 256.0;
	row->xr_gap_ms = m->gap_ms;
	row->xr_end_system_ms = measured(m->end_system_ms);
	row->xr_signal_dbm = available(m->signal_dbm);
	row->xr_noise_dbm = available(m->noise_dbm);
	row->xr_rerl_db = available(m->rerl);
	row->xr_gmin = m->gmin ? m->gmin : RECORD_NULL;
	fill_receiver(row, m);
}

static bool write_metrics(struct rtcp_context *c, uint32_t reporter,
                          const struct rtcp_voip_metrics *m)
{
	struct stream *st = stream_reported(c, m->ssrc);

	if (c->encrypted || (!st && !c->media))
		return true;
	struct record_rtcp row = row_of(c, SLICE_LIT("xr"), reporter, m->ssrc, st);
	fill_metrics(&row, m);
	if (st && !rtcp_of(c, st))
		return false;
	if (st)
		delay_xr(&st->cold->rtcp->delay, row.rtt_ms, row.xr_end_system_ms);
	return store_rtcp(c->s->a->store, &row, c->s->a->err);
}

/* ---- what a stream's sender says of itself ---- */

static uint8_t keep_text(char to[static RTCP_TEXT_MAX], struct slice text)
{
	struct slice kept = slice_sub(text, 0, RTCP_TEXT_MAX);

	if (kept.n)
		memcpy(to, kept.p, kept.n);
	return (uint8_t)kept.n;
}

static void keep_sender(struct rtcp_context *c, struct stream_rtcp *r, const struct rtcp_packet *p)
{
	if (p->type == RTCP_SR) {
		r->sent_reports[r->sender_reports++ % RTCP_SENT_REPORTS] =
		        (struct sent_report){ (uint32_t)(p->ntp >> 16), c->time_ns };
		r->sender_packets = p->packet_count;
		r->sender_octets = p->octet_count;
	}
	if (p->cname.n && !r->cname_n)
		r->cname_n = keep_text(r->cname, p->cname);
	if (p->type == RTCP_BYE && r->bye_ns == TIME_NONE) {
		r->bye_ns = c->time_ns;
		r->reason_n = keep_text(r->reason, p->bye_reason);
	}
}

static bool take_sender(struct rtcp_context *c, const struct rtcp_packet *p)
{
	struct stream *st = stream_sent(c, p->ssrc);
	bool says = p->type == RTCP_SR || p->type == RTCP_SDES || p->type == RTCP_BYE;

	if (!st || !says || c->encrypted)
		return true;
	struct stream_rtcp *r = rtcp_of(c, st);
	if (r)
		keep_sender(c, r, p);
	return r != NULL;
}

static bool take_packet(struct rtcp_context *c, const struct rtcp_packet *p)
{
	if (!take_sender(c, p))
		return false;
	for (unsigned i = 0; i < p->block_count; i++)
		if (!write_block(c, p, &p->blocks[i]))
			return false;
	for (unsigned i = 0; i < p->metrics_count; i++)
		if (!write_metrics(c, p->ssrc, &p->metrics[i]))
			return false;
	return true;
}

bool rtcp_record(const struct stream *st, struct analysis *a)
{
	const struct stream_rtcp *r = st->cold->rtcp;

	if (!r)
		return true;
	struct record_stream_rtcp row = {
		.stream_id = st->cold->id,
		.cname = r->cname_n ? slice_of(r->cname, r->cname_n) : SLICE_NONE,
		.sender_reports = (int64_t)r->sender_reports,
		.sender_packets = r->sender_reports ? r->sender_packets : RECORD_NULL,
		.sender_octets = r->sender_reports ? r->sender_octets : RECORD_NULL,
		.receiver_reports = (int64_t)r->reports,
		.far_fraction_max = r->fraction_max,
		.far_lost = r->far_lost,
		.far_jitter_max_ms = r->jitter_max_ms,
		.rtt_mean_ms = delay_rtcp_mean_ms(&r->delay),
		.rtt_max_ms = r->rtt_max_ms,
		.bye_us = r->bye_ns != TIME_NONE ? clock_us(r->bye_ns) : RECORD_NULL,
		.bye_reason = r->reason_n ? slice_of(r->reason, r->reason_n) : SLICE_NONE,
	};
	return store_stream_rtcp(a->store, &row, a->err);
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

/* SRTCP by the keys of whoever sent it. */
static void decrypt(struct rtcp_context *c, const struct media_end *end, bool to_end,
                    struct slice *compound)
{
	enum party sender = (end->party == PARTY_CALLER) == to_end ? PARTY_CALLEE : PARTY_CALLER;

	c->opened = secure_rtcp(c->s, end, sender, *compound, compound);
	c->encrypted = !c->opened;
}

bool rtcp_take(struct streams *s, int64_t time_ns, const struct packet_view *view,
               struct slice compound, bool *matched)
{
	struct rtcp_context c = { .s = s, .time_ns = time_ns, .view = view };
	const struct media_end *end = end_at(s, view->dst, view->dport);
	struct rtcp_packet p;

	bool to_end = end != NULL;

	if (!end)
		end = end_at(s, view->src, view->sport);
	if (end) {
		c.media = end->media;
		c.encrypted = end->encrypted;
		c.matched = true;
	}
	bool copy = is_copy(&c, compound);
	if (c.encrypted && !copy)
		decrypt(&c, end, to_end, &compound);
	while (rtcp_next(&compound, &p) == PARSE_OK) {
		if (!copy && !take_packet(&c, &p))
			return false;
		if (c.encrypted)
			break; /* what follows the first header is cipher text */
	}
	*matched = c.matched || copy;
	return true;
}
