/* The twin socket of 3PCC: commands between SIPps (and us) over TCP, each ended by ESC (0x1b). Extended mode has many peers by name, from a
 * file of `name;address:port` lines. */
#ifndef SIM_TRANSPORT_TWIN_H
#define SIM_TRANSPORT_TWIN_H

#include "sim/config.h"
#include "sim/engine/loop.h"

struct twin;

struct twin_events {
	void *context;
	void (*command)(void *context, struct slice command,
	                struct endpoint from); /* without the ESC */
	void (*closed)(void *context, const char *why); /* SIPp ends the run then */
};

/* sends_first: connects, for 5 s at most (and says so if nobody is there); else listens and waits for the first command. Extended: listens at
 * the address of its own name, connects to a peer when it first sends it something. One of them in a run: there is one address. NULL: err. */
struct twin *twin_open(const struct sim_config *config, bool sends_first, struct loop *loop,
                       const struct twin_events *events, struct err *err);
/* `peer` absent: the only one. False: it cannot be sent (no such peer, no connection). */
bool twin_send(struct twin *t, struct slice peer, struct slice command);
void twin_free(struct twin *t); /* NULL allowed */

#endif
