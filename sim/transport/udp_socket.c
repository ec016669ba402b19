#include "sim/transport/udp_socket.h"

#include "sim/transport/socket_address.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

/* What a burst of 16,000 messages needs; more would only delay the news that somebody is slow. */
#define BUFFER_WANTED (16u << 20)

static void set_int(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof value);
}

/* Beyond the system's limit only with CAP_NET_ADMIN; else the limit is what one gets. */
static void set_buffer(int fd, int force, int plain, unsigned bytes)
{
	int value = bytes > INT32_MAX ? INT32_MAX : (int)bytes;

	if (setsockopt(fd, SOL_SOCKET, force, &value, sizeof value) < 0)
		setsockopt(fd, SOL_SOCKET, plain, &value, sizeof value);
}

static void set_buffers(int fd, unsigned asked)
{
	unsigned bytes = asked ? asked : BUFFER_WANTED;

	if (asked == UDP_SOCKET_SMALL)
		return;
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

static void set_options(int fd, const struct udp_socket_wish *wish)
{
	bool v4 = ip_addr_is_v4(wish->local.addr);

	set_buffers(fd, wish->buffer_bytes);
	set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	/* Datagrams of one length that came together are given together: udp_in.c takes them apart. */
	set_int(fd, IPPROTO_UDP, UDP_GRO, 1);
	if (v4) {
		set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
		/* Large INVITEs may be fragmented; a path MTU of long ago is no reason to refuse them. */
		set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
		set_int(fd, IPPROTO_IP, IP_PKTINFO, wish->destination_wanted);
	} else {
		set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
		set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, wish->destination_wanted);
	}
	if (wish->share_port)
		set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

static bool set_device(int fd, const char *interface, struct err *err)
{
	if (!interface || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
	                             (socklen_t)strlen(interface) + 1) == 0)
		return true;
	return err_set(err, ERR_IO, "cannot bind to device '%s': %s", interface, strerror(errno));
}

static bool bind_to(int fd, struct endpoint local, enum udp_socket_trouble *trouble,
                    struct err *err)
{
	union socket_address a;
	socklen_t n = socket_address_of(local, &a);
	char text[ENDPOINT_TEXT];

	if (bind(fd, &a.any, n) == 0)
		return true;
	if (errno == EADDRINUSE && !local.port)
		*trouble = UDP_SOCKET_NO_PORT;
	if (errno == EADDRNOTAVAIL)
		*trouble = UDP_SOCKET_NOT_OURS;
	endpoint_format(local, text);
	return err_set(err, ERR_IO, "cannot bind UDP %s: %s", text, strerror(errno));
}

int udp_socket_open(const struct udp_socket_wish *wish, enum udp_socket_trouble *trouble,
                    struct err *err)
{
	int fd = socket(socket_family(wish->local.addr), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	                0);

	*trouble = UDP_SOCKET_OTHER;
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			*trouble = UDP_SOCKET_NO_FILE;
		err_set(err, ERR_IO, "cannot open a UDP socket: %s", strerror(errno));
		return -1;
	}
	set_options(fd, wish);
	if (set_device(fd, wish->interface, err) && bind_to(fd, wish->local, trouble, err))
		return fd;
	close(fd);
	return -1;
}

static unsigned buffer_of(int fd, int name)
{
	int value = 0;
	socklen_t n = sizeof value;

	if (getsockopt(fd, SOL_SOCKET, name, &value, &n) < 0 || value < 0)
		return 0;
	return (unsigned)value;
}

void udp_socket_buffers(int fd, unsigned *receive, unsigned *send)
{
	*receive = buffer_of(fd, SO_RCVBUF);
	*send = buffer_of(fd, SO_SNDBUF);
}

bool local_address_towards(struct endpoint target, const char *interface, struct ip_addr *out,
                           struct err *err)
{
	union socket_address a;
	socklen_t n;
	char text[ENDPOINT_TEXT];
	int fd = socket(socket_family(target.addr), SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(err, ERR_IO, "cannot open a UDP socket: %s", strerror(errno));
	if (!target.port)
		target.port = 5060;
	n = socket_address_of(target, &a);
	endpoint_format(target, text);
	bool ok = set_device(fd, interface, err) &&
	          (connect(fd, &a.any, n) == 0 ||
	           err_set(err, ERR_IO, "there is no way to %s: %s", text, strerror(errno)));
	if (ok)
		*out = socket_local(fd).addr;
	close(fd);
	return ok;
}
