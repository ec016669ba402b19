/* The first octet chooses the link type, or, beyond them, the protocol of an IP payload; the rest is the frame. Whatever it holds, no
 * slice leaves it, and a view that is not sound shows no transport. */
#include "dissectors/icmp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t links[] = {
	LINK_ETHERNET, LINK_NULL,   LINK_PPP,        LINK_PPP_HDLC, LINK_PPP_ETHER,
	LINK_RAW_12,   LINK_RAW_14, LINK_RAW,        LINK_LOOP,     LINK_LINUX_SLL,
	LINK_IPV4,     LINK_IPV6,   LINK_LINUX_SLL2, 4711
};
#define LINKS (sizeof links / sizeof *links)

static void require(bool what)
{
	if (!what)
		abort();
}

static void inside(struct slice part, struct slice frame)
{
	require(!part.p ||
	        (part.p >= frame.p && part.n <= frame.n && part.p + part.n <= frame.p + frame.n));
}

static void inside_icmp(const struct packet_view *v)
{
	struct icmp_unreachable out = { .reason = ICMP_PROHIBITED };

	require(icmp_unreachable_parse(v, &out) != PARSE_MORE);
	require(out.reason <= ICMP_PROHIBITED);
}

static void check(enum parse_status status, const struct packet_view *v, struct slice frame)
{
	inside(v->payload, frame);
	require(status != PARSE_MORE);
	require(status == PARSE_OK || v->transport == TRANSPORT_NONE);
	require(v->dscp < 64 && v->vlan < 4096);
	require(v->vlan_tags <= PACKET_MAX_LAYERS + 1 && v->tunnels <= PACKET_MAX_LAYERS + 1);
	require(v->vlan_tags || !v->vlan);
	switch (v->transport) {
	case TRANSPORT_NONE: require(!v->payload.p && !v->sport && !v->dport); break;
	case TRANSPORT_FRAGMENT:
		inside(v->fragment.payload, frame);
		require(!v->payload.p && v->fragment.offset % 8 == 0);
		require(v->fragment.offset || v->fragment.more);
		break;
	case TRANSPORT_ICMP: inside_icmp(v); break;
	default: require(v->payload.p != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_view view;

	if (!size)
		return 0;
	struct slice frame = { data + 1, size - 1 };
	if (data[0] < LINKS) {
		check(packet_dissect(links[data[0]], frame, &view), &view, frame);
		return 0;
	}
	packet_dissect(LINK_RAW, SLICE_NONE, &view);
	check(packet_dissect_ip_payload(data[0], frame, &view), &view, frame);
	return 0;
}
