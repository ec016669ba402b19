/* Scans over the octets of header values, sixteen at a time where the machine offers it (SSE2), else one by one. */
#ifndef DISSECTORS_SIP_SCAN_H
#define DISSECTORS_SIP_SCAN_H

#include "dissectors/sip_chars.h"

#ifdef __SSE2__
#include <emmintrin.h>

/* One bit for each of sixteen octets that is ; , < " or a backslash. */
static inline unsigned sip_marks_of(const uint8_t *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i bit4 = _mm_or_si128(v, _mm_set1_epi8(0x10)); /* makes a comma a < */
	__m128i a = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(';')),
	                         _mm_cmpeq_epi8(bit4, _mm_set1_epi8('<')));
	__m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
	                         _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(a, b));
}

/* One bit for each of sixteen octets that a URI may not hold unescaped, or that is a question mark. */
static inline unsigned sip_uri_doubts_of(const uint8_t *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i bit1 = _mm_or_si128(v, _mm_set1_epi8(2)); /* makes a < a > */
	/* Compared as signed: below '!' are controls, the blank, and all from 0x80 on. */
	__m128i a = _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8('!')),
	                         _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7F)));
	__m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
	                         _mm_cmpeq_epi8(bit1, _mm_set1_epi8('>')));
	__m128i c = _mm_cmpeq_epi8(v, _mm_set1_epi8('?'));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), c));
}

/* Index of the first octet with a bit in `bits_of`, from `from` on; the last sixteen octets may overlap those before. */
#define SIP_SCAN_WIDE(s, from, bits_of)                                                            \
	for (size_t at_ = (from); (s).n >= 16 && at_ < (s).n; at_ += 16) {                         \
		size_t base_ = at_ <= (s).n - 16 ? at_ : (s).n - 16;                               \
		unsigned bits_ = bits_of((s).p + base_) >> (at_ - base_);                          \
		if (bits_)                                                                         \
			return at_ + (size_t)__builtin_ctz(bits_);                                 \
	}                                                                                          \
	if ((s).n >= 16)                                                                           \
		return (s).n;
#else
#define SIP_SCAN_WIDE(s, from, bits_of)
#endif

static inline bool sip_is_mark(uint8_t c)
{
	return c == ';' || c == ',' || c == '<' || c == '"' || c == '\\';
}

/* Index of the first ; , < " or backslash from `from` on, s.n if there is none. */
static inline size_t sip_find_mark(struct slice s, size_t from)
{
	SIP_SCAN_WIDE(s, from, sip_marks_of)
	while (from < s.n && !sip_is_mark(s.p[from]))
		from++;
	return from < s.n ? from : s.n;
}

/* Index of the first octet from `from` on that a URI may not hold unescaped (RFC 3261 25.1), or that is a question mark. */
static inline size_t sip_find_uri_doubt(struct slice s, size_t from)
{
	SIP_SCAN_WIDE(s, from, sip_uri_doubts_of)
	while (from < s.n && s.p[from] > ' ' && s.p[from] < 0x7F && s.p[from] != '"' &&
	       s.p[from] != '<' && s.p[from] != '>' && s.p[from] != '?')
		from++;
	return from < s.n ? from : s.n;
}

#endif
