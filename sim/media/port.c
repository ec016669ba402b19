/* Where datagrams leave and arrive: one UDP socket each, or a place in the network of virtual time. A send is a system call of its own, for
 * every stream has its own socket; what calls share is read many at a time. */
#include "sim/media/machine.h"

#include "sim/transport/socket_address.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSED_MAX 4 /* then we know that nobody is there, and stop asking */

/* --- arriving ----------------------------------------------------------------------------------------------------- */

void media_port_arrived(struct media_port *p, struct endpoint from, struct slice bytes,
                        int64_t time_ns)
{
	struct media *m = p->media;

	tap_packet(m->tap, time_ns, from, p->local, TAP_UDP, bytes);
	if (p->flow)
		media_flow_arrived(p->flow, p, from, bytes, time_ns);
	else
		shared_arrived(p, from, bytes);
}

/* ICMP errors. They would also fail the next send, so after a few we do not want to know any more. */
static void read_refusals(struct media_port *p)
{
	uint8_t ignored[64], control[512];
	struct iovec iov = { ignored, sizeof ignored };
	int off = 0;

	for (;;) {
		struct msghdr h = { .msg_iov = &iov,
			            .msg_iovlen = 1,
			            .msg_control = control,
			            .msg_controllen = sizeof control };
		if (recvmsg(p->watch.fd, &h, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		p->media->counts.refused++;
		if (p->refused < REFUSED_MAX && ++p->refused == REFUSED_MAX) {
			bool v4 = ip_addr_is_v4(p->local.addr);
			setsockopt(p->watch.fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
			           v4 ? IP_RECVERR : IPV6_RECVERR, &off, sizeof off);
		}
	}
}

static void port_ready(struct watch *watch, uint32_t events)
{
	struct media_port *p =
	        (struct media_port *)((char *)watch - offsetof(struct media_port, watch));
	struct media *m = p->media;
	unsigned most =
	        p->flow ? 1 : 64; /* what one call's port has more of waits for the next turn */

	if (events & EPOLLERR)
		read_refusals(p);
	for (unsigned i = 0; i < most; i++) {
		union socket_address from;
		socklen_t n = sizeof from;
		ssize_t got =
		        recvfrom(p->watch.fd, m->in, sizeof m->in, MSG_DONTWAIT, &from.any, &n);
		if (got < 0)
			return;
		media_port_arrived(p, socket_address_endpoint(&from), slice_of(m->in, (size_t)got),
		                   m->loop->now_ns);
	}
}

/* --- reading when we send ----------------------------------------------------------------------------------------- */

#define POLL_ROUND                                                                                 \
	16 /* of so many timers one reads all there is, and counts what each of the next should read */

void port_poll(struct media_port *p, bool polled)
{
	struct media *m = p->media;
	int on = 1;

	if (p->polled == polled || m->network)
		return;
	if (polled && !p->stamped && m->config->media.rtcp) {
		setsockopt(p->watch.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
		p->stamped = true;
	}
	p->polled = polled;
	p->reads = 1;
	p->ticks = 0;
	p->found = 0;
	p->watch.events = polled ? 0 : EPOLLIN;
	loop_rewatch(m->loop, &p->watch);
}

static int64_t stamp_of(struct msghdr *h, int64_t otherwise)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	struct timespec t;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
		return otherwise;
	memcpy(&t, CMSG_DATA(c), sizeof t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static bool read_stamped(struct media_port *p)
{
	struct media *m = p->media;
	union socket_address from;
	_Alignas(struct cmsghdr) uint8_t control[64];
	struct iovec iov = { m->in, sizeof m->in };
	struct msghdr h = { .msg_name = &from,
		            .msg_namelen = sizeof from,
		            .msg_iov = &iov,
		            .msg_iovlen = 1,
		            .msg_control = control,
		            .msg_controllen = sizeof control };
	ssize_t got = recvmsg(p->watch.fd, &h, MSG_DONTWAIT);

	if (got < 0)
		return false;
	media_port_arrived(p, socket_address_endpoint(&from), slice_of(m->in, (size_t)got),
	                   stamp_of(&h, m->loop->now_ns));
	return true;
}

void port_read_polled(struct media_port *p)
{
	bool all = ++p->ticks == POLL_ROUND;
	unsigned most = all ? 256 : p->reads;

	for (unsigned i = 0; i < most && read_stamped(p); i++)
		p->found++;
	if (!all)
		return;
	unsigned reads = (p->found + POLL_ROUND - 1u) / POLL_ROUND;
	p->reads = (uint8_t)(reads < 255 ? reads : 255);
	p->ticks = 0;
	p->found = 0;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static bool refuse(struct media_port *p, const char *what, bool *taken, struct err *err)
{
	char text[ENDPOINT_TEXT];
	int why = errno;

	endpoint_format(p->local, text);
	if (taken)
		*taken = why == EADDRINUSE;
	if (p->watch.fd >= 0)
		close(p->watch.fd);
	if (why == EMFILE || why == ENFILE)
		return err_set(err, ERR_IO,
		               "media port %s: no more files can be opened (ulimit -n)", text);
	return err_set(err, ERR_IO, "media port %s: cannot %s: %s", text, what, strerror(why));
}

static bool open_socket(struct media_port *p, bool *taken, struct err *err)
{
	const struct sim_config *config = p->media->config;
	bool v4 = ip_addr_is_v4(p->local.addr);
	union socket_address address;
	socklen_t n = socket_address_of(p->local, &address);
	int on = 1, bytes = (int)config->media.buffer_bytes;

	p->watch = (struct watch){ .events = EPOLLIN, .ready = port_ready };
	p->watch.fd =
	        socket(socket_family(p->local.addr), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->watch.fd < 0)
		return refuse(p, "open a socket", taken, err);
	if (config->interface &&
	    setsockopt(p->watch.fd, SOL_SOCKET, SO_BINDTODEVICE, config->interface,
	               (socklen_t)strlen(config->interface)) < 0)
		return refuse(p, "bind to the interface", taken, err);
	if (bytes > 0) {
		setsockopt(p->watch.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
		setsockopt(p->watch.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	}
	setsockopt(p->watch.fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, &on,
	           sizeof on);
	if (bind(p->watch.fd, &address.any, n) < 0)
		return refuse(p, "bind", taken, err);
	if (!loop_watch(p->media->loop, &p->watch, err)) {
		close(p->watch.fd);
		return false;
	}
	return true;
}

struct media_port *port_open(struct media *m, struct endpoint local, bool *taken, struct err *err)
{
	struct media_port *p = pool_alloc(&m->ports, sizeof *p);
	bool ok;

	if (taken)
		*taken = false;
	if (!p) {
		err_memory(err, "a media port");
		return NULL;
	}
	*p = (struct media_port){ .media = m, .local = local, .watch = { .fd = -1 } };
	ok = m->network ? m->network->open(m->network, local, p, err) : open_socket(p, taken, err);
	if (!ok && m->network && taken)
		*taken = err->code != ERR_MEMORY;
	if (!ok) {
		pool_free(&m->ports, p, sizeof *p);
		return NULL;
	}
	return p;
}

struct media_port *port_open_any(struct media *m, struct ip_addr local, struct err *err)
{
	const struct media_config *config = &m->config->media;
	struct media_port *p;

	for (uint32_t tries = 0; tries < m->port_pool.count; tries++) {
		bool taken;
		struct endpoint at = { local, port_pool_take(&m->port_pool) };
		if (!at.port)
			break;
		p = port_open(m, at, &taken, err);
		if (p) {
			p->pooled = true;
			return p;
		}
		port_pool_give(&m->port_pool, at.port);
		if (!taken)
			return NULL;
	}
	err_set(err, ERR_IO,
	        "all media ports of %u-%u are in use: give a wider range, or fewer calls at once",
	        config->port_min, config->port_max);
	return NULL;
}

/* What the kernel dropped because we were slow. */
static void count_overflow(struct media_port *p)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t n = sizeof info;

	if (getsockopt(p->watch.fd, SOL_SOCKET, SO_MEMINFO, info, &n) == 0 && n == sizeof info)
		p->media->counts.overflow += info[SK_MEMINFO_DROPS];
}

void port_close(struct media_port *p)
{
	if (!p)
		return;
	struct media *m = p->media;

	if (m->network) {
		m->network->close(m->network, p->local);
	} else {
		while (p->polled && read_stamped(p))
			;
		count_overflow(p);
		loop_unwatch(m->loop, &p->watch);
		close(p->watch.fd);
	}
	if (p->pooled)
		port_pool_give(&m->port_pool, p->local.port);
	pool_free(&m->ports, p, sizeof *p);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static bool send_socket(struct media_port *p, struct endpoint to, struct slice bytes)
{
	union socket_address address;
	socklen_t n = socket_address_of(to, &address);

	/* An ICMP error that came meanwhile is told by the next send, which then does not happen. */
	for (int tries = 0; tries < 2; tries++) {
		if (sendto(p->watch.fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL, &address.any,
		           n) >= 0)
			return true;
		if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != EINTR)
			break;
	}
	return false;
}

bool port_send(struct media_port *p, struct endpoint to, struct slice bytes)
{
	struct media *m = p->media;

	tap_packet(m->tap, m->loop->now_ns, p->local, to, TAP_UDP, bytes);
	if (m->network) {
		m->network->send(m->network, p->local, to, bytes);
	} else if (!send_socket(p, to, bytes)) {
		m->counts.send_errors++;
		return false;
	}
	return true;
}
