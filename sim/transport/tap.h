/* The tap: every packet a worker sent or received, as it was on the wire (behind what impairment dropped), for the recorder. One per
 * worker, no locks: what is behind it may pass it to another thread. */
#ifndef SIM_TRANSPORT_TAP_H
#define SIM_TRANSPORT_TAP_H

#include "base/net.h"

enum tap_transport { TAP_UDP, TAP_TCP, TAP_TLS /* in the clear */ };

struct tap_packet {
	int64_t time_ns;
	struct endpoint src, dst;
	enum tap_transport transport;
	struct slice
	        bytes; /* UDP payload, or what one write or read of a connection carried; borrows */
};

struct tap {
	void (*packet)(struct tap *tap, const struct tap_packet *packet);
};

static inline void tap_packet(struct tap *tap, int64_t time_ns, struct endpoint src,
                              struct endpoint dst, enum tap_transport transport, struct slice bytes)
{
	if (__builtin_expect(tap != NULL, 0)) {
		struct tap_packet p = { time_ns, src, dst, transport, bytes };
		tap->packet(tap, &p);
	}
}

#endif
