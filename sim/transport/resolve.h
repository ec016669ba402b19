/* Names to addresses without stopping the loop: a thread asks, the loop is told. */
#ifndef SIM_TRANSPORT_RESOLVE_H
#define SIM_TRANSPORT_RESOLVE_H

#include "base/err.h"
#include "base/net.h"
#include "sim/engine/loop.h"

/* Divides "host", "host:port", "[v6]", "[v6]:port"; an IPv6 address without brackets has no port. *port stays where there is none. False:
 * no host, or no port behind the colon. */
bool host_parse(struct slice text, struct slice *host, uint16_t *port);

/* Before the start: blocks. "host", "host:port", "[v6]:port"; default_port where there is none; family AF_UNSPEC, AF_INET, AF_INET6. */
bool resolve_now(const char *text, uint16_t default_port, int family, struct endpoint *out,
                 struct err *err);

struct resolver;
struct resolver *resolver_new(struct loop *loop, struct err *err);
void resolver_free(struct resolver *r); /* NULL allowed; who still waits hears nothing */

struct resolve_request {
	void (*done)(struct resolve_request *request, const struct endpoint *found,
	             const char *why); /* found NULL: why not */
	struct resolve_request *next; /* the resolver's */
	char host[256];
	uint16_t port;
	int family;
	struct endpoint found;
	char why[128];
	bool cancelled;
};
/* An address in text is done at once, before this returns; so is what cannot be asked. The request must live until done() or
 * resolver_cancel(). */
void resolver_ask(struct resolver *r, struct resolve_request *request);
void resolver_cancel(struct resolver *r, struct resolve_request *request);

#endif
