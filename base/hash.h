/* Hashing of keys. hash.c is the only file that sees xxHash. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

/* XXH3, 64 bits, of any bytes; `seed` lets several parts be chained. */
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);

static inline uint64_t hash_slice(struct slice s, uint64_t seed)
{
	return hash_bytes(s.p, s.n, seed);
}

/* One 64x64->128 multiplication folded: enough for keys made of a few words on the per-packet path. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)(a ^ UINT64_C(0x9E3779B97F4A7C15)) *
	                      (b ^ UINT64_C(0xD6E8FEB86659FD93));
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

#endif
