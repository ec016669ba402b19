/* Sticky reading of wire bytes: a read past the end gives 0 and sets `overrun`. Read every field in wire order, ask once
 * at the end. A read after an overrun gives 0 too, so the code between needs no checks. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/slice.h"

/* What a parser says of bytes. Odd traffic is a result, never an error. */
enum parse_status {
	PARSE_OK,
	PARSE_MORE, /* a beginning: more bytes are needed to decide */
	PARSE_BAD, /* claims to be it, but is broken */
	PARSE_NOT_MINE, /* something else */
};

struct cursor {
	const uint8_t *p, *end;
	bool overrun;
};

static inline struct cursor cursor_of(struct slice s)
{
	return (struct cursor){ s.p, s.p ? s.p + s.n : NULL, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* The next n bytes, or an absent slice and overrun. */
static inline struct slice cursor_take(struct cursor *c, size_t n)
{
	if (cursor_left(c) < n) {
		c->overrun = true;
		c->p = c->end;
		return SLICE_NONE;
	}
	struct slice s = { c->p, n };
	c->p += n;
	return s;
}

static inline struct slice cursor_rest(struct cursor *c)
{
	return cursor_take(c, cursor_left(c));
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	if (c->p == c->end) {
		c->overrun = true;
		return 0;
	}
	return *c->p++;
}

static inline uint16_t load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline uint32_t load_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint16_t load_le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	struct slice s = cursor_take(c, 2);
	return s.p ? load_be16(s.p) : 0;
}

static inline uint32_t cursor_be24(struct cursor *c)
{
	struct slice s = cursor_take(c, 3);
	return s.p ? (uint32_t)s.p[0] << 16 | (uint32_t)s.p[1] << 8 | s.p[2] : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	struct slice s = cursor_take(c, 4);
	return s.p ? load_be32(s.p) : 0;
}

static inline uint64_t cursor_be64(struct cursor *c)
{
	struct slice s = cursor_take(c, 8);
	return s.p ? load_be64(s.p) : 0;
}

#endif
