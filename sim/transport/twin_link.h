/* One connection between twins: commands, each ended by ESC. */
#ifndef SIM_TRANSPORT_TWIN_LINK_H
#define SIM_TRANSPORT_TWIN_LINK_H

#include "base/list.h"
#include "base/text.h"
#include "sim/transport/outbox.h"
#include "sim/transport/transport.h"
#include "sim/transport/twin_peers.h"

#define TWIN_COMMAND_MAX (256u * 1024u)

struct twin_link {
	struct watch watch;
	struct list_node place; /* its owner's */
	struct loop *loop;
	struct pool *pool; /* of outboxes */
	struct endpoint remote;
	const struct twin_peer *peer; /* to whom we made it; NULL: the only one, or accepted */
	bool connecting;
	struct outbox out;
	struct text in;
	void *context;
	void (*command)(void *context, struct twin_link *link, struct slice command);
	/* It is over; who is told frees it. */
	void (*closed)(void *context, struct twin_link *link, const char *why);
};

/* Takes fd over. NULL: err. */
struct twin_link *twin_link_new(struct loop *loop, struct pool *pool, int fd, bool connecting,
                                struct endpoint remote, struct err *err);
void twin_link_free(struct twin_link *l); /* NULL allowed */
/* False: no room, no memory. That it broke is told later. */
bool twin_link_send(struct twin_link *l, struct slice command);

#endif
