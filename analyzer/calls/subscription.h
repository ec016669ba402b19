/* Dialogs that SUBSCRIBE (RFC 6665) and REFER outside a call (RFC 3515) open: they end with a NOTIFY that says terminated, an
 * Expires of 0, a 481, or by running out. */
#ifndef ANALYZER_CALLS_SUBSCRIPTION_H
#define ANALYZER_CALLS_SUBSCRIPTION_H

#include "analyzer/calls/leg.h"

bool subscription_request(struct leg *s, struct dialog *d, const struct event *ev);
bool subscription_response(struct leg *s, struct dialog *d, const struct event *ev);

/* When it will have run out if nothing comes any more, in eviction time. */
int64_t subscription_deadline(const struct leg *s);
/* It has: its dialogs end. */
void subscription_run_out(struct leg *s);

#endif
