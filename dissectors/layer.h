/* One place in a frame: what kind of header starts there and how far it may reach. Each function of link.h, ip.h, udp.h, tcp.h
 * and tunnel.h named x_enter() reads one header at `at`, notes in the view what is worth noting, and moves `at` below it.
 * packet.c calls them in turn until LAYER_END. */
#ifndef DISSECTORS_LAYER_H
#define DISSECTORS_LAYER_H

#include "dissectors/packet.h"

enum layer_kind {
	LAYER_END, /* nothing below is of interest, or the view is complete */
	LAYER_UNKNOWN, /* a type that leads to no IP */
	LAYER_ETHERNET,
	LAYER_VLAN, /* at the tag control information */
	LAYER_LLC,
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_IP, /* version by the first nibble */
	LAYER_IPV4,
	LAYER_IPV6,
	LAYER_IPV6_EXTENSION, /* of kind `protocol` */
	LAYER_IP_IN_IP, /* a tunnel by protocol number 4 or 41 */
	LAYER_GRE,
	LAYER_MPLS_IN_IP,
	LAYER_UDP,
	LAYER_TCP,
	LAYER_ICMP,
};

struct layer {
	struct slice bytes; /* never beyond what the headers above allow */
	enum layer_kind kind;
	uint8_t protocol; /* IP protocol number, for the kinds that IP leads to */
	uint8_t depth; /* tags, labels, extension headers and tunnels walked so far */
};

/* Moves `at` over a header of n octets, which are there, to what lies below. */
static inline void layer_below(struct layer *at, size_t n, enum layer_kind kind)
{
	at->bytes.p += n;
	at->bytes.n -= n;
	at->kind = kind;
}

#endif
