#include "sim/transport/connection.h"

#include "sim/transport/dial.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/stream.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

static void ready(struct watch *watch, uint32_t events);

/* ---- made and freed ---- */

static void to_list(struct connection *c, struct list_node *head, enum connection_state state)
{
	list_move_last(head, &c->place);
	c->state = (uint8_t)state;
}

struct connection *connection_new(struct stream *s, struct endpoint remote)
{
	struct connection *c = pool_alloc(&s->connections, sizeof *c);

	if (!c)
		return NULL;
	*c = (struct connection){
		.channel = { .transport = &s->transport, .remote = remote },
		.watch = { .fd = -1, .ready = ready },
		.state = CONNECTION_CLOSED,
	};
	list_init(&c->place);
	list_init(&c->next);
	list_append(&s->closed, &c->place);
	return c;
}

void connection_unbusy(struct connection *c)
{
	struct stream *s = stream_of(c);

	if (--c->busy || c->state != CONNECTION_CLOSED)
		return;
	inbox_clear(&c->in, &s->pieces);
	if (c->channel.references)
		return;
	list_remove(&c->place);
	pool_free(&s->connections, c, sizeof *c);
}

/* No more octets either way; the calls keep what there is of it. */
static void shut(struct connection *c)
{
	struct stream *s = stream_of(c);

	if (c->state == CONNECTION_HANDSHAKE && !c->accepted)
		s->handshakes--;
	if (c->tls) {
		if (c->state == CONNECTION_OPEN)
			tls_bye(c->tls);
		tls_free(c->tls);
		c->tls = NULL;
	}
	if (c->watch.fd >= 0) {
		loop_unwatch(s->transport.loop, &c->watch);
		close(c->watch.fd);
		c->watch.fd = -1;
		s->transport.counts.closes++;
		s->transport.counts.channels--;
		s->dialed -= !c->accepted;
	}
	outbox_clear(&c->out, &s->pieces);
	c->full = false;
	list_remove(&c->next);
	to_list(c, &s->closed, CONNECTION_CLOSED);
	stream_next_handshake(s);
}

void connection_close(struct connection *c)
{
	struct stream *s = stream_of(c);

	c->busy++;
	if (s->shared == c)
		s->shared = NULL;
	if (c->state != CONNECTION_CLOSED)
		shut(c);
	connection_unbusy(c);
}

void connection_fail(struct connection *c, const char *why)
{
	struct stream *s = stream_of(c);
	bool was_open = c->state == CONNECTION_OPEN;

	if (c->state == CONNECTION_CLOSED)
		return;
	c->busy++;
	if (!was_open &&
	    c->state != CONNECTION_WAITING) /* that failed to be dialed, and is counted */
		s->transport.counts.connects_failed++;
	shut(c);
	if (s->shared != c || !stream_reconnects(s, c)) {
		connection_close(c);
		if (c->channel.references)
			s->transport.events.closed(s->transport.events.context, &c->channel,
			                           was_open, why);
	}
	connection_unbusy(c);
}

/* ---- on its way ---- */

static bool watched(struct connection *c, int fd, uint32_t events, struct err *err)
{
	struct stream *s = stream_of(c);

	c->watch.fd = fd;
	c->watch.events = events;
	if (!loop_watch(s->transport.loop, &c->watch, err)) {
		c->watch.fd = -1;
		close(fd);
		return false;
	}
	s->transport.counts.channels++;
	s->dialed += !c->accepted;
	c->channel.local = socket_local(fd);
	return true;
}

static void start(struct connection *c, enum connection_state state)
{
	struct stream *s = stream_of(c);

	c->since_ns = s->transport.loop->now_ns;
	to_list(c, &s->starting, state);
	stream_look_at(s, c->since_ns + STREAM_START_NS);
}

bool connection_dial(struct connection *c, struct endpoint local, struct err *err)
{
	struct stream *s = stream_of(c);
	int fd = dial(s->transport.config, c->channel.remote, local, &s->transport.counts, err);

	if (fd < 0 || !watched(c, fd, EPOLLOUT, err)) {
		s->transport.counts.connects_failed++;
		return false;
	}
	start(c, CONNECTION_CONNECTING);
	return true;
}

void connection_wait(struct connection *c, int64_t until_ns)
{
	struct stream *s = stream_of(c);

	to_list(c, &s->waiting, CONNECTION_WAITING);
	c->since_ns = until_ns;
	stream_look_at(s, until_ns);
}

static void opened(struct connection *c)
{
	struct stream *s = stream_of(c);

	if (c->state == CONNECTION_HANDSHAKE && !c->accepted) {
		s->handshakes--;
		stream_next_handshake(s);
	}
	if (c->accepted)
		s->transport.counts.accepts++;
	else
		s->transport.counts.connects++;
	to_list(c, &s->open, CONNECTION_OPEN);
	connection_want(c, EPOLLIN);
	if (c->leaving)
		connection_leave(c);
	else if (outbox_length(&c->out))
		connection_write(c);
	if (c->state == CONNECTION_OPEN && c->tls && tls_pending(c->tls))
		connection_read(c);
}

static void handshake(struct connection *c)
{
	struct stream *s = stream_of(c);
	char why[TLS_WHY], peer[ENDPOINT_TEXT];

	if (!stream_may_handshake(s))
		return; /* epoll says so again */
	switch (tls_handshake(c->tls)) {
	case TLS_DONE: opened(c); return;
	case TLS_WANTS_READ: connection_want(c, EPOLLIN); return;
	case TLS_WANTS_WRITE: connection_want(c, EPOLLOUT); return;
	default:
		s->transport.counts.tls_failures++;
		endpoint_format(c->channel.remote, peer);
		tls_why(c->tls, peer, why);
		connection_fail(c, why);
	}
}

void connection_begin_handshake(struct connection *c)
{
	struct stream *s = stream_of(c);

	list_remove(&c->next);
	c->state = CONNECTION_HANDSHAKE;
	s->handshakes += !c->accepted;
	c->tls = tls_new(s->tls, c->watch.fd, c->accepted, c->channel.remote);
	if (c->tls)
		connection_want(c, c->accepted ? EPOLLIN : EPOLLOUT);
	else
		connection_fail(c, "no memory for another TLS connection");
}

static void connected(struct connection *c)
{
	struct stream *s = stream_of(c);
	int code = dial_result(c->watch.fd);
	char why[DIAL_WHY];

	if (code) {
		s->transport.counts.ports_exhausted += code == EADDRNOTAVAIL;
		dial_why(c->channel.remote, code, why);
		connection_fail(c, why);
	} else if (!s->tls) {
		opened(c);
	} else {
		c->state = CONNECTION_QUEUED;
		connection_want(c, 0);
		list_append(&s->queued, &c->next);
		stream_next_handshake(s);
	}
}

bool connection_accepted(struct stream *s, int fd, struct endpoint remote)
{
	struct err err = ERR_INIT;
	struct connection *c = connection_new(s, remote);

	if (!c) {
		close(fd);
		return false;
	}
	c->accepted = c->channel.shared = true;
	c->busy++;
	dial_settle(s->transport.config, fd);
	bool ok = watched(c, fd, EPOLLIN, &err);
	if (ok) {
		start(c, CONNECTION_QUEUED);
		if (s->tls)
			connection_begin_handshake(c);
		else
			opened(c);
	}
	connection_unbusy(c);
	return ok;
}

/* ---- its end ---- */

void connection_leave(struct connection *c)
{
	struct stream *s = stream_of(c);

	c->leaving = true;
	if (s->shared == c)
		s->shared = NULL;
	if (c->state == CONNECTION_WAITING) {
		connection_close(c);
	} else if (c->state == CONNECTION_OPEN) {
		c->since_ns = s->transport.loop->now_ns;
		list_move_last(&s->leaving, &c->place);
		stream_look_at(s, c->since_ns + STREAM_LEAVE_NS);
		connection_write(c);
	} else if (!outbox_length(&c->out)) {
		connection_close(c);
	}
}

void connection_expired(struct connection *c)
{
	char why[DIAL_WHY], remote[ENDPOINT_TEXT];

	if (c->leaving) {
		connection_close(c);
		return;
	}
	endpoint_format(c->channel.remote, remote);
	if (c->state == CONNECTION_CONNECTING)
		snprintf(why, sizeof why, "cannot connect to %s: no answer", remote);
	else
		snprintf(why, sizeof why,
		         "the TLS handshake with %s did not end within %d s: is it TLS that is "
		         "spoken there?",
		         remote, (int)(STREAM_START_NS / NS_PER_S));
	connection_fail(c, why);
}

/* ---- what epoll says ---- */

void connection_want(struct connection *c, uint32_t events)
{
	if (c->watch.events == events)
		return;
	c->watch.events = events;
	loop_rewatch(stream_of(c)->transport.loop, &c->watch);
}

/* Before its handshake began; epoll was asked for nothing else. */
static void gone_early(struct connection *c)
{
	char why[DIAL_WHY], remote[ENDPOINT_TEXT];

	endpoint_format(c->channel.remote, remote);
	snprintf(why, sizeof why, "%s closed the connection before TLS began", remote);
	connection_fail(c, why);
}

static void ready(struct watch *watch, uint32_t events)
{
	struct connection *c =
	        (struct connection *)(void *)((char *)watch - offsetof(struct connection, watch));

	c->busy++;
	switch (c->state) {
	case CONNECTION_CONNECTING: connected(c); break;
	case CONNECTION_HANDSHAKE: handshake(c); break;
	case CONNECTION_QUEUED: gone_early(c); break;
	default:
		if (events & ~(uint32_t)EPOLLOUT)
			connection_read(c);
		if (events & EPOLLOUT && c->state == CONNECTION_OPEN)
			connection_write(c);
	}
	connection_unbusy(c);
}

bool connection_check(const struct connection *c)
{
	return inbox_check(&c->in) && c->out.at <= c->out.end && c->out.end <= c->out.capacity &&
	       (c->watch.fd >= 0) ==
	               (c->state != CONNECTION_CLOSED && c->state != CONNECTION_WAITING);
}
