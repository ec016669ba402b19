/* One look-up of a host, by the system's resolver. */
#ifndef SIM_TRANSPORT_LOOKUP_H
#define SIM_TRANSPORT_LOOKUP_H

#include "base/net.h"

#define HOST_MAX 255 /* RFC 1035 section 2.3.4 */

enum lookup_result { LOOKUP_FOUND, LOOKUP_NAME /* a name: it has to be asked for */, LOOKUP_WRONG };

/* An address in text; nobody is asked. *why of LOOKUP_WRONG: for people, static. */
enum lookup_result lookup_address(struct slice host, int family, struct ip_addr *out,
                                  const char **why);
/* Asks, and waits as long as that takes. NULL: found, else why not: for people, static. */
const char *lookup_name(const char *host, int family, struct ip_addr *out);

#endif
