#include "sim/transport/lookup.h"

#include "sim/transport/socket_address.h"

#include <netdb.h>

enum lookup_result lookup_address(struct slice host, int family, struct ip_addr *out,
                                  const char **why)
{
	if (!ip_addr_parse(host, out))
		return LOOKUP_NAME;
	if (family == AF_UNSPEC || family == socket_family(*out))
		return LOOKUP_FOUND;
	*why = family == AF_INET ? "it is no IPv4 address" : "it is no IPv6 address";
	return LOOKUP_WRONG;
}

/* The first in the order of RFC 6724; but IPv4 where a name has both and nobody asked: that is where most SIP servers listen. */
static const struct addrinfo *choose(const struct addrinfo *list)
{
	const struct addrinfo *chosen = NULL;

	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		if (!chosen || (chosen->ai_family == AF_INET6 && a->ai_family == AF_INET))
			chosen = a;
	}
	return chosen;
}

const char *lookup_name(const char *host, int family, struct ip_addr *out)
{
	struct addrinfo wanted = { .ai_family = family, .ai_socktype = SOCK_DGRAM }, *list = NULL;
	int code = getaddrinfo(host, NULL, &wanted, &list);

	if (code != 0)
		return gai_strerror(code);
	const struct addrinfo *chosen = choose(list);
	if (chosen) {
		union socket_address address = { 0 };
		memcpy(&address, chosen->ai_addr, chosen->ai_addrlen);
		*out = socket_address_endpoint(&address).addr;
	}
	freeaddrinfo(list);
	return chosen ? NULL : "it has no address";
}
