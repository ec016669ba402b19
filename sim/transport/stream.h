/* What all connections of one worker share: the transport behind transport_tcp(). */
#ifndef SIM_TRANSPORT_STREAM_H
#define SIM_TRANSPORT_STREAM_H

#include "sim/transport/connection.h"

#include <stddef.h>

#define STREAM_ROOM 65536
#define STREAM_START_NS                                                                            \
	(32 * NS_PER_S) /* connect and handshake: RFC 3261 section 17.1.1.2, timer B */
#define STREAM_LEAVE_NS      (5 * NS_PER_S) /* for a peer that does not read what is left to write */
#define STREAM_HANDSHAKES    128 /* that we begin, at once: more only make each of them longer */
#define STREAM_HANDSHAKES_NS (2 * NS_PER_MS) /* of a turn; then others have theirs */

struct listener {
	struct watch watch; /* fd -1: none */
	struct wheel_timer pause; /* no descriptor was left: later */
	struct stream *stream;
};

struct stream {
	struct transport transport; /* first */
	struct tls_context *tls; /* NULL: TCP */
	struct pool connections, pieces; /* pieces: of outboxes and inboxes */
	uint8_t *room; /* STREAM_ROOM: what is read */
	/* Every connection is in one of these. Those on their way and those that leave: the oldest first. */
	struct list_node waiting, starting, open, leaving, closed;
	struct list_node unwritten, queued;
	unsigned handshakes; /* begun by us, not over */
	bool beginning; /* in stream_next_handshake() */
	unsigned dialed; /* not closed */
	struct wheel_timer
	        timer; /* at the latest when the first of those lists has to be looked at */
	struct connection *shared; /* the one connection of SOCKETS_ONE; NULL: none now */
	int64_t shared_closed_ns; /* TIME_NONE: never */
	int reconnects;
	uint64_t handshake_turn; /* loop.turns of the last step of a handshake */
	int64_t handshake_turn_ns; /* when that turn's began */
	struct listener listener;
};

static inline struct stream *stream_of(const struct connection *c)
{
	return (struct stream *)c->channel.transport;
}

static inline struct connection *connection_of(struct list_node *place)
{
	return (struct connection *)(void *)((char *)place - offsetof(struct connection, place));
}

static inline struct connection *connection_of_next(struct list_node *next)
{
	return (struct connection *)(void *)((char *)next - offsetof(struct connection, next));
}

/* Something has to be looked at then. */
void stream_look_at(struct stream *s, int64_t due_ns);
/* Another handshake may begin. */
void stream_next_handshake(struct stream *s);
/* May a handshake go on in this turn? */
bool stream_may_handshake(struct stream *s);
/* The shared connection was closed: true where it is made again, and its calls go on. */
bool stream_reconnects(struct stream *s, struct connection *c);

bool listener_open(struct stream *s, struct err *err);
void listener_close(struct listener *l);

#endif
