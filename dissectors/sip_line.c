#include "dissectors/sip_line.h"

#include "dissectors/sip_chars.h"
#include "dissectors/sip_msg.h"
#include "dissectors/sip_scan.h"

static size_t digits_length(struct slice s)
{
	size_t i = 0;
	while (i < s.n && ascii_is_digit(s.p[i]))
		i++;
	return i;
}

static struct slice trim_blanks(struct slice s)
{
	while (s.n && sip_is_blank(s.p[0]))
		s = slice_from(s, 1);
	while (s.n && sip_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct slice sip_skip_crlf(struct slice bytes)
{
	size_t i = 0;
	while (i < bytes.n && (bytes.p[i] == '\r' || bytes.p[i] == '\n'))
		i++;
	return slice_from(bytes, i);
}

/* SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT, its letters in any case (RFC 3261 7.1). */
static bool read_version(struct slice word, unsigned *defects)
{
	if (word.n == 7 && memcmp(word.p, "SIP/2.0", 7) == 0)
		return true;
	if (word.n < 7 || !slice_istarts(word, "SIP/"))
		return false;
	struct slice rest = slice_from(word, 4);
	size_t major = digits_length(rest);
	if (!major || major >= rest.n || rest.p[major] != '.')
		return false;
	rest = slice_from(rest, major + 1);
	if (!rest.n || digits_length(rest) != rest.n)
		return false;
	if (memcmp(word.p + 4, "2.0", 3) != 0 || word.n != 7)
		*defects |= SIP_DEFECT_VERSION;
	return true;
}

/* Octets that no URI may carry unescaped (RFC 3261 25.1), no scheme, or header fields, which a Request-URI may not have
 * (19.1.1): a `?` behind the `@`; in front of it, it is part of the user. */
static bool is_odd_request_uri(struct slice uri)
{
	size_t colon = sip_token_length(uri), at = sip_find_uri_doubt(uri, colon), question = uri.n;

	while (at < uri.n && uri.p[at] == '?') {
		question = at;
		at = sip_find_uri_doubt(uri, at + 1);
	}
	if (at < uri.n || colon == 0 || colon == uri.n || uri.p[colon] != ':')
		return true;
	return question < uri.n && slice_find(slice_from(uri, question), '@') == SLICE_NPOS;
}

/* Where the last word of the line begins, behind `from`; *end is cut to where it ends. */
static size_t last_word(struct slice line, size_t from, size_t *end)
{
	while (sip_is_blank(line.p[*end - 1]))
		--*end;
	size_t at = *end;
	if (at - from > 8 && memcmp(line.p + at - 8, " SIP/2.0", 8) == 0)
		return at - 7;
	while (at > from && !sip_is_blank(line.p[at - 1]))
		at--;
	return at;
}

/* Method SP Request-URI SP SIP-Version; more blanks, and blanks inside the URI, are a defect and no more. */
static bool request_line(struct slice line, struct sip_start_line *out)
{
	size_t method = sip_token_length(slice_sub(line, 0, SIP_MAX_METHOD + 1));
	if (!method || method > SIP_MAX_METHOD || method >= line.n || !sip_is_blank(line.p[method]))
		return false;

	size_t end = line.n, version = last_word(line, method, &end);
	unsigned defects = end == line.n ? 0 : SIP_DEFECT_START_LINE;
	if (version <= method || !read_version(slice_sub(line, version, end - version), &defects))
		return false;
	struct slice uri = trim_blanks(slice_sub(line, method, version - method));
	if (!uri.n)
		return false;
	if (uri.n != version - method - 2 || is_odd_request_uri(uri))
		defects |= SIP_DEFECT_START_LINE;
	out->is_request = true;
	out->method = slice_sub(line, 0, method);
	out->uri = uri;
	out->defects = defects;
	return true;
}

/* SIP-Version SP 3DIGIT SP Reason-Phrase. The phrase may be empty, and some leave out the blank before it. */
static bool status_line(struct slice line, struct sip_start_line *out)
{
	size_t word = 0;
	while (word < line.n && !sip_is_blank(line.p[word]))
		word++;
	out->defects = 0;
	if (!read_version(slice_sub(line, 0, word), &out->defects))
		return false;

	struct slice rest = slice_from(line, word);
	struct slice code = trim_blanks(rest);
	size_t digits = digits_length(code);
	if (digits < 3 || code.p != rest.p + 1)
		out->defects |= SIP_DEFECT_START_LINE;
	if (digits < 3)
		return false;
	uint64_t status = 0;
	if (!slice_u64(slice_sub(code, 0, digits), 999, &status) || digits > 3 || status < 100 ||
	    status > 699)
		out->defects |= SIP_DEFECT_STATUS;
	out->status = (int)status;
	out->reason = slice_from(code, digits);
	rest = slice_from(line, (size_t)(out->reason.p - line.p));
	if (!rest.n || !sip_is_blank(rest.p[0]))
		out->defects |= SIP_DEFECT_START_LINE;
	out->reason = trim_blanks(rest);
	return true;
}

/* Finds the end of the line at the front: at its LF, or at a CR that stands alone. CRs right before the LF belong to it. */
static void cut_start_line(struct slice bytes, struct sip_start_line *out)
{
	size_t lf = slice_find(bytes, '\n');
	out->line = slice_sub(bytes, 0, lf);
	out->length = lf == SLICE_NPOS ? bytes.n : lf + 1;
	size_t cr = slice_find(out->line, '\r');
	if (cr == SLICE_NPOS)
		return;
	struct slice behind = slice_from(out->line, cr);
	if (sip_skip_crlf(behind).n) {
		out->bare_cr = true;
		out->length = cr + 1;
	}
	out->line.n = cr;
}

bool sip_start_line_parse(struct slice bytes, struct sip_start_line *out)
{
	if (!bytes.n || !sip_is_token_char(bytes.p[0]))
		return false;
	memset(out, 0, sizeof *out);
	cut_start_line(bytes, out);
	/* No token holds a slash, so no method begins like this. */
	if (out->line.n > 4 && out->line.p[3] == '/')
		return status_line(out->line, out);
	return request_line(out->line, out);
}

/* Index of the octet behind the line end at or after `from`, and the line's own length in *end. */
static size_t next_line(struct slice s, size_t from, bool bare_cr, size_t *end)
{
	struct slice rest = slice_from(s, from);
	size_t at = slice_find(rest, '\n');
	struct slice line = slice_sub(rest, 0, at);
	if (bare_cr) {
		size_t cr = slice_find(line, '\r');
		if (cr != SLICE_NPOS && (at == SLICE_NPOS || cr + 1 != at)) {
			*end = from + cr;
			return from + cr + 1;
		}
	}
	size_t next = from + (at == SLICE_NPOS ? rest.n : at + 1);
	*end = from + line.n;
	while (*end > from && s.p[*end - 1] == '\r')
		--*end;
	return next;
}

/* The line as nearly all lines are: not empty, not folded, ended by CRLF or LF. False for any other. */
static bool plain_line(struct slice *rest, struct slice *line)
{
	const uint8_t *p = rest->p, *lf = memchr(p, '\n', rest->n);
	size_t next = lf ? (size_t)(lf - p) + 1 : rest->n;

	if (next == rest->n || sip_is_blank(p[next]))
		return false;
	size_t end = next - 1;
	if (end && p[end - 1] == '\r')
		end--;
	if (!end || p[end - 1] == '\r')
		return false;
	*line = slice_of(p, end);
	*rest = slice_of(p + next, rest->n - next);
	return true;
}

enum sip_line_kind sip_line_next(struct slice *rest, bool bare_cr, struct slice *line)
{
	size_t end;

	if (!rest->n)
		return SIP_LINE_NONE;
	if (!bare_cr && plain_line(rest, line))
		return SIP_LINE_HEADER;
	size_t next = next_line(*rest, 0, bare_cr, &end);
	bool ended = next > end;
	if (end == 0 && ended) {
		*rest = slice_from(*rest, next);
		return SIP_LINE_EMPTY;
	}
	while (next < rest->n && sip_is_blank(rest->p[next]))
		next = next_line(*rest, next, bare_cr, &end);
	*line = slice_sub(*rest, 0, end);
	*rest = slice_from(*rest, next);
	return SIP_LINE_HEADER;
}

bool sip_line_split(struct slice line, struct slice *name, struct slice *value)
{
	size_t n = sip_token_length(line), colon = n;

	while (colon < line.n && sip_is_blank(line.p[colon]))
		colon++;
	if (!n || colon == line.n || line.p[colon] != ':')
		return false;
	size_t from = colon + 1, to = line.n;
	while (from < to && ascii_is_lws(line.p[from]))
		from++;
	while (to > from && ascii_is_lws(line.p[to - 1]))
		to--;
	*name = slice_of(line.p, n);
	*value = slice_of(line.p + from, to - from);
	return true;
}
