/* RTCP of a flow, RFC 3550 section 6: a report about every five seconds, by chance between half and one and a half of that (6.3.5, for a session
 * of two that needs no scaling), SR while we send and RR else, each with SDES CNAME (RFC 7022), and BYE at the end. */
#include "sim/media/machine.h"

#include "dissectors/rtcp.h"

#define INTERVAL_NS (5 * NS_PER_S)
#define NTP_EPOCH_S UINT64_C(2208988800) /* 1900 to 1970 */
#define MAX_REPORT  160

struct rtcp_state {
	struct wheel_timer timer;
	struct media_flow *flow;
	uint64_t sent_before; /* packets at the last report */
	uint32_t last_sr; /* middle of its NTP time */
	int64_t last_sr_ns; /* when it came */
	bool any_sent;
};

/* --- writing ------------------------------------------------------------------------------------------------------ */

struct writer {
	uint8_t *p;
	size_t n;
};

static void put32(struct writer *w, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		w->p[w->n++] = (uint8_t)(v >> shift);
}

/* V=2, count, type; the length is filled in by end_packet(). */
static size_t begin_packet(struct writer *w, unsigned count, enum rtcp_type type)
{
	put32(w, 0x80000000u | count << 24 | (uint32_t)type << 16);
	return w->n - 4;
}

static void end_packet(struct writer *w, size_t at)
{
	size_t words = (w->n - at) / 4 - 1;

	w->p[at + 2] = (uint8_t)(words >> 8);
	w->p[at + 3] = (uint8_t)words;
}

static uint64_t ntp_of(int64_t ns)
{
	uint64_t s = (uint64_t)(ns / NS_PER_S) + NTP_EPOCH_S;

	return s << 32 | (uint64_t)(((unsigned __int128)(ns % NS_PER_S) << 32) / NS_PER_S);
}

static uint32_t clamp24(int64_t v)
{
	v = v > 0x7fffff ? 0x7fffff : v < -0x800000 ? -0x800000 : v;
	return (uint32_t)v & 0xffffff;
}

/* RFC 3550 6.4.1 and A.3. */
static void put_block(struct writer *w, const struct rtcp_state *r, struct receiver *in,
                      int64_t now_ns)
{
	uint64_t highest = (uint64_t)in->cycles + in->highest;
	uint64_t expected = (uint64_t)((int64_t)highest - in->base + 1);
	uint64_t received = in->received + in->duplicates;
	uint64_t expected_now = expected - in->expected_before;
	int64_t lost_now = (int64_t)expected_now - (int64_t)(received - in->received_before);
	uint32_t fraction = expected_now && lost_now > 0
	                            ? (uint32_t)(lost_now * 256 / (int64_t)expected_now)
	                            : 0;

	put32(w, in->ssrc);
	put32(w, (fraction > 255 ? 255 : fraction) << 24 |
	                 clamp24((int64_t)expected - (int64_t)received));
	put32(w, (uint32_t)highest);
	put32(w, in->jitter16 >> 4);
	put32(w, r->last_sr);
	put32(w, r->last_sr ? (uint32_t)((now_ns - r->last_sr_ns) * 65536 / NS_PER_S) : 0);
	in->expected_before = expected;
	in->received_before = received;
}

static void put_report(struct writer *w, struct rtcp_state *r, int64_t now_ns)
{
	struct sender *s = &r->flow->sender;
	struct receiver *in = &r->flow->receiver;
	bool sending = s->sent != r->sent_before;
	size_t at = begin_packet(w, in->any, sending ? RTCP_SR : RTCP_RR);

	put32(w, s->ssrc);
	if (sending) {
		uint64_t ntp = ntp_of(now_ns);
		put32(w, (uint32_t)(ntp >> 32));
		put32(w, (uint32_t)ntp);
		put32(w, sender_timestamp(s, now_ns));
		put32(w, (uint32_t)s->sent);
		put32(w, (uint32_t)s->octets);
	}
	if (in->any)
		put_block(w, r, in, now_ns);
	end_packet(w, at);
	r->sent_before = s->sent;
}

/* The CNAME is the same for all streams of a call. */
static void put_name(struct writer *w, const struct media_flow *f)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t name = f->call->name;
	size_t at = begin_packet(w, 1, RTCP_SDES);

	put32(w, f->sender.ssrc);
	w->p[w->n++] = 1;
	w->p[w->n++] = 16;
	for (int i = 0; i < 16; i++, name <<= 4)
		w->p[w->n++] = (uint8_t)hex[name >> 60];
	do
		w->p[w->n++] = 0;
	while (w->n % 4);
	end_packet(w, at);
}

static void send_report(struct rtcp_state *r, bool bye)
{
	struct media_flow *f = r->flow;
	struct media *m = f->call->media;
	uint8_t bytes[MAX_REPORT + SEALING_OVERHEAD];
	struct writer w = { bytes, 0 };
	struct media_port *port = f->mux ? f->port : f->rtcp_port;

	if (!port || !f->remote_rtcp.port)
		return;
	put_report(&w, r, m->loop->now_ns);
	put_name(&w, f);
	if (bye) {
		size_t at = begin_packet(&w, 1, RTCP_BYE);
		put32(&w, f->sender.ssrc);
		end_packet(&w, at);
	}
	if (!media_flow_seal(f, true, bytes, &w.n) ||
	    !port_send(port, f->remote_rtcp, slice_of(bytes, w.n)))
		return;
	m->counts.rtcp_sent++;
	f->call->rtcp_sent++;
	r->any_sent = true;
}

/* --- when --------------------------------------------------------------------------------------------------------- */

static void arm(struct rtcp_state *r, int64_t usual_ns)
{
	struct media_call *c = r->flow->call;
	double part = 0.5 + random_unit(&c->random);

	wheel_arm(&c->media->loop->wheel, &r->timer,
	          c->media->loop->now_ns + (int64_t)((double)usual_ns * part));
}

static void due(struct wheel_timer *timer)
{
	struct rtcp_state *r =
	        (struct rtcp_state *)((char *)timer - offsetof(struct rtcp_state, timer));

	if (r->flow->sender.sent || r->flow->receiver.any)
		send_report(r, false);
	arm(r, INTERVAL_NS);
}

bool rtcp_begin(struct media_flow *f, struct err *err)
{
	struct media *m = f->call->media;

	if (!m->config->media.rtcp || f->rtcp || f->kind == MEDIA_IMAGE)
		return true;
	f->rtcp = pool_alloc(&m->reports, sizeof *f->rtcp);
	if (!f->rtcp)
		return err_memory(err, "RTCP of a call");
	*f->rtcp = (struct rtcp_state){ .timer.fire = due, .flow = f };
	arm(f->rtcp, INTERVAL_NS / 2);
	return true;
}

size_t rtcp_octets(void)
{
	return sizeof(struct rtcp_state);
}

void rtcp_end(struct media_flow *f)
{
	struct media *m = f->call->media;

	if (!f->rtcp)
		return;
	if (f->rtcp->any_sent)
		send_report(f->rtcp, true);
	wheel_cancel(&m->loop->wheel, &f->rtcp->timer);
	pool_free(&m->reports, f->rtcp, sizeof *f->rtcp);
	f->rtcp = NULL;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

void rtcp_arrived(struct media_flow *f, struct slice bytes, int64_t time_ns)
{
	struct rtcp_packet packet;

	f->call->media->counts.rtcp_received++;
	f->call->rtcp_received++;
	while (f->rtcp && rtcp_next(&bytes, &packet) == PARSE_OK) {
		if (packet.type != RTCP_SR || packet.encrypted)
			continue;
		f->rtcp->last_sr = (uint32_t)(packet.ntp >> 16);
		f->rtcp->last_sr_ns = time_ns;
	}
}
