/* A network in memory, in simulated time: what is sent arrives `latency_ns` later, in the order of sending, through one timer of the loop that all
 * share. Datagrams for messages and for media; connections that carry whole messages. What nobody is bound to comes back refused, as ICMP
 * or a reset would. What is under way is bounded (MEMORY_MOST_UNDER_WAY octets): beyond, it is dropped and counted, as in any network.
 *
 *   memory.c             what is under way, who is bound where
 *   memory_transport.c   struct transport upon it */
#ifndef SIM_TRANSPORT_MEMORY_H
#define SIM_TRANSPORT_MEMORY_H

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "sim/media/media.h"
#include "sim/transport/transport.h"

#define MEMORY_MOST_UNDER_WAY  (256u << 20)
#define MEMORY_DEFAULT_LATENCY (5 * NS_PER_MS)

/* Who is reached at an address. Part of its owner. */
enum bound_kind {
	BOUND_DATAGRAM, /* a socket of messages: memory_channel */
	BOUND_MEDIA,
	BOUND_LISTENER, /* of connections: memory_transport */
	BOUND_CONNECTION, /* one end: memory_channel; `remote` counts too */
};
struct bound {
	struct endpoint local, remote;
	enum bound_kind kind;
};

enum flight_kind { FLIGHT_DATAGRAM, FLIGHT_CONNECT, FLIGHT_SEGMENT, FLIGHT_CLOSE, FLIGHT_REFUSED };

struct flight {
	int64_t due_ns;
	uint64_t hash; /* of where it goes */
	struct endpoint from, to;
	uint32_t length; /* of the octets behind it */
	uint8_t kind;
	bool of_connection;
};

struct flight_block;

struct memory_network {
	struct media_network media; /* first: what media is given */
	struct loop *loop;
	int64_t latency_ns;
	struct wheel_timer timer; /* of the first flight */
	struct flight_block *first, *last, *spare;
	size_t under_way; /* octets */
	struct table bound;
	struct pool media_ports;
	struct list_node held; /* messages that impairment holds back: memory_transport.c */
	/* What arrives at the side that has a tap is heard there, even where nobody is bound any more. */
	struct tap *tap; /* NULL: none */
	struct ip_addr tapped;
	uint64_t delivered, dropped, refused;
	uint16_t next_port;
};

void memory_network_init(struct memory_network *n, struct loop *loop, int64_t latency_ns);
/* After all who are bound to it. */
void memory_network_release(struct memory_network *n);

/* False: that place is taken, or no memory. */
bool memory_bind(struct memory_network *n, struct bound *b);
void memory_unbind(struct memory_network *n, struct bound *b);
/* `remote` of connections only. NULL: nobody. */
struct bound *memory_find(const struct memory_network *n, bool connection, struct endpoint local,
                          struct endpoint remote);
/* A port of this address that nobody has; 0: none. */
uint16_t memory_free_port(struct memory_network *n, bool connection, struct ip_addr addr,
                          struct endpoint remote);

/* False: there is too much under way, or no memory; it is lost, and counted. */
bool memory_send(struct memory_network *n, enum flight_kind kind, bool of_connection,
                 struct endpoint from, struct endpoint to, struct slice bytes);
/* What arrives for anything but media. */
void memory_arrived(struct memory_network *n, const struct flight *f, struct slice bytes);

/* Listens at config->local (which has address and port). NULL: err. */
struct transport *transport_memory(const struct sim_config *config, struct memory_network *network,
                                   const struct transport_events *events, struct tap *tap,
                                   struct err *err);

#endif
