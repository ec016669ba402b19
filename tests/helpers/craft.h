/* Packets made from nothing but what we want them to say: link layer, VLAN tags, IPv4 or IPv6 (fragmented on demand), UDP or TCP with
 * right checksums. No libpcap, no dissector of ours: what is wrong there cannot be wrong here in the same way.
 *
 *   struct craft c;
 *   craft_init(&c, &file, LINK_ETHERNET);
 *   craft_udp(&c, time_ns, &flow, payload);
 *
 * Fast enough (some 5 million packets a second) for captures of millions of packets. */
#ifndef TESTS_HELPERS_CRAFT_H
#define TESTS_HELPERS_CRAFT_H

#include "base/net.h"
#include "dissectors/packet.h"
#include "tests/helpers/craft_file.h"

#define CRAFT_MAX_TAGS       4
#define CRAFT_MAX_IP_PAYLOAD 65535
#define CRAFT_HEADROOM       256

enum craft_extension { CRAFT_HOP_BY_HOP = 1, CRAFT_DESTINATION = 2 };

/* How packets travel; changed freely between packets. */
struct craft_path {
	unsigned interface; /* of a pcapng section */
	uint32_t link_type;
	unsigned tag_count;
	struct craft_tag {
		uint16_t tpid, vlan; /* outermost first; Ethernet only */
	} tags[CRAFT_MAX_TAGS];
	uint8_t ttl, dscp;
	uint8_t extensions; /* IPv6: craft_extension bits, in front of the transport */
	unsigned mtu; /* octets of an IP packet; 0: never fragment */
	unsigned
	        fragment_twice; /* this fragment (1, 2, ...) is sent a second time, after the last */
	bool fragments_reversed;
};

/* Both addresses of one family. */
struct craft_flow {
	struct ip_addr src, dst;
	uint16_t sport, dport;
	uint32_t ip_id; /* IPv4 identification; the fragment header's for IPv6 */
};

/* RFC 9293 3.1. */
enum craft_tcp_flag { CRAFT_FIN = 1, CRAFT_SYN = 2, CRAFT_RST = 4, CRAFT_PSH = 8, CRAFT_ACK = 16 };
struct craft_tcp_header {
	uint32_t seq, ack;
	uint8_t flags;
};

/* A datagram that did not get through, told to its sender: RFC 792, RFC 4443 3.1. */
struct craft_icmp {
	uint8_t type, code;
	struct craft_flow flow; /* of that datagram */
	size_t octets; /* quoted behind its IP header, UDP's eight first */
};

struct craft {
	struct craft_file *file; /* borrows */
	struct craft_path path;
	size_t start, end; /* the packet being made, within `room` */
	uint8_t room[CRAFT_HEADROOM + CRAFT_MAX_IP_PAYLOAD];
};

void craft_path_init(struct craft_path *path, uint32_t link_type);
void craft_init(struct craft *c, struct craft_file *file, uint32_t link_type);

/* Writes the datagram (or its fragments, a microsecond apart). Aborts the program on a payload IP cannot carry. */
void craft_udp(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
               struct slice payload);
void craft_tcp(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
               const struct craft_tcp_header *tcp, struct slice payload);

/* payload: of the quoted datagram, in full. */
void craft_icmp(struct craft *c, int64_t time_ns, const struct craft_flow *flow,
                const struct craft_icmp *icmp, struct slice payload);

/* RFC 1071: the sum over bytes in memory order, and the checksum of it as it lies in memory. */
uint64_t craft_sum(uint64_t sum, const void *bytes, size_t n);
uint16_t craft_checksum(uint64_t sum);

/* A small generator of our own, so that a seed gives the same capture everywhere (splitmix64). */
struct craft_random {
	uint64_t state;
};
uint64_t craft_random_next(struct craft_random *r);
/* 0 .. limit - 1 */
uint32_t craft_random_below(struct craft_random *r, uint32_t limit);

/* RTP header, RFC 3550 5.1, twelve octets. */
#define CRAFT_RTP_HEADER 12
struct craft_rtp {
	uint8_t payload_type;
	bool marker;
	uint16_t seq;
	uint32_t timestamp, ssrc;
};
void craft_rtp_header(const struct craft_rtp *rtp, uint8_t out[static CRAFT_RTP_HEADER]);

void craft_put_be16(uint8_t *p, uint32_t value);
void craft_put_be32(uint8_t *p, uint32_t value);

#endif
