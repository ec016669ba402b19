/* One kind of media of one call: what both sides said of it, its port, what it sends and receives. */
#include "sim/media/machine.h"

#include "base/mem.h"

#include <stdio.h>

/* --- life --------------------------------------------------------------------------------------------------------- */

struct media_flow *media_flow_of(struct media_call *c, enum media_kind kind, struct err *err)
{
	struct media *m = c->media;
	struct media_flow *f = c->flows[kind];

	if (f)
		return f;
	f = pool_alloc(&m->flows, sizeof *f);
	if (!f) {
		err_memory(err, "media of a call");
		return NULL;
	}
	memset(f, 0, sizeof *f);
	f->call = c;
	f->kind = kind;
	f->ours.event_type = f->theirs.event_type = 255;
	sender_init(&f->sender, f);
	if (m->impaired) {
		f->impair = mem_alloc(sizeof *f->impair);
		if (!f->impair) {
			pool_free(&m->flows, f, sizeof *f);
			err_memory(err, "media of a call");
			return NULL;
		}
		*f->impair = (struct flow_impair){ .offered = 0 };
		impair_init(&f->impair->impair, &m->config->media.impair, random_next(&c->random));
	}
	c->flows[kind] = f;
	return f;
}

static void leave_port(struct media_flow *f)
{
	struct media_port *p = f->port;

	port_close(f->rtcp_port);
	f->rtcp_port = NULL;
	if (p && p->flow)
		port_close(p);
	else if (p)
		p->references--;
	f->port = NULL;
}

void media_flow_free(struct media_flow *f)
{
	if (!f)
		return;
	struct media *m = f->call->media;

	sender_release(&f->sender);
	rtcp_end(f);
	media_flow_drop_delayed(f);
	leave_port(f); /* reads what is still there */
	media_crypto_free(f->crypto);
	if (f->receiver.any)
		m->counts.streams_in--;
	pool_free(&m->flows, f, sizeof *f);
}

/* --- ports -------------------------------------------------------------------------------------------------------- */

static struct media_port *open_own(struct media_flow *f, uint16_t port, bool *taken,
                                   struct err *err)
{
	struct media *m = f->call->media;
	struct endpoint at = { f->call->local, port };

	return port ? port_open(m, at, taken, err) : port_open_any(m, f->call->local, err);
}

/* The odd one above. Where somebody else has it there is no RTCP, but the call goes on. False: no memory. */
static bool open_rtcp(struct media_flow *f, struct err *err)
{
	struct media *m = f->call->media;
	struct endpoint at = { f->port->local.addr, (uint16_t)(f->port->local.port + 1) };

	if (!m->config->media.rtcp || f->kind == MEDIA_IMAGE)
		return true;
	f->rtcp_port = port_open(m, at, NULL, err);
	if (!f->rtcp_port)
		return err->code != ERR_MEMORY;
	f->rtcp_port->flow = f;
	f->rtcp_port->rtcp = true;
	return true;
}

static void use_shared(struct media_flow *f, struct media_port *p)
{
	p->references++;
	f->port = p;
}

/* Where our description names a port that somebody else has (a number that is written down in the scenario, and so is the same in every
 * call), packets leave from the shared one. */
bool media_flow_open(struct media_flow *f, struct err *err)
{
	uint16_t wanted = f->ours.known ? f->ours.port : 0;
	struct media *m = f->call->media;
	struct media_port *p;
	bool taken = false;

	if (f->port)
		return true;
	p = wanted ? shared_port(m, wanted) : NULL;
	if (!p) {
		p = open_own(f, wanted, &taken, err);
		if (p) {
			p->flow = f;
			f->port = p;
			return open_rtcp(f, err) && rtcp_begin(f, err);
		}
		if (taken)
			p = shared_port_of_kind(m, f->kind == MEDIA_VIDEO);
	}
	if (!p)
		return false;
	use_shared(f, p);
	return true;
}

/* --- what SDP says ------------------------------------------------------------------------------------------------ */

static void read_format(struct media_side *side, const struct sdp_format *format)
{
	struct media_format *out = &side->formats[side->count];

	if (slice_ieq_str(format->encoding, "telephone-event")) {
		if (side->event_type == 255)
			side->event_type = format->payload_type;
		return;
	}
	if (side->count == MEDIA_MAX_FORMATS || format->channels > 1)
		return;
	out->payload_type = format->payload_type;
	out->codec = codec_of(format->encoding);
	out->clock_hz = format->clock_hz ? format->clock_hz : codec_clock(out->codec);
	side->count++;
}

static void read_side(struct media_side *side, const struct sdp_session_media *line)
{
	*side = (struct media_side){ .known = true,
		                     .event_type = 255,
		                     .mux = line->rtcp_mux,
		                     .direction = line->direction,
		                     .port = line->port,
		                     .ptime_ms = (uint16_t)(line->ptime_ms <= 200 ? line->ptime_ms
		                                                                  : 0) };
	for (unsigned i = 0; i < line->format_count; i++)
		read_format(side, &line->formats[i]);
}

static void read_ours(struct media_flow *f, const struct sdp_session_media *line)
{
	struct err err = ERR_INIT;

	read_side(&f->ours, line);
	if (f->port && f->port->flow && line->port && f->port->local.port != line->port)
		leave_port(f);
	/* To hear what comes before we send anything. */
	if (line->port && !media_flow_open(f, &err))
		snprintf(f->call->why, sizeof f->call->why, "%.150s", err.text);
}

static void read_theirs(struct media_flow *f, const struct sdp_session_media *line)
{
	bool usable = line->port && line->has_addr && !ip_addr_is_any(line->addr);

	read_side(&f->theirs, line);
	f->remote = usable ? (struct endpoint){ line->addr, line->port } : (struct endpoint){ 0 };
	f->remote_rtcp = usable && line->rtcp_port
	                         ? (struct endpoint){ line->addr, line->rtcp_port }
	                         : (struct endpoint){ 0 };
}

struct media_crypto *media_flow_crypto(struct media_flow *f, struct err *err)
{
	if (!f->crypto)
		f->crypto = media_crypto_new(random_next(&f->call->random));
	if (!f->crypto)
		err_memory(err, "SRTP of a call");
	return f->crypto;
}

static void read_keys(struct media_flow *f, const struct sdp_session_media *line, bool ours)
{
	struct err err = ERR_INIT;
	bool ok = true;

	if (line->crypto_count || f->crypto)
		ok = media_flow_crypto(f, &err) && media_crypto_sdp(f->crypto, line, ours);
	if (!ok)
		snprintf(f->call->why, sizeof f->call->why, "no memory for SRTP");
	else if (f->crypto && media_crypto_is_on(f->crypto) && media_crypto_problem(f->crypto))
		snprintf(f->call->why, sizeof f->call->why, "%.150s",
		         media_crypto_problem(f->crypto));
}

void media_flow_read_sdp(struct media_flow *f, const struct sdp_session_media *line, bool ours)
{
	f->ours_is_newer = ours;
	read_keys(f, line, ours);
	if (ours)
		read_ours(f, line);
	else
		read_theirs(f, line);
	f->mux = f->ours.mux && f->theirs.mux;
	sender_update(&f->sender);
}

bool media_flow_may_send(const struct media_flow *f)
{
	if (!f->remote.port)
		return false;
	if (f->theirs.direction == SDP_SENDONLY || f->theirs.direction == SDP_INACTIVE)
		return false;
	return !f->ours.known || (f->ours.port && f->ours.direction != SDP_RECVONLY &&
	                          f->ours.direction != SDP_INACTIVE);
}

/* --- formats ------------------------------------------------------------------------------------------------------ */

static const struct media_format *same_format(const struct media_side *side,
                                              const struct media_format *format)
{
	for (unsigned i = 0; i < side->count; i++)
		if (side->formats[i].codec == format->codec &&
		    side->formats[i].clock_hz == format->clock_hz)
			return &side->formats[i];
	return NULL;
}

/* RFC 3264 section 7: the order of the answer counts, and each side sends with the numbers that the other one gave. */
bool media_flow_codec(const struct media_flow *f, struct media_format *out)
{
	const struct media_side *newer = f->ours_is_newer ? &f->ours : &f->theirs;
	const struct media_side *older = f->ours_is_newer ? &f->theirs : &f->ours;

	for (unsigned i = 0; i < newer->count; i++) {
		const struct media_format *format = &newer->formats[i], *other;
		other = older->known ? same_format(older, format) : format;
		if (format->codec == CODEC_NONE || !other)
			continue;
		*out = f->ours_is_newer && older->known ? *other : *format;
		return true;
	}
	return false;
}

void media_flow_number(const struct media_flow *f, enum media_codec codec, uint32_t *clock_hz,
                       int *payload_type)
{
	const struct media_side *side = f->theirs.known ? &f->theirs : &f->ours;
	const struct media_format *found = NULL;

	for (unsigned i = 0; i < side->count && !found; i++)
		if (side->formats[i].codec == codec &&
		    (!*clock_hz || side->formats[i].clock_hz == *clock_hz))
			found = &side->formats[i];
	if (!*clock_hz)
		*clock_hz = found ? found->clock_hz : codec_clock(codec);
	if (*payload_type < 0)
		*payload_type = found ? found->payload_type : codec_payload_type(codec);
	if (*payload_type < 0)
		*payload_type = 96;
}

uint8_t media_flow_event_type(const struct media_flow *f)
{
	return f->theirs.known ? f->theirs.event_type : f->ours.event_type;
}

/* --- packets ------------------------------------------------------------------------------------------------------ */

void media_flow_transmit(struct media_flow *f, struct slice bytes)
{
	struct media_counts *counts = &f->call->media->counts;

	if (!f->port || !f->remote.port || !port_send(f->port, f->remote, bytes))
		return;
	counts->rtp_sent++;
	counts->rtp_octets_sent += bytes.n;
	f->call->rtp_sent++;
}

bool media_flow_seal(struct media_flow *f, bool rtcp, uint8_t *bytes, size_t *n)
{
	return !f->crypto || !media_crypto_is_on(f->crypto) ||
	       media_crypto_seal(f->crypto, rtcp, bytes, n);
}

/* What came, in clear: in place, so it is copied. Absent: it is not what SDP promised. */
static struct slice open_packet(struct media_flow *f, bool rtcp, struct slice bytes)
{
	uint8_t *copy = f->call->media->opened;
	size_t n = bytes.n;

	if (!f->crypto || !media_crypto_is_on(f->crypto))
		return bytes;
	if (n > MEDIA_MAX_DATAGRAM)
		return SLICE_NONE;
	memcpy(copy, bytes.p, n);
	if (media_crypto_open(f->crypto, rtcp, copy, &n))
		return slice_of(copy, n);
	f->call->media->counts.srtp_failures++;
	return SLICE_NONE;
}

void media_flow_send(struct media_flow *f, uint8_t *bytes, size_t n)
{
	if (!media_flow_seal(f, false, bytes, &n)) {
		f->call->media->counts.send_errors++;
		return;
	}
	if (f->impair)
		media_flow_impair(f, slice_of(bytes, n));
	else
		media_flow_transmit(f, slice_of(bytes, n));
}

static bool is_pattern(struct slice payload, uint8_t octet)
{
	return payload.n && payload.p[0] == octet &&
	       memcmp(payload.p, payload.p + 1, payload.n - 1) == 0;
}

static void rtp_arrived(struct media_flow *f, const struct rtp_packet *packet, size_t octets,
                        int64_t time_ns)
{
	struct media *m = f->call->media;

	m->counts.rtp_received++;
	m->counts.rtp_octets_received += octets;
	f->call->rtp_received++;
	if (m->config->media.measure)
		receiver_arrived(&f->receiver, &m->counts, packet);
	if (f->rtcp)
		receiver_time(&f->receiver, packet, f->sender.clock_hz, time_ns);
	if (f->pattern && is_pattern(packet->payload, pattern_octet(f->pattern)))
		f->pattern_right++;
}

/* Back to where it came from: of SRTP opened with their key and sealed with ours, numbers as they were. */
static void echo_packet(struct media_flow *f, struct media_port *port, struct endpoint from,
                        struct slice packet)
{
	struct media *m = f->call->media;
	size_t n = packet.n;

	if (n > MEDIA_MAX_DATAGRAM - SEALING_OVERHEAD)
		return;
	memcpy(m->out, packet.p, n);
	if (media_flow_seal(f, false, m->out, &n) && port_send(port, from, slice_of(m->out, n)))
		m->counts.echoed++;
}

void media_flow_arrived(struct media_flow *f, struct media_port *port, struct endpoint from,
                        struct slice bytes, int64_t time_ns)
{
	bool rtcp = port->rtcp || (f->kind != MEDIA_IMAGE && rtp_is_rtcp(bytes));
	struct slice clear = open_packet(f, rtcp, bytes);
	struct rtp_packet packet;

	if (!clear.p)
		return;
	if (rtcp) {
		rtcp_arrived(f, clear, time_ns);
		return;
	}
	if (f->echo)
		echo_packet(f, port, from, clear);
	if (f->kind != MEDIA_IMAGE && rtp_parse(clear, &packet) == PARSE_OK)
		rtp_arrived(f, &packet, bytes.n, time_ns);
}

#define UNDER_WAY 25 /* patterns that may still come back when a call ends: half a second */

/* SIPp's check: as great a share of the patterns sent as the tolerance, or greater, did not come back. */
bool media_flow_check_failed(const struct media_flow *f)
{
	const struct media_config *config = &f->call->media->config->media;
	double tolerance =
	        f->kind == MEDIA_VIDEO ? config->video_tolerance : config->audio_tolerance;
	uint64_t missing = f->pattern_sent - f->pattern_right;

	if (!f->pattern_sent || f->pattern_right >= f->pattern_sent)
		return false;
	if (f->pattern_right)
		missing -= missing < UNDER_WAY ? missing : UNDER_WAY;
	return missing > 0 && (double)missing >= tolerance * (double)f->pattern_sent;
}
