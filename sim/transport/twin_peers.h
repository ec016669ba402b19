/* Who is where in extended 3PCC: lines of `name;address:port`. */
#ifndef SIM_TRANSPORT_TWIN_PEERS_H
#define SIM_TRANSPORT_TWIN_PEERS_H

#include "base/err.h"
#include "base/net.h"

#define TWIN_PEERS_MAX 256
#define TWIN_NAME_MAX  64

struct twin_peer {
	char name[TWIN_NAME_MAX];
	struct endpoint at;
};

struct twin_peers {
	struct twin_peer *peers;
	size_t count;
};

/* False: err, naming the line. */
bool twin_peers_read(struct twin_peers *p, const char *path, struct err *err);
void twin_peers_release(struct twin_peers *p);
/* NULL: no such name. */
const struct twin_peer *twin_peers_find(const struct twin_peers *p, struct slice name);

#endif
