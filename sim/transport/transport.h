/* How messages leave and arrive: UDP, TCP, TLS, or memory in virtual time. One transport belongs to one worker. A channel is what a call
 * sends on: a socket (UDP) or a connection. Streams are cut into messages here (sip_frame.h), so a station sees whole messages only.
 *
 * Ownership: a call keeps a channel (channel_keep / channel_release); the last one closes it, where it is not the shared one. */
#ifndef SIM_TRANSPORT_TRANSPORT_H
#define SIM_TRANSPORT_TRANSPORT_H

#include "sim/config.h"
#include "sim/engine/loop.h"
#include "sim/transport/tap.h"

struct transport;
struct channel;

struct arrival {
	struct slice bytes; /* one datagram or one message; borrows until the callback returns */
	struct endpoint from, local;
	struct channel *channel; /* answer on this */
	int64_t time_ns; /* when it came, of UDP by the kernel's stamp: not after loop->now_ns */
};

/* What a transport tells its station. All are called from within loop_turn(). */
struct transport_events {
	void *context;
	void (*message)(void *context, const struct arrival *arrival);
	/* A connection could not be made or was closed; `why` is for people. Every call on it must let it go; it is there until this returns.
	 * Not called for what nobody holds, nor for close_connection(): sending on that fails. */
	void (*closed)(void *context, struct channel *channel, bool was_connected, const char *why);
	/* An ICMP error came back for what was sent to `to` (UDP). */
	void (*refused)(void *context, struct channel *channel, struct endpoint to,
	                const char *why);
	/* After CHANNEL_FULL: there is room again. */
	void (*writable)(void *context, struct channel *channel);
};

enum send_result {
	SEND_DONE, /* sent, or queued where the connection is being made */
	SEND_FULL, /* the send buffer is full: try again on writable() */
	SEND_FAILED, /* the channel is no good; closed() is not called for it */
};

struct transport_counts {
	uint64_t sent, received, octets_sent, octets_received;
	uint64_t full; /* SEND_FULL */
	uint64_t overflow; /* datagrams the kernel dropped because we were slow (SO_RXQ_OVFL) */
	uint64_t send_errors, connects, connects_failed, accepts, closes, refused, tls_failures;
	uint64_t dropped; /* messages, by impairment */
	uint64_t broken; /* octets of streams that were no SIP */
	uint64_t ports_exhausted,
	        files_exhausted; /* no local port to that target, no file descriptor was left */
	unsigned receive_buffer, send_buffer; /* as the system gave them */
	unsigned channels; /* open now */
};

/* One writer, its worker; others read meanwhile. */
static inline void counter_bump(uint64_t *c, uint64_t n)
{
	__atomic_store_n(c, *c + n, __ATOMIC_RELAXED);
}

struct transport_ops {
	/* For a call to `remote`; `local` with an address for SOCKETS_PER_ADDRESS. A reference comes with it. NULL: err. */
	struct channel *(*open)(struct transport *t, struct endpoint remote, struct ip_addr local,
	                        struct err *err);
	enum send_result (*send)(struct channel *c, struct endpoint to, struct slice bytes);
	void (*flush)(struct transport *t); /* what was batched goes out */
	void (*close_connection)(
	        struct channel *c); /* <closecon>: now, although others may use it */
	void (*release)(struct channel *c); /* the last reference went */
	void (*free)(struct transport *t);
};

/* The front of every transport's own struct. */
struct transport {
	const struct transport_ops *ops;
	struct loop *loop;
	const struct sim_config *config;
	struct transport_events events;
	struct tap *tap; /* NULL: nobody listens */
	struct transport_counts counts;
	struct impair impair_out; /* of messages, where config.impair is wanted */
	struct endpoint local; /* where we listen, or what the shared socket is bound to */
	/* Whose is what is sent next: messages of one sequence (a call) keep their order, those of different ones may overtake each other
	 * within a turn of the loop, for what is alike leaves together. 0: it keeps its place among all. */
	uint64_t sequence;
};

struct channel {
	struct transport *transport;
	struct endpoint local; /* what [local_ip] and [local_port] say */
	struct endpoint remote; /* of a connection */
	unsigned references;
	bool shared;
};

/* Opens what is needed to listen (a server) or to send: sockets, certificates. `worker` of config->workers: SO_REUSEPORT. NULL: err. */
struct transport *transport_udp(const struct sim_config *config, struct loop *loop,
                                const struct transport_events *events, struct tap *tap, bool server,
                                unsigned worker, struct err *err);
struct transport *transport_tcp(const struct sim_config *config, struct loop *loop,
                                const struct transport_events *events, struct tap *tap, bool server,
                                unsigned worker, struct err *err); /* TLS too */

static inline void transport_free(struct transport *t)
{
	if (t)
		t->ops->free(t);
}

static inline struct channel *channel_keep(struct channel *c)
{
	c->references++;
	return c;
}

static inline void channel_release(struct channel *c)
{
	if (c && --c->references == 0)
		c->transport->ops->release(c);
}

static inline enum send_result channel_send(struct channel *c, struct endpoint to,
                                            struct slice bytes)
{
	return c->transport->ops->send(c, to, bytes);
}

#endif
