/* IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200). */
#ifndef DISSECTORS_IP_H
#define DISSECTORS_IP_H

#include "dissectors/layer.h"

/* What a protocol number leads to; LAYER_END for the others. */
enum layer_kind ip_protocol_layer(uint8_t protocol);

/* By the version nibble. */
enum parse_status ip_enter(struct layer *at, struct packet_view *view);

/* These fill the view's addresses and what goes with them. A fragment ends the walk with view->fragment filled. */
enum parse_status ipv4_enter(struct layer *at, struct packet_view *view);
enum parse_status ipv6_enter(struct layer *at, struct packet_view *view);

/* One extension header: hop-by-hop, routing, fragment, destination, authentication, mobility, HIP, shim6. */
enum parse_status ipv6_extension_enter(struct layer *at, struct packet_view *view);

#endif
