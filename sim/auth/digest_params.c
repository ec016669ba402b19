#include "sim/auth/digest_params.h"

static const char *const names[PARAM_COUNT] = {
	[PARAM_REALM] = "realm",         [PARAM_NONCE] = "nonce", [PARAM_OPAQUE] = "opaque",
	[PARAM_ALGORITHM] = "algorithm", [PARAM_QOP] = "qop",     [PARAM_STALE] = "stale",
	[PARAM_USERNAME] = "username",   [PARAM_URI] = "uri",     [PARAM_RESPONSE] = "response",
	[PARAM_CNONCE] = "cnonce",       [PARAM_NC] = "nc",       [PARAM_AUTS] = "auts",
};

static void skip_spaces(struct slice *s)
{
	while (s->n && (ascii_is_lws(s->p[0]) || s->p[0] == ','))
		*s = slice_from(*s, 1);
}

/* Behind the opening quote: up to the closing one, or, where nobody closed it, up to the end. */
static struct slice take_quoted(struct slice *rest)
{
	struct slice s = slice_from(*rest, 1);
	size_t n = 0;

	while (n < s.n && s.p[n] != '"')
		n += s.p[n] == '\\' && n + 1 < s.n ? 2 : 1;
	*rest = slice_from(s, n + 1);
	return slice_sub(s, 0, n);
}

/* Up to the comma; a quote that only closes is no part of it, nor is what follows it. */
static struct slice take_plain(struct slice *rest)
{
	size_t comma = slice_find(*rest, ',');
	struct slice value = slice_sub(*rest, 0, comma);

	*rest = comma == SLICE_NPOS ? SLICE_NONE : slice_from(*rest, comma + 1);
	return slice_trim(slice_sub(value, 0, slice_find(value, '"')));
}

/* A backslash that escapes nothing would escape the quote when the value is said again. */
static struct slice without_open_escape(struct slice value)
{
	size_t n = 0;

	while (n < value.n && value.p[value.n - 1 - n] == '\\')
		n++;
	value.n -= n & 1;
	return value;
}

/* The word at the front: up to a space, '=' or comma. */
static struct slice take_word(struct slice *rest)
{
	size_t n = 0;

	while (n < rest->n && !ascii_is_lws(rest->p[n]) && rest->p[n] != '=' && rest->p[n] != ',')
		n++;
	struct slice word = slice_sub(*rest, 0, n);
	*rest = slice_from(*rest, n);
	return word;
}

static bool skip_equals(struct slice *rest)
{
	struct slice s = *rest;

	while (s.n && ascii_is_lws(s.p[0]))
		s = slice_from(s, 1);
	if (!s.n || s.p[0] != '=')
		return false;
	s = slice_from(s, 1);
	while (s.n && ascii_is_lws(s.p[0]))
		s = slice_from(s, 1);
	*rest = s;
	return true;
}

/* The first one said counts. */
static struct slice *keep(struct digest_params *p, struct slice name, struct slice value)
{
	for (int i = 0; i < PARAM_COUNT; i++) {
		if (!slice_ieq_str(name, names[i]))
			continue;
		if (!p->value[i].p)
			p->value[i] = value.p ? value : SLICE_LIT("");
		return &p->value[i];
	}
	return NULL;
}

static bool is_qop(const struct digest_params *p, const struct slice *value)
{
	return value == &p->value[PARAM_QOP];
}

/* qop=auth,auth-int: what follows the comma has no '=', and belongs to what stands before. */
static void read_list(struct digest_params *p, struct slice rest)
{
	struct slice *last = NULL;

	for (skip_spaces(&rest); rest.n; skip_spaces(&rest)) {
		struct slice name = take_word(&rest);
		if (!skip_equals(&rest)) {
			if (last && is_qop(p, last) && name.n)
				last->n = (size_t)(name.p + name.n - last->p);
			else if (!name.n || (rest.n && ascii_is_lws(rest.p[0])))
				return; /* "Digest" of another challenge */
			continue;
		}
		bool quoted = rest.n && rest.p[0] == '"';
		struct slice value = quoted ? take_quoted(&rest) : take_plain(&rest);
		last = keep(p, name, without_open_escape(value));
		if (quoted)
			last = NULL;
	}
}

bool digest_params_read(struct slice header, struct digest_params *p)
{
	struct slice rest = slice_trim(header), behind;

	*p = (struct digest_params){ 0 };
	behind = rest;
	struct slice word = take_word(&behind);
	struct slice probe = behind;
	if (!skip_equals(&probe)) {
		p->scheme = word;
		rest = behind;
		if (!slice_ieq_str(word, "Digest"))
			return false;
	}
	read_list(p, rest);
	return p->value[PARAM_NONCE].p != NULL;
}

bool digest_list_has(struct slice list, const char *word)
{
	struct slice item;

	while (slice_split(&list, ',', &item))
		if (slice_ieq_str(slice_trim(item), word))
			return true;
	return false;
}

bool digest_method_of(struct slice algorithm, struct digest_method *m)
{
	static const struct {
		const char *name;
		struct digest_method method;
	} methods[] = {
		{ "MD5", { HASH_MD5, false, false } },
		{ "MD5-sess", { HASH_MD5, true, false } },
		{ "SHA-256", { HASH_SHA256, false, false } },
		{ "SHA-256-sess", { HASH_SHA256, true, false } },
		{ "SHA-512-256", { HASH_SHA512_256, false, false } },
		{ "SHA-512-256-sess", { HASH_SHA512_256, true, false } },
		{ "AKAv1-MD5", { HASH_MD5, false, true } },
	};

	*m = methods[0].method;
	if (!algorithm.n)
		return true;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (!slice_ieq_str(algorithm, methods[i].name))
			continue;
		*m = methods[i].method;
		return true;
	}
	return false;
}

void digest_add_quoted(struct text *out, struct slice plain)
{
	text_add(out, SLICE_LIT("\""));
	for (size_t i = 0, from = 0; i <= plain.n; i++) {
		if (i < plain.n && plain.p[i] != '"' && plain.p[i] != '\\')
			continue;
		text_add(out, slice_sub(plain, from, i - from));
		if (i < plain.n)
			text_add(out, SLICE_LIT("\\"));
		from = i;
	}
	text_add(out, SLICE_LIT("\""));
}

unsigned digest_unescaped(struct slice raw, struct slice *parts, unsigned most)
{
	unsigned count = 0;
	size_t literal = 0, at; /* what stands behind a backslash is no backslash */

	while (count + 1 < most &&
	       (at = slice_find(slice_from(raw, literal), '\\')) != SLICE_NPOS) {
		parts[count++] = slice_sub(raw, 0, at + literal);
		raw = slice_from(raw, at + literal + 1);
		literal = 1;
	}
	parts[count++] = raw;
	return count;
}
