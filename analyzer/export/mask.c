#include "analyzer/export/mask.h"

#include "analyzer/export/secrets.h"
#include "base/mem.h"
#include "dissectors/rtcp.h"
#include "dissectors/rtp.h"
#include "dissectors/rtp_red.h"

#define UDP_HEADER    8u
#define UDP_CHECKSUM  6u
#define TCP_CHECKSUM  16u
#define TCP_LEAST     20u
#define DYNAMIC_TYPES 96
#define PCMU          0
#define PCMA          8
#define SILENCE_PCMU  0xff
#define SILENCE_PCMA  0xd5

void mask_init(struct mask *m, const struct selection *s)
{
	*m = (struct mask){ .selection = s };
}

void mask_release(struct mask *m)
{
	mem_free(m->octets);
}

/* Of octets in the mask's own memory. */
static uint8_t *writable(struct slice s)
{
	return (uint8_t *)(uintptr_t)s.p;
}

/* ---- text ---- */

/* Line ends stay, so that it looks like what it was. */
static void blank_text(struct slice s)
{
	uint8_t *p = writable(s);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] != '\r' && p[i] != '\n')
			p[i] = MASK_TEXT;
}

/* Behind the empty line; absent: the headers go on. */
static struct slice body_of(struct slice message)
{
	size_t crlf = slice_find_str(message, "\r\n\r\n"), lf = slice_find_str(message, "\n\n");

	if (crlf == SLICE_NPOS && lf == SLICE_NPOS)
		return SLICE_NONE;
	return crlf < lf ? slice_from(message, crlf + 4) : slice_from(message, lf + 2);
}

/* RFC 4568 6.1: inline:KEY|lifetime|MKI:length */
static void blank_keys(struct slice s)
{
	size_t at;

	while ((at = slice_ifind_str(s, "inline:")) != SLICE_NPOS) {
		size_t n = 0;
		s = slice_from(s, at + 7);
		while (n < s.n && !ascii_is_lws(s.p[n]) && s.p[n] != '|' && s.p[n] != '\r' &&
		       s.p[n] != '\n')
			n++;
		blank_text(slice_sub(s, 0, n));
		s = slice_from(s, n);
	}
}

static void blank_secrets(struct slice s, bool torn)
{
	struct slice secret;

	while (secret_next(&s, &torn, &secret))
		blank_text(secret);
}

/* Of NOTIFYs only those about keys: others tell how a transfer goes. */
static bool is_about_keys(struct slice message)
{
	return !slice_istarts(message, "NOTIFY") || slice_ifind_str(message, "kpml") != SLICE_NPOS;
}

static void mask_message(struct slice message)
{
	if (is_about_keys(message))
		blank_text(body_of(message));
}

void mask_shown_message(uint8_t *octets, size_t n, bool digits)
{
	struct slice message = slice_of(octets, n);

	blank_keys(message);
	blank_secrets(message, false);
	if (digits)
		mask_message(message);
}

static size_t next_start(struct slice s)
{
	size_t info = slice_find_str(s, "INFO sip"), notify = slice_find_str(s, "NOTIFY sip");

	return info < notify ? info : notify;
}

/* A piece of a connection with a masked message in it: what is before the first start that is seen here may be its body. */
static void mask_segment(struct slice segment)
{
	size_t at = next_start(segment);

	if (at == SLICE_NPOS && (slice_istarts(segment, "SIP/2.0 ") ||
	                         slice_ifind_str(segment, " SIP/2.0\r\n") != SLICE_NPOS))
		at = 0; /* a response to one, or others' */
	blank_text(slice_sub(segment, 0, at));
	blank_text(body_of(slice_from(segment, at)));
}

/* ---- media ---- */

static bool is_masked_type(const struct export_job *job, uint8_t payload_type)
{
	return job->event_types[payload_type >> 6 & 1] >> (payload_type & 63) & 1;
}

/* Each report of four octets says it once. */
static void mask_events(struct slice payload)
{
	for (size_t i = 0; i < payload.n; i += 4)
		writable(payload)[i] = MASK_EVENT;
}

static void mask_redundant(const struct export_job *job, struct slice payload)
{
	struct rtp_red_block blocks[RTP_RED_MAX_BLOCKS];
	unsigned count;

	if (rtp_red_parse(payload, blocks, &count) != PARSE_OK)
		return;
	for (unsigned i = 0; i < count; i++)
		if (is_masked_type(job, blocks[i].payload_type))
			mask_events(blocks[i].payload);
}

static bool is_tone(const struct export_job *job, int64_t time_us, const struct packet_view *view,
                    uint32_t ssrc)
{
	struct endpoint src = { view->src, view->sport }, dst = { view->dst, view->dport };

	for (size_t i = 0; i < job->tone_count; i++) {
		const struct export_stream *t = &job->tones[i];
		if (t->ssrc == ssrc && time_us >= t->first_us && time_us <= t->last_us &&
		    endpoint_eq(t->src, src) && endpoint_eq(t->dst, dst))
			return true;
	}
	return false;
}

static void mask_audio(const struct rtp_packet *rtp)
{
	uint8_t silence = rtp->payload_type == PCMU   ? SILENCE_PCMU
	                  : rtp->payload_type == PCMA ? SILENCE_PCMA
	                                              : 0;

	if (rtp->payload.n)
		memset(writable(rtp->payload), silence, rtp->payload.n);
}

static void mask_media(const struct export_job *job, int64_t time_us,
                       const struct packet_view *view)
{
	struct rtp_packet rtp;

	if (rtp_is_rtcp(view->payload) || rtp_parse(view->payload, &rtp) != PARSE_OK)
		return;
	if (is_masked_type(job, rtp.payload_type))
		mask_events(rtp.payload);
	else if (is_tone(job, time_us, view, rtp.ssrc))
		mask_audio(&rtp);
	else if (rtp.payload_type >= DYNAMIC_TYPES)
		mask_redundant(job, rtp.payload);
}

/* ---- checksums ---- */

static uint32_t sum_of(struct slice s)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += (uint32_t)s.p[i] << (i & 1 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* RFC 1624, of a header that stands `back` octets before the payload. UDP's 0 means that there is none. */
static void repair(struct slice whole, struct slice payload, size_t back, uint32_t before,
                   bool is_udp)
{
	if ((size_t)(payload.p - whole.p) < back)
		return;
	uint8_t *at = writable(payload) - back;
	uint32_t old = load_be16(at);
	if (is_udp && !old)
		return;
	uint32_t sum = (~old & 0xffff) + (~before & 0xffff) + sum_of(payload);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (is_udp && !sum)
		sum = 0xffff;
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/* Where a TCP header begins cannot be seen from its payload: its length says so itself. 0: it is none. */
static size_t tcp_header_octets(struct slice whole, struct slice payload, uint32_t seq)
{
	for (size_t n = TCP_LEAST; n <= 60 && n <= (size_t)(payload.p - whole.p); n += 4) {
		const uint8_t *header = payload.p - n;
		if ((size_t)(header[12] >> 4) * 4 == n && load_be32(header + 4) == seq)
			return n;
	}
	return 0;
}

/* ---- packets ---- */

static void mask_udp(const struct mask *m, const struct packet *packet,
                     const struct packet_view *view)
{
	uint32_t before = sum_of(view->payload);
	const struct export_job *job = m->selection->job;

	if (selection_is_message(m->selection, packet)) {
		if (job->mask_credentials)
			blank_secrets(view->payload, false);
		if (job->mask)
			blank_keys(view->payload);
		if (job->mask && selection_is_masked(m->selection, packet, view))
			mask_message(view->payload);
	} else if (job->mask) {
		mask_media(job, clock_us(packet->time_ns), view);
	}
	repair(packet->data, view->payload, UDP_HEADER - UDP_CHECKSUM, before, true);
}

static void mask_tcp(const struct mask *m, const struct packet *packet,
                     const struct packet_view *view)
{
	uint32_t before = sum_of(view->payload);
	size_t header = tcp_header_octets(packet->data, view->payload, view->tcp.seq);
	const struct export_job *job = m->selection->job;

	if (job->mask_credentials)
		blank_secrets(view->payload, true);
	if (job->mask)
		blank_keys(view->payload);
	if (job->mask && selection_is_masked(m->selection, packet, view))
		mask_segment(view->payload);
	if (header)
		repair(packet->data, view->payload, header - TCP_CHECKSUM, before, false);
}

/* Of the whole datagram, as it was: with it, one digit could be worked out, and now it is wrong. 0: there is none. */
static void drop_checksum(const struct packet_view *view)
{
	if (!view->fragment.offset && view->fragment.payload.n >= UDP_HEADER)
		memset(writable(view->fragment.payload) + UDP_CHECKSUM, 0, 2);
}

static void mask_fragment(const struct mask *m, const struct packet *packet,
                          const struct packet_view *view)
{
	const struct export_job *job = m->selection->job;
	struct slice octets = view->fragment.payload;

	if (job->mask_credentials) {
		blank_secrets(view->fragment.offset ? octets : slice_from(octets, UDP_HEADER),
		              view->fragment.offset != 0);
		drop_checksum(view);
	}
	if (job->mask)
		blank_keys(octets);
	if (!job->mask || !selection_is_masked(m->selection, packet, view))
		return;
	if (view->fragment.offset || octets.n < UDP_HEADER)
		blank_text(octets);
	else
		mask_message(slice_from(octets, UDP_HEADER));
	drop_checksum(view);
}

static bool copy(struct mask *m, struct packet *packet, struct err *err)
{
	if (packet->data.n > m->capacity) {
		uint8_t *grown = mem_resize(m->octets, packet->data.n);
		if (!grown)
			return err_memory(err, "a packet");
		m->octets = grown;
		m->capacity = packet->data.n;
	}
	if (packet->data.n)
		memcpy(m->octets, packet->data.p, packet->data.n);
	packet->data = slice_of(m->octets, packet->data.n);
	return true;
}

bool mask_packet(struct mask *m, struct packet *packet, struct err *err)
{
	struct packet_view view;

	if (!copy(m, packet, err))
		return false;
	if (packet_dissect(packet->link_type, packet->data, &view) != PARSE_OK)
		return true;
	switch (view.transport) {
	case TRANSPORT_UDP: mask_udp(m, packet, &view); break;
	case TRANSPORT_TCP: mask_tcp(m, packet, &view); break;
	case TRANSPORT_FRAGMENT: mask_fragment(m, packet, &view); break;
	default: break;
	}
	return true;
}
