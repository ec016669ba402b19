/* What requests and responses do to the state of a call: RFC 3261 sections 9, 13, 14, 15, seen from outside. Copies never come here. */
#ifndef ANALYZER_CALLS_INVITE_H
#define ANALYZER_CALLS_INVITE_H

#include "analyzer/calls/leg.h"

/* `t` is NULL for an ACK to a 2xx. False: environment failed. */
bool invite_request(struct leg *leg, struct dialog *d, const struct event *ev,
                    const struct transaction *t);
bool invite_response(struct leg *leg, struct dialog *d, const struct event *ev,
                     const struct transaction *t);

/* A call whose first INVITE is not in the capture, as this message shows it. */
void invite_begin_in_the_middle(struct leg *leg, const struct event *ev);

/* Another copy of an initial INVITE: the caller is still waiting. */
void invite_asked_again(struct leg *leg);

#endif
