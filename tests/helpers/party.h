/* One side of a connection in a test: a transport with its own loop, and a note of everything it was told. Two of them are turned by turns
 * until what a test waits for is there, or a bound of time: nothing hangs. Failures are check's. */
#ifndef TESTS_HELPERS_PARTY_H
#define TESTS_HELPERS_PARTY_H

#include "base/text.h"
#include "sim/transport/transport.h"

struct party {
	struct sim_config config; /* party_init() fills it; change it before party_start() */
	struct loop loop;
	struct transport *transport; /* NULL: it could not start, err says why */
	struct err err;
	struct text messages; /* all that came, one behind the other */
	unsigned message_count, closed, writable;
	bool was_connected; /* of the last closed() */
	char why[320];
	struct channel *from; /* of the last message; not kept */
	struct channel *held; /* one that is let go when it is closed */
	struct slice answer; /* sent back for each message; absent: none */
	bool close_on_message; /* close_connection() from within */
	/* The tap: what was sent and received, one behind the other. */
	struct tap tap;
	struct text tapped_out, tapped_in;
	enum tap_transport tapped;
};

/* At 127.0.0.1, any port. */
void party_init(struct party *p, enum sim_transport transport, enum sim_sockets sockets);
/* False: p->err. */
bool party_start(struct party *p, bool server);
/* To the other's port; kept in p->held where there is none. NULL: p->err. */
struct channel *party_open(struct party *p, const struct party *to);
struct channel *party_open_at(struct party *p, struct endpoint to);
void party_send(struct party *p, struct channel *c, const char *text);
void party_let_go(struct party *p); /* of held */
void party_end(struct party *p);

/* A turn each (b may be NULL), until *counter is at least `wanted`, at most forty seconds. False: the time was over. */
bool parties_turn(struct party *a, struct party *b, const unsigned *counter, unsigned wanted);
/* For so long, whatever happens. */
void parties_turn_for(struct party *a, struct party *b, int64_t ns);

/* An OPTIONS or the like with a body of n octets 'x'. Borrows until the next one. */
const char *party_message(const char *start_line, size_t n);

#endif
