#include "base/slice.h"

bool slice_ieq(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool slice_eq_str(struct slice a, const char *text)
{
	return slice_eq(a, slice_str(text));
}

bool slice_ieq_str(struct slice a, const char *text)
{
	return slice_ieq(a, slice_str(text));
}

bool slice_starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool slice_istarts(struct slice s, const char *prefix)
{
	return slice_ieq(slice_sub(s, 0, strlen(prefix)), slice_str(prefix));
}

size_t slice_find_str(struct slice s, const char *text)
{
	size_t n = strlen(text);
	const uint8_t *hit = s.n >= n && s.p ? memmem(s.p, s.n, text, n) : NULL;
	return hit ? (size_t)(hit - s.p) : SLICE_NPOS;
}

size_t slice_ifind_str(struct slice s, const char *text)
{
	size_t n = strlen(text);
	for (size_t i = 0; i + n <= s.n; i++)
		if (slice_ieq(slice_sub(s, i, n), slice_of(text, n)))
			return i;
	return SLICE_NPOS;
}

struct slice slice_trim(struct slice s)
{
	while (s.n && ascii_is_lws(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && ascii_is_lws(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool slice_split(struct slice *rest, uint8_t sep, struct slice *out)
{
	if (!rest->p)
		return false;
	size_t at = slice_find(*rest, sep);
	if (at == SLICE_NPOS) {
		*out = *rest;
		*rest = SLICE_NONE;
	} else {
		*out = slice_sub(*rest, 0, at);
		*rest = slice_from(*rest, at + 1);
	}
	return true;
}

bool slice_line(struct slice *rest, struct slice *line)
{
	if (!rest->n)
		return false;
	size_t at = slice_find(*rest, '\n');
	size_t end = at == SLICE_NPOS ? rest->n : at;
	*line = slice_sub(*rest, 0, end);
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	*rest = slice_from(*rest, at == SLICE_NPOS ? rest->n : at + 1);
	return true;
}

bool slice_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit(s.p[i]))
			return false;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (value > (max - digit) / 10 || digit > max)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

char *slice_cstr(struct slice s, char *buf, size_t size)
{
	size_t n = s.n < size - 1 ? s.n : size - 1;
	if (n)
		memcpy(buf, s.p, n);
	buf[n] = '\0';
	return buf;
}
