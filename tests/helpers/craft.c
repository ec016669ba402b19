#include "tests/helpers/craft.h"

#include "base/clock.h"

#include <stdlib.h>

enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION = 60
};
enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };
enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	FRAGMENT_HEADER = 8,
	UDP_HEADER = 8,
	TCP_HEADER = 20,
	ICMP_HEADER = 8
};

void craft_put_be16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

void craft_put_be32(uint8_t *p, uint32_t value)
{
	craft_put_be16(p, value >> 16);
	craft_put_be16(p + 2, value & 0xffff);
}

uint64_t craft_random_next(struct craft_random *r)
{
	uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

uint32_t craft_random_below(struct craft_random *r, uint32_t limit)
{
	return (uint32_t)(((craft_random_next(r) >> 32) * limit) >> 32);
}

void craft_rtp_header(const struct craft_rtp *rtp, uint8_t out[static CRAFT_RTP_HEADER])
{
	out[0] = 0x80;
	out[1] = (uint8_t)((rtp->marker ? 0x80 : 0) | rtp->payload_type);
	craft_put_be16(out + 2, rtp->seq);
	craft_put_be32(out + 4, rtp->timestamp);
	craft_put_be32(out + 8, rtp->ssrc);
}

/* Summing words as they lie in memory gives the checksum as it lies in memory, on either byte order (RFC 1071 2(B)). */
uint64_t craft_sum(uint64_t sum, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (; n >= 4; n -= 4, p += 4) {
		uint32_t word;
		memcpy(&word, p, 4);
		sum += word;
	}
	uint16_t tail[2] = { 0, 0 };
	memcpy(tail, p, n);
	return sum + tail[0] + tail[1];
}

uint16_t craft_checksum(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void craft_path_init(struct craft_path *path, uint32_t link_type)
{
	*path = (struct craft_path){ .link_type = link_type, .ttl = 64 };
}

void craft_init(struct craft *c, struct craft_file *file, uint32_t link_type)
{
	c->file = file;
	c->start = c->end = CRAFT_HEADROOM;
	craft_path_init(&c->path, link_type);
}

/* The n octets in front of what is there. */
static uint8_t *prepend(struct craft *c, size_t n)
{
	if (n > c->start)
		abort();
	c->start -= n;
	return c->room + c->start;
}

static void set_payload(struct craft *c, struct slice payload)
{
	if (payload.n > CRAFT_MAX_IP_PAYLOAD - IPV6_HEADER - TCP_HEADER)
		abort();
	c->start = CRAFT_HEADROOM;
	c->end = CRAFT_HEADROOM + payload.n;
	if (payload.n)
		memcpy(c->room + c->start, payload.p, payload.n);
}

static const uint8_t *v4_octets(const struct ip_addr *a)
{
	return (const uint8_t *)a->word + 12;
}

/* RFC 9293 3.1, RFC 8200 8.1: over both addresses, length and protocol. */
static uint16_t transport_checksum(const struct craft *c, const struct craft_flow *flow,
                                   uint8_t protocol)
{
	size_t n = c->end - c->start;
	uint8_t pseudo[4] = { 0, protocol, (uint8_t)(n >> 8), (uint8_t)n };
	uint64_t sum = craft_sum(0, pseudo, sizeof(pseudo));

	if (ip_addr_is_v4(flow->src))
		sum = craft_sum(craft_sum(sum, v4_octets(&flow->src), 4), v4_octets(&flow->dst), 4);
	else
		sum = craft_sum(craft_sum(sum, flow->src.word, 16), flow->dst.word, 16);
	return craft_checksum(craft_sum(sum, c->room + c->start, n));
}

static void ethernet_addresses(uint8_t *p, const struct craft_flow *flow)
{
	static const uint8_t local[4] = { 0x02, 0, 0x5e, 0 }; /* locally administered */

	memcpy(p, local, 4);
	memcpy(p + 4, (const uint8_t *)flow->dst.word + 14, 2);
	memcpy(p + 6, local, 4);
	memcpy(p + 10, (const uint8_t *)flow->src.word + 14, 2);
}

static void prepend_ethernet(struct craft *c, const struct craft_flow *flow, uint32_t ethertype)
{
	for (unsigned i = c->path.tag_count; i > 0; i--) {
		craft_put_be16(prepend(c, 2), ethertype);
		craft_put_be16(prepend(c, 2), c->path.tags[i - 1].vlan);
		ethertype = c->path.tags[i - 1].tpid;
	}
	craft_put_be16(prepend(c, 2), ethertype);
	ethernet_addresses(prepend(c, 12), flow);
}

static void prepend_sll(struct craft *c, const struct craft_flow *flow, uint32_t ethertype)
{
	uint8_t *p = prepend(c, 16), macs[12];

	ethernet_addresses(macs, flow);
	memset(p, 0, 16);
	craft_put_be16(p + 2, 1); /* ARPHRD_ETHER */
	craft_put_be16(p + 4, 6);
	memcpy(p + 6, macs + 6, 6);
	craft_put_be16(p + 14, ethertype);
}

static void prepend_sll2(struct craft *c, const struct craft_flow *flow, uint32_t ethertype)
{
	uint8_t *p = prepend(c, 20), macs[12];

	ethernet_addresses(macs, flow);
	memset(p, 0, 20);
	craft_put_be16(p, ethertype);
	craft_put_be32(p + 4, 2); /* interface index */
	craft_put_be16(p + 8, 1);
	p[11] = 6;
	memcpy(p + 12, macs + 6, 6);
}

static void prepend_link(struct craft *c, const struct craft_flow *flow, bool v4)
{
	uint32_t ethertype = v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;

	switch (c->path.link_type) {
	case LINK_ETHERNET: prepend_ethernet(c, flow, ethertype); break;
	case LINK_LINUX_SLL: prepend_sll(c, flow, ethertype); break;
	case LINK_LINUX_SLL2: prepend_sll2(c, flow, ethertype); break;
	case LINK_NULL: /* host byte order of the capturing machine: little-endian here; 30: as macOS has AF_INET6 */
		memcpy(prepend(c, 4), (const uint8_t[4]){ v4 ? 2 : 30, 0, 0, 0 }, 4);
		break;
	case LINK_LOOP: craft_put_be32(prepend(c, 4), v4 ? 2 : 30); break;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		craft_put_be16(prepend(c, 2), v4 ? PPP_IPV4 : PPP_IPV6);
		craft_put_be16(prepend(c, 2), 0xff03); /* all stations, unnumbered information */
		break;
	default: break; /* raw IP */
	}
}

/* Link layer in front, then into the file. */
static void finish(struct craft *c, int64_t time_ns, const struct craft_flow *flow, bool v4)
{
	prepend_link(c, flow, v4);
	craft_file_packet(c->file, c->path.interface, time_ns,
	                  slice_of(c->room + c->start, c->end - c->start));
}

/* fragment: the third 16-bit word, flags and offset in units of eight octets (RFC 791 3.1). */
static void prepend_ipv4(struct craft *c, const struct craft_flow *flow, uint8_t protocol,
                         uint32_t fragment)
{
	size_t total = c->end - c->start + IPV4_HEADER;
	uint8_t *p = prepend(c, IPV4_HEADER);

	p[0] = 0x45;
	p[1] = (uint8_t)(c->path.dscp << 2);
	craft_put_be16(p + 2, (uint32_t)total);
	craft_put_be16(p + 4, flow->ip_id & 0xffff);
	craft_put_be16(p + 6, fragment);
	p[8] = c->path.ttl;
	p[9] = protocol;
	memset(p + 10, 0, 2);
	memcpy(p + 12, v4_octets(&flow->src), 4);
	memcpy(p + 16, v4_octets(&flow->dst), 4);
	uint16_t sum = craft_checksum(craft_sum(0, p, IPV4_HEADER));
	memcpy(p + 10, &sum, 2);
}

static void prepend_ipv6(struct craft *c, const struct craft_flow *flow, uint8_t next)
{
	size_t n = c->end - c->start;
	uint8_t *p = prepend(c, IPV6_HEADER);

	craft_put_be32(p, 6u << 28 | (uint32_t)c->path.dscp << 22);
	craft_put_be16(p + 4, (uint32_t)n);
	p[6] = next;
	p[7] = c->path.ttl;
	memcpy(p + 8, flow->src.word, 16);
	memcpy(p + 24, flow->dst.word, 16);
}

/* Eight octets with a PadN option (RFC 8200 4.2). The new next-header value. */
static uint8_t prepend_options(struct craft *c, uint8_t next, uint8_t as)
{
	uint8_t *p = prepend(c, 8);

	memcpy(p, (const uint8_t[8]){ next, 0, 1, 4, 0, 0, 0, 0 }, 8);
	return as;
}

struct piece {
	const struct craft_flow *flow;
	uint8_t protocol;
	bool v4;
	const uint8_t *bytes; /* of the whole IP payload */
	size_t total, room;
};

static size_t piece_count(const struct piece *w)
{
	return (w->total + w->room - 1) / w->room;
}

static void write_fragment(struct craft *c, int64_t time_ns, const struct piece *w, size_t index)
{
	size_t offset = index * w->room;
	size_t n = w->total - offset < w->room ? w->total - offset : w->room;
	bool more = offset + n < w->total;

	set_payload(c, slice_of(w->bytes + offset, n));
	if (w->v4) {
		prepend_ipv4(c, w->flow, w->protocol,
		             (more ? 0x2000u : 0) | (uint32_t)(offset / 8));
	} else {
		uint8_t *p = prepend(c, FRAGMENT_HEADER); /* RFC 8200 4.5 */
		p[0] = w->protocol;
		p[1] = 0;
		craft_put_be16(p + 2, (uint32_t)offset | (more ? 1 : 0));
		craft_put_be32(p + 4, w->flow->ip_id);
		uint8_t next = PROTOCOL_FRAGMENT;
		if (c->path.extensions & CRAFT_HOP_BY_HOP)
			next = prepend_options(c, next, PROTOCOL_HOP_BY_HOP);
		prepend_ipv6(c, w->flow, next);
	}
	finish(c, time_ns, w->flow, w->v4);
}

static void write_fragments(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
                            uint8_t protocol, bool v4)
{
	static const size_t header[2] = { IPV6_HEADER + FRAGMENT_HEADER, IPV4_HEADER };
	struct piece w = {
		.flow = flow, .protocol = protocol, .v4 = v4, .total = c->end - c->start
	};
	uint8_t *copy = malloc(w.total);

	w.room = (c->path.mtu - header[v4]) / 8 * 8;
	if (!copy || c->path.mtu < header[v4] + 8)
		abort();
	memcpy(copy, c->room + c->start, w.total);
	w.bytes = copy;
	size_t count = piece_count(&w);
	for (size_t i = 0; i < count; i++, time_ns += NS_PER_US)
		write_fragment(c, time_ns, &w, c->path.fragments_reversed ? count - 1 - i : i);
	if (c->path.fragment_twice && c->path.fragment_twice <= count)
		write_fragment(c, time_ns, &w, c->path.fragment_twice - 1);
	free(copy);
}

/* What is in `room` is the IP payload. */
static void write_ip(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
                     uint8_t protocol)
{
	bool v4 = ip_addr_is_v4(flow->src);
	size_t size = c->end - c->start + (v4 ? IPV4_HEADER : IPV6_HEADER);

	if (!v4 && c->path.extensions & CRAFT_DESTINATION)
		protocol = prepend_options(c, protocol, PROTOCOL_DESTINATION);
	if (c->path.mtu && size > c->path.mtu) {
		write_fragments(c, time_ns, flow, protocol, v4);
		return;
	}
	if (!v4 && c->path.extensions & CRAFT_HOP_BY_HOP)
		protocol = prepend_options(c, protocol, PROTOCOL_HOP_BY_HOP);
	if (v4)
		prepend_ipv4(c, flow, protocol, 0);
	else
		prepend_ipv6(c, flow, protocol);
	finish(c, time_ns, flow, v4);
}

static void prepend_udp(struct craft *c, const struct craft_flow *flow, struct slice payload)
{
	uint8_t *p = prepend(c, UDP_HEADER);
	craft_put_be16(p, flow->sport);
	craft_put_be16(p + 2, flow->dport);
	craft_put_be16(p + 4, (uint32_t)(payload.n + UDP_HEADER));
	memset(p + 6, 0, 2);
	uint16_t sum = transport_checksum(c, flow, PROTOCOL_UDP);
	if (sum == 0) /* RFC 768: 0 would say "none" */
		sum = 0xffff;
	memcpy(p + 6, &sum, 2);
}

void craft_udp(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
               struct slice payload)
{
	set_payload(c, payload);
	prepend_udp(c, flow, payload);
	write_ip(c, time_ns, flow, PROTOCOL_UDP);
}

void craft_icmp(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
                const struct craft_icmp *icmp, struct slice payload)
{
	bool v4 = ip_addr_is_v4(flow->src);
	size_t octets = UDP_HEADER + payload.n;

	set_payload(c, payload);
	prepend_udp(c, &icmp->flow, payload);
	if (v4)
		prepend_ipv4(c, &icmp->flow, PROTOCOL_UDP, 0);
	else
		prepend_ipv6(c, &icmp->flow, PROTOCOL_UDP);
	if (icmp->octets < octets)
		c->end -= octets - icmp->octets;
	uint8_t *p = prepend(c, ICMP_HEADER);
	memcpy(p, (const uint8_t[ICMP_HEADER]){ icmp->type, icmp->code }, ICMP_HEADER);
	uint16_t sum = v4 ? craft_checksum(craft_sum(0, p, c->end - c->start))
	                  : transport_checksum(c, flow, PROTOCOL_ICMPV6);
	memcpy(p + 2, &sum, 2);
	write_ip(c, time_ns, flow, v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6);
}

void craft_tcp(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
               const struct craft_tcp_header *tcp, struct slice payload)
{
	set_payload(c, payload);
	uint8_t *p = prepend(c, TCP_HEADER);
	craft_put_be16(p, flow->sport);
	craft_put_be16(p + 2, flow->dport);
	craft_put_be32(p + 4, tcp->seq);
	craft_put_be32(p + 8, tcp->ack);
	p[12] = 5 << 4;
	p[13] = tcp->flags;
	craft_put_be16(p + 14, 65535);
	memset(p + 16, 0, 4);
	uint16_t sum = transport_checksum(c, flow, PROTOCOL_TCP);
	memcpy(p + 16, &sum, 2);
	write_ip(c, time_ns, flow, PROTOCOL_TCP);
}
