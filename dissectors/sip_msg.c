#include "dissectors/sip_msg.h"

#include "dissectors/sip_chars.h"
#include "dissectors/sip_header.h"
#include "dissectors/sip_line.h"

#define BIT(id) ((uint64_t)1 << (id))
_Static_assert(SIP_H_COUNT <= 64, "one bit for each header id");

/* Headers that may stand only once in a message (RFC 3261 7.3.1 and each header's own section). */
static const uint64_t single_valued =
        BIT(SIP_H_CALL_ID) | BIT(SIP_H_CONTENT_DISPOSITION) | BIT(SIP_H_CONTENT_LENGTH) |
        BIT(SIP_H_CONTENT_TYPE) | BIT(SIP_H_CSEQ) | BIT(SIP_H_DATE) | BIT(SIP_H_EVENT) |
        BIT(SIP_H_EXPIRES) | BIT(SIP_H_FROM) | BIT(SIP_H_MAX_FORWARDS) | BIT(SIP_H_MIN_EXPIRES) |
        BIT(SIP_H_MIN_SE) | BIT(SIP_H_RACK) | BIT(SIP_H_REFER_SUB) | BIT(SIP_H_REFER_TO) |
        BIT(SIP_H_REFERRED_BY) | BIT(SIP_H_REPLACES) | BIT(SIP_H_RETRY_AFTER) | BIT(SIP_H_RSEQ) |
        BIT(SIP_H_SERVER) | BIT(SIP_H_SESSION_EXPIRES) | BIT(SIP_H_SESSION_ID) |
        BIT(SIP_H_SUBJECT) | BIT(SIP_H_SUBSCRIPTION_STATE) | BIT(SIP_H_TO) | BIT(SIP_H_USER_AGENT);

/* Headers that read_core() has something to do with. */
static const uint64_t core = BIT(SIP_H_CALL_ID) | BIT(SIP_H_CSEQ) | BIT(SIP_H_FROM) |
                             BIT(SIP_H_TO) | BIT(SIP_H_VIA) | BIT(SIP_H_CONTACT) |
                             BIT(SIP_H_CONTENT_TYPE) | BIT(SIP_H_CONTENT_LENGTH);

bool sip_looks_like(struct slice bytes)
{
	struct sip_start_line start;
	return sip_start_line_parse(sip_skip_crlf(bytes), &start);
}

/* Length of the LWS at the front. */
static size_t lws_length(struct slice s)
{
	size_t i = 0;
	while (i < s.n && ascii_is_lws(s.p[i]))
		i++;
	return i;
}

/* CSeq = 1*DIGIT LWS Method. The method is taken even where the number is beyond reading. */
static void read_cseq(struct sip_msg *msg, struct slice value)
{
	uint64_t number = 0;
	size_t word = sip_token_length(value);

	if (!slice_u64(slice_sub(value, 0, word), UINT32_MAX, &number))
		msg->defects |= SIP_DEFECT_CSEQ;
	msg->cseq = (uint32_t)number;
	struct slice rest = slice_from(value, word);
	size_t blanks = lws_length(rest);
	rest = slice_from(rest, blanks);
	msg->cseq_name = slice_sub(rest, 0, sip_token_length(rest));
	if (!word || !blanks || !msg->cseq_name.n || msg->cseq_name.n != rest.n)
		msg->defects |= SIP_DEFECT_CSEQ;
	msg->cseq_method = slice_eq(msg->cseq_name, msg->method_name)
	                           ? msg->method
	                           : sip_method_of(msg->cseq_name);
}

/* The sent-by behind `SIP / 2.0 / UDP`, where LWS may stand around each slash (RFC 3261 20.42). */
static struct slice via_sent_by(struct slice via)
{
	struct slice rest = via;
	int part = 0;

	if (via.n > 8 && memcmp(via.p, "SIP/2.0/", 8) == 0) {
		rest = slice_from(via, 8);
		rest = slice_from(rest, lws_length(rest));
		part = 2;
	}
	for (bool slash = false; part < 3; part++, slash = true) {
		if (slash) {
			if (!rest.n || rest.p[0] != '/')
				return SLICE_NONE;
			rest = slice_from(rest, 1);
			rest = slice_from(rest, lws_length(rest));
		}
		size_t word = sip_token_length(rest);
		if (!word)
			return SLICE_NONE;
		rest = slice_from(rest, word);
		size_t blanks = lws_length(rest);
		if (part == 2 && !blanks)
			return SLICE_NONE;
		rest = slice_from(rest, blanks);
	}
	struct slice host = slice_trim(slice_sub(rest, 0, slice_find(rest, ';')));
	return host.n ? host : SLICE_NONE;
}

static void read_via(struct sip_msg *msg, struct slice value)
{
	if (msg->via.p || !sip_list_next(&value, &msg->via))
		return;
	msg->branch = sip_via_param(msg->via, "branch", &msg->defects);
	msg->sent_by = via_sent_by(msg->via);
}

static void read_contact(struct sip_msg *msg, struct slice value)
{
	struct slice item;

	if (slice_find(value, ',') == SLICE_NPOS) {
		sip_address_param(value, NULL, &msg->defects);
		return;
	}
	while (sip_list_next(&value, &item))
		sip_address_param(item, NULL, &msg->defects);
}

static void read_content_length(struct sip_msg *msg, struct slice value)
{
	uint64_t length;

	if (slice_u64(value, INT64_MAX, &length))
		msg->content_length = (int64_t)length;
	else
		msg->defects |= SIP_DEFECT_CONTENT_LENGTH;
}

/* What every message needs of its headers. */
static void read_core(struct sip_msg *msg, const struct sip_header *h)
{
	switch (h->id) {
	case SIP_H_CALL_ID: msg->call_id = h->value; break;
	case SIP_H_CSEQ: read_cseq(msg, h->value); break;
	case SIP_H_FROM:
		msg->from = h->value;
		msg->from_tag = sip_address_param(h->value, "tag", &msg->defects);
		break;
	case SIP_H_TO:
		msg->to = h->value;
		msg->to_tag = sip_address_param(h->value, "tag", &msg->defects);
		break;
	case SIP_H_VIA: read_via(msg, h->value); break;
	case SIP_H_CONTACT: read_contact(msg, h->value); break;
	case SIP_H_CONTENT_TYPE: msg->content_type = h->value; break;
	case SIP_H_CONTENT_LENGTH: read_content_length(msg, h->value); break;
	default: break;
	}
}

/* The first of a repeated single-valued header counts. Two Content-Lengths that differ leave the body's end unknown to any
 * other reader of this message (RFC 4475 3.3.9), which is worse than a mere repeat. */
static void note_repeat(struct sip_msg *msg, const struct sip_header *h)
{
	msg->defects |= SIP_DEFECT_REPEATED;
	uint64_t length;
	if (h->id == SIP_H_CONTENT_LENGTH &&
	    (!slice_u64(h->value, INT64_MAX, &length) || (int64_t)length != msg->content_length))
		msg->defects |= SIP_DEFECT_CONTENT_LENGTH;
}

static inline void take_header(struct sip_msg *msg, const struct sip_header *h, uint64_t *seen)
{
	uint64_t bit = BIT(h->id), again = *seen & bit;

	msg->header_count++;
	*seen |= bit;
	if (again & single_valued)
		note_repeat(msg, h);
	else if (bit & core)
		read_core(msg, h);
}

/* Any line. */
static void index_header(struct sip_msg *msg, struct slice line, uint64_t *seen)
{
	if (msg->header_count == SIP_MAX_HEADERS) {
		msg->defects |= SIP_DEFECT_TOO_MANY;
		return;
	}
	struct sip_header *h = &msg->headers[msg->header_count];
	if (!sip_line_split(line, &h->name, &h->value)) {
		msg->defects |= SIP_DEFECT_HEADER;
		return;
	}
	h->id = sip_header_id_of(h->name);
	take_header(msg, h, seen);
}

/* Lines as nearly all are, for as long as they are: a name that we know, the colon right behind it, no fold. What ends them
 * goes the long way. */
static struct slice index_plain(struct sip_msg *msg, struct slice rest, uint64_t *seen)
{
	if (rest.n < 16)
		return rest;
	const uint8_t *p = rest.p, *end = p + rest.n;
	size_t n = 0;

	while (end - p >= 16 && msg->header_count < SIP_MAX_HEADERS) {
		struct sip_header *h = &msg->headers[msg->header_count];
		h->id = sip_header_id_at(p, &n);
		if (h->id == SIP_H_OTHER)
			break;
		const uint8_t *colon = p + n;
		const uint8_t *lf = memchr(colon, '\n', (size_t)(end - colon));
		if (!lf || lf + 1 == end || sip_is_blank(lf[1]))
			break;
		h->name = slice_of(p, n);
		h->value = slice_trim(slice_of(colon + 1, (size_t)(lf - colon) - 1));
		take_header(msg, h, seen);
		p = lf + 1;
	}
	return slice_of(p, (size_t)(end - p));
}

/* Returns what is behind the headers; *kind says how they ended. */
static struct slice index_headers(struct sip_msg *msg, struct slice rest, bool bare_cr,
                                  enum sip_line_kind *kind)
{
	struct slice line;
	uint64_t seen = 0;

	for (;;) {
		if (!bare_cr)
			rest = index_plain(msg, rest, &seen);
		*kind = sip_line_next(&rest, bare_cr, &line);
		if (*kind != SIP_LINE_HEADER)
			return rest;
		index_header(msg, line, &seen);
	}
}

/* RFC 3261 18.3: over UDP the body ends with Content-Length or, without one, with the datagram. */
static void cut_body(struct sip_msg *msg, struct slice rest)
{
	if (msg->content_length > (int64_t)rest.n)
		msg->defects |= SIP_DEFECT_BODY_SHORT;
	else if (msg->content_length >= 0)
		rest.n = (size_t)msg->content_length;
	msg->body = rest;
	msg->whole.n = (size_t)(rest.p - msg->whole.p) + rest.n;
}

static void take_start_line(struct sip_msg *msg, const struct sip_start_line *start)
{
	msg->first_line = start->line;
	msg->is_request = start->is_request;
	msg->method_name = start->method;
	msg->method = start->is_request ? sip_method_of(start->method) : SIP_METHOD_OTHER;
	msg->request_uri = start->uri;
	msg->status = start->status;
	msg->reason_phrase = start->reason;
	msg->defects = start->defects;
}

static enum parse_status judge(struct sip_msg *msg)
{
	if (!msg->header_count && (msg->defects & SIP_DEFECT_UNENDED) &&
	    !(msg->defects & SIP_DEFECT_HEADER))
		return PARSE_BAD;
	if (!msg->via.n || !msg->from.n || !msg->to.n || !msg->call_id.n || !msg->cseq_name.p)
		msg->defects |= SIP_DEFECT_MISSING;
	if (msg->is_request && msg->cseq_name.n && !slice_eq(msg->cseq_name, msg->method_name))
		msg->defects |= SIP_DEFECT_CSEQ_METHOD;
	return PARSE_OK;
}

enum parse_status sip_msg_parse(struct slice datagram, struct sip_msg *out)
{
	struct sip_start_line start;
	struct slice rest = sip_skip_crlf(datagram);

	/* All but the header array, which is filled as far as header_count says. */
	memset(out, 0, offsetof(struct sip_msg, headers));
	out->content_length = -1;
	if (!sip_start_line_parse(rest, &start))
		return PARSE_NOT_MINE;
	out->whole = rest;
	take_start_line(out, &start);

	enum sip_line_kind kind;
	rest = index_headers(out, slice_from(rest, start.length), start.bare_cr, &kind);
	if (kind == SIP_LINE_EMPTY)
		cut_body(out, rest);
	else
		out->defects |= SIP_DEFECT_UNENDED;
	return judge(out);
}

const struct sip_header *sip_msg_header(const struct sip_msg *msg, enum sip_header_id id,
                                        unsigned n)
{
	for (unsigned i = 0; i < msg->header_count; i++)
		if (msg->headers[i].id == id && n-- == 0)
			return &msg->headers[i];
	return NULL;
}

struct slice sip_msg_value(const struct sip_msg *msg, enum sip_header_id id)
{
	const struct sip_header *h = sip_msg_header(msg, id, 0);
	return h ? h->value : SLICE_NONE;
}
