/* Octets of one TCP direction that came ahead of a hole: pieces sorted by sequence number, no two overlapping, because what
 * came first stays. All lie within 2^31 of each other, so the order of RFC 9293 3.4 is one. */
#ifndef ANALYZER_REASSEMBLY_TCP_PENDING_H
#define ANALYZER_REASSEMBLY_TCP_PENDING_H

#include "analyzer/reassembly/packet_place.h"
#include "base/slice.h"

/* How far sequence number a is ahead of b; negative: behind. */
static inline int32_t seq_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

struct tcp_piece {
	struct tcp_piece *next;
	int64_t time_ns; /* of capture */
	struct packet_place at;
	uint32_t seq, n;
	uint8_t bytes[];
};

struct tcp_pending {
	struct tcp_piece *first, *last;
	size_t held; /* octets of memory */
	size_t count;
};

void tcp_pending_release(struct tcp_pending *p);

/* Keeps what is not there yet of `bytes`. False: out of memory, some of it may be kept. */
bool tcp_pending_add(struct tcp_pending *p, uint32_t seq, struct slice bytes, int64_t time_ns,
                     struct packet_place at);

/* Takes out the first piece; there is one. The caller frees it with mem_free. */
struct tcp_piece *tcp_pending_take(struct tcp_pending *p);

bool tcp_pending_check(const struct tcp_pending *p);

#endif
