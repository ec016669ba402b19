/* Tunnels: IP in IP (RFC 2003, RFC 4213), MPLS in IP (RFC 4023), GRE (RFC 2784, 2890) with PPTP's version (RFC 2637) and ERSPAN,
 * and those that UDP carries: GTP-U (3GPP TS 29.281), VXLAN (RFC 7348), Geneve (RFC 8926), L2TP version 2 (RFC 2661). */
#ifndef DISSECTORS_TUNNEL_H
#define DISSECTORS_TUNNEL_H

#include "dissectors/layer.h"

/* Each counts one tunnel in the view. */
enum parse_status ip_in_ip_enter(struct layer *at, struct packet_view *view);
enum parse_status mpls_in_ip_enter(struct layer *at, struct packet_view *view);
enum parse_status gre_enter(struct layer *at, struct packet_view *view);

/* True when the ports of a UDP view are those of a tunnel that we enter. */
bool udp_tunnel_port(const struct packet_view *view);

/* Such ports prove little: any RTP stream may get them. PARSE_OK: the UDP payload starts as that tunnel must, and `at` is moved
 * to what is in it; PARSE_NOT_MINE: it does not. The view is only read. */
enum parse_status udp_tunnel_enter(struct layer *at, const struct packet_view *view);

#endif
