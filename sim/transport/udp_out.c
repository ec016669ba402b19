/* What leaves: put into a batch as it is made, sent with one system call at the end of the loop's turn. */
#include "base/mem.h"
#include "sim/transport/udp_parts.h"

#include <errno.h>
#include <netinet/udp.h>
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

/* ---- filling ---- */

void udp_out_init(struct udp_out *o)
{
	o->count = o->group_count = o->group_at = 0;
	o->octets = 0;
	o->barrier = 0;
	memset(o->kinds, 0, sizeof o->kinds);
	memset(o->floors, 0, sizeof o->floors);
}

static bool has_room(const struct udp_out *o, size_t n)
{
	return o->count < UDP_OUT_MESSAGES && UDP_OUT_BYTES - o->octets >= n;
}

static bool fits(const struct udp_out_group *g, const struct udp_socket *s, struct endpoint to,
                 size_t n)
{
	return g->socket == s && g->length == n && endpoint_eq(g->to, to) &&
	       g->count < UDP_GROUP_MOST && (g->count + 1u) * n <= UDP_GROUP_BYTES;
}

/* Which group the message goes to; a new one where it has to be. Numbers from 1. */
static uint16_t group_for(struct udp_out *o, struct udp_socket *s, struct endpoint to, size_t n,
                          uint64_t sequence)
{
	uint64_t kind = hash_mix(endpoint_hash(to) ^ n, (uintptr_t)s);
	uint16_t *last = &o->kinds[kind % UDP_KINDS];
	uint16_t *floor = &o->floors[hash_mix(sequence, 0) % UDP_SEQUENCES];
	uint16_t least = *floor > o->barrier ? *floor : o->barrier;
	uint16_t number = *last;

	if (!sequence)
		least = (uint16_t)o->group_count;
	if (!number || number < least || !fits(&o->groups[number - 1], s, to, n)) {
		struct udp_out_group *g = &o->groups[o->group_count++];
		*g = (struct udp_out_group){ .socket = s, .to = to, .length = (uint32_t)n };
		*last = number = (uint16_t)o->group_count;
	}
	*floor = number;
	if (!sequence)
		o->barrier = number;
	return number;
}

static void add_to_group(struct udp_out *o, struct udp_out_group *g, struct slice bytes)
{
	uint16_t number = (uint16_t)o->count++;

	memcpy(o->bytes + o->octets, bytes.p, bytes.n);
	o->messages[number] = (struct udp_out_message){ .offset = o->octets };
	o->octets += (uint32_t)bytes.n;
	if (g->count++)
		o->messages[g->last].next = number;
	else
		g->first = number;
	g->last = number;
	g->socket->pending++;
}

/* One message, behind impairment. */
static enum send_result put(struct udp *u, struct udp_socket *s, struct endpoint to,
                            struct slice bytes, uint64_t sequence)
{
	struct udp_out *o = &u->out;

	if (!has_room(o, bytes.n) && !o->blocked)
		udp_out_flush(u);
	if (!has_room(o, bytes.n)) {
		counter_bump(&u->transport.counts.full, 1);
		o->told_full = true;
		return SEND_FULL;
	}
	add_to_group(o, &o->groups[group_for(o, s, to, bytes.n, sequence) - 1], bytes);
	return SEND_DONE;
}

/* ---- sending ---- */

/* What one sendmmsg() takes: entries of one socket, each one message or the rest of a group. */
struct entries {
	struct mmsghdr headers[UDP_OUT_MESSAGES];
	struct iovec parts[UDP_OUT_MESSAGES];
	union socket_address to[UDP_OUT_GROUPS];
	_Alignas(struct cmsghdr) uint8_t control[UDP_OUT_GROUPS][CMSG_SPACE(sizeof(uint16_t))];
	struct udp_out_group *groups[UDP_OUT_MESSAGES];
	unsigned count, part_count, group_count;
};

static void add_parts(struct entries *e, const struct udp_out *o, const struct udp_out_group *g,
                      unsigned skip, unsigned n)
{
	uint16_t number = g->first;

	while (skip--)
		number = o->messages[number].next;
	while (n--) {
		e->parts[e->part_count++] =
		        (struct iovec){ o->bytes + o->messages[number].offset, g->length };
		number = o->messages[number].next;
	}
}

static struct msghdr *add_entry(struct entries *e, const struct udp_out *o, struct udp_out_group *g,
                                unsigned skip, unsigned n, socklen_t to_length)
{
	struct msghdr *h = &e->headers[e->count].msg_hdr;

	*h = (struct msghdr){ .msg_name = &e->to[e->group_count],
		              .msg_namelen = to_length,
		              .msg_iov = &e->parts[e->part_count],
		              .msg_iovlen = n };
	e->groups[e->count++] = g;
	add_parts(e, o, g, skip, n);
	return h;
}

static void cut_into(struct entries *e, struct msghdr *h, uint16_t length)
{
	h->msg_control = e->control[e->group_count];
	h->msg_controllen = sizeof e->control[0];
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof length);
	memcpy(CMSG_DATA(c), &length, sizeof length);
}

static void add_group(struct entries *e, const struct udp_out *o, struct udp_out_group *g)
{
	socklen_t n = socket_address_of(g->to, &e->to[e->group_count]);

	if (g->count > 1 && g->length <= o->segment_limit)
		cut_into(e, add_entry(e, o, g, 0, g->count, n), (uint16_t)g->length);
	else
		for (unsigned i = 0; i < g->count; i++)
			add_entry(e, o, g, i, 1, n);
	e->group_count++;
}

/* The first groups, those of one socket; how many entries left, or -1 and errno. */
static int send_some(struct udp_out *o, struct entries *e)
{
	struct udp_socket *s = o->groups[o->group_at].socket;

	e->count = e->part_count = e->group_count = 0;
	for (unsigned i = o->group_at; i < o->group_count && o->groups[i].socket == s; i++)
		add_group(e, o, &o->groups[i]);
	return sendmmsg(s->watch.fd, e->headers, e->count, MSG_DONTWAIT);
}

static void take_first(struct udp_out *o, struct udp_out_group *g)
{
	g->first = o->messages[g->first].next;
	g->socket->pending--;
	if (!--g->count)
		o->group_at++;
}

static void sent_one(struct udp *u, struct udp_out_group *g)
{
	struct transport *t = &u->transport;

	if (t->tap)
		tap_packet(t->tap, t->loop->now_ns, g->socket->channel.local, g->to, TAP_UDP,
		           slice_of(u->out.bytes + u->out.messages[g->first].offset, g->length));
	take_first(&u->out, g);
}

static void sent(struct udp *u, const struct entries *e, int count)
{
	struct transport_counts *counts = &u->transport.counts;

	for (int i = 0; i < count; i++) {
		struct udp_out_group *g = e->groups[i];
		size_t n = e->headers[i].msg_hdr.msg_iovlen;
		counter_bump(&counts->sent, n);
		counter_bump(&counts->octets_sent, n * g->length);
		while (n--)
			sent_one(u, g);
	}
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

static void not_sent(struct udp *u, struct udp_out_group *g, int error, struct failures *failures)
{
	counter_bump(&u->transport.counts.send_errors, 1);
	if (failures->count < sizeof failures->all / sizeof *failures->all) {
		failures->all[failures->count].socket = g->socket;
		failures->all[failures->count].to = g->to;
		failures->all[failures->count++].error = error;
		g->socket->pending++; /* so that it stays until this is told */
	}
	take_first(&u->out, g);
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

/* Segments longer than the way's MTU, or a device that cannot: one by one from now on. */
static bool cannot_segment(struct udp_out *o, int error)
{
	const struct udp_out_group *g = &o->groups[o->group_at];

	if (g->count < 2 || g->length > o->segment_limit ||
	    (error != EINVAL && error != EMSGSIZE && error != EIO && error != EOPNOTSUPP))
		return false;
	o->segment_limit = error == EINVAL || error == EMSGSIZE ? g->length - 1 : 0;
	return true;
}

void udp_out_flush(struct udp *u)
{
	struct udp_out *o = &u->out;
	struct entries entries;
	struct failures failures = { .count = 0 };
	unsigned tries = 0;

	while (o->group_at < o->group_count && !o->blocked) {
		struct udp_out_group *first = &o->groups[o->group_at];
		int n = send_some(o, &entries);
		int error = n < 0 ? errno : 0;
		if (n >= 0)
			sent(u, &entries, n);
		else if (error == EAGAIN || error == ENOBUFS)
			wait_for_room(u, first->socket);
		else if (error == EINTR || cannot_segment(o, error))
			continue;
		else if (!old_error(error) || ++tries % 8 == 0)
			not_sent(u, first, error, &failures);
	}
	if (o->group_at == o->group_count)
		udp_out_init(o);
	else
		memset(o->kinds, 0, sizeof o->kinds); /* those that left take nothing more */
	tell_failures(u, &failures);
	udp_close_those_done(u);
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

	put(d->udp, d->socket, d->to, slice_of(d->bytes, d->n), 0);
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
			result = put(u, s, to, bytes, t->sequence);
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
	return put(u, s, to, bytes, u->transport.sequence);
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
