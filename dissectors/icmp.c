#include "dissectors/icmp.h"

#include "dissectors/ip.h"
#include "dissectors/udp.h"

enum { ICMP_HEADER = 8, ICMP_V6_PROTOCOL = 58, ICMP_V4_UNREACHABLE = 3, ICMP_V6_UNREACHABLE = 1 };

/* RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1. Code 4 asks for smaller packets. */
static bool reason_v4(uint8_t code, enum icmp_reason *out)
{
	switch (code) {
	case 1:
	case 7:
	case 8:
	case 12: *out = ICMP_HOST; return true;
	case 2: *out = ICMP_PROTOCOL; return true;
	case 3: *out = ICMP_PORT; return true;
	case 4: return false;
	case 9:
	case 10:
	case 13: *out = ICMP_PROHIBITED; return true;
	default: *out = ICMP_NETWORK; return true;
	}
}

static enum icmp_reason reason_v6(uint8_t code)
{
	switch (code) {
	case 1:
	case 5:
	case 6: return ICMP_PROHIBITED;
	case 3: return ICMP_HOST;
	case 4: return ICMP_PORT;
	default: return ICMP_NETWORK;
	}
}

/* Down to the quoted UDP header. */
static enum parse_status quoted_udp(struct layer *at, struct packet_view *quoted)
{
	enum parse_status status =
	        at->kind == LAYER_IPV6 ? ipv6_enter(at, quoted) : ipv4_enter(at, quoted);

	while (status == PARSE_OK && at->kind == LAYER_IPV6_EXTENSION)
		status = at->depth > PACKET_MAX_LAYERS ? PARSE_BAD
		                                       : ipv6_extension_enter(at, quoted);
	if (status != PARSE_OK)
		return status;
	return at->kind == LAYER_UDP ? udp_enter(at, quoted) : PARSE_NOT_MINE;
}

enum parse_status icmp_unreachable_parse(const struct packet_view *view,
                                         struct icmp_unreachable *out)
{
	bool v6 = view->ip_protocol == ICMP_V6_PROTOCOL;
	struct slice message = view->payload;
	struct packet_view quoted = { 0 };

	if (message.n < ICMP_HEADER)
		return PARSE_NOT_MINE;
	if (message.p[0] != (v6 ? ICMP_V6_UNREACHABLE : ICMP_V4_UNREACHABLE))
		return PARSE_NOT_MINE;
	out->reason = v6 ? reason_v6(message.p[1]) : ICMP_NETWORK;
	if (!v6 && !reason_v4(message.p[1], &out->reason))
		return PARSE_NOT_MINE;
	struct layer at = { .bytes = slice_from(message, ICMP_HEADER),
		            .kind = v6 ? LAYER_IPV6 : LAYER_IPV4 };
	enum parse_status status = quoted_udp(&at, &quoted);
	if (status != PARSE_OK)
		return status;
	out->src = (struct endpoint){ quoted.src, quoted.sport };
	out->dst = (struct endpoint){ quoted.dst, quoted.dport };
	return PARSE_OK;
}
