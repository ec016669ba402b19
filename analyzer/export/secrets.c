#include "analyzer/export/secrets.h"

/* Up to the end of the header with its folded lines (RFC 3261 7.3.1). */
static size_t header_end(struct slice s)
{
	size_t n = 0;

	while (n < s.n) {
		if (s.p[n] == '\n' && (n + 1 == s.n || (s.p[n + 1] != ' ' && s.p[n + 1] != '\t')))
			return n;
		n++;
	}
	return n;
}

static bool is_end(uint8_t c)
{
	return c == '"' || c == ',' || ascii_is_lws(c);
}

static size_t value_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && !is_end(s.p[n]))
		n++;
	return n;
}

/* The value of a parameter in a header; behind a letter it is the end of another name. */
static bool find_parameter(struct slice header, const char *name, struct slice *value)
{
	struct slice s = header;
	size_t at;

	while ((at = slice_ifind_str(s, name)) != SLICE_NPOS) {
		bool whole = at == 0 || is_end(s.p[at - 1]);
		s = slice_from(s, at + strlen(name));
		if (!whole)
			continue;
		while (s.n && ascii_is_lws(s.p[0]))
			s = slice_from(s, 1);
		if (!s.n || s.p[0] != '=')
			continue;
		s = slice_from(s, 1);
		while (s.n && (ascii_is_lws(s.p[0]) || s.p[0] == '"'))
			s = slice_from(s, 1);
		*value = slice_sub(s, 0, value_length(s));
		return true;
	}
	return false;
}

static bool is_hex(uint8_t c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

#define TORN_LEAST                                                                                 \
	4 /* shorter rests of a response are worth nothing to anybody, and "a=" begins many a line */

/* A value whose name was in the piece before. */
static bool find_torn_value(struct slice line, struct slice *value)
{
	size_t n = 0;

	while (n < line.n && is_hex(line.p[n]))
		n++;
	*value = slice_sub(line, 0, n);
	return n >= TORN_LEAST && n < line.n && line.p[n] == '"';
}

/* Digest and AKA name what they send; of any other scheme all is secret. */
static bool find_in_header(struct slice value, struct slice *secret)
{
	value = slice_trim(value);
	if (slice_istarts(value, "Digest"))
		return find_parameter(value, "response", secret) ||
		       find_parameter(value, "auts", secret);
	size_t blank = 0;
	while (blank < value.n && !ascii_is_lws(value.p[blank]))
		blank++;
	*secret = slice_trim(slice_from(value, blank));
	return secret->n > 0;
}

static struct slice behind(struct slice rest, struct slice secret)
{
	return slice_from(rest, (size_t)(secret.p - rest.p) + secret.n);
}

static bool next_torn(struct slice *rest, struct slice *secret)
{
	struct slice line = slice_sub(*rest, 0, header_end(*rest));

	if (slice_istarts(line, "SIP/2.0 ") || slice_ifind_str(line, " SIP/2.0") != SLICE_NPOS)
		return false;
	if (!find_torn_value(line, secret) && !find_parameter(line, "response", secret) &&
	    !find_parameter(line, "auts", secret))
		return false;
	*rest = behind(*rest, *secret);
	return true;
}

bool secret_next(struct slice *rest, bool *torn, struct slice *secret)
{
	size_t at;

	if (*torn) {
		*torn = false;
		if (next_torn(rest, secret))
			return true;
	}
	while ((at = slice_ifind_str(*rest, "authorization")) != SLICE_NPOS) {
		*rest = slice_from(*rest, at + sizeof "authorization" - 1);
		struct slice header = slice_sub(*rest, 0, header_end(*rest));
		struct slice name = slice_sub(header, 0, slice_find(header, ':'));
		if (name.n == header.n || slice_trim(name).n)
			continue;
		bool found = find_in_header(slice_from(header, name.n + 1), secret);
		*rest = slice_from(*rest, found ? 0 : header.n);
		if (found) {
			*rest = behind(*rest, *secret);
			return true;
		}
	}
	return false;
}
