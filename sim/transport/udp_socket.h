/* A UDP socket made ready for signalling: bound, with as large buffers as the system gives, errors and overflow told. */
#ifndef SIM_TRANSPORT_UDP_SOCKET_H
#define SIM_TRANSPORT_UDP_SOCKET_H

#include "sim/config.h"

struct udp_socket_wish {
	struct endpoint local; /* port 0: any free one */
	const char *interface; /* NULL: any */
	unsigned
	        buffer_bytes; /* 0: as much as the system gives; UDP_SOCKET_SMALL: what it gives without being asked */
	bool share_port; /* SO_REUSEPORT: one of several workers */
	bool destination_wanted; /* bound to any address: each datagram says where it was sent to */
};
#define UDP_SOCKET_SMALL 1u

enum udp_socket_trouble {
	UDP_SOCKET_OTHER,
	UDP_SOCKET_NO_PORT,
	UDP_SOCKET_NO_FILE,
	UDP_SOCKET_NOT_OURS /* no interface has that address */
};

/* The descriptor, or -1: err, and *trouble says what of. */
int udp_socket_open(const struct udp_socket_wish *wish, enum udp_socket_trouble *trouble,
                    struct err *err);
/* Octets of payload and kernel overhead together, as the system counts them. */
void udp_socket_buffers(int fd, unsigned *receive, unsigned *send);

/* The address this host uses towards `target`: nothing is sent. */
bool local_address_towards(struct endpoint target, const char *interface, struct ip_addr *out,
                           struct err *err);

#endif
