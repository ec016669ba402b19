/* message/sipfrag (RFC 3420): a piece of a SIP message as a body. NOTIFYs of REFER's subscription say in its status line how far
 * the referred request has come (RFC 3515 section 2.4.5). */
#ifndef DISSECTORS_SIPFRAG_H
#define DISSECTORS_SIPFRAG_H

#include "base/slice.h"

/* The status, 100..699, of the status line with which the fragment begins; 0 if it does not begin with one, or the body is no
 * message/sipfrag (nor a multipart with one in it). `content_type` and `body` as of the message. */
int sipfrag_status(struct slice content_type, struct slice body);

#endif
