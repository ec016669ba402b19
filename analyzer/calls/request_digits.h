/* Digits in requests: the bodies of INFO (dtmf_info.h), and what NOTIFYs of the event package kpml report (RFC 4730), within the call or
 * from a subscription of its own that names the call. A request counts once, however often it is sent and over how many hops it is seen; one
 * that was challenged and comes again with credentials is the same. */
#ifndef ANALYZER_CALLS_REQUEST_DIGITS_H
#define ANALYZER_CALLS_REQUEST_DIGITS_H

#include "analyzer/calls/leg.h"

/* A message of this leg that is no retransmission: the request's digits, or how it was answered. False: out of memory. */
bool request_digits(struct leg *leg, const struct dialog *d, const struct event *ev);

#endif
