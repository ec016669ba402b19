/* From a captured frame to the transport payload: link layer, VLAN tags, tunnels, IP, UDP or TCP. Everything borrows from the
 * frame. A fragment stops the walk (`fragment`): reassembly gives the whole datagram back to packet_dissect_ip(). */
#ifndef DISSECTORS_PACKET_H
#define DISSECTORS_PACKET_H

#include "base/cursor.h"
#include "base/net.h"

/* LINKTYPE values of the pcap registry that we read. */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW_12 = 12, /* DLT_RAW as some systems write it */
	LINK_RAW_14 = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

/* True for a link type that packet_dissect() can read. */
bool link_type_known(uint32_t link_type);
/* "Ethernet", "Linux SLL2", ...; "link type" for others. */
const char *link_type_name(uint32_t link_type);

enum transport {
	TRANSPORT_NONE, /* not IP, or IP with something else inside */
	TRANSPORT_UDP,
	TRANSPORT_TCP,
	TRANSPORT_ICMP, /* v4 or v6; payload starts at the ICMP type */
	TRANSPORT_FRAGMENT, /* see `fragment` */
};

/* One IP fragment, RFC 791 / RFC 8200 4.5. */
struct ip_fragment {
	uint32_t id;
	uint16_t offset; /* octets */
	bool more;
	uint8_t protocol; /* of the first fragment's payload */
	struct slice payload; /* this fragment's octets */
};

/* RFC 9293 3.1. */
struct tcp_header {
	uint32_t seq, ack;
	bool syn, fin, rst, ack_set;
};

struct packet_view {
	struct ip_addr src, dst;
	uint16_t sport, dport;
	enum transport transport;
	uint8_t ip_protocol; /* last IP protocol number seen */
	uint8_t dscp; /* 0..63, of the innermost IP header */
	uint8_t ttl;
	uint16_t ip_id; /* IPv4 identification; 0 for IPv6 */
	uint16_t vlan; /* innermost VLAN id, 0 if none */
	uint8_t vlan_tags; /* how many tags were walked */
	uint8_t tunnels; /* how many tunnels were entered (IP-in-IP, GRE, GTP-U, VXLAN, Geneve, PPPoE counts not) */
	bool truncated; /* the capture's snap length cut the transport payload */
	struct ip_fragment fragment; /* set only for TRANSPORT_FRAGMENT */
	struct tcp_header tcp; /* set only for TRANSPORT_TCP */
	struct slice payload; /* of UDP, TCP or ICMP; never beyond what IP and UDP lengths say */
	uint32_t
	        payload_missing; /* UDP: octets of the payload that were on the wire and were not captured */
};

/* `frame` is what was captured. PARSE_OK: `out` is complete for out->transport (TRANSPORT_NONE included, when it is sound but
 * of no interest). PARSE_BAD: a header was cut or lies about its length. PARSE_NOT_MINE: unknown link type or not IP.
 * Depth of tags, labels, IPv6 extension headers and tunnels together is bounded by PACKET_MAX_LAYERS: beyond is PARSE_BAD. A UDP
 * tunnel whose inside cannot be read stays the UDP datagram it is: its port alone proves nothing. */
enum parse_status packet_dissect(uint32_t link_type, struct slice frame, struct packet_view *out);

/* From an IP payload on, after reassembly: `view` keeps src, dst, dscp ... of the fragments and gets the rest. */
enum parse_status packet_dissect_ip_payload(uint8_t protocol, struct slice payload,
                                            struct packet_view *view);

#define PACKET_MAX_LAYERS 16

#endif
