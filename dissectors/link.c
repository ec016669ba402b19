#include "dissectors/link.h"

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_BRIDGING = 0x6558, /* a whole Ethernet frame, RFC 1701 */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_QINQ_OLDER = 0x9200,

	ETHERNET_HEADER = 14,
	ETHERNET_MAX_LENGTH = 1500, /* up to here the type field is a length */
	SLL_HEADER = 16,
	SLL2_HEADER = 20,
	SLL_LLC = 4, /* protocol value of Linux cooked captures: LLC follows */
	PPPOE_HEADER = 6,

	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,

	CISCO_HDLC_UNICAST = 0x0f,
	CISCO_HDLC_MULTICAST = 0x8f,
};

static const struct {
	uint32_t type;
	const char *name;
} link_names[] = {
	{ LINK_NULL, "BSD loopback" },
	{ LINK_ETHERNET, "Ethernet" },
	{ LINK_PPP, "PPP" },
	{ LINK_PPP_HDLC, "PPP in HDLC" },
	{ LINK_PPP_ETHER, "PPPoE" },
	{ LINK_RAW_12, "raw IP" },
	{ LINK_RAW_14, "raw IP" },
	{ LINK_RAW, "raw IP" },
	{ LINK_LOOP, "OpenBSD loopback" },
	{ LINK_LINUX_SLL, "Linux SLL" },
	{ LINK_IPV4, "raw IPv4" },
	{ LINK_IPV6, "raw IPv6" },
	{ LINK_LINUX_SLL2, "Linux SLL2" },
};

static const char *known_name(uint32_t link_type)
{
	for (size_t i = 0; i < sizeof link_names / sizeof *link_names; i++)
		if (link_names[i].type == link_type)
			return link_names[i].name;
	return NULL;
}

bool link_type_known(uint32_t link_type)
{
	return known_name(link_type) != NULL;
}

const char *link_type_name(uint32_t link_type)
{
	const char *name = known_name(link_type);

	return name ? name : "link type";
}

enum layer_kind ethertype_layer(uint16_t ethertype)
{
	switch (ethertype) {
	case ETHERTYPE_IPV4: return LAYER_IPV4;
	case ETHERTYPE_IPV6: return LAYER_IPV6;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_QINQ_OLD:
	case ETHERTYPE_QINQ_OLDER: return LAYER_VLAN;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM: return LAYER_MPLS;
	case ETHERTYPE_PPPOE_SESSION: return LAYER_PPPOE;
	case ETHERTYPE_PPP: return LAYER_PPP;
	case ETHERTYPE_BRIDGING: return LAYER_ETHERNET;
	default: return LAYER_UNKNOWN;
	}
}

/* The two octets in front of a payload: an EtherType, or, up to 1500, the length of an 802.3 frame, behind which is padding. */
static enum parse_status type_or_length(struct layer *at, size_t header)
{
	uint16_t type = load_be16(at->bytes.p + header - 2);

	layer_below(at, header, ethertype_layer(type));
	if (type <= ETHERNET_MAX_LENGTH) {
		at->kind = LAYER_LLC;
		at->bytes = slice_sub(at->bytes, 0, type);
	}
	return PARSE_OK;
}

enum parse_status ethernet_enter(struct layer *at)
{
	return at->bytes.n < ETHERNET_HEADER ? PARSE_BAD : type_or_length(at, ETHERNET_HEADER);
}

/* IEEE 802.1Q 9.6: priority (3 bits), drop eligible (1), VLAN id (12); then the next type. */
enum parse_status vlan_enter(struct layer *at, struct packet_view *view)
{
	if (at->bytes.n < 4)
		return PARSE_BAD;
	view->vlan = load_be16(at->bytes.p) & 0x0fff;
	view->vlan_tags++;
	at->depth++;
	return type_or_length(at, 4);
}

/* IEEE 802.2: SNAP with an EtherType (RFC 1042), or the service access point that is IP. */
enum parse_status llc_enter(struct layer *at)
{
	const uint8_t *p = at->bytes.p;

	if (at->bytes.n < 3)
		return PARSE_BAD;
	if (p[0] == 0x06 && p[1] == 0x06 && p[2] == 0x03) {
		layer_below(at, 3, LAYER_IP);
		return PARSE_OK;
	}
	if (p[0] != 0xaa || p[1] != 0xaa || p[2] != 0x03)
		return PARSE_NOT_MINE;
	if (at->bytes.n < 8)
		return PARSE_BAD;
	if (p[3] || p[4] || p[5])
		return PARSE_NOT_MINE;
	layer_below(at, 8, ethertype_layer(load_be16(p + 6)));
	return PARSE_OK;
}

/* RFC 3032 2.1: label (20 bits), class (3), bottom of stack (1), TTL (8). What is below the bottom nobody says: look. */
enum parse_status mpls_enter(struct layer *at)
{
	if (at->bytes.n < 4)
		return PARSE_BAD;
	bool bottom = at->bytes.p[2] & 1;
	at->depth++;
	layer_below(at, 4, bottom ? LAYER_IP : LAYER_MPLS);
	return PARSE_OK;
}

/* RFC 2516 4: version and type 1, code 0 for a session, session id, length of the PPP part. */
enum parse_status pppoe_enter(struct layer *at)
{
	const uint8_t *p = at->bytes.p;

	if (at->bytes.n < PPPOE_HEADER || p[0] != 0x11)
		return PARSE_BAD;
	if (p[1] != 0)
		return PARSE_NOT_MINE;
	size_t length = load_be16(p + 4);
	at->depth++;
	layer_below(at, PPPOE_HEADER, LAYER_PPP);
	at->bytes = slice_sub(at->bytes, 0, length);
	return PARSE_OK;
}

static enum layer_kind ppp_layer(unsigned protocol)
{
	switch (protocol) {
	case PPP_IPV4: return LAYER_IPV4;
	case PPP_IPV6: return LAYER_IPV6;
	case PPP_MPLS: return LAYER_MPLS;
	default: return LAYER_UNKNOWN;
	}
}

/* RFC 1661 2 and RFC 1662 3.1: address and control may be left out, and so may the first octet of the protocol, whose last
 * octet is the first odd one. */
enum parse_status ppp_enter(struct layer *at)
{
	struct cursor c = cursor_of(at->bytes);

	if (at->bytes.n >= 2 && c.p[0] == 0xff && c.p[1] == 0x03)
		cursor_take(&c, 2);
	unsigned protocol = cursor_u8(&c);
	if (!(protocol & 1))
		protocol = protocol << 8 | cursor_u8(&c);
	if (c.overrun)
		return PARSE_BAD;
	layer_below(at, at->bytes.n - cursor_left(&c), ppp_layer(protocol));
	return PARSE_OK;
}

static enum parse_status cooked_enter(struct layer *at, size_t header, size_t protocol_at)
{
	if (at->bytes.n < header)
		return PARSE_BAD;
	uint16_t protocol = load_be16(at->bytes.p + protocol_at);
	layer_below(at, header, protocol == SLL_LLC ? LAYER_LLC : ethertype_layer(protocol));
	return PARSE_OK;
}

/* The address family as the capturing machine numbers it, in its byte order: all the small values in use. */
static enum parse_status loopback_enter(struct layer *at)
{
	if (at->bytes.n < 4)
		return PARSE_BAD;
	uint32_t big = load_be32(at->bytes.p), little = load_le32(at->bytes.p);
	enum layer_kind kind = LAYER_UNKNOWN;
	switch (big < little ? big : little) {
	case 2: kind = LAYER_IPV4; break;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: kind = LAYER_IPV6; break; /* Darwin */
	}
	layer_below(at, 4, kind);
	return PARSE_OK;
}

/* PPP, or Cisco's own framing with an EtherType, which shares the link type. */
static enum parse_status hdlc_enter(struct layer *at)
{
	const uint8_t *p = at->bytes.p;

	at->kind = LAYER_PPP;
	if (at->bytes.n >= 4 && (p[0] == CISCO_HDLC_UNICAST || p[0] == CISCO_HDLC_MULTICAST) &&
	    p[1] == 0)
		layer_below(at, 4, ethertype_layer(load_be16(p + 2)));
	return PARSE_OK;
}

enum parse_status link_enter(uint32_t link_type, struct slice frame, struct layer *at)
{
	*at = (struct layer){ .bytes = frame, .kind = LAYER_UNKNOWN };
	switch (link_type) {
	case LINK_ETHERNET: return ethernet_enter(at);
	case LINK_LINUX_SLL: return cooked_enter(at, SLL_HEADER, 14);
	case LINK_LINUX_SLL2: return cooked_enter(at, SLL2_HEADER, 0);
	case LINK_NULL:
	case LINK_LOOP: return loopback_enter(at);
	case LINK_PPP_HDLC: return hdlc_enter(at);
	case LINK_PPP: at->kind = LAYER_PPP; break;
	case LINK_PPP_ETHER: at->kind = LAYER_PPPOE; break;
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14: at->kind = LAYER_IP; break;
	case LINK_IPV4: at->kind = LAYER_IPV4; break;
	case LINK_IPV6: at->kind = LAYER_IPV6; break;
	default: return PARSE_NOT_MINE;
	}
	return PARSE_OK;
}
