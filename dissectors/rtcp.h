/* RTCP compound packets: SR, RR, SDES CNAME, BYE (RFC 3550 section 6) and the XR VoIP-metrics block (RFC 3611 section 4.7).
 * The compound is walked by rtcp_next(); each call gives one packet of it. */
#ifndef DISSECTORS_RTCP_H
#define DISSECTORS_RTCP_H

#include "base/cursor.h"

enum rtcp_type {
	RTCP_SR = 200,
	RTCP_RR = 201,
	RTCP_SDES = 202,
	RTCP_BYE = 203,
	RTCP_APP = 204,
	RTCP_XR = 207
};

#define RTCP_MAX_BLOCKS 31

/* RFC 3550 6.4.1. */
struct rtcp_block {
	uint32_t ssrc;
	uint8_t fraction_lost; /* of 256 */
	int32_t cumulative_lost; /* signed 24 bit */
	uint32_t highest_seq;
	uint32_t jitter; /* RTP timestamp units */
	uint32_t lsr, dlsr; /* 1/65536 s */
};

/* RFC 3611 4.7; 127 means unavailable for r_factor, ext_r_factor, mos_lq, mos_cq and rerl. */
struct rtcp_voip_metrics {
	uint32_t ssrc;
	uint8_t loss_rate, discard_rate, burst_density, gap_density; /* of 256 */
	uint16_t burst_ms, gap_ms, round_trip_ms, end_system_ms;
	int8_t signal_dbm, noise_dbm;
	uint8_t rerl, gmin, r_factor, ext_r_factor, mos_lq, mos_cq; /* MOS times 10 */
	uint8_t rx_config;
	uint16_t jb_nominal_ms, jb_max_ms, jb_abs_max_ms;
};

struct rtcp_packet {
	uint8_t type;
	bool encrypted; /* SRTCP: only type and ssrc are known */
	uint32_t ssrc; /* of the sender; for BYE and SDES of the first chunk, 0 if none */
	/* SR only */
	uint64_t ntp;
	uint32_t rtp_timestamp, packet_count, octet_count;
	/* SR and RR; what lies beyond block_count and metrics_count is not set */
	unsigned block_count;
	struct rtcp_block blocks[RTCP_MAX_BLOCKS];
	/* XR: the first VoIP-metrics blocks */
	unsigned metrics_count;
	struct rtcp_voip_metrics metrics[4];
	struct slice cname; /* SDES, first chunk */
	struct slice bye_reason; /* BYE, absent if none */
};

/* Takes the first packet off *compound. PARSE_OK gives one and shortens *compound; PARSE_NOT_MINE: *compound is empty, or does
 * not begin as RTCP; PARSE_BAD: lengths lie (nothing more can be read). Both leave *compound as it is. SRTCP parses as far
 * as its clear header (RFC 3711 section 3.4): one packet marked `encrypted`, with type and SSRC, and *compound is empty. */
enum parse_status rtcp_next(struct slice *compound, struct rtcp_packet *out);

/* Is this a plausible RTCP compound: version 2, a known type first (SR or RR, or RFC 5506 reduced size), lengths that add up
 * (trailing SRTCP or padding tolerated)? */
bool rtcp_plausible(struct slice datagram);

/* Does something that is no RTCP follow well-formed packets? Then it is SRTCP. */
bool rtcp_encrypted(struct slice datagram);

#endif
