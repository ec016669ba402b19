/* Zero-copy index of one SIP message, RFC 3261 section 7 (and its RFC 2543 ancestors): start line, headers, body. Every slice
 * borrows from the bytes given to sip_msg_parse(). Nothing is decoded but what every message needs: the rest is asked of
 * sip_header.h (single values) or sip_grammar.h (libosip2). */
#ifndef DISSECTORS_SIP_MSG_H
#define DISSECTORS_SIP_MSG_H

#include "base/cursor.h"
#include "base/net.h"

enum sip_method {
	SIP_METHOD_OTHER,
	SIP_INVITE,
	SIP_ACK,
	SIP_BYE,
	SIP_CANCEL,
	SIP_REGISTER,
	SIP_OPTIONS,
	SIP_PRACK,
	SIP_UPDATE,
	SIP_INFO,
	SIP_SUBSCRIBE,
	SIP_NOTIFY,
	SIP_PUBLISH,
	SIP_REFER,
	SIP_MESSAGE,
};

/* Headers we ask for by name; long and compact forms are the same id. */
enum sip_header_id {
	SIP_H_OTHER,
	SIP_H_ACCEPT,
	SIP_H_ALERT_INFO,
	SIP_H_ALLOW,
	SIP_H_ALLOW_EVENTS,
	SIP_H_AUTHORIZATION,
	SIP_H_CALL_ID,
	SIP_H_CALL_INFO,
	SIP_H_CONTACT,
	SIP_H_CONTENT_DISPOSITION,
	SIP_H_CONTENT_ENCODING,
	SIP_H_CONTENT_LENGTH,
	SIP_H_CONTENT_TYPE,
	SIP_H_CSEQ,
	SIP_H_DATE,
	SIP_H_EVENT,
	SIP_H_EXPIRES,
	SIP_H_FROM,
	SIP_H_HISTORY_INFO,
	SIP_H_IDENTITY,
	SIP_H_JOIN,
	SIP_H_MAX_FORWARDS,
	SIP_H_MIN_EXPIRES,
	SIP_H_MIN_SE,
	SIP_H_P_ASSERTED_IDENTITY,
	SIP_H_P_CHARGING_VECTOR,
	SIP_H_PROXY_AUTHENTICATE,
	SIP_H_PROXY_AUTHORIZATION,
	SIP_H_RACK,
	SIP_H_REASON,
	SIP_H_RECORD_ROUTE,
	SIP_H_REFER_SUB,
	SIP_H_REFER_TO,
	SIP_H_REFERRED_BY,
	SIP_H_REPLACES,
	SIP_H_REQUIRE,
	SIP_H_RETRY_AFTER,
	SIP_H_ROUTE,
	SIP_H_RSEQ,
	SIP_H_SERVER,
	SIP_H_SESSION_EXPIRES,
	SIP_H_SESSION_ID,
	SIP_H_SUBJECT,
	SIP_H_SUBSCRIPTION_STATE,
	SIP_H_SUPPORTED,
	SIP_H_TO,
	SIP_H_UNSUPPORTED,
	SIP_H_USER_AGENT,
	SIP_H_VIA,
	SIP_H_WARNING,
	SIP_H_WWW_AUTHENTICATE,
	SIP_H_COUNT
};

struct sip_header {
	enum sip_header_id id;
	struct slice name; /* as written */
	struct slice value; /* trimmed; folds (CRLF + LWS) still inside */
};

/* What is wrong with a message that is SIP all the same: bits of `defects`. RFC 4475 names the cases. */
enum sip_defect {
	SIP_DEFECT_START_LINE = 1 << 0, /* extra or trailing blanks, odd Request-URI */
	SIP_DEFECT_VERSION = 1 << 1, /* SIP/ but not 2.0 */
	SIP_DEFECT_STATUS = 1 << 2, /* status not 100..699 */
	SIP_DEFECT_MISSING = 1 << 3, /* Via, From, To, Call-ID or CSeq is not there */
	SIP_DEFECT_REPEATED = 1 << 4, /* a single-valued header is there twice; the first counts */
	SIP_DEFECT_CSEQ = 1 << 5, /* not a number up to 2^32 - 1 and a method */
	SIP_DEFECT_CSEQ_METHOD = 1 << 6, /* request method and CSeq method differ */
	SIP_DEFECT_CONTENT_LENGTH =
	        1 << 7, /* not a number, negative, or repeated with another value */
	SIP_DEFECT_BODY_SHORT = 1 << 8, /* fewer body octets than Content-Length */
	SIP_DEFECT_HEADER = 1 << 9, /* a line that is no header */
	SIP_DEFECT_TOO_MANY = 1 << 10, /* more than SIP_MAX_HEADERS: the rest was not indexed */
	SIP_DEFECT_UNENDED = 1 << 11, /* no empty line after the headers (cut, or junk) */
	/* Of From, To, Contact, and the last one of the top Via too: */
	SIP_DEFECT_QUOTE = 1 << 12, /* a display name's quotation mark that never closes */
	SIP_DEFECT_DISPLAY_NAME = 1 << 13, /* not quoted, and more than tokens */
	SIP_DEFECT_ADDRESS =
	        1 << 14, /* octets in a URI that it may not hold, or a < that never closes */
	SIP_DEFECT_BRACKETS = 1 << 15, /* a URI with ? that is not in <> (RFC 3261 20) */
	SIP_DEFECT_PARAMETER = 1 << 16, /* nothing between two ; or behind the last */
};

#define SIP_MAX_HEADERS 256

struct sip_msg {
	struct slice whole; /* from the start line to the end of the body */
	bool is_request;
	enum sip_method method; /* of a request; SIP_METHOD_OTHER for responses */
	struct slice method_name; /* of a request, as written */
	struct slice request_uri;
	int status; /* of a response; 0 for requests, and where it has not three digits (SIP_DEFECT_STATUS) */
	struct slice reason_phrase;
	struct slice first_line; /* as written, without its line end */

	struct slice call_id;
	struct slice from, to; /* whole values */
	struct slice from_tag, to_tag; /* absent if there is none */
	uint32_t cseq;
	struct slice cseq_name; /* the method in CSeq, as written */
	enum sip_method cseq_method;
	struct slice via; /* the first Via value (first of a comma list) */
	struct slice branch; /* of that Via; absent if none */
	struct slice sent_by; /* host[:port] of that Via */
	struct slice content_type;
	int64_t content_length; /* -1: not given or unusable */
	struct slice body; /* never more than Content-Length says, if it says */

	unsigned defects; /* enum sip_defect */
	unsigned header_count;
	struct sip_header headers[SIP_MAX_HEADERS];
};

/* Does this begin like a SIP message (after optional CRLFs)? A cheap test on the first line only, for any port:
 * `METHOD uri SIP/x.y` or `SIP/x.y nnn`, method a token (of at most SIP_MAX_METHOD octets, see sip_line.h), the version any
 * numbers. HTTP, RTSP and MGCP are not SIP. */
bool sip_looks_like(struct slice bytes);

/* `datagram` is one whole message (UDP), or the octets that sip_frame() cut off a stream. Leading CRLFs are skipped.
 * PARSE_OK: indexed, with `defects` saying what is wrong. A message without Call-ID, CSeq and
 * Via is one too (SIP_DEFECT_MISSING). PARSE_BAD: a SIP start line, and behind it neither a line, be it a
 * broken one, nor the end of the headers. PARSE_NOT_MINE: not SIP. */
enum parse_status sip_msg_parse(struct slice datagram, struct sip_msg *out);

/* The n-th (0 = first) header with this id, NULL if there is none. */
const struct sip_header *sip_msg_header(const struct sip_msg *msg, enum sip_header_id id,
                                        unsigned n);
/* Its value, absent if there is none. */
struct slice sip_msg_value(const struct sip_msg *msg, enum sip_header_id id);

enum sip_method sip_method_of(struct slice name); /* case-sensitive, RFC 3261 7.1 */
const char *sip_method_name(enum sip_method method); /* "OTHER" for SIP_METHOD_OTHER */
enum sip_header_id sip_header_id_of(
        struct slice name); /* of a token; case-insensitive, compact forms too */
/* Of the header line at `p`, where sixteen octets can be read: the id of a name we know that ends right at a colon among them,
 * and its length; SIP_H_OTHER for all else, which sip_line_split() and sip_header_id_of() then look at. */
enum sip_header_id sip_header_id_at(const uint8_t *p, size_t *length);
const char *sip_defect_name(
        enum sip_defect defect); /* of one bit: "start-line", "body-short", ... */

/* Stable text of the index, for `dump --stage sip` and golden files. */
struct text;
void sip_msg_print(const struct sip_msg *msg, struct text *out);

#endif
