/* Endpoints as the kernel wants and gives them. IPv4 goes through sockets of AF_INET, never mapped. */
#ifndef SIM_TRANSPORT_SOCKET_ADDRESS_H
#define SIM_TRANSPORT_SOCKET_ADDRESS_H

#include "base/net.h"

#include <netinet/in.h>
#include <sys/socket.h>

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

/* The length to give with it. */
socklen_t socket_address_of(struct endpoint e, union socket_address *out);
/* All zero where it is neither IPv4 nor IPv6. */
struct endpoint socket_address_endpoint(const union socket_address *a);
int socket_family(struct ip_addr a); /* AF_INET, AF_INET6 */

/* What a socket is bound to, and connected to; port 0 where it is not. */
struct endpoint socket_local(int fd);
struct endpoint socket_remote(int fd);

#endif
