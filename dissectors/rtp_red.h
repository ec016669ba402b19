/* Redundant payload, RFC 2198 section 3: older blocks, then the primary one.
 *
 *     1|PT(7)|timestamp offset(14)|length(10)   one per redundant block
 *     0|PT(7)                                   of the primary block, which takes the rest
 *     the blocks, in this order */
#ifndef DISSECTORS_RTP_RED_H
#define DISSECTORS_RTP_RED_H

#include "base/cursor.h"

#define RTP_RED_MAX_BLOCKS 8

struct rtp_red_block {
	uint8_t payload_type;
	uint16_t offset; /* before the packet's timestamp; 0: the primary */
	struct slice payload; /* borrows */
};

/* In wire order, the primary block last. PARSE_BAD: headers or blocks beyond the end, or more than RTP_RED_MAX_BLOCKS. */
enum parse_status rtp_red_parse(struct slice payload,
                                struct rtp_red_block out[static RTP_RED_MAX_BLOCKS],
                                unsigned *count);

#endif
