/* The hashes of digest authentication, and AES-128 for AKA. hash.c is the only file of sim/auth that sees OpenSSL. What it needs again and
 * again (contexts, algorithms) is kept per thread and goes with it. */
#ifndef SIM_AUTH_HASH_H
#define SIM_AUTH_HASH_H

#include "base/slice.h"

enum hash_algorithm { HASH_MD5, HASH_SHA256, HASH_SHA512_256, HASH_ALGORITHMS };

#define HASH_MOST_OCTETS 32
#define AES_BLOCK        16

size_t hash_sum_octets(enum hash_algorithm a);

/* Of the parts one behind the other. False: the library will not (out of memory, or MD5 forbidden by its policy). */
bool hash_sum(enum hash_algorithm a, const struct slice *parts, size_t count,
              uint8_t out[static HASH_MOST_OCTETS]);
/* HMAC-SHA-256, RFC 2104. */
bool hash_mac(const uint8_t key[static HASH_MOST_OCTETS], struct slice message,
              uint8_t out[static HASH_MOST_OCTETS]);
/* One block, FIPS 197. */
bool hash_aes128(const uint8_t key[static AES_BLOCK], const uint8_t in[static AES_BLOCK],
                 uint8_t out[static AES_BLOCK]);

/* In a time that is of the lengths alone. */
bool hash_equal(struct slice a, struct slice b);

/* 2 n digits in lower case, no NUL. */
void hash_hex(const uint8_t *octets, size_t n, char *out);

#endif
