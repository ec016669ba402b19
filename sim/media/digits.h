/* Digits of a call: RFC 4733 events, in-band tone pairs (Q.23) or SIP INFO. "1234#,method=rfc4733,ms=100,gap=100", and SIPp's "1234#,200". */
#ifndef SIM_MEDIA_DIGITS_H
#define SIM_MEDIA_DIGITS_H

#include "base/err.h"
#include "base/slice.h"

struct media_call;

#define DIGITS_MAX 64 /* of one action */

enum digits_method {
	DIGITS_AGREED, /* not said: RFC 4733 where SDP has telephone-event, else in-band */
	DIGITS_RFC4733,
	DIGITS_INBAND,
	DIGITS_INFO
};

struct digits_order {
	char text[DIGITS_MAX + 1];
	enum digits_method method;
	unsigned ms, gap_ms; /* of each, and behind it */
	uint8_t event_type; /* payload type where SDP says none; 255: then it cannot be sent */
};

/* 0..9 * # A..D, small letters too; blanks and '-' are passed over. False: err says what is wrong. */
bool digits_parse(struct slice argument, struct digits_order *out, struct err *err);
/* SIPp's: digits[,ms]; payload type 96 where SDP says none. */
bool digits_parse_sipp(struct slice argument, struct digits_order *out, struct err *err);

/* After those that are being sent. False: err. */
bool digits_act(struct media_call *c, const struct digits_order *order, struct err *err);

#endif
