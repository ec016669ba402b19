/* What leaves: put into a batch as it is made, sent with one system call at the end of the loop's turn. */
#include "base/mem.h"
#include "sim/transport/udp_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/* Held back by impairment. */
struct udp_delayed {
	struct wheel_timer timer; /* first */
	struct udp_delayed *next, **link;
	struct udp *udp;
	struct udp_socket *socket; /* keeps */
	struct endpoint to;
	size_t n;
	uint8_t bytes[];
};

/* ---- sending ---- */

static void sent(struct udp *u, const struct udp_out_message *m)
{
	struct transport *t = &u->transport;

	m->socket->pending--;
	counter_bump(&t->counts.sent, 1);
	counter_bump(&t->counts.octets_sent, m->length);
	if (t->tap)
		tap_packet(t->tap, t->loop->now_ns, m->socket->channel.local,
		           socket_address_endpoint(&m->to), TAP_UDP,
		           slice_of(u->out.bytes + m->offset, m->length));
}

/* Told when the batch is through: whoever hears it may send. */
struct failures {
	struct {
		struct udp_socket *socket;
		struct endpoint to;
		int error;
	} all[16];
	unsigned count;
};

static void not_sent(struct udp *u, const struct udp_out_message *m, int error,
                     struct failures *failures)
{
	counter_bump(&u->transport.counts.send_errors, 1);
	if (failures->count == sizeof failures->all / sizeof *failures->all) {
		m->socket->pending--;
		return;
	}
	failures->all[failures->count].socket = m->socket;
	failures->all[failures->count].to = socket_address_endpoint(&m->to);
	failures->all[failures->count++].error = error;
}

static void tell_failures(struct udp *u, struct failures *failures)
{
	struct transport_events *e = &u->transport.events;

	for (unsigned i = 0; i < failures->count; i++) {
		struct udp_socket *s = failures->all[i].socket;
		if (e->refused && !s->closing)
			e->refused(e->context, &s->channel, failures->all[i].to,
			           strerror(failures->all[i].error));
		s->pending--;
	}
}

static int same_socket(const struct udp_out *o, unsigned from)
{
	unsigned n = 1;

	while (from + n < o->count && o->messages[from + n].socket == o->messages[from].socket)
		n++;
	return (int)n;
}

/* From message `from` on, those of one socket; how many left, or -1 and errno. */
static int send_run(struct udp *u, unsigned from)
{
	struct mmsghdr headers[UDP_OUT_MESSAGES];
	struct iovec parts[UDP_OUT_MESSAGES];
	struct udp_out *o = &u->out;
	int n = same_socket(o, from);

	for (int i = 0; i < n; i++) {
		struct udp_out_message *m = &o->messages[from + (unsigned)i];
		parts[i] = (struct iovec){ o->bytes + m->offset, m->length };
		headers[i].msg_hdr = (struct msghdr){ .msg_name = &m->to,
			                              .msg_namelen = m->to_length,
			                              .msg_iov = &parts[i],
			                              .msg_iovlen = 1 };
	}
	return sendmmsg(o->messages[from].socket->watch.fd, headers, (unsigned)n, MSG_DONTWAIT);
}

static void wait_for_room(struct udp *u, struct udp_socket *s)
{
	u->out.blocked = true;
	s->writes_waited = true;
	s->watch.events |= EPOLLOUT;
	loop_rewatch(u->transport.loop, &s->watch);
}

/* An ICMP error of an earlier message is told to the next send, which did not happen: it is tried once more. */
static bool old_error(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
	       error == EPROTO || error == ENOPROTOOPT || error == EHOSTDOWN;
}

static void keep_rest(struct udp_out *o, unsigned from)
{
	o->count -= from;
	memmove(o->messages, o->messages + from, o->count * sizeof *o->messages);
	if (!o->count)
		o->octets = 0;
}

void udp_out_flush(struct udp *u)
{
	struct udp_out *o = &u->out;
	struct failures failures = { .count = 0 };
	unsigned at = 0, tries = 0;

	while (at < o->count && !o->blocked) {
		int n = send_run(u, at);
		int error = n < 0 ? errno : 0;
		if (n > 0) {
			tries = 0;
			while (n-- > 0)
				sent(u, &o->messages[at++]);
		} else if (error == EAGAIN || error == ENOBUFS) {
			wait_for_room(u, o->messages[at].socket);
		} else if (error != EINTR && !(old_error(error) && ++tries < 8)) {
			tries = 0;
			not_sent(u, &o->messages[at++], error, &failures);
		}
	}
	keep_rest(o, at);
	tell_failures(u, &failures);
	udp_close_those_done(u);
}

/* ---- filling ---- */

static bool has_room(const struct udp_out *o, size_t n)
{
	return o->count < UDP_OUT_MESSAGES && UDP_OUT_BYTES - o->octets >= n;
}

enum send_result udp_out_put(struct udp *u, struct udp_socket *s, struct endpoint to,
                             struct slice bytes)
{
	struct udp_out *o = &u->out;

	if (!has_room(o, bytes.n) && !o->blocked)
		udp_out_flush(u);
	if (!has_room(o, bytes.n)) {
		counter_bump(&u->transport.counts.full, 1);
		o->told_full = true;
		return SEND_FULL;
	}
	struct udp_out_message *m = &o->messages[o->count++];
	m->socket = s;
	m->to_length = socket_address_of(to, &m->to);
	m->offset = o->octets;
	m->length = (uint32_t)bytes.n;
	memcpy(o->bytes + o->octets, bytes.p, bytes.n);
	o->octets += (uint32_t)bytes.n;
	s->pending++;
	return SEND_DONE;
}

void udp_out_writable(struct udp *u, struct udp_socket *s)
{
	struct transport *t = &u->transport;
	bool closing = s->closing; /* then it may be gone when its messages are out */

	s->writes_waited = false;
	s->watch.events &= ~(uint32_t)EPOLLOUT;
	loop_rewatch(t->loop, &s->watch);
	u->out.blocked = false;
	udp_out_flush(u);
	if (u->out.blocked || !u->out.told_full)
		return;
	u->out.told_full = false;
	if (closing)
		s = u->socket_count ? u->sockets[0] : NULL;
	if (s && t->events.writable)
		t->events.writable(t->events.context, &s->channel);
}

/* ---- impairment ---- */

static void delayed_free(struct udp_delayed *d)
{
	*d->link = d->next;
	if (d->next)
		d->next->link = d->link;
	mem_free(d);
}

static void delayed_over(struct wheel_timer *timer)
{
	struct udp_delayed *d = (struct udp_delayed *)(void *)timer;
	struct channel *c = &d->socket->channel;

	udp_out_put(d->udp, d->socket, d->to, slice_of(d->bytes, d->n));
	delayed_free(d);
	channel_release(c);
}

/* Without memory it is lost: that may happen to datagrams. */
static void delay(struct udp *u, struct udp_socket *s, struct endpoint to, struct slice bytes,
                  int64_t out_ns)
{
	struct udp_delayed *d = mem_alloc(sizeof *d + bytes.n);

	if (!d)
		return;
	*d = (struct udp_delayed){
		.timer.fire = delayed_over, .udp = u, .socket = s, .to = to, .n = bytes.n
	};
	memcpy(d->bytes, bytes.p, bytes.n);
	channel_keep(&s->channel);
	d->next = u->delayed;
	d->link = &u->delayed;
	if (d->next)
		d->next->link = &d->next;
	u->delayed = d;
	wheel_arm(&u->transport.loop->wheel, &d->timer, out_ns);
}

static enum send_result send_impaired(struct udp *u, struct udp_socket *s, struct endpoint to,
                                      struct slice bytes)
{
	struct transport *t = &u->transport;
	struct impair_fate fate;
	enum send_result result = SEND_DONE;

	impair_packet(&t->impair_out, t->loop->now_ns, &fate);
	if (fate.drop)
		counter_bump(&t->counts.dropped, 1);
	for (unsigned i = 0; !fate.drop && i < fate.copies; i++) {
		if (fate.out_ns[i] > t->loop->now_ns)
			delay(u, s, to, bytes, fate.out_ns[i]);
		else
			result = udp_out_put(u, s, to, bytes);
	}
	return result;
}

enum send_result udp_out_send(struct channel *c, struct endpoint to, struct slice bytes)
{
	struct udp_socket *s = (struct udp_socket *)(void *)c;
	struct udp *u = (struct udp *)(void *)c->transport;

	if (bytes.n > UDP_MESSAGE_MAX || socket_family(to.addr) != socket_family(c->local.addr)) {
		counter_bump(&u->transport.counts.send_errors, 1);
		return SEND_FAILED;
	}
	if (__builtin_expect(impair_wanted(&u->transport.impair_out.config), 0))
		return send_impaired(u, s, to, bytes);
	return udp_out_put(u, s, to, bytes);
}

void udp_out_release(struct udp *u)
{
	while (u->delayed) {
		struct udp_delayed *d = u->delayed;
		struct channel *c = &d->socket->channel;
		wheel_cancel(&u->transport.loop->wheel, &d->timer);
		delayed_free(d);
		channel_release(c);
	}
	mem_free(u->out.bytes);
}
