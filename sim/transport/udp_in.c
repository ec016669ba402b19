/* What arrives: many datagrams with one system call, and what ICMP says about those that were sent. */
#include "base/mem.h"
#include "sim/transport/udp_parts.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

/* 64 KB for each, and some cache lines, lest all of them begin in the same cache set. */
#define ROOM       (65536u + 64u * 9u)
#define CONTROL    192
#define MAX_ROUNDS 8 /* then timers have their turn */

struct udp_in {
	struct mmsghdr headers[UDP_IN_MESSAGES];
	struct iovec parts[UDP_IN_MESSAGES];
	union socket_address from[UDP_IN_MESSAGES];
	_Alignas(struct cmsghdr) uint8_t control[UDP_IN_MESSAGES][CONTROL];
	uint8_t *bytes;
	int64_t wall_ns; /* the wall clock when these were read: the kernel's stamps are its */
};

bool udp_in_init(struct udp *u)
{
	struct udp_in *in = u->in = mem_zalloc(sizeof *in);

	if (!in)
		return false;
	in->bytes = mem_alloc((size_t)ROOM * UDP_IN_MESSAGES);
	return in->bytes != NULL;
}

void udp_in_release(struct udp *u)
{
	if (u->in)
		mem_free(u->in->bytes);
	mem_free(u->in);
}

static void prepare(struct udp_in *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		in->parts[i] = (struct iovec){ in->bytes + (size_t)ROOM * i, ROOM };
		in->headers[i].msg_hdr = (struct msghdr){ .msg_name = &in->from[i],
			                                  .msg_namelen = sizeof in->from[i],
			                                  .msg_iov = &in->parts[i],
			                                  .msg_iovlen = 1,
			                                  .msg_control = in->control[i],
			                                  .msg_controllen = CONTROL };
	}
}

/* ---- what comes beside a datagram ---- */

/* The kernel counts the datagrams that found the socket's buffer full, and says so with the next that did not. */
static void overflowed(struct udp *u, struct udp_socket *s, uint32_t count)
{
	counter_bump(&u->transport.counts.overflow, count - s->overflow);
	s->overflow = count;
}

static void sent_to(struct udp_socket *s, struct ip_addr address)
{
	s->channel.local.addr = address;
}

/* How long it lay in the socket. More than a rest of the loop and a busy turn is no wait but a clock that was set. */
#define LONGEST_WAIT_NS (NS_PER_S)

static int64_t waited(const struct udp *u, const struct cmsghdr *c)
{
	struct timespec stamp;

	memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
	int64_t ns = u->in->wall_ns - ((int64_t)stamp.tv_sec * NS_PER_S + stamp.tv_nsec);
	return ns > 0 && ns < LONGEST_WAIT_NS ? ns : 0;
}

/* *segment: of how many octets each of several datagrams is (but the last, which may be shorter). */
static void read_control(struct udp *u, struct udp_socket *s, struct msghdr *header,
                         size_t *segment, int64_t *waited_ns)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			uint32_t count;
			memcpy(&count, CMSG_DATA(c), sizeof count);
			overflowed(u, s, count);
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			*waited_ns = waited(u, c);
		} else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
			int size;
			memcpy(&size, CMSG_DATA(c), sizeof size);
			if (size > 0)
				*segment = (size_t)size;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			sent_to(s, ip_addr_v4((const uint8_t *)&info.ipi_addr));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			sent_to(s, ip_addr_v6((const uint8_t *)&info.ipi6_addr));
		}
	}
}

/* ---- datagrams ---- */

static void deliver_one(struct udp *u, struct arrival *a)
{
	struct transport *t = &u->transport;

	counter_bump(&t->counts.received, 1);
	counter_bump(&t->counts.octets_received, a->bytes.n);
	tap_packet(t->tap, a->time_ns, a->from, a->local, TAP_UDP, a->bytes);
	t->events.message(t->events.context, a);
}

static void deliver(struct udp *u, struct udp_socket *s, unsigned i)
{
	struct mmsghdr *m = &u->in->headers[i];
	size_t segment = ROOM;
	int64_t waited_ns = 0;

	if (m->msg_hdr.msg_controllen)
		read_control(u, s, &m->msg_hdr, &segment, &waited_ns);
	struct slice rest = slice_of(u->in->parts[i].iov_base, m->msg_len);
	struct arrival a = {
		.from = socket_address_endpoint(&u->in->from[i]),
		.local = s->channel.local,
		.channel = &s->channel,
		.time_ns = u->transport.loop->now_ns - waited_ns,
	};
	do { /* an empty datagram is one too */
		a.bytes = slice_sub(rest, 0, segment);
		rest = slice_from(rest, a.bytes.n);
		deliver_one(u, &a);
	} while (rest.n);
}

static int64_t wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* False: nothing more is there. */
static bool receive(struct udp *u, struct udp_socket *s)
{
	unsigned most = s->channel.shared ? UDP_IN_MESSAGES : 4;

	prepare(u->in, most);
	int n = recvmmsg(s->watch.fd, u->in->headers, most, MSG_DONTWAIT, NULL);
	if (n > 0)
		u->in->wall_ns = wall_clock();
	for (int i = 0; i < n; i++)
		deliver(u, s, (unsigned)i);
	return n == (int)most || (n < 0 && errno != EAGAIN);
}

/* ---- ICMP ---- */

static const char *error_text(const struct sock_extended_err *e)
{
	switch (e->ee_errno) {
	case ECONNREFUSED: return "port unreachable";
	case EHOSTUNREACH: return "host unreachable";
	case ENETUNREACH: return "network unreachable";
	case EMSGSIZE: return "message too large for the path";
	case EACCES: return "administratively prohibited";
	default: return strerror((int)e->ee_errno);
	}
}

static void refused(struct udp *u, struct udp_socket *s, struct msghdr *header)
{
	struct transport *t = &u->transport;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		struct sock_extended_err e;
		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof e);
		counter_bump(&t->counts.refused, 1);
		if (t->events.refused)
			t->events.refused(t->events.context, &s->channel,
			                  socket_address_endpoint(header->msg_name),
			                  error_text(&e));
	}
}

static void read_errors(struct udp *u, struct udp_socket *s)
{
	for (unsigned i = 0; i < UDP_IN_MESSAGES; i++) {
		uint8_t some[64]; /* the front of what was sent: nobody asks for it */
		union socket_address to = { 0 };
		_Alignas(struct cmsghdr) uint8_t control[512];
		struct iovec part = { some, sizeof some };
		struct msghdr header = { .msg_name = &to,
			                 .msg_namelen = sizeof to,
			                 .msg_iov = &part,
			                 .msg_iovlen = 1,
			                 .msg_control = control,
			                 .msg_controllen = sizeof control };
		if (recvmsg(s->watch.fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		refused(u, s, &header);
	}
}

/* Nobody hears it any more; only its last messages still want to leave. */
static void ready_while_closing(struct udp *u, struct udp_socket *s, uint32_t events)
{
	if (s->watch.events & EPOLLIN) {
		s->watch.events &= ~(uint32_t)EPOLLIN;
		loop_rewatch(u->transport.loop, &s->watch);
	}
	if (events & EPOLLOUT && s->writes_waited)
		udp_out_writable(u, s);
}

void udp_in_ready(struct watch *watch, uint32_t events)
{
	struct udp_socket *s =
	        (struct udp_socket *)(void *)((char *)watch - offsetof(struct udp_socket, watch));
	struct udp *u = (struct udp *)(void *)s->channel.transport;

	if (s->closing) {
		ready_while_closing(u, s, events);
		return;
	}
	channel_keep(&s->channel); /* what is told may be the end of its last call */
	if (events & EPOLLERR)
		read_errors(u, s);
	if (events & EPOLLOUT && s->writes_waited)
		udp_out_writable(u, s);
	for (unsigned i = 0; i < MAX_ROUNDS && receive(u, s); i++)
		;
	channel_release(&s->channel);
}
