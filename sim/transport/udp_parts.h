/* Inside of transport_udp(): udp.c (sockets and the door), udp_out.c (what leaves, in batches), udp_in.c (what arrives, and ICMP errors). */
#ifndef SIM_TRANSPORT_UDP_PARTS_H
#define SIM_TRANSPORT_UDP_PARTS_H

#include "base/table.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/transport.h"

#define UDP_OUT_MESSAGES 512 /* of a batch; a full one leaves at once */
#define UDP_OUT_BYTES    (512u << 10)
#define UDP_MESSAGE_MAX  65507
#define UDP_IN_MESSAGES  64

struct udp_socket {
	struct channel channel; /* first */
	struct watch watch;
	uint32_t overflow; /* the kernel's count so far */
	unsigned pending; /* messages of it in the batch */
	unsigned place; /* in udp.sockets */
	bool writes_waited; /* EPOLLOUT is asked for */
	bool keyed; /* in udp.by_address */
	bool closing; /* nobody has it any more: closed when its messages are out */
	struct udp_socket *next_closing;
};

#define UDP_OUT_GROUPS  UDP_OUT_MESSAGES
#define UDP_GROUP_MOST  64 /* segments, as the kernel takes them */
#define UDP_GROUP_BYTES 64000u
#define UDP_KINDS       128
#define UDP_SEQUENCES   512

struct udp_out_message {
	uint32_t offset;
	uint16_t next; /* of the same group */
};

/* Messages of one length from one socket to one place: one system call entry, one walk through the kernel, cut apart at the very end (UDP
 * segmentation offload, Linux 4.18). */
struct udp_out_group {
	struct udp_socket *socket;
	struct endpoint to;
	uint32_t length; /* of each */
	uint16_t first, last, count; /* first: the next to be sent; count: those left */
};

/* Filled by send(), emptied by flush(). Groups leave in the order in which they were begun, so a call's message goes to the group of its kind
 * only where that is not before the group of the call's last message. */
struct udp_out {
	struct udp_out_message messages[UDP_OUT_MESSAGES];
	struct udp_out_group groups[UDP_OUT_GROUPS];
	unsigned count, group_count, group_at; /* group_at: the first that has not left */
	uint32_t octets;
	uint16_t kinds[UDP_KINDS]; /* by hash: the last group of that kind, + 1 */
	uint16_t floors[UDP_SEQUENCES]; /* by hash of the sequence: its last group, + 1 */
	uint16_t
	        barrier; /* a message without a sequence: nothing that follows goes before its group, + 1 */
	uint32_t segment_limit; /* longer ones the way does not take in groups; 0: none */
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
	bool share_port; /* of a server: the kernel gives all datagrams of one address and port to one worker */
	uint16_t
	        port; /* ours; of a caller with a fixed one each worker has its own, so that answers find it */
};

void udp_out_init(struct udp_out *o);
enum send_result udp_out_send(struct channel *c, struct endpoint to, struct slice bytes);
void udp_out_flush(struct udp *u);
void udp_out_release(struct udp *u);
void udp_out_writable(struct udp *u, struct udp_socket *s);

bool udp_in_init(struct udp *u);
void udp_in_release(struct udp *u);
void udp_in_ready(struct watch *watch, uint32_t events);

void udp_close_those_done(struct udp *u);

#endif
