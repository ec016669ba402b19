#include "dissectors/mime.h"

#include "dissectors/sip_header.h"
#include "dissectors/sip_line.h"
#include "dissectors/sip_msg.h"

#define MAX_DEPTH 4

static struct slice find_part(struct slice content_type, struct slice body, const char *wanted,
                              int depth);

static struct slice media_type(struct slice content_type)
{
	return slice_trim(slice_sub(content_type, 0, slice_find(content_type, ';')));
}

/* Is this line `--boundary` or `--boundary--`, with blanks behind it at most? */
static bool is_delimiter(struct slice line, struct slice boundary, bool *last)
{
	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    !slice_eq(slice_sub(line, 2, boundary.n), boundary))
		return false;
	struct slice rest = slice_trim(slice_from(line, 2 + boundary.n));
	*last = slice_eq_str(rest, "--");
	return *last || !rest.n;
}

/* What lies before the next delimiter line goes to *part, without the line end that belongs to the delimiter (RFC 2046
 * 5.1.1); false if there is no delimiter any more. */
static bool up_to_delimiter(struct slice *rest, struct slice boundary, struct slice *part,
                            bool *last)
{
	struct slice whole = *rest, line;

	while (slice_line(rest, &line)) {
		if (!is_delimiter(line, boundary, last))
			continue;
		size_t n = (size_t)(line.p - whole.p);
		if (n && whole.p[n - 1] == '\n')
			n--;
		if (n && whole.p[n - 1] == '\r')
			n--;
		*part = slice_sub(whole, 0, n);
		return true;
	}
	*part = whole;
	return false;
}

/* A body part: headers, empty line, octets. The empty line of a part without octets belongs to the delimiter. */
static struct slice look_into(struct slice part, const char *wanted, int depth)
{
	struct slice type = SLICE_NONE, line, name, value;

	while (sip_line_next(&part, false, &line) == SIP_LINE_HEADER)
		if (sip_line_split(line, &name, &value) &&
		    sip_header_id_of(name) == SIP_H_CONTENT_TYPE)
			type = value;
	return find_part(type, part, wanted, depth);
}

static struct slice look_into_parts(struct slice boundary, struct slice body, const char *wanted,
                                    int depth)
{
	struct slice part, found;
	bool last = false;

	if (!boundary.n || !up_to_delimiter(&body, boundary, &part, &last))
		return SLICE_NONE;
	while (!last && body.n) {
		/* A last part without its closing delimiter goes to the end: a cut capture, or a careless sender. */
		bool ended = up_to_delimiter(&body, boundary, &part, &last);
		found = look_into(part, wanted, depth);
		if (found.p || !ended)
			return found;
	}
	return SLICE_NONE;
}

static struct slice find_part(struct slice content_type, struct slice body, const char *wanted,
                              int depth)
{
	struct slice type = media_type(content_type);

	if (!type.n)
		return slice_ieq_str(slice_str(wanted), "application/sdp") &&
		                       slice_starts(body, "v=")
		               ? body
		               : SLICE_NONE;
	if (slice_ieq_str(type, wanted))
		return body;
	if (depth < MAX_DEPTH && slice_istarts(type, "multipart/"))
		return look_into_parts(sip_param(content_type, "boundary"), body, wanted,
		                       depth + 1);
	return SLICE_NONE;
}

struct slice mime_part(struct slice content_type, struct slice body, const char *wanted)
{
	return find_part(content_type, body, wanted, 0);
}
