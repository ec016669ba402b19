/* Octets of a connection: what is read, cut into messages, and what is written. */
#include "sim/transport/connection.h"
#include "sim/transport/stream.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define READS_A_TURN 16 /* of TLS: each gives a record at most */
#define WHY_OCTETS   TLS_WHY

enum io { IO_DONE, IO_LATER, IO_CLOSED, IO_FAILED };

static enum io io_of(enum tls_result r)
{
	switch (r) {
	case TLS_DONE: return IO_DONE;
	case TLS_CLOSED: return IO_CLOSED;
	case TLS_FAILED: return IO_FAILED;
	default: return IO_LATER;
	}
}

static enum io io_of_errno(void)
{
	return errno == EAGAIN || errno == EINTR ? IO_LATER : IO_FAILED;
}

static enum io receive(struct connection *c, void *room, size_t size, size_t *n)
{
	if (c->tls)
		return io_of(tls_read(c->tls, room, size, n));
	ssize_t got = recv(c->watch.fd, room, size, 0);
	*n = got > 0 ? (size_t)got : 0;
	return got > 0 ? IO_DONE : got == 0 ? IO_CLOSED : io_of_errno();
}

static enum io transmit(struct connection *c, struct slice octets, size_t *n)
{
	if (c->tls)
		return io_of(tls_write(c->tls, octets, n));
	ssize_t sent = send(c->watch.fd, octets.p, octets.n, MSG_NOSIGNAL);
	*n = sent > 0 ? (size_t)sent : 0;
	return sent > 0 ? IO_DONE : io_of_errno();
}

/* It was open, and is no more. */
static void broken(struct connection *c, enum io how)
{
	char why[WHY_OCTETS], remote[ENDPOINT_TEXT];
	int code = errno;

	endpoint_format(c->channel.remote, remote);
	if (how == IO_CLOSED) {
		snprintf(why, sizeof why, "%s closed the connection", remote);
	} else if (c->tls) {
		tls_why(c->tls, remote, why);
	} else {
		snprintf(why, sizeof why, "the connection with %s broke: %s", remote,
		         strerror(code));
	}
	connection_fail(c, why);
}

static void tap(struct connection *c, bool sent, struct slice octets)
{
	const struct transport *t = c->channel.transport;

	tap_packet(t->tap, t->loop->now_ns, sent ? c->channel.local : c->channel.remote,
	           sent ? c->channel.remote : c->channel.local, c->tls ? TAP_TLS : TAP_TCP, octets);
}

/* ---- out ---- */

static bool queue(struct connection *c, struct slice bytes)
{
	struct stream *s = stream_of(c);

	if (!outbox_add(&c->out, &s->pieces, bytes, &c->full))
		return false;
	if (c->state == CONNECTION_OPEN && list_is_empty(&c->next))
		list_append(&s->unwritten, &c->next);
	return true;
}

enum send_result connection_send(struct connection *c, struct slice bytes)
{
	struct transport_counts *counts = &c->channel.transport->counts;

	if (c->state == CONNECTION_CLOSED || c->leaving) {
		counts->send_errors++;
		return SEND_FAILED;
	}
	if (queue(c, bytes)) {
		counts->sent++;
		return SEND_DONE;
	}
	if (!c->full) {
		counts->send_errors++;
		return SEND_FAILED;
	}
	counts->full++;
	return SEND_FULL;
}

/* True: all is written. */
static enum io write_out(struct connection *c)
{
	struct stream *s = stream_of(c);

	while (outbox_length(&c->out)) {
		size_t n = 0;
		enum io io = transmit(c, outbox_waiting(&c->out), &n);
		if (io != IO_DONE)
			return io;
		tap(c, true, slice_sub(outbox_waiting(&c->out), 0, n));
		outbox_written(&c->out, &s->pieces, n);
		s->transport.counts.octets_sent += n;
	}
	return IO_DONE;
}

void connection_write(struct connection *c)
{
	struct transport *t = c->channel.transport;

	if (c->state != CONNECTION_OPEN)
		return;
	list_remove(&c->next);
	enum io io = write_out(c);
	if (io == IO_CLOSED || io == IO_FAILED) {
		broken(c, io);
		return;
	}
	if (io == IO_DONE && c->leaving) {
		connection_close(c);
		return;
	}
	connection_want(c, io == IO_DONE ? EPOLLIN : EPOLLIN | EPOLLOUT);
	if (c->full && outbox_length(&c->out) < OUTBOX_MAX / 2) {
		c->full = false;
		t->events.writable(t->events.context, &c->channel);
	}
}

/* ---- in ---- */

static bool on_message(void *context, struct slice message)
{
	struct connection *c = context;
	struct transport *t = c->channel.transport;
	struct arrival arrival = { message, c->channel.remote, c->channel.local, &c->channel,
		                   t->loop->now_ns };

	if (c->leaving)
		return false;
	t->counts.received++;
	t->events.message(t->events.context, &arrival);
	return c->state == CONNECTION_OPEN && !c->leaving;
}

/* The first octets, with those that are not printable as dots. */
static void sample(struct slice octets, char *out, size_t size)
{
	size_t n = 0;

	for (; n < octets.n && n + 1 < size; n++)
		out[n] = octets.p[n] >= ' ' && octets.p[n] < 0x7f ? (char)octets.p[n] : '.';
	out[n] = '\0';
}

/* RFC 8446 section 5.1: a handshake or an alert. */
static bool is_tls(struct slice octets)
{
	return octets.n > 2 && (octets.p[0] == 0x16 || octets.p[0] == 0x15) && octets.p[1] == 3;
}

static void not_sip(struct connection *c, struct slice octets)
{
	char why[WHY_OCTETS], remote[ENDPOINT_TEXT], what[48];

	endpoint_format(c->channel.remote, remote);
	sample(octets, what, sizeof what);
	if (!c->tls && is_tls(octets))
		snprintf(why, sizeof why, "%s speaks TLS, and this side TCP without it", remote);
	else
		snprintf(why, sizeof why, "what %s sends is no SIP: '%s'", remote, what);
	connection_fail(c, why);
}

/* RFC 5626 section 4.4.1. */
static void answer_pings(struct connection *c)
{
	for (; c->in.pings; c->in.pings--)
		if (c->accepted)
			queue(c, SLICE_LIT("\r\n"));
}

static void take(struct connection *c, struct slice octets)
{
	struct stream *s = stream_of(c);
	struct transport_counts *counts = &s->transport.counts;
	const struct inbox_sink sink = { c, on_message };

	tap(c, false, octets);
	counts->octets_received += octets.n;
	enum inbox_status status = inbox_push(&c->in, &s->pieces, octets, &sink, &counts->broken);
	if (status == INBOX_NOT_SIP)
		not_sip(c, octets);
	else if (status == INBOX_NO_MEMORY)
		connection_fail(c, "no memory for a message that is not whole yet");
	else
		answer_pings(c);
	if (c->state != CONNECTION_OPEN || c->leaving)
		inbox_clear(&c->in, &s->pieces);
}

void connection_read(struct connection *c)
{
	struct stream *s = stream_of(c);
	enum io io = IO_DONE;

	c->busy++;
	for (int i = 0; io == IO_DONE && c->state == CONNECTION_OPEN; i++) {
		size_t n = 0;
		if (i >= READS_A_TURN && !tls_pending(c->tls))
			break; /* epoll says that there is more */
		io = receive(c, s->room, STREAM_ROOM, &n);
		if (io == IO_DONE)
			take(c, slice_of(s->room, n));
		if (!c->tls)
			break;
	}
	if (io == IO_CLOSED) /* its half, maybe: what was answered to the last messages goes out */
		connection_write(c);
	if ((io == IO_CLOSED || io == IO_FAILED) && c->state == CONNECTION_OPEN)
		broken(c, io);
	connection_unbusy(c);
}
