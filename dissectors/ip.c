#include "dissectors/ip.h"

enum {
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_IPV4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_IPV6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_AUTHENTICATION = 51,
	IP_ICMPV6 = 58,
	IP_DESTINATION = 60,
	IP_MOBILITY = 135,
	IP_MPLS = 137,
	IP_HIP = 139,
	IP_SHIM6 = 140,

	IPV4_HEADER = 20,
	IPV4_MORE = 0x2000,
	IPV4_OFFSET = 0x1fff,
	IPV6_HEADER = 40,
	IPV6_FRAGMENT_HEADER = 8,
};

enum layer_kind ip_protocol_layer(uint8_t protocol)
{
	switch (protocol) {
	case IP_UDP: return LAYER_UDP;
	case IP_TCP: return LAYER_TCP;
	case IP_ICMP:
	case IP_ICMPV6: return LAYER_ICMP;
	case IP_IPV4:
	case IP_IPV6: return LAYER_IP_IN_IP;
	case IP_GRE: return LAYER_GRE;
	case IP_MPLS: return LAYER_MPLS_IN_IP;
	case IP_HOP_BY_HOP:
	case IP_ROUTING:
	case IP_FRAGMENT:
	case IP_AUTHENTICATION:
	case IP_DESTINATION:
	case IP_MOBILITY:
	case IP_HIP:
	case IP_SHIM6: return LAYER_IPV6_EXTENSION;
	default: return LAYER_END;
	}
}

static void payload_enter(struct layer *at, uint8_t protocol, struct packet_view *view)
{
	view->ip_protocol = protocol;
	at->protocol = protocol;
	at->kind = ip_protocol_layer(protocol);
}

/* As ip_addr_v4(), made in registers: building it octet by octet and reading it back as words stalls the path of every packet. */
static inline struct ip_addr mapped(const uint8_t *p)
{
	const uint64_t address = load_be32(p), whole = UINT64_C(0x0000ffff) << 32 | address;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (struct ip_addr){ { 0, __builtin_bswap64(whole) } };
#else
	return (struct ip_addr){ { 0, whole } };
#endif
}

enum parse_status ip_enter(struct layer *at, struct packet_view *view)
{
	if (!at->bytes.n)
		return PARSE_BAD;
	switch (at->bytes.p[0] >> 4) {
	case 4: return ipv4_enter(at, view);
	case 6: return ipv6_enter(at, view);
	default: return PARSE_NOT_MINE;
	}
}

static void ipv4_fragment(struct layer *at, uint16_t word, uint8_t protocol,
                          struct packet_view *view)
{
	view->transport = TRANSPORT_FRAGMENT;
	view->ip_protocol = protocol;
	view->fragment = (struct ip_fragment){
		.id = view->ip_id,
		.offset = (uint16_t)((word & IPV4_OFFSET) * 8),
		.more = word & IPV4_MORE,
		.protocol = protocol,
		.payload = at->bytes,
	};
	at->kind = LAYER_END;
}

/*  0                   1                   2                   3
 * |Version|  IHL  |Type of Service|          Total Length         |
 * |         Identification        |Flags|     Fragment Offset     |
 * |  Time to Live |    Protocol   |        Header Checksum        |
 * |                Source Address |      Destination Address      |  each 32 bits
 */
enum parse_status ipv4_enter(struct layer *at, struct packet_view *view)
{
	const uint8_t *p = at->bytes.p;
	size_t captured = at->bytes.n;

	if (captured < IPV4_HEADER || p[0] >> 4 != 4)
		return PARSE_BAD;
	size_t header = 4u * (p[0] & 0x0f), total = load_be16(p + 2);
	/* Segmentation offload: captured before the network card wrote the length. */
	if (total == 0)
		total = captured;
	if (header < IPV4_HEADER || header > captured || total < header)
		return PARSE_BAD;
	view->truncated = total > captured;
	view->src = mapped(p + 12);
	view->dst = mapped(p + 16);
	view->dscp = p[1] >> 2;
	view->ttl = p[8];
	view->ip_id = load_be16(p + 4);
	at->bytes.p = p + header;
	at->bytes.n = (view->truncated ? captured : total) - header;
	uint16_t word = load_be16(p + 6);
	if (word & (IPV4_MORE | IPV4_OFFSET))
		ipv4_fragment(at, word, p[9], view);
	else
		payload_enter(at, p[9], view);
	return PARSE_OK;
}

/* |Version| Traffic Class |             Flow Label                |
 * |        Payload Length         |  Next Header  |   Hop Limit   |
 * |      Source Address           |      Destination Address      |  each 128 bits
 */
enum parse_status ipv6_enter(struct layer *at, struct packet_view *view)
{
	const uint8_t *p = at->bytes.p;

	if (at->bytes.n < IPV6_HEADER || p[0] >> 4 != 6)
		return PARSE_BAD;
	size_t length = load_be16(p + 4), captured = at->bytes.n - IPV6_HEADER;
	/* Segmentation offload, or a jumbogram (RFC 2675). */
	if (length == 0)
		length = captured;
	view->truncated = length > captured;
	view->src = ip_addr_v6(p + 8);
	view->dst = ip_addr_v6(p + 24);
	view->dscp = (uint8_t)((p[0] & 0x0f) << 2 | p[1] >> 6);
	view->ttl = p[7];
	view->ip_id = 0;
	at->bytes.p = p + IPV6_HEADER;
	at->bytes.n = view->truncated ? captured : length;
	payload_enter(at, p[6], view);
	return PARSE_OK;
}

/* RFC 8200 4.5: next header, reserved, offset (13 bits), reserved, M, identification. Alone in its datagram it changes nothing
 * (RFC 6946). */
static enum parse_status fragment_enter(struct layer *at, struct packet_view *view)
{
	const uint8_t *p = at->bytes.p;

	if (at->bytes.n < IPV6_FRAGMENT_HEADER)
		return PARSE_BAD;
	uint16_t word = load_be16(p + 2);
	layer_below(at, IPV6_FRAGMENT_HEADER, LAYER_END);
	if (!(word & 0xfff9)) {
		payload_enter(at, p[0], view);
		return PARSE_OK;
	}
	view->transport = TRANSPORT_FRAGMENT;
	view->ip_protocol = p[0];
	view->fragment = (struct ip_fragment){
		.id = load_be32(p + 4),
		.offset = word & 0xfff8,
		.more = word & 1,
		.protocol = p[0],
		.payload = at->bytes,
	};
	return PARSE_OK;
}

enum parse_status ipv6_extension_enter(struct layer *at, struct packet_view *view)
{
	at->depth++;
	if (at->protocol == IP_FRAGMENT)
		return fragment_enter(at, view);
	if (at->bytes.n < 2)
		return PARSE_BAD;
	/* RFC 4302 2.2 counts in 4 octets minus 2, all others in 8 octets minus 1. */
	const uint8_t *p = at->bytes.p;
	size_t length = at->protocol == IP_AUTHENTICATION ? 4 * (p[1] + 2u) : 8 * (p[1] + 1u);
	if (length > at->bytes.n)
		return PARSE_BAD;
	layer_below(at, length, LAYER_END);
	payload_enter(at, p[0], view);
	return PARSE_OK;
}
