/* Is this RTP at all? Without an SDP that announces it, a stream is believed only when its numbers behave like RTP: three packets in a
 * row, or ten that advance by small steps. */
#ifndef ANALYZER_STREAMS_PROBATION_H
#define ANALYZER_STREAMS_PROBATION_H

#include "dissectors/rtp.h"

#define PROBATION_IN_ROW    3
#define PROBATION_ADVANCING 10

/* All zero: nothing seen. */
struct probation {
	bool begun;
	uint16_t seq;
	uint32_t timestamp;
	uint8_t in_row, advancing; /* packets, the first included */
};

/* False for payload types that nobody assigned: 35..95 (of which 72..76 are RTCP's), and the free ones below. */
bool probation_payload_type(uint8_t payload_type);

/* One packet; true as soon as the stream is believed. */
bool probation_push(struct probation *p, const struct rtp_packet *rtp);

#endif
