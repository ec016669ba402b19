#include "base/slice.h"

bool slice_ieq(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[i] && ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
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
	const uint8_t *p = rest->p, *lf = memchr(p, '\n', rest->n);
	size_t end = lf ? (size_t)(lf - p) : rest->n, next = end + (lf != NULL);
	*rest = slice_of(p + next, rest->n - next);
	*line = slice_of(p, end && p[end - 1] == '\r' ? end - 1 : end);
	return true;
}

/* Any 19 digits fit 64 bits. */
#define SAFE_DIGITS 19

bool slice_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = s.p[i] - (unsigned)'0';
		if (digit > 9)
			return false;
		if (i < SAFE_DIGITS)
			value = value * 10 + digit;
		else if (__builtin_mul_overflow(value, 10u, &value) ||
		         __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value > max)
		return false;
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
