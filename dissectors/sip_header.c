#include "dissectors/sip_header.h"

#include "dissectors/sip_msg.h"
#include "dissectors/sip_scan.h"

enum stop { STOP_SEMICOLON = 1, STOP_COMMA = 2, STOP_LESS = 4 };

static unsigned stop_of(uint8_t c)
{
	return c == ';' ? STOP_SEMICOLON : c == ',' ? STOP_COMMA : c == '<' ? STOP_LESS : 0;
}

/* Behind the quoted string that opens at `at`; where it never closes, its quote is an octet like any other. A backslash
 * hides the next octet here and outside of quotes alike: so a quote once found to be the last stays the last however the
 * value is cut into pieces, and no value is scanned again and again. */
static size_t skip_quoted(struct slice s, size_t at)
{
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return at + 1;
}

/* Index of the first octet from `from` on that is one of `stops` and outside of quoted strings; s.n if there is none. */
static size_t find_bare(struct slice s, size_t from, unsigned stops)
{
	size_t i = sip_find_mark(s, from);

	while (i < s.n && !(stop_of(s.p[i]) & stops)) {
		if (s.p[i] == '"')
			i = skip_quoted(s, i);
		else
			i += s.p[i] == '\\' ? 2 : 1;
		i = sip_find_mark(s, i);
	}
	return i;
}

/* `"inside"` without its quotes. */
static struct slice unquote(struct slice s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return slice_sub(s, 1, s.n - 2);
	return s;
}

/* Index of the `;` before the first parameter, or value.n. */
static size_t params_start(struct slice value)
{
	size_t i = find_bare(value, 0, STOP_LESS | STOP_SEMICOLON);

	if (i == value.n || value.p[i] == ';')
		return i;
	size_t close = slice_find(slice_from(value, i), '>');
	if (close == SLICE_NPOS)
		return value.n;
	return find_bare(value, i + close, STOP_SEMICOLON | STOP_COMMA);
}

/* `name` or `name = value`, LWS anywhere. */
static void split_param(struct slice param, struct slice *name, struct slice *value)
{
	size_t equals = slice_find(param, '=');

	*name = slice_trim(slice_sub(param, 0, equals));
	if (equals == SLICE_NPOS)
		*value = slice_sub(param, param.n, 0);
	else
		*value = unquote(slice_trim(slice_from(param, equals + 1)));
}

/* Does it begin with the same letter? Most parameters do not, and are passed over without being divided. */
static bool may_be_named(struct slice param, struct slice name)
{
	size_t i = 0;

	while (i < param.n && ascii_is_lws(param.p[i]))
		i++;
	return i < param.n && ascii_lower(param.p[i]) == ascii_lower(name.p[0]);
}

struct slice sip_param(struct slice value, const char *name)
{
	struct slice wanted = slice_str(name), key, found;
	size_t at = params_start(value);

	while (at < value.n && value.p[at] == ';') {
		size_t end = find_bare(value, at + 1, STOP_SEMICOLON | STOP_COMMA);
		if (may_be_named(slice_sub(value, at + 1, end - at - 1), wanted)) {
			split_param(slice_sub(value, at + 1, end - at - 1), &key, &found);
			if (slice_ieq(key, wanted))
				return found;
		}
		at = end;
	}
	return SLICE_NONE;
}

/* Nothing but LWS. */
static bool is_blank_param(struct slice param)
{
	return !param.n || (ascii_is_lws(param.p[0]) && !slice_trim(param).n);
}

/* All parameters from the `;` at `at` on; gives the value of the first one with this name. */
static struct slice look_through(struct slice value, size_t at, struct slice wanted,
                                 unsigned *defects)
{
	struct slice found = SLICE_NONE, key, content;

	while (at < value.n && value.p[at] == ';') {
		size_t end = find_bare(value, at + 1, STOP_SEMICOLON | STOP_COMMA);
		struct slice param = slice_sub(value, at + 1, end - at - 1);
		if (is_blank_param(param))
			*defects |= SIP_DEFECT_PARAMETER;
		if (!found.p && wanted.n && may_be_named(param, wanted)) {
			split_param(param, &key, &content);
			if (slice_ieq(key, wanted))
				found = content;
		}
		at = end;
	}
	return found;
}

struct slice sip_via_param(struct slice via, const char *name, unsigned *defects)
{
	return look_through(via, find_bare(via, 0, STOP_SEMICOLON), slice_str(name), defects);
}

/* Blanks, controls, quotes or angles, which a URI may not hold unescaped. */
static bool is_odd_uri(struct slice uri)
{
	size_t at = sip_find_uri_doubt(uri, 0);

	while (at < uri.n && uri.p[at] == '?')
		at = sip_find_uri_doubt(uri, at + 1);
	return at < uri.n;
}

/* display-name = *(token LWS) / quoted-string (RFC 3261 25.1). */
static unsigned display_defects(struct slice name)
{
	size_t i = 0;

	name = slice_trim(name);
	if (name.n && name.p[0] == '"') {
		size_t end = skip_quoted(name, 0);
		return end == 1 ? SIP_DEFECT_QUOTE : end < name.n ? SIP_DEFECT_DISPLAY_NAME : 0;
	}
	while (i < name.n && (sip_is_token_char(name.p[i]) || ascii_is_lws(name.p[i])))
		i++;
	return i < name.n ? SIP_DEFECT_DISPLAY_NAME : 0;
}

/* addr-spec, not in <>. Blanks in it may be what is left of a display name. */
static unsigned bare_defects(struct slice uri)
{
	uri = slice_trim(uri);
	if (uri.n && uri.p[0] == '"' && skip_quoted(uri, 0) == 1)
		return SIP_DEFECT_QUOTE;
	return (is_odd_uri(uri) ? SIP_DEFECT_ADDRESS : 0) |
	       (slice_find(uri, '?') != SLICE_NPOS ? SIP_DEFECT_BRACKETS : 0);
}

/* Behind the `>` of the URI that begins at `at`, value.n if there is none. One scan finds it and what may not be in front of it. */
static size_t skip_uri(struct slice value, size_t at, unsigned *defects)
{
	size_t i = sip_find_uri_doubt(value, at);

	while (i < value.n && value.p[i] == '?')
		i = sip_find_uri_doubt(value, i + 1);
	if (i < value.n && value.p[i] == '>')
		return i + 1;
	*defects |= SIP_DEFECT_ADDRESS;
	size_t close = slice_find(slice_from(value, at), '>');
	return close == SLICE_NPOS ? value.n : at + close + 1;
}

struct slice sip_address_param(struct slice value, const char *name, unsigned *defects)
{
	size_t at = 0;

	if (!value.n || value.p[0] != '<') {
		at = find_bare(value, 0, STOP_LESS | STOP_SEMICOLON);
		struct slice front = slice_sub(value, 0, at);
		*defects |= at < value.n && value.p[at] == '<' ? display_defects(front)
		                                               : bare_defects(front);
	}
	if (at < value.n && value.p[at] == '<') {
		at = skip_uri(value, at + 1, defects);
		if (at < value.n && value.p[at] != ';')
			at = find_bare(value, at, STOP_SEMICOLON | STOP_COMMA);
	}
	return at < value.n ? look_through(value, at, slice_str(name), defects) : SLICE_NONE;
}

struct slice sip_addr_uri(struct slice value)
{
	size_t i = find_bare(value, 0, STOP_LESS | STOP_SEMICOLON);

	if (i < value.n && value.p[i] == '<') {
		struct slice rest = slice_from(value, i + 1);
		return slice_trim(slice_sub(rest, 0, slice_find(rest, '>')));
	}
	struct slice uri = slice_trim(slice_sub(value, 0, i));
	return uri.n ? uri : SLICE_NONE;
}

struct slice sip_addr_display(struct slice value)
{
	size_t i = find_bare(value, 0, STOP_LESS | STOP_SEMICOLON);

	if (i == value.n || value.p[i] != '<')
		return SLICE_NONE;
	struct slice name = slice_trim(slice_sub(value, 0, i));
	if (!name.n)
		return SLICE_NONE;
	if (name.p[0] == '"' && skip_quoted(name, 0) == 1)
		return slice_from(name, 1);
	return unquote(name);
}

/* scheme:[user[:password]@]host[:port][;params][?headers], RFC 3261 19.1.1; tel:number[;params], RFC 3966. */
struct uri_parts {
	struct slice scheme, user, host, params;
	uint16_t port;
};

static bool is_scheme(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = ascii_lower(s.p[i]);
		bool letter = c >= 'a' && c <= 'z';
		if (!letter && (i == 0 || !(ascii_is_digit(c) || c == '+' || c == '-' || c == '.')))
			return false;
	}
	return s.n > 0;
}

static size_t host_length(struct slice rest)
{
	size_t i = 0;

	while (i < rest.n && rest.p[i] != ':' && rest.p[i] != ';' && rest.p[i] != '?' &&
	       rest.p[i] != '>' && !ascii_is_lws(rest.p[i]))
		i++;
	return i;
}

static uint16_t read_port(struct slice *rest)
{
	uint64_t port = 0;
	size_t n = 0;

	struct slice text = slice_trim(*rest);
	if (!text.n || text.p[0] != ':')
		return 0;
	text = slice_trim(slice_from(text, 1));
	while (n < text.n && ascii_is_digit(text.p[n]))
		n++;
	*rest = slice_from(text, n);
	return slice_u64(slice_sub(text, 0, n), UINT16_MAX, &port) ? (uint16_t)port : 0;
}

static void split_host(struct slice rest, struct uri_parts *out)
{
	size_t close = slice_find(rest, ']');

	if (rest.n && rest.p[0] == '[' && close != SLICE_NPOS) {
		out->host = slice_sub(rest, 1, close - 1);
		rest = slice_from(rest, close + 1);
	} else {
		size_t n = host_length(rest);
		out->host = n ? slice_sub(rest, 0, n) : SLICE_NONE;
		rest = slice_from(rest, n);
	}
	out->port = read_port(&rest);
	size_t params = slice_find(rest, ';'), headers = slice_find(rest, '?');
	if (params != SLICE_NPOS && params < headers)
		out->params = slice_sub(rest, params, headers - params);
}

/* Scheme and user; what stands behind them, with host and port, goes to *rest, absent where there is none of ours. Of tel: the number is
 * the user and only parameters are left. */
static struct uri_parts split_user(struct slice uri, struct slice *rest)
{
	struct uri_parts parts = { 0 };
	struct slice all = slice_trim(uri);
	size_t colon = slice_find(all, ':'), at;

	*rest = SLICE_NONE;
	if (colon != SLICE_NPOS && is_scheme(slice_sub(all, 0, colon))) {
		parts.scheme = slice_sub(all, 0, colon);
		all = slice_from(all, colon + 1);
	}
	if (slice_ieq_str(parts.scheme, "tel")) {
		size_t semicolon = slice_find(all, ';');
		parts.user = all.n ? slice_trim(slice_sub(all, 0, semicolon)) : SLICE_NONE;
		parts.params = slice_from(all, semicolon);
		return parts;
	}
	at = slice_find(all, '@');
	if (at != SLICE_NPOS) {
		struct slice userinfo = slice_sub(all, 0, at);
		parts.user = slice_sub(userinfo, 0, slice_find(userinfo, ':'));
		*rest = slice_from(all, at + 1);
	} else if (!parts.scheme.p || slice_ieq_str(parts.scheme, "sip") ||
	           slice_ieq_str(parts.scheme, "sips")) {
		*rest = all; /* urn:, http:, ...: not ours to divide */
	}
	return parts;
}

static struct uri_parts split_uri(struct slice uri)
{
	struct slice rest;
	struct uri_parts parts = split_user(uri, &rest);

	if (rest.p)
		split_host(rest, &parts);
	return parts;
}

struct slice sip_uri_scheme(struct slice uri)
{
	struct slice rest;

	return split_user(uri, &rest).scheme;
}

struct slice sip_uri_user(struct slice uri)
{
	struct slice rest;

	return split_user(uri, &rest).user;
}

struct slice sip_uri_host(struct slice uri)
{
	return split_uri(uri).host;
}

uint16_t sip_uri_port(struct slice uri)
{
	return split_uri(uri).port;
}

struct slice sip_uri_param(struct slice uri, const char *name)
{
	struct slice rest = split_uri(uri).params, param, key, value;

	while (slice_split(&rest, ';', &param)) {
		split_param(param, &key, &value);
		if (slice_ieq_str(key, name))
			return value;
	}
	return SLICE_NONE;
}

/* Index of the comma that ends the first element, or list.n. Commas inside <> are no separators; a < that never closes
 * takes all that follows. */
static size_t element_length(struct slice list)
{
	size_t i = 0;

	for (;;) {
		i = find_bare(list, i, STOP_COMMA | STOP_LESS);
		if (i == list.n || list.p[i] == ',')
			return i;
		size_t close = slice_find(slice_from(list, i), '>');
		if (close == SLICE_NPOS)
			return list.n;
		i += close;
	}
}

bool sip_list_next(struct slice *rest, struct slice *item)
{
	while (rest->n) {
		size_t n = element_length(*rest);
		*item = slice_trim(slice_sub(*rest, 0, n));
		*rest = slice_from(*rest, n + 1);
		if (item->n)
			return true;
	}
	*item = SLICE_NONE;
	return false;
}

bool sip_list_has(struct slice value, const char *token)
{
	struct slice item;

	while (sip_list_next(&value, &item))
		if (slice_ieq_str(item, token))
			return true;
	return false;
}

size_t sip_unfold(struct slice value, char *buf, size_t size)
{
	size_t n = 0;

	if (!size)
		return 0;
	value = slice_trim(value);
	for (size_t i = 0; i < value.n && n + 1 < size; i++) {
		if (!ascii_is_lws(value.p[i]))
			buf[n++] = (char)value.p[i];
		else if (n && buf[n - 1] != ' ')
			buf[n++] = ' ';
	}
	buf[n] = '\0';
	return n;
}

bool sip_reason(struct slice value, const char *protocol, unsigned *cause, struct slice *text)
{
	struct slice item;
	uint64_t number;

	while (sip_list_next(&value, &item)) {
		struct slice name = slice_trim(slice_sub(item, 0, slice_find(item, ';')));
		if (!slice_ieq_str(name, protocol) ||
		    !slice_u64(sip_param(item, "cause"), UINT32_MAX, &number))
			continue;
		*cause = (unsigned)number;
		*text = sip_param(item, "text");
		return true;
	}
	return false;
}
