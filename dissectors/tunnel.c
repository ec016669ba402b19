#include "dissectors/tunnel.h"

#include "dissectors/link.h"

enum {
	PORT_L2TP = 1701,
	PORT_GTP_U = 2152,
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,

	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGED = 0x0080, /* version 1 only */
	GRE_ERSPAN_2 = 0x88be,
	GRE_ERSPAN_3 = 0x22eb,

	GTP_T_PDU = 255,

	L2TP_CONTROL = 0x8000,
	L2TP_LENGTH = 0x4000,
	L2TP_SEQUENCE = 0x0800,
	L2TP_OFFSET = 0x0200,
	L2TP_RESERVED = 0x34f0,
};

enum parse_status ip_in_ip_enter(struct layer *at, struct packet_view *view)
{
	view->tunnels++;
	at->depth++;
	at->kind = at->protocol == 4 ? LAYER_IPV4 : LAYER_IPV6;
	return PARSE_OK;
}

enum parse_status mpls_in_ip_enter(struct layer *at, struct packet_view *view)
{
	view->tunnels++;
	at->depth++;
	at->kind = LAYER_MPLS;
	return PARSE_OK;
}

/* `at` moves to where the cursor stands, `limit` octets at most. */
static enum parse_status below(struct layer *at, struct cursor *c, size_t limit,
                               enum layer_kind kind)
{
	if (c->overrun)
		return PARSE_BAD;
	at->bytes = slice_sub(cursor_rest(c), 0, limit);
	at->kind = kind;
	return PARSE_OK;
}

/* A mirrored frame behind a header of 8 octets, of 12 (and 8 more by its last bit), or, in the first version, none: that one
 * has no GRE sequence number. */
static enum parse_status erspan(struct layer *at, struct cursor *c, uint16_t flags, uint16_t type)
{
	if (type == GRE_ERSPAN_3) {
		struct slice header = cursor_take(c, 12);
		if (header.p && header.p[11] & 1)
			cursor_take(c, 8);
	} else if (flags & GRE_SEQUENCE) {
		cursor_take(c, 8);
	}
	return below(at, c, SIZE_MAX, LAYER_ETHERNET);
}

/* RFC 2784 2.1, RFC 2890 2: |C| |K|S| reserved | version | protocol type |, then what the flags say. */
static enum parse_status gre_0(struct layer *at, struct cursor *c, uint16_t flags, uint16_t type)
{
	if (flags & GRE_ROUTING)
		return PARSE_NOT_MINE;
	if (flags & GRE_CHECKSUM)
		cursor_take(c, 4);
	if (flags & GRE_KEY)
		cursor_take(c, 4);
	if (flags & GRE_SEQUENCE)
		cursor_take(c, 4);
	if (type == GRE_ERSPAN_2 || type == GRE_ERSPAN_3)
		return erspan(at, c, flags, type);
	return below(at, c, SIZE_MAX, ethertype_layer(type));
}

/* RFC 2637 4.1: payload length and call id in the key's place, sequence and acknowledgment numbers by flag; without a sequence
 * number it carries nothing. */
static enum parse_status gre_1(struct layer *at, struct cursor *c, uint16_t flags)
{
	size_t length = cursor_be16(c);

	cursor_take(c, 2);
	if (flags & GRE_SEQUENCE)
		cursor_take(c, 4);
	if (flags & GRE_ACKNOWLEDGED)
		cursor_take(c, 4);
	return below(at, c, length, flags & GRE_SEQUENCE ? LAYER_PPP : LAYER_END);
}

enum parse_status gre_enter(struct layer *at, struct packet_view *view)
{
	struct cursor c = cursor_of(at->bytes);
	uint16_t flags = cursor_be16(&c), type = cursor_be16(&c);

	if (c.overrun)
		return PARSE_BAD;
	view->tunnels++;
	at->depth++;
	switch (flags & 7) {
	case 0: return gre_0(at, &c, flags, type);
	case 1: return gre_1(at, &c, flags);
	default: return PARSE_NOT_MINE;
	}
}

/* TS 29.281 5.2: chained headers, the length of each in its first octet in units of 4 octets, the next one's type in its last. */
static void gtp_extensions(struct cursor *c, uint8_t type)
{
	while (type && !c->overrun) {
		size_t length = 4u * cursor_u8(c);
		struct slice rest = length ? cursor_take(c, length - 1) : SLICE_NONE;
		if (!rest.p) {
			c->overrun = true;
			return;
		}
		type = rest.p[rest.n - 1];
	}
}

/* TS 29.281 5.1: version 1, protocol type 1, spare 0, E, S, PN; type; length of what follows these 8 octets; endpoint id. */
static enum parse_status gtp_u_enter(struct layer *at)
{
	struct cursor c = cursor_of(at->bytes);
	uint8_t flags = cursor_u8(&c), type = cursor_u8(&c);
	size_t length = cursor_be16(&c);

	cursor_take(&c, 4);
	if (c.overrun || (flags & 0xf8) != 0x30 || type != GTP_T_PDU)
		return PARSE_NOT_MINE;
	struct slice inside = slice_sub(cursor_rest(&c), 0, length);
	c = cursor_of(inside);
	if (flags & 7) {
		cursor_take(&c, 3);
		uint8_t extension = cursor_u8(&c);
		gtp_extensions(&c, flags & 4 ? extension : 0);
	}
	return below(at, &c, SIZE_MAX, LAYER_IP);
}

/* RFC 7348 5: flags with I set (and G of group policy at most), reserved, network id, reserved. */
static enum parse_status vxlan_enter(struct layer *at)
{
	if (at->bytes.n < 8 || (at->bytes.p[0] & 0x7f) != 0x08)
		return PARSE_NOT_MINE;
	layer_below(at, 8, LAYER_ETHERNET);
	return PARSE_OK;
}

/* RFC 8926 3.4: version 0 (2 bits), length of options in 4 octets (6), O, C, reserved; EtherType; network id, reserved. */
static enum parse_status geneve_enter(struct layer *at)
{
	struct cursor c = cursor_of(at->bytes);
	uint8_t first = cursor_u8(&c), flags = cursor_u8(&c);
	uint16_t type = cursor_be16(&c);

	cursor_take(&c, 4);
	cursor_take(&c, 4u * (first & 0x3f));
	/* O marks a control message: no tenant's frame in it. */
	if (c.overrun || first >> 6 != 0 || flags & 0x80)
		return PARSE_NOT_MINE;
	return below(at, &c, SIZE_MAX, ethertype_layer(type));
}

/* RFC 2661 3.1: |T|L|x|x|S|x|O|P|x|x|x|x| version 2 |, length, tunnel id, session id, Ns, Nr, offset and its padding. */
static enum parse_status l2tp_enter(struct layer *at)
{
	struct cursor c = cursor_of(at->bytes);
	uint16_t flags = cursor_be16(&c);
	size_t all = at->bytes.n, length = flags & L2TP_LENGTH ? cursor_be16(&c) : all;

	if ((flags & 0x000f) != 2 || flags & (L2TP_CONTROL | L2TP_RESERVED))
		return PARSE_NOT_MINE;
	cursor_take(&c, 4);
	if (flags & L2TP_SEQUENCE)
		cursor_take(&c, 4);
	if (flags & L2TP_OFFSET)
		cursor_take(&c, cursor_be16(&c));
	size_t header = all - cursor_left(&c);
	if (c.overrun || length < header)
		return PARSE_NOT_MINE;
	return below(at, &c, length - header, LAYER_PPP);
}

bool udp_tunnel_port(const struct packet_view *view)
{
	switch (view->dport) {
	case PORT_L2TP:
	case PORT_GTP_U:
	case PORT_VXLAN:
	case PORT_GENEVE: return true;
	/* RFC 2661 8.1: only the port that a tunnel is asked for at is fixed. */
	default: return view->sport == PORT_L2TP;
	}
}

enum parse_status udp_tunnel_enter(struct layer *at, const struct packet_view *view)
{
	at->bytes = view->payload;
	at->depth++;
	switch (view->dport) {
	case PORT_GTP_U: return gtp_u_enter(at);
	case PORT_VXLAN: return vxlan_enter(at);
	case PORT_GENEVE: return geneve_enter(at);
	default: return l2tp_enter(at);
	}
}
