/* Where in the capture a packet stands: what reassembly keeps of the packets that it puts together. */
#ifndef ANALYZER_REASSEMBLY_PACKET_PLACE_H
#define ANALYZER_REASSEMBLY_PACKET_PLACE_H

#include <stdint.h>

struct packet_place {
	uint64_t frame; /* as struct packet's; 0: nowhere */
	int64_t offset;
	uint32_t file;
};

/* The one in front, of two in one file; `a` where they are not. */
static inline struct packet_place packet_place_first(struct packet_place a, struct packet_place b)
{
	return a.file == b.file && b.frame < a.frame ? b : a;
}

#endif
