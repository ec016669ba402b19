#include "sim/transport/dial.h"

#include "sim/transport/socket_address.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define BACKLOG 4096 /* the system cuts it at net.core.somaxconn */

static void set(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof value);
}

void dial_settle(const struct sim_config *config, int fd)
{
	/* Messages are written whole: waiting for more of them (Nagle) only delays. */
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (config->buffer_bytes) {
		int bytes = config->buffer_bytes > INT32_MAX / 2 ? INT32_MAX / 2
		                                                 : (int)config->buffer_bytes;
		set(fd, SOL_SOCKET, SO_SNDBUF, bytes);
		set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
	}
}

static bool to_interface(const struct sim_config *config, int fd, struct err *err)
{
	const char *name = config->interface;

	if (!name ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) == 0)
		return true;
	return err_set(err, ERR_IO, "cannot bind to interface '%.64s': %s", name, strerror(errno));
}

static int failed(int fd)
{
	if (fd >= 0)
		close(fd);
	return -1;
}

static int no_socket(int code, struct transport_counts *counts, struct err *err)
{
	struct rlimit limit = { 0 };

	if (code != EMFILE && code != ENFILE) {
		err_set(err, ERR_IO, "cannot open a socket: %s", strerror(code));
		return -1;
	}
	counts->files_exhausted++;
	getrlimit(RLIMIT_NOFILE, &limit);
	err_set(err, ERR_IO, "no file descriptor is left: the limit is %llu (ulimit -n)",
	        (unsigned long long)limit.rlim_cur);
	return -1;
}

static int stream_socket(const struct sim_config *config, int family,
                         struct transport_counts *counts, struct err *err)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return no_socket(errno, counts, err);
	dial_settle(config, fd);
	return to_interface(config, fd, err) ? fd : failed(fd);
}

static bool bind_to(int fd, struct endpoint local, struct err *err)
{
	union socket_address a;
	char text[ENDPOINT_TEXT];
	socklen_t n = socket_address_of(local, &a);

	if (bind(fd, &a.any, n) == 0)
		return true;
	int code = errno;
	endpoint_format(local, text);
	return err_set(err, ERR_IO, "cannot bind to %s: %s", text, strerror(code));
}

/* The port of an address alone is chosen by connect(), so that it may serve other targets too. */
static bool bind_local(int fd, struct endpoint local, bool v4, struct err *err)
{
	static const uint8_t none[4];

	if (ip_addr_is_any(local.addr) && !local.port)
		return true;
	if (ip_addr_is_any(local.addr) && v4)
		local.addr = ip_addr_v4(none);
	if (local.port)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	else
		set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	return bind_to(fd, local, err);
}

void dial_why(struct endpoint remote, int code, char why[static DIAL_WHY])
{
	char to[ENDPOINT_TEXT];

	endpoint_format(remote, to);
	if (code == EADDRNOTAVAIL)
		snprintf(why, DIAL_WHY,
		         "no local port is left for %s: those of net.ipv4.ip_local_port_range are "
		         "in use, or closed within the last minute",
		         to);
	else
		snprintf(why, DIAL_WHY, "cannot connect to %s: %s", to, strerror(code));
}

int dial(const struct sim_config *config, struct endpoint remote, struct endpoint local,
         struct transport_counts *counts, struct err *err)
{
	union socket_address a;
	char why[DIAL_WHY];
	int fd = stream_socket(config, socket_family(remote.addr), counts, err);

	if (fd < 0)
		return -1;
	if (!bind_local(fd, local, ip_addr_is_v4(remote.addr), err))
		return failed(fd);
	socklen_t n = socket_address_of(remote, &a);
	if (connect(fd, &a.any, n) == 0 || errno == EINPROGRESS)
		return fd;
	int code = errno;
	counts->ports_exhausted += code == EADDRNOTAVAIL;
	dial_why(remote, code, why);
	err_set(err, ERR_IO, "%s", why);
	return failed(fd);
}

int dial_result(int fd)
{
	int code = 0;
	socklen_t n = sizeof code;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n) == 0 ? code : errno;
}

/* Any address of both families where no family was asked for; of IPv4 where the system has no IPv6. */
static int listening_socket(const struct sim_config *config, struct endpoint *local,
                            struct transport_counts *counts, struct err *err)
{
	static const uint8_t none[4];
	int family = socket_family(local->addr), any = ip_addr_is_any(local->addr);
	int fd = stream_socket(config, family, counts, err);

	if (fd < 0 && any && family == AF_INET6) {
		local->addr = ip_addr_v4(none);
		return stream_socket(config, AF_INET, counts, err);
	}
	if (fd >= 0 && family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !any);
	return fd;
}

int dial_listen(const struct sim_config *config, struct endpoint local, bool shared,
                struct endpoint *bound, struct err *err)
{
	struct transport_counts counts = { 0 };
	int fd = listening_socket(config, &local, &counts, err);

	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (shared)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (!bind_to(fd, local, err))
		return failed(fd);
	if (listen(fd, BACKLOG) < 0) {
		char text[ENDPOINT_TEXT];
		int code = errno;
		endpoint_format(local, text);
		err_set(err, ERR_IO, "cannot listen at %s: %s", text, strerror(code));
		return failed(fd);
	}
	*bound = socket_local(fd);
	return fd;
}
