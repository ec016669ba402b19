/* Destination Unreachable of ICMP (RFC 792) and of ICMPv6 (RFC 4443 section 3.1), where it quotes the beginning of a UDP datagram. */
#ifndef DISSECTORS_ICMP_H
#define DISSECTORS_ICMP_H

#include "dissectors/packet.h"

enum icmp_reason { ICMP_NETWORK, ICMP_HOST, ICMP_PROTOCOL, ICMP_PORT, ICMP_PROHIBITED };

struct icmp_unreachable {
	enum icmp_reason reason;
	struct endpoint src, dst; /* of the datagram that was not delivered */
};

/* `view` is of TRANSPORT_ICMP. PARSE_NOT_MINE: another message, one that asks for smaller packets, or what it quotes is not UDP or begins
 * in the middle of a datagram. PARSE_BAD: the quoted headers are cut or unsound. */
enum parse_status icmp_unreachable_parse(const struct packet_view *view,
                                         struct icmp_unreachable *out);

#endif
