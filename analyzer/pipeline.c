#include "analyzer/pipeline.h"

#include "analyzer/findings/findings.h"
#include "analyzer/streams/listening.h"
#include "base/duration.h"
#include "base/mem.h"
#include "dissectors/classify.h"
#include "dissectors/icmp.h"
#include "dissectors/sip_chars.h"

struct pipeline {
	struct analysis analysis;
	struct pipeline_options options;
	struct ip_defrag *defrag;
	struct tcp_streams *tcp;
	struct streams *streams;
	struct calls *calls;
	struct packet packet; /* being worked on, or the last one */
	struct packet_place first; /* of its datagram's fragments, or itself */
	int64_t last_time_ns; /* of the packet before, TIME_NONE at first */
	int64_t virtual_ns; /* capture time without its jumps: see analysis.now_ns */
	uint64_t next_sample; /* number of the packet whose time is looked at, 0: of none */
	struct pipeline_counts counts;
	struct sip_msg msg; /* large, so it lives here and not on the stack */
};

static bool tcp_message(void *context, const struct packet_view *view,
                        const struct tcp_message *message);

static bool listen(struct analysis *a)
{
	a->listening = listening_new(a);
	if (!a->listening)
		return false;
	a->audio = listening_sink(a->listening);
	return true;
}

struct pipeline *pipeline_new(const struct pipeline_options *options, struct err *err)
{
	struct pipeline *p = mem_zalloc(sizeof *p);

	if (!p) {
		err_memory(err, "the analyzer");
		return NULL;
	}
	p->options = *options;
	p->last_time_ns = TIME_NONE;
	struct analysis *a = &p->analysis;
	a->store = options->store;
	a->run_id = options->run_id;
	a->err = err;
	a->correlate = options->correlate;
	a->interval_ns = options->interval_s * NS_PER_S;
	a->media = options->media;
	a->audio = options->audio;
	a->next_call = a->next_dialog = a->next_transaction = a->next_message = 1;
	a->next_stream = a->next_rtcp = a->next_dtmf = 1;
	a->next_registration = a->next_subscription = a->next_transfer = 1;
	timers_init(&a->timers);
	if (options->rules) {
		a->findings = findings_new(a, options->rules);
		if (!a->findings) {
			pipeline_free(p);
			return NULL;
		}
		p->next_sample = 1;
	}
	if (options->media.listen && !listen(a)) {
		pipeline_free(p);
		return NULL;
	}
	p->defrag = ip_defrag_new();
	p->tcp = tcp_streams_new(tcp_message, p);
	p->streams = streams_new(a);
	p->calls = p->streams ? calls_new(a, p->streams) : NULL;
	if (!p->defrag || !p->tcp || !p->streams || !p->calls) {
		pipeline_free(p);
		err_memory(err, "the analyzer");
		return NULL;
	}
	return p;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	calls_free(p->calls);
	findings_free(p->analysis.findings);
	streams_free(p->streams);
	listening_free(p->analysis.listening);
	tcp_streams_free(p->tcp);
	ip_defrag_free(p->defrag);
	timers_release(&p->analysis.timers);
	mem_free(p);
}

static struct sighting sighting_of_packet(const struct pipeline *p)
{
	return (struct sighting){ p->analysis.capture_id, p->packet.frame, p->packet.time_ns };
}

/* The first packet; one that is older than the one before; or nothing was captured for a while. Eviction time follows the packets' time,
 * but neither back nor through a jump: one frame with a broken date must not end every call. */
static void odd_step(struct pipeline *p, int64_t time_ns)
{
	struct analysis *a = &p->analysis;
	struct seen_times seen = { sighting_of_packet(p), p->last_time_ns, p->counts.packets };
	int64_t step;

	if (p->last_time_ns == TIME_NONE)
		a->now_ns = p->virtual_ns = time_ns;
	else if (__builtin_sub_overflow(time_ns, p->last_time_ns, &step) || step > 3600 * NS_PER_S)
		p->virtual_ns += 10 * NS_PER_S;
	else if (step > -3600 * NS_PER_S)
		p->virtual_ns += step;
	findings_times(a->findings, &seen);
}

/* Times as they should be: up, and by little. */
static void advance(struct pipeline *p, int64_t time_ns)
{
	struct analysis *a = &p->analysis;
	int64_t step;

	if (!__builtin_sub_overflow(time_ns, p->last_time_ns, &step) &&
	    (uint64_t)step <= (uint64_t)CAPTURE_QUIET_NS)
		p->virtual_ns += step;
	else
		odd_step(p, time_ns);
	p->last_time_ns = time_ns;
	if (p->virtual_ns > a->now_ns)
		a->now_ns = p->virtual_ns;
	if (timers_next(&a->timers) <= a->now_ns)
		timers_advance(&a->timers, a->now_ns, a);
}

static struct packet_place place_of(const struct packet *p)
{
	return (struct packet_place){ p->frame, p->offset, p->file };
}

/* A message as the transport gives it. */
struct arrived {
	struct slice bytes;
	const char *transport;
	int64_t time_ns;
	struct packet_place first, last; /* of its packets */
	uint64_t stray_octets;
};

static struct seen_junk datagram_of(const struct pipeline *p, const struct packet_view *view)
{
	return (struct seen_junk){ sighting_of_packet(p),
		                   { view->src, view->sport },
		                   { view->dst, view->dport } };
}

static bool broken_sip(struct pipeline *p, const struct packet_view *view)
{
	struct seen_junk junk = datagram_of(p, view);
	return findings_junk(p->analysis.findings, &junk);
}

static bool sip(struct pipeline *p, const struct packet_view *view, const struct arrived *m)
{
	switch (sip_msg_parse(m->bytes, &p->msg)) {
	case PARSE_OK: break;
	case PARSE_BAD: p->counts.sip_broken++; return broken_sip(p, view);
	default: return true;
	}
	p->counts.sip_messages++;
	struct sip_origin origin = {
		.capture_id = (int64_t)m->last.file + 1,
		.frame = m->last.frame,
		.file_offset = m->last.offset,
		.time_ns = m->time_ns,
		.src = { view->src, view->sport },
		.dst = { view->dst, view->dport },
		.transport = m->transport,
		.stray_octets = m->stray_octets,
	};
	if (m->first.file == m->last.file && m->first.frame != m->last.frame)
		origin.first_frame = m->first.frame;
	if (p->options.sip_tap)
		p->options.sip_tap(p->options.tap_context, &origin, &p->msg);
	return calls_message(p->calls, &origin, &p->msg);
}

static bool tcp_message(void *context, const struct packet_view *view,
                        const struct tcp_message *message)
{
	struct pipeline *p = context;
	/* TCP runs in eviction time; behind a hole that was given up, a message is older than the packet at hand. */
	int64_t age_ns = p->analysis.now_ns - message->time_ns;

	struct arrived m = { message->bytes, "TCP",         p->packet.time_ns - age_ns,
		             message->first, message->last, message->stray_octets };

	return sip(p, view, &m);
}

static bool rtp(struct pipeline *p, const struct packet_view *view)
{
	struct rtp_packet packet;
	enum parse_status status = view->payload_missing ? rtp_parse_cut(view->payload, &packet)
	                                                 : rtp_parse(view->payload, &packet);

	if (status != PARSE_OK)
		return true;
	if (view->payload_missing)
		findings_cut(p->analysis.findings, sighting_of_packet(p), false);
	return streams_rtp(p->streams, p->packet.time_ns, view, &packet);
}

/* Begins like a SIP message, and is none: a method of ours and a blank, or a version. */
static bool was_meant_as_sip(struct slice payload)
{
	size_t n = sip_token_length(slice_sub(payload, 0, 16));

	if (slice_istarts(payload, "SIP/"))
		return true;
	return n < payload.n && payload.p[n] == ' ' &&
	       sip_method_of(slice_sub(payload, 0, n)) != SIP_METHOD_OTHER;
}

static bool other_udp(struct pipeline *p, const struct packet_view *view, enum payload_kind kind)
{
	struct seen_junk seen;

	if (kind == PAYLOAD_KEEPALIVE || kind == PAYLOAD_STUN) {
		seen = datagram_of(p, view);
		findings_keepalive(p->analysis.findings, &seen);
	}
	if (kind == PAYLOAD_DTLS)
		streams_dtls(p->streams, view);
	if (kind == PAYLOAD_UNKNOWN)
		findings_datagram(p->analysis.findings,
		                  (struct endpoint){ view->dst, view->dport });
	if (kind != PAYLOAD_UNKNOWN || view->payload_missing || !was_meant_as_sip(view->payload))
		return true;
	return broken_sip(p, view);
}

static bool udp(struct pipeline *p, const struct packet_view *view)
{
	p->counts.udp++;
	/* RTP and RTCP first: they are nearly all there is. No text protocol begins with these two bits. */
	if (view->payload.n >= 8 && view->payload.p[0] >> 6 == 2) {
		if (rtp_is_rtcp(view->payload) && rtcp_plausible(view->payload))
			return streams_rtcp(p->streams, p->packet.time_ns, view, view->payload);
		return rtp(p, view);
	}
	enum payload_kind kind = classify_udp(view->payload);
	if (kind != PAYLOAD_SIP)
		return other_udp(p, view, kind);
	if (view->payload_missing) {
		p->counts.sip_cut++;
		findings_cut(p->analysis.findings, sighting_of_packet(p), true);
	}
	struct arrived m = { view->payload,        "UDP", p->packet.time_ns, p->first,
		             place_of(&p->packet), 0 };
	return sip(p, view, &m);
}

static bool tcp_pushed(struct pipeline *p, enum tcp_push_status status)
{
	switch (status) {
	case TCP_PUSH_NO_MEMORY: return err_memory(p->analysis.err, "TCP reassembly");
	case TCP_PUSH_STOPPED: return false;
	default: return true;
	}
}

/* What opens, refuses or ends a connection, and TLS alerts. */
static bool segment(struct pipeline *p, const struct packet_view *view)
{
	bool alert = view->payload.n && view->payload.p[0] == 21;

	if (view->payload.n > CAPTURE_USUAL_SEGMENT)
		findings_large_segment(p->analysis.findings, sighting_of_packet(p), view);
	if (!view->tcp.syn && !view->tcp.rst && !alert)
		return true;
	struct seen_segment seen = { sighting_of_packet(p), view };
	return findings_segment(p->analysis.findings, &seen);
}

/* Somebody on the way says that a datagram of ours did not arrive. */
static bool icmp(struct pipeline *p, const struct packet_view *view)
{
	struct icmp_unreachable said;
	struct media_flow flow;

	p->counts.icmp++;
	if (icmp_unreachable_parse(view, &said) != PARSE_OK ||
	    !streams_flow(p->streams, said.src, said.dst, &flow))
		return true;
	struct seen_unreachable seen = { sighting_of_packet(p), view->src, &said, &flow };
	return findings_unreachable(p->analysis.findings, &seen);
}

static bool transport(struct pipeline *p, struct packet_view *view)
{
	switch (view->transport) {
	case TRANSPORT_UDP: return udp(p, view);
	case TRANSPORT_TCP:
		p->counts.tcp++;
		if (!segment(p, view))
			return false;
		return tcp_pushed(p, tcp_streams_push(p->tcp, p->analysis.now_ns,
		                                      place_of(&p->packet), view));
	case TRANSPORT_ICMP: return icmp(p, view);
	default: p->counts.other_ip++; return true;
	}
}

#define SAMPLE_ALL   4096 /* the first packets of a capture, all of them */
#define SAMPLE_RUN   64 /* then so many in a row ... */
#define SAMPLE_EVERY 4096 /* ... of so many */

/* How its time follows on the one before: a clock that ticks coarsely shows in few of them. */
static void sample_time(struct pipeline *p, int64_t time_ns)
{
	uint64_t n = p->counts.packets;

	if (p->last_time_ns != TIME_NONE)
		findings_tick(p->analysis.findings, duration_between(p->last_time_ns, time_ns));
	p->next_sample = n + 1;
	if (n >= SAMPLE_ALL && n % SAMPLE_EVERY == SAMPLE_RUN)
		p->next_sample = n - SAMPLE_RUN + SAMPLE_EVERY;
}

bool pipeline_packet(struct pipeline *p, const struct packet *packet)
{
	struct packet_view view;

	p->packet = *packet;
	p->first = place_of(packet);
	p->analysis.capture_id = (int64_t)packet->file + 1;
	p->analysis.frame = packet->frame;
	if (++p->counts.packets == p->next_sample)
		sample_time(p, packet->time_ns);
	advance(p, packet->time_ns);
	if (p->analysis.failed)
		return false;
	switch (packet_dissect(packet->link_type, packet->data, &view)) {
	case PARSE_OK: break;
	case PARSE_NOT_MINE: p->counts.not_ip++; return true;
	default: p->counts.broken++; return true;
	}
	if (view.transport == TRANSPORT_FRAGMENT) {
		p->counts.fragments++;
		switch (ip_defrag_push(p->defrag, p->analysis.now_ns, place_of(packet), &view)) {
		case IP_DEFRAG_DONE: p->first = ip_defrag_first(p->defrag); break;
		case IP_DEFRAG_NO_MEMORY: return err_memory(p->analysis.err, "IP reassembly");
		default: return true;
		}
	}
	return transport(p, &view);
}

bool pipeline_finish(struct pipeline *p, uint64_t dropped)
{
	struct capture_view view = {
		.dropped = dropped,
		.sip_messages = p->counts.sip_messages,
		.cut_messages = p->counts.sip_cut,
		.started_ns = p->options.started_ns,
	};

	if (p->last_time_ns != TIME_NONE)
		view.last = sighting_of_packet(p);
	if (p->analysis.failed || !tcp_pushed(p, tcp_streams_finish(p->tcp)))
		return false;
	view.acked_gaps = tcp_streams_counts(p->tcp).acked_gaps;
	return findings_capture_ends(p->analysis.findings) && calls_finish(p->calls) &&
	       streams_finish(p->streams) && findings_finish(p->analysis.findings, &view);
}

bool pipeline_check(const struct pipeline *p)
{
	return ip_defrag_check(p->defrag) && tcp_streams_check(p->tcp) && calls_check(p->calls) &&
	       timers_check(&p->analysis.timers);
}

struct pipeline_counts pipeline_counts(const struct pipeline *p)
{
	struct pipeline_counts counts = p->counts;

	counts.defrag = ip_defrag_counts(p->defrag);
	counts.tcp_streams = tcp_streams_counts(p->tcp);
	counts.streams = streams_counts(p->streams);
	counts.calls = calls_counts(p->calls);
	return counts;
}
