#include "sim/transport/socket_address.h"

socklen_t socket_address_of(struct endpoint e, union socket_address *out)
{
	memset(out, 0, sizeof *out);
	if (ip_addr_is_v4(e.addr)) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(e.port);
		memcpy(&out->v4.sin_addr, (const uint8_t *)&e.addr + 12, 4);
		return sizeof out->v4;
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(e.port);
	memcpy(&out->v6.sin6_addr, &e.addr, 16);
	return sizeof out->v6;
}

struct endpoint socket_address_endpoint(const union socket_address *a)
{
	uint8_t octets[16];

	if (a->any.sa_family == AF_INET) {
		memcpy(octets, &a->v4.sin_addr, 4);
		return (struct endpoint){ ip_addr_v4(octets), ntohs(a->v4.sin_port) };
	}
	if (a->any.sa_family == AF_INET6) {
		memcpy(octets, &a->v6.sin6_addr, 16);
		return (struct endpoint){ ip_addr_v6(octets), ntohs(a->v6.sin6_port) };
	}
	return (struct endpoint){ 0 };
}

int socket_family(struct ip_addr a)
{
	return ip_addr_is_v4(a) ? AF_INET : AF_INET6;
}

struct endpoint socket_local(int fd)
{
	union socket_address a = { 0 };
	socklen_t n = sizeof a;

	return getsockname(fd, &a.any, &n) == 0 ? socket_address_endpoint(&a)
	                                        : (struct endpoint){ 0 };
}

struct endpoint socket_remote(int fd)
{
	union socket_address a = { 0 };
	socklen_t n = sizeof a;

	return getpeername(fd, &a.any, &n) == 0 ? socket_address_endpoint(&a)
	                                        : (struct endpoint){ 0 };
}
