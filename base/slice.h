/* A borrowed run of bytes: it never owns, it is never NUL-terminated, it may hold any byte.
 * A slice with p == NULL is "absent"; one with p != NULL and n == 0 is "present and empty". */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *p;
	size_t n;
};

/* For printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s)    (int)(s).n, (s).p ? (const char *)(s).p : ""
#define SLICE_LIT(text) ((struct slice){ (const uint8_t *)(text), sizeof(text) - 1 })
#define SLICE_NONE      ((struct slice){ NULL, 0 })
#define SLICE_NPOS      ((size_t)-1)

static inline struct slice slice_of(const void *p, size_t n)
{
	return (struct slice){ p, n };
}

static inline struct slice slice_str(const char *text)
{
	return (struct slice){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The part from `from` on, at most n bytes; out-of-range asks give what there is. */
static inline struct slice slice_sub(struct slice s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct slice){ s.p ? s.p + from : NULL, n };
}

static inline struct slice slice_from(struct slice s, size_t from)
{
	return slice_sub(s, from, s.n);
}

/* Index of the first `byte`, or SLICE_NPOS. */
static inline size_t slice_find(struct slice s, uint8_t byte)
{
	const uint8_t *hit = s.n ? memchr(s.p, byte, s.n) : NULL;
	return hit ? (size_t)(hit - s.p) : SLICE_NPOS;
}

static inline uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline bool ascii_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Space, tab, CR or LF: what SIP calls LWS, folds included. */
static inline bool ascii_is_lws(uint8_t c)
{
	return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Equal without regard to ASCII case. */
bool slice_ieq(struct slice a, struct slice b);
bool slice_eq_str(struct slice a, const char *text);
bool slice_ieq_str(struct slice a, const char *text);
bool slice_starts(struct slice s, const char *prefix);
bool slice_istarts(struct slice s, const char *prefix);

/* Index of the first occurrence of `text`, or SLICE_NPOS. */
size_t slice_find_str(struct slice s, const char *text);
size_t slice_ifind_str(struct slice s, const char *text);

/* Without leading and trailing LWS. */
static inline struct slice slice_trim(struct slice s)
{
	while (s.n && ascii_is_lws(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && ascii_is_lws(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Takes off *rest everything before `sep` into *out; *rest keeps what follows `sep`. False when *rest was used up
 * (*rest becomes absent after the last piece), so `while (slice_split(&rest, ',', &item))` sees every piece. */
bool slice_split(struct slice *rest, uint8_t sep, struct slice *out);

/* The next line without its CRLF or LF; false at the end. */
bool slice_line(struct slice *rest, struct slice *line);

/* Whole slice as decimal; false if empty, not digits, or beyond max. */
bool slice_u64(struct slice s, uint64_t max, uint64_t *out);

/* Copies as a C string into buf, cut at size - 1. Returns buf. */
char *slice_cstr(struct slice s, char *buf, size_t size);

#endif
