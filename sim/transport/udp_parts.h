/* Inside of transport_udp(): udp.c (sockets and the door), udp_out.c (what leaves, in batches), udp_in.c (what arrives, and ICMP errors). */
#ifndef SIM_TRANSPORT_UDP_PARTS_H
#define SIM_TRANSPORT_UDP_PARTS_H

#include "base/table.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/transport.h"

#define UDP_OUT_MESSAGES 256 /* of a batch; a full one leaves at once */
#define UDP_OUT_BYTES    (512u << 10)
#define UDP_MESSAGE_MAX  65507
#define UDP_IN_MESSAGES  64

struct udp_socket {
	struct channel channel; /* first */
	struct watch watch;
	uint32_t overflow; /* the kernel's count so far */
	unsigned pending; /* messages of it in the batch */
	unsigned place; /* in udp.sockets */
	bool any_address; /* bound to any: datagrams say where they were sent to */
	bool writes_waited; /* EPOLLOUT is asked for */
	bool keyed; /* in udp.by_address */
	bool closing; /* nobody has it any more: closed when its messages are out */
	struct udp_socket *next_closing;
};

struct udp_out_message {
	struct udp_socket *socket;
	union socket_address to;
	socklen_t to_length;
	uint32_t offset, length;
};

/* Filled by send(), emptied by flush(). */
struct udp_out {
	struct udp_out_message messages[UDP_OUT_MESSAGES];
	unsigned count;
	uint32_t octets;
	bool blocked; /* the first one did not fit into the kernel's buffer: EPOLLOUT will tell */
	bool told_full; /* somebody waits for writable() */
	uint8_t *bytes; /* UDP_OUT_BYTES */
};

struct udp {
	struct transport transport; /* first */
	struct udp_out out;
	struct udp_in *in;
	struct udp_socket **sockets; /* all that are open */
	unsigned socket_count, socket_room, next_shared;
	struct table by_address; /* SOCKETS_PER_ADDRESS: the socket of each */
	struct udp_socket *closing;
	struct udp_delayed *delayed; /* by impairment: on their way */
	bool share_port;
};

/* One message, behind impairment. */
enum send_result udp_out_put(struct udp *u, struct udp_socket *s, struct endpoint to,
                             struct slice bytes);
enum send_result udp_out_send(struct channel *c, struct endpoint to, struct slice bytes);
void udp_out_flush(struct udp *u);
void udp_out_release(struct udp *u);
void udp_out_writable(struct udp *u, struct udp_socket *s);

bool udp_in_init(struct udp *u);
void udp_in_release(struct udp *u);
void udp_in_ready(struct watch *watch, uint32_t events);

void udp_close_those_done(struct udp *u);

#endif
