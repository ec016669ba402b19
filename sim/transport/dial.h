/* Stream sockets as the configuration wants them: not blocking, without Nagle's delay, bound where they should be. */
#ifndef SIM_TRANSPORT_DIAL_H
#define SIM_TRANSPORT_DIAL_H

#include "sim/transport/transport.h"

/* A connection on its way to `remote`, from `local` (any address: as the system routes, port 0: any). -1: err; *counts say whether ports or
 * descriptors were used up. */
int dial(const struct sim_config *config, struct endpoint remote, struct endpoint local,
         struct transport_counts *counts, struct err *err);
/* What became of it: 0, or errno. */
int dial_result(int fd);

/* Listens. `shared`: with others at the same address and port (SO_REUSEPORT). *bound: where. -1: err. */
int dial_listen(const struct sim_config *config, struct endpoint local, bool shared,
                struct endpoint *bound, struct err *err);
/* What every stream socket of ours has, accepted ones too. */
void dial_settle(const struct sim_config *config, int fd);

/* "cannot connect to 192.0.2.1:5060: Connection refused" */
#define DIAL_WHY 256
void dial_why(struct endpoint remote, int code, char why[static DIAL_WHY]);

#endif
