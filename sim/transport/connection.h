/* One connection of a stream transport: made or accepted, with or without TLS, until it is closed. What it knows of calls is its channel: it
 * cuts what comes into messages for the station, and queues what the station sends.
 *
 *     WAITING ──► CONNECTING ──► QUEUED ──► HANDSHAKE ──► OPEN ──► CLOSED
 *        ▲                         └── TLS only ──┘         │
 *        └─────────────── reconnect_sleep_ms ───────────────┘
 *
 * connection.c: from one state to the next   connection_io.c: octets in and out   stream.h: what those of a worker share */
#ifndef SIM_TRANSPORT_CONNECTION_H
#define SIM_TRANSPORT_CONNECTION_H

#include "base/list.h"
#include "sim/transport/inbox.h"
#include "sim/transport/outbox.h"
#include "sim/transport/tls.h"
#include "sim/transport/transport.h"

enum connection_state {
	CONNECTION_WAITING, /* until since_ns: it was closed just now */
	CONNECTION_CONNECTING,
	CONNECTION_QUEUED, /* for its handshake: enough others are at theirs */
	CONNECTION_HANDSHAKE,
	CONNECTION_OPEN,
	CONNECTION_CLOSED, /* held by calls only */
};

struct connection {
	struct channel channel; /* first */
	struct watch watch;
	struct list_node place; /* in the list of struct stream that its state says */
	struct list_node
	        next; /* OPEN: in stream.unwritten, or by itself; QUEUED: in stream.queued */
	struct tls *tls; /* NULL: TCP, or not there yet */
	struct outbox out;
	struct inbox in;
	int64_t since_ns; /* on its way since; leaving since; WAITING: until */
	uint16_t busy; /* being worked with: not freed */
	uint8_t state; /* enum connection_state */
	bool accepted, full;
	bool leaving; /* no call needs it: closed as soon as all is written */
};

struct stream;

/* To `remote`; not on its way yet, in no list. NULL: no memory. */
struct connection *connection_new(struct stream *s, struct endpoint remote);
/* Takes fd over, as it does with no memory (false). */
bool connection_accepted(struct stream *s, int fd, struct endpoint remote);
/* On its way. False: err, it is CLOSED. */
bool connection_dial(struct connection *c, struct endpoint local, struct err *err);
/* To be dialed then. */
void connection_wait(struct connection *c, int64_t until_ns);
/* QUEUED: its turn has come. */
void connection_begin_handshake(struct connection *c);

/* Written at the end of the turn. */
enum send_result connection_send(struct connection *c, struct slice bytes);
/* What can be written is; may close it. */
void connection_write(struct connection *c);
/* What can be read is; may close it. */
void connection_read(struct connection *c);
/* No call needs it: it is closed when all is written. */
void connection_leave(struct connection *c);
/* Now; nobody is told. It is freed where no call holds it. */
void connection_close(struct connection *c);
/* Now; calls that hold it are told why. */
void connection_fail(struct connection *c, const char *why);
/* It was too long in its state. */
void connection_expired(struct connection *c);
void connection_want(struct connection *c, uint32_t events); /* of epoll */
/* The last of those who work with it frees it, where it is closed and no call holds it. */
void connection_unbusy(struct connection *c);
bool connection_check(const struct connection *c);

#endif
