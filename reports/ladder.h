/* One call as a ladder on a terminal: endpoints side by side, a line per SIP message, its media and digits in between, and a table of
 * its streams.
 *
 *         time   frame  192.0.2.1:5060                 192.0.2.2:5060
 *     0.000000     1:1  |----------- INVITE ----------->|
 *                       | SDP offer PCMU 192.0.2.1:4000 sendrecv
 *     0.020113     1:2  |<-------- 200 INVITE ----------|
 */
#ifndef REPORTS_LADDER_H
#define REPORTS_LADDER_H

#include "base/err.h"
#include "base/text.h"
#include "reports/records/query.h"

struct ladder_style {
	unsigned width; /* terminal columns; brought between 60 and LADDER_MAX_WIDTH */
	bool ascii; /* no UTF-8 line drawing */
};

#define LADDER_MAX_WIDTH     400
#define LADDER_DEFAULT_WIDTH 100
/* How many endpoints and events are drawn: ladder_columns.h, call_events.h. */

/* `call` is an id of `calls`, else the Call-ID of any of its dialogs. False and err, also if there is none: the text says how to find
 * the calls there are. */
bool ladder_find(struct records *r, struct slice call, int64_t *id, struct err *err);

/* Append to `out`; false: err is set. `err` comes in clean. */
bool ladder_text(struct records *r, int64_t call_id, const struct ladder_style *style,
                 struct text *out, struct err *err);
bool ladder_json(struct records *r, int64_t call_id, struct text *out, struct err *err);

#endif
