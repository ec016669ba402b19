/* The lines of a SIP message, RFC 3261 sections 7.1 to 7.3: the start line, and header lines with their folds. sip_msg.c and
 * sip_frame.c read lines through here, so that both see the same message. */
#ifndef DISSECTORS_SIP_LINE_H
#define DISSECTORS_SIP_LINE_H

#include "base/slice.h"

struct sip_start_line {
	struct slice line; /* as written, without its line end */
	size_t length; /* octets up to its line end, and that */
	bool bare_cr; /* it ended in a CR alone, which RFC 2543 section 3 allowed: sip_line_next() wants to know */
	bool is_request;
	struct slice method, uri; /* of a request */
	int status; /* of a response; 0 where it does not fit 0..999 */
	struct slice reason; /* of a response; may be empty */
	unsigned defects; /* enum sip_defect: START_LINE, VERSION, STATUS */
};

/* Longer methods are no SIP. RFC 3261 names no limit; without one any long word would be scanned to its end. */
#define SIP_MAX_METHOD 8192

/* `bytes` begins at the start line (no CRLFs in front). False if this is none. */
bool sip_start_line_parse(struct slice bytes, struct sip_start_line *out);

/* What is left after CRs and LFs at the front. */
struct slice sip_skip_crlf(struct slice bytes);

enum sip_line_kind {
	SIP_LINE_HEADER, /* a line and its folds, without the last line end */
	SIP_LINE_EMPTY, /* the end of the headers; *rest is the body */
	SIP_LINE_NONE, /* no more octets, and no empty line was seen */
};

/* Takes the next line off *rest. */
enum sip_line_kind sip_line_next(struct slice *rest, bool bare_cr, struct slice *line);

/* Divides a header line at its colon; false if it is no header: no colon, or no token in front of it. `value` is trimmed. */
bool sip_line_split(struct slice line, struct slice *name, struct slice *value);

#endif
