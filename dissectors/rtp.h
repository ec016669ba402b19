/* RTP fixed header, RFC 3550 section 5.1. Every slice borrows from the datagram given to rtp_parse().
 *
 *     0                   1                   2                   3
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |                             SSRC                              |
 *     |                        CSRC 0 .. 15 ...                       |
 */
#ifndef DISSECTORS_RTP_H
#define DISSECTORS_RTP_H

#include "base/cursor.h"

struct rtp_packet {
	bool marker;
	uint8_t payload_type;
	uint8_t csrc_count;
	uint8_t padding; /* octets of it behind the payload */
	uint16_t seq;
	uint32_t timestamp, ssrc;
	struct slice extension; /* header extension data, absent if none */
	struct slice payload; /* padding already removed */
};

/* The packets that have CSRCs, an extension or padding; rtp_parse() calls it, nobody else needs to. */
enum parse_status rtp_parse_slow(struct slice datagram, struct rtp_packet *out);

/* Of a datagram whose end was not captured: a header that goes on beyond the end leaves no payload, and padding counts as payload, for
 * its count is not there. PARSE_NOT_MINE as rtp_parse(), else PARSE_OK. */
enum parse_status rtp_parse_cut(struct slice datagram, struct rtp_packet *out);

/* PARSE_NOT_MINE: not version 2, or shorter than 12 octets. PARSE_BAD: CSRCs, extension or padding beyond the end; the fields of the
 * fixed header are valid then too, for the padding count of an SRTP packet is ciphertext and may look broken. */
static inline enum parse_status rtp_parse(struct slice datagram, struct rtp_packet *out)
{
	if (datagram.n < 12 || datagram.p[0] != 0x80)
		return rtp_parse_slow(datagram, out);

	const uint8_t *p = datagram.p;
	*out = (struct rtp_packet){
		.marker = (p[1] & 0x80) != 0,
		.payload_type = p[1] & 0x7f,
		.seq = load_be16(p + 2),
		.timestamp = load_be32(p + 4),
		.ssrc = load_be32(p + 8),
		.payload = { p + 12, datagram.n - 12 },
	};
	return PARSE_OK;
}

/* True if the second octet is an RTCP packet type (192..223) when RTP and RTCP share a port, RFC 5761 section 4. */
static inline bool rtp_is_rtcp(struct slice datagram)
{
	return datagram.n >= 2 && datagram.p[1] >= 192 && datagram.p[1] <= 223;
}

#endif
