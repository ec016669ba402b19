/* What in the octets of SIP messages gives a password away, or could be tried against one: the response of a digest (RFC 3261 22.4), AKA's
 * auts, and all that other schemes send (Basic, Bearer). Who authenticated, where and how it went, stays. */
#ifndef ANALYZER_EXPORT_SECRETS_H
#define ANALYZER_EXPORT_SECRETS_H

#include "base/slice.h"

/* The next one, taken off *rest with all before it; false: there is none. `torn`: the octets may begin within a header (a TCP segment, a
 * fragment), of which the first line then is taken to be one that has secrets. */
bool secret_next(struct slice *rest, bool *torn, struct slice *secret);

#endif
