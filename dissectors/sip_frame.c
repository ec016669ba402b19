#include "dissectors/sip_frame.h"

#include "dissectors/sip_chars.h"
#include "dissectors/sip_line.h"
#include "dissectors/sip_msg.h"

/* A first line that grows beyond this is no SIP's: the stream would be buffered for nothing. */
#define FIRST_LINE_MAX 4096

/* Could these octets, which hold no line end yet, become a start line? */
static bool may_begin(struct slice bytes)
{
	if (bytes.n > FIRST_LINE_MAX)
		return false;
	if (slice_istarts(bytes, "SIP/"))
		return true;
	size_t i = sip_token_length(bytes);
	return i == bytes.n || (i && sip_is_blank(bytes.p[i]));
}

/* How many octets before the next line that starts a message; all whole lines if there is none, all octets if there is no
 * line end at all. *found says which. */
static size_t junk_length(struct slice stream, size_t from, bool *found)
{
	struct sip_start_line start;
	size_t at = from;

	*found = false;
	for (;;) {
		size_t lf = slice_find(slice_from(stream, at), '\n');
		if (lf == SLICE_NPOS)
			return at ? at : stream.n;
		struct slice line = slice_sub(stream, at, lf + 1);
		if (sip_start_line_parse(line, &start)) {
			*found = true;
			return at;
		}
		at += lf + 1;
	}
}

/* Length of the start line and the headers with their empty line; 0 if the empty line is not there yet. */
static size_t head_length(struct slice message, size_t start_line)
{
	size_t at = start_line;

	for (;;) {
		size_t end = at;
		while (end < message.n && message.p[end] == '\r')
			end++;
		if (end < message.n && message.p[end] == '\n')
			return end + 1;
		size_t lf = slice_find(slice_from(message, end), '\n');
		if (lf == SLICE_NPOS)
			return 0;
		at = end + lf + 1;
	}
}

/* The first Content-Length, 0 if there is none or it is unreadable; more than SIP_FRAME_MAX is as good as infinite. */
static size_t body_length(struct slice headers, bool bare_cr)
{
	struct slice line, name, value;
	uint64_t length = 0;

	while (sip_line_next(&headers, bare_cr, &line) == SIP_LINE_HEADER) {
		if (!line.n || (ascii_lower(line.p[0]) != 'c' && ascii_lower(line.p[0]) != 'l'))
			continue;
		if (!sip_line_split(line, &name, &value) ||
		    sip_header_id_of(name) != SIP_H_CONTENT_LENGTH)
			continue;
		return slice_u64(value, INT64_MAX, &length) ? (size_t)length : 0;
	}
	return 0;
}

static enum parse_status refuse(struct slice stream, size_t front, size_t from, size_t *skip)
{
	bool found;

	*skip = front + junk_length(slice_from(stream, front), from, &found);
	return PARSE_BAD;
}

/* `stream` from `front` on begins with this start line. */
static enum parse_status frame_message(struct slice stream, size_t front,
                                       const struct sip_start_line *start, size_t *skip,
                                       size_t *length)
{
	struct slice message = slice_from(stream, front);
	size_t head = head_length(message, start->length);

	if (!head)
		return message.n > SIP_FRAME_MAX ? refuse(stream, front, start->length, skip)
		                                 : PARSE_MORE;
	size_t body = body_length(slice_sub(message, start->length, head - start->length),
	                          start->bare_cr);
	if (head > SIP_FRAME_MAX || body > SIP_FRAME_MAX - head)
		return refuse(stream, front, start->length, skip);
	if (body > message.n - head)
		return PARSE_MORE;
	*length = head + body;
	return PARSE_OK;
}

enum parse_status sip_frame(struct slice stream, size_t *skip, size_t *length)
{
	struct sip_start_line start;
	struct slice message = sip_skip_crlf(stream);
	size_t front = stream.n - message.n;
	bool found;

	*skip = front;
	*length = 0;
	if (!message.n)
		return PARSE_MORE;
	if (slice_find(message, '\n') == SLICE_NPOS && may_begin(message))
		return PARSE_MORE;
	if (slice_find(message, '\n') != SLICE_NPOS && sip_start_line_parse(message, &start))
		return frame_message(stream, front, &start, skip, length);
	*skip = front + junk_length(message, 0, &found);
	return found ? PARSE_BAD : PARSE_NOT_MINE;
}

size_t sip_frame_need(struct slice message)
{
	struct sip_start_line start;
	size_t head = 0;

	if (slice_find(message, '\n') != SLICE_NPOS && sip_start_line_parse(message, &start))
		head = head_length(message, start.length);
	if (!head)
		return 0;
	return head + body_length(slice_sub(message, start.length, head - start.length),
	                          start.bare_cr);
}
