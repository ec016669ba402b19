/* The walk: from the link layer down, one header at a time, until a transport header or something that leads nowhere. */
#include "dissectors/ip.h"
#include "dissectors/link.h"
#include "dissectors/tcp.h"
#include "dissectors/tunnel.h"
#include "dissectors/udp.h"

static enum parse_status walk(struct layer *at, struct packet_view *view);

/* What belongs to one transport header; `fragment` and `tcp` mean something only with their transport. */
static void transport_clear(struct packet_view *view)
{
	view->sport = view->dport = 0;
	view->transport = TRANSPORT_NONE;
	view->truncated = false;
	view->payload = SLICE_NONE;
	view->payload_missing = 0;
}

static void view_clear(struct packet_view *view)
{
	view->src = view->dst = (struct ip_addr){ { 0, 0 } };
	view->ip_protocol = view->dscp = view->ttl = 0;
	view->ip_id = view->vlan = 0;
	view->vlan_tags = view->tunnels = 0;
	transport_clear(view);
}

/* What a tunnel's port promises may still be an ordinary datagram: unless the walk inside succeeds, that is what it stays. */
static void tunnel_try(const struct layer *at, struct packet_view *view)
{
	struct layer below = *at;
	struct packet_view inner = *view;

	if (udp_tunnel_enter(&below, view) != PARSE_OK)
		return;
	transport_clear(&inner);
	inner.tunnels++;
	if (walk(&below, &inner) == PARSE_OK)
		*view = inner;
}

static enum parse_status icmp_enter(struct layer *at, struct packet_view *view)
{
	view->transport = TRANSPORT_ICMP;
	view->payload = at->bytes;
	at->kind = LAYER_END;
	return PARSE_OK;
}

static enum parse_status enter(struct layer *at, struct packet_view *view)
{
	switch (at->kind) {
	case LAYER_ETHERNET: return ethernet_enter(at);
	case LAYER_VLAN: return vlan_enter(at, view);
	case LAYER_LLC: return llc_enter(at);
	case LAYER_MPLS: return mpls_enter(at);
	case LAYER_PPPOE: return pppoe_enter(at);
	case LAYER_PPP: return ppp_enter(at);
	case LAYER_IP: return ip_enter(at, view);
	case LAYER_IPV4: return ipv4_enter(at, view);
	case LAYER_IPV6: return ipv6_enter(at, view);
	case LAYER_IPV6_EXTENSION: return ipv6_extension_enter(at, view);
	case LAYER_IP_IN_IP: return ip_in_ip_enter(at, view);
	case LAYER_GRE: return gre_enter(at, view);
	case LAYER_MPLS_IN_IP: return mpls_in_ip_enter(at, view);
	case LAYER_TCP: return tcp_enter(at, view);
	case LAYER_ICMP: return icmp_enter(at, view);
	default: return PARSE_NOT_MINE;
	}
}

static enum parse_status walk(struct layer *at, struct packet_view *view)
{
	enum parse_status status = PARSE_OK;

	while (status == PARSE_OK && at->kind != LAYER_END) {
		if (at->kind == LAYER_UDP) {
			status = udp_enter(at, view);
			if (status == PARSE_OK && udp_tunnel_port(view))
				tunnel_try(at, view);
		} else {
			status = at->depth > PACKET_MAX_LAYERS ? PARSE_BAD : enter(at, view);
		}
	}
	return status;
}

/* A view that is not sound shows no transport. IP with a tunnel whose inside is not IP is still IP. */
static enum parse_status finish(enum parse_status status, struct packet_view *view)
{
	if (status == PARSE_OK)
		return PARSE_OK;
	transport_clear(view);
	return status == PARSE_NOT_MINE && view->tunnels ? PARSE_OK : status;
}

enum parse_status packet_dissect(uint32_t link_type, struct slice frame, struct packet_view *out)
{
	struct layer at;

	view_clear(out);
	enum parse_status status = link_enter(link_type, frame, &at);
	if (status == PARSE_OK)
		status = walk(&at, out);
	return finish(status, out);
}

enum parse_status packet_dissect_ip_payload(uint8_t protocol, struct slice payload,
                                            struct packet_view *view)
{
	struct layer at = { .bytes = payload,
		            .kind = ip_protocol_layer(protocol),
		            .protocol = protocol };

	transport_clear(view);
	view->ip_protocol = protocol;
	return finish(walk(&at, view), view);
}
