#include "analyzer/export/selection.h"

#include "analyzer/reassembly/tcp_pending.h"
#include "base/mem.h"
#include "dissectors/rtcp.h"
#include "dissectors/rtp.h"

#include <inttypes.h>

static uint64_t frame_hash(uint32_t file, uint64_t frame)
{
	return hash_mix(file, frame);
}

static uint64_t direction_hash(struct endpoint src, struct endpoint dst)
{
	return hash_mix(endpoint_hash(src), endpoint_hash(dst));
}

static uint64_t stream_hash(struct endpoint src, struct endpoint dst, uint32_t ssrc)
{
	return hash_mix(direction_hash(src, dst), ssrc);
}

/* The same both ways. */
static uint64_t pair_hash(struct ip_addr a, struct ip_addr b)
{
	return hash_mix(a.word[0], a.word[1]) ^ hash_mix(b.word[0], b.word[1]);
}

static uint64_t datagram_hash(const struct selected_datagram *d)
{
	return hash_mix(pair_hash(d->src, d->dst), (uint64_t)d->protocol << 32 | d->id);
}

static struct endpoint view_src(const struct packet_view *view)
{
	return (struct endpoint){ view->src, view->sport };
}

static struct endpoint view_dst(const struct packet_view *view)
{
	return (struct endpoint){ view->dst, view->dport };
}

/* --- making ---------------------------------------------------------------------------------------------------- */

static bool index_messages(struct selection *s)
{
	for (size_t i = 0; i < s->job->message_count; i++) {
		const struct export_message *m = &s->job->messages[i];
		if (!hash_index_add(&s->frames, frame_hash(m->file, m->frame), i))
			return false;
		if (m->first_frame != m->frame &&
		    !hash_index_add(&s->frames, frame_hash(m->file, m->first_frame), i))
			return false;
		if (m->tcp && !hash_index_add(&s->connections, direction_hash(m->src, m->dst), i))
			return false;
	}
	hash_index_sort(&s->frames);
	hash_index_sort(&s->connections);
	return true;
}

static bool index_streams(struct selection *s)
{
	for (size_t i = 0; i < s->job->stream_count; i++) {
		const struct export_stream *t = &s->job->streams[i];
		if (!hash_index_add(&s->streams, stream_hash(t->src, t->dst, t->ssrc), i) ||
		    !hash_index_add(&s->pairs, pair_hash(t->src.addr, t->dst.addr), i))
			return false;
	}
	hash_index_sort(&s->streams);
	hash_index_sort(&s->pairs);
	return true;
}

bool selection_init(struct selection *s, const struct export_job *job, struct err *err)
{
	*s = (struct selection){ .job = job };
	if (job->message_count)
		s->segments = mem_zalloc(job->message_count * sizeof *s->segments);
	return ((s->segments || !job->message_count) && index_messages(s) && index_streams(s)) ||
	       err_memory(err, "the packets of a call");
}

void selection_release(struct selection *s)
{
	hash_index_release(&s->frames);
	hash_index_release(&s->connections);
	hash_index_release(&s->streams);
	hash_index_release(&s->pairs);
	hash_index_release(&s->datagrams);
	mem_free(s->segments);
	mem_free(s->datagram);
}

/* --- media ----------------------------------------------------------------------------------------------------- */

static bool is_rtp(const struct selection *s, int64_t time_us, struct endpoint src,
                   struct endpoint dst, uint32_t ssrc)
{
	/* A mirror's or network's copy of the last packet comes behind it. */
	static const int64_t copies = EXPORT_COPIES_MARGIN_S * NS_PER_S / NS_PER_US;
	uint64_t hash = stream_hash(src, dst, ssrc);
	size_t item;

	for (size_t at = hash_index_find(&s->streams, hash);
	     hash_index_next(&s->streams, hash, &at, &item);) {
		const struct export_stream *t = &s->job->streams[item];
		if (t->ssrc == ssrc && endpoint_eq(t->src, src) && endpoint_eq(t->dst, dst) &&
		    time_us >= t->first_us && time_us <= t->last_us + copies)
			return true;
	}
	return false;
}

/* As sender, or as the one reported about. */
static bool names_ssrc(struct slice compound, uint32_t ssrc)
{
	struct rtcp_packet packet;

	while (rtcp_next(&compound, &packet) == PARSE_OK) {
		if (packet.ssrc == ssrc)
			return true;
		for (unsigned i = 0; i < packet.block_count; i++)
			if (packet.blocks[i].ssrc == ssrc)
				return true;
	}
	return false;
}

/* RFC 3550 11: the next port; RFC 5761: the same. */
static bool are_ports_of(const struct export_stream *t, uint16_t sport, uint16_t dport)
{
	return (sport == t->src.port && dport == t->dst.port) ||
	       (sport == t->src.port + 1 && dport == t->dst.port + 1);
}

static bool is_rtcp(const struct selection *s, int64_t time_us, const struct packet_view *view)
{
	static const int64_t margin = EXPORT_RTCP_MARGIN_S * NS_PER_S / NS_PER_US;
	uint64_t hash = pair_hash(view->src, view->dst);
	size_t item;

	for (size_t at = hash_index_find(&s->pairs, hash);
	     hash_index_next(&s->pairs, hash, &at, &item);) {
		const struct export_stream *t = &s->job->streams[item];
		bool forth =
		        ip_addr_eq(t->src.addr, view->src) && ip_addr_eq(t->dst.addr, view->dst);
		bool back =
		        ip_addr_eq(t->src.addr, view->dst) && ip_addr_eq(t->dst.addr, view->src);
		if ((!forth && !back) || time_us < t->first_us - margin ||
		    time_us > t->last_us + margin)
			continue;
		if (time_us >= t->first_us && time_us <= t->last_us &&
		    ((forth && are_ports_of(t, view->sport, view->dport)) ||
		     (back && are_ports_of(t, view->dport, view->sport))))
			return true;
		if (names_ssrc(view->payload, t->ssrc))
			return true;
	}
	return false;
}

static bool is_media(const struct selection *s, int64_t time_ns, const struct packet_view *view)
{
	int64_t time_us = clock_us(time_ns);

	if (!s->streams.count || view->payload.n < 8 || view->payload.p[0] >> 6 != 2)
		return false;
	if (rtp_is_rtcp(view->payload) && rtcp_plausible(view->payload))
		return is_rtcp(s, time_us, view);
	return view->payload.n >= 12 &&
	       is_rtp(s, time_us, view_src(view), view_dst(view), load_be32(view->payload.p + 8));
}

/* --- fragments ------------------------------------------------------------------------------------------------- */

static struct selected_datagram datagram_of(const struct packet *packet,
                                            const struct packet_view *view)
{
	return (struct selected_datagram){
		.src = view->src,
		.dst = view->dst,
		.id = view->fragment.id,
		.protocol = view->fragment.protocol,
		.time_ns = packet->time_ns,
	};
}

static bool add_datagram(struct selection *s, const struct selected_datagram *d, struct err *err)
{
	if (s->datagrams.count == s->datagram_capacity) {
		size_t capacity = s->datagram_capacity ? 2 * s->datagram_capacity : 64;
		void *grown = mem_resize(s->datagram, capacity * sizeof *s->datagram);
		if (!grown)
			return err_memory(err, "the fragments of a call");
		s->datagram = grown;
		s->datagram_capacity = capacity;
	}
	s->datagram[s->datagrams.count] = *d;
	return hash_index_add(&s->datagrams, datagram_hash(d), s->datagrams.count) ||
	       err_memory(err, "the fragments of a call");
}

/* NULL: of no datagram that is wanted. */
static const struct selected_datagram *fragment_of(const struct selection *s,
                                                   const struct selected_datagram *d)
{
	static const int64_t margin = EXPORT_PARTS_MARGIN_S * NS_PER_S;
	uint64_t hash = datagram_hash(d);
	size_t item;

	for (size_t at = hash_index_find(&s->datagrams, hash);
	     hash_index_next(&s->datagrams, hash, &at, &item);) {
		const struct selected_datagram *o = &s->datagram[item];
		if (o->id == d->id && o->protocol == d->protocol && ip_addr_eq(o->src, d->src) &&
		    ip_addr_eq(o->dst, d->dst) && d->time_ns >= o->time_ns - margin &&
		    d->time_ns <= o->time_ns + margin)
			return o;
	}
	return NULL;
}

/* RTP in fragments: only the first one has ports and SSRC. */
static bool learn_media_fragment(struct selection *s, const struct packet *packet,
                                 struct packet_view *view, struct err *err)
{
	struct selected_datagram d = datagram_of(packet, view);
	const struct slice octets = view->fragment.payload;

	if (!s->streams.count || view->fragment.offset != 0 || view->fragment.protocol != 17 ||
	    octets.n < 20 || octets.p[8] >> 6 != 2)
		return true;
	struct endpoint src = { view->src, load_be16(octets.p) };
	struct endpoint dst = { view->dst, load_be16(octets.p + 2) };
	if (!is_rtp(s, clock_us(packet->time_ns), src, dst, load_be32(octets.p + 16)))
		return true;
	return add_datagram(s, &d, err);
}

/* --- learning -------------------------------------------------------------------------------------------------- */

static void note_link_type(struct selection *s, uint32_t link_type)
{
	s->several_link_types |= s->any && s->link_type != link_type;
	s->link_type = s->any ? s->link_type : link_type;
	s->any = true;
}

/* A message longer than the one segment that it is said to have come in began in the file before. */
static void learn_segment(struct selected_segments *g, const struct export_message *m,
                          const struct packet *packet, const struct packet_view *view)
{
	g->until_ns = packet->time_ns;
	if (m->first_frame != m->frame || m->bytes <= (int64_t)view->payload.n ||
	    m->bytes > INT32_MAX)
		return;
	g->spans = true;
	g->hi = view->tcp.seq + (uint32_t)view->payload.n;
	g->lo = g->hi - (uint32_t)m->bytes;
}

static bool changed(const struct selection *s, const struct packet *packet, struct err *err)
{
	return err_set(err, ERR_FORMAT,
	               "%s: packet %" PRIu64 " is not the one that the database knows: the file "
	               "has changed since it was analyzed",
	               s->job->files[packet->file].path, packet->frame);
}

static bool learn_message(struct selection *s, size_t item, const struct packet *packet,
                          const struct packet_view *view, struct err *err)
{
	const struct export_message *m = &s->job->messages[item];
	struct selected_segments *g = &s->segments[item];
	bool last = m->frame == packet->frame;

	g->found |= last;
	if (last && !m->tcp && clock_us(packet->time_ns) != m->time_us)
		return changed(s, packet, err);
	if (view->transport == TRANSPORT_FRAGMENT) {
		struct selected_datagram d = datagram_of(packet, view);
		d.masked = m->masked;
		note_link_type(s, packet->link_type);
		return add_datagram(s, &d, err);
	}
	if (last && m->tcp && view->transport == TRANSPORT_TCP &&
	    endpoint_eq(m->src, view_src(view)) && endpoint_eq(m->dst, view_dst(view)))
		learn_segment(g, m, packet, view);
	if (!m->tcp || view->transport == TRANSPORT_TCP)
		note_link_type(s, packet->link_type);
	return true;
}

static bool learn_frame(struct selection *s, const struct packet *packet,
                        const struct packet_view *view, struct err *err)
{
	uint64_t hash = frame_hash(packet->file, packet->frame);
	size_t item;

	for (size_t at = hash_index_find(&s->frames, hash);
	     hash_index_next(&s->frames, hash, &at, &item);) {
		const struct export_message *m = &s->job->messages[item];
		if (m->file == packet->file &&
		    (m->frame == packet->frame || m->first_frame == packet->frame) &&
		    !learn_message(s, item, packet, view, err))
			return false;
	}
	return true;
}

bool selection_learn(struct selection *s, const struct packet *packet, struct err *err)
{
	struct packet_view view;

	if (packet_dissect(packet->link_type, packet->data, &view) != PARSE_OK)
		view = (struct packet_view){ .transport = TRANSPORT_NONE };
	if (!learn_frame(s, packet, &view, err))
		return false;
	switch (view.transport) {
	case TRANSPORT_UDP:
		if (is_media(s, packet->time_ns, &view))
			note_link_type(s, packet->link_type);
		return true;
	case TRANSPORT_FRAGMENT: return learn_media_fragment(s, packet, &view, err);
	default: return true;
	}
}

bool selection_settle(struct selection *s, struct err *err)
{
	for (size_t i = 0; i < s->job->message_count; i++) {
		const struct export_message *m = &s->job->messages[i];
		if (!s->segments[i].found)
			return err_set(err, ERR_FORMAT,
			               "%s: there is no packet %" PRIu64 ": the file has changed "
			               "since it was analyzed",
			               s->job->files[m->file].path, m->frame);
	}
	hash_index_sort(&s->datagrams);
	return true;
}

/* --- asking ---------------------------------------------------------------------------------------------------- */

/* The SYN too, if it was not long before: with it, a stream whose first segments came out of order can be read again. */
static bool carries(const struct export_message *m, const struct selected_segments *g,
                    const struct packet *packet, const struct packet_view *view)
{
	static const int64_t margin = EXPORT_PARTS_MARGIN_S * NS_PER_S;
	uint32_t seq = view->tcp.seq, end = seq + (uint32_t)view->payload.n;
	bool just_before =
	        packet->time_ns <= g->until_ns && packet->time_ns >= g->until_ns - margin;

	if (view->payload.n && m->file == packet->file && packet->frame >= m->first_frame &&
	    packet->frame <= m->frame)
		return true;
	if (view->tcp.syn && just_before)
		return true;
	return g->spans && just_before && view->payload.n && seq_ahead(end, g->lo) > 0 &&
	       seq_ahead(g->hi, seq) > 0;
}

/* NULL: of none. `masked`: only masked ones count. */
static const struct export_message *segment_of(const struct selection *s,
                                               const struct packet *packet,
                                               const struct packet_view *view, bool masked)
{
	struct endpoint src = view_src(view), dst = view_dst(view);
	uint64_t hash = direction_hash(src, dst);
	size_t item;

	for (size_t at = hash_index_find(&s->connections, hash);
	     hash_index_next(&s->connections, hash, &at, &item);) {
		const struct export_message *m = &s->job->messages[item];
		if ((m->masked || !masked) && endpoint_eq(m->src, src) &&
		    endpoint_eq(m->dst, dst) && carries(m, &s->segments[item], packet, view))
			return m;
	}
	return NULL;
}

/* By UDP in one piece; NULL: none. */
static const struct export_message *message_of(const struct selection *s,
                                               const struct packet *packet)
{
	uint64_t hash = frame_hash(packet->file, packet->frame);
	size_t item;

	for (size_t at = hash_index_find(&s->frames, hash);
	     hash_index_next(&s->frames, hash, &at, &item);) {
		const struct export_message *m = &s->job->messages[item];
		if (!m->tcp && m->file == packet->file && m->frame == packet->frame)
			return m;
	}
	return NULL;
}

bool selection_is_message(const struct selection *s, const struct packet *packet)
{
	return message_of(s, packet) != NULL;
}

bool selection_is_masked(const struct selection *s, const struct packet *packet,
                         const struct packet_view *view)
{
	const struct export_message *m;

	switch (view->transport) {
	case TRANSPORT_UDP: m = message_of(s, packet); return m && m->masked;
	case TRANSPORT_TCP: return segment_of(s, packet, view, true) != NULL;
	case TRANSPORT_FRAGMENT: {
		struct selected_datagram d = datagram_of(packet, view);
		const struct selected_datagram *of = fragment_of(s, &d);
		return of && of->masked;
	}
	default: return false;
	}
}

bool selection_wants(const struct selection *s, const struct packet *packet)
{
	struct packet_view view;

	if (packet_dissect(packet->link_type, packet->data, &view) != PARSE_OK)
		return false;
	switch (view.transport) {
	case TRANSPORT_UDP:
		return selection_is_message(s, packet) || is_media(s, packet->time_ns, &view);
	case TRANSPORT_TCP: return segment_of(s, packet, &view, false) != NULL;
	case TRANSPORT_FRAGMENT: {
		struct selected_datagram d = datagram_of(packet, &view);
		return fragment_of(s, &d) != NULL;
	}
	default: return false;
	}
}
