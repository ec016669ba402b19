/* How long a payload of a codec with a fixed frame is. */
#ifndef ANALYZER_STREAMS_PAYLOAD_SIZE_H
#define ANALYZER_STREAMS_PAYLOAD_SIZE_H

#include "analyzer/score/codec_table.h"

enum size_verdict {
	SIZE_UNKNOWN, /* no fixed frame, not in our table, or longer by an authentication tag of SRTP (4 or 10 octets) */
	SIZE_FITS,
	SIZE_IMPOSSIBLE,
};

/* ticks: of RTP time from packet to packet, 0: not known. RFC 3551 section 4.5, RFC 3952 section 3. A factor of two between octets and
 * ticks of a codec without frames is a wrong clock, not another codec: it fits. */
enum size_verdict payload_size(const struct codec *codec, size_t octets, uint32_t ticks);

/* Of one packet in so many, by what they say they are. */
struct size_check {
	uint32_t seen, impossible;
	uint32_t octets; /* of the first impossible one */
	uint8_t payload_type; /* likewise */
};

#endif
